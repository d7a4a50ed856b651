package costrel_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/costrel/costrel"
)

// A memory keeps sessions on the server; the cookie holds only an id. (A real
// store also drops the sessions that nobody asks for any more.)
type memory struct {
	mu   sync.Mutex
	kept map[string][]byte // :: id → session, as JSON
}

func (m *memory) Open(c *costrel.Config, r *http.Request) (*costrel.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range c.CookieValues(r) {
		if data, ok := m.kept[id]; ok {
			return costrel.ParseSession(data, nil)
		}
	}
	return costrel.NewSession(), nil
}

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
	for old := range c.CookieValues(r) {
		delete(m.kept, old)
	}
	if s.Len() == 0 {
		return c.DeleteCookie(h, r)
	}
	id := costrel.NewKey() // as good an id as a key
	m.kept[id] = data
	return c.SetCookie(h, r, s, id, c.Expires(s, time.Now()))
}

func ExampleInterface() {
	store := &memory{kept: map[string][]byte{}}
	sessions, err := costrel.New(costrel.Config{Interface: store})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		if r.URL.Path == "/logout" {
			session.Clear()
			return
		}
		session.Set("visits", costrel.Key[int]("visits").Or(session, 0)+1)
		fmt.Println("visit", session.Get("visits"))
	})))
	defer server.Close()

	jar, _ := cookiejar.New(nil)
	browser := http.Client{Jar: jar}
	for _, path := range []string{"/", "/", "/logout", "/"} {
		res, err := browser.Get(server.URL + path)
		if err != nil {
			log.Fatal(err)
		}
		res.Body.Close()
	}
	fmt.Println("sessions kept:", len(store.kept))
	// Output:
	// visit 1
	// visit 2
	// visit 1
	// sessions kept: 1
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
