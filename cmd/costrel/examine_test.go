package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/itsdangerous"
)

var testRing = keyfile.Ring{Keys: [][]byte{[]byte("a key for tests, long enough")}}

// sign returns a session cookie with any payload, packed already.
func sign(t testing.TB, packed string, at time.Time) string {
	t.Helper()
	o, err := sessionScheme.options(testRing)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := itsdangerous.NewTimestampSigner(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(signer.AppendSign(nil, []byte(packed), at))
}

func newTestExaminer(t testing.TB, now time.Time) *examiner {
	t.Helper()
	e, err := newExaminer(sessionScheme, testRing, now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestExamine(t *testing.T) {
	now := time.Unix(1767225600, 0)
	pack := func(data string) string { return string(itsdangerous.AppendPack(nil, []byte(data), 1)) }
	tests := []struct {
		name      string
		value     string
		kind      string
		signature string
		accepted  bool
		says      string // a part of the notes
	}{
		{"a session", sign(t, pack(`{"a":1}`), now), "session", good, true, ""},
		{"one that is just good", sign(t, pack(`{"a":1}`), now.Add(-31*day)), "session", good, true, ""},
		{"one that has expired", sign(t, pack(`{"a":1}`), now.Add(-31*day-time.Second)), "session", good, false, ""},
		{"from a clock that is ahead", sign(t, pack(`{"a":1}`), now.Add(10*time.Second)), "session", good, true, "by a clock that is ahead"},
		{"from the future", sign(t, pack(`{"a":1}`), now.Add(11*time.Second)), "session", good, false, "in the future"},
		{"of the last second that a date can hold", sign(t, pack(`{"a":1}`), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)), "session", good, false, "in the future"},
		{"a good signature over bad base64", sign(t, "!", now), "session", good, false, "error 500"},
		{"a good signature over bad JSON", sign(t, pack(`{"a"`), now), "session", good, false, "error 500"},
		{"a bomb", sign(t, pack(strings.Repeat(" ", 2<<20)), now), "session", good, false, "can't be read"},
		{"a tag with a wrong value", sign(t, pack(`{"a":{" t":1}}`), now), "session", good, true, "a can't be read"},
		{"nesting over all bounds", sign(t, pack(`{"a":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+"}"), now), "session", good, false, "can't be read"},
		{"a list", sign(t, pack(`[1,2]`), now), "link", good, false, "A session is a dict, and this is a list"},
		{"empty", "", "unknown", unverified, false, "no token"},
		{"dots", "....", "unknown", unverified, false, "no token"},
		{"a megabyte", strings.Repeat("a.", 1<<19), "unknown", unverified, false, "no token"},
		{"a time of nine bytes", "eyJhIjoxfQ.AQAAAAAAAAAA.AAAA", "unknown", unverified, false, "no token"},
		{"not ASCII", "h\xffé.aVW5AA.AAAA", "session", bad, false, "can't be read"},
	}
	e := newTestExaminer(t, now)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := e.examine(cookie{value: test.value})
			if r.Kind != test.kind || r.Signature != test.signature || r.Accepted != test.accepted {
				t.Errorf("got kind %s, signature %s, accepted %v; want %s, %s, %v", r.Kind, r.Signature, r.Accepted, test.kind, test.signature, test.accepted)
			}
			if notes := strings.Join(r.Notes, " "); !strings.Contains(notes, test.says) {
				t.Errorf("it says %q, want %q", notes, test.says)
			}
		})
	}
}

// The width of a deep tree's lines must not make it grow with the square of its
// size.
func TestADeepTreeIsSmall(t *testing.T) {
	deep := `{"a":` + strings.Repeat("[", 900) + strings.Repeat("1,", 10000) + "1" + strings.Repeat("]", 900) + "}"
	top, err := nodeOf([]byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	printTree(&b, false, top)
	if b.Len() > 10_000 {
		t.Errorf("%d bytes of JSON make a tree of %d bytes", len(deep), b.Len())
	}
	if !strings.Contains(b.String(), "deeper: see --json") {
		t.Errorf("the tree does not say that there is more")
	}
}

// Whatever is examined, there is an answer, without a panic, without a control
// character for the terminal, and as JSON.
func FuzzExamine(f *testing.F) {
	now := time.Unix(1767225600, 0)
	f.Add("session="+sign(f, "eyJhIjoxfQ", now), "")
	f.Add("Cookie: a=1; session="+sign(f, ".eJyrVkpUsjKsBQAKrwJg", now), `{"a":{" d":"Mon, 02 Jan 2006 15:04:05 GMT"}}`)
	f.Add("eyJ1c2VyIjo0Mn0:1vb66i:BjNWj7ToJI2VC0EQaLbLJbDFWVw2KVqvyS5KnrUarDc", `{"b":{" b":"AA=="},"_fresh":[]}`)
	f.Add("eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjF9.x", `[NaN,1e400,-0.0,{" u":"12345678123456781234567812345678"}]`)
	f.Add("MTc5NTIzMzI2NnxEfEU=", `"\ud800\u001b[31m"`)
	f.Add("\u009b31m=eyJhbGciOiJcdTAwOWIzMW0ifQ.e30.x", "{\"\u009b31m\":\"\u202e\u2066\u2028\ufeff\x7f\U000e0001\"}")
	f.Fuzz(func(t *testing.T, line, payload string) {
		e := newTestExaminer(t, now)
		cookies := selectCookies(cookiesOf(line), "session", false)
		cookies = append(cookies, cookie{value: sign(t, string(itsdangerous.AppendPack(nil, []byte(payload), 1)), now)})
		for _, c := range cookies {
			r := e.examine(c)
			var text, encoded strings.Builder
			r.print(&text, false)
			if err := printJSON(&encoded, r); err != nil || !json.Valid([]byte(encoded.String())) {
				t.Errorf("no JSON: %v", err)
			}
			for _, output := range []string{text.String(), encoded.String()} {
				if i := strings.IndexFunc(output, func(c rune) bool { return !unicode.IsPrint(c) && c != '\n' }); i >= 0 {
					t.Errorf("what a terminal does not print as it is reaches it: %q", output[i:])
				}
			}
			if r.Accepted && r.Signature != good {
				t.Errorf("accepted, with a signature that is %s", r.Signature)
			}
		}
	})
}

func FuzzHAR(f *testing.F) {
	f.Add(`{"log":{"entries":[{"request":{"url":"a?b","headers":[{"name":"cookie","value":"a=b"}]}}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		cookies, err := readHAR("-", strings.NewReader(text))
		if err == nil && !json.Valid([]byte(text)) && len(cookies) > 0 && !strings.HasPrefix(strings.TrimSpace(text), "{") {
			t.Errorf("cookies were found in what is no JSON")
		}
	})
}
