package main

import "github.com/spf13/cobra"

func newKey() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make, check, rotate and derive keys",
		Long: `Make, check, rotate and derive the keys that sign sessions: Flask's SECRET_KEY
and SECRET_KEY_FALLBACKS.

A key file has one key a line, the current one first, then those that it
replaced, which still verify but sign nothing. Nobody but its owner may read it.
A line is the key as it is; or "base64:" and the key in base64, for keys that
are no text; or "derived:", a salt, ":" and a signing key in base64url, as "key
derive" writes it.`,
	}
	cmd.AddCommand(newKeyNew(), newKeyCheck(), newKeyRotate(), newKeyDerive())
	needsCommand(cmd)
	return cmd
}
