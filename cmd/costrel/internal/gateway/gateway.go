// Package gateway serves a forwardauth.Handler, as what a proxy asks or as a
// reverse proxy of its own, for as long as a server runs: with keys that change,
// metrics, logs, limits, and an end that loses no request.
package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/forwardauth"
)

const (
	// headerTimeout is how long a client may take to send a request's header.
	headerTimeout = 10 * time.Second

	// idleTimeout is how long a connection is kept for another request.
	idleTimeout = 2 * time.Minute

	// maxHeader is how large a request's header may be, in bytes. It has room
	// for the cookies that browsers keep of one site, and a proxy's additions.
	maxHeader = 64 << 10
)

// Config holds the settings of a gateway.
type Config struct {
	// Listen is the address to serve at, "host:port" or "unix:/path".
	Listen string

	// Admin is the address of /healthz and /metrics; none if empty.
	Admin string

	// Upstream is the application to pass requests to, http, https or
	// unix:/path. If nil, the gateway answers a proxy's questions.
	Upstream *url.URL

	// Trusted are the proxies in front of the gateway whose X-Forwarded headers
	// reach the application.
	Trusted []netip.Prefix

	// TrustUnix says that they are those at the other end of a unix socket too.
	TrustUnix bool

	// Auth decides. Its Sessions are made by Sessions, and its OnDecision is the
	// gateway's own.
	Auth forwardauth.Config

	// Keys reads the keys. It is called again when Reload says so and, to
	// notice new ones, every Poll: to read a file of a few lines is cheaper than
	// to be told of its changes, and works on every file system. A Poll of zero
	// is never.
	Keys   func() (keyfile.Ring, error)
	Poll   time.Duration
	Reload <-chan os.Signal

	// Sessions makes a Manager of keys, and refuses what can't be used.
	Sessions func(keyfile.Ring) (*costrel.Manager, error)

	// Drain is how long requests are still accepted after the gateway was told
	// to end, so that whoever sends them notices; Grace how long those that
	// were accepted may then take.
	Drain, Grace time.Duration

	// ClientTimeout is how long a client may take to send, or to take, the next
	// part of a body; UpstreamTimeout how long the application may take to
	// begin its answer.
	ClientTimeout, UpstreamTimeout time.Duration

	Log *slog.Logger
}

// gateway is a Config at work.
type gateway struct {
	Config
	metrics  *metrics
	upstream http.Handler                 // nil if proxies ask
	handler  atomic.Pointer[http.Handler] // with the keys of now
	ending   atomic.Bool

	// Of the last reload; for the goroutine that watches alone.
	ring    keyfile.Ring
	failure string
}

// Run serves until ctx ends, and then until every request that was accepted has
// its answer, or Grace is over. A second end, of the process, is up to the
// caller.
func Run(ctx context.Context, config Config) error {
	g := &gateway{Config: config, metrics: newMetrics()}
	if config.Upstream != nil {
		g.upstream = g.newUpstream()
	}
	ring, err := g.Keys()
	if err != nil {
		return err
	}
	handler, err := g.newHandler(ring)
	if err != nil {
		return err
	}
	g.use(ring, handler)

	listener, err := listen(config.Listen)
	if err != nil {
		return err
	}
	server := g.newServer(g)
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(pacedListener{listener, config.ClientTimeout}) }()
	defer server.Close()
	address := []any{"address", listener.Addr().String(), "keys", len(ring.Keys)}

	if config.Admin != "" {
		listener, err := listen(config.Admin)
		if err != nil {
			return err
		}
		admin := g.newServer(g.admin())
		go func() { failed <- admin.Serve(listener) }()
		defer admin.Close()
		address = append(address, "admin", listener.Addr().String())
	}
	g.Log.Info("listening", address...)

	watching, stop := context.WithCancel(ctx)
	defer stop()
	go g.watch(watching)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	return g.end(server)
}

// end takes leave of clients before it closes the door: an answer that says
// "Connection: close" makes each of them go elsewhere with its next request,
// where a connection that was closed meanwhile would lose it.
func (g *gateway) end(server *http.Server) error {
	g.Log.Info("ending")
	g.ending.Store(true)
	time.Sleep(g.Drain)
	ctx, cancel := context.WithTimeout(context.Background(), g.Grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.New("some requests had no answer in time, and were cut off")
	}
	g.Log.Info("ended")
	return nil
}

// ServeHTTP serves a request with the keys of its beginning.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.ending.Load() {
		w.Header().Set("Connection", "close")
	}
	if r.ContentLength != 0 {
		defer func() {
			// The server looks for the rest of a body before it hangs up.
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(g.ClientTimeout))
		}()
	}
	(*g.handler.Load()).ServeHTTP(w, r)
}

func (g *gateway) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: min(headerTimeout, g.ClientTimeout),
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(g.Log.Handler(), slog.LevelWarn),

		// It would answer "OPTIONS *" with 200, and nobody would hear of it.
		DisableGeneralOptionsHandler: true,
	}
}

func listen(address string) (net.Listener, error) {
	path, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return net.Listen("tcp", address)
	}
	listener, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && isStale(path) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		return net.Listen("unix", path)
	}
	return listener, err
}

// isStale reports whether path is a socket at which nobody listens any more, as
// a gateway leaves it that had no time to end.
func isStale(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// decided counts and logs a decision. It shows neither a cookie nor a value of
// a session nor a query, which may hold secrets; nor what a terminal takes for a
// command.
func (g *gateway) decided(r *http.Request, d forwardauth.Decision) {
	g.metrics.decided(d)
	level := slog.LevelInfo
	switch {
	case d.Err != nil:
		level = slog.LevelError
	case d.Verdict == forwardauth.Allow:
		level = slog.LevelDebug
	}
	if !g.Log.Enabled(r.Context(), level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("method", cut(r.Method, 16)),
		slog.String("path", cut(r.URL.EscapedPath(), 256)),
		slog.String("client", g.client(r)),
		slog.Int("status", d.Status()),
		slog.String("reason", d.Reason()),
		slog.Int64("took_ns", d.Took.Nanoseconds()),
	}
	if key := d.Session.SignedBy(); key >= 0 {
		attributes = append(attributes, slog.Int("key", key))
	}
	if d.Err != nil {
		attributes = append(attributes, slog.String("error", d.Err.Error()))
	}
	g.Log.LogAttrs(r.Context(), level, "decided", attributes...)
}

// client returns the address of who sent the request. Where a proxy that is
// trusted did, or only proxies ask, that is the last address of X-Forwarded-For
// that is no such proxy's: who added it is believed, and nobody before.
func (g *gateway) client(r *http.Request) string {
	client := r.RemoteAddr
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		client = host
	}
	if g.Upstream != nil && !g.trusts(r.RemoteAddr) {
		return client
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		client = address.Unmap().WithZone("").String()
		if !g.isTrusted(address) {
			break
		}
	}
	return client
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}
