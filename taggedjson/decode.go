package taggedjson

import "slices"

// A decoder reads one document. It checks what it reads as AppendSpans does, with
// the same scanning functions.
type decoder struct {
	codec *Codec
	data  []byte
	text  string // data as a string once one is needed: strings read are parts of it
	stack []any  // items of the lists that are being read, so that each list is allocated once
}

// value reads the value that begins at i, depth levels below the top, and returns
// the offset behind it.
func (d *decoder) value(i uint, depth int) (v any, end uint, err error) {
	if i >= uint(len(d.data)) {
		return nil, i, &syntaxError{cutShort, i}
	}
	switch c := d.data[i]; c {
	case '"':
		s, end, err := d.string(i)
		if err != nil {
			return nil, end, err
		}
		return s, end, nil
	case '{', '[':
		if depth == MaxDepth {
			return nil, i, &syntaxError{tooDeep, i}
		}
		if c == '[' {
			return d.list(i, depth+1)
		}
		return d.object(i, depth+1)
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-':
		if c == '-' && i+1 < uint(len(d.data)) && d.data[i+1] == 'I' {
			break
		}
		end, isFloat, why := scanNumber(d.data, i)
		switch {
		case why != fine:
			return nil, end, &syntaxError{why, end}
		case isFloat:
			return parseFloat(string(d.data[i:end])), end, nil
		}
		return parseInteger(d.data[i:end]), end, nil
	}
	end, v, why := scanWord(d.data, i)
	if why != fine {
		return nil, end, &syntaxError{why, end}
	}
	return v, end, nil
}

// string reads the string whose opening quote is at i.
func (d *decoder) string(i uint) (s string, end uint, err error) {
	end, _, why := scanString(d.data, i+1)
	if why != fine {
		return "", end, &syntaxError{why, end}
	}
	if d.text == "" {
		d.text = string(d.data)
	}
	s, _ = unescape(d.text[i+1 : end])
	return s, end + 1, nil
}

// list reads the list whose bracket is at i.
func (d *decoder) list(i uint, depth int) (v any, end uint, err error) {
	base := len(d.stack)
	i = skipSpace(d.data, i+1)
	if i < uint(len(d.data)) && d.data[i] == ']' {
		return []any{}, i + 1, nil
	}
	for {
		item, end, err := d.value(i, depth)
		if err != nil {
			return nil, end, withinItem(len(d.stack)-base, err)
		}
		d.stack = append(d.stack, item)
		i, err = d.next(end, ']')
		if err != nil {
			return nil, i, err
		}
		if d.data[i-1] == ']' {
			break
		}
		i = skipSpace(d.data, i)
	}
	list := slices.Clone(d.stack[base:])
	clear(d.stack[base:])
	d.stack = d.stack[:base]
	return list, i, nil
}

// object reads the object whose brace is at i, and what it stands for if it has one
// key that is a tag. Of equal keys the last counts, and they are one key.
func (d *decoder) object(i uint, depth int) (v any, end uint, err error) {
	i = skipSpace(d.data, i+1)
	if i < uint(len(d.data)) && d.data[i] == '}' {
		return map[string]any{}, i + 1, nil
	}
	var m map[string]any // nil while there is one key: most of those are tags
	var first string
	var firstValue any
	for n := 0; ; n++ {
		if i >= uint(len(d.data)) || d.data[i] != '"' {
			return nil, i, &syntaxError{noKey, i}
		}
		key, end, err := d.string(i)
		if err != nil {
			return nil, end, err
		}
		i = skipSpace(d.data, end)
		if i >= uint(len(d.data)) || d.data[i] != ':' {
			return nil, i, &syntaxError{noColon, i}
		}
		value, end, err := d.value(skipSpace(d.data, i+1), depth)
		if err != nil {
			return nil, end, Within(key, err)
		}
		switch {
		case m != nil:
			m[key] = value
		case n == 0 || key == first:
			first, firstValue = key, value
		default:
			m = map[string]any{first: firstValue, key: value}
		}
		i, err = d.next(end, '}')
		if err != nil {
			return nil, i, err
		}
		if d.data[i-1] == '}' {
			break
		}
		i = skipSpace(d.data, i)
	}
	if m != nil {
		return m, i, nil
	}
	v, err = d.codec.untag(first, firstValue)
	return v, i, err
}

// next returns the offset behind the comma or the closing bracket that follows the
// value that ends at i.
func (d *decoder) next(i uint, closing byte) (uint, error) {
	i = skipSpace(d.data, i)
	switch {
	case i >= uint(len(d.data)):
		return i, &syntaxError{cutShort, i}
	case d.data[i] != ',' && d.data[i] != closing:
		return i, &syntaxError{noComma, i}
	}
	return i + 1, nil
}
