package main

import (
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the scripts compare with, and docs/cli.md, anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"costrel": main})
}

// TestScripts runs the command as people do. The cookies in the scripts are
// Flask's own: testdata/make_cookies.py made them.
func TestScripts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			w.Header().Add("Set-Cookie", "session=x; HttpOnly; Path=/; SameSite=Lax")
			w.Header().Add("Set-Cookie", "session=y; HttpOnly; Path=/; SameSite=Lax; Domain=example.com")
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SERVER", server.URL)
			env.Setenv("HOST", server.Listener.Addr().String())
			env.Setenv("GORACE", "atexit_sleep_ms=0") // a second for each command, if not
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a program that is to end with an exit code: exits 1 costrel read x.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s exited with %d, want %d", args[1], got, want)
	}
}
