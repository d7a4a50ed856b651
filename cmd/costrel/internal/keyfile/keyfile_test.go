package keyfile

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/itsdangerous"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name string
		text string
		keys []string
		salt string
		err  string
	}{
		{name: "a key", text: "one", keys: []string{"one"}},
		{name: "keys in their order", text: "one\ntwo\n", keys: []string{"one", "two"}},
		{name: "lines of Windows, and blank ones", text: "one\r\n\r\n\ntwo\r\n", keys: []string{"one", "two"}},
		{name: "spaces are part of a key", text: " one two \n", keys: []string{" one two "}},
		{name: "bytes in base64, of either alphabet", text: "base64:/+8=\nbase64:_-8\n", keys: []string{"\xff\xef", "\xff\xef"}},
		{name: "derived keys", text: "derived:cookie-session:AAE\nderived:cookie-session:AQA\n", keys: []string{"\x00\x01", "\x01\x00"}, salt: "cookie-session"},
		{name: "a salt with a colon", text: "derived:a:b:AAE\n", keys: []string{"\x00\x01"}, salt: "a:b"},
		{name: "nothing", text: "\n\n", err: "no key in it"},
		{name: "keys and derived keys", text: "one\nderived:a:AAE\n", err: "line 2: a file holds keys, or derived keys for one salt"},
		{name: "derived keys for two salts", text: "derived:a:AAE\nderived:b:AAE\n", err: "line 2: a file holds"},
		{name: "a derived key without a salt", text: "derived:AAE\n", err: "line 1: a derived key is written"},
		{name: "a derived key with an empty salt", text: "derived::AAE\n", err: "line 1: a derived key is written"},
		{name: "a derived key that is none", text: "one-of-mine\nbase64:!\n", err: "line 2: the key is not in base64"},
		{name: "no text", text: "of-mine-and-long-enough\n\x1f\x8b\x08 of-mine-and-long-enough\n", err: "line 2: this is no text"},
		{name: "no UTF-8", text: "of-mine-\xff-and-long-enough\n", err: "line 1: this is no text"},
		{name: "UTF-16, as some editors write", text: "\xff\xfeo\x00n\x00e\x00\n\x00", err: "line 1: this is no text"},
		{name: "a byte order mark, which is no part of the key", text: "\ufeffof-mine-and-long-enough\n", err: "line 1: this is no text"},
		{name: "too much", text: strings.Repeat("x", maxSize+1), err: "this is no key file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ring, err := Parse([]byte(test.text))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error: %v, want one with %q", err, test.err)
				}
				if strings.Contains(err.Error(), "AAE") || strings.Contains(err.Error(), "mine") {
					t.Errorf("the error shows a key: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := string(bytes.Join(ring.Keys, []byte("|"))); got != strings.Join(test.keys, "|") || ring.Salt != test.salt {
				t.Errorf("got keys %q for %q, want %q for %q", got, ring.Salt, test.keys, test.salt)
			}
		})
	}
}

func TestReadRefusesAFileThatOthersCanReadOrChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	path := filepath.Join(t.TempDir(), "keys.txt")
	if err := os.WriteFile(path, []byte("a key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o700: true, 0o640: false, 0o604: false, 0o620: false, 0o610: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); (err == nil) != ok {
			t.Errorf("mode %o: error %v, want good %v", mode, err, ok)
		}
	}
}

func TestRotateGoesThroughALink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "keys.txt"), filepath.Join(dir, "link")
	if err := (Ring{Keys: [][]byte{[]byte("old")}}).Create(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if _, err := Rotate(link, "new", -1); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text), "new\nold\n"; got != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v, %v", info, err)
	}
}

// What held something else before may be there for all to read.
func TestWriteKeepsAFileToItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.txt")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (Ring{Keys: [][]byte{[]byte("new")}}).Write(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err != nil {
		t.Error(err)
	}
}

func TestWriteReplacesNothingButDerivedKeys(t *testing.T) {
	ring := Ring{Keys: [][]byte{[]byte("new")}, Salt: "a"}
	tests := []struct {
		name string
		text string
		err  string
	}{
		{"an empty file", "", ""},
		{"keys derived for the same salt", "derived:a:AAE\n", ""},
		{"keys derived for another salt", "derived:b:AAE\n", `keys derived for "b", not "a"`},
		{"a key that was not derived", "mine\n", "something else than derived keys"},
		{"lines without a key", "\n\n", "something else than derived keys"},
		{"something else", "\x1f\x8b\x08", "something else than derived keys"},
		{"something large", strings.Repeat("x", maxSize+1), "too large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			err := ring.Write(path)
			want := test.text
			switch {
			case test.err == "" && err != nil:
				t.Fatal(err)
			case test.err == "":
				want = "derived:a:bmV3\n"
			case err == nil || !strings.Contains(err.Error(), test.err):
				t.Errorf("error: %v, want one with %q", err, test.err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("the file holds %q, want %q", got, want)
			}
		})
	}
	if err := ring.Write(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a directory: error %v, want one", err)
	}
}

// Of many rotations at once none may lose another's key, and who reads the file
// meanwhile must find whole ones.
func TestRotationsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.txt")
	if err := (Ring{Keys: [][]byte{[]byte("key 0")}}).Create(path); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	rotated := map[string]bool{"key 0": true}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			key := fmt.Sprintf("key %d", i+1)
			if _, err := Rotate(path, key, -1); err == nil {
				mu.Lock()
				rotated[key] = true
				mu.Unlock()
			}
		})
		wg.Go(func() {
			if _, err := Read(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ring, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(ring.Keys) != len(rotated) {
		t.Errorf("%d keys are in the file, want the %d that were rotated in", len(ring.Keys), len(rotated))
	}
	for _, key := range ring.Keys {
		if !rotated[string(key)] {
			t.Errorf("%q is in the file, and its rotation failed", key)
		}
	}
}

func TestDerivedKeysOpenSessions(t *testing.T) {
	ring := Ring{Keys: [][]byte{[]byte("the current key, long enough"), []byte("the old key, long enough too")}}
	derived, err := ring.Derive("cookie-session", itsdangerous.HMAC, nil)
	if err != nil {
		t.Fatal(err)
	}
	cookie := costrel.NewSession()
	cookie.Set("user_id", 42)
	header := http.Header{}
	if err := manager(t, Ring{Keys: ring.Keys[1:]}).Save(header, httptest.NewRequest("GET", "/", nil), cookie); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	value, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	r.Header.Set("Cookie", value)
	for name, ring := range map[string]Ring{"the keys": ring, "those derived from them": derived} {
		session, err := manager(t, ring).Open(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, by := session.Get("user_id"), session.SignedBy(); got != int64(42) || by != 1 {
			t.Errorf("with %s: got user_id %v, signed by key %d, want 42 by key 1", name, got, by)
		}
	}
}

func manager(t *testing.T, ring Ring) *costrel.Manager {
	t.Helper()
	signed := &costrel.Signed{}
	if ring.Salt != "" {
		signed.Salt, signed.Derivation = ring.Salt, itsdangerous.None
	}
	m, err := costrel.New(costrel.Config{Keys: ring.Keyring(), Interface: signed})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPrintingARingShowsNoKey(t *testing.T) {
	ring := Ring{Keys: [][]byte{[]byte("hunter2")}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, ring); strings.Contains(got, "hunter2") || strings.Contains(got, "68756e74") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "ring", ring)
	if !strings.Contains(log.String(), `"ring":"keyfile.Ring(1 keys)"`) {
		t.Errorf("a log says %s, want how many keys there are", log.String())
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("one\ntwo\n"))
	f.Add([]byte("base64:_-8\r\n\n"))
	f.Add([]byte("derived:cookie-session:AAE\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ring, err := Parse(text)
		if err != nil {
			return
		}
		written, err := ring.AppendText(nil)
		if err != nil {
			t.Fatalf("what was read can't be written: %v", err)
		}
		again, err := Parse(written)
		if err != nil {
			if len(written) > maxSize {
				return // base64 is longer
			}
			t.Fatalf("what was written can't be read: %v", err)
		}
		if again.Salt != ring.Salt || !bytes.Equal(bytes.Join(again.Keys, nil), bytes.Join(ring.Keys, nil)) || len(again.Keys) != len(ring.Keys) {
			t.Errorf("got %q for %q, want %q for %q", again.Keys, again.Salt, ring.Keys, ring.Salt)
		}
	})
}
