package costrel_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel"
)

func TestTheEnvironmentIsReadAsFlaskReadsIt(t *testing.T) {
	for _, test := range []struct {
		name    string
		environ []string
		want    costrel.Config
	}{
		{"nothing", nil, costrel.Config{}},
		{"what is not Flask's", []string{"SECRET_KEY=x", "PATH=/bin", "FLASK_DEBUG=1", "FLASK_APP=app", "odd"}, costrel.Config{}},
		{"everything", []string{
			"FLASK_PERMANENT_SESSION_LIFETIME=3600",
			"FLASK_SESSION_COOKIE_NAME=s",
			"FLASK_SESSION_COOKIE_DOMAIN=.example.com",
			"FLASK_SESSION_COOKIE_PATH=/app",
			"FLASK_SESSION_COOKIE_SECURE=true",
			"FLASK_SESSION_COOKIE_HTTPONLY=false",
			"FLASK_SESSION_COOKIE_SAMESITE=Lax",
			"FLASK_SESSION_COOKIE_PARTITIONED=true",
			"FLASK_SESSION_REFRESH_EACH_REQUEST=false",
			"FLASK_MAX_COOKIE_SIZE=4000",
		}, costrel.Config{
			Lifetime:      time.Hour,
			NoRefresh:     true,
			MaxCookieSize: 4000,
			Cookie: costrel.Cookie{Name: "s", Domain: ".example.com", Path: "/app", Secure: true, ScriptReadable: true,
				SameSite: http.SameSiteLaxMode, Partitioned: true},
		}},
		{"defaults, said", []string{
			"FLASK_SESSION_COOKIE_DOMAIN=null",
			"FLASK_SESSION_COOKIE_PATH=null",
			"FLASK_SESSION_COOKIE_SECURE=false",
			"FLASK_SESSION_COOKIE_HTTPONLY=true",
			"FLASK_SESSION_COOKIE_SAMESITE=null",
			"FLASK_SESSION_REFRESH_EACH_REQUEST=true",
		}, costrel.Config{}},
		{"JSON in double quotes", []string{`FLASK_SESSION_COOKIE_NAME="123"`}, costrel.Config{Cookie: costrel.Cookie{Name: "123"}}},
		{"numbers for truth", []string{"FLASK_SESSION_COOKIE_SECURE=1", "FLASK_SESSION_REFRESH_EACH_REQUEST=0"}, costrel.Config{Cookie: costrel.Cookie{Secure: true}, NoRefresh: true}},
		{"SameSite in other letters, as Werkzeug titles it", []string{"FLASK_SESSION_COOKIE_SAMESITE=sTRICT"}, costrel.Config{Cookie: costrel.Cookie{SameSite: http.SameSiteStrictMode}}},
		{"a fraction of a second", []string{"FLASK_PERMANENT_SESSION_LIFETIME=1.5"}, costrel.Config{Lifetime: 1500 * time.Millisecond}},
		{"the root where there is no path", []string{"FLASK_APPLICATION_ROOT=/root"}, costrel.Config{Cookie: costrel.Cookie{Path: "/root"}}},
		{"the path before the root", []string{"FLASK_APPLICATION_ROOT=/root", "FLASK_SESSION_COOKIE_PATH=/path"}, costrel.Config{Cookie: costrel.Cookie{Path: "/path"}}},
		{"no fallbacks", []string{"FLASK_SECRET_KEY_FALLBACKS="}, costrel.Config{}},
		{"no limit of the size", []string{"FLASK_MAX_COOKIE_SIZE=0"}, costrel.Config{MaxCookieSize: -1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := costrel.ConfigFromEnv(test.environ)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("\n got %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestKeysFromTheEnvironment(t *testing.T) {
	config, err := costrel.ConfigFromEnv([]string{
		`FLASK_SECRET_KEY_FALLBACKS=["the oldest key of these tests", "the older key of these tests"]`,
		"FLASK_SECRET_KEY=" + testKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Keys.Len(); got != 3 {
		t.Errorf("got %d keys, want 3", got)
	}
	if _, err := costrel.New(config); err != nil {
		t.Error(err)
	}

	// As in Flask, an empty key is none, and fallbacks alone are no keys.
	for _, environ := range [][]string{{"FLASK_SECRET_KEY="}, {`FLASK_SECRET_KEY_FALLBACKS=["the older key of these tests"]`}} {
		config, err := costrel.ConfigFromEnv(environ)
		if err != nil {
			t.Error(err)
		}
		if _, err := costrel.New(config); err == nil || !strings.Contains(err.Error(), "no key") {
			t.Errorf("%v: New: got %v, want an error", environ, err)
		}
	}
}

func TestSettingsThatFlaskCouldNotUseAreRefused(t *testing.T) {
	for _, test := range []struct{ setting, want string }{
		{"FLASK_SECRET_KEY=12345678901234567890", "double quotes"},
		{`FLASK_SECRET_KEY=["hidden"]`, "list"},
		{"FLASK_SECRET_KEY_FALLBACKS=hidden", "list of strings"},
		{"FLASK_SECRET_KEY_FALLBACKS=[1]", "list of strings"},
		{"FLASK_PERMANENT_SESSION_LIFETIME=1 hour", "seconds"},
		{"FLASK_PERMANENT_SESSION_LIFETIME=0", "0 seconds"},
		{"FLASK_PERMANENT_SESSION_LIFETIME=-5", "-5 seconds"},
		{"FLASK_PERMANENT_SESSION_LIFETIME=1e300", "seconds"},
		{"FLASK_PERMANENT_SESSION_LIFETIME=NaN", "seconds"},
		{"FLASK_SESSION_COOKIE_SECURE=True", "lower case"},
		{"FLASK_SESSION_COOKIE_HTTPONLY=no", "true or false"},
		{"FLASK_SESSION_COOKIE_HTTPONLY=0", "write false"},
		{"FLASK_SESSION_COOKIE_SECURE=0", "write false"},
		{"FLASK_SESSION_COOKIE_SAMESITE=Loose", "Strict, Lax or None"},
		{"FLASK_SESSION_COOKIE_SAMESITE=", "Strict, Lax or None"},
		{"FLASK_SESSION_COOKIE_NAME=5", "double quotes"},
		{"FLASK_SESSION_COOKIE_DOMAIN=true", "text"},
		{"FLASK_MAX_COOKIE_SIZE=big", "bytes"},
		{"FLASK_MAX_COOKIE_SIZE=-1", "bytes"},
		{"FLASK_SESSION_COOKIE_SAME_SITE=Lax", "did you mean FLASK_SESSION_COOKIE_SAMESITE?"},
		{"FLASK_SESSION_REFRESH=1", "did you mean FLASK_SESSION_REFRESH_EACH_REQUEST?"},
		{"FLASK_SESSION_TYPE=redis", "no setting of Flask's sessions"},
	} {
		t.Run(test.setting, func(t *testing.T) {
			_, err := costrel.ConfigFromEnv([]string{test.setting})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an error with %q", err, test.want)
			}
			name, value, _ := strings.Cut(test.setting, "=")
			if got := err.Error(); !strings.Contains(got, name) || strings.Contains(name, "KEY") && strings.Contains(got, strings.Trim(value, `[]"`)) {
				t.Errorf("got %q, want the name and no key", got)
			}
		})
	}
}

func TestNoPrintingShowsAKey(t *testing.T) {
	keys := costrel.NewKeyring(testKey, "the older key of these tests")
	config := costrel.Config{Keys: keys}
	m := newManager(t, config)
	for _, v := range []any{keys, &keys, config, &config, m, *m} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, "tests") || strings.Contains(got, fmt.Sprintf("%x", testKey)) || strings.Contains(got, fmt.Sprint([]byte(testKey)[:4])[1:10]) {
				t.Errorf("%s of a %T shows a key: %s", verb, v, got)
			}
		}
	}
}
