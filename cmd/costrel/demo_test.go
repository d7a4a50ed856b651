package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"testing"
)

func TestDemo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	output, w := io.Pipe()
	root := newRoot()
	root.SetArgs([]string{"demo", "--addr", "localhost:0"})
	root.SetOut(w)
	done := make(chan error, 1)
	go func() {
		done <- root.ExecuteContext(ctx)
		w.Close()
	}()

	address := ""
	lines := bufio.NewScanner(output)
	for address == "" && lines.Scan() {
		address = regexp.MustCompile(`http://\S+`).FindString(lines.Text())
	}
	go io.Copy(io.Discard, output)
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Header.Get("Set-Cookie") == "" {
		t.Errorf("got %s with Set-Cookie %q, want a page and a session", response.Status, response.Header.Get("Set-Cookie"))
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("it ended with: %v", err)
	}
}
