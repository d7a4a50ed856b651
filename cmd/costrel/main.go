// Command costrel reads, makes, checks and guards Flask's session cookies. Run
// it without arguments for a list of what it does; docs/cli.md has all of it.
package main

import (
	"errors"
	"fmt"
	"os"
)

//go:generate go test -run ^TestDocs$ -update .

// Exit codes.
const (
	exitGood  = 0 // done, and the answer is yes
	exitNo    = 1 // done, and the answer is no: a bad signature, a weak key, a finding
	exitUsage = 2 // not done: wrong usage, no key, a file that can't be read or written
)

// errNo is the error of a command that has printed its answer, which is no.
var errNo = errors.New("no")

func main() {
	root, out := newRoot(), &output{file: os.Stdout}
	root.SetOut(out)
	err := root.Execute()
	os.Exit(exitCode(err, out.Close()))
}

// exitCode says what is wrong, and how the program is to end. An answer that
// could not be written is none.
func exitCode(err, writing error) int {
	switch {
	case writing != nil:
		err = fmt.Errorf("standard output: %w", writing)
	case err == nil:
		return exitGood
	case errors.Is(err, errNo):
		return exitNo
	}
	fmt.Fprintln(os.Stderr, "costrel:", err)
	return exitUsage
}
