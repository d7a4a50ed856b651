package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const docsFile = "../../docs/cli.md"

// TestDocs keeps docs/cli.md equal to the help texts. go generate writes it.
func TestDocs(t *testing.T) {
	var b strings.Builder
	b.WriteString("<!-- Made from the help texts by go generate in cmd/costrel. -->\n\n")
	writeDocs(t, &b, newRoot(), 1)
	if *update {
		if err := os.WriteFile(docsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Errorf("docs/cli.md is not what the help texts say: run go generate in cmd/costrel")
	}
}

func writeDocs(t *testing.T, b *strings.Builder, cmd *cobra.Command, level int) {
	fmt.Fprintf(b, "%s %s\n\n", strings.Repeat("#", level), cmd.CommandPath())
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > 80 {
			t.Errorf("%s: a line of its help has %d bytes, over 80: %s", cmd.CommandPath(), len(line), line)
		}
	}
	fmt.Fprintf(b, "%s\n\n", text)
	if cmd.Runnable() {
		fmt.Fprintf(b, "```\n%s\n```\n\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		fmt.Fprintf(b, "Examples:\n\n```sh\n%s\n```\n\n", unindented(cmd.Example))
	}
	if flags := cmd.NonInheritedFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(b, "Flags:\n\n```\n%s```\n\n", flags.FlagUsages())
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" && sub.Name() != "completion" {
			writeDocs(t, b, sub, level+1)
		}
	}
}

// unindented takes off the two spaces that help has before its examples.
func unindented(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n  ", "\n"), "  ")
}
