package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
)

// An oracle is a process of oracle.py: it tells what Flask does.
type oracle struct {
	process *process
	stdin   io.Writer
	stdout  *bufio.Reader
}

func newOracle(t testing.TB) *oracle {
	t.Helper()
	cmd := exec.Command(filepath.Join(venv(t), "python"), "oracle.py")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	return &oracle{start(t, cmd), stdin, bufio.NewReaderSize(stdout, 1<<20)}
}

// A question is one line to oracle.py, which says what the fields mean.
type question struct {
	Do     string  `json:"do"` // load, dump or respond
	Config any     `json:"config"`
	Now    float64 `json:"now"`

	Headers  [][]byte `json:"headers,omitempty"`
	Sessions []any    `json:"sessions,omitempty"` // typed
	Requests []any    `json:"requests,omitempty"`
}

// The answers to questions of each kind.
type (
	loaded struct {
		Outcome string          `json:"outcome"` // absent, loaded, refused or failed
		Error   string          `json:"error"`
		Values  json.RawMessage `json:"values"`
		Cookies []string        `json:"cookies"` // the values of each of that name
	}
	dumped struct {
		Cookie string `json:"cookie"`
		JSON   string `json:"json"`
		Error  string `json:"error"`
	}
	responded struct {
		Status    int               `json:"status"`
		SetCookie []string          `json:"set_cookie"`
		Vary      []string          `json:"vary"`
		Results   []json.RawMessage `json:"results"`
	}
)

// ask puts a question, and the answer into *answer.
func (o *oracle) ask(q question, answer any) {
	t := o.process.t
	t.Helper()
	line, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	// A pipe holds less than a question and its answer may be long, but the
	// oracle answers only what it has read in whole.
	if _, err := o.stdin.Write(append(line, '\n')); err != nil {
		t.Fatalf("asking the oracle: %v\n%s", err, o.process.output.String())
	}
	reply, err := o.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatalf("hearing the oracle: %v\n%s", err, o.process.output.String())
	}
	if err := json.Unmarshal(reply, answer); err != nil {
		t.Fatalf("the oracle says %.300s: %v", reply, err)
	}
}
