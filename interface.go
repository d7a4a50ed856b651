package costrel

import (
	"net/http"
	"time"
)

// An Interface opens sessions from requests and saves them to responses. It is
// what flask/sessions.py calls SessionInterface; [Signed] is the one built in.
// Wrap it or write another to keep sessions elsewhere. Both methods are called
// by several goroutines at once, for different requests.
type Interface interface {
	// Open returns the session that r brings, by [ParseSession], or a new one
	// by [NewSession]. Bad input from the client makes for a new session and is
	// no error. If there cannot be a session now, it returns nil: a null
	// session takes its place, from which reading is allowed, and a change to
	// which OnError hears of. It returns an error if opening failed; OnError
	// hears of it and a null session takes the place too.
	Open(c *Config, r *http.Request) (*Session, error)

	// Save adds what h, the header of the response to r, needs so that the next
	// request brings s: "Vary: Cookie" if s was accessed, a cookie if
	// [Config.ShouldSetCookie], a deletion if s is empty and was modified. It
	// is called once for each request whose session was opened, before the
	// header is sent, and never for a null session, or where h has the session's
	// cookie already: see [ErrSuperseded]. If it returns an error it has set no
	// cookie, but Vary all the same.
	Save(c *Config, h http.Header, r *http.Request, s *Session) error
}

// A Refresher is an [Interface] that can tell from a request alone whether its
// session may need saving though nobody asks for it: whether it may be
// permanent. An Interface that cannot tell has every session opened, unless
// [Config].NoRefresh is set.
type Refresher interface {
	MayRefresh(c *Config, r *http.Request) bool
}

// nullSession returns what takes the place of a session that was not opened,
// Flask's NullSession: it is empty, can be read, and never saved.
func nullSession() *Session {
	s := NewSession()
	s.null = true
	return s
}

// IsNull reports whether s takes the place of a session that could not be
// opened. Flask's is_null_session.
func (s *Session) IsNull() bool { return s.null }

// ShouldSetCookie reports whether the response needs the session's cookie: the
// session was modified, or is permanent and refreshed by every response. It
// follows flask/sessions.py should_set_cookie.
func (c *Config) ShouldSetCookie(s *Session) bool {
	s.lock()
	var err error
	defer s.done(&err)
	_, err = s.refreshAll()
	return s.modified || !c.NoRefresh && s.permanent()
}

// Expires returns when the session's cookie, written now, expires: the zero
// time, when the browser is closed, unless the session is permanent. It
// follows flask/sessions.py get_expiration_time.
func (c *Config) Expires(s *Session, now time.Time) time.Time {
	s.lock()
	defer s.mu.Unlock()
	if !s.permanent() {
		return time.Time{}
	}
	return now.Add(c.lifetime())
}
