package taggedjson

import "slices"

// A Decoder reads the members of one document, as UnquoteKey and Unmarshal read
// one each. The strings in them are parts of one copy of the document: that is
// one allocation for all, but keeps the copy for as long as any of them is kept.
// A Decoder is for one goroutine at a time.
type Decoder struct {
	codec *Codec
	data  []byte
	text  string // data as a string, once one is needed
}

// NewDecoder returns a Decoder of the document that data is. It must not be changed
// while the Decoder is in use.
func (c *Codec) NewDecoder(data []byte) *Decoder {
	return &Decoder{codec: c, data: data}
}

// Key reads the key of a member, given the span that AppendSpans found of it.
func (d *Decoder) Key(member Span) (string, error) {
	start, end := uint(member.KeyStart), uint(member.KeyEnd)
	if start > end || end > uint(len(d.data)) {
		return "", &syntaxError{noKey, start}
	}
	key, ok := unescape(d.textOf(start, end))
	if !ok {
		return "", errBadEscape
	}
	return key, nil
}

// Value reads the value of a member, given its span likewise.
func (d *Decoder) Value(member Span) (any, error) {
	v, end, err := d.value(uint(member.ValueStart), 1)
	if err == nil && end != uint(member.ValueEnd) {
		return nil, &syntaxError{trailingData, end}
	}
	return v, err
}

// textOf returns a part of the document.
func (d *Decoder) textOf(start, end uint) string {
	if d.text == "" {
		d.text = string(d.data)
	}
	return d.text[start:end]
}

// The reading methods take an offset into the document and return the one behind
// what they read. They check the document as AppendSpans does, with the same
// scanning functions.

// value reads the value that begins at i, depth levels below the top.
func (d *Decoder) value(i uint, depth int) (v any, end uint, err error) {
	if i >= uint(len(d.data)) {
		return nil, i, &syntaxError{cutShort, i}
	}
	switch c := d.data[i]; {
	case c == '"':
		s, end, err := d.string(i)
		if err != nil {
			return nil, end, err
		}
		return s, end, nil
	case (c == '{' || c == '[') && depth == MaxDepth:
		return nil, i, &syntaxError{tooDeep, i}
	case c == '{':
		return d.object(i, depth+1)
	case c == '[':
		list, end, err := d.list(i, depth+1)
		if err != nil {
			return nil, end, err
		}
		return list, end, nil
	case isNumber(d.data, i):
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
func (d *Decoder) string(i uint) (s string, end uint, err error) {
	end, plain, why := scanString(d.data, i+1)
	if why != fine {
		return "", end, &syntaxError{why, end}
	}
	s = d.textOf(i+1, end)
	if !plain {
		s, _ = unescape(s)
	}
	return s, end + 1, nil
}

// list reads the list whose bracket is at i.
func (d *Decoder) list(i uint, depth int) (list []any, end uint, err error) {
	i = skipSpace(d.data, i+1)
	if i < uint(len(d.data)) && d.data[i] == ']' {
		return []any{}, i + 1, nil
	}
	var few [8]any // room for the items of most lists
	items := few[:0]
	for {
		item, end, err := d.value(i, depth)
		if err != nil {
			return nil, end, withinItem(len(items), err)
		}
		items = append(items, item)
		i, err = d.next(end, ']')
		if err != nil {
			return nil, i, err
		}
		if d.data[i-1] == ']' {
			return slices.Clone(items), i, nil
		}
		i = skipSpace(d.data, i)
	}
}

// object reads the object whose brace is at i, and what it stands for if it has one
// key that is a tag. Of equal keys the last counts, and they are one key.
func (d *Decoder) object(i uint, depth int) (v any, end uint, err error) {
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
		var why fault
		if i, why = skipColon(d.data, end); why != fine {
			return nil, i, &syntaxError{why, i}
		}
		value, end, err := d.value(skipSpace(d.data, i), depth)
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
func (d *Decoder) next(i uint, closing byte) (uint, error) {
	i = skipSpace(d.data, i)
	switch {
	case i >= uint(len(d.data)):
		return i, &syntaxError{cutShort, i}
	case d.data[i] != ',' && d.data[i] != closing:
		return i, &syntaxError{noComma, i}
	}
	return i + 1, nil
}
