package taggedjson

import (
	"encoding/json"
	"errors"
	"html/template"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

type (
	role     string
	celsius  float32
	ulid     [16]byte
	names    []string
	blob     []byte
	level    int // written as text
	verified bool
)

func (l level) MarshalText() ([]byte, error) { return []byte([]string{"low", "high"}[l]), nil }

func (l *level) UnmarshalText(text []byte) error {
	for i, name := range []string{"low", "high"} {
		if string(text) == name {
			*l = level(i)
			return nil
		}
	}
	return errors.New("no level")
}

// A decimal has its methods on the pointer and no exported field.
type decimal struct{ cents int64 }

func (d *decimal) MarshalText() ([]byte, error) {
	return big.NewRat(d.cents, 100).MarshalText()
}

type base struct {
	ID   int `json:"id"`
	Kind string
}

type item struct {
	base
	*Extra
	Name   string         `json:"name"`
	Price  float64        `json:"price"`
	Tags   Tuple          `json:"tags,omitempty"`
	Seen   time.Time      `json:"seen,omitzero"`
	Note   *string        `json:"note,omitempty"`
	Hidden string         `json:"-"`
	Any    any            `json:"any"`
	Sub    map[string]int `json:"sub,omitempty"`
}

type Extra struct{ Colour string }

func TestAppendGoValues(t *testing.T) {
	when := time.Date(2006, 1, 2, 16, 4, 5, 999, time.FixedZone("", 3600))
	five := 5
	pointer := &five
	for _, test := range []struct {
		name string
		v    any
		want string
	}{
		{"every kind of integer", []any{int8(-1), int16(-2), int32(-3), int64(-4), uint(1), uint8(2), uint16(3), uint32(4), uint64(math.MaxUint64), uintptr(6)}, `[-1,-2,-3,-4,1,2,3,4,18446744073709551615,6]`},
		{"a float32 has the digits of its own precision", []any{float32(0.1), float32(1), float32(1e20)}, `[0.1,1.0,1e+20]`},
		{"named types are what they are made of", []any{role("admin"), celsius(1.5), names{"a"}, blob("a"), verified(true)}, `["admin",1.5,["a"],{" b":"YQ=="},true]`},
		{"big integers are numbers, by value too", []any{big.NewInt(5), *big.NewInt(6), (*big.Int)(nil), new(big.Int).Lsh(big.NewInt(1), 70)}, `[5,6,null,1180591620717411303424]`},
		{"a json.Number is written as Python writes it", []any{json.Number("1"), json.Number("1.50"), json.Number("1e3"), json.Number("-0"), json.Number("12345678901234567890")}, `[1,1.5,1000.0,0,12345678901234567890]`},
		{"what is text is a string", []any{level(1), &decimal{125}, decimal{50}, netip.MustParseAddr("::1"), *big.NewRat(1, 3)}, `["high","5/4","1/2","::1","1/3"]`},
		{"a [16]byte is a UUID whatever its name", []any{UUID{1}, ulid{2}, [16]byte{3}, &UUID{4}}, `[{" u":"01000000000000000000000000000000"},{" u":"02000000000000000000000000000000"},{" u":"03000000000000000000000000000000"},{" u":"04000000000000000000000000000000"}]`},
		{"times are written in UTC and by the second", []any{when, &when}, `[{" d":"Mon, 02 Jan 2006 15:04:05 GMT"},{" d":"Mon, 02 Jan 2006 15:04:05 GMT"}]`},
		{"markup", template.HTML("<b>"), `{" m":"<b>"}`},
		{"pointers are what they point to", []any{&pointer, (*int)(nil), (*item)(nil)}, `[5,null,null]`},
		{"nil maps and slices are empty", []any{map[string]any(nil), []any(nil), []string(nil), map[string]int(nil), []byte(nil), Tuple(nil)}, `[{},[],[],{},{" b":""},{" t":[]}]`},
		{"other arrays of bytes are bytes", [3]byte{1, 2, 3}, `{" b":"AQID"}`},
		{"arrays are lists", [2]bool{true, false}, `[true,false]`},
		{"maps of any type are sorted", map[role][]int{"b": {1}, "a": nil}, `{"a":[],"b":[1]}`},
		{"integer keys are sorted as numbers", []any{map[int]int{10: 1, 9: 2, -1: 3}, map[uint8]bool{2: true, 10: false}}, `[{"-1":3,"9":2,"10":1},{"2":true,"10":false}]`},
		{"a typed map with a tag for its one key is escaped", map[string]int{" t": 1}, `{" di":{" t__":1}}`},
		{"a struct with a tag for its one key is escaped", struct {
			X int `json:" b"`
		}{1}, `{" di":{" b__":1}}`},
		{"what omitempty leaves out", struct {
			B bool     `json:"b,omitempty"`
			S struct{} `json:"s,omitempty"`
			L []int    `json:"l,omitempty"`
			P *int     `json:"p,omitempty"`
		}{}, `{"s":{}}`},
		{"what omitzero leaves out", struct {
			N int       `json:"n,omitzero"`
			T time.Time `json:"t,omitzero"`
			L []int     `json:"l,omitzero"`
			M []int     `json:"m,omitzero"`
		}{L: []int{}}, `{"l":[]}`},
		{"an empty struct is an empty object", struct{}{}, `{}`},
		{"structs by their json tags", item{base: base{ID: 1}, Name: "n", Any: Tuple{1}}, `{"Kind":"","any":{" t":[1]},"id":1,"name":"n","price":0.0}`},
		{"fields of embedded pointers", item{Extra: &Extra{"red"}, Sub: map[string]int{"a": 1}, Seen: when}, `{"Colour":"red","Kind":"","any":null,"id":0,"name":"","price":0.0,"seen":{" d":"Mon, 02 Jan 2006 15:04:05 GMT"},"sub":{"a":1}}`},
		{"half of a surrogate pair", "\xed\xa0\x80", `"\ud800"`},
	} {
		got, err := (*Codec)(nil).Append([]byte("x"), test.v)
		if err != nil || string(got) != "x"+test.want {
			t.Errorf("%s: got %s, %v; want %s", test.name, got, err, test.want)
		}
	}
}

type cycle struct {
	Next *cycle `json:"next"`
}

func TestAppendSaysWhatCannotBeKept(t *testing.T) {
	ring := &cycle{}
	ring.Next = ring
	var self any
	self = &self
	list := []any{nil}
	list[0] = list
	for _, test := range []struct {
		name string
		v    any
		want string
	}{
		{"a channel in a struct in a list", map[string]any{"cart": []any{1, 2, 3, struct {
			Price chan int `json:"price"`
		}{}}}, "cart[3].price: channel can't be kept in a session"},
		{"at the top there is no path", make(chan int), "channel can't be kept in a session"},
		{"a function", []any{func() {}}, "[0]: function can't be kept in a session"},
		{"a complex number", Tuple{1i}, "[0]: complex number can't be kept in a session"},
		{"keys that are no names are quoted", map[string]any{"a b": []any{map[string]any{"": make(chan int)}}}, `["a b"][0][""]: channel can't be kept in a session`},
		{"long keys are cut", map[string]any{strings.Repeat("k", 100): make(chan int)}, `["` + strings.Repeat("k", 60) + `"…]: channel can't be kept in a session`},
		{"keys that are neither strings nor integers", map[bool]int{true: 1}, "map with bool keys can't be kept in a session"},
		{"a struct of which nothing would be kept", map[string]any{"a": struct{ x int }{1}}, "a: struct { x int }, which has no exported field, can't be kept in a session"},
		{"a string that is not UTF-8", []string{"ok", "\xff"}, "[1]: a string that isn't UTF-8 can't be kept in a session"},
		{"a key that is not UTF-8", map[string]int{"\xff": 1}, `["\xff"]: a string that isn't UTF-8 can't be kept in a session`},
		{"the zero time, which Flask would read as 2001", map[string]any{"at": time.Time{}}, "at: the zero time can't be kept in a session: leave it out by omitzero, or keep a *time.Time"},
		{"a year of five digits", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "a date in the year 10000 can't be kept in a session"},
		{"an integer Python would not read", new(big.Int).Exp(big.NewInt(10), big.NewInt(4300), nil), "an integer of more than 4300 digits can't be kept in a session"},
		{"an integer far beyond that", new(big.Int).Lsh(big.NewInt(1), 1<<20), "an integer of more than 4300 digits can't be kept in a session"},
		{"a json.Number that is none", json.Number("1.x"), "a json.Number that is no number can't be kept in a session"},
		{"an empty json.Number", json.Number(""), "a json.Number that is no number can't be kept in a session"},
		{"a struct that holds itself", ring, "400 levels can't be kept in a session"},
		{"a pointer to itself", self, "400 levels can't be kept in a session"},
		{"a slice that holds itself", list, "400 levels can't be kept in a session"},
	} {
		got, err := (*Codec)(nil).Append([]byte("x"), test.v)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) || string(got) != "x" {
			t.Errorf("%s: got %s, %v; want %s", test.name, got, err, test.want)
		}
		var path *PathError
		if errors.As(err, &path) && len(path.Path) > 2*maxPath {
			t.Errorf("%s: the path has %d bytes", test.name, len(path.Path))
		}
	}
}

func TestAppendToTheLastLevel(t *testing.T) {
	var codec Codec
	nest := func(levels int) any {
		var v any = 1
		for range levels {
			v = []any{v}
		}
		return v
	}
	data, err := codec.Append(nil, nest(MaxWriteDepth))
	if err != nil {
		t.Fatalf("%d levels: %v", MaxWriteDepth, err)
	}
	if _, err := codec.Unmarshal(data); err != nil {
		t.Errorf("reading it back: %v", err)
	}
	if _, err := codec.Append(nil, nest(MaxWriteDepth+1)); err == nil {
		t.Errorf("%d levels: got no error", MaxWriteDepth+1)
	}
}

// Fields are those of encoding/json, which has the rules for embedded structs.
func TestFieldsAreThoseOfEncodingJSON(t *testing.T) {
	type A struct{ X, Y int }
	type B struct{ X, Z int }
	type C struct {
		X int `json:"Z"`
	}
	type named struct{ W int }
	for _, v := range []any{
		struct {
			A
			B
		}{},
		struct {
			A
			B
			X string
		}{},
		struct {
			B
			C
		}{},
		struct {
			A `json:"a"`
			*B
		}{},
		struct {
			named
			*Extra
		}{},
		struct {
			A
			Y string `json:"y"`
		}{},
	} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		data, err := (*Codec)(nil).Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		var g, w map[string]any
		if json.Unmarshal(data, &g) != nil || json.Unmarshal(want, &w) != nil || !reflect.DeepEqual(g, w) {
			t.Errorf("%T: got %s, want %s", v, data, want)
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	var codec Codec
	dst := make([]byte, 0, 1024)
	for _, v := range []any{nil, true, "a string with é and \"", int64(1 << 40), 1.5, Tuple{"message", "hello"}, []byte("bytes"), UUID{1}, template.HTML("<b>"), time.Unix(1e9, 0), map[string]any{"a": 1, "b": []any{"c"}}} {
		if n := testing.AllocsPerRun(100, func() {
			if _, err := codec.Append(dst, v); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%T: %v allocations, want 0", v, n)
		}
	}
}

// Few keys and many are sorted in different ways.
func TestAppendSortsMapsOfEverySize(t *testing.T) {
	m := make(map[string]any)
	for n := range 40 {
		keys := slices.Sorted(maps.Keys(m))
		got, err := (*Codec)(nil).Append(nil, m)
		want := `{"` + strings.Join(keys, `":null,"`) + `":null}`
		if n == 0 {
			want = "{}"
		}
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
		m[strconv.Itoa(n*7919%101)] = nil
	}
}
