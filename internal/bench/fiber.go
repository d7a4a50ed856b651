package main

import (
	"encoding/gob"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/valyala/fasthttp"
)

func init() { gob.Register(map[any]any{}) }

// fiberSession is fiber's session in memory, on fasthttp: what is timed is
// fiber's handler rather than net/http's.
func fiberSession(c content) (map[job]work, string) {
	store := session.NewStore()
	app := func(do func(s *session.Middleware)) fasthttp.RequestHandler {
		app := fiber.New()
		app.Use(session.New(session.Config{Store: store, Storage: store.Storage}))
		app.Get("/", func(f fiber.Ctx) error {
			if do != nil {
				do(session.FromContext(f))
			}
			return f.Send(body)
		})
		return app.Handler()
	}
	var first fasthttp.RequestCtx
	first.Request.SetRequestURI("/")
	app(func(s *session.Middleware) {
		for k, v := range c.values {
			s.Set(k, v)
		}
	})(&first)
	var cookie fasthttp.Cookie
	for _, v := range first.Response.Header.Cookies() {
		must(cookie.ParseBytes(v))
	}
	run := func(h fasthttp.RequestHandler) work {
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI("/")
		ctx.Request.Header.SetCookie(string(cookie.Key()), string(cookie.Value()))
		return func(n int) time.Duration {
			start := time.Now()
			for range n {
				ctx.Response.Reset()
				h(&ctx)
			}
			return time.Since(start)
		}
	}
	return map[job]work{
		untouched: run(app(nil)),
		readOne: run(app(func(s *session.Middleware) {
			if _, ok := s.Get("user_id").(int64); !ok {
				panic("fiber: no user_id")
			}
		})),
		readAll: run(app(func(s *session.Middleware) {
			n := 0
			for _, k := range s.Keys() {
				s.Get(k)
				n++
			}
			if n < len(c.values) {
				panic("fiber: values are missing")
			}
		})),
		change: run(app(func(s *session.Middleware) { s.Set("user_id", s.Get("user_id").(int64)+1) })),
	}, string(cookie.Value())
}
