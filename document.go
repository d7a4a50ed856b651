package costrel

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/costrel/costrel/taggedjson"
)

// A document is the JSON object that a cookie held, spelled as Flask spells it:
// its members sorted by key and no key twice, no space between them. It does not
// change while a session has it.
type document struct {
	data  []byte
	spans []taggedjson.Span
	plain bool // the keys have no escapes, so that bytes compare as keys do

	much    bool                // of the document is asked for, so that decoder has it
	next    uint32              // the member that find looks at first: who reads one often reads the next
	decoder *taggedjson.Decoder // nil until a document of this memory needed one
}

// documents keep their memory for the next session: see Session.release.
var documents = sync.Pool{New: func() any { return &document{spans: make([]taggedjson.Span, 0, many)} }}

// giveBack is for a document that nobody has a part of any more. One that has
// grown too large is not kept.
func (d *document) giveBack() {
	if d.next = 0; d.much {
		*d.decoder, d.much = taggedjson.Decoder{}, false
	}
	if cap(d.data) <= 64<<10 && cap(d.spans) <= 1<<10 {
		documents.Put(d)
	}
}

// parse takes d.data apart. What Flask writes it only scans; any other spelling
// of an object is first put into Flask's.
func (d *document) parse(codec *taggedjson.Codec) error {
	spans, flask, err := taggedjson.AppendFlaskSpans(d.spans[:0], d.data)
	switch {
	case errors.Is(err, taggedjson.ErrNotObject):
		return d.parseDict(codec)
	case err != nil:
		return err
	}
	d.spans, d.plain = spans, flask
	if !flask {
		err = d.rebuild(d.members())
	}
	if err == nil && len(d.spans) == 1 && isTag(codec, d.data, d.spans[0]) {
		return d.parseTag(codec)
	}
	return err
}

func isTag(codec *taggedjson.Codec, data []byte, span taggedjson.Span) bool {
	key, err := taggedjson.UnquoteKey(data[span.KeyStart:span.KeyEnd])
	return err == nil && codec.HasTag(key)
}

// parseTag parses an object whose one key is a tag's. It is the escape of a
// session with one key that looks like a tag, {" di":{" t__":1}}, whose value
// stays as it is; or a tagged value, of which dict() makes something.
func (d *document) parseTag(codec *taggedjson.Codec) error {
	span := d.spans[0]
	escape := string(d.data[span.KeyStart:span.KeyEnd]) == " di"
	inner := d.data[span.ValueStart:span.ValueEnd]
	spans, err := taggedjson.AppendSpans(nil, inner)
	if !escape || err != nil || len(spans) != 1 || isTag(codec, inner, spans[0]) {
		return d.parseDict(codec)
	}
	key, err := taggedjson.UnquoteKey(inner[spans[0].KeyStart:spans[0].KeyEnd])
	if err != nil || !strings.HasSuffix(key, "__") {
		return d.parseDict(codec)
	}
	return d.rebuild([]member{{key[:len(key)-2], inner[spans[0].ValueStart:spans[0].ValueEnd]}})
}

// parseDict does what Flask's dict(data) does where data is no plain object:
// nothing for what is empty, and for a list of pairs a key for each.
func (d *document) parseDict(codec *taggedjson.Codec) error {
	value, err := codec.Unmarshal(d.data)
	if err != nil {
		return err
	}
	var members []member
	add := func(key string, value any) error {
		raw, err := codec.Append(nil, value)
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
			first, value, ok := pair(reflect.ValueOf(v).Index(i).Interface())
			key, isKey := first.(string)
			if !ok || !isKey {
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
	return d.rebuild(members)
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
func pair(v any) (first, second any, ok bool) {
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
		return nil, nil, false
	}
	return two[0], two[1], true
}

// A member is a key of a document and its value.
type member struct {
	key string
	raw []byte
}

func (d *document) members() []member {
	members := make([]member, len(d.spans))
	for i, span := range d.spans {
		members[i] = member{d.key(span), d.raw(i)}
	}
	return members
}

// rebuild makes members the document's, sorted by key, the last of each key
// alone.
func (d *document) rebuild(members []member) error {
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	data := []byte{'{'}
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue
		}
		data = appendMember(data, m.key, m.raw)
	}
	d.data, d.plain = append(data, '}'), false
	var err error
	d.spans, err = taggedjson.AppendSpans(d.spans[:0], d.data)
	return err
}

func (d *document) key(span taggedjson.Span) string {
	var key string
	var err error
	if d.much {
		key, err = d.decoder.Key(span)
	} else {
		key, err = taggedjson.UnquoteKey(d.data[span.KeyStart:span.KeyEnd])
	}
	if err != nil {
		panic("costrel: a key that was scanned does not decode: " + err.Error())
	}
	return key
}

// value returns the value of key as it is written, nil if there is none.
func (d *document) value(key string) []byte {
	if member, ok := d.find(key); ok {
		return d.raw(member)
	}
	return nil
}

func (d *document) raw(member int) []byte {
	span := &d.spans[member]
	return d.data[span.ValueStart:span.ValueEnd:span.ValueEnd]
}

// decodeMuch makes a decoder that reads many members from one copy of the
// document; a few alone cost less without.
func (d *document) decodeMuch(codec *taggedjson.Codec) {
	if d.much {
		return
	}
	if d.decoder == nil {
		d.decoder = new(taggedjson.Decoder)
	}
	*d.decoder, d.much = *codec.NewDecoder(d.data), true
}

func (d *document) decode(codec *taggedjson.Codec, member int) (any, error) {
	if d.much {
		return d.decoder.Value(d.spans[member])
	}
	return codec.Unmarshal(d.raw(member))
}

// find returns the member of a key.
func (d *document) find(key string) (member int, ok bool) {
	if len(d.spans) > many {
		return slices.BinarySearchFunc(d.spans, key, d.compare)
	}
	if !d.plain && !plain(key) {
		escaped, err := taggedjson.AppendString(nil, key)
		if err != nil {
			return 0, false // no cookie holds such a key
		}
		key = string(escaped[1 : len(escaped)-1])
	}
	member = int(d.next)
	for range d.spans {
		if member >= len(d.spans) {
			member = 0
		}
		span := &d.spans[member]
		if int(span.KeyEnd-span.KeyStart) == len(key) && string(d.data[span.KeyStart:span.KeyEnd]) == key {
			d.next = uint32(member + 1)
			return member, true
		}
		member++
	}
	return 0, false
}

// compare compares a member's key and key by code point.
func (d *document) compare(span taggedjson.Span, key string) int {
	quoted := d.data[span.KeyStart:span.KeyEnd]
	if !d.plain && bytes.IndexByte(quoted, '\\') >= 0 {
		return strings.Compare(d.key(span), key)
	}
	switch {
	case string(quoted) < key:
		return -1
	case string(quoted) > key:
		return 1
	}
	return 0
}

// before returns how many of spans have keys before key, and whether the next
// one has key itself.
func (d *document) before(spans []taggedjson.Span, key string) (n int, same bool) {
	for n < len(spans) {
		order := d.compare(spans[n], key)
		if order >= 0 {
			return n, order == 0
		}
		n++
	}
	return n, false
}

// appendMembers appends the members of spans, which stand side by side.
func (d *document) appendMembers(dst []byte, spans []taggedjson.Span) []byte {
	if len(spans) == 0 {
		return dst
	}
	return append(separate(dst), d.data[spans[0].KeyStart-1:spans[len(spans)-1].ValueEnd]...)
}

// appendJSON appends the session as parse reads it: what the cookie held and
// slots, merged by their keys.
func (s *Session) appendJSON(dst []byte) ([]byte, error) {
	s.settleChanged()
	slices.SortFunc(s.slots, func(a, b slot) int { return strings.Compare(a.key, b.key) })
	s.index()
	var errs []error
	start, members := len(dst), 0
	dst = append(dst, '{')
	rest := s.doc.spans
	for i := range s.slots {
		held := &s.slots[i]
		n, replaced := s.doc.before(rest, held.key)
		dst = s.doc.appendMembers(dst, rest[:n])
		rest = rest[n:]
		members += n
		if replaced {
			rest = rest[1:]
		}
		if err := s.refresh(held); err != nil {
			errs = append(errs, err)
		}
		if held.raw != nil {
			dst = appendMember(dst, held.key, held.raw)
			members++
		}
	}
	dst = append(s.doc.appendMembers(dst, rest), '}')
	if members+len(rest) == 1 {
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
	if err != nil || !isTag(s.codec, object, spans[0]) {
		return dst
	}
	key, _ := taggedjson.UnquoteKey(object[spans[0].KeyStart:spans[0].KeyEnd])
	raw := bytes.Clone(object[spans[0].ValueStart:spans[0].ValueEnd])
	dst = append(dst[:start], `{" di":{`...)
	return append(appendMember(dst, key+"__", raw), "}}"...)
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
