package taggedjson

import (
	"encoding/binary"
	"fmt"
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
	offset int
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("malformed JSON at byte %d: %s", e.offset, faults[e.why])
}

// skipSpace returns the offset of the first byte from i on that is no JSON
// whitespace.
func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// scanString returns the offset of the quote that closes the string whose text
// begins at i. It looks at eight bytes a step.
func scanString(data []byte, i int) (int, fault) {
	for {
		for uint(i)+8 <= uint(len(data)) {
			special := specialInString(binary.LittleEndian.Uint64(data[i : i+8]))
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				goto found
			}
			i += 8
		}
		for i < len(data) && data[i] != '"' && data[i] != '\\' && data[i]-0x20 < 0x60 {
			i++
		}
		if i >= len(data) {
			return i, cutShort
		}
	found:
		c := data[i]
		if c == '"' {
			return i, fine
		}
		size, why := scanSpecial(data[i:])
		if why != fine {
			return i, why
		}
		i += size
	}
}

// specialInString sets the top bit of the first byte of x that is a quote, a
// backslash, a control character or not ASCII. Bytes above that one may be
// marked wrongly: a subtraction borrows from them.
func specialInString(x uint64) uint64 {
	const ones = 0x0101010101010101
	control := (x ^ 0x02*ones) - 0x21*ones // borrows for a byte below 0x20, and for '"' (0x22)
	backslash := (x ^ '\\'*ones) - ones    // borrows for a backslash
	return (control | backslash | x) & (0x80 * ones)
}

// scanSpecial returns the length of the escape or the character beyond ASCII that
// s begins with.
func scanSpecial(s []byte) (int, fault) {
	switch c := s[0]; {
	case c < 0x20:
		return 0, controlCharacter
	case c >= utf8.RuneSelf:
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 {
			return 0, badUTF8
		}
		return size, fine
	case len(s) >= 6 && s[1] == 'u' && unhex4(s[2:]) >= 0:
		return 6, fine
	case len(s) >= 2 && strings.IndexByte(`"\\/bfnrt`, s[1]) >= 0:
		return 2, fine
	}
	return 0, badEscape
}

// scanNumber returns the offset behind the number that begins at i, with a minus
// or a digit, and whether it is a float: in Python the spelling decides.
func scanNumber(data []byte, i int) (end int, isFloat bool, why fault) {
	if data[i] == '-' {
		i++
	}
	start := i
	i = skipDigits(data, i)
	switch {
	case i == start:
		return i, false, badNumber
	case data[start] == '0' && i-start > 1:
		return start, false, badNumber
	}
	digits := i - start
	if i < len(data) && data[i] == '.' {
		isFloat = true
		start = i + 1
		if i = skipDigits(data, start); i == start {
			return i, true, badNumber
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		isFloat = true
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(data, start); i == start {
			return i, true, badNumber
		}
	}
	if digits > maxDigits && !isFloat {
		return i, false, longInteger
	}
	return i, isFloat, fine
}

func skipDigits(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

// scanWord returns the length of the word that s begins with: true, false, null
// or one of Python's three floats that are no JSON; 0 if it is none of them.
func scanWord(s []byte) int {
	for _, word := range [...]string{"true", "null", "false", "NaN", "Infinity", "-Infinity"} {
		if len(s) >= len(word) && string(s[:len(word)]) == word {
			return len(word)
		}
	}
	return 0
}
