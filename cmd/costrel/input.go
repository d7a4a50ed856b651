package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// maxLine bounds a line of input, in bytes: a server refuses much shorter
// headers.
const maxLine = 1 << 20

// A cookie is a value to be looked at, and where it was found.
type cookie struct {
	name  string // empty if the value stood alone
	value string
	from  string // such as "line 3"; empty for an argument
}

// A line is one of input, and where it stood.
type line struct {
	text string
	from string // such as "line 3"; empty for an argument
}

// eachLine iterates over the arguments, or over the lines of standard input if
// there are none, or just "-".
func eachLine(cmd *cobra.Command, args []string) iter.Seq2[line, error] {
	if len(args) == 0 || len(args) == 1 && args[0] == "-" {
		if cmd.InOrStdin() == os.Stdin && term.IsTerminal(int(os.Stdin.Fd())) {
			fmt.Fprintln(cmd.ErrOrStderr(), "costrel: reading from the terminal, one a line; Ctrl-D ends it")
		}
		return linesOf(cmd.InOrStdin())
	}
	return func(yield func(line, error) bool) {
		for _, arg := range args {
			if !yield(line{text: strings.TrimSpace(arg)}, nil) {
				return
			}
		}
	}
}

func linesOf(r io.Reader) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, maxLine)
		scanner.Split(scanCommand)
		found := false
		for number := 1; scanner.Scan(); number += 1 + strings.Count(scanner.Text(), "\n") {
			l := line{strings.TrimSpace(scanner.Text()), fmt.Sprintf("line %d", number)}
			if l.text == "" || strings.HasPrefix(l.text, "# ") { // as a cookie jar starts
				continue
			}
			if found = true; !yield(l, nil) {
				return
			}
		}
		switch err := scanner.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(line{}, fmt.Errorf("standard input: a line has more than %d bytes", maxLine))
		case err != nil:
			yield(line{}, fmt.Errorf("standard input: %w", err))
		case !found: // so that what was to write it and failed is not taken for good
			yield(line{}, errors.New("nothing to read on standard input"))
		}
	}
}

// scanCommand is bufio.ScanLines, but for a line that ends in a backslash, as in
// a command of the shell: the next is a part of it.
func scanCommand(data []byte, atEOF bool) (advance int, token []byte, err error) {
	for {
		n, text, err := bufio.ScanLines(data[advance:], atEOF)
		if n == 0 || err != nil {
			if atEOF && advance > 0 { // a backslash was the last
				return advance, data[:advance], nil
			}
			return 0, nil, err
		}
		advance += n
		if !bytes.HasSuffix(text, []byte(`\`)) {
			return advance, bytes.TrimSuffix(data[:advance], []byte("\n")), nil
		}
	}
}

// cookiesOf returns the cookies in a line: a Cookie or Set-Cookie header, one
// without its name, name=value, or a value alone, in any of the wrappings.
func cookiesOf(line string) []cookie {
	line = unwrapped(line)
	if pairs, ok := cutHeader(line, "Set-Cookie"); ok {
		pair, _, _ := strings.Cut(pairs, ";")
		return []cookie{pairOf(pair)}
	}
	pairs, isHeader := cutHeader(line, "Cookie")
	if !isHeader && !strings.Contains(line, ";") {
		if name, value, ok := strings.Cut(line, "="); ok && isName(name) && isValue(value) {
			return []cookie{{name: name, value: value}}
		}
		return []cookie{{value: line}}
	}
	var cookies []cookie
	for pair := range strings.SplitSeq(pairs, ";") {
		if c := pairOf(pair); c.name != "" && c.value != "" {
			cookies = append(cookies, c)
		}
	}
	return cookies
}

// cutHeader cuts a header's name off its line, and the mark before it with which
// curl -v tells what it sends from what it gets.
func cutHeader(line, name string) (value string, ok bool) {
	before, after, found := strings.Cut(line, ":")
	if !found || !strings.EqualFold(strings.Trim(before, "<> \t"), name) {
		return line, false
	}
	return strings.TrimSpace(after), true
}

func pairOf(pair string) cookie {
	name, value, _ := strings.Cut(pair, "=")
	value = strings.TrimSpace(value)
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return cookie{name: strings.TrimSpace(name), value: value}
}

// isValue tells the value of name=value from the end of a token in padded
// base64, such as eyJhIjogMX0=.aSBh_w.3GeO.
func isValue(s string) bool {
	return s != "" && s[0] != '=' && (s[0] != '.' || strings.Count(s, ".") >= 3)
}

func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, c)
	})
}

// selectCookies returns the cookies of a header that are worth a look: those
// of the given name, or if there is none, those that look like a session.
func selectCookies(cookies []cookie, name string, onlyName bool) []cookie {
	var named, likely []cookie
	for _, c := range cookies {
		switch {
		case c.name == "" || c.name == name:
			named = append(named, c)
		case looksSigned(c.value):
			likely = append(likely, c)
		}
	}
	if len(named) > 0 || onlyName {
		return named
	}
	return likely
}

func namesOf(cookies []cookie) string {
	var names []string
	for _, c := range cookies {
		names = append(names, fmt.Sprintf("%q", c.name))
		if len(names) == 20 {
			return strings.Join(names, ", ") + " and more"
		}
	}
	return strings.Join(names, ", ")
}
