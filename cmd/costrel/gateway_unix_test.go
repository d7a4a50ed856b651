//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A gatewayProcess is the command at work, with a key file.
type gatewayProcess struct {
	*exec.Cmd
	t       *testing.T
	url     string
	keyFile string
	log     *bufio.Reader
	logFile io.Closer
}

func startGateway(t *testing.T, args ...string) *gatewayProcess {
	t.Helper()
	g := &gatewayProcess{t: t, keyFile: filepath.Join(t.TempDir(), "keys.txt")}
	if err := os.WriteFile(g.keyFile, []byte("the key of this test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"gateway", "--listen", "127.0.0.1:0", "--proxy", "envoy", "--drain", "0", "--key-file", g.keyFile}, args...)
	g.Cmd = exec.Command("costrel", args...)
	log, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	g.log, g.logFile, g.Stderr = bufio.NewReader(log), log, w
	log.SetReadDeadline(time.Now().Add(10 * time.Second))
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.Process.Kill()
		g.Wait()
		log.Close()
	})
	g.url = "http://" + g.wait("listening")["address"].(string)
	return g
}

// wait returns the next line of the log with a message.
func (g *gatewayProcess) wait(message string) map[string]any {
	g.t.Helper()
	for {
		line, err := g.log.ReadBytes('\n')
		if err != nil {
			g.t.Fatalf("nobody logs %q: %v", message, err)
		}
		var entry map[string]any
		if json.Unmarshal(line, &entry) == nil && entry["msg"] == message {
			return entry
		}
	}
}

func TestGatewayOutlivesTheReaderOfItsLog(t *testing.T) {
	g := startGateway(t)
	g.logFile.Close()
	for range 3 {
		res, err := http.Get(g.url)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%d, want 401", res.StatusCode)
		}
	}
	g.Process.Signal(syscall.SIGTERM)
	if err := g.Wait(); err != nil {
		t.Errorf("it ended with %v, want exit code 0", err)
	}
}

func TestGatewayReadsNoPipeAgain(t *testing.T) {
	g := startGateway(t)
	pipe := g.keyFile + ".pipe"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(pipe, g.keyFile); err != nil {
		t.Fatal(err)
	}
	g.Process.Signal(syscall.SIGHUP)
	g.wait("the keys stay as they were")

	if err := os.WriteFile(pipe, []byte("another key of this test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(pipe, g.keyFile); err != nil {
		t.Fatal(err)
	}
	g.Process.Signal(syscall.SIGHUP)
	g.wait("the keys were loaded")
}

func TestGatewayTakesKeysFromAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go os.WriteFile(pipe, []byte("the key of this test\n"), 0o600)
	g := startGateway(t, "--key-file", pipe)
	g.Process.Signal(syscall.SIGHUP)
	g.wait("the keys stay as they were")
}
