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
