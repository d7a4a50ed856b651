package itsdangerous

import (
	"errors"
	"io"
	"time"
)

// A TimedSerializer is a [Serializer] whose tokens also say when they were
// signed, so that they can expire.
//
// A TimedSerializer is made by [NewTimedSerializer] or
// [NewURLSafeTimedSerializer], immutable, and safe for concurrent use. It
// follows Python's TimedSerializer.
type TimedSerializer[T any] struct {
	codec      Codec[T]
	newSigners func(salt string) []*Signer
	signers    []*Signer // the first one signs, all verify, in turn
}

// NewTimedSerializer takes and returns what [NewSerializer] does.
func NewTimedSerializer[T any](o Options, codec Codec[T], fallbacks ...Options) (*TimedSerializer[T], error) {
	newSigners, err := signersFor(o, fallbacks)
	if err != nil {
		return nil, err
	}
	return &TimedSerializer[T]{orJSON(codec), newSigners, newSigners(o.Salt)}, nil
}

// WithSalt returns a serializer with another salt. It derives its keys anew:
// keep it, where it is used often.
func (s *TimedSerializer[T]) WithSalt(salt string) *TimedSerializer[T] {
	return &TimedSerializer[T]{s.codec, s.newSigners, s.newSigners(salt)}
}

// Dumps returns v as a token signed at now. Its error is that of the codec.
func (s *TimedSerializer[T]) Dumps(v T, now time.Time) (string, error) {
	payload, err := s.codec.Append(nil, v)
	if err != nil {
		return "", dumpError(err)
	}
	signer := TimestampSigner{s.signers[0]}
	return string(signer.AppendSign(nil, payload, now)), nil
}

// Loads returns the value of a token and when it was signed, or an [*Error]: one
// of [TimestampSigner.Unsign], or [ErrBadPayload] if what was signed can't be
// decoded. A token that has expired is not tried with the next signer; where
// none accepts it the error is the last one's.
func (s *TimedSerializer[T]) Loads(token string, w Window) (v T, signedAt time.Time, err error) {
	t, err := s.unsign([]byte(token), w)
	if err != nil {
		return v, time.Time{}, err
	}
	if v, err = load(s.codec, t); err != nil {
		return v, time.Time{}, err
	}
	return v, t.SignedAt, nil
}

func (s *TimedSerializer[T]) unsign(token []byte, w Window) (t Token, err error) {
	for _, signer := range s.signers {
		timed := TimestampSigner{signer}
		if t, err = timed.Unsign(token, w); err == nil || errors.Is(err, ErrExpired) {
			break
		}
	}
	return t, err
}

// UnsafeLoads is Loads for a look at a token that may be forged or has expired:
// v is the payload's value all the same, and err says what is wrong, with the
// time of signing on it. If there is no payload to decode, or it can't be,
// decoded is false. It is meant for debugging, with a codec that can bear
// hostile data. It follows Python's loads_unsafe.
func (s *TimedSerializer[T]) UnsafeLoads(token string, w Window) (v T, decoded bool, err error) {
	v, _, err = s.Loads(token, w)
	return unsafeLoad(s.codec, v, err)
}

// Dump writes v to w as a token signed at now.
func (s *TimedSerializer[T]) Dump(w io.Writer, v T, now time.Time) error {
	token, err := s.Dumps(v, now)
	if err != nil {
		return err
	}
	return writeToken(w, token)
}

// Load is Loads for a token that is all there is in r, however much that is.
func (s *TimedSerializer[T]) Load(r io.Reader, w Window) (v T, signedAt time.Time, err error) {
	token, err := readToken(r)
	if err != nil {
		return v, time.Time{}, err
	}
	return s.Loads(token, w)
}

// UnsafeLoad is UnsafeLoads for a token that is all there is in r.
func (s *TimedSerializer[T]) UnsafeLoad(r io.Reader, w Window) (v T, decoded bool, err error) {
	token, err := readToken(r)
	if err != nil {
		return v, false, err
	}
	return s.UnsafeLoads(token, w)
}
