package vector_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/costrel/costrel/internal/vector"
)

// random returns n bytes, the same each time.
func random(n int) []byte {
	source := rand.New(rand.NewPCG(1, uint64(n)))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(source.Uint32())
	}
	return p
}

// enabled skips a test where the functions do nothing.
func enabled(t *testing.T) {
	if n, _, _ := vector.Sums(make([]byte, 32)); n == 0 {
		t.Skip("no AVX2 here: run this on an amd64 processor from 2015 or later")
	}
}

func TestBase64OfEveryLength(t *testing.T) {
	enabled(t)
	for n := range 300 {
		src := random(n)
		text := base64.RawURLEncoding.AppendEncode(nil, src)
		const beyond = "what stands behind"

		encoded := append(make([]byte, len(text)), beyond...)
		done := vector.EncodeBase64(encoded[:len(text):len(text)], src)
		if most := max(0, (n-4)/24*24); done != most {
			t.Fatalf("of %d bytes %d were encoded, not %d", n, done, most)
		}
		if !bytes.Equal(encoded[:done/3*4], text[:done/3*4]) || string(encoded[len(text):]) != beyond {
			t.Fatalf("%d bytes were encoded as %q, not %q", n, encoded, text)
		}

		decoded := append(make([]byte, n), beyond...)
		done = vector.DecodeBase64(decoded[:n:n], text)
		if most := max(0, (n-8)/24*32); done != most {
			t.Fatalf("of %d characters %d were decoded, not %d", len(text), done, most)
		}
		if !bytes.Equal(decoded[:done/4*3], src[:done/4*3]) || string(decoded[n:]) != beyond {
			t.Fatalf("%q was decoded to %q", text, decoded)
		}

		done = vector.DecodeBase64(text, text) // in its own place
		if !bytes.Equal(text[:done/4*3], src[:done/4*3]) || done != len(text)/32*32 {
			t.Fatalf("%d characters of %d were decoded in place", done, len(text))
		}
	}
}

func TestDecodingEndsAtTheBlockWithABadCharacter(t *testing.T) {
	enabled(t)
	text := bytes.Repeat([]byte("eyJ1c2VyX2lkIjoxMjM0NX0-"), 4)
	dst := make([]byte, len(text))
	for at := range text {
		was := text[at]
		for c := range 256 {
			text[at] = byte(c)
			want := len(text)
			if _, err := base64.RawURLEncoding.DecodeString(string(text)); err != nil || c == '\r' || c == '\n' {
				want = at / 32 * 32
			}
			if got := vector.DecodeBase64(dst, text); got != want {
				t.Fatalf("with %#x at %d, %d characters were decoded, not %d", c, at, got, want)
			}
		}
		text[at] = was
	}
}

func TestSums(t *testing.T) {
	enabled(t)
	for _, p := range [][]byte{nil, random(31), random(32), random(300), random(6000), bytes.Repeat([]byte{0xff}, 6000)} {
		n, sum, weighted := vector.Sums(p)
		if want := min(len(p)/32*32, 5792); n != want {
			t.Errorf("of %d bytes %d were summed, not %d", len(p), n, want)
		}
		var wantSum, wantWeighted uint64
		for _, c := range p[:n] {
			wantSum += uint64(c)
			wantWeighted += wantSum
		}
		if uint64(sum) != wantSum || uint64(weighted) != wantWeighted {
			t.Errorf("%d bytes have the sums %d and %d, not %d and %d", n, sum, weighted, wantSum, wantWeighted)
		}
	}
}

func TestSkipQuads(t *testing.T) {
	enabled(t)
	quads := [3]uint32{}
	for i, quad := range []string{"abcd", "efgh", "ijkl"} {
		quads[i] = binary.LittleEndian.Uint32([]byte(quad))
		for length := range 200 {
			blank := strings.Repeat("a", length)
			if got, want := vector.SkipQuads(blank, &quads), length/32*32; got != want {
				t.Fatalf("%d of %d bytes were skipped, not %d", got, length, want)
			}
			for at := 0; at+4 <= length; at++ {
				want := length / 32 * 32
				if at%4 == 0 {
					want = min(want, at/32*32)
				}
				if got := vector.SkipQuads(blank[:at]+quad+blank[at+4:], &quads); got != want {
					t.Fatalf("with %s at %d of %d, %d bytes were skipped, not %d", quad, at, length, got, want)
				}
			}
		}
	}
}
