package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed flask.py
var flaskScript string

// A flask is a Python process with a Flask application.
type flask struct {
	to       io.Writer
	from     *bufio.Reader
	Cookies  map[string]string // :: content → the cookie's value
	Versions map[string]string
}

// startFlask starts the process, in a virtual environment that it makes in this
// folder if it is not there.
func startFlask(root string) (*flask, error) {
	venv := filepath.Join(root, "internal/bench/.venv")
	python := filepath.Join(venv, "bin/python")
	if _, err := os.Stat(python); err != nil {
		requirements := filepath.Join(root, "internal/e2e/requirements.txt")
		for _, args := range [][]string{
			{"python3", "-m", "venv", venv},
			{python, "-m", "pip", "install", "-q", "-r", requirements},
		} {
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Stderr = os.Stderr
			if err := cmd.Run(); err != nil {
				os.RemoveAll(venv)
				return nil, fmt.Errorf("%v: %w", args, err)
			}
		}
	}
	cmd := exec.Command(python, "-c", flaskScript)
	cmd.Stderr = os.Stderr
	to, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &flask{to: to, from: bufio.NewReader(from)}
	values := map[string]any{}
	for _, c := range contents {
		values[c.name] = c.values
	}
	if err := json.NewEncoder(to).Encode(values); err != nil {
		return nil, err
	}
	line, err := f.from.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, f)
	}
	return f, err
}

// session is Flask as a subject.
func (f *flask) session(c content) (map[job]work, string) {
	works := map[job]work{}
	for _, j := range jobs {
		works[j] = func(n int) time.Duration {
			var took time.Duration
			fmt.Fprintf(f.to, "%s\t%s\t%d\n", j, c.name, n)
			_, err := fmt.Fscanln(f.from, &took)
			must(err)
			return took
		}
	}
	return works, f.Cookies[c.name]
}
