package demo

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel"
)

var screenshots = flag.String("screenshots", "", "`folder` to put pictures of the page in, taken by Chromium")

// TestScreenshots makes the pictures of the README:
//
//	go test ./examples/login/demo -run TestScreenshots -screenshots=$PWD/docs
//
// The pages, cookies included, are the same each time.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("takes pictures only where -screenshots says")
	}
	dir := t.TempDir()
	css, err := assets.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	icon, err := assets.ReadFile("costrel.svg")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "costrel.svg"), icon, 0o600); err != nil {
		t.Fatal(err)
	}
	saved := func(name, html string) string {
		html = strings.Replace(html, `<link rel="stylesheet" href="/style.css">`, "<style>"+string(css)+"</style>", 1)
		html = strings.ReplaceAll(html, `"/costrel.svg"`, `"costrel.svg"`)
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file://" + file
	}
	first, loggedIn := pages(t)
	in, out := saved("in.html", loggedIn), saved("out.html", first)

	for _, picture := range []struct {
		file, page    string
		width, height int
		dark          bool
	}{
		{"login.png", in, 1240, 1116, false},
		{"login-dark.png", in, 1240, 1116, true},
		{"login-phone.png", in, 500, 2400, false},
		{"login-first.png", out, 1240, 1000, false},
	} {
		theme := "--blink-settings=preferredColorScheme=1"
		if picture.dark {
			theme = "--blink-settings=preferredColorScheme=0"
		}
		cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
			"--user-data-dir="+t.TempDir(), "--force-device-scale-factor=1.5", theme,
			fmt.Sprintf("--window-size=%d,%d", picture.width, picture.height),
			"--screenshot="+filepath.Join(*screenshots, picture.file), picture.page)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", picture.file, err, out)
			continue
		}
		if err := shrink(filepath.Join(*screenshots, picture.file)); err != nil {
			t.Errorf("%s: %v", picture.file, err)
		}
	}
}

// shrink rewrites a picture with the 256 colors that it has most of: a page of
// text has few others.
func shrink(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	full, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	count := map[color.RGBA]int{}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			count[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	colors := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var palette color.Palette
	for _, c := range colors[:min(256, len(colors))] {
		palette = append(palette, c)
	}
	small := image.NewPaletted(full.Bounds(), palette)
	draw.Draw(small, small.Bounds(), full, image.Point{}, draw.Src)

	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	return encoder.Encode(out, small)
}

// pages returns what a visitor sees at first, and once logged in and having
// kept two notes.
func pages(t *testing.T) (first, loggedIn string) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)))
		handler, err := Handler(costrel.Config{
			Keys:   costrel.NewKeyring("the key of the pictures, and no secret"),
			Cookie: costrel.Cookie{SameSite: http.SameSiteLaxMode},
		})
		if err != nil {
			t.Fatal(err)
		}
		jar, _ := cookiejar.New(nil)
		home := &url.URL{Scheme: "http", Host: "localhost:8080", Path: "/"}
		do := func(method, path string, form url.Values) string {
			r := httptest.NewRequest(method, "http://localhost:8080"+path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, cookie := range jar.Cookies(home) {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			jar.SetCookies(home, w.Result().Cookies())
			time.Sleep(4 * time.Second)
			return w.Body.String()
		}
		first = do("GET", "/", nil)
		do("POST", "/login", url.Values{"name": {"Ada"}, "remember": {"on"}})
		for range 5 {
			do("GET", "/", nil)
		}
		do("POST", "/note", url.Values{"note": {"Everything here is in the cookie"}})
		do("POST", "/note", url.Values{"note": {"Flask reads it, too ☕"}})
		do("POST", "/login", url.Values{"name": {"Ada"}, "remember": {"on"}})
		loggedIn = do("GET", "/", nil)
	})
	return first, loggedIn
}
