package taggedjson

import (
	"cmp"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxWriteDepth is how many levels of lists, objects, tags and pointers a value
// may have to be written. It is below MaxDepth because Python reads every tag in
// a stack frame or two, of which it has a thousand.
const MaxWriteDepth = 400

var errWriteDepth = fmt.Errorf("a value nested deeper than %d levels can't be kept in a session", MaxWriteDepth)

// appendValue appends v, which is depth levels below the top.
func (c *Codec) appendValue(dst []byte, v any, depth int) ([]byte, error) {
	if c != nil && c.order != nil {
		return c.appendCustom(dst, v, 0, depth)
	}
	return c.appendOwn(dst, v, depth)
}

// appendCustom appends v by the first tag from the given place in the order on
// that takes it (TaggedJSONSerializer.tag).
func (c *Codec) appendCustom(dst []byte, v any, from, depth int) ([]byte, error) {
	own := c.ownTag(v)
	for i := from; i < len(c.order); i++ {
		tag := c.order[i].custom
		if tag == nil {
			if c.order[i].own == own {
				break
			}
			continue
		}
		if !tag.Match(v) {
			continue
		}
		if depth >= MaxWriteDepth {
			return dst, errWriteDepth
		}
		inner, err := tag.Encode(v)
		if err != nil {
			return dst, fmt.Errorf("tag %q: %w", tag.Key, err)
		}
		if tag.Key == "" {
			return c.appendCustom(dst, inner, i+1, depth)
		}
		dst, err = AppendString(append(dst, '{'), tag.Key)
		if err == nil {
			dst, err = c.appendValue(append(dst, ':'), inner, depth+1)
		}
		return append(dst, '}'), err
	}
	return c.appendOwn(dst, v, depth)
}

// ownTag returns which of Flask's own tags takes v.
func (c *Codec) ownTag(v any) ownTag {
	switch v.(type) {
	case nil:
		return noTag
	case Tuple:
		return tagTuple
	case template.HTML:
		return tagMarkup
	case time.Time:
		return tagDateTime
	}
	rv := reflect.ValueOf(v)
	if isUUID(rv.Type()) {
		return tagUUID
	}
	if _, ok := textMarshaler(rv); ok {
		return noTag
	}
	switch rv.Kind() {
	case reflect.Map:
		if rv.Len() == 1 && rv.Type().Key().Kind() == reflect.String && c.HasTag(rv.MapKeys()[0].String()) {
			return tagDict
		}
		return passDict
	case reflect.Slice, reflect.Array:
		if rv.Type().Elem().Kind() == reflect.Uint8 {
			return tagBytes
		}
		return passList
	}
	return noTag
}

// appendOwn appends v, for which no custom tag was found.
func (c *Codec) appendOwn(dst []byte, v any, depth int) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return AppendString(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case float64:
		return appendFloat(dst, v, 64), nil
	case map[string]any:
		var buf [16]member
		members := buf[:0]
		for k, item := range v {
			members = append(members, member{k, item})
		}
		slices.SortFunc(members, member.compare)
		return c.appendMembers(dst, members, depth)
	case []any:
		return c.appendList(dst, v, depth)
	case Tuple:
		dst, err := c.appendList(append(dst, `{" t":`...), v, depth+1)
		return append(dst, '}'), err
	case []byte:
		return appendBytes(dst, v), nil
	case template.HTML:
		dst, err := AppendString(append(dst, `{" m":`...), string(v))
		return append(dst, '}'), err
	case UUID:
		return appendUUID(dst, v), nil
	case time.Time:
		dst, err := appendDate(append(dst, `{" d":"`...), v)
		return append(dst, `"}`...), err
	case *big.Int:
		if v == nil {
			return append(dst, "null"...), nil
		}
		return appendBigInt(dst, v)
	case big.Int:
		return appendBigInt(dst, &v)
	case json.Number:
		return appendNumber(dst, v)
	}
	return c.appendReflect(dst, reflect.ValueOf(v), depth)
}

func appendBytes(dst, b []byte) []byte {
	dst = append(dst, `{" b":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, `"}`...)
}

func appendUUID(dst []byte, u UUID) []byte {
	dst = append(dst, `{" u":"`...)
	dst = hex.AppendEncode(dst, u[:])
	return append(dst, `"}`...)
}

func (c *Codec) appendList(dst []byte, list []any, depth int) ([]byte, error) {
	if depth >= MaxWriteDepth {
		return dst, errWriteDepth
	}
	dst = append(dst, '[')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = c.appendValue(dst, item, depth+1); err != nil {
			return dst, withinItem(i, err)
		}
	}
	return append(dst, ']'), nil
}

// A member is one of an object's.
type member struct {
	key   string
	value any
}

// compare orders members by the code points of their keys, which is the order of
// their bytes.
func (m member) compare(other member) int { return strings.Compare(m.key, other.key) }

// appendMembers appends an object. Its keys are in order and differ.
func (c *Codec) appendMembers(dst []byte, members []member, depth int) ([]byte, error) {
	if len(members) == 1 && c.HasTag(members[0].key) { // would be read as a tag
		escaped := []member{{members[0].key + "__", members[0].value}}
		dst, err := c.appendObject(append(dst, `{" di":`...), escaped, depth+1)
		return append(dst, '}'), err
	}
	return c.appendObject(dst, members, depth)
}

func (c *Codec) appendObject(dst []byte, members []member, depth int) ([]byte, error) {
	if depth >= MaxWriteDepth {
		return dst, errWriteDepth
	}
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		dst, err = AppendString(dst, m.key)
		if err == nil {
			dst, err = c.appendValue(append(dst, ':'), m.value, depth+1)
		}
		if err != nil {
			return dst, Within(m.key, err)
		}
	}
	return append(dst, '}'), nil
}

var (
	uuidType          = reflect.TypeFor[UUID]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// appendReflect appends a value of a type that appendOwn does not name.
func (c *Codec) appendReflect(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	t, kind := v.Type(), v.Kind()
	if isUUID(t) {
		return appendUUID(dst, v.Convert(uuidType).Interface().(UUID)), nil
	}
	if m, ok := textMarshaler(v); ok {
		text, err := m.MarshalText()
		if err != nil {
			return dst, err
		}
		return AppendString(dst, string(text))
	}
	switch kind {
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case reflect.String:
		return AppendString(dst, v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(dst, v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return appendFloat(dst, v.Float(), t.Bits()), nil
	case reflect.Pointer:
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		if depth >= MaxWriteDepth {
			return dst, errWriteDepth
		}
		return c.appendValue(dst, v.Elem().Interface(), depth+1)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return appendBytes(dst, b), nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = v.Index(i).Interface()
		}
		return c.appendList(dst, list, depth)
	case reflect.Map:
		members, err := mapMembers(v)
		if err != nil {
			return dst, err
		}
		return c.appendMembers(dst, members, depth)
	case reflect.Struct:
		members, err := structMembers(v)
		if err != nil {
			return dst, err
		}
		return c.appendMembers(dst, members, depth)
	}
	return dst, cannotKeep(kindName(t))
}

// isUUID reports whether t is written as a UUID.
func isUUID(t reflect.Type) bool {
	return t.Kind() == reflect.Array && t.ConvertibleTo(uuidType)
}

// textMarshaler returns v, or a copy of it where the method is its pointer's. A
// pointer is none: what it points to is asked.
func textMarshaler(v reflect.Value) (encoding.TextMarshaler, bool) {
	t := v.Type()
	if t.Kind() == reflect.Pointer || t.Name() == "" {
		return nil, false
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		return m, true
	}
	if !reflect.PointerTo(t).Implements(textMarshalerType) {
		return nil, false
	}
	p := reflect.New(t)
	p.Elem().Set(v)
	return p.Interface().(encoding.TextMarshaler), true
}

// mapMembers returns the members of a map in order: strings by code point,
// integers by value, as Python sorts them.
func mapMembers(v reflect.Value) ([]member, error) {
	kind := v.Type().Key().Kind()
	keys := v.MapKeys()
	switch {
	case kind == reflect.String:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	case kind >= reflect.Int && kind <= reflect.Int64:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Int(), b.Int()) })
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Uint(), b.Uint()) })
	default:
		return nil, cannotKeep("map with " + kindName(v.Type().Key()) + " keys")
	}
	members := make([]member, len(keys))
	for i, key := range keys {
		members[i] = member{keyText(key), v.MapIndex(key).Interface()}
	}
	return members, nil
}

func keyText(key reflect.Value) string {
	switch {
	case key.CanInt():
		return strconv.FormatInt(key.Int(), 10)
	case key.CanUint():
		return strconv.FormatUint(key.Uint(), 10)
	}
	return key.String()
}

func cannotKeep(what string) error {
	return errors.New(what + " can't be kept in a session")
}

// kindName names a type that can't be kept, in words where its kind is the reason.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Chan:
		return "channel"
	case reflect.Func:
		return "function"
	case reflect.Complex64, reflect.Complex128:
		return "complex number"
	}
	return t.String()
}
