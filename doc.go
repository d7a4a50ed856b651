// Package costrel is Flask's session system for Go's net/http: the session
// travels with the browser in a signed cookie that Python's Flask and Go read
// and write alike.
//
//	eyJ1c2VyX2lkIjoxMjM0NX0 . aSBh_w . 3GeOq7SHkY9oVdW6uYDO-Qh1sB4
//	└─ tagged JSON, base64 ─┘ └ time ┘ └─── HMAC of all before ────┘
//
// Start with [New], put [Manager.Handler] around the application, and ask
// [Manager.Get] for the [Session] of a request:
//
//	sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(key)})
//	http.ListenAndServe(addr, sessions.Handler(mux))
//
//	session := sessions.Get(r)
//	session.Set("user_id", 12345)
//
// [Key] gives a session's values their Go types. [Config] holds every setting
// of Flask's, with Flask's defaults; [ConfigFromEnv] reads them from the
// environment that a Flask application reads. A session's other ways of
// travelling, or of being kept on a server, fit behind [Interface]; [Signed]
// is the one that Flask has built in.
//
// A session is signed, not encrypted: its user can read it, and can send an
// older one again until it expires. docs/security.md says what follows.
//
// # What is promised
//
// Everything that Flask 3.1 writes, this package reads, and the other way
// round. A value that Go code does not touch goes back into the cookie byte
// for byte. Nothing is lost in silence: a value that cannot be kept, a change
// that came after the headers were sent and a cookie too large for browsers
// all reach [Config].OnError. Where Go differs from Flask on purpose,
// docs/flask.md says so.
package costrel
