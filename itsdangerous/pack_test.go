package itsdangerous

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/costrel/costrel/internal/zlib"
)

func TestPackCompressesWhereThatIsShorter(t *testing.T) {
	long := strings.Repeat("costrel ", 100)
	tests := []struct {
		name          string
		data          string
		compressAbove int
		compressed    bool
	}{
		{"nothing", "", 1, false},
		{"data that compression makes longer", "abc", 1, false},
		{"data that compression makes shorter", long, 1, true},
		{"data of just the length", long, len(long), true},
		{"data shorter than that", long, len(long) + 1, false},
		{"never", long, 0, false},
		{"never, again", long, -1, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			packed := AppendPack([]byte("before "), []byte(test.data), test.compressAbove)
			payload, ok := bytes.CutPrefix(packed, []byte("before "))
			if !ok || bytes.HasPrefix(payload, []byte(".")) != test.compressed {
				t.Errorf("got %q", packed)
			}
			data, err := AppendUnpack([]byte("before "), payload, 0)
			check(t, "error", err, nil)
			check(t, "unpacked", string(data), "before "+test.data)
		})
	}
}

// Python compresses where that saves more than the dot: a byte and more.
func TestPackFollowsPythonToTheByte(t *testing.T) {
	for n := range 200 {
		data := []byte(strings.Repeat("ab", n))
		stream := zlib.AppendDeflate(nil, data)
		packed := AppendPack(nil, data, 1)
		if got, want := packed != nil && bytes.HasPrefix(packed, []byte(".")), len(stream) < len(data)-1; got != want {
			t.Errorf("%d bytes, %d compressed: got compressed %v, want %v", len(data), len(stream), got, want)
		}
	}
}

func TestUnpackInPlace(t *testing.T) {
	for n := range 100 {
		data := strings.Repeat("\xffa\x00", n) // to base64url of every kind
		payload := AppendPack(nil, []byte(data), 0)
		got, err := AppendUnpack(payload[:0], payload, 0)
		check(t, "error", err, nil)
		check(t, "unpacked", string(got), data)
		if n > 0 && &got[0] != &payload[0] {
			t.Errorf("%d bytes: not in place", len(data))
		}
	}
}

func TestPayloadsThatCanNotBeUnpacked(t *testing.T) {
	data := strings.Repeat("costrel ", 100)
	stream := zlib.AppendDeflate(nil, []byte(data))
	compressed := func(stream []byte) string { return "." + base64.RawURLEncoding.EncodeToString(stream) }
	tests := []struct {
		name    string
		payload string
		limit   int
		want    error
	}{
		{"a length that base64 does not have", "A", 0, ErrBadPayload},
		{"padding", "QQ==", 0, ErrBadPayload},
		{"bits that no byte uses", "QR", 0, ErrBadPayload},
		{"a line break", "QUJD\n", 0, ErrBadPayload},
		{"a line break inside", "QU\r\nJD", 0, ErrBadPayload},
		{"the standard alphabet", "-_+/", 0, ErrBadPayload},
		{"junk", "QUJD!!!!", 0, ErrBadPayload},
		{"a dot at the end", "QUJD.", 0, ErrBadPayload},
		{"NUL bytes", "\x00\x00\x00\x00", 0, ErrBadPayload},
		{"a dot alone", ".", 0, ErrBadPayload},
		{"two dots", "..", 0, ErrBadPayload},
		{"a stream in base64 that is not canonical", compressed(stream) + "=", 0, ErrBadPayload},
		{"no stream", ".QUJD", 0, ErrBadPayload},
		{"half a stream", compressed(stream[:len(stream)/2]), 0, ErrBadPayload},
		{"a byte after the stream", compressed(append(stream[:len(stream):len(stream)], 0)), 0, ErrBadPayload},
		{"more than the limit", compressed(stream), len(data) - 1, ErrTooLarge},
		{"more than the usual limit", compressed(zlib.AppendDeflate(nil, make([]byte, DefaultInflateLimit+1))), 0, ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := AppendUnpack([]byte("before"), []byte(test.payload), test.limit)
			check(t, "unpacked", string(got), "before")
			if !errors.Is(err, test.want) || !errors.Is(err, ErrBadPayload) || errors.Is(err, ErrTooLarge) != (test.want == ErrTooLarge) {
				t.Errorf("got error %v, want %v", err, test.want)
			}
		})
	}
	for name, limit := range map[string]int{"at the limit": len(data), "no limit given": 0, "less than none": -1} {
		got, err := AppendUnpack(nil, []byte(compressed(stream)), limit)
		check(t, "error "+name, err, nil)
		check(t, "unpacked "+name, string(got), data)
	}
}
