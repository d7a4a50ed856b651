package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/itsdangerous"
	"github.com/costrel/costrel/taggedjson"
)

// signFlags are the flags of commands that sign a session.
type signFlags struct {
	scheme schemeFlags
	keys   keyFlags
	policy policyFlags
	at     string
	as     string
	json   bool
}

func (f *signFlags) register(cmd *cobra.Command) {
	f.keys.register(cmd)
	f.scheme.register(cmd)
	f.scheme.registerLifetime(cmd)
	f.policy.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.at, "at", "", "sign as of `TIME`, such as 2026-01-31T15:04:05Z or -2h")
	flags.StringVar(&f.as, "as", "value", "write it as `FORM`: value, cookie (a Cookie: line) or set-cookie (a Set-Cookie: line)")
	flags.BoolVar(&f.json, "json", false, "write a JSON object with every form of --as")
	cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions([]string{"value", "cookie", "set-cookie"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.MarkFlagsMutuallyExclusive("as", "json")
}

// signed is what --json writes of a signed session.
type signed struct {
	Name      string     `json:"name"`
	Value     string     `json:"value"`
	Cookie    string     `json:"cookie"`
	SetCookie string     `json:"set_cookie"`
	SignedAt  time.Time  `json:"signed_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // of a permanent session
	Payload   string     `json:"payload"`
}

// write signs the session and writes it in the form that was asked for.
func (f *signFlags) write(cmd *cobra.Command, s *costrel.Session, scheme scheme, ring keyfile.Ring) error {
	now, err := parseTime(f.at, time.Now())
	if err != nil {
		return err
	}
	config, err := f.policy.config(cmd)
	if err != nil {
		return err
	}
	config.Lifetime = scheme.lifetime
	name := config.Cookie.Name
	if (&http.Cookie{Name: name}).Valid() != nil { // it might add a header of its own
		return fmt.Errorf("the cookie %q: the name may have letters, digits and !#$%%&'*+-.^_`|~ only", name)
	}
	payload, err := s.AppendJSON(nil)
	if err != nil {
		return err
	}
	o, err := scheme.options(ring)
	if err != nil {
		return err
	}
	signer, err := itsdangerous.NewTimestampSigner(o)
	if err != nil {
		return err
	}
	// Flask's rule of when to compress: this is for where cookies are small.
	value := string(signer.AppendSign(nil, itsdangerous.AppendPack(nil, payload, 1), now))

	result := signed{Name: name, Value: value, Cookie: name + "=" + value, SignedAt: now.UTC().Truncate(time.Second), Payload: string(payload)}
	if expires := config.Expires(s, now); !expires.IsZero() && expires.Year() <= 9999 {
		expires = expires.UTC().Truncate(time.Second)
		result.ExpiresAt = &expires
	}
	if f.as == "set-cookie" || f.json {
		header := http.Header{}
		if s.Len() == 0 {
			err = config.DeleteCookie(header, nil)
		} else {
			err = config.SetCookie(header, nil, s, value, config.Expires(s, now))
		}
		if err != nil {
			return err
		}
		result.SetCookie = header.Get("Set-Cookie")
	} else if size := len(result.Cookie) - 1; size > browserLimit {
		fmt.Fprintf(cmd.ErrOrStderr(), "costrel: note: name and value have %d bytes, and browsers drop a cookie over %d\n", size, browserLimit)
	}

	out := cmd.OutOrStdout()
	switch {
	case f.json:
		return printJSON(out, result)
	case f.as == "cookie":
		fmt.Fprintln(out, "Cookie: "+result.Cookie)
	case f.as == "set-cookie":
		fmt.Fprintln(out, "Set-Cookie: "+result.SetCookie)
	case f.as == "value":
		fmt.Fprintln(out, value)
	default:
		return fmt.Errorf("--as %q is none of value, cookie and set-cookie", f.as)
	}
	return nil
}

// assign gives the session a value written as key=value: JSON if it reads as
// JSON, tagged or plain, and text if not.
func assign(cmd *cobra.Command, s *costrel.Session, key, text string) error {
	var codec taggedjson.Codec
	value, err := codec.Unmarshal([]byte(text))
	if err != nil {
		value = text
	}
	if _, isNumber := value.(int64); isNumber && key == "_user_id" {
		fmt.Fprintf(cmd.ErrOrStderr(), "costrel: note: Flask-Login keeps _user_id as text: _user_id='\"%s\"'\n", text)
	}
	s.Set(key, value)
	return s.Err()
}
