package main

import (
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// jwtSession is what is often made by hand: claims in a cookie, signed with
// HMAC-SHA256.
func jwtSession(c content) (map[job]work, string) {
	key := []byte(secret)
	sign := func(claims jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
		must(err)
		return token
	}
	claims := jwt.MapClaims{}
	for k, v := range c.values {
		claims[k] = v
	}
	value := sign(claims)
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}))
	handle := func(do func(jwt.MapClaims), save bool) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			cookie, err := r.Cookie("session")
			must(err)
			claims := jwt.MapClaims{}
			_, err = parser.ParseWithClaims(cookie.Value, claims, func(*jwt.Token) (any, error) { return key, nil })
			must(err)
			do(claims)
			if save {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: sign(claims), Path: "/", HttpOnly: true})
			}
			w.Write(body)
		})
	}
	w := handlers{
		untouched: http.HandlerFunc(answer),
		readOne: handle(func(m jwt.MapClaims) {
			if m["user_id"].(float64) != 123456 {
				panic("jwt: no user_id")
			}
		}, false),
		readAll: handle(func(m jwt.MapClaims) { mustHave(c, len(m)) }, false),
		change:  handle(func(m jwt.MapClaims) { m["user_id"] = m["user_id"].(float64) + 1 }, true),
	}.works("session=" + value)
	w[produce] = timed(func() { sign(claims) })
	w[load] = timed(func() {
		_, err := parser.ParseWithClaims(value, jwt.MapClaims{}, func(*jwt.Token) (any, error) { return key, nil })
		must(err)
	})
	w[verify] = timed(func() {
		dot := strings.LastIndexByte(value, '.')
		mac, err := parser.DecodeSegment(value[dot+1:])
		must(err)
		must(jwt.SigningMethodHS256.Verify(value[:dot], mac, key))
	})
	return w, value
}
