package docs

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/itsdangerous"
)

const formatKey = "the key of this page, and of nothing else"

// formatBlock returns the text of the one block of format.md with that info.
func formatBlock(t *testing.T, info string) string {
	t.Helper()
	text, err := os.ReadFile("format.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range (page{"format.md", string(text)}).blocks() {
		if block.info == info {
			return block.text
		}
	}
	t.Fatalf("format.md has no block %q", info)
	return ""
}

// formatParts returns the parts of the cookie in a block of format.md.
func formatParts(t *testing.T, info string) (payload, timestamp, signature string) {
	t.Helper()
	value := strings.TrimPrefix(strings.TrimSpace(formatBlock(t, info)), "session=")
	i := strings.LastIndexByte(value, '.')
	j := strings.LastIndexByte(value[:i], '.')
	return value[:j], value[j+1 : i], value[i+1:]
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// dump returns data as format.md shows it, sixteen bytes a line.
func dump(data []byte, withText bool) string {
	var lines strings.Builder
	for i := 0; i < len(data); i += 16 {
		row := data[i:min(i+16, len(data))]
		fmt.Fprintf(&lines, "%04x  % x", i, row)
		if withText {
			fmt.Fprintf(&lines, "  %s", row)
		}
		lines.WriteString("\n")
	}
	return lines.String()
}

func TestTheBytesInFormatAreRight(t *testing.T) {
	payload, timestamp, signature := formatParts(t, "text cookie")
	compressed, _, _ := formatParts(t, "text compressed")
	inflated, err := itsdangerous.AppendUnpack(nil, []byte(compressed), 0)
	if err != nil {
		t.Fatal(err)
	}
	for info, want := range map[string]string{
		"text payload":   dump(decode(t, payload), true),
		"text timestamp": fmt.Sprintf("% x\n", decode(t, timestamp)),
		"text key":       fmt.Sprintf("% x\n", itsdangerous.DeriveKey([]byte(formatKey), "cookie-session", itsdangerous.HMAC, sha1.New)),
		"text signature": fmt.Sprintf("% x\n", decode(t, signature)),
		"text stream":    dump(decode(t, compressed[1:]), false),
		"text inflated":  string(inflated) + "\n",
	} {
		if got := formatBlock(t, info); got != want {
			t.Errorf("format.md, block %q:\ngot\n%swant\n%s", info, got, want)
		}
	}
	text, err := os.ReadFile("format.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		formatKey,
		fmt.Sprintf("| %d | the session, as JSON |", len(decode(t, payload))),
		fmt.Sprintf("0x%s is %d, 14 March 2026, 09:26:53 UTC", hex.EncodeToString(decode(t, timestamp)), time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC).Unix()),
		fmt.Sprintf("the %d bytes that it inflates to", len(inflated)),
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("format.md does not say %q", want)
		}
	}
}

func TestTheCookiesInFormatVerify(t *testing.T) {
	for info, want := range map[string]string{
		"text cookie":     string(decode(t, first(formatParts(t, "text cookie")))) + "\n",
		"text compressed": formatBlock(t, "text inflated"),
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(time.Date(2026, time.March, 14, 9, 30, 0, 0, time.UTC)))
			sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(formatKey)})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header = http.Header{"Cookie": {strings.TrimSpace(formatBlock(t, info))}}
			session, err := sessions.Open(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := session.Rejection(); got.Reason != costrel.Accepted {
				t.Errorf("the cookie of %q is rejected: %v", info, got)
			}
			got, err := session.AppendJSON(nil)
			if err != nil {
				t.Fatal(err)
			}
			if string(got)+"\n" != want {
				t.Errorf("the cookie of %q holds %s, want %s", info, got, want)
			}
		})
	}
}

func first(payload, _, _ string) string { return payload }
