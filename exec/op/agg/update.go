package agg

import (
	"math"

	"weir/exec/state"
	"weir/vector"
	"weir/vector/kernel"
)

// view is what registers see of a batch: a column of values, and which rows count.
type view struct {
	arg      int // column; -1: none
	typ      vector.Type
	filter   int // column; -1: none
	distinct bool
	nulls    bool // NULLs count, too

	// Of the batch at hand:
	col  vector.Column
	pick []int8 // by row: +1 adds, −1 takes back, 0 does not count; nil: all add
	all  bool   // every row counts as in views[0]
	ints []int64

	room   []int8 // of pick
	wider  []int64
	widens bool // ints is not yet made
}

// input is what a register gets.
type input struct {
	set   *Set
	view  *view
	batch vector.Batch
	slots []state.Slot // nil: all rows go to one
	one   state.Slot
}

// each returns the slot of every row.
func (in *input) each() []state.Slot {
	if in.slots != nil {
		return in.slots
	}
	s := in.set
	if cap(s.every) < in.batch.Rows {
		s.every = make([]state.Slot, in.batch.Rows)
	}
	s.every = s.every[:in.batch.Rows]
	for i := range s.every {
		s.every[i] = in.one
	}
	in.slots = s.every
	return in.slots
}

// ints returns the values of a view of at most 64 bits as integers that have their order; integers are themselves.
func (in *input) ints() []int64 {
	v := in.view
	if !v.widens {
		return v.ints
	}
	v.widens = false
	p := v.typ.Physical()
	if p == vector.I64 {
		v.ints = v.col.Int64()
		return v.ints
	}
	n := in.batch.Rows
	if cap(v.wider) < n {
		v.wider = make([]int64, n)
	}
	v.wider = v.wider[:n]
	v.ints = v.wider
	switch p {
	case vector.Bool:
		bits := v.col.Bools()
		for i := range v.wider {
			v.wider[i] = 0
			if bits.At(i) {
				v.wider[i] = 1
			}
		}
	case vector.I8:
		for i, x := range v.col.Int8() {
			v.wider[i] = int64(x)
		}
	case vector.I16:
		for i, x := range v.col.Int16() {
			v.wider[i] = int64(x)
		}
	case vector.I32:
		for i, x := range v.col.Int32() {
			v.wider[i] = int64(x)
		}
	case vector.F32:
		for i, x := range v.col.Float32() {
			v.wider[i] = ordered(float64(x))
		}
	case vector.F64:
		for i, x := range v.col.Float64() {
			v.wider[i] = ordered(x)
		}
	}
	return v.ints
}

// ordered maps doubles to integers in the same order: −0.0 before 0.0, NaN last.
func ordered(f float64) int64 {
	if f != f {
		f = math.NaN()
	}
	b := int64(math.Float64bits(f))
	return b ^ int64(uint64(b>>63)>>1)
}

// unordered is the inverse of ordered.
func unordered(b int64) float64 { return math.Float64frombits(uint64(b ^ int64(uint64(b>>63)>>1))) }

// Values are the accumulators of a Set in one table.
type Values struct {
	set       *Set
	table     *state.Table
	rows      *state.Column[int64]   // rows added less rows taken back
	missing   []*state.Column[int64] // by view, but for the first: how many of them do not count
	distinct  []*distinctValues      // by view; nil where not distinct
	registers []register
}

// Setup registers the aggregates' columns in t. It is called from the table's setup.
func (s *Set) Setup(t *state.Table) *Values {
	v := &Values{set: s, table: t, rows: state.NewColumn[int64](t, 0),
		missing: make([]*state.Column[int64], len(s.views)), distinct: make([]*distinctValues, len(s.views))}
	for i, view := range s.views {
		if i > 0 {
			v.missing[i] = state.NewColumn[int64](t, 0)
		}
		if view.distinct {
			v.distinct[i] = newDistinct(t, view.typ)
		}
	}
	for _, k := range s.kinds {
		v.registers = append(v.registers, k.make(t))
	}
	return v
}

// Rows is the number of rows by slot: added less taken back. It is valid as state.Column.Values is.
func (v *Values) Rows() []int64 { return v.rows.Values() }

// Update adds the rows of b to their slots' accumulators, or takes them back.
func (v *Values) Update(b vector.Batch, slots []state.Slot) {
	v.update(&input{set: v.set, batch: b, slots: slots})
}

// UpdateOne adds the rows of b to one slot's accumulators.
func (v *Values) UpdateOne(b vector.Batch, slot state.Slot) {
	v.update(&input{set: v.set, batch: b, one: slot})
}

func (v *Values) update(in *input) {
	s := v.set
	if in.batch.Rows == 0 {
		return
	}
	for i, view := range s.views {
		v.look(i, view, in)
	}
	v.count(in)
	for i, k := range s.kinds {
		in.view = s.views[k.view]
		v.registers[i].update(in)
	}
}

// look lets a view see the batch.
func (v *Values) look(i int, w *view, in *input) {
	b := in.batch
	w.widens, w.ints = true, nil
	if w.arg >= 0 {
		w.col = b.Columns[w.arg]
	}
	n := b.Rows
	if i == 0 {
		w.pick, w.all = nil, true
		if b.Kinds == nil {
			return
		}
		w.pick = w.signs(n)
		for r, k := range b.Kinds {
			w.pick[r] = 1
			if !k.Adds() {
				if !v.set.retracts {
					panic("agg: a row is taken back from an input that only inserts")
				}
				w.pick[r] = -1
			}
		}
		return
	}
	base := v.set.views[0].pick
	nulls := w.arg >= 0 && !w.nulls && w.col.NullCount() > 0
	w.pick, w.all = base, true
	if !nulls && w.filter < 0 && !w.distinct {
		return
	}
	w.all = false
	w.pick = w.signs(n)
	if base != nil {
		copy(w.pick, base)
	} else {
		for r := range w.pick {
			w.pick[r] = 1
		}
	}
	if nulls {
		valid := w.col.Validity()
		for r := range w.pick {
			if !valid.At(r) {
				w.pick[r] = 0
			}
		}
	}
	if w.filter >= 0 {
		col := b.Columns[w.filter]
		bits, valid := col.Bools(), col.Validity()
		for r := range w.pick {
			if !bits.At(r) || !valid.At(r) {
				w.pick[r] = 0
			}
		}
	}
	if w.distinct {
		v.distinct[i].look(w, in)
	}
}

func (w *view) signs(n int) []int8 {
	if cap(w.room) < n {
		w.room = make([]int8, n)
	}
	w.room = w.room[:n]
	return w.room
}

// count keeps the numbers of rows, and of those that do not count.
func (v *Values) count(in *input) {
	rows := v.rows.Values()
	base := v.set.views[0].pick
	switch {
	case base != nil:
		for i, s := range in.each() {
			rows[s] += int64(base[i])
		}
	case in.slots == nil:
		rows[in.one] += int64(in.batch.Rows)
	default:
		for _, s := range in.slots {
			rows[s]++
		}
	}
	for i, w := range v.set.views {
		if w.all {
			continue
		}
		missing := v.missing[i].Values()
		for r, s := range in.each() {
			of := int64(1)
			if base != nil {
				of = int64(base[r])
			}
			missing[s] += of - int64(w.pick[r])
		}
	}
}

// counted returns how many rows of a view a slot has.
func (v *Values) counted(view int, s state.Slot) int64 {
	n := v.rows.Values()[s]
	if m := v.missing[view]; m != nil {
		n -= m.Values()[s]
	}
	return n
}

// distinctValues counts, by slot, how often each value is there.
type distinctValues struct {
	values *state.Sub
	times  *state.Column[int64]
}

// distinctScratch is what looking for distinct values needs for a batch.
type distinctScratch struct {
	hasher kernel.Hasher
	hash   []uint64
	rows   []int32
	owners []state.Slot
	subs   []state.Slot
	gone   []state.Slot
}

func newDistinct(t *state.Table, typ vector.Type) *distinctValues {
	d := &distinctValues{}
	d.values = state.NewSub(t, []vector.Type{typ}, func(t *state.Table) { d.times = state.NewColumn[int64](t, 0) })
	return d
}

// look lets only those rows count that bring a value or take the last of it.
func (d *distinctValues) look(w *view, in *input) {
	x := &in.set.distinct
	x.rows, x.owners = x.rows[:0], x.owners[:0]
	for r, s := range in.each() {
		if w.pick[r] != 0 {
			x.rows, x.owners = append(x.rows, int32(r)), append(x.owners, s)
		}
	}
	if len(x.rows) == 0 {
		return
	}
	x.subs, x.hash = valueSlots(d.values, x, w.col, w.typ)
	times := d.times.Values()
	for i, r := range x.rows {
		s, before := x.subs[i], times[x.subs[i]]
		times[s] += int64(w.pick[r])
		switch {
		case before <= 0 && times[s] > 0:
			w.pick[r] = 1
		case before > 0 && times[s] <= 0:
			w.pick[r] = -1
		default:
			w.pick[r] = 0
		}
	}
	if in.set.retracts {
		d.values.Free(x.unused(times))
	}
}

// valueSlots finds or makes the slots of the values in x.rows of a column.
func valueSlots(values *state.Sub, x *distinctScratch, c vector.Column, t vector.Type) ([]state.Slot, []uint64) {
	if len(x.rows) < c.Len() {
		c = c.Take(x.rows)
	}
	n := len(x.rows)
	if cap(x.hash) < n {
		x.hash = make([]uint64, n)
	}
	cols := []vector.Column{c}
	hash := x.hasher.Hash(x.hash[:n], cols, []vector.Type{t})
	return values.Slots(x.subs, x.owners, vector.Batch{Columns: cols, Rows: n}, hash), hash
}

// unused returns those of the batch's subs that are there no time, each once.
func (x *distinctScratch) unused(times []int64) []state.Slot {
	x.gone = x.gone[:0]
	for _, s := range x.subs {
		if times[s] == 0 {
			x.gone = append(x.gone, s)
			times[s] = math.MinInt64 // listed
		}
	}
	return x.gone
}
