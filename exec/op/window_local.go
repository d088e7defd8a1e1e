package op

import (
	"weir/exec"
	"weir/exec/op/agg"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
)

// heldKeys is how many keys a local phase holds before it lets all go: it must stay small beside the state behind it.
const heldKeys = 1 << 16

// ratio decides whether a local phase reduces: while it holds rows it counts how many of them brought a new key; if
// that were more than half of a sample, the next rows pass, and then it looks again.
type ratio struct {
	rows, fresh int
	pass        int // rows that are still to pass
}

const (
	sampleRows = 1 << 14
	passRows   = 1 << 17
)

// held counts rows that were aggregated, fresh of which brought a new key.
func (r *ratio) held(rows, fresh int) {
	r.rows, r.fresh = r.rows+rows, r.fresh+fresh
	if r.rows < sampleRows {
		return
	}
	if 2*r.fresh > r.rows {
		r.pass = passRows
	}
	r.rows, r.fresh = 0, 0
}

// passes reports whether rows shall pass.
func (r *ratio) passes(rows int) bool {
	if r.pass <= 0 {
		return false
	}
	r.pass -= rows
	return true
}

// addLocal aggregates rows of one slice before the exchange, or lets them pass.
func (w *WindowAggregate) addLocal(end int64, b vector.Batch, out exec.Emitter) error {
	if w.ratio.passes(b.Rows) {
		columns := make([]vector.Column, 0, len(w.task.Node.Schema))
		for _, k := range w.spec.Keys {
			columns = append(columns, b.Columns[k])
		}
		columns = w.set.RowPartials(columns, b)
		columns = append(columns, repeated(end, b.Rows))
		if w.spec.Window.Kind == plan.Attached {
			columns = append(columns, b.Columns[w.spec.Window.Start])
		}
		return out.Emit(vector.Batch{Rows: b.Rows, Columns: columns})
	}
	w.open(end)
	before := w.slice.Len()
	w.accumulate(b)
	fresh := w.slice.Len() - before
	w.ratio.held(b.Rows, fresh)
	if w.held += fresh; w.held > heldKeys {
		return w.Flush(out)
	}
	return nil
}

// partial makes the partial results of some keys of a slice.
func (w *WindowAggregate) partial(end int64, t *state.Table, values *agg.Values, slots []state.Slot) vector.Batch {
	keys := t.Keys(slots)
	columns := make([]vector.Column, 0, len(w.task.Node.Schema))
	columns = append(columns, keys[:len(w.spec.Keys)]...)
	columns = values.Partials(columns, slots)
	columns = append(columns, repeated(end, len(slots)))
	if w.spec.Window.Kind == plan.Attached {
		columns = append(columns, keys[len(w.spec.Keys)])
	}
	return vector.Batch{Rows: len(slots), Columns: columns}
}
