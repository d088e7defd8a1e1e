package op

import (
	"cmp"
	"slices"

	"weir/exec"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// TopNChanges is a TopN over a changelog: any row may leave, so all are kept, equal ones as one slot with a count.
// Without sort keys the order is that of arrival: so it is a Limit, too.
type TopNChanges struct {
	keys          []plan.SortKey
	schema        []vector.Field
	offset, limit int64 // limit −1: all

	table   *state.Table
	count   *state.Column[int64] // how often the row is there
	shown   *state.Column[int64] // how often it is in the result
	arrival *state.Column[vector.Origin]
	placed  *state.Column[uint8] // whether it is in order
	batch   *state.Column[int64] // the last batch that touched it, or showed it
	number  int64                // of the batch
	next    int64                // arrival of rows without origin
	types   []vector.Type

	order   []state.Slot // rows that are there, in order; made of state
	visible []state.Slot // rows that are shown
	spare   []state.Slot
	touched []state.Slot
	fresh   []state.Slot
	gone    []state.Slot
	come    []state.Slot
	slots   []state.Slot
	hasher  kernel.Hasher
	hash    []uint64
	home    []uint64
}

// Open puts the rows that there are in order.
func (o *TopNChanges) Open(t *exec.Task) error {
	for _, f := range o.schema {
		o.types = append(o.types, f.Type)
	}
	o.table = t.State.Table("top", o.types, func(t *state.Table) {
		o.count, o.shown = state.NewColumn[int64](t, 0), state.NewColumn[int64](t, 0)
		o.arrival = state.NewColumn(t, vector.Origin{})
		o.placed, o.batch = state.NewCache[uint8](t, 0), state.NewCache[int64](t, 0)
	})
	count, shown, placed := o.count.Values(), o.shown.Values(), o.placed.Values()
	for _, s := range o.table.Live(nil) {
		o.next = max(o.next, o.arrival.Values()[s].Row+1)
		if count[s] > 0 {
			o.order, placed[s] = append(o.order, s), 1
		}
		if shown[s] > 0 {
			o.visible = append(o.visible, s)
		}
	}
	slices.SortFunc(o.order, o.compare)
	return nil
}

// compare orders rows by the keys, then by arrival.
func (o *TopNChanges) compare(a, b state.Slot) int {
	for _, k := range o.keys {
		x, y := o.table.IsNull(k.Column, a), o.table.IsNull(k.Column, b)
		switch {
		case x && y:
			continue
		case x || y:
			if x == k.NullsFirst {
				return -1
			}
			return 1
		}
		c := o.table.CompareKey(k.Column, a, b)
		switch {
		case c == 0:
			continue
		case k.Desc:
			return -c
		}
		return c
	}
	at := o.arrival.Values()
	switch {
	case at[a].Less(at[b]):
		return -1
	case at[b].Less(at[a]):
		return 1
	}
	return cmp.Compare(a, b)
}

// Process adds rows and takes others back. A row may be taken back before it comes: then it is there less than never.
func (o *TopNChanges) Process(_ int, b vector.Batch, out exec.Emitter) error {
	o.hash = o.hasher.Hash(grown(o.hash, b.Rows), b.Columns, o.types)
	o.home = grown(o.home, b.Rows)
	clear(o.home) // there is one global group
	o.slots = o.table.Slots(o.slots, b, o.hash, o.home)
	o.number++
	o.touched = o.touched[:0]
	count, arrival, placed, batch := o.count.Values(), o.arrival.Values(), o.placed.Values(), o.batch.Values()
	for i, s := range o.slots {
		if batch[s] != o.number {
			batch[s] = o.number
			o.touched = append(o.touched, s)
		}
		if !b.Kind(i).Adds() {
			count[s]--
			continue
		}
		if count[s]++; count[s] == 1 && placed[s] == 0 {
			arrival[s] = vector.Origin{Row: o.next}
			o.next++
			if b.Origin != nil {
				arrival[s] = b.Origin[i]
			}
		}
	}
	o.reorder()
	return o.show(out)
}

// reorder takes rows that are no longer there out of the order and puts new ones in.
func (o *TopNChanges) reorder() {
	count, placed := o.count.Values(), o.placed.Values()
	o.fresh = o.fresh[:0]
	left := false
	for _, s := range o.touched {
		switch {
		case count[s] > 0 && placed[s] == 0:
			o.fresh = append(o.fresh, s)
		case count[s] <= 0 && placed[s] != 0:
			placed[s], left = 0, true
		}
	}
	if left {
		o.order = slices.DeleteFunc(o.order, func(s state.Slot) bool { return placed[s] == 0 })
	}
	if len(o.fresh) == 0 {
		return
	}
	slices.SortFunc(o.fresh, o.compare)
	merged, rest := o.spare[:0], o.order
	for _, s := range o.fresh {
		at, _ := slices.BinarySearchFunc(rest, s, o.compare)
		merged = append(append(merged, rest[:at]...), s)
		rest = rest[at:]
		placed[s] = 1
	}
	o.order, o.spare = append(merged, rest...), o.order
}

// show emits what has changed in the result: first what leaves it, then what enters.
func (o *TopNChanges) show(out exec.Emitter) error {
	count, shown, batch := o.count.Values(), o.shown.Values(), o.batch.Values()
	o.number++
	o.gone, o.come = o.gone[:0], o.come[:0]
	seen := o.slots[:0]
	at := int64(0)
	for _, s := range o.order {
		if o.limit >= 0 && at >= o.offset+o.limit {
			break
		}
		from, to := max(at, o.offset), at+count[s]
		if o.limit >= 0 {
			to = min(to, o.offset+o.limit)
		}
		at += count[s]
		now := max(to-from, 0)
		for range shown[s] - now {
			o.gone = append(o.gone, s)
		}
		for range now - shown[s] {
			o.come = append(o.come, s)
		}
		if shown[s], batch[s] = now, o.number; now > 0 {
			seen = append(seen, s)
		}
	}
	for _, s := range o.visible {
		if batch[s] != o.number {
			for range shown[s] {
				o.gone = append(o.gone, s)
			}
			shown[s] = 0
		}
	}
	o.visible, o.slots = seen, o.visible
	var b vector.Batch
	if gone := len(o.gone); gone+len(o.come) > 0 {
		rows := append(o.gone, o.come...)
		b = changes(vector.Batch{Columns: o.table.Keys(rows), Rows: len(rows), Home: make([]uint64, len(rows))}, gone, o.limit == 1)
	}
	unused := o.touched[:0]
	for _, s := range o.touched {
		if count[s] == 0 {
			unused = append(unused, s)
		}
	}
	o.table.Free(unused)
	if b.Rows == 0 {
		return nil
	}
	return out.Emit(b)
}

// Advance holds nothing back.
func (o *TopNChanges) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }

// Flush has nothing to emit.
func (o *TopNChanges) Flush(exec.Emitter) error { return nil }

// Close has nothing to give back.
func (o *TopNChanges) Close() error { return nil }
