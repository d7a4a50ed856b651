package taggedjson

import (
	"fmt"
	"slices"
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
	// that no tag before it takes, for a pointer before what it points to.
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

// appendCustom appends v by the first tag from the given place in the order on
// that takes it (TaggedJSONSerializer.tag).
func (c *Codec) appendCustom(dst []byte, v any, from, depth int) ([]byte, error) {
	own := c.ownTag(v)
	for i := from; i < len(c.order); i++ {
		tag := c.order[i].custom
		if tag == nil {
			if c.order[i].own == own {
				break
			}
			continue
		}
		if !tag.Match(v) {
			continue
		}
		if depth >= MaxWriteDepth {
			return dst, errWriteDepth
		}
		inner, err := tag.Encode(v)
		if err != nil {
			return dst, fmt.Errorf("tag %q: %w", tag.Key, err)
		}
		if tag.Key == "" {
			return c.appendCustom(dst, inner, i+1, depth)
		}
		dst, err = AppendString(append(dst, '{'), tag.Key)
		if err == nil {
			dst, err = c.appendValue(append(dst, ':'), inner, depth+1)
		}
		return append(dst, '}'), err
	}
	return c.appendOwn(dst, v, depth)
}

// untag returns the value that an object with the one member key stands for: the
// object itself if key is no tag. v has been untagged already, as in Python.
func (c *Codec) untag(key string, v any) (any, error) {
	if c == nil || c.tags[key] == nil {
		return untagOwn(key, v)
	}
	decoded, err := c.tags[key].Decode(v)
	if err != nil {
		return nil, fmt.Errorf("tag %q: %w", key, err)
	}
	return decoded, nil
}
