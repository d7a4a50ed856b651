package taggedjson

import (
	"errors"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

func TestAppendSpans(t *testing.T) {
	for _, test := range []struct {
		name, data string
		want       []string // key, value, key, value, ...
	}{
		{"an empty object", `{}`, nil},
		{"whitespace is in no span", " {\t\"a\" :\n1 , \"b\" : [ 2 ] }\r\n", []string{"a", "1", "b", "[ 2 ]"}},
		{"members in the order written, duplicates too", `{"b":1,"a":2,"b":3}`, []string{"b", "1", "a", "2", "b", "3"}},
		{"keys as they are written", `{"\u00e9\"":"\"}"}`, []string{`\u00e9\"`, `"\"}"`}},
		{"an empty key", `{"":null}`, []string{"", "null"}},
		{"values of every kind", `{"a":true,"b":false,"c":null,"d":-1.5e3,"e":"x","f":{"g":{"h":[]}},"i":[{},[1],""],"j":NaN,"k":-Infinity,"l":Infinity}`,
			[]string{"a", "true", "b", "false", "c", "null", "d", "-1.5e3", "e", `"x"`, "f", `{"g":{"h":[]}}`, "i", `[{},[1],""]`, "j", "NaN", "k", "-Infinity", "l", "Infinity"}},
		{"tags are objects like others", `{" t":{" t":5}}`, []string{" t", `{" t":5}`}},
		{"objects in lists in objects", `{"a":[{"b":[{"c":1}]}],"d":[[],[[]],{}]}`, []string{"a", `[{"b":[{"c":1}]}]`, "d", `[[],[[]],{}]`}},
	} {
		spans, err := AppendSpans([]Span{{1, 2, 3, 4}}, []byte(test.data))
		if err != nil || spans[0] != (Span{1, 2, 3, 4}) {
			t.Errorf("%s: got %v, %v", test.name, spans, err)
			continue
		}
		var got []string
		for _, s := range spans[1:] {
			got = append(got, test.data[s.KeyStart:s.KeyEnd], test.data[s.ValueStart:s.ValueEnd])
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAppendSpansRefuses(t *testing.T) {
	dst := []Span{{1, 2, 3, 4}}
	for _, data := range []string{`[]`, `[1,{"a":2}]`, `"a"`, `1`, ` null `, `NaN`} {
		if got, err := AppendSpans(dst, []byte(data)); !errors.Is(err, ErrNotObject) || len(got) != 1 {
			t.Errorf("%s: got %v, %v; want ErrNotObject", data, got, err)
		}
	}
	for _, data := range []string{``, ` `, `{`, `{"a"`, `{"a":1`, `{"a":1,}`, `{"a":1}}`, `{"a":1} {}`, `{"a":1]`, `{"a":[1}`, `[1`, `{"a":"\x"}`, `{"a":01}`} {
		if got, err := AppendSpans(dst, []byte(data)); err == nil || errors.Is(err, ErrNotObject) || len(got) != 1 {
			t.Errorf("%s: got %v, %v; want another error", data, got, err)
		}
	}
}

func TestAppendFlaskSpans(t *testing.T) {
	for _, test := range []struct {
		name, data string
		want       bool
	}{
		{"no key", `{}`, true},
		{"one key", `{"a":1}`, true},
		{"a space before the object", ` {"a":1}`, false},
		{"a space before the key", `{ "a":1}`, false},
		{"a space before the colon", `{"a" :1}`, false},
		{"a space before the value", `{"a": 1}`, false},
		{"a space before the comma", `{"a":1 ,"b":2}`, false},
		{"a space before the second key", `{"a":1, "b":2}`, false},
		{"space further down, and behind the last value and the object", `{"a":[1, 2] } `, true},
		{"sorted keys", `{"":0,"A":1,"_b":2,"a":3,"ab":4,"b":5}`, true},
		{"sorted beyond their first eight bytes", `{"session_1":1,"session_10":2,"session_2":3}`, true},
		{"a key before its own beginning", `{"ab":1,"a":2}`, false},
		{"an empty key behind another", `{" ":1,"":2}`, false},
		{"keys in another order", `{"b":1,"a":2}`, false},
		{"a key twice", `{"a":1,"a":2}`, false},
		{"a long key twice", `{"csrf_token":1,"csrf_token":2}`, false},
		{"an escape in a key", `{"a\u0062":1}`, false},
		{"an escape far into a key", `{"csrf_token\n":1}`, false},
		{"a key beyond ASCII", `{"é":1}`, false},
		{"a key with 0x7f, which Flask escapes", "{\"a\x7f\":1}", false},
		{"any keys further down", `{"a":{"b":1,"a":2,"\u00e9":3,"a":4}}`, true},
	} {
		spans, flask, err := AppendFlaskSpans([]Span{{}}, []byte(test.data))
		if err != nil || flask != test.want {
			t.Errorf("%s: got %v, %v; want %v", test.name, flask, err, test.want)
		}
		if same, _ := AppendSpans([]Span{{}}, []byte(test.data)); !slices.Equal(spans, same) {
			t.Errorf("%s: got %v; AppendSpans: %v", test.name, spans, same)
		}
	}
	if spans, flask, err := AppendFlaskSpans(nil, []byte(`{"a":1,}`)); err == nil || flask || spans != nil {
		t.Errorf("malformed: got %v, %v, %v", spans, flask, err)
	}
}

// Nesting is kept in words of bits: each depth at and around their ends has to
// work, with objects and lists in any order.
func TestAppendSpansAtEveryDepth(t *testing.T) {
	for depth := 1; depth < 200; depth++ {
		for _, pattern := range []uint{0, 1, 2, 5, 6} {
			var data, end string
			for level := range depth {
				if pattern>>(level%3)&1 == 0 {
					data, end = data+`{"a":`, "}"+end
				} else {
					data, end = data+`[{},[], `, "]"+end
				}
			}
			value := data + "1" + end
			if spans, err := AppendSpans(nil, []byte(`{"a":`+value+`}`)); err != nil || spans[0].ValueEnd != uint32(5+len(value)) {
				t.Fatalf("%s: got %v, %v", value, spans, err)
			}
			for i, c := range end {
				bad := data + "1" + end[:i] + string('}'+']'-c) + end[i+1:]
				if _, err := AppendSpans(nil, []byte(bad)); err == nil || err == ErrNotObject {
					t.Fatalf("%s: got %v", bad, err)
				}
			}
		}
	}
}

func TestSpecialIn(t *testing.T) {
	plain := func(c byte) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }
	for first := range 256 {
		for next := range 256 {
			for at := range 7 {
				text := []byte("aaaaaaaa")
				text[at], text[at+1] = byte(first), byte(next)
				want := 8
				if i := slices.IndexFunc(text, func(c byte) bool { return !plain(c) }); i >= 0 {
					want = i
				}
				if got := bits.TrailingZeros64(specialIn(load64(string(text)))) / 8; got != want {
					t.Fatalf("%q: got %d, want %d", text, got, want)
				}
			}
		}
	}
}

// A string's end is found eight bytes a step: each place in a step and each
// length of what is left has to work.
func TestStringsOfEveryLength(t *testing.T) {
	for length := range 40 {
		for _, special := range []string{``, `\n`, `\u0041`, `é`, `€`, "\U0001f600", "\x7f"} {
			for at := range length + 1 {
				text := strings.Repeat("x", at) + special + strings.Repeat("y", length-at)
				data := `{"` + text + `":"` + text + `"}`
				spans, err := AppendSpans(nil, []byte(data))
				if err != nil || len(spans) != 1 || data[spans[0].KeyStart:spans[0].KeyEnd] != text || data[spans[0].ValueStart:spans[0].ValueEnd] != `"`+text+`"` {
					t.Fatalf("%s: got %v, %v", data, spans, err)
				}
				for _, bad := range []string{"\x00", "\x1f", "\n", `\`, `\u12x4`, "\x80", "\xff", "\xed\xa0\x80"} {
					data := []byte(`{"a":"` + strings.Repeat("x", at) + bad + strings.Repeat("y", length-at) + `"}`)
					if _, err := AppendSpans(nil, data); err == nil && !(bad == `\` && at == length) {
						t.Fatalf("%q: got no error", data)
					}
				}
			}
		}
	}
}

func TestAppendSpansAllocatesNothing(t *testing.T) {
	dst := make([]Span, 0, 64)
	for _, s := range benchSessions {
		data := []byte(s.json)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := AppendSpans(dst, data); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", s.name, n)
		}
	}
}
