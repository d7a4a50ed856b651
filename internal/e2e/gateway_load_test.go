package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var load = flag.Duration("load", 0, "measure the gateway under load, each way five times for this `long`, and write the figures to docs/gateway.md")

// theFlaskWay may lose requests where gunicorn closes a connection that nginx
// has kept.
const theFlaskWay = "nginx, asking a Flask endpoint that does the same"

// TestGatewayLoad is a measurement:
//
//	go test -run TestGatewayLoad -v github.com/costrel/costrel/internal/e2e -load 3s
func TestGatewayLoad(t *testing.T) {
	if *load == 0 {
		t.Skip("measures only with -load")
	}
	wrk := lookPath(t, "wrk", "wrk")
	s := newSite(t)

	// The application's server, with a worker for each core.
	flask := start(t, gunicornCheck(t, s))
	flaskAddress := flask.printed(`Listening at: http://(\S+)`)

	floorProgram := filepath.Join(s.dir, "floor")
	if out, err := exec.Command("go", "build", "-o", floorProgram, "./testdata/floor").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	floorAddress := start(t, exec.Command(floorProgram)).printed(`(\S+)\n`)
	gateway, gatewayAddress := s.gateway(t, "gateway", "--proxy", "envoy", "--listen", "127.0.0.1:0", "--key-file", "gateway.keys", "--header", "X-User-Id=_user_id")

	visitor := newVisitor(t, s.flask)
	if res, body := visitor.do("POST", "/login", strings.NewReader("name=ann")); res.StatusCode != 302 {
		t.Fatalf("logging in: %d %s", res.StatusCode, body)
	}
	cookie := "Cookie: " + visitor.cookie().String()

	ways := []*way{
		{name: "a Go server that answers 204", url: "http://" + floorAddress + "/"},
		{name: "the gateway, asked", url: "http://" + gatewayAddress + "/"},
		{name: "nginx, asking nobody", url: nginxFile(t, s, "") + "/files/a.txt"},
		{name: "nginx, asking the gateway", url: nginxFile(t, s, gatewayAddress) + "/files/a.txt"},
		{name: theFlaskWay, url: nginxFile(t, s, flaskAddress) + "/files/a.txt"},
	}
	run := func(w *way) string {
		out, err := exec.Command(wrk, "-t", "1", "-c", "32", "-d", fmt.Sprintf("%ds", int(load.Seconds())), "--latency", "-H", cookie, w.url).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", w.name, err, out)
		}
		if text := string(out); strings.Contains(text, "Non-2xx") || strings.Contains(text, "Socket errors") {
			if w.name != theFlaskWay {
				t.Errorf("%s:\n%s", w.name, text)
			}
			t.Logf("%s:\n%s", w.name, text)
		}
		return string(out)
	}
	for range 5 {
		for _, w := range ways { // in turn, so that a slow moment is nobody's alone
			w.add(t, run(w))
		}
	}

	rotations := 0
	done := make(chan string)
	go func() { done <- run(ways[1]) }()
	var during string
	for during == "" {
		select {
		case during = <-done:
		case <-time.After(200 * time.Millisecond):
			s.run("key", "rotate", "--fallbacks", "200", "keys.txt")
			s.run("key", "derive", "--key-file", "keys.txt", "gateway.keys")
			gateway.cmd.Process.Signal(syscall.SIGHUP)
			rotations++
		}
	}
	total := regexp.MustCompile(`(\d+) requests in`).FindStringSubmatch(during)
	if loaded := strings.Count(gateway.output.String(), "the keys were loaded"); loaded < rotations/2 || total == nil {
		t.Fatalf("of %d rotations the gateway noticed %d\n%s", rotations, loaded, during)
	}

	var table strings.Builder
	fmt.Fprintf(&table, "| | requests/s | p99 | |\n|---|---|---|---|\n")
	for i, w := range ways {
		base := ways[0]
		if i >= 2 {
			base = ways[2]
		}
		against := fmt.Sprintf("%.2f of the requests, %.1f × the p99", w.rate()/base.rate(), float64(w.p99())/float64(base.p99()))
		switch {
		case w == base:
			against = ""
		case i == 4:
			against += fmt.Sprintf("; asking the gateway is %.0f × as fast", ways[3].rate()/w.rate())
		}
		fmt.Fprintf(&table, "| %s | %.0f | %s | %s |\n", w.name, w.rate(), w.p99().Round(10*time.Microsecond), against)
	}
	fmt.Fprintf(&table, "\nMedians of five runs of %s each, in turn: wrk with one thread and 32 connections, on the machine's own %d cores with all the servers; gunicorn with %d workers of 4 threads. "+
		"While the keys were rotated %d times, the gateway answered %s requests of a session that the first of them had signed, and refused none.\n",
		*load, runtime.NumCPU(), runtime.NumCPU(), rotations, total[1])
	t.Log("\n" + table.String())

	const page, begin, end = "../../docs/gateway.md", "<!-- figures -->\n", "<!-- end of figures -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(after, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the figures", page)
	}
	if err := os.WriteFile(page, []byte(before+begin+table.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A way to be asked who is logged in, and what wrk measured of it.
type way struct {
	name, url string
	rates     []float64
	p99s      []time.Duration
}

func (w *way) add(t testing.TB, out string) {
	t.Helper()
	rate := regexp.MustCompile(`Requests/sec:\s+([\d.]+)`).FindStringSubmatch(out)
	p99 := regexp.MustCompile(`(?m)^\s+99%\s+(\S+)`).FindStringSubmatch(out)
	if rate == nil || p99 == nil {
		t.Fatalf("wrk prints\n%s", out)
	}
	r, err := strconv.ParseFloat(rate[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	p, err := time.ParseDuration(p99[1])
	if err != nil {
		t.Fatal(err)
	}
	w.rates, w.p99s = append(w.rates, r), append(w.p99s, p)
}

func (w *way) rate() float64      { return slices.Sorted(slices.Values(w.rates))[len(w.rates)/2] }
func (w *way) p99() time.Duration { return slices.Sorted(slices.Values(w.p99s))[len(w.p99s)/2] }

// gunicornCheck is the application with as many workers as cores.
func gunicornCheck(t testing.TB, s *site) *exec.Cmd {
	key, err := os.ReadFile(filepath.Join(s.dir, "keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(venv(t), "gunicorn"), "--bind", "127.0.0.1:0", "--workers", fmt.Sprint(runtime.NumCPU()), "--threads", "4",
		"--chdir", "flaskapp", "--no-control-socket", "behind:app")
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "FLASK_SECRET_KEY="+strings.TrimSpace(string(key)))
	return cmd
}

// nginxFile serves the site's folder by nginx, which asks at an address first,
// if there is one.
func nginxFile(t testing.TB, s *site, asks string) string {
	config := "keepalive_requests 1000000;\n"
	if asks != "" {
		config += "upstream asked { server " + asks + "; keepalive 64; keepalive_requests 1000000; }\n"
	}
	address := freeAddress(t)
	config += "server {\nlisten " + address + ";\nroot " + s.dir + ";\n"
	if asks != "" {
		config += `auth_request /_asked;
location = /_asked {
	internal;
	proxy_pass http://asked/check;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
	proxy_pass_request_body off;
	proxy_set_header Content-Length "";
}
`
	}
	serveNginx(t, config+"}\n", address)
	return "http://" + address
}
