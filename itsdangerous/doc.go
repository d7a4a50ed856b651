// Package itsdangerous signs values that travel through hands that can't be
// trusted: links in an e-mail, cookies, tokens of an API. Whoever holds one can
// read it; nobody without the key can change it unnoticed. The format is that of
// Python's itsdangerous 2.2, and what either writes the other reads.
//
//	ImFkYUBleGFtcGxlLm9yZyI.ZVPxAA.coS-Pl-7EflDRo7Ilwm6b647OA4
//	└────── payload ──────┘ └time┘ └──────── signature ──────┘
//	"ada@example.org" as     when   HMAC of all before it, with a key
//	JSON in base64url,       it was derived from a secret and a salt
//	compressed if shorter    signed
//
// # Where to start
//
// For a token that goes into a link or a cookie and expires, use
// [NewURLSafeTimedSerializer]: it takes a value of your type to a token and
// back. Its layers can be used alone:
//
//   - [Signer] puts a signature behind bytes, [TimestampSigner] a time as well.
//   - [Serializer] and [TimedSerializer] do so with values, through a [Codec].
//   - [URLSafeSerializer] and [URLSafeTimedSerializer] do so in characters that
//     need no escaping.
//
// Everything is set when it is made, by [Options], and then safe for concurrent
// use. Keys and the time are arguments; nothing here reads a clock.
//
// # What is checked
//
// The signature comes first, before anything of a token is decoded, and is
// compared in constant time. A token has one spelling: where Python's base64
// skips what is not of its alphabet, here a byte more or less is a bad
// signature. Compressed payloads inflate up to a limit. Errors are [*Error], and
// [errors.Is] sorts them into the family of [ErrBadData].
package itsdangerous
