package costrel

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/costrel/costrel/taggedjson"
)

// A member is a key of a JSON object and its value.
type member struct {
	key string
	raw []byte
}

// parse makes data the session's content. What Flask writes it only scans; any
// other order or spelling of the keys is first put into Flask's.
func (s *Session) parse(data []byte) error {
	spans, err := taggedjson.AppendSpans(s.few[:0], data)
	switch {
	case errors.Is(err, taggedjson.ErrNotObject):
		return s.parseDict(data)
	case err != nil:
		return err
	case len(spans) == 1 && s.isTag(data, spans[0]):
		return s.parseTag(data, spans[0])
	}
	s.data, s.spans = data, spans
	if !inOrder(data, spans) {
		return s.rebuild(s.members())
	}
	return nil
}

// inOrder reports whether the keys are spelled plainly, sorted, and each there
// once: then bytes can be compared where Python compares keys.
func inOrder(data []byte, spans []taggedjson.Span) bool {
	var last []byte
	for i, span := range spans {
		key := data[span.KeyStart:span.KeyEnd]
		for _, c := range key {
			if c == '\\' || c > '~' { // what else is not plain, no JSON has
				return false
			}
		}
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return false
		}
		last = key
	}
	return true
}

func (s *Session) isTag(data []byte, span taggedjson.Span) bool {
	key, err := taggedjson.UnquoteKey(data[span.KeyStart:span.KeyEnd])
	return err == nil && s.codec.HasTag(key)
}

// parseTag parses an object whose one key is a tag's. It is the escape of a
// session with one key that looks like a tag, {" di":{" t__":1}}, whose value
// stays as it is; or a tagged value, of which dict() makes something.
func (s *Session) parseTag(data []byte, span taggedjson.Span) error {
	escape := string(data[span.KeyStart:span.KeyEnd]) == " di"
	inner := data[span.ValueStart:span.ValueEnd]
	spans, err := taggedjson.AppendSpans(nil, inner)
	if !escape || err != nil || len(spans) != 1 || s.isTag(inner, spans[0]) {
		return s.parseDict(data)
	}
	key, err := taggedjson.UnquoteKey(inner[spans[0].KeyStart:spans[0].KeyEnd])
	if err != nil || !strings.HasSuffix(key, "__") {
		return s.parseDict(data)
	}
	return s.rebuild([]member{{key[:len(key)-2], inner[spans[0].ValueStart:spans[0].ValueEnd]}})
}

// parseDict does what Flask's dict(data) does where data is no plain object:
// nothing for what is empty, and for a list of pairs a key for each.
func (s *Session) parseDict(data []byte) error {
	value, err := s.codec.Unmarshal(data)
	if err != nil {
		return err
	}
	var members []member
	add := func(key string, value any) error {
		raw, err := s.codec.Append(nil, value)
		members = append(members, member{key, raw})
		return err
	}
	switch v := value.(type) {
	case map[string]any:
		for key, value := range v {
			if err := add(key, value); err != nil {
				return err
			}
		}
	case []any, taggedjson.Tuple:
		for i := range reflect.ValueOf(v).Len() {
			key, value, ok := pair(reflect.ValueOf(v).Index(i).Interface())
			if !ok {
				return errors.New("the payload is a list, and not of keys and values")
			}
			if err := add(key, value); err != nil {
				return err
			}
		}
	default:
		if truthy(v) || !emptyDict(v) {
			return fmt.Errorf("the payload is a %T, not a dict", v)
		}
	}
	return s.rebuild(members)
}

// emptyDict reports whether v, false in Python's sense, is nothing rather than
// a zero: those loads(data) or nothing that dict() takes.
func emptyDict(v any) bool {
	switch reflect.ValueOf(v).Kind() {
	case reflect.Bool, reflect.Int64, reflect.Float64:
		return false
	}
	return true
}

// pair takes apart what dict() takes for a key and a value: a list or tuple of
// two, or a string of two characters.
func pair(v any) (key string, value any, ok bool) {
	var two []any
	switch v := v.(type) {
	case []any:
		two = v
	case taggedjson.Tuple:
		two = v
	case string:
		if runes := []rune(v); len(runes) == 2 {
			return string(runes[0]), string(runes[1]), true
		}
	}
	if len(two) != 2 {
		return "", nil, false
	}
	key, ok = two[0].(string)
	return key, two[1], ok
}

func (s *Session) members() []member {
	members := make([]member, len(s.spans))
	for i, span := range s.spans {
		members[i] = member{s.keyOf(span), s.data[span.ValueStart:span.ValueEnd]}
	}
	return members
}

// rebuild makes members the session's content, sorted by key, the last of each
// key alone.
func (s *Session) rebuild(members []member) error {
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	data := []byte{'{'}
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue
		}
		data = appendMember(data, m.key, m.raw)
	}
	s.data = append(data, '}')
	var err error
	s.spans, err = taggedjson.AppendSpans(s.few[:0], s.data)
	return err
}

// appendJSON appends the session as parse reads it: spans and slots, merged by
// their keys.
func (s *Session) appendJSON(dst []byte) ([]byte, error) {
	slices.SortFunc(s.slots, func(a, b slot) int { return strings.Compare(a.key, b.key) })
	s.index()
	var errs []error
	start := len(dst)
	dst = append(dst, '{')
	spans, slots := s.spans, s.slots
	members := 0
	for len(spans) > 0 || len(slots) > 0 {
		order := 1 // of the next span and the next slot
		switch {
		case len(slots) == 0:
			order = -1
		case len(spans) > 0:
			order = s.compare(spans[0], slots[0].key)
		}
		if order < 0 {
			dst = s.appendSpan(dst, spans[0])
			spans = spans[1:]
			members++
			continue
		}
		if order == 0 {
			spans = spans[1:] // the slot stands before it
		}
		held := &slots[0]
		if _, err := s.refresh(held); err != nil {
			errs = append(errs, err)
		}
		if held.raw != nil {
			dst = appendMember(dst, held.key, held.raw)
			members++
		}
		slots = slots[1:]
	}
	dst = append(dst, '}')
	if members == 1 {
		dst = s.escapeTag(dst, start)
	}
	return dst, errors.Join(errs...)
}

// escapeTag escapes an object of one key if that is a tag's, as parseTag reads
// it.
func (s *Session) escapeTag(dst []byte, start int) []byte {
	var one [1]taggedjson.Span
	object := dst[start:]
	spans, err := taggedjson.AppendSpans(one[:0], object)
	if err != nil || !s.isTag(object, spans[0]) {
		return dst
	}
	key, _ := taggedjson.UnquoteKey(object[spans[0].KeyStart:spans[0].KeyEnd])
	raw := bytes.Clone(object[spans[0].ValueStart:spans[0].ValueEnd])
	dst = append(dst[:start], `{" di":{`...)
	return append(appendMember(dst, key+"__", raw), "}}"...)
}

func (s *Session) appendSpan(dst []byte, span taggedjson.Span) []byte {
	dst = append(separate(dst), s.data[span.KeyStart-1:span.KeyEnd+1]...)
	dst = append(dst, ':')
	return append(dst, s.data[span.ValueStart:span.ValueEnd]...)
}

// appendMember appends a key, one that Set or the scan has checked, and its
// value.
func appendMember(dst []byte, key string, raw []byte) []byte {
	dst, _ = taggedjson.AppendString(separate(dst), key)
	dst = append(dst, ':')
	return append(dst, raw...)
}

func separate(dst []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return dst
}

// compare compares a span's key and key by code point.
func (s *Session) compare(span taggedjson.Span, key string) int {
	quoted := s.data[span.KeyStart:span.KeyEnd]
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return strings.Compare(s.keyOf(span), key)
	}
	switch {
	case string(quoted) < key:
		return -1
	case string(quoted) > key:
		return 1
	}
	return 0
}
