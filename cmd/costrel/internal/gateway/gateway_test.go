package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/forwardauth"
)

const (
	oldKey = "the key that was, long enough"
	newKey = "the key that is, long enough"
)

// A running gateway is one that a test has started.
type running struct {
	t         testing.TB
	url       string
	admin     string
	keyFile   string
	hangup    chan os.Signal
	terminate context.CancelFunc
	ended     chan error
	log       *logBuffer
}

// run starts a gateway in front of upstream, or for proxies to ask if that is
// empty.
func run(t testing.TB, upstream string, change func(*Config)) *running {
	t.Helper()
	g := &running{
		t:       t,
		keyFile: filepath.Join(t.TempDir(), "keys.txt"),
		hangup:  make(chan os.Signal, 1),
		ended:   make(chan error, 1),
		log:     &logBuffer{},
	}
	g.writeKeys(oldKey)
	config := Config{
		Listen: "127.0.0.1:0",
		Admin:  "127.0.0.1:0",
		Auth:   forwardauth.Config{Public: []string{"/public/"}, Headers: map[string]string{"X-User-Id": "_user_id"}},
		Keys:   func() (keyfile.Ring, error) { return keyfile.Read(g.keyFile) },
		Poll:   10 * time.Millisecond,
		Reload: g.hangup,
		Sessions: func(ring keyfile.Ring) (*costrel.Manager, error) {
			return costrel.New(costrel.Config{Keys: ring.Keyring()})
		},
		Drain:           50 * time.Millisecond,
		Grace:           5 * time.Second,
		ClientTimeout:   5 * time.Second,
		UpstreamTimeout: 5 * time.Second,
		Log:             slog.New(slog.NewJSONHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if upstream != "" {
		u, err := url.Parse(upstream)
		if err != nil {
			t.Fatal(err)
		}
		config.Upstream = u
	}
	if change != nil {
		change(&config)
	}
	ctx, cancel := context.WithCancel(t.Context())
	g.terminate = cancel
	go func() { g.ended <- Run(ctx, config); close(g.ended) }()
	t.Cleanup(func() {
		cancel()
		<-g.ended
		if t.Failed() {
			t.Logf("the gateway's log:\n%s", g.log)
		}
	})

	line := g.log.wait(t, "listening")
	g.url, g.admin = "http://"+line["address"].(string), "http://"+line["admin"].(string)
	return g
}

// writeKeys replaces the key file, as a careful program does.
func (g *running) writeKeys(keys ...string) {
	g.t.Helper()
	if err := os.WriteFile(g.keyFile+".new", []byte(strings.Join(keys, "\n")+"\n"), 0o600); err != nil {
		g.t.Fatal(err)
	}
	if err := os.Rename(g.keyFile+".new", g.keyFile); err != nil {
		g.t.Fatal(err)
	}
}

// session returns a cookie of somebody who is logged in.
func session(t testing.TB, key string) *http.Cookie {
	t.Helper()
	sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(key)})
	if err != nil {
		t.Fatal(err)
	}
	return costreltest.Cookie(t, sessions, map[string]any{"_user_id": "ann"})
}

// get asks for a path, with cookies, and returns the status and the body.
func (g *running) get(path string, cookies ...*http.Cookie) (int, string) {
	g.t.Helper()
	r, err := http.NewRequest("GET", g.url+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// dial sends text as it is and returns the connection.
func (g *running) dial(text string) net.Conn {
	g.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		g.t.Fatal(err)
	}
	return conn
}

// show answers with what the application is sent.
var show = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, r.Method, r.Host, r.RequestURI)
	r.Header.Write(w)
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "\n%s%v", body, r.Trailer)
})

func newUpstream(t testing.TB, handler http.Handler) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestPasses(t *testing.T) {
	g := run(t, newUpstream(t, show), nil)
	ann := session(t, oldKey)
	forged := &http.Cookie{Name: "session", Value: ann.Value[:len(ann.Value)-1] + "!"}

	for _, tt := range []struct {
		name    string
		path    string
		cookies []*http.Cookie
		status  int
		want    string
	}{
		{"who is logged in, with an identity", "/a%2Fb//c?d;e=%zz", []*http.Cookie{ann}, 200, "X-User-Id: ann\r\n"},
		{"the path and query as they were sent", "/a%2Fb//c?d;e=%zz", []*http.Cookie{ann}, 200, "/a%2Fb//c?d;e=%zz\n"},
		{"the host as it was sent", "/", []*http.Cookie{ann}, 200, strings.TrimPrefix(g.url, "http://")},
		{"nobody", "/", nil, 401, ""},
		{"a forged cookie", "/", []*http.Cookie{forged}, 401, ""},
		{"a forged cookie before a good one", "/", []*http.Cookie{forged, ann}, 200, "X-User-Id: ann\r\n"},
		{"a public path", "/public/a", nil, 200, "GET"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, body := g.get(tt.path, tt.cookies...)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s, want %d with %q", status, body, tt.status, tt.want)
			}
			if status != 200 && strings.Contains(body, "X-User-Id") {
				t.Errorf("the request reached the application: %s", body)
			}
		})
	}
}

func TestHeadersToTheApplication(t *testing.T) {
	ann := session(t, oldKey)
	sent := "X-User-Id: root\r\nx-user-id: root\r\nX_User_Id: root\r\nX-USER_ID: root\r\nX.User.Id: root\r\n" +
		"Connection: close, X-User-Id, X-Forwarded-For\r\n" +
		"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil\r\nX_Forwarded_For: 6.6.6.6\r\n" +
		"Forwarded: for=6.6.6.6\r\nX-Real-Ip: 6.6.6.6\r\nX-Original-Url: /evil\r\nX-Rewrite-Url: /evil\r\nX-Other: kept\r\n"
	tests := []struct {
		name    string
		trusted []netip.Prefix
		want    []string
	}{
		{"from anybody", nil, []string{"X-User-Id: ann", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: shop.example", "X-Forwarded-Proto: http", "X-Other: kept"}},
		{"from a proxy elsewhere", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, []string{"X-User-Id: ann", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: shop.example", "X-Forwarded-Proto: http", "X-Other: kept"}},
		{"from a proxy that is trusted", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, []string{"X-User-Id: ann", "X-Forwarded-For: 6.6.6.6, 127.0.0.1", "X-Forwarded-Host: evil", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /evil", "Forwarded: for=6.6.6.6", "X-Real-Ip: 6.6.6.6", "X-Other: kept"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := run(t, newUpstream(t, show), func(c *Config) { c.Trusted = tt.trusted })
			conn := g.dial("GET / HTTP/1.1\r\nHost: shop.example\r\nCookie: " + ann.String() + "\r\n" + sent + "\r\n")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			var got []string
			for line := range strings.SplitSeq(string(body), "\r\n") {
				_, line, _ = strings.Cut("\n"+line, "\n")
				if i := strings.LastIndexByte(line, '\n'); i >= 0 {
					line = line[i+1:]
				}
				if strings.HasPrefix(line, "X") || strings.HasPrefix(line, "Forwarded") {
					got = append(got, line)
				}
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("the application is sent\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

func TestTrailersAreDropped(t *testing.T) {
	g := run(t, newUpstream(t, show), nil)
	conn := g.dial("POST / HTTP/1.1\r\nHost: a\r\nCookie: " + session(t, oldKey).String() +
		"\r\nTransfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n\r\n2\r\nhi\r\n0\r\nX-User-Id: root\r\nX-Admin: 1\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || !strings.HasSuffix(string(body), "\nhimap[]") || strings.Contains(string(body), "root") {
		t.Errorf("%d %s, want the body and no trailers", res.StatusCode, body)
	}
}

func TestStreams(t *testing.T) {
	more := make(chan bool)
	g := run(t, newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-more
		io.WriteString(w, "second")
	})), nil)
	conn := g.dial("GET /public/ HTTP/1.1\r\nHost: a\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 5)
	if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != "first" {
		t.Errorf("%q, %v, want the first part before the second is sent", first, err)
	}
	close(more)
	if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "second" {
		t.Errorf("%q, %v, want the second part", rest, err)
	}
}

func TestWebsockets(t *testing.T) {
	g := run(t, newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n%s\n", r.Header.Get("Upgrade"), r.Header.Get("X-User-Id"))
		io.Copy(conn, buffered)
	})), nil)
	upgrade := "GET /live HTTP/1.1\r\nHost: a\r\nConnection: X-User-Id, Upgrade\r\nUpgrade: websocket\r\n"

	conn := g.dial(upgrade + "Cookie: " + session(t, oldKey).String() + "\r\n\r\n")
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatalf("%v, %v, want 101", res, err)
	}
	io.WriteString(conn, "hello\n")
	for _, want := range []string{"ann\n", "hello\n"} {
		if got, err := in.ReadString('\n'); got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}

	conn = g.dial(upgrade + "\r\n")
	if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != 401 {
		t.Errorf("without a session: %v, %v, want 401", res, err)
	}
}

func TestAnswersAProxy(t *testing.T) {
	g := run(t, "", func(c *Config) { c.Auth.Proxy = forwardauth.Forwarded() })
	for uri, want := range map[string]int{"/public/a": 200, "/a": 401} {
		r, _ := http.NewRequest("GET", g.url, nil)
		r.Header.Set("X-Forwarded-Uri", uri)
		r.Header.Set("X-Forwarded-Method", "GET")
		r.Header.Set("X-Forwarded-For", "6.6.6.6, 192.0.2.1")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", uri, res.StatusCode, want)
		}
	}
	if line := g.log.wait(t, "decided"); line["client"] != "192.0.2.1" {
		t.Errorf("the log says the client is %v, want the address that the proxy added", line["client"])
	}
}

func TestClientInTheLog(t *testing.T) {
	application, trusted := &url.URL{}, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	tests := []struct {
		name         string
		upstream     *url.URL
		trusted      []netip.Prefix
		remote       string
		forwardedFor []string
		want         string
	}{
		{"who is connected", application, nil, "192.0.2.1:80", nil, "192.0.2.1"},
		{"nobody is believed who is not trusted", application, trusted, "192.0.2.1:80", []string{"6.6.6.6"}, "192.0.2.1"},
		{"a trusted proxy's client", application, trusted, "10.0.0.1:80", []string{"192.0.2.1"}, "192.0.2.1"},
		{"what the client says itself is not believed", application, trusted, "10.0.0.1:80", []string{"6.6.6.6, 192.0.2.1"}, "192.0.2.1"},
		{"behind two trusted proxies", application, trusted, "10.0.0.1:80", []string{"6.6.6.6, 192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"in several lines", application, trusted, "10.0.0.1:80", []string{"6.6.6.6", "192.0.2.1", "10.0.0.2"}, "192.0.2.1"},
		{"a client that is among the trusted", application, trusted, "10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a trusted proxy that tells nothing", application, trusted, "10.0.0.1:80", nil, "10.0.0.1"},
		{"a trusted proxy that tells no address", application, trusted, "10.0.0.1:80", []string{"6.6.6.6, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"IPv4 within IPv6", application, trusted, "[::ffff:10.0.0.1]:80", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
		{"a proxy that asks", nil, nil, "127.0.0.1:80", []string{"6.6.6.6, 192.0.2.1"}, "192.0.2.1"},
		{"a proxy that asks, behind another", nil, trusted, "127.0.0.1:80", []string{"6.6.6.6, 192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"a proxy that asks and tells nothing", nil, nil, "127.0.0.1:80", nil, "127.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := &gateway{Config: Config{Upstream: tt.upstream, Trusted: tt.trusted}}
			got := g.client(&http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.forwardedFor}})
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestUpstreamDown(t *testing.T) {
	t.Run("it refuses connections", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener.Close()
		g := run(t, "http://"+listener.Addr().String(), nil)
		start := time.Now()
		if status, _ := g.get("/public/"); status != 502 {
			t.Errorf("%d, want 502", status)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %s", took)
		}
		if status, _ := g.get("/"); status != 401 {
			t.Errorf("who is not logged in gets %d, want 401", status)
		}
	})
	t.Run("it accepts and says nothing", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		g := run(t, "http://"+listener.Addr().String(), func(c *Config) { c.UpstreamTimeout = 100 * time.Millisecond })
		if status, _ := g.get("/public/"); status != 504 {
			t.Errorf("%d, want 504", status)
		}
	})
	t.Run("it hangs up", func(t *testing.T) {
		g := run(t, newUpstream(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })), nil)
		if status, _ := g.get("/public/"); status != 502 {
			t.Errorf("%d, want 502", status)
		}
	})
}

// A target that is no path would be one to the application, or malformed.
func TestTargetsThatAreNoPaths(t *testing.T) {
	_, address := newStrictUpstream(t)
	tests := []struct {
		name, target string
		status       int
	}{
		{"the server itself", "OPTIONS *", 400},
		{"the server itself, to be read", "GET *", 400},
		{"an address without slashes", "GET http:a", 400},
		{"an address of another scheme", "GET mailto:a@b", 400},
		{"a whole address", "GET http://a/", 200},
		{"a whole address without a path", "GET http://a", 200},
		{"a path that is a star", "GET /*", 200},
	}
	g, asked := run(t, address, nil), run(t, "", nil)
	cookie := session(t, oldKey).String()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := tt.target + " HTTP/1.1\r\nHost: a\r\n"
			res, err := http.ReadResponse(bufio.NewReader(g.dial(request+"Cookie: "+cookie+"\r\n\r\n")), nil)
			if err != nil || res.StatusCode != tt.status {
				t.Errorf("%v, %v, want %d", res, err, tt.status)
			}
			if tt.status == 400 {
				if line := g.log.wait(t, "refused"); line["status"] != 400. || line["level"] != "INFO" {
					t.Errorf("the log says %v", line)
				}
			}
			// A proxy's question is decided like any other.
			res, err = http.ReadResponse(bufio.NewReader(asked.dial(request+"\r\n")), nil)
			if err != nil || res.StatusCode != 401 {
				t.Errorf("asked by a proxy: %v, %v, want 401", res, err)
			}
			asked.log.wait(t, "decided")
		})
	}
}

// What a client gives up on is no failure of the application.
func TestClientGone(t *testing.T) {
	reached, gone := make(chan bool), make(chan bool)
	g := run(t, newUpstream(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- true
		<-r.Context().Done()
		close(gone)
	})), nil)
	conn := g.dial("GET /public/ HTTP/1.1\r\nHost: a\r\n\r\n")
	<-reached
	conn.Close()
	<-gone
	if line := g.log.wait(t, "the client is gone"); line["level"] != "DEBUG" {
		t.Errorf("the log says %v, want no more than DEBUG", line)
	}
	if text := g.metricsText(); strings.Contains(text, "costrel_gateway_upstream_failures_total{") {
		t.Errorf("the metrics count a failure:\n%s", text)
	}
}

// What is wrong with a body is its client's failure, and not the application's.
func TestBrokenBodies(t *testing.T) {
	for _, tt := range []struct{ name, body string }{
		{"a chunk without a length", "Transfer-Encoding: chunked\r\n\r\nsecret\r\n"},
		{"a chunk longer than it says", "Transfer-Encoding: chunked\r\n\r\n2\r\nhisecret\r\n0\r\n\r\n"},
		{"a trailer that is none", "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nsecret\r\n\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := run(t, newUpstream(t, show), nil)
			conn := g.dial("POST /public/ HTTP/1.1\r\nHost: a\r\n" + tt.body)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || res.StatusCode != 400 || !res.Close {
				t.Errorf("%v, %v, want 400, and no other request", res, err)
			}
			if line := g.log.wait(t, "refused"); line["level"] != "INFO" || line["status"] != 400. || line["client"] != "127.0.0.1" {
				t.Errorf("the log says %v", line)
			}
			if log := g.log.String(); strings.Contains(log, "secret") || strings.Contains(log, "ERROR") {
				t.Errorf("the log shows the body, or an error:\n%s", log)
			}
			if text := g.metricsText(); strings.Contains(text, "costrel_gateway_upstream_failures_total{") {
				t.Errorf("the metrics count a failure:\n%s", text)
			}
		})
	}
}

func TestSlowClients(t *testing.T) {
	reached := make(chan bool, 10)
	upstream := newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/public/large" {
			for range 1000 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					break
				}
			}
			reached <- r.Context().Err() != nil
			return
		}
		io.Copy(io.Discard, r.Body)
	}))
	g := run(t, upstream, func(c *Config) { c.ClientTimeout = 300 * time.Millisecond })

	t.Run("with the header", func(t *testing.T) {
		conn := g.dial("GET /public/ HTTP/1.1\r\nHost: a\r\nX-Slow")
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("the connection is still open: %v", err)
		}
	})
	t.Run("with a body", func(t *testing.T) {
		conn := g.dial("POST /public/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nslow")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != 408 {
			t.Errorf("%v, %v, want 408", res, err)
		}
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("the connection is still open: %v", err)
		}
	})
	t.Run("with a body that nobody asked for", func(t *testing.T) {
		for request, status := range map[string]int{"POST /admin": 401, "CONNECT a:80": 405} {
			start := time.Now()
			conn := g.dial(request + " HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nslow")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || res.StatusCode != status || time.Since(start) > 250*time.Millisecond {
				t.Errorf("%s: %v, %v after %s, want %d at once", request, res, err, time.Since(start), status)
			}
			if _, err := io.ReadAll(conn); err != nil {
				t.Errorf("%s: the connection is still open: %v", request, err)
			}
		}
	})
	t.Run("steadily is fine", func(t *testing.T) {
		conn := g.dial("POST /public/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
		for range 10 {
			time.Sleep(50 * time.Millisecond)
			io.WriteString(conn, "x")
		}
		in := bufio.NewReader(conn)
		res, err := http.ReadResponse(in, nil)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%v, %v, want 200", res, err)
		}
		io.Copy(io.Discard, res.Body)

		// No deadline is left for the requests that follow.
		time.Sleep(200 * time.Millisecond)
		io.WriteString(conn, "GET /public/ HTTP/1.1\r\nHost: a\r\n\r\n")
		if res, err := http.ReadResponse(in, nil); err != nil || res.StatusCode != 200 {
			t.Errorf("another request: %v, %v, want 200", res, err)
		}
	})
	t.Run("with the answer", func(t *testing.T) {
		g.dial("GET /public/large HTTP/1.1\r\nHost: a\r\n\r\n") // and never reads
		select {
		case gone := <-reached:
			if !gone {
				t.Error("all was sent")
			}
		case <-time.After(5 * time.Second):
			t.Error("the application is still waiting")
		}
	})
}

func TestSlowApplication(t *testing.T) {
	g := run(t, newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		time.Sleep(400 * time.Millisecond)
	})), func(c *Config) { c.ClientTimeout = 100 * time.Millisecond })
	for _, body := range []string{"Content-Length: 2\r\n\r\nhi", "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"} {
		conn := g.dial("POST /public/ HTTP/1.1\r\nHost: a\r\n" + body)
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != 200 {
			t.Errorf("%v, %v, want 200: the client was not slow", res, err)
		}
	}
}

func TestHugeHeaders(t *testing.T) {
	g := run(t, newUpstream(t, show), nil)
	ann := session(t, oldKey)
	tests := []struct {
		name   string
		cookie string
		status int
	}{
		{"a cookie of 1 MB", "session=" + strings.Repeat("a", 1<<20), 431},
		{"10,000 cookies", strings.Repeat("a=b;", 10_000) + ann.String(), 200},
		{"10,000 cookies, none of them good", strings.Repeat("session=x;", 6_000), 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn := g.dial("GET / HTTP/1.1\r\nHost: a\r\n")
			go io.WriteString(conn, "Cookie: "+tt.cookie+"\r\n\r\n")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || res.StatusCode != tt.status {
				t.Errorf("%v, %v, want %d", res, err, tt.status)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	g := run(t, newUpstream(t, show), nil)
	before, after := session(t, oldKey), session(t, newKey)
	expect := func(cookie *http.Cookie, want int) {
		t.Helper()
		if status, _ := g.get("/", cookie); status != want {
			t.Errorf("%d, want %d", status, want)
		}
	}
	expect(before, 200)
	expect(after, 401)

	g.writeKeys("garbage")
	line := g.log.wait(t, "the keys stay as they were")
	if text := fmt.Sprint(line); strings.Contains(text, "garbage") {
		t.Errorf("the log shows the file: %s", text)
	}
	expect(before, 200)

	g.writeKeys("<html>a page that is long enough to be a key</html>")
	if line := g.log.wait(t, "the keys stay as they were"); line["error"] != errUnrelated.Error() {
		t.Errorf("the log says %v, want %v", line, errUnrelated)
	}
	expect(before, 200)

	os.Remove(g.keyFile)
	g.log.wait(t, "the keys stay as they were")
	expect(before, 200)

	g.writeKeys(newKey, oldKey)
	g.log.wait(t, "the keys were loaded")
	expect(before, 200)
	expect(after, 200)
	if body := g.metricsText(); !strings.Contains(body, `costrel_gateway_sessions_total{key="1"} 1`) ||
		!strings.Contains(body, `costrel_gateway_key_reloads_total{result="failed"} 3`) || !strings.Contains(body, "costrel_gateway_keys 2\n") {
		t.Errorf("the metrics do not tell of the keys:\n%s", body)
	}

	g.writeKeys("the key of an emergency, long enough")
	g.log.wait(t, "the keys stay as they were")
	g.hangup <- syscall.SIGHUP
	g.log.wait(t, "the keys were loaded")
	expect(before, 401)
	expect(after, 401)

	g.writeKeys("derived:cookie-session:AAAAAAAAAAAAAAAAAAAAAAAAAAA")
	g.hangup <- syscall.SIGHUP
	g.log.wait(t, "the keys stay as they were")
}

func (g *running) metricsText() string {
	g.t.Helper()
	res, err := http.Get(g.admin + "/metrics")
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return string(body)
}

// Nothing of a session, a cookie, a key or a query is in the logs.
func TestLogsAndMetrics(t *testing.T) {
	g := run(t, newUpstream(t, show), nil)
	ann := session(t, oldKey)
	g.get("/path?token=secret", ann)
	g.get("/path?token=secret", &http.Cookie{Name: "session", Value: ann.Value + "x"})
	g.get("/public/" + strings.Repeat("a", 1000))
	g.get("/%C2%9B31m%E2%80%AE%0A")
	if status, body := g.get("/public/"); status != 200 {
		t.Fatal(status, body)
	}
	log := g.log.String()
	for _, secret := range []string{ann.Value[:10], "secret", oldKey, "ann", strings.Repeat("a", 300)} {
		if strings.Contains(log, secret) {
			t.Errorf("the log shows %q:\n%s", secret, log)
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
		if strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) && c != '\n' }) {
			t.Errorf("a line of the log has what a terminal does not print as it is: %q", line)
		}
	}
	text := g.metricsText()
	for _, want := range []string{
		`costrel_gateway_decisions_total{reason="allowed"} 1`,
		`costrel_gateway_decisions_total{reason="public"} 2`,
		`costrel_gateway_decisions_total{reason="bad signature"} 1`,
		`costrel_gateway_decisions_total{reason="expired"} 0`,
		`costrel_gateway_sessions_total{key="0"} 1`,
		`costrel_gateway_decision_seconds_count 5`,
		`costrel_gateway_key_reloads_total{result="good"} 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
	res, err := http.Get(g.admin + "/healthz")
	if err != nil || res.StatusCode != 200 {
		t.Errorf("/healthz: %v, %v, want 200", res, err)
	}
}

// Every request that a client could send has its whole answer.
func TestEndUnderLoad(t *testing.T) {
	g := run(t, newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * time.Millisecond)
		io.WriteString(w, "whole")
	})), func(c *Config) { c.Drain = 300 * time.Millisecond })

	var answered, lost atomic.Int64
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			for {
				res, err := http.DefaultTransport.RoundTrip(httptest.NewRequest("GET", g.url+"/public/", nil))
				if err != nil {
					lost.Add(1)
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != 200 || string(body) != "whole" {
					lost.Add(1)
					t.Errorf("%d %q, %v", res.StatusCode, body, err)
				}
				answered.Add(1)
				if res.Close { // the gateway is ending: go elsewhere
					return
				}
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	g.terminate()
	clients.Wait()
	if err := <-g.ended; err != nil {
		t.Error(err)
	}
	t.Logf("%d requests answered, %d lost", answered.Load(), lost.Load())
	if answered.Load() < 100 {
		t.Errorf("only %d requests were answered: this was no load", answered.Load())
	}
}

// A logBuffer keeps what is logged, for a test to wait for.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen int
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// wait returns the next line with a message, after the last that was returned.
func (b *logBuffer) wait(t testing.TB, message string) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text := b.String()
		for {
			line, _, whole := strings.Cut(text[b.seen:], "\n")
			if !whole {
				break
			}
			b.seen += len(line) + 1
			var entry map[string]any
			if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == message {
				return entry
			}
		}
	}
	t.Fatalf("nobody logs %q in:\n%s", message, b)
	return nil
}
