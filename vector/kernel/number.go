package kernel

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
	"unsafe"

	"weir/vector"
)

// The errors of all parsers; callers say which value of which column was meant.
var (
	// ErrSyntax is returned for text that is no value of the type.
	ErrSyntax = errors.New("invalid syntax")
	// ErrRange is returned for a value that the type cannot hold.
	ErrRange = errors.New("value out of range")
)

// ParseInt reads an integer of so many bits: an optional sign and digits, nothing else.
func ParseInt(b []byte, size int) (int64, error) {
	if len(b) == 0 {
		return 0, ErrSyntax
	}
	negative := false
	i := 0
	if b[0] == '-' || b[0] == '+' {
		negative = b[0] == '-'
		i = 1
	}
	if i == len(b) {
		return 0, ErrSyntax
	}
	var n uint64
	if len(b)-i <= 18 { // cannot overflow
		for ; i < len(b); i++ {
			d := b[i] - '0'
			if d > 9 {
				return 0, ErrSyntax
			}
			n = n*10 + uint64(d)
		}
	} else {
		over := false
		for ; i < len(b); i++ {
			d := b[i] - '0'
			if d > 9 {
				return 0, ErrSyntax
			}
			hi, lo := bits.Mul64(n, 10)
			sum, carry := bits.Add64(lo, uint64(d), 0)
			over = over || hi != 0 || carry != 0
			n = sum
		}
		if over || n > 1<<63 {
			return 0, ErrRange
		}
	}
	limit := uint64(1) << (size - 1)
	if negative {
		if n > limit {
			return 0, ErrRange
		}
		return int64(-n), nil
	}
	if n >= limit {
		return 0, ErrRange
	}
	return int64(n), nil
}

// text views b as a string for a function that does not keep it.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

var exactPow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// ParseFloat reads a floating point number as Java's Double.parseDouble does, but for blanks around it: digits with
// point and exponent, NaN, Infinity, hexadecimal 0x1p3, an f or d behind it. Too large a number is infinite.
func ParseFloat(b []byte, size int) (float64, error) {
	if v, ok := parseShortFloat(b); ok && size == 64 {
		return v, nil
	}
	i := 0
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		i = 1
	}
	if i == len(b) {
		return 0, ErrSyntax
	}
	rest := b[i:]
	switch {
	case text(rest) == "NaN":
		return math.NaN(), nil
	case text(rest) == "Infinity":
		if b[0] == '-' {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	case rest[0] != '.' && rest[0]-'0' > 9:
		return 0, ErrSyntax
	}
	hex := len(rest) > 1 && rest[0] == '0' && rest[1]|0x20 == 'x'
	for k, c := range rest {
		if c == '_' || c|0x20 == 'x' && k != 1 {
			return 0, ErrSyntax
		}
	}
	end := len(b)
	if c := b[end-1] | 0x20; (c == 'd' || c == 'f') && len(rest) > 1 && (!hex || hasExponent(rest)) {
		end--
	}
	v, err := strconv.ParseFloat(text(b[:end]), size)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, ErrSyntax
	}
	return v, nil
}

func hasExponent(b []byte) bool {
	for _, c := range b {
		if c|0x20 == 'p' {
			return true
		}
	}
	return false
}

// parseShortFloat reads plain numbers whose digits and power of ten are exact doubles: then one operation rounds right.
func parseShortFloat(b []byte) (float64, bool) {
	i := 0
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		i = 1
	}
	if len(b)-i > 16 || i == len(b) {
		return 0, false
	}
	var n uint64
	digits, point := 0, -1
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d <= 9 {
			n = n*10 + uint64(d)
			digits++
			continue
		}
		if b[i] != '.' || point >= 0 {
			return 0, false
		}
		point = digits
	}
	if digits == 0 || digits > 15 {
		return 0, false
	}
	v := float64(n)
	if point >= 0 {
		v /= exactPow10[digits-point]
	}
	if negative {
		v = -v
	}
	return v, true
}

// ParseDecimal reads a decimal number into the unscaled value of DECIMAL(precision, scale), rounding half up: sign,
// digits, point, exponent. ErrRange means that it has more than precision digits.
func ParseDecimal(b []byte, precision, scale int) (vector.Num128, error) {
	i := 0
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		i = 1
	}
	var n uint64 // while it fits
	var big u128
	wide := false
	digits, significant, fraction := 0, 0, 0
	point, dropped, half := false, 0, false
scan:
	for ; i < len(b); i++ {
		c := b[i]
		d := c - '0'
		switch {
		case d <= 9:
			digits++
			if significant > 0 || d != 0 {
				significant++
			}
			if significant > maxDigits {
				// Beyond what 128 bits hold: only rounding can need it.
				if dropped == 0 {
					half = d >= 5
				}
				dropped++
				if point {
					fraction++
				}
				continue
			}
			if point {
				fraction++
			}
			if significant <= 18 {
				n = n*10 + uint64(d)
				continue
			}
			if !wide {
				big, wide = u128{0, n}, true
			}
			big = big.mulAdd(10, uint64(d))
		case c == '.' && !point:
			point = true
		default:
			break scan
		}
	}
	if digits == 0 {
		return vector.Num128{}, ErrSyntax
	}
	exponent := 0
	if i < len(b) {
		if b[i]|0x20 != 'e' {
			return vector.Num128{}, ErrSyntax
		}
		e, err := ParseInt(b[i+1:], 32)
		if err == ErrSyntax {
			return vector.Num128{}, err
		}
		exponent = int(min(max(e, -1000), 1000))
		if err != nil { // beyond int32
			exponent = 1000
			if i+1 < len(b) && b[i+1] == '-' {
				exponent = -1000
			}
		}
	}
	if !wide {
		big = u128{0, n}
	}
	// The value is big × 10^(dropped - fraction + exponent); the unscaled one has scale digits more.
	shift := dropped - fraction + exponent + scale
	switch {
	case big.isZero():
	case shift > 0 && dropped > 0 || shift > maxDigits:
		return vector.Num128{}, ErrRange
	case shift >= 0:
		wideProduct := big.mul(pow10(shift))
		if wideProduct.hi.hi != 0 || wideProduct.hi.lo != 0 {
			return vector.Num128{}, ErrRange
		}
		big = wideProduct.lo
		if dropped > 0 && half {
			big = big.mulAdd(1, 1)
		}
	case -shift > maxDigits+1:
		big = u128{}
	default:
		big = big.divRoundHalfUp(-shift)
	}
	if !big.less(pow10(precision)) {
		return vector.Num128{}, ErrRange
	}
	return big.signed(negative), nil
}

// AppendDecimal appends an unscaled value as a plain number with scale digits behind the point.
func AppendDecimal(dst []byte, v vector.Num128, scale int) []byte {
	negative, u := magnitude(v)
	if negative {
		dst = append(dst, '-')
	}
	var buf [40]byte
	digits := u.appendDigits(buf[:0])
	if scale == 0 {
		return append(dst, digits...)
	}
	if len(digits) <= scale {
		dst = append(dst, '0', '.')
		for k := len(digits); k < scale; k++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	dst = append(dst, '.')
	return append(dst, digits[len(digits)-scale:]...)
}

// AppendDouble appends a DOUBLE as Java prints it: 1.0, 0.001, 1.0E10, NaN, Infinity; the shortest digits that give
// the same value back.
func AppendDouble(dst []byte, v float64) []byte { return appendFloat(dst, v, 64) }

// AppendFloat is AppendDouble for a FLOAT.
func AppendFloat(dst []byte, v float32) []byte { return appendFloat(dst, float64(v), 32) }

func appendFloat(dst []byte, v float64, size int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	case v == 0:
		if math.Signbit(v) {
			return append(dst, "-0.0"...)
		}
		return append(dst, "0.0"...)
	}
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	if v >= 1e-3 && v < 1e7 {
		from := len(dst)
		dst = strconv.AppendFloat(dst, v, 'f', -1, size)
		for _, c := range dst[from:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, '.', '0')
	}
	var buf [32]byte
	s := strconv.AppendFloat(buf[:0], v, 'e', -1, size)
	if s[1] != '.' { // one digit: Java shows the two that are closest
		s = strconv.AppendFloat(buf[:0], v, 'e', 1, size)
	}
	e := len(s) - 1
	for s[e] != 'e' {
		e--
	}
	dst = append(dst, s[:e]...)
	dst = append(dst, 'E')
	if s[e+1] == '-' {
		dst = append(dst, '-')
	}
	exp := s[e+2:]
	for len(exp) > 1 && exp[0] == '0' {
		exp = exp[1:]
	}
	return append(dst, exp...)
}

// CastInt reads a string as CAST does into an integer of so many bits: blanks around it, a fraction is cut off, no
// exponent.
func CastInt(b []byte, size int) (int64, error) {
	b = trim(b)
	for i, c := range b {
		if c != '.' {
			continue
		}
		for _, d := range b[i+1:] {
			if d-'0' > 9 {
				return 0, ErrSyntax
			}
		}
		if whole := b[:i]; len(whole) > 0 && whole[len(whole)-1]-'0' <= 9 {
			return ParseInt(whole, size)
		}
		if len(b) == i+1 || i > 0 && b[0] != '-' && b[0] != '+' || i > 1 {
			return 0, ErrSyntax
		}
		return 0, nil
	}
	return ParseInt(b, size)
}
