package costrel

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/costrel/costrel/taggedjson"
)

// A slot is a value that was set, deleted, or handed out in a form that can be
// changed in place, unless a loan will do.
type slot struct {
	key   string
	raw   []byte // as it was encoded last; nil if the key was deleted
	views []view // what was handed out or taken in of it
	told  bool   // that a view cannot be encoded
	late  bool   // a view was changed since the session was saved
}

// A view is a Go value of a slot's that may be changed in place.
type view struct {
	value  any
	seen   []byte // what it was encoded as last
	native bool   // it is what Get returns
}

// A loan is what Get returned of a member of the document, where that can be
// changed in place. It costs less than a slot, since the member tells what it
// was: a document that was given back is made again with the same members. It
// becomes a slot once it was changed, or Raw or a Key reads it. A key has a slot
// or a loan, not both.
type loan struct {
	value  any // nil if there is none
	member int // of the document
}

// loans are as many as most sessions need. What is handed out beyond has slots.
type loans [4]loan

// lookup decodes the value of key. One that can be changed in place is kept,
// so that the next call returns the same and a change is noticed.
func (s *Session) lookup(key string) (value any, ok bool, err error) {
	if held := s.slot(key); held != nil {
		return s.lookupSlot(held)
	}
	member, ok := s.doc.find(key)
	if !ok {
		return nil, false, nil
	}
	if lent := s.loan(member); lent != nil {
		return lent.value, true, nil
	}
	value, err = s.doc.decode(s.codec, member)
	if err != nil {
		return nil, false, taggedjson.Within(key, err)
	}
	if mutable(value) && !s.lendMember(member, value) {
		s.lend(key, view{value, s.doc.raw(member), true})
	}
	return value, true, nil
}

func (s *Session) lookupSlot(held *slot) (value any, ok bool, err error) {
	for _, view := range held.views {
		if view.native {
			return view.value, true, nil
		}
	}
	if err = s.refresh(held); held.raw == nil || err != nil {
		return nil, false, err
	}
	value, err = s.codec.Unmarshal(held.raw)
	if err != nil {
		return nil, false, taggedjson.Within(held.key, err)
	}
	if mutable(value) {
		s.lend(held.key, view{value, held.raw, true})
	}
	return value, true, nil
}

// lend notes that a view, just decoded, is in the hands of others now.
func (s *Session) lend(key string, lent view) {
	lent.seen = bytes.Clone(lent.seen) // a document may be given back
	held := s.claim(key)
	if held == nil {
		held = s.add(slot{key: key, raw: lent.seen})
	}
	held.views = append(held.views, lent)
}

// lendMember is lend for the value of a member that has no slot. It reports
// whether there was room for the loan.
func (s *Session) lendMember(member int, value any) bool {
	if s.loans == nil {
		s.loans = new(loans)
	}
	for i := range s.loans {
		if s.loans[i].value == nil {
			s.loans[i] = loan{value, member}
			return true
		}
	}
	return false
}

// loan returns the loan of a member of the document, or nil.
func (s *Session) loan(member int) *loan {
	if s.loans == nil {
		return nil
	}
	for i := range s.loans {
		if lent := &s.loans[i]; lent.value != nil && lent.member == member {
			return lent
		}
	}
	return nil
}

// claim is slot, but makes one of a loan: for who does more than Get.
func (s *Session) claim(key string) *slot {
	held := s.slot(key)
	if held == nil {
		if lent := s.loanOf(key); lent != nil {
			return s.settle(lent)
		}
	}
	return held
}

func (s *Session) loanOf(key string) *loan {
	if s.loans == nil {
		return nil
	}
	if member, ok := s.doc.find(key); ok {
		return s.loan(member)
	}
	return nil
}

// settle makes a slot of a loan.
func (s *Session) settle(lent *loan) *slot {
	raw := bytes.Clone(s.doc.raw(lent.member)) // a document may be given back
	held := s.add(slot{key: s.doc.key(s.doc.spans[lent.member]), raw: raw, views: []view{{lent.value, raw, true}}})
	*lent = loan{}
	return held
}

// settleChanged makes slots of the loans that may have been changed in place.
func (s *Session) settleChanged() {
	if s.loans == nil {
		return
	}
	for i := range s.loans {
		if lent := &s.loans[i]; lent.value != nil && !s.codec.Holds(s.doc.raw(lent.member), lent.value) {
			s.settle(lent)
		}
	}
}

func (s *Session) set(key string, value any) error {
	raw, err := s.codec.Append(nil, value)
	if err != nil {
		return taggedjson.Within(key, err)
	}
	if mutable(value) {
		return s.write(key, raw, view{value, raw, native(value)})
	}
	return s.write(key, raw)
}

// write gives key a value that is encoded already.
func (s *Session) write(key string, raw []byte, views ...view) error {
	err := s.change()
	if err == nil && !plain(key) {
		_, err = taggedjson.AppendString(nil, key)
	}
	if err != nil {
		return taggedjson.Within(key, err)
	}
	s.put(slot{key: key, raw: raw, views: views})
	s.mark()
	return nil
}

func (s *Session) remove(key string) error {
	if s.raw(key) == nil {
		return nil
	}
	if err := s.change(); err != nil {
		return taggedjson.Within(key, err)
	}
	s.put(slot{key: key})
	s.mark()
	return nil
}

// slot returns what was written or handed out of key, or nil. It is good until
// the next one is put.
func (s *Session) slot(key string) *slot {
	if len(s.slots) > many {
		if i, ok := s.places[key]; ok {
			return &s.slots[i]
		}
		return nil
	}
	for i := range s.slots {
		if s.slots[i].key == key {
			return &s.slots[i]
		}
	}
	return nil
}

func (s *Session) put(written slot) {
	if held := s.slot(written.key); held != nil {
		*held = written
		return
	}
	if lent := s.loanOf(written.key); lent != nil {
		*lent = loan{} // its value is nobody's any more
	}
	s.add(written)
}

// many is how many keys are looked at one by one. Beyond, there are faster ways
// that cost more to set up: what a client sends may become ten thousand keys.
const many = 16

// add puts a slot of a new key behind the others.
func (s *Session) add(added slot) *slot {
	s.slots = append(s.slots, added)
	last := len(s.slots) - 1
	switch {
	case last == many:
		s.index()
	case last > many:
		s.places[added.key] = last
	}
	return &s.slots[last]
}

// index notes where each slot is, if there are many.
func (s *Session) index() {
	if len(s.slots) <= many {
		return
	}
	s.places = make(map[string]int, len(s.slots))
	for i := range s.slots {
		s.places[s.slots[i].key] = i
	}
}

// raw returns the value of key as it was encoded last, nil if there is none.
func (s *Session) raw(key string) []byte {
	if held := s.slot(key); held != nil {
		return held.raw
	}
	return s.doc.value(key)
}

// current returns the value of key as it is now, nil if there is none.
func (s *Session) current(key string) ([]byte, error) {
	if held := s.claim(key); held != nil {
		err := s.refresh(held)
		return held.raw, err
	}
	return s.raw(key), nil
}

var errTwoViews = errors.New("was changed in place as two Go types, and only one of the changes is kept")

// refresh encodes again what may have been changed in place. If it was not, raw
// stays as it is: a spelling that is not ours, or the members of an object that
// its Go type does not have.
func (s *Session) refresh(held *slot) (err error) {
	var d *desk
	changed := false
	for i := range held.views {
		view := &held.views[i]
		if s.codec.Holds(view.seen, view.value) {
			continue
		}
		if d == nil {
			d = desks.Get().(*desk)
			defer d.clear()
		}
		now, failed := s.codec.Append(d.payload[:0], view.value)
		d.payload = now
		switch {
		case failed != nil:
			if !reflect.DeepEqual(view.value, s.decode(view)) {
				err = errors.Join(err, taggedjson.Within(held.key, failed))
			}
			continue
		case bytes.Equal(now, view.seen), bytes.Equal(now, held.raw), bytes.Equal(now, s.recode(view)):
			continue
		case !bytes.Equal(view.seen, held.raw):
			err = errors.Join(err, taggedjson.Within(held.key, errTwoViews))
		}
		view.seen, changed = bytes.Clone(now), true
		held.raw = view.seen
	}
	s.modified = s.modified || changed
	held.late = held.late || changed && s.committed
	return err
}

// recode encodes again what a view was seen as; nil if that does not decode
// into the view's type.
func (s *Session) recode(v *view) []byte {
	value := s.decode(v)
	if value == nil {
		return nil
	}
	again, _ := s.codec.Append(nil, value)
	return again
}

func (s *Session) decode(v *view) any {
	if v.native {
		value, _ := s.codec.Unmarshal(v.seen)
		return value
	}
	typed := reflect.New(reflect.TypeOf(v.value))
	if s.codec.UnmarshalTo(v.seen, typed.Interface()) != nil {
		return nil
	}
	return typed.Elem().Interface()
}

// refreshAll notices every change in place, and names the keys of those that
// came too late. Of a value that cannot be encoded it tells once.
func (s *Session) refreshAll() (late []string, err error) {
	s.settleChanged()
	var errs []error
	for i := range s.slots {
		held := &s.slots[i]
		err := s.refresh(held)
		if held.late {
			late = append(late, shown(held.key))
		}
		if err != nil && !held.told {
			errs = append(errs, err)
		}
		held.told = err != nil
	}
	return late, errors.Join(errs...)
}

// An outcome is what saving a session comes to.
type outcome uint8

const (
	leave  outcome = iota // the browser's cookie stays as it is
	write                 // it gets a new one
	remove                // it is told to forget the one it has
)

// outcome tells what saving the session comes to, and whether it was accessed.
// It follows flask/sessions.py save_session.
func (s *Session) outcome(refresh bool) (o outcome, accessed bool) {
	var err error
	s.lock()
	defer s.done(&err)
	_, err = s.refreshAll()
	switch empty := s.len() == 0; {
	case empty && s.modified:
		o = remove
	case !empty && (s.modified || refresh && s.permanent()):
		o = write
	}
	return o, s.accessed
}

func (s *Session) permanent() bool {
	switch raw := s.raw(permanentKey); string(raw) {
	case "", "false":
		return false
	case "true":
		return true
	default:
		value, err := s.codec.Unmarshal(raw)
		return err == nil && truthy(value)
	}
}

// truthy is Python's bool() of what a cookie can hold.
func truthy(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Bool, reflect.Int64, reflect.Float64:
		return !v.IsZero()
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0
	}
	return true
}

func (s *Session) len() int {
	n := len(s.doc.spans)
	for i := range s.slots {
		held := &s.slots[i]
		if _, ok := s.doc.find(held.key); ok {
			n--
		}
		if held.raw != nil {
			n++
		}
	}
	return n
}

// keys returns the keys, sorted by code point, in room if they fit.
func (s *Session) keys(room []string) []string {
	keys := slices.Grow(room[:0], len(s.doc.spans)+len(s.slots))
	s.doc.decodeMuch(s.codec)
	for _, span := range s.doc.spans {
		if key := s.doc.key(span); s.slot(key) == nil {
			keys = append(keys, key)
		}
	}
	for i := range s.slots {
		if s.slots[i].raw != nil {
			keys = append(keys, s.slots[i].key)
		}
	}
	if len(s.slots) > 0 {
		slices.Sort(keys) // by bytes, which is by code point
	}
	return keys
}

// largest names the keys whose values take the most bytes, for an error.
func (s *Session) largest() string {
	s.lock()
	defer s.mu.Unlock()
	keys := s.keys(nil)
	slices.SortStableFunc(keys, func(a, b string) int { return len(s.raw(b)) - len(s.raw(a)) })
	var text []string
	for _, key := range keys[:min(3, len(keys))] {
		text = append(text, fmt.Sprintf("%s (%d bytes)", shown(key), len(s.raw(key))))
	}
	return strings.Join(text, ", ")
}

// shown returns key as an error may show it, which a client may have chosen: on
// one line, and not all of it if it is long.
func shown(key string) string {
	const most = 60
	if plain(key) && len(key) <= most {
		return key
	}
	return fmt.Sprintf("%+.*q", most, key)
}

// plain reports whether a JSON string spells s as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// mutable reports whether value can be changed in place.
func mutable(value any) bool {
	switch value.(type) {
	case nil, bool, string, int, int64, float64, time.Time, taggedjson.UUID:
		return false
	}
	return mutableType(reflect.TypeOf(value))
}

// native reports whether value's type is one that Flask's tags decode into.
func native(value any) bool {
	switch value.(type) {
	case map[string]any, []any, taggedjson.Tuple, []byte, *big.Int:
		return true
	}
	return false
}

func mutableType(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
		return true
	case reflect.Array:
		return mutableType(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if t != reflect.TypeFor[time.Time]() && mutableType(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
