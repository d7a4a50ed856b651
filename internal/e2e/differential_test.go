package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/internal/steps"
	"github.com/costrel/costrel/itsdangerous"
)

const (
	differentialKey = "of-these-tests-and-no-others"
	sessionsEachWay = 20_000
	batch           = 1000
)

var differentialConfig = map[string]any{"SECRET_KEY": differentialKey}

// newQuietManager returns a manager for sessions of any size, whose errors the
// test looks at itself.
func newQuietManager(t *testing.T) *costrel.Manager {
	t.Helper()
	sessions, err := costrel.New(costrel.Config{
		Keys:          costrel.NewKeyring(differentialKey),
		MaxCookieSize: 1 << 20,
		OnError:       func(*http.Request, error) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

// open returns the session that one Cookie header brings.
func open(t *testing.T, sessions *costrel.Manager, header []byte) *costrel.Session {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Cookie"] = []string{string(header)}
	s, err := sessions.Open(r)
	if err != nil {
		t.Fatalf("opening %q: %v", header, err)
	}
	return s
}

// save returns the Cookie header with which a browser sends the session back.
func save(t *testing.T, sessions *costrel.Manager, s *costrel.Session) []byte {
	t.Helper()
	h := http.Header{}
	if err := sessions.Save(h, httptest.NewRequest("GET", "/", nil), s); err != nil {
		t.Fatalf("saving: %v", err)
	}
	if s.Len() == 0 {
		return []byte("session=")
	}
	pair, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
	return []byte(pair)
}

// TestGoWritesFlaskReads: random sessions, of every Go type that stands for a
// value, come out of Flask equal in value and type.
func TestGoWritesFlaskReads(t *testing.T) {
	t.Parallel()
	ask, sessions, g := newOracle(t), newQuietManager(t), newGenerator(1)
	for range sessionsEachWay / batch {
		var wants []map[string]any
		var headers [][]byte
		for range batch {
			want := g.session()
			s := costrel.NewSession()
			for key, value := range want {
				s.Set(key, g.dressed(value))
			}
			if err := s.Err(); err != nil {
				t.Fatalf("setting %s: %v", steps.Show(want), err)
			}
			wants = append(wants, want)
			headers = append(headers, save(t, sessions, s))
		}
		var got []loaded
		ask.ask(question{Do: "load", Config: differentialConfig, Now: float64(time.Now().Unix()), Headers: headers}, &got)
		for i, want := range wants {
			switch {
			case len(want) == 0 && got[i].Outcome == "absent":
			case got[i].Outcome != "loaded":
				t.Errorf("Flask %s %s: %s, of %s", got[i].Outcome, headers[i], got[i].Error, steps.Show(want))
			case steps.ShowTyped(got[i].Values) != steps.Show(want):
				t.Errorf("Flask reads\n got %s\nwant %s", steps.ShowTyped(got[i].Values), steps.Show(want))
			}
		}
		if t.Failed() {
			return
		}
	}
}

// TestFlaskWritesGoReads: random sessions come out of Go equal in value and
// type, go back byte for byte when one more is set, and Go writes the same
// values as Flask does, byte for byte.
func TestFlaskWritesGoReads(t *testing.T) {
	t.Parallel()
	ask, sessions, g := newOracle(t), newQuietManager(t), newGenerator(2)
	for range sessionsEachWay / batch {
		var wants []map[string]any
		var shown []any
		for range batch {
			want := g.session()
			wants = append(wants, want)
			shown = append(shown, steps.Typed(want))
		}
		var wrote []dumped
		ask.ask(question{Do: "dump", Config: differentialConfig, Now: float64(time.Now().Unix()), Sessions: shown}, &wrote)
		for i, want := range wants {
			if wrote[i].Error != "" {
				t.Fatalf("Flask cannot write %s: %s", steps.Show(want), wrote[i].Error)
			}

			s := open(t, sessions, []byte("session="+wrote[i].Cookie))
			if s.Rejection().Reason != costrel.Accepted {
				t.Fatalf("%s: %v", wrote[i].JSON, s.Rejection())
			}
			if got := steps.Show(maps.Collect(s.All())); got != steps.Show(want) {
				t.Errorf("Go reads\n got %s\nwant %s", got, steps.Show(want))
			}
			if got := appendJSON(t, s); got != wrote[i].JSON {
				t.Errorf("read, and not changed:\n got %s\nwant %s", got, wrote[i].JSON)
			}
			if s.Modified() {
				t.Errorf("reading %s modified it", wrote[i].JSON)
			}

			again := open(t, sessions, []byte("session="+wrote[i].Cookie))
			again.Set("longer than any key of a random session", 0)
			again.Delete("longer than any key of a random session")
			if got := appendJSON(t, again); got != wrote[i].JSON {
				t.Errorf("changed and changed back:\n got %s\nwant %s", got, wrote[i].JSON)
			}

			made := costrel.NewSession()
			for key, value := range want {
				made.Set(key, g.dressed(value))
			}
			if got := appendJSON(t, made); got != wrote[i].JSON {
				t.Errorf("Go writes\n got %s\nwant %s", got, wrote[i].JSON)
			}
			if t.Failed() {
				return
			}
		}
	}
}

func appendJSON(t *testing.T, s *costrel.Session) string {
	t.Helper()
	text, err := s.AppendJSON(nil)
	if err != nil {
		t.Errorf("writing: %v", err)
	}
	return string(text)
}

// A mutator damages cookies and payloads.
type mutator struct {
	generator
	stock [][]byte // to cut and join with
}

// mutate returns a copy of b with one to three small changes.
func (m mutator) mutate(b []byte) []byte {
	b = slices.Clone(b)
	for range 1 + m.IntN(3) {
		at := func() int { return m.IntN(len(b) + 1) }
		if len(b) == 0 {
			return b
		}
		i := m.IntN(len(b))
		switch m.IntN(10) {
		case 0: // one bit
			b[i] ^= 1 << m.IntN(8)
		case 1:
			b[i] = byte(m.Uint32())
		case 2:
			b = slices.Delete(b, i, i+1)
		case 3:
			b = slices.Insert(b, at(), m.junk()...)
		case 4:
			b = append(b, m.junk()...)
		case 5:
			b = b[:i]
		case 6: // a part twice
			j := min(len(b), i+m.IntN(12))
			b = slices.Insert(b, at(), slices.Clone(b[i:j])...)
		case 7: // the head of one, the tail of another
			other := m.stock[m.IntN(len(m.stock))]
			b = append(b[:i], other[m.IntN(len(other)):]...)
		case 8: // a neighbour in the alphabet: bits that may not count
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			last := len(b) - 1
			if k := strings.IndexByte(alphabet, b[last]); k >= 0 {
				b[last] = alphabet[k^(1+m.IntN(3))]
			}
		case 9:
			j := m.IntN(len(b))
			b[i], b[j] = b[j], b[i]
		}
	}
	return b
}

var junk = []string{"=", "==", "!", "!!!!", ".", "..", "-", "_", "+", "/", " ", "\t", "\"", "\\", "\\056", ";", ",", "A", "AA", "AAAA", "\x00", "\xff", "é",
	"{", "}", "[", "]", ":", "\\u0061", "\\ud800", "0", "-0", "1e999", "NaN", "null", "true", `" t"`, `" di"`, `"a":1,`, `{" t":[1]}`, `{" b":"QQ"}`, `{" d":""}`, `{" m":1}`, `{" u":""}`}

func (m mutator) junk() []byte { return []byte(junk[m.IntN(len(junk))]) }

// TestMutatedTokens: of cookies that were damaged on their way, and of damaged
// payloads with a good signature, Go accepts none that Flask refuses, and reads
// those that it accepts as Flask does, before and after it wrote them again. Of
// those that are spelled well, it accepts all that Flask accepts, but for tags
// around what Flask would not write there, which Python often reads somehow.
func TestMutatedTokens(t *testing.T) {
	t.Parallel()
	const count = 120_000
	ask, sessions := newOracle(t), newQuietManager(t)
	m := mutator{generator: newGenerator(3)}
	now := time.Now()

	signer, err := itsdangerous.NewTimestampSigner(itsdangerous.Options{
		Keys:       [][]byte{[]byte(differentialKey)},
		Salt:       "cookie-session",
		Derivation: itsdangerous.HMAC,
	})
	if err != nil {
		t.Fatal(err)
	}
	var values []any
	for range 300 {
		values = append(values, steps.Typed(m.dict(2, 4)))
	}
	var wrote []dumped
	ask.ask(question{Do: "dump", Config: differentialConfig, Now: float64(now.Unix()), Sessions: values}, &wrote)
	var texts [][]byte
	for i, w := range wrote {
		if i%2 == 0 {
			m.stock = append(m.stock, []byte(w.Cookie))
		} else { // as Go spells it
			m.stock = append(m.stock, signer.AppendSign(nil, itsdangerous.AppendPack(nil, []byte(w.JSON), 1<<10), now))
		}
		texts = append(texts, []byte(w.JSON))
	}
	ofJSON := mutator{m.generator, texts}

	// damaged returns a token, and whether only the JSON in it is damaged.
	damaged := func() (token []byte, canonical bool) {
		if m.IntN(2) == 0 {
			return m.mutate(m.stock[m.IntN(len(m.stock))]), false
		}
		packed := itsdangerous.AppendPack(nil, ofJSON.mutate(texts[m.IntN(len(texts))]), 1<<m.IntN(10))
		if canonical = m.IntN(8) > 0; !canonical {
			packed = m.mutate(packed)
		}
		return signer.AppendSign(nil, packed, now), canonical
	}

	var both, neither, onlyFlask int
	for range count / batch {
		var headers [][]byte
		var canonicals []bool
		for len(headers) < batch {
			token, canonical := damaged()
			header := append([]byte("session="), token...)
			// net/http refuses line breaks before anyone sees them, and what
			// stands after a semicolon may be a second cookie of that name.
			if !bytes.ContainsAny(header, "\r\n\x00") && bytes.Count(header, []byte("session=")) == 1 {
				headers, canonicals = append(headers, header), append(canonicals, canonical)
			}
		}
		var flask, again []loaded
		ask.ask(question{Do: "load", Config: differentialConfig, Now: float64(now.Unix()), Headers: headers}, &flask)
		var rewritten [][]byte
		var wants []string
		for i, header := range headers {
			s := open(t, sessions, header)
			n := s.Len()
			got := maps.Collect(s.All())
			accepted := s.Rejection().Reason == costrel.Accepted && len(got) == n
			switch {
			case accepted && flask[i].Outcome != "loaded":
				text, _ := s.AppendJSON(nil)
				t.Errorf("Go accepts %q, which Flask %s: %s; payload %s", header, flask[i].Outcome, flask[i].Error, text)
			case accepted && steps.Show(got) != steps.ShowTyped(flask[i].Values):
				t.Errorf("of %q:\n   Go reads %s\nFlask reads %s", header, steps.Show(got), steps.ShowTyped(flask[i].Values))
			case accepted:
				both++
				if n > 0 {
					s.SetModified()
					rewritten, wants = append(rewritten, save(t, sessions, s)), append(wants, steps.Show(got))
				}
			case flask[i].Outcome == "loaded" && canonicals[i] && !strings.Contains(fmt.Sprint(s.Rejection(), s.Err()), `: tag "`):
				t.Errorf("Flask accepts %q with %s, which Go does not: %v, %v", header, flask[i].Values, s.Rejection(), s.Err())
			case flask[i].Outcome == "loaded":
				onlyFlask++
			default:
				neither++
			}
		}
		ask.ask(question{Do: "load", Config: differentialConfig, Now: float64(time.Now().Unix()), Headers: rewritten}, &again)
		for i, want := range wants {
			if again[i].Outcome != "loaded" || steps.ShowTyped(again[i].Values) != want {
				t.Errorf("written again as %q: Flask %s %s %s, want %s", rewritten[i], again[i].Outcome, again[i].Error, again[i].Values, want)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d accepted by both, %d refused by both, %d accepted by Flask only", both, neither, onlyFlask)
	if both < count/100 || neither < count/10 {
		t.Errorf("the mutations are too wild or too tame to prove anything")
	}
}

// TestCookieHeaders: from headers with several cookies, quotes, escapes and
// junk, Go reads the session's cookies as Werkzeug does, and takes the first
// that is good.
func TestCookieHeaders(t *testing.T) {
	t.Parallel()
	const count = 40_000
	ask, sessions, g := newOracle(t), newQuietManager(t), newGenerator(6)
	now := time.Now()

	// Tokens with a session of one number each.
	var values []any
	for n := range 20 {
		values = append(values, steps.Typed(map[string]any{"n": int64(n)}))
	}
	var wrote []dumped
	ask.ask(question{Do: "dump", Config: differentialConfig, Now: float64(now.Unix()), Sessions: values}, &wrote)
	number := map[string]int64{}
	for n, w := range wrote {
		number[w.Cookie] = int64(n)
	}

	pick := func(of ...string) string { return of[g.IntN(len(of))] }
	space := func() string {
		return pick("", "", "", "", "", "", "", "", "", "", " ", " ", "  ", "\t", "\v", "\f", "\x1c", "\x1f", "\x85", "\xa0", "\u00a0", "\xff", "\u2003")
	}
	value := func() string {
		token := wrote[g.IntN(len(wrote))].Cookie
		switch g.IntN(8) {
		case 0:
			return `"` + token + `"`
		case 1: // some of it escaped, as nobody does
			var b strings.Builder
			for i := range len(token) {
				switch g.IntN(12) {
				case 0:
					fmt.Fprintf(&b, `\%03o`, token[i])
				case 1:
					b.WriteString(`\` + token[i:i+1])
				default:
					b.WriteByte(token[i])
				}
			}
			return `"` + b.String() + pick(`"`, `"`, `"`, ``, `\"`, `"x`, `";`)
		case 2:
			return pick("", `"`, `""`, `\`, `"\`, `"\"`, "bad", "a=b", "=", `"a;b"`, `"a;session=b"`, "é", "\x00")
		case 3:
			return token + pick(".", "x", " x", `"`, ",", "\\")
		case 4:
			return pick(".", "x", "x ", `"`, ",", "\\") + token
		default:
			return token
		}
	}
	header := func() []byte {
		var b strings.Builder
		for range 1 + g.IntN(4) {
			name := pick("session", "session", "session", "session", "session", "session", "session", "Session", "other", "", "sessio\\n", `"session"`, "session x", "é")
			b.WriteString(space() + name + space() + pick("=", "=", "=", "=", "=", "", "==") + space() + value() + space() + pick(";", ";", ";", ";", "; ", ";;", ","))
		}
		return []byte(b.String())
	}

	accepted := 0
	for range count / batch {
		var headers [][]byte
		for range batch {
			headers = append(headers, header())
		}
		var flask []loaded
		ask.ask(question{Do: "load", Config: differentialConfig, Now: float64(now.Unix()), Headers: headers}, &flask)
		for i, header := range headers {
			got, want := any(nil), any(nil)
			if s := open(t, sessions, header); s.Rejection().Reason == costrel.Accepted {
				got = s.Get("n")
				accepted++
			}
			for _, value := range flask[i].Cookies {
				if n, ok := number[value]; ok {
					want = n
					break
				}
			}
			if got != want {
				t.Errorf("session of %q: got %v, want %v; Werkzeug finds %q", header, got, want, flask[i].Cookies)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d of %d headers had a good session", accepted, count)
}
