package taggedjson

import (
	"reflect"
	"testing"
)

func TestHolds(t *testing.T) {
	self := []any{nil}
	self[0] = self
	for _, test := range []struct {
		name string
		data string
		v    any
		want bool
	}{
		{"a list of all that it understands", `[1,-2,"a",true,false,null,1.5,[],{}]`, []any{int64(1), -2, "a", true, false, nil, 1.5, []any{}, map[string]any{}}, true},
		{"a map", `{"a":1,"b":{"c":["d"]}}`, map[string]any{"a": int64(1), "b": map[string]any{"c": []any{"d"}}}, true},
		{"a tuple", `{" t":[1,"x"]}`, Tuple{int64(1), "x"}, true},
		{"strings", `["a","b"]`, []string{"a", "b"}, true},
		{"an empty key", `{"":1}`, map[string]any{"": int64(1)}, true},
		{"a float in another spelling", `[1.50,15e-1]`, []any{1.5, 1.5}, true},

		{"another number", `[1]`, []any{int64(2)}, false},
		{"a longer number", `[12]`, []any{int64(1)}, false},
		{"a longer number alone", `12`, int64(1), false},
		{"an exponent", `[1e2]`, []any{int64(1)}, false},
		{"a float for an integer", `[1]`, []any{1.0}, false},
		{"an integer for a float", `[1.0]`, []any{int64(1)}, false},
		{"a negative zero", `[-0.0]`, []any{0.0}, false},
		{"an item more", `[1]`, []any{int64(1), int64(1)}, false},
		{"an item less", `[1,1]`, []any{int64(1)}, false},
		{"no item", `[1]`, []any{}, false},
		{"a key more", `{"a":1}`, map[string]any{"a": int64(1), "b": int64(1)}, false},
		{"a key less", `{"a":1,"b":1}`, map[string]any{"a": int64(1)}, false},
		{"another key", `{"a":1}`, map[string]any{"b": int64(1)}, false},
		{"a key of null, and none", `{"a":null}`, map[string]any{"b": nil}, false},
		{"a key twice", `{"a":1,"a":1}`, map[string]any{"a": int64(1), "b": int64(2)}, false},
		{"strings that look like one", `["a","b"]`, []any{`a","b`}, false},
		{"an escape that looks like its text", `["a\\n"]`, []any{`a\n`}, false},
		{"a map that looks like a tuple", `{" t":[1]}`, map[string]any{" t": []any{int64(1)}}, false},
		{"a tuple for a list", `[1]`, Tuple{int64(1)}, false},
		{"a list for a tuple", `{" t":[1]}`, []any{int64(1)}, false},
		{"a list that contains itself", `[[[1]]]`, self, false},
		{"an item behind the list", `[1] `, []any{int64(1)}, false},
		{"nothing", ``, []any{}, false},
		{"half a list", `[1,`, []any{int64(1), int64(2)}, false},
		{"half a map", `{"a"`, map[string]any{"a": nil}, false},
		{"half a tuple", `{" t":[1]`, Tuple{int64(1)}, false},
		{"bytes, which it leaves to others", `{" b":"AQ=="}`, []byte{1}, false},
	} {
		if got := new(Codec).Holds([]byte(test.data), test.v); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}

func TestHoldsLeavesCustomTagsAlone(t *testing.T) {
	codec := new(Codec)
	tag := Tag{Key: " x", Match: func(v any) bool { return v == "x" }, Encode: func(v any) (any, error) { return v, nil }, Decode: func(v any) (any, error) { return v, nil }}
	if err := codec.Register(tag); err != nil {
		t.Fatal(err)
	}
	if codec.Holds([]byte(`["x"]`), []any{"x"}) {
		t.Error("it holds a value that is written with a tag")
	}
}

func TestHoldsAllocatesNothing(t *testing.T) {
	for _, s := range benchSessions {
		got := testing.AllocsPerRun(10, func() {
			if !(*Codec)(nil).Holds([]byte(s.json), s.values) {
				t.Fatal(s.name, "is not held")
			}
		})
		if got > 1 { // the conversion above
			t.Errorf("%s: got %v allocations, want none", s.name, got-1)
		}
	}
}

func BenchmarkHolds(b *testing.B) {
	for _, s := range benchSessions {
		b.Run(s.name, func(b *testing.B) {
			data := []byte(s.json)
			b.ReportAllocs()
			for b.Loop() {
				(*Codec)(nil).Holds(data, s.values)
			}
		})
	}
}

// FuzzHolds: what is held is what would be read, and no change to it is held.
func FuzzHolds(f *testing.F) {
	for _, seed := range []string{`[1,2.5,"a"]`, `{"a":[1],"b":{"c":null}}`, `{" t":["a",true]}`, `["a\n","\u00e9"]`, `{"a":1,"a":2}`, `[[[]],{}]`} {
		f.Add([]byte(seed), uint(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, place uint) {
		var codec Codec
		v, err := codec.Unmarshal(data)
		if err != nil {
			return
		}
		own, err := codec.Append(nil, v)
		if err != nil {
			return
		}
		if codec.Holds(data, v) {
			if again, err := codec.Unmarshal(own); err != nil || !reflect.DeepEqual(again, v) {
				t.Fatalf("%q is held, but is written as %q", data, own)
			}
		}
		changed, ok := change(v, &place)
		if !ok {
			return
		}
		now, err := codec.Append(nil, changed)
		if err == nil && string(now) == string(own) {
			return // no change that can be seen
		}
		if codec.Holds(data, changed) || codec.Holds(own, changed) {
			t.Fatalf("%q is held to be %#v", data, changed)
		}
	})
}

// change returns v with one change, at the place-th of those that can be made.
func change(v any, place *uint) (any, bool) {
	here := func() bool {
		*place--
		return *place == ^uint(0)
	}
	switch v := v.(type) {
	case []any:
		if here() {
			return append(v[:len(v):len(v)], nil), true
		}
		if len(v) > 0 && here() {
			return v[1:], true
		}
		for i := range v {
			if item, ok := change(v[i], place); ok {
				list := append([]any{}, v...)
				list[i] = item
				return list, true
			}
		}
	case Tuple:
		list, ok := change([]any(v), place)
		if ok {
			return Tuple(list.([]any)), true
		}
	case map[string]any:
		for key, value := range v {
			other := map[string]any{}
			for k, v := range v {
				other[k] = v
			}
			if here() {
				delete(other, key)
				return other, true
			}
			if here() {
				delete(other, key)
				other[key+"x"] = value
				return other, true
			}
			if item, ok := change(value, place); ok {
				other[key] = item
				return other, true
			}
		}
	case string:
		if here() {
			return v + "x", true
		}
		if len(v) > 0 && here() {
			return v[1:], true
		}
	case int64:
		if here() {
			return v + 1, true
		}
		if here() {
			return float64(v), true
		}
	case float64:
		if here() {
			return -v, true
		}
	case bool:
		if here() {
			return !v, true
		}
	case nil:
		if here() {
			return false, true
		}
	}
	return nil, false
}
