package taggedjson

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A field is a struct field that is a member of the object that the struct is
// written as.
type field struct {
	name      string
	index     []int
	omitEmpty bool
	omitZero  bool
	tagged    bool // the name is from a json tag
}

// fieldCache has the fields of each struct type, ordered by name.
var fieldCache sync.Map // :: reflect.Type → []field

func fieldsOf(t reflect.Type) []field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]field)
	}
	f, _ := fieldCache.LoadOrStore(t, findFields(t))
	return f.([]field)
}

// findFields collects the fields of t and, level by level, of the structs embedded
// in it. Of several fields of one name the least deep counts, then the one with a
// tag; if there are still several, none does: the rules of encoding/json.
func findFields(t reflect.Type) []field {
	type level struct {
		t     reflect.Type
		index []int
	}
	var found []field
	taken := make(map[string]bool)
	seen := map[reflect.Type]bool{t: true}
	for current := []level{{t, nil}}; len(current) > 0; {
		var next []level
		candidates := make(map[string][]field)
		for _, l := range current {
			for i := range l.t.NumField() {
				sf := l.t.Field(i)
				tag := sf.Tag.Get("json")
				if tag == "-" {
					continue
				}
				name, options, _ := strings.Cut(tag, ",")
				index := append(slices.Clip(l.index), i)
				if embedded, ok := embeddedStruct(sf); ok && name == "" {
					if !seen[embedded] {
						next = append(next, level{embedded, index})
					}
					continue
				}
				if !sf.IsExported() {
					continue
				}
				f := field{name: name, index: index, tagged: name != ""}
				if name == "" {
					f.name = sf.Name
				}
				for option := range strings.SplitSeq(options, ",") {
					f.omitEmpty = f.omitEmpty || option == "omitempty"
					f.omitZero = f.omitZero || option == "omitzero"
				}
				candidates[f.name] = append(candidates[f.name], f)
			}
		}
		for name, fields := range candidates {
			if taken[name] {
				continue
			}
			taken[name] = true
			if len(fields) > 1 {
				fields = slices.DeleteFunc(fields, func(f field) bool { return !f.tagged })
			}
			if len(fields) == 1 {
				found = append(found, fields[0])
			}
		}
		for _, l := range next {
			seen[l.t] = true
		}
		current = next
	}
	slices.SortFunc(found, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return found
}

// embeddedStruct returns the struct that the field embeds, by itself or by a pointer
// that reflection may set.
func embeddedStruct(sf reflect.StructField) (reflect.Type, bool) {
	t := sf.Type
	if t.Kind() == reflect.Pointer && sf.IsExported() {
		t = t.Elem()
	}
	return t, sf.Anonymous && t.Kind() == reflect.Struct && t != timeType && t != bigIntType
}

// structMembers returns the members of the object that v is written as. A struct
// that has fields but none to write is an error: nothing of it would be kept.
func structMembers(v reflect.Value) ([]member, error) {
	fields := fieldsOf(v.Type())
	if len(fields) == 0 && v.NumField() > 0 {
		return nil, cannotKeep(v.Type().String() + ", which has no exported field,")
	}
	members := make([]member, 0, len(fields))
	for _, f := range fields {
		fv, err := v.FieldByIndexErr(f.index)
		if err != nil || f.omitEmpty && isEmpty(fv) || f.omitZero && isZero(fv) {
			continue // an error: within an embedded pointer that is nil
		}
		members = append(members, member{f.name, fv.Interface()})
	}
	return members, nil
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok && !(v.Kind() == reflect.Pointer && v.IsNil()) {
		return z.IsZero()
	}
	return v.IsZero()
}
