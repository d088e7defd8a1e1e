package op

import (
	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
)

// Unnest gives each row once per element of its array.
type Unnest struct {
	spec *plan.Unnest
	elem vector.Type

	rows, elems []int32 // reused: the input row and the element of each output row; −1: none
}

func newUnnest(n *plan.Node) *Unnest {
	spec := n.Spec.(*plan.Unnest)
	elem := n.Schema[len(n.Schema)-1].Type
	if spec.Ordinality {
		elem = n.Schema[len(n.Schema)-2].Type
	}
	return &Unnest{spec: spec, elem: elem}
}

func (o *Unnest) Open(*exec.Task) error { return nil }

// Process emits one batch for each it takes; the runtime's exchanges cut what has grown too long.
func (o *Unnest) Process(_ int, b vector.Batch, out exec.Emitter) error {
	array := b.Columns[o.spec.Array]
	offsets, elems := array.List()
	valid := array.Validity()
	o.rows, o.elems = o.rows[:0], o.elems[:0]
	var ordinals []int32
	missing := false
	for i := range b.Rows {
		from, to := offsets[i], offsets[i+1]
		if !valid.At(i) {
			to = from
		}
		if from == to && o.spec.Left {
			o.rows, o.elems = append(o.rows, int32(i)), append(o.elems, -1)
			missing = true
			if o.spec.Ordinality {
				ordinals = append(ordinals, 0)
			}
		}
		for k := from; k < to; k++ {
			o.rows, o.elems = append(o.rows, int32(i)), append(o.elems, k)
			if o.spec.Ordinality {
				ordinals = append(ordinals, k-from+1)
			}
		}
	}
	if len(o.rows) == 0 {
		return nil
	}
	result := b.Take(o.rows)
	result.Columns = append(result.Columns, o.taken(elems, missing))
	if o.spec.Ordinality {
		var valid vector.Bitmap
		if missing {
			valid = vector.NewBitmap(len(ordinals), true)
			for i, k := range ordinals {
				if k == 0 {
					valid.Clear(i)
				}
			}
		}
		result.Columns = append(result.Columns, vector.NewColumn(ordinals, valid))
	}
	return out.Emit(result)
}

// taken returns the elements of the output rows; a row without element gets the NULL that is put behind them.
func (o *Unnest) taken(elems vector.Column, missing bool) vector.Column {
	if !missing {
		return elems.Take(o.elems)
	}
	null := int32(elems.Len())
	for i, e := range o.elems {
		if e < 0 {
			o.elems[i] = null
		}
	}
	return vector.ConcatColumns([]vector.Column{elems, vector.Nulls(o.elem, 1)}).Take(o.elems)
}

func (o *Unnest) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }
func (o *Unnest) Flush(exec.Emitter) error                                    { return nil }
func (o *Unnest) Close() error                                                { return nil }
