package agg

import (
	"math/bits"

	"weir/exec/state"
	"weir/vector"
	"weir/vector/kernel"
)

// intSum adds integers of any width; a result of fewer bits wraps around as if it had been added in them.
type intSum struct{ sums *state.Column[int64] }

func (r *intSum) update(in *input) {
	sums, values, pick := r.sums.Values(), in.ints(), in.view.pick
	switch {
	case pick != nil:
		for i, s := range in.each() {
			sums[s] += int64(pick[i]) * values[i]
		}
	case in.slots == nil:
		var sum int64
		for _, x := range values {
			sum += x
		}
		sums[in.one] += sum
	default:
		values = values[:len(in.slots)]
		for i, s := range in.slots {
			sums[s] += values[i]
		}
	}
}

// floatSum adds FLOATs in their precision.
type floatSum struct{ sums *state.Column[float32] }

func (r *floatSum) update(in *input) {
	addFloats(r.sums.Values(), in.view.col.Float32(), in)
}

// doubleSum adds DOUBLEs, or FLOATs as such.
type doubleSum struct{ sums *state.Column[float64] }

func (r *doubleSum) update(in *input) {
	if in.view.typ.Kind == vector.Float {
		addFloats(r.sums.Values(), in.view.col.Float32(), in)
		return
	}
	addFloats(r.sums.Values(), in.view.col.Float64(), in)
}

func addFloats[A, V float32 | float64](sums []A, values []V, in *input) {
	if pick := in.view.pick; pick != nil {
		for i, s := range in.each() {
			switch {
			case pick[i] > 0:
				sums[s] += A(values[i])
			case pick[i] < 0:
				sums[s] -= A(values[i])
			}
		}
		return
	}
	if in.slots == nil {
		sum := sums[in.one]
		for _, x := range values {
			sum += A(x)
		}
		sums[in.one] = sum
		return
	}
	values = values[:len(in.slots)]
	for i, s := range in.slots {
		sums[s] += A(values[i])
	}
}

// decimalSum adds 128-bit numbers in 192 bits, so that the sum does not depend on the order, whatever it passes.
type decimalSum struct {
	low      *state.Column[vector.Num128]
	high     *state.Column[int64] // the bits above low, which is unsigned then
	highFrom int                  // merging: column of the values' bits above 128; −1: values are signed
}

func newDecimalSum(t *state.Table, highFrom int) *decimalSum {
	return &decimalSum{low: state.NewColumn(t, vector.Num128{}), high: state.NewColumn[int64](t, 0), highFrom: highFrom}
}

func (r *decimalSum) update(in *input) {
	low, high, values, pick := r.low.Values(), r.high.Values(), in.view.col.Int128(), in.view.pick
	var tops []int64
	if r.highFrom >= 0 {
		tops = in.batch.Columns[r.highFrom].Int64()
	}
	for i, s := range in.each() {
		x := values[i]
		top := x.HighBits() >> 63
		if tops != nil {
			top = tops[i]
		}
		a := low[s]
		switch {
		case pick == nil || pick[i] > 0:
			l, c := bits.Add64(a.LowBits(), x.LowBits(), 0)
			h, c := bits.Add64(uint64(a.HighBits()), uint64(x.HighBits()), c)
			low[s] = vector.NewInt128(int64(h), l)
			high[s] += top + int64(c)
		case pick[i] < 0:
			l, c := bits.Sub64(a.LowBits(), x.LowBits(), 0)
			h, c := bits.Sub64(uint64(a.HighBits()), uint64(x.HighBits()), c)
			low[s] = vector.NewInt128(int64(h), l)
			high[s] -= top + int64(c)
		}
	}
}

// result returns a slot's sum as a DECIMAL(38, scale); ok is false if it has more digits.
func (r *decimalSum) result(s state.Slot, scale int) (vector.Num128, bool) {
	x := r.low.Values()[s]
	if r.high.Values()[s] != x.HighBits()>>63 {
		return vector.Num128{}, false
	}
	return kernel.DecimalRescale(x, scale, vector.MaxDecimal, scale)
}
