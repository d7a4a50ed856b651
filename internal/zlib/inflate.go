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

// An inflater reads one stream. It is 14 KB, so it is kept.
type inflater struct {
	src  []byte
	pos  int    // of the next byte of src
	bits uint64 // the bits before it, the next one in the lowest place
	n    int    // how many of them there are; negative when too many were taken

	out   []byte // dst, the data, and room for more
	start int    // where in out the data starts,
	end   int    // goes on,
	limit int    // and has to end

	meta, lengths, dists decoder
	codes                [lengthSymbols + distSymbols]codeLength
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
	}
	z.src, z.pos, z.bits, z.n = stream, 2, 0, 0
	limit = max(0, min(limit, math.MaxInt-len(dst)))
	z.start, z.end, z.limit = len(dst), len(dst), len(dst)+limit
	if cap(dst)-len(dst) < margin {
		dst = slices.Grow(dst, min(limit, 4*len(stream))+margin)
	}
	z.out = dst[:cap(dst)]

	for last := false; !last; {
		z.refill()
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
	if z.n < 0 {
		return nil, io.ErrUnexpectedEOF
	}
	z.align()
	trailer := z.src[z.pos:]
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

// refill makes z.bits hold at least 56 bits, or all that are left. Bits above
// the count may be there already; the same ones come again.
func (z *inflater) refill() {
	if z.pos+8 <= len(z.src) && z.n >= 0 {
		z.bits |= binary.LittleEndian.Uint64(z.src[z.pos:]) << z.n
		z.pos += (63 - z.n) / 8
		z.n |= 56
		return
	}
	for z.n >= 0 && z.n < 56 && z.pos < len(z.src) {
		z.bits |= uint64(z.src[z.pos]) << z.n
		z.pos++
		z.n += 8
	}
}

// take returns the next n bits. Where the stream has ended it returns zeros,
// and z.n falls below zero.
func (z *inflater) take(n int) int {
	v := int(z.bits & (1<<n - 1))
	z.bits >>= n
	z.n -= n
	return v
}

// align goes to the next whole byte of the stream, which is then at z.pos.
func (z *inflater) align() {
	z.pos -= z.n / 8
	z.bits, z.n = 0, 0
}

// storedBlock reads a block that is not compressed.
func (z *inflater) storedBlock() error {
	if z.n < 0 {
		return io.ErrUnexpectedEOF
	}
	z.align()
	src := z.src[z.pos:]
	if len(src) < 4 {
		return io.ErrUnexpectedEOF
	}
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
	z.pos += 4 + int(n)
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
	lengths := z.take(5) + 257
	total := z.take(5) + 1 + lengths
	if lengths > lengthSymbols || total > lengths+distSymbols {
		return ErrCorrupt
	}
	var meta [metaSymbols]uint8
	for i := range z.take(4) + 4 {
		if i%16 == 0 {
			z.refill()
		}
		meta[metaOrder[i]] = uint8(z.take(3))
	}
	codes := z.codes[:0]
	for symbol, bits := range meta {
		if bits != 0 {
			codes = append(codes, codeLength{uint16(symbol), bits})
		}
	}
	if !z.meta.build(codes, 0, metaMeaning[:], false) {
		return ErrCorrupt
	}

	// Both codes come as one, the distances counted on from the lengths.
	codes = z.codes[:0]
	bits := uint8(0) // of the code before
	for symbol := 0; symbol < total; {
		if z.n < 14 {
			z.refill()
		}
		e := z.meta.table[z.bits&z.meta.mask]
		z.take(e.bits())
		repeat := 1
		switch v := e.value(0); v {
		default:
			bits = uint8(v)
		case 16:
			if symbol == 0 {
				return ErrCorrupt
			}
			repeat = 3 + z.take(2)
		case 17:
			bits, repeat = 0, 3+z.take(3)
		case 18:
			bits, repeat = 0, 11+z.take(7)
		}
		if symbol+repeat > total {
			return ErrCorrupt
		}
		if bits == 0 {
			symbol += repeat
			continue
		}
		for range repeat {
			codes = append(codes, codeLength{uint16(symbol), bits})
			symbol++
		}
	}
	split := len(codes)
	for split > 0 && int(codes[split-1].symbol) >= lengths {
		split--
	}
	if !z.lengths.build(codes[:split], 0, lengthMeaning[:], true) ||
		!z.dists.build(codes[split:], lengths, distMeaning[:], true) {
		return ErrCorrupt
	}
	return nil
}

const (
	maxLengthBits = maxCodeBits + 5 // that a length takes
	maxDistBits   = maxCodeBits + 13

	// margin is what one round of block may write: a literal for each bit, a
	// match, and the bytes beyond it.
	margin = 64 + maxMatch + 8
)

// block reads the rest of a compressed block, whose symbols mean what lengths
// and dists say.
func (z *inflater) block(lengths, dists *decoder) error {
	// What changes with every symbol is kept in registers.
	pos, stream, n, out, end := z.pos, z.bits, z.n, z.out, z.end
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
		if n < 0 {
			return io.ErrUnexpectedEOF
		}
		if pos+8 <= len(z.src) { // as refill has it
			stream |= binary.LittleEndian.Uint64(z.src[pos:]) << (n & 63)
			pos += (63 - n) / 8
			n |= 56
		} else {
			z.pos, z.bits, z.n = pos, stream, n
			z.refill()
			pos, stream, n = z.pos, z.bits, z.n
		}

		e := lengths.next(stream)
		for e&literal != 0 {
			out[end] = byte(e >> 16)
			end++
			stream >>= e & 63
			n -= e.bits()
			if n < maxLengthBits {
				continue round
			}
			e = lengths.next(stream)
		}
		length := e.value(stream)
		stream >>= e & 63
		n -= e.bits()
		if e&special != 0 {
			z.pos, z.bits, z.n, z.out, z.end = pos, stream, n, out, end
			switch {
			case e>>16 != endEntry>>16:
				return ErrCorrupt
			case end > z.limit:
				return ErrTooLarge
			}
			return nil
		}

		if n < maxDistBits {
			z.pos, z.bits, z.n = pos, stream, n
			z.refill()
			pos, stream, n = z.pos, z.bits, z.n
		}
		e = dists.next(stream)
		dist := e.value(stream)
		stream >>= e & 63
		n -= e.bits()
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
		for i := 0; i < length; i += 8 { // up to seven bytes too far
			word := binary.LittleEndian.Uint64(out[end-dist+i:])
			binary.LittleEndian.PutUint64(out[end+i:], word)
		}
		end += length
	}
}
