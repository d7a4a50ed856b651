package taggedjson

import (
	"errors"
	"math"
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
	if uint64(len(data)) > math.MaxUint32 {
		return dst, errTooLong
	}
	spans, isObject, i, why := scanDocument(dst, data)
	switch {
	case why != fine:
		return dst, &syntaxError{why, i}
	case !isObject:
		return dst, ErrNotObject
	}
	return spans, nil
}

// scanDocument is AppendSpans without its errors: it returns the offset of the
// first fault, or whether the document is an object.
func scanDocument(dst []Span, data []byte) (spans []Span, isObject bool, i int, why fault) {
	// open[depth] has a bit for each level, set for an object.
	var open [MaxDepth/64 + 1]uint64
	var depth int
	var inObject bool
	var member Span

	i = skipSpace(data, 0)
	for {
		// A key, where one is due, then a value.
		if inObject {
			if i >= len(data) || data[i] != '"' {
				return dst, false, i, noKey
			}
			end, why := scanString(data, i+1)
			if why != fine {
				return dst, false, end, why
			}
			if depth == 1 {
				member.KeyStart, member.KeyEnd = uint32(i+1), uint32(end)
			}
			i = end + 1
			if i < len(data) && data[i] <= ' ' {
				i = skipSpace(data, i)
			}
			if i >= len(data) || data[i] != ':' {
				return dst, false, i, noColon
			}
			i++
			if i < len(data) && data[i] <= ' ' {
				i = skipSpace(data, i)
			}
		}
		if i >= len(data) {
			return dst, false, i, cutShort
		}
		if depth == 1 {
			member.ValueStart = uint32(i)
		}
		switch c := data[i]; c {
		case '"':
			end, why := scanString(data, i+1)
			if why != fine {
				return dst, false, end, why
			}
			i = end + 1
		case '{', '[':
			if depth == MaxDepth {
				return dst, false, i, tooDeep
			}
			i = skipSpace(data, i+1)
			if i < len(data) && data[i] == c+2 { // the closing bracket: an empty one
				i++
				if depth == 0 {
					isObject = c == '{'
				}
				break
			}
			depth++
			inObject = c == '{'
			if inObject {
				open[depth/64] |= 1 << (depth % 64)
			} else {
				open[depth/64] &^= 1 << (depth % 64)
			}
			if depth == 1 {
				isObject = inObject
			}
			continue
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-':
			if c == '-' && i+1 < len(data) && data[i+1] == 'I' {
				size := scanWord(data[i:])
				if size == 0 {
					return dst, false, i, badNumber
				}
				i += size
				break
			}
			end, _, why := scanNumber(data, i)
			if why != fine {
				return dst, false, end, why
			}
			i = end
		default:
			size := scanWord(data[i:])
			if size == 0 {
				return dst, false, i, noValue
			}
			i += size
		}

		// A value has ended, and with it perhaps what holds it.
		for {
			if depth == 1 && isObject {
				member.ValueEnd = uint32(i)
				dst = append(dst, member)
			}
			if i < len(data) && data[i] <= ' ' {
				i = skipSpace(data, i)
			}
			if depth == 0 {
				if i < len(data) {
					return dst, false, i, trailingData
				}
				return dst, isObject, i, fine
			}
			if i >= len(data) {
				return dst, false, i, cutShort
			}
			c := data[i]
			if c == ',' {
				i = skipSpace(data, i+1)
				break
			}
			if inObject && c != '}' || !inObject && c != ']' {
				return dst, false, i, noComma
			}
			i++
			depth--
			inObject = open[depth/64]>>(depth%64)&1 == 1
		}
	}
}
