package demo

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/itsdangerous"
	"github.com/costrel/costrel/taggedjson"
)

const (
	// lifetime is what a zero Config.Lifetime means.
	lifetime = 31 * 24 * time.Hour

	// limit is how many bytes of a cookie's name and value browsers keep.
	limit = 4096
)

// An anatomy is a session cookie taken apart.
type anatomy struct {
	Name, Payload, Timestamp, Signature string

	JSON       string
	Compressed bool
	Values     []value

	SignedAt, GoodUntil, Expires time.Time // Expires is zero if the browser's end is the cookie's
	TimeBytes, SignatureBytes    string    // in hexadecimal

	Attributes []attribute
	Size       int // of the name and the value
	Limit      int
	Percent    float64
}

// A value is one of the session's, as it is spelled and as what it is read.
type value struct{ Key, JSON, Python, Go string }

type attribute struct{ Name, Value, Meaning string }

// anatomy takes apart the session cookie in the header of a response, or
// returns nil if it has none.
func (a *app) anatomy(h http.Header, session *costrel.Session) *anatomy {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return nil
	}
	cookie, err := http.ParseSetCookie(lines[len(lines)-1])
	if err != nil {
		return nil
	}
	rest, signature, _ := cutLast(cookie.Value)
	payload, timestamp, ok := cutLast(rest)
	if !ok {
		return nil
	}
	json, err := itsdangerous.AppendUnpack(nil, []byte(payload), 0)
	if err != nil {
		return nil
	}
	c := &anatomy{
		Name: cookie.Name, Payload: payload, Timestamp: timestamp, Signature: signature,
		JSON: string(json), Compressed: strings.HasPrefix(payload, "."),
		TimeBytes: hexOf(timestamp), SignatureBytes: hexOf(signature),
		Expires: cookie.Expires, Attributes: attributes(cookie),
		Size: len(cookie.Name) + len(cookie.Value), Limit: limit,
	}
	c.Percent = 100 * float64(c.Size) / limit
	seconds, _ := base64.RawURLEncoding.DecodeString(timestamp)
	c.SignedAt = time.Unix(new(big.Int).SetBytes(seconds).Int64(), 0).UTC()
	c.GoodUntil = c.SignedAt.Add(lifetime)
	if a.config.Lifetime != 0 {
		c.GoodUntil = c.SignedAt.Add(a.config.Lifetime)
	}
	var codec *taggedjson.Codec // Flask's
	for key := range session.Keys() {
		raw, _ := session.Raw(key)
		held, _ := codec.Unmarshal(raw)
		python, golang := types(held)
		c.Values = append(c.Values, value{key, string(raw), python, golang})
	}
	return c
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func hexOf(encoded string) string {
	raw, _ := base64.RawURLEncoding.DecodeString(encoded)
	return fmt.Sprintf("% x", raw)
}

// types returns what Flask and Go read a value as.
func types(v any) (python, golang string) {
	python, golang = taggedjson.PythonType(v), fmt.Sprintf("%T", v)
	switch v := v.(type) {
	case nil:
		return "None", "nil"
	case []byte:
		return python, "[]byte"
	case map[string]any:
		return python, "map[string]any"
	case []any:
		if len(v) == 0 {
			return python, "[]any"
		}
		first, _ := types(v[0])
		for _, item := range v {
			if other, _ := types(item); other != first {
				return python, "[]any"
			}
		}
		return python + "[" + first + "]", "[]any"
	}
	return python, golang
}

func attributes(c *http.Cookie) []attribute {
	list := []attribute{
		{"Path", c.Path, "which pages get it"},
		{"Domain", "this host", "no other host gets it"},
		{"Expires", "with the browser", "unless it is remembered"},
		{"HttpOnly", "no", "JavaScript can read it"},
		{"Secure", "no", "it travels over plain HTTP, too"},
		{"SameSite", "not sent", "which most browsers take for Lax"},
	}
	if c.Domain != "" {
		list[1] = attribute{"Domain", c.Domain, "its subdomains get it, too"}
	}
	if !c.Expires.IsZero() {
		list[2] = attribute{"Expires", c.Expires.UTC().Format("2 January 2006, 15:04:05 MST"), "the browser keeps it until then"}
	}
	if c.HttpOnly {
		list[3] = attribute{"HttpOnly", "yes", "hidden from JavaScript"}
	}
	if c.Secure {
		list[4] = attribute{"Secure", "yes", "over HTTPS only"}
	}
	switch c.SameSite {
	case http.SameSiteLaxMode:
		list[5] = attribute{"SameSite", "Lax", "other sites can link here with it, and not post"}
	case http.SameSiteStrictMode:
		list[5] = attribute{"SameSite", "Strict", "other sites can do nothing with it"}
	case http.SameSiteNoneMode:
		list[5] = attribute{"SameSite", "None", "other sites' frames and forms send it"}
	}
	if c.Partitioned {
		list = append(list, attribute{"Partitioned", "yes", "one for each site that embeds this one"})
	}
	return list
}

// arrival says what became of the cookie that came with the request.
func arrival(session *costrel.Session, now time.Time) string {
	rejected := session.Rejection()
	switch rejected.Reason {
	case costrel.Accepted:
		key := "the current key"
		if session.SignedBy() > 0 {
			key = "an older key"
		}
		return fmt.Sprintf("It replaces one signed by %s %s ago.", key, age(now.Sub(session.SignedAt())))
	case costrel.Absent:
		return "It is your first: your browser brought none."
	case costrel.Expired, costrel.Future:
		return fmt.Sprintf("Your browser brought one that was not accepted: %s (age %s).", rejected.Reason, rejected.Age)
	}
	return fmt.Sprintf("Your browser brought one that was not accepted: %s. A new session has begun.", rejected.Reason)
}

func age(d time.Duration) string {
	count, unit := int(d/time.Second), "second"
	switch {
	case d >= 48*time.Hour:
		count, unit = int(d/(24*time.Hour)), "day"
	case d >= 2*time.Hour:
		count, unit = int(d/time.Hour), "hour"
	case d >= 2*time.Minute:
		count, unit = int(d/time.Minute), "minute"
	}
	if count != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", count, unit)
}
