package costrel

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// An exchange is one request and its response on their way through a Manager's
// Handler. It is both the response writer and the context that the handler
// gets, so that all of it is one allocation.
type exchange struct {
	http.ResponseWriter
	context.Context
	manager *Manager
	request *http.Request // that the handler gets

	opening   sync.Mutex
	session   atomic.Pointer[Session] // nil until it is asked for
	committed atomic.Bool             // the session is in the header
	returned  bool                    // the handler did, and did not panic

	// unsent is more than 0 while a change to the session may not have left yet:
	// so many bytes of the body are to be written until it has.
	unsent atomic.Int32
}

// buffered is more of a body than net/http keeps back, together with the
// header.
const buffered = 8 << 10

// Value finds the exchange under its Manager.
func (x *exchange) Value(key any) any {
	if key == any(x.manager) {
		return x
	}
	return x.Context.Value(key)
}

// open returns the session, which the first call opens.
func (x *exchange) open() *Session {
	if session := x.session.Load(); session != nil {
		return session
	}
	session, err := x.openOnce()
	if err != nil {
		x.manager.config.fail(x.request, err) // which may ask for the session
	}
	return session
}

func (x *exchange) openOnce() (*Session, error) {
	x.opening.Lock()
	defer x.opening.Unlock()
	if session := x.session.Load(); session != nil {
		return session, nil
	}
	session, err := x.manager.Open(x.request)
	x.session.Store(session)
	if x.committed.Load() { // perhaps just now, by a goroutine that did not see it
		session.commit()
	}
	return session, err
}

// commit puts the session's cookie into the header. It does so once, before
// the header is sent.
func (x *exchange) commit() {
	if x.committed.Load() || x.committed.Swap(true) {
		return
	}
	session := x.session.Load()
	if session == nil {
		if !x.mayRefresh() {
			return
		}
		session = x.open()
	}
	h := x.Header()
	before := len(h["Set-Cookie"])
	modified, err := x.manager.save(h, x.request, session)
	if modified && len(h["Set-Cookie"]) > before && x.request.Method != http.MethodHead { // of whose body nothing counts
		x.unsent.Store(buffered)
	}
	session.report(err)
}

// wrote counts the body: once enough of it was written, the header has left.
func (x *exchange) wrote(n int64) {
	if x.unsent.Load() > 0 {
		x.unsent.Add(-int32(min(n, buffered)))
	}
}

// mayRefresh reports whether a session that nobody asked for may be permanent,
// and so be refreshed by every response.
func (x *exchange) mayRefresh() bool {
	c := &x.manager.config
	if c.NoRefresh {
		return false
	}
	return c.refresher == nil || c.refresher.MayRefresh(c, x.request)
}

// finish ends the exchange after the handler has returned or panicked. A
// handler that wrote nothing gets its cookie now, before the server sends the
// header for it, or whoever recovers from the panic. The request that Handler was
// given gets back what others leave in it, for the server, which removes the
// files of a form, and for whoever counts requests by their pattern.
func (x *exchange) finish(given *http.Request) {
	if given.MultipartForm == nil {
		given.MultipartForm = x.request.MultipartForm
	}
	if given.Pattern == "" {
		given.Pattern = x.request.Pattern
	}
	x.commit()
	session := x.session.Load()
	if session == nil {
		return
	}
	if changed := session.finish(); len(changed) > 0 {
		session.report(fmt.Errorf("%s: %w", strings.Join(changed, ", "), ErrCommitted))
	}
	if x.unsent.Load() > 0 {
		cause := context.Cause(x.Context)
		if cause == nil && !x.returned {
			cause = errors.New("the handler did not return")
		}
		if cause != nil {
			session.report(fmt.Errorf("the change to the session may not have reached the client: %w", cause))
		}
	}
}

// Unwrap lets [http.ResponseController] find what the server's writer can do.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// WriteHeader commits the session before a final status. Informational ones
// pass as they are: the header's cookie is the final response's.
func (x *exchange) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		x.commit()
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(p []byte) (int, error) {
	x.commit()
	n, err := x.ResponseWriter.Write(p)
	x.wrote(int64(n))
	return n, err
}

// WriteString keeps the server's way to write a string without a copy.
func (x *exchange) WriteString(s string) (int, error) {
	x.commit()
	n, err := io.WriteString(x.ResponseWriter, s)
	x.wrote(int64(n))
	return n, err
}

// ReadFrom keeps the server's way to send a file without copying it.
func (x *exchange) ReadFrom(src io.Reader) (int64, error) {
	x.commit()
	n, err := io.Copy(x.ResponseWriter, src)
	x.wrote(n)
	return n, err
}

// Flush and FlushError send the header if it was not sent, so they commit.
func (x *exchange) Flush() { x.FlushError() }

func (x *exchange) FlushError() error {
	if canFlush(x.ResponseWriter) {
		x.commit()
	}
	err := http.NewResponseController(x.ResponseWriter).Flush()
	if err == nil {
		x.unsent.Store(0)
	}
	return err
}

// Hijack commits too, for a handler that writes its Header to the connection
// itself, as httputil.ReverseProxy does. One that cannot have the connection
// goes on as it was.
func (x *exchange) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err == nil {
		x.commit()
		x.unsent.Store(0)
	}
	return conn, buffered, err
}

// canFlush reports whether a ResponseController can flush w.
func canFlush(w http.ResponseWriter) bool {
	switch w := w.(type) {
	case http.Flusher, interface{ FlushError() error }:
		return true
	case interface{ Unwrap() http.ResponseWriter }:
		return canFlush(w.Unwrap())
	}
	return false
}

// CloseNotify is for code from before requests had a context, such as gin's
// Stream.
func (x *exchange) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc(x.Context, func() { gone <- true })
	return gone
}

// Push keeps HTTP/2's server push, where there is one.
func (x *exchange) Push(target string, opts *http.PushOptions) error {
	if pusher, ok := x.ResponseWriter.(http.Pusher); ok {
		return pusher.Push(target, opts)
	}
	return http.ErrNotSupported
}
