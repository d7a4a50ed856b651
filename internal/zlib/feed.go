package zlib

import "encoding/binary"

// A feed is a place in a stream, to the bit. After its end, the stream goes on
// with zeros. It is a value, so that the compiler keeps it in registers.
type feed struct {
	pos  int    // of the next byte of the stream
	bits uint64 // the bits before it, the next one in the lowest place
	n    int    // how many of them there are
}

// refill makes in.bits hold at least 56 bits. Bits above the count may be there
// already; the same ones come again.
func (in feed) refill(stream []byte) feed {
	in.bits |= word(stream, in.pos) << (in.n & 63)
	in.pos += (63 - in.n) >> 3
	in.n |= 56
	return in
}

// word returns the eight bytes at pos of a stream of at least eight.
func word(stream []byte, pos int) uint64 {
	at := min(pos, len(stream)-8)
	return binary.LittleEndian.Uint64(stream[at:]) >> (8 * uint(pos-at))
}

// skip goes on by n bits.
func (in feed) skip(n int) feed {
	in.bits >>= n & 63
	in.n -= n
	return in
}

// after goes on behind what an entry was found for.
func (in feed) after(e entry) feed {
	in.bits >>= e & 63 // as a shift has it, so that none has to wait for the mask
	in.n -= e.bits()
	return in
}

// next returns where the next whole byte of the stream is. It is beyond the end
// when too many bits were taken.
func (in feed) next() int { return in.pos - in.n>>3 }
