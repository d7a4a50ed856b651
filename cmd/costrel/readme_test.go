package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestReadme runs the README's session of the command, and compares what it
// shows with what comes.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```console\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("README.md has no session of the command")
	}
	var script, files strings.Builder
	for i, step := range strings.Split("\n"+string(block[1]), "\n$ ")[1:] {
		command, output, _ := strings.Cut(step, "\n")
		if assignment, ok := strings.CutPrefix(command, "export "); ok {
			fmt.Fprintf(&script, "env %s\n", assignment)
			continue
		}
		if output != "" && !strings.HasSuffix(output, "\n") {
			output += "\n"
		}
		fmt.Fprintf(&script, "exec %s\ncmp stdout want%d\n", command, i)
		fmt.Fprintf(&files, "-- want%d --\n%s", i, output)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "readme.txtar"), []byte(script.String()+files.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: dir})
}
