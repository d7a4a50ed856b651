package forwardauth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A Proxy says how a proxy asks [Handler.ServeHTTP] about a request. The zero
// Proxy asks with the request itself, as Envoy's ext_authz does.
//
// Whoever can reach the handler can ask anything: the headers named here are
// believed. So the proxy must set them itself, over what the client sent, and
// nobody else should reach the handler.
type Proxy struct {
	// URI is the header with the path and query that the client asked for.
	// Empty: the question has them itself.
	URI string

	// Method is the header with the client's method. Empty: the question has
	// it itself.
	Method string

	// KeepStatus is for a proxy that takes no redirect for an answer: a browser
	// that has to log in gets 401, and its way to do so in Location, for the
	// proxy to make a redirect of.
	KeepStatus bool
}

// Forwarded returns the Proxy that Caddy's forward_auth is, and that Traefik's
// ForwardAuth and HAProxy are as docs/gateway.md sets them up.
func Forwarded() Proxy {
	return Proxy{URI: "X-Forwarded-Uri", Method: "X-Forwarded-Method"}
}

// Nginx returns the Proxy that nginx's auth_request is, as docs/gateway.md sets
// it up.
func Nginx() Proxy {
	return Proxy{URI: "X-Original-Uri", Method: "X-Original-Method", KeepStatus: true}
}

func (p Proxy) redirect() int {
	if p.KeepStatus {
		return http.StatusUnauthorized
	}
	return http.StatusFound
}

// asked returns the request that r asks about.
func (p Proxy) asked(r *http.Request) (*http.Request, error) {
	if p.URI == "" && p.Method == "" {
		return r, nil
	}
	asked := *r
	if p.URI != "" {
		uri, err := only(r, p.URI)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(uri, "/") {
			return nil, fmt.Errorf("%w: its header %s is no path", errQuestion, p.URI)
		}
		// Not url.Parse, which takes "//host/path" for a host.
		if asked.URL, err = url.ParseRequestURI(uri); err != nil {
			return nil, fmt.Errorf("%w: its header %s is no path", errQuestion, p.URI)
		}
	}
	if p.Method != "" {
		method, err := only(r, p.Method)
		if err != nil {
			return nil, err
		}
		asked.Method = method
	}
	return &asked, nil
}

// only returns the value of a header that is there once. Of two, one could be
// the client's.
func only(r *http.Request, name string) (string, error) {
	values := r.Header.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", fmt.Errorf("%w: it has %d headers %s, not one", errQuestion, len(values), name)
	}
	return values[0], nil
}
