package zlib

import (
	"encoding/binary"
	"math/bits"
)

// A matcher finds earlier occurrences of what stands at a position of a text.
// It counts positions from one: zero says that there is none.
type matcher struct {
	text   []byte                // a byte, the text, and eight bytes
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
	m.text = append(m.text[:0], 0)
	m.text = append(m.text, text...)
	m.text = append(m.text, 0, 0, 0, 0, 0, 0, 0, 0)
	if cap(m.before) < len(m.text) {
		m.before = make([]uint16, cap(m.text))
	}
	m.before = m.before[:len(m.text)]
	clear(m.latest[:])
	clear(m.near[:])
}

// add makes pos known, and returns where its four bytes may have been before,
// and where its three.
func (m *matcher) add(pos int) (last, near int) {
	word := binary.LittleEndian.Uint32(m.text[pos:])
	four := &m.latest[word*0x9e3779b1>>(32-hashBits)]
	three := &m.near[word<<8*0x9e3779b1>>(32-nearBits)]
	last, near = int(*four), int(*three)
	m.before[pos] = *four
	*four, *three = uint16(pos), uint16(pos)
	return last, near
}

// longest returns the longest match of pos with last or what was before it, if
// there is one longer than over bytes, at least three. It ends before end.
func (m *matcher) longest(pos, last, over, end int) (length, dist int) {
	text, before := m.text, m.before
	limit := min(end-pos, maxMatch)
	if limit <= over {
		return 0, 0
	}
	head := binary.LittleEndian.Uint32(text[pos:])
	tail := binary.LittleEndian.Uint32(text[pos+over-3:])
	for tries := maxTries; last > 0 && tries > 0; last = int(before[last]) {
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
	return near > 0 && pos-near <= nearEnough &&
		(binary.LittleEndian.Uint32(m.text[pos:])^binary.LittleEndian.Uint32(m.text[near:]))<<8 == 0
}

// addAll makes known all positions from one to another.
func (m *matcher) addAll(from, to int) {
	text, before := m.text[:to+3], m.before[:to]
	for pos := from; pos < to; pos++ {
		word := binary.LittleEndian.Uint32(text[pos:])
		four := &m.latest[word*0x9e3779b1>>(32-hashBits)]
		before[pos] = *four
		*four = uint16(pos)
		m.near[word<<8*0x9e3779b1>>(32-nearBits)] = uint16(pos)
	}
}
