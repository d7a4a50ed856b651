package taggedjson

import (
	"encoding"
	"errors"
	"fmt"
	"html/template"
	"math/big"
	"reflect"
	"strconv"
	"time"
)

var (
	timeType   = reflect.TypeFor[time.Time]()
	markupType = reflect.TypeFor[template.HTML]()
	bigIntType = reflect.TypeFor[big.Int]()
)

// assign sets dst to v, a value that Unmarshal returned, or says why it does not
// fit.
func assign(dst reflect.Value, v any) error {
	t := dst.Type()
	if v == nil {
		switch t.Kind() {
		case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
			dst.SetZero()
			return nil
		}
		return misfit(v, t)
	}
	if src := reflect.ValueOf(v); src.Type().AssignableTo(t) {
		dst.Set(src)
		return nil
	}
	if t.Kind() == reflect.Pointer {
		p := reflect.New(t.Elem())
		if err := assign(p.Elem(), v); err != nil {
			return err
		}
		dst.Set(p)
		return nil
	}
	switch v := v.(type) {
	case bool:
		if t.Kind() == reflect.Bool {
			dst.SetBool(v)
			return nil
		}
	case string:
		return assignString(dst, v)
	case template.HTML: // a str in Python
		return assignString(dst, string(v))
	case int64:
		return assignInteger(dst, v)
	case *big.Int:
		return assignBigInt(dst, v)
	case float64:
		if dst.CanFloat() {
			if dst.OverflowFloat(v) {
				return overflow(strconv.FormatFloat(v, 'g', -1, 64), t)
			}
			dst.SetFloat(v)
			return nil
		}
		if dst.CanInt() || dst.CanUint() {
			return overflow(string(appendFloat(nil, v, 64)), t)
		}
	case []byte:
		switch {
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
			dst.SetBytes(v)
			return nil
		case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8 && t.Len() == len(v):
			reflect.Copy(dst, reflect.ValueOf(v))
			return nil
		}
	case UUID:
		if t.Kind() == reflect.Array && uuidType.ConvertibleTo(t) {
			dst.Set(reflect.ValueOf(v).Convert(t))
			return nil
		}
	case []any:
		return assignList(dst, v)
	case Tuple:
		return assignList(dst, v)
	case map[string]any:
		switch t.Kind() {
		case reflect.Map:
			return assignMap(dst, v)
		case reflect.Struct:
			return assignStruct(dst, v)
		}
	}
	return misfit(v, t)
}

func assignString(dst reflect.Value, s string) error {
	t := dst.Type()
	switch {
	case t == timeType:
		if date, err := parseDate(s); err == nil {
			dst.Set(reflect.ValueOf(date))
			return nil
		}
	case t == markupType:
		return errors.New("a string that Python doesn't mark as safe HTML doesn't fit template.HTML")
	}
	if u, ok := dst.Addr().Interface().(encoding.TextUnmarshaler); ok && t != bigIntType {
		return u.UnmarshalText([]byte(s))
	}
	switch {
	case t.Kind() == reflect.String:
		dst.SetString(s)
		return nil
	case t.Kind() == reflect.Array && uuidType.ConvertibleTo(t):
		u, err := parseUUID(s)
		if err == nil {
			dst.Set(reflect.ValueOf(u).Convert(t))
		}
		return err
	}
	return misfit(s, t)
}

func assignInteger(dst reflect.Value, n int64) error {
	t := dst.Type()
	switch {
	case dst.CanInt():
		if dst.OverflowInt(n) {
			return overflow(strconv.FormatInt(n, 10), t)
		}
		dst.SetInt(n)
	case dst.CanUint():
		if n < 0 || dst.OverflowUint(uint64(n)) {
			return overflow(strconv.FormatInt(n, 10), t)
		}
		dst.SetUint(uint64(n))
	case dst.CanFloat(), t == bigIntType:
		return assignBigInt(dst, big.NewInt(n))
	default:
		return misfit(n, t)
	}
	return nil
}

func assignBigInt(dst reflect.Value, n *big.Int) error {
	t := dst.Type()
	switch {
	case t == bigIntType:
		dst.Addr().Interface().(*big.Int).Set(n)
		return nil
	case dst.CanUint():
		if n.IsUint64() && !dst.OverflowUint(n.Uint64()) {
			dst.SetUint(n.Uint64())
			return nil
		}
	case dst.CanFloat():
		f, accuracy := n.Float64()
		if t.Bits() == 32 {
			var f32 float32
			f32, accuracy = new(big.Float).SetInt(n).Float32()
			f = float64(f32)
		}
		if accuracy == big.Exact {
			dst.SetFloat(f)
			return nil
		}
	case !dst.CanInt():
		return misfit(n, t)
	}
	return overflow(n.String(), t)
}

func assignList(dst reflect.Value, items []any) error {
	t := dst.Type()
	switch {
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		dst.Set(reflect.MakeSlice(t, len(items), len(items)))
	case t.Kind() == reflect.Array:
		if len(items) != t.Len() {
			return fmt.Errorf("a list of %d items doesn't fit %s", len(items), t)
		}
	default:
		return misfit(items, t)
	}
	for i, item := range items {
		if err := assign(dst.Index(i), item); err != nil {
			return withinItem(i, err)
		}
	}
	return nil
}

func assignMap(dst reflect.Value, m map[string]any) error {
	t := dst.Type()
	dst.Set(reflect.MakeMapWithSize(t, len(m)))
	key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
	for k, item := range m {
		if err := assignKey(key, k); err != nil {
			return Within(k, err)
		}
		value.SetZero()
		if err := assign(value, item); err != nil {
			return Within(k, err)
		}
		dst.SetMapIndex(key, value)
	}
	return nil
}

// assignKey sets dst to the key of a map, which mapMembers wrote.
func assignKey(dst reflect.Value, k string) error {
	switch t := dst.Type(); {
	case t.Kind() == reflect.String:
		dst.SetString(k)
		return nil
	case dst.CanInt():
		n, err := strconv.ParseInt(k, 10, t.Bits())
		dst.SetInt(n)
		if err == nil {
			return nil
		}
	case dst.CanUint():
		n, err := strconv.ParseUint(k, 10, t.Bits())
		dst.SetUint(n)
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("the key doesn't fit %s", dst.Type())
}

func assignStruct(dst reflect.Value, m map[string]any) error {
	for _, f := range fieldsOf(dst.Type()) {
		item, ok := m[f.name]
		if !ok {
			continue
		}
		if err := assign(fieldByIndex(dst, f.index), item); err != nil {
			return Within(f.name, err)
		}
	}
	return nil
}

// fieldByIndex is reflect's FieldByIndex, but sets embedded pointers that are nil.
func fieldByIndex(v reflect.Value, index []int) reflect.Value {
	for i, x := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v
}

// overflow is the error for a number that a type of Go cannot hold.
func overflow(number string, t reflect.Type) error {
	const most = 40
	if len(number) > most {
		number = number[:most] + "…"
	}
	return fmt.Errorf("%s doesn't fit %s", number, t)
}

// misfit is the error for a value that is of another kind than a type of Go. It
// names the kind as Python does and never the value.
func misfit(v any, t reflect.Type) error {
	return fmt.Errorf("a value of Python's type %s doesn't fit %s", PythonType(v), t)
}

// PythonType names the Python type of a value that [Codec.Unmarshal] returned,
// such as "str" or "datetime". Of any other value it is the Go type.
func PythonType(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []any:
		return "list"
	case map[string]any:
		return "dict"
	case Tuple:
		return "tuple"
	case []byte:
		return "bytes"
	case template.HTML:
		return "Markup"
	case UUID:
		return "UUID"
	case time.Time:
		return "datetime"
	}
	return fmt.Sprintf("%T", v)
}
