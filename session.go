package costrel

import (
	"bytes"
	"errors"
	"iter"
	"net/http"
	"sync"
	"time"

	"github.com/costrel/costrel/taggedjson"
)

var (
	// ErrCommitted is the error of a change to a session after the response's
	// headers, and with them its cookie, were sent, or Handler returned.
	ErrCommitted = errors.New("the session was changed after the headers were sent, or Handler returned, so its cookie does not hold the change: change the session before the response's first byte")

	// ErrSuperseded is the error of a change to a session whose cookie the handler
	// has set by itself, as a reverse proxy does with what Flask answered. That
	// cookie stays as it is, and does not hold the change.
	ErrSuperseded = errors.New("the session was changed, but the handler has set its cookie by itself, and that does not hold the change: change the session there")

	// ErrUnavailable is the error of a change to a null session, which takes
	// the place of one that an [Interface] did not open. Flask's NullSession
	// raises a RuntimeError.
	ErrUnavailable = errors.New("the session is unavailable, so nothing can be kept in it: its Interface opened none, as for want of a key")
)

// permanentKey is where Flask keeps session.permanent.
const permanentKey = "_permanent"

// A Session is what is remembered of one browser from request to request: a
// dictionary of values by their keys, as flask.session is. [Manager.Get] gives
// a request its session; what a handler changes in it is in the cookie of the
// response, without further ado.
//
// Values are those of package taggedjson: on reading, integers are int64
// (*big.Int beyond), other numbers float64, dicts map[string]any, lists []any;
// on writing, any Go value that taggedjson can encode. A slice or map that was
// handed out may be changed in place: that is noticed when the session is
// saved. [Key] reads and writes a value as a Go type of choice.
//
// A value that cannot be kept leaves the session as it was; [Config].OnError
// hears of it, and [Session.Err] keeps the error.
//
// A Session is safe for concurrent use by the goroutines of its request. The
// slices and maps in it are not: as everywhere in Go, who changes one while
// others read it locks it. Make one with [NewSession] or [ParseSession]; the
// zero Session is of no use.
//
// It follows flask/sessions.py, SessionMixin and SecureCookieSession.
type Session struct {
	mu    sync.Mutex
	codec *taggedjson.Codec

	// What the cookie held. A borrowed document is given back when the response
	// is written; then it is nil, and made again, from packed, if it is needed.
	doc          *document
	packed       string // the payload in the cookie
	inflateLimit int    // Signed.InflateLimit

	// What was written, or handed out, since. A slot stands before the member
	// of its key.
	slots  []slot
	places map[string]int // :: key → its slot, if there are many
	loans  *loans         // nil until there is one

	borrowed  bool // doc is
	accessed  bool
	modified  bool
	changed   bool  // since it was encoded
	committed bool  // the response's headers were sent
	saved     bool  // by its Interface
	null      bool  // takes the place of a session that could not be opened
	err       error // the first

	flash    *flashState // nil until a message is flashed or asked for
	rejected *Rejection  // nil if the session came from a cookie
	signedAt int64       // in Unix seconds, if the session came from a cookie
	signedBy int

	config  *Config       // whose OnError hears of errors; nil if nobody does
	request *http.Request // for the same
	vary    [1]string     // room for the response's Vary
}

// NewSession returns a new, empty session: what [Interface].Open returns for a
// request that brought none.
func NewSession() *Session {
	return &Session{doc: new(document), rejected: &Rejection{Reason: Absent}, signedBy: -1}
}

// ParseSession returns the session that data holds, as [Session.AppendJSON]
// wrote it: what [Interface].Open returns when it found one. A nil codec is
// Flask's. The session keeps data, which must not be changed afterwards.
//
// As Flask does with dict(data), it takes an object, or null, or anything
// empty, or a list of pairs.
func ParseSession(data []byte, codec *taggedjson.Codec) (*Session, error) {
	doc := &document{data: data}
	if err := doc.parse(codec); err != nil {
		return nil, err
	}
	return &Session{codec: codec, doc: doc, signedBy: -1}, nil
}

// Get returns the value of key, or nil if there is none or if it cannot be
// decoded, which OnError then hears of. Flask's session.get(key).
func (s *Session) Get(key string) any {
	value, _ := s.Lookup(key)
	return value
}

// Lookup returns the value of key and whether there is one.
func (s *Session) Lookup(key string) (value any, ok bool) {
	var err error
	s.touch()
	defer s.done(&err)
	value, ok, err = s.lookup(key)
	return value, ok
}

// Has reports whether there is a value of key. Flask's key in session.
func (s *Session) Has(key string) bool {
	s.touch()
	defer s.mu.Unlock()
	return s.raw(key) != nil
}

// Raw returns the value of key as the JSON that a cookie holds, and whether
// there is one: for showing and copying.
func (s *Session) Raw(key string) ([]byte, bool) {
	var err error
	s.touch()
	defer s.done(&err)
	raw, err := s.current(key)
	return bytes.Clone(raw), raw != nil
}

// Set gives key a value, and marks the session as modified even if the value
// was the same, as Flask's session[key] = value does.
func (s *Session) Set(key string, value any) {
	var err error
	s.touch()
	defer s.done(&err)
	err = s.set(key, value)
}

// Delete removes key. Without a value of key it does nothing, and does not
// mark the session as modified: Flask's session.pop(key, None).
func (s *Session) Delete(key string) {
	var err error
	s.touch()
	defer s.done(&err)
	err = s.remove(key)
}

// Pop removes key and returns the value that it had, and whether it had one.
func (s *Session) Pop(key string) (value any, ok bool) {
	var err error
	s.touch()
	defer s.done(&err)
	value, ok, err = s.lookup(key)
	if err == nil {
		err = s.remove(key)
	}
	return value, ok && err == nil
}

// SetDefault returns the value of key, as Get does, having first set it to value
// if there was none. Flask's session.setdefault.
func (s *Session) SetDefault(key string, value any) any {
	var err error
	s.touch()
	defer s.done(&err)
	old, ok, err := s.lookup(key)
	if ok || err != nil {
		return old
	}
	if err = s.set(key, value); err != nil {
		return value
	}
	set, _, err := s.lookup(key)
	return set
}

// Update sets every key of values. It marks the session as modified even if
// there is none, as Flask does. Of values that cannot be kept, the others are.
func (s *Session) Update(values map[string]any) {
	var err error
	s.touch()
	defer s.done(&err)
	if err = s.change(); err != nil {
		return
	}
	s.mark()
	var errs []error
	for key, value := range values {
		errs = append(errs, s.set(key, value))
	}
	err = errors.Join(errs...)
}

// Clear removes every key, "_permanent" too, so that the browser's cookie is
// deleted: this logs a user out. It always marks the session as modified.
func (s *Session) Clear() {
	var err error
	s.touch()
	defer s.done(&err)
	if err = s.change(); err != nil {
		return
	}
	s.mark()
	s.release()
	s.doc, s.slots, s.loans = new(document), nil, nil
}

// Len returns the number of keys, "_permanent" included.
func (s *Session) Len() int {
	s.touch()
	defer s.mu.Unlock()
	return s.len()
}

// Keys iterates over the keys, sorted by code point. The session may be
// changed meanwhile: the keys are those at the start.
func (s *Session) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		s.touch()
		var few [many]string // room for the keys of most sessions
		keys := s.keys(few[:0])
		s.mu.Unlock()
		for _, key := range keys {
			if !yield(key) {
				return
			}
		}
	}
}

// All iterates over the keys and values, sorted by key. A value that cannot be
// decoded is left out, and OnError hears of it.
func (s *Session) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for key := range s.Keys() {
			if value, ok := s.Lookup(key); ok && !yield(key, value) {
				return
			}
		}
	}
}

// Permanent reports whether the session outlives the browser's, until
// [Config].Lifetime after it was last written. It is the truth, in Python's
// sense, of the value of "_permanent".
func (s *Session) Permanent() bool {
	s.touch()
	defer s.mu.Unlock()
	return s.permanent()
}

// SetPermanent decides whether the session outlives the browser's: a login's
// "remember me". Either way it writes "_permanent", as Flask's
// session.permanent = value does.
func (s *Session) SetPermanent(permanent bool) { s.Set(permanentKey, permanent) }

// IsNew reports whether the session came from no valid cookie. Flask's
// session.new is always false.
func (s *Session) IsNew() bool { return s.Rejection().Reason != Accepted }

// Rejection tells why the session did not come from a cookie: there was none,
// or it was bad. Of several bad cookies it is the first. Its Reason is
// [Accepted] if the session came from a cookie.
func (s *Session) Rejection() Rejection {
	s.touch()
	defer s.mu.Unlock()
	if s.rejected == nil {
		return Rejection{}
	}
	return *s.rejected
}

// SignedAt returns when the session's cookie was signed, to the second, and
// the zero time for a new session.
func (s *Session) SignedAt() time.Time {
	s.touch()
	defer s.mu.Unlock()
	if s.signedBy < 0 {
		return time.Time{}
	}
	return time.Unix(s.signedAt, 0).UTC()
}

// SignedBy returns which of the keys signed the session's cookie: 0 is the
// current one, 1 the first fallback. It is -1 for a new session.
func (s *Session) SignedBy() int {
	s.touch()
	defer s.mu.Unlock()
	return s.signedBy
}

// Modified reports whether the session was changed in this request, slices and
// maps in it included.
func (s *Session) Modified() bool {
	var err error
	s.touch()
	defer s.done(&err)
	_, err = s.refreshAll()
	return s.modified
}

// SetModified marks the session as modified, so that it is written to a new
// cookie, signed now. Unlike in Flask, changes need no such mark.
func (s *Session) SetModified() {
	var err error
	s.touch()
	defer s.done(&err)
	if err = s.change(); err == nil {
		s.mark()
	}
}

// Accessed reports whether the session was read or written in this request, so
// that the response depends on it and gets "Vary: Cookie". Asking is no
// access.
func (s *Session) Accessed() bool {
	s.lock()
	defer s.mu.Unlock()
	return s.accessed
}

// Err returns the first error of the session: a value that could not be kept
// or decoded, or a change that came too late.
func (s *Session) Err() error {
	s.lock()
	defer s.mu.Unlock()
	return s.err
}

// AppendJSON appends the session as one JSON object in Flask's spelling, keys
// sorted, values that were not touched byte for byte as they were: what
// [Interface].Save keeps. A value that was changed in place and cannot be
// encoded any more stands as it was before, and is in the error.
func (s *Session) AppendJSON(dst []byte) ([]byte, error) {
	s.touch()
	defer s.mu.Unlock()
	dst, err := s.appendJSON(dst)
	s.changed = false
	return dst, err
}

// lock locks the session, with its document at hand.
func (s *Session) lock() {
	s.mu.Lock()
	if s.doc != nil {
		return
	}
	s.doc = new(document)
	if s.packed == "" {
		return // nobody made it a session, but it works as a new one
	}
	if err := s.unpack([]byte(s.packed)); err != nil {
		panic("costrel: a session that was open does not open again: " + err.Error())
	}
}

// release gives a borrowed document back.
func (s *Session) release() {
	if s.borrowed {
		s.doc.giveBack()
		s.doc, s.borrowed = nil, false
	}
}

// touch locks the session for an operation that makes the response depend on
// it.
func (s *Session) touch() {
	s.lock()
	s.accessed = true
}

// done is deferred after touch, so that a value whose own code panics does not
// leave the session locked. It unlocks it and reports err.
func (s *Session) done(err *error) {
	s.mu.Unlock()
	s.report(*err)
}

// report keeps err and passes it on. It is called without the lock, since the
// hook may ask the session.
func (s *Session) report(err error) {
	if err == nil {
		return
	}
	s.lock()
	if s.err == nil {
		s.err = err
	}
	s.mu.Unlock()
	if s.config != nil {
		s.config.fail(s.request, err)
	}
}

// change reports why the session cannot be changed, if it cannot.
func (s *Session) change() error {
	switch {
	case s.null:
		return ErrUnavailable
	case s.committed:
		return ErrCommitted
	}
	return nil
}

// mark notes a change.
func (s *Session) mark() { s.modified, s.changed = true, true }

// begin notes that the session is about to be saved: its Interface may still
// change it, even if it was opened for that alone. commit notes that it was
// saved: a change comes too late then. So does one in between, by another
// goroutine and after the session was encoded: commit returns its error, and
// whether there was any change. begin tells whether it was saved before.
func (s *Session) begin() (again bool) {
	s.lock()
	defer s.mu.Unlock()
	s.changed, s.committed = false, false
	for i := range s.slots {
		s.slots[i].late = false
	}
	again, s.saved = s.saved, true
	return again
}

// giveWay takes the place of saving where h has a cookie in the place of the
// session's: that is not refreshed, and a change is lost.
func (s *Session) giveWay(h http.Header) error {
	o, accessed := s.outcome(false)
	if accessed {
		addVary(h, s.vary[:0])
	}
	s.lock()
	defer s.mu.Unlock()
	if s.saved = false; o != leave {
		return ErrSuperseded
	}
	return nil
}

func (s *Session) commit() (modified bool, late error) {
	s.lock()
	defer s.mu.Unlock()
	s.committed = true
	if s.changed {
		late = ErrCommitted
	}
	return s.modified, late
}

// finish ends the session's part in an exchange. It returns the keys of values
// that were changed in place since it was saved.
func (s *Session) finish() (late []string) {
	var err error
	s.lock()
	defer s.done(&err)
	late, err = s.refreshAll()
	s.release()
	return late
}
