package taggedjson

import (
	"strings"
	"testing"
)

func TestAppendString(t *testing.T) {
	for _, test := range []struct{ name, s, want string }{
		{"printable ASCII stays", ` !#[]~</script>&'`, `" !#[]~</script>&'"`},
		{"short escapes", "\"\\\b\f\n\r\t", `"\"\\\b\f\n\r\t"`},
		{"other controls and 0x7f", "\x00\x1f\x7f", `"\u0000\u001f\u007f"`},
		{"beyond ASCII", "é€\u2028\U0001f600", `"\u00e9\u20ac\u2028\ud83d\ude00"`},
		{"the replacement character is one like others", "\ufffd", `"\ufffd"`},
		{"halves of a surrogate pair", "a\xed\xa0\xbdb\xed\xbf\xbf", `"a\ud83db\udfff"`},
	} {
		got, err := AppendString([]byte("x"), test.s)
		if err != nil || string(got) != "x"+test.want {
			t.Errorf("%s: got %s, %v; want %s", test.name, got, err, test.want)
		}
		if back, err := UnquoteKey(got[2 : len(got)-1]); err != nil || back != test.s {
			t.Errorf("%s: read back %q, %v", test.name, back, err)
		}
	}
	for _, s := range []string{"\xff", "a\xc3", "\xc0\x80", "\xed\xa0", "\xed\xc0\x80", "\xf4\x90\x80\x80", strings.Repeat("x", 20) + "\x80"} {
		if got, err := AppendString([]byte("x"), s); err == nil || string(got) != "x" {
			t.Errorf("%q: got %s, %v; want an error", s, got, err)
		}
	}
}

func TestUnquoteKey(t *testing.T) {
	for _, test := range []struct{ raw, want string }{
		{`user_id`, "user_id"},
		{`\u0075ser\/id`, "user/id"},
		{`\ud83d\ude00`, "\U0001f600"},
		{`\ud83d\ud83d\ude00\ude00`, "\xed\xa0\xbd\U0001f600\xed\xb8\x80"},
		{`\ud83d\\u0041`, "\xed\xa0\xbd\\u0041"},
	} {
		if got, err := UnquoteKey([]byte(test.raw)); err != nil || got != test.want {
			t.Errorf("%s: got %q, %v; want %q", test.raw, got, err, test.want)
		}
	}
	for _, raw := range []string{`\`, `a\`, `\x`, `\u`, `\u004`, `\u00g0`, `\ud83d\u`} {
		if got, err := UnquoteKey([]byte(raw)); err == nil {
			t.Errorf("%s: got %q, want an error", raw, got)
		}
	}
}
