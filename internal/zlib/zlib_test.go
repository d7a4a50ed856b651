package zlib

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

var texts = map[string]string{
	"no data":                      "",
	"one byte":                     "a",
	"JSON of a small session":      `{"_permanent":true,"user_id":12345}`,
	"JSON of a large session":      cart(20),
	"characters of base64":         base64.StdEncoding.EncodeToString(random(3000)),
	"random bytes":                 string(random(3000)),
	"few different bytes":          strings.Map(func(r rune) rune { return r & 3 }, string(random(3000))),
	"one byte again and again":     strings.Repeat("a", 40_000),
	"text that repeats":            strings.Repeat("costrel ", 1000),
	"more than the inflate window": strings.Repeat("0123456789abcdef", 5000),
}

func cart(items int) string {
	var b strings.Builder
	b.WriteString(`{"_fresh":true,"_permanent":true,"_user_id":"12345","cart":[`)
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"article %x","price":%d.5,"quantity":%d}`, 1000+37*i, i*i*7919, 3*i, i%4)
	}
	b.WriteString(`],"csrf_token":"`)
	b.WriteString(hex.EncodeToString(random(20)))
	b.WriteString(`"}`)
	return b.String()
}

// random returns n bytes that look random and are always the same.
func random(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(data)
	return data
}

func TestInflateReturnsWhatWasDeflated(t *testing.T) {
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			stream := AppendDeflate([]byte("before"), []byte(text))
			if !bytes.HasPrefix(stream, []byte("before\x78\x9c")) {
				t.Fatalf("got %x, want the bytes of dst and Python's header", stream)
			}
			got, err := AppendInflate([]byte("kept"), stream[len("before"):], len(text))
			if err != nil || string(got) != "kept"+text {
				t.Errorf("got %q, %v, want %q", got, err, "kept"+text)
			}
		})
	}
}

// TestDeflateForgets has one deflater write the same texts until its tables
// have been cleared more than once.
func TestDeflateForgets(t *testing.T) {
	d := new(deflater)
	for round := range 3 {
		for name, text := range texts {
			text = text[:min(len(text), maxBlock)]
			fresh := new(deflater)
			fresh.block([]byte(text), true)
			d.end = sink{}
			d.block([]byte(text), true)
			if got, want := d.out[:d.end.end], fresh.out[:fresh.end.end]; !bytes.Equal(got, want) {
				t.Errorf("%s, round %d: got %x, want %x", name, round, got, want)
			}
		}
	}
}

// The streams are those of Python's zlib module.
func TestStreamsOfPythonInflate(t *testing.T) {
	for name, stream := range map[string]string{
		"stored, level 0":     "7801011700e8ff68656c6c6f2068656c6c6f2068656c6c6f2068656c6c6f680308b1",
		"level 1":             "7801cb48cdc9c957c8402701680308b1",
		"level 6":             "789ccb48cdc9c957c8402701680308b1",
		"level 9":             "78dacb48cdc9c957c8402701680308b1",
		"the smallest window": "1895cb48cdc9c957c8402701680308b1",
	} {
		data, err := hex.DecodeString(stream)
		if err != nil {
			t.Fatal(err)
		}
		want := "hello hello hello hello"
		if got, err := AppendInflate(nil, data, len(want)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestBadStreams(t *testing.T) {
	good := AppendDeflate(nil, []byte(texts["text that repeats"]))
	damaged := bytes.Clone(good)
	damaged[len(damaged)-1] ^= 1
	size := len(texts["text that repeats"])
	tests := []struct {
		name   string
		stream []byte
		limit  int
		want   error
	}{
		{"nothing at all", nil, size, io.ErrUnexpectedEOF},
		{"half a header", good[:1], size, io.ErrUnexpectedEOF},
		{"a header alone", good[:2], size, io.ErrUnexpectedEOF},
		{"cut in the middle", good[:len(good)/2], size, io.ErrUnexpectedEOF},
		{"cut in the checksum", good[:len(good)-1], size, io.ErrUnexpectedEOF},
		{"a checksum that does not match", damaged, size, ErrChecksum},
		{"a byte after the stream", append(bytes.Clone(good), 0), size, ErrTrailing},
		{"two streams", append(bytes.Clone(good), good...), size, ErrTrailing},
		{"gzip", []byte("\x1f\x8b\x08\x00"), size, ErrHeader},
		{"raw deflate", good[2:], size, ErrHeader},
		{"a preset dictionary", []byte("\x78\xbb\x00\x00\x00\x01"), size, ErrDictionary},
		{"one byte more than the limit", good, size - 1, ErrTooLarge},
		{"a limit of nothing", good, 0, ErrTooLarge},
		{"a bomb of 16 MB", AppendDeflate(nil, make([]byte, 16<<20)), 1 << 20, ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := AppendInflate([]byte("kept"), test.stream, test.limit)
			if string(got) != "kept" || !errors.Is(err, test.want) {
				t.Errorf("got %d bytes, error %v, want dst alone, error %v", len(got), err, test.want)
			}
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for _, text := range texts {
		for range 4 {
			wg.Go(func() {
				for range 20 {
					got, err := AppendInflate(nil, AppendDeflate(nil, []byte(text)), 1<<20)
					if err != nil || string(got) != text {
						t.Errorf("got %d bytes, %v, want %d", len(got), err, len(text))
					}
				}
			})
		}
	}
	wg.Wait()
}

// FuzzInflate holds AppendInflate to the standard library's reader: it accepts
// the same streams but for the limit and what follows a stream.
func FuzzInflate(f *testing.F) {
	for _, text := range texts {
		f.Add(AppendDeflate(nil, []byte(text)), 1<<20)
	}
	f.Add([]byte("\x78\x9c"), 0)
	f.Fuzz(func(t *testing.T, stream []byte, limit int) {
		limit &= 1<<20 - 1
		got, err := AppendInflate(nil, stream, limit)
		if len(got) > limit {
			t.Fatalf("got %d bytes, limit %d", len(got), limit)
		}
		want, wantErr := inflateByTheBook(stream, limit)
		if (err == nil) != (wantErr == nil) || !bytes.Equal(got, want) {
			t.Fatalf("got %q, %v, want %q, %v", got, err, want, wantErr)
		}
	})
}

func inflateByTheBook(stream []byte, limit int) ([]byte, error) {
	if len(stream) > 1 && stream[1]&0x20 != 0 {
		return nil, ErrDictionary
	}
	src := bytes.NewReader(stream)
	r, err := zlib.NewReader(src)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > limit:
		return nil, ErrTooLarge
	case src.Len() > 0:
		return nil, ErrTrailing
	}
	return data, nil
}

// FuzzDeflate has both readers, this package's and the standard library's, read
// what AppendDeflate writes.
func FuzzDeflate(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		stream := AppendDeflate(nil, data)
		if got, err := AppendInflate(nil, stream, len(data)); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("got %q, %v, want %q", got, err, data)
		}
		if got, err := inflateByTheBook(stream, len(data)); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("the standard library got %q, %v, want %q", got, err, data)
		}
	})
}

// TestDeflateStandsItsGround holds AppendDeflate to the size of what the
// standard library writes at its default level, which is close to Python's.
func TestDeflateStandsItsGround(t *testing.T) {
	for name, text := range texts {
		var standard bytes.Buffer
		w := zlib.NewWriter(&standard)
		w.Write([]byte(text))
		w.Close()
		// A percent is for luck, and 100 bytes for each block after the first,
		// since blocks know nothing of each other.
		blocks := len(text) / maxBlock
		if got, want := len(AppendDeflate(nil, []byte(text))), standard.Len()*101/100+100*blocks; got > want {
			t.Errorf("%s: got %d bytes, want at most %d", name, got, want)
		}
	}
}

// poolsKeep is false under the race detector.
var poolsKeep = true

func TestNothingIsAllocated(t *testing.T) {
	if !poolsKeep {
		t.Skip("the race detector makes pools forget")
	}
	data := []byte(texts["JSON of a large session"])
	stream := AppendDeflate(nil, data)
	dst := make([]byte, 0, 16<<10)
	for name, run := range map[string]func(){
		"deflate": func() { AppendDeflate(dst, data) },
		"inflate": func() { AppendInflate(dst, stream, 1<<20) },
	} {
		if got := testing.AllocsPerRun(100, run); got != 0 {
			t.Errorf("%s: got %v allocations, want none", name, got)
		}
	}
}
