package main

import (
	"encoding/gob"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/securecookie"
	gorilla "github.com/gorilla/sessions"
)

func init() {
	gob.Register([]any{})
	gob.Register(map[string]any{})
}

var hashKey, blockKey = []byte(secret + secret), []byte(secret)

// gorillaSession is gorilla/sessions with a CookieStore. Its limit is lifted: it
// refuses the largest content otherwise.
func gorillaSession(encrypted bool) func(content) (map[job]work, string) {
	return func(c content) (map[job]work, string) {
		keys := [][]byte{hashKey}
		if encrypted {
			keys = append(keys, blockKey)
		}
		store := gorilla.NewCookieStore(keys...)
		for _, codec := range store.Codecs {
			codec.(*securecookie.SecureCookie).MaxLength(0)
		}
		handle := func(do func(s *gorilla.Session), save bool) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s, err := store.Get(r, "session")
				must(err)
				do(s)
				if save {
					must(s.Save(r, w))
				}
				w.Write(body)
			})
		}
		cookie := cookieOf(handle(func(s *gorilla.Session) {
			for k, v := range c.values {
				s.Values[k] = v
			}
		}, true))
		w := handlers{
			untouched: http.HandlerFunc(answer), // there is no middleware
			readOne: handle(func(s *gorilla.Session) {
				if s.Values["user_id"].(int64) != 123456 {
					panic("gorilla: no user_id")
				}
			}, false),
			readAll: handle(func(s *gorilla.Session) { mustHave(c, len(s.Values)) }, false),
			change: handle(func(s *gorilla.Session) {
				s.Values["user_id"] = s.Values["user_id"].(int64) + 1
			}, true),
		}.works(cookie)

		values := map[any]any{}
		for k, v := range c.values {
			values[k] = v
		}
		w[produce] = timed(func() {
			_, err := securecookie.EncodeMulti("session", values, store.Codecs...)
			must(err)
		})
		value := valueOf(cookie)
		w[load] = timed(func() {
			values := map[any]any{}
			must(securecookie.DecodeMulti("session", value, &values, store.Codecs...))
		})
		// Verifying alone is decoding to bytes.
		codec := securecookie.New(hashKey, nil).MaxLength(0).SetSerializer(securecookie.NopEncoder{})
		w[verify] = timed(func() {
			var b []byte
			must(codec.Decode("session", value, &b))
		})
		return w, value
	}
}

// ginSession is gin with gin-contrib/sessions, which wraps gorilla's.
func ginSession(c content) (map[job]work, string) {
	gin.SetMode(gin.ReleaseMode)
	store := cookie.NewStore(hashKey)
	app := func(do func(s sessions.Session), save bool) http.Handler {
		e := gin.New()
		e.Use(sessions.Sessions("session", store))
		e.GET("/", func(g *gin.Context) {
			if do != nil {
				s := sessions.Default(g)
				do(s)
				if save {
					must(s.Save())
				}
			}
			g.Writer.Write(body)
		})
		return e
	}
	set := app(func(s sessions.Session) {
		for k, v := range c.values {
			s.Set(k, v)
		}
	}, true)
	if c.name == "3 KB" {
		return nil, "" // refused, and its limit cannot be lifted
	}
	cookie := cookieOf(set)
	w := handlers{
		untouched: app(nil, false),
		readOne: app(func(s sessions.Session) {
			if s.Get("user_id").(int64) != 123456 {
				panic("gin: no user_id")
			}
		}, false),
		change: app(func(s sessions.Session) {
			s.Set("user_id", s.Get("user_id").(int64)+1)
		}, true),
	}.works(cookie)
	w[readAll] = w[readOne] // it decodes all to read one
	return w, valueOf(cookie)
}
