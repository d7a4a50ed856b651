package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	gorilla "github.com/gorilla/sessions"
)

// A page greets whoever is logged in and counts their visits, as the first page
// of examples/login does.
func page(w io.Writer, user, visits int64) {
	fmt.Fprintf(w, "<!doctype html><title>Hello</title><p>User %d, this is your visit number %d.", user, visits)
}

// pages are the servers of the load test.
var pages = map[string]func() http.Handler{
	bare: func() http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { page(w, 123456, 17) })
	},
	own: func() http.Handler {
		m := costrelManager(0)
		return m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := m.Get(r)
			if s.IsNew() {
				s.Update(contents[1].values)
			}
			id, _ := userID.Get(s)
			n, _ := visits.Get(s)
			visits.Set(s, n+1)
			page(w, id, n)
		}))
	},
	scsName: func() http.Handler {
		m := scs.New()
		return m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := r.Context()
			if !m.Exists(ctx, "user_id") {
				for k, v := range contents[1].values {
					m.Put(ctx, k, v)
				}
			}
			visits := m.GetInt64(ctx, "visits")
			m.Put(ctx, "visits", visits+1)
			page(w, m.GetInt64(ctx, "user_id"), visits)
		}))
	},
	gorillaName: func() http.Handler {
		store := gorilla.NewCookieStore(hashKey)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := store.Get(r, "session")
			must(err)
			if s.IsNew {
				for k, v := range contents[1].values {
					s.Values[k] = v
				}
			}
			visits := s.Values["visits"].(int64)
			s.Values["visits"] = visits + 1
			must(s.Save(r, w))
			page(w, s.Values["user_id"].(int64), visits)
		})
	},
}

var pageOrder = []string{bare, own, scsName, gorillaName}

// servePage answers requests on a free port, which it prints, until its standard
// input ends: the load test's servers are processes of their own.
func servePage(name string) {
	runtime.GOMAXPROCS(1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Println(l.Addr())
	go http.Serve(l, pages[name]())
	io.Copy(io.Discard, os.Stdin)
}

// A loadResult is what a server did under load.
type loadResult struct {
	Name      string
	PerSecond float64
	P50, P99  time.Duration
}

const loadConnections = 16

// loadTest lets the servers take turns, rounds times for the given time each,
// and returns the medians.
func loadTest(rounds int, slice time.Duration) []loadResult {
	self, err := os.Executable()
	must(err)
	type server struct {
		addr, cookie string
		results      []loadResult
	}
	var servers []*server
	for _, name := range pageOrder {
		cmd := exec.Command(self, "-serve", name)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		must(err)
		out, err := cmd.StdoutPipe()
		must(err)
		must(cmd.Start())
		defer cmd.Wait()
		defer in.Close()
		s := &server{}
		_, err = fmt.Fscanln(out, &s.addr)
		must(err)
		response, err := http.Get("http://" + s.addr)
		must(err)
		response.Body.Close()
		for _, c := range response.Cookies() {
			s.cookie = c.Name + "=" + c.Value
		}
		servers = append(servers, s)
	}
	for round := range rounds {
		for _, s := range servers {
			s.results = append(s.results, loadOne(s.addr, s.cookie, slice))
		}
		fmt.Fprintf(os.Stderr, "\rload, round %d of %d", round+1, rounds)
	}
	fmt.Fprintln(os.Stderr)
	var results []loadResult
	for i, s := range servers {
		median := func(of func(loadResult) float64) float64 {
			var values []float64
			for _, r := range s.results {
				values = append(values, of(r))
			}
			slices.Sort(values)
			return quantile(values, 0.5)
		}
		results = append(results, loadResult{
			Name:      pageOrder[i],
			PerSecond: median(func(r loadResult) float64 { return r.PerSecond }),
			P50:       time.Duration(median(func(r loadResult) float64 { return float64(r.P50) })),
			P99:       time.Duration(median(func(r loadResult) float64 { return float64(r.P99) })),
		})
	}
	return results
}

// loadOne asks a server for as many pages as it gives, over some connections
// that stay open.
func loadOne(addr, cookie string, slice time.Duration) loadResult {
	request := []byte("GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	start := time.Now()
	for range loadConnections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", addr)
			must(err)
			defer conn.Close()
			r := bufio.NewReader(conn)
			var times []time.Duration
			for time.Since(start) < slice {
				sent := time.Now()
				_, err := conn.Write(request)
				must(err)
				must(skipResponse(r))
				times = append(times, time.Since(sent))
			}
			mu.Lock()
			all = append(all, times...)
			mu.Unlock()
		})
	}
	wg.Wait()
	took := time.Since(start)
	slices.Sort(all)
	return loadResult{
		PerSecond: float64(len(all)) / took.Seconds(),
		P50:       all[len(all)/2],
		P99:       all[len(all)*99/100],
	}
}

// skipResponse reads one response. It is a client as lean as can be, so that
// the time is the server's.
func skipResponse(r *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return fmt.Errorf("the server answered %q", line)
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil {
				return err
			}
		}
		if len(line) == 2 {
			break
		}
	}
	_, err := r.Discard(length)
	return err
}
