package costrel_test

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/itsdangerous"
)

// A witness hears all that a Manager tells, and fails the test if any of it
// shows a key or a whole cookie.
type witness struct {
	t testing.TB

	mu         sync.Mutex
	errs       []error
	rejections []costrel.Rejection
}

// manager returns a Manager of config that tells the witness.
func (w *witness) manager(config costrel.Config) *costrel.Manager {
	config.OnError = func(r *http.Request, err error) {
		w.check(r, err)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.errs = append(w.errs, err)
	}
	config.OnReject = func(r *http.Request, rejected costrel.Rejection) {
		w.check(r, rejected)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.rejections = append(w.rejections, rejected)
	}
	return newManager(w.t, config)
}

// check fails the test if told, printed in any way, shows the key or a cookie
// of r.
func (w *witness) check(r *http.Request, told error) {
	secrets := spellings(testKey)
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if _, value, _ := strings.Cut(pair, "="); len(value) >= 16 {
				secrets = append(secrets, value)
			}
		}
	}
	for _, text := range printed(told) {
		if len(text) > 2000 {
			w.t.Errorf("an error of %d bytes is as long as a cookie: %.200q", len(text), text)
		}
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				w.t.Errorf("%.500q shows a secret", text)
			}
		}
	}
}

// wantErrors checks what OnError heard: as many errors as there are texts, each
// with its text in it.
func (w *witness) wantErrors(texts ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.errs) != len(texts) {
		w.t.Errorf("OnError heard %d errors, want %d:\n got %q\nwant %q", len(w.errs), len(texts), w.errs, texts)
		return
	}
	for i, text := range texts {
		if got := w.errs[i].Error(); !strings.Contains(got, text) {
			w.t.Errorf("OnError heard %q, want %q in it", got, text)
		}
	}
}

// spellings returns how secret would look where it is printed as text, bytes,
// hex or base64.
func spellings(secret string) []string {
	raw := []byte(secret)
	return []string{
		secret,
		strings.Trim(fmt.Sprint(raw), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", raw), "[]byte{"), "}"),
		hex.EncodeToString(raw),
		strings.ToUpper(hex.EncodeToString(raw)),
		base64.RawStdEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw),
	}
}

// printed returns v as fmt, slog and encoding/json print it.
func printed(v any) []string {
	var texts []string
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(format, v))
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "v", v)
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "v", v)
	data, err := json.Marshal(v)
	return append(texts, log.String(), string(data), fmt.Sprint(err))
}

// signed returns payload as a cookie's value that the test's key signed.
func signed(t testing.TB, payload string) string {
	return signedAt(t, payload, base64.RawURLEncoding.EncodeToString(timestamp(time.Now().Unix())))
}

// signedAt is signed with a timestamp of choice.
func signedAt(t testing.TB, payload, timestamp string) string {
	t.Helper()
	signer, err := itsdangerous.NewSigner(itsdangerous.Options{Keys: [][]byte{[]byte(testKey)}, Salt: "cookie-session", Derivation: itsdangerous.HMAC})
	if err != nil {
		t.Fatal(err)
	}
	return string(signer.AppendSign(nil, []byte(payload+"."+timestamp)))
}

// timestamp returns the bytes of a timestamp as Python makes them.
func timestamp(unix int64) []byte {
	var b [8]byte
	for i := range b {
		b[7-i] = byte(unix >> (8 * i))
	}
	return bytes.TrimLeft(b[:], "\x00")
}

// encoded is the payload of a session with the given JSON.
func encoded(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }

// deflated is a payload of compressed data.
func deflated(data []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return "." + base64.RawURLEncoding.EncodeToString(b.Bytes())
}

func TestABadCookieMakesForANewSession(t *testing.T) {
	good := deflated([]byte(`{"n":1,"s":"` + strings.Repeat("x", 100) + `"}`))
	inflatable, _ := base64.RawURLEncoding.DecodeString(good[1:])
	compressed := func(b ...byte) string { return "." + base64.RawURLEncoding.EncodeToString(b) }
	now := time.Now().Unix()
	at := func(unix int64) string { return base64.RawURLEncoding.EncodeToString(timestamp(unix)) }

	for _, test := range []struct {
		name   string
		cookie string
		reason costrel.Reason
		text   string // in the rejection's; empty if nothing is rejected
	}{
		{"empty", "", costrel.Absent, ""},
		{"one byte", "x", costrel.BadSignature, "no separator"},
		{"one dot", ".", costrel.BadSignature, "bad signature"},
		{"all dots", strings.Repeat(".", 300), costrel.BadSignature, "bad signature"},
		{"1 MB", strings.Repeat("x", 1<<20), costrel.TooLarge, "the cookie has 1048576 bytes"},
		{"1 MB of dots", strings.Repeat(".", 1<<20), costrel.TooLarge, "the cookie has 1048576 bytes"},
		{"not ASCII", "sitzung-für-dich.ümläut.ß", costrel.BadSignature, "bad signature"},
		{"not UTF-8", "\xff\xfe\xfd.\xff.\xff", costrel.BadSignature, "bad signature"},
		{"NUL bytes", "\x00\x00.\x00.\x00", costrel.BadSignature, "bad signature"},
		{"a good cookie and a NUL byte", signed(t, "e30") + "\x00", costrel.BadSignature, "does not match"},
		{"a good cookie without its last byte", strings.TrimSuffix(signed(t, "e30"), signed(t, "e30")[len(signed(t, "e30"))-1:]), costrel.BadSignature, "does not match"},
		{"a signature and nothing else", signedAt(t, "", "")[2:], costrel.BadSignature, "bad signature"},

		{"signed, and no base64", signed(t, "!!!!"), costrel.BadPayload, "base64"},
		{"signed, and base64 of the other alphabet", signed(t, "ey+/"), costrel.BadPayload, "base64"},
		{"signed, and base64 with padding", signed(t, "e30="), costrel.BadPayload, "base64"},
		{"signed, and base64 cut short", signed(t, "e"), costrel.BadPayload, "base64"},
		{"signed, and empty", signed(t, ""), costrel.BadPayload, "payload"},
		{"signed, and empty zlib", signed(t, "."), costrel.BadPayload, "inflated: unexpected EOF"},
		{"signed, and no zlib", signed(t, compressed([]byte("no zlib")...)), costrel.BadPayload, "zlib"},
		{"signed, and gzip", signed(t, compressed(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0)), costrel.BadPayload, "zlib"},
		{"signed, and zlib cut short", signed(t, compressed(inflatable[:len(inflatable)-5]...)), costrel.BadPayload, "inflated: unexpected EOF"},
		{"signed, and zlib with a wrong checksum", signed(t, compressed(slices.Concat(inflatable[:len(inflatable)-1], []byte{inflatable[len(inflatable)-1] ^ 1})...)), costrel.BadPayload, "checksum"},
		{"signed, and bytes after the zlib", signed(t, compressed(slices.Concat(inflatable, []byte("more"))...)), costrel.BadPayload, "zlib"},
		{"signed, and zlib of no JSON", signed(t, deflated([]byte(strings.Repeat("no JSON", 20)))), costrel.BadPayload, "JSON"},
		{"signed, and no UTF-8", signed(t, encoded("{\"a\":\"\xff\"}")), costrel.BadPayload, "UTF-8"},
		{"signed, and no UTF-8 in a key", signed(t, encoded("{\"\xc3\":1}")), costrel.BadPayload, "UTF-8"},
		{"signed, and no JSON", signed(t, encoded(`{"a":`)), costrel.BadPayload, "JSON"},
		{"signed, and JSON with more after it", signed(t, encoded(`{"a":1}{}`)), costrel.BadPayload, "JSON"},
		{"signed, and a list", signed(t, encoded(`[1,2,3]`)), costrel.BadPayload, "list"},
		{"signed, and a number", signed(t, encoded(`12345`)), costrel.BadPayload, "int"},
		{"signed, and false", signed(t, encoded(`false`)), costrel.BadPayload, "bool"},
		{"signed, and a string", signed(t, encoded(`"text"`)), costrel.BadPayload, "string"},
		{"signed, and a tag with a wrong value for all", signed(t, encoded(`{" u":"no UUID"}`)), costrel.BadPayload, `tag " u": a string of 32 hexadecimal digits was expected`},
		{"signed, and 10,000 lists in each other", signed(t, encoded(`{"a":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+`}`)), costrel.BadPayload, "nested deeper than 1000 levels"},
		{"signed, and 10,000 dicts in each other", signed(t, deflated([]byte(strings.Repeat(`{"a":`, 10_000)+"1"+strings.Repeat("}", 10_000)))), costrel.BadPayload, "nested deeper than 1000 levels"},
		{"signed, and 10,000 lists that never end", signed(t, deflated([]byte(`{"a":`+strings.Repeat("[", 10_000)))), costrel.BadPayload, "nested deeper than 1000 levels"},
		{"signed, and a zlib bomb", signed(t, deflated(make([]byte, 10<<20))), costrel.TooLarge, "inflates to more than the limit"},

		{"signed, and no timestamp at all", strings.Replace(signedAt(t, "e30", "")[3:], "..", ".", 1), costrel.BadSignature, "bad"},
		{"signed at no time", signedAt(t, "e30", ""), costrel.Expired, "signed 1970-01-01T00:00:00Z"},
		{"signed, and a timestamp of 9 bytes", signedAt(t, "e30", base64.RawURLEncoding.EncodeToString(append(timestamp(now), 1, 2, 3, 4, 5))), costrel.BadSignature, "malformed timestamp"},
		{"signed, and a timestamp of 1000 bytes", signedAt(t, "e30", strings.Repeat("A", 1000)), costrel.BadSignature, "malformed timestamp"},
		{"signed, and a timestamp that is no base64", signedAt(t, "e30", "!!!!"), costrel.BadSignature, "malformed timestamp"},
		{"signed, and a timestamp with zeros before it", signedAt(t, "e30", base64.RawURLEncoding.EncodeToString(append([]byte{0}, timestamp(now)...))), costrel.BadSignature, "malformed timestamp"},
		{"signed in the last second of the year 9999", signedAt(t, "e30", at(253402300799)), costrel.Future, "signed 9999-12-31T23:59:59Z"},
		{"signed in the year 10000", signedAt(t, "e30", at(253402300800)), costrel.BadSignature, "malformed timestamp"},
		{"signed when no clock can tell", signedAt(t, "e30", at(-1)), costrel.BadSignature, "malformed timestamp"},
		{"signed in the future", signedAt(t, "e30", at(now+1000)), costrel.Future, "age -"},
		{"signed too long ago", signedAt(t, "e30", at(now-32*24*3600)), costrel.Expired, "age 768h0m"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			sessions := w.manager(costrel.Config{})
			handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, name := range []string{"before", "after"} {
					if c, err := r.Cookie(name); err != nil || c.Value != "kept" {
						t.Errorf("the cookie %q is lost", name)
					}
				}
				w.Header().Set("X-Own", "kept")
				http.SetCookie(w, &http.Cookie{Name: "own", Value: "kept"})
				s := sessions.Get(r)
				if got := s.Rejection().Reason; got != test.reason || !s.IsNew() || s.Len() != 0 {
					t.Errorf("got a session of %d keys, new: %v, reason %v; want a new one, reason %v", s.Len(), s.IsNew(), s.Rejection(), test.reason)
				}
				s.Set("n", 1)
			}))
			cookies := "before=kept; session=" + test.cookie + "; after=kept"

			check := func(how string, res *http.Response) {
				t.Helper()
				if res.StatusCode != 200 || res.Header.Get("X-Own") != "kept" {
					t.Errorf("%s: got %d %v", how, res.StatusCode, res.Header)
				}
				if got := res.Cookies(); len(got) != 2 || got[0].Value != "kept" || costreltest.Session(t, sessions, got[1]).Get("n") != int64(1) {
					t.Errorf("%s: got the cookies %v, want the handler's and the session's", how, got)
				}
			}
			served := 1
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, &http.Request{Method: "GET", Header: http.Header{"Cookie": {cookies}}})
			check("the handler", recorder.Result())

			server := httptest.NewUnstartedServer(handler)
			server.Config.MaxHeaderBytes = 4 << 20
			server.Start()
			defer server.Close()
			res := exchange(t, server, "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: "+cookies+"\r\n\r\n")
			if strings.Contains(test.cookie, "\x00") {
				if res.StatusCode != http.StatusBadRequest {
					t.Errorf("the server let NUL bytes in: got %s", res.Status)
				}
			} else {
				check("the server", res)
				served++
			}

			if test.text == "" {
				served = 0
			}
			if len(w.rejections) != served {
				t.Fatalf("OnReject heard %v, want %d rejections", w.rejections, served)
			}
			for _, rejected := range w.rejections {
				if got := rejected.Error(); rejected.Reason != test.reason || !strings.Contains(got, test.text) {
					t.Errorf("OnReject heard %v: %s; want %v, and %q in it", rejected.Reason, got, test.reason, test.text)
				}
			}
			w.wantErrors()
		})
	}
}

// exchange sends a request, byte for byte, and reads the response.
func exchange(t *testing.T, server *httptest.Server, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, request)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res
}

func TestATagWithAWrongValueCostsThatValueAlone(t *testing.T) {
	for _, test := range []struct{ name, raw, text string }{
		{"a UUID", `{" u":"no UUID"}`, "hexadecimal"},
		{"a UUID that is a number", `{" u":5}`, "bad"},
		{"bytes", `{" b":"a"}`, "bad"},
		{"bytes that are a list", `{" b":[]}`, "bad"},
		{"a tuple that is a number", `{" t":5}`, "bad"},
		{"a date that is a list", `{" d":[]}`, "bad"},
		{"an escape without a dict", `{" di":5}`, "bad"},
		{"somewhere deep", `[1,{"x":[{" u":5}]}]`, "bad[1].x[0]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			m := w.manager(costrel.Config{})
			h := serve(m, func(s *costrel.Session) {
				if got, ok := s.Lookup("bad"); got != nil || ok {
					t.Errorf("got %v", got)
				}
				s.Set("n", 2)
			}, "session="+signed(t, encoded(`{"bad":`+test.raw+`,"n":1}`)))
			w.wantErrors("bad")
			if got := w.errs[0].Error(); !strings.Contains(got, test.text) {
				t.Errorf("OnError heard %q, want %q in it", got, test.text)
			}
			s := costreltest.Session(t, m, (&http.Response{Header: h}).Cookies()...)
			if raw, _ := s.Raw("bad"); string(raw) != test.raw || s.Get("n") != int64(2) {
				t.Errorf("got %s, %v; want the value as it was", raw, s.Get("n"))
			}
		})
	}
}

func TestAHeaderOfManyCookiesTakesLinearTime(t *testing.T) {
	w := &witness{t: t}
	m := w.manager(costrel.Config{})
	for _, test := range []struct {
		name    string
		cookie  string
		rejects int
	}{
		{"others", "other=value", 0},
		{"names alone", "name", 0},
		{"quotes that do not end", `other="value`, 0},
		{"quotes that end in the next cookie", `other="a;b="c`, 0},
		{"quotes, escaped", `other="\"\"`, 0},
		{"spaces", strings.Repeat(" ", 10) + "=" + strings.Repeat(" ", 10), 0},
		{"empty sessions", "session=", 0},
		{"sessions", "session=junk", 10},
		{"sessions in quotes with escapes", `session="\152unk"`, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			open := func(copies int) float64 {
				header := strings.Repeat(test.cookie+"; ", copies)
				r := &http.Request{Header: http.Header{"Cookie": {header}}}
				w.rejections = nil
				if s, err := m.Open(r); err != nil || !s.IsNew() {
					t.Fatalf("got %v, %v", s, err)
				}
				if got := len(w.rejections); got != test.rejects {
					t.Errorf("%d cookies: OnReject heard of %d, want %d", copies, got, test.rejects)
				}
				quiet := newManager(t, costrel.Config{})
				return testing.AllocsPerRun(1, func() { quiet.Open(r) })
			}
			start := time.Now()
			few, many := open(10), open(10_000)
			if many > few+5 { // the race detector empties pools at random
				t.Errorf("10 cookies take %v allocations, 10,000 take %v", few, many)
			}
			open(100_000)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("100,000 cookies took %v", took) // quadratic time would be minutes
			}
		})
	}
}

func TestTenThousandCookiesOnAServer(t *testing.T) {
	w := &witness{t: t}
	sessions := w.manager(costrel.Config{})
	good := costreltest.Cookie(t, sessions, map[string]any{"n": 1})
	server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, sessions.Get(r).Get("n"))
	})))
	defer server.Close()
	r, _ := http.NewRequest("GET", server.URL, nil)
	r.Header.Set("Cookie", strings.Repeat("a=b; ", 10_000)+good.String())
	if got := body(t, server, r); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
	w.wantErrors()
}

// body returns the body of the response to r.
func body(t *testing.T, server *httptest.Server, r *http.Request) string {
	t.Helper()
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFiftyCopiesOfTheSessionCookie(t *testing.T) {
	const copies = 50
	for _, test := range []struct {
		name    string
		good    int // which of them is; -1 for none
		found   bool
		rejects int
	}{
		{"none is good", -1, false, 10},
		{"the first is good", 0, true, 0},
		{"the second is good", 1, true, 1},
		{"the tenth is good", 9, true, 9},
		{"the eleventh is good, and not looked at", 10, false, 10},
		{"the last is good, and not looked at", 49, false, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			m := w.manager(costrel.Config{})
			cookies := slices.Repeat([]string{"session=eyJzdGFsZSI6MX0.aSBh_w.AAAAAAAAAAAAAAAAAAAAAAAAAAA"}, copies)
			if test.good >= 0 {
				cookies[test.good] = "session=" + signed(t, encoded(`{"n":1}`))
			}
			for how, headers := range map[string][]string{"one header": {strings.Join(cookies, "; ")}, "a header each": cookies} {
				w.rejections = nil
				s, err := m.Open(&http.Request{Header: http.Header{"Cookie": headers}})
				if err != nil || s.IsNew() == test.found || s.Has("n") != test.found {
					t.Errorf("%s: got %v, %v; want it found: %v", how, s.Rejection(), err, test.found)
				}
				if got := len(w.rejections); got != test.rejects {
					t.Errorf("%s: OnReject heard of %d, want %d", how, got, test.rejects)
				}
			}
		})
	}
}

func TestInflatingStopsAtTheLimit(t *testing.T) {
	const bomb = 48 << 20
	cookie := signed(t, deflated(make([]byte, bomb)))
	for _, test := range []struct {
		name   string
		signed costrel.Signed
		most   uint64
	}{
		{"of 1 MiB", costrel.Signed{}, 6 << 20},
		{"of 1000 bytes", costrel.Signed{InflateLimit: 1000}, 1 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			m := w.manager(costrel.Config{Interface: &test.signed})
			r := &http.Request{Header: http.Header{"Cookie": {"session=" + cookie}}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s, err := m.Open(r)
			runtime.ReadMemStats(&after)
			if got := s.Rejection(); err != nil || got.Reason != costrel.TooLarge || !strings.Contains(got.Error(), "inflates to more than the limit") {
				t.Errorf("got %v, %v; want too large", got, err)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > test.most {
				t.Errorf("a cookie of %d bytes, %d inflated, took %d bytes of memory, want at most %d", len(cookie), bomb, got, test.most)
			}
		})
	}

	t.Run("and not before it", func(t *testing.T) {
		m := newManager(t, costrel.Config{})
		const frame = len(`{"a":""}`)
		payload := func(size int) string {
			return signed(t, deflated([]byte(`{"a":"`+strings.Repeat("x", size-frame)+`"}`)))
		}
		for size, want := range map[int]costrel.Reason{1 << 20: costrel.Accepted, 1<<20 + 1: costrel.TooLarge} {
			s, err := m.Open(&http.Request{Header: http.Header{"Cookie": {"session=" + payload(size)}}})
			if got := s.Rejection().Reason; err != nil || got != want {
				t.Errorf("%d bytes: got %v, %v; want %v", size, got, err, want)
			}
		}
	})
}

func TestABadKey(t *testing.T) {
	t.Run("that is empty or short is refused, and not shown", func(t *testing.T) {
		const short = "hunter2hunter2" // 14 bytes
		for _, keys := range []costrel.Keyring{
			{}, costrel.NewKeyring(""), costrel.NewKeyring(short), costrel.NewKeyring(testKey, short), costrel.NewKeyring(testKey, ""),
		} {
			_, err := costrel.New(costrel.Config{Keys: keys})
			if err == nil {
				t.Errorf("%v: taken", keys)
				continue
			}
			for _, text := range printed(err) {
				for _, secret := range append(spellings(short), spellings(testKey)...) {
					if strings.Contains(text, secret) {
						t.Errorf("%q shows a key", text)
					}
				}
			}
			if !strings.Contains(err.Error(), "key") {
				t.Errorf("got %q, want what is wrong with the key", err)
			}
		}
	})
	t.Run("that is wrong is a bad signature", func(t *testing.T) {
		other := newManager(t, costrel.Config{Keys: costrel.NewKeyring("the key of another application")})
		cookie := costreltest.Cookie(t, other, map[string]any{"n": 1})
		w := &witness{t: t}
		serve(w.manager(costrel.Config{}), func(s *costrel.Session) {
			if got := s.Rejection().Reason; got != costrel.BadSignature || s.Has("n") {
				t.Errorf("got %v", got)
			}
		}, cookie.String())
		if len(w.rejections) != 1 {
			t.Errorf("OnReject heard %v", w.rejections)
		}
	})
}

func TestAValueThatCannotBeEncodedIsReportedOnce(t *testing.T) {
	ring := map[string]any{}
	ring["self"] = ring
	deep := any("bottom")
	for range 500 {
		deep = []any{deep}
	}
	for _, test := range []struct {
		name  string
		value any
		text  string
	}{
		{"a channel", make(chan int), ": channel can't be kept in a session"},
		{"a function", func() {}, ": function can't be kept in a session"},
		{"a channel deep in a struct", map[string]any{"items": []any{1, struct{ C chan int }{}}}, ".items[1].C: channel can't be kept in a session"},
		{"a map that holds itself", ring, "400 levels can't be kept in a session"},
		{"a list of 500 levels", deep, "400 levels can't be kept in a session"},
		{"text that is no UTF-8", "\xff", ": a string that isn't UTF-8 can't be kept in a session"},
		{"a key that is no UTF-8", map[string]any{"\xff": 1}, `["\xff"]: a string that isn't UTF-8 can't be kept in a session`},
		{"a complex number", complex(1, 2), ": complex number can't be kept in a session"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			m := w.manager(costrel.Config{})
			check := func(how, path string, h http.Header) {
				t.Helper()
				if strings.Contains(test.name, "levels") || strings.Contains(test.name, "itself") {
					path = "" // is long
				}
				w.wantErrors(path + test.text)
				s := costreltest.Session(t, m, (&http.Response{Header: h}).Cookies()...)
				if s.Len() != 3 || s.Get("n") != int64(1) || s.Get("after") != "kept" {
					t.Errorf("%s: got the session %s", how, payload(t, s))
				}
				w.errs = nil
			}
			check("set", "bad", serve(m, func(s *costrel.Session) {
				s.Set("n", 1)
				s.Set("bad", "old")
				s.Set("bad", test.value)
				s.Set("after", "kept")
				if s.Get("bad") != "old" || s.Err() == nil {
					t.Errorf("got %v, %v; want the old value and an error", s.Get("bad"), s.Err())
				}
			}))
			check("changed in place", "bad[0]", serve(m, func(s *costrel.Session) {
				s.Set("n", 1)
				s.Set("bad", []any{"old"})
				s.Get("bad").([]any)[0] = test.value
				s.Set("after", "kept")
			}))
			check("changed in what the cookie held", "bad[0]", serve(m, func(s *costrel.Session) {
				s.Get("bad").([]any)[0] = test.value
				s.Set("after", "kept")
			}, "session="+signed(t, encoded(`{"bad":["old"],"n":1}`))))
		})
	}
}

func TestADeepValueThatIsReadOnlyIsNoError(t *testing.T) {
	// Python reads deeper than Go writes.
	raw := strings.Repeat("[", 450) + strings.Repeat("]", 450)
	w := &witness{t: t}
	m := w.manager(costrel.Config{})
	h := serve(m, func(s *costrel.Session) {
		if s.Get("deep") == nil {
			t.Error("it is not read")
		}
		s.Set("n", 1)
	}, "session="+signed(t, encoded(`{"deep":`+raw+`}`)))
	w.wantErrors()
	if got, _ := costreltest.Session(t, m, (&http.Response{Header: h}).Cookies()...).Raw("deep"); string(got) != raw {
		t.Errorf("got %d bytes, want the %d that came", len(got), len(raw))
	}
}

func TestASessionOver4096BytesIsNotSentAndNamed(t *testing.T) {
	w := &witness{t: t}
	sessions := w.manager(costrel.Config{})
	noise := make([]byte, 3100)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "own", Value: "kept"})
		s := sessions.Get(r)
		s.Set("user_id", 12345)
		s.Set("avatar", noise)
		fmt.Fprint(w, "fine")
	})))
	defer server.Close()
	res, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header["Set-Cookie"]; len(got) != 1 || got[0] != "own=kept" || res.StatusCode != 200 {
		t.Errorf("got %d, %.200q; want the handler's cookie alone", res.StatusCode, got)
	}
	if got := res.Header["Vary"]; !slices.Equal(got, []string{"Cookie"}) {
		t.Errorf("Vary: got %q, want Cookie: the response depends on the session all the same", got)
	}
	w.wantErrors("avatar (")
	if err := w.errs[0]; !errors.Is(err, costrel.ErrCookieTooLarge) || !strings.Contains(err.Error(), "browsers keep 4096") {
		t.Errorf("got %q, want it to name the limit", err)
	}
}

func TestAClientThatHangsUpBeforeTheHeadersIsReported(t *testing.T) {
	for _, test := range []struct {
		name   string
		handle func(s *costrel.Session)
		want   []string
	}{
		{"with a change", func(s *costrel.Session) { s.Set("n", 2) }, []string{"may not have reached the client: context canceled"}},
		{"with nothing but a refresh, which is no loss", func(s *costrel.Session) { s.Get("n") }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			sessions := w.manager(costrel.Config{})
			started, done := make(chan struct{}), make(chan struct{})
			server := httptest.NewServer(finished(done, sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(started)
				<-r.Context().Done()
				test.handle(sessions.Get(r))
			}))))
			defer server.Close()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: session=%s\r\n\r\n", signed(t, encoded(`{"_permanent":true,"n":1}`)))
			<-started
			conn.Close()
			<-done
			w.wantErrors(test.want...)
		})
	}
}

// finished closes done when next has returned.
func finished(done chan<- struct{}, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		next.ServeHTTP(w, r)
	})
}

// panicky is a value whose own code panics.
type panicky struct{}

func (panicky) MarshalText() ([]byte, error) { panic("MarshalText panics") }

func TestAHandlerThatPanics(t *testing.T) {
	const lost = "the change to the session may not have reached the client: the handler did not return"
	for _, test := range []struct {
		name   string
		handle func(w http.ResponseWriter, s *costrel.Session)
		status int    // with a middleware that recovers
		want   string // the session's n afterwards; empty for no cookie
		errs   []string
	}{
		{"before it changed the session", func(_ http.ResponseWriter, s *costrel.Session) { s.Get("n"); panic("on purpose") }, 500, "", nil},
		{"before it asked for the session", func(_ http.ResponseWriter, s *costrel.Session) { panic("on purpose") }, 500, "", nil},
		{"after it changed the session", func(_ http.ResponseWriter, s *costrel.Session) { s.Set("n", 1); panic("on purpose") }, 500, "1", []string{lost}},
		{"after it wrote", func(w http.ResponseWriter, s *costrel.Session) {
			s.Set("n", 1)
			io.WriteString(w, "half")
			s.Set("n", 2)
			panic("on purpose")
		}, 200, "1", []string{"n: the session was changed after the headers were sent", lost}},
		{"in a value's own code", func(_ http.ResponseWriter, s *costrel.Session) { s.Set("n", 1); s.Set("bad", panicky{}) }, 500, "1", []string{lost}},
		{"with nil", func(_ http.ResponseWriter, s *costrel.Session) { s.Set("n", 1); panic(error(nil)) }, 500, "1", []string{lost}},
		{"with http.ErrAbortHandler", func(_ http.ResponseWriter, s *costrel.Session) { s.Set("n", 1); panic(http.ErrAbortHandler) }, 500, "1", []string{lost}},
		{"by runtime.Goexit", func(_ http.ResponseWriter, s *costrel.Session) { s.Set("n", 1); runtime.Goexit() }, 200, "1", []string{lost}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{t: t}
			sessions := w.manager(costrel.Config{})
			handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "own", Value: "kept"})
				test.handle(w, sessions.Get(r))
			}))

			recorder := httptest.NewRecorder()
			done := make(chan struct{})
			go func() { // which Goexit ends
				defer close(done)
				recovered(handler).ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))
			}()
			<-done
			res := recorder.Result()
			cookies := res.Cookies()
			if res.StatusCode != test.status || len(cookies) == 0 || cookies[0].Name != "own" {
				t.Errorf("recovered: got %d, %v; want %d with the handler's cookie", res.StatusCode, cookies, test.status)
			}
			got := ""
			if s := costreltest.Session(t, sessions, cookies...); s.Has("n") {
				got = fmt.Sprint(s.Get("n"))
			}
			if got != test.want {
				t.Errorf("recovered: got n = %q, want %q", got, test.want)
			}
			w.wantErrors(test.errs...)
		})
	}

	t.Run("leaves the server standing", func(t *testing.T) {
		w := &witness{t: t}
		sessions := w.manager(costrel.Config{})
		server := httptest.NewUnstartedServer(sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s := sessions.Get(r)
			s.Set("n", 1)
			if r.URL.Path == "/value" {
				s.Set("bad", panicky{})
			}
			if r.URL.Path == "/panic" {
				panic("on purpose")
			}
			if r.URL.Path == "/abort" {
				panic(http.ErrAbortHandler)
			}
		})))
		var log syncBuffer
		server.Config.ErrorLog = log.logger()
		server.Start()
		defer server.Close()
		for path, logs := range map[string]string{"/panic": "on purpose", "/abort": "", "/value": "MarshalText panics"} {
			if res, err := server.Client().Get(server.URL + path); err == nil {
				t.Errorf("%s: got %s, want the connection closed", path, res.Status)
			}
			if got := log.take(); !strings.Contains(got, logs) || (logs == "") != (got == "") {
				t.Errorf("%s: the server logs %q, want %q in it", path, got, logs)
			}
			res, err := server.Client().Get(server.URL + "/well")
			if err != nil || len(res.Cookies()) != 1 {
				t.Fatalf("afterwards: got %v", err)
			}
			res.Body.Close()
		}
		for _, err := range w.errs { // the client may ask again
			if err.Error() != lost {
				t.Errorf("OnError heard %q, want %q", err, lost)
			}
		}
		if len(w.errs) < 3 {
			t.Errorf("OnError heard %d errors, want one for each panic", len(w.errs))
		}
	})
}

// recovered answers a panic in next with a 500.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func TestARejectionKeepsNothingOfTheCookie(t *testing.T) {
	w := &witness{t: t}
	m := w.manager(costrel.Config{})
	for _, cookie := range []string{signedAt(t, encoded(`{"secret":"of the session"}`), "AAA"), signed(t, encoded(`[5]`)), "eyJuIjoxfQ.aSBh_w.AAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		s, err := m.Open(&http.Request{Header: http.Header{"Cookie": {"session=" + cookie}}})
		if err != nil {
			t.Fatal(err)
		}
		var found *itsdangerous.Error
		if errors.As(s.Rejection(), &found) && found.Payload != nil {
			t.Errorf("got the payload %q: its memory is the next request's", found.Payload)
		}
	}
	if len(w.rejections) != 3 {
		t.Errorf("got %v", w.rejections)
	}
}

func TestNothingThatIsPrintedShowsAKey(t *testing.T) {
	const fallback = "an older key of these tests"
	keys := costrel.NewKeyring(testKey, fallback)
	options := itsdangerous.Options{Keys: [][]byte{[]byte(testKey), []byte(fallback)}, Salt: "cookie-session", Derivation: itsdangerous.HMAC}
	must := func(v any, err error) any {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	g := &costrel.Signed{}
	config := costrel.Config{Keys: keys, Interface: g}
	m := newManager(t, config)
	var session *costrel.Session
	var r *http.Request
	serve(m, func(s *costrel.Session) { s.Set("n", 1); session = s })
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { m.Get(req); r = req })).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	environ := must(costrel.ConfigFromEnv([]string{"FLASK_SECRET_KEY=" + testKey, `FLASK_SECRET_KEY_FALLBACKS=["` + fallback + `"]`}))
	signer := must(itsdangerous.NewSigner(options))
	timed := must(itsdangerous.NewTimestampSigner(options))

	secrets := append(spellings(testKey), spellings(fallback)...)
	for _, key := range options.Keys {
		secrets = append(secrets, spellings(string(itsdangerous.DeriveKey(key, options.Salt, options.Derivation, nil)))...)
	}
	for _, v := range []any{
		keys, &keys, []costrel.Keyring{keys}, map[string]any{"keys": keys},
		config, &config, environ, m, *m, g, *g, session, r.Context(),
		options, &options, []itsdangerous.Options{options},
		signer, timed, must(g.Signer(&config)),
		must(itsdangerous.NewSerializer[any](options, nil)),
		must(itsdangerous.NewTimedSerializer[any](options, nil)),
		must(itsdangerous.NewURLSafeSerializer[any](options, nil)),
		must(itsdangerous.NewURLSafeTimedSerializer[any](options, nil)),
	} {
		for _, text := range printed(v) {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("a %T shows %q: %.500q", v, secret, text)
				}
			}
		}
	}
}
