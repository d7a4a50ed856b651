package gateway

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/forwardauth"
)

// A sink is a response that goes nowhere.
type sink struct{ header http.Header }

func (s sink) Header() http.Header         { return s.header }
func (s sink) Write(p []byte) (int, error) { return len(p), nil }
func (s sink) WriteHeader(int)             {}

// BenchmarkAsked is what an answer costs beside the server that sends it, for a
// session as Flask-Login makes it, compressed by Flask and not.
func BenchmarkAsked(b *testing.B) {
	for _, bm := range []struct {
		name  string
		above int
	}{{"plain", -1}, {"compressed", 1}} {
		b.Run(bm.name, func(b *testing.B) {
			sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(oldKey), Interface: &costrel.Signed{CompressAbove: bm.above}})
			if err != nil {
				b.Fatal(err)
			}
			g := &gateway{metrics: newMetrics(), Config: Config{
				Auth:     forwardauth.Config{Headers: map[string]string{"X-User-Id": "_user_id"}},
				Sessions: func(keyfile.Ring) (*costrel.Manager, error) { return sessions, nil },
				Log:      slog.New(slog.DiscardHandler),
			}}
			handler, err := g.newHandler(keyfile.Ring{})
			if err != nil {
				b.Fatal(err)
			}
			g.use(keyfile.Ring{}, handler)

			r, err := http.NewRequest("GET", "/", nil)
			if err != nil {
				b.Fatal(err)
			}
			r.AddCookie(costreltest.Cookie(b, sessions, map[string]any{"_fresh": true, "_user_id": "ann", "role": "user",
				"_id": "0f5d2c8f35f7c9d4c35c8ab31eb9e5bd1f3ab6b1c5a0fa7d0d8e3e4e9b0d0b1f0f5d2c8f35f7c9d4c35c8ab31eb9e5bd1f3ab6b1c5a0fa7d0d8e3e4e9b0d0b1f"}))
			w := sink{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				g.ServeHTTP(w, r)
			}
			if w.header.Get("X-User-Id") != "ann" {
				b.Fatal(w.header)
			}
		})
	}
}
