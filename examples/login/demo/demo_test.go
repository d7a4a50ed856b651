package demo

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel"
)

// A browser is a client with cookies that looks at one running application.
type browser struct {
	*http.Client
	t    *testing.T
	home string
}

func open(t *testing.T, config costrel.Config) *browser {
	t.Helper()
	if config.Keys.Len() == 0 {
		config.Keys = costrel.NewKeyring(costrel.NewKey())
	}
	handler, err := Handler(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := server.Client()
	client.Jar = jar
	return &browser{client, t, server.URL}
}

// get and post return the page that the browser ends at, and its header.
func (b *browser) get(path string) (string, http.Header) {
	b.t.Helper()
	res, err := b.Get(b.home + path)
	return b.read(res, err)
}

func (b *browser) post(path string, fields ...string) (string, http.Header) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res, err := b.PostForm(b.home+path, form)
	return b.read(res, err)
}

func (b *browser) read(res *http.Response, err error) (string, http.Header) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: got status %d, want 200: %s", res.Request.Method, res.Request.URL.Path, res.StatusCode, body)
	}
	return string(body), res.Header
}

// shows checks that a page has every one of the texts.
func shows(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not show %q:\n%s", text, page)
		}
	}
}

func TestAVisitIsCounted(t *testing.T) {
	b := open(t, costrel.Config{})
	page, _ := b.get("/")
	shows(t, page, "Hello.", "<b>1</b> visit,", "It is your first")
	page, _ = b.get("/")
	shows(t, page, "<b>2</b> visits,", "It replaces one signed by the current key")
}

func TestAVisitorLogsInAndOut(t *testing.T) {
	b := open(t, costrel.Config{})
	b.get("/")
	page, header := b.post("/login", "name", " <Ada> ")
	shows(t, page, "Hello, &lt;Ada&gt;.", "You are logged in.", "until the browser closes", "<b>2</b> visits")
	if got := header.Get("Set-Cookie"); strings.Contains(got, "Expires") {
		t.Errorf("not remembered: got %q, want a cookie without Expires", got)
	}
	page, _ = b.get("/")
	if strings.Contains(page, "You are logged in.") {
		t.Error("a flashed message is shown twice")
	}

	page, _ = b.post("/logout")
	shows(t, page, "Hello.", "You are logged out.", "<b>1</b> visit,")
	if strings.Contains(page, "Ada") {
		t.Error("the name is still there after the logout")
	}
}

func TestAVisitorIsRemembered(t *testing.T) {
	b := open(t, costrel.Config{Lifetime: time.Hour})
	page, header := b.post("/login", "name", "Ada", "remember", "on")
	shows(t, page, "and remembered", "_permanent", "by the browser until then")
	cookie, err := http.ParseSetCookie(header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(cookie.Expires); left < 59*time.Minute || left > time.Hour {
		t.Errorf("the cookie expires in %s, want an hour", left)
	}
}

func TestWhatCannotBeLoggedIn(t *testing.T) {
	for name, what := range map[string]string{
		"":                       "Please enter a name.",
		"  ":                     "Please enter a name.",
		strings.Repeat("é", 41):  "at most 40 characters",
		"\xff is no UTF-8":       "at most 40 characters",
		strings.Repeat("a", 1e5): "at most 40 characters",
	} {
		page, _ := open(t, costrel.Config{}).post("/login", "name", name)
		shows(t, page, "Hello.", what)
	}
}

func TestNotes(t *testing.T) {
	b := open(t, costrel.Config{})
	page, _ := b.post("/note", "note", "too early")
	shows(t, page, "Log in to keep a note.")

	b.post("/login", "name", "Ada")
	for _, note := range []string{"one", "two", "three", "four", "five", "six"} {
		page, _ = b.post("/note", "note", note)
	}
	shows(t, page, "<li>six</li><li>five</li><li>four</li><li>three</li><li>two</li></ul>", "list[str]", "[]any")

	page, _ = b.post("/note", "note", strings.Repeat("x", 141))
	shows(t, page, "A note has 1 to 140 characters.", "<li>six</li>")
}

func TestANoteThatDoesNotFitIsRefused(t *testing.T) {
	b := open(t, costrel.Config{MaxCookieSize: 300})
	b.post("/login", "name", "Ada")
	page, _ := b.post("/note", "note", strings.Repeat("☕", 140))
	shows(t, page, "That note does not fit", "Hello, Ada.")
}

func TestAnAlteredCookieIsRefused(t *testing.T) {
	b := open(t, costrel.Config{})
	b.post("/login", "name", "Ada")
	page, _ := b.post("/tamper")
	shows(t, page, "not accepted: bad signature", "Hello.", "<b>1</b> visit,")
}

func TestThePageTakesItsCookieApart(t *testing.T) {
	b := open(t, costrel.Config{Cookie: costrel.Cookie{Name: "flask", SameSite: http.SameSiteStrictMode}})
	page, header := b.post("/login", "name", "Ada")
	cookie, err := http.ParseSetCookie(header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	tags := regexp.MustCompile(`<[^>]*>`)
	_, after, _ := strings.Cut(page, `<p class="cookie"`)
	line, _, _ := strings.Cut("<p"+after, "</p>")
	if got, want := tags.ReplaceAllString(line, ""), cookie.Name+"="+cookie.Value; got != want {
		t.Errorf("the page shows another cookie than the browser gets:\ngot  %s\nwant %s", got, want)
	}
	shows(t, page, "datetime", "time.Time", "HttpOnly", "hidden from JavaScript", "Strict", "of the 4096 bytes")
}

func TestAnotherSitesFormIsRefused(t *testing.T) {
	b := open(t, costrel.Config{})
	for _, path := range []string{"/login", "/logout", "/note", "/tamper"} {
		r, err := http.NewRequest("POST", b.home+path, strings.NewReader("name=Mallory"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusForbidden || res.Header["Set-Cookie"] != nil {
			t.Errorf("%s: got status %d and cookies %q, want 403 and none", path, res.StatusCode, res.Header["Set-Cookie"])
		}
	}
}

func TestFilesHaveNoCookie(t *testing.T) {
	b := open(t, costrel.Config{})
	b.post("/login", "name", "Ada", "remember", "on")
	for path, kind := range map[string]string{"/style.css": "text/css", "/costrel.svg": "image/svg+xml"} {
		_, header := b.get(path)
		if header["Set-Cookie"] != nil || header["Vary"] != nil {
			t.Errorf("%s: got Set-Cookie %q and Vary %q, want neither", path, header["Set-Cookie"], header["Vary"])
		}
		if got := header.Get("Content-Type"); !strings.HasPrefix(got, kind) {
			t.Errorf("%s: got type %q, want %q", path, got, kind)
		}
	}
}

func TestRun(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()

	for _, test := range []struct {
		name, addr string
		environ    []string
		says, err  string
	}{
		{"without a key it makes one, and says so", "localhost:0", nil, "FLASK_SECRET_KEY is not set", ""},
		{"without an address it listens all the same", "", nil, "Open http://localhost:", ""},
		{"an address that is taken is an error", taken.Addr().String(), nil, "", "address already in use"},
		{"a setting that Flask has not is an error", "localhost:0", []string{"FLASK_SESSION_COOKIE_NAMES=x"}, "", "did you mean FLASK_SESSION_COOKIE_NAME?"},
		{"a key that is too short is an error", "localhost:0", []string{"FLASK_SECRET_KEY=short"}, "", "could be guessed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var out bytes.Buffer
			err := Run(ctx, test.addr, test.environ, writerFunc(func(p []byte) (int, error) {
				if bytes.HasPrefix(p, []byte("Open ")) {
					cancel()
				}
				return out.Write(p)
			}))
			cancel()
			switch {
			case test.err == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("got error %v, want one that says %q", err, test.err)
			}
			if !strings.Contains(out.String(), test.says) {
				t.Errorf("got %q, want it to say %q", out.String(), test.says)
			}
		})
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestALongFormIsNotRead(t *testing.T) {
	handler, err := Handler(costrel.Config{Keys: costrel.NewKeyring(costrel.NewKey())})
	if err != nil {
		t.Fatal(err)
	}
	body := strings.NewReader("name=Ada&filler=" + strings.Repeat("f", 4<<20))
	r := httptest.NewRequest("POST", "/login", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	if body.Len() < 2<<20 {
		t.Errorf("%d bytes of the form were read, want about %d", int(body.Size())-body.Len(), longestForm)
	}
}
