// Beside-flask runs a Flask application and a Go application as one site: a
// reverse proxy sends /cart, which has moved to Go, to the one, and everything
// else to the other. Both read and write the same session.
//
//	go run ./examples/beside-flask
//
// It needs Python 3. Without Flask there, it installs it into a virtual
// environment of its own. Both applications take their settings from the same
// FLASK_* environment variables.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"time"

	"github.com/costrel/costrel"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "`address` to listen on; with port 0, any")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *addr, os.Environ(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run serves the site until ctx is done or Flask ends, and says on out where.
func run(ctx context.Context, addr string, environ []string, out io.Writer) error {
	config, err := costrel.ConfigFromEnv(environ)
	if err != nil {
		return err
	}
	if config.Keys.Len() == 0 {
		key := costrel.NewKey()
		config.Keys = costrel.NewKeyring(key)
		environ = append(environ, "FLASK_SECRET_KEY="+key)
	}
	sessions, err := costrel.New(config)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close()

	fmt.Fprintln(out, "Starting Flask ...")
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	flask, err := startFlask(ctx, environ)
	if err != nil {
		return err
	}
	go func() { cancel(flask.Wait()) }()
	defer func() {
		cancel(nil)
		<-flask.done
	}()

	server := &http.Server{Handler: site(sessions, flask.url), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	fmt.Fprintf(out, "Open http://%s in a browser; ctrl-C ends both.\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return fmt.Errorf("flask ended: %w", cause)
	}
	return nil
}

// site is the whole site. A route that moves to Go is one more line here.
func site(sessions *costrel.Manager, flask *url.URL) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/cart", http.MaxBytesHandler(sessions.Handler(&cart{sessions}), 16<<10))
	mux.Handle("/style.css", http.FileServerFS(style))
	mux.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(flask)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}})
	return http.NewCrossOriginProtection().Handler(mux)
}
