package itsdangerous

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// benchmarkSessions are JSON payloads of the sizes that sessions have.
func benchmarkSessions() map[string][]byte {
	var members strings.Builder
	for i := range 100 {
		fmt.Fprintf(&members, `,"item_%d":{"sku":"A-%d","n":%d}`, i, i*7919%1000, i%5)
	}
	sized := func(n int) []byte {
		text := `{"_permanent":true,"user_id":12345` + members.String()
		return append([]byte(text[:n-1]), '}') // not always JSON, which is all one here
	}
	return map[string][]byte{"35B": sized(35), "300B": sized(300), "3KB": sized(3000)}
}

func benchmarkSizes(b *testing.B, bench func(b *testing.B, s *TimestampSigner, data []byte)) {
	sessions := benchmarkSessions()
	for _, size := range []string{"35B", "300B", "3KB"} {
		b.Run(size, func(b *testing.B) {
			s := must(NewTimestampSigner(Options{
				Keys: [][]byte{[]byte("new"), []byte("old")}, Salt: "cookie-session", Derivation: HMAC,
			}))
			b.ReportAllocs()
			bench(b, s, sessions[size])
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, s *TimestampSigner, data []byte) {
		signed := s.AppendSign(nil, AppendPack(nil, data, 0), signedAt)
		w := Window{Now: signedAt.Add(time.Hour), MaxAge: 31 * 24 * time.Hour}
		for b.Loop() {
			if _, err := s.Unsign(signed, w); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifyOldKey(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, s *TimestampSigner, data []byte) {
		old := must(NewTimestampSigner(Options{
			Keys: [][]byte{[]byte("old")}, Salt: "cookie-session", Derivation: HMAC,
		}))
		signed := old.AppendSign(nil, AppendPack(nil, data, 0), signedAt)
		for b.Loop() {
			if _, err := s.Unsign(signed, Window{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRefuse(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, s *TimestampSigner, data []byte) {
		signed := s.AppendSign(nil, AppendPack(nil, data, 0), signedAt)
		signed[0] ^= 1
		for b.Loop() {
			if _, err := s.Unsign(signed, Window{}); err == nil {
				b.Fatal("accepted")
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	benchmarkSizes(b, func(b *testing.B, s *TimestampSigner, data []byte) {
		payload := AppendPack(nil, data, 0)
		buf := make([]byte, 0, 8<<10)
		for b.Loop() {
			s.AppendSign(buf, payload, signedAt)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	for name, compressAbove := range map[string]int{"plain": 0, "zlib": 1} {
		b.Run(name, func(b *testing.B) {
			benchmarkSizes(b, func(b *testing.B, _ *TimestampSigner, data []byte) {
				buf := make([]byte, 0, 8<<10)
				for b.Loop() {
					AppendPack(buf, data, compressAbove)
				}
			})
		})
	}
}

func BenchmarkUnpack(b *testing.B) {
	for name, compressAbove := range map[string]int{"plain": 0, "zlib": 1} {
		b.Run(name, func(b *testing.B) {
			benchmarkSizes(b, func(b *testing.B, _ *TimestampSigner, data []byte) {
				payload := AppendPack(nil, data, compressAbove)
				buf := make([]byte, 0, 8<<10)
				for b.Loop() {
					if _, err := AppendUnpack(buf, payload, 0); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func BenchmarkLoads(b *testing.B) {
	s := must(NewURLSafeTimedSerializer[string](Options{Keys: [][]byte{[]byte("key")}}, nil))
	token := must(s.Dumps("ada@example.org", signedAt))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Loads(token, Window{}); err != nil {
			b.Fatal(err)
		}
	}
}
