package itsdangerous

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestWindow(t *testing.T) {
	s := must(NewTimestampSigner(Options{Keys: [][]byte{[]byte("key")}}))
	signed := s.AppendSign(nil, []byte("value"), signedAt)
	const day = 24 * time.Hour
	at := func(age time.Duration) time.Time { return signedAt.Add(age) }
	tests := []struct {
		name   string
		window Window
		want   time.Duration // the age of an expired signature, zero for none
	}{
		{"the zero window accepts any age", Window{}, 0},
		{"a window without a time leaves its other fields unused", Window{MaxAge: 1}, 0},
		{"a signature may be exactly as old as allowed", Window{Now: at(day), MaxAge: day}, 0},
		{"a second more is too old", Window{Now: at(day + time.Second), MaxAge: day}, day + time.Second},
		{"ages count in whole seconds", Window{Now: at(day + time.Second - 1), MaxAge: day}, 0},
		{"a fraction of the allowed age is cut off", Window{Now: at(day), MaxAge: day - 1}, day},
		{"no age allowed is the second of signing", Window{Now: at(time.Second - 1)}, 0},
		{"no age allowed ends with that second", Window{Now: at(time.Second)}, time.Second},
		{"the future is refused", Window{Now: at(-time.Second), MaxAge: day}, -time.Second},
		{"leeway lets a near future pass", Window{Now: at(-10 * time.Second), MaxAge: day, Leeway: 10 * time.Second}, 0},
		{"leeway ends", Window{Now: at(-11 * time.Second), MaxAge: day, Leeway: 10 * time.Second}, -11 * time.Second},
		{"leeway is of whole seconds", Window{Now: at(-2 * time.Second), MaxAge: day, Leeway: 2*time.Second - 1}, -2 * time.Second},
		{"leeway works where no age is allowed", Window{Now: at(-time.Second), Leeway: time.Second}, 0},
		{"leeway does not make signatures last longer", Window{Now: at(2 * time.Second), MaxAge: time.Second, Leeway: time.Hour}, 2 * time.Second},
		{"leeway below zero is none", Window{Now: at(0), MaxAge: day, Leeway: -day}, 0},
		{"an allowed age below zero refuses all", Window{Now: at(time.Second), MaxAge: -1 * time.Second}, time.Second},
		{"an age beyond a Duration is its largest", Window{Now: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, math.MaxInt64 / time.Second * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			token, err := s.Unsign(signed, test.window)
			if test.want == 0 {
				check(t, "error", err, nil)
				check(t, "value", string(token.Value), "value")
				check(t, "signed at", token.SignedAt, signedAt.UTC())
				return
			}
			var bad *Error
			if !errors.As(err, &bad) || !errors.Is(err, ErrExpired) {
				t.Fatalf("got error %v, want an expired signature", err)
			}
			check(t, "age", bad.Age, test.want)
			check(t, "signed at", bad.SignedAt, signedAt.UTC())
			check(t, "payload", string(bad.Payload), "value")
			check(t, "token", token, Token{})
			if future := strings.Contains(err.Error(), "in the future"); future != (test.want < 0) {
				t.Errorf("got %q for an age of %v", err, test.want)
			}
		})
	}
}

func TestTimestampsAreWrittenAndReadAlike(t *testing.T) {
	for _, test := range []struct {
		name string
		now  time.Time
		text string
		want int64
	}{
		{"the start of 1970 is nothing at all", time.Unix(0, 0), "", 0},
		{"one byte", time.Unix(255, 0), "_w", 255},
		{"two bytes", time.Unix(256, 0), "AQA", 256},
		{"today", signedAt, "ZVPxAA", signedAt.Unix()},
		{"fractions are cut off", signedAt.Add(time.Second - 1), "ZVPxAA", signedAt.Unix()},
		{"after the year 2106", time.Unix(1<<32, 0), "AQAAAAA", 1 << 32},
		{"the last second of the year 9999", time.Unix(endOfTime-1, 0), "Ov_0QX8", endOfTime - 1},
		{"the year 10000 is signed as the second before", time.Unix(endOfTime, 0), "Ov_0QX8", endOfTime - 1},
		{"before 1970 is signed as its start", time.Unix(-1, 0), "", 0},
		{"the zero time is signed as that too", time.Time{}, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := appendTimestamp(nil, test.now)
			check(t, "text", string(text), test.text)
			seconds, ok := parseTimestamp(text)
			check(t, "seconds", seconds, test.want)
			check(t, "well formed", ok, true)
		})
	}
}
