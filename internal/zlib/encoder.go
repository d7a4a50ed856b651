package zlib

import (
	"math/bits"
	"slices"
	"sync"
)

// An encoder counts the symbols of one canonical Huffman code, and then makes
// the code that writes them in the fewest bits.
type encoder struct {
	count [lengthSymbols]uint16 // :: symbol → how often it occurs
	codes [lengthSymbols]code
	used  int // one more than the last symbol that occurs
	size  int // of all the symbols counted, in bits
}

// A code stands for a symbol. Its first bit is in the lowest place.
type code struct{ bits, length uint16 }

func newCode(v, length uint16) code { return code{bits.Reverse16(v) >> (16 - length), length} }

// build makes the code, of at most limit bits a symbol.
func (e *encoder) build(limit int) {
	clear(e.codes[:])
	e.used, e.size = 0, 0

	// The symbols that occur: in order, and again with the rarest first. Those
	// have a bucket for each count; the few that are common are sorted.
	const common = 64
	var bucket [common + 1]uint16
	var symbols, sorted [lengthSymbols]uint32 // count and symbol, 16 bits each
	n := 0
	for symbol, count := range e.count {
		if count != 0 {
			symbols[n] = uint32(count)<<16 | uint32(symbol)
			bucket[min(count, common)]++
			n++
		}
	}
	if n == 0 {
		return
	}
	start := uint16(0)
	for i, size := range bucket {
		bucket[i] = start
		start += size
	}
	rare := bucket[common]
	for _, s := range symbols[:n] {
		next := &bucket[min(s>>16, common)]
		sorted[*next] = s
		*next++
	}
	slices.Sort(sorted[rare:n])

	var next [maxCodeBits + 2]uint16 // :: length of codes → the next one
	longest := n - 1
	for length, count := range codeLengths(sorted[:n], limit) {
		next[length+1] = (next[length] + count) << 1
		for range count {
			e.codes[sorted[longest]&0xffff].length = uint16(length)
			longest--
		}
	}
	for _, s := range symbols[:n] {
		c := &e.codes[s&0xffff]
		*c = newCode(next[c.length], c.length)
		next[c.length]++
		e.size += int(s>>16) * int(c.length)
	}
	e.used = int(symbols[n-1]&0xffff) + 1
}

// codeLengths tells how many codes of each length a code has that is best for
// symbols of these counts, the lowest first. It follows Moffat and Katajainen,
// "In-Place Calculation of Minimum-Redundancy Codes".
func codeLengths(symbols []uint32, limit int) (lengths [maxCodeBits + 1]uint16) {
	n := len(symbols)
	if n == 1 {
		lengths[1] = 1
		return
	}
	// Join the two rarest nodes, leaves or joined before, until one is left.
	// Node i is the i-th that was made; while it waits it is its count, and
	// then the number of its parent.
	var nodes [lengthSymbols]int32
	leaf, waiting := 0, 0
	for made := range n - 1 {
		count := int32(0)
		for range 2 {
			if waiting < made && (leaf == n || nodes[waiting] < int32(symbols[leaf]>>16)) {
				count += nodes[waiting]
				nodes[waiting] = int32(made)
				waiting++
			} else {
				count += int32(symbols[leaf] >> 16)
				leaf++
			}
		}
		nodes[made] = count
	}
	// Go down from the root. Of two places for each node of a level, those that
	// no node of the next level takes are leaves.
	root := n - 2
	nodes[root] = 0
	for i := root - 1; i >= 0; i-- {
		nodes[i] = nodes[nodes[i]] + 1
	}
	places, node := 1, root
	for depth := 0; places > 0; depth++ {
		inner := 0
		for node >= 0 && int(nodes[node]) == depth {
			inner++
			node--
		}
		lengths[min(depth, limit)] += uint16(places - inner)
		places = 2 * inner
	}
	// Codes that were too long now take more room than there is. For each place
	// that is lacking, a shorter code gives its own to two of the next length.
	room := 1 << limit
	for length, count := range lengths[:limit+1] {
		room -= int(count) << (limit - length)
	}
	for ; room < 0; room++ {
		length := limit - 1
		for lengths[length] == 0 {
			length--
		}
		lengths[limit]--
		lengths[length]--
		lengths[length+1] += 2
	}
	return
}

// fixedEncoders returns the encoders of the blocks that bring no codes.
var fixedEncoders = sync.OnceValues(func() (lengths, dists *encoder) {
	lengths, dists = new(encoder), new(encoder)
	for symbol := range uint16(lengthSymbols) {
		bits, length := symbol+0x030, uint16(8)
		switch {
		case symbol < 144:
		case symbol < 256:
			bits, length = symbol-144+0x190, 9
		case symbol < 280:
			bits, length = symbol-256, 7
		default:
			bits = symbol - 280 + 0x0c0
		}
		lengths.codes[symbol] = newCode(bits, length)
	}
	for symbol := range distSymbols {
		dists.codes[symbol] = newCode(uint16(symbol), 5)
	}
	return
})
