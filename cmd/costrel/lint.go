package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/costrel/costrel"
)

// lintReport is what lint found in one cookie.
type lintReport struct {
	Cookie   string    `json:"cookie"`
	From     string    `json:"from,omitempty"`
	Good     bool      `json:"good"`
	Findings []finding `json:"findings,omitempty"`
}

func newLint() *cobra.Command {
	var policy policyFlags
	var life lifetime
	var from string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint [SET-COOKIE]...",
		Short: "Check cookies against what browsers drop or weaken",
		Long: `Check what browsers make of a session cookie: whether they drop it, keep it
otherwise than asked, or keep it where others can read or send it.

Without an argument it checks the policy that FLASK_SESSION_COOKIE_*,
FLASK_PERMANENT_SESSION_LIFETIME and the flags make. A SET-COOKIE is a
Set-Cookie: line, with its name or without; "-" reads them from standard input.
With --url it checks the cookies of a response: a page before the login may set
none.

Each finding says what happens in a browser and what to set. It is "dropped"
(the browser throws the cookie away), "weakened" (it keeps it, but not as meant
or not safely), or "advice".

With --json, each cookie is one line, an object with cookie (its name), from,
good and findings: objects with rule, effect, browser and fix.

Exit code 0: nothing found, or advice only. 1: a cookie is dropped or weakened.
2: usage, or nothing to read.`,
		Example: `  costrel lint
  costrel lint --recommended
  costrel lint --same-site none --partitioned
  costrel lint 'session=eyJ...; Path=/; SameSite=None'
  costrel lint --url https://example.com/login
  curl -si https://example.com/ | grep -i ^set-cookie | costrel lint -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now()
			fromURL := cmd.Flags().Changed("url")
			if len(args) > 0 || fromURL {
				if err := refusePolicy(cmd); err != nil {
					return err
				}
			}
			switch {
			case fromURL && len(args) > 0:
				return errors.New("--url takes no SET-COOKIE besides it")
			case fromURL:
				return lintURL(cmd, from, now, asJSON)
			case len(args) > 0:
				return lintLines(cmd, args, asJSON)
			}
			config, err := policy.config(cmd)
			if err != nil {
				return err
			}
			if life != 0 {
				config.Lifetime = time.Duration(life)
			}
			return printLint(cmd, asJSON, []lintReport{lint(policyCookie(config, now), "policy", nil)})
		},
	}
	policy.register(cmd)
	flags := cmd.Flags()
	flags.Var(&life, "lifetime", "how long a permanent session lasts, such as 31d")
	flags.StringVar(&from, "url", "", "check the cookies of the response to a GET of `URL`; redirects are not followed")
	flags.BoolVar(&asJSON, "json", false, "write one JSON object a line")
	return cmd
}

// policyNames are the names of the flags of a policy.
func policyNames() []string {
	var names []string
	cmd := &cobra.Command{}
	new(policyFlags).register(cmd)
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// refusePolicy refuses the flags of a policy where a cookie is given.
func refusePolicy(cmd *cobra.Command) error {
	for _, name := range append(policyNames(), "lifetime") {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s makes a policy: it goes without SET-COOKIE and --url", name)
		}
	}
	return nil
}

func lint(c setCookie, from string, origin *url.URL) lintReport {
	r := lintReport{Cookie: c.name, From: from, Good: true, Findings: check(c, origin)}
	for _, f := range r.Findings {
		r.Good = r.Good && f.Effect == advice
	}
	return r
}

// configuredName returns what the environment calls the session's cookie, if it
// does. Whatever else is wrong there, lines can be checked.
func configuredName() string {
	const name = "FLASK_SESSION_COOKIE_NAME"
	config, _ := costrel.ConfigFromEnv([]string{name + "=" + os.Getenv(name)})
	return config.Cookie.Name
}

func lintLines(cmd *cobra.Command, args []string, asJSON bool) error {
	session := configuredName()
	var reports []lintReport
	for l, err := range eachLine(cmd, args) {
		if err != nil {
			return err
		}
		reports = append(reports, lint(parseSetCookie(l.text, session, time.Now()), l.from, nil))
	}
	return printLint(cmd, asJSON, reports)
}

func lintURL(cmd *cobra.Command, address string, now time.Time, asJSON bool) error {
	origin, err := url.Parse(address)
	if err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" {
		return errors.New("--url is no http or https address") // it may hold a password
	}
	request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "costrel lint")
	client := http.Client{
		Timeout:       15 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()

	session := configuredName()
	var reports []lintReport
	seen := map[string]bool{}
	for _, line := range response.Header.Values("Set-Cookie") {
		c := parseSetCookie(line, session, now)
		r := lint(c, response.Status, origin)
		identity := strings.Join([]string{c.name, c.domain, c.path}, "\x00")
		if seen[identity] {
			r.Good = false
			r.Findings = append(r.Findings, finding{"duplicate", weakened, "The response sets the cookie twice: browsers keep the last.", "Set it once."})
		}
		seen[identity] = true
		reports = append(reports, r)
	}
	if len(reports) == 0 && !asJSON {
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, no Set-Cookie\n", inert(withoutQuery(origin.Redacted())), inert(response.Status))
	}
	return printLint(cmd, asJSON, reports)
}

// printLint writes the reports, and returns errNo unless all are good.
func printLint(cmd *cobra.Command, asJSON bool, reports []lintReport) error {
	out := cmd.OutOrStdout()
	answer := error(nil)
	for i, r := range reports {
		if !r.Good {
			answer = errNo
		}
		if asJSON {
			if err := printJSON(out, r); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(out)
		}
		r.print(out, paletteFor(out))
	}
	return answer
}

func (r lintReport) print(w io.Writer, p palette) {
	title := keyText(r.Cookie)
	if r.From != "" {
		title += " (" + inert(r.From) + ")"
	}
	if len(r.Findings) == 0 {
		fmt.Fprintf(w, "%s: %s\n", p.bold(title), p.green("nothing to find fault with"))
		return
	}
	fmt.Fprintln(w, p.bold(title))
	colour := map[string]func(string) string{dropped: p.red, weakened: p.yellow, advice: p.blue}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s %s\n", colour[f.Effect](f.Effect+":"), f.Rule)
		fmt.Fprintln(w, wrapped("    ", f.Browser))
		fmt.Fprintln(w, p.dim(wrapped("    ", "Fix: "+f.Fix)))
	}
}

// wrapped breaks text into lines of 80 columns, each indented.
func wrapped(indent, text string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case column == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+1+width(word) > 80:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width(word)
	}
	return b.String()
}
