package forwardauth

import (
	"testing"
)

func TestRules(t *testing.T) {
	tests := []struct {
		name    string
		rule    Rule
		session values
		want    Verdict
	}{
		{"a key that is there", Has("user_id"), values{"user_id": 0}, Allow},
		{"a key that is not", Has("user_id"), values{"other": 1}, LogIn},
		{"null is nobody", Has("user_id"), values{"user_id": nil}, LogIn},
		{"a value of no session", Equal("role", "admin"), nil, LogIn},
		{"the value", Equal("role", "admin"), values{"role": "admin"}, Allow},
		{"another", Equal("role", "admin"), values{"role": "Admin"}, Forbid},
		{"none", Equal("role", "admin"), values{"x": 1}, Forbid},
		{"a list with the value is not the value", Equal("role", "admin"), values{"role": []string{"admin"}}, Forbid},
		{"a number is no text", Equal("n", "5"), values{"n": 5}, Forbid},
		{"text is no number", Equal("n", 5), values{"n": "5"}, Forbid},
		{"the number", Equal("n", 5), values{"n": 5}, Allow},
		{"a float is no integer", Equal("n", 5), values{"n": 5.0}, Forbid},
		{"true is not 1", Equal("flag", 1), values{"flag": true}, Forbid},
		{"1 is not true", Equal("flag", true), values{"flag": 1}, Forbid},
		{"false is not absent", Equal("flag", false), values{"x": 1}, Forbid},
		{"zero is not absent", Equal("n", 0), values{"x": 1}, Forbid},
		{"null is not empty", Equal("role", ""), values{"role": nil}, Forbid},

		{"all of them", All(Has("a"), Has("b")), values{"a": 1, "b": 1}, Allow},
		{"not all: who is logged in and may not", All(Has("a"), Equal("b", 1)), values{"a": 1}, Forbid},
		{"not all: who is not logged in", All(Equal("b", 1), Has("a")), values{"x": 1}, LogIn},
		{"all of none", All(), nil, Allow},
		{"one of them", Any(Has("a"), Has("b")), values{"b": 1}, Allow},
		{"one of two roles", All(Has("a"), Any(Equal("role", "admin"), Equal("role", "editor"))), values{"a": 1, "role": "editor"}, Allow},
		{"none of two roles", All(Has("a"), Any(Equal("role", "admin"), Equal("role", "editor"))), values{"a": 1, "role": "user"}, Forbid},
		{"one of none", Any(), values{"a": 1}, LogIn},

		{"Flask-Login: a user", FlaskLogin(), values{"_user_id": "5"}, Allow},
		{"Flask-Login: a visitor", FlaskLogin(), values{"csrf_token": "x"}, LogIn},
		{"Flask-Login: logged in just now", FlaskLoginFresh(), values{"_user_id": "5", "_fresh": true}, Allow},
		{"Flask-Login: remembered", FlaskLoginFresh(), values{"_user_id": "5", "_fresh": false}, LogIn},
		{"Flask-Login: 1 is not fresh", FlaskLoginFresh(), values{"_user_id": "5", "_fresh": 1}, LogIn},
		{"Flask-Login: fresh is nobody", FlaskLoginFresh(), values{"_fresh": true}, LogIn},
	}
	h := newHandler(t, Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rule(h.Check(request(t, "/", tt.session)).Session); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseRule(t *testing.T) {
	tests := []struct {
		text    string
		session values
		want    Verdict
	}{
		{"user_id", values{"user_id": "x"}, Allow},
		{"user_id", values{"x": "x"}, LogIn},
		{"role=admin", values{"role": "admin"}, Allow},
		{"role=", values{"role": ""}, Allow},
		{"role=a=b", values{"role": "a=b"}, Allow},
		{"role= admin", values{"role": "admin"}, Forbid},
		{"level=5", values{"level": 5}, Allow},
		{"level=5", values{"level": "5"}, Forbid},
		{`level="5"`, values{"level": "5"}, Allow},
		{"level=0.5", values{"level": 0.5}, Allow},
		{"staff=true", values{"staff": true}, Allow},
		{"staff=true", values{"staff": "true"}, Forbid},
		{"staff=True", values{"staff": "True"}, Allow},
		{"staff=false", values{"x": 1}, Forbid},
	}
	h := newHandler(t, Config{})
	for _, tt := range tests {
		rule, err := ParseRule(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := rule(h.Check(request(t, "/", tt.session)).Session); got != tt.want {
			t.Errorf("%s, of %v: %s, want %s", tt.text, tt.session, got, tt.want)
		}
	}
	for _, text := range []string{"", "=1", "a=null", "a=[1]", "a={}", "a=100000000000000000000"} {
		if _, err := ParseRule(text); err == nil {
			t.Errorf("%q is a rule, and should not be", text)
		}
	}
}
