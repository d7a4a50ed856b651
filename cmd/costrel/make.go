package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/taggedjson"
)

// maxSession bounds a session given as JSON, in bytes.
const maxSession = 1 << 20

func newMake() *cobra.Command {
	var f signFlags
	var permanent bool
	cmd := &cobra.Command{
		Use:     "make {KEY=VALUE... | JSON | -}",
		Aliases: []string{"sign", "encode"},
		Short:   "Make a session cookie, for tests and support work",
		Long: `Sign a session and write its cookie: for tests, and for support work.

A session is given as KEY=VALUE pairs, as one JSON object, or as "-" for a JSON
object on standard input. A VALUE is JSON if it reads as JSON, and text if not,
as in Flask's environment variables: n=42 is a number, n='"42"' and n=abc are
text. JSON may have Flask's tags, such as {" t": [1, 2]} for a tuple; what is
written is what Flask itself would write.

The key comes from FLASK_SECRET_KEY, --key-file, --key-env or --key-prompt. What
was signed with a key in production logs its holder in: handle it like a
password.

--as set-cookie writes a whole Set-Cookie: line under a policy, which comes from
FLASK_SESSION_COOKIE_* and the flags. With --json, the output is an object with
name, value, cookie, set_cookie, signed_at, expires_at and payload.`,
		Example: `  costrel make user_id=42 theme=dark
  costrel make --permanent --as set-cookie --secure --same-site lax user_id=42
  costrel make '{"_user_id": "42", "_fresh": true}'
  costrel make --at -31d user_id=42              # for a test: about to expire
  curl -H "$(costrel make --as cookie user_id=42)" http://localhost:5000/`,
		Args: takes(1, math.MaxInt),
		RunE: func(cmd *cobra.Command, args []string) error {
			session, err := sessionFrom(cmd, args)
			if err != nil {
				return err
			}
			if permanent {
				session.SetPermanent(true)
			}
			scheme, err := f.scheme.scheme()
			if err != nil {
				return err
			}
			ring, err := f.keys.need(cmd)
			if err != nil {
				return err
			}
			return f.write(cmd, session, scheme, ring)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&permanent, "permanent", false, "let the session outlive the browser's: sets _permanent")
	return cmd
}

// sessionFrom returns the session that the arguments describe.
func sessionFrom(cmd *cobra.Command, args []string) (*costrel.Session, error) {
	session := costrel.NewSession()
	if len(args) == 1 && (args[0] == "-" || strings.HasPrefix(strings.TrimSpace(args[0]), "{")) {
		text := []byte(args[0])
		if args[0] == "-" {
			var err error
			if text, err = io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxSession+1)); err != nil {
				return nil, err
			}
		}
		if len(text) > maxSession {
			return nil, fmt.Errorf("the session has more than %d bytes", maxSession)
		}
		var codec taggedjson.Codec
		value, err := codec.Unmarshal(bytes.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("the session is no JSON: %w", err)
		}
		values, ok := value.(map[string]any)
		if !ok {
			return nil, errors.New("the session is no JSON object")
		}
		session.Update(values)
		return session, session.Err()
	}
	for i, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("argument %d is neither KEY=VALUE nor a JSON object", i+1)
		}
		if err := assign(cmd, session, key, value); err != nil {
			return nil, err
		}
	}
	return session, nil
}
