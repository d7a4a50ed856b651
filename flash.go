package costrel

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/costrel/costrel/taggedjson"
)

// flashesKey is where Flask keeps the flashed messages of the next request.
const flashesKey = "_flashes"

// A Flash is a message that one request leaves for the next.
type Flash struct {
	Category string // "message" if none was given
	Message  any    // what was flashed, often a string
}

// flashState is what a session knows of its messages.
type flashState struct {
	raw     []byte  // the value of flashesKey, if Flash made it
	taken   bool    // by Flashes, out of the session
	flashes []Flash // that were, for the rest of the request
}

// String returns the message as text.
func (f Flash) String() string { return fmt.Sprint(f.Message) }

// Flash keeps a message for the next request that asks for it with
// [Session.Flashes]. The category is "message" if none is given; templates use
// it to tell an error from good news. The message is any value that a session
// can hold. It follows flask/helpers.py flash.
func (s *Session) Flash(message any, category ...string) {
	name := "message"
	if len(category) > 0 {
		name = category[0]
	}
	var err error
	s.touch()
	defer s.done(&err)
	value, ok, err := s.lookup(flashesKey)
	if err != nil {
		return
	}
	flashes, isList := value.([]any)
	if ok && !isList {
		err = fmt.Errorf("%s: holds a %T and no list, so the message is not kept", flashesKey, value)
		return
	}
	err = s.appendFlash(flashes, taggedjson.Tuple{name, message})
}

// appendFlash puts one more behind those that are there. It encodes the new one
// alone: a form may flash a message for each of its many fields.
func (s *Session) appendFlash(flashes []any, flash taggedjson.Tuple) error {
	if len(flashes) == 0 {
		return s.set(flashesKey, []any{flash})
	}
	if err := s.change(); err != nil {
		return fmt.Errorf("%s: %w", flashesKey, err)
	}
	encoded, err := s.codec.Append(nil, flash)
	if err != nil {
		return taggedjson.Within(flashesKey, err)
	}
	raw := s.raw(flashesKey)
	if s.flash == nil {
		s.flash = new(flashState)
	}
	if own := s.flash.raw; len(own) == 0 || &raw[0] != &own[0] { // it is another's memory
		raw = bytes.Clone(raw)
	}
	raw = append(append(append(raw[:len(raw)-1], ','), encoded...), ']')
	s.flash.raw = raw
	s.put(slot{key: flashesKey, raw: raw, views: []view{{append(flashes, flash), raw, true}}})
	s.mark()
	return nil
}

// Flashes returns the messages that earlier requests flashed, or of those only
// the ones in the given categories, and removes them all from the session. In
// one request it returns the same messages each time; those flashed after the
// first call wait for the next request. It follows flask/helpers.py
// get_flashed_messages.
func (s *Session) Flashes(categories ...string) []Flash {
	var err error
	s.touch()
	defer s.done(&err)
	flashes, err := s.takeFlashes()
	var wanted []Flash
	for _, flash := range flashes {
		if len(categories) == 0 || slices.Contains(categories, flash.Category) {
			wanted = append(wanted, flash)
		}
	}
	return wanted
}

// takeFlashes takes the messages out of the session, once in a request.
func (s *Session) takeFlashes() ([]Flash, error) {
	if s.flash == nil {
		s.flash = new(flashState)
	}
	if s.flash.taken {
		return s.flash.flashes, nil
	}
	value, ok, err := s.lookup(flashesKey)
	if err == nil {
		err = s.remove(flashesKey)
	}
	if err != nil {
		return nil, err
	}
	s.flash.taken = true
	list, isList := value.([]any)
	if ok && !isList {
		return nil, fmt.Errorf("%s: holds a %T and no list of messages", flashesKey, value)
	}
	for i, item := range list {
		if flash, ok := flashOf(item); ok {
			s.flash.flashes = append(s.flash.flashes, flash)
		} else {
			err = errors.Join(err, fmt.Errorf("%s[%d]: is no pair of a category and a message", flashesKey, i))
		}
	}
	return s.flash.flashes, err
}

// flashOf takes a flashed message apart. Python code may give it a category that
// is no string: None, or a member of an enumeration.
func flashOf(item any) (flash Flash, ok bool) {
	category, message, ok := pair(item)
	if !ok {
		return Flash{}, false
	}
	switch category := category.(type) {
	case nil:
		return Flash{"", message}, true
	case string:
		return Flash{category, message}, true
	}
	return Flash{fmt.Sprint(category), message}, true
}
