package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// missing skips the test for want of something to install; in CI it fails.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// lookPath returns where the first of the named programs stands, and skips the
// test where there is none.
func lookPath(t testing.TB, pkg string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "needs %s: apt-get install %s", names[0], pkg)
	return ""
}

// venv returns the folder of the programs of the virtual environment, which it
// makes at its first call.
func venv(t testing.TB) string {
	t.Helper()
	bin, err := makeVenv()
	if err != nil {
		missing(t, "needs Python 3.10 or newer with venv and pip (apt-get install python3-venv): %v", err)
	}
	return bin
}

// makeVenv makes .venv, unless one stands there that has what requirements.txt
// names under the Python of today.
var makeVenv = sync.OnceValues(func() (bin string, err error) {
	dir, err := filepath.Abs(".venv")
	if err != nil {
		return "", err
	}
	bin = filepath.Join(dir, "bin")

	requirements, err := os.ReadFile("requirements.txt")
	if err != nil {
		return "", err
	}
	python, err := exec.Command("python3", "-c", "import sys; print(sys.executable, sys.version)").Output()
	if err != nil {
		return "", err
	}
	want := append(python, requirements...)
	stamp := filepath.Join(dir, "made-of.txt")

	// Another run of the tests may be at the same work.
	lock, err := os.Create(".venv.lock")
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}

	if got, err := os.ReadFile(stamp); err == nil && bytes.Equal(got, want) {
		return bin, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"python3", "-m", "venv", dir},
		{filepath.Join(bin, "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
			return "", fmt.Errorf("%s: %w: %s", args[0], err, lines[len(lines)-1])
		}
	}
	return bin, os.WriteFile(stamp, want, 0o644)
})
