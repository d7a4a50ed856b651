package taggedjson

import (
	"encoding/json"
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
		sortMembers(members)
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

// sortMembers sorts by key, few without a call for each comparison.
func sortMembers(members []member) {
	if len(members) > 16 {
		slices.SortFunc(members, member.compare)
		return
	}
	for i := 1; i < len(members); i++ {
		m, at := members[i], i
		for ; at > 0 && m.key < members[at-1].key; at-- {
			members[at] = members[at-1]
		}
		members[at] = m
	}
}

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
