package e2e

import (
	"fmt"
	"html/template"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/costrel/costrel/taggedjson"
)

// A generator makes sessions that have everything a session can hold.
type generator struct{ *rand.Rand }

// newGenerator returns a generator of the same sessions every time, unless
// COSTREL_SEED asks for others.
func newGenerator(stream uint64) generator {
	seed, _ := strconv.ParseUint(os.Getenv("COSTREL_SEED"), 10, 64)
	return generator{rand.New(rand.NewPCG(seed, stream))}
}

// session returns the values of a session, of the Go types that costrel reads.
func (g generator) session() map[string]any {
	return g.dict(3, 6)
}

func (g generator) dict(depth, most int) map[string]any {
	dict := map[string]any{}
	for range g.IntN(most + 1) {
		dict[g.key()] = g.value(depth)
	}
	return dict
}

func (g generator) list(depth int) []any {
	list := []any{}
	for range g.IntN(4) {
		list = append(list, g.value(depth))
	}
	return list
}

func (g generator) value(depth int) any {
	kinds := 14
	if depth == 0 {
		kinds = 10 // nothing that holds others
	}
	switch g.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return g.IntN(2) == 0
	case 2, 3:
		return g.integer()
	case 4:
		return g.float()
	case 5:
		return g.text()
	case 6:
		b := make([]byte, g.IntN(20))
		for i := range b {
			b[i] = byte(g.Uint32())
		}
		return b
	case 7:
		return template.HTML(g.text())
	case 8:
		var u taggedjson.UUID
		for i := range u {
			u[i] = byte(g.Uint32())
		}
		return u
	case 9:
		// From year 100 on: of the years before, Python reads two digits only.
		from, to := time.Date(100, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
		return time.Unix(from+g.Int64N(to-from+1), 0).UTC()
	case 10:
		return taggedjson.Tuple(g.list(depth - 1))
	case 11:
		return g.list(depth - 1)
	case 12:
		return g.dict(depth-1, 4)
	default: // a dict of one key that may be a tag's
		return map[string]any{g.tagKey(): g.value(depth - 1)}
	}
}

var tagKeys = []string{" di", " t", " b", " m", " u", " d", " x", " di__", " t__", "t", " ", "di", " T"}

func (g generator) tagKey() string { return tagKeys[g.IntN(len(tagKeys))] }

func (g generator) key() string {
	switch g.IntN(8) {
	case 0:
		return g.text()
	case 1:
		return g.tagKey()
	case 2:
		return []string{"_permanent", "_flashes", "_user_id", "_fresh", "csrf_token"}[g.IntN(5)]
	default:
		return fmt.Sprintf("key_%d", g.IntN(1000))
	}
}

func (g generator) integer() any {
	switch g.IntN(6) {
	case 0:
		return []int64{0, -1, 1, math.MaxInt64, math.MinInt64, math.MaxInt32, 1 << 53, -1 << 53}[g.IntN(8)]
	case 1:
		n := new(big.Int).Lsh(big.NewInt(1), 63) // the first that an int64 does not hold
		n.Add(n, big.NewInt(g.Int64N(1000)))
		if g.IntN(4) == 0 {
			n.Lsh(n, uint(g.IntN(600)))
		}
		if g.IntN(2) == 0 {
			n.Neg(n).Sub(n, big.NewInt(1))
		}
		return n
	default:
		return int64(g.Uint64()) >> g.IntN(64)
	}
}

func (g generator) float() float64 {
	switch g.IntN(6) {
	case 0:
		return []float64{0, math.Copysign(0, -1), 1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64, 1e16, 1e15, 1e-4, 1e-5, 1e21, 1e22, 1e23, 9007199254740993}[g.IntN(16)]
	case 1:
		return float64(g.IntN(100000)) / 100 // a price
	case 2:
		return math.Trunc(g.NormFloat64() * 1e6)
	case 3:
		return g.NormFloat64() * math.Pow(10, float64(g.IntN(40)-20))
	default:
		f := math.Float64frombits(g.Uint64())
		if f != f {
			return math.NaN() // JSON has one only
		}
		return f
	}
}

// text returns a text with lone surrogates, in their generalised UTF-8, now
// and then.
func (g generator) text() string {
	var b strings.Builder
	alphabet := g.IntN(6)
	var last rune
	for range g.IntN(24) {
		var r rune
		switch alphabet {
		case 0:
			r = rune(g.IntN(0x20)) // controls
		case 1:
			r = []rune("\"\\/<>&'\u007f\u0080\u2028\u2029\ufeff\ufffd\uffff\U0010ffff")[g.IntN(15)]
		case 2:
			r = rune(g.IntN(0x110000)) // all there is, surrogates too
		case 3:
			r = []rune("aü€😀\ud7ff")[g.IntN(5)]
		default:
			r = rune(0x20 + g.IntN(0x5f))
		}
		if alphabet == 2 && g.IntN(20) == 0 {
			r = 0xd800 + rune(g.IntN(0x800))
		}
		// A high surrogate before a low one would be one character in JSON.
		if last >= 0xd800 && last < 0xdc00 && r >= 0xdc00 && r < 0xe000 {
			r = 'x'
		}
		last = r
		if r >= 0xd800 && r < 0xe000 {
			b.Write([]byte{0xe0 | byte(r>>12), 0x80 | byte(r>>6)&0x3f, 0x80 | byte(r)&0x3f})
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// dressed returns value as another Go type that stands for the same on the
// wire, where there is one.
func (g generator) dressed(value any) any {
	switch v := value.(type) {
	case int64:
		switch kind := g.IntN(8); {
		case kind == 0:
			return int(v)
		case kind == 1 && v == int64(int8(v)):
			return int8(v)
		case kind == 2 && v == int64(int16(v)):
			return int16(v)
		case kind == 3 && v == int64(int32(v)):
			return int32(v)
		case kind == 4 && v >= 0:
			return uint64(v)
		case kind == 5 && v >= 0 && v <= math.MaxUint16:
			return uint16(v)
		case kind == 6:
			return big.NewInt(v)
		case kind == 7:
			return &v
		}
	case float64:
		if f := float32(v); g.IntN(2) == 0 && float64(f) == v && v == math.Trunc(v) && math.Abs(v) < 1e6 {
			return f
		}
	case string:
		if g.IntN(4) == 0 {
			return named(v)
		}
	case taggedjson.UUID:
		if g.IntN(2) == 0 {
			return [16]byte(v)
		}
	case time.Time:
		// Another zone, and a part of a second that the wire does not keep.
		if y := v.Year(); y > 100 && y < 9999 && g.IntN(2) == 0 {
			return v.In(time.FixedZone("", (g.IntN(24)-12)*3600)).Add(time.Duration(g.IntN(1e9)))
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = g.dressed(v[i])
		}
		return list
	case taggedjson.Tuple:
		tuple := make(taggedjson.Tuple, len(v))
		for i := range v {
			tuple[i] = g.dressed(v[i])
		}
		return tuple
	case map[string]any:
		if g.IntN(2) == 0 {
			dict := map[named]any{}
			for key := range v {
				dict[named(key)] = g.dressed(v[key])
			}
			return dict
		}
	}
	return value
}

type named string
