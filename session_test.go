package costrel_test

import (
	"errors"
	"fmt"
	"html/template"
	"iter"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
	"github.com/costrel/costrel/taggedjson"
)

const testKey = "of-these-tests-and-no-others"

// newManager returns a Manager of config with a key, whose every error fails
// the test unless config has a hook for it.
func newManager(t testing.TB, config costrel.Config) *costrel.Manager {
	t.Helper()
	if config.Keys.Len() == 0 {
		config.Keys = costrel.NewKeyring(testKey)
	}
	if config.OnError == nil {
		config.OnError = func(_ *http.Request, err error) { t.Errorf("OnError: %v", err) }
	}
	m, err := costrel.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parse returns the session in a payload.
func parse(t testing.TB, payload string) *costrel.Session {
	t.Helper()
	s, err := costrel.ParseSession([]byte(payload), nil)
	if err != nil {
		t.Fatalf("ParseSession(%s): %v", payload, err)
	}
	return s
}

func payload(t testing.TB, s *costrel.Session) string {
	t.Helper()
	data, err := s.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWhatIsNotTouchedIsNotChanged(t *testing.T) {
	for _, test := range []struct{ name, value string }{
		{"an unknown tag", `{" x":[1,2]}`},
		{"an integer beyond 64 bits", `123456789012345678901234567890`},
		{"a lone surrogate", `"\ud800"`},
		{"keys that are not sorted", `{"b":1,"a":2}`},
		{"a key twice", `{"a":1,"a":2}`},
		{"spaces", `[ 1 , 2 ]`},
		{"another spelling of a number", `1E2`},
		{"letters that are not escaped", `"é"`},
		{"a date that is none", `{" d":"tomorrow"}`},
		{"bytes that are none", `{" b":"?"}`},
		{"NaN", `[NaN,-Infinity]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := parse(t, `{"a":1,"kept":`+test.value+`,"z":2}`)
			s.Set("a", 2)
			s.Delete("z")
			s.Set("b", "new")
			want := `{"a":2,"b":"new","kept":` + test.value + `}`
			if got := payload(t, s); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestWhatIsReadButNotChangedIsNotChanged(t *testing.T) {
	type cart struct {
		Items []int `json:"items"`
	}
	const value = `{"other":"kept","items":[1,2]}`
	s := parse(t, `{"cart":`+value+`}`)
	if c, ok := costrel.Key[cart]("cart").Get(s); !ok || len(c.Items) != 2 {
		t.Fatalf("got %v, %v", c, ok)
	}
	s.Get("cart")
	if s.Modified() {
		t.Error("the session counts as modified")
	}
	if got, want := payload(t, s), `{"cart":`+value+`}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestChangesInPlaceAreNoticed(t *testing.T) {
	type cart struct {
		Items map[string]int `json:"items"`
	}
	for _, test := range []struct {
		name   string
		change func(*costrel.Session)
		want   string
	}{
		{"in a map", func(s *costrel.Session) { s.Get("map").(map[string]any)["a"] = 2 }, `{"list":[1,2],"map":{"a":2}}`},
		{"in a slice", func(s *costrel.Session) { s.Get("list").([]any)[0] = "x" }, `{"list":["x",2],"map":{"a":1}}`},
		{"in a typed slice", func(s *costrel.Session) {
			list, _ := costrel.Key[[]int]("list").Get(s)
			list[1] = 5
		}, `{"list":[1,5],"map":{"a":1}}`},
		{"in a map within a struct", func(s *costrel.Session) {
			s.Set("map", cart{map[string]int{"a": 1}})
			c, _ := costrel.Key[cart]("map").Get(s)
			c.Items["b"] = 2
		}, `{"list":[1,2],"map":{"items":{"a":1,"b":2}}}`},
		{"after it was set", func(s *costrel.Session) {
			m := map[string]any{}
			s.Set("map", m)
			m["later"] = true
		}, `{"list":[1,2],"map":{"later":true}}`},
		{"in one of two views", func(s *costrel.Session) {
			list, _ := costrel.Key[[]int]("list").Get(s)
			s.Get("list")
			list[0] = 9
		}, `{"list":[9,2],"map":{"a":1}}`},
		{"in the view that came first, then seen by the second", func(s *costrel.Session) {
			s.Get("list").([]any)[0] = 9
			list, _ := costrel.Key[[]int]("list").Get(s)
			list[1] = list[0] + 1
		}, `{"list":[9,10],"map":{"a":1}}`},
		{"through SetDefault", func(s *costrel.Session) {
			s.SetDefault("new", map[string]any{}).(map[string]any)["a"] = 1
		}, `{"list":[1,2],"map":{"a":1},"new":{"a":1}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := parse(t, `{"list":[1,2],"map":{"a":1}}`)
			test.change(s)
			for range 2 { // however often it is asked
				if !s.Modified() {
					t.Error("the session does not count as modified")
				}
				if got := payload(t, s); got != test.want {
					t.Errorf("\n got %s\nwant %s", got, test.want)
				}
			}
		})
	}
}

func TestGetReturnsTheSameTypeWhateverWasReadBefore(t *testing.T) {
	s := parse(t, `{"list":["a"]}`)
	costrel.Key[[]string]("list").Get(s)
	if got, ok := s.Get("list").([]any); !ok {
		t.Errorf("after a typed read: got %T, want []any", got)
	}
	s.Set("list", []string{"b"})
	if got, ok := s.Get("list").([]any); !ok || got[0] != "b" {
		t.Errorf("after a typed write: got %T %v, want []any of b", got, got)
	}
}

func TestTheSameIsHandedOutEachTime(t *testing.T) {
	s := parse(t, `{"map":{}}`)
	s.Get("map").(map[string]any)["a"] = 1
	if got, _ := s.Raw("map"); string(got) != `{"a":1}` {
		t.Errorf("as JSON: got %s, want 1", got)
	}
	if got := s.Get("map").(map[string]any)["a"]; got != 1 {
		t.Errorf("got %v, want 1", got)
	}
}

// ended returns what a session is after its request: its memory is free, and
// others have used it since.
func ended(t *testing.T, json string, handle func(*costrel.Session)) *costrel.Session {
	t.Helper()
	m := newManager(t, costrel.Config{})
	var s *costrel.Session
	serve(m, func(of *costrel.Session) { s = of; handle(s) }, "session="+signed(t, encoded(json)))
	other := fmt.Sprintf(`{"other":%q}`, strings.Repeat("-", len(json)-len(`{"other":""}`))) // as long
	serve(m, func(s *costrel.Session) { _ = maps.Collect(s.All()) }, "session="+signed(t, encoded(other)))
	return s
}

func TestAChangeInPlaceIsNoticedWhateverCameBefore(t *testing.T) {
	const held, changed = `{"list":[1,2],"map":{"a":1}}`, `{"list":[9,2],"map":{"a":1}}`
	for _, test := range []struct {
		name   string
		before func(*costrel.Session)
		want   string
		same   bool // as Get returned
	}{
		{"nothing", func(s *costrel.Session) {}, changed, true},
		{"another was handed out", func(s *costrel.Session) { s.Get("map") }, changed, true},
		{"another was written", func(s *costrel.Session) { s.Get("map"); s.Set("map", 1) }, `{"list":[9,2],"map":1}`, true},
		{"another was deleted", func(s *costrel.Session) { s.Get("map"); s.Delete("map") }, `{"list":[9,2]}`, true},
		{"it was handed out as another type", func(s *costrel.Session) { costrel.Key[[]int]("list").Get(s) }, changed, true},
		{"it was handed out as the same type", func(s *costrel.Session) { costrel.Key[[]any]("list").Get(s) }, changed, true},
		{"it was handed out as any", func(s *costrel.Session) { costrel.Key[any]("list").Get(s) }, changed, true},
		{"it was handed out with all", func(s *costrel.Session) { _ = maps.Collect(s.All()) }, changed, true},
		{"its JSON was asked for", func(s *costrel.Session) { s.Raw("list") }, changed, true},
		{"the session was asked", func(s *costrel.Session) { s.Modified() }, changed, true},
		{"the session was encoded", func(s *costrel.Session) { s.AppendJSON(nil) }, changed, true},
		{"it was changed before", func(s *costrel.Session) { s.Get("list").([]any)[0] = 8; s.Modified() }, changed, true},
		{"it was changed before, and encoded", func(s *costrel.Session) { s.Get("list").([]any)[0] = 8; s.AppendJSON(nil) }, changed, true},
		{"it was written", func(s *costrel.Session) { s.Set("list", []any{3}) }, `{"list":[3],"map":{"a":1}}`, false},
		{"it was written by a Key", func(s *costrel.Session) { costrel.Key[int]("list").Set(s, 3) }, `{"list":3,"map":{"a":1}}`, false},
		{"it was deleted", func(s *costrel.Session) { s.Delete("list") }, `{"map":{"a":1}}`, false},
		{"it was popped", func(s *costrel.Session) { s.Pop("list") }, `{"map":{"a":1}}`, false},
		{"the session was cleared", func(s *costrel.Session) { s.Clear() }, `{}`, false},
		{"the session was cleared, and it written", func(s *costrel.Session) { s.Clear(); s.Set("list", 3) }, `{"list":3}`, false},
	} {
		var list []any
		var modified bool
		take := func(s *costrel.Session) {
			list = s.Get("list").([]any)
			test.before(s)
			modified = s.Modified()
		}
		check := func(t *testing.T, s *costrel.Session) {
			if got, want := payload(t, s), strings.Replace(test.want, "9", fmt.Sprint(list[0]), 1); got != want {
				t.Errorf("before:\n got %s\nwant %s", got, want)
			}
			if got := s.Modified(); got != modified {
				t.Errorf("before, modified: got %v, want %v", got, modified)
			}
			list[0] = 9
			if got := payload(t, s); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
			if !s.Modified() {
				t.Error("the session does not count as modified")
			}
			if got, ok := s.Get("list").([]any); test.same && (!ok || &got[0] != &list[0]) {
				t.Errorf("Get returned %v, and not the list of before", got)
			}
		}
		t.Run(test.name, func(t *testing.T) {
			s := parse(t, held)
			take(s)
			check(t, s)
		})
		t.Run(test.name+", in a request that ended", func(t *testing.T) { check(t, ended(t, held, take)) })
	}
}

func TestManyValuesAreChangedInPlace(t *testing.T) {
	const n = 40
	var before, after []string
	for i := range n {
		before = append(before, fmt.Sprintf(`"k%02d":[{"i":%d}]`, i, i))
		after = append(after, fmt.Sprintf(`"k%02d":[{"i":%d}]`, i, i+n))
	}
	held, want := "{"+strings.Join(before, ",")+"}", "{"+strings.Join(after, ",")+"}"
	var all map[string]any
	take := func(s *costrel.Session) { all = maps.Collect(s.All()) }
	parsed := parse(t, held)
	take(parsed)
	for _, s := range []*costrel.Session{parsed, ended(t, held, take)} {
		if got := maps.Collect(s.All()); s.Modified() || payload(t, s) != held || len(got) != n {
			t.Errorf("not changed: got %s, modified %v; want %s", payload(t, s), s.Modified(), held)
		}
		for _, value := range maps.Collect(s.All()) { // which are the same
			item := value.([]any)[0].(map[string]any)
			item["i"] = item["i"].(int64) + n
		}
		if got := payload(t, s); got != want || !s.Modified() {
			t.Errorf("modified %v\n got %s\nwant %s", s.Modified(), got, want)
		}
	}
	if got := all["k39"].([]any)[0].(map[string]any)["i"]; got != int64(39+n) {
		t.Errorf("what was handed out first holds %v, want %d", got, 39+n)
	}
}

func TestAllIsOfTheKeysAtTheStart(t *testing.T) {
	const held = `{"a":1,"b":[2],"c":"x","d":{"e":4}}`
	for _, test := range []struct {
		name  string
		after func(*costrel.Session) // the first one
		want  string
	}{
		{"nothing", func(s *costrel.Session) {}, "a=1 b=[2] c=x d=map[e:4]"},
		{"one is deleted", func(s *costrel.Session) { s.Delete("b") }, "a=1 c=x d=map[e:4]"},
		{"this one is deleted", func(s *costrel.Session) { s.Delete("a") }, "a=1 b=[2] c=x d=map[e:4]"},
		{"one is written", func(s *costrel.Session) { s.Set("c", 5) }, "a=1 b=[2] c=5 d=map[e:4]"},
		{"one is added", func(s *costrel.Session) { s.Set("bb", 5) }, "a=1 b=[2] c=x d=map[e:4]"},
		{"one is changed in place", func(s *costrel.Session) { s.Get("b").([]any)[0] = 5 }, "a=1 b=[5] c=x d=map[e:4]"},
		{"all are read", func(s *costrel.Session) { _ = maps.Collect(s.All()) }, "a=1 b=[2] c=x d=map[e:4]"},
		{"others are looked for", func(s *costrel.Session) { s.Get("d"); s.Get("none"); s.Get("a") }, "a=1 b=[2] c=x d=map[e:4]"},
		{"it is cleared", func(s *costrel.Session) { s.Clear() }, "a=1"},
		{"it is cleared, and one written", func(s *costrel.Session) { s.Clear(); s.Set("c", 5); s.Set("z", 5) }, "a=1 c=5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := parse(t, held)
			var got []string
			for key, value := range s.All() {
				got = append(got, fmt.Sprintf("%s=%v", key, value))
				if len(got) == 1 {
					test.after(s)
				}
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	t.Run("its request ends", func(t *testing.T) {
		var got []string
		var next func() (string, any, bool)
		read := func(n int) {
			for range n {
				key, value, _ := next()
				got = append(got, fmt.Sprintf("%s=%v", key, value))
			}
		}
		ended(t, held, func(s *costrel.Session) {
			next, _ = iter.Pull2(s.All())
			read(2)
		})
		read(2)
		if got, want := strings.Join(got, " "), "a=1 b=[2] c=x d=map[e:4]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if _, _, more := next(); more {
			t.Error("there are more")
		}
	})
}

func TestKeysAreFoundInAnyOrder(t *testing.T) {
	s := parse(t, `{"":0,"\\u00e9":1,"a":2,"aa":3,"list":[],"\u00e9":4}`)
	s.Get("list")
	keys := []string{"", `\u00e9`, "a", "aa", "é"}
	for i, first := range keys {
		for j, second := range keys {
			if s.Get(first) != int64(i) || s.Has("none") || s.Get(second) != int64(j) {
				t.Errorf("%q, then %q: got %v and %v, want %d and %d", first, second, s.Get(first), s.Get(second), i, j)
			}
		}
	}
}

func TestAKeyReturnsWhatGetReturned(t *testing.T) {
	type item struct{ n int }
	codec := new(taggedjson.Codec)
	err := codec.Register(taggedjson.Tag{
		Key:    " i",
		Match:  func(v any) bool { _, ok := v.(*item); return ok },
		Encode: func(v any) (any, error) { return v.(*item).n, nil },
		Decode: func(v any) (any, error) { return &item{int(v.(int64))}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := costrel.ParseSession([]byte(`{"item":{" i":1}}`), codec)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Get("item").(*item)
	if same, err := costrel.Key[*item]("item").Decode(s); same != got {
		t.Errorf("got %v, %v, want the same %v", same, err, got)
	}
	got.n = 2
	if got, want := payload(t, s), `{"item":{" i":2}}`; got != want || !s.Modified() {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTheDictionary(t *testing.T) {
	for _, test := range []struct {
		name     string
		do       func(*costrel.Session) any
		want     any
		left     string
		modified bool
	}{
		{"get", func(s *costrel.Session) any { return s.Get("a") }, int64(1), `{"a":1,"b":"x"}`, false},
		{"get what is not there", func(s *costrel.Session) any { return s.Get("c") }, nil, `{"a":1,"b":"x"}`, false},
		{"has", func(s *costrel.Session) any { return s.Has("a") }, true, `{"a":1,"b":"x"}`, false},
		{"set the same value", func(s *costrel.Session) any { s.Set("a", 1); return nil }, nil, `{"a":1,"b":"x"}`, true},
		{"set nil", func(s *costrel.Session) any { s.Set("a", nil); return s.Has("a") }, true, `{"a":null,"b":"x"}`, true},
		{"set after deleting", func(s *costrel.Session) any { s.Delete("a"); s.Set("a", 2); return s.Get("a") }, int64(2), `{"a":2,"b":"x"}`, true},
		{"delete", func(s *costrel.Session) any { s.Delete("a"); return s.Has("a") }, false, `{"b":"x"}`, true},
		{"delete what is not there", func(s *costrel.Session) any { s.Delete("c"); return nil }, nil, `{"a":1,"b":"x"}`, false},
		{"pop", func(s *costrel.Session) any { v, _ := s.Pop("b"); return v }, "x", `{"a":1}`, true},
		{"pop what is not there", func(s *costrel.Session) any { _, ok := s.Pop("c"); return ok }, false, `{"a":1,"b":"x"}`, false},
		{"setdefault of what is there", func(s *costrel.Session) any { return s.SetDefault("a", 5) }, int64(1), `{"a":1,"b":"x"}`, false},
		{"setdefault of what is not", func(s *costrel.Session) any { return s.SetDefault("c", 5) }, int64(5), `{"a":1,"b":"x","c":5}`, true},
		{"update", func(s *costrel.Session) any { s.Update(map[string]any{"b": 1, "z": 2}); return s.Len() }, 3, `{"a":1,"b":1,"z":2}`, true},
		{"update with nothing", func(s *costrel.Session) any { s.Update(nil); return nil }, nil, `{"a":1,"b":"x"}`, true},
		{"clear", func(s *costrel.Session) any { s.Clear(); return s.Len() }, 0, `{}`, true},
		{"clear, then set", func(s *costrel.Session) any { s.Clear(); s.Set("b", 1); return s.Len() }, 1, `{"b":1}`, true},
		{"keys", func(s *costrel.Session) any { s.Set("aa", 0); return slices.Collect(s.Keys()) }, []string{"a", "aa", "b"}, `{"a":1,"aa":0,"b":"x"}`, true},
		{"all", func(s *costrel.Session) any { return maps.Collect(s.All()) }, map[string]any{"a": int64(1), "b": "x"}, `{"a":1,"b":"x"}`, false},
		{"raw", func(s *costrel.Session) any { raw, _ := s.Raw("b"); return string(raw) }, `"x"`, `{"a":1,"b":"x"}`, false},
		{"permanent", func(s *costrel.Session) any { s.SetPermanent(true); return s.Permanent() }, true, `{"_permanent":true,"a":1,"b":"x"}`, true},
		{"not permanent", func(s *costrel.Session) any { s.SetPermanent(false); return s.Permanent() }, false, `{"_permanent":false,"a":1,"b":"x"}`, true},
		{"set modified", func(s *costrel.Session) any { s.SetModified(); return nil }, nil, `{"a":1,"b":"x"}`, true},
		{"a key that needs escaping", func(s *costrel.Session) any { s.Set("é\"", 1); return s.Get("é\"") }, int64(1), `{"a":1,"b":"x","\u00e9\"":1}`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := parse(t, `{"a":1,"b":"x"}`)
			if got := test.do(s); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
			if got := s.Modified(); got != test.modified {
				t.Errorf("modified: got %v, want %v", got, test.modified)
			}
			if got := payload(t, s); got != test.left {
				t.Errorf("left:\n got %s\nwant %s", got, test.left)
			}
			if err := s.Err(); err != nil {
				t.Errorf("Err: %v", err)
			}
		})
	}
}

func TestPayloadsThatAreNoPlainObject(t *testing.T) {
	for _, test := range []struct{ name, payload, want string }{
		{"null is empty", `null`, `{}`},
		{"an empty list is empty", `[]`, `{}`},
		{"an empty string is empty", `""`, `{}`},
		{"an empty tuple is empty", `{" t":[]}`, `{}`},
		{"a date that is none is empty", `{" d":"x"}`, `{}`},
		{"pairs are keys and values", `[["a",1],["b",{" t":[2]}]]`, `{"a":1,"b":{" t":[2]}}`},
		{"the last of a key wins", `[["a",1],["a",2]]`, `{"a":2}`},
		{"strings of two are pairs", `["ab","cd"]`, `{"a":"b","c":"d"}`},
		{"an escaped tag", `{" di":{" t__":{"z":1,"b":{" x":2}}}}`, `{" di":{" t__":{"z":1,"b":{" x":2}}}}`},
		{"an escape in another spelling", `{"\u0020di":{" t__":1}}`, `{" di":{" t__":1}}`},
		{"an escape twice is the last", `{" di":{" t__":1}," di":{" m__":2}}`, `{" di":{" m__":2}}`},
		{"keys that are not sorted are, their values as they were", `{"b": {"z":1,"a":2}, "a":1E2}`, `{"a":1E2,"b":{"z":1,"a":2}}`},
		{"keys in another spelling", `{"\u0061":1,"é":2}`, `{"a":1,"\u00e9":2}`},
		{"a key twice", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"space around", " {\n\"a\" : 1 } ", `{"a":1}`},
		{"a tag twice is a tag, the last", `{" t":[["a",1]]," t":[["b",2]]}`, `{"b":2}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := payload(t, parse(t, test.payload)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}

	codec := new(taggedjson.Codec)
	err := codec.Register(taggedjson.Tag{
		Key:    " x",
		Match:  func(any) bool { return false },
		Encode: func(v any) (any, error) { return v, nil },
		Decode: func(any) (any, error) { return map[string]any{"b": int64(1), "a": taggedjson.Tuple{}}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := costrel.ParseSession([]byte(`{" x":0}`), codec)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := payload(t, s), `{"a":{" t":[]},"b":1}`; got != want {
		t.Errorf("a tag that stands for a dict: got %s, want %s", got, want)
	}

	for _, bad := range []string{``, `{`, `1`, `true`, `false`, `0`, `"ab"`, `[1]`, `[["a"]]`, `[["a",1,2]]`, `[[1,2]]`, `{} x`, `{"a":01}`, "{\"a\":\"\xff\"}", `{" u":"00000000000000000000000000000000"}`} {
		if s, err := costrel.ParseSession([]byte(bad), nil); err == nil {
			t.Errorf("ParseSession(%q): got %s, want an error", bad, payload(t, s))
		}
	}
}

func TestOneKeyThatLooksLikeATagIsEscaped(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(*costrel.Session)
		want string
	}{
		{"set", func(s *costrel.Session) { s.Set(" t", 1) }, `{" di":{" t__":1}}`},
		{"left alone by deletion", func(s *costrel.Session) { s.Set(" t", 1); s.Set("a", 1); s.Delete("a") }, `{" di":{" t__":1}}`},
		{"with another", func(s *costrel.Session) { s.Set(" t", 1); s.Set("a", 1) }, `{" t":1,"a":1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := costrel.NewSession()
			test.do(s)
			text := payload(t, s)
			if text != test.want {
				t.Fatalf("got %s, want %s", text, test.want)
			}
			if got := parse(t, text).Get(" t"); got != int64(1) {
				t.Errorf("read back: got %v, want 1", got)
			}
		})
	}
}

func TestAnyGoValueCanBeKept(t *testing.T) {
	type item struct {
		Name string `json:"name"`
		When time.Time
	}
	type role string
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, test := range []struct{ set, got any }{
		{int8(-5), int64(-5)}, {uint64(1 << 63), new(big.Int).SetUint64(1 << 63)}, {huge, huge}, {1.5, 1.5}, {2.0, 2.0}, {float32(0.5), 0.5},
		{true, true}, {nil, nil}, {"é", "é"}, {role("admin"), "admin"},
		{[]byte{0, 255}, []byte{0, 255}}, {when, when}, {template.HTML("<b>"), template.HTML("<b>")},
		{taggedjson.UUID{1, 2}, taggedjson.UUID{1, 2}}, {[16]byte{1, 2}, taggedjson.UUID{1, 2}},
		{taggedjson.Tuple{1, "a"}, taggedjson.Tuple{int64(1), "a"}}, {[]string{"a"}, []any{"a"}},
		{map[string]int{"a": 1}, map[string]any{"a": int64(1)}},
		{item{"x", when}, map[string]any{"name": "x", "When": when}},
	} {
		s := costrel.NewSession()
		s.Set("v", test.set)
		if got := parse(t, payload(t, s)).Get("v"); !reflect.DeepEqual(got, test.got) {
			t.Errorf("%T %v: got %T %v, want %T %v", test.set, test.set, got, got, test.got, test.got)
		}
		if err := s.Err(); err != nil {
			t.Errorf("%T: %v", test.set, err)
		}
	}
}

func TestAValueThatCannotBeKeptLeavesTheOld(t *testing.T) {
	type line struct {
		Price any `json:"price"`
	}
	set := func(value any) func(*costrel.Session) {
		return func(s *costrel.Session) { s.Set("cart", value) }
	}
	lines := []line{{1}, {make(chan int)}}
	for _, test := range []struct {
		name, want string
		set        func(*costrel.Session)
	}{
		{"a channel within", "cart[1].price: ", set(lines)},
		{"a channel within, by a Key", "cart[1].price: ", func(s *costrel.Session) { costrel.Key[[]line]("cart").Set(s, lines) }},
		{"a function", "cart: ", set(func() {})},
		{"bytes that are no text", "cart: ", set("\xff")},
		{"bytes that are no text, by a Key", "cart: ", func(s *costrel.Session) { costrel.Key[string]("cart").Set(s, "caf\xe9") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var heard []error
			m := newManager(t, costrel.Config{OnError: func(_ *http.Request, err error) { heard = append(heard, err) }})
			s := costreltest.Session(t, m, costreltest.Cookie(t, m, map[string]any{"cart": "old"}))
			test.set(s)
			if len(heard) != 1 || !strings.HasPrefix(heard[0].Error(), test.want) {
				t.Errorf("OnError: got %v, want one that starts with %q", heard, test.want)
			}
			if s.Err() == nil || s.Get("cart") != "old" || s.Modified() || payload(t, s) != `{"cart":"old"}` {
				t.Errorf("got %v, %v, modified %v; want an error, the old value, not modified", s.Err(), s.Get("cart"), s.Modified())
			}
		})
	}
	t.Run("one that was good when it was set", func(t *testing.T) {
		s := costrel.NewSession()
		cart := map[string]any{"n": 1}
		s.Set("cart", cart)
		cart["n"] = make(chan int)
		data, err := s.AppendJSON(nil)
		if got, want := string(data), `{"cart":{"n":1}}`; err == nil || got != want {
			t.Errorf("got %s, %v; want %s and an error", got, err, want)
		}
	})
}

func TestKeysGiveValuesTheirTypes(t *testing.T) {
	s := parse(t, `{"big":300,"float":2.0,"half":0.5,"list":[1,2],"name":"Zoë","neg":-1,"null":null,"when":{" d":"Fri, 02 Jan 2026 03:04:05 GMT"}}`)
	check := func(name string, got, want any, ok, wantOK bool) {
		t.Helper()
		if ok != wantOK || wantOK && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v; want %#v, %v", name, got, ok, want, wantOK)
		}
	}
	n, ok := costrel.Key[int]("big").Get(s)
	check("an int", n, 300, ok, true)
	u16, ok := costrel.Key[uint16]("big").Get(s)
	check("a uint16", u16, uint16(300), ok, true)
	_, ok = costrel.Key[int8]("big").Get(s)
	check("300 is no int8", nil, nil, ok, false)
	_, ok = costrel.Key[uint]("neg").Get(s)
	check("-1 is no uint", nil, nil, ok, false)
	_, ok = costrel.Key[int]("half").Get(s)
	check("0.5 is no int", nil, nil, ok, false)
	f, ok := costrel.Key[float64]("big").Get(s)
	check("an int is a float", f, 300.0, ok, true)
	name, ok := costrel.Key[string]("name").Get(s)
	check("a string", name, "Zoë", ok, true)
	_, ok = costrel.Key[string]("big").Get(s)
	check("a number is no string", nil, nil, ok, false)
	list, ok := costrel.Key[[]int]("list").Get(s)
	check("a slice", list, []int{1, 2}, ok, true)
	when, ok := costrel.Key[time.Time]("when").Get(s)
	check("a time", when.UTC(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ok, true)
	_, ok = costrel.Key[int]("none").Get(s)
	check("what is not there", nil, nil, ok, false)
	if got := costrel.Key[int]("none").Or(s, 5); got != 5 {
		t.Errorf("Or: got %d, want 5", got)
	}
	if _, err := costrel.Key[int]("none").Decode(s); !errors.Is(err, costrel.ErrNoValue) {
		t.Errorf("Decode of what is not there: got %v, want ErrNoValue", err)
	}
	if _, err := costrel.Key[int8]("big").Decode(s); err == nil || !strings.Contains(err.Error(), "big") || !strings.Contains(err.Error(), "300") {
		t.Errorf("Decode: got %v, want an error that names the key and the value", err)
	}
	if v, ok := costrel.Key[string]("name").Pop(s); !ok || v != "Zoë" || s.Has("name") {
		t.Errorf("Pop: got %q, %v", v, ok)
	}
	costrel.Key[uint8]("small").Set(s, 7)
	if v, ok := costrel.Key[uint8]("small").Get(s); !ok || v != 7 {
		t.Errorf("Set: got %d, %v", v, ok)
	}
	costrel.Key[uint8]("small").Delete(s)
	if costrel.Key[uint8]("small").Has(s) {
		t.Error("Delete: it is still there")
	}
}

func TestAKeySetsWhatTheSessionSets(t *testing.T) {
	for _, text := range []string{"", "plain", `"quoted" \ and`, "a\nb", "Zoë", "\u2028", "𝄞", "\xed\xa0\x80"} {
		byKey, bySet := costrel.NewSession(), costrel.NewSession()
		costrel.Key[string]("k").Set(byKey, text)
		bySet.Set("k", text)
		if got, want := payload(t, byKey), payload(t, bySet); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
		if got, ok := costrel.Key[string]("k").Get(parse(t, payload(t, byKey))); !ok || got != text {
			t.Errorf("%q: got %q, %v back", text, got, ok)
		}
	}
	s := costrel.NewSession()
	costrel.Key[bool]("b").Set(s, true)
	costrel.Key[int]("i").Set(s, -1)
	costrel.Key[int64]("j").Set(s, 1<<62)
	if got, want := payload(t, s), `{"b":true,"i":-1,"j":4611686018427387904}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSetDefaultLeavesWhatDoesNotDecode(t *testing.T) {
	const held = `{"u":{" u":"no UUID"}}`
	s := parse(t, held)
	s.SetDefault("u", 1)
	if got := payload(t, s); got != held || s.Err() == nil || s.Modified() {
		t.Errorf("got %s, %v, modified %v; want %s and an error", got, s.Err(), s.Modified(), held)
	}
}

func TestAValueChangedAsTwoTypesIsReported(t *testing.T) {
	s := parse(t, `{"l":[1,2,3]}`)
	typed, _ := costrel.Key[[]int]("l").Get(s)
	list := s.Get("l").([]any)
	typed[0] = 10
	list[1] = 20
	if got, err := s.AppendJSON(nil); err == nil || !strings.HasPrefix(err.Error(), "l: ") {
		t.Errorf("got %s, %v; want an error that names the key", got, err)
	}

	s = parse(t, `{"l":[1,2,3]}`)
	list = s.Get("l").([]any)
	typed, _ = costrel.Key[[]int]("l").Get(s)
	list[1] = 20
	if got, want := payload(t, s), `{"l":[1,20,3]}`; got != want {
		t.Errorf("changed as one: got %s, want %s", got, want)
	}
	typed[1] = 20
	if got, want := payload(t, s), `{"l":[1,20,3]}`; got != want {
		t.Errorf("changed alike: got %s, want %s", got, want)
	}
}

func TestFlashesWaitForTheNextRequest(t *testing.T) {
	first := costrel.NewSession()
	first.Flash("saved")
	first.Flash(template.HTML("<b>no</b>"), "error")
	second := parse(t, payload(t, first))

	want := []costrel.Flash{{"message", "saved"}, {"error", template.HTML("<b>no</b>")}}
	if got := second.Flashes(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := second.Flashes("error"); !reflect.DeepEqual(got, want[1:]) {
		t.Errorf("of one category: got %v, want %v", got, want[1:])
	}
	second.Flash("later")
	if got := second.Flashes(); !reflect.DeepEqual(got, want) {
		t.Errorf("after another was flashed: got %v, want %v", got, want)
	}
	if got, want := payload(t, second), `{"_flashes":[{" t":["message","later"]}]}`; got != want {
		t.Errorf("left: got %s, want %s", got, want)
	}
	if got := fmt.Sprint(want[0]); got != "saved" {
		t.Errorf("as text: got %q, want saved", got)
	}
}

func TestManyFlashesTakeLinearTime(t *testing.T) {
	// A message is encoded once, however many there are.
	encoded := 0
	s := costrel.NewSession()
	for range 1000 {
		s.Flash(countedText{&encoded})
	}
	if encoded > 1001 {
		t.Errorf("1000 messages were encoded %d times", encoded)
	}
	var back []any
	for _, flash := range parse(t, payload(t, s)).Flashes() {
		back = append(back, flash.Message)
	}
	if len(back) != 1000 || back[999] != "text" {
		t.Errorf("got %d messages back, want 1000", len(back))
	}
}

// countedText counts how often it is encoded.
type countedText struct{ n *int }

func (c countedText) MarshalText() ([]byte, error) { *c.n++; return []byte("text"), nil }

func TestFlashesThatAreThereAreKept(t *testing.T) {
	const before = `{"_flashes":[ {" t":["message","\ud800"]} , ["info",1E2] ]}`
	s := parse(t, before)
	raw, _ := s.Raw("_flashes")
	held := string(raw)
	s.Flash("one")
	s.Flash("two")
	want := `{"_flashes":[ {" t":["message","\ud800"]} , ["info",1E2] ,{" t":["message","one"]},{" t":["message","two"]}]}`
	if got := payload(t, s); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if string(raw) != held {
		t.Errorf("what Raw returned changed to %s", raw)
	}
}

func TestFlashesOfOthers(t *testing.T) {
	s := parse(t, `{"_flashes":[["info","a list"],{" t":["info",5]}]}`)
	want := []costrel.Flash{{"info", "a list"}, {"info", int64(5)}}
	if got := s.Flashes(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}

	s = parse(t, `{"a":1}`)
	if got := s.Flashes(); got != nil || s.Modified() {
		t.Errorf("none: got %v, modified %v", got, s.Modified())
	}

	s.Flash("later")
	if got := s.Flashes(); got != nil {
		t.Errorf("flashed after they were asked for: got %v, want none", got)
	}

	s = parse(t, `{"_flashes":[{" t":["info","one"]},{" t":[null,"two"]},{" t":[3,"three"]},"odd one",{" t":["info","four"]}]}`)
	want = []costrel.Flash{{"info", "one"}, {"", "two"}, {"3", "three"}, {"info", "four"}}
	if got := s.Flashes(); !reflect.DeepEqual(got, want) || s.Err() == nil || !strings.Contains(s.Err().Error(), "_flashes[3]") {
		t.Errorf("odd ones: got %v, %v; want %v and an error for the fourth", got, s.Err(), want)
	}

	s = parse(t, `{"_flashes":5}`)
	s.Flash("x")
	if got := payload(t, s); s.Err() == nil || got != `{"_flashes":5}` {
		t.Errorf("on a number: got %s, %v, want it kept and an error", got, s.Err())
	}
}

func TestANullSessionReadsAndReportsWrites(t *testing.T) {
	var heard []error
	m := newManager(t, costrel.Config{
		Interface: nothing{},
		OnError:   func(_ *http.Request, err error) { heard = append(heard, err) },
	})
	w := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := m.Get(r)
		if !s.IsNull() || s.Get("a") != nil || s.Len() != 0 || s.Flashes() != nil || s.Permanent() {
			t.Error("it is no empty null session")
		}
		if len(heard) > 0 {
			t.Errorf("reading: OnError heard %v", heard)
		}
		s.Set("a", 1)
		s.Clear()
		s.Flash("x")
		s.SetPermanent(true)
		s.Update(nil)
		s.SetModified()
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if len(heard) != 6 {
		t.Errorf("OnError heard %d errors, want 6: %v", len(heard), heard)
	}
	for _, err := range heard {
		if !errors.Is(err, costrel.ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
	}
	if h := w.Header(); len(h) != 1 || h.Get("Vary") != "Cookie" {
		t.Errorf("headers: got %v, want Vary alone", h)
	}
}

// nothing is an Interface that opens no session.
type nothing struct{}

func (nothing) Open(*costrel.Config, *http.Request) (*costrel.Session, error) { return nil, nil }
func (nothing) Save(*costrel.Config, http.Header, *http.Request, *costrel.Session) error {
	panic("a null session is never saved")
}

// What a client sends, such as the fields of a form, may become keys, flashes
// or errors: each by itself must cost no more where there are many.
func TestManyKeysTakeLinearTime(t *testing.T) {
	const n = 40_000
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("k%d", i*7919%n)
	}
	quiet := costrel.Config{OnError: func(_ *http.Request, err error) { _ = err.Error() }}
	m := newManager(t, quiet)
	r := httptest.NewRequest("GET", "/", nil)
	s, _ := m.Open(r)

	start := time.Now()
	for _, key := range keys {
		s.Set(key, key)
	}
	for _, key := range keys[:10] {
		s.Delete(key)
	}
	if got := s.Len(); got != n-10 {
		t.Errorf("set one by one: Len is %d, want %d", got, n-10)
	}
	if err := m.Save(http.Header{}, r, s); !errors.Is(err, costrel.ErrCookieTooLarge) {
		t.Errorf("saved: got error %v, want ErrCookieTooLarge", err)
	}
	data, err := s.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := costrel.ParseSession(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range parsed.All() {
		if key != value || s.Get(key) != value {
			t.Fatalf("key %q: got %v parsed, and %v from the session that was encoded", key, value, s.Get(key))
		}
		parsed.Set(key, []any{key})
	}
	for _, key := range keys[:10] {
		if parsed.Has(key) || s.Has(key) {
			t.Errorf("key %q: it is there, and was deleted", key)
		}
	}
	if got := parsed.Len(); got != n-10 {
		t.Errorf("all set again: Len is %d, want %d", got, n-10)
	}
	parsed.Clear()
	parsed.Set("only", 1)
	if data, err := parsed.AppendJSON(nil); string(data) != `{"only":1}` || err != nil {
		t.Errorf("cleared: got %.40s, %v", data, err)
	}

	bad := map[string]any{}
	for _, key := range keys {
		bad[key] = "\xff"
	}
	s, _ = m.Open(r)
	s.Update(bad)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAResponseThatShowsTheSessionVaries(t *testing.T) {
	m := newManager(t, costrel.Config{})
	cookie := costreltest.Cookie(t, m, map[string]any{"user_id": 1})
	for _, test := range []struct {
		name string
		show func(*costrel.Session) any
	}{
		{"all of it", func(s *costrel.Session) any { data, _ := s.AppendJSON(nil); return string(data) }},
		{"one value", func(s *costrel.Session) any { return s.Get("user_id") }},
		{"as it is spelled", func(s *costrel.Session) any { raw, _ := s.Raw("user_id"); return string(raw) }},
		{"that there is one", func(s *costrel.Session) any { return s.Has("user_id") }},
		{"how many", func(s *costrel.Session) any { return s.Len() }},
		{"the keys", func(s *costrel.Session) any { return slices.Collect(s.Keys()) }},
		{"whether it is new", func(s *costrel.Session) any { return s.IsNew() }},
	} {
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		r.AddCookie(cookie)
		m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, test.show(m.Get(r)))
		})).ServeHTTP(w, r)
		if got := w.Header().Get("Vary"); got != "Cookie" {
			t.Errorf("%s: Vary is %q, want Cookie", test.name, got)
		}
	}
}

func TestAKeyInAnErrorIsOneLine(t *testing.T) {
	hostile := "a\nb\x1b[31m" + strings.Repeat("c", 5000)
	var heard []error
	m := newManager(t, costrel.Config{OnError: func(_ *http.Request, err error) { heard = append(heard, err) }})
	r := httptest.NewRequest("GET", "/", nil)
	s, _ := m.Open(r)
	list := []any{1}
	s.Set(hostile, list)
	s.Set("random", costrel.NewKey()+strings.Repeat("€", 3000))
	heard = append(heard, m.Save(http.Header{}, r, s))
	s.Set(hostile, 2)
	s.Delete(hostile)
	serve(m, func(s *costrel.Session) { s.Set(hostile, func() {}) })
	sessions := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list := []any{1}
		m.Get(r).Set(hostile, list)
		w.WriteHeader(http.StatusOK)
		list[0] = 2
	}))
	sessions.ServeHTTP(httptest.NewRecorder(), r)
	if len(heard) < 5 {
		t.Errorf("OnError heard %d errors, want 5: %v", len(heard), heard)
	}
	for _, err := range heard {
		if err == nil {
			continue
		}
		if text := err.Error(); strings.ContainsAny(text, "\n\x1b") || len(text) > 500 {
			t.Errorf("got %.600q, want one line without control characters", text)
		}
	}
}

func TestPermanentIsPythonsTruth(t *testing.T) {
	for value, want := range map[string]bool{
		`true`: true, `1`: true, `1.5`: true, `NaN`: true, `123456789012345678901234567890`: true, `"no"`: true, `[0]`: true, `{"a":0}`: true,
		`{" t":[0]}`: true, `{" b":"AA=="}`: true, `{" d":"Thu, 01 Jan 1970 00:00:00 GMT"}`: true, `{" u":"00000000000000000000000000000000"}`: true,
		`false`: false, `0`: false, `0.0`: false, `-0.0`: false, `""`: false, `[]`: false, `{}`: false, `null`: false,
		`{" t":[]}`: false, `{" b":""}`: false, `{" m":""}`: false,
	} {
		s := parse(t, `{"_permanent":`+value+`}`)
		if got := s.Permanent(); got != want {
			t.Errorf("%s: got %v, want %v", value, got, want)
		}
		for _, config := range []costrel.Config{{}, {NoRefresh: true}} {
			if got, want := config.ShouldSetCookie(s), want && !config.NoRefresh; got != want {
				t.Errorf("%s, NoRefresh %v: the cookie is set: got %v, want %v", value, config.NoRefresh, got, want)
			}
		}
	}
}
