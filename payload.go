package costrel

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/costrel/costrel/taggedjson"
)

// This file is the session's inside: how the bytes of a payload become a
// Session, how values come out of it and go in, and how it becomes bytes again.

// A slot is a value that was set, deleted, or handed out in a form that can be
// changed in place.
type slot struct {
	key   string
	raw   []byte // as it was encoded last; nil if the key was deleted
	views []view // what was handed out or taken in of it
}

// A view is a Go value of a slot's that may be changed in place.
type view struct {
	value  any
	seen   []byte // what it was encoded as last
	native bool   // its type is the one that the codec decodes into
}

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
		if !plain(key) || i > 0 && bytes.Compare(last, key) >= 0 {
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
	var errs error
	start := len(dst)
	dst = append(dst, '{')
	spans, slots := s.spans, s.slots
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
			continue
		}
		if order == 0 {
			spans = spans[1:] // the slot stands before it
		}
		held := &slots[0]
		_, err := s.refresh(held)
		errs = errors.Join(errs, err)
		if held.raw != nil {
			dst = appendMember(dst, held.key, held.raw)
		}
		slots = slots[1:]
	}
	return s.escapeTag(append(dst, '}'), start), errs
}

// escapeTag escapes an object whose one key is a tag's, as parseTag reads it.
func (s *Session) escapeTag(dst []byte, start int) []byte {
	var one [2]taggedjson.Span
	object := dst[start:]
	spans, err := taggedjson.AppendSpans(one[:0], object)
	if err != nil || len(spans) != 1 || !s.isTag(object, spans[0]) {
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

// lookup decodes the value of key. One that can be changed in place is kept,
// so that the next call returns the same and a change is noticed.
func (s *Session) lookup(key string) (value any, ok bool, err error) {
	if held := s.slot(key); held != nil {
		for _, view := range held.views {
			if view.native {
				return view.value, true, nil
			}
		}
	}
	raw, err := s.current(key)
	if raw == nil || err != nil {
		return nil, false, err
	}
	value, err = s.codec.Unmarshal(raw)
	if err != nil {
		return nil, false, taggedjson.Within(key, err)
	}
	if mutable(value) {
		s.lend(key, view{value, raw, true})
	}
	return value, true, nil
}

// lend notes that a view, just decoded, is in the hands of others now.
func (s *Session) lend(key string, lent view) {
	held := s.slot(key)
	if held == nil {
		s.slots = append(s.slots, slot{key: key, raw: lent.seen})
		held = &s.slots[len(s.slots)-1]
	}
	held.views = append(held.views, lent)
}

// slot returns what was written or handed out of key, or nil. It is good until
// the next one is put.
func (s *Session) slot(key string) *slot {
	for i := range s.slots {
		if s.slots[i].key == key {
			return &s.slots[i]
		}
	}
	return nil
}

func (s *Session) put(written slot) {
	if held := s.slot(written.key); held != nil {
		*held = written
		return
	}
	s.slots = append(s.slots, written)
}

// raw returns the value of key as it was encoded last, nil if there is none.
func (s *Session) raw(key string) []byte {
	if held := s.slot(key); held != nil {
		return held.raw
	}
	if span := s.span(key); span != nil {
		return s.data[span.ValueStart:span.ValueEnd:span.ValueEnd]
	}
	return nil
}

// span returns where the cookie held key, or nil.
func (s *Session) span(key string) *taggedjson.Span {
	quoted := key
	if !plain(key) {
		escaped, err := taggedjson.AppendString(nil, key)
		if err != nil {
			return nil // no cookie holds such a key
		}
		quoted = string(escaped[1 : len(escaped)-1])
	}
	for i := range s.spans {
		if span := &s.spans[i]; string(s.data[span.KeyStart:span.KeyEnd]) == quoted {
			return span
		}
	}
	return nil
}

// current returns the value of key as it is now, nil if there is none.
func (s *Session) current(key string) ([]byte, error) {
	if held := s.slot(key); held != nil {
		_, err := s.refresh(held)
		return held.raw, err
	}
	return s.raw(key), nil
}

// refresh encodes again what may have been changed in place, and reports
// whether it was. If it was not, raw stays as it is: a spelling that is not
// ours, or the members of an object that its Go type does not have.
func (s *Session) refresh(held *slot) (changed bool, err error) {
	for i := range held.views {
		view := &held.views[i]
		now, failed := s.codec.Append(nil, view.value)
		if failed != nil {
			err = errors.Join(err, taggedjson.Within(held.key, failed))
			continue
		}
		if !bytes.Equal(now, view.seen) && !bytes.Equal(now, s.recode(view.seen, view.value)) {
			view.seen, held.raw, changed = now, now, true
		}
	}
	s.modified = s.modified || changed
	return changed, err
}

// recode encodes again what raw holds, as a value of like's type; nil if it
// holds none.
func (s *Session) recode(raw []byte, like any) []byte {
	var value any
	switch like.(type) {
	case map[string]any, []any, taggedjson.Tuple:
		value, _ = s.codec.Unmarshal(raw)
	default:
		typed := reflect.New(reflect.TypeOf(like))
		if s.codec.UnmarshalTo(raw, typed.Interface()) != nil {
			return nil
		}
		value = typed.Elem().Interface()
	}
	again, _ := s.codec.Append(nil, value)
	return again
}

// refreshAll notices every change in place.
func (s *Session) refreshAll() (changed []string, err error) {
	for i := range s.slots {
		yes, failed := s.refresh(&s.slots[i])
		if yes {
			changed = append(changed, s.slots[i].key)
		}
		err = errors.Join(err, failed)
	}
	return changed, err
}

func (s *Session) permanent() bool {
	switch raw := s.raw(permanentKey); string(raw) {
	case "", "false":
		return false
	case "true":
		return true
	default:
		value, err := s.codec.Unmarshal(raw)
		return err == nil && truthy(value)
	}
}

// truthy is Python's bool() of what a cookie can hold.
func truthy(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Bool, reflect.Int64, reflect.Float64:
		return !v.IsZero()
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0
	}
	return true
}

func (s *Session) len() int {
	n := len(s.spans)
	for i := range s.slots {
		held := &s.slots[i]
		if s.span(held.key) != nil {
			n--
		}
		if held.raw != nil {
			n++
		}
	}
	return n
}

func (s *Session) keys() []string {
	keys := make([]string, 0, len(s.spans)+len(s.slots))
	for _, span := range s.spans {
		if key := s.keyOf(span); s.slot(key) == nil {
			keys = append(keys, key)
		}
	}
	for i := range s.slots {
		if s.slots[i].raw != nil {
			keys = append(keys, s.slots[i].key)
		}
	}
	slices.Sort(keys) // by bytes, which is by code point
	return keys
}

func (s *Session) keyOf(span taggedjson.Span) string {
	key, err := taggedjson.UnquoteKey(s.data[span.KeyStart:span.KeyEnd])
	if err != nil {
		panic("costrel: a key that was scanned does not decode: " + err.Error())
	}
	return key
}

// largest names the keys whose values take the most bytes, for an error.
func (s *Session) largest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := s.keys()
	slices.SortStableFunc(keys, func(a, b string) int { return len(s.raw(b)) - len(s.raw(a)) })
	var text []string
	for _, key := range keys[:min(3, len(keys))] {
		text = append(text, fmt.Sprintf("%s (%d bytes)", key, len(s.raw(key))))
	}
	return strings.Join(text, ", ")
}

// plain reports whether a JSON string spells s as it is.
func plain[text string | []byte](s text) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// mutable reports whether value can be changed in place.
func mutable(value any) bool {
	switch value.(type) {
	case nil, bool, string, int, int64, float64, time.Time, taggedjson.UUID:
		return false
	}
	return mutableType(reflect.TypeOf(value))
}

// native reports whether value's type is one that Flask's tags decode into.
func native(value any) bool {
	switch value.(type) {
	case map[string]any, []any, taggedjson.Tuple, []byte, *big.Int:
		return true
	}
	return false
}

func mutableType(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
		return true
	case reflect.Array:
		return mutableType(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if t != reflect.TypeFor[time.Time]() && mutableType(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
