package costrel

import (
	"net/http"
	"strings"
)

// cookieHeader returns all of a request's cookies. It reads the raw header, as
// werkzeug/sansio/http.py parse_cookie does: net/http drops cookies that
// Werkzeug keeps.
func cookieHeader(h http.Header) string {
	lines := h["Cookie"]
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return lines[0]
	}
	return strings.Join(lines, ";")
}

// nextCookie returns the value of the first cookie in header that has the given
// name, and what follows it. Until it finds no more it takes linear time.
func nextCookie(header, name string) (value, rest string, found bool) {
	for header != "" {
		end := 0
		for end < len(header) && header[end] != '=' && header[end] != ';' {
			end++
		}
		key := trim(header[:end])
		value = ""
		if header = header[end:]; header != "" && header[0] == '=' {
			value, header = cutValue(header[1:])
		} else {
			header = strings.TrimPrefix(header, ";")
		}
		if key == name {
			return unquote(trim(value)), header, true
		}
	}
	return "", "", false
}

// cutValue cuts off a cookie's value: a string in double quotes, if nothing but
// the cookie's end follows it, or all up to the next semicolon. A quoted string
// ends at the next quote that starts a value at the latest, so that all calls
// together look at each byte at most twice.
func cutValue(s string) (value, rest string) {
	quoted := s
	if s != "" && isSpace(s[0]) {
		quoted = strings.TrimLeft(s, asciiSpace)
	}
	if strings.HasPrefix(quoted, `"`) {
		if end := closingQuote(quoted); end > 0 {
			after := strings.TrimLeft(quoted[end+1:], asciiSpace)
			if after == "" || after[0] == ';' {
				return quoted[:end+1], strings.TrimPrefix(after, ";")
			}
		}
	}
	value, rest, _ = strings.Cut(s, ";")
	return value, rest
}

func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

const asciiSpace = " \t\n\r\f\v"

// trim is Python's str.strip of text that was decoded as Latin-1, so each byte
// is a character.
func trim(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isSpace(c byte) bool {
	return c <= ' ' && (c >= 0x1c || c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0
}

// unquote takes off double quotes and resolves what they allow to escape: \"
// and \\, and \073 for a byte.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	plain := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			plain = append(plain, s[i])
		case isOctal(s[i+1:]):
			plain = append(plain, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			i++
			plain = append(plain, s[i])
		}
	}
	return string(plain)
}

func isOctal(s string) bool {
	return len(s) >= 3 && s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7'
}

// appendQuoted is unquote's twin: it appends the value as it is, or in double
// quotes if it has characters that a cookie cannot. A signed session has none.
func appendQuoted(dst []byte, value string) []byte {
	if !needsQuotes(value) {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20 || c >= 0x7f || c == ',' || c == ';':
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

func needsQuotes(value string) bool {
	for i := range len(value) {
		switch c := value[i]; {
		case c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\':
			return true
		}
	}
	return false
}
