package forwardauth

import (
	"errors"
	"fmt"
	"strings"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/taggedjson"
)

// A Verdict is what a [Rule] says of a session. Verdicts are ordered: the
// lowest of several is the one that all of them agree to.
type Verdict uint8

const (
	LogIn  Verdict = iota // nobody is logged in, or not lately enough: 401
	Forbid                // somebody is, who may not: 403
	Allow                 // it may pass
)

// String returns the verdict in words, such as "log in".
func (v Verdict) String() string {
	switch v {
	case LogIn:
		return "log in"
	case Forbid:
		return "forbid"
	case Allow:
		return "allow"
	}
	return fmt.Sprintf("Verdict(%d)", v)
}

// A Rule says whether a session will do. It must not change the session, and is
// called by several goroutines, for different ones.
type Rule func(*costrel.Session) Verdict

// Has is met by a session with a value of key other than null. Otherwise it
// says [LogIn]: use it for the key that says who is logged in.
func Has(key string) Rule {
	return func(s *costrel.Session) Verdict {
		if raw, ok := s.Raw(key); ok && string(raw) != "null" {
			return Allow
		}
		return LogIn
	}
}

// Equal is met by a session in which key has this value, of this type: the
// string "5" is not the number 5, and true is not 1. Otherwise it says
// [Forbid], even if there is no value of key, since to log in again would not
// help; or [LogIn], if there was no good session at all.
//
// Next to Has, which tells the two apart for sessions of visitors too:
//
//	forwardauth.All(forwardauth.Has("user_id"), forwardauth.Equal("role", "admin"))
func Equal[T Scalar](key costrel.Key[T], value T) Rule {
	return func(s *costrel.Session) Verdict {
		if got, ok := key.Get(s); ok && got == value {
			return Allow
		}
		if s.IsNew() {
			return LogIn
		}
		return Forbid
	}
}

// Scalar is what a value in a session can be compared with.
type Scalar interface {
	~string | ~bool | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float64
}

// All is met if every rule is. Otherwise it says [LogIn] if one of them does.
func All(rules ...Rule) Rule {
	return func(s *costrel.Session) Verdict {
		verdict := Allow
		for _, rule := range rules {
			verdict = min(verdict, rule(s))
		}
		return verdict
	}
}

// Any is met if one of the rules is, and not if there are none. Otherwise it
// says [Forbid] if one of them does.
func Any(rules ...Rule) Rule {
	return func(s *costrel.Session) Verdict {
		verdict := LogIn
		for _, rule := range rules {
			verdict = max(verdict, rule(s))
		}
		return verdict
	}
}

// FlaskLogin is met by a session that Flask-Login has logged a user into, lately
// or by a remember-me cookie.
func FlaskLogin() Rule { return Has("_user_id") }

// FlaskLoginFresh is met by a session that Flask-Login calls fresh: its user
// logged in and was not just remembered. It follows fresh_login_required.
func FlaskLoginFresh() Rule {
	fresh := costrel.Key[bool]("_fresh")
	return All(FlaskLogin(), func(s *costrel.Session) Verdict {
		if fresh.Or(s, false) {
			return Allow
		}
		return LogIn
	})
}

// ParseRule returns the rule in a text, such as one from a command line: "key"
// is [Has], and "key=value" is [Equal], where value is JSON for a number, a bool
// or a string in double quotes, and any other text the string itself.
//
//	user_id   role=admin   level=5   staff=true   code="5"
func ParseRule(text string) (Rule, error) {
	key, value, compared := strings.Cut(text, "=")
	if key == "" {
		return nil, fmt.Errorf("the rule %q names no key of the session", text)
	}
	if !compared {
		return Has(key), nil
	}
	parsed, err := (*taggedjson.Codec)(nil).Unmarshal([]byte(value))
	if err != nil {
		parsed = value
	}
	switch parsed := parsed.(type) {
	case string:
		return Equal(costrel.Key[string](key), parsed), nil
	case bool:
		return Equal(costrel.Key[bool](key), parsed), nil
	case int64:
		return Equal(costrel.Key[int64](key), parsed), nil
	case float64:
		return Equal(costrel.Key[float64](key), parsed), nil
	}
	return nil, fmt.Errorf("the rule %q: %w", text, errNoScalar)
}

var errNoScalar = errors.New("a value can be compared with a string, a number of up to 64 bits, true or false")
