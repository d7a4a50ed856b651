package main

import (
	_ "embed"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	minKeyBytes = 16 // costrel.New refuses shorter keys
	minKeyBits  = 80 // what nobody guesses, with room for the estimate's error
)

// weaknesses says why a key should not be used; nothing if it may.
func weaknesses(key []byte) []string {
	var found []string
	if where, ok := publishedAt(key); ok {
		found = append(found, "it is published: "+where)
	}
	if word := tellingWord(string(key)); word != "" {
		found = append(found, fmt.Sprintf("it has the word %q in it, so it was not made at random", word))
	}
	if len(key) < minKeyBytes {
		found = append(found, fmt.Sprintf("it has %d bytes, and %d is the least", len(key), minKeyBytes))
	}
	if bits := entropy(key); bits < minKeyBits {
		found = append(found, fmt.Sprintf("it is easy to guess: %.0f bits of entropy at most, and %d is the least", bits, minKeyBits))
	}
	return found
}

// tellingWord returns a word of a key that a random one does not have.
func tellingWord(key string) string {
	key = strings.ToLower(key)
	for _, word := range []string{
		"secret", "password", "change", "replace", "default", "example", "placeholder", "private",
		"session", "cookie", "random", "development", "production", "testing", "openssl", "qwerty",
	} {
		if strings.Contains(key, word) {
			return word
		}
	}
	return ""
}

//go:embed publickeys.txt
var publicKeysFile string

// publicKeys are the keys of publickeys.txt :: key → where it is published
var publicKeys = sync.OnceValue(func() map[string]string {
	keys := map[string]string{}
	for line := range strings.Lines(publicKeysFile) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		quoted, where, _ := strings.Cut(line, "\t")
		key, err := strconv.Unquote(quoted)
		if err != nil {
			panic("publickeys.txt: " + quoted)
		}
		keys[key] = where
	}
	return keys
})

// publishedAt says where a key is published. Case and surrounding space do not
// make a key another.
func publishedAt(key []byte) (where string, ok bool) {
	for public, where := range publicKeys() {
		if public == string(key) || strings.EqualFold(public, strings.TrimSpace(string(key))) {
			return where, true
		}
	}
	return "", false
}

// entropy estimates how many bits a key has at most: if each of its characters
// was chosen at random from the kinds that it has, or each of its words from
// some 2000. What repeats or continues what stands before it counts for 1.
func entropy(key []byte) float64 {
	text := []rune(string(key))
	if !utf8.Valid(key) {
		text = text[:0]
		for _, b := range key {
			text = append(text, rune(b))
		}
	}
	each := math.Log2(float64(alphabet(text)))
	var bits float64
	for i := range text {
		if repeats(text, i) || continues(text, i) {
			bits++
		} else {
			bits += each
		}
	}
	if words := phrase(string(text)); words > 0 {
		bits = min(bits, 11*float64(words))
	}
	return bits
}

// phrase returns of how many words and numbers text consists, if it does.
func phrase(text string) int {
	words := wordsOrNumbers.FindAllString(text, -1)
	if len(words) < 3 || strings.Join(words, "") != text {
		return 0
	}
	return len(words)
}

var wordsOrNumbers = regexp.MustCompile(`(?:[A-Za-z][a-z]*|[A-Z]+|[0-9]+)(?:[ ._,-]+|$)`)

// alphabet returns how many characters there are of the kinds in text.
func alphabet(text []rune) int {
	const hexDigits = "0123456789abcdef"
	if size := within(text, "0123456789"); size > 0 {
		return size
	}
	if size := max(within(text, hexDigits), within(text, strings.ToUpper(hexDigits))); size > 0 {
		return size
	}
	var lower, upper, digit, other, wide bool
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= '0' && c <= '9':
			digit = true
		case c >= ' ' && c < 0x7f:
			other = true
		default:
			wide = true
		}
	}
	size := 1
	for _, kind := range []struct {
		has  bool
		size int
	}{{lower, 26}, {upper, 26}, {digit, 10}, {other, 33}, {wide, 160}} {
		if kind.has {
			size += kind.size
		}
	}
	return size
}

// within returns the size of an alphabet that has all of text, or 0.
func within(text []rune, letters string) int {
	for _, c := range text {
		if !strings.ContainsRune(letters, c) {
			return 0
		}
	}
	return len(letters)
}

// repeats reports whether the three characters that end at i stood before.
func repeats(text []rune, i int) bool {
	const window = 256 // so that a long key takes linear time
	for j := i - 1; j >= max(2, i-window); j-- {
		if text[j] == text[i] && text[j-1] == text[i-1] && text[j-2] == text[i-2] {
			return true
		}
	}
	return false
}

// continues reports whether i goes on with a run such as aaa, 123 or cba.
func continues(text []rune, i int) bool {
	if i < 2 {
		return false
	}
	step := text[i] - text[i-1]
	return step == text[i-1]-text[i-2] && step >= -1 && step <= 1
}
