package kernel

import (
	"math"
	"math/bits"

	"weir/vector"
)

// DecimalShape says what two columns of decimals make: the operands' scales, and the result's DECIMAL.
type DecimalShape struct{ A, B, Precision, Scale int }

// The kernels of this file set dst[i] to DECIMALs, rounding halves away from zero. They return which rows are valid:
// those of valid without the ones whose result does not fit. valid is nil for all; it is written to.

// AddDecimals sets dst[i] = a[i] + b[i].
func AddDecimals(dst, a, b []vector.Num128, s DecimalShape, valid vector.Bitmap) vector.Bitmap {
	plain, bound := s.A == s.B && s.A == s.Scale, narrowBound(s.Precision)
	for i := range dst {
		if valid != nil && !valid.At(i) {
			dst[i] = vector.Num128{}
			continue
		}
		x, y := at(a, i), at(b, i)
		if v, w, ok := narrow(x, y); ok && plain {
			if sum := v + w; sum < bound && sum > -bound {
				dst[i] = vector.Int128(sum)
				continue
			}
		}
		var ok bool
		if dst[i], ok = DecimalAdd(x, s.A, y, s.B, s.Precision, s.Scale); !ok {
			valid = without(valid, len(dst), i)
		}
	}
	return valid
}

// SubDecimals sets dst[i] = a[i] - b[i].
func SubDecimals(dst, a, b []vector.Num128, s DecimalShape, valid vector.Bitmap) vector.Bitmap {
	plain, bound := s.A == s.B && s.A == s.Scale, narrowBound(s.Precision)
	for i := range dst {
		if valid != nil && !valid.At(i) {
			dst[i] = vector.Num128{}
			continue
		}
		x, y := at(a, i), at(b, i)
		if v, w, ok := narrow(x, y); ok && plain {
			if difference := v - w; difference < bound && difference > -bound {
				dst[i] = vector.Int128(difference)
				continue
			}
		}
		var ok bool
		if dst[i], ok = DecimalSub(x, s.A, y, s.B, s.Precision, s.Scale); !ok {
			valid = without(valid, len(dst), i)
		}
	}
	return valid
}

// MulDecimals sets dst[i] = a[i] * b[i].
func MulDecimals(dst, a, b []vector.Num128, s DecimalShape, valid vector.Bitmap) vector.Bitmap {
	plain, bound := s.A+s.B == s.Scale, narrowBound(s.Precision)
	for i := range dst {
		if valid != nil && !valid.At(i) {
			dst[i] = vector.Num128{}
			continue
		}
		x, y := at(a, i), at(b, i)
		if v, w, ok := narrow(x, y); ok && plain && int64(int32(v)) == v && int64(int32(w)) == w {
			if product := v * w; product < bound && product > -bound {
				dst[i] = vector.Int128(product)
				continue
			}
		}
		var ok bool
		if dst[i], ok = DecimalMul(x, s.A, y, s.B, s.Precision, s.Scale); !ok {
			valid = without(valid, len(dst), i)
		}
	}
	return valid
}

// DivDecimals sets dst[i] = a[i] / b[i]; no valid b[i] is zero.
func DivDecimals(dst, a, b []vector.Num128, s DecimalShape, valid vector.Bitmap) vector.Bitmap {
	bound := narrowBound(s.Precision)
	up, most := int64(0), int64(-1) // the numerator is moved up by a power of ten, below most it stays an int64
	if n := s.Scale - s.A + s.B; n >= 0 && n <= 18 {
		up = int64(powers[n].lo)
		most = math.MaxInt64 / up
	}
	for i := range dst {
		if valid != nil && !valid.At(i) {
			dst[i] = vector.Num128{}
			continue
		}
		x, y := at(a, i), at(b, i)
		if v, w, ok := narrow(x, y); ok && v <= most && v >= -most {
			q, r := v*up/w, v*up%w
			if 2*max(r, -r) >= max(w, -w) {
				if v < 0 == (w < 0) {
					q++
				} else {
					q--
				}
			}
			if q < bound && q > -bound {
				dst[i] = vector.Int128(q)
				continue
			}
		}
		var ok bool
		if dst[i], ok = DecimalDiv(x, s.A, y, s.B, s.Precision, s.Scale); !ok {
			valid = without(valid, len(dst), i)
		}
	}
	return valid
}

// ModDecimals sets dst[i] to the remainder of a[i] / b[i]; no valid b[i] is zero.
func ModDecimals(dst, a, b []vector.Num128, s DecimalShape, valid vector.Bitmap) vector.Bitmap {
	plain, bound := s.A == s.B && s.A == s.Scale, narrowBound(s.Precision)
	for i := range dst {
		if valid != nil && !valid.At(i) {
			dst[i] = vector.Num128{}
			continue
		}
		x, y := at(a, i), at(b, i)
		if v, w, ok := narrow(x, y); ok && plain {
			if r := v % w; r < bound && r > -bound {
				dst[i] = vector.Int128(r)
				continue
			}
		}
		var ok bool
		if dst[i], ok = DecimalMod(x, s.A, y, s.B, s.Precision, s.Scale); !ok {
			valid = without(valid, len(dst), i)
		}
	}
	return valid
}

// FirstZeroDecimal is FirstZero for decimals.
func FirstZeroDecimal(a []vector.Num128, valid vector.Bitmap, rows int) int {
	if len(a) == 1 && !DecimalIsZero(a[0]) {
		return -1
	}
	for i := range rows {
		if DecimalIsZero(at(a, i)) && (valid == nil || valid.At(i)) {
			return i
		}
	}
	return -1
}

// IntegersToDecimals sets dst[i] = a[i].
func IntegersToDecimals[T Integer](dst []vector.Num128, a []T, precision, scale int, valid vector.Bitmap) vector.Bitmap {
	bound := uint64(math.MaxUint64) // more than 19 whole digits hold every integer
	if whole := precision - scale; whole <= 18 {
		bound = powers[whole].lo
	}
	up := pow10(scale)
	for i, x := range a {
		u, negative := uint64(x), x < 0
		if negative {
			u = -u
		}
		if u >= bound {
			dst[i] = vector.Num128{}
			valid = without(valid, len(dst), i)
			continue
		}
		hi, lo := bits.Mul64(u, up.lo)
		dst[i] = u128{hi + u*up.hi, lo}.signed(negative)
	}
	return valid
}

// RescaleDecimals sets dst[i] to a[i], which has the scale from.
func RescaleDecimals(dst, a []vector.Num128, from, precision, scale int, valid vector.Bitmap) vector.Bitmap {
	bound := narrowBound(precision)
	up, most, down := int64(1), int64(math.MaxInt64), int64(1)
	switch {
	case scale-from > 18 || from-scale > 18:
		most = -1
	case scale >= from:
		up = int64(powers[scale-from].lo)
		most = math.MaxInt64 / up
	default:
		down = int64(powers[from-scale].lo)
	}
	for i, x := range a {
		if valid != nil && !valid.At(i) {
			dst[i] = vector.Num128{}
			continue
		}
		if v := int64(x.LowBits()); x.HighBits() == v>>63 && v <= most && v >= -most {
			q := v * up
			if down > 1 {
				r := q % down
				q /= down
				if 2*max(r, -r) >= down { // down is below 2^62
					if v < 0 {
						q--
					} else {
						q++
					}
				}
			}
			if q < bound && q > -bound {
				dst[i] = vector.Int128(q)
				continue
			}
		}
		var ok bool
		if dst[i], ok = DecimalRescale(x, from, precision, scale); !ok {
			valid = without(valid, len(dst), i)
		}
	}
	return valid
}

// FloatsToDecimals sets dst[i] to the shortest digits of a[i]; NaN and infinities do not fit. bad is the first row with
// one, or -1.
func FloatsToDecimals[T ~float32 | ~float64](dst []vector.Num128, a []T, precision, scale int, valid vector.Bitmap) (out vector.Bitmap, bad int) {
	bad = -1
	for i, x := range a {
		dst[i] = vector.Num128{}
		if valid != nil && !valid.At(i) {
			continue
		}
		v, ok := float64(x), false
		switch {
		case !math.IsNaN(v) && !math.IsInf(v, 0):
			dst[i], ok = DecimalFromDouble(v, precision, scale)
		case bad < 0:
			bad = i
		}
		if !ok {
			valid = without(valid, len(dst), i)
		}
	}
	return valid, bad
}

// narrowBound is what an int64 must stay below to have at most so many digits.
func narrowBound(precision int) int64 {
	if precision > 18 {
		return math.MaxInt64
	}
	return int64(powers[precision].lo)
}

// without returns a bitmap in which row i is not set.
func without(valid vector.Bitmap, rows, i int) vector.Bitmap {
	if valid == nil {
		valid = vector.NewBitmap(rows, true)
	}
	valid.Clear(i)
	return valid
}
