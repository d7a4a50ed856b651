// Package vector does 32 bytes at a time what others do byte by byte, with the
// AVX2 instructions of amd64. Where there are none its functions do nothing; the
// callers do whatever was left.
//
// The bytes choose no place in a table and no branch, so that they do not show
// in the time it takes, except where DecodeBase64 and SkipQuads stop.
package vector

// DecodeBase64 decodes unpadded base64url, each four characters to three bytes,
// and returns how many characters it decoded: whole blocks of 32, up to one that
// has any other character, or for which dst has no room. A block writes 32
// bytes, the last 8 of no meaning. text may start where dst does.
func DecodeBase64(dst, text []byte) (characters int) {
	if !enabled {
		return 0
	}
	return decodeBase64(dst, text)
}

// EncodeBase64 encodes as unpadded base64url, each three bytes to four
// characters, and returns how many bytes it encoded: whole blocks of 24, but
// for the last 4 bytes. dst must have room for all of src.
func EncodeBase64(dst, src []byte) (bytes int) {
	if !enabled {
		return 0
	}
	_ = dst[:len(src)/24*32]
	return encodeBase64(dst, src)
}

// Sums returns the sum of the first n bytes of p, and the sum in which each
// counts as often as there are bytes from it to the last of them. n is whole
// blocks of 32, as many as there are, up to those whose sums fit.
func Sums(p []byte) (n int, sum, weighted uint32) {
	if !enabled {
		return 0, 0, 0
	}
	n = min(len(p), mostSummed) &^ 31
	sum, weighted = sums(p[:n])
	return n, sum, weighted
}

// mostSummed is how many bytes of 255 have a weighted sum of 32 bits.
const mostSummed = 5803

// SkipQuads returns how many bytes of text it skipped: whole blocks of 32 that
// have none of the quads, of four bytes each, at a multiple of four.
func SkipQuads(text string, quads *[3]uint32) (n int) {
	if !enabled {
		return 0
	}
	return skipQuads(text, quads)
}
