package taggedjson

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"math"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var vectorsFile = flag.String("vectors", "testdata/vectors.json", "`file` made by testdata/make_vectors.py")

// vectors are values and documents with what Flask made of them.
type vectors struct {
	Write []struct {
		Name  string
		Value json.RawMessage
		JSON  string
	}
	Floats []struct{ Bits, JSON string }
	Read   []struct {
		Name, JSON, Hex string
		Value           json.RawMessage // what Python read
		Error           string          // or its exception
		Strict          string          // why Go refuses it all the same
	}
	Dates []struct {
		Text  string
		Value []int64 // Unix seconds, offset in seconds; nil for None
		Error string  // Python's exception
	}
	Custom []struct{ Name, JSON string }
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile(*vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// describe describes a value as make_vectors.py does.
func describe(t testing.TB, v any) []any {
	t.Helper()
	items := func(list []any) []any {
		out := make([]any, len(list))
		for i, item := range list {
			out[i] = describe(t, item)
		}
		return out
	}
	switch v := v.(type) {
	case nil:
		return []any{"none"}
	case bool:
		return []any{"bool", v}
	case int64:
		return []any{"int", strconv.FormatInt(v, 10)}
	case *big.Int:
		if v.IsInt64() {
			t.Errorf("%v is a *big.Int, want an int64", v)
		}
		return []any{"int", v.String()}
	case float64:
		return []any{"float", fmt.Sprintf("%016x", math.Float64bits(v)&^(b2u(math.IsNaN(v))))}
	case string:
		return []any{"str", hex.EncodeToString([]byte(v))}
	case template.HTML:
		return []any{"markup", hex.EncodeToString([]byte(v))}
	case []byte:
		return []any{"bytes", hex.EncodeToString(v)}
	case UUID:
		return []any{"uuid", hex.EncodeToString(v[:])}
	case time.Time:
		_, offset := v.Zone()
		return []any{"datetime", []any{v.Unix(), offset}}
	case []any:
		return []any{"list", items(v)}
	case Tuple:
		return []any{"tuple", items(v)}
	case map[string]any:
		members := make([]any, 0, len(v))
		for k, item := range v {
			members = append(members, []any{hex.EncodeToString([]byte(k)), describe(t, item)})
		}
		slices.SortFunc(members, func(a, b any) int { return strings.Compare(a.([]any)[0].(string), b.([]any)[0].(string)) })
		return []any{"dict", members}
	}
	t.Fatalf("value of type %T", v)
	return nil
}

// b2u returns the bit in which Go's NaN differs from Python's.
func b2u(nan bool) uint64 {
	if nan {
		return 1
	}
	return 0
}

// build makes the value that a description describes.
func build(t testing.TB, description json.RawMessage) any {
	t.Helper()
	var parts []json.RawMessage
	get := func(data json.RawMessage, v any) {
		if err := json.Unmarshal(data, v); err != nil {
			t.Fatalf("description %s: %v", data, err)
		}
	}
	get(description, &parts)
	var kind, s string
	get(parts[0], &kind)
	unhex := func() []byte {
		get(parts[1], &s)
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	list := func() []any {
		var items []json.RawMessage
		get(parts[1], &items)
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = build(t, item)
		}
		return out
	}
	switch kind {
	case "none":
		return nil
	case "bool":
		var b bool
		get(parts[1], &b)
		return b
	case "int":
		get(parts[1], &s)
		return parseInteger([]byte(s))
	case "float":
		get(parts[1], &s)
		n, err := strconv.ParseUint(s, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return math.Float64frombits(n)
	case "str":
		return string(unhex())
	case "markup":
		return template.HTML(unhex())
	case "bytes":
		return unhex()
	case "uuid":
		return UUID(unhex())
	case "datetime":
		var n [2]int64
		get(parts[1], &n)
		return time.Unix(n[0], 0).UTC()
	case "list":
		return list()
	case "tuple":
		return Tuple(list())
	case "dict":
		var members [][2]json.RawMessage
		get(parts[1], &members)
		m := make(map[string]any)
		for _, member := range members {
			parts = []json.RawMessage{nil, member[0]}
			m[string(unhex())] = build(t, member[1])
		}
		return m
	}
	t.Fatalf("description of a %q", kind)
	return nil
}

func compact(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestVectorsWrite(t *testing.T) {
	var codec Codec
	for _, v := range readVectors(t).Write {
		value := build(t, v.Value)
		got, err := codec.Append(nil, value)
		if err != nil || string(got) != v.JSON {
			t.Errorf("%s: wrote %.300s, %v; Flask writes %.300s", v.Name, got, err, v.JSON)
		}
		back, err := codec.Unmarshal([]byte(v.JSON))
		if err != nil {
			t.Errorf("%s: reading: %v", v.Name, err)
			continue
		}
		// Halves of a pair that stand side by side are joined by reading, in Python too.
		if got, want := compact(t, describe(t, back)), compact(t, v.Value); got != want && !strings.Contains(v.Name, "half of a surrogate pair") {
			t.Errorf("%s: read back %.300s, want %.300s", v.Name, got, want)
		}
	}
}

func TestVectorsFloats(t *testing.T) {
	var codec Codec
	for _, v := range readVectors(t).Floats {
		n, err := strconv.ParseUint(v.Bits, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		f := math.Float64frombits(n)
		got, err := codec.Append(nil, f)
		if err != nil || string(got) != v.JSON {
			t.Errorf("wrote %s, %v; Flask writes %s", got, err, v.JSON)
		}
		back, err := codec.Unmarshal(got)
		if g, ok := back.(float64); err != nil || !ok || g != f && !math.IsNaN(f) || math.Signbit(g) != math.Signbit(f) {
			t.Errorf("%s: read back %v, %v", v.JSON, back, err)
		}
	}
}

func TestVectorsRead(t *testing.T) {
	var codec Codec
	random, strict := *vectorsFile != flag.Lookup("vectors").DefValue, 0
	for _, v := range readVectors(t).Read {
		data := []byte(v.JSON)
		if v.Hex != "" {
			data, _ = hex.DecodeString(v.Hex)
		}
		got, err := codec.Unmarshal(data)
		_, spansErr := AppendSpans(nil, data)
		var syntax *syntaxError
		malformed := errors.As(err, &syntax)
		if random && v.Value != nil && err != nil && !malformed {
			strict++ // the value of a tag that Flask would not write
		} else if v.Value == nil || v.Strict != "" {
			if err == nil {
				t.Errorf("%s: Go reads %.300s as %v; want an error (Python: %s) %s", v.Name, data, got, v.Error, v.Strict)
			}
		} else {
			if err != nil {
				t.Errorf("%s: %.300q: %v; Python reads %.300s", v.Name, data, err, v.Value)
				continue
			}
			if got, want := compact(t, describe(t, got)), compact(t, v.Value); got != want {
				t.Errorf("%s: %.300s is read as %.300s, by Python as %.300s", v.Name, data, got, want)
			}
		}
		// AppendSpans refuses the same JSON, and nothing for its tags.
		if spansMalformed := errors.As(spansErr, &syntax); malformed && !spansMalformed || spansMalformed && err == nil {
			t.Errorf("%s: AppendSpans: %v, Unmarshal: %v", v.Name, spansErr, err)
		}
	}
	if random {
		t.Logf("%d documents with a tag's value that only Python reads", strict)
	}
}

func TestVectorsDates(t *testing.T) {
	for _, v := range readVectors(t).Dates {
		got, err := parseDate(v.Text)
		if (err == nil) != (v.Value != nil) || (err == errDateRange) != (v.Error != "") {
			t.Errorf("%q: read as %v, %v; by Python as %v %s", v.Text, got, err, v.Value, v.Error)
			continue
		}
		if _, offset := got.Zone(); err == nil && (got.Unix() != v.Value[0] || int64(offset) != v.Value[1]) {
			t.Errorf("%q: read as %v, by Python as %v", v.Text, got, v.Value)
		}
	}
}
