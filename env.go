package costrel

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/costrel/costrel/taggedjson"
)

const envPrefix = "FLASK_"

// ConfigFromEnv returns the Config that Flask's settings in environ make,
// which is os.Environ() or of its form, so that a Flask and a Go application
// share one environment file. It follows flask/config.py from_prefixed_env: a
// setting is named FLASK_ and its Flask name, such as FLASK_SECRET_KEY, and its
// value is JSON, or the text itself if it is none.
//
// Settings that have nothing to do with sessions are left alone. A name that
// starts with FLASK_SESSION_ and is no setting of Flask's, and a value that
// Flask could not use either, are errors that say what to write instead; none
// shows a key.
func ConfigFromEnv(environ []string) (Config, error) {
	var config Config
	values := map[string]string{}
	for _, setting := range environ {
		if name, value, ok := strings.Cut(setting, "="); ok && strings.HasPrefix(name, envPrefix) {
			values[strings.TrimPrefix(name, envPrefix)] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		set, ok := settings[name]
		switch {
		case ok:
			if err := set(&config, parseEnv(values[name])); err != nil {
				return Config{}, fmt.Errorf("%s%s %w", envPrefix, name, err)
			}
		case strings.HasPrefix(name, "SESSION_"):
			return Config{}, fmt.Errorf("%s%s is no setting of Flask's sessions: did you mean %s%s?", envPrefix, name, envPrefix, nearest(name))
		}
	}
	// Each depends on another setting, and so comes last.
	if path, ok := parseEnv(values["APPLICATION_ROOT"]).(string); ok && config.Cookie.Path == "" {
		config.Cookie.Path = path
	}
	if fallbacks, ok := parseEnv(values["SECRET_KEY_FALLBACKS"]).([]any); ok && config.Keys.Len() > 0 {
		var keys []string
		for _, key := range slices.Backward(fallbacks) { // Flask tries the last first
			keys = append(keys, key.(string))
		}
		config.Keys = NewKeyring(string(config.Keys.all()[0]), keys...)
	}
	return config, nil
}

// settings is what each of Flask's settings does to a Config, given its value
// as Python would have it.
var settings = map[string]func(*Config, any) error{
	"SECRET_KEY": func(c *Config, v any) error {
		key, ok := v.(string)
		if !ok {
			return fmt.Errorf("reads as JSON, as Flask reads it, and so as Python's %s: put the key in double quotes within the value", taggedjson.PythonType(v))
		}
		if key != "" { // as Flask takes it, an empty key is none
			c.Keys = NewKeyring(key)
		}
		return nil
	},
	"SECRET_KEY_FALLBACKS": func(c *Config, v any) error {
		keys, ok := v.([]any)
		for _, key := range keys {
			_, isText := key.(string)
			ok = ok && isText
		}
		if !ok && v != nil && v != "" { // as Flask takes them, both are none
			return fmt.Errorf(`must be a JSON list of strings, such as ["old key"]`)
		}
		return nil
	},
	"PERMANENT_SESSION_LIFETIME": func(c *Config, v any) error {
		var seconds float64
		switch v := v.(type) {
		case int64:
			seconds = float64(v)
		case float64:
			seconds = v
		default:
			return fmt.Errorf("is Python's %s, and must be a number of seconds", taggedjson.PythonType(v))
		}
		if !(seconds >= 1 && seconds < math.MaxInt64/1e9) {
			return fmt.Errorf("is %v seconds: a session would not outlive its request, or no clock could tell", v)
		}
		c.Lifetime = time.Duration(seconds * 1e9)
		return nil
	},
	"SESSION_COOKIE_NAME":          text(func(c *Config, v string) { c.Cookie.Name = v }),
	"SESSION_COOKIE_DOMAIN":        text(func(c *Config, v string) { c.Cookie.Domain = v }),
	"SESSION_COOKIE_PATH":          text(func(c *Config, v string) { c.Cookie.Path = v }),
	"APPLICATION_ROOT":             text(func(*Config, string) {}),
	"SESSION_COOKIE_HTTPONLY":      attribute(func(c *Config, v bool) { c.Cookie.ScriptReadable = !v }),
	"SESSION_COOKIE_SECURE":        attribute(func(c *Config, v bool) { c.Cookie.Secure = v }),
	"SESSION_COOKIE_PARTITIONED":   attribute(func(c *Config, v bool) { c.Cookie.Partitioned = v }),
	"SESSION_REFRESH_EACH_REQUEST": truth(func(c *Config, v bool) { c.NoRefresh = !v }),
	"SESSION_COOKIE_SAMESITE": func(c *Config, v any) error {
		if v == nil {
			return nil
		}
		name, _ := v.(string)
		for _, mode := range []http.SameSite{http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode} {
			if strings.EqualFold(name, sameSiteName(mode)) {
				c.Cookie.SameSite = mode
				return nil
			}
		}
		return fmt.Errorf("must be Strict, Lax or None, or null to leave it out")
	},
	"MAX_COOKIE_SIZE": func(c *Config, v any) error {
		size, ok := v.(int64)
		if !ok || size < 0 || size > math.MaxInt32 {
			return fmt.Errorf("must be a number of bytes, or 0 for no limit")
		}
		if c.MaxCookieSize = int(size); size == 0 {
			c.MaxCookieSize = -1
		}
		return nil
	},
}

func text(set func(*Config, string)) func(*Config, any) error {
	return func(c *Config, v any) error {
		switch v := v.(type) {
		case string:
			set(c, v)
		case nil: // None, the default
		case bool:
			if v {
				return fmt.Errorf("is true, and must be text")
			}
		default:
			return fmt.Errorf("reads as JSON, as Flask reads it, and so as Python's %s: put it in double quotes within the value", taggedjson.PythonType(v))
		}
		return nil
	}
}

func truth(set func(*Config, bool)) func(*Config, any) error {
	return func(c *Config, v any) error {
		switch v := v.(type) {
		case bool:
			set(c, v)
		case int64:
			set(c, v != 0)
		default: // Flask takes the text "False" for true
			return fmt.Errorf("must be true or false, in lower case, as in JSON")
		}
		return nil
	}
}

// attribute is truth for an attribute of the cookie, which Flask leaves out for
// false alone.
func attribute(set func(*Config, bool)) func(*Config, any) error {
	return func(c *Config, v any) error {
		if v == int64(0) {
			return fmt.Errorf("is 0, for which Flask sends the attribute: write false")
		}
		return truth(set)(c, v)
	}
}

// parseEnv reads a value as from_prefixed_env does, but for tags, which mean
// nothing to it: no setting is an object.
func parseEnv(value string) any {
	var codec taggedjson.Codec
	if parsed, err := codec.Unmarshal([]byte(value)); err == nil {
		return parsed
	}
	return value
}

// nearest returns the setting that name begins, or whose name is the fewest
// edits away.
func nearest(name string) string {
	names := slices.Sorted(maps.Keys(settings))
	if i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, name) }); i >= 0 {
		return names[i]
	}
	return slices.MinFunc(names, func(a, b string) int { return distance(name, a) - distance(name, b) })
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
