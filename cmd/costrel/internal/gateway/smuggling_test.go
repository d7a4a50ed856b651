package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A strict upstream takes nothing but requests that every server reads alike,
// and notes the paths that it was asked for.
type strictUpstream struct {
	t     *testing.T
	mu    sync.Mutex
	paths []string
}

func newStrictUpstream(t *testing.T) (*strictUpstream, string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	u := &strictUpstream{t: t}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go u.serve(conn)
		}
	}()
	return u, "http://" + listener.Addr().String()
}

func (u *strictUpstream) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		path, err := readStrictly(in)
		if err == io.EOF {
			return
		}
		u.mu.Lock()
		if err != nil {
			u.t.Errorf("the application is sent what servers could read differently: %v", err)
		}
		u.paths = append(u.paths, path)
		u.mu.Unlock()
		if err != nil {
			return
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

// readStrictly reads one request, and returns its path.
func readStrictly(in *bufio.Reader) (path string, err error) {
	line := func() (string, error) {
		text, err := in.ReadString('\n')
		switch {
		case err != nil && text == "":
			return "", io.EOF
		case err != nil:
			return "", fmt.Errorf("%q is not ended", text)
		case !strings.HasSuffix(text, "\r\n") || strings.ContainsAny(text[:len(text)-2], "\r\x00"):
			return "", fmt.Errorf("%q does not end in CR LF alone", text)
		}
		return text[:len(text)-2], nil
	}
	text, err := line()
	if err != nil {
		return "", err
	}
	parts := strings.Split(text, " ")
	if len(parts) != 3 || parts[2] != "HTTP/1.1" || !strings.HasPrefix(parts[1], "/") {
		return "", fmt.Errorf("%q is no request line", text)
	}
	path = parts[1]
	var lengths, encodings, hosts []string
	for {
		text, err := line()
		if err != nil {
			return path, err
		}
		if text == "" {
			break
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok || !isPlain(name) || name == "" {
			return path, fmt.Errorf("%q is no header", text)
		}
		value = strings.Trim(value, " ")
		switch strings.ToLower(name) {
		case "content-length":
			lengths = append(lengths, value)
		case "transfer-encoding":
			encodings = append(encodings, value)
		case "host":
			hosts = append(hosts, value)
		}
	}
	if len(lengths)+len(encodings) > 1 || len(hosts) != 1 {
		return path, fmt.Errorf("lengths %q, encodings %q, hosts %q", lengths, encodings, hosts)
	}
	for _, length := range lengths {
		n, err := strconv.ParseUint(length, 10, 31)
		if err != nil {
			return path, fmt.Errorf("the length %q is none", length)
		}
		if _, err := io.CopyN(io.Discard, in, int64(n)); err != nil {
			return path, err
		}
	}
	for _, encoding := range encodings {
		if encoding != "chunked" {
			return path, fmt.Errorf("the encoding %q is unknown", encoding)
		}
		for {
			text, err := line()
			if err != nil {
				return path, err
			}
			n, err := strconv.ParseUint(text, 16, 31)
			if err != nil {
				return path, fmt.Errorf("the chunk %q has no length", text)
			}
			if _, err := io.CopyN(io.Discard, in, int64(n)); err != nil {
				return path, err
			}
			if text, err := line(); err != nil || text != "" {
				return path, fmt.Errorf("%q stands behind a chunk: %v", text, err)
			}
			if n == 0 {
				break
			}
		}
	}
	return path, nil
}

// A request that only the application sees would reach it unchecked.
func TestSmuggling(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\nX-User-Id: root\r\n\r\n"
	tests := []struct {
		name    string
		request string // CRLF is written as a new line, and %s is the session's cookie
	}{
		{"a length and chunks, the length longer", "POST / HTTP/1.1\nHost: a\n%s\nContent-Length: 70\nTransfer-Encoding: chunked\n\n0\n\n"},
		{"a length and chunks, the length shorter", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\nContent-Length: 4\n\n3b\n"},
		{"two lengths", "POST / HTTP/1.1\nHost: a\n%s\nContent-Length: 0\nContent-Length: 59\n\n"},
		{"two lengths in one", "POST / HTTP/1.1\nHost: a\n%s\nContent-Length: 0, 59\n\n"},
		{"a length with a sign", "POST / HTTP/1.1\nHost: a\n%s\nContent-Length: +59\n\n"},
		{"a length below zero", "POST / HTTP/1.1\nHost: a\n%s\nContent-Length: -1\n\n"},
		{"a length in hex", "POST / HTTP/1.1\nHost: a\n%s\nContent-Length: 0x3b\n\n"},
		{"a length with an underscore", "POST / HTTP/1.1\nHost: a\n%s\nContent-Length: 5_9\n\n"},
		{"a length named with an underscore", "POST / HTTP/1.1\nHost: a\n%s\nContent_Length: 59\n\n"},
		{"a length of a GET", "GET / HTTP/1.1\nHost: a\n%s\nContent-Length: 59\n\n"},
		{"an encoding that is none", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: xchunked\n\n0\n\n"},
		{"an encoding twice", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n"},
		{"an encoding twice in one", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked, chunked\n\n0\n\n"},
		{"identity, then chunked", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: identity\nTransfer-Encoding: chunked\n\n0\n\n"},
		{"an encoding with a space before the colon", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding : chunked\nContent-Length: 4\n\n3b\n"},
		{"an encoding behind a vertical tab", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: \vchunked\nContent-Length: 4\n\n3b\n"},
		{"an encoding behind a tab", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding:\tchunked\nContent-Length: 4\n\n3b\n"},
		{"an encoding in a folded line", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding:\n chunked\nContent-Length: 4\n\n3b\n"},
		{"an encoding in the fold of another header", "POST / HTTP/1.1\nHost: a\n%s\nX-Fold: a\n Transfer-Encoding: chunked\nContent-Length: 4\n\n3b\n"},
		{"an encoding named with an underscore", "POST / HTTP/1.1\nHost: a\n%s\nTransfer_Encoding: chunked\nContent-Length: 4\n\n3b\n"},
		{"an encoding of HTTP/1.0", "POST / HTTP/1.0\nHost: a\n%s\nTransfer-Encoding: chunked\nContent-Length: 4\n\n3b\n"},
		{"a folded first header", "POST / HTTP/1.1\n Host: a\n%s\n\n"},
		{"a header ended by LF alone", "POST / HTTP/1.1\nHost: a\n%s\nX-A: b\x01Content-Length: 59\n\n"},
		{"a header with a CR inside", "POST / HTTP/1.1\nHost: a\n%s\nX-A: b\rContent-Length: 59\n\n"},
		{"a header with a NUL inside", "POST / HTTP/1.1\nHost: a\n%s\nX-A: b\x00c\n\n"},
		{"a header without a name", "POST / HTTP/1.1\nHost: a\n%s\n: b\n\n"},
		{"a header without a colon", "POST / HTTP/1.1\nHost: a\n%s\nX-A\n\n"},
		{"a chunk's length with a sign", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\n\n+0\n\n"},
		{"a chunk's length with 0x", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\n\n0x0\n\n"},
		{"a chunk's length that overflows", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\n\n10000000000000000\n\n"},
		{"a chunk's extension", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\n\n0;a=b\n\n"},
		{"a chunk's extension with a new line", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\n\n2;\x01xx\n3b\nhi\n0\n\n"},
		{"a chunk longer than it says", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\n\n1\nhi\n0\n\n"},
		{"a length in the trailer", "POST / HTTP/1.1\nHost: a\n%s\nTransfer-Encoding: chunked\nTrailer: Content-Length\n\n0\nContent-Length: 59\n\n"},
		{"two hosts", "GET / HTTP/1.1\nHost: a\nHost: b\n%s\n\n"},
		{"no host", "GET / HTTP/1.1\n%s\n\n"},
		{"a request line with two spaces", "GET / /smuggled HTTP/1.1\nHost: a\n%s\n\n"},
		{"a request line with a tab", "GET\t/\tHTTP/1.1\nHost: a\n%s\n\n"},
		{"a path with a new line escaped", "GET /%%0d%%0aX:%%20y HTTP/1.1\nHost: a\n%s\n\n"},
		{"an upgrade that the application does not take", "GET / HTTP/1.1\nHost: a\n%s\nConnection: Upgrade\nUpgrade: websocket\n\n"},
		{"an upgrade to HTTP/2", "GET / HTTP/1.1\nHost: a\n%s\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\n\n"},
		{"a body that is expected, and sent early", "POST / HTTP/1.1\nHost: a\n%s\nExpect: 100-continue\nContent-Length: 4\n\nbody"},
		{"an address for a path", "GET http://b/ HTTP/1.1\nHost: a\n%s\n\n"},
	}
	upstream, address := newStrictUpstream(t)
	g := run(t, address, nil)
	cookie := "Cookie: " + session(t, oldKey).String()
	var clients sync.WaitGroup
	for _, tt := range tests {
		clients.Go(func() {
			text := strings.ReplaceAll(fmt.Sprintf(tt.request, cookie), "\n", "\r\n")
			text = strings.ReplaceAll(text, "\x01", "\n")
			conn := g.dial(text + smuggled)
			// The gateway may take the rest for a request; then it is one that
			// it refuses.
			conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
			in := bufio.NewReader(conn)
			good := 0
			for {
				res, err := http.ReadResponse(in, nil)
				if err != nil {
					break
				}
				io.Copy(io.Discard, res.Body)
				if res.StatusCode == 200 {
					good++
				}
			}
			if good > 1 {
				t.Errorf("%s: %d requests passed, and one has a session", tt.name, good)
			}
		})
	}
	clients.Wait()
	upstream.mu.Lock()
	defer upstream.mu.Unlock()
	if slices.ContainsFunc(upstream.paths, func(path string) bool { return strings.Contains(path, "smuggled") }) {
		t.Errorf("the application was asked for %q", upstream.paths)
	}
	if len(upstream.paths) < 10 {
		t.Errorf("the application was asked for %q only: the requests are not what they should be", upstream.paths)
	}
}

// Whoever has a connection to the application can ask it anything unchecked: of
// the protocols that a connection can change to, HTTP/2 allows that.
func TestUpgradesAreToWebsocketsOnly(t *testing.T) {
	upgraded := make(chan string, 10)
	g := run(t, newUpstream(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			return
		}
		upgraded <- r.Header.Get("Upgrade")
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", r.Header.Get("Upgrade"))
		w.WriteHeader(http.StatusSwitchingProtocols)
	})), nil)
	tests := []struct {
		name   string
		header string
		status int
	}{
		{"websocket", "Connection: Upgrade\r\nUpgrade: WebSocket\r\n", 101},
		{"HTTP/2", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n", 200},
		{"HTTP/2, in capitals", "Connection: Upgrade\r\nUpgrade: H2C\r\n", 200},
		{"a list of both", "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n", 200},
		{"both, each in its line", "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n", 200},
		{"HTTP/2 without a Connection", "Upgrade: h2c\r\n", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn := g.dial("GET /public/ HTTP/1.1\r\nHost: a\r\n" + tt.header + "\r\n")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || res.StatusCode != tt.status {
				t.Errorf("%v, %v, want %d", res, err, tt.status)
			}
			select {
			case got := <-upgraded:
				if tt.status != 101 {
					t.Errorf("the application is asked to upgrade to %q", got)
				}
			default:
			}
		})
	}
}
