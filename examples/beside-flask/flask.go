package main

import (
	"bufio"
	"cmp"
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

//go:embed app
var app embed.FS

// A flask is a running Flask application.
type flask struct {
	*exec.Cmd
	url  *url.URL
	dir  string
	done chan struct{} // closed once Wait has returned
}

// startFlask starts the application in app with a server of its own, on a port
// of its choosing. It ends when ctx is done, and also when this program ends
// in whatever way: it ends when its standard input does.
func startFlask(ctx context.Context, environ []string) (*flask, error) {
	python, err := findPython(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "beside-flask-")
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(app, "app")
	if err == nil {
		err = os.CopyFS(dir, files)
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}

	f := &flask{Cmd: exec.CommandContext(ctx, python, "app.py"), dir: dir, done: make(chan struct{})}
	f.Dir, f.Env, f.Stderr = dir, environ, os.Stderr
	stdin, err1 := f.StdinPipe()
	stdout, err2 := f.StdoutPipe()
	for _, err := range []error{err1, err2} {
		if err != nil {
			os.RemoveAll(dir)
			return nil, err
		}
	}
	f.Cancel, f.WaitDelay = stdin.Close, 5*time.Second
	if err := f.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	port, err := bufio.NewReader(stdout).ReadString('\n') // the first line that it writes
	if err != nil {
		stdin.Close()
		return nil, fmt.Errorf("flask did not start: %w", cmp.Or(f.Wait(), err))
	}
	f.url = &url.URL{Scheme: "http", Host: "127.0.0.1:" + strings.TrimSpace(port)}
	go io.Copy(io.Discard, stdout)
	return f, nil
}

// Wait waits until the application has ended, and tidies up after it.
func (f *flask) Wait() error {
	defer close(f.done)
	defer os.RemoveAll(f.dir)
	return f.Cmd.Wait()
}

// findPython returns a Python that has Flask. If there is none it makes a
// virtual environment in the user's cache folder.
func findPython(ctx context.Context) (string, error) {
	if hasFlask(ctx, "python3") {
		return "python3", nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err // what stands in a folder that all may write to is not run
	}
	dir := filepath.Join(cache, "costrel-beside-flask")
	python := filepath.Join(dir, "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(dir, "Scripts", "python.exe")
	}
	if hasFlask(ctx, python) {
		return python, nil
	}
	for _, args := range [][]string{
		{"python3", "-m", "venv", "--clear", dir},
		{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "flask"},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return "", fmt.Errorf("needs Python 3 with Flask (python3 -m pip install flask): %w %s", err, lines[len(lines)-1])
		}
	}
	return python, nil
}

func hasFlask(ctx context.Context, python string) bool {
	return exec.CommandContext(ctx, python, "-c", "import flask").Run() == nil
}
