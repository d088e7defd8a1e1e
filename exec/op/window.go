package op

import (
	"cmp"
	"math"
	"slices"

	"weir/exec"
	"weir/exec/op/agg"
	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

const codeNullTime = "W4202" // a row without the time that its window needs

// WindowAggregate aggregates by window and keys. It keeps a table for each open slice, by the window's end: keys to
// slots to accumulators. Advance fires slices as a whole.
//
// In the local phase the tables are no state: what they hold leaves before a barrier, before the watermark that would
// close it, and when they are many; rows that hardly reduce pass as partial results of one row.
type WindowAggregate struct {
	spec  *plan.WindowAggregate
	task  *exec.Task
	keys  *keyColumns
	set   *agg.Set
	slots []state.Slot
	rows  int // of an emitted batch

	family  *state.Family
	slice   *state.Table // of end
	values  *agg.Values
	end     int64
	clock   vector.Time
	zone    *kernel.Zone
	timeAt  int  // column of the time, or of the window's end
	assigns bool // windows are found from the rowtime

	millis []int64
	local  []int64
	ends   []int64
	taken  []int32
	starts []int32

	ratio ratio
	held  int // slots of all tables, in the local phase
}

func newWindowAggregate(n *plan.Node) *WindowAggregate {
	return &WindowAggregate{spec: n.Spec.(*plan.WindowAggregate)}
}

// Open prepares the aggregates and the tables.
func (w *WindowAggregate) Open(t *exec.Task) error {
	w.task, w.clock, w.rows = t, vector.MinTime, t.Config.BatchRows
	s := w.spec
	w.assigns = s.Phase != plan.Final && s.Window.Kind == plan.Tumble
	w.timeAt = s.Window.End
	if w.assigns {
		w.timeAt = s.Window.Time
	}
	if s.Window.LTZ {
		w.zone = kernel.NewZone(t.Zone)
	}
	var err error
	if w.set, err = agg.New(s.Aggregates, s.Phase, s.Retracts); err != nil {
		return err
	}
	if s.Window.Kind == plan.Attached {
		w.keys = newKeys(t, s.Keys, s.Window.Start)
	} else {
		w.keys = newKeys(t, s.Keys)
	}
	setup := func(t *state.Table) { t.Attached = w.set.Setup(t) }
	if s.Phase == plan.Local {
		w.family = state.NewFamily(w.keys.types, setup)
	} else {
		w.family = t.State.Family("windows", w.keys.types, setup)
	}
	return nil
}

// Process adds the rows to the slices of their windows. Late rows are dropped and counted.
func (w *WindowAggregate) Process(_ int, b vector.Batch, out exec.Emitter) error {
	if b.Rows == 0 {
		return nil
	}
	b, err := w.timed(b)
	if err != nil || b.Rows == 0 {
		return err
	}
	times := w.times(b)
	low, high := times[0], times[0]
	for _, t := range times {
		low, high = min(low, t), max(high, t)
	}
	end := low
	one := low == high
	if w.assigns {
		end = w.endOf(low)
		one = high < end
	}
	if one && (b.Behind == nil || w.spec.Batch) {
		if w.closed(end) {
			w.task.Late.Add(int64(b.Rows))
			return nil
		}
		return w.add(end, b, out)
	}
	return w.split(times, b, out)
}

// timed returns the rows that have a time.
func (w *WindowAggregate) timed(b vector.Batch) (vector.Batch, error) {
	c := b.Columns[w.timeAt]
	nulls := c.NullCount()
	if nulls == 0 {
		return b, nil
	}
	if !w.spec.Batch {
		return b, diag.New(codeNullTime, diag.Span{}, "the rowtime of a window is NULL").
			WithHint("filter such rows out, or SET 'execution.runtime-mode' = 'batch', where windows leave them out")
	}
	w.task.NullTime.Add(int64(nulls))
	valid := c.Validity()
	w.taken = w.taken[:0]
	for i := range b.Rows {
		if valid.At(i) {
			w.taken = append(w.taken, int32(i))
		}
	}
	return b.Take(w.taken), nil
}

// times returns the rows' times in milliseconds, local ones for LTZ, or the ends of their windows.
func (w *WindowAggregate) times(b vector.Batch) []int64 {
	c := b.Columns[w.timeAt]
	t := input(w.task)[w.timeAt].Type
	var times []int64
	switch {
	case t.Precision <= 3:
		times = c.Int64()
	case t.Precision <= 6:
		w.millis = grown(w.millis, b.Rows)
		for i, x := range c.Int64() {
			w.millis[i] = kernel.FloorDiv(x, 1000)
		}
		times = w.millis
	default:
		w.millis = grown(w.millis, b.Rows)
		for i, x := range c.Int128() {
			w.millis[i] = kernel.FloorDiv(x.HighBits(), 1000)
		}
		times = w.millis
	}
	if !w.assigns || w.zone.IsUTC() {
		return times
	}
	w.local = grown(w.local, b.Rows)
	for i, x := range times {
		w.local[i] = w.zone.ToLocal(x, 1000)
	}
	return w.local
}

// endOf returns the end of the window of a time.
func (w *WindowAggregate) endOf(t int64) int64 {
	size, offset := w.spec.Window.Size, w.spec.Window.Offset
	return kernel.FloorDiv(t-offset, size)*size + offset + size
}

// closing returns the instant of a window's end. A local time that comes twice closes with the second.
func (w *WindowAggregate) closing(end int64) vector.Time {
	return vector.Time(w.zone.ToLastInstant(end, 1000))
}

// closed reports whether a window has been fired.
func (w *WindowAggregate) closed(end int64) bool {
	return w.spec.Phase != plan.Local && !w.spec.Batch && w.clock != vector.MinTime && w.closing(end)-1 <= w.clock
}

// split sorts rows by slice and drops late ones.
func (w *WindowAggregate) split(times []int64, b vector.Batch, out exec.Emitter) error {
	w.ends = grown(w.ends, b.Rows)
	ends := w.ends
	if w.assigns {
		from, to := int64(math.MaxInt64), int64(math.MinInt64)
		for i, t := range times {
			if t < from || t >= to {
				to = w.endOf(t)
				from = to - w.spec.Window.Size
			}
			ends[i] = to
		}
	} else {
		copy(ends, times)
	}
	w.taken = w.taken[:0]
	last, closes, closed := ends[0], w.closing(ends[0]), w.closed(ends[0])
	for i, end := range ends {
		if end != last {
			last, closes, closed = end, w.closing(end), w.closed(end)
		}
		if closed || !w.spec.Batch && b.Behind != nil && b.Behind[i] != vector.MinTime && closes-1 <= b.Behind[i] {
			continue
		}
		ends[len(w.taken)] = end
		w.taken = append(w.taken, int32(i))
	}
	if late := b.Rows - len(w.taken); late > 0 {
		w.task.Late.Add(int64(late))
		if len(w.taken) == 0 {
			return nil
		}
		b = b.Take(w.taken)
	}
	ends = ends[:b.Rows]
	runs := 1
	for i := 1; i < len(ends); i++ {
		if ends[i] != ends[i-1] {
			runs++
		}
	}
	if runs > 1 && runs*fewRows > b.Rows {
		b = w.gathered(ends, b)
	}
	for from := 0; from < b.Rows; {
		to := from + 1
		for to < b.Rows && ends[to] == ends[from] {
			to++
		}
		if err := w.add(ends[from], b.Slice(from, to), out); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// fewRows is the length of a run of rows of one slice below which rows are better gathered by slice.
const fewRows = 64

// gathered puts rows, and their ends, in order of their ends.
func (w *WindowAggregate) gathered(ends []int64, b vector.Batch) vector.Batch {
	w.taken = grown(w.taken, b.Rows)
	low, high := slices.Min(ends), slices.Max(ends)
	size := w.spec.Window.Size
	if w.spec.Window.Kind == plan.Attached || (high-low)/size > int64(b.Rows) {
		for i := range w.taken {
			w.taken[i] = int32(i)
		}
		slices.SortFunc(w.taken, func(i, j int32) int { return cmp.Or(cmp.Compare(ends[i], ends[j]), cmp.Compare(i, j)) })
		slices.Sort(ends)
		return b.Take(w.taken)
	}
	// The windows are few: count the rows of each, then every row knows its place.
	w.starts = grown(w.starts, int((high-low)/size)+2)
	clear(w.starts)
	for _, end := range ends {
		w.starts[(end-low)/size+1]++
	}
	for i := 1; i < len(w.starts); i++ {
		w.starts[i] += w.starts[i-1]
	}
	for i, end := range ends {
		at := &w.starts[(end-low)/size]
		w.taken[*at] = int32(i)
		*at++
	}
	from := int32(0)
	for i, to := range w.starts[:len(w.starts)-1] {
		for k := from; k < to; k++ {
			ends[k] = low + int64(i)*size
		}
		from = to
	}
	return b.Take(w.taken)
}

// open makes the slice of a window's end the current one.
func (w *WindowAggregate) open(end int64) {
	if w.slice == nil || w.end != end {
		w.slice, w.end = w.family.Open(end), end
		w.values = w.slice.Attached.(*agg.Values)
	}
}

// add adds rows of one slice.
func (w *WindowAggregate) add(end int64, b vector.Batch, out exec.Emitter) error {
	if w.spec.Phase == plan.Local {
		return w.addLocal(end, b, out)
	}
	w.open(end)
	w.accumulate(b)
	return nil
}

func (w *WindowAggregate) accumulate(b vector.Batch) {
	keys, hash, home := w.keys.of(b)
	if len(w.keys.columns) == 0 {
		keys.Rows = 1
		w.slots = w.slice.Slots(w.slots, keys, hash, home)
		w.values.UpdateOne(b, 0)
		return
	}
	w.slots = w.slice.Slots(w.slots, keys, hash, home)
	if w.set.Len() > 0 || w.spec.Retracts {
		w.values.Update(b, w.slots)
	}
}

// Advance fires every slice whose window has ended, in order.
func (w *WindowAggregate) Advance(wm vector.Time, out exec.Emitter) (vector.Time, error) {
	w.clock = wm
	for i := 0; i < len(w.family.IDs()); {
		end := w.family.IDs()[i]
		if wm != vector.MaxTime && w.closing(end)-1 > wm {
			i++
			continue
		}
		if err := w.leave(end, out); err != nil {
			return 0, err
		}
	}
	switch {
	case w.spec.Phase == plan.Local || wm == vector.MaxTime || wm == vector.MinTime:
		return wm, nil
	}
	return wm - 1, nil
}

// leave emits a slice and drops it.
func (w *WindowAggregate) leave(end int64, out exec.Emitter) error {
	t := w.family.Get(end)
	if w.slice == t {
		w.slice, w.values = nil, nil
	}
	emit := w.result
	if w.spec.Phase == plan.Local {
		emit = w.partial
		w.held -= t.Len()
	}
	values := t.Attached.(*agg.Values)
	w.slots = t.Live(w.slots[:0])
	slots := w.slots
	if w.spec.Retracts {
		left := slots[:0]
		for _, s := range slots {
			if values.Rows()[s] > 0 {
				left = append(left, s)
			}
		}
		slots = left
	}
	for len(slots) > 0 {
		n := min(len(slots), w.rows)
		if err := out.Emit(emit(end, t, values, slots[:n])); err != nil {
			return err
		}
		slots = slots[n:]
	}
	w.family.Drop(end)
	return nil
}

// repeated makes a column of one value.
func repeated(v int64, n int) vector.Column {
	out := make([]int64, n)
	for i := range out {
		out[i] = v
	}
	return vector.NewColumn(out, nil)
}

// result makes the output of some keys of a slice.
func (w *WindowAggregate) result(end int64, t *state.Table, values *agg.Values, slots []state.Slot) vector.Batch {
	keys := t.Keys(slots)
	columns := make([]vector.Column, 0, len(w.task.Node.Schema))
	columns = append(columns, keys[:len(w.spec.Keys)]...)
	columns = values.Results(columns, slots)
	for _, p := range w.spec.Properties {
		switch {
		case p == plan.WindowEnd:
			columns = append(columns, repeated(end, len(slots)))
		case p == plan.WindowTime:
			columns = append(columns, repeated(w.zone.ToLastInstant(end-1, 1000), len(slots)))
		case w.spec.Window.Kind == plan.Attached:
			columns = append(columns, keys[len(w.spec.Keys)])
		default:
			columns = append(columns, repeated(end-w.spec.Window.Size, len(slots)))
		}
	}
	b := vector.Batch{Rows: len(slots), Columns: columns, Home: make([]uint64, len(slots))}
	home := t.Home()
	for i, s := range slots {
		b.Home[i] = home[s]
	}
	return b
}

// Flush emits what the local phase holds.
func (w *WindowAggregate) Flush(out exec.Emitter) error {
	if w.spec.Phase != plan.Local {
		return nil
	}
	for len(w.family.IDs()) > 0 {
		if err := w.leave(w.family.IDs()[0], out); err != nil {
			return err
		}
	}
	return nil
}

// Close has nothing to give back.
func (w *WindowAggregate) Close() error { return nil }
