package costrel_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/itsdangerous"
)

// benchSessions are sessions of about 35, 300 and 3000 bytes of JSON: a login,
// a typical one, and one as large as a cookie can be.
var benchSessions = []struct {
	name   string
	values map[string]any
}{
	{"35B", map[string]any{"user_id": 12345, "role": "admin"}},
	{"300B", benchValues(2)},
	{"3KB", benchValues(40)},
}

func benchValues(items int) map[string]any {
	values := map[string]any{
		"user_id": 12345, "_fresh": true, "csrf_token": "1f0c7a2b9d3e4f5061728394a5b6c7d8e9f00112", "locale": "en_GB",
		"email": "someone@example.com", "seen": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	var cart []any
	for i := range items {
		cart = append(cart, map[string]any{"sku": fmt.Sprintf("A-%04d", i*37), "n": i%5 + 1, "price": 19.5 + float64(i)})
	}
	values["cart"] = cart
	return values
}

// discard is a ResponseWriter that keeps its header.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// benchServe measures whole requests through Handler.
func benchServe(b *testing.B, handle func(*costrel.Manager, *http.Request)) {
	for _, session := range benchSessions {
		b.Run(session.name, func(b *testing.B) {
			m := newManager(b, costrel.Config{})
			cookie := costreltest.Cookie(b, m, session.values)
			h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				handle(m, r)
				w.WriteHeader(http.StatusOK)
			}))
			r, err := http.NewRequest("GET", "http://localhost/", nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("Cookie", "session="+cookie.Value)
			w := &discard{http.Header{}}
			b.ReportAllocs()
			b.ReportMetric(float64(len(cookie.Value)), "cookie-bytes")
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkUntouched(b *testing.B) { benchServe(b, func(*costrel.Manager, *http.Request) {}) }

func BenchmarkReadOneValue(b *testing.B) {
	userID := costrel.Key[int]("user_id")
	benchServe(b, func(m *costrel.Manager, r *http.Request) {
		if _, ok := userID.Get(m.Get(r)); !ok {
			b.Fatal("no user_id")
		}
	})
}

func BenchmarkReadAll(b *testing.B) {
	benchServe(b, func(m *costrel.Manager, r *http.Request) {
		for range m.Get(r).All() {
		}
	})
}

func BenchmarkReadModifyWrite(b *testing.B) {
	userID := costrel.Key[int]("user_id")
	benchServe(b, func(m *costrel.Manager, r *http.Request) {
		s := m.Get(r)
		id, _ := userID.Get(s)
		userID.Set(s, id+1)
	})
}

func BenchmarkVerify(b *testing.B) {
	signer, err := new(costrel.Signed).Signer(&costrel.Config{Keys: costrel.NewKeyring(testKey)})
	if err != nil {
		b.Fatal(err)
	}
	for _, session := range benchSessions {
		b.Run(session.name, func(b *testing.B) {
			cookie := costreltest.Cookie(b, newManager(b, costrel.Config{}), session.values)
			token := []byte(cookie.Value)
			window := itsdangerous.Window{Now: time.Now(), MaxAge: time.Hour}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := signer.Unsign(token, window); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
