package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/term"
)

// A palette colours text, or leaves it alone where that is false.
type palette bool

// paletteFor returns colours for a terminal, unless NO_COLOR says no.
func paletteFor(w io.Writer) palette {
	out, ok := w.(*output)
	return palette(ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(out.file.Fd())))
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

// printJSON writes v as one line. Of what a cookie may hold, whatever a terminal
// does not print as it is, is escaped.
func printJSON(w io.Writer, v any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	line := make([]byte, 0, text.Len())
	for _, c := range text.String() {
		if unicode.IsPrint(c) || c == '\n' {
			line = utf8.AppendRune(line, c)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, c) {
			line = fmt.Appendf(line, `\u%04x`, unit)
		}
	}
	_, err := w.Write(line)
	return err
}
