package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/gateway"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/forwardauth"
	"github.com/costrel/costrel/itsdangerous"
)

type gatewayFlags struct {
	keys   keyFlags
	scheme schemeFlags
	name   string

	listen, admin, upstream, proxy string
	trust                          []string

	require, requireAny, public []string
	fresh                       bool
	loginURL                    string

	headers                   []string
	tokenHeader, tokenKeyFile string
	tokenValues               []string

	clientTimeout, upstreamTimeout, drain, grace time.Duration
	logLevel                                     string
}

func newGateway() *cobra.Command {
	var f gatewayFlags
	cmd := &cobra.Command{
		Use:   "gateway (--upstream URL | --proxy NAME)",
		Short: "Let only those through who are logged in",
		Long: `Decide by the session cookie who may pass, and tell the application who it is.

With --upstream it is a reverse proxy in front of the application. With --proxy
it answers another one that asks for each request: nginx (auth_request), caddy
(forward_auth), traefik (ForwardAuth), haproxy or envoy (ext_authz over HTTP).
docs/gateway.md has a configuration for each.

Who may pass: by default who is logged in with Flask-Login. With --require,
whose session has a key (--require user_id) or a key with a value (--require
role=admin); of several, all are needed. Of --require-any, one is enough. The
type of a value counts: level=5 is a number, staff=true a bool, and any other
text a string, as is level='"5"'. Paths that need no session are listed with
--public: /favicon.ico, or /static/ with all that is below.

Who may not gets 401 if nobody is logged in, a browser is sent to --login-url
instead, and 403 if somebody is. If it can't be decided, nobody passes. A
--login-url that is a path is public; of a whole URL on the same site, list the
path with --public.

The application is told by headers: --header X-User-Id=user_id sends a value of
the session. What clients send of that name never reaches it. Or by one signed
header, with --token-key-file, that holds any values and that Python reads with
URLSafeTimedSerializer(key, salt="costrel.identity").

Keys are needed: FLASK_SECRET_KEY, or --key-file, which is read again when it
changes and on SIGHUP. A file that can't be used leaves the old keys in place.
"costrel key derive" makes a key file that is good for sessions alone, so that
the gateway need not hold SECRET_KEY.

Logs are JSON, on standard error: what did not pass, or with --log-level debug
everything. They show no cookie, no key and no query. At --admin are /healthz
and /metrics, for Prometheus.

On SIGTERM it tells its clients to go elsewhere (--drain), waits for those whose
requests it has (--grace), and ends.

Exit code 0: ended by a signal, with every request answered. 2: it could not
start, or had to cut requests off.`,
		Example: `  costrel gateway --upstream http://127.0.0.1:5000 --key-file keys.txt --login-url /login --header X-User-Id=_user_id
  costrel gateway --proxy nginx --listen 127.0.0.1:4180 --require user_id --require role=admin
  costrel gateway --upstream unix:/run/app.sock --listen :8080 --admin 127.0.0.1:9464 --public /static/`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.keys.register(cmd)
	f.scheme.register(cmd)
	f.scheme.registerLifetime(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` of the session cookie (default: Flask's SESSION_COOKIE_NAME, or \"session\")")

	flags.StringVar(&f.upstream, "upstream", "", "pass requests to the application at `URL`: http, https or unix:/path")
	flags.StringVar(&f.proxy, "proxy", "", "answer the proxy `NAME`: nginx, caddy, traefik, haproxy or envoy")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:4180", "serve at `ADDRESS`, host:port or unix:/path")
	flags.StringVar(&f.admin, "admin", "", "serve /healthz and /metrics at `ADDRESS`")
	flags.StringSliceVar(&f.trust, "trust", nil, "believe X-Forwarded headers from `NETWORK`, such as 10.0.0.0/8, or from a unix socket: unix")

	flags.StringArrayVar(&f.require, "require", nil, "let only sessions pass that meet `RULE`: key, or key=value")
	flags.StringArrayVar(&f.requireAny, "require-any", nil, "let only sessions pass that meet this or another such `RULE`")
	flags.BoolVar(&f.fresh, "fresh", false, "let only logins pass that Flask-Login calls fresh")
	flags.StringArrayVar(&f.public, "public", nil, "let everyone pass to `PATH`, or below it if it ends with a slash")
	flags.StringVar(&f.loginURL, "login-url", "", "send browsers to `URL` to log in, with the way back in \"next\"")

	flags.StringArrayVar(&f.headers, "header", nil, "tell the application a value of the session: `NAME=key`")
	flags.StringVar(&f.tokenKeyFile, "token-key-file", "", "tell it all of them in one header, signed with the key in `FILE`")
	flags.StringVar(&f.tokenHeader, "token-header", "X-Identity", "`NAME` of that header")
	flags.StringSliceVar(&f.tokenValues, "token-values", nil, "`KEYS` of the session whose values are in it (default: those of --header)")

	flags.DurationVar(&f.clientTimeout, "client-timeout", time.Minute, "how long a client may take to send or take the next part of a body")
	flags.DurationVar(&f.upstreamTimeout, "upstream-timeout", time.Minute, "how long the application may take to begin its answer")
	flags.DurationVar(&f.drain, "drain", time.Second, "how long to accept requests after SIGTERM, telling clients to go elsewhere")
	flags.DurationVar(&f.grace, "grace", 30*time.Second, "how long to wait for the answers after that")
	flags.StringVar(&f.logLevel, "log-level", "info", "log from this `LEVEL` on: debug, info, warn or error")

	cmd.MarkFlagsOneRequired("upstream", "proxy")
	cmd.MarkFlagsMutuallyExclusive("upstream", "proxy")
	cmd.MarkFlagFilename("token-key-file")
	cmd.RegisterFlagCompletionFunc("proxy", cobra.FixedCompletions(proxyNames, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("log-level", cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *gatewayFlags) run(cmd *cobra.Command) error {
	config, err := f.config(cmd)
	if err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	config.Reload = reload
	signal.Ignore(syscall.SIGPIPE) // a log that nobody reads any more is no reason to end

	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	return gateway.Run(ctx, config)
}

// config returns what the flags ask for.
func (f *gatewayFlags) config(cmd *cobra.Command) (gateway.Config, error) {
	read := keyfile.Read
	c := gateway.Config{
		Listen: f.listen,
		Admin:  f.admin,
		Keys: func() (keyfile.Ring, error) {
			ring, err := read(f.keys.file)
			read = keyfile.ReadAgain
			return ring, err
		},
		Drain:           f.drain,
		Grace:           f.grace,
		ClientTimeout:   f.clientTimeout,
		UpstreamTimeout: f.upstreamTimeout,
	}
	if isFile(f.keys.file) {
		c.Poll = time.Second
	} else if f.keys.file == "" {
		ring, err := f.keys.need(cmd)
		if err != nil {
			return c, err
		}
		c.Keys = func() (keyfile.Ring, error) { return ring, nil }
	}
	if f.clientTimeout <= 0 || f.upstreamTimeout <= 0 {
		return c, errors.New("--client-timeout and --upstream-timeout must be longer than zero: no request would have an answer")
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return c, fmt.Errorf("--log-level %q is none of debug, info, warn and error", f.logLevel)
	}
	c.Log = slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))

	var err error
	if c.Sessions, err = f.sessions(); err != nil {
		return c, err
	}
	if f.upstream != "" {
		if c.Upstream, err = parseUpstream(f.upstream); err != nil {
			return c, err
		}
	}
	for _, network := range f.trust {
		if network == "unix" {
			if !strings.HasPrefix(f.listen, "unix:") {
				return c, errors.New("--trust unix needs --listen unix:/path")
			}
			c.TrustUnix = true
			continue
		}
		prefix, err := parseNetwork(network)
		if err != nil {
			return c, err
		}
		c.Trusted = append(c.Trusted, prefix)
	}
	c.Auth, err = f.auth()
	return c, err
}

// sessions returns what makes a Manager of keys.
func (f *gatewayFlags) sessions() (func(keyfile.Ring) (*costrel.Manager, error), error) {
	scheme, err := f.scheme.scheme()
	if err != nil {
		return nil, err
	}
	config, err := flaskConfig()
	if err != nil {
		return nil, err
	}
	if f.name != "" {
		config.Cookie = costrel.Cookie{Name: f.name, Secure: true} // never set, only read
	}
	config.Lifetime = scheme.lifetime
	config.OnError = func(*http.Request, error) {} // a Decision has the error too
	return func(ring keyfile.Ring) (*costrel.Manager, error) {
		options, err := scheme.options(ring)
		if err != nil {
			return nil, err
		}
		config := config
		config.Keys = ring.Keyring()
		config.Interface = &costrel.Signed{Salt: options.Salt, Derivation: options.Derivation, Digest: options.Digest}
		return costrel.New(config)
	}, nil
}

// auth returns the rules, the headers and how a proxy asks.
func (f *gatewayFlags) auth() (forwardauth.Config, error) {
	c := forwardauth.Config{Public: f.public, LoginURL: f.loginURL, Headers: map[string]string{}}
	rules, err := parseRules(f.require)
	if err != nil {
		return c, err
	}
	any, err := parseRules(f.requireAny)
	if err != nil {
		return c, err
	}
	if any != nil {
		rules = append(rules, forwardauth.Any(any...))
	}
	if f.fresh {
		rules = append(rules, forwardauth.FlaskLoginFresh())
	}
	if rules != nil {
		c.Require = forwardauth.All(rules...)
	}

	for _, header := range f.headers {
		name, key, ok := strings.Cut(header, "=")
		if _, twice := c.Headers[name]; !ok || twice {
			return c, fmt.Errorf("--header %q: it must be NAME=key, each NAME once", header)
		}
		c.Headers[name] = key
	}
	if f.tokenKeyFile != "" {
		ring, err := keyfile.Read(f.tokenKeyFile)
		if err != nil {
			return c, err
		}
		if ring.Salt != "" || len(ring.Keys) != 1 {
			return c, fmt.Errorf("%s must hold one key, and none that was derived", f.tokenKeyFile)
		}
		c.Token = &forwardauth.Token{Header: f.tokenHeader, Values: f.tokenValues, Options: itsdangerous.Options{Keys: ring.Keys}}
	} else if f.tokenValues != nil {
		return c, errors.New("--token-values needs --token-key-file")
	}

	switch f.proxy {
	case "": // Protect asks nobody
	case "nginx":
		c.Proxy = forwardauth.Nginx()
	case "caddy", "traefik", "haproxy":
		c.Proxy = forwardauth.Forwarded()
	case "envoy":
		c.Proxy = forwardauth.Proxy{}
	default:
		return c, fmt.Errorf("--proxy %q is none of %s", f.proxy, strings.Join(proxyNames, ", "))
	}
	return c, nil
}

var proxyNames = []string{"nginx", "caddy", "traefik", "haproxy", "envoy"}

func parseRules(texts []string) ([]forwardauth.Rule, error) {
	var rules []forwardauth.Rule
	for _, text := range texts {
		rule, err := forwardauth.ParseRule(text)
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func parseUpstream(text string) (*url.URL, error) {
	if path, ok := strings.CutPrefix(text, "unix:"); ok && strings.HasPrefix(path, "/") {
		return &url.URL{Scheme: "unix", Path: path}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		return nil, fmt.Errorf("--upstream %q is no address such as http://127.0.0.1:5000 or unix:/run/app.sock", text)
	}
	return u, nil
}

// parseNetwork returns the network in text. Addresses of IPv4 within IPv6 are
// IPv4, as those that they are compared with.
func parseNetwork(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if address, addressErr := netip.ParseAddr(text); addressErr == nil {
		if address.Zone() != "" {
			return prefix, fmt.Errorf("--trust %q: leave out the zone: addresses are compared without", text)
		}
		prefix, err = address.Prefix(address.BitLen())
	}
	if err != nil {
		return prefix, fmt.Errorf("--trust %q is no address, no network such as 10.0.0.0/8, and not unix", text)
	}
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < 96 {
			return prefix, fmt.Errorf("--trust %q has addresses of IPv4 and of IPv6: name a network of each", text)
		}
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix, nil
}

// isFile reports whether path can be read again, as a pipe cannot.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
