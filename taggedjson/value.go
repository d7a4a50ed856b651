package taggedjson

import "encoding/hex"

// Tuple is a Python tuple. On the wire it is a list in the tag " t", so that it
// comes back as a tuple and not as a list; a Python list is []any.
type Tuple []any

// UUID is a Python UUID. Any other type whose underlying type is [16]byte is
// written as one too; reading without a type gives UUID.
type UUID [16]byte

// String returns u as Python's str does: lower-case hexadecimal in five groups.
func (u UUID) String() string {
	b := make([]byte, 0, 36)
	for i, group := range [...][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, group)
	}
	return string(b)
}

// MarshalText returns u as String writes it.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads the spellings that Python's UUID reads: with or without
// dashes, braces or "urn:uuid:", in either case.
func (u *UUID) UnmarshalText(text []byte) error {
	id, err := parseUUID(string(text))
	if err == nil {
		*u = id
	}
	return err
}
