package taggedjson

import (
	"errors"
	"math/bits"
	"strings"
	"unicode/utf8"
)

var (
	errInvalidUTF8 = errors.New("a string that isn't UTF-8 can't be kept in a session")
	errBadEscape   = errors.New("taggedjson: an unknown escape in a string")
)

// AppendString appends s to dst as Python writes it: in double quotes, with
// everything but printable ASCII escaped.
//
// A Python string may hold half of a surrogate pair, which no UTF-8 can say. Such
// a half is read into a Go string as the three bytes that UTF-8 would use for it
// (WTF-8), and written again as the escape it was. Other invalid UTF-8 is an error.
func AppendString(dst []byte, s string) ([]byte, error) {
	n := len(dst)
	dst = append(dst, '"')
	start := 0 // of the text not copied yet
	for i := 0; i < len(s); {
		if len(s)-i >= 8 {
			special := specialIn(load64(s[i:]))
			if special == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(special) / 8
		}
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		size := 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			var r rune
			if r, size = decodeRune(s[i:]); size == 0 {
				return dst[:n], errInvalidUTF8
			}
			if r > 0xffff { // as a surrogate pair
				r -= 0x10000
				dst = appendEscape(dst, 0xd800|r>>10)
				r = 0xdc00 | r&0x3ff
			}
			dst = appendEscape(dst, r)
		}
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"'), nil
}

// load64 returns the first eight bytes of s, which the compiler makes one load.
func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func appendEscape(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// decodeRune is utf8.DecodeRuneInString for WTF-8: half of a surrogate pair is a
// rune too. The size is 0 for what is neither.
func decodeRune(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r != utf8.RuneError || size != 1 {
		return r, size
	}
	if len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return 0, 0
}

// UnquoteKey returns the key whose text in the document, without its quotes, is
// raw: that of a Span. Half of a surrogate pair becomes the bytes that
// AppendString reads.
func UnquoteKey(raw []byte) (string, error) {
	s, ok := unescape(string(raw))
	if !ok {
		return "", errBadEscape
	}
	return s, nil
}

// unescape resolves the escapes of a string's text. It is s itself if there are
// none.
func unescape(s string) (string, bool) {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i >= 0 {
		b = append(b, s[:i]...)
		s = s[i:]
		if len(s) < 2 {
			return "", false
		}
		size := 2
		switch c := s[1]; c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			var r rune
			if r, size = decodeEscape(s); size == 0 {
				return "", false
			}
			b = appendRune(b, r)
		default:
			return "", false
		}
		s = s[size:]
		i = strings.IndexByte(s, '\\')
	}
	return string(append(b, s...)), true
}

// decodeEscape reads the \uXXXX that s begins with, and a second one if the two
// are a surrogate pair. The size is 0 if there is none.
func decodeEscape(s string) (rune, int) {
	if len(s) < 6 {
		return 0, 0
	}
	r := unhex4(s[2:])
	if r < 0 {
		return 0, 0
	}
	if r&^0x3ff == 0xd800 && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low := unhex4(s[8:]); low&^0x3ff == 0xdc00 {
			return (r&0x3ff)<<10 + low&0x3ff + 0x10000, 12
		}
	}
	return r, 6
}

// appendRune is utf8.AppendRune for WTF-8.
func appendRune(b []byte, r rune) []byte {
	if r&^0x7ff == 0xd800 {
		return append(b, 0xed, 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
	}
	return utf8.AppendRune(b, r)
}

// unhex4 returns the value of the four hexadecimal digits that s begins with, a
// negative number if they are none.
func unhex4[T string | []byte](s T) rune {
	_ = s[3]
	return unhex[s[0]]<<12 | unhex[s[1]]<<8 | unhex[s[2]]<<4 | unhex[s[3]]
}

// unhex is the value of each hexadecimal digit, -1 for every other byte.
var unhex = func() (table [256]rune) {
	for i := range table {
		table[i] = -1
	}
	for i := range rune(16) {
		table["0123456789abcdef"[i]] = i
		table["0123456789ABCDEF"[i]] = i
	}
	return table
}()

// wholeString returns the string that data is in whole.
func wholeString(data []byte) (string, bool) {
	if len(data) == 0 || data[0] != '"' {
		return "", false
	}
	end, plain, why := scanString(data, 1)
	if why != fine || end != uint(len(data))-1 {
		return "", false
	}
	if plain {
		return string(data[1:end]), true
	}
	return unescape(string(data[1:end]))
}
