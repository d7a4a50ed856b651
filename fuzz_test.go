package costrel_test

import (
	"bytes"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/taggedjson"
)

// Werkzeug's parse_cookie, with its own regular expressions. Go's prefer the
// same matches as Python's. Text is Latin-1, where each byte is a character.
var (
	cookieRegexp  = regexp.MustCompile(`([^=;]*)(?:[ \t\n\r\f\v]*=[ \t\n\r\f\v]*("(?:[^\\"]|\\.)*"|.*?))?[ \t\n\r\f\v]*;[ \t\n\r\f\v]*`)
	unslashRegexp = regexp.MustCompile(`\\([0-3][0-7]{2}|.)`)
)

func latin1(b []byte) string {
	var text strings.Builder
	for _, c := range b {
		text.WriteRune(rune(c))
	}
	return text.String()
}

func fromLatin1(text string) string {
	var b []byte
	for _, c := range text {
		b = append(b, byte(c))
	}
	return string(b)
}

// werkzeugCookies returns the values that Werkzeug finds under name.
func werkzeugCookies(header []byte, name string) []string {
	const space = " \t\n\v\f\r\x1c\x1d\x1e\x1f\u0085\u00a0"
	var values []string
	if len(header) == 0 {
		return nil
	}
	for _, match := range cookieRegexp.FindAllStringSubmatch(latin1(header)+";", -1) {
		key, value := strings.Trim(match[1], space), strings.Trim(match[2], space)
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = unslashRegexp.ReplaceAllStringFunc(value[1:len(value)-1], func(s string) string {
				if code, err := strconv.ParseUint(s[1:], 8, 8); err == nil && len(s) == 4 {
					return string(rune(code))
				}
				return s[1:]
			})
		}
		if key == name {
			values = append(values, fromLatin1(value))
		}
	}
	return values
}

func FuzzCookieHeader(f *testing.F) {
	for _, header := range []string{
		"", "session=a", "session=a; session=b", "session", "session;", " session = a ; b", `session="a"`, `session="a;b"; c=d`, `session="a\"b\073\\"`,
		`session="a"b; session=c`, `session="a`, `a="; session="b"`, `session=""; session="`, "session=\xffa\x85", "\xa0session=a\xa0", "session=a=b", "=; =session;=session=a",
		`session="\"; session=" ; b`, `session= "a" ;`, "session=\x00", "session=\ta\t", "session=a\rb", `session="\400\38"`, `session="\`, "session=é",
		"Session=a; SESSION=b; session=c", "session=eyJuIjoxfQ.aSBh_w.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		f.Add([]byte(header), []byte(nil))
		f.Add([]byte("other=1"), []byte(header))
	}
	rejected := 0
	m := newManager(f, costrel.Config{OnReject: func(_ *http.Request, r costrel.Rejection) {
		rejected++
		_ = r.Error()
	}})
	policy := &costrel.Config{}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Cookie"] = []string{string(first)}
		joined := slices.Clone(first)
		if second != nil {
			r.Header["Cookie"] = []string{string(first), string(second)}
			joined = slices.Concat(first, []byte(";"), second)
		}
		rejected = 0
		if s, err := m.Open(r); err != nil || !s.IsNew() || rejected > 10 {
			t.Errorf("got %v, %v after %d rejections, want a new session after at most 10", s.Rejection(), err, rejected)
		}
		if bytes.IndexByte(joined, '\n') >= 0 {
			return // no server lets one in, and the regular expression's dot does not match it
		}
		got := slices.Collect(policy.CookieValues(r))
		if want := werkzeugCookies(joined, "session"); !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", joined, got, want)
		}
	})
}

func FuzzSession(f *testing.F) {
	for _, payload := range []string{
		`{}`, `null`, `[]`, `""`, `0`, `{"a":1,"b":[1,2.0,"x",null,true]}`, `{"b":1,"a":2}`, `{"a":1,"a":2}`, `{ "a" : [ 1 , 2 ] }`,
		`{"a":{" t":[1,{" b":"YQ=="}]},"b":{" d":"Thu, 01 Jan 2026 00:00:00 GMT"},"c":{" u":"00112233445566778899aabbccddeeff"},"d":{" m":"<b>"}}`,
		`{" di":{" t__":[1]}}`, `{" t":[["a",1],["b",{}]]}`, `[["a",[1]],"bc"]`, `{"a":{" x":1},"b":{" d":"no date"},"c":{" u":5}}`,
		`{"a":NaN,"b":[Infinity,-Infinity,1E400,-0,-0.0,1e-7]}`, `{"a":123456789012345678901234567890,"b":[1.50]}`,
		`{"\u00e9":["\ud800"],"\ud83d\ude00":{"a":1,"a":2}}`, `{"é":1}`, `{"a\u0062":[1],"\/":2}`, `{"_permanent":true,"_flashes":[{" t":["message","hello"]}]}`,
		`{"deep":` + strings.Repeat("[", 450) + strings.Repeat("]", 450) + `}`, `{"a":{" di":{" di__":{" t":[{}]}}}}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newManager(t, costrel.Config{
			MaxCookieSize: -1,
			OnError:       func(*http.Request, error) {}, // of values that do not decode
			Interface:     &costrel.Signed{CompressAbove: -1},
		})
		open := func(cookie string) *costrel.Session {
			return costreltest.Session(t, m, &http.Cookie{Name: "session", Value: cookie})
		}
		cookie := signed(t, encoded(string(data)))
		untouched := open(cookie)
		if untouched.IsNew() {
			return
		}
		raws := map[string]string{}
		for key := range untouched.Keys() {
			raw, _ := untouched.Raw(key)
			raws[key] = string(raw)
		}

		// Reading everything changes nothing.
		s := open(cookie)
		for key := range s.Keys() {
			s.Get(key)
			costrel.Key[[]any](key).Get(s)
			costrel.Key[taggedjson.Tuple](key).Get(s)
			costrel.Key[map[string]any](key).Get(s)
			costrel.Key[[]string](key).Get(s)
			costrel.Key[[]byte](key).Get(s)
			costrel.Key[*big.Int](key).Get(s)
			costrel.Key[any](key).Get(s)
		}
		if s.Len() != len(raws) || s.Modified() {
			t.Fatalf("read: %d keys, modified: %v; want %d, not modified", s.Len(), s.Modified(), len(raws))
		}

		// Changing one thing changes one thing.
		const changed = "of this test"
		h := serve(m, func(s *costrel.Session) {
			for key := range s.Keys() {
				s.Get(key)
			}
			s.Set(changed, len(data))
		}, "session="+cookie)
		again := sessionOf(t, m, h)
		if again == nil || again.IsNew() {
			t.Fatalf("what was written is not read: %q", h["Set-Cookie"])
		}
		raws[changed] = strconv.Itoa(len(data))
		if again.Len() != len(raws) {
			t.Fatalf("got %d keys, want %d", again.Len(), len(raws))
		}
		for key, want := range raws {
			if raw, _ := again.Raw(key); string(raw) != want {
				t.Errorf("%q:\n got %s\nwant %s", key, raw, want)
			}
		}

		// And back again.
		again.Delete(changed)
		if got, want := payload(t, again), payload(t, untouched); got != want {
			t.Errorf("and back:\n got %s\nwant %s", got, want)
		}
	})
}

func FuzzConfigFromEnv(f *testing.F) {
	for _, setting := range [][2]string{
		{"SECRET_KEY", testKey}, {"SECRET_KEY", "12345678901234567890"}, {"SECRET_KEY", `"quoted"`}, {"SECRET_KEY_FALLBACKS", `["` + testKey + `",null]`},
		{"SECRET_KEY_FALLBACKS", `{" t":["a"]}`}, {"PERMANENT_SESSION_LIFETIME", "1e300"}, {"PERMANENT_SESSION_LIFETIME", "9223372036.854775"}, {"PERMANENT_SESSION_LIFETIME", "NaN"},
		{"SESSION_COOKIE_NAME", "__Host-x"}, {"SESSION_COOKIE_DOMAIN", ".example.com:80"}, {"SESSION_COOKIE_PATH", "/a;b"}, {"SESSION_COOKIE_SAMESITE", "lAX"},
		{"SESSION_COOKIE_SAMESITE", "None"}, {"SESSION_COOKIE_SECURE", "1"}, {"SESSION_COOKIE_PARTITIONED", "true"}, {"SESSION_COOKIE_HTTPONLY", "null"},
		{"SESSION_REFRESH_EACH_REQUEST", "0"}, {"MAX_COOKIE_SIZE", "-1"}, {"APPLICATION_ROOT", "/app"}, {"SESSION_COOKIE_", ""}, {"DEBUG", "1"}, {"", "="},
	} {
		f.Add(setting[0], setting[1], "SESSION_COOKIE_SECURE", "true")
	}
	const secret = "the secret of these settings"
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		environ := []string{"FLASK_SECRET_KEY=" + secret, "FLASK_" + name1 + "=" + value1, "FLASK_" + name2 + "=" + value2}
		config, err := costrel.ConfigFromEnv(environ)
		var m *costrel.Manager
		if err == nil {
			config.MaxCookieSize = -1 // one byte is a setting too
			m, err = costrel.New(config)
		}
		if err != nil {
			for _, key := range []string{secret, value1, value2} {
				isKey := key == secret || key == value1 && strings.HasPrefix(name1, "SECRET_KEY") || key == value2 && strings.HasPrefix(name2, "SECRET_KEY")
				if isKey && len(key) >= 16 && strings.Contains(err.Error(), key) {
					t.Errorf("%q shows the key %q", err, key)
				}
			}
			return
		}

		// What New takes, serves.
		cookie := costreltest.Cookie(t, m, map[string]any{"n": 1})
		if cookie == nil {
			t.Fatal("no cookie that net/http reads")
		}
		if s := costreltest.Session(t, m, cookie); s.Get("n") != int64(1) {
			t.Errorf("%q: got the session %v", environ, s.Rejection())
		}
		for _, text := range printed(config) {
			if strings.Contains(text, secret) {
				t.Errorf("%q shows the key", text)
			}
		}
	})
}
