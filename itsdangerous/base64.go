package itsdangerous

import "encoding/base64"

// encoding is the base64url without padding that signatures, timestamps and
// payloads are written in. Python skips whatever is not of its alphabet; here
// each text has one spelling, so that a token can be told by its bytes.
var encoding = base64.RawURLEncoding.Strict()

// decode decodes text into dst, which has room for it, and reports whether text
// is the one way to write those bytes.
func decode(dst, text []byte) (n int, canonical bool) {
	n, err := encoding.Decode(dst, text)
	// Strict checks the unused bits, but line breaks are skipped all the same.
	return n, err == nil && encoding.EncodedLen(n) == len(text)
}
