package costrel

import (
	"errors"
	"fmt"
	"time"

	"github.com/costrel/costrel/itsdangerous"
)

// A Reason tells what became of the cookie that a request brought.
type Reason uint8

const (
	Accepted     Reason = iota // the session came from the cookie
	Absent                     // there was no cookie, or an empty one
	BadSignature               // it was not signed by any of the keys, or altered since
	Expired                    // it was signed longer ago than the lifetime
	Future                     // it was signed further in the future than the leeway
	BadPayload                 // it was signed by one of the keys, but is no session
	TooLarge                   // it is larger, or inflates to more, than is read
)

var reasonNames = [...]string{"accepted", "absent", "bad signature", "expired", "future", "bad payload", "too large"}

// String returns the reason in words, such as "bad signature".
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("Reason(%d)", r)
}

// A Rejection tells why a session cookie was not accepted, where Flask only
// gives a new session. The zero Rejection is none: the cookie was accepted. It
// is an error, which never shows a key or the cookie.
type Rejection struct {
	Reason   Reason
	Cookie   string        // the cookie's name
	SignedAt time.Time     // by its own word; zero if it does not say
	Age      time.Duration // since SignedAt, in whole seconds; negative if Future; zero if unknown
	Err      error         // what was found, usually an error of package itsdangerous
}

// Error says which cookie was rejected and why.
func (r Rejection) Error() string {
	msg := fmt.Sprintf("session cookie %q: %s", r.Cookie, r.Reason)
	switch {
	case r.Reason == Expired || r.Reason == Future:
		return fmt.Sprintf("%s (signed %s, age %s)", msg, r.SignedAt.UTC().Format(time.RFC3339), r.Age)
	case r.Err != nil:
		return fmt.Sprintf("%s: %v", msg, r.Err)
	}
	return msg
}

// Unwrap returns Err.
func (r Rejection) Unwrap() error { return r.Err }

// rejection makes a Rejection of what itsdangerous or the scan of the payload
// returned.
func rejection(cookie string, err error) Rejection {
	r := Rejection{Cookie: cookie, Err: err}
	var facts *itsdangerous.Error
	if errors.As(err, &facts) {
		r.SignedAt, r.Age = facts.SignedAt, facts.Age
		facts.Payload = nil // the bytes are a desk's, and are no log's business
	}
	switch {
	case errors.Is(err, itsdangerous.ErrTooLarge):
		r.Reason = TooLarge
	case errors.Is(err, itsdangerous.ErrExpired) && r.Age < 0:
		r.Reason = Future
	case errors.Is(err, itsdangerous.ErrExpired):
		r.Reason = Expired
	case errors.Is(err, itsdangerous.ErrBadSignature):
		r.Reason = BadSignature
	default:
		r.Reason = BadPayload
	}
	return r
}
