package forwardauth

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// paths are those that need no session.
type paths struct{ one, below []string }

var errWholeSite = errors.New(`the public path "/" is the whole site: list the paths that need no session, or do without a gateway if none does`)

func newPaths(patterns []string, login *login) (p paths, err error) {
	for _, pattern := range patterns {
		if pattern == "/" {
			return p, errWholeSite
		}
		if strings.Contains(pattern, "*") {
			return p, fmt.Errorf("the public path %q: a * stands for nothing here: a path that ends with a slash is public with all that is below", pattern)
		}
		if !strings.HasPrefix(pattern, "/") || !isPlain(pattern) {
			return p, fmt.Errorf("the public path %q: it must begin with a slash, and have no \"//\", no \"..\", no %%, ; or \\", pattern)
		}
		if strings.HasSuffix(pattern, "/") {
			p.below = append(p.below, pattern)
		}
		p.one = append(p.one, pattern)
	}
	if login != nil && login.url.Host == "" {
		p.one = append(p.one, login.url.Path)
	}
	return p, nil
}

func (p paths) match(u *url.URL) bool {
	return (slices.Contains(p.one, u.Path) || slices.ContainsFunc(p.below, func(prefix string) bool { return strings.HasPrefix(u.Path, prefix) })) &&
		isPlain(u.Path) &&
		// A slash that was escaped is another path to some servers.
		!strings.Contains(strings.ToLower(u.EscapedPath()), "%2f")
}

// isPlain reports whether every server takes the path, once decoded, for the
// same: none resolves, cuts or decodes it further.
func isPlain(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "" && strings.Trim(segment, ". ") == "" { // ".", "..", and what Windows takes for them
			return false
		}
	}
	return utf8.ValidString(path) && !strings.Contains(path, "//") && !strings.ContainsFunc(path, func(c rune) bool {
		return c < ' ' || c == 0x7f || c == '%' || c == ';' || c == '\\'
	})
}
