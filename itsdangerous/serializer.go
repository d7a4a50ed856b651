package itsdangerous

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// Codec turns values into payloads and back: [JSON], [URLSafe] around another,
// or a program's own. A *taggedjson.Codec is a Codec[any].
//
// Append appends v, encoded, to dst. Unmarshal returns the value of data, which
// it must not keep. Both must be safe for concurrent use.
type Codec[T any] interface {
	Append(dst []byte, v T) ([]byte, error)
	Unmarshal(data []byte) (T, error)
}

// A Serializer writes a value and a signature behind it as one token, and reads
// it back if the signature is good.
//
// A Serializer is made by [NewSerializer] or [NewURLSafeSerializer], immutable,
// and safe for concurrent use. It follows Python's Serializer.
type Serializer[T any] struct {
	codec      Codec[T]
	newSigners func(salt string) []*Signer
	signers    []*Signer // the first one signs, all verify, in turn
}

// NewSerializer returns a serializer with the signer of o and with codec, [JSON]
// if nil, or an error that says which option can't be used. The salt is
// "itsdangerous" if empty.
//
// fallbacks are settings of older signers that still verify: each is tried with
// each key by itself, oldest first, as Python tries its fallback_signers. Each
// stands whole, taking nothing but keys and salt from o, and sets neither.
func NewSerializer[T any](o Options, codec Codec[T], fallbacks ...Options) (*Serializer[T], error) {
	newSigners, err := signersFor(o, fallbacks)
	if err != nil {
		return nil, err
	}
	return &Serializer[T]{orJSON(codec), newSigners, newSigners(o.Salt)}, nil
}

// WithSalt returns a serializer with another salt. It derives its keys anew:
// keep it, where it is used often. It stands for the salt argument of Python's
// methods.
func (s *Serializer[T]) WithSalt(salt string) *Serializer[T] {
	return &Serializer[T]{s.codec, s.newSigners, s.newSigners(salt)}
}

// Dumps returns v as a token. Its error is that of the codec.
func (s *Serializer[T]) Dumps(v T) (string, error) {
	payload, err := s.codec.Append(nil, v)
	if err != nil {
		return "", dumpError(err)
	}
	return string(s.signers[0].AppendSign(nil, payload)), nil
}

// Loads returns the value of a token, or an [*Error] that is [ErrBadSignature],
// or [ErrBadPayload] if what was signed can't be decoded. Where no signer
// accepts the token the error is the last one's.
func (s *Serializer[T]) Loads(token string) (v T, err error) {
	payload, err := s.unsign([]byte(token))
	if err != nil {
		return v, err
	}
	return load(s.codec, Token{Value: payload})
}

func (s *Serializer[T]) unsign(token []byte) (payload []byte, err error) {
	for _, signer := range s.signers {
		if payload, err = signer.Unsign(token); err == nil {
			return payload, nil
		}
	}
	return nil, err
}

// UnsafeLoads is Loads for a look at a token that may be forged: v is the
// payload's value even if the signature is bad, in which case err says so. If
// there is no payload to decode, or it can't be, decoded is false. It is meant
// for debugging, with a codec that can bear hostile data. It follows Python's
// loads_unsafe.
func (s *Serializer[T]) UnsafeLoads(token string) (v T, decoded bool, err error) {
	v, err = s.Loads(token)
	return unsafeLoad(s.codec, v, err)
}

// Dump writes v to w as a token.
func (s *Serializer[T]) Dump(w io.Writer, v T) error {
	token, err := s.Dumps(v)
	if err != nil {
		return err
	}
	return writeToken(w, token)
}

// Load is Loads for a token that is all there is in r, however much that is.
func (s *Serializer[T]) Load(r io.Reader) (v T, err error) {
	token, err := readToken(r)
	if err != nil {
		return v, err
	}
	return s.Loads(token)
}

// UnsafeLoad is UnsafeLoads for a token that is all there is in r.
func (s *Serializer[T]) UnsafeLoad(r io.Reader) (v T, decoded bool, err error) {
	token, err := readToken(r)
	if err != nil {
		return v, false, err
	}
	return s.UnsafeLoads(token)
}

// signersFor returns the function that makes a serializer's signers for a salt,
// once it has seen that it can: that of o and then the fallbacks. The keys stay
// within it, out of reach of printing.
func signersFor(o Options, fallbacks []Options) (func(salt string) []*Signer, error) {
	keys := make([][]byte, len(o.Keys))
	for i, key := range o.Keys {
		keys[i] = slices.Clone(key)
	}
	o.Keys = keys
	all := []Options{o}
	for i, fallback := range fallbacks {
		if fallback.Keys != nil || fallback.Salt != "" {
			return nil, fmt.Errorf("itsdangerous: fallback %d sets keys or a salt; it takes the serializer's", i+1)
		}
		for _, key := range slices.Backward(keys) {
			fallback.Keys = [][]byte{key}
			all = append(all, fallback)
		}
	}

	newSigners := func(salt string) (signers []*Signer, err error) {
		if salt == "" {
			salt = "itsdangerous"
		}
		for _, o := range all {
			o.Salt = salt
			signer, err := NewSigner(o)
			if err != nil {
				return nil, err
			}
			signers = append(signers, signer)
		}
		return signers, nil
	}
	if _, err := newSigners(o.Salt); err != nil {
		return nil, err
	}
	return func(salt string) []*Signer {
		signers, _ := newSigners(salt) // no salt makes it fail
		return signers
	}, nil
}

// load decodes the payload of a token whose signature was looked at.
func load[T any](codec Codec[T], t Token) (T, error) {
	v, err := codec.Unmarshal(t.Value)
	if err == nil {
		return v, nil
	}
	bad := Error{kind: ErrBadPayload, detail: "it can't be decoded", cause: err}
	if e, ok := err.(*Error); ok && errors.Is(e, ErrBadPayload) {
		bad = *e // it says more than that
	}
	bad.Payload, bad.SignedAt = t.Value, t.SignedAt
	var none T
	return none, &bad
}

// unsafeLoad returns what UnsafeLoads returns where Loads returned v and err.
func unsafeLoad[T any](codec Codec[T], v T, err error) (T, bool, error) {
	if err == nil {
		return v, true, nil
	}
	if bad := asError(err); errors.Is(err, ErrBadSignature) && bad.Payload != nil {
		v, loadErr := load(codec, Token{Value: bad.Payload})
		return v, loadErr == nil, err
	}
	return v, false, err
}

func dumpError(err error) error {
	return fmt.Errorf("itsdangerous: encoding the payload: %w", err)
}

func readToken(r io.Reader) (string, error) {
	token, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("itsdangerous: reading the token: %w", err)
	}
	return string(token), nil
}

func writeToken(w io.Writer, token string) error {
	if _, err := io.WriteString(w, token); err != nil {
		return fmt.Errorf("itsdangerous: writing the token: %w", err)
	}
	return nil
}
