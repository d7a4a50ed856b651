package steps

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/taggedjson"
)

// A Step is what a handler does with its session: a name and arguments, as
// STEPS of oracle.py has them.
type Step []any

// Take does each step, and returns what each answered, typed. The session is
// asked for at the first step: Flask's is not accessed by a handler that takes
// none.
func Take(session func() *costrel.Session, steps []Step) ([]any, error) {
	results := make([]any, len(steps))
	for i, step := range steps {
		var err error
		if results[i], err = step.take(session()); err != nil {
			return nil, fmt.Errorf("step %v: %w", step, err)
		}
	}
	return results, nil
}

func (st Step) take(s *costrel.Session) (any, error) {
	found := func(value any, ok bool) (any, error) {
		if !ok {
			return []any{"absent"}, nil
		}
		return Typed(value), nil
	}
	switch name := st[0].(string); name {
	case "get":
		return found(s.Lookup(st.text(1)))
	case "has":
		return Typed(s.Has(st.text(1))), nil
	case "len":
		return Typed(int64(s.Len())), nil
	case "keys":
		keys := []any{}
		for key := range s.Keys() {
			keys = append(keys, key)
		}
		return Typed(keys), nil
	case "all":
		return Typed(maps.Collect(s.All())), nil
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
		return Typed(s.SetDefault(st.text(1), value)), nil
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
		return Typed(s.Permanent()), nil
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
		return Typed(list), nil
	default:
		return nil, fmt.Errorf("no such step: %s", name)
	}
}

// text returns an argument that is plain JSON.
func (st Step) text(i int) string { return st[i].(string) }

// value returns an argument that is typed.
func (st Step) value(i int) (any, error) {
	data, err := json.Marshal(st[i])
	if err != nil {
		return nil, err
	}
	return Untyped(data)
}

// Environ returns the FLASK_* environment that stands for config, which has
// Flask's own names: each value as JSON, which is how Flask reads them.
func Environ(config map[string]any) []string {
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
