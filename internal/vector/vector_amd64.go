package vector

var enabled = hasAVX2()

// hasAVX2 reports whether both the processor and the system have AVX2.
func hasAVX2() bool

//go:noescape
func decodeBase64(dst, text []byte) (characters int)

//go:noescape
func encodeBase64(dst, src []byte) (bytes int)

// sums takes whole blocks only.
//
//go:noescape
func sums(p []byte) (sum, weighted uint32)

//go:noescape
func skipQuads(text string, quads *[3]uint32) (n int)
