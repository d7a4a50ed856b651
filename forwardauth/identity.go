package forwardauth

import (
	"errors"
	"fmt"
	"html/template"
	"maps"
	"math"
	"math/big"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/taggedjson"
)

// maxField is the longest value of a header, in bytes: what servers take.
const maxField = 4096

// A field is a header that tells who is logged in.
type field struct {
	name string // as net/http spells it
	key  string // of the session; empty for the token
}

func newFields(headers map[string]string, token *Token) ([]field, error) {
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if headers[name] == "" {
			return nil, fmt.Errorf("the header %q has no key of the session", name)
		}
		fields = append(fields, field{textproto.CanonicalMIMEHeaderKey(name), headers[name]})
	}
	if token != nil {
		fields = append(fields, field{textproto.CanonicalMIMEHeaderKey(token.header()), ""})
	}
	for i, f := range fields {
		if !isName(f.name) {
			return nil, fmt.Errorf("the header %q: its name may have letters, digits, - and _ only", f.name)
		}
		if slices.ContainsFunc(reserved, func(name string) bool { return sameField(name, f.name) }) {
			return nil, fmt.Errorf("the header %s has a meaning of its own in HTTP: it can't hold an identity", f.name)
		}
		for _, other := range fields[:i] {
			if sameField(f.name, other.name) {
				return nil, fmt.Errorf("the headers %s and %s are the same to some servers", other.name, f.name)
			}
		}
	}
	return fields, nil
}

// reserved are headers of the request and of the answer in which an identity
// travels that mean something to those in between.
var reserved = []string{
	"Accept", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Date",
	"Expect", "Forwarded", "Host", "Keep-Alive", "Location", "Origin", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Referer", "Set-Cookie", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Via",
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Uri",
}

// sameField reports whether some server takes two names of headers for one:
// case does not count, and CGI, with all that descends from it, makes "_" of
// everything but letters and digits.
func sameField(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if fold(a[i]) != fold(b[i]) {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	switch {
	case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
		return c
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	}
	return '_'
}

// isName reports whether every server takes s for a header's name.
func isName(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool { return fold(c) == '_' && c != '-' && c != '_' })
}

// identity returns the headers that tell who is logged in. All of them can be
// told, or it is an error.
func (h *Handler) identity(s *costrel.Session) (http.Header, error) {
	if len(h.fields) == 0 {
		return nil, nil
	}
	identity := make(http.Header, len(h.fields))
	for _, f := range h.fields {
		value, ok, err := h.value(s, f)
		if err == nil && ok {
			err = checkField(value)
		}
		if err != nil {
			return nil, fmt.Errorf("the header %s: %w", f.name, err)
		}
		if ok {
			identity[f.name] = []string{value}
		}
	}
	return identity, nil
}

func (h *Handler) value(s *costrel.Session, f field) (value string, ok bool, err error) {
	if f.key == "" {
		value, err = h.token.sign(s)
		return value, err == nil, err
	}
	decoded, ok := s.Lookup(f.key)
	switch v := decoded.(type) {
	case nil:
		if !ok && s.Has(f.key) {
			return "", false, fmt.Errorf("the session's %s does not decode", f.key)
		}
		return "", false, nil
	case string:
		return v, true, nil
	case template.HTML:
		return string(v), true, nil
	case int64:
		return strconv.FormatInt(v, 10), true, nil
	case bool:
		return strconv.FormatBool(v), true, nil
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64), true, nil
		}
	case *big.Int:
		return v.String(), true, nil
	case taggedjson.UUID:
		return v.String(), true, nil
	}
	return "", false, fmt.Errorf("the session's %s is a %T, and has no form as a header: put it into a Token", f.key, decoded)
}

var (
	errFieldTooLong = fmt.Errorf("the value is longer than %d bytes", maxField)
	errFieldText    = errors.New("the value has a character that is not printable ASCII, or a space at its end: put it into a Token")
)

// checkField refuses what could end the header, or what two servers could read
// differently.
func checkField(value string) error {
	if len(value) > maxField {
		return errFieldTooLong
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return errFieldText
		}
	}
	if value != "" && (value[0] == ' ' || value[len(value)-1] == ' ') {
		return errFieldText
	}
	return nil
}

// identify returns r with an identity, and without what its client passed off as
// one. Trailers arrive after the check and go altogether.
func (h *Handler) identify(r *http.Request, identity http.Header) *http.Request {
	if len(h.fields) == 0 {
		return r
	}
	identified := *r
	identified.Trailer = nil
	identified.Header = maps.Clone(r.Header)
	for name := range r.Header {
		if h.isField(name) {
			delete(identified.Header, name)
		}
	}
	// The next proxy removes what Connection names: not an identity.
	if lines := r.Header["Connection"]; slices.ContainsFunc(lines, h.namesField) {
		var kept []string
		for option := range strings.SplitSeq(strings.Join(lines, ","), ",") {
			if option = strings.TrimSpace(option); option != "" && !h.isField(option) {
				kept = append(kept, option)
			}
		}
		identified.Header["Connection"] = []string{strings.Join(kept, ", ")}
	}
	maps.Copy(identified.Header, identity)
	return &identified
}

func (h *Handler) isField(name string) bool {
	return slices.ContainsFunc(h.fields, func(f field) bool { return sameField(f.name, name) })
}

// namesField reports whether a line of Connection names an identity.
func (h *Handler) namesField(line string) bool {
	for option := range strings.SplitSeq(line, ",") {
		if h.isField(strings.TrimSpace(option)) {
			return true
		}
	}
	return false
}
