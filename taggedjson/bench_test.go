package taggedjson

import (
	"fmt"
	"strings"
	"testing"
)

// Sessions to measure with: the size is that of their JSON.
var benchSessions = []struct{ name, json string }{
	{"35B", `{"_fresh":true,"user_id":"12345678"}`},
	{"300B of strings", `{"_fresh":true,"_id":"` + strings.Repeat("0a1b2c3d", 16) + `","_user_id":"12345678","csrf_token":"65b1a3c0d9e8f7a6b5c4d3e2f10987654321abcd","next":"/account/orders?page=2","theme":"dark"}`},
	{"3KB", benchCart()},
}

func benchCart() string {
	var b strings.Builder
	b.WriteString(`{"_fresh":true,"_id":"` + strings.Repeat("0a1b2c3d", 16) + `","_user_id":"12345678","cart":[`)
	for i := range 24 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"A thing with a name, no. %d","options":{"colour":"blue","size":%d},"price":%d.95}`, 10000+i, i, i%7, 3*i)
	}
	b.WriteString(`],"csrf_token":"65b1a3c0d9e8f7a6b5c4d3e2f10987654321abcd","flashes":[{" t":["message","Hello there"]}],"seen":{" d":"Tue, 14 Nov 2023 22:13:20 GMT"}}`)
	return b.String()
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

func BenchmarkAppend(b *testing.B) {
	for _, s := range benchSessions {
		b.Run(s.name, func(b *testing.B) {
			var c *Codec
			v, err := c.Unmarshal([]byte(s.json))
			if err != nil {
				b.Fatal(err)
			}
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				if dst, err = c.Append(dst[:0], v); err != nil {
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
