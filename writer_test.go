package costrel_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
)

// protocols are those that net/http serves, each with a writer of its own.
var protocols = []string{"HTTP/1.1", "HTTP/2.0"}

// eachProtocol serves handler by each protocol, on a real server whose log must
// stay empty.
func eachProtocol(t *testing.T, handler http.Handler, test func(t *testing.T, server *httptest.Server)) {
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			server := httptest.NewUnstartedServer(handler)
			var log syncBuffer
			server.Config.ErrorLog = log.logger()
			if protocol == "HTTP/2.0" {
				server.EnableHTTP2 = true
				server.StartTLS()
			} else {
				server.Start()
			}
			server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			test(t, server)
			server.Close()
			if got := log.take(); got != "" {
				t.Errorf("the server logs %q", got)
			}
		})
	}
}

// A syncBuffer is what several goroutines write to.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) logger() *log.Logger { return log.New(b, "", 0) }

// take returns what was written since it was last called.
func (b *syncBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.buffer.Reset()
	return b.buffer.String()
}

// do returns the response to a request, whose body was read.
func do(t *testing.T, server *httptest.Server, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// sessionOf returns the session that a response sets, nil if it sets none.
func sessionOf(t *testing.T, m *costrel.Manager, h http.Header) *costrel.Session {
	t.Helper()
	var found *costrel.Session
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.Name == "session" {
			if found != nil {
				t.Errorf("several session cookies: %q", h["Set-Cookie"])
			}
			found = costreltest.Session(t, m, c)
		}
	}
	return found
}

func TestTheCookieLeavesBeforeTheFirstByte(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "page.txt")
	if err := os.WriteFile(name, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		write  func(w http.ResponseWriter, r *http.Request)
		status int
		body   string
	}{
		{"nothing is written", func(http.ResponseWriter, *http.Request) {}, 200, ""},
		{"WriteHeader", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }, 201, ""},
		{"Write", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("text")) }, 200, "text"},
		{"Write of nothing", func(w http.ResponseWriter, _ *http.Request) { w.Write(nil) }, 200, ""},
		{"Write of more than any buffer", func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("x"), 1<<17)) }, 200, strings.Repeat("x", 1<<17)},
		{"WriteString", func(w http.ResponseWriter, _ *http.Request) { w.(io.StringWriter).WriteString("text") }, 200, "text"},
		{"fmt.Fprint", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "text") }, 200, "text"},
		{"ReadFrom", func(w http.ResponseWriter, _ *http.Request) { w.(io.ReaderFrom).ReadFrom(strings.NewReader("text")) }, 200, "text"},
		{"io.Copy of a file", func(w http.ResponseWriter, _ *http.Request) {
			f, _ := os.Open(name)
			defer f.Close()
			io.Copy(w, f)
		}, 200, "a file"},
		{"Flush", func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() }, 200, ""},
		{"FlushError", func(w http.ResponseWriter, _ *http.Request) { http.NewResponseController(w).Flush() }, 200, ""},
		{"Flush, then Write", func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); w.Write([]byte("text")) }, 200, "text"},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204, ""},
		{"not modified", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, 304, ""},
		{"http.Error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }, 403, "no\n"},
		{"http.NotFound", http.NotFound, 404, "404 page not found\n"},
		{"http.Redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusSeeOther) }, 303, "<a href=\"/other\">See Other</a>.\n\n"},
		{"http.ServeFile", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }, 200, "a file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			sessions := w.manager(costrel.Config{})
			eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Vary", "Accept-Language")
				http.SetCookie(w, &http.Cookie{Name: "own", Value: "kept"})
				s := sessions.Get(r)
				s.Set("n", 1)
				test.write(w, r)
				if r.URL.Path == "/late" {
					s.Set("n", 2)
				}
			})), func(t *testing.T, server *httptest.Server) {
				res, body := do(t, server, "GET", "/")
				if res.StatusCode != test.status || body != test.body || res.Proto != t.Name()[strings.LastIndex(t.Name(), "HTTP"):] {
					t.Errorf("got %s %d %.100q, want %d %.100q", res.Proto, res.StatusCode, body, test.status, test.body)
				}
				if got := res.Header["Set-Cookie"]; len(got) != 2 || got[0] != "own=kept" {
					t.Errorf("Set-Cookie: got %q, want the handler's and the session's", got)
				}
				if s := sessionOf(t, sessions, res.Header); s == nil || s.Get("n") != int64(1) {
					t.Errorf("got the session %v", s)
				}
				if got := res.Header["Vary"]; !slices.Equal(got, []string{"Accept-Language, Cookie"}) {
					t.Errorf("Vary: got %q", got)
				}
				w.wantErrors()

				res, _ = do(t, server, "GET", "/late")
				want, errs := int64(1), []string{"n: the session was changed after the headers were sent"}
				if test.name == "nothing is written" { // so nothing is too late
					want, errs = 2, nil
				}
				if s := sessionOf(t, sessions, res.Header); s == nil || s.Get("n") != want {
					t.Errorf("changed late: got the session %v", s)
				}
				server.Close()
				w.wantErrors(errs...)
				w.errs = nil
			})
		})
	}
}

// A copier is a ResponseWriter that notes what is copied to it from.
type copier struct {
	http.ResponseWriter
	from []string
}

func (c *copier) ReadFrom(src io.Reader) (int64, error) {
	name := fmt.Sprintf("%T", src)
	if limited, ok := src.(*io.LimitedReader); ok {
		name += fmt.Sprintf(" of %T", limited.R)
	}
	c.from = append(c.from, name)
	return c.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
}

func TestFilesAreStillSentWithoutCopyingThem(t *testing.T) {
	// The server's writer sends a file by sendfile if its ReadFrom gets one.
	name := filepath.Join(t.TempDir(), "page.txt")
	content := strings.Repeat("content ", 1<<15)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	sessions := newManager(t, costrel.Config{})
	for _, test := range []struct {
		name string
		send func(w http.ResponseWriter, r *http.Request, f *os.File)
		want string // empty for whatever it is without the Handler
	}{
		{"http.ServeContent", func(w http.ResponseWriter, r *http.Request, f *os.File) {
			http.ServeContent(w, r, "page.txt", time.Time{}, f)
		}, "*io.LimitedReader of *os.File"},
		{"io.CopyN", func(w http.ResponseWriter, _ *http.Request, f *os.File) { io.CopyN(w, f, int64(len(content))) }, "*io.LimitedReader of *os.File"},
		{"io.Copy", func(w http.ResponseWriter, _ *http.Request, f *os.File) { io.Copy(w, f) }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			send := func(w http.ResponseWriter, r *http.Request) {
				f, err := os.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				test.send(w, r, f)
			}
			from := map[string][]string{}
			note := func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					c := &copier{ResponseWriter: w}
					next.ServeHTTP(c, r)
					from[r.URL.Path] = c.from
				})
			}
			mux := http.NewServeMux()
			mux.Handle("/plain", note(http.HandlerFunc(send)))
			mux.Handle("/session", note(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sessions.Get(r).Set("n", 1)
				send(w, r)
			}))))
			server := httptest.NewServer(mux)
			if _, body := do(t, server, "GET", "/plain"); body != content {
				t.Errorf("without: got %d bytes", len(body))
			}
			res, body := do(t, server, "GET", "/session")
			if body != content || sessionOf(t, sessions, res.Header) == nil {
				t.Errorf("got %d bytes, cookies %q", len(body), res.Header["Set-Cookie"])
			}
			server.Close()
			want := from["/plain"]
			if test.want != "" {
				want = []string{test.want}
			}
			if got := from["/session"]; !slices.Equal(got, want) || len(got) == 0 {
				t.Errorf("the server's ReadFrom got %q, want %q", got, want)
			}
		})
	}
}

func TestAResponseControllerReachesTheServersWriter(t *testing.T) {
	past := time.Unix(1, 0)
	for _, test := range []struct {
		name string
		use  func(w http.ResponseWriter, r *http.Request, rc *http.ResponseController) error
	}{
		{"SetReadDeadline", func(_ http.ResponseWriter, r *http.Request, rc *http.ResponseController) error {
			if err := rc.SetReadDeadline(past); err != nil {
				return err
			}
			if _, err := io.ReadAll(r.Body); !errors.Is(err, os.ErrDeadlineExceeded) {
				return fmt.Errorf("reading gives %v, want the deadline", err)
			}
			return nil
		}},
		{"SetWriteDeadline", func(_ http.ResponseWriter, r *http.Request, rc *http.ResponseController) error {
			if err := errors.Join(rc.SetWriteDeadline(time.Now().Add(time.Hour)), rc.Flush()); err != nil {
				return err
			}
			// A full-duplex handler reads its body, or the server, which then does
			// so itself, may read from the connection twice at a time.
			_, err := io.Copy(io.Discard, r.Body)
			return err
		}},
		{"EnableFullDuplex", func(w http.ResponseWriter, r *http.Request, rc *http.ResponseController) error {
			if err := rc.Flush(); err != nil {
				return err
			}
			body, err := io.ReadAll(r.Body)
			if err == nil && string(body) != "body" {
				err = fmt.Errorf("got the body %q", body)
			}
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sessions := newManager(t, costrel.Config{OnError: func(*http.Request, error) {}}) // that the server takes a deadline for a client gone
			used := make(chan error, 1)
			eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sessions.Get(r).Set("n", 1)
				rc := http.NewResponseController(w)
				if err := rc.EnableFullDuplex(); err != nil { // the client sends no body before it has the header
					t.Errorf("EnableFullDuplex: %v", err)
				}
				used <- test.use(w, r, rc)
			})), func(t *testing.T, server *httptest.Server) {
				body, send := io.Pipe()
				defer send.Close()
				r, err := http.NewRequest("POST", server.URL, body)
				if err != nil {
					t.Fatal(err)
				}
				res, err := server.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				io.WriteString(send, "body")
				send.Close()
				if err := <-used; err != nil {
					t.Error(err)
				}
				if sessionOf(t, sessions, res.Header) == nil {
					t.Error("no session")
				}
			})
		})
	}
}

func TestWhatTheServersWriterCannotDoIsSaidSo(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_, _, hijack := rc.Hijack()
		for name, err := range map[string]error{
			"Hijack": hijack, "Flush": rc.Flush(), "SetReadDeadline": rc.SetReadDeadline(time.Time{}),
			"SetWriteDeadline": rc.SetWriteDeadline(time.Time{}), "EnableFullDuplex": rc.EnableFullDuplex(),
			"Push": w.(http.Pusher).Push("/style.css", nil),
		} {
			if !errors.Is(err, http.ErrNotSupported) {
				t.Errorf("%s: got %v, want http.ErrNotSupported", name, err)
			}
		}
		w.(http.Flusher).Flush() // does nothing, and does not panic
	})).ServeHTTP(&discard{http.Header{}}, httptest.NewRequest("GET", "/", nil))
}

func TestEarlyHintsBringNoCookie(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r)
		s.Set("before", true)
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusEarlyHints)
		s.Set("after", true)
		w.WriteHeader(http.StatusOK)
	})), func(t *testing.T, server *httptest.Server) {
		var statuses []int
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
				statuses = append(statuses, status)
				if header.Get("Link") == "" || header["Set-Cookie"] != nil || header["Vary"] != nil {
					t.Errorf("%d: got %v, want the link alone", status, header)
				}
				return nil
			},
		})
		r, _ := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if !slices.Equal(statuses, []int{102, 103}) || res.StatusCode != 200 {
			t.Errorf("got %v, then %d; want 102 and 103, then 200", statuses, res.StatusCode)
		}
		if s := sessionOf(t, sessions, res.Header); s == nil || !s.Has("before") || !s.Has("after") {
			t.Errorf("got %v, want both changes", res.Header)
		}
	})
}

func TestTimeoutHandlers(t *testing.T) {
	for _, test := range []struct {
		name   string
		inside bool          // the TimeoutHandler, inside the session's
		wait   time.Duration // of the handler; a second is too long
		status int
		want   []string // the session's keys
		errs   []string
	}{
		{"outside, in time", false, 0, 200, []string{"after", "before"}, nil},
		{"inside, in time", true, 0, 200, []string{"after", "before"}, nil},
		{"outside, too late", false, 2 * time.Second, 503, nil, []string{"may not have reached the client: context deadline exceeded"}},
		{"inside, too late", true, 2 * time.Second, 503, []string{"before"}, []string{"after: the session was changed after the headers were sent"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &witness{t: t}
				sessions := w.manager(costrel.Config{})
				var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s := sessions.Get(r)
					s.Set("before", true)
					time.Sleep(test.wait)
					s.Set("after", true)
					io.WriteString(w, "done")
				})
				if test.inside {
					handler = sessions.Handler(http.TimeoutHandler(handler, time.Second, "too late"))
				} else {
					handler = http.TimeoutHandler(sessions.Handler(handler), time.Second, "too late")
				}
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))
				time.Sleep(time.Minute) // for the handler that goes on
				if recorder.Code != test.status {
					t.Errorf("got %d, want %d", recorder.Code, test.status)
				}
				var keys []string
				if s := sessionOf(t, sessions, recorder.Result().Header); s != nil {
					keys = slices.Collect(s.Keys())
				}
				if !slices.Equal(keys, test.want) {
					t.Errorf("got a session with %q, want %q", keys, test.want)
				}
				w.wantErrors(test.errs...)
			})
		})
	}
}

func TestAReverseProxyIsAHandler(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Vary", "Accept")
		http.SetCookie(w, &http.Cookie{Name: "upstream", Value: "kept"})
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "short and stout")
	}))
	defer upstream.Close()
	u, _ := url.Parse(upstream.URL)
	sessions := newManager(t, costrel.Config{})
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ModifyResponse = func(res *http.Response) error {
		sessions.Get(res.Request).Set("status", res.StatusCode)
		return nil
	}
	eachProtocol(t, sessions.Handler(proxy), func(t *testing.T, server *httptest.Server) {
		res, body := do(t, server, "GET", "/")
		if res.StatusCode != http.StatusTeapot || body != "short and stout" {
			t.Errorf("got %d %q", res.StatusCode, body)
		}
		if got := res.Header["Set-Cookie"]; len(got) != 2 || got[0] != "upstream=kept" {
			t.Errorf("Set-Cookie: got %q, want the upstream's and the session's", got)
		}
		if got := res.Header["Vary"]; !slices.Equal(got, []string{"Accept, Cookie"}) {
			t.Errorf("Vary: got %q", got)
		}
		if s := sessionOf(t, sessions, res.Header); s == nil || s.Get("status") != int64(418) {
			t.Errorf("got the session %v", s)
		}
	})

	t.Run("whose upstream is down", func(t *testing.T) {
		upstream.Close()
		server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sessions.Get(r).Set("n", 1)
			proxy.ServeHTTP(w, r)
		})))
		defer server.Close()
		res, _ := do(t, server, "GET", "/")
		if res.StatusCode != http.StatusBadGateway || sessionOf(t, sessions, res.Header) == nil {
			t.Errorf("got %d, %v; want 502 and the session", res.StatusCode, res.Header)
		}
	})
}

func TestServerSentEventsArriveAsTheyAreSent(t *testing.T) {
	w := &witness{t: t}
	sessions := w.manager(costrel.Config{})
	arrived, done := make(chan struct{}), make(chan struct{}, 1)
	eachProtocol(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { done <- struct{}{} }()
		sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sessions.Get(r).Set("n", 1)
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range 3 {
				fmt.Fprintf(w, "data: %d\n\n", i)
				w.(http.Flusher).Flush()
				<-arrived
			}
			<-r.Context().Done()
		})).ServeHTTP(w, r)
	}), func(t *testing.T, server *httptest.Server) {
		ctx, hangUp := context.WithCancel(t.Context())
		defer hangUp()
		r, _ := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if sessionOf(t, sessions, res.Header) == nil {
			t.Error("no session")
		}
		lines := bufio.NewScanner(res.Body)
		for i := range 3 {
			lines.Scan()
			if got, want := lines.Text(), fmt.Sprintf("data: %d", i); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			lines.Scan()
			arrived <- struct{}{}
		}
		hangUp() // as all clients do in the end: nothing is lost
		<-done
		w.wantErrors()
	})
}

// upgrade answers an upgrade by hand, with the response's own header, and then
// echoes lines.
func upgrade(t *testing.T, w http.ResponseWriter) {
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", "echo")
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Errorf("Hijack: %v", err)
		return
	}
	defer conn.Close()
	io.WriteString(buffered, "HTTP/1.1 101 Switching Protocols\r\n")
	w.Header().Write(buffered)
	io.WriteString(buffered, "\r\n")
	buffered.Flush()
	line, err := buffered.ReadString('\n')
	if err != nil {
		t.Error(err)
	}
	buffered.WriteString("echo: " + line)
	buffered.Flush()
}

func TestAWebsocketsUpgradeBringsTheCookie(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "upstream", Value: "kept"})
		upgrade(t, w)
	}))
	defer upstream.Close()
	u, _ := url.Parse(upstream.URL)
	for _, test := range []struct {
		name    string
		handler http.Handler
		cookies int
	}{
		{"by Hijack", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { upgrade(t, w) }), 1},
		{"by http.Hijacker", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			upgrade(t, struct {
				http.ResponseWriter
				http.Hijacker
			}{w, w.(http.Hijacker)})
		}), 1},
		{"by ReverseProxy", httputil.NewSingleHostReverseProxy(u), 2},
		{"by WriteHeader", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "echo")
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, buffered, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			line, _ := buffered.ReadString('\n')
			buffered.WriteString("echo: " + line)
			buffered.Flush()
		}), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			sessions := w.manager(costrel.Config{})
			done := make(chan struct{})
			server := httptest.NewUnstartedServer(finished(done, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sessions.Get(r).Set("n", 1)
				test.handler.ServeHTTP(w, r)
			}))))
			var log syncBuffer
			server.Config.ErrorLog = log.logger()
			server.Start()
			defer server.Close()

			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			read := bufio.NewReader(conn)
			res, err := http.ReadResponse(read, nil)
			if err != nil {
				t.Fatal(err)
			}
			cookies := res.Header["Set-Cookie"]
			if s := sessionOf(t, sessions, res.Header); res.StatusCode != 101 || len(cookies) != test.cookies || s == nil || s.Get("n") != int64(1) {
				t.Errorf("got %s, Set-Cookie %q; want 101 with %d", res.Status, cookies, test.cookies)
			}
			io.WriteString(conn, "hello\n")
			if got, err := read.ReadString('\n'); got != "echo: hello\n" {
				t.Errorf("got %q, %v", got, err)
			}
			conn.Close()
			<-done
			w.wantErrors()
			if got := log.take(); got != "" {
				t.Errorf("the server logs %q", got)
			}
		})
	}
}

func TestAFailedHijackCommitsNothing(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	server := httptest.NewUnstartedServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := w.(http.Hijacker).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("got %v, want http.ErrNotSupported", err)
		}
		sessions.Get(r).Set("n", 1)
	})))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	if res, _ := do(t, server, "GET", "/"); sessionOf(t, sessions, res.Header) == nil {
		t.Error("no session")
	}
}

func TestAChangeAfterTheHeadersIsReported(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *costrel.Session)
		errs   []string
	}{
		{"Set", func(s *costrel.Session) { s.Set("n", 2) }, []string{"n: "}},
		{"Set of a key each", func(s *costrel.Session) { s.Set("a", 2); s.Set("b", 2) }, []string{"a: ", "b: "}},
		{"Key.Set", func(s *costrel.Session) { costrel.Key[int]("n").Set(s, 2) }, []string{"n: "}},
		{"Delete", func(s *costrel.Session) { s.Delete("n") }, []string{"n: "}},
		{"Delete of no key", func(s *costrel.Session) { s.Delete("none") }, nil},
		{"Pop", func(s *costrel.Session) { s.Pop("n") }, []string{"n: "}},
		{"Key.Pop", func(s *costrel.Session) {
			if _, ok := costrel.Key[int]("n").Pop(s); ok {
				panic("it was popped, and is still there")
			}
		}, []string{"n: "}},
		{"SetDefault", func(s *costrel.Session) { s.SetDefault("new", 2) }, []string{"new: "}},
		{"SetDefault of a key that is there", func(s *costrel.Session) { s.SetDefault("n", 2) }, nil},
		{"Update", func(s *costrel.Session) { s.Update(map[string]any{"n": 2}) }, []string{"the session was changed"}},
		{"Clear", func(s *costrel.Session) { s.Clear() }, []string{"the session was changed"}},
		{"SetModified", func(s *costrel.Session) { s.SetModified() }, []string{"the session was changed"}},
		{"SetPermanent", func(s *costrel.Session) { s.SetPermanent(true) }, []string{"_permanent: "}},
		{"Flash", func(s *costrel.Session) { s.Flash("hello") }, []string{"_flashes: "}},
		{"Flashes", func(s *costrel.Session) { s.Flashes() }, nil},
		{"a map, in place", func(s *costrel.Session) { s.Get("map").(map[string]any)["x"] = 2 }, []string{"map: "}},
		{"a list, in place", func(s *costrel.Session) { s.Get("list").([]any)[0] = 2 }, []string{"list: "}},
		{"a list, in place, and looked at then", func(s *costrel.Session) {
			s.Get("list").([]any)[0] = 2
			s.Modified()
			s.Raw("list")
			s.AppendJSON(nil)
			costrel.Key[[]int]("list").Get(s)
		}, []string{"list: "}},
		{"a map, in place and in vain", func(s *costrel.Session) { s.Get("map").(map[string]any)["x"] = int64(1) }, nil},
		{"a map, in place, to what cannot be kept", func(s *costrel.Session) { s.Get("map").(map[string]any)["x"] = func() {} }, []string{"map.x: func"}},
		{"another goroutine's", func(s *costrel.Session) {
			done := make(chan struct{})
			go func() { defer close(done); s.Set("n", 2) }()
			<-done
		}, []string{"n: "}},
		{"reading", func(s *costrel.Session) {
			if s.Get("n") != int64(1) || s.Len() != 3 || !s.Has("map") {
				panic("it is gone")
			}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, opened := range []string{"before", "after"} {
				w := &witness{t: t}
				sessions := w.manager(costrel.Config{})
				const values = `{"list":[1],"map":{"x":1},"n":1}`
				server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if opened == "before" {
						sessions.Get(r).Set("n", 1)
					}
					w.WriteHeader(http.StatusOK)
					test.change(sessions.Get(r))
				})))
				res, _ := do(t, server, "GET", "/", "Cookie", "session="+signed(t, encoded(values)))
				server.Close()
				if s := sessionOf(t, sessions, res.Header); opened == "before" && (s == nil || payload(t, s) != values) {
					t.Errorf("got %v, want the session as it was", s)
				}
				w.wantErrors(test.errs...)
				for _, err := range w.errs {
					if !errors.Is(err, costrel.ErrCommitted) && !strings.Contains(err.Error(), "func") {
						t.Errorf("got %v, want ErrCommitted", err)
					}
				}
			}
		})
	}
}

// A meddler changes the session once it was saved, before the header left.
type meddler struct{ *costrel.Signed }

func (m meddler) Save(c *costrel.Config, h http.Header, r *http.Request, s *costrel.Session) error {
	err := m.Signed.Save(c, h, r, s)
	done := make(chan struct{})
	go func() { defer close(done); s.Set("late", true) }()
	<-done
	return err
}

// An adder changes the session before it is saved, as an Interface may.
type adder struct{ *costrel.Signed }

func (a adder) Save(c *costrel.Config, h http.Header, r *http.Request, s *costrel.Session) error {
	s.Set("added", true)
	return a.Signed.Save(c, h, r, s)
}

func TestAChangeWhileTheSessionIsSavedIsReported(t *testing.T) {
	for _, test := range []struct {
		name string
		with costrel.Interface
		want string
		errs []string
	}{
		{"after it was encoded", meddler{&costrel.Signed{}}, `{"n":1}`, []string{"saving the session"}},
		{"before", adder{&costrel.Signed{}}, `{"added":true,"n":1}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			m := w.manager(costrel.Config{Interface: test.with})
			h := serve(m, func(s *costrel.Session) { s.Set("n", 1) })
			if test.errs != nil {
				test.errs[0] = costrel.ErrCommitted.Error()
			}
			w.wantErrors(test.errs...)
			if s := sessionOf(t, newManager(t, costrel.Config{}), h); s == nil || payload(t, s) != test.want {
				t.Errorf("got %v, want %s", h, test.want)
			}
		})
	}
}

func TestASessionOpenedToBeRefreshedMayChangeWhileItIsSaved(t *testing.T) {
	w := &witness{t: t}
	m := w.manager(costrel.Config{Interface: adder{&costrel.Signed{}}})
	cookie := costreltest.Cookie(t, newManager(t, costrel.Config{}), map[string]any{"_permanent": true})
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(cookie)
	recorder := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(recorder, r)
	w.wantErrors()
	h := recorder.Header()
	if s := sessionOf(t, newManager(t, costrel.Config{}), h); s == nil || payload(t, s) != `{"_permanent":true,"added":true}` {
		t.Errorf("got %v, want the session with what was added", h)
	}
}

func TestAHandlerWithinAHandlerSharesTheSession(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	var outer, inner *costrel.Session
	handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inner = sessions.Get(r)
			inner.Set("n", 2)
			io.WriteString(w, "text")
		})).ServeHTTP(w, r)
		outer = sessions.Get(r)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session="+signed(t, encoded(`{"_permanent":true,"n":1}`)))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if outer != inner {
		t.Error("got two sessions")
	}
	if s := sessionOf(t, sessions, w.Result().Header); s == nil || s.Get("n") != int64(2) {
		t.Errorf("got %q, want one cookie, with the change", w.Result().Header["Set-Cookie"])
	}
}

// A counter counts how many sessions are opened.
type counter struct {
	*costrel.Signed
	opened int
}

func (c *counter) Open(config *costrel.Config, r *http.Request) (*costrel.Session, error) {
	c.opened++
	return c.Signed.Open(config, r)
}

func TestAPermanentSessionIsRefreshedUnasked(t *testing.T) {
	compressible := strings.Repeat("x", 2000)
	for _, test := range []struct {
		name    string
		cookie  string
		config  costrel.Config
		refresh bool
		opened  int
	}{
		{"permanent, at the first alignment", encoded(`{"AB":1,"_permanent":true}`), costrel.Config{}, true, 1},
		{"permanent, at the second", encoded(`{"ABC":1,"_permanent":true}`), costrel.Config{}, true, 1},
		{"permanent, at the third", encoded(`{"_permanent":true,"n":1}`), costrel.Config{}, true, 1},
		{"permanent, and nothing else", encoded(`{"_permanent":true}`), costrel.Config{}, true, 1},
		{"permanent, in Python's sense", encoded(`{"_permanent":"yes"}`), costrel.Config{}, true, 1},
		{"permanent, compressed", deflated([]byte(`{"_permanent":true,"x":"` + compressible + `"}`)), costrel.Config{}, true, 1},
		{"permanent, but not to be refreshed", encoded(`{"_permanent":true}`), costrel.Config{NoRefresh: true}, false, 0},
		{"permanent, compressed, but not to be refreshed", deflated([]byte(`{"_permanent":true,"x":"` + compressible + `"}`)), costrel.Config{NoRefresh: true}, false, 0},
		{"not permanent", encoded(`{"n":1}`), costrel.Config{}, false, 0},
		{"not permanent, compressed", deflated([]byte(`{"x":"` + compressible + `"}`)), costrel.Config{}, false, 1},
		{"not permanent any more", encoded(`{"_permanent":false}`), costrel.Config{}, false, 1},
		{"a value that looks like it", encoded(`{"user":{"_permanent":true}}`), costrel.Config{}, false, 1},
		{"text that looks like it", encoded(`{"text":"_permanent"}`), costrel.Config{}, false, 1},
		{"a key that starts like it", encoded(`{"_permanently":true}`), costrel.Config{}, false, 1},
		{"no session at all", "", costrel.Config{}, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			count := &counter{Signed: &costrel.Signed{}}
			test.config.Interface = count
			sessions := w.manager(test.config)
			eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, "not asked for")
			})), func(t *testing.T, server *httptest.Server) {
				count.opened = 0
				cookies := "other=_permanent"
				if test.cookie != "" {
					cookies += "; session=" + signed(t, test.cookie)
				}
				res, _ := do(t, server, "GET", "/", "Cookie", cookies)
				opened := count.opened // before sessionOf opens one
				got := sessionOf(t, sessions, res.Header)
				if (got != nil) != test.refresh {
					t.Errorf("got Set-Cookie %q, want one: %v", res.Header["Set-Cookie"], test.refresh)
				}
				if vary := res.Header["Vary"]; (vary != nil) != test.refresh {
					t.Errorf("got Vary %q, want one: %v", vary, test.refresh)
				}
				if opened != test.opened {
					t.Errorf("it was opened %d times, want %d", opened, test.opened)
				}
			})
			w.wantErrors()
		})
	}
}

func TestASessionCookieThatTheHandlerSetsStays(t *testing.T) {
	const (
		permanent = `{"_permanent":true,"n":1}`
		passing   = `{"n":1}`
		deleted   = "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/" // Flask's
	)
	read := func(s *costrel.Session) { s.Get("n") }
	change := func(s *costrel.Session) { s.Set("n", 2) }
	for _, test := range []struct {
		name    string
		path    string // of the request
		session string
		set     string // by the handler
		do      func(s *costrel.Session)
		both    bool // costrel sets one too
		err     error
	}{
		{"a deletion, beside a refresh that nobody asked for", "/", permanent, deleted, nil, false, nil},
		{"a deletion, beside a refresh", "/", permanent, deleted, read, false, nil},
		{"another session, beside a refresh", "/", permanent, "session=other; Path=/", read, false, nil},
		{"a deletion, of what was read", "/", passing, deleted, read, false, nil},
		{"a deletion, beside a change", "/", passing, deleted, change, false, costrel.ErrSuperseded},
		{"another session, beside a change", "/", permanent, "session=other; HttpOnly; Path=/", change, false, costrel.ErrSuperseded},
		{"another session, beside a deletion", "/", passing, "session=other; Path=/", (*costrel.Session).Clear, false, costrel.ErrSuperseded},
		{"of another name", "/", permanent, "session2=other; Path=/", change, true, nil},
		{"of another path", "/", permanent, "session=other; Path=/old", change, true, nil},
		{"of no path", "/", permanent, "session=other", change, false, costrel.ErrSuperseded},
		{"of no path, in a folder", "/folder/page", permanent, "session=other", change, true, nil},
		{"of a path that is none", "/", permanent, "session=other; path=x", change, false, costrel.ErrSuperseded},
		{"of a value in quotes", "/", permanent, `session="a\054b"; Path=/`, change, false, costrel.ErrSuperseded},
		{"of a domain", "/", permanent, "session=; Domain=example.com; Max-Age=0; Path=/", change, true, nil},
		{"of no meaning", "/", permanent, "=; ;", read, true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			sessions := w.manager(costrel.Config{})
			eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.do != nil {
					test.do(sessions.Get(r))
				}
				w.Header().Add("Set-Cookie", test.set)
			})), func(t *testing.T, server *httptest.Server) {
				res, _ := do(t, server, "GET", test.path, "Cookie", "session="+signed(t, encoded(test.session)))
				got := res.Header["Set-Cookie"]
				if len(got) == 0 || got[0] != test.set || (len(got) == 2) != test.both {
					t.Errorf("got Set-Cookie %q, want the handler's, and another: %v", got, test.both)
				}
				if test.do != nil && res.Header.Get("Vary") != "Cookie" {
					t.Errorf("got Vary %q", res.Header["Vary"])
				}
			})
			for _, err := range w.errs {
				if !errors.Is(err, test.err) {
					t.Errorf("got error %v, want %v", err, test.err)
				}
			}
			if test.err != nil && len(w.errs) != len(protocols) {
				t.Errorf("got errors %v, want one for each response", w.errs)
			}
		})
	}

	t.Run("but one that Save set is no other's", func(t *testing.T) {
		w := &witness{t: t}
		sessions := w.manager(costrel.Config{})
		eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := sessions.Get(r)
			s.Set("n", 2)
			if err := sessions.Save(w.Header(), r, s); err != nil {
				t.Error(err)
			}
		})), func(t *testing.T, server *httptest.Server) {
			res, _ := do(t, server, "GET", "/")
			if len(res.Header["Set-Cookie"]) == 0 {
				t.Error("no cookie was set")
			}
		})
		w.wantErrors()
	})
}

func TestAnUntouchedBadCookieIsLeftAlone(t *testing.T) {
	w := &witness{t: t}
	m := w.manager(costrel.Config{})
	recorder := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session="+encoded(`{"_permanent":true}`)+".aSBh_w.AAAAAAAAAAAAAAAAAAAAAAAAAAA")
	m.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(recorder, r)
	if got := recorder.Result().Header; len(got) != 0 {
		t.Errorf("got %v, want no header", got)
	}
	w.wantErrors()
}

func TestAnyMethodHasItsSession(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("method", r.Method)
		io.WriteString(w, "text")
	})), func(t *testing.T, server *httptest.Server) {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
			res, body := do(t, server, method, "/")
			if s := sessionOf(t, sessions, res.Header); s == nil || s.Get("method") != method {
				t.Errorf("%s: got Set-Cookie %q", method, res.Header["Set-Cookie"])
			}
			if (body == "text") == (method == "HEAD") {
				t.Errorf("%s: got the body %q", method, body)
			}
		}
	})
}

func TestFilesAreServedWithTheSession(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txt"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	sessions := newManager(t, costrel.Config{})
	files := http.FileServer(http.Dir(dir))
	eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("n", 1)
		files.ServeHTTP(w, r)
	})), func(t *testing.T, server *httptest.Server) {
		whole, _ := do(t, server, "GET", "/page.txt")
		modified := whole.Header.Get("Last-Modified")
		for _, test := range []struct {
			name, method, path string
			header             []string
			status             int
			body               string
		}{
			{"whole", "GET", "/page.txt", nil, 200, "0123456789"},
			{"its head", "HEAD", "/page.txt", nil, 200, ""},
			{"a range", "GET", "/page.txt", []string{"Range", "bytes=2-4"}, 206, "234"},
			{"the end", "GET", "/page.txt", []string{"Range", "bytes=-2"}, 206, "89"},
			{"a range that is none", "GET", "/page.txt", []string{"Range", "bytes=20-"}, 416, "invalid range: failed to overlap\n"},
			{"known already", "GET", "/page.txt", []string{"If-Modified-Since", modified}, 304, ""},
			{"missing", "GET", "/none.txt", nil, 404, "404 page not found\n"},
		} {
			res, body := do(t, server, test.method, test.path, test.header...)
			if res.StatusCode != test.status || body != test.body {
				t.Errorf("%s: got %d %q, want %d %q", test.name, res.StatusCode, body, test.status, test.body)
			}
			if sessionOf(t, sessions, res.Header) == nil {
				t.Errorf("%s: no session", test.name)
			}
		}
	})
}

// The server removes the files of a form that stands in its own request.
func TestFilesOfAFormAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var form bytes.Buffer
	part := multipart.NewWriter(&form)
	file, err := part.CreateFormFile("file", "large")
	if err != nil {
		t.Fatal(err)
	}
	file.Write(make([]byte, 11<<20))
	part.Close()

	sessions := newManager(t, costrel.Config{})
	eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil || len(r.MultipartForm.File["file"]) != 1 {
			t.Errorf("got no file: %v", err)
		}
	})), func(t *testing.T, server *httptest.Server) {
		res, err := server.Client().Post(server.URL, part.FormDataContentType(), bytes.NewReader(form.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		server.Close() // waits for what comes after the response
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("got %v, %v, want no file left", left, err)
		}
	})
}

func TestThePatternIsSeenAroundHandler(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /item/{id}", func(http.ResponseWriter, *http.Request) {})
	handler := sessions.Handler(mux)
	eachProtocol(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		if got, want := r.Pattern, "GET /item/{id}"; got != want {
			t.Errorf("got the pattern %q, want %q", got, want)
		}
	}), func(t *testing.T, server *httptest.Server) { do(t, server, "GET", "/item/1") })
}

func TestCloseNotifyTellsThatTheClientIsGone(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	ctx, gone := context.WithCancel(t.Context())
	sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		notified := w.(interface{ CloseNotify() <-chan bool }).CloseNotify()
		select {
		case <-notified:
			t.Error("it tells before")
		default:
		}
		gone()
		<-notified
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
}

func TestAResponseToHEADReachesTheClient(t *testing.T) {
	w := &witness{t: t}
	sessions := w.manager(costrel.Config{})
	eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("n", 1)
		for range 20 {
			io.WriteString(w, strings.Repeat("x", 1000))
		}
	})), func(t *testing.T, server *httptest.Server) {
		if res, _ := do(t, server, "HEAD", "/"); sessionOf(t, sessions, res.Header) == nil {
			t.Error("no cookie was set")
		}
	})
	w.wantErrors()
}

func TestAFlushThatIsNotSupportedCommitsNothing(t *testing.T) {
	w := &witness{t: t}
	sessions := w.manager(costrel.Config{})
	handler := http.TimeoutHandler(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("got %v, want ErrNotSupported", err)
		}
		sessions.Get(r).Set("n", 1)
	})), time.Minute, "")
	eachProtocol(t, handler, func(t *testing.T, server *httptest.Server) {
		if res, _ := do(t, server, "GET", "/"); sessionOf(t, sessions, res.Header) == nil {
			t.Error("no cookie was set")
		}
	})
	w.wantErrors()
}

// Some middleware passes values outwards by replacing the request that it holds.
func TestTheRequestAroundHandlerMayBeReplaced(t *testing.T) {
	type key struct{}
	sessions := newManager(t, costrel.Config{})
	var outer *http.Request
	inner := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("n", 1)
		*outer = *r.WithContext(context.WithValue(r.Context(), key{}, "passed"))
	}))
	eachProtocol(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		outer = r
		inner.ServeHTTP(w, r)
		if got := r.Context().Value(key{}); got != "passed" {
			t.Errorf("got the value %v", got)
		}
		if got := r.Context().Value("unknown"); got != nil {
			t.Errorf("got the value %v", got)
		}
	}), func(t *testing.T, server *httptest.Server) { do(t, server, "GET", "/") })
}

func TestTheContextOfARequestIsKept(t *testing.T) {
	type key struct{}
	sessions := newManager(t, costrel.Config{})
	deadline := time.Now().Add(time.Hour)
	ctx, cancelDeadline := context.WithDeadline(context.WithValue(t.Context(), key{}, "kept"), deadline)
	defer cancelDeadline()
	ctx, cancel := context.WithCancelCause(ctx)
	cause := errors.New("of these tests")

	sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if got := ctx.Value(key{}); got != "kept" {
			t.Errorf("got the value %v", got)
		}
		if got, ok := ctx.Deadline(); !ok || !got.Equal(deadline) {
			t.Errorf("got the deadline %v", got)
		}
		child, cancelChild := context.WithCancel(context.WithValue(ctx, key{}, "another"))
		defer cancelChild()
		if sessions.FromContext(child) != sessions.Get(r) || sessions.Get(r.Clone(child)) != sessions.Get(r) {
			t.Error("a child has another session")
		}
		if sessions.FromContext(context.WithoutCancel(ctx)) != sessions.Get(r) {
			t.Error("a context that outlives the request has another session")
		}

		before := runtime.NumGoroutine()
		for range 100 {
			c, cancel := context.WithCancel(ctx)
			defer cancel()
			context.AfterFunc(c, func() {})
		}
		if got := runtime.NumGoroutine() - before; got > 50 {
			t.Errorf("100 children start %d goroutines, want none", got)
		}

		called := make(chan struct{})
		context.AfterFunc(ctx, func() { close(called) })
		cancel(cause)
		<-called
		<-child.Done()
		if ctx.Err() != context.Canceled || context.Cause(ctx) != cause || context.Cause(child) != cause {
			t.Errorf("got %v, cause %v and %v", ctx.Err(), context.Cause(ctx), context.Cause(child))
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil))
}

func TestAServersContextIsKept(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Value(http.ServerContextKey).(*http.Server); !ok {
			t.Error("the server is not in the context")
		}
		if _, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); !ok {
			t.Error("the address is not in the context")
		}
	})), func(t *testing.T, server *httptest.Server) { do(t, server, "GET", "/") })
}

func TestHooksMayAskForTheSession(t *testing.T) {
	var m *costrel.Manager
	heard := 0
	hook := func(r *http.Request, err error) {
		heard++
		m.Get(r).Get("n")
	}
	for _, test := range []struct {
		name   string
		with   costrel.Interface
		handle func(w http.ResponseWriter, r *http.Request)
	}{
		{"of a session that did not open", broken{open: errors.New("the store is down")}, func(_ http.ResponseWriter, r *http.Request) { m.Get(r) }},
		{"of one that was not saved", broken{save: errors.New("the store is down")}, func(_ http.ResponseWriter, r *http.Request) { m.Get(r) }},
		{"of a value that cannot be kept", nil, func(_ http.ResponseWriter, r *http.Request) { m.Get(r).Set("bad", func() {}) }},
		{"of a change too late", nil, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200); m.Get(r).Set("n", 1) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			heard = 0
			m = newManager(t, costrel.Config{Interface: test.with, OnError: hook})
			m.Handler(http.HandlerFunc(test.handle)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			if heard != 1 {
				t.Errorf("OnError heard %d errors, want 1", heard)
			}
		})
	}
}
