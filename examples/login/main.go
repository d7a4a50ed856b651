// Login is a small web application whose session lives in a signed cookie, and
// which takes that cookie apart for its user to see.
//
//	go run ./examples/login
//
// It needs no configuration. It takes that of a Flask application from the
// environment: with the same FLASK_SECRET_KEY, each reads the other's cookie.
// That key should not be one in use, since this program lets anyone log in
// under any name.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"

	"github.com/costrel/costrel/examples/login/demo"
)

func main() {
	addr := flag.String("addr", "", "`address` to listen on (default localhost:8080, or a free port if that is taken)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo.Run(ctx, *addr, os.Environ(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}
