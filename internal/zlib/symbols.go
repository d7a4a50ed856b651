package zlib

import "math/bits"

// A block is a sequence of symbols, written in two Huffman codes: one for
// literal bytes, the end of the block and the lengths of matches, one for the
// distances of matches. A dynamic block starts with the lengths of both codes,
// written in a third.
const (
	lengthSymbols = 286 // 0–255 literals, 256 the end of the block, 257–285 lengths
	distSymbols   = 30
	metaSymbols   = 19 // 0–15 a length, 16 the one before again, 17 and 18 runs of zero
	endOfBlock    = 256

	maxSymbols = 288 // of any code; two never occur, but have fixed codes

	maxCodeBits = 15  // the longest code for a length or distance
	maxMetaBits = 7   // the longest code for the length of a code
	maxMatch    = 258 // the longest match, in bytes
)

// An entry is all that there is to know about a symbol when it is read:
//
//	bits  0–7   how many bits it takes: code and extra bits
//	bits  8–13  how many of these are its code
//	bit   14    special: endEntry or badEntry
//	bit   15    a literal
//	bits 16–31  the literal; or the length or distance without its extra bits
//
// Before it is given a code, it is what the symbol means in every block.
type entry uint32

const (
	special  entry = 1 << 14
	literal  entry = 1 << 15
	endEntry       = special
	badEntry       = special | 1<<16
)

func newEntry(base, extraBits int) entry  { return entry(base<<16 | extraBits) }
func (e entry) withCode(bits uint8) entry { return e + entry(bits)<<8 + entry(bits) }

func (e entry) base() int { return int(e >> 16) }
func (e entry) bits() int { return int(e & 0xff) }

// value returns what the entry stands for, given the bits of the stream from
// its code on.
func (e entry) value(stream uint64) int {
	return e.base() + int(stream&(1<<(e&63)-1)>>(e>>8&63))
}

// What the symbols mean. The last two of each have codes in the fixed codes,
// and no meaning.
var lengthMeaning, distMeaning = func() (lengths [maxSymbols]entry, dists [maxSymbols]entry) {
	for i := range endOfBlock {
		lengths[i] = newEntry(i, 0) | literal
	}
	lengths[endOfBlock] = endEntry
	for i, length := endOfBlock+1, 3; i < lengthSymbols; i++ {
		extra := max(0, (i-endOfBlock-1)/4-1)
		lengths[i] = newEntry(length, extra)
		length += 1 << extra
	}
	lengths[lengthSymbols-1] = newEntry(maxMatch, 0)
	for i, dist := 0, 1; i < distSymbols; i++ {
		extra := max(0, i/2-1)
		dists[i] = newEntry(dist, extra)
		dist += 1 << extra
	}
	lengths[lengthSymbols], lengths[lengthSymbols+1] = badEntry, badEntry
	dists[distSymbols], dists[distSymbols+1] = badEntry, badEntry
	return
}()

var metaMeaning = func() (meta [maxSymbols]entry) {
	for i := range 16 {
		meta[i] = newEntry(i, 0) | literal
	}
	meta[16] = newEntry(3, 2) | special
	meta[17] = newEntry(3, 3)
	meta[18] = newEntry(11, 7)
	return
}()

// metaExtra is how many bits follow a symbol of the third code.
var metaExtra = [metaSymbols]int{16: 2, 17: 3, 18: 7}

// metaOrder is the order in which a block gives the lengths of the third code.
var metaOrder = [metaSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// lengthSymbol has the symbol of each length.
var lengthSymbol = func() (symbols [maxMatch + 1]int) {
	for i := endOfBlock + 1; i < lengthSymbols; i++ {
		first := lengthMeaning[i].base()
		last := min(maxMatch, first+1<<lengthMeaning[i].bits()-1)
		for length := first; length <= last; length++ {
			symbols[length] = i
		}
	}
	return
}()

// distSymbol returns the symbol of a distance: the place of its highest bit,
// and the bit after.
func distSymbol(dist int) int {
	d := uint(dist - 1)
	if d < 2 {
		return int(d)
	}
	n := bits.Len(d)
	return 2*(n-1) + int(d>>(n-2)&1)
}
