//go:build unix

package keyfile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadAgainTakesRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	file, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(file, []byte("a key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, err string }{
		{"a file", file, ""},
		{"a link to one", link, ""},
		{"a pipe", pipe, "no regular file"},
		{"a directory", dir, "no regular file"},
		{"nothing", filepath.Join(dir, "none"), "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ring, err := ReadAgain(tt.path)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, %v, want an error with %q", ring, err, tt.err)
				}
				return
			}
			if err != nil || len(ring.Keys) != 1 {
				t.Errorf("got %v, %v, want a key", ring, err)
			}
		})
	}
}
