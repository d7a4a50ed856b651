package itsdangerous

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

func TestErrorFamily(t *testing.T) {
	family := map[error][]error{
		ErrBadData:          {ErrBadData},
		ErrBadSignature:     {ErrBadSignature, ErrBadData},
		ErrBadTimeSignature: {ErrBadTimeSignature, ErrBadSignature, ErrBadData},
		ErrExpired:          {ErrExpired, ErrBadTimeSignature, ErrBadSignature, ErrBadData},
		ErrBadPayload:       {ErrBadPayload, ErrBadData},
		ErrTooLarge:         {ErrTooLarge, ErrBadPayload, ErrBadData},
	}
	for kind, above := range family {
		err := fmt.Errorf("reading: %w", &Error{kind: kind, detail: "so it is"})
		for other := range family {
			want := false
			for _, a := range above {
				want = want || a == other
			}
			if got := errors.Is(err, other); got != want {
				t.Errorf("is %q %q: got %v, want %v", kind, other, got, want)
			}
		}
	}
}

func TestErrorTexts(t *testing.T) {
	s := must(NewTimestampSigner(Options{Keys: [][]byte{[]byte("key")}}))
	plain := must(NewSigner(Options{Keys: [][]byte{[]byte("key")}}))
	late := Window{Now: signedAt.Add(2 * time.Hour), MaxAge: time.Hour}
	early := Window{Now: signedAt.Add(-time.Minute)}
	signed := string(s.AppendSign(nil, []byte("v"), signedAt))
	for _, test := range []struct {
		signed string
		window Window
		want   string
	}{
		{"v", late, "itsdangerous: bad signature: no separator found"},
		{"v.s", late, "itsdangerous: bad signature: signature does not match"},
		{"v.ZVPxAA.s", late, "itsdangerous: bad timed signature: signature does not match"},
		{string(plain.AppendSign(nil, []byte("v"))), late, "itsdangerous: bad timed signature: timestamp missing"},
		{string(plain.AppendSign(nil, []byte("v.!"))), late, "itsdangerous: bad timed signature: malformed timestamp"},
		{signed, late, "itsdangerous: signature expired: signed 2h0m0s ago, 1h0m0s is allowed"},
		{signed, early, "itsdangerous: signature expired: signed 1m0s in the future"},
	} {
		if _, err := s.Unsign([]byte(test.signed), test.window); err == nil || err.Error() != test.want {
			t.Errorf("got %q, want %q", err, test.want)
		}
	}
	err := error(&Error{kind: ErrBadPayload, detail: "it can't be inflated", cause: io.ErrUnexpectedEOF})
	check(t, "text", err.Error(), "itsdangerous: bad payload: it can't be inflated: unexpected EOF")
	check(t, "the cause can be found", errors.Is(err, io.ErrUnexpectedEOF), true)
}
