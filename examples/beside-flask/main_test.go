package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// needFlask skips the test where Flask is not to be had. In CI it fails.
func needFlask(t *testing.T) {
	t.Helper()
	if _, err := findPython(t.Context()); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func TestFlaskAndGoShareASession(t *testing.T) {
	needFlask(t)
	home, stop := start(t, "FLASK_SECRET_KEY=a key that both applications have", "FLASK_SESSION_COOKIE_NAME=shared")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}

	for _, step := range []struct {
		name, path string
		form       url.Values // posted, if any
		shows      []string
	}{
		{"Flask knows nobody", "/", nil, []string{"from <b>Flask", "Hello."}},
		{"nor does Go", "/cart", nil, []string{"from <b>Go", "Log in with Flask"}},
		{"whom Flask logs in, Go knows, with what Flask flashed", "/login", url.Values{"name": {"Ada"}, "remember": {"on"}},
			[]string{"from <b>Go", "Ada’s cart", "Flask wrote this, and Go reads it."}},
		{"what Go puts into the cart, Flask sees, with what Go flashed", "/cart", url.Values{"item": {"Figs"}},
			[]string{"from <b>Flask", "Hello, Ada.", "1 × Figs", "Go wrote this, and Flask reads it."}},
		{"and again", "/cart", url.Values{"item": {"Figs"}}, []string{"2 × Figs"}},
		{"what is not for sale is in no cart", "/cart", url.Values{"item": {"Gold"}}, []string{"There is no such thing here."}},
		{"Go shows its cart", "/cart", nil, []string{"2 × Figs"}},
		{"whom Flask logs out is gone", "/logout", url.Values{}, []string{"from <b>Flask", "Hello."}},
		{"in Go too", "/cart", nil, []string{"Log in with Flask"}},
	} {
		var res *http.Response
		var err error
		if step.form == nil {
			res, err = browser.Get(home + step.path)
		} else {
			res, err = browser.PostForm(home+step.path, step.form)
		}
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		for _, text := range step.shows {
			if !strings.Contains(string(body), text) {
				t.Errorf("%s: the page does not show %q:\n%s", step.name, text, body)
			}
		}
	}
	stop()
	if _, err := http.Get(home); err == nil {
		t.Error("the site still answers after it was stopped")
	}
}

func TestWhatCannotBeStarted(t *testing.T) {
	for _, test := range []struct{ name, setting, err string }{
		{"a key that is too short", "FLASK_SECRET_KEY=short", "could be guessed"},
		{"a setting that Flask has not", "FLASK_SESSION_COOKIE_SECURED=true", "did you mean FLASK_SESSION_COOKIE_SECURE?"},
	} {
		err := run(t.Context(), "localhost:0", []string{test.setting}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: got error %v, want one that says %q", test.name, err, test.err)
		}
	}
}

// start runs the site and returns its address, and what stops it and checks
// that it ends well, Flask included.
func start(t *testing.T, settings ...string) (home string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	says, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, "localhost:0", append(os.Environ(), settings...), out)
		out.Close()
	}()
	var said strings.Builder
	for buf := make([]byte, 1024); home == ""; {
		n, err := says.Read(buf)
		said.Write(buf[:n])
		if err != nil {
			t.Fatalf("the site did not start: it said %q, and ended with error %v", said.String(), <-ended)
		}
		home = regexp.MustCompile(`http://\S+`).FindString(said.String())
	}
	go io.Copy(io.Discard, says)
	return home, func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("stopped, the site ended with error %v, want none", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the site did not end within 20 s of being stopped")
		}
	}
}
