package agg

import (
	"math"
	"slices"

	"weir/exec/state"
	"weir/vector"
	"weir/vector/kernel"
)

// Results returns the aggregates of slots, a column each.
func (v *Values) Results(dst []vector.Column, slots []state.Slot) []vector.Column {
	for _, c := range v.set.calls {
		dst = append(dst, v.result(c, slots))
	}
	return dst
}

// Partials returns the aggregates of slots as the columns that a final phase merges.
func (v *Values) Partials(dst []vector.Column, slots []state.Slot) []vector.Column {
	for _, c := range v.set.calls {
		switch c.name {
		case "COUNT", "MIN", "MAX":
			dst = append(dst, v.result(c, slots))
		case "SUM", "AVG":
			if c.typ.Kind == vector.Decimal {
				r := v.registers[c.reg].(*decimalSum)
				dst = append(dst, vector.NewColumn(gather(r.low.Values(), slots), v.valid(c.view, slots)), vector.NewColumn(gather(r.high.Values(), slots), nil))
			} else if c.name == "SUM" {
				dst = append(dst, v.result(c, slots))
			} else if r, ok := v.registers[c.reg].(*doubleSum); ok {
				dst = append(dst, vector.NewColumn(gather(r.sums.Values(), slots), v.valid(c.view, slots)))
			} else {
				dst = append(dst, vector.NewColumn(gather(v.registers[c.reg].(*intSum).sums.Values(), slots), v.valid(c.view, slots)))
			}
			if c.name == "AVG" {
				dst = append(dst, v.counts(c.view, slots))
			}
		default:
			panic("agg: " + c.name + " has no partial results")
		}
	}
	return dst
}

func gather[T state.Fixed](values []T, slots []state.Slot) []T {
	out := make([]T, len(slots))
	for i, s := range slots {
		out[i] = values[s]
	}
	return out
}

// valid says which slots have a value in a view.
func (v *Values) valid(view int, slots []state.Slot) vector.Bitmap {
	var valid vector.Bitmap
	for i, s := range slots {
		if v.counted(view, s) <= 0 {
			if valid == nil {
				valid = vector.NewBitmap(len(slots), true)
			}
			valid.Clear(i)
		}
	}
	return valid
}

func (v *Values) counts(view int, slots []state.Slot) vector.Column {
	out := gather(v.rows.Values(), slots)
	if m := v.missing[view]; m != nil {
		missing := m.Values()
		for i, s := range slots {
			out[i] -= missing[s]
		}
	}
	return vector.NewColumn(out, nil)
}

func (v *Values) result(c call, slots []state.Slot) vector.Column {
	switch c.name {
	case "COUNT":
		if c.final {
			return vector.NewColumn(gather(v.registers[c.reg].(*intSum).sums.Values(), slots), nil)
		}
		return v.counts(c.view, slots)
	case "AVG":
		return v.average(c, slots)
	case "LISTAGG":
		return v.registers[c.reg].(*list).joined(slots, c.separator, c.distinct, v.valid(c.view, slots))
	case "ARRAY_AGG":
		return v.registers[c.reg].(*list).arrays(slots, c.result, c.distinct)
	case "COLLECT":
		return v.registers[c.reg].(*multiset).collected(slots)
	}
	valid := v.valid(c.view, slots)
	switch r := v.registers[c.reg].(type) {
	case *intSum:
		return narrow(gather(r.sums.Values(), slots), c.result.Physical(), valid)
	case *floatSum:
		return vector.NewColumn(gather(r.sums.Values(), slots), valid)
	case *doubleSum:
		return vector.NewColumn(gather(r.sums.Values(), slots), valid)
	case *decimalSum:
		out := make([]vector.Num128, len(slots))
		for i, s := range slots {
			x, ok := r.result(s, c.result.Scale)
			if out[i] = x; !ok {
				valid = unset(valid, i, len(slots))
			}
		}
		return vector.NewColumn(out, valid)
	case *intExtreme:
		return narrow(gather(r.values.Values(), slots), c.result.Physical(), valid)
	case *wideExtreme:
		return vector.NewColumn(gather(r.values.Values(), slots), valid)
	case *textExtreme:
		return texts(r.values, slots, c.result, valid)
	case *multiset:
		return r.column(slots)
	case *arrival:
		switch {
		case r.wide != nil:
			return vector.NewColumn(gather(r.wide.Values(), slots), valid)
		case r.text != nil:
			return texts(r.text, slots, c.result, valid)
		case r.rows != nil:
			return r.column(slots, c.result)
		}
		return narrow(gather(r.ints.Values(), slots), c.result.Physical(), valid)
	case *list:
		return r.ends(slots, c.name == "LAST_VALUE", c.result)
	}
	panic("agg: no result of " + c.name)
}

func unset(valid vector.Bitmap, i, n int) vector.Bitmap {
	if valid == nil {
		valid = vector.NewBitmap(n, true)
	}
	valid.Clear(i)
	return valid
}

// narrow makes a column of a physical type from what input.ints made of it.
func narrow(values []int64, p vector.Physical, valid vector.Bitmap) vector.Column {
	switch p {
	case vector.Bool:
		bits := vector.NewBitmap(len(values), false)
		for i, x := range values {
			if x == 1 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, len(values), valid)
	case vector.I8:
		return vector.NewColumn(cut[int8](values), valid)
	case vector.I16:
		return vector.NewColumn(cut[int16](values), valid)
	case vector.I32:
		return vector.NewColumn(cut[int32](values), valid)
	case vector.F32:
		out := make([]float32, len(values))
		for i, x := range values {
			out[i] = float32(unordered(x))
		}
		return vector.NewColumn(out, valid)
	case vector.F64:
		out := make([]float64, len(values))
		for i, x := range values {
			out[i] = unordered(x)
		}
		return vector.NewColumn(out, valid)
	}
	return vector.NewColumn(values, valid)
}

func cut[T int8 | int16 | int32](values []int64) []T {
	out := make([]T, len(values))
	for i, x := range values {
		out[i] = T(x)
	}
	return out
}

func texts(b *state.Bytes, slots []state.Slot, t vector.Type, valid vector.Bitmap) vector.Column {
	offsets := make([]int32, 1, len(slots)+1)
	var data []byte
	for _, s := range slots {
		data = append(data, b.Get(s)...)
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, valid, t.IsBytes())
}

// average divides sums by counts: integers are cut, DECIMALs rounded half up to the result's scale.
func (v *Values) average(c call, slots []state.Slot) vector.Column {
	count := func(s state.Slot) int64 { return v.counted(c.view, s) }
	if c.final {
		counts := v.registers[c.count].(*intSum).sums.Values()
		count = func(s state.Slot) int64 { return counts[s] }
	}
	var valid vector.Bitmap
	switch r := v.registers[c.reg].(type) {
	case *intSum:
		sums, out := r.sums.Values(), make([]int64, len(slots))
		for i, s := range slots {
			if n := count(s); n > 0 {
				out[i] = sums[s] / n
			} else {
				valid = unset(valid, i, len(slots))
			}
		}
		return narrow(out, c.result.Physical(), valid)
	case *doubleSum:
		sums, out := r.sums.Values(), make([]float64, len(slots))
		for i, s := range slots {
			if n := count(s); n > 0 {
				out[i] = sums[s] / float64(n)
			} else {
				valid = unset(valid, i, len(slots))
			}
		}
		if c.result.Kind == vector.Double {
			return vector.NewColumn(out, valid)
		}
		single := make([]float32, len(out))
		for i, x := range out {
			single[i] = float32(x)
		}
		return vector.NewColumn(single, valid)
	}
	r, out := v.registers[c.reg].(*decimalSum), make([]vector.Num128, len(slots))
	for i, s := range slots {
		n := count(s)
		sum, ok := r.result(s, c.typ.Scale)
		if ok = ok && n > 0; ok {
			out[i], ok = kernel.DecimalDiv(sum, c.typ.Scale, vector.Int128(n), 0, c.result.Precision, c.result.Scale)
		}
		if !ok {
			valid = unset(valid, i, len(slots))
		}
	}
	return vector.NewColumn(out, valid)
}

// column returns the extremes of slots.
func (r *multiset) column(slots []state.Slot) vector.Column {
	found := make([]state.Slot, len(slots))
	indices := make([]int32, len(slots))
	n := 0
	for i, s := range slots {
		indices[i] = -1
		if best := r.result(s); best != state.NoSlot {
			found[n], indices[i] = best, int32(n)
			n++
		}
	}
	return spread(r.values.Keys(found[:n])[0], indices, r.typ)
}

// collected returns the values of slots as multisets, in order of the values: so that the text of one does not depend on
// how its values came.
func (r *multiset) collected(slots []state.Slot) vector.Column {
	times := r.times.Values()
	var values []state.Slot
	offsets := make([]int32, 1, len(slots)+1)
	for _, owner := range slots {
		from := len(values)
		for s := r.values.First(owner); s != state.NoSlot; s = r.values.Next(s) {
			if times[s] > 0 {
				values = append(values, s)
			}
		}
		slices.SortFunc(values[from:], func(a, b state.Slot) int { return r.values.CompareKey(0, a, b) })
		offsets = append(offsets, int32(len(values)))
	}
	counts := make([]int32, len(values))
	for i, s := range values {
		counts[i] = int32(min(times[s], math.MaxInt32))
	}
	return vector.NewPairs(offsets, r.values.Keys(values)[0], vector.NewColumn(counts, nil), nil)
}

// spread takes values by index; −1 is NULL.
func spread(values vector.Column, indices []int32, t vector.Type) vector.Column {
	null := int32(values.Len())
	any := false
	for i, x := range indices {
		if x < 0 {
			indices[i], any = null, true
		}
	}
	if any {
		values = vector.ConcatColumns([]vector.Column{values.Decoded(), vector.Nulls(t, 1)})
	}
	return values.Take(indices)
}
