package costrel

import (
	"errors"
	"fmt"
	"hash"
	"net/http"
	"sync"
	"time"

	"github.com/costrel/costrel/itsdangerous"
	"github.com/costrel/costrel/taggedjson"
)

const (
	// defaultSalt is Flask's.
	defaultSalt = "cookie-session"

	// defaultCompressAbove is the payload from which on compression is tried.
	// Flask always tries, which below this size saves a few bytes and costs
	// most of the time.
	defaultCompressAbove = 1 << 10

	// maxToken is the longest cookie that is looked at, in bytes. Browsers keep
	// 4096.
	maxToken = 64 << 10

	// maxCandidates is how many cookies of one name are looked at.
	maxCandidates = 10
)

// Signed is the [Interface] that keeps the whole session in a signed cookie:
// tagged JSON, compressed if large, with a timestamp and a signature. The zero
// value reads what Flask writes and writes what Flask reads, though it
// compresses less: see CompressAbove. Other settings serve a Flask application
// that changed its own. A Signed is safe for concurrent use and
// must not be changed once in use. It follows flask/sessions.py,
// SecureCookieSessionInterface.
type Signed struct {
	Salt          string                  // "cookie-session" if empty
	Derivation    itsdangerous.Derivation // of the signing keys; HMAC if zero
	Digest        func() hash.Hash        // of the signature; SHA-1 if nil
	Codec         *taggedjson.Codec       // of the payload; Flask's tags if nil
	CompressAbove int                     // bytes of JSON from which on it is compressed if that is shorter: 1024 if zero, never if less; 1 is Flask's rule
	InflateLimit  int                     // the most bytes that a compressed cookie may hold; 1 MiB if zero
}

// Signer returns the signer of session cookies under c, which verifies and
// signs nothing but their bytes, or nil if c has no keys. It follows
// flask/sessions.py get_signing_serializer.
func (g *Signed) Signer(c *Config) (*itsdangerous.TimestampSigner, error) {
	if c.signer != nil && c.Interface == Interface(g) {
		return c.signer, nil
	}
	if c.Keys.Len() == 0 {
		return nil, nil
	}
	keys := &c.Keys.all()[0]
	if signer := c.signers.of(g, keys); signer != nil {
		return signer, nil
	}
	options := itsdangerous.Options{Keys: c.Keys.all(), Salt: g.Salt, Derivation: g.Derivation, Digest: g.Digest}
	if options.Salt == "" {
		options.Salt = defaultSalt
	}
	if options.Derivation == 0 {
		options.Derivation = itsdangerous.HMAC
	}
	signer, err := itsdangerous.NewTimestampSigner(options)
	if err == nil {
		c.signers.keep(g, keys, signer)
	}
	return signer, err
}

// signers are the signers of a Config from New, and of its copies, which may
// have other keys. A nil one keeps none.
type signers struct {
	mu   sync.RWMutex
	kept map[*Signed]keptSigner
}

type keptSigner struct {
	signer *itsdangerous.TimestampSigner
	keys   *[]byte // of a Keyring, the first
}

// maxSigners bounds what an Interface can fill the memory with that makes a
// Signed for each request.
const maxSigners = 100

func (k *signers) of(g *Signed, keys *[]byte) *itsdangerous.TimestampSigner {
	if k == nil {
		return nil
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	if kept := k.kept[g]; kept.keys == keys {
		return kept.signer
	}
	return nil
}

func (k *signers) keep(g *Signed, keys *[]byte, signer *itsdangerous.TimestampSigner) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.kept) >= maxSigners {
		clear(k.kept)
	}
	k.kept[g] = keptSigner{signer, keys}
}

func (g *Signed) compressAbove() int {
	if g.CompressAbove == 0 {
		return defaultCompressAbove
	}
	return g.CompressAbove
}

// A desk is what the way from a cookie to a session, and back, is worked out
// on. No session keeps any of it.
type desk struct{ token, payload []byte }

var desks = sync.Pool{New: func() any { return new(desk) }}

// clear puts the desk back, unless it has grown too large to keep.
func (d *desk) clear() {
	if cap(d.token)+cap(d.payload) <= 64<<10 {
		desks.Put(d)
	}
}

// Open returns the session in the cookies of r. Of several cookies of one name
// the first that is good is taken: a stale one, as of a wider domain, does not
// hide it. Flask takes the first. It follows flask/sessions.py open_session.
func (g *Signed) Open(c *Config, r *http.Request) (*Session, error) {
	signer, err := g.Signer(c)
	if signer == nil || err != nil {
		return nil, err
	}
	policy, err := c.policyFor(r)
	if err != nil {
		return nil, err
	}
	d := desks.Get().(*desk)
	defer d.clear()

	now := time.Now()
	var first *Rejection
	header := cookieHeader(r.Header)
	for candidates := 0; candidates < maxCandidates; {
		value, rest, found := nextCookie(header, policy.Name)
		if !found {
			break
		}
		if header = rest; value == "" {
			continue
		}
		s, err := g.open(c, signer, d, value, now)
		if err == nil {
			return s, nil
		}
		rejected := rejection(policy.Name, err)
		c.reject(r, rejected)
		if candidates++; candidates == 1 {
			first = &rejected
		}
	}
	s := NewSession()
	s.codec, s.rejected.Cookie = g.Codec, policy.Name
	if first != nil {
		s.rejected = first
	}
	return s, nil
}

// open verifies, unpacks and scans one cookie: the steps of save, reversed.
func (g *Signed) open(c *Config, signer *itsdangerous.TimestampSigner, d *desk, value string, now time.Time) (*Session, error) {
	if len(value) > maxToken {
		return nil, fmt.Errorf("%w: the cookie has %d bytes, over %d", itsdangerous.ErrTooLarge, len(value), maxToken)
	}
	d.token = append(d.token[:0], value...)
	token, err := signer.Unsign(d.token, itsdangerous.Window{Now: now, MaxAge: c.lifetime(), Leeway: c.leeway()})
	if err != nil {
		return nil, err
	}
	s := &Session{
		codec: g.Codec, packed: value[:len(token.Value)], inflateLimit: g.InflateLimit,
		doc: documents.Get().(*document), borrowed: true,
		signedAt: token.SignedAt.Unix(), signedBy: token.Key,
	}
	if err := s.unpack(token.Value); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

// unpack makes the session's document of what the cookie held.
func (s *Session) unpack(packed []byte) (err error) {
	s.doc.data, err = itsdangerous.AppendUnpack(s.doc.data[:0], packed, s.inflateLimit)
	if err != nil {
		return err
	}
	if err = s.doc.parse(s.codec); err != nil {
		return fmt.Errorf("the payload does not decode: %w", err)
	}
	return nil
}

// Save puts the cookie of s into h: a new one if the session was modified or is
// to be refreshed, a deletion if it was emptied. It follows
// flask/sessions.py save_session.
func (g *Signed) Save(c *Config, h http.Header, r *http.Request, s *Session) error {
	o, accessed := s.outcome(!c.NoRefresh)
	if accessed || o != leave {
		addVary(h, s.vary[:0])
	}
	switch o {
	case leave:
		return nil
	case remove:
		return c.DeleteCookie(h, r)
	}
	signer, err := g.Signer(c)
	if signer == nil || err != nil {
		return errors.Join(err, ErrUnavailable)
	}
	policy, err := c.policyFor(r)
	if err != nil {
		return err
	}
	d := desks.Get().(*desk)
	defer d.clear()
	now := time.Now()
	d.token = g.save(policy.start(d.token[:0]), signer, d, s, now)
	d.token, err = c.setCookie(h, policy, s, d.token, c.Expires(s, now))
	return err
}

// save encodes, packs and signs the session: the steps of open, reversed.
func (g *Signed) save(dst []byte, signer *itsdangerous.TimestampSigner, d *desk, s *Session, now time.Time) []byte {
	start := len(dst)
	d.payload, _ = s.AppendJSON(d.payload[:0]) // what could be encoded; outcome told of the rest
	dst = itsdangerous.AppendPack(dst, d.payload, g.compressAbove())
	return signer.AppendSign(dst[:start], dst[start:], now)
}
