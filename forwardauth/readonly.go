package forwardauth

import (
	"errors"
	"net/http"

	"github.com/costrel/costrel"
)

// ErrReadOnly is the error of a change to a session that is not this program's
// to change.
var ErrReadOnly = errors.New("the session is read-only here: only the application that it belongs to writes it")

// ReadOnly returns an interface that opens sessions as i does and never writes
// one: for a program beside the application, such as a websocket server, that
// has to know whose request it is. No response gets a Set-Cookie, a permanent
// session is not refreshed, and of a change [costrel.Config].OnError hears
// [ErrReadOnly]. A nil i is Flask's.
//
//	sessions, err := costrel.New(costrel.Config{Keys: keys, Interface: forwardauth.ReadOnly(nil)})
//	http.Handle("/live", sessions.Handler(live))
func ReadOnly(i costrel.Interface) costrel.Interface {
	if i == nil {
		i = &costrel.Signed{}
	}
	return readOnly{i}
}

type readOnly struct{ costrel.Interface }

// Save adds no cookie. The response still depends on the session.
func (readOnly) Save(c *costrel.Config, h http.Header, r *http.Request, s *costrel.Session) error {
	if s.Accessed() {
		costrel.AddVary(h)
	}
	if s.Modified() {
		return ErrReadOnly
	}
	return nil
}

// MayRefresh implements [costrel.Refresher].
func (readOnly) MayRefresh(*costrel.Config, *http.Request) bool { return false }
