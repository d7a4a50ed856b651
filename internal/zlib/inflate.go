package zlib

import (
	"encoding/binary"
	"io"
	"math"
	"slices"
	"sync"
)

// AppendInflate appends the data of one whole zlib stream to dst. It returns
// dst as it was and an error if there are more than limit bytes of data, or if
// stream is cut short, damaged, followed by other bytes, or needs a preset
// dictionary. It may write anything into the spare capacity of dst. It is safe
// for concurrent use; dst and stream must not overlap.
//
// A stream that it accepts is accepted by compress/zlib and by Python's zlib,
// with the same data.
func AppendInflate(dst, stream []byte, limit int) ([]byte, error) {
	z := inflaters.Get().(*inflater)
	data, err := z.inflate(dst, stream, limit)
	z.src, z.out = nil, nil
	inflaters.Put(z)
	if err != nil {
		return dst, err
	}
	return data, nil
}

// An inflater reads one stream. It is 34 KB, so it is kept.
type inflater struct {
	src []byte
	in  feed

	out   []byte // dst, the data, and room for more
	start int    // where in out the data starts,
	end   int    // goes on,
	limit int    // and has to end

	meta, lengths, dists decoder
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

func (z *inflater) inflate(dst, stream []byte, limit int) ([]byte, error) {
	if len(stream) < 2 {
		return nil, io.ErrUnexpectedEOF
	}
	method, window, dictionary := stream[0]&15, stream[0]>>4, stream[1]&0x20 != 0
	switch {
	case method != 8 || window > 7 || binary.BigEndian.Uint16(stream)%31 != 0:
		return nil, ErrHeader
	case dictionary: // compress/zlib lets one pass that is empty
		return nil, ErrDictionary
	case len(stream) < 8: // the shortest has an empty block of ten bits
		return nil, io.ErrUnexpectedEOF
	}
	z.src, z.in = stream, feed{pos: 2}
	limit = max(0, min(limit, math.MaxInt-len(dst)))
	z.start, z.end, z.limit = len(dst), len(dst), len(dst)+limit
	if cap(dst)-len(dst) < margin {
		dst = slices.Grow(dst, min(limit, 4*len(stream))+margin)
	}
	z.out = dst[:cap(dst)]

	for last := false; !last; {
		z.in = z.in.refill(stream)
		last = z.take(1) == 1
		var err error
		switch z.take(2) {
		case 0:
			err = z.storedBlock()
		case 1:
			err = z.block(fixedCodes())
		case 2:
			if err = z.readCodes(); err == nil {
				err = z.block(&z.lengths, &z.dists)
			}
		default:
			err = ErrCorrupt
		}
		if err != nil {
			return nil, err
		}
	}
	if z.in.next() > len(stream) {
		return nil, io.ErrUnexpectedEOF
	}
	trailer := stream[z.in.next():]
	data := z.out[:z.end]
	switch {
	case len(trailer) < 4:
		return nil, io.ErrUnexpectedEOF
	case binary.BigEndian.Uint32(trailer) != adler32(data[z.start:]):
		return nil, ErrChecksum
	case len(trailer) > 4:
		return nil, ErrTrailing
	}
	return data, nil
}

// take returns the next n bits.
func (z *inflater) take(n int) int {
	v := int(z.in.bits & (1<<n - 1))
	z.in = z.in.skip(n)
	return v
}

// storedBlock reads a block that is not compressed.
func (z *inflater) storedBlock() error {
	pos := z.in.next()
	if len(z.src)-pos < 4 {
		return io.ErrUnexpectedEOF
	}
	src := z.src[pos:]
	n := binary.LittleEndian.Uint16(src)
	if n != ^binary.LittleEndian.Uint16(src[2:]) {
		return ErrCorrupt
	}
	src = src[4:]
	switch {
	case len(src) < int(n):
		return io.ErrUnexpectedEOF
	case int(n) > z.limit-z.end:
		return ErrTooLarge
	}
	z.grow(int(n))
	z.end += copy(z.out[z.end:], src[:n])
	z.in = feed{pos: pos + 4 + int(n)}
	return nil
}

// grow makes room for n more bytes of data, and doubles the room if it must.
func (z *inflater) grow(n int) {
	if n > len(z.out)-z.end {
		z.out = slices.Grow(z.out[:z.end], max(n, z.end-z.start))
		z.out = z.out[:cap(z.out)]
	}
}

// readCodes reads the codes that a dynamic block starts with.
func (z *inflater) readCodes() error {
	lengths, dists, metas := z.take(5)+257, z.take(5)+1, z.take(4)+4
	if lengths > lengthSymbols || dists > distSymbols {
		return ErrCorrupt
	}
	in := z.in
	var meta [metaSymbols]uint8
	for i, symbol := range metaOrder[:metas] {
		if i%16 == 0 {
			in = in.refill(z.src)
		}
		meta[symbol] = uint8(in.bits & 7)
		in = in.skip(3)
	}
	z.in = in
	z.meta.reset()
	for symbol, bits := range meta[:] { // of the array itself, not of a copy
		if bits != 0 {
			z.meta.add(symbol, int(bits))
		}
	}
	if !z.meta.build(&metaMeaning, false) {
		return ErrCorrupt
	}

	before, ok := z.readCode(&z.lengths, lengths, equalBits{bits: -1})
	if !ok {
		return ErrCorrupt
	}
	before, ok = z.readCode(&z.dists, dists, before)
	if !ok || before.n > 0 {
		return ErrCorrupt
	}
	if !z.lengths.build(&lengthMeaning, true) || !z.dists.build(&distMeaning, true) {
		return ErrCorrupt
	}
	return nil
}

// An equalBits says of how many bits a code was, and how many of the symbols
// that follow have codes of as many.
type equalBits struct{ bits, n int }

// readCode gives d the codes of so many symbols. Those of a block come as one:
// a run that started before may reach into this code, and out of it.
func (z *inflater) readCode(d *decoder, symbols int, before equalBits) (equalBits, bool) {
	in := z.in
	d.reset()
	for symbol := 0; symbol < symbols; {
		if before.n > 0 {
			n := min(before.n, symbols-symbol)
			before.n -= n
			if before.bits == 0 {
				symbol += n
				continue
			}
			for range n {
				d.add(symbol, before.bits)
				symbol++
			}
			continue
		}
		if in.n < 2*maxMetaBits {
			in = in.refill(z.src)
		}
		e := z.meta.table[in.bits&z.meta.mask]
		if e&literal != 0 {
			in = in.after(e)
			before.bits = e.base()
			d.add(symbol, before.bits)
			symbol++
			continue
		}
		before.n = e.value(in.bits)
		in = in.after(e)
		if e&special == 0 {
			before.bits = 0
		} else if before.bits < 0 {
			return before, false
		}
	}
	z.in = in
	return before, true
}

const (
	// literalsInRound is how many literals of a table can be read before the
	// next refill, which leaves at least 56 bits.
	literalsInRound = 56 / tableBits

	// margin is what one round of block may write: its literals, a match, and
	// the bytes beyond it.
	margin = literalsInRound + maxMatch + 16
)

// block reads the rest of a compressed block, whose symbols mean what lengths
// and dists say.
func (z *inflater) block(lengths, dists *decoder) error {
	// What changes with every symbol is kept in registers.
	src, in, out, end := z.src, z.in, z.out, z.end
	roomy := min(z.limit, len(out)-margin) // up to here, a round may start
round:
	for {
		if end > roomy {
			if end > z.limit {
				return ErrTooLarge
			}
			z.end = end
			z.grow(margin)
			out = z.out
			roomy = min(z.limit, len(out)-margin)
		}
		if in.next() > len(src) {
			return io.ErrUnexpectedEOF
		}
		in = in.refill(src)

		e := lengths.table[in.bits&lengths.mask]
		for i := 1; e&literal != 0; i++ {
			out[end] = byte(e >> 16)
			end++
			in = in.after(e)
			if i == literalsInRound {
				continue round
			}
			e = lengths.table[in.bits&lengths.mask]
		}

		in = in.refill(src) // for at most 20 bits of a length and 28 of a distance
		if e == 0 {
			e = lengths.long(in.bits)
			if e&literal != 0 {
				out[end] = byte(e >> 16)
				end++
				in = in.after(e)
				continue
			}
		}
		length := e.value(in.bits)
		in = in.after(e)
		if e&special != 0 {
			z.in, z.end = in, end
			switch {
			case e>>16 != endEntry>>16:
				return ErrCorrupt
			case end > z.limit:
				return ErrTooLarge
			}
			return nil
		}

		e = dists.table[in.bits&dists.mask]
		if e == 0 {
			e = dists.long(in.bits)
		}
		dist := e.value(in.bits)
		in = in.after(e)
		if e&special != 0 || dist > end-z.start {
			return ErrCorrupt
		}
		if dist < 8 {
			for range length {
				out[end] = out[end-dist]
				end++
			}
			continue
		}
		// Most matches are short. Up to 15 bytes too many are copied.
		from, to := out[end-dist:end-dist+maxMatch+16], out[end:end+maxMatch+16]
		copyWord(to, from, 0)
		copyWord(to, from, 8)
		for i := 16; i < length; i += 8 {
			copyWord(to, from, i)
		}
		end += length
	}
}

func copyWord(to, from []byte, i int) {
	binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(from[i:]))
}
