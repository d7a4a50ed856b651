package zlib

import (
	"math/bits"
	"slices"
	"sync"
)

// An encoder counts the symbols of one canonical Huffman code, and then makes
// the code that writes them in the fewest bits.
type encoder struct {
	count [maxSymbols]uint16 // :: symbol → how often it occurs
	codes [lengthSymbols]code
	used  int // one more than the last symbol that occurs

	// The symbols that occur with their counts, in order, and with the rarest
	// first. They and nodes are here so that they need not be cleared.
	symbols, sorted []counted
	room            [2][maxSymbols]counted
	nodes           [lengthSymbols]int32
}

// A counted is a symbol in the lower half, and its count in the upper.
type counted uint32

func (c counted) symbol() int { return int(c & 0xffff) }
func (c counted) count() int  { return int(c >> 16) }

// A code stands for a symbol. Its first bit is in the lowest place.
type code struct{ bits, length uint16 }

func newCode(v, length uint16) code { return code{bits.Reverse16(v) >> (16 - length), length} }

// build makes the code, of at most limit bits a symbol, for an alphabet of so
// many symbols.
func (e *encoder) build(alphabet, limit int) {
	clear(e.codes[:alphabet])
	n := 0
	for first := 0; first < alphabet; first += 8 { // most eights are empty
		part := (*[8]uint16)(e.count[first:])
		if *part == [8]uint16{} {
			continue
		}
		for i, count := range part {
			e.room[0][n] = counted(count)<<16 | counted(first+i)
			n += (int(count) + 0xffff) >> 16 // one if it occurs: a branch would be guesswork
		}
	}
	e.symbols, e.sorted, e.used = e.room[0][:n], e.room[1][:n], 0
	if n == 0 {
		return
	}
	e.used = e.symbols[n-1].symbol() + 1
	e.sort()

	var next [maxCodeBits + 2]uint16 // :: length of codes → the next one
	longest := n - 1
	for length, count := range e.codeLengths(limit) {
		next[length+1] = (next[length] + count) << 1
		for range count {
			e.codes[e.sorted[longest].symbol()].length = uint16(length)
			longest--
		}
	}
	for _, s := range e.symbols {
		c := &e.codes[s.symbol()]
		*c = newCode(next[c.length], c.length)
		next[c.length]++
	}
}

// sort sorts the symbols that occur. There is a bucket for each count; the few
// that are common share one.
func (e *encoder) sort() {
	const common = 16
	var bucket [common + 1]uint16
	for _, s := range e.symbols {
		bucket[min(s.count(), common)]++
	}
	start := uint16(0)
	for i, size := range bucket {
		bucket[i] = start
		start += size
	}
	rare := bucket[common]
	for _, s := range e.symbols {
		next := &bucket[min(s.count(), common)]
		e.sorted[*next] = s
		*next++
	}
	slices.Sort(e.sorted[rare:])
}

// size returns how many bits the symbols that were counted take in codes.
func (e *encoder) size(codes *[lengthSymbols]code) int {
	bits := 0
	for _, s := range e.symbols {
		bits += s.count() * int(codes[s.symbol()].length)
	}
	return bits
}

// codeLengths tells how many codes of each length a code has that is best for
// the symbols that occur. It follows Moffat and Katajainen, "In-Place
// Calculation of Minimum-Redundancy Codes".
func (e *encoder) codeLengths(limit int) (lengths [maxCodeBits + 1]uint16) {
	symbols, nodes := e.sorted, &e.nodes
	n := len(symbols)
	if n == 1 {
		lengths[1] = 1
		return
	}
	// Join the two rarest nodes, leaves or joined before, until one is left.
	// Node i is the i-th that was made; while it waits it is its count, and
	// then the number of its parent.
	leaf, waiting := 0, 0
	for made := range n - 1 {
		count := int32(0)
		for range 2 {
			if waiting < made && (leaf == n || nodes[waiting] < int32(symbols[leaf].count())) {
				count += nodes[waiting]
				nodes[waiting] = int32(made)
				waiting++
			} else {
				count += int32(symbols[leaf].count())
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
