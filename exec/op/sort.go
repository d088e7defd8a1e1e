package op

import (
	"cmp"
	"slices"

	"weir/exec"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
)

// Sort orders all its rows at the end of input.
type Sort struct {
	spec   *plan.Sort
	schema []vector.Field
	rows   *state.Rows
	table  *state.Table
	batch  int // rows of an output batch at most

	slots []state.Slot
	ids   []state.RowID
}

func newSort(n *plan.Node) *Sort { return &Sort{spec: n.Spec.(*plan.Sort), schema: n.Schema} }

func (o *Sort) Open(t *exec.Task) error {
	o.batch = t.Config.BatchRows
	o.table = t.State.Table("sort", nil, func(t *state.Table) { o.rows = state.NewRows(t) })
	return nil
}

func (o *Sort) Process(_ int, b vector.Batch, _ exec.Emitter) error {
	o.slots = o.table.Slots(o.slots, vector.Batch{Rows: b.Rows}, nil, make([]uint64, b.Rows))
	o.ids = o.rows.Add(o.ids, o.slots, b)
	return nil
}

// Advance emits the rows in order when time ends; equal ones as they arrived.
func (o *Sort) Advance(wm vector.Time, out exec.Emitter) (vector.Time, error) {
	if wm < vector.MaxTime || o.rows.Len() == 0 {
		return wm, nil
	}
	all := o.rows.All()
	order := make([]int32, all.Rows)
	for i := range order {
		order[i] = int32(i)
	}
	columns, types := make([]vector.Column, len(o.spec.Keys)), make([]vector.Type, len(o.spec.Keys))
	for i, k := range o.spec.Keys {
		columns[i], types[i] = all.Columns[k.Column], o.schema[k.Column].Type
	}
	compare := ordering(o.spec.Keys, columns, types)
	slices.SortFunc(order, func(i, j int32) int {
		if c := compare(i, j); c != 0 {
			return c
		}
		return arrived(all.Origin, i, j)
	})
	from := min(o.spec.Offset, int64(len(order)))
	to := int64(len(order))
	if o.spec.Limit >= 0 {
		to = min(to, from+o.spec.Limit)
	}
	for chunk := range slices.Chunk(order[from:to], o.batch) {
		if err := out.Emit(all.Take(chunk)); err != nil {
			return wm, err
		}
	}
	return wm, nil
}

// arrived compares rows by where they came from; rows without origin by their number.
func arrived(origin []vector.Origin, i, j int32) int {
	switch {
	case origin == nil:
	case origin[i].Less(origin[j]):
		return -1
	case origin[j].Less(origin[i]):
		return 1
	}
	return cmp.Compare(i, j)
}

func (o *Sort) Flush(exec.Emitter) error { return nil }
func (o *Sort) Close() error             { return nil }
