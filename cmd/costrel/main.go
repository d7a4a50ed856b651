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
	exitUsage = 2 // not done: wrong usage, no key, a file that can't be read
)

// errNo is the error of a command that has printed its answer, which is no.
var errNo = errors.New("no")

func main() {
	os.Exit(exitCode(newRoot().Execute()))
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errNo):
		return exitNo
	}
	fmt.Fprintln(os.Stderr, "costrel:", err)
	return exitUsage
}
