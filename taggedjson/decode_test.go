package taggedjson

import (
	"html/template"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUnmarshalTypes(t *testing.T) {
	for _, test := range []struct {
		data string
		want any
	}{
		{`null`, nil},
		{`true`, true},
		{`12`, int64(12)},
		{`-9223372036854775808`, int64(math.MinInt64)},
		{`9223372036854775808`, new(big.Int).SetUint64(1 << 63)},
		{`12.0`, 12.0},
		{`1E400`, math.Inf(1)},
		{`"a\u00e9"`, "aé"},
		{`[1,[],{}]`, []any{int64(1), []any{}, map[string]any{}}},
		{`{"a":{"b":null}}`, map[string]any{"a": map[string]any{"b": nil}}},
		{`{" t":["a",[1]]}`, Tuple{"a", []any{int64(1)}}},
		{`{" b":"AP8="}`, []byte{0, 255}},
		{`{" m":"<b>"}`, template.HTML("<b>")},
		{`{" u":"6ba7b8109dad11d180b400c04fd430c8"}`, UUID{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}},
		{`{" d":"Mon, 02 Jan 2006 15:04:05 GMT"}`, time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC)},
		{`{" d":"soon"}`, nil},
		{`{" di":{" t__":[1]}}`, map[string]any{" t": []any{int64(1)}}},
		{`{" x":[1]}`, map[string]any{" x": []any{int64(1)}}},
	} {
		got, err := (*Codec)(nil).Unmarshal([]byte(test.data))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %#v, %v; want %#v", test.data, got, err, test.want)
		}
	}
}

func TestUnmarshalErrorsSayWhere(t *testing.T) {
	for _, test := range []struct{ data, want string }{
		{``, `malformed JSON at byte 0: the document ends too early`},
		{`{"a":1`, `malformed JSON at byte 6: the document ends too early`},
		{`{"a":1} x`, `malformed JSON at byte 8: data after the end`},
		{`{"cart":[1,{"id":{" u":"x"}}]}`, `cart[1].id: tag " u": a string of 32 hexadecimal digits was expected`},
		{`{"a":[1,nul]}`, `a[1]: malformed JSON at byte 8: a value was expected`},
		{`[0,1,[0,nul]]`, `[2][1]: malformed JSON at byte 8: a value was expected`},
		{strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), `malformed JSON at byte 1000: nested deeper than 1000 levels`},
	} {
		_, err := (*Codec)(nil).Unmarshal([]byte(test.data))
		if err == nil || !strings.HasSuffix(err.Error(), test.want) || len(err.Error()) > 2*maxPath {
			t.Errorf("%.40s: got %v, want %s", test.data, err, test.want)
		}
	}
}

func TestDepth(t *testing.T) {
	for _, test := range []struct {
		name        string
		open, close string
	}{
		{"lists", "[", "]"},
		{"objects", `{"a":`, "}"},
		{"both", `[{"a":`, "}]"},
	} {
		levels := strings.Count(test.open, "[") + strings.Count(test.open, "{")
		for _, n := range []int{MaxDepth, MaxDepth + levels, 100_000} {
			data := []byte(strings.Repeat(test.open, n/levels) + "1" + strings.Repeat(test.close, n/levels))
			_, err := (*Codec)(nil).Unmarshal(data)
			if got, want := err == nil, n <= MaxDepth; got != want {
				t.Errorf("%d levels of %s: Unmarshal: %v", n, test.name, err)
			}
			_, err = AppendSpans(nil, data)
			if got, want := err == nil || err == ErrNotObject, n <= MaxDepth; got != want {
				t.Errorf("%d levels of %s: AppendSpans: %v", n, test.name, err)
			}
		}
	}
}

func TestUnmarshalToFits(t *testing.T) {
	when := time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC)
	id := UUID{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	five := 5
	for _, test := range []struct {
		data string
		want any // UnmarshalTo is given a pointer to a variable of its type
	}{
		{`"a\n"`, "a\n"},
		{` "a" `, "a"},
		{`{" m":"<b>"}`, "<b>"},
		{`"admin"`, role("admin")},
		{`-5`, int64(-5)},
		{`-5`, int(-5)},
		{` -5 `, int(-5)},
		{`-128`, int8(-128)},
		{`255`, uint8(255)},
		{`18446744073709551615`, uint64(math.MaxUint64)},
		{`1180591620717411303424`, *new(big.Int).Lsh(big.NewInt(1), 70)},
		{`5`, *big.NewInt(5)},
		{`1.5`, 1.5},
		{`5`, 5.0},
		{`9007199254740992`, 9007199254740992.0},
		{`1180591620717411303424`, 0x1p70},
		{`16777216`, float32(1 << 24)},
		{`0.1`, float32(0.1)},
		{`true`, true},
		{`false`, verified(false)},
		{`{" b":"YQ=="}`, []byte("a")},
		{`{" b":"YQ=="}`, blob("a")},
		{`{" b":"AQID"}`, [3]byte{1, 2, 3}},
		{`{" m":"<b>"}`, template.HTML("<b>")},
		{`{" u":"6ba7b8109dad11d180b400c04fd430c8"}`, id},
		{`{" u":"6ba7b8109dad11d180b400c04fd430c8"}`, ulid(id)},
		{`"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, id},
		{`"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, ulid(id)},
		{`{" d":"Mon, 02 Jan 2006 15:04:05 GMT"}`, when},
		{`"Mon, 02 Jan 2006 15:04:05 GMT"`, when},
		{`"2006-01-02T15:04:05Z"`, when},
		{`"high"`, level(1)},
		{`"::1"`, netip.MustParseAddr("::1")},
		{`["a","b"]`, []string{"a", "b"}},
		{`[]`, []string{}},
		{`null`, []string(nil)},
		{`{" t":["a","b"]}`, []string{"a", "b"}},
		{`{" t":["a","b"]}`, [2]string{"a", "b"}},
		{`{" t":["a",1]}`, Tuple{"a", int64(1)}},
		{`["a",1]`, Tuple{"a", int64(1)}},
		{`{"a":[1],"b":[]}`, map[string][]int{"a": {1}, "b": {}}},
		{`{"-1":3,"10":1}`, map[int8]int{-1: 3, 10: 1}},
		{`{"7":"x"}`, map[uint]role{7: "x"}},
		{`null`, map[string]int(nil)},
		{`5`, &five},
		{`null`, (*int)(nil)},
		{`[1,"a"]`, any([]any{int64(1), "a"})},
		{`{"id":7,"Kind":"k","Colour":"red","name":"n","price":2,"tags":{" t":[1]},"seen":{" d":"Mon, 02 Jan 2006 15:04:05 GMT"},"note":null,"any":{"x":1},"sub":{"a":1},"Hidden":"h","more":[]}`,
			item{base: base{7, "k"}, Extra: &Extra{"red"}, Name: "n", Price: 2, Tags: Tuple{int64(1)}, Seen: when, Any: map[string]any{"x": int64(1)}, Sub: map[string]int{"a": 1}}},
		{`[{"next":{"next":null}}]`, []cycle{{&cycle{}}}},
	} {
		p := reflect.New(reflect.TypeOf(test.want))
		err := (*Codec)(nil).UnmarshalTo([]byte(test.data), p.Interface())
		if got := p.Elem().Interface(); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %#v, %v; want %#v", test.data, got, err, test.want)
		}
	}
	var v any = "before"
	if err := (*Codec)(nil).UnmarshalTo([]byte(`null`), &v); err != nil || v != nil {
		t.Errorf("null into any: got %v, %v", v, err)
	}
}

func TestUnmarshalToRefuses(t *testing.T) {
	for _, test := range []struct {
		data string
		ptr  any
		want string
	}{
		{`128`, new(int8), "128 doesn't fit int8"},
		{`-1`, new(uint), "-1 doesn't fit uint"},
		{`256`, new(uint8), "256 doesn't fit uint8"},
		{`9223372036854775808`, new(int64), "9223372036854775808 doesn't fit int64"},
		{`18446744073709551616`, new(uint64), "18446744073709551616 doesn't fit uint64"},
		{strings.Repeat("9", 100), new(int), strings.Repeat("9", 40) + "… doesn't fit int"},
		{`1.5`, new(int), "1.5 doesn't fit int"},
		{`2.0`, new(int64), "2.0 doesn't fit int64"},
		{`9007199254740993`, new(float64), "9007199254740993 doesn't fit float64"},
		{`16777217`, new(float32), "16777217 doesn't fit float32"},
		{`1e300`, new(float32), "1e+300 doesn't fit float32"},
		{`null`, new(int64), "a value of Python's type NoneType doesn't fit int64"},
		{`null`, new(string), "a value of Python's type NoneType doesn't fit string"},
		{`"1"`, new(int), "a value of Python's type str doesn't fit int"},
		{`"1"`, new(big.Int), "a value of Python's type str doesn't fit big.Int"},
		{`1`, new(string), "a value of Python's type int doesn't fit string"},
		{`1`, new(bool), "a value of Python's type int doesn't fit bool"},
		{`true`, new(int), "a value of Python's type bool doesn't fit int"},
		{`"<script>"`, new(template.HTML), "a string that Python doesn't mark as safe HTML doesn't fit template.HTML"},
		{`"a"`, new([]byte), "a value of Python's type str doesn't fit []uint8"},
		{`[1]`, new([]byte), "a value of Python's type list doesn't fit []uint8"},
		{`"soon"`, new(time.Time), `parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"`},
		{`{" d":"soon"}`, new(time.Time), "a value of Python's type NoneType doesn't fit time.Time"},
		{`{" b":"AQID"}`, new([2]byte), "a value of Python's type bytes doesn't fit [2]uint8"},
		{`["a"]`, new([2]string), "a list of 1 items doesn't fit [2]string"},
		{`["a",1]`, new([]string), "[1]: a value of Python's type int doesn't fit string"},
		{`{"a":{"b":[1,1.5]}}`, new(map[string]map[string][]int), "a.b[1]: 1.5 doesn't fit int"},
		{`{"x":1}`, new(map[int]int), "x: the key doesn't fit int"},
		{`{"300":1}`, new(map[uint8]int), "300: the key doesn't fit uint8"},
		{`{"price":"free"}`, new(item), "price: a value of Python's type str doesn't fit float64"},
		{`[1]`, new(item), "a value of Python's type list doesn't fit taggedjson.item"},
		{`"none"`, new(level), "no level"},
		{`{}`, new(chan int), "a value of Python's type dict doesn't fit chan int"},
		{`"a"x`, new(string), "malformed JSON at byte 3: data after the end"},
		{`1`, nil, "taggedjson: UnmarshalTo needs a pointer to a variable"},
		{`1`, 5, "taggedjson: UnmarshalTo needs a pointer to a variable"},
		{`1`, (*[]int)(nil), "taggedjson: UnmarshalTo needs a pointer to a variable"},
	} {
		err := (*Codec)(nil).UnmarshalTo([]byte(test.data), test.ptr)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s into %T: got %v, want %s", test.data, test.ptr, err, test.want)
		}
	}
}

func TestUnmarshalToAllocatesNothing(t *testing.T) {
	var codec Codec
	var n int64
	var f float64
	var b bool
	for _, test := range []struct {
		data string
		ptr  any
	}{{"12345678", &n}, {"1.5", &f}, {"true", &b}} {
		data := []byte(test.data)
		if n := testing.AllocsPerRun(100, func() {
			if err := codec.UnmarshalTo(data, test.ptr); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", test.data, n)
		}
	}
}

func TestDecoder(t *testing.T) {
	data := []byte(` { "a" : "x\u00e9" , "b\n":[1,"y",{"c":1.5}],"d":{" u":"no"},"e":-0,"f":null } `)
	spans, err := AppendSpans(nil, data)
	if err != nil {
		t.Fatal(err)
	}
	var codec Codec
	decoder := codec.NewDecoder(data)
	for _, span := range slices.Concat(spans, spans) {
		got, err := decoder.Value(span)
		want, wantErr := codec.Unmarshal(data[span.ValueStart:span.ValueEnd])
		if !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: got %#v, %v; want %#v, %v", data[span.ValueStart:span.ValueEnd], got, err, want, wantErr)
		}
		key, err := decoder.Key(span)
		if want, wantErr := UnquoteKey(data[span.KeyStart:span.KeyEnd]); key != want || err != wantErr {
			t.Errorf("%s: got %q, %v; want %q, %v", data[span.KeyStart:span.KeyEnd], key, err, want, wantErr)
		}
	}
	for _, span := range []Span{{KeyStart: 1000, KeyEnd: 1001}, {KeyStart: 3, KeyEnd: 2}} {
		if got, err := decoder.Key(span); err == nil {
			t.Errorf("%v, the span of no key: got %q", span, got)
		}
	}
	for _, span := range []Span{{ValueStart: 1000, ValueEnd: 1001}, {ValueStart: 7, ValueEnd: 10}, {ValueStart: 9, ValueEnd: 10}, {}} {
		if got, err := decoder.Value(span); err == nil || got != nil {
			t.Errorf("%v, the span of no value: got %v, %v", span, got, err)
		}
	}
}

// What reading allocates is in proportion to the document.
func TestUnmarshalAllocatesInProportion(t *testing.T) {
	const bytesPerByte = 200 // an empty object of two bytes and a comma is a map
	for _, test := range []struct{ name, unit string }{
		{"empty lists", `[],`},
		{"empty objects", `{},`},
		{"objects of one", `{"a":0},`},
		{"equal keys", `{"a":0,"a":0,"a":0,"a":0},`},
		{"long integers", strings.Repeat("9", maxDigits) + ","},
		{"floats", "1e5,"},
		{"empty strings", `"",`},
		{"escapes", `"\u00e9\u00e9\u00e9",`},
	} {
		data := []byte("[" + strings.Repeat(test.unit, 1+50_000/len(test.unit)) + "0]")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := (*Codec)(nil).Unmarshal(data); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / uint64(len(data)); got > bytesPerByte {
			t.Errorf("%s: %d bytes allocated for a byte, want at most %d", test.name, got, bytesPerByte)
		}
	}
}
