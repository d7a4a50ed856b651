package zlib

import (
	"compress/zlib"
	"sync"
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

// A new deflater costs over 800 KB, so it is kept.
type deflater struct {
	*zlib.Writer
	out appender
}

var deflaters = sync.Pool{New: func() any {
	return &deflater{Writer: zlib.NewWriter(nil)}
}}

// appender is a slice that grows by what is written to it.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}
