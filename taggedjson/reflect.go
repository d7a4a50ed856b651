package taggedjson

import (
	"cmp"
	"encoding"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

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
