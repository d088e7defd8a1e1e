package op

import (
	"math"
	"slices"

	"weir/exec"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// TopN shows rows offset..offset+limit-1 of an input of inserts in order, and tells how that changes, compacted per
// batch. Of rows with equal keys the one that arrived first comes first. It keeps no more rows than it may show.
type TopN struct {
	keys   []plan.SortKey
	types  []vector.Type // of the keys
	offset int
	most   int // offset + limit
	single bool

	table *state.Table // one global group
	rows  *state.Rows
	order []state.RowID // of rows: the first ones, in order; made of state

	slots   []state.Slot
	take    []int32
	ids     []state.RowID
	next    []state.RowID
	dropped []state.RowID
	seen    []bool // by row
}

func newTopN(n *plan.Node) exec.Operator {
	spec := n.Spec.(*plan.TopN)
	if spec.Retracts {
		return &TopNChanges{keys: spec.Keys, schema: n.Schema, offset: spec.Offset, limit: spec.Limit}
	}
	o := &TopN{keys: spec.Keys, offset: int(spec.Offset), most: math.MaxInt, single: spec.Limit == 1}
	if spec.Limit >= 0 {
		o.most = int(spec.Offset + spec.Limit)
	}
	for _, k := range spec.Keys {
		o.types = append(o.types, n.Schema[k.Column].Type)
	}
	return o
}

// Open puts the rows that there are in order.
func (o *TopN) Open(t *exec.Task) error {
	o.table = t.State.Table("top", nil, func(t *state.Table) { o.rows = state.NewRows(t) })
	if o.table.Len() > 0 {
		o.order = o.rows.Of(o.order, 0)
		slices.SortStableFunc(o.order, func(x, y state.RowID) int {
			a, i := o.rows.At(x)
			b, j := o.rows.At(y)
			return o.compare(a, i, b, j)
		})
	}
	return nil
}

// compare orders rows by the keys, then by arrival where they tell it.
func (o *TopN) compare(a vector.Batch, i int, b vector.Batch, j int) int {
	for _, k := range o.keys {
		if c := compareKey(k, a.Columns[k.Column], i, b.Columns[k.Column], j); c != 0 {
			return c
		}
	}
	switch {
	case a.Origin == nil || b.Origin == nil:
	case a.Origin[i].Less(b.Origin[j]):
		return -1
	case b.Origin[j].Less(a.Origin[i]):
		return 1
	}
	return 0
}

// compareKey orders two values as a sort key says.
func compareKey(k plan.SortKey, a vector.Column, i int, b vector.Column, j int) int {
	x, y := a.IsNull(i), b.IsNull(j)
	switch {
	case x && y:
		return 0
	case x || y:
		if x == k.NullsFirst {
			return -1
		}
		return 1
	}
	c := kernel.Order(a, i, b, j)
	if k.Desc {
		return -c
	}
	return c
}

// Process keeps the rows that come before the last one that may be shown.
func (o *TopN) Process(_ int, b vector.Batch, out exec.Emitter) error {
	o.take = o.candidates(o.take[:0], b)
	if len(o.take) == 0 {
		return nil
	}
	columns := make([]vector.Column, len(o.keys))
	for i, k := range o.keys {
		columns[i] = b.Columns[k.Column]
	}
	compare := ordering(o.keys, columns, o.types)
	slices.SortFunc(o.take, func(i, j int32) int {
		if c := compare(i, j); c != 0 {
			return c
		}
		return arrived(b.Origin, i, j)
	})
	b = b.Take(o.take[:min(len(o.take), o.most)])
	o.slots = o.table.Slots(o.slots, vector.Batch{Rows: b.Rows}, nil, nil)
	o.ids = o.rows.Add(o.ids, o.slots, b)
	o.merge(b)
	return o.emit(out)
}

// candidates appends the rows of b that come before the last row of a full order.
func (o *TopN) candidates(dst []int32, b vector.Batch) []int32 {
	if o.most == 0 {
		return dst
	}
	if len(o.order) < o.most {
		for i := range b.Rows {
			dst = append(dst, int32(i))
		}
		return dst
	}
	last, at := o.rows.At(o.order[len(o.order)-1])
	if k := o.keys[0]; o.types[0].Physical() == vector.I64 && b.Columns[k.Column].NullCount() == 0 && !last.Columns[k.Column].IsNull(at) {
		// Most rows are out by their first key.
		bound := last.Columns[k.Column].Int64()[at]
		for i, x := range b.Columns[k.Column].Int64() {
			if x == bound && o.compare(b, i, last, at) < 0 || x < bound && !k.Desc || x > bound && k.Desc {
				dst = append(dst, int32(i))
			}
		}
		return dst
	}
	for i := range b.Rows {
		if o.compare(b, i, last, at) < 0 {
			dst = append(dst, int32(i))
		}
	}
	return dst
}

// merge puts new rows, which are in order and named o.ids, among the others: o.next is the order then, o.dropped what
// no longer has a place.
func (o *TopN) merge(b vector.Batch) {
	o.next, o.dropped = o.next[:0], o.dropped[:0]
	rest := o.order
	for i, id := range o.ids {
		at, _ := slices.BinarySearchFunc(rest, i, func(x state.RowID, i int) int {
			a, k := o.rows.At(x)
			if o.compare(a, k, b, i) <= 0 {
				return -1 // those that are there came before
			}
			return 1
		})
		o.next = append(append(o.next, rest[:at]...), id)
		rest = rest[at:]
	}
	o.next = append(o.next, rest...)
	if len(o.next) > o.most {
		o.dropped = append(o.dropped, o.next[o.most:]...)
		o.next = o.next[:o.most]
	}
}

// emit tells how the rows that are shown change from o.order to o.next.
func (o *TopN) emit(out exec.Emitter) error {
	before, after := o.order[min(o.offset, len(o.order)):], o.next[min(o.offset, len(o.next)):]
	changed := o.ids[:0]
	mark := func(ids []state.RowID, seen bool) {
		for _, id := range ids {
			for int(id) >= len(o.seen) {
				o.seen = append(o.seen, false)
			}
			o.seen[id] = seen
		}
	}
	mark(before, false)
	mark(after, true)
	for _, id := range before {
		if !o.seen[id] {
			changed = append(changed, id)
		}
	}
	gone := len(changed)
	mark(after, false)
	mark(before, true)
	for _, id := range after {
		if !o.seen[id] {
			changed = append(changed, id)
		}
	}
	o.ids = changed
	var b vector.Batch
	if len(changed) > 0 {
		b = changes(o.rows.Take(changed), gone, o.single)
	}
	for _, id := range o.dropped {
		o.rows.Remove(id)
	}
	o.order, o.next = o.next, o.order
	if b.Rows == 0 {
		return nil
	}
	return out.Emit(b)
}

// changes makes a changelog of rows, the first ones of which leave a result that the others enter. A result of a
// single row is updated.
func changes(b vector.Batch, gone int, single bool) vector.Batch {
	b.Kinds = nil
	if gone == 0 {
		return b
	}
	b.Kinds = make([]vector.RowKind, b.Rows)
	for i := range gone {
		b.Kinds[i] = vector.Delete
	}
	if single && gone == 1 && b.Rows == 2 {
		b.Kinds[0], b.Kinds[1] = vector.UpdateBefore, vector.UpdateAfter
	}
	return b
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Advance holds nothing back.
func (o *TopN) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }

// Flush has nothing to emit.
func (o *TopN) Flush(exec.Emitter) error { return nil }

// Close has nothing to give back.
func (o *TopN) Close() error { return nil }
