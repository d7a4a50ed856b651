package forwardauth

import (
	"net/url"
	"testing"
)

func TestPublicPaths(t *testing.T) {
	p, err := newPaths([]string{"/favicon.ico", "/static/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, uri string
		want      bool
	}{
		{"a path", "/favicon.ico", true},
		{"its query does not matter", "/favicon.ico?v=1", true},
		{"what begins with it is another", "/favicon.ico/x", false},
		{"what is below a path", "/static/css/a.css", true},
		{"the path itself", "/static/", true},
		{"without its slash it is another", "/static", false},
		{"spaces do not matter", "/static/a%20b.css", true},
		{"case does", "/Static/a.css", false},
		{"a way out", "/static/../admin", false},
		{"an escaped way out", "/static/%2e%2e/admin", false},
		{"a half-escaped way out", "/static/.%2E/admin", false},
		{"a way out with escaped slashes", "/static/..%2fadmin", false},
		{"a way out, escaped twice", "/static/%252e%252e/admin", false},
		{"a way out with backslashes", `/static/..\admin`, false},
		{"a way out with escaped backslashes", "/static/..%5cadmin", false},
		{"a way out with path parameters", "/static/..;/admin", false},
		{"a detour", "/static/./a.css", false},
		{"slashes that some merge", "/static//admin", false},
		{"a way in", "/admin/../static/a.css", false},
		{"an escaped slash", "/static%2Fa.css", false},
		{"an end of text", "/static/%00", false},
		{"a tab", "/static/%09", false},
		{"a way out by a decoder of UTF-8 that is lax", "/static/%c0%ae%c0%ae/admin", false},
		{"a way out with a space, which Windows cuts", "/static/..%20/admin", false},
		{"a way out with more dots, which Windows cuts", "/static/.../admin", false},
		{"text of any language", "/static/%C3%BCber.css", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := url.ParseRequestURI(tt.uri)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.match(u); got != tt.want {
				t.Errorf("%s: public is %t, want %t", tt.uri, got, tt.want)
			}
		})
	}

	t.Run("a login page at the root makes nothing else public", func(t *testing.T) {
		login, _ := newLogin("/")
		p, _ := newPaths(nil, login)
		for path, want := range map[string]bool{"/": true, "/admin": false} {
			if got := p.match(&url.URL{Path: path}); got != want {
				t.Errorf("%s: public is %t, want %t", path, got, want)
			}
		}
	})
}
