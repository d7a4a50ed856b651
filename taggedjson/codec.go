// Package taggedjson reads and writes the JSON of Flask's sessions: JSON in which
// an object with one reserved key stands for a value that JSON has no type for.
//
//	{"at":{" d":"Mon, 02 Jan 2006 15:04:05 GMT"},"pair":{" t":["a",1]}}
//
// It is Flask's TaggedJSONSerializer for Go. The tags, and what stands for each
// Python type:
//
//	key    Python        Go
//	" t"   tuple         Tuple
//	" b"   bytes         []byte
//	" m"   Markup        template.HTML
//	" u"   UUID          UUID, any type that is a [16]byte
//	" d"   datetime      time.Time
//	" di"  dict          a map whose one key looks like a tag
//	       None          nil
//	       bool, str     bool, string
//	       int           int64, *big.Int for larger ones
//	       float         float64
//	       list, dict    []any, map[string]any
//
// For most uses a nil *Codec does all: [Codec.Append] writes a value,
// [Codec.Unmarshal] reads one back and [Codec.UnmarshalTo] reads one into a
// variable of yours. A Codec with tags of its own is needed only beside a Flask
// application that registers the same ones. [AppendSpans] takes a document apart
// without decoding it, and a [Decoder] decodes the parts.
//
// # What is written
//
// Byte for byte what Flask writes inside a request: no spaces, keys sorted by code
// point, ASCII only, Python's spelling of floats, integers of any size, NaN and
// infinities as they are. Go has types that Python has not. Structs are objects,
// by their json tags; nil maps and slices are empty ones, nil pointers null; an
// encoding.TextMarshaler is a string, as Flask writes a date or a Decimal;
// json.Marshaler is not asked. Integer keys of a map are written in decimal and
// sorted as numbers. Times lose what is below a second, and their zone.
//
// A value that cannot be kept, such as a channel, is a [*PathError] that says
// where it stands.
//
// # What is read
//
// What Python reads: the last of several equal keys counts; an integer is read in
// full, up to 4300 digits; an object with one key that is no known tag stays an
// object. The value of a tag must be one that Flask could have written, or an
// error is returned; only a date that cannot be understood is nil, as in Flask.
//
// Nothing read can panic, exhaust the stack or take more than linear time and
// memory.
package taggedjson

import (
	"errors"
	"reflect"
	"time"
)

// A Codec writes and reads values with Flask's own tags and those registered with
// it. The zero value and nil have Flask's own. A Codec may be used by several
// goroutines at once, but no tag may be registered meanwhile.
type Codec struct {
	order []slot          // in which tags are asked for a value; nil: Flask's own
	tags  map[string]*Tag // custom tags by key; nil: none
}

// Append appends v to dst as JSON. It returns dst as it was and an error, most
// often a *PathError, if v holds something that can't be kept, or is nested deeper
// than MaxWriteDepth, as a value that contains itself is.
func (c *Codec) Append(dst []byte, v any) ([]byte, error) {
	out, err := c.appendValue(dst, v, 0)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Unmarshal reads the one value that data is, as the Go types listed above.
func (c *Codec) Unmarshal(data []byte) (any, error) {
	d := Decoder{codec: c, data: data}
	v, i, err := d.value(skipSpace(data, 0), 0)
	if err != nil {
		return nil, err
	}
	if i = skipSpace(data, i); i < uint(len(data)) {
		return nil, &syntaxError{trailingData, i}
	}
	return v, nil
}

// UnmarshalTo reads the one value that data is into the variable that ptr points
// to. The value must fit in full: an integer that the variable cannot hold, a float
// for an integer, null for anything but a pointer, map, slice or interface is an
// error, and a Python string is no template.HTML. Beyond the types that Unmarshal
// returns, the variable may be
//
//   - of any integer or float kind, a *big.Int or big.Int
//   - a string type, for Markup too
//   - a type that is a [16]byte, for a UUID or a string that spells one
//   - a time.Time, for a string that spells one in the format of the tag or RFC 3339
//   - an encoding.TextUnmarshaler, for a string
//   - a slice or array, for a list or tuple; a map with string or integer keys
//   - a struct, by its json tags; names are compared exactly, unknown ones ignored
//   - a pointer to any of these
//
// After an error the variable may be partly written.
func (c *Codec) UnmarshalTo(data []byte, ptr any) error {
	switch p := ptr.(type) { // the usual ones, without an allocation
	case *string:
		if s, ok := wholeString(data); ok {
			*p = s
			return nil
		}
	case *int64:
		if n, ok := wholeInt64(data); ok {
			*p = n
			return nil
		}
	case *int:
		if n, ok := wholeInt64(data); ok && int64(int(n)) == n {
			*p = int(n)
			return nil
		}
	case *bool:
		if s := string(data); s == "true" || s == "false" {
			*p = s == "true"
			return nil
		}
	case *float64:
		if f, ok := wholeFloat64(data); ok {
			*p = f
			return nil
		}
	}

	v, err := c.Unmarshal(data)
	if err != nil {
		return err
	}
	switch p := ptr.(type) { // without reflection
	case *any:
		if p != nil {
			*p = v
			return nil
		}
	case *[]byte:
		if b, ok := v.([]byte); ok && p != nil {
			*p = b
			return nil
		}
	case *time.Time:
		if t, ok := v.(time.Time); ok && p != nil {
			*p = t
			return nil
		}
	}
	rv := reflect.ValueOf(ptr)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return errors.New("taggedjson: UnmarshalTo needs a pointer to a variable")
	}
	return assign(rv.Elem(), v)
}
