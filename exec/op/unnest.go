package op

import (
	"slices"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
)

// Unnest gives each row once per element of its array.
type Unnest struct {
	spec  *plan.Unnest
	elem  vector.Type
	batch int // rows of a full batch

	rows, elems, ordinals []int32 // reused: the input row of each output row, its element (−1: none) and that one's place
}

func newUnnest(n *plan.Node) *Unnest {
	spec := n.Spec.(*plan.Unnest)
	elem := n.Schema[len(n.Schema)-1].Type
	if spec.Ordinality {
		elem = n.Schema[len(n.Schema)-2].Type
	}
	return &Unnest{spec: spec, elem: elem}
}

func (o *Unnest) Open(t *exec.Task) error {
	o.batch = t.Config.BatchRows
	return nil
}

// pieceBytes is about the size of a batch that repeats wide rows.
const pieceBytes = 4 << 20

// Process emits what the elements make of the rows in pieces: no more rows than a full batch, fewer where they are wide.
func (o *Unnest) Process(_ int, b vector.Batch, out exec.Emitter) error {
	if b.Rows == 0 {
		return nil
	}
	array := b.Columns[o.spec.Array]
	if o.spec.Drops {
		b.Columns = slices.Concat(b.Columns[:o.spec.Array], b.Columns[o.spec.Array+1:])
	}
	most := max(1, min(o.batch, int(pieceBytes/(1+b.Size()/int64(b.Rows)))))
	offsets, elems := array.List()
	valid := array.Validity()
	o.rows, o.elems, o.ordinals = o.rows[:0], o.elems[:0], o.ordinals[:0]
	for i := range b.Rows {
		from, to := offsets[i], offsets[i+1]
		if !valid.At(i) {
			to = from
		}
		if from == to && o.spec.Left {
			o.rows, o.elems, o.ordinals = append(o.rows, int32(i)), append(o.elems, -1), append(o.ordinals, 0)
		}
		for k := from; k < to; k++ {
			o.rows, o.elems, o.ordinals = append(o.rows, int32(i)), append(o.elems, k), append(o.ordinals, k-from+1)
			if len(o.rows) >= most {
				if err := o.emit(b, elems, out); err != nil {
					return err
				}
			}
		}
	}
	return o.emit(b, elems, out)
}

// emit lets out the rows that are gathered.
func (o *Unnest) emit(b vector.Batch, elems vector.Column, out exec.Emitter) error {
	if len(o.rows) == 0 {
		return nil
	}
	missing := slices.Contains(o.elems, -1)
	result := b.Take(o.rows)
	result.Columns = append(result.Columns, o.taken(elems, missing))
	if o.spec.Ordinality {
		var valid vector.Bitmap
		if missing {
			valid = vector.NewBitmap(len(o.ordinals), true)
			for i, k := range o.ordinals {
				if k == 0 {
					valid.Clear(i)
				}
			}
		}
		result.Columns = append(result.Columns, vector.NewColumn(slices.Clone(o.ordinals), valid))
	}
	o.rows, o.elems, o.ordinals = o.rows[:0], o.elems[:0], o.ordinals[:0]
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
