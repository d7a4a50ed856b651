package zlib

import (
	"bytes"
	standard "hash/adler32"
	"testing"
)

func TestAdler32(t *testing.T) {
	for name, data := range map[string][]byte{
		"text":          bytes.Repeat([]byte(`{"_permanent":true,"user_id":12345}`), 60_000),
		"highest bytes": bytes.Repeat([]byte{0xff}, 3<<20),
	} {
		for _, n := range []int{0, 1, 7, 8, 63, 64, 65, 300, 5552, 1<<20 - 1, 1<<20 + 1, 2_000_000} {
			if got, want := adler32(data[:n]), standard.Checksum(data[:n]); got != want {
				t.Errorf("%d bytes of %s: got %08x, want %08x", n, name, got, want)
			}
		}
	}
}
