package itsdangerous

import (
	"encoding/base64"
	"encoding/binary"
	"slices"

	"github.com/costrel/costrel/internal/vector"
)

// encoding is the base64url without padding that signatures, timestamps and
// payloads are written in. Python skips whatever is not of its alphabet; here
// each text has one spelling, so that a token can be told by its bytes.
//
// Payloads are encoded and decoded by package vector, and what it leaves is
// decoded by tables. A signature that was made here is not, nor is one decoded
// to be compared with it: which part of a large table is read may show in the
// processor's caches.
var encoding = base64.RawURLEncoding

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// appendEncoded appends the base64 of src, which dst must not overlap, to dst.
func appendEncoded(dst, src []byte) []byte {
	start, n := len(dst), encoding.EncodedLen(len(src))
	dst = slices.Grow(dst, n)[:start+n]
	done := vector.EncodeBase64(dst[start:], src)
	encoding.Encode(dst[start+done/3*4:], src[done:])
	return dst
}

// values are what a character stands for at each of the four places in a group
// of 24 bits, or bad.
var values = func() (table [4][256]uint32) {
	for place := range table {
		for c := range table[place] {
			table[place][c] = bad
		}
		for v := range alphabet {
			table[place][alphabet[v]] = uint32(v) << (18 - 6*place)
		}
	}
	return
}()

const bad = 1 << 31

// decode decodes text into dst, which has room for it, and reports whether text
// is the one way to write those bytes. text may start where dst does.
func decode(dst, text []byte) (n int, canonical bool) {
	if len(text) < 32 {
		return decodeByTables(dst, text)
	}
	done := vector.DecodeBase64(dst, text)
	n, canonical = decodeByTables(dst[done/4*3:], text[done:])
	return done/4*3 + n, canonical
}

func decodeByTables(dst, text []byte) (n int, canonical bool) {
	for len(text) >= 8 && len(dst)-n >= 8 {
		first, second := group(text), group(text[4:])
		if (first|second)&bad != 0 {
			return n, false
		}
		binary.BigEndian.PutUint64(dst[n:], uint64(first)<<40|uint64(second)<<16)
		n += 6
		text = text[8:]
	}
	for len(text) >= 4 {
		v := group(text)
		if v&bad != 0 {
			return n, false
		}
		dst[n], dst[n+1], dst[n+2] = byte(v>>16), byte(v>>8), byte(v)
		n += 3
		text = text[4:]
	}
	// What is left has bits that no byte has, and they are zero.
	switch len(text) {
	case 0:
		return n, true
	case 2:
		v := values[0][text[0]] | values[1][text[1]]
		dst[n] = byte(v >> 16)
		return n + 1, v&(bad|0xffff) == 0
	case 3:
		v := values[0][text[0]] | values[1][text[1]] | values[2][text[2]]
		dst[n], dst[n+1] = byte(v>>16), byte(v>>8)
		return n + 2, v&(bad|0xff) == 0
	}
	return n, false
}

// group returns the 24 bits that four characters stand for, or bad ones.
func group(text []byte) uint32 {
	return values[0][text[0]] | values[1][text[1]] | values[2][text[2]] | values[3][text[3]]
}
