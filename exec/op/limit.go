package op

import (
	"weir/exec"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
)

// Limit passes the first rows in arrival order, behind those it skips. Its input has only inserts; over a changelog a
// TopNChanges without sort keys does its work.
type Limit struct {
	spec  *plan.Limit
	table *state.Table
	seen  *state.Column[int64] // rows that came
	slot  []state.Slot
}

func newLimit(n *plan.Node) exec.Operator {
	spec := n.Spec.(*plan.Limit)
	if spec.Retracts {
		return &TopNChanges{schema: n.Schema, offset: spec.Offset, limit: spec.Limit}
	}
	return &Limit{spec: spec}
}

func (o *Limit) Open(t *exec.Task) error {
	o.table = t.State.Table("limit", nil, func(t *state.Table) { o.seen = state.NewColumn[int64](t, 0) })
	return nil
}

// Process returns ErrEnough as soon as all rows have left.
func (o *Limit) Process(_ int, b vector.Batch, out exec.Emitter) error {
	home := make([]uint64, b.Rows) // there is one global group
	o.slot = o.table.Slots(o.slot, vector.Batch{Rows: b.Rows}, nil, home)
	seen := &o.seen.Values()[o.slot[0]]
	from := min(max(o.spec.Offset-*seen, 0), int64(b.Rows))
	to := int64(b.Rows)
	if o.spec.Limit >= 0 {
		to = max(from, min(to, o.spec.Offset+o.spec.Limit-*seen))
	}
	*seen += int64(b.Rows)
	enough := o.spec.Limit >= 0 && *seen >= o.spec.Offset+o.spec.Limit
	if to > from {
		if err := out.Emit(b.Slice(int(from), int(to))); err != nil {
			return err
		}
	}
	if enough {
		return exec.ErrEnough
	}
	return nil
}

func (o *Limit) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }
func (o *Limit) Flush(exec.Emitter) error                                    { return nil }
func (o *Limit) Close() error                                                { return nil }
