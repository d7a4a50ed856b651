package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxTreeDepth is how deep a tree is drawn: indentation makes deeper ones
	// grow with the square of their depth.
	maxTreeDepth = 20

	// maxValue is how many characters of a value are shown.
	maxValue = 72

	// The widest columns that others are lined up with.
	maxLabelWidth = 30
	maxValueWidth = 40
)

// A row is one line of a tree.
type row struct{ branch, label, value, types, about string }

// printTree writes the members of n, one a line, in columns.
func printTree(w io.Writer, p palette, n node) {
	rows := appendRows(nil, n, "", 0)
	var labelWidth, valueWidth, typesWidth int
	for _, r := range rows {
		labelWidth = max(labelWidth, min(maxLabelWidth, width(r.branch+r.label)))
		valueWidth = max(valueWidth, min(maxValueWidth, width(r.value)))
		if r.about != "" {
			typesWidth = max(typesWidth, width(r.types))
		}
	}
	for _, r := range rows {
		line := "  " + p.dim(r.branch) + p.bold(r.label) + pad(r.branch+r.label, labelWidth) +
			p.green(r.value) + pad(r.value, valueWidth) + p.dim(r.types)
		if r.about != "" {
			line += pad(r.types, typesWidth) + p.blue(r.about)
		}
		fmt.Fprintln(w, line)
	}
}

func appendRows(rows []row, n node, indent string, depth int) []row {
	for i, item := range n.Items {
		branch, below := "├─ ", "│  "
		if i == len(n.Items)-1 {
			branch, below = "└─ ", "   "
		}
		if depth == 0 {
			branch, below = "", ""
		}
		label := "[" + strconv.Itoa(i) + "]"
		if n.Python == "dict" {
			label = keyText(item.Key)
		}
		value := shortened(item.text)
		if len(item.Items) > 0 {
			value = item.Python + " of " + strconv.Itoa(len(item.Items))
		}
		rows = append(rows, row{indent + branch, label, value, item.Python + ", " + item.Go, item.About})
		if depth < maxTreeDepth {
			rows = appendRows(rows, item, indent+below, depth+1)
		} else if len(item.Items) > 0 {
			rows = append(rows, row{indent + below + "└─ ", "...", "deeper: see --json", "", ""})
		}
	}
	return rows
}

// keyText writes a key as it is if it reads as a word, and quoted if not.
func keyText(key string) string {
	quoted := strconv.Quote(key)
	if key == "" || strings.ContainsAny(key, " =:") || quoted[1:len(quoted)-1] != key {
		return quoted
	}
	return key
}

// shortened cuts a long value, and says how long it is.
func shortened(text string) string {
	if width(text) <= maxValue {
		return text
	}
	cut := 0
	for i := range text {
		if cut++; cut > maxValue-20 {
			return fmt.Sprintf("%s... (%d characters)", text[:i], width(text))
		}
	}
	return text
}

// inert returns text without what a terminal takes for a command.
func inert(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

func width(s string) int { return utf8.RuneCountInString(s) }

// pad returns the space between a column's text and the next column.
func pad(s string, column int) string {
	return strings.Repeat(" ", max(0, column-width(s))+2)
}
