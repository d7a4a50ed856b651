package zlib

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A matcher finds earlier occurrences of what stands at a position of a text.
//
// The tables are not cleared for each text. Positions stand in them with base
// added, which is above all that the texts before have left there. They come
// out with base subtracted: what is below zero says that there is none.
type matcher struct {
	text   []byte                // and eight bytes
	base   int                   // at least one, for what is left blank
	latest [1 << hashBits]uint16 // :: hash of four bytes → where it was last
	before []uint16              // :: position → where its hash was before
	near   [1 << nearBits]uint16 // :: hash of three bytes → where it was last
}

const (
	hashBits = 13
	nearBits = 12

	nearEnough = 256 // how far a match of three bytes may be, to be worth its bits
	longEnough = 64  // the length of a match at which the search ends
	maxTries   = 16  // how many earlier occurrences are looked at
)

// load prepares m for a text of at most maxBlock bytes.
func (m *matcher) load(text []byte) {
	m.base += len(m.text)
	if m.base == 0 || m.base+len(text) > math.MaxUint16 {
		clear(m.latest[:])
		clear(m.near[:])
		m.base = 1
	}
	m.text = append(m.text[:0], text...)
	m.text = append(m.text, 0, 0, 0, 0, 0, 0, 0, 0)
	if cap(m.before) < len(m.text) {
		m.before = make([]uint16, cap(m.text))
	}
	m.before = m.before[:len(m.text)]
}

// add makes pos known, and returns where its four bytes may have been before,
// and where its three.
func (m *matcher) add(pos int) (last, near int) {
	word := binary.LittleEndian.Uint32(m.text[pos:])
	four := &m.latest[word*0x9e3779b1>>(32-hashBits)]
	three := &m.near[word<<8*0x9e3779b1>>(32-nearBits)]
	last, near = int(*four)-m.base, int(*three)-m.base
	m.before[pos] = *four
	*four, *three = uint16(m.base+pos), uint16(m.base+pos)
	return last, near
}

// addAll makes known where the four bytes are of the positions from one to
// another, which is enough within a match.
func (m *matcher) addAll(from, to int) {
	if from >= to {
		return
	}
	word := binary.LittleEndian.Uint32(m.text[from:]) << 8
	fourth := m.text[from+3 : to+3]
	before := m.before[from:to][:len(fourth)]
	for i, b := range fourth {
		word = word>>8 | uint32(b)<<24
		last := &m.latest[word*0x9e3779b1>>(32-hashBits)]
		before[i] = *last
		*last = uint16(m.base + from + i)
	}
}

// longest returns the longest match of pos with last or what was before it, if
// there is one longer than over bytes, at least three. It ends before end.
func (m *matcher) longest(pos, last, over, end int) (length, dist int) {
	text, before, base := m.text, m.before, m.base
	limit := min(end-pos, maxMatch)
	if limit <= over {
		return 0, 0
	}
	head := binary.LittleEndian.Uint32(text[pos:])
	tail := binary.LittleEndian.Uint32(text[pos+over-3:])
	for tries := maxTries; last >= 0 && tries > 0; last = int(before[last]) - base {
		tries--
		// The last of the bytes that are needed are the likeliest to differ.
		if binary.LittleEndian.Uint32(text[last+over-3:]) != tail || binary.LittleEndian.Uint32(text[last:]) != head {
			continue
		}
		n := 4
		for n < limit {
			differ := binary.LittleEndian.Uint64(text[last+n:]) ^ binary.LittleEndian.Uint64(text[pos+n:])
			if differ != 0 {
				n += bits.TrailingZeros64(differ) / 8
				break
			}
			n += 8
		}
		n = min(n, limit)
		if n <= over {
			continue
		}
		length, dist, over = n, pos-last, n
		if n == limit || n >= longEnough {
			break
		}
		tail = binary.LittleEndian.Uint32(text[pos+over-3:])
	}
	return length, dist
}

// again reports whether three bytes at near are those at pos.
func (m *matcher) again(pos, near int) bool {
	return near >= 0 && pos-near <= nearEnough &&
		(binary.LittleEndian.Uint32(m.text[pos:])^binary.LittleEndian.Uint32(m.text[near:]))<<8 == 0
}
