package taggedjson

import (
	"bytes"
	"math"
	"strconv"
)

// Holds reports whether data is known to be the JSON of v, so that Append would
// write what Unmarshal reads as the same value. It is for who kept what Append
// wrote of a list or map, and wants to know whether that was changed since:
// without encoding it again, and without an allocation.
//
// False is no answer: v may have changed, or be more than Holds understands,
// which is what Append writes of lists, tuples and maps, of strings without
// escapes, of numbers, bools and nil.
func (c *Codec) Holds(data []byte, v any) bool {
	if c != nil && c.order != nil {
		return false // a custom tag may stand for any value
	}
	end, ok := holds(data, 0, v)
	return ok && end == uint(len(data))
}

// holds returns the offset behind the value that begins at i, if that is v. Each
// level of v is one of data's too, so v may contain itself.
func holds(data []byte, i uint, v any) (end uint, ok bool) {
	if i >= uint(len(data)) {
		return i, false
	}
	switch v := v.(type) {
	case string:
		return holdsString(data, i, v)
	case int64:
		return holdsInteger(data, i, v)
	case int:
		return holdsInteger(data, i, int64(v))
	case float64:
		if !isNumber(data, i) {
			return i, false
		}
		end, isFloat, why := scanNumber(data, i)
		return end, why == fine && isFloat && math.Float64bits(parseFloat(string(data[i:end]))) == math.Float64bits(v)
	case nil:
		return i + 4, hasWord(data[i:], "null")
	case bool:
		if v {
			return i + 4, hasWord(data[i:], "true")
		}
		return i + 5, hasWord(data[i:], "false")
	case []any:
		return holdsList(data, i, v, holds)
	case []string:
		return holdsList(data, i, v, holdsString)
	case Tuple:
		const tag = `{" t":`
		if !hasWord(data[i:], tag) {
			return i, false
		}
		i, ok = holdsList(data, i+uint(len(tag)), v, holds)
		return i + 1, ok && hasWord(data[i:], "}")
	case map[string]any:
		return holdsMap(data, i, v)
	}
	return i, false
}

// holdsString leaves strings with escapes, and what is not ASCII, to others.
func holdsString(data []byte, i uint, s string) (end uint, ok bool) {
	if !hasWord(data[i:], `"`) {
		return i, false
	}
	end, plain, why := scanString(data, i+1)
	return end + 1, why == fine && plain && string(data[i+1:end]) == s
}

// holdsInteger may end within a longer number. Then no comma or bracket follows,
// nor the end.
func holdsInteger(data []byte, i uint, n int64) (end uint, ok bool) {
	var room [20]byte
	digits := strconv.AppendInt(room[:0], n, 10)
	return i + uint(len(digits)), bytes.HasPrefix(data[i:], digits)
}

func holdsList[T any](data []byte, i uint, list []T, item func([]byte, uint, T) (uint, bool)) (end uint, ok bool) {
	if !hasWord(data[i:], "[") {
		return i, false
	}
	i++
	for n, v := range list {
		if n > 0 {
			if !hasWord(data[i:], ",") {
				return i, false
			}
			i++
		}
		if i, ok = item(data, i, v); !ok {
			return i, false
		}
	}
	return i + 1, hasWord(data[i:], "]")
}

// holdsMap wants sorted keys, so that none is there twice and as many as m has
// are all of m's.
func holdsMap(data []byte, i uint, m map[string]any) (end uint, ok bool) {
	if !hasWord(data[i:], "{") {
		return i, false
	}
	i++
	var last []byte
	for n := range len(m) {
		if n > 0 {
			if !hasWord(data[i:], ",") {
				return i, false
			}
			i++
		}
		if !hasWord(data[i:], `"`) {
			return i, false
		}
		end, plain, why := scanString(data, i+1)
		if why != fine || !plain || !hasWord(data[end:], `":`) {
			return i, false
		}
		key := data[i+1 : end]
		v, there := m[string(key)]
		if !there || n > 0 && bytes.Compare(last, key) >= 0 {
			return i, false
		}
		if len(m) == 1 && bytes.HasPrefix(key, []byte(" ")) {
			return i, false // a tag, perhaps
		}
		if i, ok = holds(data, end+2, v); !ok {
			return i, false
		}
		last = key
	}
	return i + 1, hasWord(data[i:], "}")
}
