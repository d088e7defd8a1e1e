package kernel

import (
	"math"

	"weir/vector"
)

// Number are the types of Go's arithmetic.
type Number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~float32 | ~float64
}

// Integer are those that wrap around.
type Integer interface {
	~int8 | ~int16 | ~int32 | ~int64
}

// In all kernels of two operands an operand of one value stands for as many as dst has.

// Add sets dst[i] = a[i] + b[i].
func Add[T Number](dst, a, b []T) {
	switch {
	case len(b) == 1:
		y := b[0]
		for i, x := range a {
			dst[i] = x + y
		}
	case len(a) == 1:
		x := a[0]
		for i, y := range b {
			dst[i] = x + y
		}
	default:
		b = b[:len(a)]
		for i, x := range a {
			dst[i] = x + b[i]
		}
	}
}

// Sub sets dst[i] = a[i] - b[i].
func Sub[T Number](dst, a, b []T) {
	switch {
	case len(b) == 1:
		y := b[0]
		for i, x := range a {
			dst[i] = x - y
		}
	case len(a) == 1:
		x := a[0]
		for i, y := range b {
			dst[i] = x - y
		}
	default:
		b = b[:len(a)]
		for i, x := range a {
			dst[i] = x - b[i]
		}
	}
}

// Mul sets dst[i] = a[i] * b[i].
func Mul[T Number](dst, a, b []T) {
	switch {
	case len(b) == 1:
		y := b[0]
		for i, x := range a {
			dst[i] = x * y
		}
	case len(a) == 1:
		x := a[0]
		for i, y := range b {
			dst[i] = x * y
		}
	default:
		b = b[:len(a)]
		for i, x := range a {
			dst[i] = x * b[i]
		}
	}
}

// DivFloat sets dst[i] = a[i] / b[i].
func DivFloat[T ~float32 | ~float64](dst, a, b []T) {
	switch {
	case len(b) == 1:
		y := b[0]
		for i, x := range a {
			dst[i] = x / y
		}
	case len(a) == 1:
		x := a[0]
		for i, y := range b {
			dst[i] = x / y
		}
	default:
		b = b[:len(a)]
		for i, x := range a {
			dst[i] = x / b[i]
		}
	}
}

// DivInt sets dst[i] = a[i] / b[i], cut towards zero, and 0 where b[i] is 0.
func DivInt[T Integer](dst, a, b []T) {
	for i := range dst {
		x, y := at(a, i), at(b, i)
		if y == 0 {
			dst[i] = 0
			continue
		}
		dst[i] = x / y
	}
}

// ModInt sets dst[i] to the remainder of a[i] / b[i], and 0 where b[i] is 0.
func ModInt[T Integer](dst, a, b []T) {
	for i := range dst {
		x, y := at(a, i), at(b, i)
		if y == 0 {
			dst[i] = 0
			continue
		}
		dst[i] = x % y
	}
}

// Negate sets dst[i] = -a[i].
func Negate[T Number](dst, a []T) {
	for i, x := range a {
		dst[i] = -x
	}
}

// Abs sets dst[i] to the absolute value; the least integer stays what it is.
func Abs[T Integer](dst, a []T) {
	for i, x := range a {
		if x < 0 {
			x = -x
		}
		dst[i] = x
	}
}

// at returns value i of an operand that may have only one.
func at[T any](a []T, i int) T {
	if len(a) == 1 {
		return a[0]
	}
	return a[i]
}

// FirstZero returns the first row that is valid and 0, or -1. A value alone stands for all rows.
func FirstZero[T Number](a []T, valid vector.Bitmap, rows int) int {
	if len(a) == 1 && a[0] != 0 {
		return -1
	}
	for i := range rows {
		if at(a, i) == 0 && (valid == nil || valid.At(i)) {
			return i
		}
	}
	return -1
}

// Convert sets dst[i] = D(a[i]); integers wrap around. Not for floats into integers.
func Convert[D, S Number](dst []D, a []S) {
	for i, x := range a {
		dst[i] = D(x)
	}
}

// FloatToInt converts as Java does: NaN is 0, what is too large or small the nearest; types narrower than 32 bits take
// the low bits of a 32-bit integer.
func FloatToInt[D Integer, S ~float32 | ~float64](dst []D, a []S) {
	var zero D
	wide := false
	if _, ok := any(zero).(int64); ok {
		wide = true
	}
	for i, x := range a {
		v := float64(x)
		if wide {
			switch {
			case v != v:
				dst[i] = 0
			case v >= math.MaxInt64:
				n := int64(math.MaxInt64)
				dst[i] = D(n)
			case v <= math.MinInt64:
				n := int64(math.MinInt64)
				dst[i] = D(n)
			default:
				dst[i] = D(int64(v))
			}
			continue
		}
		switch {
		case v != v:
			dst[i] = 0
		case v >= math.MaxInt32:
			n := int32(math.MaxInt32)
			dst[i] = D(n)
		case v <= math.MinInt32:
			n := int32(math.MinInt32)
			dst[i] = D(n)
		default:
			dst[i] = D(int32(v))
		}
	}
}
