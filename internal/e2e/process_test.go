package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A process is a program that a test started, with whatever that started in
// turn. It ends with its test; how it fared is in the log of a failed one.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	output output
	done   chan struct{} // closed when it has ended
}

// start starts cmd.
func start(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = &p.output
	}
	cmd.Stderr = &p.output
	// A group of its own, to be ended as a whole, and an end with the thread
	// that started it, so that none outlives tests that were killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread lives as long as the process
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("starting %s: %v", cmd.Path, err)
	}
	t.Cleanup(p.stop)
	return p
}

// stop asks the process to end, and ends it and its group after five seconds.
func (p *process) stop() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
	if p.t.Failed() {
		p.t.Logf("output of %s:\n%s", filepath.Base(p.cmd.Path), p.output.String())
	}
}

// ready waits until url is answered, by whatever status but those given.
func (p *process) ready(url string, but ...int) {
	p.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		res, err := http.Get(url)
		if err == nil {
			res.Body.Close()
			if !slices.Contains(but, res.StatusCode) {
				return
			}
			err = errors.New(res.Status)
		}
		select {
		case <-p.done:
			p.t.Fatalf("%s ended: %v\n%s", p.cmd.Path, p.cmd.ProcessState, p.output.String())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s does not answer: %v", p.cmd.Path, err)
		}
	}
}

// printed waits until the process has printed what pattern matches, and returns
// its first group.
func (p *process) printed(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(60 * time.Second)
	for {
		if match := re.FindStringSubmatch(p.output.String()); match != nil {
			return match[1]
		}
		select {
		case <-p.done:
			p.t.Fatalf("%s ended: %v\n%s", p.cmd.Path, p.cmd.ProcessState, p.output.String())
		case <-deadline:
			p.t.Fatalf("%s does not print %s:\n%s", p.cmd.Path, pattern, p.output.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// serveFlask serves an application of folder flaskapp by gunicorn, in the
// environment given beside PATH and HOME, and returns its URL.
func serveFlask(t testing.TB, module string, env ...string) string {
	t.Helper()
	bin := venv(t)
	// The socket is opened here and handed over, so that no other process can
	// take its port meanwhile.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	cmd := exec.Command(filepath.Join(bin, "gunicorn"), "--bind", "fd://3", "--workers", "1", "--threads", "4",
		"--chdir", "flaskapp", "--log-level", "warning", "--no-control-socket", module+":app")
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PYTHONDONTWRITEBYTECODE=1"}, env...)
	cmd.ExtraFiles = []*os.File{socket}
	url := fmt.Sprintf("http://%s", listener.Addr())
	start(t, cmd).ready(url + "/ready")
	return url
}

// output is a buffer that a process can write to while a test reads it.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer // not embedded: os/exec would go past the mutex with its ReadFrom
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}
