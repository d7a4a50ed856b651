package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/costrel/costrel/internal/zlib"
	"github.com/costrel/costrel/itsdangerous"
)

// The floor is the least that a signed cookie costs: what is left if there are
// no settings, no locks, no hooks, no second key, no checks that a signature
// makes needless, and no error but "no". It is no library. It gives a session's
// integer and puts another into its place.

// A floorDesk is all that a request needs: nothing is allocated for it but the
// context that net/http asks for and the header.
type floorDesk struct {
	mac                     hash.Hash
	sum                     [sha1.Size]byte
	token, packed, data, id []byte
	zipped                  bool
}

var floorDesks = sync.Pool{New: func() any {
	key := itsdangerous.DeriveKey([]byte(secret), "cookie-session", itsdangerous.HMAC, nil)
	return &floorDesk{mac: hmac.New(sha1.New, key)}
}}

var b64 = base64.RawURLEncoding

func floorSession(zipped bool) func(content) (map[job]work, string) {
	return func(c content) (map[job]work, string) {
		d := floorDesks.New().(*floorDesk)
		d.zipped = zipped
		token := string(d.produce(c.json(), time.Now()))
		handle := func(do func(*floorDesk, http.Header, string)) http.Handler {
			return floorHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if do != nil {
					d := floorDesks.Get().(*floorDesk)
					d.zipped = zipped
					do(d, w.Header(), r.Header["Cookie"][0])
					floorDesks.Put(d)
				}
				w.Write(body)
			}))
		}
		w := handlers{
			untouched: handle(nil),
			readOne:   handle(func(d *floorDesk, _ http.Header, line string) { d.open(line) }),
			change: handle(func(d *floorDesk, h http.Header, line string) {
				from, to := d.open(line)
				id, err := strconv.ParseInt(string(d.data[from:to]), 10, 64)
				must(err)
				d.id = append(d.id[:0], d.data[:from]...)
				d.id = strconv.AppendInt(d.id, id+1, 10)
				d.id = append(d.id, d.data[to:]...)
				d.save(h, d.id, time.Now())
			}),
		}.works("session=" + token)
		bytes := []byte(token)
		w[verify] = timed(func() {
			if d.verify(bytes, time.Now()) == nil {
				panic("floor: no token")
			}
		})
		json := c.json()
		w[produce] = timed(func() { d.produce(json, time.Now()) })
		return w, token
	}
}

// floorExchange is the one allocation that net/http makes a middleware pay,
// beside the request's copy.
type floorExchange struct {
	http.ResponseWriter
	context.Context
}

func floorHandler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &floorExchange{w, r.Context()}
		next.ServeHTTP(x, r.WithContext(x))
	})
}

// open returns where in d.data the value of user_id stands.
func (d *floorDesk) open(line string) (from, to int) {
	_, value, _ := strings.Cut(line, "session=")
	value, _, _ = strings.Cut(value, ";")
	d.token = append(d.token[:0], value...)
	payload := d.verify(d.token, time.Now())
	if payload == nil {
		panic("floor: no session")
	}
	d.unpack(payload)
	return floorScan(d.data)
}

func (d *floorDesk) verify(token []byte, now time.Time) []byte {
	i := bytes.LastIndexByte(token, '.')
	signed, signature := token[:i], token[i+1:]
	var encoded [27]byte
	b64.Encode(encoded[:], d.sign(signed))
	if subtle.ConstantTimeCompare(encoded[:], signature) != 1 {
		return nil
	}
	i = bytes.LastIndexByte(signed, '.')
	var seconds [8]byte
	if _, err := b64.Decode(seconds[4:], signed[i+1:]); err != nil {
		return nil
	}
	age := now.Unix() - int64(binary.BigEndian.Uint64(seconds[:]))
	if age < -10 || age > 31*24*60*60 {
		return nil
	}
	return signed[:i]
}

func (d *floorDesk) sign(signed []byte) []byte {
	d.mac.Reset()
	d.mac.Write(signed)
	return d.mac.Sum(d.sum[:0])
}

func (d *floorDesk) unpack(payload []byte) {
	if payload[0] != '.' {
		d.data = floorDecode(d.data, payload)
		return
	}
	d.packed = floorDecode(d.packed, payload[1:])
	var err error
	d.data, err = zlib.AppendInflate(d.data[:0], d.packed, 1<<20)
	must(err)
}

// floorDecode and floorEncode are the fastest base64 there is at hand, which is
// costrel's own.
func floorDecode(dst, src []byte) []byte {
	dst, err := itsdangerous.AppendUnpack(dst[:0], src, 0)
	must(err)
	return dst
}

func floorEncode(dst, src []byte) []byte { return itsdangerous.AppendPack(dst, src, 0) }

// floorScan finds the values of an object in one pass, and returns where that
// of user_id stands.
func floorScan(data []byte) (from, to int) {
	for i := 1; i < len(data); i++ {
		key := i + 1
		i = floorString(data, key)
		end := i
		i += 2
		value, depth := i, 0
	scan:
		for ; ; i++ {
			switch data[i] {
			case '"':
				i = floorString(data, i+1)
			case '{', '[':
				depth++
			case ',':
				if depth == 0 {
					break scan
				}
			case '}', ']':
				depth--
				if depth < 0 {
					break scan
				}
			}
		}
		if string(data[key:end]) == "user_id" {
			from, to = value, i
		}
	}
	return from, to
}

// floorString returns the end of the string that starts at i.
func floorString(data []byte, i int) int {
	for {
		i += bytes.IndexByte(data[i:], '"')
		if data[i-1] != '\\' {
			return i
		}
		i++
	}
}

// produce returns the token of data.
func (d *floorDesk) produce(data []byte, now time.Time) []byte {
	d.token = d.token[:0]
	if d.zipped || len(data) >= 1024 {
		d.packed = zlib.AppendDeflate(d.packed[:0], data)
		if len(d.packed) < len(data)-1 {
			d.token = append(d.token, '.')
			data = d.packed
		}
	}
	d.token = floorEncode(d.token, data)
	d.token = append(d.token, '.')
	var seconds [4]byte
	binary.BigEndian.PutUint32(seconds[:], uint32(now.Unix()))
	d.token = b64.AppendEncode(d.token, seconds[:])
	sum := d.sign(d.token)
	d.token = append(d.token, '.')
	d.token = b64.AppendEncode(d.token, sum)
	return d.token
}

var cookieHeader = []string{"Cookie"}

func (d *floorDesk) save(h http.Header, data []byte, now time.Time) {
	d.produce(data, now)
	d.packed = append(append(append(d.packed[:0], "session="...), d.token...), "; HttpOnly; Path=/"...)
	h["Set-Cookie"] = []string{string(d.packed)}
	h["Vary"] = cookieHeader
}

const step job = "step"

const (
	stepPlumbing  = "net/http plumbing"
	stepMAC       = "HMAC-SHA1, pooled"
	stepEncodeMAC = "base64 of the MAC"
)

// floorSteps are the parts of the floor, each alone.
func floorSteps(c content) []*row {
	data := c.json()
	d := floorDesks.New().(*floorDesk)
	packed := zlib.AppendDeflate(nil, data)
	token := bytes.Clone(d.produce(data, time.Now()))
	text := b64.AppendEncode(nil, data)
	h := http.Header{}
	var encoded [27]byte
	var buf []byte
	steps := []struct {
		name string
		do   func()
	}{
		{stepPlumbing, serve(floorHandler(http.HandlerFunc(answer)), "")},
		{stepMAC, func() { d.sign(token) }},
		{stepEncodeMAC, func() { b64.Encode(encoded[:], d.sum[:]) }},
		{"base64, decode", func() { d.packed = floorDecode(d.packed, text) }},
		{"base64, encode", func() { buf = floorEncode(buf[:0], data) }},
		{"one scan", func() { floorScan(data) }},
		{"inflate", func() { buf, _ = zlib.AppendInflate(buf[:0], packed, 1<<20) }},
		{"deflate", func() { buf = zlib.AppendDeflate(buf[:0], data) }},
		{"Set-Cookie by hand", func() {
			buf = append(append(append(buf[:0], "session="...), token...), "; HttpOnly; Path=/"...)
			h["Set-Cookie"] = []string{string(buf)}
		}},
	}
	var rows []*row
	for _, s := range steps {
		rows = append(rows, &row{Subject: s.name, Content: c.name, Job: step, work: timed(s.do)})
	}
	return rows
}
