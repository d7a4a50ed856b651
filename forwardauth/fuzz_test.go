package forwardauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/costrel/costrel/costreltest"
)

// Whatever a client sends, nothing panics; nobody passes without a good session
// but to a public path; and the way to the login page leads back to this site.
func FuzzServeHTTP(f *testing.F) {
	f.Add("/public/a", "GET", "text/html", "a=b; session=e30.aSBh_w.3GeOq7SHkY9oVdW6uYDO-Qh1sB4")
	f.Add("/public/../a?b", "GET", "text/html", "session=.e30; session=\"\\073\"")
	f.Add("//evil/%2f?next=//evil", "HEAD", "*/*, text/html;q=0", "session=")
	f.Add(`/\evil`, "POST", "", "")
	h := newHandler(f, Config{
		Public:   []string{"/public/"},
		LoginURL: "/login",
		Headers:  map[string]string{"X-User-Id": "_user_id"},
		Proxy:    Forwarded(),
	})
	good := costreltest.Cookie(f, newSessions(f), values{"_user_id": "5"}).Value
	f.Fuzz(func(t *testing.T, uri, method, accept, cookie string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = http.Header{"X-Forwarded-Uri": {uri}, "X-Forwarded-Method": {method}, "Accept": {accept}, "Cookie": {cookie}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)

		if w.Code == 200 && !strings.Contains(cookie, good) {
			path, _, _ := strings.Cut(uri, "?")
			decoded, err := url.PathUnescape(path)
			if err != nil || !strings.HasPrefix(decoded, "/public/") && decoded != "/login" || strings.Contains(decoded, "..") && strings.Contains(decoded, "/../") {
				t.Errorf("%q passes", uri)
			}
			if got := w.Header().Get("X-User-Id"); got != "" {
				t.Errorf("it has the identity %q", got)
			}
		}
		if location := w.Header().Get("Location"); location != "" {
			u, err := url.Parse(location)
			if err != nil || u.Host != "" || u.Path != "/login" {
				t.Fatalf("the way to log in is %q, %v", location, err)
			}
			if next := u.Query().Get("next"); next != "" && (next[0] != '/' || len(next) > 1 && (next[1] == '/' || next[1] == '\\') || strings.ContainsAny(next, "\t\r\n\\")) {
				t.Errorf("the way back is %q", next)
			}
		}
	})
}
