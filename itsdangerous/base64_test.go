package itsdangerous

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestBase64OfEveryLength(t *testing.T) {
	data := make([]byte, 100)
	rand.NewChaCha8([32]byte{}).Read(data)
	for n := range len(data) {
		text := base64.RawURLEncoding.EncodeToString(data[:n])
		if got := appendEncoded([]byte("kept"), data[:n]); string(got) != "kept"+text {
			t.Errorf("%d bytes: got %s, want %s", n, got, text)
		}
		got := make([]byte, n)
		if k, ok := decode(got, []byte(text)); !ok || k != n || !bytes.Equal(got, data[:n]) {
			t.Errorf("%d bytes: got %x, %v, want %x", n, got, ok, data[:n])
		}
		inPlace := []byte(text)
		if k, ok := decode(inPlace, inPlace); !ok || !bytes.Equal(inPlace[:k], data[:n]) {
			t.Errorf("%d bytes in place: got %x, %v, want %x", n, inPlace[:k], ok, data[:n])
		}
	}
}

// FuzzBase64 holds decode to the standard library's strict decoder, which only
// lets line breaks pass, and appendEncoded to what decode accepts.
func FuzzBase64(f *testing.F) {
	for _, text := range []string{"", "A", "AA", "AB", "AAA", "AAB", "AAAA", "AA==", "A\nAA", "-_-_-_-_-_", "+/+/", "YWJjZGVmZ2hpamts", "YWJjZGVmZ2hpam.s",
		strings.Repeat("-_Az", 20), strings.Repeat("-_Az", 17) + "=" + strings.Repeat("-_Az", 17)} {
		f.Add([]byte(text))
	}
	strict := base64.RawURLEncoding.Strict()
	f.Fuzz(func(t *testing.T, text []byte) {
		got := make([]byte, encoding.DecodedLen(len(text)))
		n, ok := decode(got, text)
		want, err := strict.DecodeString(string(text))
		wantOK := err == nil && !bytes.ContainsAny(text, "\r\n")
		if ok != wantOK || ok && !bytes.Equal(got[:n], want) {
			t.Fatalf("got %x, %v, want %x, %v", got[:n], ok, want, wantOK)
		}
		if ok {
			if again := appendEncoded(nil, got[:n]); !bytes.Equal(again, text) {
				t.Fatalf("got %s, want %s", again, text)
			}
		}
	})
}
