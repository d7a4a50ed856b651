package taggedjson

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A set is a Python set: a struct, so that no other tag takes it.
type set struct{ items []string }

var setTag = Tag{
	Key:   " s",
	Match: func(v any) bool { _, ok := v.(set); return ok },
	Encode: func(v any) (any, error) {
		items := slices.Clone(v.(set).items)
		slices.Sort(items)
		return items, nil
	},
	Decode: func(v any) (any, error) {
		var s set
		list, ok := v.([]any)
		for _, item := range list {
			text, isString := item.(string)
			ok = ok && isString
			s.items = append(s.items, text)
		}
		if !ok {
			return nil, errors.New("a list of strings was expected")
		}
		return s, nil
	},
}

var pairTag = Tag{
	Key:   " p",
	Match: func(v any) bool { list, ok := v.([]any); return ok && len(list) == 2 },
	Encode: func(v any) (any, error) {
		return map[string]any{"a": v.([]any)[0], "b": v.([]any)[1]}, nil
	},
	Decode: func(v any) (any, error) {
		if m, ok := v.(map[string]any); ok {
			return []any{m["a"], m["b"]}, nil
		}
		return nil, errors.New("an object was expected")
	},
}

// The tags and values of make_vectors.py.
func TestVectorsCustomTags(t *testing.T) {
	var codec Codec
	if err := codec.Register(setTag); err != nil {
		t.Fatal(err)
	}
	if err := codec.RegisterAt(0, pairTag); err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"a set":                                 map[string]any{"set": set{[]string{"a", "b"}}},
		"a pair":                                []any{int64(1), int64(2)},
		"pairs in pairs, with tags":             []any{[]any{Tuple{int64(1)}, []byte("x")}, []any{[]any{int64(1), int64(2)}, map[string]any{" p": int64(1)}}},
		"a list that is no pair":                []any{int64(1), int64(2), int64(3)},
		"a dict whose one key is a custom tag":  map[string]any{" s": int64(1)},
		"a dict whose one key is another's tag": map[string]any{" x": int64(1)},
		"a set in a tuple":                      Tuple{set{[]string{"a"}}},
	}
	for _, v := range readVectors(t).Custom {
		value, ok := values[v.Name]
		if !ok {
			t.Errorf("%s: no value in Go", v.Name)
			continue
		}
		if got, err := codec.Append(nil, value); err != nil || string(got) != v.JSON {
			t.Errorf("%s: wrote %s, %v; Flask writes %s", v.Name, got, err, v.JSON)
		}
		if got, err := codec.Unmarshal([]byte(v.JSON)); err != nil || !reflect.DeepEqual(got, value) {
			t.Errorf("%s: read %#v, %v; want %#v", v.Name, got, err, value)
		}
	}
}

// Match functions that note their name and take nothing show who is asked when.
func TestTagsAreAskedInOrder(t *testing.T) {
	var codec Codec
	var asked []string
	spy := func(name string) Tag {
		return Tag{Key: " " + name, Match: func(any) bool { asked = append(asked, name); return false }, Encode: setTag.Encode, Decode: setTag.Decode}
	}
	for _, at := range []struct {
		name  string
		index int
	}{{"last", 100}, {"first", 0}, {"before the date", -2}, {"after the tuple", 4}, {"before all", -100}} {
		if err := codec.RegisterAt(at.index, spy(at.name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		v    any
		want string
	}{
		{map[string]any{" t": nil}, "before all, first"},
		{map[string]any{}, "before all, first"},
		{Tuple{}, "before all, first"},
		{[]int{}, "before all, first, after the tuple"},
		{[]byte{}, "before all, first, after the tuple"},
		{UUID{}, "before all, first, after the tuple"},
		{time.Unix(0, 0), "before all, first, after the tuple, before the date"},
		{"a string", "before all, first, after the tuple, before the date, last"},
		{struct{}{}, "before all, first, after the tuple, before the date, last"},
		{level(0), "before all, first, after the tuple, before the date, last"},
	} {
		asked = nil
		if _, err := codec.Append(nil, test.v); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(asked, ", ")
		if m, ok := test.v.(map[string]any); ok && len(m) == 1 { // its one value, nil, is asked for as well
			got = strings.TrimSuffix(got, ", before all, first, after the tuple, before the date, last")
		}
		if got != test.want {
			t.Errorf("%#v: asked %s; want %s", test.v, got, test.want)
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	var codec Codec
	if err := codec.Register(setTag); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{" s", " t", " di"} {
		tag := setTag
		tag.Key = key
		if err := codec.Register(tag); err == nil {
			t.Errorf("%q, which is registered already: got no error", key)
		}
	}
	if err := codec.Register(Tag{Key: " y"}); err == nil {
		t.Error("a tag without functions: got no error")
	}
	if got := len(codec.order); got != 9 {
		t.Errorf("%d tags in the order, want 9", got)
	}
}

func TestOverrideReadsAtOnceAndWritesWhereItIsFirst(t *testing.T) {
	unix := Tag{
		Key:    " d",
		Match:  func(v any) bool { _, ok := v.(time.Time); return ok },
		Encode: func(v any) (any, error) { return v.(time.Time).Unix(), nil },
		Decode: func(v any) (any, error) { return time.Unix(v.(int64), 0).UTC(), nil },
	}
	when := time.Unix(1136214245, 0).UTC()
	for _, test := range []struct {
		index int
		want  string
	}{
		{100, `{" d":"Mon, 02 Jan 2006 15:04:05 GMT"}`},
		{0, `{" d":1136214245}`},
	} {
		var codec Codec
		if err := codec.Override(test.index, unix); err != nil {
			t.Fatal(err)
		}
		if got, err := codec.Append(nil, when); err != nil || string(got) != test.want {
			t.Errorf("at %d: wrote %s, %v; want %s", test.index, got, err, test.want)
		}
		if got, err := codec.Unmarshal([]byte(`{" d":1136214245}`)); err != nil || got != when {
			t.Errorf("at %d: read %v, %v; want %v", test.index, got, err, when)
		}
	}
}

// A tag without a key changes a value on its way to the tags behind it.
func TestTagWithoutKey(t *testing.T) {
	var codec Codec
	if err := codec.RegisterAt(0, Tag{
		Match:  func(v any) bool { _, ok := v.(map[string]any); return ok },
		Encode: func(v any) (any, error) { return map[string]any{" t": len(v.(map[string]any))}, nil },
	}); err != nil {
		t.Fatal(err)
	}
	got, err := codec.Append(nil, []any{map[string]any{"a": 1, "b": 2}})
	if want := `[{" di":{" t__":2}}]`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	if codec.HasTag("") {
		t.Error("the empty key is a tag")
	}
}

func TestCustomTagErrors(t *testing.T) {
	var codec Codec
	loop := Tag{Key: " l", Match: func(v any) bool { return v == "loop" }, Encode: func(v any) (any, error) { return v, nil }, Decode: setTag.Decode}
	failing := Tag{Key: " f", Match: func(v any) bool { return v == "fail" }, Encode: func(any) (any, error) { return nil, errors.New("no") }, Decode: setTag.Decode}
	if err := errors.Join(codec.Register(loop), codec.Register(failing)); err != nil {
		t.Fatal(err)
	}
	if _, err := codec.Append(nil, map[string]any{"a": "loop"}); err == nil || !strings.HasSuffix(err.Error(), "400 levels can't be kept in a session") {
		t.Errorf("a tag that returns its own value: got %v", err)
	}
	if _, err := codec.Append(nil, map[string]any{"a": "fail"}); err == nil || err.Error() != `a: tag " f": no` {
		t.Errorf("Encode: got %v", err)
	}
	if _, err := codec.Unmarshal([]byte(`{"a":{" f":1}}`)); err == nil || err.Error() != `a: tag " f": a list of strings was expected` {
		t.Errorf("Decode: got %v", err)
	}
}

func TestUUIDText(t *testing.T) {
	const text = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	var u UUID
	if err := u.UnmarshalText([]byte("{" + strings.ToUpper(text) + "}")); err != nil || u.String() != text {
		t.Errorf("got %s, %v; want %s", u, err, text)
	}
	if got, err := u.MarshalText(); err != nil || string(got) != text {
		t.Errorf("MarshalText: got %s, %v; want %s", got, err, text)
	}
	if err := u.UnmarshalText([]byte("6ba7")); err == nil {
		t.Error("four digits: got no error")
	}
}
