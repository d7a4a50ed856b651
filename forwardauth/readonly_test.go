package forwardauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
)

func TestReadOnly(t *testing.T) {
	tests := []struct {
		name    string
		handler func(*costrel.Session)
		err     error
		vary    string
	}{
		{"what is read is there", func(s *costrel.Session) {
			if got := s.Get("user_id"); got != int64(5) {
				t.Errorf("user_id is %v, want 5", got)
			}
		}, nil, "Cookie"},
		{"nothing is asked for, and a permanent session not refreshed", nil, nil, ""},
		{"a change is an error", func(s *costrel.Session) { s.Set("user_id", 6) }, ErrReadOnly, "Cookie"},
		{"so is a change in place", func(s *costrel.Session) { s.Get("list").([]any)[0] = "b" }, ErrReadOnly, "Cookie"},
		{"logging out deletes no cookie", func(s *costrel.Session) { s.Clear() }, ErrReadOnly, "Cookie"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got error
			sessions, err := costrel.New(costrel.Config{
				Keys:      costrel.NewKeyring(testKey),
				Interface: ReadOnly(nil),
				OnError:   func(_ *http.Request, err error) { got = err },
			})
			if err != nil {
				t.Fatal(err)
			}
			handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.handler != nil {
					tt.handler(sessions.Get(r))
				}
			}))
			r := httptest.NewRequest("GET", "/", nil)
			r.AddCookie(costreltest.Cookie(t, newSessions(t), values{"user_id": 5, "_permanent": true, "list": []any{"a"}}))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if !errors.Is(got, tt.err) {
				t.Errorf("OnError heard %v, want %v", got, tt.err)
			}
			if got := w.Header()["Set-Cookie"]; got != nil {
				t.Errorf("a cookie was set: %q", got)
			}
			if got := w.Header().Get("Vary"); got != tt.vary {
				t.Errorf("Vary %q, want %q", got, tt.vary)
			}
		})
	}
}
