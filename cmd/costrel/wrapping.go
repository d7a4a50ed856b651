package main

import "regexp"

// wrappings are what stands around cookies where people copy them from, and what
// is left of a line without it.
var wrappings = []struct {
	around *regexp.Regexp
	left   string
}{
	{regexp.MustCompile(`;$`), ""},
	// A browser's "Copy as cURL", whole or one line of it.
	{regexp.MustCompile(`(?s)^(?:curl\s.*\s)?(?:-b|--cookie)\s+\$?(?:'([^']*)'|"([^"]*)").*$`), "Cookie: $1$2"},
	{regexp.MustCompile(`(?s)^(?:curl\s.*\s)?(?:-H|--header)\s+\$?(?:'(?i:cookie):([^']*)'|"(?i:cookie):([^"]*)").*$`), "Cookie: $1$2"},
	// A cookie jar: domain, subdomains too, path, secure, expiry, name and value.
	{regexp.MustCompile(`^\S+\t(?:TRUE|FALSE)\t[^\t]*\t(?:TRUE|FALSE)\t\d+\t([^\t]+)\t([^\t]+)$`), "$1=$2"},
	// JSON, Python, TOML and browsers' tables: "name": "value", name = 'value'. With
	// a backslash the quotes are the cookie's.
	{regexp.MustCompile(`^["']?((?i:Set-)?(?i:Cookie))["']?\s*[:=]\s*(?:'([^']*)'|"([^"]*)"),?$`), "$1: $2$3"},
	{regexp.MustCompile(`^["']?([^\s"'=:;]+)["']?\s*[:=]\s*(?:'([^']*)'|"([^"\\]*)"),?$`), "$1=$2$3"},
	{regexp.MustCompile(`^([^\s"'=:;]+)\s+=\s+(\S+)$`), "$1=$2"},
	{regexp.MustCompile(`^(?:'([^']*)'|"([^"]*)"),?$`), "$1$2"},
}

// unwrapped takes off what stands around the cookies of a line.
func unwrapped(line string) string {
	for _, w := range wrappings {
		line = w.around.ReplaceAllString(line, w.left)
	}
	return line
}
