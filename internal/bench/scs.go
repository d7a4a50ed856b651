package main

import (
	"context"
	"net/http"

	"github.com/alexedwards/scs/v2"
)

// scsSession is scs with its memory store: the cookie is a key, the session
// stays on the server.
func scsSession(c content) (map[job]work, string) {
	m := scs.New()
	handle := func(do func(ctx context.Context)) http.Handler {
		return m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			do(r.Context())
			w.Write(body)
		}))
	}
	cookie := cookieOf(handle(func(ctx context.Context) {
		for k, v := range c.values {
			m.Put(ctx, k, v)
		}
	}))
	w := handlers{
		untouched: handle(func(context.Context) {}),
		readOne: handle(func(ctx context.Context) {
			if m.GetInt64(ctx, "user_id") == 0 {
				panic("scs: no user_id")
			}
		}),
		readAll: handle(func(ctx context.Context) {
			keys := m.Keys(ctx)
			for _, k := range keys {
				m.Get(ctx, k)
			}
			mustHave(c, len(keys))
		}),
		change: handle(func(ctx context.Context) { m.Put(ctx, "user_id", m.GetInt64(ctx, "user_id")+1) }),
	}.works(cookie)
	return w, valueOf(cookie)
}
