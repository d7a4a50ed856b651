package itsdangerous

import (
	"errors"
	"fmt"
	"time"
)

// The kinds of error, a family as in Python: [errors.Is] finds an error's own
// kind and every kind above it.
//
//	ErrBadData
//	├── ErrBadSignature            BadSignature
//	│   └── ErrBadTimeSignature    BadTimeSignature
//	│       └── ErrExpired         SignatureExpired
//	└── ErrBadPayload              BadPayload
//	    └── ErrTooLarge            (Python sets no limit)
//
// A bad payload is no bad signature: it means that whoever holds the key signed
// something that can't be read.
var (
	ErrBadData          error = &kind{"bad data", nil}
	ErrBadSignature     error = &kind{"bad signature", ErrBadData}
	ErrBadTimeSignature error = &kind{"bad timed signature", ErrBadSignature}
	ErrExpired          error = &kind{"signature expired", ErrBadTimeSignature}
	ErrBadPayload       error = &kind{"bad payload", ErrBadData}
	ErrTooLarge         error = &kind{"payload too large", ErrBadPayload}
)

// Error is the error of everything here that reads; take it with [errors.As].
// Its text never holds a key or a token.
type Error struct {
	// Payload is the part of the token that was to be read: everything before
	// the timestamp or the signature, a slice of the input where that was
	// bytes. It is nil if the token has no separator. Do not trust it unless
	// the error is ErrExpired or ErrBadPayload, the two that come after a good
	// signature.
	Payload []byte

	// SignedAt is when the token says it was signed, in UTC; zero if it does
	// not say. The caution for Payload holds for it too.
	SignedAt time.Time

	// Age is how old an expired signature is, in whole seconds; negative if it
	// was made in the future. Zero for other errors.
	Age time.Duration

	kind   error
	detail string
	cause  error
}

// Error says what kind of error it is and what was found. It shows neither a key
// nor the token.
func (e *Error) Error() string {
	text := fmt.Sprintf("itsdangerous: %v: %s", e.kind, e.detail)
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the error's kind and, for a payload that can't be read, the
// error of whatever tried to.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.kind}
	}
	return []error{e.kind, e.cause}
}

// asError returns the *Error that this package made err to be.
func asError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

type kind struct {
	text   string
	parent error
}

func (k *kind) Error() string { return k.text }
func (k *kind) Unwrap() error { return k.parent }
