package itsdangerous

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"github.com/costrel/costrel/internal/zlib"
)

// DefaultInflateLimit is how many bytes a compressed payload may inflate to
// where no other limit is given.
const DefaultInflateLimit = 1 << 20

// AppendPack appends data to dst as Python's URL-safe serializers write it:
// base64url without padding, or "." and base64url of the data compressed with
// zlib. It compresses data of at least compressAbove bytes where that makes it
// shorter by Python's rule; 1 always tries, as Python does, and 0 or less never.
func AppendPack(dst, data []byte, compressAbove int) []byte {
	if compressAbove <= 0 || len(data) < compressAbove {
		return appendEncoded(dst, data)
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = zlib.AppendDeflate((*buf)[:0], data)
	if len(*buf) < len(data)-1 {
		return appendEncoded(append(dst, '.'), *buf)
	}
	return appendEncoded(dst, data)
}

// AppendUnpack appends the data that [AppendPack] packed to dst. It inflates at
// most limit bytes, [DefaultInflateLimit] if limit is 0 or less. A payload that
// can't be unpacked leaves dst as it was and gives an [*Error] that is
// [ErrBadPayload], and [ErrTooLarge] at the limit.
//
// Check the signature first. dst and payload must not overlap, except that a
// payload that is not compressed can be unpacked in its own place, with dst as
// payload[:0]; after an error what stood there is gone.
func AppendUnpack(dst, payload []byte, limit int) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultInflateLimit
	}
	text, compressed := bytes.CutPrefix(payload, []byte("."))
	if !compressed {
		return appendDecoded(dst, text)
	}

	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	stream, err := appendDecoded((*buf)[:0], text)
	if err != nil {
		return dst, err
	}
	*buf = stream
	dst, err = zlib.AppendInflate(dst, stream, limit)
	switch {
	case errors.Is(err, zlib.ErrTooLarge):
		return dst, &Error{kind: ErrTooLarge, detail: "it inflates to more than the limit"}
	case err != nil:
		return dst, &Error{kind: ErrBadPayload, detail: "it can't be inflated", cause: err}
	}
	return dst, nil
}

func appendDecoded(dst, text []byte) ([]byte, error) {
	room := encoding.DecodedLen(len(text))
	if len(text) >= 32 {
		room += 8 // for decode's last whole block; no more than text has, if it stands there
	}
	out := slices.Grow(dst, room)[:len(dst)+room]
	n, ok := decode(out[len(dst):], text)
	if !ok {
		return dst, &Error{kind: ErrBadPayload, detail: "it is not canonical base64url"}
	}
	return out[:len(dst)+n], nil
}

// buffers hold compressed data on its way.
var buffers = sync.Pool{New: func() any { return new([]byte) }}
