package zlib

import (
	"bytes"
	"os"
	"testing"
)

// The sessions in testdata are those that internal/bench measures; a .zlib file
// is what Python's zlib.compress, with zlib 1.2.13, makes of the .json beside it.
var sessions = []string{"typical", "large"}

func readFile(t testing.TB, name string) []byte {
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSessionsOfPythonInflate(t *testing.T) {
	for _, name := range sessions {
		want := readFile(t, name+".json")
		got, err := AppendInflate(nil, readFile(t, name+".zlib"), len(want))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestSessionsAreNoLongerThanPythons(t *testing.T) {
	for _, name := range sessions {
		got := len(AppendDeflate(nil, readFile(t, name+".json")))
		if want := len(readFile(t, name+".zlib")); got > want {
			t.Errorf("%s: got %d bytes, want at most %d", name, got, want)
		}
	}
}

func BenchmarkInflate(b *testing.B) {
	for _, name := range sessions {
		stream := readFile(b, name+".zlib")
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 16<<10)
			b.ReportAllocs()
			for b.Loop() {
				AppendInflate(dst, stream, 1<<20)
			}
		})
	}
}

func BenchmarkDeflate(b *testing.B) {
	for _, name := range sessions {
		data := readFile(b, name+".json")
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 16<<10)
			b.ReportAllocs()
			for b.Loop() {
				AppendDeflate(dst, data)
			}
		})
	}
}
