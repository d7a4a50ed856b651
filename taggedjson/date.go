package taggedjson

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// appendDate appends t as werkzeug.http.http_date writes it: in UTC, by the
// second. Flask also writes years below 100, but reads them back as 19xx or 20xx.
func appendDate(dst []byte, t time.Time) ([]byte, error) {
	if t.IsZero() {
		return dst, errors.New("the zero time can't be kept in a session: leave it out by omitzero, or keep a *time.Time")
	}
	t = t.UTC()
	if y := t.Year(); y < 100 || y > 9999 {
		return dst, fmt.Errorf("a date in the year %d can't be kept in a session", y)
	}
	return t.AppendFormat(dst, dateLayout), nil
}

const dateLayout = "Mon, 02 Jan 2006 15:04:05 GMT"

var (
	errNoDate    = errors.New("the text is no date") // None in Flask
	errDateRange = errors.New("a date has a number too large for any clock")
)

// parseDate returns the time that s names by the rules of
// werkzeug.http.parse_date: those of Python's email.utils.parsedate_to_datetime,
// where no zone is UTC. The steps are Python's own, in its order. The error is
// errNoDate, or errDateRange where Python raises an OverflowError.
func parseDate(s string) (t time.Time, err error) {
	if len(s) == len(dateLayout) { // mostly what appendDate wrote
		if t, err = time.Parse(dateLayout, s); err == nil && t.Year() >= 1000 {
			return t, nil
		}
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f })
	if len(words) == 0 {
		return t, errNoDate
	}
	// The day of the week is skipped, not checked.
	if first := words[0]; strings.HasSuffix(first, ",") || slices.Contains(dayNames, strings.ToLower(first)) {
		words = words[1:]
	} else {
		words[0] = first[strings.LastIndexByte(first, ',')+1:]
	}
	if len(words) == 3 { // RFC 850: 02-Jan-06 15:04:05 GMT
		if date := strings.Split(words[0], "-"); len(date) == 3 {
			words = append(date, words[1:]...)
		}
	}
	if len(words) == 4 { // the zone is part of the time, or missing
		clock, zone := words[3], ""
		i := strings.IndexByte(clock, '+')
		if i < 0 {
			i = strings.IndexByte(clock, '-')
		}
		if i > 0 {
			clock, zone = clock[:i], clock[i:]
		}
		words = []string{words[0], words[1], words[2], clock, zone}
	}
	if len(words) < 5 {
		return t, errNoDate
	}
	day, month, year, clock, zone := words[0], strings.ToLower(words[1]), words[2], words[3], words[4]
	if day == "" || month == "" || year == "" {
		return t, errNoDate
	}

	m := slices.Index(monthNames, month)
	if m < 0 {
		day, month = words[1], strings.ToLower(day)
		if m = slices.Index(monthNames, month); m < 0 {
			return t, errNoDate
		}
	}
	m = m%12 + 1
	day = strings.TrimSuffix(day, ",")
	if strings.IndexByte(year, ':') > 0 {
		year, clock = clock, year
	}
	if year = strings.TrimSuffix(year, ","); year == "" {
		return t, errNoDate
	}
	if year[0]-'0' > 9 { // asctime: the zone before the year
		year, zone = zone, year
	}
	hms := strings.Split(strings.TrimSuffix(clock, ","), ":")
	if len(hms) == 1 {
		hms = strings.Split(hms[0], ".")
	}
	if len(hms) == 2 {
		hms = append(hms, "0")
	}
	if len(hms) != 3 {
		return t, errNoDate
	}

	var n [5]int64
	inRange := true
	for i, field := range []string{year, day, hms[0], hms[1], hms[2]} {
		var ok bool
		if n[i], ok = parsePythonInt(field); !ok {
			return t, errNoDate
		}
		inRange = inRange && n[i] >= math.MinInt32 && n[i] <= math.MaxInt32
	}
	switch {
	case n[0] < 69:
		n[0] += 2000
	case n[0] < 100:
		n[0] += 1900
	}
	location, err := parseZone(strings.ToUpper(zone))
	switch {
	case err != nil:
		return t, err
	case !inRange:
		return t, errDateRange
	case n[0] < 1 || n[0] > 9999:
		return t, errNoDate
	}
	t = time.Date(int(n[0]), time.Month(m), int(n[1]), int(n[2]), int(n[3]), int(n[4]), 0, location)
	// time.Date carries what is out of range; Python refuses it.
	if got := [5]int64{int64(t.Year()), int64(t.Day()), int64(t.Hour()), int64(t.Minute()), int64(t.Second())}; got != n || t.Month() != time.Month(m) {
		return t, errNoDate
	}
	return t, nil
}

// parseZone reads a zone's name or its offset as ±HHMM. What is neither is UTC.
func parseZone(s string) (*time.Location, error) {
	const day, longest = 24 * 3600, 1e9 * 24 * 3600 // of Python's timedelta
	offset, ok := zones[s]
	if !ok {
		offset, ok = parsePythonInt(s)
	}
	if !ok || offset == 0 {
		return time.UTC, nil
	}
	switch seconds := offset/100*3600 + offset%100*60; {
	case seconds <= -longest || seconds >= longest:
		return nil, errDateRange
	case seconds <= -day || seconds >= day:
		return nil, errNoDate
	default:
		return time.FixedZone("", int(seconds)), nil
	}
}

// parsePythonInt reads what Python's int() reads of ASCII: a sign, and single
// underscores between digits. A number too large for any part of a date stays
// so, and does not overflow.
func parsePythonInt(s string) (n int64, ok bool) {
	digits := strings.TrimPrefix(s, "-")
	negative := len(digits) < len(s)
	if !negative {
		digits = strings.TrimPrefix(s, "+")
	}
	underscore := true // so that none comes first
	for _, c := range []byte(digits) {
		switch {
		case c == '_' && !underscore:
			underscore = true
			continue
		case c < '0' || c > '9':
			return 0, false
		}
		underscore = false
		n = min(10*n+int64(c-'0'), 1e15)
	}
	if negative {
		n = -n
	}
	return n, !underscore
}

var dayNames = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// monthNames has the twelve short names, then the twelve long ones.
var monthNames = []string{
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
	"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
}

// zones are the named zones that Python knows, each as ±HHMM.
var zones = map[string]int64{
	"UT": 0, "UTC": 0, "GMT": 0, "Z": 0,
	"AST": -400, "ADT": -300,
	"EST": -500, "EDT": -400,
	"CST": -600, "CDT": -500,
	"MST": -700, "MDT": -600,
	"PST": -800, "PDT": -700,
}
