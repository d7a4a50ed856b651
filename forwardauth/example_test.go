package forwardauth_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/forwardauth"
	"github.com/costrel/costrel/itsdangerous"
)

// newSessions returns what reads the sessions of an application with this
// SECRET_KEY.
func newSessions() *costrel.Manager {
	sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring("the application's SECRET_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	return sessions
}

// newRequest returns the request of a browser whose session holds values.
func newRequest(path string, values map[string]any) *http.Request {
	sessions, r := newSessions(), httptest.NewRequest("GET", path, nil)
	login := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Get(r).Update(values)
	}))
	w := httptest.NewRecorder()
	login.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		r.AddCookie(cookie)
	}
	return r
}

// A proxy asks at an address of the handler's own, and gets an answer without a
// body: a status, and who is logged in.
func Example() {
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Require:  forwardauth.Has("user_id"),
		Headers:  map[string]string{"X-User-Id": "user_id"},
		Proxy:    forwardauth.Forwarded(), // as Caddy and Traefik ask
		LoginURL: "/login",
	})
	if err != nil {
		log.Fatal(err)
	}
	ask := func(values map[string]any) {
		question := newRequest("/auth", values)
		question.Header.Set("X-Forwarded-Method", "GET")
		question.Header.Set("X-Forwarded-Uri", "/orders?page=2")
		question.Header.Set("Accept", "text/html")
		answer := httptest.NewRecorder()
		auth.ServeHTTP(answer, question)
		fmt.Printf("%d %q %q\n", answer.Code, answer.Header().Get("X-User-Id"), answer.Header().Get("Location"))
	}
	ask(map[string]any{"user_id": 12345})
	ask(nil)
	// Output:
	// 200 "12345" ""
	// 302 "" "/login?next=%2Forders%3Fpage%3D2"
}

// A gateway in front of an application: who is logged in reaches it with a
// header that no client can forge.
func ExampleHandler_Protect() {
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("the user is", r.Header["X-User-Id"])
	}))
	defer application.Close()
	upstream, err := url.Parse(application.URL)
	if err != nil {
		log.Fatal(err)
	}

	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Require:  forwardauth.Has("user_id"),
		Headers:  map[string]string{"X-User-Id": "user_id"},
	})
	if err != nil {
		log.Fatal(err)
	}
	gateway := auth.Protect(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
	})

	r := newRequest("/", map[string]any{"user_id": 12345})
	r.Header.Set("X-User-Id", "1") // nice try
	gateway.ServeHTTP(httptest.NewRecorder(), r)
	// Output: the user is [12345]
}

// A decision without an answer, for a program that gives its own.
func ExampleHandler_Check() {
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Require:  forwardauth.All(forwardauth.Has("user_id"), forwardauth.Equal("role", "admin")),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, values := range []map[string]any{
		{"user_id": 12345, "role": "admin"},
		{"user_id": 12345, "role": "editor"},
		nil,
	} {
		d := auth.Check(newRequest("/", values))
		fmt.Println(d.Verdict, d.Status(), d.Reason())
	}
	// Output:
	// allow 200 allowed
	// forbid 403 forbidden
	// log in 401 absent
}

// Paths that need no session. One that another server could understand
// differently needs one.
func ExampleConfig_public() {
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Public:   []string{"/favicon.ico", "/static/"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/static/site.css", "/static/../admin", "/admin"} {
		fmt.Println(path, auth.Check(newRequest(path, nil)).Reason())
	}
	// Output:
	// /static/site.css public
	// /static/../admin absent
	// /admin absent
}

// Every decision, for a log or a metric. Neither shows a cookie.
func ExampleConfig_onDecision() {
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		OnDecision: func(r *http.Request, d forwardauth.Decision) {
			fmt.Println(r.Method, r.URL.Path, d.Status(), d.Reason(), "key", d.Session.SignedBy())
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	auth.Check(newRequest("/orders", map[string]any{"_user_id": "ann"}))
	auth.Check(newRequest("/orders", nil))
	// Output:
	// GET /orders 200 allowed key 0
	// GET /orders 401 absent key -1
}

// The keys of a gateway that does not hold the application's SECRET_KEY.
func ExampleNew_derivedKeys() {
	// Where SECRET_KEY is at home; "costrel key derive" does the same.
	derived := itsdangerous.DeriveKey([]byte("the application's SECRET_KEY"), "cookie-session", itsdangerous.HMAC, nil)

	// In the gateway.
	sessions, err := costrel.New(costrel.Config{
		Keys:      costrel.NewKeyring(string(derived)),
		Interface: &costrel.Signed{Derivation: itsdangerous.None},
	})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := forwardauth.New(forwardauth.Config{Sessions: sessions})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(auth.Check(newRequest("/", map[string]any{"_user_id": "ann"})).Reason())
	// Output: allowed
}

// The whole identity in one header that proves itself. Python reads it with
//
//	URLSafeTimedSerializer("a key of gateway and application", salt="costrel.identity")
func ExampleToken() {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("a key of gateway and application")}}
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Token:    &forwardauth.Token{Values: []string{"_user_id", "roles"}, Options: options},
	})
	if err != nil {
		log.Fatal(err)
	}
	d := auth.Check(newRequest("/", map[string]any{"_user_id": "ann", "roles": []string{"editor"}}))

	// In the application.
	options.Salt = "costrel.identity"
	identities, err := itsdangerous.NewURLSafeTimedSerializer[map[string]any](options, nil)
	if err != nil {
		log.Fatal(err)
	}
	identity, _, err := identities.Loads(d.Identity.Get("X-Identity"), itsdangerous.Window{Now: time.Now(), MaxAge: 30 * time.Second})
	fmt.Println(identity, err)
	// Output: map[_user_id:ann roles:[editor]] <nil>
}

// Rules from a configuration file or a command line.
func ExampleParseRule() {
	for _, text := range []string{"level=5", `level="5"`, "level=6"} {
		rule, err := forwardauth.ParseRule(text)
		if err != nil {
			log.Fatal(err)
		}
		auth, err := forwardauth.New(forwardauth.Config{Sessions: newSessions(), Require: rule})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(text, auth.Check(newRequest("/", map[string]any{"level": 5})).Verdict)
	}
	// Output:
	// level=5 allow
	// level="5" forbid
	// level=6 forbid
}

// One of two roles, or Flask-Login's fresh login.
func ExampleAny() {
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Require: forwardauth.All(
			forwardauth.FlaskLogin(),
			forwardauth.Any(forwardauth.Equal("role", "admin"), forwardauth.Equal("role", "editor"), forwardauth.FlaskLoginFresh()),
		),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(auth.Check(newRequest("/", map[string]any{"_user_id": "ann", "role": "editor"})).Verdict)
	fmt.Println(auth.Check(newRequest("/", map[string]any{"_user_id": "ann", "role": "reader"})).Verdict)
	// Output:
	// allow
	// forbid
}

// A websocket server beside a Flask application reads its sessions, and never
// writes one.
func ExampleReadOnly() {
	sessions, err := costrel.New(costrel.Config{
		Keys:      costrel.NewKeyring("the application's SECRET_KEY"),
		Interface: forwardauth.ReadOnly(nil),
		OnError:   func(_ *http.Request, err error) { fmt.Println(err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	live := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := sessions.Get(r)
		fmt.Println("hello,", session.Get("name"))
		session.Set("name", "bob")
	}))
	w := httptest.NewRecorder()
	live.ServeHTTP(w, newRequest("/live", map[string]any{"name": "ann"}))
	fmt.Println("cookies:", len(w.Result().Cookies()))
	// Output:
	// hello, ann
	// saving the session: the session is read-only here: only the application that it belongs to writes it
	// cookies: 0
}

// A rule of one's own: to log in is not enough until a second factor was asked
// for.
func ExampleRule() {
	secondFactor := costrel.Key[bool]("second_factor")
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Require: forwardauth.All(forwardauth.Has("user_id"), func(session *costrel.Session) forwardauth.Verdict {
			if secondFactor.Or(session, false) {
				return forwardauth.Allow
			}
			return forwardauth.LogIn
		}),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(auth.Check(newRequest("/", map[string]any{"user_id": 12345})).Verdict)
	fmt.Println(auth.Check(newRequest("/", map[string]any{"user_id": 12345, "second_factor": true})).Verdict)
	// Output:
	// log in
	// allow
}

// A value is compared together with its type.
func ExampleEqual() {
	for _, rule := range []forwardauth.Rule{
		forwardauth.Equal("level", 5),
		forwardauth.Equal("level", "5"),
	} {
		auth, err := forwardauth.New(forwardauth.Config{Sessions: newSessions(), Require: rule})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(auth.Check(newRequest("/", map[string]any{"level": 5})).Verdict)
	}
	// Output:
	// allow
	// forbid
}

// nginx takes no redirect for an answer: it makes one of the 401 and its
// Location.
func ExampleNginx() {
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Proxy:    forwardauth.Nginx(),
		LoginURL: "/login",
	})
	if err != nil {
		log.Fatal(err)
	}
	question := newRequest("/auth", nil)
	question.Header.Set("X-Original-Method", "GET")
	question.Header.Set("X-Original-URI", "/orders")
	question.Header.Set("Accept", "text/html")
	answer := httptest.NewRecorder()
	auth.ServeHTTP(answer, question)
	fmt.Println(answer.Code, answer.Header().Get("Location"))
	// Output: 401 /login?next=%2Forders
}

// Caddy, Traefik and HAProxy tell the request that they ask about by
// X-Forwarded-Method and X-Forwarded-Uri, and pass the answer on, redirects too.
func ExampleForwarded() {
	auth, err := forwardauth.New(forwardauth.Config{
		Sessions: newSessions(),
		Proxy:    forwardauth.Forwarded(),
		LoginURL: "/login",
	})
	if err != nil {
		log.Fatal(err)
	}
	question := newRequest("/", nil)
	question.Header.Set("X-Forwarded-Method", "GET")
	question.Header.Set("X-Forwarded-Uri", "/orders")
	question.Header.Set("Accept", "text/html")
	answer := httptest.NewRecorder()
	auth.ServeHTTP(answer, question)
	fmt.Println(answer.Code, answer.Header().Get("Location"))
	// Output: 302 /login?next=%2Forders
}

// Whoever was only remembered has to log in again, as for a change of password.
func ExampleFlaskLoginFresh() {
	auth, err := forwardauth.New(forwardauth.Config{Sessions: newSessions(), Require: forwardauth.FlaskLoginFresh()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(auth.Check(newRequest("/password", map[string]any{"_user_id": "17", "_fresh": true})).Verdict)
	fmt.Println(auth.Check(newRequest("/password", map[string]any{"_user_id": "17", "_fresh": false})).Verdict)
	// Output:
	// allow
	// log in
}
