package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
)

// policyFlags are the flags of a cookie's attributes. What they leave open is as
// FLASK_SESSION_COOKIE_* says, and else as Flask's defaults.
type policyFlags struct {
	recommended    bool
	name           string
	domain         string
	path           string
	secure         bool
	scriptReadable bool
	sameSite       string
	partitioned    bool
}

func (f *policyFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.recommended, "recommended", false, "start from costrel.Recommended: __Host-session, Secure, SameSite=Lax")
	flags.StringVar(&f.name, "name", "", "`NAME` of the cookie (default Flask's setting, or \"session\")")
	flags.StringVar(&f.domain, "domain", "", "`DOMAIN` whose subdomains get the cookie too")
	flags.StringVar(&f.path, "path", "", "`PATH` that gets the cookie (default Flask's setting, or \"/\")")
	flags.BoolVar(&f.secure, "secure", false, "send the cookie over HTTPS only")
	flags.BoolVar(&f.scriptReadable, "script-readable", false, "let JavaScript read the cookie: no HttpOnly")
	flags.StringVar(&f.sameSite, "same-site", "", "`MODE`: Lax, Strict or None")
	flags.BoolVar(&f.partitioned, "partitioned", false, "one cookie for each site that embeds ours (CHIPS)")
	cmd.RegisterFlagCompletionFunc("same-site", cobra.FixedCompletions([]string{"Lax", "Strict", "None"}, cobra.ShellCompDirectiveNoFileComp))
}

// config returns the settings of the environment with those of the flags that
// were given.
func (f *policyFlags) config(cmd *cobra.Command) (costrel.Config, error) {
	config, err := flaskConfig()
	if err != nil {
		return config, err
	}
	c := &config.Cookie
	if f.recommended {
		*c = costrel.Recommended()
	}
	given := cmd.Flags().Changed
	if given("name") {
		c.Name = f.name
	}
	if given("domain") {
		c.Domain = f.domain
	}
	if given("path") {
		c.Path = f.path
	}
	if given("secure") {
		c.Secure = f.secure
	}
	if given("script-readable") {
		c.ScriptReadable = f.scriptReadable
	}
	if given("partitioned") {
		c.Partitioned = f.partitioned
	}
	if given("same-site") {
		i := slices.IndexFunc(sameSites, func(s sameSite) bool { return strings.EqualFold(s.name, f.sameSite) })
		if i < 0 {
			return config, fmt.Errorf("--same-site %q is none of Lax, Strict and None", f.sameSite)
		}
		c.SameSite = sameSites[i].mode
	}
	if c.Name == "" {
		c.Name = "session"
	}
	return config, nil
}

type sameSite struct {
	name string
	mode http.SameSite
}

var sameSites = []sameSite{
	{"Lax", http.SameSiteLaxMode},
	{"Strict", http.SameSiteStrictMode},
	{"None", http.SameSiteNoneMode},
}
