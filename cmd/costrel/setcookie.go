package main

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/costrel/costrel"
)

// A setCookie is what a Set-Cookie header asks of a browser, taken apart as
// RFC 6265bis says.
type setCookie struct {
	line       string // empty for a policy
	name       string
	value      string
	attributes []attribute // as written, in order
	settings   string      // as settingsOf says

	// Of each attribute, what counts: the last.
	domain      string
	path        string
	sameSite    string
	secure      bool
	httpOnly    bool
	partitioned bool
	lifetime    time.Duration // until it expires; 0 when the browser is closed
	deletes     bool          // it has expired already
	problems    []finding     // of attributes that can't be read
}

type attribute struct{ name, value string }

// parseSetCookie takes a line apart; session is what the session's cookie is
// called.
func parseSetCookie(line, session string, now time.Time) setCookie {
	line, _ = cutHeader(line, "Set-Cookie")
	c := setCookie{line: line}
	first, rest, _ := strings.Cut(line, ";")
	if name, value, ok := strings.Cut(first, "="); ok {
		c.name, c.value = trimOWS(name), trimOWS(value)
	} else {
		c.value = trimOWS(first)
	}
	c.settings = settingsOf(c.name, session)
	for part := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(part, "=")
		if name = trimOWS(name); name != "" {
			c.set(attribute{name, trimOWS(value)}, now)
		}
	}
	return c
}

// policyCookie returns the cookie that a policy makes.
func policyCookie(config costrel.Config, now time.Time) setCookie {
	p := config.Cookie
	c := setCookie{name: p.Name, settings: sessionSettings}
	if domain, _, _ := strings.Cut(p.Domain, ":"); domain != "" {
		c.set(attribute{"Domain", strings.TrimLeft(domain, ".")}, now)
	}
	if config.Lifetime != 0 {
		c.set(attribute{"Max-Age", strconv.Itoa(int(config.Lifetime / time.Second))}, now)
	}
	if p.Secure || p.Partitioned { // as Flask
		c.set(attribute{"Secure", ""}, now)
	}
	if !p.ScriptReadable {
		c.set(attribute{"HttpOnly", ""}, now)
	}
	path := p.Path
	if path == "" {
		path = "/"
	}
	c.set(attribute{"Path", path}, now)
	for _, s := range sameSites {
		if s.mode == p.SameSite {
			c.set(attribute{"SameSite", s.name}, now)
		}
	}
	if p.Partitioned {
		c.set(attribute{"Partitioned", ""}, now)
	}
	return c
}

// set applies one attribute.
func (c *setCookie) set(a attribute, now time.Time) {
	c.attributes = append(c.attributes, a)
	if len(a.value) > maxAttribute {
		c.problems = append(c.problems, attributeTooLong(a))
		return
	}
	switch strings.ToLower(a.name) {
	case "domain":
		c.domain = strings.ToLower(strings.TrimPrefix(a.value, "."))
	case "path":
		c.path = a.value
	case "samesite":
		c.sameSite = a.value
	case "secure":
		c.secure = true
	case "httponly":
		c.httpOnly = true
	case "partitioned":
		c.partitioned = true
	case "max-age", "expires":
		lifetime, err := c.lifetimeOf(a, now)
		switch {
		case err != nil:
			c.problems = append(c.problems, unreadableLifetime(a))
		case strings.EqualFold(a.name, "expires") && c.has("max-age"): // which goes before it
		default:
			c.lifetime, c.deletes = lifetime, lifetime <= 0
		}
	default:
		c.problems = append(c.problems, unknownAttribute(a))
	}
}

func (c *setCookie) has(name string) bool {
	for _, a := range c.attributes {
		if strings.EqualFold(a.name, name) {
			return true
		}
	}
	return false
}

func (c *setCookie) lifetimeOf(a attribute, now time.Time) (time.Duration, error) {
	if strings.EqualFold(a.name, "max-age") {
		seconds, err := strconv.ParseInt(a.value, 10, 64)
		if errors.Is(err, strconv.ErrRange) && seconds > 0 {
			err = nil // a long time, all the same
		}
		return time.Duration(max(-1, min(seconds, int64(100*365*day/time.Second)))) * time.Second, err
	}
	t, err := http.ParseTime(a.value)
	if err != nil {
		t, err = time.Parse("Mon, 02-Jan-2006 15:04:05 MST", a.value)
	}
	return t.Sub(now), err
}

func trimOWS(s string) string { return strings.Trim(s, " \t") }
