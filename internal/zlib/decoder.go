package zlib

import (
	"math/bits"
	"sync"
)

// A decoder knows one canonical Huffman code, and what its symbols mean.
type decoder struct {
	table   [1 << tableBits]entry // by the next bits of the stream; zero: see long
	mask    uint64                // of the bits that index the table
	rest    int                   // the first code that is not in the table
	meaning []entry               // :: symbol → what it means

	count   [maxCodeBits + 1]uint16                    // :: length of codes → how many there are
	symbols [maxCodeBits + 1][lengthSymbols + 2]uint16 // :: length of codes → whose they are, in order
}

// tableBits is the length of the longest codes that a table holds. Longer ones
// are rare, by the nature of the code, and a larger table takes longer to fill
// than it saves.
const tableBits = 10

// reversed has numbers of tableBits bits, the other way round.
var reversed = func() (numbers [1 << tableBits]uint16) {
	for i := range numbers {
		numbers[i] = bits.Reverse16(uint16(i)) >> (16 - tableBits)
	}
	return
}()

// add gives the next symbol a code of so many bits. Zero says that it has none.
func (d *decoder) add(symbol int, bits uint8) {
	n := &d.count[bits&maxCodeBits]
	d.symbols[bits&maxCodeBits][*n] = uint16(symbol)
	*n++
}

// build makes d the decoder of the code of the symbols that were added. It
// reports false where the lengths leave bits that mean nothing, or mean two
// things. With sparse, as zlib has it for lengths and distances, a code may
// consist of a single symbol of one bit, or of none.
func (d *decoder) build(meaning []entry, sparse bool) bool {
	shortest, longest, free := 1, 1, 1<<maxCodeBits
	for n := maxCodeBits; n > 0; n-- {
		if count := int(d.count[n]); count != 0 {
			free -= count << (maxCodeBits - n)
			longest = max(longest, n)
			shortest = n
		}
	}
	if free != 0 && (free < 0 || longest > 1 || !sparse) {
		return false
	}

	// A code arrives with its highest bit first, in the lowest place, so it
	// stands in the table in reverse, and again for all values of the bits
	// above: the table doubles with every bit.
	d.meaning = meaning
	d.mask = 1<<min(longest, tableBits) - 1
	code, step := 0, 1<<(tableBits-min(shortest, tableBits)) // code is followed by zeros
	for n := shortest; ; n++ {
		length := entry(0).withCode(uint8(n))
		for _, symbol := range d.symbols[n][:d.count[n]] {
			d.table[reversed[code]] = meaning[symbol] + length
			code += step
		}
		if n >= min(longest, tableBits) {
			break
		}
		step /= 2
		copy(d.table[1<<n:2<<n], d.table[:1<<n])
	}
	d.rest = code
	for ; code < 1<<tableBits; code += step {
		d.table[reversed[code]] = 0
	}
	return true
}

// long returns the entry of the code that the stream goes on with, one that is
// not in the table: it tries one length after the other.
//
//go:noinline
func (d *decoder) long(stream uint64) entry {
	code := int(reversed[stream&(1<<tableBits-1)])
	first := d.rest // the first code of this length
	for n := tableBits + 1; n <= maxCodeBits; n++ {
		code = code<<1 | int(stream>>(n-1)&1)
		first <<= 1
		count := int(d.count[n])
		if code < first+count {
			return d.meaning[d.symbols[n][code-first]].withCode(uint8(n))
		}
		first += count
	}
	return badEntry
}

// fixedCodes returns the decoders of the blocks that bring no codes.
var fixedCodes = sync.OnceValues(func() (lengths, dists *decoder) {
	lengths, dists = new(decoder), new(decoder)
	for symbol := range lengthSymbols + 2 {
		bits := uint8(8)
		switch {
		case symbol < 144:
		case symbol < 256:
			bits = 9
		case symbol < 280:
			bits = 7
		}
		lengths.add(symbol, bits)
	}
	for symbol := range distSymbols + 2 {
		dists.add(symbol, 5)
	}
	lengths.build(lengthMeaning[:], false)
	dists.build(distMeaning[:], false)
	return
})
