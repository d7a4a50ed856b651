package taggedjson

import (
	"os"
	"strings"
	"testing"
)

// Sessions to measure with, those of internal/bench.
var benchSessions = []benchSession{
	newBenchSession("35 B", `{"locale":"en-GB","user_id":123456}`),
	newBenchSession("300 B", readBenchSession("typical")),
	newBenchSession("3 KB", readBenchSession("large")),
}

type benchSession struct {
	name   string
	values map[string]any
	json   string // as Flask writes them
}

func newBenchSession(name, json string) benchSession {
	values, err := (*Codec)(nil).Unmarshal([]byte(json))
	if err != nil {
		panic(err)
	}
	return benchSession{name, values.(map[string]any), json}
}

func readBenchSession(name string) string {
	json, err := os.ReadFile("../internal/zlib/testdata/" + name + ".json")
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(json))
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
