package taggedjson_test

import (
	"errors"
	"fmt"
	"html/template"
	"log"
	"math/big"
	"time"

	"github.com/costrel/costrel/taggedjson"
)

func Example() {
	var codec taggedjson.Codec
	data, err := codec.Append(nil, map[string]any{
		"user_id":  12345,
		"_flashes": []any{taggedjson.Tuple{"message", template.HTML("<b>Hello</b>")}},
		"login":    time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC),
		"key":      []byte("key"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n\n", data)

	v, err := codec.Unmarshal(data)
	if err != nil {
		log.Fatal(err)
	}
	session := v.(map[string]any)
	fmt.Printf("%T %T %T %T\n", session["user_id"], session["_flashes"].([]any)[0], session["login"], session["key"])
	// Output:
	// {"_flashes":[{" t":["message",{" m":"<b>Hello</b>"}]}],"key":{" b":"a2V5"},"login":{" d":"Mon, 02 Jan 2006 15:04:05 GMT"},"user_id":12345}
	//
	// int64 taggedjson.Tuple time.Time []uint8
}

// A struct is an object by its json tags, and its fields are tagged like any other
// value.
func ExampleCodec_UnmarshalTo() {
	type Cart struct {
		Items   []string  `json:"items"`
		Ordered time.Time `json:"ordered"`
		Coupon  *string   `json:"coupon"`
	}
	var codec taggedjson.Codec
	data := []byte(`{"coupon":null,"items":["flask","strap"],"ordered":{" d":"Mon, 02 Jan 2006 15:04:05 GMT"},"seen":3}`)

	var cart Cart
	if err := codec.UnmarshalTo(data, &cart); err != nil {
		log.Fatal(err)
	}
	fmt.Println(cart.Items, cart.Ordered.Year(), cart.Coupon)

	// What does not fit in full is an error.
	var n int8
	fmt.Println(codec.UnmarshalTo([]byte("12345"), &n))
	// Output:
	// [flask strap] 2006 <nil>
	// 12345 doesn't fit int8
}

func ExamplePathError() {
	type Item struct {
		Price any `json:"price"`
	}
	var codec taggedjson.Codec
	_, err := codec.Append(nil, map[string]any{
		"cart": []Item{{1}, {2}, {3}, {make(chan int)}},
	})
	fmt.Println(err)

	var path *taggedjson.PathError
	if errors.As(err, &path) {
		fmt.Println(path.Path)
	}
	// Output:
	// cart[3].price: channel can't be kept in a session
	// cart[3].price
}

// A tag for Go's big.Rat, beside a Python tag for Fraction:
//
//	class TagFraction(JSONTag):
//	    key = " q"
//	    def check(self, value): return isinstance(value, Fraction)
//	    def to_json(self, value): return str(value)
//	    def to_python(self, value): return Fraction(value)
func ExampleCodec_Register() {
	var codec taggedjson.Codec
	err := codec.Register(taggedjson.Tag{
		Key:    " q",
		Match:  func(v any) bool { _, ok := v.(*big.Rat); return ok },
		Encode: func(v any) (any, error) { return v.(*big.Rat).RatString(), nil },
		Decode: func(v any) (any, error) {
			s, _ := v.(string)
			q, ok := new(big.Rat).SetString(s)
			if !ok {
				return nil, errors.New("a fraction was expected")
			}
			return q, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	data, err := codec.Append(nil, map[string]any{"share": big.NewRat(1, 3)})
	fmt.Printf("%s %v\n", data, err)

	var share *big.Rat
	err = codec.UnmarshalTo([]byte(`{" q":"1/3"}`), &share)
	fmt.Println(share, err)
	// Output:
	// {"share":{" q":"1/3"}} <nil>
	// 1/3 <nil>
}

// A tag that is asked first gets what one of Flask's own would take: here maps of
// one Go type.
func ExampleCodec_RegisterAt() {
	type point map[string]int
	var codec taggedjson.Codec
	err := codec.RegisterAt(0, taggedjson.Tag{
		Key:    " point",
		Match:  func(v any) bool { _, ok := v.(point); return ok },
		Encode: func(v any) (any, error) { return map[string]int(v.(point)), nil },
		Decode: func(v any) (any, error) { return v, nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	data, err := codec.Append(nil, []any{point{"x": 1}, map[string]int{"x": 1}})
	fmt.Printf("%s %v\n", data, err)
	// Output: [{" point":{"x":1}},{"x":1}] <nil>
}

// Times to the nanosecond, in the place of Flask's dates. A Flask application
// with the same tag says force=True and index=0.
func ExampleCodec_Override() {
	var codec taggedjson.Codec
	err := codec.Override(0, taggedjson.Tag{
		Key:    " d",
		Match:  func(v any) bool { _, ok := v.(time.Time); return ok },
		Encode: func(v any) (any, error) { return v.(time.Time).Format(time.RFC3339Nano), nil },
		Decode: func(v any) (any, error) {
			text, _ := v.(string)
			return time.Parse(time.RFC3339Nano, text)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	data, err := codec.Append(nil, time.Date(2026, 1, 31, 12, 0, 0, 5, time.UTC))
	fmt.Printf("%s %v\n", data, err)
	back, err := codec.Unmarshal(data)
	fmt.Println(back, err)
	// Output:
	// {" d":"2026-01-31T12:00:00.000000005Z"} <nil>
	// 2026-01-31 12:00:00.000000005 +0000 UTC <nil>
}

func ExamplePythonType() {
	for _, data := range []string{`1`, `1.0`, `null`, `{" t":[1]}`, `{" m":"<b>"}`} {
		v, err := (*taggedjson.Codec)(nil).Unmarshal([]byte(data))
		fmt.Printf("%T is Python's %s, %v\n", v, taggedjson.PythonType(v), err)
	}
	// Output:
	// int64 is Python's int, <nil>
	// float64 is Python's float, <nil>
	// <nil> is Python's NoneType, <nil>
	// taggedjson.Tuple is Python's tuple, <nil>
	// template.HTML is Python's Markup, <nil>
}

func ExampleAppendSpans() {
	data := []byte(`{"cart":[1,2,{"a":3}],"user_id":12345}`)
	spans, err := taggedjson.AppendSpans(nil, data)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range spans {
		fmt.Printf("%s = %s\n", data[s.KeyStart:s.KeyEnd], data[s.ValueStart:s.ValueEnd])
	}
	// Output:
	// cart = [1,2,{"a":3}]
	// user_id = 12345
}

func ExampleDecoder() {
	data := []byte(`{"cart":["mug","flask"],"seen":{" t":[1,2]}}`)
	spans, err := taggedjson.AppendSpans(nil, data)
	if err != nil {
		log.Fatal(err)
	}
	decoder := new(taggedjson.Codec).NewDecoder(data)
	for _, s := range spans {
		key, _ := decoder.Key(s)
		value, err := decoder.Value(s)
		fmt.Printf("%s: %#v, %v\n", key, value, err)
	}
	// Output:
	// cart: []interface {}{"mug", "flask"}, <nil>
	// seen: taggedjson.Tuple{1, 2}, <nil>
}

// Whether bytes can be compared where Flask compares keys.
func ExampleAppendFlaskSpans() {
	for _, data := range []string{`{"a":1,"b":2}`, `{"b":2,"a":1}`, `{"\u0061":1}`, `{"a": 1}`} {
		spans, flask, err := taggedjson.AppendFlaskSpans(nil, []byte(data))
		fmt.Println(len(spans), flask, err)
	}
	// Output:
	// 2 true <nil>
	// 2 false <nil>
	// 1 false <nil>
	// 1 false <nil>
}

func ExampleAppendString() {
	text, err := taggedjson.AppendString(nil, "Zoë\n")
	fmt.Println(string(text), err)
	key, err := taggedjson.UnquoteKey(text[1 : len(text)-1])
	fmt.Printf("%q %v\n", key, err)
	// Output:
	// "Zo\u00eb\n" <nil>
	// "Zoë\n" <nil>
}

// A value that was kept, and may have been changed since.
func ExampleCodec_Holds() {
	codec := new(taggedjson.Codec)
	cart := []any{"mug", int64(2)}
	kept, err := codec.Append(nil, cart)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(codec.Holds(kept, cart))
	cart[1] = int64(3)
	fmt.Println(codec.Holds(kept, cart))
	// Output:
	// true
	// false
}

func ExampleWithin() {
	err := taggedjson.Within("cart", taggedjson.Within("price", errors.New("is no number")))
	fmt.Println(err)
	// Output:
	// cart.price: is no number
}
