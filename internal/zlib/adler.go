package zlib

import "github.com/costrel/costrel/internal/vector"

// adler32 returns the Adler-32 checksum of p: 1 and the sum of its bytes, and in
// the upper half the sum of all that the lower one was, both modulo 65521. It is
// hash/adler32, but for the blocks that package vector sums.
func adler32(p []byte) uint32 {
	const (
		modulus = 65521
		part    = 5552 // bytes, few enough for 32 bits
	)
	a, b := uint32(1), uint32(0)
	for len(p) > 0 {
		n, sum, weighted := vector.Sums(p)
		b = (b + uint32(n)*a + weighted%modulus) % modulus
		a = (a + sum) % modulus
		rest := p[n:min(len(p), max(n, part))]
		for _, c := range rest {
			a += uint32(c)
			b += a
		}
		a %= modulus
		b %= modulus
		p = p[n+len(rest):]
	}
	return b<<16 | a
}
