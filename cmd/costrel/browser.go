package main

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// What browsers do, by RFC 6265bis.
const (
	maxAttribute  = 1024      // bytes of an attribute's value
	maxCookieLife = 400 * day // that browsers keep a cookie
)

// Effects of a finding.
const (
	dropped  = "dropped"  // browsers throw the cookie away
	weakened = "weakened" // they keep it, but not as it is meant or not safely
	advice   = "advice"   // it could be better
)

// A finding is one thing that is wrong with a cookie.
type finding struct {
	Rule    string `json:"rule"`
	Effect  string `json:"effect"`
	Browser string `json:"browser"` // what happens there
	Fix     string `json:"fix"`     // what to set
}

// check says what browsers make of a cookie. The origin is where it came from;
// nil if that is unknown.
func check(c setCookie, origin *url.URL) []finding {
	var found []finding
	for _, rule := range []func(setCookie, *url.URL) []finding{
		checkText, checkPrefix, checkSecure, checkDomain, checkSize,
	} {
		found = append(found, rule(c, origin)...)
	}
	if c.deletes { // nothing is left to protect
		return found
	}
	found = append(found, c.problems...)
	for _, rule := range []func(setCookie) []finding{
		checkScripts, checkSameSite, checkPartitioned, checkPath, checkLifetime, checkName,
	} {
		found = append(found, rule(c)...)
	}
	return found
}

// sessionSettings and rememberSettings start the names of the settings of Flask's
// session and of Flask-Login's remember_token.
const (
	sessionSettings  = "SESSION_COOKIE_"
	rememberSettings = "REMEMBER_COOKIE_"
)

// settingsOf returns the start of the names of a cookie's settings; none if
// neither Flask nor Flask-Login sets it. The session's is called "session", or
// as configured.
func settingsOf(name, configured string) string {
	bare := strings.TrimPrefix(strings.TrimPrefix(name, "__Host-"), "__Secure-")
	switch {
	case name != "" && name == configured || bare == "session":
		return sessionSettings
	case bare == "remember_token":
		return rememberSettings
	}
	return ""
}

// put says how to give the cookie an attribute; value is empty for one that has
// none.
func (c setCookie) put(name, value string) string {
	setting := "True"
	if value != "" {
		setting = strconv.Quote(value)
	}
	setting = c.settings + strings.ToUpper(name) + " = " + setting
	switch {
	case c.settings == sessionSettings && name == "HttpOnly":
		return "Set " + setting + " (costrel.Cookie.ScriptReadable = false)"
	case c.settings == sessionSettings:
		return "Set " + setting + " (costrel.Cookie." + name + ")"
	case c.settings != "":
		return "Set " + setting
	case value != "":
		name += "=" + value
	}
	return "Set " + name
}

func (c setCookie) putSecure() string { return c.put("Secure", "") + ", and serve over HTTPS." }

// leaveOut says how to take an attribute off the cookie.
func (c setCookie) leaveOut(name string) string {
	if c.settings == "" {
		return "Leave out " + name
	}
	return "Leave " + c.settings + strings.ToUpper(name) + " unset"
}

func (c setCookie) noun() string {
	if c.settings == sessionSettings {
		return "session"
	}
	return "cookie"
}

func checkText(c setCookie, _ *url.URL) []finding {
	switch {
	case strings.ContainsFunc(c.line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return one("control-character", dropped, "A control character in the line makes browsers drop the cookie.", "Take it out, or encode the value in base64url.")
	case c.line != "" && c.name == "" && c.value == "":
		return one("empty", dropped, "A cookie without name and value is dropped.", "Give it a name.")
	case c.name == "":
		return one("no-name", weakened, "Without \"=\", the text is the value of a cookie without a name, which servers read in different ways.", "Write name=value.")
	}
	return nil
}

func checkPrefix(c setCookie, _ *url.URL) []finding {
	name := strings.ToLower(c.name)
	has := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	var found []finding
	if (has("__secure-") || has("__host-") || has("__http-")) && !c.secure {
		found = append(found, finding{"prefix-secure", dropped, "A name that starts with __Secure-, __Host- or __Http- needs Secure; browsers drop the cookie otherwise.", c.putSecure()})
	}
	if has("__host-") && c.domain != "" {
		found = append(found, finding{"prefix-host-domain", dropped, "A __Host- cookie is for one host; browsers drop it if it has a Domain.", c.leaveOut("Domain") + ", or call the cookie __Secure-" + inert(c.name[len("__host-"):]) + "."})
	}
	if has("__host-") && c.path != "/" {
		found = append(found, finding{"prefix-host-path", dropped, "A __Host- cookie is for the whole host; browsers drop it without Path=/.", c.put("Path", "/") + "."})
	}
	if (has("__http-") || has("__host-http-")) && !c.httpOnly {
		found = append(found, finding{"prefix-http", dropped, "A name that starts with __Http- or __Host-Http- needs HttpOnly; Chrome drops the cookie otherwise, from version 140.", c.put("HttpOnly", "") + "."})
	}
	return found
}

func checkSecure(c setCookie, origin *url.URL) []finding {
	var found []finding
	plain := origin != nil && origin.Scheme == "http" && !isLocal(origin.Hostname())
	switch {
	case c.secure && plain:
		found = one("secure-over-http", dropped, "It came over plain HTTP, where browsers drop a cookie with Secure.", "Serve over HTTPS.")
	case c.secure:
	case strings.EqualFold(c.sameSite, "None"):
		found = one("samesite-none-secure", dropped, "Browsers drop a cookie with SameSite=None and without Secure.", c.putSecure())
	case c.partitioned:
		found = one("partitioned-secure", dropped, "Browsers drop a cookie with Partitioned and without Secure.", c.putSecure())
	case !c.deletes:
		found = one("no-secure", weakened, "Without Secure, the cookie also goes over plain HTTP, where anybody on the way reads it and can set another.", c.putSecure())
	}
	return found
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func checkDomain(c setCookie, origin *url.URL) []finding {
	if c.domain == "" {
		return nil
	}
	host := ""
	if origin != nil {
		host = strings.ToLower(origin.Hostname())
	}
	suffix, _ := publicsuffix.PublicSuffix(c.domain)
	switch {
	case strings.ContainsFunc(c.domain, func(r rune) bool { return r >= 0x80 }):
		return one("domain-ascii", dropped, "Browsers differ over a Domain that is not ASCII; some drop the cookie.", "Write it as xn--...")
	case host != "" && host != c.domain && (net.ParseIP(host) != nil || !strings.HasSuffix(host, "."+c.domain)):
		return one("domain-foreign", dropped, fmt.Sprintf("%s may not set a cookie for %s: browsers drop it.", inert(host), inert(c.domain)), c.leaveOut("Domain")+", or set it to a domain that the host is in.")
	case net.ParseIP(c.domain) != nil:
		return one("domain-address", advice, "An address has no subdomains: the Domain says nothing.", c.leaveOut("Domain")+".")
	case suffix == c.domain && host != c.domain:
		return one("domain-public", dropped, fmt.Sprintf("Anybody can have a domain below %s: browsers drop a cookie for all of it.", inert(c.domain)), c.leaveOut("Domain")+", or set it to your own domain.")
	case !c.deletes:
		return one("domain-wide", advice, fmt.Sprintf("With a Domain, the cookie goes to every host below %s, and each of them can overwrite it.", inert(c.domain)), c.leaveOut("Domain")+" unless several hosts share the "+c.noun()+".")
	}
	return nil
}

func checkSize(c setCookie, _ *url.URL) []finding {
	if size := len(c.name) + len(c.value); size > browserLimit {
		return one("size", dropped, fmt.Sprintf("Name and value have %d bytes; browsers drop a cookie over %d.", size, browserLimit), "Keep less in the "+c.noun()+", or keep it on the server.")
	}
	return nil
}

func checkScripts(c setCookie) []finding {
	if c.httpOnly {
		return nil
	}
	return one("no-httponly", weakened, "Without HttpOnly, any script in the page can read the cookie and send it elsewhere.", c.put("HttpOnly", "")+".")
}

func checkSameSite(c setCookie) []finding {
	switch strings.ToLower(c.sameSite) {
	case "lax", "strict":
		return nil
	case "none":
		return one("samesite-none", advice, "With SameSite=None, requests that other sites start carry the cookie: forms need CSRF tokens. Safari, and others by setting, drop it in frames all the same.", "Set Lax unless other sites embed yours.")
	case "":
		return one("no-samesite", weakened, "Without SameSite, Firefox and Safari send the cookie with requests that other sites start; Chrome and Edge do with POSTs in its first two minutes, and take it for Lax then.", c.put("SameSite", "Lax")+".")
	}
	return one("samesite-unknown", weakened, fmt.Sprintf("SameSite=%.40q is no value: browsers take it for unset.", c.sameSite), c.put("SameSite", "Lax")+".")
}

func checkPartitioned(c setCookie) []finding {
	if !c.partitioned || strings.EqualFold(c.sameSite, "None") {
		return nil
	}
	return one("partitioned-samesite", advice, "Partitioned is for pages in other sites' frames, and there only SameSite=None is sent.", c.put("SameSite", "None")+", or leave Partitioned out.")
}

func checkPath(c setCookie) []finding {
	switch {
	case c.path == "":
		return one("no-path", advice, "Without a Path, the cookie is for the directory of the page that set it.", c.put("Path", "/")+".")
	case c.path[0] != '/':
		return one("path-relative", weakened, "Browsers ignore a Path that does not start with a slash: the cookie is for the directory of the page that set it.", c.put("Path", "/")+".")
	}
	return nil
}

func checkLifetime(c setCookie) []finding {
	if c.lifetime <= maxCookieLife+time.Minute { // of an Expires, a moment is past
		return nil
	}
	setting := "its lifetime"
	switch c.settings {
	case sessionSettings:
		setting = "PERMANENT_SESSION_LIFETIME"
	case rememberSettings:
		setting = "REMEMBER_COOKIE_DURATION"
	}
	return one("lifetime", weakened, fmt.Sprintf("It is to be kept for %s; browsers cut that to 400 days.", span(c.lifetime)), "Set "+setting+" to 400 days at most; a month is plenty.")
}

// checkName advises the prefix that a cookie is ready for.
func checkName(c setCookie) []finding {
	if !c.secure || c.domain != "" || c.path != "/" || strings.HasPrefix(c.name, "__") || c.name == "" {
		return nil
	}
	fix := "Call it __Host-" + inert(c.name) + "."
	if c.settings != "" {
		fix = "Set " + c.settings + "NAME = \"__Host-" + inert(c.name) + "\"."
	}
	return one("no-prefix", advice, "A subdomain, or plain HTTP, can overwrite the cookie. Browsers see to it that none can if its name says so.", fix)
}

func attributeTooLong(a attribute) finding {
	return finding{"attribute-size", weakened, fmt.Sprintf("%.40q has %d bytes; browsers ignore an attribute over %d.", a.name, len(a.value), maxAttribute), "Shorten it."}
}

func unreadableLifetime(a attribute) finding {
	return finding{"lifetime-unreadable", weakened, fmt.Sprintf("%s=%.40q can't be read: browsers ignore it, and keep the cookie until they are closed.", a.name, a.value), "Write Expires=Thu, 01 Jan 2026 00:00:00 GMT or Max-Age=3600."}
}

func unknownAttribute(a attribute) finding {
	return finding{"attribute-unknown", advice, fmt.Sprintf("Browsers know no attribute %.40q, and ignore it.", a.name), "Correct its spelling, or leave it out."}
}

func one(rule, effect, browser, fix string) []finding {
	return []finding{{rule, effect, browser, fix}}
}
