package main

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/itsdangerous"
)

// A scheme is how a kind of token is signed, and how long it is good for.
type scheme struct {
	kind       string // as --json names it
	title      string
	salt       string
	derivation itsdangerous.Derivation
	digest     func() hash.Hash
	lifetime   time.Duration // 0 if it does not expire
}

var (
	sessionScheme   = scheme{"session", "Flask session", "cookie-session", itsdangerous.HMAC, sha1.New, 31 * day}
	csrfScheme      = scheme{"csrf", "Flask-WTF CSRF token", "wtf-csrf-token", itsdangerous.DjangoConcat, sha1.New, time.Hour}
	linkScheme      = scheme{"link", "itsdangerous token", "itsdangerous", itsdangerous.DjangoConcat, sha1.New, 0}
	starletteScheme = scheme{"starlette", "Starlette session", "itsdangerous.Signer", itsdangerous.DjangoConcat, sha1.New, 14 * day}

	schemes = []scheme{sessionScheme, csrfScheme, linkScheme, starletteScheme}
)

// options returns what a signer of the scheme needs.
func (s scheme) options(ring keyfile.Ring) (itsdangerous.Options, error) {
	o := itsdangerous.Options{Keys: ring.Keys, Salt: s.salt, Derivation: s.derivation, Digest: s.digest}
	if ring.Salt != "" {
		if ring.Salt != s.salt {
			return o, fmt.Errorf("the keys were derived for the salt %q, and %q is needed", ring.Salt, s.salt)
		}
		o.Derivation = itsdangerous.None
	}
	return o, nil
}

// schemeFlags are the flags of a scheme: a preset, and what differs from it.
type schemeFlags struct {
	csrf, link bool
	salt       string
	derivation string
	digest     string
	lifetime   lifetime
}

func (f *schemeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.salt, "salt", "", "`SALT` of the signature (default Flask's, \"cookie-session\")")
	flags.StringVar(&f.derivation, "derivation", "", "`NAME` of the signing key's derivation: hmac, django-concat, concat or none")
	flags.StringVar(&f.digest, "digest", "", "`NAME` of the signature's digest: sha1, sha224, sha256, sha384 or sha512")
	cmd.RegisterFlagCompletionFunc("derivation", cobra.FixedCompletions(slices.Sorted(maps.Keys(derivations)), cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("digest", cobra.FixedCompletions(slices.Sorted(maps.Keys(digests)), cobra.ShellCompDirectiveNoFileComp))
}

// registerPresets adds the flags for other tokens than sessions.
func (f *schemeFlags) registerPresets(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.csrf, "csrf", false, "a CSRF token of Flask-WTF, good for an hour")
	flags.BoolVar(&f.link, "link", false, "a token of itsdangerous' own defaults, as in links: give its --salt too if it has one")
	cmd.MarkFlagsMutuallyExclusive("csrf", "link")
}

func (f *schemeFlags) registerLifetime(cmd *cobra.Command) {
	cmd.Flags().Var(&f.lifetime, "lifetime", "how long a token is good, such as 12h or 31d (default Flask's setting, or 31d)")
}

// scheme returns the scheme that the flags ask for.
func (f *schemeFlags) scheme() (scheme, error) {
	s := sessionScheme
	switch {
	case f.csrf:
		s = csrfScheme
	case f.link:
		s = linkScheme
	default:
		config, err := flaskConfig()
		if err != nil {
			return s, err
		}
		if config.Lifetime != 0 {
			s.lifetime = config.Lifetime
		}
	}
	if f.salt != "" {
		s.salt = f.salt
	}
	if f.derivation != "" {
		derivation, ok := derivations[f.derivation]
		if !ok {
			return s, fmt.Errorf("--derivation %q is none of hmac, django-concat, concat and none", f.derivation)
		}
		s.derivation = derivation
	}
	if f.digest != "" {
		digest, ok := digests[strings.ToLower(f.digest)]
		if !ok {
			return s, fmt.Errorf("--digest %q is none of sha1, sha224, sha256, sha384 and sha512", f.digest)
		}
		s.digest = digest
	}
	if f.lifetime != 0 {
		s.lifetime = time.Duration(f.lifetime)
	}
	return s, nil
}

var derivations = map[string]itsdangerous.Derivation{
	"hmac":          itsdangerous.HMAC,
	"django-concat": itsdangerous.DjangoConcat,
	"concat":        itsdangerous.Concat,
	"none":          itsdangerous.None,
}

var digests = map[string]func() hash.Hash{
	"sha1":   sha1.New,
	"sha224": sha256.New224,
	"sha256": sha256.New,
	"sha384": sha512.New384,
	"sha512": sha512.New,
}

// flaskConfig returns the settings of the FLASK_* environment but its keys,
// which are not needed where others were given.
func flaskConfig() (costrel.Config, error) {
	return costrel.ConfigFromEnv(slices.DeleteFunc(os.Environ(), func(setting string) bool {
		return strings.HasPrefix(setting, "FLASK_SECRET_KEY")
	}))
}
