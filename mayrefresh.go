package costrel

import (
	"encoding/base64"
	"math/bits"
	"net/http"
	"strings"
)

// MayRefresh implements [Refresher]: it reports whether a cookie in r might
// hold a permanent session. It neither verifies nor decodes, so that a request
// that nobody asks for its session costs no more than a search.
func (g *Signed) MayRefresh(c *Config, r *http.Request) bool {
	policy, err := c.policyFor(r)
	if err != nil {
		return true // for Open to tell
	}
	value, rest, found := nextCookie(cookieHeader(r.Header), policy.Name)
	for found {
		if strings.HasPrefix(value, ".") || spellsPermanent(value) {
			return true
		}
		value, rest, found = nextCookie(rest, policy.Name)
	}
	return false
}

// spellsPermanent reports whether base64 text holds "_permanent". That fills
// three quads of four characters, or the last two of the first one and all of
// the next two, so that to look at every third quad's last two is enough to
// know where it might stand.
func spellsPermanent(text string) bool {
	for i := 0; i+4 <= len(text); i += 12 {
		marks := permanentMarks[0][text[i+2]] & permanentMarks[1][text[i+3]]
		for ; marks != 0; marks &= marks - 1 {
			place := permanentPlaces[bits.TrailingZeros16(marks)]
			if at := i - place.before; at >= 0 && strings.HasPrefix(text[at:], place.whole) {
				return true
			}
		}
	}
	return false
}

// permanentPlaces are the quads that spellsPermanent may meet, three for each
// place in a quad where "_permanent" can begin: how far before it the two quads
// stand that depend on nothing else. permanentMarks have a bit for each, set
// for its third character in the first table, for its fourth in the second.
var permanentPlaces, permanentMarks = func() (places [9]struct {
	whole  string
	before int
}, marks [2][256]uint16) {
	for i := range places {
		text := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(" ", i/3) + permanentKey))
		whole := (i/3 + 2) / 3 * 4 // 0, 4, 4
		met := i/3/2*4 + i%3*4     // 0, 4, 8; 0, 4, 8; 4, 8, 12
		places[i].whole, places[i].before = text[whole:whole+8], met-whole
		marks[0][text[met+2]] |= 1 << i
		marks[1][text[met+3]] |= 1 << i
	}
	return places, marks
}()
