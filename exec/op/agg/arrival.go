package agg

import (
	"bytes"
	"slices"

	"weir/exec/state"
	"weir/vector"
	"weir/vector/kernel"
)

// arrival keeps the value that came first, or last, by origin. Without origins the order is that of the updates.
type arrival struct {
	last   bool
	has    *state.Column[uint8]
	origin *state.Column[vector.Origin]
	// One of them holds the value.
	ints *state.Column[int64]
	wide *state.Column[vector.Num128]
	text *state.Bytes
}

func newArrival(t *state.Table, typ vector.Type, last bool) *arrival {
	r := &arrival{last: last, has: state.NewColumn[uint8](t, 0), origin: state.NewColumn(t, vector.Origin{})}
	switch typ.Physical() {
	case vector.I128:
		r.wide = state.NewColumn(t, vector.Num128{})
	case vector.Bytes:
		r.text = state.NewBytes(t)
	default:
		r.ints = state.NewColumn[int64](t, 0)
	}
	return r
}

func (r *arrival) update(in *input) {
	has, at, pick, origin := r.has.Values(), r.origin.Values(), in.view.pick, in.batch.Origin
	won := func(i int, s state.Slot) bool {
		if pick != nil && pick[i] == 0 {
			return false
		}
		if has[s] != 0 {
			if origin == nil {
				if !r.last {
					return false
				}
			} else if r.last == origin[i].Less(at[s]) {
				return false
			}
		}
		has[s] = 1
		if origin != nil {
			at[s] = origin[i]
		}
		return true
	}
	switch {
	case r.wide != nil:
		kept, values := r.wide.Values(), in.view.col.Int128()
		for i, s := range in.each() {
			if won(i, s) {
				kept[s] = values[i]
			}
		}
	case r.text != nil:
		values := in.view.col.Strings()
		for i, s := range in.each() {
			if won(i, s) {
				r.text.Set(s, values.At(i))
			}
		}
	default:
		kept, values := r.ints.Values(), in.ints()
		for i, s := range in.each() {
			if won(i, s) {
				kept[s] = values[i]
			}
		}
	}
}

// list keeps all values with their origins: for LISTAGG, and for the first or last where values are taken back.
type list struct {
	rows *state.Rows
	owed *state.Rows // values that were taken back before they came; nil where none can be
	ids  []state.RowID
	take []int32
	to   []state.Slot
}

func newList(t *state.Table, retracts bool) register {
	r := &list{rows: state.NewRows(t)}
	if retracts {
		r.owed = state.NewRows(t)
	}
	return r
}

func (r *list) update(in *input) {
	pick := in.view.pick
	r.take, r.to = r.take[:0], r.to[:0]
	b := vector.Batch{Rows: in.batch.Rows, Columns: []vector.Column{in.view.col}, Origin: in.batch.Origin}
	flush := func() {
		if len(r.take) > 0 {
			r.rows.Add(nil, r.to, b.Take(r.take))
		}
		r.take, r.to = r.take[:0], r.to[:0]
	}
	for i, s := range in.each() {
		switch {
		case pick == nil || pick[i] > 0:
			if r.owed == nil || !removed(r.owed, s, in.view.col, i) {
				r.take, r.to = append(r.take, int32(i)), append(r.to, s)
			}
		case pick[i] < 0:
			flush()
			if !removed(r.rows, s, in.view.col, i) {
				r.owed.Add(nil, []state.Slot{s}, b.Take([]int32{int32(i)}))
			}
		}
	}
	flush()
}

// removed takes out the first value that is the same as that of a row, and reports whether there was one.
func removed(from *state.Rows, s state.Slot, c vector.Column, row int) bool {
	for id := from.First(s); id != state.NoRow; id = from.Next(id) {
		if b, i := from.At(id); kernel.Order(b.Columns[0], i, c, row) == 0 {
			from.Remove(id)
			return true
		}
	}
	return false
}

// sorted returns a slot's values in order of arrival; valid until the next call.
func (r *list) sorted(s state.Slot) []state.RowID {
	r.ids = r.rows.Of(r.ids[:0], s)
	slices.SortStableFunc(r.ids, func(x, y state.RowID) int {
		a, i := r.rows.At(x)
		b, j := r.rows.At(y)
		switch {
		case a.Origin == nil || b.Origin == nil:
			return 0
		case a.Origin[i].Less(b.Origin[j]):
			return -1
		case b.Origin[j].Less(a.Origin[i]):
			return 1
		}
		return 0
	})
	return r.ids
}

// once keeps the first of equal strings, in order.
func (r *list) once(ids []state.RowID) []state.RowID {
	text := func(id state.RowID) []byte {
		b, i := r.rows.At(id)
		return b.Columns[0].Strings().At(i)
	}
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return bytes.Compare(text(ids[x]), text(ids[y])) })
	keep := order[:0]
	for k, x := range order {
		if k == 0 || !bytes.Equal(text(ids[keep[len(keep)-1]]), text(ids[x])) {
			keep = append(keep, x)
		}
	}
	slices.Sort(keep)
	out := make([]state.RowID, len(keep))
	for k, x := range keep {
		out[k] = ids[x]
	}
	return out
}

// joined appends a slot's strings, joined by a separator.
func (r *list) joined(dst []byte, s state.Slot, separator []byte, distinct bool) []byte {
	ids := r.sorted(s)
	if distinct {
		ids = r.once(ids)
	}
	for k, id := range ids {
		if k > 0 {
			dst = append(dst, separator...)
		}
		b, i := r.rows.At(id)
		dst = append(dst, b.Columns[0].Strings().At(i)...)
	}
	return dst
}
