package kernel

import (
	"math"
	"slices"
	"testing"

	"weir/vector"
)

// Large maps are equal in any order, with −0.0 for 0.0 and NULL for NULL, and differ by one value or a NaN.
func TestSameOfLargeMaps(t *testing.T) {
	const n = 100_000 // entry by entry, that would take minutes
	keys, values := make([]int64, n), make([]float64, n)
	for i := range keys {
		keys[i], values[i] = int64(i), float64(i%7)
	}
	valid := vector.NewBitmap(n, true)
	valid.Clear(n - 1)
	of := func(keys []int64, values []float64, valid vector.Bitmap) vector.Column {
		return vector.NewPairs([]int32{0, n}, vector.NewColumn(keys, nil), vector.NewColumn(values, valid), nil)
	}
	a := of(keys, values, valid)
	if !Same(a, 0, a, 0) {
		t.Error("a map is not equal to itself")
	}
	back, other := slices.Clone(keys), slices.Clone(values)
	slices.Reverse(back)
	slices.Reverse(other)
	for i, v := range other {
		if v == 0 {
			other[i] = math.Copysign(0, -1)
		}
	}
	turned := vector.NewBitmap(n, true)
	turned.Clear(0)
	if !Same(a, 0, of(back, other, turned), 0) {
		t.Error("in another order they are not equal")
	}
	if Same(a, 0, of(back, other, nil), 0) {
		t.Error("a value is as good as NULL")
	}
	changed := slices.Clone(other)
	changed[n/2]++
	if Same(a, 0, of(back, changed, turned), 0) {
		t.Error("another value makes no difference")
	}
	changed[n/2] = math.NaN()
	if x := of(back, changed, turned); Same(x, 0, x, 0) {
		t.Error("a NaN equals itself")
	}
}
