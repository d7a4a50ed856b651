package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/costrel/costrel"
)

// defaultAddr is where the application listens if it is not told.
const defaultAddr = "localhost:8080"

// Run serves the application until ctx is done, and says on out where. An empty
// addr is localhost:8080, or a free port if that is taken. The settings come
// from environ, as [costrel.ConfigFromEnv] reads them; without a key in it, Run
// makes one.
func Run(ctx context.Context, addr string, environ []string, out io.Writer) error {
	config, err := configure(environ, out)
	if err != nil {
		return err
	}
	handler, err := Handler(config)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Open %s in a browser; ctrl-C ends it.\n", address(listener))

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func configure(environ []string, out io.Writer) (costrel.Config, error) {
	config, err := costrel.ConfigFromEnv(environ)
	if err != nil {
		return config, err
	}
	if config.Keys.Len() == 0 {
		fmt.Fprintln(out, "FLASK_SECRET_KEY is not set: sessions are signed with a key made just now, and end when the program does.")
		config.Keys = costrel.NewKeyring(costrel.NewKey())
		if config.Cookie.SameSite == 0 {
			config.Cookie.SameSite = http.SameSiteLaxMode // nothing is to be as it is elsewhere
		}
	}
	return config, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	if addr != "" {
		return config.Listen(ctx, "tcp", addr)
	}
	listener, err := config.Listen(ctx, "tcp", defaultAddr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return config.Listen(ctx, "tcp", "localhost:0")
	}
	return listener, err
}

func address(l net.Listener) string {
	addr := l.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsLoopback() || addr.IP.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(addr.Port))
}
