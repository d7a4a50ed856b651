package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/costrel/costrel/cmd/costrel/internal/keyfile"
	"github.com/costrel/costrel/forwardauth"
)

// use makes ring the keys of every request from now on.
func (g *gateway) use(ring keyfile.Ring, handler http.Handler) {
	g.handler.Store(&handler)
	g.ring = ring
	g.metrics.keys.Set(float64(len(ring.Keys)))
	g.metrics.loaded.SetToCurrentTime()
}

// newHandler returns what serves requests with the keys of ring, or says why
// they can't be used.
func (g *gateway) newHandler(ring keyfile.Ring) (http.Handler, error) {
	sessions, err := g.Sessions(ring)
	if err != nil {
		return nil, err
	}
	config := g.Auth
	config.Sessions, config.OnDecision = sessions, g.decided
	auth, err := forwardauth.New(config)
	if err != nil || g.upstream == nil {
		return auth, err
	}
	return g.clean(auth.Protect(g.upstream)), nil
}

// watch looks for new keys until ctx ends.
func (g *gateway) watch(ctx context.Context) {
	var ticks <-chan time.Time
	if g.Poll > 0 {
		ticker := time.NewTicker(g.Poll)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			g.reload(false)
		case <-g.Reload:
			g.reload(true)
		}
	}
}

// errUnrelated is the error of a key file that was replaced, rather than
// rotated.
var errUnrelated = errors.New("none of the keys in use is among the new ones, so that everybody would be logged out: if that is wanted, send SIGHUP")

// reload reads the keys again, and keeps the old ones if they can't be used. A
// failure is logged once.
func (g *gateway) reload(asked bool) {
	ring, err := g.Keys()
	if err == nil && !asked && same(ring, g.ring) {
		g.failure = ""
		return
	}
	var handler http.Handler
	if err == nil {
		handler, err = g.newHandler(ring)
	}
	switch {
	case err != nil:
	case ring.Salt != g.ring.Salt:
		err = fmt.Errorf("the keys in use are for the salt %q, and the new ones are not: restart the gateway to change that", g.ring.Salt)
	case !asked && !related(ring, g.ring):
		err = errUnrelated
	}
	if err != nil {
		if asked || err.Error() != g.failure {
			g.failure = err.Error()
			g.metrics.reload("failed")
			g.Log.Error("the keys stay as they were", "error", g.failure)
		}
		return
	}
	g.use(ring, handler)
	g.failure = ""
	g.metrics.reload("good")
	g.Log.Info("the keys were loaded", "keys", len(ring.Keys))
}

func same(a, b keyfile.Ring) bool {
	return a.Salt == b.Salt && slices.EqualFunc(a.Keys, b.Keys, bytes.Equal)
}

// related reports whether a and b have a key in common, as before and after a
// rotation.
func related(a, b keyfile.Ring) bool {
	return slices.ContainsFunc(a.Keys, func(key []byte) bool {
		return slices.ContainsFunc(b.Keys, func(other []byte) bool { return bytes.Equal(key, other) })
	})
}
