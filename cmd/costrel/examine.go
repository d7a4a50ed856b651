package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/itsdangerous"
	"github.com/costrel/costrel/taggedjson"
)

const (
	browserLimit = 4096             // bytes of a cookie's name and value
	maxToken     = 64 << 10         // bytes of a cookie that is looked at, as costrel.Signed's
	leeway       = 10 * time.Second // as costrel.Config's
)

// Verdicts on a signature.
const (
	good       = "good"
	bad        = "bad"
	unverified = "unverified" // there was no key, or none of its kind
)

// A report is what is known of one cookie. Its JSON is described in read's help
// and stays as it is.
type report struct {
	Cookie       string     `json:"cookie,omitempty"`
	From         string     `json:"from,omitempty"`
	Kind         string     `json:"kind"`
	Title        string     `json:"title"`
	Accepted     bool       `json:"accepted"`
	Signature    string     `json:"signature"`
	Key          *int       `json:"key,omitempty"`
	Keys         int        `json:"keys"`
	SignedAt     *time.Time `json:"signed_at,omitempty"`
	AgeSeconds   *int64     `json:"age_seconds,omitempty"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
	Expired      bool       `json:"expired"`
	CookieBytes  int        `json:"cookie_bytes"`
	PayloadBytes int        `json:"payload_bytes"`
	Compressed   bool       `json:"compressed"`
	Payload      string     `json:"payload,omitempty"`
	Value        *node      `json:"value,omitempty"`
	Notes        []string   `json:"notes,omitempty"`

	now time.Time
}

func (r *report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// An examiner takes cookies apart and says what they are worth.
type examiner struct {
	scheme scheme
	ring   keyfile.Ring
	now    time.Time
	signer *itsdangerous.TimestampSigner // nil without keys
}

func newExaminer(s scheme, ring keyfile.Ring, now time.Time) (*examiner, error) {
	e := &examiner{scheme: s, ring: ring, now: now}
	if len(ring.Keys) == 0 {
		return e, nil
	}
	o, err := s.options(ring)
	if err == nil {
		e.signer, err = itsdangerous.NewTimestampSigner(o)
	}
	return e, err
}

// examine takes one cookie apart. It finds something to say of any.
func (e *examiner) examine(c cookie) *report {
	r := &report{Cookie: c.name, From: c.from, Kind: "unknown", Title: "unknown token", Signature: unverified, Keys: len(e.ring.Keys), now: e.now}
	r.CookieBytes = len(c.value)
	if c.name != "" {
		r.CookieBytes += len(c.name)
	}
	if token, ok := recognise(c.value); ok {
		e.examineForeign(r, c, token)
		return r
	}
	token, err := dissect(c.value)
	if err != nil {
		e.examineUntimed(r, c, err)
		return r
	}
	r.Kind, r.Title = e.scheme.kind, e.scheme.title
	found, asked := e.verify(r, c)
	if token.starlette && r.Signature != good {
		r.Kind, r.Title = starletteScheme.kind, starletteScheme.title
		r.note("Its payload is plain JSON in padded base64, as Starlette's SessionMiddleware writes it.")
	}
	r.setTimes(token.signedAt, found.lifetime)
	r.setPayload(token.data, token.compressed)
	if r.Kind == sessionScheme.kind && r.Value != nil && r.Value.Python != "dict" {
		asked = false
		r.Kind, r.Title = linkScheme.kind, linkScheme.title
		r.note("A session is a dict, and this is a %s: try --csrf, or --link with the --salt that it was signed with.", r.Value.Python)
	}
	if token.problem != nil {
		r.note("The payload can't be read: %v. With a good signature, Flask answers such a cookie with an error 500.", token.problem)
	}
	r.Accepted = r.Signature == good && !r.Expired && token.problem == nil && asked
	return r
}

// verify says whether the signature is good, and looks for another scheme that
// the keys fit if it is not. It returns the scheme, and whether it is the one
// that was asked for.
func (e *examiner) verify(r *report, c cookie) (found scheme, asked bool) {
	if e.signer == nil {
		return e.scheme, true
	}
	if token, err := e.signer.Unsign([]byte(c.value), itsdangerous.Window{}); err == nil {
		r.Signature, r.Key = good, &token.Key
		return e.scheme, true
	}
	for _, other := range schemes {
		o, err := other.options(e.ring)
		if err != nil {
			continue // of keys that were derived for another salt
		}
		signer, err := itsdangerous.NewTimestampSigner(o)
		if err != nil {
			continue
		}
		if token, err := signer.Unsign([]byte(c.value), itsdangerous.Window{}); err == nil {
			r.Signature, r.Key = good, &token.Key
			r.Kind, r.Title = other.kind, other.title
			r.note("This is no %s, but a %s: its signature is good for the salt %q.", e.scheme.title, other.title, other.salt)
			return other, false
		}
	}
	r.Signature = bad
	return e.scheme, true
}

// setTimes says when the token was signed and how long it is good.
func (r *report) setTimes(signedAt time.Time, lifetime time.Duration) {
	if signedAt.IsZero() {
		return
	}
	age := int64(r.now.Unix() - signedAt.Unix())
	r.SignedAt, r.AgeSeconds = &signedAt, &age
	if lifetime > 0 {
		if expires := signedAt.Add(lifetime); expires.Year() <= 9999 { // as much as JSON's dates can say
			r.ExpiresAt = &expires
		}
		r.Expired = age > int64(lifetime/time.Second)
	}
	switch {
	case age >= 0:
	case age >= -int64(leeway/time.Second):
		r.note("It was signed in the future, by a clock that is ahead: costrel accepts %s of that, Flask none.", span(leeway))
	default:
		r.Expired = true
		r.note("It was signed in the future: Flask and costrel take it for expired until then.")
	}
}

func (r *report) setPayload(data []byte, compressed bool) {
	r.PayloadBytes, r.Compressed = len(data), compressed
	if data == nil {
		return
	}
	r.Payload = string(data)
	value, err := nodeOf(data)
	if err != nil {
		return
	}
	r.Value = &value
	for _, item := range value.Items {
		if item.Python == unreadable {
			r.note("The value of %s can't be read: Flask answers such a cookie with an error 500.", keyText(item.Key))
		}
	}
}

// examineForeign reports on a token of another kind.
func (e *examiner) examineForeign(r *report, c cookie, token foreign) {
	r.Kind, r.Title = token.kind, token.title
	r.note("%s", token.note)
	if token.kind == "flask-session" {
		if key, ok := verifyFlaskSessionID(c.value, e.ring); ok {
			r.Signature, r.Key = good, &key
		}
	}
	r.setTimes(token.signed, 0)
	r.setPayload(token.payload, false)
}

// examineUntimed reports on a token without a time, which --link may have, and
// on what is no token at all.
func (e *examiner) examineUntimed(r *report, c cookie, problem error) {
	i := strings.LastIndexByte(c.value, '.')
	if i > 0 {
		if data, err := itsdangerous.AppendUnpack(nil, []byte(c.value[:i]), 0); err == nil && wellFormed(data) == nil {
			r.Kind, r.Title = "untimed", "itsdangerous token without a time"
			if e.scheme.kind == linkScheme.kind {
				r.Kind = linkScheme.kind
			}
			r.setPayload(data, c.value[0] == '.')
			e.verifyUntimed(r, c.value[:i], c.value[i+1:])
			return
		}
	}
	r.note("This is no token of itsdangerous: %v.", problem)
}

func (e *examiner) verifyUntimed(r *report, payload, signature string) {
	if e.signer == nil {
		return
	}
	r.Signature = bad
	o, err := e.scheme.options(e.ring)
	if err != nil {
		return
	}
	signer, err := itsdangerous.NewSigner(o)
	if err != nil {
		return
	}
	if key, ok := signer.Verify([]byte(payload), []byte(signature)); ok {
		r.Signature, r.Key = good, &key
		r.Accepted = r.Kind == linkScheme.kind
	}
}

// A timedToken is a token taken apart, with nothing verified.
type timedToken struct {
	signedAt   time.Time
	data       []byte // the payload, unpacked
	compressed bool
	starlette  bool  // packed as Starlette does
	problem    error // why the payload can't be read
}

// dissect takes a token of the form payload.time.signature apart.
func dissect(value string) (timedToken, error) {
	if len(value) > maxToken {
		return timedToken{}, fmt.Errorf("it has %d bytes", len(value))
	}
	_, err := standIn().Unsign([]byte(value), itsdangerous.Window{})
	var e *itsdangerous.Error
	if !errors.As(err, &e) || e.SignedAt.Unix() <= 0 { // nobody signed in 1970
		return timedToken{}, errors.New("it is not of the form payload.time.signature")
	}
	token := timedToken{signedAt: e.SignedAt, compressed: bytes.HasPrefix(e.Payload, []byte("."))}
	token.data, token.problem = itsdangerous.AppendUnpack(nil, e.Payload, 0)
	if token.problem == nil {
		token.problem = wellFormed(token.data)
		token.starlette = isSpaced(token.data)
		return token, nil
	}
	token.data = nil
	if data, err := base64.StdEncoding.DecodeString(string(e.Payload)); err == nil && wellFormed(data) == nil {
		token.data, token.problem, token.starlette = data, nil, true
	}
	return token, nil
}

func wellFormed(data []byte) error {
	_, err := taggedjson.AppendSpans(nil, data)
	if errors.Is(err, taggedjson.ErrNotObject) {
		return nil
	}
	return err
}

// isSpaced reports whether data has a space behind its first colon, as Python's
// json.dumps writes it by default and Flask does not.
func isSpaced(data []byte) bool {
	spans, err := taggedjson.AppendSpans(nil, data)
	return err == nil && len(spans) > 0 && spans[0].ValueStart-spans[0].KeyEnd > 2
}

// standIn returns a signer that has signed no token: its refusals take tokens
// apart where there is no key.
var standIn = sync.OnceValue(func() *itsdangerous.TimestampSigner {
	signer, err := itsdangerous.NewTimestampSigner(itsdangerous.Options{Keys: [][]byte{[]byte(costrel.NewKey())}})
	if err != nil {
		panic(err)
	}
	return signer
})
