package taggedjson

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// A Tag is a type of a program's own: a class derived from Flask's JSONTag. Flask
// has to know the same tag to read what is written with it.
type Tag struct {
	// Key is the one key of the object that stands for the value; Flask's own
	// begin with a space. With an empty Key the tag leaves no trace: what Encode
	// returns takes the value's place, and only the tags behind this one are asked
	// for it.
	Key string

	// Match reports whether v is a value of this tag. It is asked for every value
	// that no tag before it takes.
	Match func(v any) bool

	// Encode returns what is written under Key. It is written in turn like any
	// other value, with tags of its own.
	Encode func(v any) (any, error)

	// Decode is given what Encode returned, read back by Unmarshal, and returns
	// the value. It is not needed with an empty Key.
	Decode func(v any) (any, error)
}

// A slot is a place in the order in which tags are asked: a custom tag, or one of
// Flask's own if custom is nil.
type slot struct {
	own    ownTag
	custom *Tag
}

// ownTag is a tag of Flask's own, in its order (TaggedJSONSerializer.default_tags).
type ownTag uint8

const (
	tagDict ownTag = iota
	passDict
	tagTuple
	passList
	tagBytes
	tagMarkup
	tagUUID
	tagDateTime
	noTag // for values that none of them takes
)

// Register adds tag behind all others: it is asked for the values that no other
// tag takes, which excludes maps, slices and times. It is an error if the key is
// registered already.
func (c *Codec) Register(tag Tag) error {
	return c.RegisterAt(len(c.slots()), tag)
}

// RegisterAt adds tag before the one at index; 0 is before all others. Flask's own
// are eight, of which two leave no trace: " di", dict, " t", list, " b", " m", " u",
// " d". An index past either end is that end and a negative one counts from the
// end, as in Python's list.insert. It is an error if the key is registered already.
func (c *Codec) RegisterAt(index int, tag Tag) error {
	if tag.Key != "" && c.HasTag(tag.Key) {
		return fmt.Errorf("taggedjson: tag %q is already registered", tag.Key)
	}
	return c.Override(index, tag)
}

// Override is RegisterAt for a key that may be registered already, as Flask's
// force=True: the new tag reads what has the key. The old one keeps its place in
// the order, so that the new one writes only the values that it is asked for first.
func (c *Codec) Override(index int, tag Tag) error {
	if tag.Match == nil || tag.Encode == nil || tag.Decode == nil && tag.Key != "" {
		return fmt.Errorf("taggedjson: tag %q lacks a function", tag.Key)
	}
	order := c.slots()
	if index < 0 {
		index += len(order)
	}
	index = min(max(index, 0), len(order))
	c.order = slices.Insert(order, index, slot{custom: &tag})
	if tag.Key != "" {
		if c.tags == nil {
			c.tags = make(map[string]*Tag)
		}
		c.tags[tag.Key] = &tag
	}
	return nil
}

// slots returns the order in which the tags are asked.
func (c *Codec) slots() []slot {
	if c.order != nil {
		return c.order
	}
	order := make([]slot, noTag)
	for i := range order {
		order[i].own = ownTag(i)
	}
	return order
}

// HasTag reports whether an object with the one key stands for a tagged value.
func (c *Codec) HasTag(key string) bool {
	switch key {
	case " di", " t", " b", " m", " u", " d":
		return true
	}
	return c != nil && c.tags[key] != nil
}

// untag returns the value that an object with the one member key stands for: the
// object itself if key is no tag. v has been untagged already, as in Python.
func (c *Codec) untag(key string, v any) (any, error) {
	if c != nil && c.tags != nil {
		if tag := c.tags[key]; tag != nil {
			decoded, err := tag.Decode(v)
			if err != nil {
				return nil, fmt.Errorf("tag %q: %w", key, err)
			}
			return decoded, nil
		}
	}
	switch key {
	case " t":
		switch v := v.(type) {
		case []any:
			return Tuple(v), nil
		case Tuple:
			return v, nil
		}
		return nil, errTuple
	case " b":
		if s, ok := v.(string); ok {
			// Only what Flask writes: Python's decoder drops what is not base64.
			if b, err := base64.StdEncoding.Strict().DecodeString(s); err == nil && base64.StdEncoding.EncodedLen(len(b)) == len(s) {
				return b, nil
			}
		}
		return nil, errBytes
	case " m":
		if s, ok := v.(string); ok {
			return template.HTML(s), nil
		}
		return nil, errMarkup
	case " u":
		if s, ok := v.(string); ok {
			if u, err := parseUUID(s); err == nil {
				return u, nil
			}
		}
		return nil, errUUID
	case " d":
		switch v := v.(type) {
		case nil:
			return nil, nil
		case string:
			if t, ok := parseDate(v); ok {
				return t, nil
			}
			return nil, nil // as in Flask
		}
		return nil, errDate
	case " di":
		if m, ok := v.(map[string]any); ok && len(m) == 1 {
			for k, inner := range m {
				if name, ok := strings.CutSuffix(k, "__"); ok {
					return map[string]any{name: inner}, nil
				}
			}
		}
		return nil, errDict
	}
	return map[string]any{key: v}, nil
}

var (
	errTuple  = errors.New(`tag " t": a list was expected`)
	errBytes  = errors.New(`tag " b": a string in padded base64 was expected`)
	errMarkup = errors.New(`tag " m": a string was expected`)
	errUUID   = errors.New(`tag " u": a string of 32 hexadecimal digits was expected`)
	errDate   = errors.New(`tag " d": a string was expected`)
	errDict   = errors.New(`tag " di": an object with one key that ends in "__" was expected`)
)

// parseUUID reads the spellings of Python's UUID(): "urn:" and "uuid:" anywhere,
// braces at the ends and dashes anywhere do not count.
func parseUUID(s string) (u UUID, err error) {
	if len(s) != 2*len(u) {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "urn:", ""), "uuid:", "")
		s = strings.ReplaceAll(strings.Trim(s, "{}"), "-", "")
	}
	if len(s) != 2*len(u) {
		return u, errUUID
	}
	if _, err := hex.Decode(u[:], []byte(s)); err != nil {
		return u, errUUID
	}
	return u, nil
}
