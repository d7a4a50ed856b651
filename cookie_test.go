package costrel_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
)

// serve answers one request, with the given Cookie headers, by a handler that
// has its session.
func serve(m *costrel.Manager, handle func(*costrel.Session), cookies ...string) http.Header {
	r := httptest.NewRequest("GET", "/", nil)
	for _, c := range cookies {
		r.Header.Add("Cookie", c)
	}
	w := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handle(m.Get(r)) })).ServeHTTP(w, r)
	return w.Header()
}

func TestSetCookieIsSpelledAsWerkzeugSpellsIt(t *testing.T) {
	for _, test := range []struct {
		name   string
		cookie costrel.Cookie
		want   string
	}{
		{"defaults", costrel.Cookie{}, "session=V; HttpOnly; Path=/"},
		{"everything", costrel.Cookie{Name: "s", Domain: ".example.com:80", Path: "/a b", Secure: true, ScriptReadable: true, SameSite: http.SameSiteNoneMode, Partitioned: true},
			"s=V; Domain=example.com; Secure; Path=/a%20b; SameSite=None; Partitioned"},
		{"Partitioned implies Secure", costrel.Cookie{Partitioned: true}, "session=V; Secure; HttpOnly; Path=/; Partitioned"},
		{"recommended", costrel.Recommended(), "__Host-session=V; Secure; HttpOnly; Path=/; SameSite=Lax"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newManager(t, costrel.Config{Cookie: test.cookie, Interface: fixed("V")})
			got := serve(m, func(s *costrel.Session) { s.Set("a", 1) })["Set-Cookie"]
			if want := []string{test.want}; !slices.Equal(got, want) {
				t.Errorf("\n got %q\nwant %q", got, want)
			}
		})
	}
}

// fixed is an Interface whose cookie has a fixed value: all that one needs is
// Open and Save.
type fixed string

func (f fixed) Open(c *costrel.Config, r *http.Request) (*costrel.Session, error) {
	s := costrel.NewSession()
	for value := range c.CookieValues(r) {
		s.Set("cookie", value)
		break
	}
	return s, nil
}

func (f fixed) Save(c *costrel.Config, h http.Header, r *http.Request, s *costrel.Session) error {
	if s.Accessed() {
		costrel.AddVary(h)
	}
	if !c.ShouldSetCookie(s) {
		return nil
	}
	if s.Len() == 0 {
		return c.DeleteCookie(h, r)
	}
	return c.SetCookie(h, r, s, string(f), c.Expires(s, time.Now()))
}

func TestValuesAreQuotedAndUnquotedAsWerkzeugDoes(t *testing.T) {
	for _, test := range []struct{ name, value, header string }{
		{"plain", "a.b-c_d", `session=a.b-c_d`},
		{"every character that needs no quotes", "!#$%&'()*+-./:<=>?@[]^`{|}~", "session=!#$%&'()*+-./:<=>?@[]^`{|}~"},
		{"a space", "a b", `session="a b"`},
		{"quotes and backslashes", `a"b\c`, `session="a\"b\\c"`},
		{"separators", "a,b;c", `session="a\054b\073c"`},
		{"bytes", "\x00é\x7f", `session="\000\303\251\177"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newManager(t, costrel.Config{Interface: fixed(test.value)})
			line := serve(m, func(s *costrel.Session) { s.Set("a", 1) }).Get("Set-Cookie")
			if want := test.header + "; HttpOnly; Path=/"; line != want {
				t.Errorf("got %s, want %s", line, want)
			}
			serve(m, func(s *costrel.Session) {
				if got := s.Get("cookie"); got != test.value {
					t.Errorf("read back: got %q, want %q", got, test.value)
				}
			}, test.header)
		})
	}
}

func TestCookiesAreFoundAsWerkzeugFindsThem(t *testing.T) {
	m := newManager(t, costrel.Config{})
	c := costreltest.Cookie(t, m, map[string]any{"n": 1})
	stale := costreltest.Cookie(t, newManager(t, costrel.Config{Keys: costrel.NewKeyring("another key of these tests")}), map[string]any{"n": 0})
	good, bad := c.Value, stale.Value
	for _, test := range []struct {
		name     string
		headers  []string
		loaded   bool
		rejected int
	}{
		{"alone", []string{"session=" + good}, true, 0},
		{"among others", []string{"a=b; session=" + good + "; c=d"}, true, 0},
		{"without spaces", []string{"a=b;session=" + good + ";c=d"}, true, 0},
		{"in double quotes", []string{`session="` + good + `"`}, true, 0},
		{"in the second header", []string{"a=b", "session=" + good}, true, 0},
		{"after a bad one", []string{"session=" + bad + "; session=" + good}, true, 1},
		{"after a bad one in another header", []string{"session=" + bad, "session=" + good}, true, 1},
		{"before a bad one", []string{"session=" + good + "; session=" + bad}, true, 0},
		{"after an empty one", []string{"session=; session=" + good}, true, 0},
		{"after a quoted string with a semicolon", []string{`a="x; session=y"; session=` + good}, true, 0},
		{"after a quote that is not closed", []string{`a="x; session=` + good}, true, 0},
		{"under a name in other letters", []string{"Session=" + good}, false, 0},
		{"under a longer name", []string{"session2=" + good + "; xsession=" + good}, false, 0},
		{"only a bad one", []string{"session=" + bad}, false, 1},
		{"none", nil, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			rejected := 0
			m := newManager(t, costrel.Config{OnReject: func(_ *http.Request, r costrel.Rejection) {
				rejected++
				if r.Reason != costrel.BadSignature {
					t.Errorf("got %v, want a bad signature", r)
				}
			}})
			h := serve(m, func(s *costrel.Session) {
				if got := s.Has("n"); got != test.loaded {
					t.Errorf("loaded: got %v, want %v", got, test.loaded)
				}
			}, test.headers...)
			if rejected != test.rejected {
				t.Errorf("rejected: got %d, want %d", rejected, test.rejected)
			}
			if got := h["Set-Cookie"]; got != nil {
				t.Errorf("Set-Cookie: got %q, want none", got)
			}
		})
	}
}

func TestOtherCookiesAndVaryAreKept(t *testing.T) {
	m := newManager(t, costrel.Config{})
	for _, test := range []struct {
		name       string
		vary, want []string
	}{
		{"none", nil, []string{"Cookie"}},
		{"another", []string{"Accept"}, []string{"Accept, Cookie"}},
		{"it is there", []string{"accept, cookie"}, []string{"accept, cookie"}},
		{"it is there on the second line", []string{"Accept", "Cookie"}, []string{"Accept", "Cookie"}},
		{"two lines", []string{"Accept", "Origin"}, []string{"Accept, Origin, Cookie"}},
		{"anything", []string{"*"}, []string{"*, Cookie"}},
		{"empty items", []string{"Accept,, "}, []string{"Accept, Cookie"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Vary"] = slices.Clone(test.vary)
				http.SetCookie(w, &http.Cookie{Name: "other", Value: "kept"})
				m.Get(r).Set("n", 1)
			})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if got := w.Header()["Vary"]; !slices.Equal(got, test.want) {
				t.Errorf("Vary: got %q, want %q", got, test.want)
			}
			if got := w.Header()["Set-Cookie"]; len(got) != 2 || got[0] != "other=kept" {
				t.Errorf("Set-Cookie: got %q, want the handler's and the session's", got)
			}
		})
	}
}

func TestACookieTooLargeForBrowsersIsNotSent(t *testing.T) {
	var heard []error
	hook := func(_ *http.Request, err error) { heard = append(heard, err) }
	m := newManager(t, costrel.Config{OnError: hook, Interface: &costrel.Signed{CompressAbove: -1}})
	fill := func(s *costrel.Session) {
		s.Set("notes", strings.Repeat("n", 2500))
		s.Set("cart", strings.Repeat("c", 900))
		s.Set("user_id", 1)
	}
	h := serve(m, fill)
	if got := h["Set-Cookie"]; got != nil {
		t.Errorf("Set-Cookie: got %q, want none", got)
	}
	if len(heard) != 1 || !errors.Is(heard[0], costrel.ErrCookieTooLarge) {
		t.Fatalf("OnError heard %v, want ErrCookieTooLarge", heard)
	}
	if got := heard[0].Error(); !strings.Contains(got, "notes (2502 bytes), cart (902 bytes), user_id (1 bytes)") || !strings.Contains(got, "4096") {
		t.Errorf("got %q, want one that names the largest keys and the limit", got)
	}

	m = newManager(t, costrel.Config{MaxCookieSize: -1, Interface: &costrel.Signed{CompressAbove: -1}})
	if got := serve(m, fill)["Set-Cookie"]; len(got) != 1 {
		t.Errorf("without a limit: got %d cookies, want 1", len(got))
	}
}

func TestTheLimitCountsNameAndValue(t *testing.T) {
	for _, test := range []struct {
		name string
		size int
		sent bool
	}{
		{"4096 bytes", 4096 - len("session"), true},
		{"4097 bytes", 4097 - len("session"), false},
	} {
		sent := true
		m := newManager(t, costrel.Config{Interface: fixed(strings.Repeat("v", test.size)), OnError: func(*http.Request, error) { sent = false }})
		serve(m, func(s *costrel.Session) { s.Set("a", 1) })
		if sent != test.sent {
			t.Errorf("%s: sent %v, want %v", test.name, sent, test.sent)
		}
	}
}

func TestNewRefusesWhatBrowsersRefuse(t *testing.T) {
	host := costrel.Recommended()
	with := func(c costrel.Cookie, change func(*costrel.Cookie)) costrel.Cookie { change(&c); return c }
	for _, test := range []struct {
		name   string
		cookie costrel.Cookie
		want   string // in the error; empty for none
	}{
		{"defaults", costrel.Cookie{}, ""},
		{"recommended", host, ""},
		{"SameSite=None without Secure", costrel.Cookie{SameSite: http.SameSiteNoneMode}, "Secure"},
		{"SameSite=None with Secure", costrel.Cookie{SameSite: http.SameSiteNoneMode, Secure: true}, ""},
		{"SameSite=None with Partitioned, which implies Secure", costrel.Cookie{SameSite: http.SameSiteNoneMode, Partitioned: true}, ""},
		{"SameSite that is none", costrel.Cookie{SameSite: http.SameSiteDefaultMode}, "SameSite must be"},
		{"__Host- without Secure", with(host, func(c *costrel.Cookie) { c.Secure = false }), "needs Secure"},
		{"__Host- with a domain", with(host, func(c *costrel.Cookie) { c.Domain = "example.com" }), "__Host-"},
		{"__Host- with a path", with(host, func(c *costrel.Cookie) { c.Path = "/app" }), "__Host-"},
		{"__hOsT-, which browsers take for the same", costrel.Cookie{Name: "__hOsT-s"}, "needs Secure"},
		{"__Secure- without Secure", costrel.Cookie{Name: "__Secure-s"}, "needs Secure"},
		{"a name with a space", costrel.Cookie{Name: "my session"}, "name"},
		{"a name with a line end", costrel.Cookie{Name: "a\r\nSet-Cookie: b"}, "name"},
		{"a name that is not ASCII", costrel.Cookie{Name: "sitzung-ü"}, "name"},
		{"a domain that is not ASCII", costrel.Cookie{Domain: "bücher.example"}, "xn--"},
		{"a domain with a semicolon", costrel.Cookie{Domain: "a;b"}, "domain"},
		{"a domain with an empty label", costrel.Cookie{Domain: "a..b"}, "label"},
		{"a domain with a long label", costrel.Cookie{Domain: strings.Repeat("a", 64)}, "label"},
		{"a domain with dots around", costrel.Cookie{Domain: "..example.com."}, ""},
		{"a path without a slash", costrel.Cookie{Path: "app"}, "slash"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(testKey), Cookie: test.cookie})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestCookieForChangesThePolicyOfARequest(t *testing.T) {
	m := newManager(t, costrel.Config{
		Cookie: costrel.Cookie{SameSite: http.SameSiteLaxMode},
		CookieFor: func(r *http.Request, c costrel.Cookie) costrel.Cookie {
			c.Secure = r.Header.Get("X-Forwarded-Proto") == "https"
			if tenant, _, ok := strings.Cut(r.Host, "."); ok {
				c.Name = "session-" + tenant
			}
			return c
		},
	})
	request := func(host, proto, cookie string) (string, any) {
		r := httptest.NewRequest("GET", "http://"+host+"/", nil)
		r.Header.Set("X-Forwarded-Proto", proto)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		var seen any
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			seen = m.Get(r).Get("host")
			m.Get(r).Set("host", r.Host)
		})).ServeHTTP(w, r)
		return w.Header().Get("Set-Cookie"), seen
	}
	line, _ := request("a.example", "https", "")
	if !strings.HasPrefix(line, "session-a=") || !strings.Contains(line, "; Secure") {
		t.Errorf("over HTTPS: got %q", line)
	}
	value, _, _ := strings.Cut(line, ";")
	if _, seen := request("a.example", "http", value); seen != "a.example" {
		t.Errorf("its cookie: got %v, want a.example", seen)
	}
	if line, seen := request("b.example", "http", value); seen != nil || strings.Contains(line, "Secure") {
		t.Errorf("the other tenant: got %v, %q", seen, line)
	}
}

func TestCookieForIsChecked(t *testing.T) {
	var heard []error
	m := newManager(t, costrel.Config{
		CookieFor: func(r *http.Request, c costrel.Cookie) costrel.Cookie { c.Name = "bad name"; return c },
		OnError:   func(_ *http.Request, err error) { heard = append(heard, err) },
	})
	h := serve(m, func(s *costrel.Session) { s.Get("a") })
	if len(h) != 1 || h.Get("Vary") != "Cookie" || len(heard) == 0 || !strings.Contains(fmt.Sprint(heard), "CookieFor") {
		t.Errorf("got %v and %v, want Vary alone and an error that names CookieFor", h, heard)
	}
}

func TestPermanentSessionsExpireAndAreRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, costrel.Config{Lifetime: time.Hour})
		line := serve(m, func(s *costrel.Session) { s.Set("n", 1); s.SetPermanent(true) }).Get("Set-Cookie")
		if want := "Expires=" + time.Now().Add(time.Hour).UTC().Format(http.TimeFormat); !strings.Contains(line, want) {
			t.Errorf("got %q, want %q in it", line, want)
		}
		cookie, _, _ := strings.Cut(line, ";")

		time.Sleep(30 * time.Minute)
		h := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		m.Handler(http.NotFoundHandler()).ServeHTTP(h, r)
		refreshed := h.Header().Get("Set-Cookie")
		if want := "Expires=" + time.Now().Add(time.Hour).UTC().Format(http.TimeFormat); !strings.Contains(refreshed, want) {
			t.Errorf("a request that does not ask for its session: got %q, want %q in it", refreshed, want)
		}

		time.Sleep(30 * time.Minute)
		serve(m, func(s *costrel.Session) {
			if s.IsNew() {
				t.Errorf("exactly as old as the lifetime: %v", s.Rejection())
			}
		}, cookie)
		time.Sleep(time.Second)
		serve(m, func(s *costrel.Session) {
			got := s.Rejection()
			if got.Reason != costrel.Expired || got.Age != time.Hour+time.Second {
				t.Errorf("a second older: got %v, want it expired", got)
			}
		}, cookie)
		cookie, _, _ = strings.Cut(refreshed, ";")
		serve(m, func(s *costrel.Session) {
			if s.IsNew() {
				t.Errorf("the refreshed one: %v", s.Rejection())
			}
		}, cookie)
	})
}

func TestClocksMayDifferByTheLeeway(t *testing.T) {
	for _, test := range []struct {
		name          string
		leeway, ahead time.Duration
		want          costrel.Reason
	}{
		{"ten seconds by default", 0, 10 * time.Second, costrel.Accepted},
		{"no more than ten by default", 0, 11 * time.Second, costrel.Future},
		{"none if less than zero", -1, time.Second, costrel.Future},
		{"as set", time.Minute, time.Minute, costrel.Accepted},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := costrel.Config{Keys: costrel.NewKeyring(testKey), Leeway: test.leeway}
				signer, err := new(costrel.Signed).Signer(&config)
				if err != nil {
					t.Fatal(err)
				}
				value := signer.AppendSign(nil, []byte("e30"), time.Now().Add(test.ahead))
				s := costreltest.Session(t, newManager(t, config), &http.Cookie{Name: "session", Value: string(value)})
				if got := s.Rejection(); got.Reason != test.want {
					t.Errorf("got %v, want %v", got, test.want)
				}
			})
		})
	}
}
