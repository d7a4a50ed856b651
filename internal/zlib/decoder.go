package zlib

import (
	"math/bits"
	"sync"
)

// A decoder knows one canonical Huffman code, and what its symbols mean.
type decoder struct {
	table  [1 << tableBits]entry    // by the next bits of the stream; zero: see long
	mask   uint64                   // of the bits that index the table
	count  [maxCodeBits + 1]uint16  // :: length of codes → how many there are
	sorted [lengthSymbols + 2]entry // in the order of their codes
}

// tableBits is the length of the longest codes that a table holds. Longer ones
// are rare, by the nature of the code, and a larger table takes longer to fill
// than it saves.
const tableBits = 10

// A codeLength says that a symbol has a code, of so many bits.
type codeLength struct {
	symbol uint16
	bits   uint8
}

// build makes d the decoder of a code, given the lengths of its codes in the
// order of their symbols, the first of which is first. It reports false where
// the lengths leave bits that mean nothing, or mean two things. With sparse, as
// zlib has it for lengths and distances, a code may consist of a single symbol
// of one bit, or of none.
func (d *decoder) build(codes []codeLength, first int, meaning []entry, sparse bool) bool {
	d.count = [maxCodeBits + 1]uint16{}
	for _, c := range codes {
		d.count[c.bits]++
	}
	var next [maxCodeBits + 2]uint16 // :: length of codes → where its next one goes
	longest, free := 0, 1
	for n := 1; n <= maxCodeBits; n++ {
		count := d.count[n]
		free = free<<1 - int(count)
		if free < 0 {
			return false
		}
		next[n+1] = next[n] + count
		if count != 0 {
			longest = n
		}
	}
	if free != 0 && (longest > 1 || !sparse) {
		return false
	}
	for _, c := range codes {
		d.sorted[next[c.bits]] = meaning[int(c.symbol)-first].withCode(c.bits)
		next[c.bits]++
	}

	// A code arrives with its highest bit first, in the lowest place, so it
	// stands in the table in reverse, and again for all values of the bits
	// above. The table starts with one place and doubles with every bit.
	d.mask = 1<<min(longest, tableBits) - 1
	d.table[0], d.table[1] = 0, 0
	symbols := d.sorted[:]
	code, size := 0, 1
	for n := 1; n <= min(longest, tableBits); n++ {
		copy(d.table[size:2*size], d.table[:size])
		size *= 2
		for _, e := range symbols[:d.count[n]] {
			d.table[code] = e
			// Add one to the reversed code: clear the ones at its top, and set
			// the zero below them.
			zeros := code ^ (size - 1)
			if zeros == 0 {
				return true
			}
			top := 1 << (bits.Len(uint(zeros)) - 1)
			code = code&(top-1) | top
		}
		symbols = symbols[d.count[n]:]
	}
	return true
}

// next returns the entry of the code that the stream goes on with.
func (d *decoder) next(stream uint64) entry {
	if e := d.table[stream&d.mask]; e != 0 {
		return e
	}
	return d.long(stream)
}

// long does what next does for a code that is not in the table: it tries one
// length after the other.
//
//go:noinline
func (d *decoder) long(stream uint64) entry {
	code, first, before := 0, 0, 0 // first: the first code of this length
	for n := 1; n <= maxCodeBits; n++ {
		code |= int(stream & 1)
		stream >>= 1
		count := int(d.count[n])
		if code < first+count {
			return d.sorted[before+code-first]
		}
		before += count
		code, first = code<<1, (first+count)<<1
	}
	return badEntry
}

// fixedCodes returns the decoders of the blocks that bring no codes.
var fixedCodes = sync.OnceValues(func() (lengths, dists *decoder) {
	var l, d []codeLength
	for symbol := range lengthSymbols + 2 {
		bits := 8
		switch {
		case symbol < 144:
		case symbol < 256:
			bits = 9
		case symbol < 280:
			bits = 7
		}
		l = append(l, codeLength{uint16(symbol), uint8(bits)})
	}
	for symbol := range distSymbols + 2 {
		d = append(d, codeLength{uint16(symbol), 5})
	}
	lengths, dists = new(decoder), new(decoder)
	lengths.build(l, 0, lengthMeaning[:], false)
	dists.build(d, 0, distMeaning[:], false)
	return
})
