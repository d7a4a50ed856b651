package zlib

import "encoding/binary"

// A sink is the end of a stream that is being written, to the bit. Like a feed,
// it is a value, so that the compiler keeps it in registers.
type sink struct {
	bits uint64 // that are not written yet, the first one in the lowest place
	n    uint   // how many of them there are
	end  int    // where they go
}

// put adds the n lowest bits of v, which has no others.
func (s sink) put(v, n uint64) sink {
	s.bits |= v << (s.n & 63)
	s.n += uint(n)
	return s
}

// flush writes all whole bytes. It has to come before there are more than 64
// bits, and to find room for eight bytes.
func (s sink) flush(out []byte) sink {
	binary.LittleEndian.PutUint64(out[s.end:], s.bits)
	s.end += int(s.n >> 3)
	s.bits >>= s.n &^ 7 & 63
	s.n &= 7
	return s
}

// align fills up the last byte, which flush has written already.
func (s sink) align() sink {
	if s.n > 0 {
		s.end++
	}
	return sink{end: s.end}
}
