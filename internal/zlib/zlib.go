// Package zlib turns bytes into a zlib stream (RFC 1950) and back, slice to
// slice, for payloads that arrive from outside: what it inflates stops at a
// limit, and a stream must end exactly where its bytes end.
package zlib

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math"
	"slices"
	"sync"
)

// Errors of [AppendInflate]. Anything else that is wrong with a stream, such
// as a checksum that does not match, comes as an error of its own.
var (
	ErrTooLarge = errors.New("zlib: inflated data is larger than the limit")
	ErrTrailing = errors.New("zlib: bytes after the end of the stream")
)

// AppendDeflate appends data as one zlib stream to dst. It follows Python's
// zlib.compress: the default level and the same two header bytes; the bytes
// between may differ. It is safe for concurrent use.
func AppendDeflate(dst, data []byte) []byte {
	d := deflaters.Get().(*deflater)
	d.out = dst
	d.Reset(&d.out)
	// Neither call can fail: appending to a slice does not.
	d.Write(data)
	d.Close()
	dst, d.out = d.out, nil
	deflaters.Put(d)
	return dst
}

// AppendInflate appends the data of one whole zlib stream to dst. It returns
// dst as it was and an error if there are more than limit bytes of data, or if
// stream is cut short, damaged, followed by other bytes, or needs a preset
// dictionary. It is safe for concurrent use; dst and stream must not overlap.
func AppendInflate(dst, stream []byte, limit int) ([]byte, error) {
	f := inflaters.Get().(*inflater)
	defer inflaters.Put(f)
	defer f.src.Reset(nil)

	if len(stream) > 1 && stream[1]&presetDictionary != 0 {
		// The standard library lets a stream pass whose dictionary is empty.
		return dst, zlib.ErrDictionary
	}
	f.src.Reset(stream)
	if err := f.Reset(&f.src, nil); err != nil {
		return dst, unexpectedEnd(err)
	}
	limit = max(0, min(limit, math.MaxInt-1))
	out := dst
	for {
		// Reading up to one byte over the limit tells "just fits" from "too
		// large", and never makes room for more than that.
		room := limit + 1 - (len(out) - len(dst))
		if len(out) == cap(out) {
			out = slices.Grow(out, min(room, max(512, 4*len(stream), len(out)-len(dst))))
		}
		n, err := f.Read(out[len(out):min(cap(out), len(out)+room)])
		out = out[:len(out)+n]
		switch {
		case len(out)-len(dst) > limit:
			return dst, ErrTooLarge
		case err == io.EOF && f.src.Len() > 0:
			return dst, ErrTrailing
		case err == io.EOF:
			return out, nil
		case err != nil:
			return dst, unexpectedEnd(err)
		}
	}
}

// presetDictionary is the bit of a stream's second byte that says so.
const presetDictionary = 0x20

// unexpectedEnd keeps io.EOF, which says that all is well, from being the
// error for a stream without even a header.
func unexpectedEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A new deflater costs over 800 KB and a new inflater 40 KB, so both are kept.

type deflater struct {
	*zlib.Writer
	out appender
}

var deflaters = sync.Pool{New: func() any {
	return &deflater{Writer: zlib.NewWriter(nil)}
}}

type inflater struct {
	resetReader
	src bytes.Reader // a ByteReader, so that nothing beyond the stream is read
}

type resetReader interface {
	io.Reader
	zlib.Resetter
}

var inflaters = sync.Pool{New: func() any {
	r, err := zlib.NewReader(bytes.NewReader(emptyStream))
	if err != nil {
		panic(err)
	}
	return &inflater{resetReader: r.(resetReader)}
}}

// emptyStream is the stream of no data; the standard library makes a reader
// only where a stream begins.
var emptyStream = []byte{0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01}

// appender is a slice that grows by what is written to it.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}
