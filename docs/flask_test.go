package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rows returns the cells of every row of flask.md's tables, its heads and rules
// included, by the name that heads the column.
func rows(t *testing.T) []map[string]string {
	t.Helper()
	text, err := os.ReadFile("flask.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	var heads []string
	for line := range strings.Lines(fence.ReplaceAllString(string(text), "")) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			heads = nil
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if heads == nil {
			for _, cell := range cells {
				heads = append(heads, strings.TrimSpace(cell))
			}
			continue
		}
		if len(cells) != len(heads) {
			t.Errorf("a row of %d cells in a table of %d columns: %s", len(cells), len(heads), line)
			continue
		}
		row := map[string]string{}
		for i, cell := range cells {
			row[heads[i]] = strings.TrimSpace(cell)
		}
		all = append(all, row)
	}
	return all
}

var (
	code   = regexp.MustCompile("`([^`]+)`")
	goName = regexp.MustCompile(`^(?:(costrel|costreltest|itsdangerous|taggedjson)\.)?([A-Z]\w*(?:\.[A-Z]\w*)?)$`)
)

// TestEveryGoNameExists looks up every name in code in flask.md that looks like
// an exported one.
func TestEveryGoNameExists(t *testing.T) {
	exists := map[string]map[string]bool{
		"costrel":      exported(t, ".."),
		"costreltest":  exported(t, "../costreltest"),
		"itsdangerous": exported(t, "../itsdangerous"),
		"taggedjson":   exported(t, "../taggedjson"),
	}
	text, err := os.ReadFile("flask.md")
	if err != nil {
		t.Fatal(err)
	}
	_, differences, _ := strings.Cut(string(text), "# Deliberate differences")
	places := []string{differences}
	for _, row := range rows(t) {
		places = append(places, row["Go"], row["difference"])
	}
	checked := 0
	for _, place := range places {
		for _, span := range code.FindAllStringSubmatch(place, -1) {
			name := goName.FindStringSubmatch(span[1])
			if name == nil || pythonNames[span[1]] {
				continue
			}
			pkg := name[1]
			if pkg == "" {
				pkg = "costrel"
			}
			if checked++; !exists[pkg][name[2]] {
				t.Errorf("flask.md names %s, which package %s does not have", span[1], pkg)
			}
		}
	}
	if checked < 100 {
		t.Errorf("checked %d names only", checked)
	}
}

// pythonNames are those in the checked places that are not Go's.
var pythonNames = map[string]bool{
	"KeyError": true, "RuntimeError": true, "False": true, "SESSION_COOKIE_PATH": true, "Vary": true, "Cookie": true, "UUID": true, "Markup": true, "None": true,
}

// exported returns the exported names of the package in a folder, those of
// fields and methods after their type's and a point.
func exported(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			switch d := declared.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names[d.Name.Name] = true
				} else {
					names[receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							names[name.Name] = true
						}
					case *ast.TypeSpec:
						names[spec.Name.Name] = true
						var members *ast.FieldList
						switch of := spec.Type.(type) {
						case *ast.StructType:
							members = of.Fields
						case *ast.InterfaceType:
							members = of.Methods
						default:
							continue
						}
						for _, member := range members.List {
							for _, name := range member.Names {
								names[spec.Name.Name+"."+name.Name] = true
							}
						}
					}
				}
			}
		}
	}
	return names
}

func receiver(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.StarExpr:
		return receiver(of.X)
	case *ast.IndexExpr:
		return receiver(of.X)
	case *ast.Ident:
		return of.Name
	}
	return ""
}

// TestEveryFlaskNameHasARow holds the page to what Flask documents.
func TestEveryFlaskNameHasARow(t *testing.T) {
	var have []string
	for _, row := range rows(t) {
		for _, span := range code.FindAllStringSubmatch(row["Flask"]+row["itsdangerous 2.2"], -1) {
			have = append(have, span[1])
		}
	}
	for name := range strings.FieldsSeq(`
		SECRET_KEY SECRET_KEY_FALLBACKS PERMANENT_SESSION_LIFETIME SESSION_COOKIE_NAME SESSION_COOKIE_DOMAIN
		SESSION_COOKIE_PATH SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SECURE SESSION_COOKIE_SAMESITE
		SESSION_COOKIE_PARTITIONED SESSION_REFRESH_EACH_REQUEST APPLICATION_ROOT MAX_COOKIE_SIZE

		SecureCookieSessionInterface salt digest_method key_derivation serializer session_class
		get_signing_serializer open_session save_session

		SessionInterface null_session_class make_null_session is_null_session pickle_based get_cookie_name
		get_cookie_domain get_cookie_path get_cookie_httponly get_cookie_secure get_cookie_samesite
		get_cookie_partitioned get_expiration_time should_set_cookie app.session_interface

		SessionMixin SecureCookieSession NullSession session.permanent session.new session.modified session.accessed
		session.clear()

		TaggedJSONSerializer session_json_serializer JSONTag

		Signer TimestampSigner Serializer TimedSerializer URLSafeSerializer URLSafeTimedSerializer
		BadData BadSignature BadTimeSignature SignatureExpired BadPayload BadHeader
		loads_unsafe load_unsafe fallback_signers HMACAlgorithm NoneAlgorithm

		get_flashed_messages() client.session_transaction()
	`) {
		if !slices.Contains(have, name) {
			t.Errorf("flask.md has no row for %s", name)
		}
	}
}
