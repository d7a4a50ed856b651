package forwardauth

import (
	"bytes"
	"slices"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/itsdangerous"
	"github.com/costrel/costrel/taggedjson"
)

// A Token is an identity as one signed header, which an application believes
// whoever else can reach it. It holds a JSON object of session keys and their
// values, in the URL-safe form of itsdangerous, and when it was signed: the
// application decides for how many seconds it is good.
//
//	identity = URLSafeTimedSerializer(KEY, salt="costrel.identity").loads(
//	    request.headers["X-Identity"], max_age=30)
//
// Dates, bytes and other values that JSON has no type for are as in a session,
// for Flask's TaggedJSONSerializer to read.
type Token struct {
	// Header is the name of the header; "X-Identity" if empty.
	Header string

	// Values are the keys of the session whose values are in the token, where
	// there are any. Nil: those of Config.Headers.
	Values []string

	// Options are what the token is signed with. Keys are required, and should
	// not be those of the sessions: who verifies a token could sign a session
	// with them. The Salt is "costrel.identity" if empty.
	Options itsdangerous.Options
}

func (t *Token) header() string {
	if t.Header == "" {
		return "X-Identity"
	}
	return t.Header
}

// token signs what a Token says.
type token struct {
	values     []string
	serializer *itsdangerous.TimedSerializer[[]byte]
}

func newToken(config Config) (*token, error) {
	if config.Token == nil {
		return nil, nil
	}
	t := &token{values: config.Token.Values}
	if t.values == nil {
		for _, key := range config.Headers {
			t.values = append(t.values, key)
		}
	}
	t.values = slices.Compact(slices.Sorted(slices.Values(t.values)))

	options := config.Token.Options
	if options.Salt == "" {
		options.Salt = "costrel.identity"
	}
	var err error
	t.serializer, err = itsdangerous.NewTimedSerializer(options, itsdangerous.URLSafe[[]byte]{Codec: encoded{}, CompressAbove: 1 << 10})
	return t, err
}

// sign returns the token of a session.
func (t *token) sign(s *costrel.Session) (string, error) {
	object := []byte{'{'}
	for _, key := range t.values {
		raw, ok := s.Raw(key)
		if !ok {
			continue
		}
		if len(object) > 1 {
			object = append(object, ',')
		}
		var err error
		if object, err = taggedjson.AppendString(object, key); err != nil {
			return "", err
		}
		object = append(append(object, ':'), raw...)
	}
	return t.serializer.Dumps(append(object, '}'), time.Now())
}

// encoded is the codec of what is JSON already: a value stays byte for byte as
// the session's cookie held it.
type encoded struct{}

func (encoded) Append(dst, v []byte) ([]byte, error)  { return append(dst, v...), nil }
func (encoded) Unmarshal(data []byte) ([]byte, error) { return bytes.Clone(data), nil }
