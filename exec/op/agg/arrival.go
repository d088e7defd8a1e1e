package agg

import (
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
	rows *state.Rows // values with parts: one for each slot
	take []int32
	to   []state.Slot
}

func newArrival(t *state.Table, typ vector.Type, last bool) *arrival {
	r := &arrival{last: last, has: state.NewColumn[uint8](t, 0), origin: state.NewColumn(t, vector.Origin{})}
	switch typ.Physical() {
	case vector.I128:
		r.wide = state.NewColumn(t, vector.Num128{})
	case vector.Bytes:
		r.text = state.NewBytes(t)
	case vector.List, vector.Struct, vector.Pairs:
		r.rows = state.NewRows(t)
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
	case r.rows != nil:
		r.take, r.to = r.take[:0], r.to[:0]
		for i, s := range in.each() {
			if won(i, s) {
				r.take, r.to = append(r.take, int32(i)), append(r.to, s)
			}
		}
		r.replace(in.view.col)
	default:
		kept, values := r.ints.Values(), in.ints()
		for i, s := range in.each() {
			if won(i, s) {
				kept[s] = values[i]
			}
		}
	}
}

// replace keeps of each slot the last of the rows that were taken.
func (r *arrival) replace(c vector.Column) {
	if len(r.take) == 0 {
		return
	}
	r.rows.Add(nil, r.to, vector.Batch{Rows: len(r.take), Columns: []vector.Column{c.Take(r.take)}})
	for _, s := range r.to {
		for r.rows.First(s) != r.rows.Last(s) {
			r.rows.Remove(r.rows.First(s))
		}
	}
}

// column returns the values with parts of slots.
func (r *arrival) column(slots []state.Slot, t vector.Type) vector.Column {
	var ids []state.RowID
	indices := make([]int32, len(slots))
	for i, s := range slots {
		indices[i] = -1
		if id := r.rows.First(s); id != state.NoRow {
			indices[i] = int32(len(ids))
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return vector.Nulls(t, len(slots))
	}
	return spread(r.rows.Take(ids).Columns[0], indices, t)
}

// list keeps all values with their origins: for LISTAGG and ARRAY_AGG, and for the first or last where values are taken
// back.
type list struct {
	rows *state.Rows
	owed *state.Rows // values that were taken back before they came; nil where none can be
	ids  []state.RowID
	take []int32
	to   []state.Slot
	hash []uint64 // of the batch at hand, if there was need of it
}

func newList(t *state.Table, typ vector.Type, retracts bool) register {
	if !retracts {
		return &list{rows: state.NewRows(t)}
	}
	types := []vector.Type{typ}
	return &list{rows: state.NewFoundRows(t, types), owed: state.NewFoundRows(t, types)}
}

func (r *list) update(in *input) {
	pick := in.view.pick
	r.take, r.to, r.hash = r.take[:0], r.to[:0], r.hash[:0]
	b := vector.Batch{Rows: in.batch.Rows, Columns: []vector.Column{in.view.col}, Origin: in.batch.Origin}
	flush := func() {
		if len(r.take) > 0 {
			r.rows.Add(nil, r.to, b.Take(r.take))
		}
		r.take, r.to = r.take[:0], r.to[:0]
	}
	// removed takes out the first value that is the same as that of a row, and reports whether there was one.
	removed := func(from *state.Rows, s state.Slot, row int) bool {
		if from.Len() == 0 {
			return false
		}
		if len(r.hash) == 0 {
			r.hash = in.set.distinct.hasher.Hash(slices.Grow(r.hash, b.Rows)[:b.Rows], b.Columns, []vector.Type{in.view.typ})
		}
		id := from.Find(s, b, row, r.hash[row])
		if id == state.NoRow {
			return false
		}
		from.Remove(id)
		return true
	}
	for i, s := range in.each() {
		switch {
		case pick == nil || pick[i] > 0:
			if r.owed == nil || !removed(r.owed, s, i) {
				r.take, r.to = append(r.take, int32(i)), append(r.to, s)
			}
		case pick[i] < 0:
			flush()
			if !removed(r.rows, s, i) {
				r.owed.Add(nil, []state.Slot{s}, b.Take([]int32{int32(i)}))
			}
		}
	}
	flush()
}

// ordered takes the values of slots: those of slot i are, in order of arrival, the rows order[ends[i-1]:ends[i]] of b.
func (r *list) ordered(slots []state.Slot) (b vector.Batch, order, ends []int32) {
	r.ids = r.ids[:0]
	for _, s := range slots {
		r.ids = r.rows.Of(r.ids, s)
		ends = append(ends, int32(len(r.ids)))
	}
	b = r.rows.Take(r.ids)
	order = make([]int32, len(r.ids))
	for i := range order {
		order[i] = int32(i)
	}
	if b.Origin == nil {
		return b, order, ends
	}
	compare := func(i, j int32) int {
		switch {
		case b.Origin[i].Less(b.Origin[j]):
			return -1
		case b.Origin[j].Less(b.Origin[i]):
			return 1
		}
		return 0
	}
	from := int32(0)
	for _, to := range ends {
		if part := order[from:to]; !slices.IsSortedFunc(part, compare) {
			slices.SortStableFunc(part, compare)
		}
		from = to
	}
	return b, order, ends
}

// ends returns the first or last values of slots.
func (r *list) ends(slots []state.Slot, last bool, t vector.Type) vector.Column {
	b, order, ends := r.ordered(slots)
	if len(order) == 0 {
		return vector.Nulls(t, len(slots))
	}
	indices := make([]int32, len(slots))
	from := int32(0)
	for i, to := range ends {
		switch {
		case from == to:
			indices[i] = -1
		case last:
			indices[i] = order[to-1]
		default:
			indices[i] = order[from]
		}
		from = to
	}
	return spread(b.Columns[0], indices, t)
}

// joined returns the strings of slots, joined by a separator; with distinct only the first of equal ones.
func (r *list) joined(slots []state.Slot, separator []byte, distinct bool, valid vector.Bitmap) vector.Column {
	b, order, ends := r.ordered(slots)
	offsets := make([]int32, 1, len(slots)+1)
	if len(order) == 0 {
		return vector.NewBytes(append(offsets, make([]int32, len(slots))...), nil, valid, false)
	}
	var numbers []state.Slot
	if distinct {
		numbers = numbered(b.Columns[0], vector.StringType, ends)
	}
	seen := make([]bool, len(numbers))
	values := b.Columns[0].Strings()
	var data []byte
	from := int32(0)
	for _, to := range ends {
		first := true
		for _, i := range order[from:to] {
			if distinct {
				if seen[numbers[i]] {
					continue
				}
				seen[numbers[i]] = true
			}
			if !first {
				data = append(data, separator...)
			}
			first = false
			data = append(data, values.At(int(i))...)
		}
		offsets = append(offsets, int32(len(data)))
		from = to
	}
	return vector.NewBytes(offsets, data, valid, false)
}

// arrays returns the values of slots as arrays; with distinct only the first of equal ones. A slot without values has
// none.
func (r *list) arrays(slots []state.Slot, t vector.Type, distinct bool) vector.Column {
	b, order, ends := r.ordered(slots)
	if len(order) == 0 {
		return vector.Nulls(t, len(slots))
	}
	values := b.Columns[0]
	var numbers []state.Slot
	if distinct {
		numbers = numbered(values, *t.Elem, ends)
	}
	seen := make([]bool, len(numbers))
	take, offsets := make([]int32, 0, len(order)), make([]int32, 1, len(slots)+1)
	var valid vector.Bitmap
	from := int32(0)
	for k, to := range ends {
		for _, i := range order[from:to] {
			if distinct {
				if seen[numbers[i]] {
					continue
				}
				seen[numbers[i]] = true
			}
			take = append(take, i)
		}
		if from == to {
			valid = unset(valid, k, len(slots))
		}
		offsets = append(offsets, int32(len(take)))
		from = to
	}
	return vector.NewList(offsets, values.Take(take), valid)
}

// numbered gives equal values of one slot equal numbers, below the number of rows.
func numbered(c vector.Column, t vector.Type, ends []int32) []state.Slot {
	n := c.Len()
	owner := make([]int64, n)
	from := int32(0)
	for i, to := range ends {
		for k := from; k < to; k++ {
			owner[k] = int64(i)
		}
		from = to
	}
	types := []vector.Type{vector.BigIntType, t}
	keys := vector.Batch{Rows: n, Columns: []vector.Column{vector.NewColumn(owner, nil), c}}
	hash := make([]uint64, n)
	kernel.HashColumns(hash, keys.Columns, types)
	return state.NewTable(types, func(*state.Table) {}).Slots(nil, keys, hash, nil)
}
