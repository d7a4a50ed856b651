package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot returns the command with all its subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "costrel",
		Short: "Flask's session cookies: read, make, check and guard them",
		Long: `Flask's session cookies: read, make, check and guard them.

Flask keeps a session in a signed cookie, which any program with its SECRET_KEY
can read and write. Keys are taken from FLASK_SECRET_KEY and
FLASK_SECRET_KEY_FALLBACKS, as Flask takes them, from a file (--key-file), from
another environment variable (--key-env) or from the terminal (--key-prompt);
never from the command line, where others see them. The cookie's name, policy
and lifetime are those of FLASK_SESSION_COOKIE_* and
FLASK_PERMANENT_SESSION_LIFETIME, unless a flag says otherwise.

Every command that has an answer has --json. Colours are for terminals, unless
NO_COLOR is set. Errors go to standard error, and show neither keys nor cookies.
"costrel completion" writes scripts that complete commands and flags in bash,
zsh and fish.

Exit code 0: done, and the answer is yes. 1: done, and the answer is no: a
signature is bad, a key is weak, a cookie is dropped. 2: not done: wrong usage,
no key, a file that can't be read or written.`,
		Example: `  costrel read 'Cookie: session=eyJ1c2VyX2lkIjo0Mn0.aVW5AA.DU8F5yEAfYkAeS9kBV4XTmAvEjI'
  costrel make user_id=42
  costrel key new keys.txt
  costrel lint --url https://example.com/`,
		Version:       version().Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nSee %q", err, cmd.CommandPath()+" --help")
	})
	root.AddGroup(
		&cobra.Group{ID: "cookies", Title: "Cookies:"},
		&cobra.Group{ID: "keys", Title: "Keys:"},
		&cobra.Group{ID: "servers", Title: "Servers:"},
	)
	addGroup(root, "cookies", newRead(), newMake(), newEdit(), newLint())
	addGroup(root, "keys", newKey())
	addGroup(root, "servers", newGateway(), newDemo())
	root.AddCommand(newVersion())
	needsCommand(root)
	return root
}

func addGroup(root *cobra.Command, id string, commands ...*cobra.Command) {
	for _, cmd := range commands {
		cmd.GroupID = id
		root.AddCommand(cmd)
	}
}

// needsCommand lets a command that has nothing but subcommands answer an unknown
// one with an error, and none with its help.
func needsCommand(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return nil
		case slices.ContainsFunc(cookiesOf(args[0]), func(c cookie) bool { return looksSigned(c.value) }): // which no error shows
			return fmt.Errorf("a command is missing: %s read COOKIE", cmd.Root().Name())
		}
		text := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
		cmd.SuggestionsMinimumDistance = 2
		if suggestions := cmd.SuggestionsFor(args[0]); len(suggestions) > 0 {
			text += "\nDid you mean " + strings.Join(suggestions, " or ") + "?"
		}
		return fmt.Errorf("%s\nSee %q", text, cmd.CommandPath()+" --help")
	}
}

// takes bounds the number of arguments. Unlike cobra's, its error does not show
// what was given, which may be a key.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("usage: %s\nSee %q", cmd.UseLine(), cmd.CommandPath()+" --help")
		}
		return nil
	}
}
