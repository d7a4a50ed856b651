package costrel_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/taggedjson"
)

// These tests are for the race detector first.

const goroutines = 64

// together calls do in 64 goroutines, which start at the same moment.
func together(do func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range goroutines {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}

// methods is all that can be done to a session. None changes in place what
// others have, as that is for their own lock.
var methods = []func(s *costrel.Session, key string){
	func(s *costrel.Session, key string) { s.Get(key) },
	func(s *costrel.Session, key string) { s.Get("list") },
	func(s *costrel.Session, key string) { s.Get("map") },
	func(s *costrel.Session, key string) { s.Lookup("date") },
	func(s *costrel.Session, key string) { s.Has(key) },
	func(s *costrel.Session, key string) { s.Raw("map") },
	func(s *costrel.Session, key string) { s.Set(key, key) },
	func(s *costrel.Session, key string) { s.Set("shared", []any{key}) },
	func(s *costrel.Session, key string) { s.Delete(key) },
	func(s *costrel.Session, key string) { s.Pop(key) },
	func(s *costrel.Session, key string) { s.SetDefault(key, map[string]any{"a": 1}) },
	func(s *costrel.Session, key string) { s.Update(map[string]any{key: 1, "shared": 2}) },
	func(s *costrel.Session, key string) { s.Len() },
	func(s *costrel.Session, key string) { _ = slices.Collect(s.Keys()) },
	func(s *costrel.Session, key string) { _ = maps.Collect(s.All()) },
	func(s *costrel.Session, key string) { s.Permanent() },
	func(s *costrel.Session, key string) { s.SetPermanent(true) },
	func(s *costrel.Session, key string) { s.IsNew() },
	func(s *costrel.Session, key string) { _ = s.Rejection().Reason },
	func(s *costrel.Session, key string) { s.SignedAt() },
	func(s *costrel.Session, key string) { s.SignedBy() },
	func(s *costrel.Session, key string) { s.Modified() },
	func(s *costrel.Session, key string) { s.SetModified() },
	func(s *costrel.Session, key string) { s.Accessed() },
	func(s *costrel.Session, key string) { s.Err() },
	func(s *costrel.Session, key string) { s.IsNull() },
	func(s *costrel.Session, key string) { s.AppendJSON(nil) },
	func(s *costrel.Session, key string) { s.Flash(key) },
	func(s *costrel.Session, key string) { s.Flashes() },
	func(s *costrel.Session, key string) { costrel.Key[[]int64]("list").Get(s) },
	func(s *costrel.Session, key string) { costrel.Key[map[string]int]("map").Decode(s) },
	func(s *costrel.Session, key string) { costrel.Key[string](key).Or(s, "") },
	func(s *costrel.Session, key string) { costrel.Key[string](key).Pop(s) },
}

const values = `{"bad":{" u":5},"date":{" d":"Thu, 01 Jan 2026 00:00:00 GMT"},"list":[1,2,3],"map":{"x":1},"n":1}`

func TestGoroutinesShareASession(t *testing.T) {
	w := &witness{t: t}
	m := w.manager(costrel.Config{})
	h := serve(m, func(s *costrel.Session) {
		together(func(i int) {
			for j := range methods {
				methods[(i+j)%len(methods)](s, fmt.Sprintf("key %d", i%8))
			}
			s.Set(fmt.Sprintf("mine %d", i), i)
		})
	}, "session="+signed(t, encoded(values)))

	s := sessionOf(t, m, h)
	if s == nil {
		t.Fatalf("no session: %v", w.errs)
	}
	for i := range goroutines {
		if key := fmt.Sprintf("mine %d", i); s.Get(key) != int64(i) {
			t.Errorf("%s: got %v", key, s.Get(key))
		}
	}
	if raw, _ := s.Raw("bad"); string(raw) != `{" u":5}` {
		t.Errorf("bad: got %s, want it as it was", raw)
	}
	for _, err := range w.errs {
		if !strings.HasPrefix(err.Error(), "bad: ") {
			t.Errorf("OnError heard %v", err)
		}
	}
}

func TestGoroutinesChangeASessionWhileItIsSent(t *testing.T) {
	// Each change is in the cookie, or OnError hears of it: by its key, or, if
	// it came in the midst of saving, of the session's as a whole.
	for range 50 {
		w := &witness{t: t}
		m := w.manager(costrel.Config{})
		recorder := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := m.Get(r)
			s.Set("n", 1)
			together(func(i int) {
				if i == goroutines/2 {
					w.WriteHeader(http.StatusOK)
					return
				}
				s.Set(fmt.Sprint(i), i)
			})
		})).ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))
		s := sessionOf(t, m, recorder.Result().Header)
		for i := range goroutines {
			heard := slices.ContainsFunc(w.errs, func(err error) bool {
				return strings.HasPrefix(err.Error(), fmt.Sprintf("%d: ", i)) || strings.HasPrefix(err.Error(), costrel.ErrCommitted.Error())
			})
			if i != goroutines/2 && !s.Has(fmt.Sprint(i)) && !heard {
				t.Fatalf("a change is neither in the session %s nor among the errors %q", payload(t, s), w.errs)
			}
		}
	}
}

func TestGoroutinesReadASessionWhileItIsSent(t *testing.T) {
	m := newManager(t, costrel.Config{OnError: func(_ *http.Request, err error) {
		if !strings.HasPrefix(err.Error(), "bad: ") {
			t.Errorf("OnError heard %v", err)
		}
	}})
	recorder := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session="+signed(t, encoded(values)))
	m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := m.Get(r)
		s.Set("n", 2)
		together(func(i int) {
			if i == 0 {
				io.WriteString(w, "text")
				return
			}
			for key, value := range s.All() {
				if key == "n" && value != int64(2) {
					t.Errorf("got n = %v", value)
				}
			}
			s.Modified()
			s.AppendJSON(nil)
		})
	})).ServeHTTP(recorder, r)
	if s := sessionOf(t, m, recorder.Result().Header); s == nil || s.Get("n") != int64(2) {
		t.Errorf("got %v", recorder.Result().Header)
	}
}

func TestGoroutinesThatAskFirstGetTheSameSession(t *testing.T) {
	count := &counter{Signed: &costrel.Signed{}}
	m := newManager(t, costrel.Config{Interface: count})
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var got [goroutines]*costrel.Session
		together(func(i int) {
			if i%2 == 0 {
				got[i] = m.Get(r)
			} else {
				got[i] = m.FromContext(r.Context())
			}
		})
		for _, s := range got {
			if s != got[0] {
				t.Error("got several sessions")
			}
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if count.opened != 1 {
		t.Errorf("it was opened %d times, want once", count.opened)
	}
}

func TestAFirstGetWhileTheHeadersAreSent(t *testing.T) {
	for range 50 {
		var late atomic.Int64
		m := newManager(t, costrel.Config{OnError: func(*http.Request, error) { late.Add(1) }})
		recorder := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "session="+signed(t, encoded(`{"_permanent":true}`)))
		m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			together(func(i int) {
				switch i {
				case 0:
					w.WriteHeader(http.StatusOK)
				case 1:
					m.Get(r).Set("n", 1)
				default:
					m.Get(r).Has("n")
				}
			})
		})).ServeHTTP(recorder, r)
		s := sessionOf(t, m, recorder.Result().Header)
		if s == nil || !s.Has("n") && late.Load() == 0 {
			t.Fatalf("the change is neither in %v nor reported", recorder.Result().Header)
		}
	}
}

func TestRequestsDoNotSeeEachOther(t *testing.T) {
	// They share pools: of buffers, hashes and inflaters.
	w := &witness{t: t}
	sessions := w.manager(costrel.Config{Keys: costrel.NewKeyring(testKey, "an older key of these tests")})
	server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r)
		who := r.URL.Query().Get("who")
		if s.IsNew() {
			s.Set("who", who)
			s.Set("long", strings.Repeat(who, 300))
		}
		n := costrel.Key[int]("n")
		n.Set(s, n.Or(s, 0)+1)
		io.WriteString(w, s.Get("who").(string))
	})))
	defer server.Close()
	together(func(i int) {
		who := fmt.Sprintf("user %d", i)
		var cookie *http.Cookie
		for n := range 20 {
			r := httptest.NewRequest("GET", "/?who="+strings.ReplaceAll(who, " ", "+"), nil)
			if cookie != nil {
				r.AddCookie(cookie)
			}
			recorder := httptest.NewRecorder()
			server.Config.Handler.ServeHTTP(recorder, r)
			res := recorder.Result()
			cookie = res.Cookies()[0]
			s := costreltest.Session(t, sessions, cookie)
			if recorder.Body.String() != who || s.Get("who") != who || s.Get("long") != strings.Repeat(who, 300) || s.Get("n") != int64(n+1) {
				t.Errorf("%s got the session %s", who, payload(t, s))
				return
			}
			if n%5 == 0 { // a bad one in between
				costreltest.Session(t, sessions, &http.Cookie{Name: "session", Value: cookie.Value + "x"})
			}
		}
	})
	w.wantErrors()
	if got := len(w.rejections); got != goroutines*4 {
		t.Errorf("OnReject heard of %d cookies, want %d", got, goroutines*4)
	}
}

// slowText takes its time to be decoded.
type slowText string

func (s *slowText) UnmarshalText(text []byte) error {
	time.Sleep(10 * time.Millisecond) // so that the other goroutines come to it too
	*s = slowText(text)
	return nil
}

func TestAKeyPopsAValueOnce(t *testing.T) {
	s := parse(t, `{"list":["a","b"],"text":"a"}`)
	var lists, texts atomic.Int32
	together(func(int) {
		if _, ok := costrel.Key[slowText]("text").Pop(s); ok {
			texts.Add(1)
		}
		if _, ok := costrel.Key[[]slowText]("list").Pop(s); ok {
			lists.Add(1)
		}
	})
	if texts.Load() != 1 || lists.Load() != 1 || s.Len() != 0 {
		t.Errorf("a text was popped %d times and a list %d times, with %d keys left; want once each, and none", texts.Load(), lists.Load(), s.Len())
	}
}

func TestASessionOutlivesItsRequest(t *testing.T) {
	// Its memory is another session's by then, but for what somebody still has.
	sessions := newManager(t, costrel.Config{})
	small := map[string]any{"who": "", "list": []any{"", ""}, "zero": 0}
	large := map[string]any{"who": "", "long": ""} // compressed
	for _, keep := range []struct {
		name string
		what func(s *costrel.Session) (kept func() string) // in the handler
	}{
		{"nothing", func(s *costrel.Session) func() string { return func() string { return "" } }},
		{"a string", func(s *costrel.Session) func() string {
			who := costrel.Key[string]("who").Or(s, "")
			return func() string { return who }
		}},
		{"a list", func(s *costrel.Session) func() string {
			list := s.Get("list")
			return func() string { return fmt.Sprint(list) }
		}},
		{"all", func(s *costrel.Session) func() string {
			all := maps.Collect(s.All())
			return func() string { return fmt.Sprint(all) }
		}},
		{"JSON", func(s *costrel.Session) func() string {
			raw, _ := s.Raw("who")
			return func() string { return string(raw) }
		}},
		{"a change", func(s *costrel.Session) func() string {
			s.Set("zero", 1)
			return func() string { return "" }
		}},
		{"a removal", func(s *costrel.Session) func() string {
			s.Delete("zero")
			return func() string { return "" }
		}},
		{"an emptied one", func(s *costrel.Session) func() string {
			s.Clear()
			return func() string { return "" }
		}},
	} {
		t.Run(keep.name, func(t *testing.T) {
			together(func(i int) {
				values := maps.Clone(small)
				if i%2 == 1 {
					values = maps.Clone(large)
					values["long"] = strings.Repeat(fmt.Sprint("user ", i), 300)
				}
				values["who"] = fmt.Sprintf("user %02d", i)
				values["list"] = []any{values["who"], "x"}
				cookie := costreltest.Cookie(t, sessions, values)
				for range 5 {
					var session *costrel.Session
					var kept func() string
					var told, before string
					var modified bool
					r := httptest.NewRequest("GET", "/", nil)
					r.AddCookie(cookie)
					sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						session = sessions.Get(r)
						kept = keep.what(session)
						told, before, modified = kept(), payload(t, session), session.Modified()
					})).ServeHTTP(httptest.NewRecorder(), r)
					others := httptest.NewRequest("GET", "/", nil)
					others.AddCookie(costreltest.Cookie(t, sessions, map[string]any{"other": strings.Repeat("-", 400)}))
					sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						sessions.Get(r).Get("other")
					})).ServeHTTP(httptest.NewRecorder(), others)
					if got := kept(); got != told {
						t.Errorf("what was kept became %q, was %q", got, told)
					}
					if got := payload(t, session); got != before {
						t.Errorf("the session became %s, was %s", got, before)
					}
					if session.Modified() != modified {
						t.Errorf("the session's being modified became %t", !modified)
					}
				}
			})
		})
	}
}

func TestASessionIsReadAfterItWasSaved(t *testing.T) {
	m := newManager(t, costrel.Config{})
	read := func(t *testing.T, s *costrel.Session, who string) {
		t.Helper()
		want := `"` + who + `"`
		raw, _ := s.Raw("who")
		if string(raw) != want {
			t.Errorf("Raw: got %s, want %s", raw, want)
		}
		clear(raw) // it is the caller's
		if raw, _ := s.Raw("who"); string(raw) != want {
			t.Errorf("Raw, once what it returned was changed: got %s, want %s", raw, want)
		}
		if got := s.Get("who"); got != who {
			t.Errorf("Get: got %v, want %s", got, who)
		}
		if got, _ := costrel.Key[[]int]("list").Get(s); !slices.Equal(got, []int{1, 2}) || s.Len() != 3 {
			t.Errorf("got the list %v among %d keys, want 1 and 2 among 3", got, s.Len())
		}
	}
	for name, long := range map[string]string{"plain": "", "compressed": strings.Repeat("long ", 400)} {
		cookie := costreltest.Cookie(t, m, map[string]any{"list": []int{1, 2}, "long": long, "who": "ann"})
		for who, change := range map[string]func(*costrel.Session){
			"ann": func(*costrel.Session) {},
			"bob": func(s *costrel.Session) { s.Set("who", "bob") },
		} {
			r := httptest.NewRequest("GET", "/", nil)
			r.AddCookie(cookie)
			t.Run(name+", "+who+"'s, after Manager.Save", func(t *testing.T) {
				s, err := m.Open(r)
				if err != nil {
					t.Fatal(err)
				}
				change(s)
				if err := m.Save(http.Header{}, r, s); err != nil {
					t.Fatal(err)
				}
				read(t, s, who)
			})
			t.Run(name+", "+who+"'s, after the handler returned", func(t *testing.T) {
				var s *costrel.Session
				m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					s = m.Get(r)
					change(s)
				})).ServeHTTP(httptest.NewRecorder(), r)
				serve(m, func(s *costrel.Session) { s.Get("who") }, "session="+signed(t, encoded(`{"list":[3],"who":"eve"}`))) // in the memory that is free now
				read(t, s, who)
			})
		}
	}
}

func TestClientsOfAServerKeepTheirSessions(t *testing.T) {
	sessions := newManager(t, costrel.Config{})
	server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r)
		if who := r.URL.Query().Get("who"); who != "" {
			s.Set("who", who)
		}
		fmt.Fprint(w, s.Get("who"))
	})))
	defer server.Close()
	together(func(i int) {
		who := fmt.Sprint(i)
		res, _ := do(t, server, "GET", "/?who="+who)
		for range 5 {
			if _, got := do(t, server, "GET", "/", "Cookie", res.Cookies()[0].String()); got != who {
				t.Errorf("%s got the session of %s", who, got)
			}
		}
	})
}

func TestGoroutinesShareTheContextAndTheWriter(t *testing.T) {
	type key struct{}
	sessions := newManager(t, costrel.Config{})
	eachProtocol(t, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("n", 1)
		var mu sync.Mutex // of the writer, which is for one goroutine at a time
		together(func(i int) {
			ctx, cancel := context.WithCancel(context.WithValue(r.Context(), key{}, i))
			defer cancel()
			if ctx.Value(key{}) != i || ctx.Err() != nil || sessions.FromContext(ctx).Get("n") != int64(1) {
				t.Error("the context is another's")
			}
			mu.Lock()
			defer mu.Unlock()
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
		})
	})), func(t *testing.T, server *httptest.Server) {
		res, body := do(t, server, "GET", "/")
		if body != strings.Repeat("x", goroutines) || sessionOf(t, sessions, res.Header) == nil {
			t.Errorf("got %q, %v", body, res.Header)
		}
	})
}

func TestASignedAndItsCodecAreShared(t *testing.T) {
	g := &costrel.Signed{Codec: &taggedjson.Codec{}}
	together(func(i int) {
		m := newManager(t, costrel.Config{Interface: g, Keys: costrel.NewKeyring(fmt.Sprintf("the key of manager %d", i%4))})
		cookie := costreltest.Cookie(t, m, map[string]any{"list": taggedjson.Tuple{int64(i)}})
		if s := costreltest.Session(t, m, cookie); s.IsNew() || fmt.Sprint(s.Get("list")) != fmt.Sprintf("[%d]", i) {
			t.Errorf("got %v, %v", s.Rejection(), s.Get("list"))
		}
	})
}
