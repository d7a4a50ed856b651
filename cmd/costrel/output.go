package main

import "os"

// An output is standard output. It keeps the first error of writing to it, so
// that what prints need not look: main asks at the end. When nobody reads a pipe
// any more, there is nothing to ask: SIGPIPE ends the program.
type output struct {
	file *os.File
	err  error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.file.Write(p)
	o.err = err
	return n, err
}

// Close closes the file, which is when some disks say that they are full, and
// returns the first error of all.
func (o *output) Close() error {
	if err := o.file.Close(); o.err == nil {
		o.err = err
	}
	return o.err
}
