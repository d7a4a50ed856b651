package zlib

import "encoding/binary"

// adler32 returns the Adler-32 checksum of p: the sum of its bytes, and in the
// upper half the sum of all that the lower one was, both modulo 65521.
//
// hash/adler32 adds byte after byte. Here the eight bytes of a word are added
// at once, each in 16 bits of its own: even and odd hold the sums of the eight
// columns of eight words, evens and odds the totals of what they were.
func adler32(p []byte) uint32 {
	const (
		modulus = 65521
		bytes   = 0x00ff00ff00ff00ff
		// x*total>>48 is the sum of the four parts of x, and x*evenWeights>>48
		// the sum in which each part counts as often as there are bytes from
		// its column to the end of the word.
		total       = 0x0001000100010001
		evenWeights = 0x0008000600040002
		oddWeights  = 0x0007000500030001
	)
	a, b := uint64(1), uint64(0)
	for len(p) > 0 {
		part := p[:min(len(p), 1<<20)] // few enough for a and b
		p = p[len(part):]
		for len(part) >= 64 {
			var even, odd, evens, odds uint64
			for i := 0; i < 64; i += 8 {
				word := binary.LittleEndian.Uint64(part[i : i+8])
				evens += even
				odds += odd
				even += word & bytes
				odd += word >> 8 & bytes
			}
			b += 64*a + (evens+odds)*total>>48*8 + even*evenWeights>>48 + odd*oddWeights>>48
			a += (even + odd) * total >> 48
			part = part[64:]
		}
		for _, c := range part {
			a += uint64(c)
			b += a
		}
		a %= modulus
		b %= modulus
	}
	return uint32(b<<16 | a)
}
