package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/itsdangerous"
)

// A foreign token is one of another kind than itsdangerous' timed tokens, taken
// apart as far as that goes without its own library.
type foreign struct {
	kind    string
	title   string
	note    string    // who can verify it, and how
	payload []byte    // JSON, if it has some
	signed  time.Time // if it says
}

// recognise tells what kind of token value is, if it is one of its own shape.
func recognise(value string) (foreign, bool) {
	if len(value) > maxToken {
		return foreign{}, false
	}
	for _, kind := range []func(string) (foreign, bool){asJWT, asDjango, asGorilla, asRememberToken, asFlaskSessionID} {
		if token, ok := kind(value); ok {
			return token, true
		}
	}
	return foreign{}, false
}

// looksSigned reports whether value is a signed token of any kind known here.
func looksSigned(value string) bool {
	if token, ok := recognise(value); ok {
		return token.kind != "flask-session" // many random texts look like its id
	}
	token, err := dissect(value)
	return err == nil && token.problem == nil
}

// asJWT recognises a JSON Web Token: header.claims.signature.
func asJWT(value string) (foreign, bool) {
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return foreign{}, false
	}
	var header struct{ Alg string }
	var claims map[string]any
	head, body := decode64(parts[0]), decode64(parts[1])
	if json.Unmarshal(head, &header) != nil || json.Unmarshal(body, &claims) != nil || header.Alg == "" {
		return foreign{}, false
	}
	token := foreign{kind: "jwt", title: "JSON Web Token", payload: body,
		note: "It is signed with " + printable([]byte(header.Alg)) + ": a JWT library verifies it. These are its claims, which anyone may have written."}
	if issued, ok := claims["iat"].(float64); ok && issued > 0 && issued < 1<<37 {
		token.signed = time.Unix(int64(issued), 0).UTC()
	}
	return token, true
}

var djangoToken = regexp.MustCompile(`^(.*?)(?::([0-9A-Za-z]{6}))?:(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{27})$`)

// asDjango recognises what django.core.signing writes, as for sessions in signed
// cookies: value:time:signature, the time in base 62, or value:signature.
func asDjango(value string) (foreign, bool) {
	parts := djangoToken.FindStringSubmatch(value)
	if parts == nil {
		return foreign{}, false
	}
	token := foreign{kind: "django", title: "Django signed value",
		note: "django.core.signing verifies it, with Django's SECRET_KEY and the salt it was signed with."}
	payload, err := itsdangerous.AppendUnpack(nil, []byte(parts[1]), 0)
	if err != nil || !json.Valid(payload) { // a text, then
		payload, _ = json.Marshal(parts[1])
	}
	token.payload = payload
	if parts[2] != "" {
		var seconds int64
		for _, c := range []byte(parts[2]) {
			seconds = seconds*62 + int64(strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", c))
		}
		token.signed = time.Unix(seconds, 0).UTC()
	}
	return token, true
}

// asGorilla recognises a cookie of gorilla/securecookie: base64 of
// timestamp|payload|MAC.
func asGorilla(value string) (foreign, bool) {
	raw, err := base64.URLEncoding.DecodeString(value)
	if err != nil {
		return foreign{}, false
	}
	digits, rest, ok := bytes.Cut(raw, []byte("|"))
	seconds, err := strconv.ParseInt(string(digits), 10, 64)
	if !ok || err != nil || seconds < 0 || seconds > 1<<37 || !bytes.Contains(rest, []byte("|")) {
		return foreign{}, false
	}
	return foreign{kind: "gorilla", title: "gorilla/securecookie", signed: time.Unix(seconds, 0).UTC(),
		note: "securecookie.Decode verifies it, with its hash key. It holds a Go gob, or is encrypted."}, true
}

var rememberToken = regexp.MustCompile(`^.+\|[0-9a-f]{128}$`)

// asRememberToken recognises Flask-Login's cookie: user id|HMAC-SHA512.
func asRememberToken(value string) (foreign, bool) {
	if !rememberToken.MatchString(value) {
		return foreign{}, false
	}
	user, _ := json.Marshal(value[:strings.LastIndexByte(value, '|')])
	return foreign{kind: "remember-token", title: "Flask-Login remember-me token", payload: user,
		note: "Flask-Login verifies it: HMAC-SHA512 of the user's id under SECRET_KEY. It does not expire by itself."}, true
}

var flaskSessionID = regexp.MustCompile(`^([A-Za-z0-9_-]{43})(\.[A-Za-z0-9_-]{27})?$`)

// asFlaskSessionID recognises the id that Flask-Session gives a session which it
// keeps on the server.
func asFlaskSessionID(value string) (foreign, bool) {
	if !flaskSessionID.MatchString(value) {
		return foreign{}, false
	}
	return foreign{kind: "flask-session", title: "Flask-Session id",
		note: "The session itself is on the server, in Flask-Session's store, under \"session:\" and this id."}, true
}

// verifyFlaskSessionID tells which key signed an id, as SESSION_USE_SIGNER does.
func verifyFlaskSessionID(value string, ring keyfile.Ring) (key int, ok bool) {
	id, signature, signed := strings.Cut(value, ".")
	if !signed || len(ring.Keys) == 0 {
		return 0, false
	}
	o, err := scheme{salt: "flask-session", derivation: itsdangerous.HMAC}.options(ring)
	if err != nil {
		return 0, false
	}
	signer, err := itsdangerous.NewSigner(o)
	if err != nil {
		return 0, false
	}
	return signer.Verify([]byte(id), []byte(signature))
}

// decode64 decodes base64 of either alphabet, padded or not; nil if it is none.
func decode64(text string) []byte {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}
