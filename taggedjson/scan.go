package taggedjson

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how many levels of lists and objects a document may have to be
// read. Python's own bound is its stack, at 500 to 1000 levels.
const MaxDepth = 1000

// A fault is why a document is not JSON as Python reads it. The scanning
// functions return one beside the offset it stands at; fine is the zero fault.
type fault uint8

const (
	fine fault = iota
	cutShort
	noValue
	noKey
	noColon
	noComma
	trailingData
	controlCharacter
	badEscape
	badUTF8
	badNumber
	longInteger
	tooDeep
)

var faults = [...]string{
	cutShort:         "the document ends too early",
	noValue:          "a value was expected",
	noKey:            "a key in double quotes was expected",
	noColon:          "a colon was expected",
	noComma:          "a comma or the closing bracket was expected",
	trailingData:     "data after the end",
	controlCharacter: "a control character in a string",
	badEscape:        "an unknown escape in a string",
	badUTF8:          "not UTF-8",
	badNumber:        "a malformed number",
	longInteger:      fmt.Sprintf("an integer of more than %d digits", maxDigits),
	tooDeep:          fmt.Sprintf("nested deeper than %d levels", MaxDepth),
}

// A syntaxError is a fault for people. It never quotes the document, which may
// hold secrets.
type syntaxError struct {
	why    fault
	offset uint
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("malformed JSON at byte %d: %s", e.offset, faults[e.why])
}

// The scanning functions below take an offset into the document and return the
// offset behind what they are for. Offsets are unsigned because one compared with
// the length then needs no second check.

// skipSpace returns the offset of the first byte from i on that is no JSON
// whitespace.
func skipSpace(data []byte, i uint) uint {
	for i < uint(len(data)) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// scanString returns the offset of the quote that closes the string whose text
// goes on at i, and whether that is plain: printable ASCII without an escape.
func scanString(data []byte, i uint) (end uint, plain bool, why fault) {
	n := uint(len(data))
	plain = true
	for {
		for i+8 <= n {
			special := specialIn(binary.LittleEndian.Uint64(data[i : i+8]))
			if special != 0 {
				i += uint(bits.TrailingZeros64(special)) / 8
				break
			}
			i += 8
		}
		if i >= n {
			return i, plain, cutShort
		}
		c := data[i]
		if c == '"' {
			return i, plain, fine
		}
		if c >= ' ' && c < 0x7f && c != '\\' {
			i++
			continue
		}
		size, why := scanSpecial(data[i:])
		if why != fine {
			return i, false, why
		}
		plain = false
		i += size
	}
}

// skipPlain skips what is plain of the eight bytes from i on, if there are as
// many. It is one step of scanString, which most strings need no more of, and
// small enough to be inlined.
func skipPlain(data []byte, i uint) uint {
	if i+8 <= uint(len(data)) {
		if special := specialIn(binary.LittleEndian.Uint64(data[i : i+8])); special != 0 {
			return i + uint(bits.TrailingZeros64(special))/8
		}
		i += 8
	}
	return i
}

// specialIn sets the top bit of the first byte of x that is a quote, a backslash
// or no printable ASCII. Bytes above that one may be marked wrongly: they are
// borrowed from and carried into.
func specialIn(x uint64) uint64 {
	const ones = 0x0101010101010101
	control := (x ^ 0x02*ones) - 0x21*ones // borrows for a byte below 0x20, and for '"' (0x22); marks 0xff
	backslash := (x ^ '\\'*ones) - ones    // borrows for a backslash
	beyond := x + ones                     // marks 0x7f and above, but for 0xff
	return (control | backslash | beyond) & (0x80 * ones)
}

// scanSpecial returns the length of what s begins with: an escape, or a character
// that a string may hold but is not plain.
func scanSpecial(s []byte) (uint, fault) {
	switch c := s[0]; {
	case c < 0x20:
		return 0, controlCharacter
	case c == 0x7f:
		return 1, fine
	case c >= utf8.RuneSelf:
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 {
			return 0, badUTF8
		}
		return uint(size), fine
	case len(s) >= 6 && s[1] == 'u' && unhex4(s[2:]) >= 0:
		return 6, fine
	case len(s) >= 2 && strings.IndexByte(`"\\/bfnrt`, s[1]) >= 0:
		return 2, fine
	}
	return 0, badEscape
}

// isNumber reports whether a number begins at i, and no word: -Infinity is one.
func isNumber(data []byte, i uint) bool {
	c := data[i]
	return c-'0' <= 9 || c == '-' && (i+1 >= uint(len(data)) || data[i+1] != 'I')
}

// scanNumber returns the offset behind the number that begins at i, with a minus
// or a digit, and whether it is a float: in Python the spelling decides.
func scanNumber(data []byte, i uint) (end uint, isFloat bool, why fault) {
	n := uint(len(data))
	if i < n && data[i] == '-' {
		i++
	}
	start := i
	i = skipDigits(data, i)
	digits := i - start
	switch {
	case digits == 0:
		return i, false, badNumber
	case digits > 1 && data[start] == '0':
		return start, false, badNumber
	}
	if i >= n || data[i] != '.' && data[i]|0x20 != 'e' {
		if digits > maxDigits {
			return i, false, longInteger
		}
		return i, false, fine
	}
	if data[i] == '.' {
		start = i + 1
		if i = skipDigits(data, start); i == start {
			return i, true, badNumber
		}
	}
	if i < n && data[i]|0x20 == 'e' {
		i++
		if i < n && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(data, start); i == start {
			return i, true, badNumber
		}
	}
	return i, true, fine
}

func skipDigits(data []byte, i uint) uint {
	for i < uint(len(data)) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

// scanWord returns the offset behind the word that begins at i, and its value.
func scanWord(data []byte, i uint) (end uint, v any, why fault) {
	switch s := data[i:]; {
	case hasWord(s, "true"):
		return i + 4, true, fine
	case hasWord(s, "null"):
		return i + 4, nil, fine
	case hasWord(s, "false"):
		return i + 5, false, fine
	case hasWord(s, "NaN"):
		return i + 3, nan, fine
	case hasWord(s, "Infinity"):
		return i + 8, infinity, fine
	case hasWord(s, "-Infinity"):
		return i + 9, negativeInfinity, fine
	case s[0] == '-':
		return i, nil, badNumber
	}
	return i, nil, noValue
}

// Python's floats that are no JSON.
var nan, infinity, negativeInfinity any = math.NaN(), math.Inf(1), math.Inf(-1)

func hasWord(s []byte, word string) bool {
	return len(s) >= len(word) && string(s[:len(word)]) == word
}
