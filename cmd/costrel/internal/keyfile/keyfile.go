// Package keyfile reads and writes files of keys: one a line, the current key
// first, then the fallbacks that it replaced. A line is
//
//	the key itself                    text, as in Flask's SECRET_KEY
//	base64:X18jeTJM                   bytes that are no line of text
//	derived:cookie-session:kXo3...    a signing key, made of a SECRET_KEY and a salt
//
// A file holds keys or derived keys for one salt, never both.
package keyfile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/itsdangerous"
)

// maxSize bounds a key file, in bytes.
const maxSize = 64 << 10

const (
	derivedPrefix = "derived:"
	base64Prefix  = "base64:"
	byteOrderMark = '\ufeff'
)

// A Ring is what a key file holds. However it is printed, it does not show its
// keys. The zero Ring is empty.
type Ring struct {
	Keys [][]byte // current first
	Salt string   // what the keys were derived for; empty if they are SECRET_KEYs
}

// Read returns the keys of a file. It refuses a file that others than its owner
// can read or change.
func Read(path string) (Ring, error) {
	f, err := os.Open(path)
	if err != nil {
		return Ring{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Ring{}, err
	}
	// A pipe, as the shell's <(command), is whoever's made it. Windows has no
	// such modes.
	if mode := info.Mode(); mode.IsRegular() && mode.Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return Ring{}, fmt.Errorf("%s: others than its owner can read or change it (mode %04o): chmod 600 %s", path, mode.Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return Ring{}, err
	}
	ring, err := Parse(text)
	if err != nil {
		return Ring{}, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// ReadAgain is Read for a file that was read before and may have been replaced. It
// refuses what is no regular file: to open a pipe could take forever.
func ReadAgain(path string) (Ring, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Ring{}, err
	}
	if !info.Mode().IsRegular() {
		return Ring{}, fmt.Errorf("%s is no regular file, and can't be read again", path)
	}
	return Read(path)
}

// Parse returns the keys in text. Its errors name lines, and show none.
func Parse(text []byte) (Ring, error) {
	if len(text) > maxSize {
		return Ring{}, fmt.Errorf("more than %d KiB: this is no key file", maxSize>>10)
	}
	var ring Ring
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		key, salt, err := parseLine(string(line))
		switch {
		case err != nil:
			return Ring{}, fmt.Errorf("line %d: %w", number, err)
		case len(ring.Keys) > 0 && salt != ring.Salt:
			return Ring{}, fmt.Errorf("line %d: a file holds keys, or derived keys for one salt, and not both", number)
		}
		ring.Keys, ring.Salt = append(ring.Keys, key), salt
	}
	if len(ring.Keys) == 0 {
		return Ring{}, errors.New("no key in it")
	}
	return ring, nil
}

func parseLine(line string) (key []byte, salt string, err error) {
	text, isDerived := strings.CutPrefix(line, derivedPrefix)
	if isDerived {
		i := strings.LastIndexByte(text, ':')
		if i <= 0 {
			return nil, "", errors.New("a derived key is written derived:SALT:KEY")
		}
		salt, text = text[:i], text[i+1:]
	}
	encoded, isBase64 := strings.CutPrefix(text, base64Prefix)
	switch {
	case isDerived:
		key, err = base64.RawURLEncoding.Strict().DecodeString(text)
	case isBase64:
		key, err = base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(toURL.Replace(encoded), "="))
	case !isLine(text):
		return nil, "", errors.New("this is no text: a key of other bytes is written base64:KEY")
	default:
		return []byte(text), "", nil
	}
	if err != nil || len(key) == 0 {
		return nil, "", errors.New("the key is not in base64")
	}
	return key, salt, nil
}

// toURL lets a key be pasted in either alphabet of base64.
var toURL = strings.NewReplacer("+", "-", "/", "_")

// AppendText appends the ring as Parse reads it.
func (r Ring) AppendText(dst []byte) ([]byte, error) {
	if strings.Contains(r.Salt, "\n") {
		return dst, errors.New("the salt is no line of text")
	}
	for _, key := range r.Keys {
		switch {
		case r.Salt != "":
			dst = append(dst, derivedPrefix+r.Salt+":"...)
			dst = base64.RawURLEncoding.AppendEncode(dst, key)
		case isLine(string(key)):
			dst = append(dst, key...)
		default:
			dst = append(dst, base64Prefix...)
			dst = base64.RawURLEncoding.AppendEncode(dst, key)
		}
		dst = append(dst, '\n')
	}
	return dst, nil
}

// isLine reports whether a key can stand as it is. What cannot is not taken for
// one either: a file that was replaced by something else should not become keys.
func isLine(key string) bool {
	return utf8.ValidString(key) && !strings.ContainsFunc(key, func(c rune) bool { return unicode.IsControl(c) || c == byteOrderMark }) &&
		!strings.HasPrefix(key, derivedPrefix) && !strings.HasPrefix(key, base64Prefix)
}

// Derive returns the ring of the signing keys that r makes for a salt: who
// holds them can sign and verify for that salt, and for no other.
func (r Ring) Derive(salt string, derivation itsdangerous.Derivation, digest func() hash.Hash) (Ring, error) {
	switch {
	case r.Salt != "":
		return Ring{}, fmt.Errorf("these keys were derived already, for %q", r.Salt)
	case salt == "":
		return Ring{}, errors.New("a derived key needs a salt")
	case derivation == itsdangerous.None:
		return Ring{}, errors.New("without derivation the signing key is the key itself")
	}
	derived := Ring{Salt: salt}
	for _, key := range r.Keys {
		derived.Keys = append(derived.Keys, itsdangerous.DeriveKey(key, salt, derivation, digest))
	}
	return derived, nil
}

// Keyring returns the keys for a costrel.Config. Those of a derived ring sign
// with its Salt, and no derivation.
func (r Ring) Keyring() costrel.Keyring {
	if len(r.Keys) == 0 {
		return costrel.Keyring{}
	}
	var fallbacks []string
	for _, key := range r.Keys[1:] {
		fallbacks = append(fallbacks, string(key))
	}
	return costrel.NewKeyring(string(r.Keys[0]), fallbacks...)
}

// Format prints how many keys there are, whatever the verb.
func (r Ring) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "keyfile.Ring(%d keys)", len(r.Keys)) }

// LogValue implements [slog.LogValuer].
func (r Ring) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }
