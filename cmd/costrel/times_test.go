package main

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	tests := []struct{ name, text, want string }{
		{"nothing is now", "", "2026-01-31 12:00:00 UTC"},
		{"a date", "2026-01-02", "2026-01-02 00:00:00 UTC"},
		{"a time", "2026-01-02 03:04", "2026-01-02 03:04:00 UTC"},
		{"a time as read writes it", "2026-01-02 03:04:05 UTC", "2026-01-02 03:04:05 UTC"},
		{"a time with a zone", "2026-01-02T03:04:05+01:00", "2026-01-02 02:04:05 UTC"},
		{"Unix seconds", "1767225600", "2026-01-01 00:00:00 UTC"},
		{"hours ago", "-2h", "2026-01-31 10:00:00 UTC"},
		{"days ago", "-31d", "2025-12-31 12:00:00 UTC"},
		{"a minute ahead", "+60", "2026-01-31 12:01:00 UTC"},
		{"a word", "yesterday", ""},
		{"a sign", "-", ""},
		{"a year too late", "10000-01-01", ""},
		{"a second too late", "253402300800", ""},
		{"a distance too far", "+999999999999w", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseTime(test.text, now)
			switch {
			case test.want == "" && err == nil:
				t.Errorf("got %s, want an error", timeText(got))
			case test.want != "" && (err != nil || timeText(got) != test.want):
				t.Errorf("got %s, %v, want %s", timeText(got), err, test.want)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                             "0 seconds",
		time.Second:                   "1 second",
		119 * time.Second:             "119 seconds",
		2 * time.Minute:               "2 minutes",
		31*day - time.Second:          "31 days",
		5 * 365 * day:                 "5 years",
		36*time.Hour + 29*time.Minute: "36 hours",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) is %q, want %q", d, got, want)
		}
	}
}
