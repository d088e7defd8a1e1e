package op

import (
	"slices"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
)

// Unnest gives each row once per element of its collection.
type Unnest struct {
	spec  *plan.Unnest
	array vector.Type
	parts []vector.Type // of the columns that an element makes
	batch int           // rows of a full batch

	rows, elems, ordinals []int32 // reused: the input row of each output row, its element (−1: none) and that one's place
}

func newUnnest(n *plan.Node) *Unnest { return &Unnest{spec: n.Spec.(*plan.Unnest)} }

func (o *Unnest) Open(t *exec.Task) error {
	o.batch = t.Config.BatchRows
	o.array = input(t)[o.spec.Array].Type
	switch {
	case o.array.Kind == vector.Map:
		o.parts = []vector.Type{*o.array.Key, *o.array.Elem}
	case o.array.Elem.Kind == vector.Row:
		for _, f := range o.array.Elem.Fields {
			o.parts = append(o.parts, f.Type)
		}
	default:
		o.parts = []vector.Type{*o.array.Elem}
	}
	return nil
}

// elements takes a collection apart: which elements each row has, the columns that they make, how often each is there
// (nil: once), and which are there at all.
func (o *Unnest) elements(c vector.Column) (offsets []int32, columns []vector.Column, times []int32, there vector.Validity) {
	var elems vector.Column
	switch o.array.Kind {
	case vector.Map:
		offsets, keys, values := c.Pairs()
		return offsets, []vector.Column{keys, values}, nil, there
	case vector.Multiset:
		var counts vector.Column
		offsets, elems, counts = c.Pairs()
		times = counts.Int32()
	default:
		offsets, elems = c.List()
	}
	if o.array.Elem.Kind != vector.Row {
		return offsets, []vector.Column{elems}, times, there
	}
	_, columns = elems.Struct()
	return offsets, columns, times, elems.Validity()
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
	offsets, columns, times, there := o.elements(array)
	valid := array.Validity()
	o.rows, o.elems, o.ordinals = o.rows[:0], o.elems[:0], o.ordinals[:0]
	for i := range b.Rows {
		from, to := offsets[i], offsets[i+1]
		if !valid.At(i) {
			to = from
		}
		ordinal := int32(0)
		for k := from; k < to; k++ {
			again := int32(1)
			if times != nil {
				again = times[k]
			}
			for there.At(int(k)) && again > 0 {
				again--
				ordinal++
				o.rows, o.elems, o.ordinals = append(o.rows, int32(i)), append(o.elems, k), append(o.ordinals, ordinal)
				if len(o.rows) >= most {
					if err := o.emit(b, columns, out); err != nil {
						return err
					}
				}
			}
		}
		if ordinal == 0 && o.spec.Left {
			o.rows, o.elems, o.ordinals = append(o.rows, int32(i)), append(o.elems, -1), append(o.ordinals, 0)
		}
	}
	return o.emit(b, columns, out)
}

// emit lets out the rows that are gathered.
func (o *Unnest) emit(b vector.Batch, columns []vector.Column, out exec.Emitter) error {
	if len(o.rows) == 0 {
		return nil
	}
	missing := slices.Contains(o.elems, -1)
	result := b.Take(o.rows)
	if missing {
		// A row without element gets the NULL that is put behind the elements.
		null := int32(columns[0].Len())
		for i, e := range o.elems {
			if e < 0 {
				o.elems[i] = null
			}
		}
	}
	for i, c := range columns {
		if missing {
			c = vector.ConcatColumns([]vector.Column{c, vector.Nulls(o.parts[i], 1)})
		}
		result.Columns = append(result.Columns, c.Take(o.elems))
	}
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

func (o *Unnest) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }
func (o *Unnest) Flush(exec.Emitter) error                                    { return nil }
func (o *Unnest) Close() error                                                { return nil }
