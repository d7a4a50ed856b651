package costrel_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/costrel/costrel"
)

// A memory keeps sessions on the server, where they can be revoked; the cookie
// holds only an id. (A real store also drops what has expired, and of two requests
// at once, here as there, the one that ends last has its session kept.)
type memory struct {
	mu   sync.Mutex
	kept map[string][]byte // :: id → session, as JSON
}

// find returns the id that r brings, and its session, empty if it is none of
// ours.
func (m *memory) find(c *costrel.Config, r *http.Request) (id string, data []byte) {
	for id := range c.CookieValues(r) {
		if data, ok := m.kept[id]; ok {
			return id, data
		}
	}
	return "", nil
}

func (m *memory) Open(c *costrel.Config, r *http.Request) (*costrel.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id, data := m.find(c, r); id != "" {
		return costrel.ParseSession(data, nil)
	}
	return costrel.NewSession(), nil
}

var errRevoked = errors.New("the session was revoked meanwhile")

func (m *memory) Save(c *costrel.Config, h http.Header, r *http.Request, s *costrel.Session) error {
	if s.Accessed() {
		costrel.AddVary(h)
	}
	if !c.ShouldSetCookie(s) {
		return nil
	}
	data, err := s.AppendJSON(nil)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	id, before := m.find(c, r)
	switch {
	case s.Len() == 0: // a logout
		delete(m.kept, id)
		return c.DeleteCookie(h, r)
	case id == "" && !s.IsNew(): // another request's logout
		return errRevoked
	case id == "" || !sameUser(before, s): // an id that was known before the login is none after it
		delete(m.kept, id)
		id = costrel.NewKey() // as good an id as a key
	}
	m.kept[id] = data
	return c.SetCookie(h, r, s, id, c.Expires(s, time.Now()))
}

func sameUser(before []byte, s *costrel.Session) bool {
	old, err := costrel.ParseSession(before, nil)
	if err != nil {
		return false
	}
	was, _ := old.Raw("user_id")
	is, _ := s.Raw("user_id")
	return bytes.Equal(was, is)
}

func ExampleInterface() {
	store := &memory{kept: map[string][]byte{}}
	sessions, err := costrel.New(costrel.Config{Interface: store})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		session.Set("visits", costrel.Key[int]("visits").Or(session, 0)+1)
		fmt.Println("user", session.Get("user_id"), "visit", session.Get("visits"))
	})
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) { sessions.Get(r).Set("user_id", 17) })
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) { sessions.Get(r).Clear() })
	app := sessions.Handler(mux)

	b := browser{}
	b.visit(app, "/")
	before := b["session"]
	b.visit(app, "/login")
	b.visit(app, "/")
	copied := browser{"session": b["session"]}
	fmt.Println("a new id at the login:", before.Value != b["session"].Value)
	b.visit(app, "/logout")
	copied.visit(app, "/") // a copy of the cookie is worth nothing now
	// Output:
	// user <nil> visit 1
	// user 17 visit 2
	// a new id at the login: true
	// user <nil> visit 1
}

// counted says how often a session is opened.
type counted struct {
	costrel.Signed
	opened int
}

func (c *counted) Open(config *costrel.Config, r *http.Request) (*costrel.Session, error) {
	c.opened++
	return c.Signed.Open(config, r)
}

// An application whose sessions are never permanent need not open one that
// nobody asks for. (Config.NoRefresh has the same effect.)
func (c *counted) MayRefresh(*costrel.Config, *http.Request) bool { return false }

func ExampleRefresher() {
	sessions := new(counted)
	m, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(costrel.NewKey()), Interface: sessions})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { m.Get(r).SetPermanent(true) })
	mux.HandleFunc("/logo.png", func(http.ResponseWriter, *http.Request) {})
	b := browser{}
	for _, path := range []string{"/", "/logo.png", "/logo.png"} {
		b.visit(m.Handler(mux), path)
	}
	fmt.Println("opened:", sessions.opened)
	// Output: opened: 1
}
