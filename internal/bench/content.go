package main

import (
	"encoding/json"
	"fmt"
)

// A content is what a session holds, the same for every subject.
type content struct {
	name   string
	values map[string]any // strings, int64, float64, bool, []any and map[string]any
}

// Every content has user_id, which the jobs read and change.
var contents = []content{
	{"35 B", map[string]any{"locale": "en-GB", "user_id": int64(123456)}},
	{"300 B", typical()},
	{"3 KB", large()},
}

// typical is the session of somebody who is logged in and about to buy.
func typical() map[string]any {
	return map[string]any{
		"cart":       []any{map[string]any{"id": int64(1042), "n": int64(1)}, map[string]any{"id": int64(2077), "n": int64(3)}},
		"csrf_token": "93d2e0ea9cc1a3f61ad0b3d4b2a7f0c3f7d1b6a5",
		"email":      "ann@example.com",
		"fresh":      true,
		"locale":     "en-GB",
		"roles":      []any{"editor", "reviewer"},
		"seen":       []any{int64(1), int64(5), int64(8), int64(13)},
		"tax":        0.175,
		"theme":      "dark",
		"user_id":    int64(123456),
		"visits":     int64(17),
	}
}

// large is a cart that just fits into a cookie.
func large() map[string]any {
	names := []string{"Blue enamel mug", "Steel water flask", "Leather strap", "Oak chopping board", "Cotton tea towel", "Wool picnic blanket", "Brass lantern", "Cast iron pan", "Glass storage jar", "Canvas rucksack"}
	tags := []string{"kitchen", "outdoor", "home"}
	var cart []any
	for i := range 28 {
		cart = append(cart, map[string]any{
			"id":    int64(1000 + 37*i),
			"name":  names[i*7%len(names)],
			"n":     int64(1 + i%3),
			"price": float64(650+i*i*13%4000) / 100,
			"gift":  i%4 == 0,
			"tags":  []any{tags[i%3], tags[(i+1)%3]},
		})
	}
	values := typical()
	values["cart"] = cart
	return values
}

// json returns the content as Flask writes it.
func (c content) json() []byte {
	b, err := json.Marshal(c.values)
	if err != nil {
		panic(fmt.Sprint("content ", c.name, ": ", err))
	}
	return b
}
