package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/taggedjson"
)

// keyFlags are the flags that say where keys come from. They never come from
// the command line itself, where every process and the shell's history see it.
type keyFlags struct {
	file   string
	env    string
	prompt bool
}

func (f *keyFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "key-file", "k", "", "take the keys from `FILE`: one a line, current first")
	flags.StringVar(&f.env, "key-env", "", "take the keys from the environment variable `NAME`: one a line, current first")
	flags.BoolVar(&f.prompt, "key-prompt", false, "ask for the key on the terminal")
	cmd.MarkFlagsMutuallyExclusive("key-file", "key-env", "key-prompt")
	cmd.MarkFlagFilename("key-file")
}

// errNoKey is the error of a command that needs a key and has none.
var errNoKey = errors.New("no key: set FLASK_SECRET_KEY, or use --key-file, --key-env or --key-prompt")

// load returns the keys that the flags name, or else those of Flask's
// environment. Without any it returns an empty ring.
func (f *keyFlags) load(cmd *cobra.Command) (keyfile.Ring, error) {
	switch {
	case f.file != "":
		return keyfile.Read(f.file)
	case f.env != "":
		ring, err := keyfile.Parse([]byte(os.Getenv(f.env)))
		if err != nil {
			return keyfile.Ring{}, fmt.Errorf("environment variable %s: %w", f.env, err)
		}
		return ring, nil
	case f.prompt:
		return askForKey(cmd)
	}
	return flaskKeys(os.Environ())
}

// need is load for a command that can do nothing without a key: on a terminal
// it asks for one.
func (f *keyFlags) need(cmd *cobra.Command) (keyfile.Ring, error) {
	ring, err := f.load(cmd)
	if err != nil || len(ring.Keys) > 0 {
		return ring, err
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		return askForKey(cmd)
	}
	return ring, errNoKey
}

// isIn reports whether path is the file that the keys come from, by that name or
// another.
func (f *keyFlags) isIn(path string) bool {
	source, err := os.Stat(f.file)
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && os.SameFile(source, info)
}

// flaskKeys returns the keys of FLASK_SECRET_KEY and FLASK_SECRET_KEY_FALLBACKS,
// as Flask reads them: JSON if they are JSON, text if not.
func flaskKeys(environ []string) (ring keyfile.Ring, err error) {
	const current, fallbacks = "FLASK_SECRET_KEY", "FLASK_SECRET_KEY_FALLBACKS"
	var relevant []string
	values := map[string]any{}
	var codec taggedjson.Codec
	for _, setting := range environ {
		name, text, _ := strings.Cut(setting, "=")
		if name != current && name != fallbacks {
			continue
		}
		relevant = append(relevant, setting)
		if value, err := codec.Unmarshal([]byte(text)); err == nil {
			values[name] = value
		} else {
			values[name] = text
		}
	}
	if _, err := costrel.ConfigFromEnv(relevant); err != nil { // it knows what can be used
		return ring, err
	}
	key, _ := values[current].(string)
	if key == "" {
		return ring, nil
	}
	ring.Keys = append(ring.Keys, []byte(key))
	older, _ := values[fallbacks].([]any)
	for i := len(older) - 1; i >= 0; i-- { // Flask tries the last of the list first
		ring.Keys = append(ring.Keys, []byte(older[i].(string)))
	}
	return ring, nil
}

// askForKey asks for a key on the terminal, without an echo.
func askForKey(cmd *cobra.Command) (keyfile.Ring, error) {
	tty := os.Stdin
	if !term.IsTerminal(int(tty.Fd())) { // cookies may come from there
		var err error
		if tty, err = os.OpenFile("/dev/tty", os.O_RDWR, 0); err != nil {
			return keyfile.Ring{}, errors.New("there is no terminal to ask for a key")
		}
		defer tty.Close()
	}
	fmt.Fprint(cmd.ErrOrStderr(), "Secret key: ")
	line, err := term.ReadPassword(int(tty.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return keyfile.Ring{}, fmt.Errorf("asking for the key: %w", err)
	}
	return keyfile.Parse(bytes.TrimSpace(line))
}
