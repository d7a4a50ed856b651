package costrel

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/costrel/costrel/taggedjson"
)

// ErrNoValue is the error of [Key.Decode] where the session has no value of
// the key.
var ErrNoValue = errors.New("the session has no such value")

// A Key is the name of a value in a session together with its Go type:
//
//	var UserID = costrel.Key[int64]("user_id")
//
//	UserID.Set(session, 12345)
//	id, ok := UserID.Get(session)
//
// T is anything that package taggedjson decodes into: numbers, strings, slices,
// maps, structs by their json tags. An integer fits any integer type that can
// hold it, and is never truncated. A struct that is set, or changed in place,
// writes the members that it has, and drops what else the value held: where
// others keep more in it, use a map.
type Key[T any] string

// Get returns the value, and whether there is one that T can hold. The error
// of one that T can't hold is Decode's to tell.
func (k Key[T]) Get(s *Session) (T, bool) {
	value, err := k.Decode(s)
	return value, err == nil
}

// Or returns the value, or otherwise if there is none that T can hold.
func (k Key[T]) Or(s *Session, otherwise T) T {
	if value, ok := k.Get(s); ok {
		return value
	}
	return otherwise
}

// Decode returns the value, or an error: [ErrNoValue], or one that names the
// key and says why T cannot hold the value.
//
// A value that can be changed in place, such as a slice, is the same on each
// call, and a change to it is noticed when the session is saved. It stays as it
// was handed out if the value is changed as another type: in one request, read
// it as one.
func (k Key[T]) Decode(s *Session) (T, error) {
	s.touch()
	defer s.mu.Unlock()
	return k.read(s)
}

// read is Decode of a session that is locked.
func (k Key[T]) read(s *Session) (T, error) {
	var none T
	if held := s.claim(string(k)); held != nil {
		for _, view := range held.views {
			if value, ok := view.value.(T); ok {
				return value, nil
			}
		}
	}
	raw, err := s.current(string(k))
	if err != nil {
		return none, err
	}
	if raw == nil {
		return none, ErrNoValue
	}
	if value, ok := scalar[T](raw); ok {
		return value, nil
	}
	return k.decode(s, raw)
}

// scalar decodes what most sessions hold, without an allocation. It leaves
// other types, other spellings, and errors, to decode.
func scalar[T any](raw []byte) (value T, ok bool) {
	switch p := any(&value).(type) {
	case *int:
		n, err := strconv.Atoi(string(raw))
		*p = n
		return value, err == nil
	case *int64:
		n, err := strconv.Atoi(string(raw)) // which is twice as fast as ParseInt
		*p = int64(n)
		return value, err == nil
	case *bool:
		*p = string(raw) == "true"
		return value, *p || string(raw) == "false"
	case *string:
		if raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
			*p = string(raw[1 : len(raw)-1])
			return value, true
		}
	}
	return value, false
}

// decode decodes a value of any type. One that can be changed in place is lent.
func (k Key[T]) decode(s *Session, raw []byte) (value T, err error) {
	key := string(k)
	if _, isAny := any(&value).(*any); isAny || native(value) { // it may be what Get returns
		shared, _, _ := s.lookup(key)
		if shared, ok := shared.(T); ok {
			return shared, nil
		}
	}
	if err := s.codec.UnmarshalTo(raw, &value); err != nil {
		var none T
		return none, taggedjson.Within(key, err)
	}
	if mutable(value) {
		s.lend(key, view{value, raw, false})
	}
	return value, nil
}

// Set gives the key a value, as [Session.Set] does.
func (k Key[T]) Set(s *Session, value T) {
	var err error
	s.touch()
	defer s.done(&err)
	if raw := appendScalar(nil, value); raw != nil && s.codec == nil { // no tag of a codec's may want it
		err = s.write(string(k), raw)
		return
	}
	err = s.set(string(k), value)
}

// appendScalar is scalar's twin: it appends what it can, or nothing.
func appendScalar[T any](dst []byte, value T) []byte {
	switch p := any(&value).(type) {
	case *int:
		return strconv.AppendInt(dst, int64(*p), 10)
	case *int64:
		return strconv.AppendInt(dst, *p, 10)
	case *bool:
		return strconv.AppendBool(dst, *p)
	case *string:
		if dst, err := taggedjson.AppendString(dst, *p); err == nil {
			return dst
		}
	}
	return nil
}

// Has reports whether there is a value, of whatever type.
func (k Key[T]) Has(s *Session) bool { return s.Has(string(k)) }

// Delete removes the key, as [Session.Delete] does.
func (k Key[T]) Delete(s *Session) { s.Delete(string(k)) }

// Pop returns what [Key.Get] returns, and removes the key, whatever its type.
func (k Key[T]) Pop(s *Session) (T, bool) {
	var err error
	s.touch()
	defer s.done(&err)
	value, none := k.read(s)
	err = s.remove(string(k))
	return value, none == nil && err == nil
}
