package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestCookiesOf(t *testing.T) {
	tests := []struct {
		name string
		line string
		want []cookie
	}{
		{"a value", "eyJ9.aVW5AA.DU8F", []cookie{{value: "eyJ9.aVW5AA.DU8F"}}},
		{"a compressed value", ".eJyr.aVW5AA.DU8F", []cookie{{value: ".eJyr.aVW5AA.DU8F"}}},
		{"a value with its name", "session=eyJ9.aVW5AA.DU8F", []cookie{{name: "session", value: "eyJ9.aVW5AA.DU8F"}}},
		{"a compressed value with its name", "session=.eJyr.aVW5AA.DU8F", []cookie{{name: "session", value: ".eJyr.aVW5AA.DU8F"}}},
		{"padded base64 before a time", "eyJ1IjogMX0=.aVW5AA.DU8F", []cookie{{value: "eyJ1IjogMX0=.aVW5AA.DU8F"}}},
		{"twice padded base64", "eyJ1IjogMX0==.aVW5AA.DU8F", []cookie{{value: "eyJ1IjogMX0==.aVW5AA.DU8F"}}},
		{"a value that ends in padding", "MTc5NTI=", []cookie{{value: "MTc5NTI="}}},
		{"a Cookie header", "Cookie: a=1; b=2", []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"in lower case, without a space", "cookie:a=1;b=2", []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"a Cookie header without its name", "a=1; b=2", []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"a value in double quotes", `Cookie: a="1"`, []cookie{{name: "a", value: "1"}}},
		{"an empty cookie and a bare name", "Cookie: a=; b; c=3", []cookie{{name: "c", value: "3"}}},
		{"a Set-Cookie header", "Set-Cookie: a=1; Path=/; HttpOnly", []cookie{{name: "a", value: "1"}}},
		{"nothing", "Cookie:", nil},
		{"a value in single quotes", `'eyJ9.aVW5AA.DU8F'`, []cookie{{value: "eyJ9.aVW5AA.DU8F"}}},
		{"a value in double quotes and with a comma", `"eyJ9.aVW5AA.DU8F",`, []cookie{{value: "eyJ9.aVW5AA.DU8F"}}},
		{"a header in quotes", `'Cookie: a="1"; b=2'`, []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"a value alone, with a semicolon", "eyJ9.aVW5AA.DU8F;", []cookie{{value: "eyJ9.aVW5AA.DU8F"}}},
		{"a value with its name, and a semicolon", "a=1;", []cookie{{name: "a", value: "1"}}},
		{"spaces around the equals sign", "a = 1", []cookie{{name: "a", value: "1"}}},
		{"quotes behind it", `a = "1";`, []cookie{{name: "a", value: "1"}}},
		{"a member of a JSON object", `"a": "1",`, []cookie{{name: "a", value: "1"}}},
		{"an item of a dict", `'a': '1'`, []cookie{{name: "a", value: "1"}}},
		{"as Firefox copies it", `a:"1"`, []cookie{{name: "a", value: "1"}}},
		{"a header in a JSON object", `"Cookie": "a=1; b=2",`, []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"what curl -v sends", "> Cookie: a=1; b=2", []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"what curl -v gets", "< set-cookie: a=1; Path=/", []cookie{{name: "a", value: "1"}}},
		{"curl with -H", `curl 'https://x.example/' -H 'Accept: */*' -H 'Cookie: a="1"; b=2' --compressed`, []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"curl with -H and double quotes", `curl https://x.example/ -H "cookie: a=1"`, []cookie{{name: "a", value: "1"}}},
		{"curl with -b, in several lines", "curl 'https://x.example/' \\\n  -H 'accept: */*' \\\n  -b 'a=1; b=2' \\\n  -H 'user-agent: x'", []cookie{{name: "a", value: "1"}, {name: "b", value: "2"}}},
		{"one of its lines", `-b 'a=1' \`, []cookie{{name: "a", value: "1"}}},
		{"a line of a cookie jar", "x.example\tFALSE\t/\tTRUE\t0\ta\t1", []cookie{{name: "a", value: "1"}}},
		{"of a cookie that scripts don't see", "#HttpOnly_x.example\tFALSE\t/\tTRUE\t1893456000\ta\t1", []cookie{{name: "a", value: "1"}}},
		{"a header that holds what looks like another", "Cookie: a=curl -b 'b=2'", []cookie{{name: "a", value: "curl -b 'b=2'"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := cookiesOf(test.line); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestALineTooLongIsAnError(t *testing.T) {
	var lines int
	var last error
	for _, err := range linesOf(strings.NewReader("short\n" + strings.Repeat("x", 2*maxLine))) {
		if err == nil {
			lines++
		}
		last = err
	}
	if lines != 1 || last == nil {
		t.Errorf("got %d lines and the error %v, want 1 and an error", lines, last)
	}
}

func TestLinesOf(t *testing.T) {
	const input = "# Netscape HTTP Cookie File\n\na\r\ncurl x \\\n  -b 'a=1' \\\r\n  -k\n\\\n\nb\nc \\"
	var got []string
	for l, err := range linesOf(strings.NewReader(input)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s: %q", l.from, l.text))
	}
	want := []string{`line 3: "a"`, `line 4: "curl x \\\n  -b 'a=1' \\\r\n  -k"`, `line 7: "\\"`, `line 9: "b"`, `line 10: "c \\"`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFlaskKeys(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    string // keys, current first
		err     string
	}{
		{"none", []string{"HOME=/", "FLASK_DEBUG=1"}, "", ""},
		{"a key", []string{"FLASK_SECRET_KEY=text"}, "text", ""},
		{"a key in JSON", []string{`FLASK_SECRET_KEY="text"`}, "text", ""},
		{"an empty key is none", []string{"FLASK_SECRET_KEY=", `FLASK_SECRET_KEY_FALLBACKS=["old"]`}, "", ""},
		{"the last fallback is tried first", []string{`FLASK_SECRET_KEY_FALLBACKS=["oldest","old"]`, "FLASK_SECRET_KEY=new"}, "new old oldest", ""},
		{"a number", []string{"FLASK_SECRET_KEY=8472"}, "", "put the key in double quotes"},
		{"fallbacks that are no list", []string{"FLASK_SECRET_KEY=new", "FLASK_SECRET_KEY_FALLBACKS=old"}, "", "JSON list"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ring, err := flaskKeys(test.environ)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "8472") {
					t.Errorf("error: %v, want one with %q and without the key", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, key := range ring.Keys {
				got = append(got, string(key))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLongestCookieNamesAreNotAllShown(t *testing.T) {
	cookies := make([]cookie, 10000)
	for i := range cookies {
		cookies[i].name = fmt.Sprint("cookie", i)
	}
	if got := namesOf(cookies); !strings.HasSuffix(got, `"cookie19" and more`) {
		t.Errorf("got %q", got)
	}
}
