package main

import (
	"encoding/base64"
	"fmt"

	"github.com/spf13/cobra"
)

// derivedKeys is what --json writes of them.
type derivedKeys struct {
	Salt string   `json:"salt"`
	File string   `json:"file,omitempty"`
	Keys []string `json:"keys,omitempty"`
}

func newKeyDerive() *cobra.Command {
	var keys keyFlags
	var scheme schemeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "derive [FILE]",
		Short: "Derive the keys that sign sessions, for who should not have SECRET_KEY",
		Long: `Derive the signing keys of sessions from SECRET_KEY and its fallbacks, and write
them to standard output, or to a FILE that nobody but its owner can read. It is
a key file like any other, for "costrel gateway" and every --key-file. A FILE
that holds anything but keys derived for the same salt is not written over.

Who has a derived key can check sessions, and can sign them: guard it like
SECRET_KEY. It is of no use for anything else that SECRET_KEY signs, such as
CSRF tokens, links and remember-me cookies, and SECRET_KEY can't be computed
from it.

Derive again after each rotation. With --salt, the keys are for other tokens.

With --json, the output is an object with salt, and file or keys, each in
base64url.`,
		Example: `  costrel key derive --key-file keys.txt gateway.keys
  costrel gateway --key-file gateway.keys --upstream http://127.0.0.1:5000`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := scheme.scheme()
			if err != nil {
				return err
			}
			ring, err := keys.need(cmd)
			if err != nil {
				return err
			}
			derived, err := ring.Derive(s.salt, s.derivation, s.digest)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if len(args) > 0 {
				if keys.isIn(args[0]) {
					return fmt.Errorf("%s is the --key-file: derived keys go to another file", args[0])
				}
				if err := derived.Write(args[0]); err != nil {
					return err
				}
				if asJSON {
					return printJSON(out, derivedKeys{File: args[0], Salt: derived.Salt})
				}
				fmt.Fprintf(out, "%s: %s derived for %q\n", args[0], count(len(derived.Keys), "key"), derived.Salt)
				return nil
			}
			if asJSON {
				result := derivedKeys{Salt: derived.Salt}
				for _, key := range derived.Keys {
					result.Keys = append(result.Keys, base64.RawURLEncoding.EncodeToString(key))
				}
				return printJSON(out, result)
			}
			text, err := derived.AppendText(nil)
			if err != nil {
				return err
			}
			_, err = out.Write(text)
			return err
		},
	}
	keys.register(cmd)
	scheme.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON object")
	return cmd
}
