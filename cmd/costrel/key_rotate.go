package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
)

func newKeyRotate() *cobra.Command {
	var fallbacks int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rotate FILE",
		Short: "Make a new current key, and the old one a fallback",
		Long: `Put a new key first in a key file. The key that was current becomes the first
fallback: sessions that it signed stay good, and are signed with the new key
when they are next written. Once they have all expired, 31 days later unless you
set another lifetime, drop the old key with --fallbacks.

Who reads the file keeps what it has loaded until it reads it again. With
--fallbacks 0 the file has none of the keys in use: a running gateway goes on
with those that it has, and drops them on SIGHUP only.

The file is replaced in one step: whoever reads it meanwhile, or after a crash,
finds the old keys or the new ones. Its mode and owner stay.

All servers must have the new key as a fallback before one of them signs with
it, or their users are logged out at random: give several servers one file, or
restart them together.

With --json, the output is an object with file and keys, their number.`,
		Example: `  costrel key rotate keys.txt
  costrel key rotate --fallbacks 1 keys.txt      # drop all but the last key`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ring, err := keyfile.Rotate(args[0], costrel.NewKey(), fallbacks)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if asJSON {
				return printJSON(out, map[string]any{"file": args[0], "keys": len(ring.Keys)})
			}
			fmt.Fprintf(out, "%s: a new current key, and %s\n", args[0], count(len(ring.Keys)-1, "fallback"))
			return nil
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&fallbacks, "fallbacks", -1, "keep `N` fallbacks at most (default: all)")
	flags.Lookup("fallbacks").DefValue = "0" // which help does not print; all is said in words
	flags.BoolVar(&asJSON, "json", false, "write a JSON object")
	return cmd
}
