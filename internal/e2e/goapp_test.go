package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/taggedjson"
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
		json.NewEncoder(w).Encode(typed(maps.Collect(sessions.Get(r).All())))
	})
	mux.HandleFunc("POST /steps", func(w http.ResponseWriter, r *http.Request) {
		var steps []step
		if err := json.NewDecoder(r.Body).Decode(&steps); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		results, err := take(func() *costrel.Session { return sessions.Get(r) }, steps)
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

// A step is what a handler does with its session: a name and arguments, as
// STEPS of oracle.py has them.
type step []any

// take does each step, and returns what each answered, typed. The session is
// asked for at the first step: Flask's is not accessed by a handler that takes
// none.
func take(session func() *costrel.Session, steps []step) ([]any, error) {
	results := make([]any, len(steps))
	for i, step := range steps {
		var err error
		if results[i], err = step.take(session()); err != nil {
			return nil, fmt.Errorf("step %v: %w", step, err)
		}
	}
	return results, nil
}

func (st step) take(s *costrel.Session) (any, error) {
	found := func(value any, ok bool) (any, error) {
		if !ok {
			return []any{"absent"}, nil
		}
		return typed(value), nil
	}
	switch name := st[0].(string); name {
	case "get":
		return found(s.Lookup(st.text(1)))
	case "has":
		return typed(s.Has(st.text(1))), nil
	case "len":
		return typed(int64(s.Len())), nil
	case "keys":
		keys := []any{}
		for key := range s.Keys() {
			keys = append(keys, key)
		}
		return typed(keys), nil
	case "all":
		return typed(maps.Collect(s.All())), nil
	case "set":
		value, err := st.value(2)
		if err == nil {
			s.Set(st.text(1), value)
		}
		return nil, err
	case "delete":
		s.Delete(st.text(1))
		return nil, nil
	case "pop":
		return found(s.Pop(st.text(1)))
	case "setdefault":
		value, err := st.value(2)
		if err != nil {
			return nil, err
		}
		return typed(s.SetDefault(st.text(1), value)), nil
	case "update":
		value, err := st.value(1)
		if err == nil {
			s.Update(value.(map[string]any))
		}
		return nil, err
	case "clear":
		s.Clear()
		return nil, nil
	case "put": // Flask has to be told of a change inside a value
		value, err := st.value(3)
		if err == nil {
			s.Get(st.text(1)).(map[string]any)[st.text(2)] = value
		}
		return nil, err
	case "permanent":
		return typed(s.Permanent()), nil
	case "set_permanent":
		s.SetPermanent(st[1].(bool))
		return nil, nil
	case "set_modified":
		s.SetModified()
		return nil, nil
	case "flash":
		message, err := st.value(1)
		if err != nil {
			return nil, err
		}
		if len(st) > 2 {
			s.Flash(message, st.text(2))
		} else {
			s.Flash(message)
		}
		return nil, nil
	case "flashes":
		var categories []string
		for i := range st[1:] {
			categories = append(categories, st.text(i+1))
		}
		list := []any{}
		for _, f := range s.Flashes(categories...) {
			list = append(list, taggedjson.Tuple{f.Category, f.Message})
		}
		return typed(list), nil
	default:
		return nil, fmt.Errorf("no such step: %s", name)
	}
}

// text returns an argument that is plain JSON.
func (st step) text(i int) string { return st[i].(string) }

// value returns an argument that is typed.
func (st step) value(i int) (any, error) {
	data, err := json.Marshal(st[i])
	if err != nil {
		return nil, err
	}
	return untyped(data)
}

// environ returns the FLASK_* environment that stands for config, which has
// Flask's own names: each value as JSON, which is how Flask reads them.
func environ(config map[string]any) []string {
	var environ []string
	for _, name := range slices.Sorted(maps.Keys(config)) {
		value, err := json.Marshal(config[name])
		if err != nil {
			panic(err)
		}
		environ = append(environ, fmt.Sprintf("FLASK_%s=%s", name, value))
	}
	return environ
}
