// Package steps is what the tests that compare with Flask share: values with
// their types, and what a handler does to a session, both as
// internal/e2e/oracle.py writes them.
package steps

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/costrel/costrel/taggedjson"
)

// Typed returns a value as the oracle writes it, [type, content], so that
// values are compared with their types. Dicts are sorted by their keys, and
// times in UTC.
func Typed(value any) []any {
	switch v := value.(type) {
	case nil:
		return []any{"null"}
	case bool:
		return []any{"bool", v}
	case int64:
		return []any{"int", strconv.FormatInt(v, 10)}
	case *big.Int:
		if v.IsInt64() {
			panic("a *big.Int that fits an int64: " + v.String())
		}
		return []any{"int", v.String()}
	case float64:
		return []any{"float", strconv.FormatFloat(v, 'g', -1, 64)}
	case string:
		return typedText("str", "wtf8", v)
	case template.HTML:
		return typedText("markup", "markup-wtf8", string(v))
	case []byte:
		return []any{"bytes", base64.StdEncoding.EncodeToString(v)}
	case taggedjson.UUID:
		return []any{"uuid", hex.EncodeToString(v[:])}
	case time.Time:
		return []any{"datetime", v.UTC().Format("2006-01-02T15:04:05+00:00")}
	case taggedjson.Tuple:
		return []any{"tuple", typedList(v)}
	case []any:
		return []any{"list", typedList(v)}
	case map[string]any:
		members := make([]any, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			members = append(members, []any{Typed(key), Typed(v[key])})
		}
		return []any{"dict", members}
	}
	panic(fmt.Sprintf("no value of a session: %T", value))
}

func typedText(plain, surrogates, s string) []any {
	if utf8.ValidString(s) {
		return []any{plain, s}
	}
	return []any{surrogates, base64.StdEncoding.EncodeToString([]byte(s))}
}

func typedList(values []any) []any {
	list := make([]any, 0, len(values))
	for _, v := range values {
		list = append(list, Typed(v))
	}
	return list
}

// Untyped is Typed, reversed.
func Untyped(data json.RawMessage) (any, error) {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return nil, err
	}
	var kind, text string
	if err := json.Unmarshal(pair[0], &kind); err != nil {
		return nil, err
	}
	switch kind {
	case "null":
		return nil, nil
	case "bool":
		var b bool
		return b, json.Unmarshal(pair[1], &b)
	case "tuple", "list":
		var items []json.RawMessage
		if err := json.Unmarshal(pair[1], &items); err != nil {
			return nil, err
		}
		list := make([]any, len(items))
		for i := range items {
			var err error
			if list[i], err = Untyped(items[i]); err != nil {
				return nil, err
			}
		}
		if kind == "tuple" {
			return taggedjson.Tuple(list), nil
		}
		return list, nil
	case "dict":
		var members [][2]json.RawMessage
		if err := json.Unmarshal(pair[1], &members); err != nil {
			return nil, err
		}
		dict := make(map[string]any, len(members))
		for _, member := range members {
			key, err := Untyped(member[0])
			if err != nil {
				return nil, err
			}
			if dict[key.(string)], err = Untyped(member[1]); err != nil {
				return nil, err
			}
		}
		return dict, nil
	}

	if err := json.Unmarshal(pair[1], &text); err != nil {
		return nil, err
	}
	switch kind {
	case "int":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		n, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("no integer: %s", text)
		}
		return n, nil
	case "float":
		return strconv.ParseFloat(text, 64)
	case "str":
		return text, nil
	case "markup":
		return template.HTML(text), nil
	case "wtf8":
		b, err := base64.StdEncoding.DecodeString(text)
		return string(b), err
	case "markup-wtf8":
		b, err := base64.StdEncoding.DecodeString(text)
		return template.HTML(b), err
	case "bytes":
		return base64.StdEncoding.DecodeString(text)
	case "uuid":
		b, err := hex.DecodeString(text)
		return taggedjson.UUID(b), err
	case "datetime":
		return time.Parse(time.RFC3339, text)
	}
	return nil, fmt.Errorf("no such type: %s", kind)
}

// Show returns a value and its types as one line of text, by which values are
// compared.
func Show(value any) string {
	text, err := json.Marshal(Typed(value))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// ShowTyped is Show of what the oracle or an application answered.
func ShowTyped(data json.RawMessage) string {
	value, err := Untyped(data)
	if err != nil {
		return fmt.Sprintf("%s: %v", data, err)
	}
	return Show(value)
}
