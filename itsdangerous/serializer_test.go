package itsdangerous

import (
	"bytes"
	"crypto/sha512"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var newOld = Options{Keys: [][]byte{[]byte("new"), []byte("old")}}

func TestFallbacksTakeKeysAndSaltFromTheSerializer(t *testing.T) {
	for name, fallback := range map[string]Options{
		"keys":               {Keys: newOld.Keys},
		"a salt":             {Salt: "other"},
		"both":               {Keys: newOld.Keys, Salt: "other"},
		"digit as separator": {Separator: "1"},
	} {
		if _, err := NewSerializer[string](newOld, nil, fallback); err == nil {
			t.Errorf("a fallback with %s: got no error", name)
		}
		if _, err := NewTimedSerializer[string](newOld, nil, fallback); err == nil {
			t.Errorf("a timed fallback with %s: got no error", name)
		}
	}
}

// A fallback stands whole: what it does not set is the default, not what the
// serializer's own signer has.
func TestFallbacksTakeNothingElse(t *testing.T) {
	o := newOld
	o.Digest = sha512.New
	token := must(must(NewSerializer[string](newOld, nil)).Dumps("value"))
	s := must(NewSerializer[string](o, nil, Options{}))
	if got, err := s.Loads(token); err != nil || got != "value" {
		t.Errorf("a SHA-1 token: got %q, %v", got, err)
	}
	o.Derivation = HMAC
	token = must(must(NewSerializer[string](o, nil)).Dumps("value"))
	if _, err := s.Loads(token); !errors.Is(err, ErrBadSignature) {
		t.Errorf("a token of other settings: got error %v, want a bad signature", err)
	}
}

func TestFallbackNeverSigns(t *testing.T) {
	with := must(NewSerializer[string](newOld, nil, Options{Digest: sha512.New}))
	without := must(NewSerializer[string](newOld, nil))
	check(t, "token", must(with.Dumps("value")), must(without.Dumps("value")))
}

func TestExpiredTokensAreNotTriedWithFallbacks(t *testing.T) {
	tries := 0
	counting := func(o Options) Options {
		o.Algorithm = countingAlgorithm{&tries}
		return o
	}
	s := must(NewTimedSerializer[string](newOld, nil, counting(Options{})))
	token := must(s.Dumps("value", signedAt))
	_, _, err := s.Loads(token, Window{Now: signedAt.Add(time.Hour)})
	check(t, "expired", errors.Is(err, ErrExpired), true)
	check(t, "tries of the fallback", tries, 0)
	_, _, err = s.Loads(token+"A", Window{})
	check(t, "bad signature", errors.Is(err, ErrBadSignature), true)
	check(t, "tries of the fallback, one for each key", tries, 2)
}

type countingAlgorithm struct{ tries *int }

func (a countingAlgorithm) AppendSignature(dst, key, value []byte) []byte {
	*a.tries++
	return HMACAlgorithm{}.AppendSignature(dst, key, value)
}

func TestWithSalt(t *testing.T) {
	s := must(NewSerializer[string](newOld, nil))
	timed := must(NewTimedSerializer[string](newOld, nil))
	o := newOld
	o.Salt = "other"
	other := must(NewSerializer[string](o, nil))
	otherTimed := must(NewTimedSerializer[string](o, nil))

	check(t, "token", must(s.WithSalt("other").Dumps("value")), must(other.Dumps("value")))
	check(t, "timed token", must(timed.WithSalt("other").Dumps("value", signedAt)), must(otherTimed.Dumps("value", signedAt)))
	check(t, "token of no salt", must(other.WithSalt("").Dumps("value")), must(s.Dumps("value")))
	if _, err := s.Loads(must(other.Dumps("value"))); !errors.Is(err, ErrBadSignature) {
		t.Errorf("got error %v, want a bad signature", err)
	}
}

func TestBadPayloadTellsWhatAndWhen(t *testing.T) {
	signer := must(NewTimestampSigner(Options{Keys: newOld.Keys, Salt: "itsdangerous"}))
	bomb := string(AppendPack(nil, make([]byte, 3<<20), 1))
	for _, test := range []struct {
		name, payload string
		want          error
	}{
		{"not JSON", "YWJj", ErrBadPayload},
		{"JSON of another type", "NQ", ErrBadPayload},
		{"not base64", "!", ErrBadPayload},
		{"a bomb", bomb, ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := must(NewURLSafeTimedSerializer[string](newOld, nil))
			v, at, err := s.Loads(string(signer.AppendSign(nil, []byte(test.payload), signedAt)), Window{})
			check(t, "value", v, "")
			check(t, "time", at, time.Time{})
			var bad *Error
			if !errors.As(err, &bad) || !errors.Is(err, test.want) || !errors.Is(err, ErrBadPayload) || errors.Is(err, ErrBadSignature) {
				t.Fatalf("got error %v, want %v", err, test.want)
			}
			check(t, "payload", string(bad.Payload), test.payload)
			check(t, "signed at", bad.SignedAt, signedAt.UTC())
		})
	}
}

func TestFiles(t *testing.T) {
	var file bytes.Buffer
	s := must(NewSerializer[[]int](newOld, nil))
	check(t, "error of Dump", s.Dump(&file, []int{1, 2}), nil)
	v, decoded, err := s.UnsafeLoad(bytes.NewReader(file.Bytes()))
	check(t, "value of UnsafeLoad", v, []int{1, 2})
	check(t, "decoded", decoded, true)
	check(t, "error of UnsafeLoad", err, nil)
	v, err = s.Load(&file)
	check(t, "value", v, []int{1, 2})
	check(t, "error of Load", err, nil)

	timed := must(NewURLSafeTimedSerializer[[]int](newOld, nil))
	check(t, "error of a timed Dump", timed.Dump(&file, []int{1, 2}, signedAt), nil)
	v, decoded, err = timed.UnsafeLoad(bytes.NewReader(file.Bytes()), Window{Now: signedAt.Add(time.Hour)})
	check(t, "value of a timed UnsafeLoad", v, []int{1, 2})
	check(t, "decoded", decoded, true)
	check(t, "expired", errors.Is(err, ErrExpired), true)
	v, at, err := timed.Load(&file, Window{})
	check(t, "value of a timed Load", v, []int{1, 2})
	check(t, "signed at", at, signedAt.UTC())
	check(t, "error of a timed Load", err, nil)
}

func TestFilesThatFail(t *testing.T) {
	broken := errors.New("disk on fire")
	s := must(NewSerializer[any](newOld, nil))
	timed := must(NewTimedSerializer[any](newOld, nil))
	for name, fails := range map[string]func() error{
		"Load":             func() error { _, err := s.Load(iotest.ErrReader(broken)); return err },
		"UnsafeLoad":       func() error { _, _, err := s.UnsafeLoad(iotest.ErrReader(broken)); return err },
		"Dump":             func() error { return s.Dump(writer{broken}, 1) },
		"timed Load":       func() error { _, _, err := timed.Load(iotest.ErrReader(broken), Window{}); return err },
		"timed UnsafeLoad": func() error { _, _, err := timed.UnsafeLoad(iotest.ErrReader(broken), Window{}); return err },
		"timed Dump":       func() error { return timed.Dump(writer{broken}, 1, signedAt) },
	} {
		if err := fails(); !errors.Is(err, broken) {
			t.Errorf("%s: got error %v, want %v", name, err, broken)
		}
	}
	for name, fails := range map[string]func() error{
		"Dump":       func() error { return s.Dump(io.Discard, make(chan int)) },
		"timed Dump": func() error { return timed.Dump(io.Discard, make(chan int), signedAt) },
	} {
		if err := fails(); err == nil || !strings.Contains(err.Error(), "encoding the payload") {
			t.Errorf("%s of a channel: got error %v", name, err)
		}
	}
}

type writer struct{ err error }

func (w writer) Write([]byte) (int, error) { return 0, w.err }

// A struct comes back as it was, and one field of it read wrong is an error, not
// half a value.
func TestStructs(t *testing.T) {
	type invitation struct {
		Team  string    `json:"team"`
		Seats int       `json:"seats"`
		Until time.Time `json:"until"`
	}
	s := must(NewURLSafeSerializer(newOld, JSON[invitation]{}))
	want := invitation{"crew", 3, signedAt.UTC()}
	got, err := s.Loads(must(s.Dumps(want)))
	check(t, "value", got, want)
	check(t, "error", err, nil)

	wrong := must(must(NewURLSafeSerializer[any](newOld, nil)).Dumps(map[string]any{"team": "crew", "seats": "three"}))
	got, err = s.Loads(wrong)
	check(t, "value", got, invitation{})
	check(t, "bad payload", errors.Is(err, ErrBadPayload), true)
}

func TestURLSafeSettings(t *testing.T) {
	long := strings.Repeat("costrel ", 100)
	for _, test := range []struct {
		name       string
		codec      URLSafe[string]
		compressed bool
	}{
		{"the zero value compresses", URLSafe[string]{}, true},
		{"never", URLSafe[string]{CompressAbove: -1}, false},
		{"not yet", URLSafe[string]{CompressAbove: 1000}, false},
		{"a limit that is too small", URLSafe[string]{InflateLimit: 100}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := must(NewSerializer(newOld, test.codec))
			token := must(s.Dumps(long))
			check(t, "compressed", strings.HasPrefix(token, "."), test.compressed)
			_, err := s.Loads(token)
			check(t, "too large", errors.Is(err, ErrTooLarge), test.codec.InflateLimit > 0)
		})
	}
}
