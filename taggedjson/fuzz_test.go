package taggedjson

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// addSeeds adds the documents of the vectors but the long ones, which hold the
// fuzzer up.
func addSeeds(f *testing.F) {
	add := func(json string) {
		if len(json) < 400 {
			f.Add([]byte(json))
		}
	}
	v := readVectors(f)
	for _, row := range v.Write {
		add(row.JSON)
	}
	for _, row := range v.Read {
		add(row.JSON)
	}
	for _, s := range benchSessions {
		add(s.json)
	}
}

// What is read is written as Flask would write it; that is read as an equal value,
// which is written the same.
func FuzzUnmarshal(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var codec Codec
		v, err := codec.Unmarshal(data)
		if err != nil {
			if v != nil {
				t.Errorf("a value beside the error: %v", v)
			}
			return
		}
		first, err := codec.Append(nil, v)
		if err != nil {
			// Read but not written: what is too deep, and what an offset moves out of the years.
			if !errors.Is(err, errWriteDepth) && !strings.Contains(err.Error(), "a date in the year") {
				t.Fatalf("writing what was read: %v", err)
			}
			return
		}
		for _, c := range first {
			if c < 0x20 || c > 0x7e {
				t.Fatalf("wrote %q, which is not printable ASCII", first)
			}
		}
		back, err := codec.Unmarshal(first)
		if err != nil {
			t.Fatalf("reading %s: %v", first, err)
		}
		if second, err := codec.Append(nil, back); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("wrote %s, then %s, %v", first, second, err)
		}
	})
}

// AppendSpans accepts what Unmarshal accepts, and refuses what it refuses but for
// the values of tags. Its spans, joined again, are a document of the same value.
func FuzzAppendSpans(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var codec Codec
		v, err := codec.Unmarshal(data)
		spans, spansErr := AppendSpans(nil, data)
		var syntax *syntaxError
		wellFormed := spansErr == nil || spansErr == ErrNotObject
		if err == nil && !wellFormed || wellFormed && errors.As(err, &syntax) {
			t.Fatalf("AppendSpans: %v, Unmarshal: %v", spansErr, err)
		}
		if spansErr != nil {
			return
		}
		joined := []byte{'{'}
		for i, s := range spans {
			if i > 0 {
				joined = append(joined, ',')
			}
			key, value := data[s.KeyStart:s.KeyEnd], data[s.ValueStart:s.ValueEnd]
			if _, err := UnquoteKey(key); err != nil {
				t.Fatalf("key %q: %v", key, err)
			}
			v, err := codec.Unmarshal(value)
			if errors.As(err, &syntax) {
				t.Fatalf("value %q: %v", value, err)
			}
			if same, sameErr := codec.NewDecoder(data).Value(s); (sameErr == nil) != (err == nil) || fmt.Sprintf("%#v", same) != fmt.Sprintf("%#v", v) {
				t.Fatalf("value %q: %#v, %v, and by a Decoder %#v, %v", value, v, err, same, sameErr)
			}
			joined = append(joined, '"')
			joined = append(joined, key...)
			joined = append(joined, '"', ':')
			joined = append(joined, value...)
		}
		joined = append(joined, '}')
		back, joinedErr := codec.Unmarshal(joined)
		if (joinedErr == nil) != (err == nil) {
			t.Fatalf("%q joined again is %q: %v, %v", data, joined, err, joinedErr)
		}
		if err == nil {
			first, err1 := codec.Append(nil, v)
			second, err2 := codec.Append(nil, back)
			if !bytes.Equal(first, second) || (err1 == nil) != (err2 == nil) {
				t.Fatalf("%q joined again is %q", data, joined)
			}
		}
	})
}

// Whatever the variable, reading into it does not panic.
func FuzzUnmarshalTo(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var codec Codec
		for _, ptr := range []any{new(string), new(int64), new(int8), new(uint), new(bool), new(float32), new([]byte), new(UUID), new(ulid), new(Tuple), new([]string), new([3]int), new(map[string]int), new(map[int8]any), new(item), new(*cycle), new(level), new(any)} {
			if err := codec.UnmarshalTo(data, ptr); err == nil {
				if _, err := codec.Unmarshal(data); err != nil {
					t.Fatalf("into %T: no error; Unmarshal: %v", ptr, err)
				}
			}
		}
	})
}

// A date is nil or a time that is written and read as itself.
func FuzzParseDate(f *testing.F) {
	for _, row := range readVectors(f).Dates {
		f.Add(row.Text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		date, err := parseDate(s)
		if err != nil {
			return
		}
		text, err := appendDate(nil, date)
		if err != nil {
			t.Skip("at the edge of the year 9999 or 100, moved by its offset")
		}
		if back, err := parseDate(string(text)); err != nil || !back.Equal(date) {
			t.Errorf("%q is %v, read back as %v", s, date, back)
		}
	})
}
