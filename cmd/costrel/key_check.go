package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"
)

// keyReport is what is known of one key. It does not hold the key.
type keyReport struct {
	Key      int      `json:"key"` // 0 is the current one
	Good     bool     `json:"good"`
	Bytes    int      `json:"bytes"`
	Bits     int      `json:"bits"`
	Problems []string `json:"problems,omitempty"`
}

func newKeyCheck() *cobra.Command {
	var keys keyFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check whether keys are long, random and not published",
		Long: `Check your own keys: that they have 16 bytes and more, that they are not easy to
guess, and that they are none of the keys that stand in tutorials or are the
defaults of products. Whoever knows the key can log in as anybody.

Keys come from FLASK_SECRET_KEY and FLASK_SECRET_KEY_FALLBACKS, --key-file,
--key-env or --key-prompt. They are not shown.

The entropy is an estimate of what a key has at most: that of a text is less.

With --json, each key is one line, an object with key (0 is the current one),
good, bytes, bits and problems.

Exit code 0: all keys are good. 1: one is not. 2: usage.`,
		Example: `  costrel key check
  costrel key check --key-file keys.txt
  costrel key check --key-env SUPERSET_SECRET_KEY`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ring, err := keys.need(cmd)
			if err != nil {
				return err
			}
			if ring.Salt != "" {
				return fmt.Errorf("these are keys derived for %q: check those that they came from", ring.Salt)
			}
			out := cmd.OutOrStdout()
			p := paletteFor(out)
			answer := error(nil)
			for i, key := range ring.Keys {
				r := keyReport{Key: i, Bytes: len(key), Bits: int(math.Round(entropy(key))), Problems: weaknesses(key)}
				for j, other := range ring.Keys[:i] {
					if bytes.Equal(key, other) {
						r.Problems = append(r.Problems, "it is the same as "+keyName(j, len(ring.Keys)))
					}
				}
				r.Good = len(r.Problems) == 0
				if !r.Good {
					answer = errNo
				}
				if asJSON {
					if err := printJSON(out, r); err != nil {
						return err
					}
					continue
				}
				verdict := p.green("good")
				if !r.Good {
					verdict = p.red("BAD")
				}
				fmt.Fprintf(out, "%s: %s, %s, about %d bits\n", keyName(i, len(ring.Keys)), verdict, count(r.Bytes, "byte"), r.Bits)
				for _, problem := range r.Problems {
					fmt.Fprintln(out, "  "+problem)
				}
			}
			if answer != nil && !asJSON {
				fmt.Fprintln(out, strings.TrimSpace(`
Make a key with "costrel key new". To replace one without logging anybody out,
use "costrel key rotate" or FLASK_SECRET_KEY_FALLBACKS; a published key is to be
dropped at once, though, fallbacks included.`))
			}
			return answer
		},
	}
	keys.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write one JSON object a line")
	return cmd
}
