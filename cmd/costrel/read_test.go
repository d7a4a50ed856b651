package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/costrel/costrel/itsdangerous"
)

func TestReadTellsTheTimeWhenALineComes(t *testing.T) {
	const key = "correct horse battery staple 2026"
	t.Setenv("FLASK_SECRET_KEY", key)
	synctest.Test(t, func(t *testing.T) {
		input, w := io.Pipe()
		go func() {
			time.Sleep(time.Minute)
			signer, err := itsdangerous.NewTimestampSigner(itsdangerous.Options{Keys: [][]byte{[]byte(key)}, Salt: sessionScheme.salt, Derivation: sessionScheme.derivation})
			if err != nil {
				t.Error(err)
			} else {
				fmt.Fprintf(w, "%s\n", signer.AppendSign(nil, []byte("e30"), time.Now()))
			}
			w.Close()
		}()
		var out strings.Builder
		root := newRoot()
		root.SetArgs([]string{"read", "-"})
		root.SetIn(input)
		root.SetOut(&out)
		if err := root.Execute(); err != nil || !strings.Contains(out.String(), "just now") {
			t.Errorf("error %v, and it prints\n%s\nwant a cookie signed just now", err, out.String())
		}
	})
}
