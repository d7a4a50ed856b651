package main

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// machine names the processor.
func machine() string {
	name := runtime.GOARCH
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for scanner := bufio.NewScanner(f); scanner.Scan(); {
			if key, value, _ := strings.Cut(scanner.Text(), ":"); strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	return name
}

// peers are the modules that are measured.
var peers = []string{
	"github.com/gorilla/sessions", "github.com/gorilla/securecookie", "github.com/alexedwards/scs/v2",
	"github.com/gin-contrib/sessions", "github.com/golang-jwt/jwt/v5", "github.com/gofiber/fiber/v3",
}

// versions are those of everything that is measured.
func versions(f *flask) map[string]string {
	versions := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			for _, peer := range peers {
				if module.Path == peer {
					versions[peer] = module.Version
				}
			}
		}
	}
	for name, version := range f.Versions {
		versions[name] = version
	}
	return versions
}
