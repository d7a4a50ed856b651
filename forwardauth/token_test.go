package forwardauth

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel/itsdangerous"
)

func TestToken(t *testing.T) {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("another key, long enough")}}
	session := values{"user_id": 5, "name": "Zoë\n", "roles": []any{"a", "b"}, "csrf_token": "secret"}
	tests := []struct {
		name   string
		config Config
		want   string
	}{
		{"the values of the headers", Config{Headers: map[string]string{"X-User-Id": "user_id", "X-User": "user_id"}, Token: &Token{}}, `{"user_id":5}`},
		{"the values that are named, whatever they are", Config{Token: &Token{Values: []string{"user_id", "name", "roles", "none"}}}, `{"name":"Zo\u00eb\n","roles":["a","b"],"user_id":5}`},
		{"no values", Config{Token: &Token{}}, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.config.Require = All()
				tt.config.Token.Options = options
				h := newHandler(t, tt.config)
				identity := h.Check(request(t, "/", session)).Identity

				options := options
				options.Salt = "costrel.identity"
				reader, err := itsdangerous.NewURLSafeTimedSerializer[json.RawMessage](options, nil)
				if err != nil {
					t.Fatal(err)
				}
				got, signedAt, err := reader.Loads(identity.Get("X-Identity"), itsdangerous.Window{Now: time.Now(), MaxAge: 30 * time.Second})
				if err != nil || string(got) != tt.want {
					t.Errorf("the token holds %s, %v, want %s", got, err, tt.want)
				}
				if !signedAt.Equal(time.Now()) {
					t.Errorf("it was signed at %s, want now, %s", signedAt, time.Now())
				}
				if _, _, err := reader.Loads(identity.Get("X-Identity"), itsdangerous.Window{Now: time.Now().Add(31 * time.Second), MaxAge: 30 * time.Second}); err == nil {
					t.Error("the token is still good after 31 seconds")
				}
			})
		})
	}
}
