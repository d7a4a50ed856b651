package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestCheck(t *testing.T) {
	const good = "; Secure; HttpOnly; Path=/; SameSite=Lax"
	long := strings.Repeat("x", 4090)
	tests := []struct {
		name   string
		line   string
		origin string
		want   string // the rules that find fault, but for the advice of a prefix
	}{
		{"nothing is wrong", "a=1" + good, "", ""},
		{"name and value of 4096 bytes", "abcdef=" + long + good, "", ""},
		{"one byte more", "abcdefg=" + long + good, "", "size"},
		{"a control character", "a=\x01" + good, "", "control-character"},
		{"no name", "abc" + good, "", "no-name"},
		{"neither name nor value", "=" + good, "", "empty"},
		{"__Secure- without Secure", "__Secure-a=1; HttpOnly; Path=/; SameSite=Lax", "", "prefix-secure no-secure"},
		{"__Host-, in any case, with a Domain", "__hOST-a=1; Domain=example.com" + good, "", "prefix-host-domain domain-wide"},
		{"__Host- with another path", "__Host-a=1; Secure; HttpOnly; SameSite=Lax; Path=/app", "", "prefix-host-path"},
		{"__Http- without HttpOnly", "__Http-a=1; Secure; Path=/; SameSite=Lax", "", "prefix-http no-httponly"},
		{"SameSite=None without Secure", "a=1; HttpOnly; Path=/; SameSite=None", "", "samesite-none-secure samesite-none"},
		{"SameSite=None with Secure", "a=1; Secure; HttpOnly; Path=/; SameSite=None", "", "samesite-none"},
		{"no SameSite", "a=1; Secure; HttpOnly; Path=/", "", "no-samesite"},
		{"a SameSite that is none", "a=1; Secure; HttpOnly; Path=/; SameSite=Loose", "", "samesite-unknown"},
		{"Partitioned without Secure", "a=1; HttpOnly; Path=/; SameSite=Lax; Partitioned", "", "partitioned-secure partitioned-samesite"},
		{"Partitioned as it should be", "a=1; Secure; HttpOnly; Path=/; SameSite=None; Partitioned", "", "samesite-none"},
		{"a public suffix", "a=1; Domain=co.uk" + good, "", "domain-public"},
		{"a public suffix that its owner sets", "a=1; Domain=github.io" + good, "https://github.io/", "domain-wide"},
		{"the domain of another", "a=1; Domain=example.org" + good, "https://www.example.com/", "domain-foreign"},
		{"a name that ends alike", "a=1; Domain=example.com" + good, "https://badexample.com/", "domain-foreign"},
		{"its own domain, with a dot", "a=1; Domain=.Example.COM" + good, "https://www.example.com/", "domain-wide"},
		{"an address", "a=1; Domain=127.0.0.1" + good, "", "domain-address"},
		{"not ASCII", "a=1; Domain=bücher.example" + good, "", "domain-ascii"},
		{"Secure over plain HTTP", "a=1" + good, "http://example.com/", "secure-over-http"},
		{"Secure on localhost", "a=1" + good, "http://localhost:5000/", ""},
		{"400 days", "a=1; Max-Age=34560000" + good, "", ""},
		{"401 days", "a=1; Max-Age=34646400" + good, "", "lifetime"},
		{"longer than any clock tells", "a=1; Max-Age=99999999999999999999" + good, "", "lifetime"},
		{"400 days by a date", "a=1; Expires=Fri, 05 Feb 2027 00:00:00 GMT" + good, "", ""},
		{"years by a date", "a=1; Expires=Fri, 05 Feb 2038 00:00:00 GMT" + good, "", "lifetime"},
		{"Max-Age goes before Expires", "a=1; Max-Age=60; Expires=Fri, 05 Feb 2038 00:00:00 GMT" + good, "", ""},
		{"a date that is none", "a=1; Expires=tomorrow" + good, "", "lifetime-unreadable"},
		{"an attribute of 1025 bytes", "a=1; Secure; HttpOnly; SameSite=Lax; Path=/" + strings.Repeat("x", 1024), "", "attribute-size no-path"},
		{"a misspelt attribute", "a=1; HttpOnyl; Secure; Path=/; SameSite=Lax", "", "attribute-unknown no-httponly"},
		{"a path without a slash", "a=1; Secure; HttpOnly; Path=app; SameSite=Lax", "", "path-relative"},
		{"a deletion needs no protection", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/", "", ""},
		{"a deletion that browsers drop", "__Host-a=; Max-Age=0; Path=/", "", "prefix-secure"},
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var origin *url.URL
			if test.origin != "" {
				var err error
				if origin, err = url.Parse(test.origin); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, f := range check(parseSetCookie(test.line, "", now), origin) {
				if f.Rule != "no-prefix" {
					got = append(got, f.Rule)
				}
				if f.Browser == "" || f.Fix == "" || !slices.Contains([]string{dropped, weakened, advice}, f.Effect) {
					t.Errorf("%s says too little: %+v", f.Rule, f)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// What is to be set has the name that it has where the cookie is made.
func TestFixesAreForTheCookie(t *testing.T) {
	const bare = "; Domain=example.com; Path=app; Max-Age=34646400"
	tests := []struct {
		name string
		line string
		want []string // in all that is to be done
		not  []string
	}{
		{"the session", "session=1", []string{"SESSION_COOKIE_SECURE = True (costrel.Cookie.Secure)", "SESSION_COOKIE_HTTPONLY", `SESSION_COOKIE_SAMESITE = "Lax"`, "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH", "PERMANENT_SESSION_LIFETIME"}, []string{"REMEMBER"}},
		{"the session as it is configured", "app=1", []string{"SESSION_COOKIE_SECURE"}, []string{"REMEMBER"}},
		{"the session with a prefix", "__Host-session=1", []string{"SESSION_COOKIE_SECURE"}, []string{"REMEMBER"}},
		{"Flask-Login's", "remember_token=1", []string{"REMEMBER_COOKIE_SECURE = True", "REMEMBER_COOKIE_HTTPONLY = True", `REMEMBER_COOKIE_SAMESITE = "Lax"`, "REMEMBER_COOKIE_DOMAIN", `REMEMBER_COOKIE_PATH = "/"`, "REMEMBER_COOKIE_DURATION"}, []string{"SESSION", "costrel"}},
		{"another", "theme=1", []string{"Set Secure,", "Set HttpOnly.", "Set SameSite=Lax.", "Leave out Domain", "Set Path=/."}, []string{"SESSION", "REMEMBER", "costrel"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var fixes []string
			for _, line := range []string{test.line + bare, test.line + "; Secure; HttpOnly; Path=/; Partitioned; SameSite=Lax"} {
				for _, f := range check(parseSetCookie(line, "app", time.Now()), nil) {
					fixes = append(fixes, f.Fix)
				}
			}
			all := strings.Join(fixes, "\n")
			for _, want := range test.want {
				if !strings.Contains(all, want) {
					t.Errorf("%q is not in\n%s", want, all)
				}
			}
			for _, not := range test.not {
				if strings.Contains(all, not) {
					t.Errorf("%q is in\n%s", not, all)
				}
			}
		})
	}
}

func FuzzParseSetCookie(f *testing.F) {
	f.Add("Set-Cookie: a=1; Domain=.example.com; Max-Age=99999999999; Expires=Fri, 05-Feb-2038 00:00:00 GMT; SameSite")
	f.Add("__Host-a=; Path")
	f.Fuzz(func(t *testing.T, line string) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var text strings.Builder
		lint(parseSetCookie(line, "", now), "", &url.URL{Scheme: "http", Host: "example.com"}).print(&text, false)
		if strings.ContainsFunc(text.String(), func(c rune) bool { return unicode.IsControl(c) && c != '\n' }) {
			t.Errorf("a control character reaches the terminal: %q", text.String())
		}
	})
}
