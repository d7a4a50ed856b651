package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The goroutine that sends a body may be the last to notice that all was sent.
// The answer, which is already on its way to the client, is whole all the same.
func TestAnswersBeforeTheSenderIsDone(t *testing.T) {
	upstream, err := url.Parse(newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(302)
		w.(http.Flusher).Flush()
		time.Sleep(100 * time.Millisecond)
		io.WriteString(w, "whole")
	})))
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	g := &gateway{Config: Config{Upstream: upstream, ClientTimeout: 5 * time.Second, UpstreamTimeout: 5 * time.Second, Log: slog.New(slog.NewJSONHandler(log, nil))}}
	proxy := g.newUpstream().(*httputil.ReverseProxy)
	transport := proxy.Transport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &preempted{conn}, err
	}
	server := httptest.NewServer(g.clean(proxy))
	defer server.Close()

	r, err := http.NewRequest("POST", server.URL+"/login", strings.NewReader("name=ann"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "whole" || res.Close {
		t.Errorf("%q, %v, close %v, want all of it and a connection that stays open; the log:\n%s", body, err, res.Close, log)
	}
}

func TestTrusts(t *testing.T) {
	g := &gateway{Config: Config{Trusted: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fe80::/10"),
	}}}
	tests := []struct {
		name, remote string
		want         bool
	}{
		{"IPv4", "10.1.2.3:80", true},
		{"IPv4 elsewhere", "192.0.2.1:80", false},
		{"IPv4 within IPv6", "[::ffff:10.1.2.3]:80", true},
		{"IPv6", "[fe80::1]:80", true},
		{"IPv6 with a zone", "[fe80::1%eth0]:80", true},
		{"IPv6 elsewhere", "[2001:db8::1]:80", false},
		{"no address", "@", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := g.trusts(tt.remote); got != tt.want {
				t.Errorf("%s: trusted is %t, want %t", tt.remote, got, tt.want)
			}
		})
	}
}

// preempted is a connection whose writer goes on late.
type preempted struct{ net.Conn }

func (c *preempted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	time.Sleep(50 * time.Millisecond)
	return n, err
}

// An application may answer while the body is still on its way to it.
func TestEarlyAnswers(t *testing.T) {
	for _, tt := range []struct{ name, header, part, end string }{
		{"of a body with a length", "Content-Length: 20\r\n", "xx", ""},
		{"of a body in chunks", "Transfer-Encoding: chunked\r\n", "2\r\nxx\r\n", "0\r\n\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sent := make(chan string, 1)
			g := run(t, newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.NewResponseController(w).EnableFullDuplex()
				if r.URL.Path == "/public/refused" {
					w.Header().Set("Connection", "close")
					http.Error(w, "no", http.StatusRequestEntityTooLarge)
					return
				}
				io.WriteString(w, "first")
				w.(http.Flusher).Flush()
				body, err := io.ReadAll(r.Body)
				sent <- fmt.Sprintf("%s %v", body, err)
				io.WriteString(w, "second")
			})), nil)

			t.Run("and read on", func(t *testing.T) {
				for range 50 {
					conn := g.dial("POST /public/ HTTP/1.1\r\nHost: a\r\n" + tt.header + "\r\n")
					res, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil {
						t.Fatal(err)
					}
					for range 10 {
						io.WriteString(conn, tt.part)
						time.Sleep(50 * time.Microsecond)
					}
					io.WriteString(conn, tt.end)
					if got, want := <-sent, strings.Repeat("x", 20)+" <nil>"; got != want {
						t.Fatalf("the application is sent %s, want %s", got, want)
					}
					if body, err := io.ReadAll(res.Body); err != nil || string(body) != "firstsecond" {
						t.Fatalf("%q, %v, want all of the answer", body, err)
					}
					conn.Close()
				}
			})
			t.Run("and refuse it", func(t *testing.T) {
				conn := g.dial("POST /public/refused HTTP/1.1\r\nHost: a\r\n" + tt.header + "\r\n")
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || res.StatusCode != 413 || !res.Close {
					t.Fatalf("%v, %v, want 413, and no other request", res, err)
				}
				if body, err := io.ReadAll(res.Body); err != nil || string(body) != "no\n" {
					t.Errorf("%q, %v, want all of the answer", body, err)
				}
				// Nothing that follows is taken for a request.
				io.WriteString(conn, strings.Repeat(tt.part, 10)+tt.end+"GET /public/smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
				if rest, _ := io.ReadAll(conn); len(rest) > 0 {
					t.Errorf("another answer: %q", rest)
				}
			})
		})
	}
}
