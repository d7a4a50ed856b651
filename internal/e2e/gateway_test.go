package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
)

// This file puts the gateway, and the proxies that ask it, in front of a Flask
// application that logs its users in. What it runs, commands and configuration,
// stands in docs/gateway.md: it is read from there.

// A site is an application and what a gateway in front of it needs.
type site struct {
	t       testing.TB
	dir     string // with the key files, and files/a.txt
	costrel string // the command
	flask   string // the URL of flaskapp/behind.py
	files   string // the URL of a server of dir
}

func newSite(t testing.TB) *site {
	s := &site{t: t, dir: t.TempDir()}
	s.costrel = filepath.Join(s.dir, "costrel")
	build := exec.Command("go", "build", "-o", s.costrel, ".")
	build.Dir = "../../cmd/costrel"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the command: %v\n%s", err, out)
	}
	secret, identity := s.run("key", "new"), s.run("key", "new")
	s.write("keys.txt", secret)
	s.write("identity.key", identity)
	s.run("key", "derive", "--key-file", "keys.txt", "gateway.keys")

	if err := os.Mkdir(filepath.Join(s.dir, "files"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.write("files/a.txt", "a file\n")
	files := httptest.NewServer(http.FileServer(http.Dir(s.dir)))
	t.Cleanup(files.Close)
	s.files = files.URL
	s.flask = serveFlask(t, "behind", "FLASK_SECRET_KEY="+strings.TrimSpace(secret), "IDENTITY_KEY="+strings.TrimSpace(identity))
	return s
}

// run runs the command in the site's folder and returns what it prints.
func (s *site) run(args ...string) string {
	s.t.Helper()
	cmd := exec.Command(s.costrel, args...)
	cmd.Dir = s.dir
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("costrel %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

func (s *site) write(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// gateway starts the gateway and returns the address that it serves at.
func (s *site) gateway(t testing.TB, args ...string) (*process, string) {
	t.Helper()
	cmd := exec.Command(s.costrel, args...)
	cmd.Dir = s.dir
	p := start(t, cmd)
	return p, p.printed(`"msg":"listening","address":"([^"]+)"`)
}

// --- docs/gateway.md ----------------------------------------------------------

var fences = regexp.MustCompile("(?ms)^```([^`\n]*)\n(.*?)^```$")

// documented returns the block of docs/gateway.md in a language that has a text
// in it, with other texts put in the place of some.
func documented(t testing.TB, language, with string, replace ...string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range fences.FindAllStringSubmatch(string(page), -1) {
		if match[1] != language || !strings.Contains(match[2], with) {
			continue
		}
		for i := 0; i < len(replace); i += 2 {
			if !strings.Contains(match[2], replace[i]) {
				t.Fatalf("the block of %s with %q does not have %q", language, with, replace[i])
			}
		}
		return strings.NewReplacer(replace...).Replace(match[2])
	}
	t.Fatalf("docs/gateway.md has no block of %s with %q", language, with)
	return ""
}

// documentedGateway starts the gateway by the command in docs/gateway.md that
// has a text in it, with more arguments.
func (s *site) documentedGateway(t testing.TB, with string, replace []string, more ...string) (*process, string) {
	t.Helper()
	text := documented(t, "sh", with, replace...)
	_, command, _ := strings.Cut(text, "costrel gateway")
	args := append([]string{"gateway"}, strings.Fields(strings.ReplaceAll(command, "\\\n", " "))...)
	return s.gateway(t, append(args, more...)...)
}

// asked starts the gateway for a proxy to ask, and returns its address.
func (s *site) asked(t testing.TB, proxy string) (*process, string) {
	t.Helper()
	return s.documentedGateway(t, "--proxy "+proxy, []string{"127.0.0.1:4180", "127.0.0.1:0"}, "--drain", "0s")
}

// --- the proxies --------------------------------------------------------------

// freeAddress returns an address of the loopback interface whose port was free
// just now, for a server that cannot be handed a socket.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func host(url string) string { return strings.TrimPrefix(url, "http://") }

func (s *site) nginx(t testing.TB, gateway string) string {
	address := freeAddress(t)
	serveNginx(t, documented(t, "nginx", "auth_request", "127.0.0.1:4180", gateway, "127.0.0.1:8080", address, "127.0.0.1:5000", host(s.flask), "/srv", s.dir), address)
	return "http://" + address
}

// serveNginx starts nginx with a configuration of what it serves, at an address.
func serveNginx(t testing.TB, config, address string) {
	t.Helper()
	program, dir := lookPath(t, "nginx", "nginx", "/usr/sbin/nginx"), t.TempDir()
	main := "daemon off;\nworker_processes auto;\nerror_log stderr;\npid nginx.pid;\nevents {}\nhttp {\naccess_log off;\n"
	if os.Getuid() == 0 {
		main = "user root;\n" + main // who alone can read the folders of the test
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += fmt.Sprintf("%s_temp_path %s;\n", kind, kind)
	}
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(main+config+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command(program, "-e", "stderr", "-p", dir, "-c", "nginx.conf")).ready("http://" + address)
}

func (s *site) caddy(t testing.TB, gateway string) string {
	program := lookPath(t, "caddy", "caddy")
	address, dir := freeAddress(t), t.TempDir()
	config := "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n" + documented(t, "caddyfile", "forward_auth",
		"127.0.0.1:4180", gateway, ":8080", ":"+parse(t, "http://"+address).Port(), "127.0.0.1:5000", host(s.flask), "/srv", s.dir)
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "run", "--adapter", "caddyfile", "--config", "Caddyfile")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	start(t, cmd).ready("http://" + address)
	return "http://" + address
}

func (s *site) haproxy(t testing.TB, gateway string) string {
	program := lookPath(t, "haproxy", "haproxy", "/usr/sbin/haproxy")
	address, dir := freeAddress(t), t.TempDir()
	script := filepath.Join(dir, "costrel.lua")
	config := documented(t, "haproxy", "lua.costrel", "/etc/haproxy/costrel.lua", script,
		"127.0.0.1:8080", address, "127.0.0.1:5000", host(s.flask), "127.0.0.1:8000", host(s.files))
	for path, text := range map[string]string{
		script:                            documented(t, "lua", "core.httpclient", "127.0.0.1:4180", gateway),
		filepath.Join(dir, "haproxy.cfg"): config,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, exec.Command(program, "-db", "-f", filepath.Join(dir, "haproxy.cfg"))).ready("http://" + address)
	return "http://" + address
}

// traefik also sends /files/ elsewhere, by the same middlewares and rule.
func (s *site) traefik(t testing.TB, gateway string) string {
	address, dir := freeAddress(t), t.TempDir()
	application := documented(t, "yaml", "forwardAuth", "127.0.0.1:4180", gateway, "127.0.0.1:5000", host(s.flask))
	_, routers, _ := strings.Cut(application, "\n  routers:\n")
	files := strings.NewReplacer("application", "files", "PathPrefix(`/`)", "PathPrefix(`/files/`)", s.flask, s.files).Replace(routers)
	for name, text := range map[string]string{"application.yml": application, "files.yml": "http:\n  routers:\n" + files} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, exec.Command(filepath.Join(venv(t), "traefik"), "--entryPoints.web.address="+address, "--providers.file.directory="+dir,
		"--log.level=WARN", "--global.checkNewVersion=false", "--global.sendAnonymousUsage=false")).ready("http://"+address, 404)
	return "http://" + address
}

// envoy has what the documentation shows within the rest of a configuration.
func (s *site) envoy(t testing.TB, gateway string) string {
	address, file := freeAddress(t), filepath.Join(t.TempDir(), "envoy.yaml")
	socket := func(address string) string {
		host, port, _ := strings.Cut(address, ":")
		return fmt.Sprintf("{socket_address: {address: %s, port_value: %s}}", host, port)
	}
	config := "static_resources:\n  clusters:\n"
	for name, address := range map[string]string{"costrel": gateway, "application": host(s.flask), "files": host(s.files)} {
		config += fmt.Sprintf("    - {name: %s, load_assignment: {cluster_name: %[1]s, endpoints: [{lb_endpoints: [{endpoint: {address: %s}}]}]}}\n", name, socket(address))
	}
	config += `  listeners:
    - address: ` + socket(address) + `
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - {match: {prefix: /files/}, route: {cluster: files}}
                        - {match: {prefix: /}, route: {cluster: application}}
`
	for line := range strings.Lines(documented(t, "yaml", "ext_authz", "127.0.0.1:4180", gateway)) {
		config += strings.Repeat(" ", 16) + line
	}
	config += `                  - name: envoy.filters.http.router
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command(filepath.Join(venv(t), "envoy"), "-c", file, "--log-level", "warning", "--concurrency", "2",
		"--use-dynamic-base-id")).ready("http://" + address)
	return "http://" + address
}

func parse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// --- the tests ----------------------------------------------------------------

func TestGatewayAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, address := s.documentedGateway(t, "--upstream", []string{":8080", "127.0.0.1:0", "http://127.0.0.1:5000", s.flask},
		"--public", "/public/", "--token-key-file", "identity.key", "--drain", "0s")
	checkSite(t, s, "http://"+address, false)
}

func TestGatewayBehindProxies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	proxies := []struct {
		name  string
		start func(testing.TB, string) string
	}{
		{"nginx", s.nginx}, {"caddy", s.caddy}, {"haproxy", s.haproxy}, {"traefik", s.traefik}, {"envoy", s.envoy},
	}
	for _, proxy := range proxies {
		t.Run(proxy.name, func(t *testing.T) {
			gateway, address := s.asked(t, proxy.name)
			base := proxy.start(t, address)
			checkSite(t, s, base, true)

			t.Run("without the gateway nothing passes", func(t *testing.T) {
				ann := newVisitor(t, base)
				ann.login("ann", "")
				gateway.stop()
				var clients sync.WaitGroup
				for _, path := range []string{"/whoami", "/public/whoami", "/files/a.txt"} {
					clients.Go(func() { // HAProxy tries for three seconds
						res, body := raw(t, base, "GET "+path+" HTTP/1.1\r\nHost: a\r\nCookie: "+ann.cookie().String()+"\r\n\r\n")
						if res == nil || res.StatusCode < 400 {
							t.Errorf("%s: %v %s, want it refused", path, res, body)
						}
					})
				}
				clients.Wait()
			})
		})
	}
}

// checkSite checks that who is logged in passes, with an identity, and nobody
// else does, whatever they try.
func checkSite(t *testing.T, s *site, base string, hasFiles bool) {
	ann := newVisitor(t, base)
	ann.login("ann", "?next=%2Fwhoami")
	cookie := ann.cookie()

	t.Run("the user is known", func(t *testing.T) {
		res, body := ann.get("/whoami?a=b%20c;d")
		if res.StatusCode != 200 {
			t.Fatalf("%d %s, want 200", res.StatusCode, body)
		}
		ann.is(t, body, "ann")
		if !strings.Contains(strings.ReplaceAll(body, "&", ";"), `"query":"a=b%20c;d"`) { // Traefik writes "&"
			t.Errorf("the query was changed: %s", body)
		}
	})
	t.Run("nobody is logged in", func(t *testing.T) {
		nobody := newVisitor(t, base)
		if res, _ := nobody.get("/whoami"); res.StatusCode != 401 {
			t.Errorf("%d, want 401", res.StatusCode)
		}
		nobody.header.Set("Accept", "text/html,*/*;q=0.1")
		res, _ := nobody.get("/whoami?a=b&c=d")
		if got := location(t, base, res); res.StatusCode != 302 || got != "/login?next=%2Fwhoami%3Fa%3Db%26c%3Dd" {
			t.Errorf("a browser: %d to %s, want 302 to the login page and back", res.StatusCode, got)
		}
		if res, _ := nobody.get("/login"); res.StatusCode != 200 {
			t.Errorf("the login page: %d, want 200", res.StatusCode)
		}
		if res, body := nobody.get("/public/whoami"); res.StatusCode != 200 {
			t.Errorf("a public path: %d, want 200", res.StatusCode)
		} else {
			nobody.is(t, body, "")
		}
		if res, _ := nobody.get("/public/../whoami"); res.StatusCode == 200 {
			t.Error("/public/../whoami passes")
		}
	})
	if hasFiles {
		t.Run("files", func(t *testing.T) {
			if res, body := ann.get("/files/a.txt"); res.StatusCode != 200 || body != "a file\n" {
				t.Errorf("who is logged in gets %d %q, want the file", res.StatusCode, body)
			}
			if res, _ := newVisitor(t, base).get("/files/a.txt"); res.StatusCode != 401 {
				t.Errorf("nobody gets %d, want 401", res.StatusCode)
			}
		})
	}
	t.Run("a body passes, and only once the user is known", func(t *testing.T) {
		const size = 100_000
		res, body := ann.do("POST", "/whoami", bytes.NewReader(make([]byte, size)))
		if res.StatusCode != 200 || !strings.Contains(body, fmt.Sprintf(`"body":%d,`, size)) {
			t.Errorf("%d %s, want a body of %d bytes", res.StatusCode, body, size)
		}
		if res, _ := newVisitor(t, base).do("POST", "/whoami", bytes.NewReader(make([]byte, 100))); res.StatusCode != 401 {
			t.Errorf("nobody: %d, want 401", res.StatusCode)
		}
	})
	t.Run("an identity cannot be sent", func(t *testing.T) {
		for _, headers := range []string{
			"X-User-Id: root",
			"x-user-id: root",
			"X-User-Id: root\r\nX-User-Id: root",
			"X_User_Id: root",
			"X_USER_ID: root",
			"X-User_Id: root",
			"x_user-id: root",
			"X-User-Id: root\r\nX-Identity: root",
			"X_Identity: root",
			"Connection: X-User-Id",
			"Connection: close, x-user-id\r\nX-User-Id: root",
			"Connection: keep-alive, X-Identity",
			"X-Original-Uri: /public/whoami\r\nX-Forwarded-Uri: /public/whoami\r\nX-Original-Method: GET\r\nX-Forwarded-Method: GET",
		} {
			res, body := raw(t, base, "GET /whoami HTTP/1.1\r\nHost: a\r\nCookie: "+cookie.String()+"\r\n"+headers+"\r\n\r\n")
			if res == nil || res.StatusCode != 200 {
				continue // it was refused
			}
			if !ann.is(t, body, "ann") {
				t.Errorf("with %q", headers)
			}
		}
		for _, headers := range []string{"X-User-Id: root", "X_User_Id: root", "Connection: X-User-Id\r\nX-User-Id: root"} {
			res, body := raw(t, base, "GET /public/whoami HTTP/1.1\r\nHost: a\r\n"+headers+"\r\n\r\n")
			if res == nil || res.StatusCode != 200 {
				t.Errorf("%s, on a public path: %v", headers, res)
				continue
			}
			if !ann.is(t, body, "") {
				t.Errorf("with %q", headers)
			}
		}
	})
	t.Run("an address and a scheme cannot be sent", func(t *testing.T) {
		_, body := raw(t, base, "GET /whoami HTTP/1.1\r\nHost: a\r\nCookie: "+cookie.String()+"\r\nX-Forwarded-For: 203.0.113.6\r\nX-Forwarded-Proto: https\r\n\r\n")
		if !ann.is(t, body, "ann") || strings.Contains(body, `203.0.113.6"`) || strings.Contains(body, `"https"`) { // what ProxyFix reads is the last
			t.Errorf("the application sees %s", body)
		}
	})
	t.Run("a path cannot be sent", func(t *testing.T) {
		for _, headers := range []string{
			"X-Original-Uri: /public/whoami", "X-Forwarded-Uri: /public/whoami", "X-Forwarded-Uri: /login",
			"X-Original-Uri: /public/whoami\r\nX-Original-Method: GET", "X_Forwarded_Uri: /public/whoami", "X-Rewrite-Url: /public/whoami",
		} {
			res, _ := raw(t, base, "GET /whoami HTTP/1.1\r\nHost: a\r\n"+headers+"\r\n\r\n")
			if res == nil || res.StatusCode < 400 {
				t.Errorf("%s: %v, want it refused", headers, res)
			}
		}
		// Gunicorn takes these from a proxy on the same machine, and cuts the
		// one off the path.
		for _, headers := range []string{"SCRIPT_NAME: /public", "Script_Name: /public", "PATH_INFO: /whoami"} {
			res, body := raw(t, base, "GET /public/whoami HTTP/1.1\r\nHost: a\r\n"+headers+"\r\n\r\n")
			if res != nil && res.StatusCode == 200 && !strings.Contains(body, `"path":"/public/whoami"`) {
				t.Errorf("%s: the application sees %s", headers, body)
			}
		}
	})
	t.Run("a connection cannot become one that nobody checks", func(t *testing.T) {
		const request = "GET /public/upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nUpgrade: "
		for _, protocol := range []string{"h2c", "H2C", "websocket, h2c", "websocket\r\nUpgrade: h2c"} {
			res, _ := raw(t, base, request+protocol+"\r\n\r\n")
			if res != nil && res.StatusCode == 200 && res.Header.Get("X-Upgrade") != "none" && res.Header.Get("X-Upgrade") != "websocket" {
				t.Errorf("%q: the application sees %q", protocol, res.Header.Get("X-Upgrade"))
			}
		}
		if res, _ := raw(t, base, request+"websocket\r\n\r\n"); res == nil || res.Header.Get("X-Upgrade") != "websocket" {
			t.Errorf("a websocket: the application answers %v", res)
		}
	})
	t.Run("forged and mutated cookies", func(t *testing.T) {
		other, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring("another key, long enough")})
		if err != nil {
			t.Fatal(err)
		}
		good := cookie.Value
		forged := []string{
			"", ".", "..", "...", "a", "e30.e30.e30", strings.Repeat(".", 1000), "%00", "\xff\xfe",
			costreltest.Cookie(t, other, map[string]any{"_user_id": "ann"}).Value,
			good[1:], good[:len(good)-1], good + ".", good + "=", good + "A", "." + good, strings.ToLower(good), "eyJfdXNlcl9pZCI6InJvb3QifQ" + good[strings.IndexByte(good, '.'):],
		}
		for i := 0; i < len(good); i += 7 {
			flipped := []byte(good)
			flipped[i] ^= 1
			forged = append(forged, string(flipped))
		}
		for _, value := range forged {
			res, body := raw(t, base, "GET /whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: session="+value+"\r\n\r\n")
			if res != nil && res.StatusCode < 400 {
				t.Errorf("%q passes: %d %s", value, res.StatusCode, body)
			}
		}
	})
	t.Run("huge cookies", func(t *testing.T) {
		for _, value := range []string{"session=" + strings.Repeat("a", 1<<20), strings.Repeat("a=b; ", 10_000), strings.Repeat("session=a; ", 10_000)} {
			res, _ := raw(t, base, "GET /whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: "+value+"\r\n\r\n")
			if res != nil && (res.StatusCode < 400 || res.StatusCode >= 500) {
				t.Errorf("%d bytes: %d, want it refused as the client's fault", len(value), res.StatusCode)
			}
		}
		if res, _ := ann.get("/whoami"); res.StatusCode != 200 {
			t.Errorf("and after that: %d, want 200", res.StatusCode)
		}
	})
	t.Run("the way back from the login page leads nowhere else", func(t *testing.T) {
		for _, target := range []string{
			"//evil.example/", "///evil.example/", `/\evil.example/`, `\\evil.example/`, "/%5cevil.example/", "/%09/evil.example", "/\t/evil.example",
			"/%2f/evil.example", "/%2f%2fevil.example", "/.//evil.example", "/..//evil.example", "/a/../../../evil.example", "/;//evil.example", "/?//evil.example",
			"http://evil.example/", "https:evil.example", "/%0d%0aLocation:%20//evil.example", "/@evil.example", "/?next=//evil.example",
		} {
			res, _ := raw(t, base, "GET "+target+" HTTP/1.1\r\nHost: "+host(base)+"\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
			if res == nil || res.StatusCode != 302 {
				continue // it was refused
			}
			to := location(t, base, res)
			if path, _, _ := strings.Cut(to, "?"); path != "/login" {
				t.Errorf("%q leads to %q, want the login page", target, to)
				continue
			}
			res, body := newVisitor(t, base).do("POST", to, strings.NewReader("name=ann"))
			if res.StatusCode != 302 {
				t.Errorf("%q: the login answers %d %s", target, res.StatusCode, body)
				continue
			}
			// As a browser reads it: a backslash is a slash, and there are no tabs.
			back := strings.NewReplacer(`\`, "/", "\t", "").Replace(res.Header.Get("Location"))
			if u, err := url.Parse(base + "/"); err != nil {
				t.Error(err)
			} else if next, err := u.Parse(back); err != nil || next.Host != u.Host || next.Scheme != "http" {
				t.Errorf("%q leads to %q: %v", target, back, err)
			}
		}
	})
	t.Run("no request is smuggled past", func(t *testing.T) {
		var clients sync.WaitGroup
		const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\nX-User-Id: root\r\n\r\n"
		for _, headers := range []string{
			"Content-Length: 62\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n38\r\n",
			"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n38\r\n",
			"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n38\r\n",
			"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n38\r\n",
			"X-Fold: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n38\r\n",
			"Transfer_Encoding: chunked\r\nContent-Length: 4\r\n\r\n38\r\n",
			"Content-Length: 0\r\nContent-Length: 57\r\n\r\n",
			"Content-Length: 0\r\nContent_Length: 57\r\n\r\n",
			"X-A: b\nContent-Length: 57\r\n\r\n",
			"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		} {
			conn := dial(t, base)
			clients.Go(func() {
				io.WriteString(conn, "POST /whoami HTTP/1.1\r\nHost: a\r\nCookie: "+cookie.String()+"\r\n"+headers+smuggled)
				conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
				io.Copy(io.Discard, conn)
			})
		}
		clients.Wait()
		if _, body := ann.get("/public/requests"); strings.Contains(body, "smuggled") || !strings.Contains(body, "/whoami") {
			t.Errorf("the application was asked for %s", body)
		}
	})
}

// A visitor has a browser that keeps cookies and follows no redirects.
type visitor struct {
	t      testing.TB
	base   string
	header http.Header
	client http.Client
}

func newVisitor(t testing.TB, base string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t, base, http.Header{}, http.Client{
		Jar: jar, Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *visitor) do(method, path string, body io.Reader) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequest(method, b.base+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = b.header.Clone()
	if _, ok := body.(*strings.Reader); ok {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %d and %d bytes of an answer, then %v", method, path, res.StatusCode, len(text), err)
	}
	return res, string(text)
}

func (b *visitor) get(path string) (*http.Response, string) {
	b.t.Helper()
	return b.do("GET", path, nil)
}

func (b *visitor) login(name, query string) {
	b.t.Helper()
	if res, body := b.do("POST", "/login"+query, strings.NewReader("name="+name)); res.StatusCode != 302 || location(b.t, b.base, res) != "/whoami" {
		b.t.Fatalf("logging in: %d to %s %s", res.StatusCode, res.Header.Get("Location"), body)
	}
}

// cookie returns the session's.
func (b *visitor) cookie() *http.Cookie {
	b.t.Helper()
	for _, cookie := range b.client.Jar.Cookies(parse(b.t, b.base+"/")) {
		if cookie.Name == "session" {
			return cookie
		}
	}
	b.t.Fatal("there is no session cookie")
	return nil
}

// is reports whether the application takes a request's user for this one; nobody
// if empty.
func (b *visitor) is(t testing.TB, body, user string) bool {
	t.Helper()
	var seen struct {
		Headers  map[string]string
		Identity map[string]string
		Login    string
	}
	if err := json.Unmarshal([]byte(body), &seen); err != nil {
		t.Errorf("%v in %q", err, body)
		return false
	}
	same := true
	for name, value := range seen.Headers {
		switch {
		case name == "HTTP_USER_AGENT":
		case strings.Contains(value, "root"), name == "HTTP_X_USER_ID" && value != user, name != "HTTP_X_USER_ID" && name != "HTTP_X_IDENTITY":
			same = false
		}
	}
	if !same || seen.Headers["HTTP_X_USER_ID"] != user || seen.Identity["_user_id"] != user || seen.Login != user {
		t.Errorf("the application sees %+v, want %q everywhere", seen, user)
		return false
	}
	return true
}

// location returns where a response leads, on its own site.
func location(t testing.TB, base string, res *http.Response) string {
	t.Helper()
	return strings.TrimPrefix(res.Header.Get("Location"), base)
}

func dial(t testing.TB, base string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", host(base), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

// raw sends a request as it is. Its response is nil if the server hangs up.
func raw(t testing.TB, base, request string) (*http.Response, string) {
	t.Helper()
	conn := dial(t, base)
	go io.WriteString(conn, request) // a server may answer before it has taken all
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, ""
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, ""
	}
	return res, string(body)
}

// Nobody who is logged in notices that keys change, or that the gateway is told
// to end.
func TestGatewayUnderLoad(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(2 * time.Millisecond)
		io.WriteString(w, r.Header.Get("X-User-Id"))
	}))
	defer upstream.Close()
	secret, err := os.ReadFile(filepath.Join(s.dir, "keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := costrel.New(costrel.Config{Keys: costrel.NewKeyring(strings.TrimSpace(string(secret)))})
	if err != nil {
		t.Fatal(err)
	}
	cookie := costreltest.Cookie(t, sessions, map[string]any{"_user_id": "ann"})

	gateway, address := s.gateway(t, "gateway", "--listen", "127.0.0.1:0", "--upstream", upstream.URL, "--key-file", "gateway.keys",
		"--header", "X-User-Id=_user_id", "--log-level", "info")
	var answered atomic.Int64
	var clients sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: 20}
	for range 20 {
		clients.Go(func() {
			for {
				r, _ := http.NewRequest("GET", "http://"+address+"/", nil)
				r.AddCookie(cookie)
				res, err := transport.RoundTrip(r)
				if err != nil {
					t.Errorf("a request was lost: %v", err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != 200 || string(body) != "ann" {
					t.Errorf("%d %q, %v, want 200 and the user", res.StatusCode, body, err)
					return
				}
				answered.Add(1)
				if res.Close {
					return // the gateway is ending
				}
			}
		})
	}

	logged := func(message string) int { return strings.Count(gateway.output.String(), `"msg":"`+message) }
	wait := func(message string, times int) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); logged(message) < times; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("nobody logs %q:\n%s", message, gateway.output.String())
			}
		}
	}
	for i := range 3 {
		s.run("key", "rotate", "keys.txt")
		s.run("key", "derive", "--key-file", "keys.txt", "gateway.keys")
		if i == 0 {
			wait("the keys were loaded", 1) // noticed
			continue
		}
		gateway.cmd.Process.Signal(syscall.SIGHUP)
		wait("the keys were loaded", 1+i)
	}
	s.write("gateway.keys", "\x00\x01 garbage")
	gateway.cmd.Process.Signal(syscall.SIGHUP)
	wait("the keys stay as they were", 1)

	gateway.cmd.Process.Signal(syscall.SIGTERM)
	clients.Wait()
	<-gateway.done
	if code := gateway.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the gateway ends with %d, want 0", code)
	}
	t.Logf("%d requests answered, through three rotations, a bad key file and the end", answered.Load())
	if text := gateway.output.String(); strings.Contains(text, "garbage") || strings.Contains(text, cookie.Value[:12]) {
		t.Errorf("the log shows a key or a cookie:\n%s", text)
	}
}
