package costreltest_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
)

var (
	sessions *costrel.Manager
	userID   = costrel.Key[int]("user_id")
)

func init() {
	var err error
	sessions, err = costrel.New(costrel.Config{Keys: costrel.NewKeyring("of-these-tests-and-no-others")})
	if err != nil {
		panic(err)
	}
}

// whoami is the application under test.
var whoami = application()

func application() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r)
		id, ok := userID.Get(s)
		if !ok {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		s.Set("seen", true)
		fmt.Fprintf(w, "user %d", id)
	})
}

func TestACookieCanBeMadeAndReadBack(t *testing.T) {
	cookie := costreltest.Cookie(t, sessions, map[string]any{"user_id": 12345})
	if got := userID.Or(costreltest.Session(t, sessions, cookie), 0); got != 12345 {
		t.Errorf("user_id: got %d, want 12345", got)
	}

	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(cookie)
	w := httptest.NewRecorder()
	sessions.Handler(whoami).ServeHTTP(w, r)
	if got, want := w.Body.String(), "user 12345"; got != want {
		t.Errorf("the application's answer: got %q, want %q", got, want)
	}
	if !costreltest.Session(t, sessions, w.Result().Cookies()...).Has("seen") {
		t.Error("the response's session lacks what the handler set")
	}
}

func TestADeletedCookieIsNoSession(t *testing.T) {
	w := httptest.NewRecorder()
	sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Clear()
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	s := costreltest.Session(t, sessions, w.Result().Cookies()...)
	if got := s.Rejection().Reason; got != costrel.Absent {
		t.Errorf("got %v, want absent", got)
	}
	if got := costreltest.Cookie(t, sessions, nil); got != nil {
		t.Errorf("a cookie of no values: got %v, want none", got)
	}
}

func TestATransactionChangesTheClientsSession(t *testing.T) {
	server := httptest.NewServer(sessions.Handler(whoami))
	defer server.Close()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}

	status := func() int {
		res, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := status(); got != http.StatusUnauthorized {
		t.Errorf("before: got %d, want 401", got)
	}
	costreltest.Transaction(t, sessions, jar, server.URL, func(s *costrel.Session) { userID.Set(s, 7) })
	if got := status(); got != http.StatusOK {
		t.Errorf("after: got %d, want 200", got)
	}
	costreltest.Transaction(t, sessions, jar, server.URL, func(s *costrel.Session) {
		if !s.Has("seen") {
			t.Error("the transaction's session lacks what the application set")
		}
		s.Clear()
	})
	if got := status(); got != http.StatusUnauthorized {
		t.Errorf("emptied: got %d, want 401", got)
	}
}

// A failing TB is a test that may fail.
type failing struct {
	testing.TB
	text string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestATransactionOfACookieThatTheJarRefusesEndsTheTest(t *testing.T) {
	m, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring("of-these-tests-and-no-others"), Cookie: costrel.Recommended()})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ url, want string }{
		{"https://localhost/", ""},
		{"http://shop.example/", `the jar does not keep the cookie "__Host-session" for http://shop.example/`},
	} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		f, done := &failing{TB: t}, make(chan struct{})
		go func() {
			defer close(done)
			costreltest.Transaction(f, m, jar, test.url, func(s *costrel.Session) { s.Set("n", 1) })
		}()
		<-done
		if !strings.Contains(f.text, test.want) || (f.text == "") != (test.want == "") {
			t.Errorf("%s: got %q, want %q", test.url, f.text, test.want)
		}
	}
}
