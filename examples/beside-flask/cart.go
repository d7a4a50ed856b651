package main

import (
	"embed"
	"html/template"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/costrel/costrel"
)

var (
	//go:embed cart.html
	cartHTML string
	cartPage = template.Must(template.New("cart").Parse(cartHTML))

	//go:embed style.css
	style embed.FS
)

// What the Go application reads and writes. Flask writes the user, and reads
// the cart.
var (
	user  = costrel.Key[string]("user")
	items = costrel.Key[map[string]int]("cart")
)

var goods = []string{"Bread", "Cheese", "Figs", "Olives"}

// A cart is the application that has moved to Go.
type cart struct{ sessions *costrel.Manager }

func (c *cart) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		c.show(w, r)
	case http.MethodPost:
		c.add(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
	}
}

func (c *cart) show(w http.ResponseWriter, r *http.Request) {
	session := c.sessions.Get(r)
	w.Header().Set("Cache-Control", "no-store")
	cartPage.Execute(w, map[string]any{
		"Go":      strings.TrimPrefix(runtime.Version(), "go"),
		"User":    user.Or(session, ""),
		"Items":   items.Or(session, nil),
		"Goods":   goods,
		"Flashes": session.Flashes(), // of Flask's, after a login
	})
}

// add puts something into the cart and lets Flask say so.
func (c *cart) add(w http.ResponseWriter, r *http.Request) {
	session := c.sessions.Get(r)
	item := r.PostFormValue("item")
	switch {
	case !user.Has(session):
		session.Flash("Log in to fill a cart.", "error")
	case !slices.Contains(goods, item):
		session.Flash("There is no such thing here.", "error")
	default:
		held := items.Or(session, map[string]int{})
		held[item]++
		items.Set(session, held)
		session.Flash(item + " is in the cart: Go wrote this, and Flask reads it.")
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
