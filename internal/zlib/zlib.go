// Package zlib turns bytes into a zlib stream (RFC 1950 around RFC 1951) and
// back, slice to slice, for payloads that arrive from outside: what it inflates
// stops at a limit, and a stream must end exactly where its bytes end.
//
// It does for small data what compress/zlib does for any: a session is a few
// hundred bytes, and on those the standard library spends most of its time, and
// 840 KB of memory, on getting ready.
package zlib

import "errors"

// Errors of [AppendInflate], with io.ErrUnexpectedEOF for a stream cut short.
var (
	ErrHeader     = errors.New("zlib: no zlib header")
	ErrDictionary = errors.New("zlib: the stream needs a preset dictionary")
	ErrCorrupt    = errors.New("zlib: damaged data")
	ErrChecksum   = errors.New("zlib: wrong checksum")
	ErrTrailing   = errors.New("zlib: bytes after the end of the stream")
	ErrTooLarge   = errors.New("zlib: inflated data is larger than the limit")
)

// A block is a sequence of symbols, written in two Huffman codes: one for
// literal bytes, the end of the block and the lengths of matches, one for the
// distances of matches. A dynamic block starts with the lengths of both codes,
// written in a third.
const (
	lengthSymbols = 286 // 0–255 literals, 256 the end of the block, 257–285 lengths
	distSymbols   = 30
	metaSymbols   = 19 // 0–15 a code length, 16 the length before again, 17 and 18 runs of zero
	endOfBlock    = 256

	maxCodeBits = 15  // the longest code for a length or distance
	maxMatch    = 258 // the longest match, in bytes
)

// metaOrder is the order in which a block gives the third code's lengths.
var metaOrder = [metaSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// extraBits returns how many bits follow the symbols of lengths and distances:
// two (four, for lengths) symbols without, and from there on one more for
// each step symbols.
func extraBits(symbol, step int) int {
	return max(0, symbol/step-1)
}
