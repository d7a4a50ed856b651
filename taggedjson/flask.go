package taggedjson

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html/template"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// ownTag is a tag of Flask's own, in its order (TaggedJSONSerializer.default_tags).
type ownTag uint8

const (
	tagDict ownTag = iota
	passDict
	tagTuple
	passList
	tagBytes
	tagMarkup
	tagUUID
	tagDateTime
	noTag // for values that none of them takes
)

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

// untagOwn returns the value that an object with the one member key stands for by
// Flask's own tags.
func untagOwn(key string, v any) (any, error) {
	switch key {
	case " t":
		switch v := v.(type) {
		case []any:
			return Tuple(v), nil
		case Tuple:
			return v, nil
		}
		return nil, errTuple
	case " b":
		if s, ok := v.(string); ok {
			// Only what Flask writes: Python's decoder drops what is not base64.
			if b, err := base64.StdEncoding.Strict().DecodeString(s); err == nil && base64.StdEncoding.EncodedLen(len(b)) == len(s) {
				return b, nil
			}
		}
		return nil, errBytes
	case " m":
		if s, ok := pythonStr(v); ok {
			return template.HTML(s), nil
		}
		return nil, errMarkup
	case " u":
		if s, ok := v.(string); ok {
			if u, err := parseUUID(s); err == nil {
				return u, nil
			}
		}
		return nil, errUUID
	case " d":
		switch v := v.(type) {
		case nil:
			return nil, nil
		case string:
			t, err := parseDate(v)
			if err == errNoDate {
				return nil, nil // as in Flask
			}
			return t, err
		}
		return nil, errDate
	case " di":
		if m, ok := v.(map[string]any); ok && len(m) == 1 {
			for k, inner := range m {
				if name, ok := strings.CutSuffix(k, "__"); ok {
					return map[string]any{name: inner}, nil
				}
			}
		}
		return nil, errDict
	}
	return map[string]any{key: v}, nil
}

var (
	errTuple  = errors.New(`tag " t": a list was expected`)
	errBytes  = errors.New(`tag " b": a string in padded base64 was expected`)
	errMarkup = errors.New(`tag " m": a string or another scalar was expected`)
	errUUID   = errors.New(`tag " u": a string of 32 hexadecimal digits was expected`)
	errDate   = errors.New(`tag " d": a string was expected`)
	errDict   = errors.New(`tag " di": an object with one key that ends in "__" was expected`)
)

// pythonStr returns what Python's str makes of a scalar, as Markup does with what it
// is given. What str makes of a list or a dict is for people, not for pages.
func pythonStr(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case template.HTML:
		return string(v), true
	case nil:
		return "None", true
	case bool:
		if v {
			return "True", true
		}
		return "False", true
	case int64:
		return strconv.FormatInt(v, 10), true
	case *big.Int:
		return v.String(), true
	case float64:
		s := string(appendFloat(nil, v, 64))
		return strings.NewReplacer("NaN", "nan", "Infinity", "inf").Replace(s), true
	}
	return "", false
}

// parseUUID reads the spellings of Python's UUID(): "urn:" and "uuid:" anywhere,
// braces at the ends and dashes anywhere do not count.
func parseUUID(s string) (u UUID, err error) {
	if len(s) != 2*len(u) {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "urn:", ""), "uuid:", "")
		s = strings.ReplaceAll(strings.Trim(s, "{}"), "-", "")
	}
	if len(s) != 2*len(u) {
		return u, errUUID
	}
	if _, err := hex.Decode(u[:], []byte(s)); err != nil {
		return u, errUUID
	}
	return u, nil
}
