package itsdangerous_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/costrel/costrel/itsdangerous"
)

// A value that comes back from a browser is the one that was sent.
func Example() {
	signer, err := itsdangerous.NewSigner(itsdangerous.Options{
		Keys: [][]byte{[]byte("a long random secret")},
		Salt: "newsletter",
	})
	if err != nil {
		log.Fatal(err)
	}
	signed := signer.AppendSign(nil, []byte("subscriber 42"))
	fmt.Printf("%s\n", signed)

	value, err := signer.Unsign(signed)
	fmt.Printf("%s, %v\n", value, err)

	_, err = signer.Unsign([]byte("subscriber 43." + string(signed[14:])))
	fmt.Println(err)
	// Output:
	// subscriber 42.P1tMynlAeVNsJEqjRHmHAZwaD-0
	// subscriber 42, <nil>
	// itsdangerous: bad signature: signature does not match
}

// An e-mail holds a link that confirms the address it was sent to, for a day.
func ExampleNewURLSafeTimedSerializer() {
	confirm, err := itsdangerous.NewURLSafeTimedSerializer[string](itsdangerous.Options{
		Keys: [][]byte{[]byte("a long random secret")},
		Salt: "confirm e-mail",
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	sent := time.Date(2025, time.March, 1, 12, 0, 0, 0, time.UTC) // time.Now()
	token, err := confirm.Dumps("ada@example.org", sent)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("https://example.org/confirm/" + token)

	for _, clicked := range []time.Time{sent.Add(time.Hour), sent.AddDate(0, 0, 2)} {
		address, _, err := confirm.Loads(token, itsdangerous.Window{Now: clicked, MaxAge: 24 * time.Hour})
		var bad *itsdangerous.Error
		switch {
		case err == nil:
			fmt.Println("confirmed:", address)
		case errors.Is(err, itsdangerous.ErrExpired) && errors.As(err, &bad):
			fmt.Println("this link was good until", bad.SignedAt.Add(24*time.Hour).Format("2 January 15:04"))
		default:
			fmt.Println("this is no link of ours")
		}
	}
	// Output:
	// https://example.org/confirm/ImFkYUBleGFtcGxlLm9yZyI.Z8L2wA.fzJV-7Q_u4jmmGF9wtKKNgvb1Fw
	// confirmed: ada@example.org
	// this link was good until 2 March 12:00
}

// The layer below: bytes, and when they were signed.
func ExampleTimestampSigner() {
	signer, err := itsdangerous.NewTimestampSigner(itsdangerous.Options{
		Keys: [][]byte{[]byte("a long random secret")},
	})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0) // time.Now()
	signed := signer.AppendSign(nil, []byte("value"), now)

	token, err := signer.Unsign(signed, itsdangerous.Window{Now: now.Add(time.Minute), MaxAge: time.Hour})
	fmt.Printf("%s, signed %v, %v\n", token.Value, token.SignedAt, err)

	_, err = signer.Unsign(signed, itsdangerous.Window{Now: now.Add(2 * time.Hour), MaxAge: time.Hour})
	fmt.Println(err)
	// Output:
	// value, signed 2023-11-14 22:13:20 +0000 UTC, <nil>
	// itsdangerous: signature expired: signed 2h0m0s ago, 1h0m0s is allowed
}

// A new key signs from now on; what the old one signed stays good until the old
// key is taken away.
func ExampleOptions_rotatingKeys() {
	before, err := itsdangerous.NewTimestampSigner(itsdangerous.Options{
		Keys: [][]byte{[]byte("last year's secret")},
	})
	if err != nil {
		log.Fatal(err)
	}
	after, err := itsdangerous.NewTimestampSigner(itsdangerous.Options{
		Keys: [][]byte{[]byte("this year's secret"), []byte("last year's secret")},
	})
	if err != nil {
		log.Fatal(err)
	}

	now := time.Unix(1_700_000_000, 0)
	signed := before.AppendSign(nil, []byte("value"), now)
	token, err := after.Unsign(signed, itsdangerous.Window{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, signed with key %d\n", token.Value, token.Key)
	if token.Key > 0 {
		signed = after.AppendSign(nil, token.Value, now)
	}
	token, err = after.Unsign(signed, itsdangerous.Window{})
	fmt.Printf("%s, signed with key %d, %v\n", token.Value, token.Key, err)
	// Output:
	// value, signed with key 1
	// value, signed with key 0, <nil>
}

// What a token says can be read even if its signature fails, and told as what it
// is: something that anyone may have written.
func ExampleTimedSerializer_UnsafeLoads() {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("our secret")}}
	orders, err := itsdangerous.NewURLSafeTimedSerializer[map[string]any](options, nil)
	if err != nil {
		log.Fatal(err)
	}
	token := "eyJjb3Vwb24iOiJGUkVFIn0.ZVPxAA.c2lnbmVkIGJ5IG5vYm9keSEg"

	order, decoded, err := orders.UnsafeLoads(token, itsdangerous.Window{})
	fmt.Println(err)
	fmt.Println("decoded all the same:", decoded, order)

	var bad *itsdangerous.Error
	if errors.As(err, &bad) {
		fmt.Println("it claims to be from", bad.SignedAt.Format(time.DateOnly))
	}
	// Output:
	// itsdangerous: bad timed signature: signature does not match
	// decoded all the same: true map[coupon:FREE]
	// it claims to be from 2023-11-14
}

// keyedSHA256 stands for an algorithm that a program brings along.
type keyedSHA256 struct{}

func (keyedSHA256) AppendSignature(dst, key, value []byte) []byte {
	h := sha256.New()
	h.Write(key)
	h.Write(value)
	h.Write(key)
	return h.Sum(dst)
}

func ExampleAlgorithm() {
	signer, err := itsdangerous.NewSigner(itsdangerous.Options{
		Keys:      [][]byte{[]byte("a long random secret")},
		Algorithm: keyedSHA256{},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", signer.AppendSign(nil, []byte("value")))
	// Output:
	// value.oJdZktozh28_XwlFHNebQtZhDDSUVxkR7lVTlWAJfRo
}

// ed25519Algorithm signs with Ed25519, whose signatures are verified, not made
// again.
type ed25519Algorithm struct{}

func (ed25519Algorithm) AppendSignature(dst, key, value []byte) []byte {
	return append(dst, ed25519.Sign(ed25519.NewKeyFromSeed(key), value)...)
}

func (ed25519Algorithm) VerifySignature(key, value, signature []byte) bool {
	public := ed25519.NewKeyFromSeed(key).Public().(ed25519.PublicKey)
	return ed25519.Verify(public, value, signature)
}

func ExampleVerifyingAlgorithm() {
	signer, err := itsdangerous.NewSigner(itsdangerous.Options{
		Keys:       [][]byte{[]byte("32 bytes, as Ed25519's seeds are")},
		Derivation: itsdangerous.None,
		Algorithm:  ed25519Algorithm{},
	})
	if err != nil {
		log.Fatal(err)
	}
	value, err := signer.Unsign(signer.AppendSign(nil, []byte("value")))
	fmt.Printf("%s %v\n", value, err)
	// Output: value <nil>
}

// SHA-256 for the signature, and still SHA-1 for the key.
func ExampleHMACAlgorithm() {
	signer, err := itsdangerous.NewSigner(itsdangerous.Options{
		Keys:      [][]byte{[]byte("a long random secret")},
		Algorithm: itsdangerous.HMACAlgorithm{Digest: sha256.New},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", signer.AppendSign(nil, []byte("value")))
	// Output:
	// value.0f--lKGAx0wuylxcyssFG8sG6cyy5oriMrAsQptnn2Y
}

// A signature that travels apart from what it signs, such as a webhook's in a
// header.
func ExampleSigner() {
	signer, err := itsdangerous.NewSigner(itsdangerous.Options{
		Keys: [][]byte{[]byte("this year's secret"), []byte("last year's secret")},
	})
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"paid":true}`)
	signature := signer.Signature(body)
	fmt.Printf("%s\n", signature)

	key, ok := signer.Verify(body, signature)
	fmt.Println("by key", key, ok)
	_, ok = signer.Verify([]byte(`{"paid":false}`), signature)
	fmt.Println(ok)
	// Output:
	// xyLVEQzYdmyu4C4Cdxl4BRV4LwM
	// by key 0 true
	// false
}

// One key serves many purposes, each with a salt of its own.
func ExampleSerializer_WithSalt() {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("a long random secret")}}
	tokens, err := itsdangerous.NewURLSafeSerializer[int](options, nil)
	if err != nil {
		log.Fatal(err)
	}
	unsubscribe := tokens.WithSalt("unsubscribe")
	closeAccount := tokens.WithSalt("close account")

	token, err := unsubscribe.Dumps(42)
	if err != nil {
		log.Fatal(err)
	}
	user, err := unsubscribe.Loads(token)
	fmt.Println("unsubscribe:", user, err)
	_, err = closeAccount.Loads(token)
	fmt.Println("close account:", err)
	// Output:
	// unsubscribe: 42 <nil>
	// close account: itsdangerous: bad signature: signature does not match
}

// A codec given for the type spares naming it twice.
func ExampleNewSerializer() {
	type invitation struct {
		Team  string `json:"team"`
		Seats int    `json:"seats"`
	}
	options := itsdangerous.Options{Keys: [][]byte{[]byte("a long random secret")}}
	invitations, err := itsdangerous.NewSerializer(options, itsdangerous.JSON[invitation]{})
	if err != nil {
		log.Fatal(err)
	}
	token, err := invitations.Dumps(invitation{"crew", 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)
	got, err := invitations.Loads(token)
	fmt.Println(got.Team, got.Seats, err)
	// Output:
	// {"team":"crew","seats":3}.oz1TqGLsXqmZA1hx3KEQO5ktWfA
	// crew 3 <nil>
}

// Tokens that an older version signed with other settings stay good.
func ExampleNewSerializer_fallbacks() {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("a long random secret")}}
	old, err := itsdangerous.NewURLSafeSerializer[string](options, nil)
	if err != nil {
		log.Fatal(err)
	}
	token, err := old.Dumps("value")
	if err != nil {
		log.Fatal(err)
	}

	options.Digest = sha256.New
	sha1 := itsdangerous.Options{} // the defaults; keys and salt come from options
	current, err := itsdangerous.NewURLSafeSerializer[string](options, nil, sha1)
	if err != nil {
		log.Fatal(err)
	}
	value, err := current.Loads(token)
	fmt.Println(value, err)
	// Output:
	// value <nil>
}

// Tokens can be kept in files, too.
func ExampleSerializer_Dump() {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("a long random secret")}}
	licences, err := itsdangerous.NewSerializer[[]string](options, nil)
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer // an *os.File
	if err := licences.Dump(&file, []string{"maps", "routes"}); err != nil {
		log.Fatal(err)
	}
	features, err := licences.Load(&file)
	fmt.Println(features, err)
	// Output:
	// [maps routes] <nil>
}

// A limit of its own keeps what a token inflates to small.
func ExampleURLSafe() {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("a long random secret")}}
	notes, err := itsdangerous.NewSerializer(options, itsdangerous.URLSafe[string]{InflateLimit: 1000})
	if err != nil {
		log.Fatal(err)
	}
	token, err := notes.Dumps(strings.Repeat("ha", 1000))
	if err != nil {
		log.Fatal(err)
	}
	_, err = notes.Loads(token)
	fmt.Println(errors.Is(err, itsdangerous.ErrTooLarge))
	// Output:
	// true
}

// What stands between the JSON and the signature of a URL-safe token.
func ExampleAppendPack() {
	data := bytes.Repeat([]byte(`{"a":1}`), 20)
	small := itsdangerous.AppendPack(nil, data[:7], 1)
	large := itsdangerous.AppendPack(nil, data, 1)
	fmt.Printf("%s\n", small)
	fmt.Println(len(data), "bytes, compressed:", large[0] == '.', len(large) < len(data))

	back, err := itsdangerous.AppendUnpack(nil, large, 1000)
	fmt.Println(bytes.Equal(back, data), err)
	_, err = itsdangerous.AppendUnpack(nil, large, 100)
	fmt.Println(errors.Is(err, itsdangerous.ErrTooLarge))
	// Output:
	// eyJhIjoxfQ
	// 140 bytes, compressed: true true
	// true <nil>
	// true
}

// The key that Flask signs sessions with, for a program that needs it alone.
func ExampleDeriveKey() {
	key := itsdangerous.DeriveKey([]byte("a long random secret"), "cookie-session", itsdangerous.HMAC, nil)
	fmt.Printf("%d bytes\n", len(key))
	// Output:
	// 20 bytes
}

// A token that says when it was signed, as text that need not fit in a URL.
func ExampleNewTimedSerializer() {
	options := itsdangerous.Options{Keys: [][]byte{[]byte("a long random secret")}}
	votes, err := itsdangerous.NewTimedSerializer[map[string]int](options, nil)
	if err != nil {
		log.Fatal(err)
	}
	signed := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	token, err := votes.Dumps(map[string]int{"poll": 7}, signed)
	if err != nil {
		log.Fatal(err)
	}
	vote, when, err := votes.Loads(token, itsdangerous.Window{Now: signed.Add(time.Minute), MaxAge: time.Hour})
	fmt.Println(vote, when.Format(time.DateTime), err)
	// Output:
	// map[poll:7] 2026-01-02 03:04:05 <nil>
}
