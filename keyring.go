package costrel

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// minKeyLength is the shortest key that [New] takes, in bytes: 128 bits, if
// they are random.
const minKeyLength = 16

// A Keyring holds the keys that sign sessions: the current one, which signs
// and verifies, and fallbacks, which only verify. It stands for Flask's
// SECRET_KEY and SECRET_KEY_FALLBACKS.
//
// The zero Keyring is empty, and [New] refuses it. A Keyring is immutable and
// safe for concurrent use. However it is printed or logged, it does not show
// its keys.
type Keyring struct {
	// A function, because fmt does not call the methods of a value that it
	// finds in an unexported field, such as a Manager's: of a function it
	// prints the address.
	keys func() [][]byte
}

// NewKeyring returns a Keyring of the current key and the keys that it
// replaced. A key is any string; its bytes are the key, as in Flask, where a
// str is encoded as UTF-8.
//
// To rotate keys, make a new current key and put the old one first among the
// fallbacks; once every session that it signed has expired, drop it. A session
// signed by a fallback is signed by the current key when it is next written.
func NewKeyring(current string, fallbacks ...string) Keyring {
	keys := [][]byte{[]byte(current)}
	for _, key := range fallbacks {
		keys = append(keys, []byte(key))
	}
	return Keyring{func() [][]byte { return keys }}
}

// NewKey returns a new key for [NewKeyring]: 32 bytes from crypto/rand, as 43
// characters that need no quoting in an environment file.
func NewKey() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return base64.RawURLEncoding.EncodeToString(key)
}

// Len returns the number of keys.
func (k Keyring) Len() int { return len(k.all()) }

func (k Keyring) all() [][]byte {
	if k.keys == nil {
		return nil
	}
	return k.keys()
}

// check says why the keys cannot be used, if they cannot, without showing one.
func (k Keyring) check(allowShort bool) error {
	if k.Len() == 0 {
		return errors.New("no key to sign sessions with: set Config.Keys to costrel.NewKeyring(key), with a key from costrel.NewKey()")
	}
	for i, key := range k.all() {
		switch {
		case len(key) == 0:
			return fmt.Errorf("%s is empty: make one with costrel.NewKey(), and keep it", keyName(i))
		case len(key) < minKeyLength && !allowShort:
			return fmt.Errorf("%s has %d bytes, fewer than %d, and could be guessed: make one with costrel.NewKey(); tests may set Config.AllowShortKeys", keyName(i), len(key), minKeyLength)
		}
	}
	return nil
}

func keyName(i int) string {
	if i == 0 {
		return "the current key"
	}
	return fmt.Sprintf("fallback key %d", i)
}

// String says how many keys there are.
func (k Keyring) String() string { return fmt.Sprintf("costrel.Keyring(%d keys)", k.Len()) }

// Format implements [fmt.Formatter], so that no verb shows a key.
func (k Keyring) Format(f fmt.State, verb rune) { io.WriteString(f, k.String()) }

// LogValue implements [slog.LogValuer].
func (k Keyring) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText implements [encoding.TextMarshaler], so that JSON does not show
// a key either.
func (k Keyring) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
