package costrel_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/itsdangerous"
)

func TestNewRefusesKeysThatAreNotSafe(t *testing.T) {
	for _, test := range []struct {
		name   string
		config costrel.Config
		want   string // in the error; empty for none
	}{
		{"none", costrel.Config{}, "no key"},
		{"an empty one", costrel.Config{Keys: costrel.NewKeyring("")}, "the current key is empty"},
		{"a short one", costrel.Config{Keys: costrel.NewKeyring("hunter2")}, "the current key has 7 bytes"},
		{"one of 15 bytes", costrel.Config{Keys: costrel.NewKeyring(testKey[:15])}, "15 bytes"},
		{"one of 16 bytes", costrel.Config{Keys: costrel.NewKeyring(testKey[:16])}, ""},
		{"a short fallback", costrel.Config{Keys: costrel.NewKeyring(testKey, "hunter2")}, "fallback key 1 has 7 bytes"},
		{"an empty fallback", costrel.Config{Keys: costrel.NewKeyring(testKey, ""), AllowShortKeys: true}, "fallback key 1 is empty"},
		{"a short one in a test", costrel.Config{Keys: costrel.NewKeyring("hunter2"), AllowShortKeys: true}, ""},
		{"a new one", costrel.Config{Keys: costrel.NewKeyring(costrel.NewKey())}, ""},
		{"none that an Interface needs", costrel.Config{Interface: nothing{}}, ""},
		{"a lifetime of nothing", costrel.Config{Keys: costrel.NewKeyring(testKey), Lifetime: time.Millisecond}, "Lifetime"},
		{"a lifetime in the past", costrel.Config{Keys: costrel.NewKeyring(testKey), Lifetime: -time.Hour}, "Lifetime"},
		{"a derivation that is none", costrel.Config{Keys: costrel.NewKeyring(testKey), Interface: &costrel.Signed{Derivation: 9}}, "derivation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := costrel.New(test.config)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want an error with %q", err, test.want)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

func TestNewKeysDiffer(t *testing.T) {
	a, b := costrel.NewKey(), costrel.NewKey()
	if a == b || len(a) != 43 {
		t.Errorf("got two keys of %d and %d bytes, the same: %v", len(a), len(b), a == b)
	}
}

func TestKeysAreRotated(t *testing.T) {
	const older = "the older key of these tests"
	before := newManager(t, costrel.Config{Keys: costrel.NewKeyring(older)})
	during := newManager(t, costrel.Config{Keys: costrel.NewKeyring(testKey, "another key of these tests", older)})
	after := newManager(t, costrel.Config{})

	old := costreltest.Cookie(t, before, map[string]any{"n": 1})
	if s := costreltest.Session(t, after, old); s.Rejection().Reason != costrel.BadSignature || s.SignedBy() != -1 {
		t.Errorf("without the fallback: got %v by key %d, want a bad signature", s.Rejection(), s.SignedBy())
	}
	if s := costreltest.Session(t, during, old); s.Get("n") != int64(1) || s.SignedBy() != 2 {
		t.Errorf("with it: got %v by key %d, want 1 by key 2", s.Get("n"), s.SignedBy())
	}

	h := serve(during, func(s *costrel.Session) { s.Get("n") }, "session="+old.Value)
	if got := h["Set-Cookie"]; got != nil {
		t.Errorf("reading writes %q", got)
	}
	h = serve(during, func(s *costrel.Session) { s.Set("n", 2) }, "session="+old.Value)
	res := http.Response{Header: h}
	if s := costreltest.Session(t, after, res.Cookies()...); s.Get("n") != int64(2) || s.SignedBy() != 0 {
		t.Errorf("written anew: got %v by key %d, want 2 by key 0", s.Get("n"), s.SignedBy())
	}
}

func TestSeveralManagersServeOneApplication(t *testing.T) {
	users := newManager(t, costrel.Config{})
	carts := newManager(t, costrel.Config{Keys: costrel.NewKeyring("the key of carts, of these tests"), Cookie: costrel.Cookie{Name: "cart"}})
	w := httptest.NewRecorder()
	users.Handler(carts.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		users.Get(r).Set("who", "user")
		carts.Get(r).Set("who", "cart")
	}))).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	cookies := w.Result().Cookies()
	if len(cookies) != 2 {
		t.Fatalf("got %d cookies, want 2: %v", len(cookies), cookies)
	}
	if got := costreltest.Session(t, users, cookies...).Get("who"); got != "user" {
		t.Errorf("users: got %v", got)
	}
	if got := costreltest.Session(t, carts, cookies...).Get("who"); got != "cart" {
		t.Errorf("carts: got %v", got)
	}
	if got := w.Header()["Vary"]; len(got) != 1 || got[0] != "Cookie" {
		t.Errorf("Vary: got %q", got)
	}
}

func TestTheSameSignedServesSeveralManagers(t *testing.T) {
	signed := &costrel.Signed{Salt: "shared", Derivation: itsdangerous.Concat}
	a := newManager(t, costrel.Config{Interface: signed})
	b := newManager(t, costrel.Config{Interface: signed, Keys: costrel.NewKeyring("another key of these tests")})
	cookie := costreltest.Cookie(t, a, map[string]any{"n": 1})
	if costreltest.Session(t, a, cookie).IsNew() || !costreltest.Session(t, b, cookie).IsNew() {
		t.Error("the managers mix up their keys")
	}
}

func TestGetWithoutTheHandlerPanicsHelpfully(t *testing.T) {
	m := newManager(t, costrel.Config{})
	defer func() {
		if got, ok := recover().(string); !ok || !strings.Contains(got, "Manager.Handler") {
			t.Errorf("got %v, want a panic that says what to do", got)
		}
	}()
	m.Get(httptest.NewRequest("GET", "/", nil))
}

func TestAnInterfaceThatFailsIsReported(t *testing.T) {
	down := errors.New("the store is down")
	for _, test := range []struct {
		name, want string
		with       broken
	}{
		{"to open", "opening the session: the store is down", broken{open: down}},
		{"to save", "saving the session: the store is down", broken{save: down}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var heard []error
			m := newManager(t, costrel.Config{Interface: test.with, OnError: func(_ *http.Request, err error) { heard = append(heard, err) }})
			h := serve(m, func(s *costrel.Session) { s.Get("a") })
			if len(heard) != 1 || heard[0].Error() != test.want || !errors.Is(heard[0], down) {
				t.Errorf("OnError heard %v, want %q", heard, test.want)
			}
			if h.Get("Set-Cookie") != "" || (h.Get("Vary") == "Cookie") != (test.name == "to open") {
				t.Errorf("headers: got %v, want Vary of the null session, and what Save does", h)
			}
		})
	}
}

type broken struct{ open, save error }

func (b broken) Open(*costrel.Config, *http.Request) (*costrel.Session, error) {
	return costrel.NewSession(), b.open
}

func (b broken) Save(*costrel.Config, http.Header, *http.Request, *costrel.Session) error {
	return b.save
}

func TestASessionKnowsWhereItCameFrom(t *testing.T) {
	m := newManager(t, costrel.Config{})
	before := time.Now().Truncate(time.Second)
	s := costreltest.Session(t, m, costreltest.Cookie(t, m, map[string]any{"n": 1}))
	if s.IsNew() || s.Rejection() != (costrel.Rejection{}) || s.SignedBy() != 0 {
		t.Errorf("from a cookie: new %v, %v, signed by %d", s.IsNew(), s.Rejection(), s.SignedBy())
	}
	if at := s.SignedAt(); at.Before(before) || at.After(time.Now()) {
		t.Errorf("signed at %v, want now", at)
	}
	s = costreltest.Session(t, m)
	if !s.IsNew() || s.Rejection().Reason != costrel.Absent || !s.SignedAt().IsZero() || s.SignedBy() != -1 {
		t.Errorf("from nothing: new %v, %v, signed by %d at %v", s.IsNew(), s.Rejection(), s.SignedBy(), s.SignedAt())
	}
	if s.Accessed() != true {
		t.Error("asking is an access")
	}
}

func TestReasonsHaveNames(t *testing.T) {
	for reason, want := range map[costrel.Reason]string{
		costrel.Accepted: "accepted", costrel.Absent: "absent", costrel.BadSignature: "bad signature", costrel.Expired: "expired",
		costrel.Future: "future", costrel.BadPayload: "bad payload", costrel.TooLarge: "too large", 99: "Reason(99)",
	} {
		if got := reason.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A tenant's requests are signed with its own keys: an Interface that changes
// a copy of the Config, and makes a Signed when it needs one.
type tenants struct{ signed *costrel.Signed }

func (t tenants) of(c *costrel.Config, r *http.Request) (*costrel.Config, *costrel.Signed) {
	tenant := *c
	tenant.Keys = costrel.NewKeyring("the key of the tenant " + r.Host)
	if t.signed == nil {
		return &tenant, &costrel.Signed{}
	}
	return &tenant, t.signed
}

func (t tenants) Open(c *costrel.Config, r *http.Request) (*costrel.Session, error) {
	c, signed := t.of(c, r)
	return signed.Open(c, r)
}

func (t tenants) Save(c *costrel.Config, h http.Header, r *http.Request, s *costrel.Session) error {
	c, signed := t.of(c, r)
	return signed.Save(c, h, r, s)
}

func TestAnInterfaceMayChangeTheKeys(t *testing.T) {
	for _, with := range []tenants{{}, {&costrel.Signed{}}} {
		m := newManager(t, costrel.Config{Interface: with})
		a, b := httptest.NewRequest("GET", "http://a.example/", nil), httptest.NewRequest("GET", "http://b.example/", nil)
		h := http.Header{}
		s, _ := m.Open(a)
		s.Set("user_id", 1)
		if err := m.Save(h, a, s); err != nil {
			t.Fatal(err)
		}
		cookie, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
		for _, r := range []*http.Request{a, b} {
			r.Header.Set("Cookie", cookie)
			s, _ := m.Open(r)
			if got, want := s.Has("user_id"), r == a; got != want {
				t.Errorf("%s has the session of a.example: got %v, want %v", r.Host, got, want)
			}
		}
	}
}

// A renamer has another cookie, by a copy of the Config.
type renamer struct{ *costrel.Signed }

func (n renamer) Open(c *costrel.Config, r *http.Request) (*costrel.Session, error) {
	renamed := *c
	renamed.Cookie.Name = "tenant"
	return n.Signed.Open(&renamed, r)
}

func (n renamer) Save(c *costrel.Config, h http.Header, r *http.Request, s *costrel.Session) error {
	renamed := *c
	renamed.Cookie.Name = "tenant"
	return n.Signed.Save(&renamed, h, r, s)
}

func TestAnInterfaceMayChangeTheCookie(t *testing.T) {
	m := newManager(t, costrel.Config{Interface: renamer{&costrel.Signed{}}})
	h := serve(m, func(s *costrel.Session) { s.Set("a", 1) })
	cookie, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
	if !strings.HasPrefix(cookie, "tenant=") {
		t.Fatalf("got the cookie %q, want one named tenant", cookie)
	}
	serve(m, func(s *costrel.Session) {
		if s.Get("a") != int64(1) {
			t.Error("it is not read again")
		}
	}, cookie)
}

// A migrator changes every session that it opens.
type migrator struct{ *costrel.Signed }

func (m migrator) Open(c *costrel.Config, r *http.Request) (*costrel.Session, error) {
	s, err := m.Signed.Open(c, r)
	s.Set("version", make(chan int))
	return s, err
}

func TestAnErrorWithinOpenIsReported(t *testing.T) {
	var heard []error
	m := newManager(t, costrel.Config{Interface: migrator{&costrel.Signed{}}, OnError: func(_ *http.Request, err error) { heard = append(heard, err) }})
	serve(m, func(s *costrel.Session) { s.Get("a") })
	if len(heard) != 1 || !strings.HasPrefix(heard[0].Error(), "version: ") {
		t.Errorf("OnError heard %v, want one error that names the key", heard)
	}
}

func TestASignedForEachRequestDoesNotFillTheMemory(t *testing.T) {
	m := newManager(t, costrel.Config{Interface: tenants{}})
	r := httptest.NewRequest("GET", "/", nil)
	memory := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	m.Open(r)
	before := memory()
	for range 5000 {
		m.Open(r)
	}
	if after := memory(); after > before+1<<20 {
		t.Errorf("5000 requests left %d bytes", after-before)
	}
	runtime.KeepAlive(m)
}
