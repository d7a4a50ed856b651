package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/internal/steps"
	"github.com/costrel/costrel/itsdangerous"
)

// A setting is a name of Flask's with the values to try, its default first.
type setting struct {
	name   string
	values []any
}

var settings = []setting{
	{"SESSION_COOKIE_DOMAIN", []any{nil, "example.com", ".Example.com"}},
	{"SESSION_COOKIE_PATH", []any{nil, "/app", "/a b;ü%20"}},
	{"SESSION_COOKIE_SECURE", []any{false, true}},
	{"SESSION_COOKIE_HTTPONLY", []any{true, false}},
	{"SESSION_COOKIE_SAMESITE", []any{nil, "Strict", "lax", "None"}},
	{"SESSION_COOKIE_PARTITIONED", []any{false, true}},
	{"SESSION_REFRESH_EACH_REQUEST", []any{true, false}},
}

// choices calls yield with every combination of the settings' values, those
// that are not the default.
func choices(settings []setting, config map[string]any, yield func(map[string]any)) {
	if len(settings) == 0 {
		yield(config)
		return
	}
	for i, value := range settings[0].values {
		with := map[string]any{}
		for k, v := range config {
			with[k] = v
		}
		if i > 0 {
			with[settings[0].name] = value
		}
		choices(settings[1:], with, yield)
	}
}

// TestSettings compares the whole Set-Cookie and Vary of every combination of
// settings with Flask's, for sessions that are set, read, left alone and
// cleared, permanent or not, all at one second.
func TestSettings(t *testing.T) {
	t.Parallel()
	const key = "of-these-tests-and-no-others"
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	ask := newOracle(t)

	// The cookies that the browser has, signed a minute ago.
	var held []dumped
	ask.ask(question{Do: "dump", Config: map[string]any{"SECRET_KEY": key}, Now: float64(now.Unix() - 60), Sessions: []any{
		steps.Typed(map[string]any{"user": "Zoë"}),
		steps.Typed(map[string]any{"user": "Zoë", "_permanent": true}),
	}}, &held)
	jars := map[string][][]byte{
		"without a cookie":        nil,
		"with a cookie":           {[]byte("session=" + held[0].Cookie)},
		"with a permanent cookie": {[]byte("session=" + held[1].Cookie)},
	}
	handlers := map[string][]steps.Step{
		"untouched":        {},
		"read":             {{"get", "user"}},
		"set":              {{"set", "n", steps.Typed(int64(1))}},
		"made permanent":   {{"set_permanent", true}},
		"made a browser's": {{"set_permanent", false}},
		"cleared":          {{"clear"}},
	}
	type request struct {
		Cookies [][]byte     `json:"cookies,omitempty"`
		Steps   []steps.Step `json:"steps"`

		name string
	}
	var requests []any
	for jar, cookies := range jars {
		for name, taken := range handlers {
			requests = append(requests, request{cookies, taken, name + ", " + jar})
		}
	}

	type scene struct {
		config map[string]any
		want   []responded
	}
	var scenes []scene
	refused := 0
	choices(settings, map[string]any{"SECRET_KEY": key}, func(config map[string]any) {
		// Browsers drop such cookies, so New refuses to make them.
		if config["SESSION_COOKIE_SAMESITE"] == "None" && config["SESSION_COOKIE_SECURE"] == nil && config["SESSION_COOKIE_PARTITIONED"] == nil {
			if _, err := newFrom(steps.Environ(config)); err == nil {
				t.Errorf("New takes %v, want an error", config)
			}
			refused++
			return
		}
		s := scene{config: config}
		ask.ask(question{Do: "respond", Config: config, Now: float64(now.Unix()), Requests: requests}, &s.want)
		scenes = append(scenes, s)
	})

	compared := 0
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now))
		for _, s := range scenes {
			sessions, err := newFrom(steps.Environ(s.config))
			if err != nil {
				t.Errorf("New refuses %v: %v", s.config, err)
				continue
			}
			for i, r := range requests {
				r := r.(request)
				want := s.want[i]
				res := serveSteps(sessions, r.Cookies, r.Steps)
				compared++
				if got := res.Header["Set-Cookie"]; !slices.Equal(got, want.SetCookie) {
					t.Errorf("%s, %v: Set-Cookie:\n got %q\nwant %q", r.name, s.config, got, want.SetCookie)
				}
				if got := res.Header["Vary"]; !slices.Equal(got, want.Vary) {
					t.Errorf("%s, %v: Vary: got %q, want %q", r.name, s.config, got, want.Vary)
				}
			}
		}
	})
	t.Logf("%d responses compared; %d combinations that New refuses", compared, refused*len(requests))
	if compared < 5000 {
		t.Errorf("compared %d responses, want at least 5000", compared)
	}
}

func newFrom(environ []string) (*costrel.Manager, error) {
	config, err := costrel.ConfigFromEnv(environ)
	if err != nil {
		return nil, err
	}
	return costrel.New(config)
}

// serveSteps is one request whose handler takes the steps.
func serveSteps(sessions *costrel.Manager, cookies [][]byte, taken []steps.Step) *http.Response {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/", nil)
	for _, c := range cookies {
		r.Header.Add("Cookie", string(c))
	}
	sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := steps.Take(func() *costrel.Session { return sessions.Get(r) }, taken); err != nil {
			panic(err)
		}
	})).ServeHTTP(w, r)
	return w.Result()
}

// TestRandomRequests compares the outcome of random steps: what each answers,
// and the headers of the response.
func TestRandomRequests(t *testing.T) {
	t.Parallel()
	const key, count = "of-these-tests-and-no-others", 5000
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	ask := newOracle(t)
	g := newGenerator(4)
	config := map[string]any{"SECRET_KEY": key}

	// Small sessions: Flask compresses larger ones, with another zlib.
	small := []string{"a", "b", "_permanent", " t", "ü"}
	value := func() any {
		return []any{nil, true, false, int64(1), "x", map[string]any{}, []any{}}[g.IntN(7)]
	}
	var starts []any
	for range 50 {
		values := map[string]any{}
		for range g.IntN(4) {
			values[small[g.IntN(len(small))]] = value()
		}
		starts = append(starts, steps.Typed(values))
	}
	var held []dumped
	ask.ask(question{Do: "dump", Config: config, Now: float64(now.Unix() - 60), Sessions: starts}, &held)

	type request struct {
		Cookies [][]byte     `json:"cookies,omitempty"`
		Steps   []steps.Step `json:"steps"`
	}
	requests := make([]any, count)
	for i := range requests {
		var r request
		if n := g.IntN(len(held) + 10); n < len(held) {
			r.Cookies = [][]byte{[]byte("a=b; session=" + held[n].Cookie)}
		}
		for range g.IntN(5) {
			k := small[g.IntN(len(small))]
			r.Steps = append(r.Steps, []steps.Step{
				{"get", k}, {"has", k}, {"len"}, {"keys"}, {"all"}, {"permanent"}, {"flashes"},
				{"set", k, steps.Typed(value())}, {"delete", k}, {"pop", k}, {"setdefault", k, steps.Typed(value())},
				{"update", steps.Typed(map[string]any{k: value()})}, {"update", steps.Typed(map[string]any{})}, {"clear"},
				{"set_permanent", g.IntN(2) == 0}, {"set_modified"}, {"flash", steps.Typed("m")},
			}[g.IntN(17)])
		}
		if r.Steps == nil {
			r.Steps = []steps.Step{}
		}
		requests[i] = r
	}
	var want []responded
	ask.ask(question{Do: "respond", Config: config, Now: float64(now.Unix()), Requests: requests}, &want)

	sessions, err := newFrom(steps.Environ(config))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now))
		for i, r := range requests {
			r := r.(request)
			w := httptest.NewRecorder()
			req := httptest.NewRequest("POST", "/", nil)
			for _, c := range r.Cookies {
				req.Header.Add("Cookie", string(c))
			}
			var results []any
			sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
				var err error
				if results, err = steps.Take(func() *costrel.Session { return sessions.Get(req) }, r.Steps); err != nil {
					t.Error(err)
				}
			})).ServeHTTP(w, req)

			got := fmt.Sprintf("%s %q %q", showResults(t, results), inflated(w.Header()["Set-Cookie"]), w.Header()["Vary"])
			want := fmt.Sprintf("%s %q %q", showResults(t, want[i].Results), inflated(want[i].SetCookie), want[i].Vary)
			if got != want {
				t.Errorf("after %v on %s:\n got %s\nwant %s", r.Steps, r.Cookies, got, want)
			}
		}
	})
}

// showResults returns what steps answered as one text.
func showResults[T any](t *testing.T, results []T) []string {
	shown := make([]string, len(results))
	for i, r := range results {
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if shown[i] = string(data); shown[i] != "null" && shown[i] != `["absent"]` {
			shown[i] = steps.ShowTyped(data)
		}
	}
	return shown
}

// inflated returns Set-Cookie headers without the signature, and with the JSON
// in place of the payload: Flask compresses more than costrel does.
func inflated(headers []string) []string {
	var all []string
	for _, header := range headers {
		name, rest, _ := strings.Cut(header, "=")
		value, attributes, _ := strings.Cut(rest, ";")
		if token := strings.Split(value, "."); len(token) >= 3 {
			payload, timestamp := strings.Join(token[:len(token)-2], "."), token[len(token)-2]
			text, err := itsdangerous.AppendUnpack(nil, []byte(payload), 0)
			value = fmt.Sprint(string(text), err, timestamp)
		}
		all = append(all, name+"="+value+";"+attributes)
	}
	return all
}
