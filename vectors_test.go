package costrel_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/internal/steps"
	"github.com/costrel/costrel/itsdangerous"
)

// The vectors are made by the real packages: testdata/make_vectors.py says what
// each field is.

type vector struct {
	Name   string
	Config map[string]any
	Now    int64

	Header  []byte // cookies.json
	Outcome string
	Costrel string

	Values json.RawMessage // cookies.json, sessions.json
	JSON   string
	Cookie string

	Cookies   [][]byte // responses.json
	Headers   [][2]string
	Steps     []steps.Step
	Results   []json.RawMessage
	SetCookie []string `json:"set_cookie"`
	Vary      []string
}

// eachVector runs test for each vector in a file, at the vector's time.
func eachVector(t *testing.T, file string, test func(*testing.T, vector)) {
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(vectors, func(a, b vector) int { return int(a.Now - b.Now) })
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(time.Unix(v.Now, 0)))
				test(t, v)
			})
		})
	}
}

var derivations = map[string]itsdangerous.Derivation{
	"concat": itsdangerous.Concat, "django-concat": itsdangerous.DjangoConcat,
	"hmac": itsdangerous.HMAC, "none": itsdangerous.None,
}

var digests = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

// manager returns the Manager that has the vector's configuration.
func (v vector) manager(t *testing.T, change func(*costrel.Config)) *costrel.Manager {
	t.Helper()
	signed := &costrel.Signed{}
	settings := map[string]any{}
	for name, value := range v.Config {
		switch name {
		case "salt":
			signed.Salt = value.(string)
		case "digest":
			signed.Digest = digests[value.(string)]
		case "key_derivation":
			signed.Derivation = derivations[value.(string)]
		default:
			settings[name] = value
		}
	}
	config, err := costrel.ConfigFromEnv(steps.Environ(settings))
	if err != nil {
		t.Fatal(err)
	}
	config.Interface = signed
	config.AllowShortKeys = true
	config.OnError = func(_ *http.Request, err error) { t.Errorf("OnError: %v", err) }
	if change != nil {
		change(&config)
	}
	sessions, err := costrel.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

func TestCookiesAreReadAsFlaskReadsThem(t *testing.T) {
	eachVector(t, "cookies.json", func(t *testing.T, v vector) {
		var rejected []costrel.Rejection
		sessions := v.manager(t, func(c *costrel.Config) {
			c.OnReject = func(_ *http.Request, r costrel.Rejection) { rejected = append(rejected, r) }
			c.OnError = func(*http.Request, error) {}
		})
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", string(v.Header))
		s, err := sessions.Open(r)
		if err != nil {
			t.Fatal(err)
		}

		want := v.Outcome
		if want == "failed" { // a 500 in Flask
			want = "refused"
		}
		if v.Costrel != "" {
			want = v.Costrel
		}
		got := "refused"
		switch s.Rejection().Reason {
		case costrel.Accepted:
			got = "loaded"
		case costrel.Absent:
			got = "absent"
		}
		if got != want {
			t.Fatalf("got %s (%v), want %s", got, s.Rejection(), want)
		}
		if got == "refused" && len(rejected) == 0 {
			t.Errorf("OnReject did not hear of it")
		}
		if got == "loaded" && v.Outcome == "loaded" {
			if got, want := steps.Show(maps.Collect(s.All())), steps.ShowTyped(v.Values); got != want {
				t.Errorf("values:\n got %s\nwant %s", got, want)
			}
		}
	})
}

func TestSessionsAreWrittenAsFlaskWritesThem(t *testing.T) {
	eachVector(t, "sessions.json", func(t *testing.T, v vector) {
		sessions := v.manager(t, nil)
		values, err := steps.Untyped(v.Values)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sessions.Open(httptest.NewRequest("GET", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		s.Update(values.(map[string]any))
		data, err := s.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(data); got != v.JSON {
			t.Errorf("JSON:\n got %s\nwant %s", got, v.JSON)
		}

		// And read back, from the cookie that Flask made of it.
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "session="+v.Cookie)
		back, err := sessions.Open(r)
		if err != nil || back.IsNew() {
			t.Fatalf("the cookie: %v, %v", err, back.Rejection())
		}
		again, err := back.AppendJSON(nil)
		if got := string(again); err != nil || got != v.JSON {
			t.Errorf("read and not touched:\n got %s, %v\nwant %s", got, err, v.JSON)
		}
		for key, value := range back.All() {
			back.Set(key, value)
		}
		again, err = back.AppendJSON(nil)
		if got := string(again); err != nil || got != v.JSON {
			t.Errorf("read and set again:\n got %s, %v\nwant %s", got, err, v.JSON)
		}
	})
}

func TestResponsesHaveTheHeadersOfFlasks(t *testing.T) {
	eachVector(t, "responses.json", func(t *testing.T, v vector) {
		sessions := v.manager(t, nil)
		r := httptest.NewRequest("POST", "/", nil)
		for _, c := range v.Cookies {
			r.Header.Add("Cookie", string(c))
		}
		w := httptest.NewRecorder()
		sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, h := range v.Headers {
				w.Header().Add(h[0], h[1])
			}
			results, err := steps.Take(func() *costrel.Session { return sessions.Get(r) }, v.Steps)
			if err != nil {
				t.Fatal(err)
			}
			for i, result := range results {
				if got, want := showResult(t, result), showResult(t, v.Results[i]); got != want {
					t.Errorf("step %v: got %s, want %s", v.Steps[i], got, want)
				}
			}
		})).ServeHTTP(w, r)
		if got, want := inflated(t, w.Header()["Set-Cookie"]), inflated(t, v.SetCookie); !slices.Equal(got, want) {
			t.Errorf("Set-Cookie:\n got %q\nwant %q", got, want)
		}
		want := v.Vary
		if strings.HasPrefix(v.Name, "a Vary on two lines") && len(want) == 1 {
			want = []string{"Accept, Origin, Cookie"} // Flask drops the second line
		}
		if got := w.Header()["Vary"]; !slices.Equal(got, want) {
			t.Errorf("Vary:\n got %q\nwant %q", got, want)
		}
	})
}

// inflated puts the JSON in place of a compressed payload and its signature:
// Flask compresses smaller sessions than Go, and with another zlib.
func inflated(t *testing.T, lines []string) []string {
	t.Helper()
	lines = slices.Clone(lines)
	for i, line := range lines {
		value, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(value, "=")
		parts := strings.Split(value, ".")
		if len(parts) < 3 {
			continue // a deletion, or no session's
		}
		payload := strings.Join(parts[:len(parts)-2], ".")
		data, err := itsdangerous.AppendUnpack(nil, []byte(payload), 0)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = fmt.Sprintf("%s=%s.%s;%s", name, data, parts[len(parts)-2], attributes)
	}
	return lines
}

func showResult(t *testing.T, result any) string {
	t.Helper()
	data, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); text == "null" || strings.HasPrefix(text, `["absent"`) {
		return text
	}
	return steps.ShowTyped(data)
}
