package costrel

import (
	"encoding/binary"
	"net/http"
	"strings"

	"github.com/costrel/costrel/internal/vector"
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

// spellsPermanent reports whether base64 text may hold "_permanent". Each four
// characters are three bytes, so that there are three ways to spell it: of each
// this knows the first two groups that depend on nothing else.
func spellsPermanent(text string) bool {
	for i := vector.SkipQuads(text, &permanentQuads); i+8 <= len(text); i += 4 {
		switch text[i : i+8] {
		case spelled0, spelled1, spelled2:
			return true
		}
	}
	return false
}

const (
	spelled0 = "X3Blcm1h" // _perma
	spelled1 = "ZXJtYW5l" // ermane, after _p
	spelled2 = "cGVybWFu" // perman, after _
)

var permanentQuads = [3]uint32{quad(spelled0), quad(spelled1), quad(spelled2)}

func quad(s string) uint32 { return binary.LittleEndian.Uint32([]byte(s)) }
