package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
)

func newKeyNew() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "new [FILE]",
		Short: "Make a key",
		Long: `Make a new key, 32 random bytes in 43 characters, and write it to standard
output; or to a new FILE that nobody but its owner can read.

With --json, the output is an object with key, or with file.`,
		Example: `  costrel key new
  costrel key new keys.txt
  echo "FLASK_SECRET_KEY=$(costrel key new)" >> .env`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, out := costrel.NewKey(), cmd.OutOrStdout()
			if len(args) == 0 {
				if asJSON {
					return printJSON(out, map[string]string{"key": key})
				}
				fmt.Fprintln(out, key)
				return nil
			}
			ring := keyfile.Ring{Keys: [][]byte{[]byte(key)}}
			if err := ring.Create(args[0]); err != nil {
				return err
			}
			if asJSON {
				return printJSON(out, map[string]string{"file": args[0]})
			}
			fmt.Fprintf(out, "%s: a new key\n", args[0])
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON object")
	return cmd
}
