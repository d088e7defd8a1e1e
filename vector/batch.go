package vector

import "math"

// Time is an instant or a local time in milliseconds since 1970-01-01 00:00:00.
type Time int64

// MinTime is before and MaxTime at the end of all times. As a watermark MinTime means none yet, MaxTime the end of input.
const (
	MinTime Time = math.MinInt64
	MaxTime Time = math.MaxInt64
)

// RowKind says what a row of a changelog does to the result.
type RowKind uint8

// The kinds of rows of a changelog: insert, the old and the new version of an update, delete.
const (
	Insert RowKind = iota
	UpdateBefore
	UpdateAfter
	Delete
)

// String prints the kind as Flink does.
func (k RowKind) String() string { return [...]string{"+I", "-U", "+U", "-D"}[k] }

// Adds reports whether a row of this kind adds to the result (+I, +U) rather than takes from it (-U, -D).
func (k RowKind) Adds() bool { return k == Insert || k == UpdateAfter }

// Origin is where a row came from: the number of its split and its row in there, which together order arrival.
type Origin struct {
	Split int32
	Row   int64
}

// Less orders origins by (split, row).
func (o Origin) Less(p Origin) bool { return o.Split < p.Split || o.Split == p.Split && o.Row < p.Row }

// Batch is some rows of one schema, column by column. It is passed by value, immutable once emitted and owned by the
// garbage collector: nobody writes into what it refers to, anybody may keep it. The slices beside the columns are nil
// where no row has such a value, else Len long.
type Batch struct {
	Columns []Column
	Rows    int

	Kinds  []RowKind // nil: all Insert
	Behind []Time    // watermark of the row's own split just before it, where it reached the row; MinTime for other rows
	Origin []Origin  // only where the plan asks for arrival order
	Home   []uint64  // hash of the last HASH exchange's key: decides the key group of all state made from the row
}

// Len is the number of rows.
func (b Batch) Len() int { return b.Rows }

// Kind returns the kind of row i.
func (b Batch) Kind(i int) RowKind {
	if b.Kinds == nil {
		return Insert
	}
	return b.Kinds[i]
}

// Slice returns rows from..to-1 without copying.
func (b Batch) Slice(from, to int) Batch {
	if from == 0 && to == b.Rows {
		return b
	}
	out := b
	out.Rows = to - from
	out.Columns = make([]Column, len(b.Columns))
	for i, c := range b.Columns {
		out.Columns[i] = c.Slice(from, to)
	}
	if b.Kinds != nil {
		out.Kinds = b.Kinds[from:to:to]
	}
	if b.Behind != nil {
		out.Behind = b.Behind[from:to:to]
	}
	if b.Origin != nil {
		out.Origin = b.Origin[from:to:to]
	}
	if b.Home != nil {
		out.Home = b.Home[from:to:to]
	}
	return out
}

// WithColumns returns b with other columns of the same length; what else a row carries stays.
func (b Batch) WithColumns(columns []Column) Batch {
	b.Columns = columns
	return b
}

// Take returns the rows at indices, in that order.
func (b Batch) Take(indices []int32) Batch {
	out := Batch{Rows: len(indices), Columns: make([]Column, len(b.Columns))}
	for i, c := range b.Columns {
		out.Columns[i] = c.Take(indices)
	}
	out.Kinds = takeSlice(b.Kinds, indices)
	out.Behind = takeSlice(b.Behind, indices)
	out.Origin = takeSlice(b.Origin, indices)
	out.Home = takeSlice(b.Home, indices)
	return out
}

func takeSlice[T any](from []T, indices []int32) []T {
	if from == nil {
		return nil
	}
	to := make([]T, len(indices))
	for i, x := range indices {
		to[i] = from[x]
	}
	return to
}

// Concat returns the rows of all batches, which have one schema. A per-row slice that only some have is filled with
// its neutral value (Insert, MinTime, …) for the others.
func Concat(batches []Batch) Batch {
	if len(batches) == 1 {
		return batches[0]
	}
	var out Batch
	for _, b := range batches {
		out.Rows += b.Rows
	}
	if len(batches) == 0 {
		return out
	}
	out.Columns = make([]Column, len(batches[0].Columns))
	parts := make([]Column, len(batches))
	for i := range out.Columns {
		for j, b := range batches {
			parts[j] = b.Columns[i]
		}
		out.Columns[i] = ConcatColumns(parts)
	}
	out.Kinds = concatSlice(batches, func(b Batch) []RowKind { return b.Kinds }, Insert)
	out.Behind = concatSlice(batches, func(b Batch) []Time { return b.Behind }, MinTime)
	out.Origin = concatSlice(batches, func(b Batch) []Origin { return b.Origin }, Origin{})
	out.Home = concatSlice(batches, func(b Batch) []uint64 { return b.Home }, 0)
	return out
}

func concatSlice[T any](batches []Batch, of func(Batch) []T, neutral T) []T {
	any, rows := false, 0
	for _, b := range batches {
		any = any || of(b) != nil
		rows += b.Rows
	}
	if !any {
		return nil
	}
	out := make([]T, 0, rows)
	for _, b := range batches {
		if s := of(b); s != nil {
			out = append(out, s...)
			continue
		}
		for range b.Rows {
			out = append(out, neutral)
		}
	}
	return out
}

// Size is roughly how many bytes the batch refers to, for budgets of memory.
func (b Batch) Size() int64 {
	n := int64(len(b.Kinds)) + 8*int64(len(b.Behind)) + 16*int64(len(b.Origin)) + 8*int64(len(b.Home))
	for _, c := range b.Columns {
		n += c.Size()
	}
	return n
}
