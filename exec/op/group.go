package op

import (
	"weir/exec"
	"weir/exec/op/agg"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// GroupAggregate groups without windows. In streaming mode it tells, batch by batch, how its groups have changed; in
// batch mode it emits them at the end of input.
type GroupAggregate struct {
	spec   *plan.GroupAggregate
	task   *exec.Task
	keys   *keyColumns
	set    *agg.Set
	table  *state.Table
	values *agg.Values
	marked *state.Column[int64] // the batch that last touched a group
	batch  int64                // number of the batch at hand

	slots   []state.Slot
	touched []state.Slot // groups of the batch at hand
	before  []state.Slot // those of them that there were before
	after   []state.Slot
	at      []int32 // where a row of the changelog lies in the results before, or behind them in those after
	kinds   []vector.RowKind
	gone    []state.Slot
}

func newGroupAggregate(n *plan.Node) *GroupAggregate {
	return &GroupAggregate{spec: n.Spec.(*plan.GroupAggregate)}
}

// Open prepares the aggregates and the table of groups.
func (g *GroupAggregate) Open(t *exec.Task) error {
	g.task = t
	var err error
	if g.set, err = agg.New(g.spec.Aggregates, plan.Single, g.spec.Retracts); err != nil {
		return err
	}
	g.keys = newKeys(t, g.spec.Keys)
	g.table = t.State.Table("groups", g.keys.types, func(t *state.Table) {
		g.values = g.set.Setup(t)
		g.marked = state.NewCache[int64](t, 0)
	})
	return nil
}

// Process adds the rows to their groups, or takes them back.
func (g *GroupAggregate) Process(_ int, b vector.Batch, out exec.Emitter) error {
	if b.Rows == 0 {
		return nil
	}
	keys, hash, home := g.keys.of(b)
	known := g.table.Size()
	g.slots = g.table.Slots(g.slots, keys, hash, home)
	switch {
	case g.spec.Batch && len(g.spec.Keys) == 0:
		g.values.UpdateOne(b, 0)
		return nil
	case g.spec.Batch:
		if g.set.Len() > 0 {
			g.values.Update(b, g.slots)
		}
		return nil
	case g.set.Len() == 0 && !g.spec.Retracts:
		return g.discover(known, out)
	}
	return g.change(b, out)
}

// discover emits the groups that are new; where there is nothing but keys, that is all that can change.
func (g *GroupAggregate) discover(known int, out exec.Emitter) error {
	g.touched = g.touched[:0]
	for s := known; s < g.table.Size(); s++ {
		g.touched = append(g.touched, state.Slot(s))
	}
	if len(g.touched) == 0 {
		return nil
	}
	return out.Emit(vector.Batch{Rows: len(g.touched), Columns: g.table.Keys(g.touched), Home: g.home(g.touched)})
}

func (g *GroupAggregate) home(slots []state.Slot) []uint64 {
	home, out := g.table.Home(), make([]uint64, len(slots))
	for i, s := range slots {
		out[i] = home[s]
	}
	return out
}

// change updates the groups of a batch and emits what that has changed.
func (g *GroupAggregate) change(b vector.Batch, out exec.Emitter) error {
	g.batch++
	g.touched, g.before = g.touched[:0], g.before[:0]
	rows, marked := g.values.Rows(), g.marked.Values()
	for _, s := range g.slots {
		if marked[s] == g.batch {
			continue
		}
		marked[s] = g.batch
		g.touched = append(g.touched, s)
		if rows[s] > 0 {
			g.before = append(g.before, s)
		}
	}
	old := g.values.Results(nil, g.before)
	g.values.Update(b, g.slots)
	rows = g.values.Rows()
	g.after = g.after[:0]
	for _, s := range g.touched {
		if rows[s] > 0 {
			g.after = append(g.after, s)
		}
	}
	now := g.values.Results(nil, g.after)
	return g.emit(old, now, out)
}

// emit compares the results before and after of the groups that were touched.
func (g *GroupAggregate) emit(old, now []vector.Column, out exec.Emitter) error {
	rows := g.values.Rows()
	g.at, g.kinds, g.gone, g.slots = g.at[:0], g.kinds[:0], g.gone[:0], g.slots[:0]
	add := func(s state.Slot, at int, kind vector.RowKind) {
		g.slots, g.at, g.kinds = append(g.slots, s), append(g.at, int32(at)), append(g.kinds, kind)
	}
	i, k := 0, 0 // in before, in after
	for _, s := range g.touched {
		was := i < len(g.before) && g.before[i] == s
		is := k < len(g.after) && g.after[k] == s
		switch {
		case was && is:
			if !same(old, i, now, k) {
				add(s, i, vector.UpdateBefore)
				add(s, len(g.before)+k, vector.UpdateAfter)
			}
		case was:
			add(s, i, vector.Delete)
		case is:
			add(s, len(g.before)+k, vector.Insert)
		}
		if was {
			i++
		}
		if is {
			k++
		} else if rows[s] == 0 {
			g.gone = append(g.gone, s)
		}
	}
	if len(g.at) == 0 {
		g.table.Free(g.gone)
		return nil
	}
	columns := g.table.Keys(g.slots)
	for c := range now {
		columns = append(columns, vector.ConcatColumns([]vector.Column{old[c], now[c]}).Take(g.at))
	}
	result := vector.Batch{Rows: len(g.at), Columns: columns, Home: g.home(g.slots)}
	for _, kind := range g.kinds {
		if kind != vector.Insert {
			result.Kinds = append([]vector.RowKind(nil), g.kinds...)
			break
		}
	}
	g.table.Free(g.gone)
	return out.Emit(result)
}

// same reports whether row i of a and row j of b hold the same values.
func same(a []vector.Column, i int, b []vector.Column, j int) bool {
	for c := range a {
		if kernel.Order(a[c], i, b[c], j) != 0 {
			return false
		}
	}
	return true
}

// Advance emits all groups at the end of input, in batch mode.
func (g *GroupAggregate) Advance(wm vector.Time, out exec.Emitter) (vector.Time, error) {
	if !g.spec.Batch || wm != vector.MaxTime {
		return wm, nil
	}
	if len(g.spec.Keys) == 0 && g.task.Groups.Contains(g.task.Node.Space().Of(0)) {
		// There is one group, even if no row came.
		g.slots = g.table.Slots(g.slots, vector.Batch{Rows: 1}, nil, nil)
	}
	g.slots = g.table.Live(g.slots[:0])
	for slots := g.slots; len(slots) > 0; {
		part := slots[:min(len(slots), g.task.Config.BatchRows)]
		slots = slots[len(part):]
		columns := g.values.Results(g.table.Keys(part), part)
		if err := out.Emit(vector.Batch{Rows: len(part), Columns: columns, Home: g.home(part)}); err != nil {
			return wm, err
		}
	}
	return wm, nil
}

// Flush has nothing to emit.
func (g *GroupAggregate) Flush(exec.Emitter) error { return nil }

// Close has nothing to give back.
func (g *GroupAggregate) Close() error { return nil }
