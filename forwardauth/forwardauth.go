// Package forwardauth answers "who is logged in?" for whatever stands in front
// of an application, from the session cookie alone: it asks neither the
// application nor a database.
//
//	auth, err := forwardauth.New(forwardauth.Config{
//		Sessions: sessions,
//		Require:  forwardauth.Has("user_id"),
//		Headers:  map[string]string{"X-User-Id": "user_id"},
//	})
//
// A [Handler] can be used in three ways:
//
//   - served at an address of its own, it is what nginx's auth_request, Caddy's
//     forward_auth, Traefik's ForwardAuth, HAProxy and Envoy's ext_authz ask:
//     see [Proxy];
//   - [Handler.Protect] puts it before another handler, such as a
//     [net/http/httputil.ReverseProxy];
//   - [Handler.Check] only decides.
//
// [ReadOnly] is for a program that reads the sessions of others and must never
// write one.
//
// # Keys
//
// To verify a session takes the keys that signed it, and a key that verifies
// also signs: whoever has it can make the session of any user. Where the
// gateway should not hold the application's SECRET_KEY all the same, since that
// also signs its links, forms and remember-me cookies, give it keys derived for
// sessions alone, by [itsdangerous.DeriveKey] or "costrel key derive":
//
//	sessions, err := costrel.New(costrel.Config{
//		Keys:      costrel.NewKeyring(string(derived)),
//		Interface: &costrel.Signed{Derivation: itsdangerous.None},
//	})
//
// # What is not checked
//
// A session is good until it expires, even if its user logged out elsewhere or
// was deleted: only the application could tell. Flask-Login's remember-me
// cookie and its session protection (the "_id" of a browser and its address)
// are left to the application too.
package forwardauth

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/costrel/costrel"
)

// Config holds the settings of a [Handler].
type Config struct {
	// Sessions reads the session cookies. It is required.
	Sessions *costrel.Manager

	// Require is what a session must meet. Nil is FlaskLogin(). Combine rules
	// with All and Any.
	Require Rule

	// Public lists the paths that need no session: "/favicon.ico" that one,
	// "/static/" everything below. A request for one is allowed whoever sent
	// it, and carries an identity if its session meets Require. A LoginURL that
	// is a path is public without being listed.
	//
	// A path that another server could understand differently, with "//" or
	// "..", an escaped slash or a semicolon, is not public. New refuses "/",
	// which is the whole site, and a star, which stands for nothing.
	Public []string

	// Headers says which values of a session tell the application who is
	// logged in: session keys by the names of request headers, such as
	// {"X-User-Id": "user_id"}. Strings of printable ASCII, numbers, bools and
	// UUIDs can be a header; a session with another value is refused. Without a
	// value there is no header.
	Headers map[string]string

	// Token, if not nil, tells the same in one signed header.
	Token *Token

	// Proxy says how a proxy asks. It is for ServeHTTP only: Check and Protect
	// look at the request that they are given.
	Proxy Proxy

	// LoginURL is where a browser is sent that has to log in, with the path
	// that it asked for in the parameter next, as Flask-Login does: "/login", or
	// an address on another site. If empty, it gets 401 as everyone else. A whole
	// address makes nothing public, since a client can send any Host: if it is on
	// this site, give the path, or list that in Public too.
	LoginURL string

	// OnDecision, if not nil, hears of every decision, for logs and metrics. It
	// may be called by several goroutines.
	OnDecision func(*http.Request, Decision)
}

// A Handler decides on requests by their sessions. Make one with [New]. It is
// safe for concurrent use.
type Handler struct {
	config Config
	public paths
	fields []field // of Headers and Token, by name
	token  *token
	login  *login
}

// New returns a Handler with the settings in config, which it checks.
func New(config Config) (*Handler, error) {
	h := &Handler{config: config}
	if config.Sessions == nil {
		return nil, errors.New("forwardauth.New: Config.Sessions is missing")
	}
	if h.config.Require == nil {
		h.config.Require = FlaskLogin()
	}
	var err error
	if h.fields, err = newFields(config.Headers, config.Token); err != nil {
		return nil, fmt.Errorf("forwardauth.New: %w", err)
	}
	if h.token, err = newToken(config); err != nil {
		return nil, fmt.Errorf("forwardauth.New: %w", err)
	}
	if h.login, err = newLogin(config.LoginURL); err != nil {
		return nil, fmt.Errorf("forwardauth.New: %w", err)
	}
	if h.public, err = newPaths(config.Public, h.login); err != nil {
		return nil, fmt.Errorf("forwardauth.New: %w", err)
	}
	return h, nil
}

// A Decision is what a [Handler] made of a request.
type Decision struct {
	// Verdict says whether the request may pass. The zero Verdict says no.
	Verdict Verdict

	// Public is true if the request passes because its path needs no session.
	Public bool

	// Session is the request's, verified, or a new one. Changes to it go
	// nowhere. It is never nil.
	Session *costrel.Session

	// Identity holds the headers that tell the application who is logged in. It
	// is empty unless the session meets the rules.
	Identity http.Header

	// Err is why a decision could not be made, or an identity not be told; the
	// request does not pass then, unless it is Public. It shows no value of the
	// session.
	Err error

	// Took is how long it took to decide.
	Took time.Duration
}

// errQuestion is the error of a proxy that does not say what it asks about.
var errQuestion = errors.New("the proxy's question is incomplete")

// Reason says in a word or two why the request may pass or not, for a metric:
// "allowed" or "public"; a [costrel.Reason] such as "expired", if there was no
// good session; "not logged in" or "forbidden" by the rules; "bad question" of
// a proxy; or "error".
func (d Decision) Reason() string {
	switch {
	case d.Public:
		return "public"
	case d.Verdict == Allow:
		return "allowed"
	case errors.Is(d.Err, errQuestion):
		return "bad question"
	case d.Err != nil:
		return "error"
	case d.Session.IsNew():
		return d.Session.Rejection().Reason.String()
	case d.Verdict == Forbid:
		return "forbidden"
	}
	return "not logged in"
}

// Status returns the status of the answer: 200, 401 for who has to log in, 403
// for who is logged in and may not, 400 if a proxy does not say what it asks
// about, 500 if it could not be decided.
func (d Decision) Status() int {
	switch {
	case d.Verdict == Allow:
		return http.StatusOK
	case errors.Is(d.Err, errQuestion):
		return http.StatusBadRequest
	case d.Err != nil:
		return http.StatusInternalServerError
	case d.Verdict == Forbid:
		return http.StatusForbidden
	}
	return http.StatusUnauthorized
}

// Check decides on r. It does not read its body.
func (h *Handler) Check(r *http.Request) Decision {
	start := time.Now()
	d := h.check(r)
	d.Took = time.Since(start)
	return h.tell(r, d)
}

func (h *Handler) check(r *http.Request) (d Decision) {
	d.Public = h.public.match(r.URL)
	d.Session, d.Err = h.config.Sessions.Open(r)
	if d.Err == nil {
		d.Verdict = h.config.Require(d.Session)
	}
	if d.Verdict == Allow {
		d.Identity, d.Err = h.identity(d.Session)
	}
	if d.Err != nil {
		d.Verdict = Forbid
	}
	if d.Public {
		d.Verdict = Allow
	}
	return d
}

func (h *Handler) tell(r *http.Request, d Decision) Decision {
	if h.config.OnDecision != nil {
		h.config.OnDecision(r, d)
	}
	return d
}

// ServeHTTP answers a proxy that asks about another request: 200 with the
// identity in its headers, or what the client is to get, see [Decision.Status].
// Each header of Config is in a good answer, empty where the session has no
// value for it, so that a proxy that copies it overwrites what the client sent.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked, err := h.config.Proxy.asked(r)
	if err != nil {
		h.refuse(w, r, h.tell(r, Decision{Session: costrel.NewSession(), Err: err}), 0)
		return
	}
	d := h.Check(asked)
	if d.Verdict != Allow {
		h.refuse(w, asked, d, h.config.Proxy.redirect())
		return
	}
	answer(w, r)
	header := w.Header()
	for _, f := range h.fields {
		header[f.name] = []string{d.Identity.Get(f.name)}
	}
}

// Protect returns a handler that passes requests to next if they may, with the
// identity in their headers, and answers the others itself. Of the headers in
// Config next never sees a client's: whatever a server might take for one of
// them, in any case, with underscores, or in a trailer, is removed; and the
// header Connection cannot make the next proxy remove one. Nor is next asked to
// upgrade a connection to anything but a websocket: over HTTP/2, its client
// could ask for the rest unchecked.
//
// A next that passes requests on to a server which believes more of a proxy, such
// as X-Forwarded-For, X-Original-Url or gunicorn's SCRIPT_NAME, has to remove what
// clients send of that, as costrel gateway does.
func (h *Handler) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := h.Check(r)
		if d.Verdict != Allow {
			h.refuse(w, r, d, http.StatusFound)
			return
		}
		next.ServeHTTP(w, h.identify(websocketsOnly(r), d.Identity))
	})
}

// websocketsOnly returns r without what asks for an upgrade, unless that is to a
// websocket.
func websocketsOnly(r *http.Request) *http.Request {
	protocols := r.Header["Upgrade"]
	if len(protocols) == 0 || len(protocols) == 1 && strings.EqualFold(protocols[0], "websocket") {
		return r
	}
	plain := *r
	plain.Header = maps.Clone(r.Header)
	delete(plain.Header, "Upgrade")
	return &plain
}

// refuse answers a request that may not pass. A browser that has to log in gets
// its way to do so with the given status.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, d Decision, redirect int) {
	answer(w, r)
	status := d.Status()
	if status == http.StatusUnauthorized && h.login != nil && isBrowser(r) && !h.login.isEndless(r.URL) {
		w.Header().Set("Location", h.login.location(r.URL))
		status = redirect
	}
	http.Error(w, http.StatusText(status), status)
}

// answer sets the headers of an answer that no cache may keep, and that does not
// wait for the body of the request: some proxies announce one and never send it,
// and a client's may be slow or without end.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
}
