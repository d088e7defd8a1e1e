package op

import (
	"slices"

	"weir/exec"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// TopN shows rows offset..offset+limit-1 of its input in order and tells how that changes, compacted per batch. Equal
// rows are one slot with a count. Of rows with equal keys the one that arrived first comes first.
type TopN struct {
	keys          []plan.SortKey
	schema        []vector.Field
	offset, limit int64 // limit −1: all
	retracts      bool

	table   *state.Table
	count   *state.Column[int64]         // how often the row is there
	shown   *state.Column[int64]         // how often it is in the result
	arrival *state.Column[vector.Origin] // of its first occurrence
	types   []vector.Type
	next    int64 // arrival of rows without origin

	hasher kernel.Hasher
	hash   []uint64
	home   []uint64
	slots  []state.Slot
	live   []state.Slot
	order  []int32
}

func newTopN(n *plan.Node) *TopN {
	spec := n.Spec.(*plan.TopN)
	return &TopN{keys: spec.Keys, schema: n.Schema, offset: spec.Offset, limit: spec.Limit, retracts: spec.Retracts}
}

func (o *TopN) Open(t *exec.Task) error {
	o.types = make([]vector.Type, len(o.schema))
	for i, f := range o.schema {
		o.types[i] = f.Type
	}
	o.table = t.State.Table("top", o.types, func(t *state.Table) {
		o.count = state.NewColumn[int64](t, 0)
		o.shown = state.NewColumn[int64](t, 0)
		o.arrival = state.NewColumn[vector.Origin](t, vector.Origin{})
	})
	for _, s := range o.table.Live(nil) {
		o.next = max(o.next, o.arrival.Values()[s].Row+1)
	}
	return nil
}

func (o *TopN) Process(_ int, b vector.Batch, out exec.Emitter) error {
	o.hash = o.hasher.Hash(grown(o.hash, b.Rows), b.Columns, o.types)
	o.home = grown(o.home, b.Rows)
	clear(o.home) // there is one global group
	o.slots = o.table.Slots(o.slots, b, o.hash, o.home)
	count, arrival := o.count.Values(), o.arrival.Values()
	for i, s := range o.slots {
		if !b.Kind(i).Adds() {
			count[s]--
			continue
		}
		if count[s]++; count[s] == 1 {
			arrival[s] = vector.Origin{Row: o.next}
			o.next++
			if b.Origin != nil {
				arrival[s] = b.Origin[i]
			}
		}
	}
	return o.show(out)
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// show emits what has changed in the result: first what leaves it, then what enters.
func (o *TopN) show(out exec.Emitter) error {
	o.live = o.table.Live(o.live[:0])
	columns := o.table.Keys(o.live)
	count, shown, arrival := o.count.Values(), o.shown.Values(), o.arrival.Values()
	compare := o.comparer(columns)
	o.order = grown(o.order, len(o.live))
	for i := range o.order {
		o.order[i] = int32(i)
	}
	slices.SortFunc(o.order, func(i, j int32) int {
		if c := compare(i, j); c != 0 {
			return c
		}
		a, b := arrival[o.live[i]], arrival[o.live[j]]
		switch {
		case a.Less(b):
			return -1
		case b.Less(a):
			return 1
		}
		return 0
	})
	var gone, come []int32
	var forget []state.Slot
	at := int64(0)
	for _, i := range o.order {
		s := o.live[i]
		n := max(count[s], 0)
		from, to := max(at, o.offset), at+n
		if o.limit >= 0 {
			to = min(to, o.offset+o.limit)
		}
		now := max(to-from, 0)
		for range shown[s] - now {
			gone = append(gone, i)
		}
		for range now - shown[s] {
			come = append(come, i)
		}
		shown[s] = now
		at += n
		if count[s] == 0 || !o.retracts && o.limit >= 0 && at-n >= o.offset+o.limit {
			forget = append(forget, s)
		}
	}
	if len(gone)+len(come) > 0 {
		rows := append(gone, come...)
		b := vector.Batch{Columns: columns, Rows: len(o.live)}.Take(rows)
		b.Kinds = make([]vector.RowKind, len(rows))
		for i := range gone {
			b.Kinds[i] = vector.Delete
		}
		b.Home = make([]uint64, len(rows))
		if err := out.Emit(b); err != nil {
			return err
		}
	}
	o.table.Free(forget)
	return nil
}

func (o *TopN) comparer(columns []vector.Column) comparer {
	if len(o.keys) == 0 {
		return func(int32, int32) int { return 0 }
	}
	by, types := make([]vector.Column, len(o.keys)), make([]vector.Type, len(o.keys))
	for i, k := range o.keys {
		by[i], types[i] = columns[k.Column], o.types[k.Column]
	}
	return ordering(o.keys, by, types)
}

func (o *TopN) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }
func (o *TopN) Flush(exec.Emitter) error                                    { return nil }
func (o *TopN) Close() error                                                { return nil }
