package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/costrel/costrel"
)

func TestRandomKeysAreGood(t *testing.T) {
	random := func(n int) []byte {
		b := make([]byte, n)
		rand.Read(b)
		return b
	}
	for name, key := range map[string]func() []byte{
		"costrel key new":            func() []byte { return []byte(costrel.NewKey()) },
		"secrets.token_hex()":        func() []byte { return []byte(hex.EncodeToString(random(32))) },
		"os.urandom(24)":             func() []byte { return random(24) },
		"openssl rand -hex 16":       func() []byte { return []byte(hex.EncodeToString(random(16))) },
		"openssl rand -base64 32":    func() []byte { return []byte(base64.StdEncoding.EncodeToString(random(32))) },
		"secrets.token_urlsafe(32)":  func() []byte { return []byte(base64.RawURLEncoding.EncodeToString(random(32))) },
		"in upper case, hexadecimal": func() []byte { return []byte(strings.ToUpper(hex.EncodeToString(random(16)))) },
		"secrets.token_urlsafe(16)":  func() []byte { return []byte(base64.RawURLEncoding.EncodeToString(random(16))) },
		"a UUID, which has 122 bits": func() []byte {
			h := hex.EncodeToString(random(16))
			return []byte(h[:8] + "-" + h[8:12] + "-" + h[12:])
		},
		"twenty lower-case and digits": func() []byte {
			b := random(20)
			for i := range b {
				b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[int(b[i])%36]
			}
			return b
		},
	} {
		for range 1000 {
			if k := key(); len(weaknesses(k)) > 0 {
				t.Errorf("%s made %q: %q", name, k, weaknesses(k))
				break
			}
		}
	}
}

func TestWeakKeys(t *testing.T) {
	tests := []struct{ name, key, want string }{
		{"a published key", "5791628bb0b13ce0c676dfde280ba245", "published"},
		{"a published key in other case", "change_me_TO_a_complex_random_secret", "published"},
		{"published bytes", "_5#y2L\"F4Q8z\n\xec]/", "published"},
		{"a short key", "Xq7~pL", "16 is the least"},
		{"nothing", "", "16 is the least"},
		{"one character", strings.Repeat("x", 64), "easy to guess"},
		{"a pattern", strings.Repeat("abc123", 10), "easy to guess"},
		{"digits in order", "12345678901234567890123456789012", "easy to guess"},
		{"a phrase", "correct horse battery staple 2026", "easy to guess"},
		{"a phrase with dashes", "my-app-signs-with-this-one", "easy to guess"},
		{"a word that tells", "xK9#mySecretFor2026!pQz", `the word "secret"`},
		{"a command that was not run", "$(openssl rand -hex 32)", `the word "openssl"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(weaknesses([]byte(test.key)), "; "); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestPublicKeysAreSaidOnce(t *testing.T) {
	seen := map[string]string{}
	for key := range publicKeys() {
		if other, ok := seen[strings.ToLower(key)]; ok && other != key {
			t.Errorf("%q is in publickeys.txt as %q too", key, other)
		}
		seen[strings.ToLower(key)] = key
	}
}

func FuzzEntropy(f *testing.F) {
	f.Add([]byte("correct horse"))
	f.Fuzz(func(t *testing.T, key []byte) {
		if bits := entropy(key); bits < 0 || bits > 8*float64(len(key))+1 {
			t.Errorf("%d bytes have %f bits", len(key), bits)
		}
	})
}
