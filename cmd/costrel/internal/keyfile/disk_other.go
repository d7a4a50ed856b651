//go:build !unix

package keyfile

import (
	"io/fs"
	"os"
)

func keepOwner(*os.File, fs.FileInfo) error { return nil }

func syncDir(string) error { return nil }
