// Package docs tests what the documentation says: that its programs compile,
// its bytes are right, its links lead somewhere, and its names exist.
package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A page is a file of documentation, by its path from this folder.
type page struct{ path, text string }

// A block is a fenced block of a page. Its info is what follows the fence, such
// as "go" or "text cookie".
type block struct {
	page string
	line int
	info string
	text string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	for _, pattern := range []string{"../*.md", "*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page{filepath.ToSlash(path), string(text)})
		}
	}
	return all
}

var fence = regexp.MustCompile("(?ms)^```([^`\n]*)\n(.*?)^```$")

func (p page) blocks() []block {
	var all []block
	for _, at := range fence.FindAllStringSubmatchIndex(p.text, -1) {
		line := 1 + strings.Count(p.text[:at[0]], "\n")
		all = append(all, block{p.path, line, p.text[at[2]:at[3]], p.text[at[4]:at[5]]})
	}
	return all
}

// packages are those that a block without imports of its own may use.
var packages = map[string]string{
	"costrel":      "github.com/costrel/costrel",
	"costreltest":  "github.com/costrel/costrel/costreltest",
	"forwardauth":  "github.com/costrel/costrel/forwardauth",
	"itsdangerous": "github.com/costrel/costrel/itsdangerous",
	"taggedjson":   "github.com/costrel/costrel/taggedjson",
	"errors":       "errors",
	"fmt":          "fmt",
	"hash":         "hash",
	"http":         "net/http",
	"httputil":     "net/http/httputil",
	"log":          "log",
	"os":           "os",
	"rand":         "crypto/rand",
	"sha256":       "crypto/sha256",
	"slog":         "log/slog",
	"strings":      "strings",
	"subtle":       "crypto/subtle",
	"template":     "html/template",
	"testing":      "testing",
	"time":         "time",
	"url":          "net/url",
}

// around is what a block without a package clause may take for granted.
const around = `
var (
	w            http.ResponseWriter
	r            *http.Request
	mux          = http.NewServeMux()
	key, oldKey  string
	keys         costrel.Keyring
	config       costrel.Config
	sessions     *costrel.Manager
	session      *costrel.Session
)
`

var qualifier = regexp.MustCompile(`\b([a-z][a-z0-9]*)\.[A-Z]`)

// program makes a compilable file of a block.
func (b block) program() string {
	if strings.HasPrefix(b.text, "package ") {
		return b.text
	}
	used := map[string]bool{"costrel": true, "http": true}
	for _, match := range qualifier.FindAllStringSubmatch(b.text, -1) {
		used[match[1]] = true
	}
	var file strings.Builder
	file.WriteString("package block\n")
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if path := packages[name]; path != "" {
			fmt.Fprintf(&file, "import %q\n", path)
		}
	}
	file.WriteString(around)
	declarations := "\n" + b.text
	if _, err := parser.ParseFile(token.NewFileSet(), "", file.String()+declarations, 0); err == nil {
		file.WriteString(declarations)
	} else {
		file.WriteString("func _() {\n" + b.text + "}\n")
	}
	return file.String()
}

// TestGoBlocksCompile builds every Go block, as a package of this module that
// only an overlay has.
func TestGoBlocksCompile(t *testing.T) {
	dir := t.TempDir()
	overlay := map[string]map[string]string{"Replace": {}}
	args := []string{"build", "-o", os.DevNull, "-overlay=" + filepath.Join(dir, "overlay.json")}
	for _, page := range pages(t) {
		for _, block := range page.blocks() {
			if block.info != "go" {
				continue
			}
			name := block.name()
			file := filepath.Join(dir, name+".go")
			if err := os.WriteFile(file, []byte(block.program()), 0o600); err != nil {
				t.Fatal(err)
			}
			here, err := filepath.Abs(filepath.Join(name, "block.go"))
			if err != nil {
				t.Fatal(err)
			}
			overlay["Replace"][here] = file
			args = append(args, "./"+name)
		}
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Errorf("go build: %v\n%s", err, out)
	}
}

// name is a package's name that tells, in an error, which block it is.
func (b block) name() string {
	name := strings.TrimSuffix(filepath.Base(b.page), ".md")
	return fmt.Sprintf("%s_line_%d", strings.ToLower(name), b.line)
}

// TestProgramsPrintWhatTheySay runs the programs whose output a page shows.
func TestProgramsPrintWhatTheySay(t *testing.T) {
	for _, page := range pages(t) {
		blocks := page.blocks()
		for i, block := range blocks {
			if block.info != "text output" {
				continue
			}
			file := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(file, []byte(blocks[i-1].text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("go", "run", file).CombinedOutput()
			if err != nil {
				t.Errorf("%s: %v\n%s", blocks[i-1], err, out)
			} else if string(out) != block.text {
				t.Errorf("%s:\ngot  %s\nwant %s", blocks[i-1], out, block.text)
			}
		}
	}
}

// TestPythonBlocksParse needs only a Python, of whatever version.
func TestPythonBlocksParse(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, page := range pages(t) {
		for _, block := range page.blocks() {
			if block.info != "python" {
				continue
			}
			cmd := exec.Command(python, "-c", "import ast, sys; ast.parse(sys.stdin.read())")
			cmd.Stdin = strings.NewReader(block.text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", block, err, out)
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestLinksLeadSomewhere follows the links between files, and to headings.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		prose := fence.ReplaceAllString(page.text, "")
		for _, match := range link.FindAllStringSubmatch(prose, -1) {
			target := match[1] + match[2]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path, anchor, _ := strings.Cut(target, "#")
			file := page.path
			if path != "" {
				file = filepath.Join(filepath.Dir(page.path), path)
			}
			text, err := os.ReadFile(file)
			info, statErr := os.Stat(file)
			switch {
			case statErr != nil:
				t.Errorf("%s links to %s, which is not there", page.path, target)
			case anchor != "" && !info.IsDir() && (err != nil || !slices.Contains(anchors(text), anchor)):
				t.Errorf("%s links to %s, which has no such heading", page.path, target)
			}
		}
	}
}

// anchors returns the names that GitHub gives a page's headings.
func anchors(text []byte) []string {
	var all []string
	text = fence.ReplaceAll(text, nil)
	for _, match := range heading.FindAllSubmatch(text, -1) {
		name := bytes.ToLower(match[1])
		name = regexp.MustCompile("[^a-z0-9 _-]").ReplaceAll(name, nil)
		all = append(all, strings.ReplaceAll(string(name), " ", "-"))
	}
	return all
}

var (
	bar    = regexp.MustCompile(`>([^<>]+)</text><(?:rect|path)[^\n]*?>([0-9.]+) µs</text>`)
	number = regexp.MustCompile(`[0-9.]*[0-9]`)
)

// TestTheReadmeSaysWhatThePictureShows compares the text in the picture's place
// with its bars.
func TestTheReadmeSaysWhatThePictureShows(t *testing.T) {
	picture, err := os.ReadFile("performance.svg")
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string][]string{} // of reading and of changing
	for _, match := range bar.FindAllStringSubmatch(string(picture), -1) {
		figures[match[1]] = append(figures[match[1]], match[2])
	}
	want := []string{"300"}
	for panel := range 2 {
		for _, subject := range []string{"costrel", "golang-jwt", "scs (memory)", "gorilla/sessions", "Flask"} {
			if len(figures[subject]) != 2 {
				t.Fatalf("the picture has %d bars of %s, want 2", len(figures[subject]), subject)
			}
			want = append(want, figures[subject][panel])
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "![Reading one value of")
	text, _, _ = strings.Cut(text, "](docs/performance.svg)")
	if got := number.FindAllString(text, -1); !slices.Equal(got, want) {
		t.Errorf("README.md says %s, and the picture shows %s", got, want)
	}
}
