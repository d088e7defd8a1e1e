package kernel

import (
	"bytes"
	"cmp"

	"weir/vector"
)

// The comparing kernels set bit i of dst; an operand of one value stands for rows values. NaN equals nothing.

// Equal sets bit i where a[i] == b[i].
func Equal[T comparable](dst vector.Bitmap, a, b []T, rows int) {
	if len(a) == 1 {
		a, b = b, a
	}
	if len(b) == 1 {
		y := b[0]
		if len(a) == 1 {
			fill(dst, a[0] == y)
			return
		}
		for i := 0; i < rows; i += 8 {
			var w byte
			for k, x := range a[i:min(i+8, rows)] {
				if x == y {
					w |= 1 << k
				}
			}
			dst[i>>3] = w
		}
		return
	}
	for i := 0; i < rows; i += 8 {
		var w byte
		ys := b[i:min(i+8, rows)]
		for k, x := range a[i:min(i+8, rows)] {
			if x == ys[k] {
				w |= 1 << k
			}
		}
		dst[i>>3] = w
	}
}

// Less sets bit i where a[i] < b[i].
func Less[T cmp.Ordered](dst vector.Bitmap, a, b []T, rows int) {
	switch {
	case len(a) == 1 && len(b) == 1:
		fill(dst, a[0] < b[0])
	case len(b) == 1:
		y := b[0]
		for i := 0; i < rows; i += 8 {
			var w byte
			for k, x := range a[i:min(i+8, rows)] {
				if x < y {
					w |= 1 << k
				}
			}
			dst[i>>3] = w
		}
	case len(a) == 1:
		x := a[0]
		for i := 0; i < rows; i += 8 {
			var w byte
			for k, y := range b[i:min(i+8, rows)] {
				if x < y {
					w |= 1 << k
				}
			}
			dst[i>>3] = w
		}
	default:
		for i := 0; i < rows; i += 8 {
			var w byte
			ys := b[i:min(i+8, rows)]
			for k, x := range a[i:min(i+8, rows)] {
				if x < ys[k] {
					w |= 1 << k
				}
			}
			dst[i>>3] = w
		}
	}
}

// LessEqual sets bit i where a[i] <= b[i].
func LessEqual[T cmp.Ordered](dst vector.Bitmap, a, b []T, rows int) {
	switch {
	case len(a) == 1 && len(b) == 1:
		fill(dst, a[0] <= b[0])
	case len(b) == 1:
		y := b[0]
		for i := 0; i < rows; i += 8 {
			var w byte
			for k, x := range a[i:min(i+8, rows)] {
				if x <= y {
					w |= 1 << k
				}
			}
			dst[i>>3] = w
		}
	case len(a) == 1:
		x := a[0]
		for i := 0; i < rows; i += 8 {
			var w byte
			for k, y := range b[i:min(i+8, rows)] {
				if x <= y {
					w |= 1 << k
				}
			}
			dst[i>>3] = w
		}
	default:
		for i := 0; i < rows; i += 8 {
			var w byte
			ys := b[i:min(i+8, rows)]
			for k, x := range a[i:min(i+8, rows)] {
				if x <= ys[k] {
					w |= 1 << k
				}
			}
			dst[i>>3] = w
		}
	}
}

func fill(dst vector.Bitmap, set bool) {
	w := byte(0)
	if set {
		w = 0xff
	}
	for i := range dst {
		dst[i] = w
	}
}

// Outcomes says which outcomes of a comparison make it true.
type Outcomes uint8

// The outcomes, and what the operators of SQL accept.
const (
	IsLess    Outcomes = 1
	IsEqual   Outcomes = 2
	IsGreater Outcomes = 4
)

// Has reports whether a comparison's outcome, -1, 0 or 1, is one of o.
func (o Outcomes) Has(c int) bool { return o>>(c+1)&1 != 0 }

// CompareStrings sets bit i where row i of a compares with row i of b with an outcome of want; a view of one row stands
// for all. Rows that are not valid are left clear.
func CompareStrings(dst vector.Bitmap, a, b vector.Strings, oneA, oneB bool, valid vector.Bitmap, rows int, want Outcomes) {
	clear(dst)
	equality := want == IsEqual || want == IsLess|IsGreater
	for i := range rows {
		if valid != nil && !valid.At(i) {
			continue
		}
		ra, rb := i, i
		if oneA {
			ra = 0
		}
		if oneB {
			rb = 0
		}
		x, y := a.At(ra), b.At(rb)
		if equality {
			if bytes.Equal(x, y) == (want == IsEqual) {
				dst.Set(i)
			}
		} else if want.Has(bytes.Compare(x, y)) {
			dst.Set(i)
		}
	}
}

// CompareDecimals is CompareStrings for decimals of scales sa and sb.
func CompareDecimals(dst vector.Bitmap, a []vector.Num128, sa int, b []vector.Num128, sb int, rows int, want Outcomes) {
	clear(dst)
	for i := range rows {
		if want.Has(DecimalCompare(at(a, i), sa, at(b, i), sb)) {
			dst.Set(i)
		}
	}
}
