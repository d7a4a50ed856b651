package main

import (
	"github.com/spf13/cobra"
)

// newRoot returns the command with all its subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "costrel",
		Short:         "Flask's session cookies: read, make, check and guard them",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newRead(),
		newMake(),
		newEdit(),
		newKey(),
		newGateway(),
		newVersion(),
	)
	return root
}
