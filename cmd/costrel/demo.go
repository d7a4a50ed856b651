package main

import (
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel/examples/login/demo"
)

func newDemo() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Serve a small web application that shows its own session cookie",
		Long: `Serve a small web application with a login, flash messages and "remember me",
that takes its own session cookie apart for you to see.

It needs no configuration. With the FLASK_* settings of a Flask application,
each reads the other's cookie. It stops with Ctrl-C.`,
		Example: `  costrel demo
  FLASK_SECRET_KEY=$(costrel key new) costrel demo --addr localhost:9000`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			return demo.Run(ctx, addr, os.Environ(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "", "`ADDRESS` to listen on (default localhost:8080, or a free port if that is taken)")
	return cmd
}
