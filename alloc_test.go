package costrel_test

import (
	"net/http"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
)

// poolsKeep is false under the race detector.
var poolsKeep = true

// TestRequestsAllocateLittle counts what a whole request through Handler
// allocates. Times are for benchmarks; a new allocation is seen here.
func TestRequestsAllocateLittle(t *testing.T) {
	if !poolsKeep {
		t.Skip("the race detector makes pools forget")
	}
	userID := costrel.Key[int]("user_id")
	for _, test := range []struct {
		name   string
		handle func(*costrel.Manager, *http.Request)
		most   [3]float64 // by session; those of the values are in it where all are decoded
	}{
		{"untouched", func(*costrel.Manager, *http.Request) {}, [3]float64{2, 2, 3}}, // the last is compressed, and so opened
		{"read one value", func(m *costrel.Manager, r *http.Request) { userID.Get(m.Get(r)) }, [3]float64{3, 3, 3}},
		{"read all values", func(m *costrel.Manager, r *http.Request) {
			for range m.Get(r).All() {
			}
		}, [3]float64{6, 21, 176}},
		{"change one value", func(m *costrel.Manager, r *http.Request) {
			s := m.Get(r)
			userID.Set(s, userID.Or(s, 0)+1)
		}, [3]float64{7, 7, 7}},
	} {
		for i, session := range benchSessions {
			m := newManager(t, costrel.Config{})
			h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				test.handle(m, r)
				w.WriteHeader(http.StatusOK)
			}))
			r, err := http.NewRequest("GET", "http://localhost/", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Cookie", "session="+costreltest.Cookie(t, m, session.values).Value)
			w := &discard{http.Header{}}
			got := testing.AllocsPerRun(200, func() {
				clear(w.header)
				h.ServeHTTP(w, r)
			})
			if got > test.most[i] {
				t.Errorf("%s, %s: got %v allocations, want at most %v", test.name, session.name, got, test.most[i])
			}
		}
	}
}
