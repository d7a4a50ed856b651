package main

import (
	"encoding/json"
	"io"
	"os"

	"golang.org/x/term"
)

// A palette colours text, or leaves it alone where that is false.
type palette bool

// paletteFor returns colours for a terminal, unless NO_COLOR says no.
func paletteFor(w io.Writer) palette {
	f, ok := w.(*os.File)
	return palette(ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd())))
}

func (p palette) bold(s string) string   { return p.in("1", s) }
func (p palette) dim(s string) string    { return p.in("2", s) }
func (p palette) red(s string) string    { return p.in("1;31", s) }
func (p palette) green(s string) string  { return p.in("32", s) }
func (p palette) yellow(s string) string { return p.in("33", s) }
func (p palette) blue(s string) string   { return p.in("36", s) }

func (p palette) in(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// printJSON writes v as one line.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
