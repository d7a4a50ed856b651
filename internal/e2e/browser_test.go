package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/costrel/costrel"
)

// A chromium is a headless Chromium with one page.
type chromium struct {
	t   *testing.T
	ctx context.Context
}

// newProfile returns an empty folder for what a browser keeps.
func newProfile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "costrel-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) }) // what the browser still writes while it ends may stay
	return dir
}

// newChromium starts a browser that ends with the test, and that reaches no
// host but this one.
func newChromium(t *testing.T, profile string) *chromium {
	t.Helper()
	path := lookPath(t, "chromium", "chromium", "google-chrome")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("ignore-certificate-errors", true), // of httptest
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	c := &chromium{t, ctx}
	c.do()
	return c
}

// close closes the browser as a person does, so that its profile is whole.
func (c *chromium) close() {
	c.t.Helper()
	if err := chromedp.Cancel(c.ctx); err != nil {
		c.t.Fatalf("closing the browser: %v", err)
	}
}

func (c *chromium) do(actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, actions...); err != nil {
		c.t.Fatalf("in the browser: %v", err)
	}
}

// load takes actions of which the last loads a page, and returns the page's
// text.
func (c *chromium) load(actions ...chromedp.Action[chromedp.Void]) string {
	c.t.Helper()
	if _, err := chromedp.RunResponse(c.ctx, actions...); err != nil {
		c.t.Fatalf("loading a page in the browser: %v", err)
	}
	text, err := chromedp.Run(c.ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		c.t.Fatalf("reading a page in the browser: %v", err)
	}
	return text
}

// cookies returns every cookie that the browser keeps.
func (c *chromium) cookies() []*network.Cookie {
	c.t.Helper()
	result, err := chromedp.CallBrowser(c.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		c.t.Fatalf("asking the browser for its cookies: %v", err)
	}
	return result.Cookies
}

// describe returns the attributes of cookies in words.
func describe(cookies []*network.Cookie) string {
	var all []string
	for _, c := range cookies {
		words := []string{c.Name, c.Domain, c.Path}
		if c.Secure {
			words = append(words, "Secure")
		}
		if c.HTTPOnly {
			words = append(words, "HttpOnly")
		}
		if c.SameSite != "" {
			words = append(words, "SameSite="+string(c.SameSite))
		}
		if c.PartitionKey != nil {
			words = append(words, "Partitioned")
		}
		if c.Session {
			words = append(words, "until the browser closes")
		} else {
			left := time.Until(time.Unix(int64(c.Expires), 0)).Round(time.Hour)
			words = append(words, fmt.Sprintf("for %v days", left.Hours()/24))
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, "; ")
}

// TestBrowserKeepsAttributes reads back from a browser what it made of the
// cookie of each policy.
func TestBrowserKeepsAttributes(t *testing.T) {
	t.Parallel()
	browser := newChromium(t, newProfile(t))
	for _, tt := range []struct {
		name      string
		cookie    costrel.Cookie
		permanent bool
		want      string
	}{
		{"Flask's default", costrel.Cookie{}, false, "session 127.0.0.1 / HttpOnly until the browser closes"},
		{"Flask's default, permanent", costrel.Cookie{}, true, "session 127.0.0.1 / HttpOnly for 31 days"},
		{"recommended", costrel.Recommended(), false, "__Host-session 127.0.0.1 / Secure HttpOnly SameSite=Lax until the browser closes"},
		{"recommended, permanent", costrel.Recommended(), true, "__Host-session 127.0.0.1 / Secure HttpOnly SameSite=Lax for 31 days"},
		{"strict", costrel.Cookie{SameSite: http.SameSiteStrictMode}, false, "session 127.0.0.1 / HttpOnly SameSite=Strict until the browser closes"},
		{"for other sites", costrel.Cookie{Secure: true, SameSite: http.SameSiteNoneMode}, false, "session 127.0.0.1 / Secure HttpOnly SameSite=None until the browser closes"},
		{"partitioned", costrel.Cookie{Partitioned: true, SameSite: http.SameSiteNoneMode}, false, "session 127.0.0.1 / Secure HttpOnly SameSite=None Partitioned until the browser closes"},
		{"readable for scripts", costrel.Cookie{ScriptReadable: true}, false, "session 127.0.0.1 / until the browser closes"},
		{"of another name and path", costrel.Cookie{Name: "sid", Path: "/deep"}, false, "sid 127.0.0.1 /deep HttpOnly until the browser closes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(costrel.NewKey()), Cookie: tt.cookie})
			if err != nil {
				t.Fatal(err)
			}
			mux := http.NewServeMux()
			mux.HandleFunc("/deep/in", func(w http.ResponseWriter, r *http.Request) {
				sessions.Get(r).Set("user", "Zoë")
				if tt.permanent {
					sessions.Get(r).SetPermanent(true)
				}
				fmt.Fprint(w, "in")
			})
			mux.HandleFunc("/deep/out", func(w http.ResponseWriter, r *http.Request) {
				user := sessions.Get(r).Get("user")
				sessions.Get(r).Clear()
				fmt.Fprint(w, "goodbye ", user)
			})
			server := httptest.NewTLSServer(sessions.Handler(mux))
			defer server.Close()

			browser.load(chromedp.Navigate(server.URL + "/deep/in"))
			if got := describe(browser.cookies()); got != tt.want {
				t.Errorf("the browser keeps\n got %q\nwant %q", got, tt.want)
			}
			if got, want := browser.load(chromedp.Navigate(server.URL+"/deep/out")), "goodbye Zoë"; got != want {
				t.Errorf("page of the logout: got %q, want %q", got, want)
			}
			if got := describe(browser.cookies()); got != "" {
				t.Errorf("after the logout the browser keeps %q, want nothing", got)
			}
		})
	}
}

// startExample builds and starts a program of folder examples, and returns the
// URL that it prints.
func startExample(t *testing.T, name string, env ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", program, "github.com/costrel/costrel/examples/"+name).CombinedOutput(); err != nil {
		t.Fatalf("building the example: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "-addr", "127.0.0.1:0")
	cmd.Env = env
	return start(t, cmd).printed(`Open (http://\S+)`)
}

// TestLoginExample is a person at examples/login: in, remembered, out.
func TestLoginExample(t *testing.T) {
	t.Parallel()
	profile := newProfile(t)
	browser := newChromium(t, profile)
	url := startExample(t, "login", testKey)

	restart := func() {
		browser.close()
		browser = newChromium(t, profile)
	}
	login := func(remember bool) string {
		t.Helper()
		browser.load(chromedp.Navigate(url))
		browser.do(chromedp.SendKeys(chromedp.CSS(`input[name="name"]`), "Zoë"))
		if remember {
			browser.do(chromedp.Click(chromedp.CSS(`input[name="remember"]`)))
		}
		return browser.load(chromedp.Click(chromedp.CSS(`form[action="/login"] button`)))
	}
	known := func(page string) bool { return strings.Contains(page, "Zoë") }

	if page := browser.load(chromedp.Navigate(url)); known(page) {
		t.Errorf("before the login the page says %q", page)
	}
	if page := login(false); !known(page) {
		t.Errorf("after the login the page does not know who is there: %q", page)
	}
	if got, want := describe(browser.cookies()), "session localhost / HttpOnly until the browser closes"; got != want {
		t.Errorf("after the login the browser keeps\n got %q\nwant %q", got, want)
	}
	restart()
	if page := browser.load(chromedp.Navigate(url)); known(page) {
		t.Errorf("who did not want to be remembered is, when the browser was closed: %q", page)
	}

	login(true)
	if got, want := describe(browser.cookies()), "session localhost / HttpOnly for 31 days"; got != want {
		t.Errorf("after the login with \"remember me\" the browser keeps\n got %q\nwant %q", got, want)
	}
	restart()
	if page := browser.load(chromedp.Navigate(url)); !known(page) {
		t.Errorf("who wanted to be remembered is not, when the browser was closed: %q", page)
	}

	if page := browser.load(chromedp.Click(chromedp.CSS(`form[action="/logout"] button`))); known(page) {
		t.Errorf("after the logout the page says %q", page)
	}
	for _, c := range browser.cookies() {
		if !c.Session {
			t.Errorf("after the logout the browser keeps %q", describe([]*network.Cookie{c}))
		}
	}
}

// TestBesideFlaskExample is a person at examples/beside-flask: in with Flask, a
// cart with Go, out with Flask.
func TestBesideFlaskExample(t *testing.T) {
	t.Parallel()
	browser := newChromium(t, newProfile(t))
	url := startExample(t, "beside-flask", testKey, "PATH="+venv(t)+":"+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))

	browser.load(chromedp.Navigate(url))
	browser.do(chromedp.SendKeys(chromedp.CSS(`input[name="name"]`), "Zoë"))
	if page := browser.load(chromedp.Click(chromedp.CSS(`form[action="/login"] button`))); !strings.Contains(page, "Zoë") {
		t.Errorf("after the login in Flask the page does not know who is there: %q", page)
	}
	browser.load(chromedp.Navigate(url + "/cart"))
	browser.load(chromedp.Click(chromedp.CSS(`form[action="/cart"] button[value="Figs"]`)))
	if page := browser.load(chromedp.Navigate(url + "/")); !strings.Contains(page, "Figs") {
		t.Errorf("the page of Flask does not show what Go put into the cart: %q", page)
	}
	browser.load(chromedp.Click(chromedp.CSS(`form[action="/logout"] button`)))
	if page := browser.load(chromedp.Navigate(url + "/cart")); strings.Contains(page, "Zoë") || strings.Contains(page, "Figs") {
		t.Errorf("after the logout in Flask the page of Go says %q", page)
	}
}
