package itsdangerous

import (
	"crypto/sha256"
	"testing"
	"time"
)

var poolsKeep = true

func TestAllocations(t *testing.T) {
	if !poolsKeep {
		t.Skip("pools keep nothing under the race detector")
	}
	keys := [][]byte{[]byte("new"), []byte("old"), []byte("oldest")}
	oldest := Options{Keys: keys[2:], Derivation: HMAC}
	value := AppendPack(nil, []byte(`{"_permanent":true,"user_id":12345}`), 1)
	current := Window{Now: signedAt.Add(time.Hour), MaxAge: time.Hour, Leeway: time.Minute}

	s := must(NewSigner(Options{Keys: keys, Derivation: HMAC}))
	timed := must(NewTimestampSigner(Options{Keys: keys, Derivation: HMAC}))
	sha2 := must(NewTimestampSigner(Options{Keys: keys, Digest: sha256.New, Separator: "||"}))
	signed := s.AppendSign(nil, value)
	signedByOldest := must(NewSigner(oldest)).AppendSign(nil, value)
	timedSigned := timed.AppendSign(nil, value, signedAt)
	timedByOldest := must(NewTimestampSigner(oldest)).AppendSign(nil, value, signedAt)
	sha2Signed := sha2.AppendSign(nil, value, signedAt)
	buf := make([]byte, 0, 1000)

	for name, f := range map[string]func() error{
		"Signer.Unsign":                         func() error { _, err := s.Unsign(signed); return err },
		"Signer.Unsign with the third key":      func() error { _, err := s.Unsign(signedByOldest); return err },
		"TimestampSigner.Unsign":                func() error { _, err := timed.Unsign(timedSigned, current); return err },
		"TimestampSigner.Unsign, the third key": func() error { _, err := timed.Unsign(timedByOldest, current); return err },
		"TimestampSigner.Unsign, SHA-256":       func() error { _, err := sha2.Unsign(sha2Signed, current); return err },
		"Signer.AppendSign":                     func() error { s.AppendSign(buf, value); return nil },
		"TimestampSigner.AppendSign":            func() error { timed.AppendSign(buf, value, signedAt); return nil },
		"AppendPack":                            func() error { AppendPack(buf, value, 1); return nil },
		"AppendUnpack":                          func() error { _, err := AppendUnpack(buf, value, 0); return err },
	} {
		if err := f(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := testing.AllocsPerRun(200, func() { f() }); n != 0 {
			t.Errorf("%s: got %v allocations, want none", name, n)
		}
	}
}
