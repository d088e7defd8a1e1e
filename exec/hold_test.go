package exec

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/exec/state"
	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// sessions is a small operator whose answer to a row with Behind depends on more than the row: it counts rows by key in
// sessions, which end when a key is silent for gap, and drops rows that belong to none that is still open.
type sessions struct {
	gap   int64
	clock vector.Time
	open  map[int64][]session
	late  int
	ended []int
}

type session struct{ start, end, count int64 }

func (o *sessions) HoldTime(int) int { return 1 }
func (o *sessions) Open(*Task) error {
	o.clock, o.open = vector.MinTime, map[int64][]session{}
	return nil
}
func (o *sessions) Flush(Emitter) error { return nil }
func (o *sessions) Close() error        { return nil }
func (o *sessions) End(port int, _ Emitter) error {
	o.ended = append(o.ended, port)
	return nil
}

func (o *sessions) Process(_ int, b vector.Batch, _ Emitter) error {
	keys, times := b.Columns[0].Int64(), b.Columns[1].Int64()
	for i, k := range keys {
		one := session{times[i], times[i] + o.gap, 1}
		var apart []session
		for _, s := range o.open[k] {
			if s.start <= one.end && one.start <= s.end {
				one = session{min(s.start, one.start), max(s.end, one.end), one.count + s.count}
			} else {
				apart = append(apart, s)
			}
		}
		if one.count == 1 && vector.Time(one.end-1) <= o.clock {
			o.late++
			continue
		}
		o.open[k] = append(apart, one)
	}
	return nil
}

func (o *sessions) Advance(wm vector.Time, out Emitter) (vector.Time, error) {
	o.clock = wm
	var keys, starts, ends, counts []int64
	for k, open := range o.open {
		o.open[k] = slices.DeleteFunc(open, func(s session) bool {
			if vector.Time(s.end-1) > wm {
				return false
			}
			keys, starts, ends, counts = append(keys, k), append(starts, s.start), append(ends, s.end), append(counts, s.count)
			return true
		})
	}
	if len(keys) > 0 {
		b := vector.Batch{Rows: len(keys)}
		for _, c := range [][]int64{keys, starts, ends, counts} {
			b.Columns = append(b.Columns, vector.NewColumn(c, nil))
		}
		if err := out.Emit(b); err != nil {
			return wm, err
		}
	}
	if wm < vector.MaxTime {
		wm--
	}
	return wm, nil
}

// event is a row of a split, with the split's watermark just before it.
type event struct {
	key, time int64
	before    vector.Time
	origin    vector.Origin
}

func (e event) waits() bool { return e.before != vector.MinTime && e.time <= int64(e.before)+1 }

// randomSplits makes splits of rows that wander through time; a split's watermark is its greatest time less delay.
func randomSplits(r *rand.Rand, delay int64) [][]event {
	splits := make([][]event, 1+r.IntN(4))
	for s := range splits {
		wm, at := vector.MinTime, int64(r.IntN(30))
		for row := range 5 + r.IntN(30) {
			at += int64(r.IntN(8))
			ts := at - int64(r.IntN(2)*r.IntN(25))
			splits[s] = append(splits[s], event{int64(r.IntN(3)), ts, wm, vector.Origin{Split: int32(s), Row: int64(row)}})
			wm = max(wm, vector.Time(ts-delay))
		}
	}
	return splits
}

func batchOf(events []event) vector.Batch {
	n := len(events)
	b := vector.Batch{Rows: n, Behind: make([]vector.Time, n), Origin: make([]vector.Origin, n), Home: make([]uint64, n)}
	keys, times := make([]int64, n), make([]int64, n)
	for i, e := range events {
		keys[i], times[i], b.Origin[i], b.Behind[i] = e.key, e.time, e.origin, vector.MinTime
		if e.waits() {
			b.Behind[i] = e.before
		}
	}
	b.Columns = []vector.Column{vector.NewColumn(keys, nil), vector.NewColumn(times, nil)}
	kernel.HashColumns(b.Home, b.Columns[:1], []vector.Type{vector.BigIntType})
	return b
}

// reference is the answer as if there were one split: rows without Behind are late for nothing; the others come in the
// order of their Behind, when all windows up to it have fired.
func reference(splits [][]event, gap int64) (rows []string, late int) {
	var waiting []event
	o := &sessions{gap: gap}
	_ = o.Open(nil)
	out := EmitFunc(func(b vector.Batch) error { rows = append(rows, lines(b)...); return nil })
	for _, split := range splits {
		for _, e := range split {
			if e.waits() {
				waiting = append(waiting, e)
			} else {
				_ = o.Process(0, batchOf([]event{e}), out)
			}
		}
	}
	slices.SortFunc(waiting, func(a, b event) int {
		switch {
		case a.before != b.before:
			return int(a.before - b.before)
		case a.origin.Less(b.origin):
			return -1
		}
		return 1
	})
	for _, e := range waiting {
		_, _ = o.Advance(e.before, out)
		_ = o.Process(0, batchOf([]event{e}), out)
	}
	_, _ = o.Advance(vector.MaxTime, out)
	slices.Sort(rows)
	return rows, o.late
}

func lines(b vector.Batch) []string {
	var out []string
	for i := range b.Rows {
		s := ""
		for _, c := range b.Columns {
			s += fmt.Sprint(c.Int64()[i], " ")
		}
		out = append(out, s)
	}
	return out
}

func sessionTask(subtask, parallelism int) *Task {
	n := &plan.Node{ID: 1, Name: "session", Spec: &plan.Calc{}, Parallelism: parallelism, Max: 128, Inputs: []plan.Edge{{From: 0, Kind: plan.Hash, Keys: []int{0}}}}
	space := keygroup.Space{Max: 128}
	groups := space.Range(subtask, parallelism)
	return &Task{Node: n, Subtask: subtask, Groups: groups, State: state.NewStore(space, groups)}
}

// Whichever way splits are read side by side, however far watermarks lag: the rows and the number of late ones are those
// of one split.
func TestHeldRowsMakeInterleavingsEqual(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	met := 0
	for range 300 {
		gap, delay := int64(1+r.IntN(6)), int64(r.IntN(4))
		splits := randomSplits(r, delay)
		want, wantLate := reference(splits, gap)
		met += wantLate
		for range 20 {
			op := &sessions{gap: gap}
			var got []string
			d := NewDriver(sessionTask(0, 1), op, EmitFunc(func(b vector.Batch) error { got = append(got, lines(b)...); return nil }))
			must(t, d.Open())
			interleave(r, splits, func(b vector.Batch, wm vector.Time) {
				must(t, d.Process(0, b))
				must(t, d.Advance(wm))
			})
			must(t, d.Finish())
			slices.Sort(got)
			if !slices.Equal(got, want) || op.late != wantLate {
				t.Fatalf("gap %d, splits %v:\n got %q, %d late\nwant %q, %d late", gap, splits, got, op.late, want, wantLate)
			}
			if !slices.Equal(op.ended, []int{0}) {
				t.Fatalf("ports ended: %v", op.ended)
			}
		}
	}
	if met < 300 {
		t.Errorf("only %d late rows were met", met)
	}
}

// interleave reads splits side by side in a random order; step gets some rows and a watermark that no split is behind,
// which may lag.
func interleave(r *rand.Rand, splits [][]event, step func(vector.Batch, vector.Time)) {
	at := make([]int, len(splits))
	left := 0
	for _, s := range splits {
		left += len(s)
	}
	told := vector.MinTime
	for left > 0 {
		var some []event
		for range 1 + r.IntN(6) {
			s := r.IntN(len(splits))
			if at[s] < len(splits[s]) {
				some = append(some, splits[s][at[s]])
				at[s]++
				left--
			}
		}
		lowest := vector.MaxTime
		for s, split := range splits {
			switch {
			case at[s] == 0:
				lowest = vector.MinTime
			case at[s] < len(split):
				lowest = min(lowest, split[at[s]].before)
			}
		}
		if lowest < vector.MaxTime && lowest > told && r.IntN(3) > 0 {
			told = lowest
			if r.IntN(2) == 0 && told > vector.MinTime+10 {
				told -= vector.Time(r.IntN(3))
			}
		}
		step(batchOf(some), told)
	}
}

// Rows go in at once where they wait for nothing: without Behind, more than a millisecond past it, or with one that the
// clock has passed; the others when the clock leaves their Behind, a port's end behind its last one.
func TestWhenHeldRowsGo(t *testing.T) {
	task := sessionTask(0, 1)
	task.Node.Inputs = append(task.Node.Inputs, plan.Edge{From: 0, Port: 1})
	op := &logging{}
	d := NewDriver(task, op, EmitFunc(func(vector.Batch) error { return nil }))
	must(t, d.Open())
	row := func(time int64, behind vector.Time, split int32) vector.Batch {
		return vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewColumn([]int64{int64(split)}, nil), vector.NewColumn([]int64{time}, nil)},
			Behind: []vector.Time{behind}, Origin: []vector.Origin{{Split: split}}}
	}
	must(t, d.Advance(10))
	must(t, d.Process(0, row(50, vector.MinTime, 0)))
	must(t, d.Process(0, row(22, 20, 0))) // two past
	must(t, d.Process(0, row(21, 20, 3))) // one past: waits
	must(t, d.Process(0, row(9, 9, 0)))   // the clock has passed
	must(t, d.Process(1, row(10, 10, 0))) // the clock stands there: waits
	must(t, d.Process(0, row(12, 20, 1)))
	must(t, d.End(1))
	must(t, d.Advance(20))
	must(t, d.Process(0, row(13, 20, 2)))
	must(t, d.Advance(30))
	must(t, d.Process(1, row(30, 30, 0)))
	must(t, d.Finish())
	want := []string{"wm 10", "0: 0 50", "0: 0 22", "0: 0 9", "1: 0 10", "end 1", "wm 20", "0: 1 12\n2 13\n3 21", "wm 30", "1: 0 30", "end 0", "wm max"}
	if !slices.Equal(op.log, want) {
		t.Errorf("got  %q\nwant %q", op.log, want)
	}
	if n := task.State.Snapshot().Tables; len(n[0].Home)+len(n[1].Home) != 0 {
		t.Error("rows are left in state")
	}
}

// logging writes down its calls, and holds rows by column 1.
type logging struct{ log []string }

func (o *logging) HoldTime(int) int    { return 1 }
func (o *logging) Open(*Task) error    { return nil }
func (o *logging) Flush(Emitter) error { return nil }
func (o *logging) Close() error        { return nil }
func (o *logging) Process(port int, b vector.Batch, _ Emitter) error {
	s := fmt.Sprintf("%d: ", port)
	for i := range b.Rows {
		if i > 0 {
			s += "\n"
		}
		s += fmt.Sprint(b.Columns[0].Int64()[i], b.Columns[1].Int64()[i])
	}
	o.log = append(o.log, s)
	return nil
}
func (o *logging) End(port int, _ Emitter) error {
	o.log = append(o.log, fmt.Sprintf("end %d", port))
	return nil
}
func (o *logging) Advance(wm vector.Time, _ Emitter) (vector.Time, error) {
	if wm == vector.MaxTime {
		o.log = append(o.log, "wm max")
	} else {
		o.log = append(o.log, fmt.Sprintf("wm %d", wm))
	}
	return wm, nil
}

// Held rows are state: they move to other subtasks by key group, and come out in the same order.
func TestHeldRowsMove(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 50 {
		splits := randomSplits(r, 1)
		var all []event
		for _, s := range splits {
			all = append(all, s...)
		}
		b := batchOf(all)
		play := func(move bool) []string {
			var got []string
			parts, parallelism := []*state.Snapshot(nil), 1
			first := sessionTask(0, 1)
			op := &logging{}
			d := NewDriver(first, op, EmitFunc(nil))
			must(t, d.Open())
			must(t, d.Process(0, b))
			if !move {
				must(t, d.Finish())
				got = append(got, op.log...)
			} else {
				got = append(got, op.log...)
				parts, parallelism = append(parts, first.State.Snapshot()), 3
				for i := range parallelism {
					task := sessionTask(i, parallelism)
					state.Restore(task.State, parts)
					op := &logging{}
					d := NewDriver(task, op, EmitFunc(nil))
					must(t, d.Open())
					must(t, d.Finish())
					got = append(got, op.log...)
				}
			}
			var rows []string
			for _, line := range got {
				if line[:2] == "0:" {
					rows = append(rows, strings.Split(line[3:], "\n")...)
				}
			}
			slices.Sort(rows)
			return rows
		}
		if got, want := play(true), play(false); !slices.Equal(got, want) {
			t.Fatalf("got %q\nwant %q", got, want)
		} else if len(want) != len(all) {
			t.Fatalf("%d rows of %d", len(want), len(all))
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
