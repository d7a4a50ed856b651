package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/internal/steps"
)

// goApp is flaskapp/app.py in Go.
func goApp(sessions *costrel.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s := sessions.Get(r)
		s.Clear()
		s.Set("user", r.FormValue("name"))
		s.SetPermanent(r.FormValue("remember") == "on")
		fmt.Fprintln(w, "in")
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Clear()
		fmt.Fprintln(w, "out")
	})
	mux.HandleFunc("GET /session", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(steps.Typed(maps.Collect(sessions.Get(r).All())))
	})
	mux.HandleFunc("POST /steps", func(w http.ResponseWriter, r *http.Request) {
		var taken []steps.Step
		if err := json.NewDecoder(r.Body).Decode(&taken); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		results, err := steps.Take(func() *costrel.Session { return sessions.Get(r) }, taken)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		json.NewEncoder(w).Encode(results)
	})
	return sessions.Handler(mux)
}

// newManager returns a manager that tells the test of every error, with the
// configuration that environ gives a Flask application.
func newManager(t testing.TB, environ ...string) *costrel.Manager {
	t.Helper()
	config, err := costrel.ConfigFromEnv(environ)
	if err != nil {
		t.Fatal(err)
	}
	config.OnError = func(r *http.Request, err error) { t.Errorf("%s %s: %v", r.Method, r.URL, err) }
	sessions, err := costrel.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}
