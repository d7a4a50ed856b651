package itsdangerous

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOptionsThatCanNotBeUsed(t *testing.T) {
	key := [][]byte{[]byte("key")}
	tests := []struct {
		name    string
		options Options
		want    string
	}{
		{"no key", Options{}, "no key to sign with"},
		{"an empty key", Options{Keys: [][]byte{[]byte("a"), {}}}, "key 2 of 2 is empty"},
		{"a separator that signatures hold", Options{Keys: key, Separator: "ab"}, `separator "ab" can't be used`},
		{"a derivation that there is not", Options{Keys: key, Derivation: 9}, "unknown key derivation Derivation(9)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			makers := map[string]func() error{
				"NewSigner":          func() error { _, err := NewSigner(test.options); return err },
				"NewTimestampSigner": func() error { _, err := NewTimestampSigner(test.options); return err },
				"NewSerializer":      func() error { _, err := NewSerializer[any](test.options, nil); return err },
				"NewTimedSerializer": func() error { _, err := NewTimedSerializer[any](test.options, nil); return err },
			}
			for name, makes := range makers {
				if err := makes(); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: got error %v, want %q in it", name, err, test.want)
				}
			}
		})
	}
}

func TestCurrentKeySignsAndAllVerify(t *testing.T) {
	keys := [][]byte{[]byte("current"), []byte("older"), []byte("oldest")}
	s := must(NewTimestampSigner(Options{Keys: keys}))
	for i, key := range keys {
		one := must(NewTimestampSigner(Options{Keys: [][]byte{key}}))
		signed := one.AppendSign(nil, []byte("value"), signedAt)
		token, err := s.Unsign(signed, Window{})
		if err != nil || token.Key != i {
			t.Errorf("signed with key %d: got key %d, error %v", i, token.Key, err)
		}
		again := s.AppendSign(nil, []byte("value"), signedAt)
		if (string(again) == string(signed)) != (i == 0) {
			t.Errorf("got %q, which key %d signs as %q", again, i, signed)
		}
	}
}

func TestSaltsTellSignaturesApart(t *testing.T) {
	key := [][]byte{[]byte("key")}
	a := must(NewSigner(Options{Keys: key, Salt: "a"}))
	b := must(NewSigner(Options{Keys: key, Salt: "b"}))
	if _, err := b.Unsign(a.AppendSign(nil, []byte("value"))); !errors.Is(err, ErrBadSignature) {
		t.Errorf("got error %v, want a bad signature", err)
	}
}

func TestKeysAreCopied(t *testing.T) {
	for _, d := range []Derivation{DjangoConcat, Concat, HMAC, None} {
		key := []byte("key")
		s := must(NewSigner(Options{Keys: [][]byte{key}, Derivation: d}))
		serializer := must(NewSerializer[string](Options{Keys: [][]byte{key}, Derivation: d}, nil))
		before := s.AppendSign(nil, []byte("value"))
		salted := must(serializer.WithSalt("other").Dumps("value"))
		clear(key)
		check(t, "signed after the caller wiped the key", string(s.AppendSign(nil, []byte("value"))), string(before))
		check(t, "other salt after the caller wiped the key", must(serializer.WithSalt("other").Dumps("value")), salted)
	}
}

func TestSignInPlace(t *testing.T) {
	s := must(NewSigner(Options{Keys: [][]byte{[]byte("key")}}))
	want := string(s.AppendSign(nil, []byte("value")))
	buf := append(make([]byte, 0, 100), "value"...)
	check(t, "signed over itself", string(s.AppendSign(buf[:0], buf)), want)
	check(t, "signed behind something", string(s.AppendSign([]byte("before "), []byte("value"))), "before "+want)
}

// Appending to a value must not run into the signature behind it.
func TestUnsignedValueEndsAtItsEnd(t *testing.T) {
	s := must(NewTimestampSigner(Options{Keys: [][]byte{[]byte("key")}}))
	token := must(s.Unsign(s.AppendSign(nil, []byte("value"), signedAt), Window{}))
	check(t, "capacity", cap(token.Value), len("value"))
}

func TestPrintingShowsNoKey(t *testing.T) {
	const secret = "hunter2-hunter2"
	o := Options{Keys: [][]byte{[]byte(secret)}, Derivation: None}
	_, errNone := must(NewSigner(o)).Unsign([]byte("value.signature"))
	things := []any{
		o, &o, must(NewSigner(o)), must(NewTimestampSigner(o)), *must(NewTimestampSigner(o)),
		must(NewSerializer[any](o, nil)), must(NewURLSafeTimedSerializer[any](o, nil, Options{Digest: sha256.New})),
		errNone,
	}
	for _, thing := range things {
		var text strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&text, verb+"\n", thing)
		}
		slog.New(slog.NewTextHandler(&text, nil)).Info("message", "thing", thing)
		slog.New(slog.NewJSONHandler(&text, nil)).Info("message", "thing", thing)
		encoded, _ := json.Marshal(thing)
		text.Write(encoded)
		for _, form := range []string{"%s", "%x", "%d", "%q"} {
			leak := strings.Trim(fmt.Sprintf(form, []byte(secret)), "[]\"")
			if strings.Contains(text.String(), leak) {
				t.Errorf("%T shows its key as %s: %s", thing, form, text.String())
			}
		}
	}
}

func TestErrorsShowNoToken(t *testing.T) {
	s := must(NewURLSafeTimedSerializer[string](Options{Keys: [][]byte{[]byte("key")}}, nil))
	token := must(s.Dumps("a private value", signedAt))
	payload := strings.Split(token, ".")[0]
	for name, bad := range map[string]string{
		"changed":      token[:len(token)-4] + "AAAA",
		"cut":          token[:len(token)-10],
		"no separator": payload,
		"expired":      token,
	} {
		_, _, err := s.Loads(bad, Window{Now: signedAt.Add(time.Hour)})
		if err == nil || strings.Contains(err.Error(), payload[:8]) {
			t.Errorf("%s: got error %v, want one without the token", name, err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	s := must(NewURLSafeTimedSerializer[string](Options{Keys: [][]byte{[]byte("new"), []byte("old")}}, nil))
	old := must(NewURLSafeTimedSerializer[string](Options{Keys: [][]byte{[]byte("old")}}, nil))
	var wg sync.WaitGroup
	for i := range 16 {
		value := strings.Repeat(fmt.Sprint(i, " "), 50)
		wg.Go(func() {
			for range 50 {
				for _, token := range []string{must(s.Dumps(value, signedAt)), must(old.Dumps(value, signedAt))} {
					if got, _, err := s.Loads(token, Window{}); err != nil || got != value {
						t.Errorf("got %q, %v, want %q", got, err, value)
					}
				}
			}
		})
	}
	wg.Wait()
}

// keyPair signs with a private key and verifies with the public one, which is
// what it is given.
type keyPair struct{ private ed25519.PrivateKey }

func (p keyPair) AppendSignature(dst, key, value []byte) []byte {
	return append(dst, ed25519.Sign(p.private, value)...)
}

func (p keyPair) VerifySignature(key, value, signature []byte) bool {
	return ed25519.Verify(ed25519.PublicKey(key), value, signature)
}

func TestAlgorithmThatVerifiesForItself(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	s := must(NewSigner(Options{
		Keys:       [][]byte{private.Public().(ed25519.PublicKey)},
		Derivation: None,
		Algorithm:  keyPair{private},
	}))
	signed := s.AppendSign(nil, []byte("value"))
	if value, err := s.Unsign(signed); err != nil || string(value) != "value" {
		t.Errorf("got %q, %v", value, err)
	}
	for name, bad := range map[string]string{
		"a value changed":       "Value" + string(signed[5:]),
		"no signature":          "value.",
		"padding":               string(signed) + "==",
		"a line break":          string(signed) + "\n",
		"no base64":             "value.!",
		"another unused bit":    string(signed[:len(signed)-1]) + "B",
		"a signature of 1 byte": "value.AA",
	} {
		if _, err := s.Unsign([]byte(bad)); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s: got error %v, want a bad signature", name, err)
		}
	}
}

func TestDerivationNames(t *testing.T) {
	for name, d := range derivations {
		check(t, "name", d.String(), name)
	}
	check(t, "name of none of them", Derivation(77).String(), "Derivation(77)")
	defer func() {
		if recover() == nil {
			t.Error("deriving a key with none of them does not panic")
		}
	}()
	DeriveKey(nil, "", 77, nil)
}
