package itsdangerous

import (
	"bytes"
	"crypto/hmac"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Options are what a signer is made of. Two signers understand each other if
// theirs agree, in Go or in Python.
type Options struct {
	// Keys are the secret keys, the current one first: it signs, all of them
	// verify. (Python's list is oldest first and signs with the last.) At least
	// one is needed and none may be empty. A key should be random and long;
	// derivation is no remedy for a password.
	Keys [][]byte

	// Salt tells signatures apart that share a key: one for a password reset
	// is no good for a login. It is no secret. Empty means
	// "itsdangerous.Signer", or "itsdangerous" in a serializer.
	Salt string

	// Separator stands before the signature, and before the timestamp; "." if
	// empty. As in Python, it must not be a part of
	// "abc...zABC...Z0123456789-_=". Python lets "ba" pass, which can turn up
	// inside a signature: choose one with a character not listed here.
	Separator string

	// Derivation is how a signing key is made of a key and the salt;
	// DjangoConcat if zero.
	Derivation Derivation

	// Digest makes the hash that keys are derived with and that HMAC uses;
	// SHA-1 if nil, which is sound within HMAC.
	Digest func() hash.Hash

	// Algorithm signs; HMAC with Digest if nil.
	Algorithm Algorithm
}

// Format prints o without its keys, whatever the verb. Where o stands in an
// unexported field of another struct, package fmt does not call it: print no
// such struct.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "itsdangerous.Options{%d keys, salt %q}", len(o.Keys), o.Salt)
}

// A Derivation makes a signing key of a secret key and a salt. The zero value is
// the default of who uses it: DjangoConcat for a signer, as in Python.
type Derivation uint8

// The derivations, by the names that Python gives them. H is the digest.
const (
	DjangoConcat Derivation = iota + 1 // "django-concat": H(salt + "signer" + key)
	Concat                             // "concat": H(salt + key)
	HMAC                               // "hmac": HMAC(key, salt), which Flask uses
	None                               // "none": the key itself
)

// String returns Python's name for d.
func (d Derivation) String() string {
	if int(d) < len(derivationNames) {
		return derivationNames[d]
	}
	return fmt.Sprintf("Derivation(%d)", uint8(d))
}

var derivationNames = [...]string{"default", "django-concat", "concat", "hmac", "none"}

// DeriveKey returns the signing key for key and salt, as Python's derive_key
// does. A nil digest means SHA-1; an empty salt is used as it is. It panics if d is none
// of the derivations above.
func DeriveKey(key []byte, salt string, d Derivation, digest func() hash.Hash) []byte {
	digest = orSHA1(digest)
	var h hash.Hash
	switch d {
	case DjangoConcat, 0:
		h = digest()
		io.WriteString(h, salt+"signer")
		h.Write(key)
	case Concat:
		h = digest()
		io.WriteString(h, salt)
		h.Write(key)
	case HMAC:
		h = hmac.New(digest, key)
		io.WriteString(h, salt)
	case None:
		return bytes.Clone(key)
	default:
		panic("itsdangerous: unknown key derivation " + d.String())
	}
	return h.Sum(nil)
}

// A Signer puts a signature behind a value, so that nobody without the key can
// change it unnoticed. Anyone can still read it.
//
// A Signer is made by [NewSigner], immutable, and safe for concurrent use. It
// follows Python's Signer.
type Signer struct {
	separator []byte
	keys      []*signingKey
}

// NewSigner returns a signer that has derived its keys, or an error that says
// which option can't be used.
func NewSigner(o Options) (*Signer, error) {
	if o.Separator == "" {
		o.Separator = "."
	}
	if o.Salt == "" {
		o.Salt = "itsdangerous.Signer"
	}
	if o.Algorithm == nil {
		o.Algorithm = HMACAlgorithm{Digest: o.Digest}
	}
	if strings.Contains(separatorAlphabet, o.Separator) {
		return nil, fmt.Errorf("itsdangerous: separator %q can't be used: it may be part of a signature; "+
			"ASCII letters, digits and '-_=' must not be used", o.Separator)
	}
	if int(o.Derivation) >= len(derivationNames) {
		return nil, fmt.Errorf("itsdangerous: unknown key derivation %v", o.Derivation)
	}
	if len(o.Keys) == 0 {
		return nil, errors.New("itsdangerous: no key to sign with")
	}
	s := &Signer{separator: []byte(o.Separator)}
	for i, key := range o.Keys {
		if len(key) == 0 {
			return nil, fmt.Errorf("itsdangerous: key %d of %d is empty", i+1, len(o.Keys))
		}
		derived := DeriveKey(key, o.Salt, o.Derivation, o.Digest)
		s.keys = append(s.keys, newSigningKey(o.Algorithm, derived))
	}
	return s, nil
}

// separatorAlphabet is what no separator may be a part of, in Python's order.
const separatorAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_="

// AppendSign appends value, the separator and the signature to dst.
func (s *Signer) AppendSign(dst, value []byte) []byte {
	start := len(dst)
	dst = append(dst, value...)
	return s.appendSignature(dst, dst[start:])
}

// Unsign returns the value of a signed value, as a slice of it, or an [*Error]
// that is [ErrBadSignature].
func (s *Signer) Unsign(signed []byte) (value []byte, err error) {
	value, _, bad := s.unsign(signed)
	if bad != nil {
		return nil, bad
	}
	return value, nil
}

// Signature returns the signature of value under the current key, encoded, as
// AppendSign appends it. It follows Python's get_signature.
func (s *Signer) Signature(value []byte) []byte {
	return s.keys[0].appendSignature(nil, value)
}

// Verify reports whether signature, encoded, is one of value, and under which of
// Options.Keys: key is its index. It follows Python's verify_signature.
func (s *Signer) Verify(value, signature []byte) (key int, ok bool) {
	for i, k := range s.keys {
		if k.verify(value, signature) {
			return i, true
		}
	}
	return 0, false
}

// appendSignature appends the separator and the signature of value.
func (s *Signer) appendSignature(dst, value []byte) []byte {
	dst = append(dst, s.separator...)
	return s.keys[0].appendSignature(dst, value)
}

// unsign also returns the index of the key that matched, and its error as one
// that a TimestampSigner can say more about.
func (s *Signer) unsign(signed []byte) (value []byte, key int, bad *Error) {
	value, signature, found := s.cut(signed)
	if !found {
		return nil, 0, &Error{kind: ErrBadSignature, detail: "no separator found"}
	}
	key, ok := s.Verify(value, signature)
	if !ok {
		return nil, 0, &Error{kind: ErrBadSignature, detail: "signature does not match", Payload: value}
	}
	return value, key, nil
}

// cut cuts signed at its last separator.
func (s *Signer) cut(signed []byte) (before, after []byte, found bool) {
	i := lastIndex(signed, s.separator)
	if i < 0 {
		return nil, nil, false
	}
	return signed[:i:i], signed[i+len(s.separator):], true
}

// lastIndex is bytes.LastIndex, for separators that are mostly one byte and
// stand near the end.
func lastIndex(text, separator []byte) int {
	if len(separator) != 1 {
		return bytes.LastIndex(text, separator)
	}
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == separator[0] {
			return i
		}
	}
	return -1
}
