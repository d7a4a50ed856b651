package costrel_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/taggedjson"
)

// A browser visits an application and keeps its cookies, by their names.
type browser map[string]*http.Cookie

func (b browser) visit(app http.Handler, target string) *http.Response {
	r := httptest.NewRequest("GET", target, nil)
	for _, cookie := range b {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if b[cookie.Name] = cookie; cookie.MaxAge < 0 {
			delete(b, cookie.Name)
		}
	}
	return w.Result()
}

// A visit is one request of a browser that has no cookies yet.
func visit(app http.Handler, target string) *http.Response { return browser{}.visit(app, target) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ExampleNew() {
	sessions, err := costrel.New(costrel.Config{
		Keys:     costrel.NewKeyring(costrel.NewKey()), // an application's stays the same: see ConfigFromEnv
		Cookie:   costrel.Recommended(),
		Lifetime: 14 * 24 * time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		visits, _ := session.Get("visits").(int64)
		session.Set("visits", visits+1)
		fmt.Println("visit", visits+1)
	})
	app := sessions.Handler(mux) // for http.ListenAndServe

	b := browser{}
	b.visit(app, "https://example.com/")
	b.visit(app, "https://example.com/")
	// Output:
	// visit 1
	// visit 2
}

func ExampleNew_refused() {
	_, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring("secret")})
	fmt.Println(err)

	_, err = costrel.New(costrel.Config{
		Keys:   costrel.NewKeyring(costrel.NewKey()),
		Cookie: costrel.Cookie{SameSite: http.SameSiteNoneMode},
	})
	fmt.Println(err)
	// Output:
	// costrel.New: the current key has 6 bytes, fewer than 16, and could be guessed: make one with costrel.NewKey(); tests may set Config.AllowShortKeys
	// costrel.New: the cookie "session": SameSite=None needs Secure: browsers drop the cookie otherwise
}

// A request that never asks for its session gets no header on its account.
func ExampleManager_Handler() {
	sessions := must(costrel.New(costrel.Config{Keys: costrel.NewKeyring(costrel.NewKey())}))
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) { sessions.Get(r).Set("user_id", 12345) })
	mux.HandleFunc("/account", func(w http.ResponseWriter, r *http.Request) { fmt.Println(sessions.Get(r).Get("user_id")) })
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) { sessions.Get(r).Clear() })
	mux.HandleFunc("/about", func(w http.ResponseWriter, r *http.Request) {})
	app := sessions.Handler(mux)

	b := browser{}
	for _, path := range []string{"/login", "/account", "/about", "/logout", "/account"} {
		res := b.visit(app, path)
		fmt.Printf("%s sets a cookie: %v, Vary: %q\n", path, len(res.Cookies()) > 0, res.Header.Get("Vary"))
	}
	// Output:
	// /login sets a cookie: true, Vary: "Cookie"
	// 12345
	// /account sets a cookie: false, Vary: "Cookie"
	// /about sets a cookie: false, Vary: ""
	// /logout sets a cookie: true, Vary: "Cookie"
	// <nil>
	// /account sets a cookie: false, Vary: "Cookie"
}

// The stages of a framework that has no http.ResponseWriter to wrap.
func ExampleManager_Open() {
	sessions := must(costrel.New(costrel.Config{Keys: costrel.NewKeyring(costrel.NewKey())}))
	r := httptest.NewRequest("GET", "/", nil)
	header := http.Header{}

	session, err := sessions.Open(r)
	if err != nil {
		fmt.Println(err)
	}
	session.Set("user_id", 12345)
	if err := sessions.Save(header, r, session); err != nil {
		fmt.Println(err)
	}
	name, _, _ := strings.Cut(header.Get("Set-Cookie"), "=")
	fmt.Println(name, "|", header.Get("Vary"))
	// Output: session | Cookie
}

// The zero value of a key's type, an error or a default may stand for a value
// that is missing or of another type.
func ExampleKey() {
	type Item struct {
		Name  string `json:"name"`
		Count int    `json:"count"`
	}
	var (
		userID = costrel.Key[int64]("user_id")
		since  = costrel.Key[time.Time]("since")
		theme  = costrel.Key[string]("theme")
		cart   = costrel.Key[[]Item]("cart")
	)
	session := costrel.NewSession() // as Manager.Get returns it

	userID.Set(session, 12345)
	since.Set(session, time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC))
	cart.Set(session, []Item{{"figs", 2}})

	id, ok := userID.Get(session)
	fmt.Println(id, ok)
	fmt.Println(theme.Or(session, "light"))
	fmt.Println(cart.Or(session, nil)[0].Name)
	_, err := costrel.Key[int8]("user_id").Decode(session)
	fmt.Println(err)
	fmt.Println(string(must(session.AppendJSON(nil))))
	// Output:
	// 12345 true
	// light
	// figs
	// user_id: 12345 doesn't fit int8
	// {"cart":[{"count":2,"name":"figs"}],"since":{" d":"Sat, 14 Mar 2026 09:26:53 GMT"},"user_id":12345}
}

// What is changed inside a value is noticed. Flask has to be told, by
// session.modified = True.
func ExampleSession_Get_inPlace() {
	session := must(costrel.ParseSession([]byte(`{"seen":{"figs":1}}`), nil))

	seen := session.Get("seen").(map[string]any)
	seen["olives"] = 2

	fmt.Println(session.Modified())
	fmt.Println(string(must(session.AppendJSON(nil))))
	// Output:
	// true
	// {"seen":{"figs":1,"olives":2}}
}

// A value that cannot be kept leaves the session as it was.
func ExampleSession_Set_refused() {
	session := costrel.NewSession()
	session.Set("cart", map[string]any{"items": []any{1, make(chan int)}})

	fmt.Println(session.Has("cart"))
	fmt.Println(session.Err())
	// Output:
	// false
	// cart.items[1]: channel can't be kept in a session
}

func ExampleSession_SetPermanent() {
	sessions := must(costrel.New(costrel.Config{
		Keys:     costrel.NewKeyring(costrel.NewKey()),
		Lifetime: 30 * 24 * time.Hour,
	}))
	app := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		session.Set("user_id", 12345)
		session.SetPermanent(r.FormValue("remember") == "on")
	}))

	for _, target := range []string{"/login", "/login?remember=on"} {
		expires := visit(app, target).Cookies()[0].Expires
		if expires.IsZero() {
			fmt.Println(target, "until the browser closes")
		} else {
			fmt.Println(target, "for", time.Until(expires).Round(time.Hour))
		}
	}
	// Output:
	// /login until the browser closes
	// /login?remember=on for 720h0m0s
}

func ExampleSession_Flash() {
	sessions := must(costrel.New(costrel.Config{Keys: costrel.NewKeyring(costrel.NewKey())}))
	mux := http.NewServeMux()
	mux.HandleFunc("/save", func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Flash("Your profile was saved.")
		sessions.Get(r).Flash("Your address is not confirmed.", "warning")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		for _, flash := range sessions.Get(r).Flashes() {
			fmt.Printf("%s: %s\n", flash.Category, flash)
		}
	})
	app := sessions.Handler(mux)

	b := browser{}
	b.visit(app, "/save")
	b.visit(app, "/")
	b.visit(app, "/") // shows nothing
	// Output:
	// message: Your profile was saved.
	// warning: Your address is not confirmed.
}

// Of the messages, those of one category; the others are gone too.
func ExampleSession_Flashes_category() {
	session := costrel.NewSession()
	session.Flash("Saved.", "success")
	session.Flash("The disk is almost full.", "warning")

	fmt.Println(session.Flashes("warning"))
	fmt.Println(session.Has("_flashes"))
	// Output:
	// [The disk is almost full.]
	// false
}

// An application that proxies reach by HTTP and by HTTPS.
func ExampleConfig_cookieFor() {
	sessions := must(costrel.New(costrel.Config{
		Keys: costrel.NewKeyring(costrel.NewKey()),
		CookieFor: func(r *http.Request, cookie costrel.Cookie) costrel.Cookie {
			cookie.Secure = r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
			return cookie
		},
	}))
	app := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("user_id", 12345)
	}))

	fmt.Println(visit(app, "http://example.com/").Cookies()[0].Secure)
	fmt.Println(visit(app, "https://example.com/").Cookies()[0].Secure)
	// Output:
	// false
	// true
}

func ExampleConfig_onError() {
	sessions := must(costrel.New(costrel.Config{
		Keys:    costrel.NewKeyring(costrel.NewKey()),
		OnError: func(r *http.Request, err error) { fmt.Println(r.URL.Path, err) },
	}))
	mux := http.NewServeMux()
	mux.HandleFunc("/value", func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("done", func() {})
	})
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		fmt.Fprintln(w, "This sends the headers, and the cookie in them.")
		session.Set("user_id", 12345)
	})
	app := sessions.Handler(mux)

	visit(app, "/value")
	visit(app, "/late")
	// Output:
	// /value done: function can't be kept in a session
	// /late user_id: the session was changed after the headers were sent, or Handler returned, so its cookie does not hold the change: change the session before the response's first byte
}

// The error of a session that outgrew its cookie names the largest values.
func ExampleErrCookieTooLarge() {
	sessions := must(costrel.New(costrel.Config{
		Keys: costrel.NewKeyring(costrel.NewKey()),
		OnError: func(r *http.Request, err error) {
			_, keys, _ := strings.Cut(err.Error(), "largest ")
			fmt.Println(errors.Is(err, costrel.ErrCookieTooLarge), keys)
		},
		Interface: &costrel.Signed{CompressAbove: -1},
	}))
	app := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("user_id", 12345)
		sessions.Get(r).Set("history", strings.Repeat("/a/page ", 500))
	}))
	fmt.Println(len(visit(app, "/").Cookies()))
	// Output:
	// true keys are history (4002 bytes), user_id (5 bytes)
	// 0
}

// The handler's own cookie, as of a Flask application behind a proxy, stays as it
// is, and costrel says so where it does not hold a change.
func ExampleErrSuperseded() {
	sessions := must(costrel.New(costrel.Config{
		Keys: costrel.NewKeyring(costrel.NewKey()),
		OnError: func(_ *http.Request, err error) {
			fmt.Println("superseded:", errors.Is(err, costrel.ErrSuperseded))
		},
	}))
	flask := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // httputil.ReverseProxy
		w.Header().Add("Set-Cookie", "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/")
	})
	app := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		session.Set("visits", 1)
		flask.ServeHTTP(w, r)
	}))
	res := visit(app, "/logout")
	fmt.Println("cookies:", len(res.Cookies()))
	// Output:
	// superseded: true
	// cookies: 1
}

func ExampleConfig_onReject() {
	sessions := must(costrel.New(costrel.Config{
		Keys: costrel.NewKeyring(costrel.NewKey()),
		OnReject: func(r *http.Request, rejected costrel.Rejection) {
			fmt.Println("rejected:", rejected.Cookie, rejected.Reason)
		},
	}))
	app := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("new session:", sessions.Get(r).IsNew())
	}))

	b := browser{"session": {Name: "session", Value: "eyJ1c2VyX2lkIjoxfQ.aSBh_w.3GeOq7SHkY9oVdW6uYDO-Qh1sB4"}}
	b.visit(app, "/")
	// Output:
	// rejected: session bad signature
	// new session: true
}

// The environment of a Flask application configures the Go application beside
// it.
func ExampleConfigFromEnv() {
	environ := append(os.Environ(),
		"FLASK_SECRET_KEY=4f1d0b6e8c2a9753",
		"FLASK_SESSION_COOKIE_NAME=shop",
		"FLASK_SESSION_COOKIE_SECURE=true",
		"FLASK_PERMANENT_SESSION_LIFETIME=3600",
	)
	config, err := costrel.ConfigFromEnv(environ)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(config.Keys, config.Cookie.Name, config.Cookie.Secure, config.Lifetime)

	_, err = costrel.ConfigFromEnv([]string{"FLASK_SESSION_COOKIE_HTTP_ONLY=true"})
	fmt.Println(err)
	// Output:
	// costrel.Keyring(1 keys) shop true 1h0m0s
	// FLASK_SESSION_COOKIE_HTTP_ONLY is no setting of Flask's sessions: did you mean FLASK_SESSION_COOKIE_HTTPONLY?
}

// Nobody is logged out while a key is replaced.
func ExampleNewKeyring() {
	const oldKey, newKey = "the key of last year", "the key of this year"
	serve := func(keys costrel.Keyring, b browser) {
		sessions := must(costrel.New(costrel.Config{Keys: keys}))
		b.visit(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			session := sessions.Get(r)
			fmt.Println("visits:", session.Get("visits"), "signed by key", session.SignedBy())
			session.Set("visits", costrel.Key[int]("visits").Or(session, 0)+1)
		})), "/")
	}

	b := browser{}
	serve(costrel.NewKeyring(oldKey), b)
	serve(costrel.NewKeyring(newKey, oldKey), b) // the old key verifies, and the new one signs
	serve(costrel.NewKeyring(newKey, oldKey), b)
	serve(costrel.NewKeyring(newKey), b)
	// Output:
	// visits: <nil> signed by key -1
	// visits: 1 signed by key 1
	// visits: 2 signed by key 0
	// visits: 3 signed by key 0
}

func ExampleRecommended() {
	sessions := must(costrel.New(costrel.Config{
		Keys:   costrel.NewKeyring(costrel.NewKey()),
		Cookie: costrel.Recommended(),
	}))
	app := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Set("user_id", 12345)
	}))

	line := visit(app, "https://example.com/").Header.Get("Set-Cookie")
	name, rest, _ := strings.Cut(line, "=")
	_, attributes, _ := strings.Cut(rest, "; ")
	fmt.Println(name)
	fmt.Println(attributes)
	// Output:
	// __Host-session
	// Secure; HttpOnly; Path=/; SameSite=Lax
}

// An application may have several sessions, each with a cookie, a lifetime and
// keys of its own.
func ExampleManager_several() {
	shop := must(costrel.New(costrel.Config{
		Keys: costrel.NewKeyring(costrel.NewKey()),
	}))
	admin := must(costrel.New(costrel.Config{
		Keys:     costrel.NewKeyring(costrel.NewKey()),
		Cookie:   costrel.Cookie{Name: "admin", Path: "/admin", SameSite: http.SameSiteStrictMode},
		Lifetime: time.Hour,
	}))
	app := shop.Handler(admin.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shop.Get(r).Set("cart", []string{"figs"})
		admin.Get(r).Set("user", "root")
	})))

	for _, cookie := range visit(app, "/admin/").Cookies() {
		fmt.Println(cookie.Name, cookie.Path)
	}
	// Output:
	// admin /admin
	// session /
}

// A Flask application that registers a tag of its own, such as
//
//	class TagMoney(JSONTag):
//	    key = " €"
//	    ...
//
// needs the same tag here to share values of that type. Without it they are
// kept as they are.
func ExampleSigned_codec() {
	type Money int64 // cents

	codec := new(taggedjson.Codec)
	err := codec.Register(taggedjson.Tag{
		Key:    " €",
		Match:  func(v any) bool { _, ok := v.(Money); return ok },
		Encode: func(v any) (any, error) { return int64(v.(Money)), nil },
		Decode: func(v any) (any, error) {
			cents, ok := v.(int64)
			if !ok {
				return nil, errors.New("an amount must be a number of cents")
			}
			return Money(cents), nil
		},
	})
	if err != nil {
		fmt.Println(err)
	}
	sessions := must(costrel.New(costrel.Config{
		Keys:      costrel.NewKeyring(costrel.NewKey()),
		Interface: &costrel.Signed{Codec: codec},
	}))
	mux := http.NewServeMux()
	mux.HandleFunc("/add", func(w http.ResponseWriter, r *http.Request) { sessions.Get(r).Set("total", Money(1250)) })
	mux.HandleFunc("/pay", func(w http.ResponseWriter, r *http.Request) {
		raw, _ := sessions.Get(r).Raw("total")
		fmt.Printf("%s is %T\n", raw, sessions.Get(r).Get("total"))
	})
	app := sessions.Handler(mux)

	b := browser{}
	b.visit(app, "/add")
	b.visit(app, "/pay")
	// Output: {" \u20ac":1250} is costrel_test.Money
}

// A session as its JSON: what an Interface of one's own keeps.
func ExampleParseSession() {
	session, err := costrel.ParseSession([]byte(`{"at":{" d":"Sat, 14 Mar 2026 09:26:53 GMT"},"pair":{" t":["a",1]},"user_id":12345}`), nil)
	if err != nil {
		fmt.Println(err)
	}
	for key, value := range session.All() {
		fmt.Printf("%s: %v (%T)\n", key, value, value)
	}
	// Output:
	// at: 2026-03-14 09:26:53 +0000 UTC (time.Time)
	// pair: [a 1] (taggedjson.Tuple)
	// user_id: 12345 (int64)
}
