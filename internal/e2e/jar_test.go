package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel/internal/steps"
	"github.com/costrel/costrel/itsdangerous"
)

const (
	testKey = "FLASK_SECRET_KEY=of-these-tests-and-no-others"
	oldKey  = "FLASK_SECRET_KEY=of-these-tests-before-rotation"
)

// A browser goes from server to server with one cookie jar.
type browser struct {
	t      *testing.T
	client *http.Client
	last   *http.Response
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

func (b *browser) get(url string) string {
	b.t.Helper()
	res, err := b.client.Get(url)
	return b.read(res, err)
}

func (b *browser) post(url, contentType, body string) string {
	b.t.Helper()
	res, err := b.client.Post(url, contentType, strings.NewReader(body))
	return b.read(res, err)
}

func (b *browser) read(res *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.last = res
	return string(body)
}

func (b *browser) login(server, name string, remember bool) {
	b.t.Helper()
	form := url.Values{"name": {name}}
	if remember {
		form.Set("remember", "on")
	}
	if got := b.post(server+"/login", "application/x-www-form-urlencoded", form.Encode()); got != "in\n" {
		b.t.Fatalf("login at %s: %s: %s", server, b.last.Status, got)
	}
}

func (b *browser) logout(server string) {
	b.t.Helper()
	if got := b.post(server+"/logout", "application/x-www-form-urlencoded", ""); got != "out\n" {
		b.t.Fatalf("logout at %s: %s: %s", server, b.last.Status, got)
	}
}

// session returns what the server has in its session, shown.
func (b *browser) session(server string) string {
	b.t.Helper()
	return steps.ShowTyped(json.RawMessage(b.get(server + "/session")))
}

// steps takes steps at the server and returns what each answered, shown.
func (b *browser) steps(server string, taken ...steps.Step) []string {
	b.t.Helper()
	body, err := json.Marshal(taken)
	if err != nil {
		b.t.Fatal(err)
	}
	answer := b.post(server+"/steps", "application/json", string(body))
	if b.last.StatusCode != http.StatusOK {
		b.t.Fatalf("steps at %s: %s: %s", server, b.last.Status, answer)
	}
	var results []json.RawMessage
	if err := json.Unmarshal([]byte(answer), &results); err != nil {
		b.t.Fatalf("steps at %s: %s: %v", server, answer, err)
	}
	shown := make([]string, len(results))
	for i, r := range results {
		if shown[i] = string(r); shown[i] != "null" && !strings.HasPrefix(shown[i], `["absent"`) {
			shown[i] = steps.ShowTyped(r)
		}
	}
	return shown
}

// forget does what a response to a request of the server's does that deletes a
// cookie of the path "/".
func (b *browser) forget(server, name string) {
	u := parse(b.t, server)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Path: "/", MaxAge: -1}})
}

// cookie returns the session cookie that the last response set, nil if none.
func (b *browser) cookie() *http.Cookie {
	for _, c := range b.last.Cookies() {
		if c.Name == "session" {
			return c
		}
	}
	return nil
}

func serveGo(t *testing.T, environ ...string) string {
	t.Helper()
	server := httptest.NewServer(goApp(newManager(t, environ...)))
	t.Cleanup(server.Close)
	return server.URL
}

// pairs runs a test with Flask before Go and with Go before Flask.
func pairs(t *testing.T, flask, golang string, test func(t *testing.T, first, second string)) {
	t.Run("Flask, then Go", func(t *testing.T) { test(t, flask, golang) })
	t.Run("Go, then Flask", func(t *testing.T) { test(t, golang, flask) })
}

func TestOneCookieJar(t *testing.T) {
	t.Parallel()
	flask, golang := serveFlask(t, "app", testKey), serveGo(t, testKey)

	everything, g := map[string]any{}, newGenerator(5)
	for len(everything) < 12 {
		everything[fmt.Sprintf("value %d", len(everything))] = g.value(2)
	}

	pairs(t, flask, golang, func(t *testing.T, first, second string) {
		t.Run("who logs in at the first is logged in at the second", func(t *testing.T) {
			b := newBrowser(t)
			b.login(first, "Zoë", false)
			if got, want := b.session(second), steps.Show(map[string]any{"user": "Zoë", "_permanent": false}); got != want {
				t.Errorf("session at the second: got %s, want %s", got, want)
			}
		})
		t.Run("what the second changes the first reads, types and all", func(t *testing.T) {
			b := newBrowser(t)
			b.login(first, "Zoë", false)
			b.steps(second, steps.Step{"update", steps.Typed(everything)}, steps.Step{"delete", "_permanent"})
			want := map[string]any{"user": "Zoë"}
			for key, value := range everything {
				want[key] = value
			}
			if got := b.session(first); got != steps.Show(want) {
				t.Errorf("session at the first:\n got %s\nwant %s", got, steps.Show(want))
			}
			if got := b.session(second); got != steps.Show(want) {
				t.Errorf("session at the second:\n got %s\nwant %s", got, steps.Show(want))
			}
		})
		t.Run("a change inside a value travels", func(t *testing.T) {
			b := newBrowser(t)
			b.steps(first, steps.Step{"set", "cart", steps.Typed(map[string]any{"apples": int64(1)})})
			b.steps(second, steps.Step{"put", "cart", "pears", steps.Typed(int64(2))})
			want := steps.Show(map[string]any{"cart": map[string]any{"apples": int64(1), "pears": int64(2)}})
			if got := b.session(first); got != want {
				t.Errorf("session at the first: got %s, want %s", got, want)
			}
		})
		t.Run("logging out at the first logs out of the second", func(t *testing.T) {
			b := newBrowser(t)
			b.login(second, "Zoë", true)
			b.logout(first)
			if c := b.cookie(); c == nil || c.MaxAge != -1 || c.Value != "" {
				t.Errorf("cookie of the logout: got %v, want one that deletes", c)
			}
			for _, server := range []string{first, second} {
				if got, want := b.session(server), steps.Show(map[string]any{}); got != want {
					t.Errorf("session at %s: got %s, want %s", server, got, want)
				}
			}
		})
		t.Run("a permanent session stays so, and is refreshed by both", func(t *testing.T) {
			b := newBrowser(t)
			b.login(first, "Zoë", true)
			for _, server := range []string{first, second, first} {
				b.session(server)
				c := b.cookie()
				if c == nil {
					t.Fatalf("%s did not refresh the cookie", server)
				}
				month := time.Until(c.Expires)
				if month < 31*24*time.Hour-time.Minute || month > 31*24*time.Hour+time.Minute {
					t.Errorf("%s: got a cookie that expires in %s, want 31 days", server, month)
				}
			}
		})
		t.Run("a browser session stays so, and is not refreshed", func(t *testing.T) {
			b := newBrowser(t)
			b.login(first, "Zoë", false)
			if c := b.cookie(); c == nil || !c.Expires.IsZero() || c.MaxAge != 0 {
				t.Errorf("cookie of the login: got %v, want one without an expiry", c)
			}
			b.session(second)
			if c := b.cookie(); c != nil {
				t.Errorf("cookie of a request that only reads: got %v, want none", c)
			}
		})
		t.Run("what one makes permanent the other can make a browser session", func(t *testing.T) {
			b := newBrowser(t)
			b.login(first, "Zoë", true)
			b.steps(second, steps.Step{"set_permanent", false})
			if c := b.cookie(); c == nil || !c.Expires.IsZero() {
				t.Errorf("cookie: got %v, want one without an expiry", c)
			}
			if got, want := b.steps(first, steps.Step{"permanent"})[0], steps.Show(false); got != want {
				t.Errorf("permanent at the first: got %s, want %s", got, want)
			}
		})
		t.Run("messages flashed by the first are shown by the second, once", func(t *testing.T) {
			b := newBrowser(t)
			b.steps(first, steps.Step{"flash", steps.Typed("saved")}, steps.Step{"flash", steps.Typed("no <space>"), "error"})
			b.steps(second, steps.Step{"flash", steps.Typed("from the second"), "info"})
			want := `["list",[["tuple",[["str","message"],["str","saved"]]],["tuple",[["str","error"],["str","no \u003cspace\u003e"]]],["tuple",[["str","info"],["str","from the second"]]]]]`
			if got := b.steps(second, steps.Step{"flashes"})[0]; got != want {
				t.Errorf("shown by the second:\n got %s\nwant %s", got, want)
			}
			if got, want := b.steps(first, steps.Step{"flashes"})[0], `["list",[]]`; got != want {
				t.Errorf("shown by the first afterwards: got %s, want %s", got, want)
			}
		})
	})
}

// TestFlaskBehindHandler: what Flask does with the session is what the browser
// gets, though Go's Handler stands around the proxy too, and reads it.
func TestFlaskBehindHandler(t *testing.T) {
	t.Parallel()
	sessions, flask := newManager(t, testKey), parse(t, serveFlask(t, "app", testKey))
	proxy := httputil.NewSingleHostReverseProxy(flask)
	for _, read := range []bool{false, true} {
		t.Run(fmt.Sprintf("read %t", read), func(t *testing.T) {
			server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if read {
					sessions.Get(r).Get("user")
				}
				proxy.ServeHTTP(w, r)
			})))
			defer server.Close()

			b := newBrowser(t)
			for _, name := range []string{"Zoë", "Ann"} {
				b.login(server.URL, name, true)
				if got, want := b.session(server.URL), steps.Show(map[string]any{"user": name, "_permanent": true}); got != want {
					t.Errorf("session after the login: got %s, want %s", got, want)
				}
			}
			b.logout(server.URL)
			if got := b.last.Header["Set-Cookie"]; len(got) != 1 {
				t.Errorf("cookies of the logout: got %q, want Flask's alone", got)
			}
			if got, want := b.session(server.URL), steps.Show(map[string]any{}); got != want {
				t.Errorf("session after the logout: got %s, want %s", got, want)
			}
		})
	}
}

// TestLiveHeaders compares whole headers of the two servers, but for the
// second at which each signed.
func TestLiveHeaders(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{
		"defaults":     {testKey},
		"all settings": {testKey, "FLASK_SESSION_COOKIE_NAME=sid", "FLASK_SESSION_COOKIE_PATH=/", "FLASK_SESSION_COOKIE_SAMESITE=Lax", "FLASK_SESSION_COOKIE_HTTPONLY=false", "FLASK_PERMANENT_SESSION_LIFETIME=3600"},
	} {
		t.Run(name, func(t *testing.T) {
			flask, golang := serveFlask(t, "app", env...), serveGo(t, env...)
			for _, taken := range [][]steps.Step{
				{},
				{{"get", "n"}},
				{{"set", "n", steps.Typed(int64(1))}},
				{{"set_permanent", true}},
				{{"clear"}},
			} {
				// Both may cross a second, one earlier than the other.
				var got, want string
				for range 5 {
					f, g := newBrowser(t), newBrowser(t)
					f.steps(flask, taken...)
					g.steps(golang, taken...)
					want, got = sessionHeaders(f.last), sessionHeaders(g.last)
					if got == want {
						break
					}
				}
				if got != want {
					t.Errorf("headers after %v:\n got %s\nwant %s", taken, got, want)
				}
			}
		})
	}
}

func sessionHeaders(res *http.Response) string {
	return fmt.Sprintf("Set-Cookie: %q, Vary: %q", res.Header["Set-Cookie"], res.Header["Vary"])
}

// TestKeyRotation takes the four stages of a rotation without an outage: both
// services may stand one stage apart, whichever goes first.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	oldFallback, newFallback := `FLASK_SECRET_KEY_FALLBACKS=["of-these-tests-before-rotation"]`, `FLASK_SECRET_KEY_FALLBACKS=["of-these-tests-and-no-others"]`
	stages := []struct {
		name string
		env  []string
	}{
		{"the old key", []string{oldKey}},
		{"the old key, the new one verifies", []string{oldKey, newFallback}},
		{"the new key, the old one verifies", []string{testKey, oldFallback}},
		{"the new key", []string{testKey}},
	}
	var flask, golang []string
	for _, stage := range stages {
		flask = append(flask, serveFlask(t, "app", stage.env...))
		golang = append(golang, serveGo(t, stage.env...))
	}
	for i, stage := range stages {
		for j := max(0, i-1); j <= min(i+1, len(stages)-1); j++ {
			t.Run(fmt.Sprintf("Flask: %s; Go: %s", stage.name, stages[j].name), func(t *testing.T) {
				pairs(t, flask[i], golang[j], func(t *testing.T, first, second string) {
					b := newBrowser(t)
					b.login(first, "Zoë", false)
					b.steps(second, steps.Step{"set", "n", steps.Typed(int64(1))})
					b.steps(first, steps.Step{"set", "m", steps.Typed(int64(2))})
					want := steps.Show(map[string]any{"user": "Zoë", "_permanent": false, "n": int64(1), "m": int64(2)})
					if got := b.session(second); got != want {
						t.Errorf("session: got %s, want %s", got, want)
					}
				})
			})
		}
	}
	t.Run("a session signed by a fallback is signed by the new key when written", func(t *testing.T) {
		b := newBrowser(t)
		b.login(flask[0], "Zoë", false)
		b.steps(golang[2], steps.Step{"get", "user"})
		if c := b.cookie(); c != nil {
			t.Errorf("cookie of a request that only reads: got %v, want none", c)
		}
		b.steps(golang[2], steps.Step{"set_modified"})
		if got := b.steps(flask[3], steps.Step{"get", "user"})[0]; got != steps.Show("Zoë") {
			t.Errorf("user for Flask without the old key: got %s, want %s", got, steps.Show("Zoë"))
		}
	})
	t.Run("a key that was dropped opens nothing", func(t *testing.T) {
		pairs(t, flask[0], golang[3], func(t *testing.T, first, second string) {
			b := newBrowser(t)
			b.login(first, "Zoë", false)
			if got, want := b.session(second), steps.Show(map[string]any{}); got != want {
				t.Errorf("session: got %s, want %s", got, want)
			}
		})
	})
}

// TestFlaskLogin: Go reads who Flask-Login logged in, changes the session
// beside it, and logs out; a CSRF token of Flask-WTF stays valid meanwhile.
func TestFlaskLogin(t *testing.T) {
	t.Parallel()
	flask, golang := serveFlask(t, "login", testKey), serveGo(t, testKey)
	b := newBrowser(t)

	b.post(flask+"/login", "application/x-www-form-urlencoded", "name=17")
	token := b.get(flask + "/csrf")
	if got := b.steps(golang, steps.Step{"get", "_user_id"}, steps.Step{"get", "_fresh"}); got[0] != steps.Show("17") || got[1] != steps.Show(true) {
		t.Errorf("_user_id and _fresh in Go: got %s, want %s and %s", got, steps.Show("17"), steps.Show(true))
	}
	b.steps(golang, steps.Step{"set", "seen by Go", steps.Typed(true)})
	if got, want := b.get(flask+"/me"), "\"17\"\n"; got != want {
		t.Errorf("current user in Flask: got %q, want %q", got, want)
	}
	b.post(flask+"/guarded", "application/x-www-form-urlencoded", url.Values{"csrf_token": {token}}.Encode())
	if got, want := b.last.StatusCode, http.StatusOK; got != want {
		t.Errorf("status of a form with the token of before: got %d, want %d", got, want)
	}
	b.post(flask+"/guarded", "application/x-www-form-urlencoded", "csrf_token=another")
	if got, want := b.last.StatusCode, http.StatusBadRequest; got != want {
		t.Errorf("status of a form with a false token: got %d, want %d", got, want)
	}
	forms := csrfForms(t)
	read, _, err := forms.Loads(token, itsdangerous.Window{Now: time.Now(), MaxAge: time.Hour})
	if secret := b.steps(golang, steps.Step{"get", "csrf_token"})[0]; err != nil || steps.Show(read) != secret {
		t.Errorf("the token in Go: got %s, %v, want the session's %s", read, err, secret)
	}
	made, err := forms.Dumps(read, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	b.post(flask+"/guarded", "application/x-www-form-urlencoded", url.Values{"csrf_token": {made}}.Encode())
	if got, want := b.last.StatusCode, http.StatusOK; got != want {
		t.Errorf("status of a form with a token made in Go: got %d, want %d", got, want)
	}

	b.logout(golang)
	b.get(flask + "/me")
	if got, want := b.last.StatusCode, http.StatusUnauthorized; got != want {
		t.Errorf("status in Flask after the logout in Go: got %d, want %d", got, want)
	}
}

// csrfForms signs the tokens of Flask-WTF's forms, as docs/flask.md has it.
func csrfForms(t *testing.T) *itsdangerous.TimedSerializer[string] {
	t.Helper()
	_, key, _ := strings.Cut(testKey, "=")
	forms, err := itsdangerous.NewURLSafeTimedSerializer[string](itsdangerous.Options{Keys: [][]byte{[]byte(key)}, Salt: "wtf-csrf-token"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return forms
}

// TestFlaskLoginRemembers: a logout in Go that says so reaches the remember-me
// cookie too.
func TestFlaskLoginRemembers(t *testing.T) {
	t.Parallel()
	flask, golang := serveFlask(t, "login", testKey), serveGo(t, testKey)
	for _, test := range []struct {
		name   string
		logout []steps.Step
		forget bool // the remember-me cookie
		status int
	}{
		{"a session cleared is logged in again", []steps.Step{{"clear"}}, false, http.StatusOK},
		{"one that says so is not", []steps.Step{{"clear"}, {"set", "_remember", steps.Typed("clear")}}, false, http.StatusUnauthorized},
		{"nor without its cookie", []steps.Step{{"clear"}}, true, http.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t)
			b.post(flask+"/login", "application/x-www-form-urlencoded", "name=17&remember=on")
			b.steps(golang, test.logout...)
			if test.forget {
				b.forget(flask, "remember_token")
			}
			for range 2 {
				b.get(flask + "/me")
				if got := b.last.StatusCode; got != test.status {
					t.Errorf("status in Flask: got %d, want %d", got, test.status)
				}
			}
		})
	}
}

// TestTwoManagersInOneBrowser: two sessions with cookies and keys of their own
// do not touch each other, in Flask and Go alike.
func TestTwoManagersInOneBrowser(t *testing.T) {
	t.Parallel()
	other := []string{oldKey, "FLASK_SESSION_COOKIE_NAME=other"}
	mux := http.NewServeMux()
	one, two := newManager(t, testKey), newManager(t, other...)
	mux.Handle("/one/", http.StripPrefix("/one", goApp(one)))
	mux.Handle("/two/", http.StripPrefix("/two", goApp(two)))
	mux.HandleFunc("/both", func(w http.ResponseWriter, r *http.Request) {
		one.Get(r).Set("n", 1)
		two.Get(r).Set("n", 2)
	})
	server := httptest.NewServer(one.Handler(two.Handler(mux)))
	t.Cleanup(server.Close)
	flask := serveFlask(t, "app", other...)

	b := newBrowser(t)
	b.get(server.URL + "/both")
	for at, want := range map[string]int64{server.URL + "/one": 1, server.URL + "/two": 2, flask: 2} {
		if got, want := b.session(at), steps.Show(map[string]any{"n": want}); got != want {
			t.Errorf("session at %s: got %s, want %s", at, got, want)
		}
	}
}
