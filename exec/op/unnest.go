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
	result := b.Take(o.rows)
	// A row without element gets any element, which is made NULL: so a piece costs what is in it, not what is in the batch.
	there := vector.Bitmap(nil)
	for i, e := range o.elems {
		if e < 0 {
			if there == nil {
				there = vector.NewBitmap(len(o.elems), true)
			}
			there.Clear(i)
			o.elems[i] = 0
		}
	}
	for i, c := range columns {
		result.Columns = append(result.Columns, taken(c, o.elems, there, o.parts[i]))
	}
	if o.spec.Ordinality {
		result.Columns = append(result.Columns, vector.NewColumn(slices.Clone(o.ordinals), there))
	}
	o.rows, o.elems, o.ordinals = o.rows[:0], o.elems[:0], o.ordinals[:0]
	return out.Emit(result)
}

// taken are the values at indices, NULL where none is there; there is nil where all are.
func taken(c vector.Column, indices []int32, there vector.Bitmap, t vector.Type) vector.Column {
	if there == nil {
		return c.Take(indices)
	}
	if c.Len() == 0 {
		return vector.Nulls(t, len(indices))
	}
	c = c.Take(indices)
	valid := there
	if v := c.Validity(); !v.All() {
		valid = slices.Clone(there)
		for i := range indices {
			if !v.At(i) {
				valid.Clear(i)
			}
		}
	}
	return c.WithValidity(valid)
}

func (o *Unnest) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }
func (o *Unnest) Flush(exec.Emitter) error                                    { return nil }
func (o *Unnest) Close() error                                                { return nil }
