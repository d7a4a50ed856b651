// Package costreltest is for the tests of applications that use costrel: it
// makes a session's cookie, reads one back, and changes the session that a
// client has between two of its requests, as Flask's test client does with
// session_transaction.
package costreltest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/costrel/costrel"
)

// Cookie returns a cookie whose session holds values, as m would set it in a
// response. It ends the test if a value cannot be kept. Empty values make for
// no session, and a nil cookie.
func Cookie(t testing.TB, m *costrel.Manager, values map[string]any) *http.Cookie {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	s := open(t, m, r)
	s.Update(values)
	cookies := save(t, m, r, s)
	if len(cookies) == 0 || len(values) == 0 {
		return nil
	}
	return cookies[0]
}

// Session returns the session that m finds in cookies, such as those of a
// response: new, and empty, if it finds none. Its Rejection says why.
func Session(t testing.TB, m *costrel.Manager, cookies ...*http.Cookie) *costrel.Session {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	for _, cookie := range cookies {
		if cookie != nil && cookie.MaxAge >= 0 { // a browser sends no cookie that it was told to delete
			r.Header.Add("Cookie", cookie.Name+"="+cookie.Value)
		}
	}
	return open(t, m, r)
}

// Transaction opens the session in jar, which is the client's, for a request
// to rawURL; passes it to change; and puts the cookie that m makes of it back
// into jar: logged in without a login form, say. It ends the test if there is
// no session to be had, or it cannot be saved. It follows flask/testing.py
// session_transaction.
func Transaction(t testing.TB, m *costrel.Manager, jar http.CookieJar, rawURL string, change func(*costrel.Session)) {
	t.Helper()
	if jar == nil {
		t.Fatal("costreltest: the client keeps no cookies: give it a jar, of net/http/cookiejar")
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatalf("costreltest: %v", err)
	}
	r := httptest.NewRequest("GET", rawURL, nil)
	for _, cookie := range jar.Cookies(u) {
		r.Header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	s := open(t, m, r)
	change(s)
	cookies := save(t, m, r, s)
	jar.SetCookies(u, cookies)
	for _, set := range cookies {
		kept := slices.ContainsFunc(jar.Cookies(u), func(c *http.Cookie) bool { return c.Name == set.Name && c.Value == set.Value })
		if !kept && set.MaxAge >= 0 {
			t.Fatalf("costreltest: the jar does not keep the cookie %q for %s: see its Secure, Domain and Path", set.Name, u.Redacted())
		}
	}
}

func open(t testing.TB, m *costrel.Manager, r *http.Request) *costrel.Session {
	t.Helper()
	s, err := m.Open(r)
	if err != nil {
		t.Fatalf("costreltest: %v", err)
	}
	if s.IsNull() {
		t.Fatal("costreltest: the session's Interface did not open a session")
	}
	return s
}

func save(t testing.TB, m *costrel.Manager, r *http.Request, s *costrel.Session) []*http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	if err := m.Save(w.Header(), r, s); err != nil {
		t.Fatalf("costreltest: %v", err)
	}
	if err := s.Err(); err != nil {
		t.Fatalf("costreltest: %v", err)
	}
	return w.Result().Cookies()
}
