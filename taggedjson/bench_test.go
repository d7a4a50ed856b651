package taggedjson

import "testing"

// Sessions to measure with, those of internal/bench.
var benchSessions = []benchSession{
	newBenchSession("35 B", map[string]any{"locale": "en-GB", "user_id": int64(123456)}),
	newBenchSession("300 B", benchTypical()),
	newBenchSession("3 KB", benchLarge()),
}

type benchSession struct {
	name   string
	values map[string]any
	json   string // as Flask writes them
}

func newBenchSession(name string, values map[string]any) benchSession {
	json, err := (*Codec)(nil).Append(nil, values)
	if err != nil {
		panic(err)
	}
	return benchSession{name, values, string(json)}
}

// benchTypical is the session of somebody who is logged in and about to buy.
func benchTypical() map[string]any {
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

// benchLarge is a cart that just fits into a cookie.
func benchLarge() map[string]any {
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
	values := benchTypical()
	values["cart"] = cart
	return values
}

func BenchmarkAppendSpans(b *testing.B) {
	for _, s := range benchSessions {
		b.Run(s.name, func(b *testing.B) {
			data := []byte(s.json)
			var spans []Span
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if spans, err = AppendSpans(spans[:0], data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(data)), "ns/B")
		})
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	for _, s := range benchSessions {
		b.Run(s.name, func(b *testing.B) {
			data := []byte(s.json)
			var c *Codec
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Unmarshal(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Reading every member by itself, as a session does that is ranged over.
func BenchmarkDecoder(b *testing.B) {
	for _, s := range benchSessions {
		b.Run(s.name, func(b *testing.B) {
			data := []byte(s.json)
			spans, err := AppendSpans(nil, data)
			if err != nil {
				b.Fatal(err)
			}
			var c *Codec
			b.ReportAllocs()
			for b.Loop() {
				d := c.NewDecoder(data)
				for _, span := range spans {
					if _, err := d.Value(span); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, s := range benchSessions {
		b.Run(s.name, func(b *testing.B) {
			var c *Codec
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = c.Append(dst[:0], s.values); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnmarshalTo(b *testing.B) {
	var c *Codec
	b.Run("int64", func(b *testing.B) {
		data := []byte("12345678")
		var n int64
		b.ReportAllocs()
		for b.Loop() {
			if err := c.UnmarshalTo(data, &n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("string", func(b *testing.B) {
		data := []byte(`"12345678"`)
		var s string
		b.ReportAllocs()
		for b.Loop() {
			if err := c.UnmarshalTo(data, &s); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type benchUser struct {
	ID    int64    `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

func BenchmarkStruct(b *testing.B) {
	var c *Codec
	user := benchUser{12345678, "Somebody", []string{"admin", "editor"}}
	data, err := c.Append(nil, user)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Append", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, 0, len(data))
		for b.Loop() {
			if _, err := c.Append(dst, user); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("UnmarshalTo", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.UnmarshalTo(data, &user); err != nil {
				b.Fatal(err)
			}
		}
	})
}
