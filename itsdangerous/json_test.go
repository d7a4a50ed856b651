package itsdangerous

import (
	"encoding/json"
	"math"
	"testing"
)

func TestJSONIsWrittenAsPythonWritesIt(t *testing.T) {
	tests := []struct {
		name string
		v    any
		want string // of json.dumps(v, separators=(",", ":"), ensure_ascii=False)
	}{
		{"nothing", nil, `null`},
		{"no spaces", map[string]any{"a": []any{1, true}, "b": nil}, `{"a":[1,true],"b":null}`},
		{"characters as they are", "schön 日本 \U0001f9ed", `"schön 日本 ` + "\U0001f9ed" + `"`},
		{"no escapes for HTML", "<a href='?x&y'>", `"<a href='?x&y'>"`},
		{"no escapes for JavaScript", "\u2028 and \u2029", "\"\u2028 and \u2029\""},
		{"the text of such an escape", `\u2028`, `"\\u2028"`},
		{"a backslash before the character", "\\\u2028\\\\\u2029", "\"\\\\\u2028\\\\\\\\\u2029\""},
		{"the escapes there are", "\"\\/\b\f\n\r\t\x01\x1f\x7f", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
		{"a replacement character", "\ufffd", "\"\ufffd\""},
		{"keys too", map[string]int{"<\u2028>": 1}, "{\"<\u2028>\":1}"},
		{"a marshaler's own text", json.RawMessage(`{"a": "\u2028"}`), "{\"a\":\"\u2028\"}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := JSON[any]{}.Append([]byte("before "), test.v)
			check(t, "error", err, nil)
			check(t, "text", string(got), "before "+test.want)
		})
	}
}

func TestValuesThatJSONCanNotHold(t *testing.T) {
	for name, v := range map[string]any{
		"a string that is not UTF-8": "a\xffb",
		"a key that is not UTF-8":    map[string]int{"\xc0\x80": 1},
		"a surrogate by itself":      "\xed\xa0\x80",
		"NaN":                        math.NaN(),
		"an infinity":                math.Inf(1),
		"a channel":                  make(chan int),
	} {
		got, err := JSON[any]{}.Append([]byte("before"), v)
		if err == nil || string(got) != "before" {
			t.Errorf("%s: got %q, error %v", name, got, err)
		}
	}
	if v, err := (JSON[string]{}).Unmarshal([]byte("\"a\xffb\"")); err == nil {
		t.Errorf("text that is not UTF-8: got %q, want an error", v)
	}
}
