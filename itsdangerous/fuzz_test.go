package itsdangerous

import (
	"bytes"
	"errors"
	"testing"
	"time"
	"unicode/utf8"
)

var fuzzOptions = Options{Keys: [][]byte{[]byte("key")}}

// Whatever unsigns is what signing writes, to the byte.
func FuzzUnsign(f *testing.F) {
	for _, v := range readVectors(f).Unsign {
		f.Add([]byte(v.Signed))
	}
	s := must(NewSigner(fuzzOptions))
	f.Fuzz(func(t *testing.T, data []byte) {
		if value, err := s.Unsign(data); err == nil && !bytes.Equal(s.AppendSign(nil, value), data) {
			t.Errorf("%q has a second spelling", data)
		} else if err != nil && !errors.Is(err, ErrBadSignature) {
			t.Errorf("got error %v", err)
		}
		value, err := s.Unsign(s.AppendSign(nil, data))
		if err != nil || !bytes.Equal(value, data) {
			t.Errorf("signed %q, unsigned %q, %v", data, value, err)
		}
	})
}

// Behind a good signature too, only one spelling of a timestamp is read.
func FuzzTimestamp(f *testing.F) {
	for _, v := range readVectors(f).Timed {
		f.Add([]byte(v.Signed), int64(0))
	}
	f.Add([]byte("value."), int64(endOfTime))
	f.Add([]byte("value.ZVPxAA"), signedAt.Unix())
	plain, timed := must(NewSigner(fuzzOptions)), must(NewTimestampSigner(fuzzOptions))
	f.Fuzz(func(t *testing.T, data []byte, unix int64) {
		signed := plain.AppendSign(nil, data)
		token, err := timed.Unsign(signed, Window{})
		if err == nil && !bytes.Equal(timed.AppendSign(nil, token.Value, token.SignedAt), signed) {
			t.Errorf("%q has a second spelling", signed)
		} else if err != nil && !errors.Is(err, ErrBadTimeSignature) {
			t.Errorf("got error %v", err)
		}
		timed.Unsign(data, Window{Now: time.Unix(unix, 0)})

		token, err = timed.Unsign(timed.AppendSign(nil, data, time.Unix(unix, 0)), Window{})
		want := max(0, min(unix, endOfTime-1))
		if err != nil || !bytes.Equal(token.Value, data) || token.SignedAt.Unix() != want {
			t.Errorf("signed %q at %d, unsigned %q at %v, %v", data, unix, token.Value, token.SignedAt, err)
		}
	})
}

// A payload unpacks to no more than the limit, and uncompressed it is what
// packing writes.
func FuzzUnpack(f *testing.F) {
	for _, v := range readVectors(f).Loads {
		payload, _, _ := bytes.Cut(v.Token, []byte("."))
		f.Add([]byte(payload), 1000)
	}
	f.Add(AppendPack(nil, bytes.Repeat([]byte("costrel "), 1000), 1), 100)
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		limit = max(1, limit&0xffff)
		got, err := AppendUnpack([]byte("before"), data, limit)
		compressed := bytes.HasPrefix(data, []byte("."))
		switch {
		case err != nil && (!errors.Is(err, ErrBadPayload) || string(got) != "before"):
			t.Errorf("got %q, error %v", got, err)
		case err == nil && compressed && len(got) > len("before")+limit:
			t.Errorf("got %d bytes, limit %d", len(got), limit)
		case err == nil && !compressed && !bytes.Equal(AppendPack(nil, got[len("before"):], 0), data):
			t.Errorf("%q has a second spelling", data)
		}
		for _, compressAbove := range []int{0, 1} {
			got, err := AppendUnpack(nil, AppendPack(nil, data, compressAbove), len(data)+1)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("packed %q, unpacked %q, %v", data, got, err)
			}
		}
	})
}

// A payload of any bytes is read or is a bad payload, and a string comes back.
func FuzzLoads(f *testing.F) {
	for _, v := range readVectors(f).Loads {
		f.Add([]byte(v.Token))
	}
	f.Add([]byte(`{"a":[1,"\u2028",null]}`))
	f.Add([]byte("\u2028\\\"\ufffd"))
	signer := must(NewSigner(Options{Keys: fuzzOptions.Keys, Salt: "itsdangerous"}))
	plain := must(NewSerializer[any](fuzzOptions, nil))
	safe := must(NewURLSafeSerializer[any](fuzzOptions, nil))
	timed := must(NewURLSafeTimedSerializer[any](fuzzOptions, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := plain.Loads(string(signer.AppendSign(nil, data))); err != nil && !errors.Is(err, ErrBadPayload) {
			t.Errorf("got error %v", err)
		}
		payload := AppendPack(nil, data, 1)
		if _, err := safe.Loads(string(signer.AppendSign(nil, payload))); err != nil && !errors.Is(err, ErrBadPayload) {
			t.Errorf("got error %v", err)
		}
		timed.UnsafeLoads(string(data), Window{Now: signedAt})

		token, err := safe.Dumps(string(data))
		if (err == nil) != utf8.Valid(data) {
			t.Fatalf("got error %v for %q", err, data)
		}
		if err != nil {
			return
		}
		if got, err := safe.Loads(token); err != nil || got != string(data) {
			t.Errorf("dumped %q, loaded %q, %v", data, got, err)
		}
	})
}
