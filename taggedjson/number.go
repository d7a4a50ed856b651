package taggedjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// maxDigits is the length of the longest integer Python converts from and to
// decimal (sys.int_info.default_max_str_digits).
const maxDigits = 4300

var errLongInteger = fmt.Errorf("an integer of more than %d digits can't be kept in a session", maxDigits)

// appendFloat appends f as Python's repr writes it: the shortest digits that read
// back as f, always with a point or an exponent, so that it stays a float. bits is
// 32 or 64, the size f had.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
	if bytes.IndexByte(dst[n:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendBigInt appends n in decimal.
func appendBigInt(dst []byte, n *big.Int) ([]byte, error) {
	const bitsPerDigit = 3.3219280948873626 // log2(10)
	if float64(n.BitLen()) > (maxDigits+1)*bitsPerDigit {
		return dst, errLongInteger // before the conversion, which is not linear
	}
	start := len(dst)
	dst = n.Append(dst, 10)
	digits := len(dst) - start
	if n.Sign() < 0 {
		digits--
	}
	if digits > maxDigits {
		return dst[:start], errLongInteger
	}
	return dst, nil
}

// appendNumber appends the number that n spells, as Python would write it.
func appendNumber(dst []byte, n json.Number) ([]byte, error) {
	data := []byte(n)
	if len(data) > 0 && (data[0] == '-' || data[0]-'0' <= 9) {
		end, isFloat, why := scanNumber(data, 0)
		switch {
		case why == longInteger:
			return dst, errLongInteger
		case why != fine || end < uint(len(data)):
		case isFloat:
			return appendFloat(dst, parseFloat(string(n)), 64), nil
		case n == "-0":
			return append(dst, '0'), nil
		default:
			return append(dst, n...), nil
		}
	}
	return dst, errors.New("a json.Number that is no number can't be kept in a session")
}

// parseInteger returns the integer that data is, as an int64 or as a *big.Int if it
// is larger. data has been scanned.
func parseInteger(data []byte) any {
	if n, ok := wholeInt64(data); ok {
		return n
	}
	s := string(data)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

// parseFloat returns the float that s spells: infinity where it is too large, as
// in Python. s has been scanned.
func parseFloat(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64) // its one error here is the range
	return f
}

// wholeInt64 returns the integer that data is in whole, if it has at most 18 digits,
// so that it can't overflow.
func wholeInt64(data []byte) (n int64, ok bool) {
	digits := data
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	if len(digits) < len(data) {
		n = -n
	}
	return n, true
}

// wholeFloat64 returns the float that data is in whole; an integer is none.
func wholeFloat64(data []byte) (float64, bool) {
	if len(data) == 0 || data[0] != '-' && data[0]-'0' > 9 {
		return 0, false
	}
	end, isFloat, why := scanNumber(data, 0)
	if why != fine || !isFloat || end < uint(len(data)) {
		return 0, false
	}
	return parseFloat(string(data)), true
}
