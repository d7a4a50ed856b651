package taggedjson

import (
	"encoding/binary"
	"fmt"
	"math/bits"
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
	return fmt.Sprintf("taggedjson: byte %d: %s", e.offset, faults[e.why])
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
		for len(data)-i >= 8 {
			special := specialInString(binary.LittleEndian.Uint64(data[i:]))
			if special != 0 {
				i += bits.TrailingZeros64(special) / 8
				break
			}
			i += 8
		}
		for i < len(data) && data[i] != '"' && data[i] != '\\' && data[i]-0x20 < 0x60 {
			i++ // fewer than eight bytes are left, or this byte is special
		}
		if i >= len(data) {
			return i, cutShort
		}
		switch c := data[i]; {
		case c == '"':
			return i, fine
		case c == '\\':
			size := escapeSize(data[i:])
			if size == 0 {
				return i, badEscape
			}
			i += size
		case c < 0x20:
			return i, controlCharacter
		default:
			r, size := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && size == 1 {
				return i, badUTF8
			}
			i += size
		}
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

// escapeSize returns the length of the escape that s begins with, 0 if it is
// none that JSON knows.
func escapeSize(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && unhex4(s[2:]) >= 0 {
			return 6
		}
	}
	return 0
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
