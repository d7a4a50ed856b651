package costrel

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ErrCookieTooLarge is the error of a session that makes a cookie larger than
// [Config].MaxCookieSize. The session is not saved: the browser keeps its old
// cookie.
var ErrCookieTooLarge = errors.New("the session cookie is too large")

// A Cookie says what the session cookie is called, where browsers send it, and
// who may read it. The zero value is Flask's default: a cookie named "session"
// for the path "/" of the host alone, hidden from scripts. Bools are named for
// the exception.
type Cookie struct {
	Name           string        // SESSION_COOKIE_NAME; "session" if empty
	Domain         string        // SESSION_COOKIE_DOMAIN: a domain whose subdomains get the cookie too; the host alone if empty
	Path           string        // SESSION_COOKIE_PATH, or APPLICATION_ROOT; "/" if empty
	Secure         bool          // SESSION_COOKIE_SECURE: over HTTPS only
	ScriptReadable bool          // SESSION_COOKIE_HTTPONLY = False: JavaScript may read it
	SameSite       http.SameSite // SESSION_COOKIE_SAMESITE: Lax, Strict or None; not sent, for the browser to decide, if zero
	Partitioned    bool          // SESSION_COOKIE_PARTITIONED: one for each site that embeds ours (CHIPS); implies Secure
}

// Recommended returns the Cookie for a site that need not share an existing
// Flask configuration: __Host-session, which browsers take only over HTTPS and
// from the host itself, not sent with other sites' forms and frames. To share
// it with Flask, set
//
//	SESSION_COOKIE_NAME = "__Host-session"
//	SESSION_COOKIE_SECURE = True
//	SESSION_COOKIE_SAMESITE = "Lax"
func Recommended() Cookie {
	return Cookie{Name: "__Host-session", Secure: true, SameSite: http.SameSiteLaxMode}
}

// A policy is a Cookie that was checked, with its attributes as a Set-Cookie
// header spells them.
type policy struct {
	Cookie
	given      Cookie  // as it was before defaults
	config     *Config // whose Cookie that is; nil if it is CookieFor's
	domain     string  // "; Domain=example.com"
	attributes string  // "; Secure; HttpOnly; Path=/"
}

// policy fills in the defaults and refuses what browsers refuse.
func (c Cookie) policy() (*policy, error) {
	p := &policy{Cookie: c, given: c}
	if p.Name == "" {
		p.Name = "session"
	}
	if p.Path == "" {
		p.Path = "/"
	}
	p.Secure = p.Secure || p.Partitioned // as werkzeug/http.py dump_cookie
	p.Domain, _, _ = strings.Cut(p.Domain, ":")
	p.Domain = strings.TrimLeft(p.Domain, ".")
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("the cookie %q: %w", p.Name, err)
	}

	if p.Domain != "" {
		p.domain = "; Domain=" + p.Domain
	}
	if p.Secure {
		p.attributes += "; Secure"
	}
	if !p.ScriptReadable {
		p.attributes += "; HttpOnly"
	}
	p.attributes += "; Path=" + escapePath(p.Path)
	if name := sameSiteName(p.SameSite); name != "" {
		p.attributes += "; SameSite=" + name
	}
	if p.Partitioned {
		p.attributes += "; Partitioned"
	}
	return p, nil
}

func (p *policy) check() error {
	prefix := strings.ToLower(p.Name) // as browsers compare it
	host, secure := strings.HasPrefix(prefix, "__host-"), strings.HasPrefix(prefix, "__secure-")
	switch {
	case !isToken(p.Name):
		return errors.New("the name may have letters, digits and !#$%&'*+-.^_`|~ only")
	case p.SameSite != 0 && sameSiteName(p.SameSite) == "":
		return errors.New("SameSite must be Lax, Strict or None, or zero to leave it out")
	case p.SameSite == http.SameSiteNoneMode && !p.Secure:
		return errors.New("SameSite=None needs Secure: browsers drop the cookie otherwise")
	case (host || secure) && !p.Secure:
		return errors.New("the prefix of the name needs Secure: browsers drop the cookie otherwise")
	case host && (p.Domain != "" || p.Path != "/"):
		return errors.New("the prefix __Host- allows no Domain and only the path /, or browsers drop the cookie")
	case !strings.HasPrefix(p.Path, "/"):
		return fmt.Errorf("the path %q does not start with a slash: browsers ignore it then", p.Path)
	}
	return checkDomain(p.Domain)
}

func checkDomain(domain string) error {
	if domain == "" {
		return nil
	}
	for i := range len(domain) {
		switch c := domain[i]; {
		case c >= 0x80:
			return fmt.Errorf("the domain %q is not ASCII: write it in its xn-- form", domain)
		case c <= ' ' || c == 0x7f || strings.IndexByte(`;,"\/`, c) >= 0:
			return fmt.Errorf("the domain %q is none", domain)
		}
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(domain, "."), ".") {
		if len(label) == 0 || len(label) > 63 {
			return fmt.Errorf("the domain %q has a label of %d bytes: 1 to 63 are allowed", domain, len(label))
		}
	}
	return nil
}

func sameSiteName(mode http.SameSite) string {
	switch mode {
	case http.SameSiteLaxMode:
		return "Lax"
	case http.SameSiteStrictMode:
		return "Strict"
	case http.SameSiteNoneMode:
		return "None"
	}
	return ""
}

// policyFor returns the policy for one request.
func (c *Config) policyFor(r *http.Request) (*policy, error) {
	if c.CookieFor == nil && c.policy != nil && c.policy.config == c {
		return c.policy, nil // c is no copy, whose Cookie may be another
	}
	cookie := c.Cookie
	if c.CookieFor != nil {
		cookie = c.CookieFor(r, cookie)
	}
	if c.policy != nil && c.policy.given == cookie {
		return c.policy, nil
	}
	p, err := cookie.policy()
	if err != nil && c.CookieFor != nil {
		err = fmt.Errorf("Config.CookieFor: %w", err)
	}
	return p, err
}

// CookiePolicy returns the Cookie for one request, after CookieFor, with every
// default filled in: Flask's get_cookie_name, get_cookie_domain and so on.
func (c *Config) CookiePolicy(r *http.Request) (Cookie, error) {
	p, err := c.policyFor(r)
	if err != nil {
		return Cookie{}, err
	}
	return p.Cookie, nil
}

// SetCookie adds a cookie with the given value to the header of the response to
// r; a zero expires is the end of the browser's session. The header is spelled
// as werkzeug/http.py dump_cookie spells it. The error of a cookie that is too
// large wraps [ErrCookieTooLarge] and names the session's largest keys.
func (c *Config) SetCookie(h http.Header, r *http.Request, s *Session, value string, expires time.Time) error {
	p, err := c.policyFor(r)
	if err != nil {
		return err
	}
	_, err = c.setCookie(h, p, s, appendQuoted(p.start(nil), value), expires)
	return err
}

// start appends what stands before the cookie's value.
func (p *policy) start(line []byte) []byte { return append(append(line, p.Name...), '=') }

// setCookie adds line to h, with what stands behind the cookie's value. It
// returns the line for its memory.
func (c *Config) setCookie(h http.Header, p *policy, s *Session, line []byte, expires time.Time) ([]byte, error) {
	if size, limit := len(line)-len("="), c.maxCookieSize(); limit > 0 && size > limit {
		return line, fmt.Errorf("%w: its name and value have %d bytes, and browsers keep %d; the largest keys are %s", ErrCookieTooLarge, size, limit, s.largest())
	}
	line = append(line, p.domain...)
	if !expires.IsZero() {
		line = append(line, "; Expires="...)
		line = expires.UTC().AppendFormat(line, http.TimeFormat)
	}
	line = append(line, p.attributes...)
	h["Set-Cookie"] = append(h["Set-Cookie"], string(line))
	return line, nil
}

// DeleteCookie adds to the header of the response to r what makes the browser
// forget the cookie. It follows werkzeug/sansio/response.py delete_cookie.
func (c *Config) DeleteCookie(h http.Header, r *http.Request) error {
	p, err := c.policyFor(r)
	if err != nil {
		return err
	}
	h["Set-Cookie"] = append(h["Set-Cookie"], p.Name+"="+p.domain+"; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"+p.attributes)
	return nil
}

// isSet reports whether h, of the response to r, has a cookie that browsers keep
// in the place of the session's.
func (c *Config) isSet(h http.Header, r *http.Request) bool {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return false
	}
	p, err := c.policyFor(r)
	return err == nil && slices.ContainsFunc(lines, func(line string) bool { return p.isSet(line, r) })
}

func (p *policy) isSet(line string, r *http.Request) bool {
	pair, attributes, _ := strings.Cut(line, ";")
	name, _, _ := strings.Cut(pair, "=")
	if strings.TrimSpace(name) != p.Name {
		return false
	}
	var domain, path string
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(attribute, "=")
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(key)) {
		case "domain":
			domain = strings.TrimPrefix(value, ".")
		case "path":
			path = value
		}
	}
	if !strings.HasPrefix(path, "/") {
		path = defaultPath(r)
	}
	return strings.EqualFold(domain, p.Domain) && path == escapePath(p.Path)
}

// defaultPath is what browsers take for the path of a cookie that names none, or
// one that does not start with a slash (RFC 6265, section 5.1.4).
func defaultPath(r *http.Request) string {
	path := r.URL.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		return "/"
	}
	return path[:max(strings.LastIndexByte(path, '/'), 1)]
}

// AddVary adds Cookie to the Vary header, so that no cache gives one user's
// response to another. Other names stay, and stay first.
func AddVary(h http.Header) { addVary(h, nil) }

// addVary is AddVary with room for the header's one line.
func addVary(h http.Header, room []string) {
	lines := h["Vary"]
	if len(lines) == 0 {
		h["Vary"] = append(room, "Cookie")
		return
	}
	var names []string
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.TrimSpace(name)
			if strings.EqualFold(name, "Cookie") {
				return
			}
			if name != "" {
				names = append(names, name)
			}
		}
	}
	h["Vary"] = []string{strings.Join(append(names, "Cookie"), ", ")}
}

// CookieValues iterates over the values of every cookie in r that has the
// session cookie's name, in the order sent, as Werkzeug reads them.
func (c *Config) CookieValues(r *http.Request) iter.Seq[string] {
	return func(yield func(string) bool) {
		p, err := c.policyFor(r)
		if err != nil {
			return
		}
		value, rest, found := nextCookie(cookieHeader(r.Header), p.Name)
		for found && yield(value) {
			value, rest, found = nextCookie(rest, p.Name)
		}
	}
}

// escapePath percent-encodes what a Path attribute cannot hold, as
// werkzeug/http.py dump_cookie does.
func escapePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; isAlphanumeric(c) || strings.IndexByte("_.-~%!$&'()*+,/:=@", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isToken(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return !isAlphanumeric(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0
	})
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
