package itsdangerous

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// A TimestampSigner is a [Signer] that also signs when it signed, in whole
// seconds, so that a signature can grow too old.
//
// A TimestampSigner is made by [NewTimestampSigner], immutable, and safe for
// concurrent use. It follows Python's TimestampSigner.
type TimestampSigner struct {
	signer *Signer
}

// NewTimestampSigner returns a signer, or the error of [NewSigner].
func NewTimestampSigner(o Options) (*TimestampSigner, error) {
	signer, err := NewSigner(o)
	if err != nil {
		return nil, err
	}
	return &TimestampSigner{signer}, nil
}

// A Window is when a signature counts as current. The zero Window accepts any
// age, as Python does for max_age=None.
type Window struct {
	// Now is the time to compare with. Zero accepts any age and leaves the
	// other fields unused.
	Now time.Time

	// MaxAge is how old a signature may be, in whole seconds; a fraction is
	// cut off, as Flask cuts it. A signature exactly MaxAge old is still good,
	// so that zero means the very second of signing.
	MaxAge time.Duration

	// Leeway is how far in the future a signature may have been made, in
	// whole seconds, for clocks that differ. Zero, as in Python, allows none.
	Leeway time.Duration
}

// Token is what a good timed signature vouches for.
type Token struct {
	Value    []byte    // a slice of the signed value
	SignedAt time.Time // in UTC, of whole seconds
	Key      int       // index of the key that matched in Options.Keys
}

// AppendSign appends value, the separator, the timestamp, the separator and the
// signature of all before to dst. A time before 1970 is signed as 1970 and one
// after the year 9999 as its last second: nothing else could be read back. A
// value that stands just behind dst, in the same array, stays where it is.
func (s *TimestampSigner) AppendSign(dst, value []byte, now time.Time) []byte {
	start := len(dst)
	dst = append(dst, value...)
	dst = append(dst, s.signer.separator...)
	dst = appendTimestamp(dst, now)
	return s.signer.appendSignature(dst, dst[start:])
}

// Unsign returns the value of a signed value and when it was signed, or an
// [*Error]. The checks come in Python's order, and with its errors:
//
//   - without a separator, or with a bad signature over something without a
//     timestamp: ErrBadSignature
//   - a bad signature, a missing or a malformed timestamp: ErrBadTimeSignature
//   - older than w allows, or from further in the future: ErrExpired
func (s *TimestampSigner) Unsign(signed []byte, w Window) (Token, error) {
	result, key, bad := s.signer.unsign(signed)
	if bad != nil {
		result = bad.Payload
	}
	value, timestamp, found := s.signer.cut(result)
	if !found {
		if bad == nil {
			bad = &Error{kind: ErrBadTimeSignature, detail: "timestamp missing", Payload: result}
		}
		return Token{}, bad
	}
	seconds, wellFormed := parseTimestamp(timestamp)
	switch {
	case bad == nil && wellFormed:
		if age, ok := w.allows(seconds); !ok {
			return Token{}, w.expired(value, seconds, age)
		}
		return Token{value, time.Unix(seconds, 0).UTC(), key}, nil
	case bad == nil:
		bad = &Error{detail: "malformed timestamp"}
	}
	bad.kind = ErrBadTimeSignature
	bad.Payload = value
	if wellFormed {
		bad.SignedAt = time.Unix(seconds, 0).UTC()
	}
	return Token{}, bad
}

// allows reports whether what was signed at signedAt is current, and its age.
func (w *Window) allows(signedAt int64) (age int64, ok bool) {
	if w.Now.IsZero() {
		return 0, true
	}
	age = w.Now.Unix() - signedAt
	return age, age <= int64(w.MaxAge/time.Second) && age >= min(0, -int64(w.Leeway/time.Second))
}

// expired is the error of a value that is not current.
func (w *Window) expired(value []byte, signedAt, age int64) *Error {
	bad := &Error{kind: ErrExpired, Payload: value, SignedAt: time.Unix(signedAt, 0).UTC(), Age: seconds(age)}
	bad.detail = fmt.Sprintf("signed %v ago, %v is allowed", bad.Age, w.MaxAge)
	if age < 0 {
		bad.detail = fmt.Sprintf("signed %v in the future", -bad.Age)
	}
	return bad
}

// seconds returns n seconds, or as much of them as a Duration holds.
func seconds(n int64) time.Duration {
	const most = int64(math.MaxInt64 / time.Second)
	return time.Duration(max(-most, min(n, most))) * time.Second
}

// endOfTime is the first second of the year 10000, which Python's datetime and
// a four-digit year in a header can't hold.
const endOfTime = 253402300800

// appendTimestamp appends now as base64url of its Unix seconds, big-endian and
// without leading zero bytes: nothing at all for 1970.
func appendTimestamp(dst []byte, now time.Time) []byte {
	seconds := uint64(max(0, min(now.Unix(), endOfTime-1)))
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seconds)
	return encoding.AppendEncode(dst, b[bits.LeadingZeros64(seconds)/8:])
}

// parseTimestamp reads what appendTimestamp writes, and nothing else.
func parseTimestamp(text []byte) (seconds int64, ok bool) {
	var b [8]byte
	if len(text) > encoding.EncodedLen(len(b)) {
		return 0, false
	}
	n, ok := decode(b[:], text)
	if !ok || n > 0 && b[0] == 0 {
		return 0, false
	}
	unix := binary.BigEndian.Uint64(b[:]) >> (64 - 8*n)
	return int64(unix), unix < endOfTime
}
