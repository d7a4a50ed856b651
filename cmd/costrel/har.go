package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxHAR bounds a HAR file, in bytes.
const maxHAR = 256 << 20

// A har is what a browser's developer tools save of its traffic, as far as
// cookies are concerned.
type har struct {
	Log *struct {
		Entries []struct {
			Request  message `json:"request"`
			Response message `json:"response"`
		} `json:"entries"`
	} `json:"log"`
}

type message struct {
	Method  string `json:"method"`
	URL     string `json:"url"`
	Headers []pair `json:"headers"`
	Cookies []pair `json:"cookies"`
}

type pair struct{ Name, Value string }

// readHAR returns every cookie in a HAR file, each value once.
func readHAR(path string, stdin io.Reader) ([]cookie, error) {
	r := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	limited := &io.LimitedReader{R: r, N: maxHAR}
	var file har
	err := json.NewDecoder(limited).Decode(&file)
	switch {
	case limited.N == 0:
		return nil, fmt.Errorf("%s has more than %d MiB: save it without contents", path, maxHAR>>20)
	case err != nil:
		return nil, fmt.Errorf("%s is no HAR file: %w", path, err)
	case file.Log == nil:
		return nil, errors.New(path + ` is no HAR file: it has no "log"`)
	}

	var cookies []cookie
	seen := map[[2]string]bool{}
	add := func(from string, found ...cookie) {
		for _, c := range found {
			if c.from = from; !seen[[2]string{c.name, c.value}] {
				seen[[2]string{c.name, c.value}] = true
				cookies = append(cookies, c)
			}
		}
	}
	addMessage := func(from string, m message) {
		for _, h := range m.Headers {
			if strings.EqualFold(h.Name, "Cookie") || strings.EqualFold(h.Name, "Set-Cookie") {
				for line := range strings.Lines(h.Value) { // browsers write several Set-Cookie as one
					add(from, cookiesOf(h.Name+": "+line)...)
				}
			}
		}
		for _, c := range m.Cookies {
			add(from, cookie{name: c.Name, value: c.Value})
		}
	}
	for _, entry := range file.Log.Entries {
		request := entry.Request.Method + " " + withoutQuery(entry.Request.URL)
		addMessage(request, entry.Request)
		addMessage("response to "+request, entry.Response)
	}
	return cookies, nil
}

// withoutQuery leaves out what may hold secrets of its own.
func withoutQuery(url string) string {
	url, _, _ = strings.Cut(url, "?")
	url, _, _ = strings.Cut(url, "#")
	return url
}
