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
	meaning *[maxSymbols]entry    // :: symbol → what it means

	count   [maxCodeBits + 1]uint16             // :: length of codes → how many there are
	symbols [maxCodeBits + 1][maxSymbols]uint16 // :: length of codes → whose they are, in order
}

const (
	// tableBits is the length of the longest codes that a table holds. Longer
	// ones are rare, by the nature of the code, and a larger table takes longer
	// to fill than it saves.
	tableBits = 9
	lastPlace = 1<<tableBits - 1 // in a table
)

// reversed has numbers of tableBits bits, the other way round.
var reversed = func() (numbers [1 << tableBits]uint16) {
	for i := range numbers {
		numbers[i] = bits.Reverse16(uint16(i)) >> (16 - tableBits)
	}
	return
}()

// reset takes all codes away.
func (d *decoder) reset() { d.count = [maxCodeBits + 1]uint16{} }

// add gives the next symbol a code of so many bits. Zero says that it has none.
func (d *decoder) add(symbol, bits int) {
	n := d.count[bits&maxCodeBits]
	d.count[bits&maxCodeBits] = n + 1
	d.symbols[bits&maxCodeBits][n] = uint16(symbol)
}

// build makes d the decoder of the code of the symbols that were added. It
// reports false where the lengths leave bits that mean nothing, or mean two
// things. With sparse, as zlib has it for lengths and distances, a code may
// consist of a single symbol of one bit, or of none.
func (d *decoder) build(meaning *[maxSymbols]entry, sparse bool) bool {
	// A code arrives with its highest bit first, in the lowest place, so it
	// stands in the table in reverse, and again for all values of the bits
	// above: the table doubles with every bit. Until the first code is in it,
	// it need not be copied.
	code, size := 0, 1 // code has zeros after it, up to tableBits
	for n := 1; n <= tableBits; n++ {
		count := int(d.count[n])
		if count == 0 {
			continue
		}
		if code == 0 {
			size = 1 << n
		}
		for ; size < 1<<n; size *= 2 {
			copy(d.table[size:2*size], d.table[:size])
		}
		step := 1 << (tableBits - n)
		if code+count*step > 1<<tableBits {
			return false
		}
		length := entry(0).withCode(uint8(n))
		for _, symbol := range d.symbols[n][:count] {
			d.table[reversed[code&lastPlace]&lastPlace] = meaning[symbol] + length
			code += step
		}
	}
	d.meaning, d.mask, d.rest = meaning, uint64(size-1), code
	for c := code; c < 1<<tableBits; c += 1 << tableBits / size {
		d.table[reversed[c]] = 0
	}
	long := 0
	for n := tableBits + 1; n <= maxCodeBits; n++ {
		long += int(d.count[n]) << (maxCodeBits - n)
	}
	code <<= maxCodeBits - tableBits
	return code+long == 1<<maxCodeBits || sparse && size <= 2 && long == 0
}

// long returns the entry of the code that the stream goes on with, one that is
// not in the table: it tries one length after the other.
//
//go:noinline
func (d *decoder) long(stream uint64) entry {
	code := int(reversed[stream&lastPlace])
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
	for symbol := range maxSymbols {
		bits := 8
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
	lengths.build(&lengthMeaning, false)
	dists.build(&distMeaning, false)
	return
})
