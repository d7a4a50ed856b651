package forwardauth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxNext is the longest path to come back to, in bytes.
const maxNext = 2048

// A login is where browsers log in.
type login struct{ url *url.URL }

func newLogin(text string) (*login, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the login URL: %w", err)
	case u.User != nil:
		return nil, fmt.Errorf("the login URL %q has a user name", u.Redacted())
	case u.Host != "" && (u.Scheme == "https" || u.Scheme == "http"):
	case u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/"):
		return nil, fmt.Errorf("the login URL %q is neither a path that begins with a slash nor http or https", text)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return &login{u}, nil
}

// isEndless reports whether the way to log in has led to what is asked for: the
// login page itself, on this site, is not public. It goes by the path and by
// next, and not by the host, which not every proxy tells.
func (l *login) isEndless(asked *url.URL) bool {
	_, hasNext := safeNext(asked)
	return asked.Path == l.url.Path && (!hasNext || asked.Query().Has("next"))
}

// location returns the login URL that leads back to what was asked for. It
// follows Flask-Login's login_url.
func (l *login) location(asked *url.URL) string {
	u := *l.url
	if next, ok := safeNext(asked); ok {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += "next=" + url.QueryEscape(next)
	}
	return u.String()
}

// safeNext returns the path and query to come back to, and whether every browser
// takes it for a path on the same site: the page that logs in may redirect to it
// unchecked. A browser reads "//evil", "/\evil" and "/<tab>/evil" as another
// site.
func safeNext(asked *url.URL) (string, bool) {
	next := asked.EscapedPath()
	safe := strings.HasPrefix(next, "/") && !strings.Contains(next, "//")
	if asked.RawQuery != "" {
		next += "?" + asked.RawQuery
	}
	for i := range len(next) {
		safe = safe && next[i] > ' ' && next[i] < 0x7f && next[i] != '\\'
	}
	return next, safe && len(next) <= maxNext
}

// isBrowser reports whether r asks for a page, so that a redirect to another
// makes sense: it is no script's call, no form and no websocket.
func isBrowser(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, line := range r.Header["Accept"] {
		for accepted := range strings.SplitSeq(line, ",") {
			mediaType, _, _ := strings.Cut(accepted, ";")
			if strings.EqualFold(strings.TrimSpace(mediaType), "text/html") {
				return true
			}
		}
	}
	return false
}
