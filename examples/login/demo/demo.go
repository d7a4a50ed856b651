// Package demo is the application of examples/login: a login, a counter of
// visits, notes and flashed messages, all kept in a signed cookie, and a page
// that takes the cookie apart.
//
// [Handler] is the application, and shows how sessions are used; anatomy.go is
// what only this page needs, to show a cookie from the inside.
package demo

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/costrel/costrel"
)

// What the session holds, by name and Go type.
var (
	user   = costrel.Key[string]("user")
	since  = costrel.Key[time.Time]("since")
	visits = costrel.Key[int]("visits")
	notes  = costrel.Key[[]string]("notes")
)

const (
	longestName = 40
	longestNote = 140
	mostNotes   = 5
	longestForm = 1 << 20 // bytes
)

var (
	//go:embed page.html
	pageHTML string

	//go:embed style.css costrel.svg
	assets embed.FS

	page = template.Must(template.New("page").Parse(pageHTML))
)

type app struct {
	config   costrel.Config
	sessions *costrel.Manager
}

// Handler returns the application with sessions as config has them.
func Handler(config costrel.Config) (http.Handler, error) {
	sessions, err := costrel.New(config)
	if err != nil {
		return nil, err
	}
	a := &app{config, sessions}

	withSession := http.NewServeMux()
	withSession.HandleFunc("GET /{$}", a.show)
	withSession.HandleFunc("POST /login", a.logIn)
	withSession.HandleFunc("POST /logout", a.logOut)
	withSession.HandleFunc("POST /note", a.note)

	// What every visitor gets alike stands outside of the sessions, where caches
	// may keep it.
	mux := http.NewServeMux()
	mux.Handle("/", sessions.Handler(withSession))
	mux.HandleFunc("POST /tamper", a.tamper)
	files := http.FileServerFS(assets)
	mux.Handle("GET /style.css", files)
	mux.Handle("GET /costrel.svg", files)

	// A form of another site cannot post here in its visitor's name, and none is
	// long.
	return http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(secured(mux), longestForm)), nil
}

// secured forbids the page whatever it does not need.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

func (a *app) logIn(w http.ResponseWriter, r *http.Request) {
	session := a.sessions.Get(r)
	name := strings.TrimSpace(r.PostFormValue("name"))
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		session.Flash("Please enter a name. Any will do.", "error")
	case n > longestName || !utf8.ValidString(name):
		session.Flash(fmt.Sprintf("A name has at most %d characters.", longestName), "error")
	default: // an application with users checks a password here
		user.Set(session, name)
		since.Set(session, time.Now())
		session.SetPermanent(r.PostFormValue("remember") != "")
		session.Flash("You are logged in.")
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) logOut(w http.ResponseWriter, r *http.Request) {
	session := a.sessions.Get(r)
	session.Clear()
	session.Flash("You are logged out. What the cookie held is gone.")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) note(w http.ResponseWriter, r *http.Request) {
	session := a.sessions.Get(r)
	old := notes.Or(session, nil)
	text := strings.TrimSpace(r.PostFormValue("note"))
	switch n := utf8.RuneCountInString(text); {
	case !user.Has(session):
		session.Flash("Log in to keep a note.", "error")
	case n == 0 || n > longestNote || !utf8.ValidString(text):
		session.Flash(fmt.Sprintf("A note has 1 to %d characters.", longestNote), "error")
	default:
		kept := append([]string{text}, old...)
		notes.Set(session, kept[:min(len(kept), mostNotes)])
		if !a.fits(r, session) {
			notes.Set(session, old)
			session.Flash("That note does not fit: a cookie has 4096 bytes.", "error")
		}
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// fits reports whether a cookie can hold the session, by saving a copy of it.
func (a *app) fits(r *http.Request, session *costrel.Session) bool {
	data, err := session.AppendJSON(nil)
	if err != nil {
		return false
	}
	trial, err := costrel.ParseSession(data, nil)
	if err != nil {
		return false
	}
	trial.SetModified()
	return a.sessions.Save(http.Header{}, r, trial) == nil
}

// tamper does what a dishonest visitor could do in the browser: it changes one
// character of the cookie. It runs outside of the sessions.
func (a *app) tamper(w http.ResponseWriter, r *http.Request) {
	for value := range a.config.CookieValues(r) {
		forged := []byte(value)
		if i := len(forged) / 4; len(forged) > 0 {
			forged[i] = map[bool]byte{true: 'B', false: 'A'}[forged[i] == 'A']
		}
		if err := a.config.SetCookie(w.Header(), r, costrel.NewSession(), string(forged), time.Time{}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		break
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// show renders the page. It changes the session first, which puts the cookie
// into the header, and then reads it from there: the page shows what the
// browser gets.
func (a *app) show(w http.ResponseWriter, r *http.Request) {
	session := a.sessions.Get(r)
	visits.Set(session, visits.Or(session, 0)+1)
	flashes := session.Flashes()

	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusOK)

	var body bytes.Buffer
	err := page.Execute(&body, map[string]any{
		"User":     user.Or(session, ""),
		"Since":    since.Or(session, time.Time{}),
		"Visits":   visits.Or(session, 0),
		"Notes":    notes.Or(session, nil),
		"Flashes":  flashes,
		"Arrival":  arrival(session, time.Now()),
		"Problem":  session.Err(),
		"Cookie":   a.anatomy(w.Header(), session),
		"NameMax":  longestName,
		"NoteMax":  longestNote,
		"Rejected": session.Rejection().Reason > costrel.Absent,
	})
	if err != nil {
		fmt.Fprintln(w, err) // a bug in the template
		return
	}
	body.WriteTo(w)
}
