package main

import (
	"net/http"
	"strings"
	"time"
)

// handlers are a subject's four whole requests.
type handlers map[job]http.Handler

// works makes works of handlers, given a request with the cookie. Each time that
// one is done it has a request of its own, so that the median is of many places
// in memory: good and bad ones are a sixth apart.
func (h handlers) works(cookie string) map[job]work {
	works := map[job]work{}
	for job, handler := range h {
		works[job] = func(n int) time.Duration {
			return timed(serve(handler, strings.Clone(cookie)))(n)
		}
	}
	return works
}

// serve returns a function that has h answer one request.
func serve(h http.Handler, cookie string) func() {
	base := request(cookie)
	r := new(http.Request)
	w := &response{header: http.Header{}}
	return func() {
		*r = *base // gorilla puts another context into the request that it gets
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

func request(cookie string) *http.Request {
	r, err := http.NewRequest("GET", "http://localhost/", nil)
	if err != nil {
		panic(err)
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return r
}

// response is a writer that forgets what it is given.
type response struct{ header http.Header }

func (w *response) Header() http.Header         { return w.header }
func (w *response) Write(p []byte) (int, error) { return len(p), nil }
func (w *response) WriteHeader(int)             {}

var body = []byte("ok")

// cookieOf has h answer a request and returns the cookie that it set, as a
// Cookie header.
func cookieOf(h http.Handler) string {
	w := &response{header: http.Header{}}
	h.ServeHTTP(w, request(""))
	cookie, _, _ := strings.Cut(w.header.Get("Set-Cookie"), ";")
	if cookie == "" {
		panic("no cookie was set")
	}
	return cookie
}

// valueOf returns the value in a Cookie header.
func valueOf(cookie string) string {
	_, value, _ := strings.Cut(cookie, "=")
	return value
}
