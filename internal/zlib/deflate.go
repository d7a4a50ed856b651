package zlib

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
)

// AppendDeflate appends data as one zlib stream to dst. It starts with the two
// bytes that Python's zlib.compress starts with; what follows may differ, and
// is seldom longer. AppendDeflate may write anything into the spare capacity of
// dst. It is safe for concurrent use; dst and data must not overlap.
func AppendDeflate(dst, data []byte) []byte {
	d := deflaters.Get().(*deflater)
	d.out = append(dst, 0x78, 0x9c)
	d.end = sink{end: len(d.out)}
	for rest, last := data, false; !last; {
		block := rest[:min(len(rest), maxBlock)]
		rest = rest[len(block):]
		last = len(rest) == 0
		d.block(block, last)
	}
	dst = binary.BigEndian.AppendUint32(d.out[:d.end.align().end], adler32(data))
	d.out = nil
	deflaters.Put(d)
	return dst
}

// maxBlock is how many bytes one block holds at most. Matches do not leave
// their block, so none reaches back further than a match can.
const maxBlock = 32 << 10

// A deflater writes one stream. It takes about 15 bytes for each byte of its
// longest block, and is kept.
type deflater struct {
	matcher
	tokens []token
	runs   []run

	lengths, dists, meta encoder

	out []byte // dst, the stream, and room for more
	end sink   // where the stream goes on
}

var deflaters = sync.Pool{New: func() any { return new(deflater) }}

// A token is a literal or a match. A match has its length in bits 16–24, and
// one less than its distance in bits 0–14.
type token uint32

const match token = 1 << 31

// A run is a symbol of the third code, with its extra bits.
type run struct{ symbol, extra uint8 }

// block writes data as one block, in that of three ways that is the shortest.
func (d *deflater) block(data []byte, last bool) {
	d.parse(data)
	d.lengths.build(lengthSymbols, maxCodeBits)
	d.dists.build(distSymbols, maxCodeBits)
	d.describeCodes()

	stored := 7 + 32 + 8*len(data)
	fixed, dynamic := d.sizes()
	// Room for the block, and for what flush writes beyond.
	d.out = slices.Grow(d.out[:d.end.end], min(stored, fixed, dynamic)/8+16)
	out := d.out[:cap(d.out)]
	final := uint64(0)
	if last {
		final = 1
	}
	switch {
	case stored < min(fixed, dynamic):
		s := d.end.put(final, 3).flush(out).align()
		binary.LittleEndian.PutUint16(out[s.end:], uint16(len(data)))
		binary.LittleEndian.PutUint16(out[s.end+2:], ^uint16(len(data)))
		s.end += 4 + copy(out[s.end+4:], data)
		d.end = s
	case fixed <= dynamic:
		d.end = d.end.put(1<<1|final, 3).flush(out)
		d.writeTokens(fixedEncoders())
	default:
		d.end = d.end.put(2<<1|final, 3).flush(out)
		d.writeCodes()
		d.writeTokens(&d.lengths, &d.dists)
	}
}

// lazyEnough is the length of a match that a longer one is not looked for.
const lazyEnough = 16

// parse makes tokens of data, and counts their symbols.
func (d *deflater) parse(data []byte) {
	d.load(data)
	clear(d.lengths.count[:])
	clear(d.dists.count[:])

	text, end := d.text, len(data)
	tokens := slices.Grow(d.tokens[:0], end)
	searched := end - 3 // beyond, there are no four bytes to look for
	for pos := 0; pos < end; {
		length, dist := 0, 0
		if pos < searched {
			last, near := d.add(pos)
			if last >= 0 {
				length, dist = d.longest(pos, last, 3, end)
			}
			if length == 0 && d.again(pos, near) {
				length, dist = 3, pos-near
			}
		}
		if length == 0 {
			tokens = append(tokens, token(text[pos]))
			d.lengths.count[text[pos]]++
			pos++
			continue
		}
		// One byte on, there may be a match so much longer, or nearer, that it
		// is worth a literal.
		added := pos + 1
		for length < lazyEnough && added < searched {
			last, _ := d.add(added)
			added++
			if last < 0 {
				break
			}
			l, far := d.longest(pos+1, last, length, end)
			if l == 0 || 4*(l-length) <= 2+bits.Len(uint(far))-bits.Len(uint(dist)) {
				break
			}
			tokens = append(tokens, token(text[pos]))
			d.lengths.count[text[pos]]++
			pos++
			length, dist = l, far
		}
		tokens = append(tokens, match|token(length)<<16|token(dist-1))
		d.lengths.count[lengthSymbol[length]]++
		d.dists.count[distSymbol(dist)]++
		pos += length
		d.addAll(added, min(pos, searched))
	}
	d.lengths.count[endOfBlock]++
	d.tokens = tokens
}

// describeCodes makes runs of the lengths of both codes, and the third code.
func (d *deflater) describeCodes() {
	lengths, dists := d.lengths.used, max(1, d.dists.used) // at least one is stated
	var all [lengthSymbols + distSymbols]uint8
	for _, s := range d.lengths.symbols {
		all[s.symbol()] = uint8(d.lengths.codes[s.symbol()].length)
	}
	for _, s := range d.dists.symbols {
		all[lengths+s.symbol()] = uint8(d.dists.codes[s.symbol()].length)
	}
	d.runs = d.runs[:0]
	clear(d.meta.count[:metaSymbols])
	for rest := all[:lengths+dists]; len(rest) > 0; {
		length, n := rest[0], 1
		for n+8 <= len(rest) && binary.LittleEndian.Uint64(rest[n:]) == uint64(length)*0x0101010101010101 {
			n += 8
		}
		for n < len(rest) && rest[n] == length {
			n++
		}
		rest = rest[n:]
		if length != 0 {
			d.run(length, 0)
			n--
		}
		for n > 0 {
			k := 1
			switch {
			case n < 3:
				d.run(length, 0)
			case length != 0:
				k = min(n, 6)
				if n == 7 || n == 8 {
					k = n - 3 // 4 and 3, or 5 and 3
				}
				d.run(16, k-3)
			case n < 11:
				k = n
				d.run(17, k-3)
			default:
				k = min(n, 138)
				d.run(18, k-11)
			}
			n -= k
		}
	}
	d.meta.build(metaSymbols, maxMetaBits)
}

func (d *deflater) run(symbol uint8, extra int) {
	d.runs = append(d.runs, run{symbol, uint8(extra)})
	d.meta.count[symbol]++
}

// sizes returns how many bits the block takes with the fixed codes and with
// those that were built.
func (d *deflater) sizes() (fixed, dynamic int) {
	lengths, dists := fixedEncoders()
	fixed = 3 + d.lengths.size(&lengths.codes) + d.dists.size(&dists.codes)
	dynamic = 3 + 14 + 3*d.metaUsed() + d.meta.size(&d.meta.codes) +
		d.lengths.size(&d.lengths.codes) + d.dists.size(&d.dists.codes)
	for symbol, bits := range metaExtra {
		dynamic += bits * int(d.meta.count[symbol])
	}
	extra := 0
	for symbol := endOfBlock + 1; symbol < lengthSymbols; symbol++ {
		extra += lengthMeaning[symbol].bits() * int(d.lengths.count[symbol])
	}
	for symbol := range distSymbols {
		extra += distMeaning[symbol].bits() * int(d.dists.count[symbol])
	}
	return fixed + extra, dynamic + extra
}

// metaUsed is how many lengths of the third code are stated, in metaOrder.
func (d *deflater) metaUsed() int {
	n := metaSymbols
	for n > 4 && d.meta.codes[metaOrder[n-1]].length == 0 {
		n--
	}
	return n
}

// writeCodes writes the codes that a dynamic block starts with.
func (d *deflater) writeCodes() {
	out, s := d.out[:cap(d.out)], d.end
	used := d.metaUsed()
	s = s.put(uint64(d.lengths.used-257), 5)
	s = s.put(uint64(max(1, d.dists.used)-1), 5)
	s = s.put(uint64(used-4), 4)
	for _, symbol := range metaOrder[:used] {
		s = s.put(uint64(d.meta.codes[symbol].length), 3).flush(out)
	}
	for _, r := range d.runs {
		c := d.meta.codes[r.symbol]
		s = s.put(uint64(c.bits), uint64(c.length))
		s = s.put(uint64(r.extra), uint64(metaExtra[r.symbol])).flush(out)
	}
	d.end = s
}

// writeTokens writes what a block says in the given codes.
func (d *deflater) writeTokens(lengths, dists *encoder) {
	out, s := d.out[:cap(d.out)], d.end
	for _, t := range d.tokens {
		if t&match == 0 {
			c := lengths.codes[t]
			s = s.put(uint64(c.bits), uint64(c.length)).flush(out)
			continue
		}
		length, dist := int(t>>16&0x1ff), int(t&0x7fff)+1
		symbol := lengthSymbol[length]
		c, e := lengths.codes[symbol], lengthMeaning[symbol]
		s = s.put(uint64(c.bits), uint64(c.length))
		s = s.put(uint64(length-e.base()), uint64(e.bits()))
		symbol = distSymbol(dist)
		c, e = dists.codes[symbol], distMeaning[symbol]
		s = s.put(uint64(c.bits), uint64(c.length))
		s = s.put(uint64(dist-e.base()), uint64(e.bits())).flush(out)
	}
	c := lengths.codes[endOfBlock]
	d.end = s.put(uint64(c.bits), uint64(c.length)).flush(out)
}
