package costrel

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/costrel/costrel/itsdangerous"
)

// defaultLifetime is Flask's PERMANENT_SESSION_LIFETIME, 31 days.
const defaultLifetime = 31 * 24 * time.Hour

// longestLifetime is what browsers cut a cookie's expiry to.
const longestLifetime = 400 * 24 * time.Hour

// defaultLeeway is how far two servers' clocks may be apart.
const defaultLeeway = 10 * time.Second

// defaultCookieSize is how many bytes of name and value browsers keep.
const defaultCookieSize = 4096

// Config holds the settings of a [Manager]. A zero field is Flask's default,
// unless its comment says otherwise: of Keys, Leeway and MaxCookieSize it does.
// docs/flask.md has Flask's name of each.
type Config struct {
	// Keys sign the sessions. It is required, unless Interface needs no keys.
	Keys Keyring

	// AllowShortKeys lets New take keys shorter than 16 bytes, for tests.
	AllowShortKeys bool

	// Interface opens and saves sessions. Nil is a *Signed with Flask's
	// settings.
	Interface Interface

	// Cookie names and limits the session cookie. The zero Cookie is Flask's;
	// Recommended returns a safer one.
	Cookie Cookie

	// CookieFor, if not nil, changes Cookie for one request: Secure behind a
	// proxy that ends TLS, a Domain for each host. It is called both to read
	// and to write the cookie, with the request as it came to Handler, before
	// a router saw it, and must give the same name each time. It must not ask
	// for the session. Another name is no other session: whoever renames a
	// cookie has it under both, unless they have keys or salts of their own.
	CookieFor func(*http.Request, Cookie) Cookie

	// Lifetime is how long after its signing a session is accepted, in whole
	// seconds, and when the cookie of a permanent session expires. Zero is 31
	// days; New refuses less than a second.
	Lifetime time.Duration

	// NoRefresh keeps a permanent session's cookie as it is in responses to
	// requests that do not change the session. By default, as in Flask, every
	// response signs it anew, so that it expires a Lifetime after the last
	// request rather than the last change.
	NoRefresh bool

	// Leeway is how far in the future a cookie may have been signed, by a
	// server whose clock is ahead. Zero is 10 seconds, less is none. Flask
	// has none.
	Leeway time.Duration

	// MaxCookieSize is how many bytes the cookie's name and value may have.
	// A larger cookie is not sent, and OnError hears of it: browsers would
	// drop it in silence. Zero is 4096, less is no limit.
	MaxCookieSize int

	// OnError hears of everything that would be lost otherwise: a value that
	// cannot be kept, a change after the headers were sent, a cookie that is
	// too large. Nil logs to slog's default logger. It may be called by
	// several goroutines, and never while the session is locked.
	OnError func(*http.Request, error)

	// OnReject hears of every cookie that was not accepted, which makes for a
	// new session. Nil is nobody: bad cookies are the internet's weather. It is
	// called while the session is being opened, and so must not ask for it.
	OnReject func(*http.Request, Rejection)

	policy    *policy                       // of Cookie; nil if not from New
	signer    *itsdangerous.TimestampSigner // of Interface; nil if not from New, or that is no *Signed
	signers   *signers                      // nil if not from New
	refresher Refresher                     // Interface; nil if not from New, or that is none
}

func (c *Config) lifetime() time.Duration {
	if c.Lifetime == 0 {
		return defaultLifetime
	}
	return c.Lifetime
}

func (c *Config) leeway() time.Duration {
	if c.Leeway == 0 {
		return defaultLeeway
	}
	return max(c.Leeway, 0)
}

func (c *Config) maxCookieSize() int {
	if c.MaxCookieSize == 0 {
		return defaultCookieSize
	}
	return c.MaxCookieSize
}

func (c *Config) fail(r *http.Request, err error) {
	if c.OnError != nil {
		c.OnError(r, err)
		return
	}
	slog.ErrorContext(r.Context(), "costrel: "+err.Error())
}

func (c *Config) reject(r *http.Request, rejected Rejection) {
	if c.OnReject != nil {
		c.OnReject(r, rejected)
	}
}

// check refuses what no request should meet.
func (c *Config) check() error {
	if _, ok := c.Interface.(*Signed); ok || c.Keys.Len() > 0 {
		if err := c.Keys.check(c.AllowShortKeys); err != nil {
			return err
		}
	}
	switch lifetime := c.lifetime(); {
	case lifetime < time.Second:
		return fmt.Errorf("a Lifetime of %s is less than a second, so that no session would outlive its request", lifetime)
	case lifetime > longestLifetime:
		slog.Warn("costrel: browsers keep no cookie longer than 400 days", "lifetime", lifetime)
	}
	return nil
}

// A Manager gives the requests of an application their sessions. Make one with
// [New]. It is safe for concurrent use, and an application may have several,
// with cookies of different names.
type Manager struct {
	config Config
}

// New returns a Manager with the settings in config, which it checks: it
// refuses a Config without keys, with keys too short to be safe, and with
// cookie attributes that browsers refuse.
func New(config Config) (*Manager, error) {
	if config.Interface == nil {
		config.Interface = &Signed{}
	}
	err := config.check()
	if err == nil {
		config.policy, err = config.Cookie.policy()
	}
	config.signers = &signers{kept: map[*Signed]keptSigner{}}
	config.refresher, _ = config.Interface.(Refresher)
	if signed, ok := config.Interface.(*Signed); ok && err == nil {
		config.signer, err = signed.Signer(&config)
	}
	if err != nil {
		return nil, fmt.Errorf("costrel.New: %w", err)
	}
	m := &Manager{config}
	m.config.policy.config = &m.config
	return m, nil
}

// Handler returns a handler that gives requests their sessions, for [Get] to
// return, calls next, and puts the session's cookie into the response before
// its first byte. A request that never asks for its session costs next to
// nothing, and its response gets no header, unless the session is permanent.
// Of a compressed cookie only opening it tells that; [Config].NoRefresh spares
// both.
//
// The session is saved for every response, an error's too, and if next panics.
// Informational responses (1xx) pass without a cookie; the final one has it.
// Where a request passes through several Handlers of one Manager, the outermost
// has its session.
//
// Handler belongs around a framework's whole router, so that its error pages
// have the session too, and within [http.MaxBytesHandler] and
// [http.TimeoutHandler]: what runs on after the latter gave up on it must not
// change a session's maps and slices in place, for they are being saved. A
// library that takes over the connection and writes headers of its own, as some
// do for websockets, sends no cookie: give it those that [Manager.Save] makes.
//
// [Get]: Manager.Get
func (m *Manager) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Value(m).(*exchange); ok {
			next.ServeHTTP(w, r)
			return
		}
		x := &exchange{ResponseWriter: w, Context: r.Context(), manager: m}
		x.request = r.WithContext(x)
		defer x.finish(r)
		next.ServeHTTP(x, x.request)
		x.returned = true
	})
}

// Get returns the session of a request that passed through Handler. It is
// opened by the first call, and the same for each. Get panics if the request
// did not pass through this Manager's Handler.
func (m *Manager) Get(r *http.Request) *Session {
	return m.FromContext(r.Context())
}

// FromContext is [Manager.Get] for code that has the request's context only.
func (m *Manager) FromContext(ctx context.Context) *Session {
	x, ok := ctx.Value(m).(*exchange)
	if !ok {
		panic("costrel: this request has no session, since it did not pass through Manager.Handler: wrap the server's handler with it")
	}
	return x.open()
}

// Open returns the session of a request, outside of Handler: for a framework
// that writes responses in its own way. The session is never nil: with an error
// it is a null session, which can be read and is empty.
func (m *Manager) Open(r *http.Request) (*Session, error) {
	s, err := m.config.Interface.Open(&m.config, r)
	if err != nil {
		s, err = nil, fmt.Errorf("opening the session: %w", err)
	}
	if s == nil {
		s = nullSession()
	}
	if s.config == nil && s.err != nil { // of what Interface.Open did with it
		m.config.fail(r, s.err)
	}
	s.config, s.request = &m.config, r
	return s, err
}

// Save puts the session's cookie, and Vary, into the header of a response to
// r. Handler does it by itself. Afterwards Set and its like are refused, which
// OnError hears of; a change in place goes unnoticed. A null session is not
// saved, and no error.
//
// The error of a session that was not saved wraps [ErrCookieTooLarge],
// [ErrSuperseded] or what its Interface returned; Vary is in the header all the
// same. It is [ErrCommitted] if another goroutine changed the session
// meanwhile, and the cookie does not hold that.
func (m *Manager) Save(h http.Header, r *http.Request, s *Session) error {
	_, err := m.save(h, r, s)
	return err
}

// save also reports whether the session was modified.
func (m *Manager) save(h http.Header, r *http.Request, s *Session) (modified bool, err error) {
	if s.null {
		if s.Accessed() {
			AddVary(h)
		}
		return false, nil
	}
	if again := s.begin(); !again && m.config.isSet(h, r) {
		err = s.giveWay(h)
	} else {
		err = m.config.Interface.Save(&m.config, h, r, s)
	}
	modified, late := s.commit()
	if err != nil {
		return modified, fmt.Errorf("saving the session: %w", err)
	}
	return modified, late
}
