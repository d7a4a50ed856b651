package itsdangerous

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"hash"
	"sync"
)

// Algorithm makes signatures. Those here are [HMACAlgorithm] and
// [NoneAlgorithm]; a program may bring its own. It follows Python's
// SigningAlgorithm.
//
// AppendSignature appends the raw signature of value under key, a derived key,
// to dst. It must always give the same signature for the same arguments (unless
// it is a [VerifyingAlgorithm]), keep none of them, and be safe for concurrent
// use.
type Algorithm interface {
	AppendSignature(dst, key, value []byte) []byte
}

// VerifyingAlgorithm is an [Algorithm] that checks signatures itself. Without
// it a signature is made anew and the two are compared in constant time, which
// does not do for signatures that hold randomness or are made with another key.
type VerifyingAlgorithm interface {
	Algorithm
	// VerifySignature reports whether signature is one of value under key. It
	// must not keep its arguments and must be safe for concurrent use.
	VerifySignature(key, value, signature []byte) bool
}

// HMACAlgorithm signs with HMAC over Digest, SHA-1 if nil. It need only be named
// where the digest is to differ from the one that derives the key.
type HMACAlgorithm struct{ Digest func() hash.Hash }

// AppendSignature appends the HMAC of value under key.
func (a HMACAlgorithm) AppendSignature(dst, key, value []byte) []byte {
	mac := hmac.New(orSHA1(a.Digest), key)
	mac.Write(value)
	return mac.Sum(dst)
}

// NoneAlgorithm signs nothing: its signature is empty, and anyone can make it.
type NoneAlgorithm struct{}

// AppendSignature appends nothing.
func (NoneAlgorithm) AppendSignature(dst, key, value []byte) []byte { return dst }

func orSHA1(digest func() hash.Hash) func() hash.Hash {
	if digest == nil {
		return sha1.New
	}
	return digest
}

// signingKey signs and verifies under one derived key. The key itself stands in
// closures alone, where printing a signer does not reach it.
type signingKey struct {
	states    sync.Pool                          // of *signingState
	verifyRaw func(value, signature []byte) bool // of a VerifyingAlgorithm, else nil
}

// signingState is what one signature at a time needs; kept, since setting up an
// HMAC costs more than a short one takes.
type signingState struct {
	appendSignature func(dst, value []byte) []byte
	raw, text       []byte
}

func newSigningKey(algorithm Algorithm, key []byte) *signingKey {
	k := new(signingKey)
	k.states.New = func() any {
		return &signingState{appendSignature: signWith(algorithm, key)}
	}
	if a, ok := algorithm.(VerifyingAlgorithm); ok {
		k.verifyRaw = func(value, signature []byte) bool {
			return a.VerifySignature(key, value, signature)
		}
	}
	return k
}

// signWith returns algorithm under key, for use by one goroutine at a time.
func signWith(algorithm Algorithm, key []byte) func(dst, value []byte) []byte {
	h, ok := algorithm.(HMACAlgorithm)
	if !ok {
		return func(dst, value []byte) []byte {
			return algorithm.AppendSignature(dst, key, value)
		}
	}
	mac := hmac.New(orSHA1(h.Digest), key)
	return func(dst, value []byte) []byte {
		mac.Reset()
		mac.Write(value)
		return mac.Sum(dst)
	}
}

// appendSignature appends the signature of value, encoded.
func (k *signingKey) appendSignature(dst, value []byte) []byte {
	s := k.states.Get().(*signingState)
	s.raw = s.appendSignature(s.raw[:0], value)
	dst = encoding.AppendEncode(dst, s.raw)
	k.states.Put(s)
	return dst
}

// verify reports whether signature, encoded, is one of value. What is compared
// is the encoded text, so nothing that came from outside is decoded and only
// one spelling can match.
func (k *signingKey) verify(value, signature []byte) bool {
	if k.verifyRaw != nil {
		raw := make([]byte, encoding.DecodedLen(len(signature)))
		n, ok := decode(raw, signature)
		return ok && k.verifyRaw(value, raw[:n])
	}
	s := k.states.Get().(*signingState)
	s.raw = s.appendSignature(s.raw[:0], value)
	s.text = encoding.AppendEncode(s.text[:0], s.raw)
	ok := subtle.ConstantTimeCompare(s.text, signature) == 1
	k.states.Put(s)
	return ok
}
