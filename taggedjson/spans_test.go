package taggedjson

import (
	"errors"
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
