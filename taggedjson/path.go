package taggedjson

import "strconv"

// A PathError says where in a value something could not be written or read:
//
//	cart[3].price: channel can't be kept in a session
type PathError struct {
	Path string // such as `cart[3].price`; never empty
	Err  error

	cut bool // Path begins with "…": it is long enough
}

// Error returns Path and Err, with a colon between them.
func (e *PathError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *PathError) Unwrap() error { return e.Err }

// maxPath bounds a path in bytes. Every level around an error adds to its path,
// so that without a bound a deep value with long keys would cost quadratic time.
const maxPath = 200

// Within returns err with key put before its path. A program that writes or
// reads the members of an object one by one names the member with it. A nil err
// stays nil.
func Within(key string, err error) error {
	return within(pathKey(key), err)
}

// withinItem is Within for an item of a list.
func withinItem(i int, err error) error {
	return within("["+strconv.Itoa(i)+"]", err)
}

func within(element string, err error) error {
	if err == nil {
		return nil
	}
	inner, ok := err.(*PathError)
	switch {
	case !ok:
		return &PathError{Path: element, Err: err}
	case inner.cut:
		return inner
	case len(element)+len(inner.Path) > maxPath:
		return &PathError{Path: "…" + inner.Path, Err: inner.Err, cut: true}
	case inner.Path[0] == '[':
		return &PathError{Path: element + inner.Path, Err: inner.Err}
	}
	return &PathError{Path: element + "." + inner.Path, Err: inner.Err}
}

// pathKey writes a key into a path: as it is when it reads as a name, quoted in
// brackets otherwise.
func pathKey(key string) string {
	const maxKey = 60
	if len(key) > maxKey {
		return "[" + strconv.QuoteToASCII(key[:maxKey]) + "…]"
	}
	for _, c := range []byte(key) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return "[" + strconv.QuoteToASCII(key) + "]"
		}
	}
	if key == "" {
		return `[""]`
	}
	return key
}
