package forwardauth

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/itsdangerous"
)

const testKey = "a key that is long enough"

type values = map[string]any

func newSessions(t testing.TB) *costrel.Manager {
	t.Helper()
	sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(testKey)})
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

func newHandler(t testing.TB, config Config) *Handler {
	t.Helper()
	if config.Sessions == nil {
		config.Sessions = newSessions(t)
	}
	h, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// request returns a request with the cookie of a session.
func request(t testing.TB, target string, session values) *http.Request {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	if session != nil {
		r.AddCookie(costreltest.Cookie(t, newSessions(t), session))
	}
	return r
}

func TestAnswers(t *testing.T) {
	config := Config{
		Require:  All(Has("user_id"), Equal("role", "admin")),
		Public:   []string{"/favicon.ico", "/static/"},
		Headers:  map[string]string{"X-User-Id": "user_id"},
		LoginURL: "/login",
	}
	admin := values{"user_id": 5, "role": "admin"}
	tests := []struct {
		name     string
		method   string
		target   string
		session  values
		cookie   string // instead of the session's
		accept   string
		status   int
		reason   string
		location string
		user     string
	}{
		{name: "who meets the rules passes, with an identity", session: admin, status: 200, reason: "allowed", user: "5"},
		{name: "any method is decided alike", method: "DELETE", session: admin, status: 200, reason: "allowed", user: "5"},
		{name: "no cookie: log in", status: 401, reason: "absent"},
		{name: "no cookie in a browser: to the login page, and back", accept: "text/html,*/*;q=0.8", status: 302, reason: "absent", location: "/login?next=%2F"},
		{name: "a form that is sent is not redirected", method: "POST", accept: "text/html", status: 401, reason: "absent"},
		{name: "a script's call is not redirected", accept: "*/*", status: 401, reason: "absent"},
		{name: "a forged cookie: log in", cookie: "eyJ1c2VyX2lkIjo1LCJyb2xlIjoiYWRtaW4ifQ.aSBh_w.3GeOq7SHkY9oVdW6uYDO-Qh1sB4", status: 401, reason: "bad signature"},
		{name: "no token at all: log in", cookie: "junk", status: 401, reason: "bad signature"},
		{name: "a good session without a user: log in", session: values{"csrf_token": "x"}, status: 401, reason: "not logged in"},
		{name: "a user who may not", session: values{"user_id": 5, "role": "user"}, accept: "text/html", status: 403, reason: "forbidden"},
		{name: "a user without a role may not, and is not sent to log in again", session: values{"user_id": 5}, accept: "text/html", status: 403, reason: "forbidden"},
		{name: "a public path needs no session", target: "/static/a.css", status: 200, reason: "public"},
		{name: "a public path has no identity of who does not meet the rules", target: "/static/a.css", session: values{"user_id": 5}, status: 200, reason: "public"},
		{name: "a public path has the identity of who does", target: "/static/a.css", session: admin, status: 200, reason: "public", user: "5"},
		{name: "the login page is public", target: "/login?next=/", accept: "text/html", status: 200, reason: "public"},
		{name: "what is below the login page is not", target: "/login/x", status: 401, reason: "absent"},
		{name: "an identity that is no header: nothing passes", session: values{"user_id": "5\r\nX-Admin: 1", "role": "admin"}, status: 500, reason: "error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var decisions []Decision
			config := config
			config.OnDecision = func(_ *http.Request, d Decision) { decisions = append(decisions, d) }
			h := newHandler(t, config)
			if tt.target == "" {
				tt.target = "/"
			}
			r := request(t, tt.target, tt.session)
			if tt.method != "" {
				r.Method = tt.method
			}
			if tt.cookie != "" {
				r.Header.Set("Cookie", "session="+tt.cookie)
			}
			if tt.accept != "" {
				r.Header.Set("Accept", tt.accept)
			}
			passed := false
			protected := h.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				passed = true
				if got := r.Header.Get("X-User-Id"); got != tt.user {
					t.Errorf("the application sees X-User-Id %q, want %q", got, tt.user)
				}
			}))
			for _, way := range []http.Handler{h, protected} {
				w := httptest.NewRecorder()
				way.ServeHTTP(w, r)
				if w.Code != tt.status {
					t.Errorf("status %d, want %d", w.Code, tt.status)
				}
				if got := w.Header().Get("Location"); got != tt.location {
					t.Errorf("Location %q, want %q", got, tt.location)
				}
				if way == h || w.Code != 200 {
					if got := w.Header().Get("Cache-Control"); got != "no-store" {
						t.Errorf("Cache-Control %q, want no-store", got)
					}
				}
				if got := w.Header()["Set-Cookie"]; got != nil {
					t.Errorf("a cookie was set: %q", got)
				}
				if way == h && w.Code == 200 {
					if got := w.Header()["X-User-Id"]; len(got) != 1 || got[0] != tt.user {
						t.Errorf("the answer's X-User-Id is %q, want %q", got, tt.user)
					}
				}
			}
			if want := tt.status == 200; passed != want {
				t.Errorf("the request reached the application: %t, want %t", passed, want)
			}
			if len(decisions) != 2 || decisions[0].Reason() != tt.reason || decisions[1].Reason() != tt.reason {
				t.Errorf("OnDecision heard %v, want %q twice", decisions, tt.reason)
			}
			for _, d := range decisions {
				if d.Err != nil && strings.Contains(d.Err.Error(), "X-Admin") {
					t.Errorf("the error shows the value: %v", d.Err)
				}
			}
		})
	}
}

func TestProxyQuestions(t *testing.T) {
	config := Config{Public: []string{"/public"}, LoginURL: "/login"}
	tests := []struct {
		name     string
		proxy    Proxy
		header   http.Header
		status   int
		location string
	}{
		{"the path asked about is the header's", Forwarded(), http.Header{"X-Forwarded-Uri": {"/public?a=1"}, "X-Forwarded-Method": {"GET"}}, 200, ""},
		{"and so is the one to come back to", Forwarded(), http.Header{"X-Forwarded-Uri": {"/a?b=c&d"}, "X-Forwarded-Method": {"GET"}}, 302, "/login?next=%2Fa%3Fb%3Dc%26d"},
		{"the method is the header's", Forwarded(), http.Header{"X-Forwarded-Uri": {"/a"}, "X-Forwarded-Method": {"POST"}}, 401, ""},
		{"nginx gets 401 and the address", Nginx(), http.Header{"X-Original-Uri": {"/a"}, "X-Original-Method": {"GET"}}, 401, "/login?next=%2Fa"},
		{"without the path nothing passes", Forwarded(), http.Header{"X-Forwarded-Method": {"GET"}}, 400, ""},
		{"without the method nothing passes", Forwarded(), http.Header{"X-Forwarded-Uri": {"/public"}}, 400, ""},
		{"of two paths one could be the client's", Forwarded(), http.Header{"X-Forwarded-Uri": {"/public", "/a"}, "X-Forwarded-Method": {"GET"}}, 400, ""},
		{"an empty path is none", Forwarded(), http.Header{"X-Forwarded-Uri": {""}, "X-Forwarded-Method": {"GET"}}, 400, ""},
		{"an address is no path", Forwarded(), http.Header{"X-Forwarded-Uri": {"http://a/public"}, "X-Forwarded-Method": {"GET"}}, 400, ""},
		{"what does not parse is no path", Forwarded(), http.Header{"X-Forwarded-Uri": {"/%zz"}, "X-Forwarded-Method": {"GET"}}, 400, ""},
		{"a host in front makes no path public", Forwarded(), http.Header{"X-Forwarded-Uri": {"//evil/public"}, "X-Forwarded-Method": {"GET"}}, 302, "/login"},
		{"headers that were not named are not believed", Proxy{}, http.Header{"X-Forwarded-Uri": {"/public"}, "X-Original-Uri": {"/public"}}, 302, "/login?next=%2Fauth"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := config
			config.Proxy = tt.proxy
			r := request(t, "/auth", nil)
			r.Header = tt.header
			r.Header.Set("Accept", "text/html")
			w := httptest.NewRecorder()
			newHandler(t, config).ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if got := w.Header().Get("Location"); got != tt.location {
				t.Errorf("Location %q, want %q", got, tt.location)
			}
		})
	}

	t.Run("Protect looks at the request itself, whatever its headers say", func(t *testing.T) {
		config := config
		config.Proxy = Forwarded()
		r := request(t, "/a", nil)
		r.Header.Set("X-Forwarded-Uri", "/public")
		r.Header.Set("X-Forwarded-Method", "GET")
		w := httptest.NewRecorder()
		newHandler(t, config).Protect(http.NotFoundHandler()).ServeHTTP(w, r)
		if w.Code != 401 {
			t.Errorf("status %d, want 401", w.Code)
		}
	})
}

// The proxy announces the client's body, and does not send it.
func TestAnswersWithoutABody(t *testing.T) {
	h := newHandler(t, Config{Public: []string{"/public"}})
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.Handle("/protected", h.Protect(http.NotFoundHandler()))
	server := httptest.NewServer(mux)
	defer server.Close()
	tests := []struct {
		path, framing string
		status        int
	}{
		{"/", "Content-Length: 1000", 401},
		{"/", "Transfer-Encoding: chunked", 401},
		{"/public", "Content-Length: 1000", 200},
		{"/protected", "Content-Length: 1000", 401},
		{"/protected", "Transfer-Encoding: chunked", 401},
	}
	for _, tt := range tests {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", tt.path, tt.framing)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s, %s: %v", tt.path, tt.framing, err)
		}
		if res.StatusCode != tt.status {
			t.Errorf("%s, %s: status %d, want %d", tt.path, tt.framing, res.StatusCode, tt.status)
		}
	}
}

// broken opens no session.
type broken struct{ costrel.Interface }

func (broken) Open(*costrel.Config, *http.Request) (*costrel.Session, error) {
	return nil, errors.New("the store is down")
}

// nothing returns no session, as an Interface without a key.
type nothing struct{ costrel.Interface }

func (nothing) Open(*costrel.Config, *http.Request) (*costrel.Session, error) { return nil, nil }

func TestFailsClosed(t *testing.T) {
	always := Rule(func(*costrel.Session) Verdict { return Allow })
	tests := []struct {
		name    string
		session costrel.Interface
		rule    Rule
		target  string
		status  int
	}{
		{"a session that cannot be opened", broken{}, always, "/", 500},
		{"on a public path it does not matter", broken{}, always, "/public", 200},
		{"no session at all", nothing{}, nil, "/", 401},
		{"no session at all, for a value", nothing{}, Equal("role", "admin"), "/", 401},
		{"no rule to choose from", nil, Any(), "/", 401},
		{"a rule that returns nonsense", nil, func(*costrel.Session) Verdict { return Allow + 1 }, "/", 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(testKey), Interface: tt.session})
			if err != nil {
				t.Fatal(err)
			}
			h := newHandler(t, Config{Sessions: sessions, Require: tt.rule, Public: []string{"/public"}})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request(t, tt.target, values{"_user_id": "5"}))
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
		})
	}
	if status := (Decision{Session: costrel.NewSession()}).Status(); status != 401 {
		t.Errorf("the zero Decision has status %d, want 401", status)
	}
}

func TestDerivedKeysVerify(t *testing.T) {
	derived := itsdangerous.DeriveKey([]byte(testKey), "cookie-session", itsdangerous.HMAC, nil)
	sessions, err := costrel.New(costrel.Config{
		Keys:      costrel.NewKeyring(string(derived)),
		Interface: &costrel.Signed{Derivation: itsdangerous.None},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := newHandler(t, Config{Sessions: sessions}).Check(request(t, "/", values{"_user_id": "5"}))
	if d.Reason() != "allowed" {
		t.Errorf("%s, want allowed", d.Reason())
	}
}

func TestNewRefuses(t *testing.T) {
	sessions := newSessions(t)
	tests := []struct {
		name   string
		config Config
		want   string
	}{
		{"no sessions", Config{}, "Config.Sessions is missing"},
		{"a public path without a slash", Config{Sessions: sessions, Public: []string{"static"}}, `"static"`},
		{"the whole site as public", Config{Sessions: sessions, Public: []string{"/favicon.ico", "/"}}, "is the whole site"},
		{"a public path with a star", Config{Sessions: sessions, Public: []string{"/static/*"}}, `"/static/*": a * stands for nothing`},
		{"a public path with a star within", Config{Sessions: sessions, Public: []string{"/*.css"}}, `"/*.css"`},
		{"a public path that leads elsewhere", Config{Sessions: sessions, Public: []string{"/a/../b"}}, `"/a/../b"`},
		{"a header that is none", Config{Sessions: sessions, Headers: map[string]string{"X User": "id"}}, "letters, digits"},
		{"a header without a key", Config{Sessions: sessions, Headers: map[string]string{"X-User": ""}}, "no key"},
		{"two headers that are one to CGI", Config{Sessions: sessions, Headers: map[string]string{"X-User": "a", "x_user": "b"}}, "the same"},
		{"a header that the token has", Config{Sessions: sessions, Headers: map[string]string{"x-identity": "a"}, Token: &Token{}}, "the same"},
		{"a header with a meaning", Config{Sessions: sessions, Headers: map[string]string{"Transfer_Encoding": "a"}}, "a meaning of its own"},
		{"a token without a key", Config{Sessions: sessions, Token: &Token{}}, "key"},
		{"a login URL that is a word", Config{Sessions: sessions, LoginURL: "login"}, "neither"},
		{"a login URL that is a script", Config{Sessions: sessions, LoginURL: "javascript:alert(1)"}, "neither"},
		{"a login URL of an unnamed scheme", Config{Sessions: sessions, LoginURL: "//login.example.com/"}, "neither"},
		{"a login URL with a password", Config{Sessions: sessions, LoginURL: "https://a:secret@example.com/"}, "user name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.config)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}

func TestHugeCookies(t *testing.T) {
	h := newHandler(t, Config{})
	good := costreltest.Cookie(t, newSessions(t), values{"_user_id": "5"})
	tests := []struct {
		name   string
		cookie string
		reason string
	}{
		{"a cookie of 1 MB", "session=" + strings.Repeat("a", 1<<20), "too large"},
		{"10,000 other cookies, and then the session's", strings.Repeat("a=b; ", 10_000) + good.String(), "allowed"},
		{"10,000 bad cookies of the session's name, and then the good one", strings.Repeat("session=e30.aaaa.bbbb; ", 10_000) + good.String(), "bad signature"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Cookie", tt.cookie)
			if d := h.Check(r); d.Reason() != tt.reason {
				t.Errorf("%s, want %s", d.Reason(), tt.reason)
			} else if d.Took > time.Second {
				t.Errorf("it took %s", d.Took)
			}
		})
	}
}

// Whatever of a good cookie is changed, none passes.
func TestMutatedCookies(t *testing.T) {
	h := newHandler(t, Config{})
	good := costreltest.Cookie(t, newSessions(t), values{"_user_id": "5"}).Value
	check := func(value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "session="+value)
		if d := h.Check(r); d.Verdict == Allow {
			t.Errorf("%q passes, and is not %q", value, good)
		}
	}
	for i := range good {
		check(good[:i])
		check(good[:i] + good[i+1:])
		for _, c := range "aA0_-.= " {
			if byte(c) != good[i] {
				check(good[:i] + string(c) + good[i+1:])
			}
			if i > 0 || c != ' ' {
				check(good[:i] + string(c) + good[i:])
			}
		}
	}
	for _, more := range []string{"=", "a", ".", "." + good} {
		check(good + more)
	}
}

func TestDecisionShowsNoCookie(t *testing.T) {
	h := newHandler(t, Config{})
	r := request(t, "/", values{"_user_id": "5"})
	cookie, _ := r.Cookie("session")
	r.Header.Set("Cookie", "session="+cookie.Value+"x")
	d := h.Check(r)
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "reason", d.Reason(), "err", d.Session.Rejection())
	io.WriteString(&out, d.Session.Rejection().Error())
	if strings.Contains(out.String(), cookie.Value[:8]) {
		t.Errorf("the log shows the cookie: %s", out.String())
	}
}

func BenchmarkCheck(b *testing.B) {
	h := newHandler(b, Config{Headers: map[string]string{"X-User-Id": "_user_id"}})
	r := request(b, "/", values{"_user_id": "5"})
	b.ReportAllocs()
	for b.Loop() {
		if d := h.Check(r); d.Verdict != Allow {
			b.Fatal(d.Reason())
		}
	}
}

func TestProtectUpgradesToWebsocketsOnly(t *testing.T) {
	h := newHandler(t, Config{Require: All()})
	for _, tt := range []struct {
		name      string
		protocols []string
		passes    bool
	}{
		{"a websocket", []string{"websocket"}, true},
		{"a websocket, in other case", []string{"WebSocket"}, true},
		{"HTTP/2", []string{"h2c"}, false},
		{"HTTP/2 behind a websocket", []string{"websocket, h2c"}, false},
		{"HTTP/2 in another line", []string{"websocket", "h2c"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t, "/", values{"user_id": "5"})
			r.Header["Upgrade"] = tt.protocols
			var seen []string
			h.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header["Upgrade"] })).ServeHTTP(nil, r)
			if passes := seen != nil; passes != tt.passes {
				t.Errorf("the application sees %q, want it to pass: %t", seen, tt.passes)
			}
			if len(r.Header["Upgrade"]) == 0 {
				t.Error("the request given to the handler was changed")
			}
		})
	}
}
