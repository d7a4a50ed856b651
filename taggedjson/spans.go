package taggedjson

import (
	"bytes"
	"errors"
	"math"
	"math/bits"
)

// A Span is where one member of an object stands in its document: the key
// without its quotes, as it is written, and the value without the whitespace
// around it.
type Span struct {
	KeyStart, KeyEnd, ValueStart, ValueEnd uint32
}

// ErrNotObject is returned by AppendSpans for a document that is well formed but
// no object.
var ErrNotObject = errors.New("taggedjson: the document is no JSON object")

var errTooLong = errors.New("taggedjson: the document is longer than 4 GiB")

// AppendSpans appends to dst one Span for each member of the JSON object data,
// in the order written and with duplicate keys. It checks the whole document as
// Python's json.loads does, at every level; it decodes nothing, looks at no tag
// and allocates nothing but dst.
func AppendSpans(dst []Span, data []byte) ([]Span, error) {
	spans, _, err := appendSpans(dst, data)
	return spans, err
}

// AppendFlaskSpans is AppendSpans, and reports whether the members are spelled as
// Flask spells most: their keys printable ASCII without an escape, sorted, and each
// there once, and no space before a key or value. Such keys compare as the bytes
// they are written in.
func AppendFlaskSpans(dst []Span, data []byte) (spans []Span, flask bool, err error) {
	spans, plain, err := appendSpans(dst, data)
	return spans, plain && flaskSpans(data, spans[len(dst):]), err
}

func appendSpans(dst []Span, data []byte) (spans []Span, plain bool, err error) {
	if uint64(len(data)) > math.MaxUint32 {
		return dst, false, errTooLong
	}
	i := skipSpace(data, 0)
	isObject := i < uint(len(data)) && data[i] == '{'
	var why fault
	if isObject {
		spans, plain, i, why = scanMembers(dst, data, i)
	} else {
		i, why = scanValue(data, i, 0)
	}
	if why == fine {
		if i = skipSpace(data, i); i < uint(len(data)) {
			why = trailingData
		}
	}
	switch {
	case why != fine:
		return dst, false, &syntaxError{why, i}
	case !isObject:
		return dst, false, ErrNotObject
	}
	return spans, plain, nil
}

// flaskSpans reports whether members whose keys are plain stand as Flask writes
// them: nothing between but one colon or comma, and each key after the one before.
func flaskSpans(data []byte, spans []Span) bool {
	end := uint32(0) // of the brace, or the value before
	for i := range spans {
		span := &spans[i]
		if span.KeyStart != end+2 || span.ValueStart != span.KeyEnd+2 {
			return false
		}
		end = span.ValueEnd
		if i == 0 {
			continue
		}
		last := &spans[i-1]
		if span.KeyStart < span.KeyEnd && data[last.KeyStart] < data[span.KeyStart] {
			continue // the first bytes differ, or the last key is empty, and this compares its quote
		}
		if bytes.Compare(data[last.KeyStart:last.KeyEnd], data[span.KeyStart:span.KeyEnd]) >= 0 {
			return false
		}
	}
	return true
}

// scanMembers appends the spans of the members of the object that begins at i. It
// returns the offset behind the object, and whether all keys are plain.
func scanMembers(dst []Span, data []byte, i uint) (spans []Span, plain bool, end uint, why fault) {
	n := uint(len(data))
	plain = true
	if i = skipSpace(data, i+1); i < n && data[i] == '}' {
		return dst, plain, i + 1, fine
	}
	for {
		if i >= n || data[i] != '"' {
			if i = skipSpace(data, i); i >= n || data[i] != '"' {
				return dst, false, i, noKey
			}
		}
		key := i + 1
		if i = skipPlain(data, key); i >= n || data[i] != '"' {
			var keyPlain bool
			if i, keyPlain, why = scanString(data, i); why != fine {
				return dst, false, i, why
			}
			plain = plain && keyPlain
		}
		keyEnd := i
		if i, why = skipColon(data, i+1); why != fine {
			return dst, false, i, why
		}
		if i < n && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		value := i
		if i < n && data[i] == '"' {
			if i = skipPlain(data, i+1); i >= n || data[i] != '"' {
				if i, _, why = scanString(data, i); why != fine {
					return dst, false, i, why
				}
			}
			i++
		} else if i, why = scanValue(data, i, 1); why != fine {
			return dst, false, i, why
		}
		dst = append(dst, Span{uint32(key), uint32(keyEnd), uint32(value), uint32(i)})
		if i < n && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		switch {
		case i >= n:
			return dst, false, i, cutShort
		case data[i] == '}':
			return dst, plain, i + 1, fine
		case data[i] != ',':
			return dst, false, i, noComma
		}
		i++
	}
}

// scanNested returns the offset behind the list or object that begins at i, depth
// levels below the top. It uses the stack only for what is nested deeper than a
// word has bits.
func scanNested(data []byte, i, depth uint) (end uint, why fault) {
	n := uint(len(data))
	open := uint64(1) // below its highest bit a bit for each bracket that is open: 1 a list, 0 an object
	for {
		if open&1 == 0 {
			if i >= n || data[i] != '"' {
				if i = skipSpace(data, i); i >= n || data[i] != '"' {
					return i, noKey
				}
			}
			if i = skipPlain(data, i+1); i >= n || data[i] != '"' {
				if i, _, why = scanString(data, i); why != fine {
					return i, why
				}
			}
			if i, why = skipColon(data, i+1); why != fine {
				return i, why
			}
		}
		if i >= n {
			return i, cutShort
		}
		switch c := data[i]; c {
		case '"':
			if i = skipPlain(data, i+1); i >= n || data[i] != '"' {
				if i, _, why = scanString(data, i); why != fine {
					return i, why
				}
			}
			i++
		case '{', '[':
			level := depth + uint(bits.Len64(open))
			if level > MaxDepth {
				return i, tooDeep
			}
			if level-depth == 64 { // no bit is left
				if i, why = scanNested(data, i, level-1); why != fine {
					return i, why
				}
				break
			}
			open <<= 1
			if c == '[' {
				open |= 1
			}
			if i = skipSpace(data, i+1); i >= n || data[i] != c+2 {
				continue
			}
			// The closing bracket: an empty one, which ends below.
		case '1', '2', '3', '4', '5', '6', '7', '8', '9':
			// Most are integers, for which scanNumber does more than is needed.
			if end = skipDigits(data, i); end < n && data[end] != '.' && data[end]|0x20 != 'e' && end-i <= maxDigits {
				i = end
				break
			}
			fallthrough
		case '0':
			if i, _, why = scanNumber(data, i); why != fine {
				return i, why
			}
		default:
			if i, why = scanValue(data, skipSpace(data, i), depth+uint(bits.Len64(open))-1); why != fine {
				return i, why
			}
		}

		// A value has ended, and with it perhaps what holds it.
		for {
			if i >= n {
				return i, cutShort
			}
			c := data[i]
			if c == ',' {
				i++
				break
			}
			if c == '}'-byte(open&1)<<5 {
				i++
				if open >>= 1; open == 1 {
					return i, fine
				}
				continue
			}
			if end = skipSpace(data, i); end == i {
				return i, noComma
			}
			i = end
		}
	}
}

// scanValue returns the offset behind the value that begins at i, depth levels
// below the top.
func scanValue(data []byte, i, depth uint) (end uint, why fault) {
	switch {
	case i >= uint(len(data)):
		return i, cutShort
	case data[i] == '"':
		if i, _, why = scanString(data, i+1); why != fine {
			return i, why
		}
		return i + 1, fine
	case data[i] == '{', data[i] == '[':
		return scanNested(data, i, depth)
	case isNumber(data, i):
		end, _, why = scanNumber(data, i)
	default:
		end, _, why = scanWord(data, i)
	}
	return end, why
}

// skipColon returns the offset behind the colon that comes next.
func skipColon(data []byte, i uint) (uint, fault) {
	n := uint(len(data))
	if i >= n || data[i] != ':' {
		if i = skipSpace(data, i); i >= n || data[i] != ':' {
			return i, noColon
		}
	}
	return i + 1, fine
}
