package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/taggedjson"
)

// A node is a value of a payload with the types that it has in Python and Go.
type node struct {
	Key    string `json:"key,omitempty"` // in a dict
	Python string `json:"python"`
	Go     string `json:"go"`
	Value  any    `json:"value,omitempty"` // unless there are Items
	Items  []node `json:"items,omitempty"`
	About  string `json:"about,omitempty"` // what a well-known key is for

	text string // the value, for people
}

// unreadable is the type of a value that can't be decoded.
const unreadable = "unreadable"

// nodeOf returns the payload of a token. A value that can't be decoded stands in
// it as the JSON that it is.
func nodeOf(payload []byte) (node, error) {
	session, err := costrel.ParseSession(payload, nil)
	if err != nil { // no session: a token of another kind
		var codec taggedjson.Codec
		value, err := codec.Unmarshal(payload)
		if err != nil {
			return node{}, err
		}
		return nodeOfValue(value), nil
	}
	top := node{Python: "dict", Go: "*costrel.Session", text: "empty dict"}
	for key := range session.Keys() {
		var member node
		raw, _ := session.Raw(key)
		var codec taggedjson.Codec
		if value, err := codec.Unmarshal(raw); err == nil {
			member = nodeOfValue(value)
		} else {
			member = node{Python: unreadable, Go: "error", Value: string(raw), text: printable(raw) + ": " + err.Error()}
		}
		member.Key, member.About = key, about(key, member)
		top.Items = append(top.Items, member)
	}
	return top, nil
}

func nodeOfValue(value any) node {
	switch v := value.(type) {
	case nil:
		return node{Python: "None", Go: "nil", text: "None"}
	case bool:
		return node{Python: "bool", Go: "bool", Value: v, text: map[bool]string{true: "True", false: "False"}[v]}
	case string:
		return node{Python: "str", Go: "string", Value: v, text: strconv.Quote(v)}
	case int64:
		return node{Python: "int", Go: "int64", Value: v, text: strconv.FormatInt(v, 10)}
	case *big.Int:
		return node{Python: "int", Go: "*big.Int", Value: json.Number(v.String()), text: v.String()}
	case float64:
		n := node{Python: "float", Go: "float64", Value: v, text: floatText(v)}
		if math.IsNaN(v) || math.IsInf(v, 0) { // JSON has none
			n.Value = n.text
		}
		return n
	case []byte:
		return node{Python: "bytes", Go: "[]byte", Value: base64.StdEncoding.EncodeToString(v), text: "b" + printable(v)}
	case template.HTML:
		return node{Python: "Markup", Go: "template.HTML", Value: string(v), text: strconv.Quote(string(v))}
	case taggedjson.UUID:
		return node{Python: "UUID", Go: "taggedjson.UUID", Value: v.String(), text: v.String()}
	case time.Time:
		return node{Python: "datetime", Go: "time.Time", Value: v.Format(time.RFC3339), text: v.Format(time.RFC3339)}
	case taggedjson.Tuple:
		return nodeOfItems("tuple", "taggedjson.Tuple", v)
	case []any:
		return nodeOfItems("list", "[]any", v)
	case map[string]any:
		n := nodeOfItems("dict", "map[string]any", nil)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			item := nodeOfValue(v[key])
			item.Key = key
			n.Items = append(n.Items, item)
		}
		return n
	}
	return node{Python: "?", Go: fmt.Sprintf("%T", value), text: "?"}
}

func nodeOfItems(python, goType string, items []any) node {
	n := node{Python: python, Go: goType, text: "empty " + python}
	for _, item := range items {
		n.Items = append(n.Items, nodeOfValue(item))
	}
	return n
}

// printable quotes text so that nothing in it reaches the terminal as a command.
func printable(text []byte) string { return strconv.Quote(string(text)) }

// floatText writes f as Python does.
func floatText(f float64) string {
	text, err := (*taggedjson.Codec)(nil).Append(nil, f)
	if err != nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return string(text)
}

// about says what a well-known key of a session is for.
func about(key string, value node) string {
	switch key {
	case "_user_id":
		return "Flask-Login: who is logged in"
	case "_fresh":
		if value.Value == true {
			return "Flask-Login: logged in with a password in this session"
		}
		return "Flask-Login: logged in by a remember-me cookie, or from another browser or address"
	case "_id":
		return "Flask-Login: hash of the client's address and browser"
	case "_remember", "_remember_seconds":
		return "Flask-Login: the remember-me cookie that the next response sets or clears"
	case "csrf_token":
		return "Flask-WTF: what the tokens in forms are compared with"
	case "_flashes":
		return "Flask: messages for the next page, each a category and a text"
	case "_permanent":
		if value.Value == true {
			return "Flask: outlives the browser's session"
		}
		return "Flask: ends with the browser's session"
	case "identity.id", "identity.auth_type":
		return "Flask-Principal: who is logged in"
	}
	if strings.HasSuffix(key, "_oauth_token") {
		return "Flask-Dance: an access token, which the user can read here"
	}
	return ""
}
