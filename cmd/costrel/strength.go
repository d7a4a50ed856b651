package main

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode"
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
	if len(key) < minKeyBytes {
		found = append(found, fmt.Sprintf("it has %d bytes, and %d is the least", len(key), minKeyBytes))
	}
	if bits := entropy(key); bits < minKeyBits {
		found = append(found, fmt.Sprintf("it is easy to guess: %.0f bits of entropy at most, and %d is the least", bits, minKeyBits))
	}
	return found
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

// entropy estimates how many bits a key has at most, if it was chosen at random
// from the kinds of characters that it has. A letter of what looks like a word
// counts for 2 bits, a space for 1, and so does what repeats or continues what
// stands before it.
func entropy(key []byte) float64 {
	text := []rune(string(key))
	if !utf8.Valid(key) {
		text = text[:0]
		for _, b := range key {
			text = append(text, rune(b))
		}
	}
	each := math.Log2(float64(alphabet(text)))
	words := inWords(text)
	var bits float64
	for i, c := range text {
		switch {
		case c == ' ' || repeats(text, i) || continues(text, i):
			bits++
		case words[i]:
			bits += min(2, each)
		default:
			bits += each
		}
	}
	return bits
}

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

// inWords marks the letters of what looks like words: three or more in a row, of
// one case but for the first, with a vowel among them.
func inWords(text []rune) []bool {
	marks := make([]bool, len(text))
	for i := 0; i < len(text); {
		end := i + 1
		for end < len(text) && isLetter(text[i]) && isLetter(text[end]) &&
			(unicode.IsUpper(text[end]) == unicode.IsUpper(text[end-1]) || end == i+1 && unicode.IsUpper(text[i])) {
			end++
		}
		if end-i >= 3 && strings.ContainsAny(string(text[i:end]), "aeiouyAEIOUY") {
			for j := i; j < end; j++ {
				marks[j] = true
			}
		}
		i = end
	}
	return marks
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// repeats reports whether the three characters that end at i stood before.
func repeats(text []rune, i int) bool {
	const length = 3
	const window = 256 // so that a long key takes linear time
	if i < length {
		return false
	}
	last := string(text[i-length+1 : i+1])
	return strings.Contains(string(text[max(0, i-window):i]), last)
}

// continues reports whether i goes on with a run such as aaa, 123 or cba.
func continues(text []rune, i int) bool {
	if i < 2 {
		return false
	}
	step := text[i] - text[i-1]
	return step == text[i-1]-text[i-2] && step >= -1 && step <= 1
}
