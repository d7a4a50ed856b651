package forwardauth

import (
	"html/template"
	"math"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/costrel/costrel/taggedjson"
)

func TestIdentityValues(t *testing.T) {
	large, _ := new(big.Int).SetString("100000000000000000000", 10)
	tests := []struct {
		name  string
		value any
		want  []string // nil: no header
		err   string
	}{
		{"text", "ann", []string{"ann"}, ""},
		{"text with a space within", "ann lee", []string{"ann lee"}, ""},
		{"empty text", "", []string{""}, ""},
		{"an integer", 12345, []string{"12345"}, ""},
		{"a large integer", large, []string{"100000000000000000000"}, ""},
		{"a float", 0.5, []string{"0.5"}, ""},
		{"true", true, []string{"true"}, ""},
		{"Markup", template.HTML("<b>"), []string{"<b>"}, ""},
		{"a UUID", taggedjson.UUID{15: 1}, []string{"00000000-0000-0000-0000-000000000001"}, ""},
		{"null is none", nil, nil, ""},
		{"the longest text", strings.Repeat("a", maxField), []string{strings.Repeat("a", maxField)}, ""},

		{"longer text", strings.Repeat("a", maxField+1), nil, "longer than 4096 bytes"},
		{"a new line", "a\nX-Admin: 1", nil, "printable ASCII"},
		{"a carriage return", "a\rb", nil, "printable ASCII"},
		{"the end of text", "a\x00b", nil, "printable ASCII"},
		{"a tab", "a\tb", nil, "printable ASCII"},
		{"beyond ASCII", "Zoë", nil, "printable ASCII"},
		{"a space in front", " a", nil, "a space at its end"},
		{"a space behind", "a ", nil, "a space at its end"},
		{"no number", math.NaN(), nil, "no form as a header"},
		{"infinity", math.Inf(1), nil, "no form as a header"},
		{"a list", []any{"a"}, nil, "no form as a header"},
		{"a dict", values{"a": 1, "b": 2}, nil, "no form as a header"},
		{"bytes", []byte("a"), nil, "no form as a header"},
		{"a date", time.Unix(0, 0), nil, "no form as a header"},
	}
	h := newHandler(t, Config{Require: All(), Headers: map[string]string{"x-user": "user"}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := h.Check(request(t, "/", values{"user": tt.value, "other": 1}))
			if got := d.Identity["X-User"]; !slices.Equal(got, tt.want) {
				t.Errorf("X-User %q, want %q", got, tt.want)
			}
			switch {
			case tt.err == "" && (d.Err != nil || d.Verdict != Allow):
				t.Errorf("%s, %v, want it allowed", d.Verdict, d.Err)
			case tt.err != "" && (d.Err == nil || !strings.Contains(d.Err.Error(), tt.err) || d.Verdict == Allow || d.Identity != nil):
				t.Errorf("%s, %v, want an error with %q", d.Verdict, d.Err, tt.err)
			}
		})
	}
}

func TestProtectStripsIdentities(t *testing.T) {
	h := newHandler(t, Config{Require: All(), Headers: map[string]string{"X-User-Id": "user_id", "X-Role": "role"}})
	sent := http.Header{
		"X-User-Id":  {"1", "2"},
		"x-user-id":  {"3"},
		"X_user_id":  {"4"},
		"X_USER-ID":  {"5"},
		"X.User.Id":  {"6"},
		"X!User~Id":  {"7"},
		"X-Role":     {"admin"},
		"Connection": {"X-User-Id, close", "x_role,Upgrade ,, X-Other"},
		"X-User-Idx": {"another header"},
		"X-User":     {"another header"},
	}
	r := request(t, "/", values{"user_id": "5"})
	for name, values := range sent {
		r.Header[name] = values
	}
	r.Trailer = http.Header{"X-User-Id": {"8"}}

	var seen *http.Request
	h.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r })).ServeHTTP(nil, r)

	want := http.Header{
		"X-User-Id":  {"5"},
		"Connection": {"close, Upgrade, X-Other"},
		"X-User-Idx": sent["X-User-Idx"],
		"X-User":     sent["X-User"],
		"Cookie":     r.Header["Cookie"],
	}
	for name := range seen.Header {
		if !slices.Equal(seen.Header[name], want[name]) {
			t.Errorf("the application sees %s %q, want %q", name, seen.Header[name], want[name])
		}
	}
	for name := range want {
		if _, ok := seen.Header[name]; !ok {
			t.Errorf("the application does not see %s", name)
		}
	}
	if seen.Trailer != nil {
		t.Errorf("the application sees trailers: %v", seen.Trailer)
	}
	if got := r.Header["X-Role"]; len(got) != 1 {
		t.Errorf("the request given to the handler was changed: X-Role is %q", got)
	}
}
