package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/spf13/cobra"
)

type readFlags struct {
	scheme schemeFlags
	keys   keyFlags
	name   string
	har    string
	at     string
	json   bool
}

func newRead() *cobra.Command {
	var f readFlags
	cmd := &cobra.Command{
		Use:     "read [COOKIE]...",
		Aliases: []string{"decode", "show"},
		Short:   "Take cookies apart: what they hold, since when, for how long",
		Long: `Take session cookies apart: what they hold, with the types that it has in Python
and in Go, when they were signed, when they expire, and whether the signature
is good.

A COOKIE is a value, name=value, or a whole Cookie: or Set-Cookie: line, also in
quotes, as a member of JSON, as curl -v prints it, as a line of a cookie jar, or
in a browser's "Copy as cURL". Without one, or with "-", cookies are read from
standard input, one a line. Of several cookies in a line, or in a HAR file that
a browser saved, those named "session" are shown (or as --name or
FLASK_SESSION_COOKIE_NAME says), or else all that look signed.

Long values are cut for people; --json has them whole. Without a key nothing is
verified: anyone may have written what you see. Keys come from FLASK_SECRET_KEY
and FLASK_SECRET_KEY_FALLBACKS, --key-file, --key-env or --key-prompt.

Other tokens of itsdangerous are read with --csrf (forms of Flask-WTF), --link
(URLSafeTimedSerializer and its like), or any --salt, --derivation and --digest.
What Django, Starlette, gorilla, Flask-Session or a JWT library wrote is told
apart and shown as far as that goes without them.

With --json, each cookie is one line, an object with these members: cookie (its
name), from, kind, title, accepted (verified and current), signature ("good",
"bad" or "unverified"), key (which one matched, 0 is the current), keys (how
many there were), signed_at, age_seconds, expires_at, expired, cookie_bytes,
payload_bytes, compressed, payload (the JSON that was signed), value and notes.
A value has python and go (its types), value or items, and in a dict its key.
Members that do not apply are left out; new ones may be added.

Exit code 0: every cookie is good, or there was no key to tell. 1: one is not:
its signature is bad, it has expired, or it is no such token. 2: usage, or
nothing to read.`,
		Example: `  costrel read eyJ1c2VyX2lkIjo0Mn0.aSBh_w.n3xS1PZ4GJvx9wWDZ6SwOkDPRvQ
  costrel read --key-file keys.txt 'Cookie: theme=dark; session=eyJ1c2...'
  pbpaste | costrel read --key-prompt --lifetime 12h
  costrel read --har traffic.har --json | jq .value
  costrel read --csrf "$TOKEN"
  costrel read --link --salt email-confirm --lifetime 2d "$TOKEN"`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.keys.register(cmd)
	f.scheme.register(cmd)
	f.scheme.registerPresets(cmd)
	f.scheme.registerLifetime(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` of the cookies to read")
	flags.StringVar(&f.har, "har", "", "read the cookies of a HAR `FILE`, \"-\" for standard input")
	flags.StringVar(&f.at, "at", "", "judge as of `TIME`, such as 2026-01-31T15:04:05Z or -2h")
	flags.BoolVar(&f.json, "json", false, "write one JSON object a line")
	cmd.MarkFlagFilename("har", "har", "json")
	return cmd
}

func (f *readFlags) run(cmd *cobra.Command, args []string) error {
	scheme, err := f.scheme.scheme()
	if err != nil {
		return err
	}
	ring, err := f.keys.load(cmd)
	if err != nil {
		return err
	}
	now, err := parseTime(f.at, time.Now())
	if err != nil {
		return err
	}
	examiner, err := newExaminer(scheme, ring, now)
	if err != nil {
		return err
	}
	name, err := f.cookieName()
	if err != nil {
		return err
	}

	out := cmd.OutOrStdout()
	answer := error(nil)
	first := true
	for group, err := range f.groups(cmd, args) {
		if err != nil {
			return err
		}
		// A cookie may be newer than the wait for its line.
		if examiner.now, err = parseTime(f.at, time.Now()); err != nil {
			return err
		}
		selected := selectCookies(group.cookies, name, f.name != "")
		if len(selected) == 0 {
			group.printNone(cmd.ErrOrStderr())
			answer = errNo
		}
		for _, c := range selected {
			r := examiner.examine(c)
			if !r.Accepted && !r.isUnverified(scheme) {
				answer = errNo
			}
			if f.json {
				err = printJSON(out, r)
			} else {
				if !first {
					fmt.Fprintln(out)
				}
				r.print(out, paletteFor(out))
			}
			if err != nil {
				return err
			}
			first = false
		}
	}
	return answer
}

// A group is the cookies that were found together, in a line or a HAR file, to
// be chosen from.
type group struct {
	cookies []cookie
	from    string
}

func (f *readFlags) groups(cmd *cobra.Command, args []string) iter.Seq2[group, error] {
	return func(yield func(group, error) bool) {
		switch {
		case f.har != "" && len(args) > 0:
			yield(group{}, errors.New("--har takes no COOKIE besides it"))
		case f.har != "":
			cookies, err := readHAR(f.har, cmd.InOrStdin())
			yield(group{cookies, f.har}, err)
		default:
			for l, err := range eachLine(cmd, args) {
				g := group{cookiesOf(l.text), l.from}
				for i := range g.cookies {
					g.cookies[i].from = l.from
				}
				if !yield(g, err) {
					return
				}
			}
		}
	}
}

// printNone says that there was no cookie to read.
func (g group) printNone(w io.Writer) {
	text := "no cookie"
	if len(g.cookies) > 0 {
		text = fmt.Sprintf("no session cookie among %s; --name chooses one", namesOf(g.cookies))
	}
	if g.from != "" {
		text = g.from + ": " + text
	}
	fmt.Fprintln(w, "costrel:", text)
}

func (f *readFlags) cookieName() (string, error) {
	if f.name != "" {
		return f.name, nil
	}
	config, err := flaskConfig()
	if err != nil || config.Cookie.Name != "" {
		return config.Cookie.Name, err
	}
	return "session", nil
}

// isUnverified reports whether r is a token of the scheme about which nothing
// more can be said for want of a key.
func (r *report) isUnverified(s scheme) bool {
	return r.Signature == unverified && r.Kind == s.kind && r.Value != nil
}

// print writes the report for people.
func (r *report) print(w io.Writer, p palette) {
	title := r.Title
	if r.Cookie != "" {
		title = keyText(r.Cookie) + ": " + title
	}
	if r.From != "" {
		title += " (" + inert(r.From) + ")"
	}
	fmt.Fprintln(w, p.bold(title))

	field := func(name, value string) { fmt.Fprintf(w, "  %s %s\n", p.dim(fmt.Sprintf("%-10s", name)), value) }
	switch r.Signature {
	case good:
		field("signature", p.green("good")+", by "+keyName(*r.Key, r.Keys))
	case bad:
		field("signature", p.red("BAD")+": made with another key than the "+count(r.Keys, "key")+" given, or changed since")
	case unverified:
		if r.Keys == 0 {
			field("signature", p.yellow("NOT VERIFIED")+": without a key, anyone may have written this")
		} else {
			field("signature", p.yellow("NOT VERIFIED")+": costrel has no way to check it")
		}
	}
	if r.SignedAt != nil {
		field("signed", timeText(*r.SignedAt)+", "+relative(*r.SignedAt, r.now))
	}
	switch {
	case r.ExpiresAt == nil || *r.AgeSeconds < 0 && r.Expired: // the note says it
	case r.Expired:
		field("expired", timeText(*r.ExpiresAt)+", "+p.red(relative(*r.ExpiresAt, r.now)))
	default:
		field("expires", timeText(*r.ExpiresAt)+", "+relative(*r.ExpiresAt, r.now))
	}
	field("size", r.sizes(p))
	for _, note := range r.Notes {
		field("note", note)
	}
	if r.Value != nil {
		fmt.Fprintln(w)
		if len(r.Value.Items) > 0 {
			printTree(w, p, *r.Value)
		} else {
			fmt.Fprintf(w, "  %s  %s\n", p.green(shortened(r.Value.text)), p.dim(r.Value.Python+", "+r.Value.Go))
		}
	}
}

func keyName(i, of int) string {
	switch {
	case of == 1:
		return "the key"
	case i == 0:
		return fmt.Sprintf("the current key (1 of %d)", of)
	}
	return fmt.Sprintf("fallback key %d (%d of %d)", i, i+1, of)
}

func (r *report) sizes(p palette) string {
	text := fmt.Sprintf("%d bytes of the %d that browsers keep", r.CookieBytes, browserLimit)
	if r.CookieBytes > browserLimit {
		text = p.red(fmt.Sprintf("%d bytes: browsers drop a cookie over %d", r.CookieBytes, browserLimit))
	}
	if r.PayloadBytes > 0 {
		text += fmt.Sprintf("; %d bytes of JSON", r.PayloadBytes)
		if r.Compressed {
			text += ", compressed"
		}
	}
	return text
}
