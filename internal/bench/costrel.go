package main

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/itsdangerous"
	"github.com/costrel/costrel/taggedjson"
)

const secret = "0123456789abcdef0123456789abcdef"

// flaskCookies are the cookies that Flask made of the contents, if it is there.
var flaskCookies map[string]string

const (
	userID = costrel.Key[int64]("user_id")
	visits = costrel.Key[int64]("visits")
)

// bareHandler is the request that everything else is compared with.
func bareHandler(content) (map[job]work, string) {
	return handlers{untouched: http.HandlerFunc(answer)}.works(""), ""
}

func answer(w http.ResponseWriter, r *http.Request) { w.Write(body) }

// costrelSession is costrel, with Signed.CompressAbove: 0 is its default, 1 is
// Flask's rule, with the cookie that Flask itself made, and less is never.
func costrelSession(compressAbove int) func(content) (map[job]work, string) {
	return func(c content) (map[job]work, string) {
		if compressAbove < 0 && c.name != "3 KB" {
			return nil, "" // the default, for small ones
		}
		m := costrelManager(compressAbove)
		works := handlers{
			untouched: m.Handler(http.HandlerFunc(answer)),
			readOne: m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if id, ok := userID.Get(m.Get(r)); !ok || id != 123456 {
					panic("costrel: no user_id")
				}
				w.Write(body)
			})),
			readAll: m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n := 0
				for range m.Get(r).All() {
					n++
				}
				mustHave(c, n)
				w.Write(body)
			})),
			change: m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := m.Get(r)
				id, _ := userID.Get(s)
				userID.Set(s, id+1)
				w.Write(body)
			})),
		}
		cookie := cookieOf(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m.Get(r).Update(c.values)
		})))

		_, fromFlask := flaskCookies[c.name]
		if fromFlask = fromFlask && compressAbove == 1; fromFlask {
			cookie = "session=" + flaskCookies[c.name]
		}

		// Those that are no request are done by the packages below.
		signer, err := itsdangerous.NewTimestampSigner(itsdangerous.Options{
			Keys: [][]byte{[]byte(secret)}, Salt: "cookie-session", Derivation: itsdangerous.HMAC,
		})
		must(err)
		codec := new(taggedjson.Codec)
		token := []byte(valueOf(cookie))
		now := time.Now()
		if compressAbove == 0 {
			compressAbove = 1024 // costrel's default
		}
		var payload, packed, signed []byte
		w := works.works(cookie)
		w[verify] = timed(func() {
			if _, err := signer.Unsign(token, itsdangerous.Window{Now: now, MaxAge: time.Hour}); err != nil {
				panic(err)
			}
		})
		w[load] = timed(func() {
			token, err := signer.Unsign(token, itsdangerous.Window{Now: now, MaxAge: time.Hour})
			must(err)
			payload, err = itsdangerous.AppendUnpack(payload[:0], token.Value, 0)
			must(err)
			_, err = codec.Unmarshal(payload)
			must(err)
		})
		w[produce] = timed(func() {
			payload, err = codec.Append(payload[:0], c.values)
			packed = itsdangerous.AppendPack(packed[:0], payload, compressAbove)
			signed = signer.AppendSign(signed[:0], packed, now)
		})
		w[produce](1)
		must(err)
		if !fromFlask && !bytes.Equal(signed[:len(packed)], token[:len(packed)]) {
			panic("costrel: produced another cookie")
		}
		return w, string(token)
	}
}

func costrelManager(compressAbove int) *costrel.Manager {
	m, err := costrel.New(costrel.Config{
		Keys:          costrel.NewKeyring(secret),
		Interface:     &costrel.Signed{CompressAbove: compressAbove},
		MaxCookieSize: -1,
	})
	must(err)
	return m
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func mustHave(c content, n int) {
	if n != len(c.values) {
		panic(fmt.Sprintf("%d values, want %d", n, len(c.values)))
	}
}
