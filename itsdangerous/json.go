package itsdangerous

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// JSON is the [Codec] of serializers that are given none: compact JSON as
// Python's URL-safe serializers write it, characters as they are and "<", ">",
// "&" and U+2028 not escaped, by the rules of encoding/json.
//
// Where those differ from Python's: map keys are sorted; a float64 of a whole
// number is written without ".0", so that Python reads an int, and some others
// with another exponent; NaN and infinities can be neither written nor read; a
// string that is not UTF-8 can't be written, and a lone surrogate is read as
// U+FFFD; read into an any, every number is a float64. Where values must come
// back to the letter, use taggedjson.
type JSON[T any] struct{}

// Append appends v. It returns dst as it was, and an error, if v is nothing that
// JSON has, or has text that is not UTF-8.
func (JSON[T]) Append(dst []byte, v T) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return dst, err
	}
	return appendUnescaped(dst, bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// Unmarshal reads data, which must be UTF-8. With an error it returns the zero T.
func (JSON[T]) Unmarshal(data []byte) (v T, err error) {
	if !utf8.Valid(data) { // encoding/json would read U+FFFD
		return v, errNotUTF8
	}
	if err := json.Unmarshal(data, &v); err != nil {
		var none T
		return none, err
	}
	return v, nil
}

// appendUnescaped appends text, JSON by encoding/json, with the line separators
// unescaped that it escapes for the sake of JavaScript. It writes bytes that are
// not UTF-8 as \ufffd but that character itself unescaped, so that what would
// be lost can be told.
func appendUnescaped(dst, text []byte) ([]byte, error) {
	start := len(dst)
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return append(dst, text...), nil
		}
		dst = append(dst, text[:i]...)
		text = text[i:]
		n := 2
		switch {
		case bytes.HasPrefix(text, []byte(`\u2028`)):
			dst, n = append(dst, "\u2028"...), 6
		case bytes.HasPrefix(text, []byte(`\u2029`)):
			dst, n = append(dst, "\u2029"...), 6
		case bytes.HasPrefix(text, []byte(`\ufffd`)):
			return dst[:start], errNotUTF8
		default:
			dst = append(dst, text[:n]...)
		}
		text = text[n:]
	}
}

var errNotUTF8 = errors.New("text is not UTF-8")

func orJSON[T any](codec Codec[T]) Codec[T] {
	if codec == nil {
		return JSON[T]{}
	}
	return codec
}
