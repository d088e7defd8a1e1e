package op

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/optest"
	"weir/exec/state"
	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// wide has a column of each kind that aggregates work on.
var wide = []vector.Field{
	column("k", vector.IntType), column("s", vector.StringType), column("ti", vector.TinyIntType), column("bi", vector.BigIntType),
	column("f", vector.FloatType), column("d", vector.DoubleType), column("dm", vector.DecimalType(38, 2)), column("b", vector.BooleanType), column("ts", rowtime),
}

// every aggregate that has partial results, over every type it takes.
func everyPartial(t *testing.T) []plan.Aggregate {
	aggs := []plan.Aggregate{call("COUNT", count, wide)}
	for i, f := range wide[:len(wide)-1] {
		for _, name := range []string{"COUNT", "SUM", "AVG", "MIN", "MAX"} {
			sig, _ := catalog.LookupAggregate(name)
			result, _, err := sig.Infer([]catalog.Arg{{Type: f.Type}})
			if err != nil {
				continue
			}
			a := call(name, result, wide, i)
			a.Name = fmt.Sprint(name, " ", f.Name)
			if i%2 == 1 {
				a.Filter = 7
			}
			aggs = append(aggs, a)
		}
	}
	if len(aggs) < 30 {
		t.Fatalf("only %d aggregates are tested", len(aggs))
	}
	return aggs
}

func wideRows(r *rand.Rand, n int) []string {
	rows := make([]string, n)
	for i := range rows {
		null := func(s string) string {
			if r.IntN(5) == 0 {
				return "NULL"
			}
			return s
		}
		rows[i] = fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s|%d", null(fmt.Sprint(r.IntN(4))), null(fmt.Sprint("s", r.IntN(9))), null(fmt.Sprint(r.IntN(256)-128)),
			null(fmt.Sprint(r.Int64()-1<<62)), null(fmt.Sprintf("%g", float64(r.IntN(64))/4)), null(fmt.Sprintf("%g", float64(r.IntN(64))/8)),
			null(fmt.Sprintf("%d.%02d", r.Int64N(1e16), r.IntN(100))), null([]string{"true", "false"}[r.IntN(2)]), r.IntN(50000)-10000)
	}
	return rows
}

// bench drives one subtask of an operator by hand.
type bench struct {
	t    testing.TB
	node *plan.Node
	task *exec.Task
	op   exec.Operator
	out  []vector.Batch
}

func newBench(t testing.TB, spec plan.Spec, in, out []vector.Field, keys []int) *bench {
	return newSubtask(t, spec, in, out, keys, keygroup.Space{Max: 128}.Range(0, 1))
}

// newSubtask makes the subtask that owns groups, with what parts have of them.
func newSubtask(t testing.TB, spec plan.Spec, in, out []vector.Field, keys []int, groups keygroup.Range, parts ...*state.Snapshot) *bench {
	n := &plan.Node{ID: 1, Name: "operator", Spec: spec, Parallelism: 1, Max: 128, Schema: out, Inputs: []plan.Edge{{Kind: plan.Hash, Keys: keys}}}
	b := &bench{t: t, node: n}
	b.task = &exec.Task{Node: n, Graph: &plan.Graph{Nodes: []*plan.Node{{Schema: in}, n}, Zone: "UTC"}, Groups: groups, Zone: time.UTC,
		State: state.NewStore(n.Space(), groups), Config: &exec.Config{BatchRows: 8192, Seams: exec.Seams{Clock: exec.SystemClock{}}}}
	state.Restore(b.task.State, parts)
	op, err := New(n)
	if err != nil {
		t.Fatal(err)
	}
	b.op = op
	if err := op.Open(b.task); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) Emit(x vector.Batch) error {
	b.out = append(b.out, x)
	return nil
}

func (b *bench) process(x vector.Batch) {
	b.t.Helper()
	if err := b.op.Process(0, x, b); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) advance(wm vector.Time) vector.Time {
	b.t.Helper()
	to, err := b.op.Advance(wm, b)
	if err != nil {
		b.t.Fatal(err)
	}
	return to
}

// hashed puts Home of columns on a batch.
func hashed(b vector.Batch, schema []vector.Field, keys []int) vector.Batch {
	var cols []vector.Column
	var types []vector.Type
	for _, k := range keys {
		cols, types = append(cols, b.Columns[k]), append(types, schema[k].Type)
	}
	b.Home = make([]uint64, b.Rows)
	kernel.HashColumns(b.Home, cols, types)
	return b
}

func texts(schema []vector.Field, batches []vector.Batch) []string {
	var out []string
	for _, b := range batches {
		out = append(out, optest.Text(schema, b)...)
	}
	slices.Sort(out)
	return out
}

// Two phases, whether the local one gathers or lets pass, give what one phase gives, for every aggregate and type.
func TestTwoPhasesAreOne(t *testing.T) {
	for _, kind := range []plan.WindowKind{plan.Tumble, plan.Attached} {
		for _, pass := range []bool{false, true} {
			for seed := range uint64(5) {
				twoPhases(t, kind, pass, seed)
			}
		}
	}
}

func twoPhases(t *testing.T, kind plan.WindowKind, pass bool, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 9))
	aggs := everyPartial(t)
	keys := []int{1, 0}
	schema := wide
	window := plan.Window{Time: 8, Size: 10000, Offset: -3000}
	if kind == plan.Attached {
		schema = append(slices.Clone(wide), column("window_start", wall), column("window_end", wall))
		window = plan.Window{Kind: plan.Attached, Start: 9, End: 10}
	}
	var out []vector.Field
	for _, k := range keys {
		out = append(out, wide[k])
	}
	between := slices.Clone(out)
	for _, a := range aggs {
		out = append(out, column(a.Name, a.Result))
	}
	properties := []plan.WindowProperty{plan.WindowStart, plan.WindowEnd, plan.WindowTime}
	out = append(out, column("window_start", wall), column("window_end", wall), column("window_time", wall))

	merged := make([]plan.Aggregate, len(aggs))
	for i, a := range aggs {
		sig, _ := catalog.LookupAggregate(a.Func)
		merged[i] = a
		merged[i].Args, merged[i].Filter = nil, -1
		for _, p := range sig.Partial(a.Types, a.Result) {
			merged[i].Args = append(merged[i].Args, len(between))
			between = append(between, column("partial", p))
		}
	}
	final := plan.Window{Size: window.Size, Offset: window.Offset, Kind: kind, End: len(between)}
	between = append(between, column("end", wall))
	if kind == plan.Attached {
		final.Start = len(between)
		between = append(between, column("start", wall))
	}

	single := newBench(t, &plan.WindowAggregate{Window: window, Keys: keys, Aggregates: aggs, Properties: properties}, schema, out, keys)
	var locals []*bench
	for range 2 {
		locals = append(locals, newBench(t, &plan.WindowAggregate{Phase: plan.Local, Window: window, Keys: keys, Aggregates: aggs}, schema, between, nil))
	}
	last := newBench(t, &plan.WindowAggregate{Phase: plan.Final, Window: final, Keys: []int{0, 1}, Aggregates: merged, Properties: properties}, between, out, []int{0, 1})
	hand := func() {
		for _, l := range locals {
			for _, b := range l.out {
				last.process(hashed(b, between, []int{0, 1}))
			}
			l.out = nil
		}
	}
	for step := range 20 {
		rows := wideRows(r, 40)
		if kind == plan.Attached {
			for i, row := range rows {
				start := (r.IntN(4) - 1) * 5000
				rows[i] = fmt.Sprintf("%s|%d|%d", row, start, start+5000*(1+r.IntN(2)))
			}
		}
		text := ""
		for _, row := range rows {
			text += row + "\n"
		}
		b := optest.Batch(schema, text)
		single.process(hashed(b, schema, keys))
		l := locals[step%2]
		if pass {
			l.op.(*WindowAggregate).ratio.pass = b.Rows
		}
		l.process(b.Slice(0, b.Rows/2))
		if step%5 == 0 {
			if err := l.op.Flush(l); err != nil {
				t.Fatal(err)
			}
		}
		l.process(b.Slice(b.Rows/2, b.Rows))
		hand()
	}
	for _, wm := range []vector.Time{6999, 17000, vector.MaxTime} {
		single.advance(wm)
		for _, l := range locals {
			if to := l.advance(wm); to != wm {
				t.Errorf("the local phase reaches %d, not %d", to, wm)
			}
		}
		hand()
		last.advance(wm)
		got, want := texts(out, last.out), texts(out, single.out)
		if !slices.Equal(got, want) {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("at %d, passing %v:\n got %s\nwant %s", wm, pass, got[i], want[i])
				}
			}
			t.Fatalf("at %d: %d rows, want %d", wm, len(got), len(want))
		}
	}
	if len(single.out) == 0 {
		t.Fatal("nothing came out")
	}
}

func TestLocalPhaseHoldsLittle(t *testing.T) {
	spec := &plan.WindowAggregate{Phase: plan.Local, Window: plan.Window{Time: 3, Size: 10000}, Keys: []int{0}, Aggregates: []plan.Aggregate{call("COUNT", count, bids)}}
	between := []vector.Field{bids[0], column("n", count), column("end", wall)}
	make := func(distinct, n int) vector.Batch {
		keys, times := make([]int64, n), make([]int64, n)
		for i := range keys {
			keys[i] = int64(i % distinct)
		}
		c := vector.NewColumn(keys, nil)
		return vector.Batch{Rows: n, Columns: []vector.Column{c, c, vector.Nulls(vector.StringType, n), vector.NewColumn(times, nil)}}
	}
	few := newBench(t, spec, bids, between, nil)
	for range 10 {
		few.process(make(100, 8192))
	}
	if len(few.out) != 0 {
		t.Error("rows that reduce left at once")
	}
	many := newBench(t, spec, bids, between, nil)
	for range 3 {
		many.process(make(8192, 8192))
		many.op.Flush(many)
	}
	many.out = nil
	many.process(make(8192, 8192))
	if len(many.out) != 1 || many.out[0].Rows != 8192 {
		t.Error("rows that do not reduce were held")
	}
	full := newBench(t, spec, bids, between, nil)
	full.process(make(heldKeys+1, heldKeys+1))
	if full.op.(*WindowAggregate).held != 0 || len(full.out) == 0 {
		t.Errorf("%d keys are held", full.op.(*WindowAggregate).held)
	}
	if full.task.State.Bytes() != 0 {
		t.Error("the local phase has state")
	}
}
