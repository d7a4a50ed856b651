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
