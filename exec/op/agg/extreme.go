package agg

import (
	"bytes"
	"math"

	"weir/exec/state"
	"weir/vector"
)

// intExtreme keeps the least or greatest of values that are integers or map to them.
type intExtreme struct {
	values   *state.Column[int64]
	greatest bool
}

func newIntExtreme(t *state.Table, greatest bool) *intExtreme {
	start := int64(math.MaxInt64)
	if greatest {
		start = math.MinInt64
	}
	return &intExtreme{values: state.NewColumn(t, start), greatest: greatest}
}

func (r *intExtreme) update(in *input) {
	kept, values, pick := r.values.Values(), in.ints(), in.view.pick
	values = values[:in.batch.Rows]
	if pick != nil {
		for i, s := range in.each() {
			if x := values[i]; pick[i] != 0 && (!r.greatest && x < kept[s] || r.greatest && x > kept[s]) {
				kept[s] = x
			}
		}
		return
	}
	if in.slots == nil {
		best := kept[in.one]
		if r.greatest {
			for _, x := range values {
				best = max(best, x)
			}
		} else {
			for _, x := range values {
				best = min(best, x)
			}
		}
		kept[in.one] = best
		return
	}
	slots := in.slots[:len(values)]
	if r.greatest {
		for i, x := range values {
			s := slots[i]
			kept[s] = max(kept[s], x)
		}
		return
	}
	for i, x := range values {
		s := slots[i]
		kept[s] = min(kept[s], x)
	}
}

// wideExtreme keeps the least or greatest of 128-bit values.
type wideExtreme struct {
	values   *state.Column[vector.Num128]
	has      *state.Column[uint8]
	greatest bool
}

func (r *wideExtreme) update(in *input) {
	kept, has, values, pick := r.values.Values(), r.has.Values(), in.view.col.Int128(), in.view.pick
	for i, s := range in.each() {
		if pick != nil && pick[i] == 0 {
			continue
		}
		x := values[i]
		if has[s] == 0 || r.greatest && kept[s].Cmp(x) < 0 || !r.greatest && x.Cmp(kept[s]) < 0 {
			kept[s], has[s] = x, 1
		}
	}
}

// textExtreme keeps the least or greatest of strings, which order by their bytes.
type textExtreme struct {
	values   *state.Bytes
	has      *state.Column[uint8]
	greatest bool
}

func (r *textExtreme) update(in *input) {
	has, values, pick := r.has.Values(), in.view.col.Strings(), in.view.pick
	for i, s := range in.each() {
		if pick != nil && pick[i] == 0 {
			continue
		}
		x := values.At(i)
		if has[s] != 0 {
			c := bytes.Compare(x, r.values.Get(s))
			if c == 0 || (c > 0) != r.greatest {
				continue
			}
		}
		r.values.Set(s, x)
		has[s] = 1
	}
}

// multiset counts a slot's values, so that the extreme is known when one is taken back.
type multiset struct {
	typ      vector.Type
	values   *state.Sub
	times    *state.Column[int64]
	best     *state.Column[state.Slot] // of values; NoSlot: to be looked for
	greatest bool
}

func newMultiset(t *state.Table, typ vector.Type, greatest bool) *multiset {
	r := &multiset{typ: typ, greatest: greatest, best: state.NewCache(t, state.NoSlot)}
	r.values = state.NewSub(t, []vector.Type{typ}, func(t *state.Table) { r.times = state.NewColumn[int64](t, 0) })
	return r
}

func (r *multiset) update(in *input) {
	x, pick := &in.set.distinct, in.view.pick
	x.rows, x.owners = x.rows[:0], x.owners[:0]
	best := r.best.Values()
	for i, s := range in.each() {
		if pick == nil || pick[i] != 0 {
			x.rows, x.owners = append(x.rows, int32(i)), append(x.owners, s)
		}
	}
	if len(x.rows) == 0 {
		return
	}
	x.subs, x.hash = valueSlots(r.values, x, in.view.col, r.typ)
	times := r.times.Values()
	for i, row := range x.rows {
		s, owner := x.subs[i], x.owners[i]
		if pick != nil {
			times[s] += int64(pick[row])
		} else {
			times[s]++
		}
		switch b := best[owner]; {
		case times[s] <= 0 && b == s:
			best[owner] = state.NoSlot
		case times[s] > 0 && b != state.NoSlot && b != s && r.better(s, b):
			best[owner] = s
		}
	}
	r.values.Free(x.unused(times))
}

func (r *multiset) better(a, b state.Slot) bool {
	c := r.values.CompareKey(0, a, b)
	return c < 0 && !r.greatest || c > 0 && r.greatest
}

// result returns the slot of an owner's extreme in values, NoSlot if it has none.
func (r *multiset) result(owner state.Slot) state.Slot {
	best, times := r.best.Values(), r.times.Values()
	if best[owner] == state.NoSlot {
		for s := r.values.First(owner); s != state.NoSlot; s = r.values.Next(s) {
			if times[s] > 0 && (best[owner] == state.NoSlot || r.better(s, best[owner])) {
				best[owner] = s
			}
		}
	}
	return best[owner]
}
