package costrel

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// TestPermanentIsFoundInBase64 looks for it in payloads of every length, with
// it and without, at every place.
func TestPermanentIsFoundInBase64(t *testing.T) {
	text := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyz_\" ,:{}0123456789"[rand.IntN(43)]
		}
		return string(b)
	}
	found := 0
	for n := range 300 {
		without := text(n)
		with := without[:n/2] + permanentKey + without[n/2:]
		if !spellsPermanent(base64.RawURLEncoding.EncodeToString([]byte(with))) {
			t.Errorf("not found in %q", with)
		}
		if spellsPermanent(base64.RawURLEncoding.EncodeToString([]byte(without))) {
			found++ // six of its bytes by chance: an unneeded look, but no harm
		}
	}
	if found > 3 {
		t.Errorf("found in %d of 300 payloads that do not have it", found)
	}
}
