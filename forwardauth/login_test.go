package forwardauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestLocation(t *testing.T) {
	tests := []struct {
		name, login, asked, want string
	}{
		{"a path", "/login", "/a", "/login?next=%2Fa"},
		{"with a query, which stays one value", "/login", "/a?b=c&next=//evil", "/login?next=%2Fa%3Fb%3Dc%26next%3D%2F%2Fevil"},
		{"escapes are kept", "/login", "/a%20b%2Fc", "/login?next=%2Fa%2520b%252Fc"},
		{"a login URL with a query", "/login?lang=en", "/a", "/login?lang=en&next=%2Fa"},
		{"a login on another site", "https://id.example.com/login", "/a", "https://id.example.com/login?next=%2Fa"},
		{"another site", "/login", "//evil.example", "/login"},
		{"another site, further in", "/login", "/.//evil.example", "/login"},
		{"three slashes", "/login", "///evil.example", "/login"},
		{"a backslash", "/login", `/\evil.example`, "/login?next=%2F%255Cevil.example"},
		{"a backslash in the query", "/login", `/a?\`, "/login"},
		{"text beyond ASCII is escaped", "/login", "/é", "/login?next=%2F%25C3%25A9"},
		{"text beyond ASCII in the query", "/login", "/?é", "/login"},
		{"an endless path", "/login", "/" + strings.Repeat("a", maxNext), "/login"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			login, err := newLogin(tt.login)
			if err != nil {
				t.Fatal(err)
			}
			asked, err := url.ParseRequestURI(tt.asked)
			if err != nil {
				t.Fatal(err)
			}
			got := login.location(asked)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			// What the application finds in next leads back to its own site.
			u, err := url.Parse(got)
			if err != nil {
				t.Fatal(err)
			}
			if next := u.Query()["next"]; len(next) > 1 {
				t.Errorf("next is there %d times", len(next))
			} else if len(next) == 1 {
				back, err := url.Parse(next[0])
				if err != nil || back.Host != "" || back.Scheme != "" || !strings.HasPrefix(next[0], "/") {
					t.Errorf("next is %q, %v", next[0], err)
				}
			}
		})
	}
}

// A browser that is sent to log in arrives at the login page, or at 401.
func TestWayToLogInEnds(t *testing.T) {
	tests := []struct {
		name, login, asked string
		public             []string
		redirects, status  int
	}{
		{"a path is public", "/login", "/orders", nil, 1, 200},
		{"a path that is never public", "/a;b/login", "/orders", nil, 1, 401},
		{"a whole address on this site is not", "http://example.com/login", "/orders", nil, 1, 401},
		{"a whole address, asked for itself", "http://example.com/login", "/login", nil, 1, 401},
		{"a whole address with a query", "http://example.com/login?lang=en", "/orders", nil, 1, 401},
		{"a whole address that is listed", "http://example.com/login", "/orders", []string{"/login"}, 1, 200},
		{"a whole address without a path", "http://example.com", "/orders", nil, 1, 401},
		{"a whole address that is no way back", "http://example.com/a//login", "/orders", nil, 1, 401},
		{"a path that the login page on another site has too", "https://id.example.com/", "/", nil, 1, 302},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHandler(t, Config{LoginURL: tt.login, Public: tt.public, Proxy: Forwarded()})
			protected := h.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			for _, way := range []http.Handler{h, protected} {
				asked, redirects := tt.asked, 0
				for {
					r := httptest.NewRequest("GET", asked, nil)
					r.Header.Set("Accept", "text/html")
					r.Header.Set("X-Forwarded-Uri", r.URL.RequestURI())
					r.Header.Set("X-Forwarded-Method", "GET")
					w := httptest.NewRecorder()
					way.ServeHTTP(w, r)
					u, err := url.Parse(w.Header().Get("Location"))
					if err != nil {
						t.Fatal(err)
					}
					if w.Code == 302 {
						redirects++
					}
					if w.Code != 302 || redirects > 5 || u.Host != "" && u.Host != "example.com" {
						if w.Code != tt.status || redirects != tt.redirects {
							t.Errorf("%d after %d redirects, want %d after %d", w.Code, redirects, tt.status, tt.redirects)
						}
						break
					}
					asked = u.RequestURI()
				}
			}
		})
	}
}

func TestWholeLoginURLMakesNothingPublic(t *testing.T) {
	h := newHandler(t, Config{LoginURL: "https://id.example.com/"})
	for _, path := range []string{"/", "/?next=/", "/admin"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "id.example.com"
		if d := h.Check(r); d.Verdict == Allow {
			t.Errorf("%s is %s", path, d.Reason())
		}
	}
}

func TestIsBrowser(t *testing.T) {
	tests := []struct {
		method string
		accept []string
		want   bool
	}{
		{"GET", []string{"text/html,application/xhtml+xml,*/*;q=0.8"}, true},
		{"HEAD", []string{"TEXT/HTML;q=0.9"}, true},
		{"GET", []string{"image/avif", "application/json, text/html"}, true},
		{"GET", []string{"*/*"}, false},
		{"GET", []string{"application/json"}, false},
		{"GET", nil, false},
		{"POST", []string{"text/html"}, false},
	}
	for _, tt := range tests {
		r := &http.Request{Method: tt.method, Header: http.Header{"Accept": tt.accept}}
		if got := isBrowser(r); got != tt.want {
			t.Errorf("%s, Accept %q: %t, want %t", tt.method, tt.accept, got, tt.want)
		}
	}
}
