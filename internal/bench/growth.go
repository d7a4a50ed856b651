package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/costrel/costrel"
)

// How costrel's cost grows: with the size of the session, with the keys in the
// ring, and with the goroutines that share a Manager.

var sizes = []int{32, 64, 128, 256, 512, 1024, 2048, 4096}

// sizeRows read and change one value of sessions of growing size, compressed
// from 1 KB on, as is the default.
func sizeRows() []*row {
	var rows []*row
	for _, size := range sizes {
		c := ofSize(size)
		works, cookie := costrelSession(0)(c)
		for _, j := range []job{readOne, change} {
			rows = append(rows, &row{Subject: own, Content: c.name, Job: j, work: works[j], Cookie: len(cookie)})
		}
	}
	return rows
}

// ofSize returns a content of about size bytes of JSON.
func ofSize(size int) content {
	c := content{fmt.Sprint(size, " B"), map[string]any{"user_id": int64(123456)}}
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("blue enamel mug steel water flask leather strap oak board cotton towel wool blanket brass lantern cast iron pan glass jar canvas rucksack")
	for n := 0; ; n++ {
		key := fmt.Sprintf("%s_%d", words[r.IntN(len(words))], n)
		value := words[r.IntN(len(words))] + " " + words[r.IntN(len(words))]
		if len(c.json())+len(key)+len(value)+6 > size {
			return c
		}
		c.values[key] = value
		if n%3 == 0 {
			c.values[key] = int64(r.IntN(100_000))
		}
	}
}

const mostKeys = 10

// keyRows read one value of sessions that the last of some keys signed.
func keyRows() []*row {
	var rows []*row
	for n := range mostKeys {
		keys := make([]string, n+1)
		for i := range keys {
			keys[i] = fmt.Sprintf("%032d", n-i) // the last one is always the same
		}
		m, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(keys[0], keys[1:]...)})
		must(err)
		signing, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(keys[n])})
		must(err)
		cookie := cookieOf(signing.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			signing.Get(r).Update(contents[1].values)
		})))
		rows = append(rows, &row{
			Subject: fmt.Sprint(n + 1), Job: readOne,
			work: timed(serve(readUser(m), cookie)),
		})
	}
	return rows
}

func readUser(m *costrel.Manager) http.Handler {
	return m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := userID.Get(m.Get(r)); !ok {
			panic("no user_id")
		}
		w.Write(body)
	}))
}

var goroutines = []int{1, 2, 4, 8, 16, 32, 64}

// goroutineRows read one value in so many goroutines at once, on all of the
// machine's cores.
func goroutineRows() []*row {
	m := costrelManager(0)
	cookie := cookieOf(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Get(r).Update(contents[1].values)
	})))
	var rows []*row
	for _, g := range goroutines {
		ones := make([]func(), g)
		for i := range ones {
			ones[i] = serve(readUser(m), cookie)
		}
		rows = append(rows, &row{Subject: fmt.Sprint(g), Job: readOne, work: func(n int) time.Duration {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU()))
			var wg sync.WaitGroup
			start := time.Now()
			for _, once := range ones {
				wg.Go(func() {
					for range (n + g - 1) / g {
						once()
					}
				})
			}
			wg.Wait()
			return time.Since(start)
		}})
	}
	return rows
}

// held returns how many bytes the process holds, two garbage collections after
// so many requests at once, more than before them.
func held(requests int) int64 {
	m := costrelManager(0)
	cookie := cookieOf(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Get(r).Update(contents[2].values)
	})))
	before := heap()
	var inside, wg sync.WaitGroup
	inside.Add(requests)
	h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := m.Get(r)
		id, _ := userID.Get(s)
		userID.Set(s, id+1)
		inside.Done()
		inside.Wait() // until every request is here
		w.Write(body)
	}))
	for range requests {
		wg.Go(serve(h, cookie))
	}
	wg.Wait()
	return heap() - before
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
