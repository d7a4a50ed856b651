//go:build unix

package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestUnixSocketPeers(t *testing.T) {
	ann := session(t, oldKey)
	everywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	tests := []struct {
		name    string
		trust   bool
		trusted []netip.Prefix
		want    string
		client  string
	}{
		{"are not trusted", false, nil, "[] [http] [a]", "unix"},
		{"are in no network", false, everywhere, "[] [http] [a]", "unix"},
		{"are trusted if that is said", true, nil, "[6.6.6.6, 192.0.2.1] [https] [shop.example]", "192.0.2.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Not t.TempDir, whose paths are too long for a socket on some systems.
			dir, err := os.MkdirTemp("", "gateway")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, "s")
			g := run(t, newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, "%s %s %s", r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"])
			})), func(c *Config) { c.Listen, c.TrustUnix, c.Trusted = "unix:"+path, tt.trust, tt.trusted })

			// A name that looks like an address is none.
			t.Chdir(dir)
			conn, err := net.DialUnix("unix", &net.UnixAddr{Net: "unix", Name: "127.0.0.1:80"}, &net.UnixAddr{Net: "unix", Name: path})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nCookie: "+ann.String()+
				"\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n\r\n")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(res.Body); err != nil || string(body) != tt.want {
				t.Errorf("the application is sent %s, %v, want %s", body, err, tt.want)
			}
			if line := g.log.wait(t, "decided"); line["client"] != tt.client {
				t.Errorf("the log says the client is %v, want %s", line["client"], tt.client)
			}
		})
	}
}

func TestListenAtAUsedSocket(t *testing.T) {
	t.Chdir(t.TempDir())
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: "stale"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()
	used := httptest.NewUnstartedServer(nil)
	if used.Listener, err = net.Listen("unix", "used"); err != nil {
		t.Fatal(err)
	}
	used.Start()
	defer used.Close()
	if err := os.WriteFile("file", []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name, path, err string
	}{
		{"a path that is free", "free", ""},
		{"a socket that nobody serves any more", "stale", ""},
		{"a socket that somebody serves", "used", "in use"},
		{"a file", "file", "in use"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			listener, err := listen("unix:" + tt.path)
			if err == nil {
				defer listener.Close()
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("got %v, want an error with %q", err, tt.err)
			}
			if _, err := os.Lstat(tt.path); err != nil {
				t.Error(err)
			}
		})
	}
}
