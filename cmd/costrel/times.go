package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// A lifetime is the flag of a duration: a number of seconds, or with units, of
// which "d" is a day and "w" a week.
type lifetime time.Duration

func (l *lifetime) String() string {
	if *l == 0 {
		return ""
	}
	return span(time.Duration(*l))
}

func (l *lifetime) Type() string { return "duration" }

func (l *lifetime) Set(text string) error {
	d, err := parseDuration(text)
	if err == nil && d < time.Second {
		err = errors.New("it must be a second at least")
	}
	if err == nil {
		*l = lifetime(d)
	}
	return err
}

func parseDuration(text string) (time.Duration, error) {
	unit := time.Second
	number := text
	switch {
	case strings.HasSuffix(text, "d"):
		unit, number = day, strings.TrimSuffix(text, "d")
	case strings.HasSuffix(text, "w"):
		unit, number = 7*day, strings.TrimSuffix(text, "w")
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		if n > math.MaxInt64/int64(unit) || n < math.MinInt64/int64(unit) {
			return 0, errors.New("it is too long")
		}
		return time.Duration(n) * unit, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("write it as 3600, 90m, 12h or 31d")
	}
	return d, nil
}

// parseTime reads a point in time: a date with or without a time, Unix seconds,
// or a distance from now, such as -2h.
func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "" || text == "now" {
		return now, nil
	}
	if text[0] == '-' || text[0] == '+' {
		d, err := parseDuration(text)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is no distance from now: %w", text, err)
		}
		return now.Add(d), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return checkYear(time.Unix(n, 0).UTC())
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSuffix(text, " UTC")); err == nil {
			return checkYear(t.UTC())
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write it as 2026-01-31, 2026-01-31T15:04:05Z, Unix seconds, or -2h", text)
}

func checkYear(t time.Time) (time.Time, error) {
	if t.Year() < 1970 || t.Year() > 9999 {
		return t, errors.New("a cookie can be signed from 1970 to 9999")
	}
	return t, nil
}

// timeText writes t for people.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// relative says how far t is from now.
func relative(t, now time.Time) string {
	switch d := t.Sub(now); {
	case d > 0:
		return "in " + span(d)
	case -d < time.Second:
		return "just now"
	default:
		return span(-d) + " ago"
	}
}

// span writes a duration in its largest unit that says enough.
func span(d time.Duration) string {
	for _, unit := range []struct {
		name  string
		size  time.Duration
		least time.Duration
	}{
		{"year", 365 * day, 2 * 365 * day},
		{"day", day, 2 * day},
		{"hour", time.Hour, 2 * time.Hour},
		{"minute", time.Minute, 2 * time.Minute},
	} {
		if d >= unit.least {
			return count(int64((d+unit.size/2)/unit.size), unit.name)
		}
	}
	return count(int64(d/time.Second), "second")
}

// count writes a number of things.
func count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
