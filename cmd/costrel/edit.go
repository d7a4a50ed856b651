package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/itsdangerous"
)

func newEdit() *cobra.Command {
	var f signFlags
	var set, remove []string
	cmd := &cobra.Command{
		Use:   "edit COOKIE {--set KEY=VALUE | --delete KEY}...",
		Short: "Change a session and sign it again",
		Long: `Read a session cookie, change it, and sign it again, now or as of --at.

The COOKIE is as for "read", one of them; "-" reads it from standard input. Its
signature must be good and it must not have expired; --lifetime says when that
is. A VALUE is as for "make". Values that are not changed stay byte for byte as
they were. A session that a fallback key signed is signed by the current one.

A session without any key left is deleted by --as set-cookie, as Flask does.
With --json, the output is an object as of "make".`,
		Example: `  costrel edit "$COOKIE" --set theme=light --delete cart
  costrel edit "$COOKIE" --set '_flashes=[{" t": ["message", "Sorry about that!"]}]'
  costrel edit - --set role=admin --as cookie < cookie.txt`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, pair := range set {
				if strings.Index(pair, "=") < 1 {
					return errors.New("--set takes KEY=VALUE")
				}
			}
			scheme, err := f.scheme.scheme()
			if err != nil {
				return err
			}
			ring, err := f.keys.need(cmd)
			if err != nil {
				return err
			}
			c, err := oneCookie(cmd, args[0], f.policy.name)
			if err != nil {
				return err
			}
			session, err := openCookie(c, scheme, ring, time.Now())
			var e *itsdangerous.Error
			if errors.As(err, &e) {
				fmt.Fprintln(cmd.ErrOrStderr(), "costrel: the cookie is not good:", strings.TrimPrefix(err.Error(), "itsdangerous: "))
				return errNo
			}
			if err != nil {
				return err
			}
			for _, key := range remove {
				session.Delete(key)
			}
			for _, pair := range set {
				key, value, _ := strings.Cut(pair, "=")
				if err := assign(cmd, session, key, value); err != nil {
					return err
				}
			}
			return f.write(cmd, session, scheme, ring)
		},
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&set, "set", nil, "set `KEY=VALUE`; may be repeated")
	flags.StringArrayVar(&remove, "delete", nil, "remove a `KEY`; may be repeated")
	cmd.MarkFlagsOneRequired("set", "delete")
	return cmd
}

// oneCookie returns the one session cookie in an argument or, for "-", on
// standard input.
func oneCookie(cmd *cobra.Command, arg, name string) (cookie, error) {
	read := readFlags{name: name}
	wanted, err := read.cookieName()
	if err != nil {
		return cookie{}, err
	}
	var found []cookie
	for l, err := range eachLine(cmd, []string{arg}) {
		if err != nil {
			return cookie{}, err
		}
		found = append(found, selectCookies(cookiesOf(l.text), wanted, name != "")...)
	}
	if len(found) != 1 {
		return cookie{}, fmt.Errorf("one cookie can be edited, and here are %d", len(found))
	}
	return found[0], nil
}

// openCookie returns the session in a cookie whose signature is good.
func openCookie(c cookie, s scheme, ring keyfile.Ring, now time.Time) (*costrel.Session, error) {
	o, err := s.options(ring)
	if err != nil {
		return nil, err
	}
	signer, err := itsdangerous.NewTimestampSigner(o)
	if err != nil {
		return nil, err
	}
	token, err := signer.Unsign([]byte(c.value), itsdangerous.Window{Now: now, MaxAge: s.lifetime, Leeway: leeway})
	if err != nil {
		return nil, err
	}
	payload, err := itsdangerous.AppendUnpack(nil, token.Value, 0)
	if err != nil {
		return nil, err
	}
	return costrel.ParseSession(payload, nil)
}
