package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// dialTimeout is how long a connection to the application may take: it is
	// near, and a client is waiting for a 502.
	dialTimeout = 3 * time.Second

	// upstreamIdle is how long a connection to the application is kept. It is
	// less than any server's own limit (gunicorn's is two seconds), so that no
	// request is sent into a connection that is just being closed.
	upstreamIdle = time.Second
)

// newUpstream returns the reverse proxy to the application.
func (g *gateway) newUpstream() http.Handler {
	target := g.Upstream
	dial := (&net.Dialer{Timeout: dialTimeout}).DialContext
	transport := &http.Transport{
		// Not http.DefaultTransport, which asks the environment for a proxy.
		DialContext:           dial,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: g.UpstreamTimeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       upstreamIdle,
		MaxIdleConnsPerHost:   1 << 10,
		DisableCompression:    true, // what the client accepts is the client's to say
	}
	if target.Scheme == "unix" {
		path := target.Path
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, "unix", path) }
		target = &url.URL{Scheme: "http", Host: "localhost"}
	}
	return &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { rewrite(r, target) },
		Transport:      transport,
		FlushInterval:  -1, // what is streamed, streams
		BufferPool:     buffers{},
		ModifyResponse: lastIfEarly,
		ErrorHandler:   g.upstreamFailed,
		ErrorLog:       slog.NewLogLogger(g.Log.Handler(), slog.LevelWarn),
	}
}

// rewrite makes the request that the application gets, of one that is clean.
func rewrite(r *httputil.ProxyRequest, target *url.URL) {
	r.Out.URL.RawQuery = r.In.URL.RawQuery // nothing here reads it, so that it can stay as it is
	r.SetURL(target)
	r.Out.Host = r.In.Host
	r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	r.SetXForwarded()
	if r.In.RemoteAddr == unixPeer.Name {
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"] // it has no address to add
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values := r.In.Header[name]; values != nil {
			r.Out.Header[name] = values
		}
	}
}

// clean returns a handler that passes requests to next without headers that are
// not the client's to send: what a proxy says of its client, unless it is
// trusted; what tells some servers that another path was meant; and every name
// with a character that makes two headers of one to some servers.
func (g *gateway) clean(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			w.Header().Set("Connection", "close")
			http.Error(w, "this is no proxy to elsewhere", http.StatusMethodNotAllowed)
			return
		}
		if r.URL.Opaque != "" || r.URL.Path == "*" {
			w.Header().Set("Connection", "close")
			g.refuse(w, r, http.StatusBadRequest, "the target is no path")
			return
		}
		trusted := g.trusts(r.RemoteAddr)
		cleaned := *r
		cleaned.Header = make(http.Header, len(r.Header))
		for name, values := range r.Header {
			if isPlain(name) && !isRewrite(name) && (trusted || !isForwarded(name)) {
				cleaned.Header[name] = values
			}
		}
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, &cleaned)
			return
		}
		body := &pacedBody{ReadCloser: r.Body, conn: http.NewResponseController(w), timeout: g.ClientTimeout}
		cleaned.Body = body
		next.ServeHTTP(w, cleaned.WithContext(context.WithValue(r.Context(), bodyKey{}, body)))
	})
}

func (g *gateway) trusts(remote string) bool {
	if remote == unixPeer.Name {
		return g.TrustUnix
	}
	address, err := netip.ParseAddrPort(remote)
	return err == nil && g.isTrusted(address.Addr())
}

func (g *gateway) isTrusted(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(g.Trusted, func(p netip.Prefix) bool { return p.Contains(address) })
}

func isPlain(name string) bool {
	return !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	})
}

func isForwarded(name string) bool {
	return strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip"
}

func isRewrite(name string) bool {
	return strings.HasPrefix(name, "X-Original-") || strings.HasPrefix(name, "X-Rewrite-")
}

// lastIfEarly makes an answer that the application gives before it has the whole
// body the last on the client's connection. With any other the server takes what
// is missing for itself, and the application gets less, or a body with a gap. An
// upgrade is the last anyway.
func lastIfEarly(res *http.Response) error {
	body, hasBody := res.Request.Context().Value(bodyKey{}).(*pacedBody)
	if hasBody && !body.whole.Load() && res.StatusCode != http.StatusSwitchingProtocols {
		res.Header.Set("Connection", "close")
	}
	return nil
}

// upstreamFailed answers for an application that does not.
func (g *gateway) upstreamFailed(w http.ResponseWriter, r *http.Request, err error) {
	status, level := http.StatusBadGateway, slog.LevelError
	body, hasBody := r.Context().Value(bodyKey{}).(*pacedBody)
	if hasBody {
		w.Header().Set("Connection", "close") // the server would wait for the rest of it
	}
	var timeout net.Error
	switch {
	case hasBody && body.slow.Load():
		status, level = http.StatusRequestTimeout, slog.LevelInfo
	case r.Context().Err() != nil:
		g.Log.Debug("the client is gone", "method", cut(r.Method, 16), "path", cut(r.URL.EscapedPath(), 256))
		panic(http.ErrAbortHandler) // the server hangs up, rather than to answer 200
	case hasBody && body.broken.Load():
		// What is wrong with it is not told: the error shows a part of it.
		g.refuse(w, r, http.StatusBadRequest, "the body is malformed")
		return
	case errors.As(err, &timeout) && timeout.Timeout():
		status = http.StatusGatewayTimeout
	}
	g.metrics.upstreamFailed(status)
	g.Log.Log(r.Context(), level, "the application did not answer", "method", cut(r.Method, 16), "path", cut(r.URL.EscapedPath(), 256), "status", status, "error", err.Error())
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

// refuse answers a request that no server should take, and says why.
func (g *gateway) refuse(w http.ResponseWriter, r *http.Request, status int, reason string) {
	g.Log.Info("refused", "method", cut(r.Method, 16), "path", cut(r.URL.EscapedPath(), 256), "client", g.client(r), "status", status, "reason", reason)
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

// A pacedBody is the body of a request whose client must not make anyone wait
// too long for the next part of it.
type pacedBody struct {
	io.ReadCloser
	conn    *http.ResponseController
	timeout time.Duration
	slow    atomic.Bool // it did
	broken  atomic.Bool // what it sent is no body
	whole   atomic.Bool // it was read to its end
}

// bodyKey is where a request's context has its pacedBody.
type bodyKey struct{}

func (b *pacedBody) Read(p []byte) (int, error) {
	if b.whole.Load() {
		// The transport looks for more after it has sent all, and by then the
		// server may have closed the body, for an answer that came at once. An
		// error would end the transport's connection, and cut the answer.
		return 0, io.EOF
	}
	// The server lifts it at the end of the body, where it begins to read ahead,
	// to notice a client that hangs up.
	b.conn.SetReadDeadline(time.Now().Add(b.timeout))
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
	case err == io.EOF:
		b.whole.Store(true)
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.slow.Store(true)
	case !errors.Is(err, http.ErrBodyReadAfterClose): // which is the transport's doing
		b.broken.Store(true)
	}
	return n, err
}

// A pacedListener accepts connections whose clients must take what is sent to
// them, each part in time.
type pacedListener struct {
	net.Listener
	timeout time.Duration
}

func (l pacedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return pacedConn{conn, l.timeout}, err
}

type pacedConn struct {
	net.Conn
	timeout time.Duration
}

// unixPeer is whoever is at the other end of a unix socket. A name of its own
// it can choose, and make it look like an address.
var unixPeer = &net.UnixAddr{Net: "unix", Name: "unix"}

func (c pacedConn) RemoteAddr() net.Addr {
	address := c.Conn.RemoteAddr()
	if address.Network() == "unix" {
		return unixPeer
	}
	return address
}

func (c pacedConn) Write(p []byte) (int, error) {
	c.SetWriteDeadline(time.Now().Add(c.timeout))
	return c.Conn.Write(p)
}

// CloseWrite lets the server end an answer before it ends the connection.
func (c pacedConn) CloseWrite() error {
	if conn, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return conn.CloseWrite()
	}
	return nil
}

// buffers are what bodies are copied through.
type buffers struct{}

var bufferPool = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func (buffers) Get() []byte  { return bufferPool.Get().(*[32 << 10]byte)[:] }
func (buffers) Put(b []byte) { bufferPool.Put((*[32 << 10]byte)(b)) }
