package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// node adds an operator with the given inputs to a graph and puts it into a stage.
func node(g *plan.Graph, spec plan.Spec, parallelism int, inputs ...plan.Edge) *plan.Node {
	n := &plan.Node{ID: len(g.Nodes), Name: fmt.Sprintf("node %d", len(g.Nodes)), Spec: spec, Parallelism: parallelism, Max: 128,
		Schema: []vector.Field{{Name: "n", Type: vector.BigIntType}}, InsertOnly: true, Inputs: inputs}
	g.Nodes = append(g.Nodes, n)
	if len(inputs) == 1 && inputs[0].Chained {
		s := g.Stages[g.Nodes[inputs[0].From].Stage]
		s.Nodes = append(s.Nodes, n.ID)
		n.Stage = s.ID
		return n
	}
	n.Stage = len(g.Stages)
	g.Stages = append(g.Stages, &plan.Stage{ID: n.Stage, Nodes: []int{n.ID}, Parallelism: parallelism, Max: 128})
	return n
}

// Several sources, unions, and operators whose rows go to several others: every road brings every row once.
func TestGraphsOfManyRoads(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for round := range 80 {
		g := &plan.Graph{Zone: "UTC"}
		times := []int{} // by node: how often each number comes out
		for range 1 + r.IntN(3) {
			node(g, &plan.Scan{}, 1+r.IntN(3))
			times = append(times, 1)
		}
		loose := map[int]bool{}
		for i := range times {
			loose[i] = true
		}
		add := func(spec plan.Spec, from []int) {
			p := 1 + r.IntN(4)
			var edges []plan.Edge
			n := 0
			for _, f := range from {
				e := plan.Edge{From: f, Kind: []plan.EdgeKind{plan.Hash, plan.Rebalance}[r.IntN(2)], Keys: []int{0}}
				if g.Nodes[f].Parallelism == p && r.IntN(3) == 0 {
					e.Kind = plan.Forward
				}
				edges = append(edges, e)
				n += times[f]
				delete(loose, f)
			}
			if len(edges) == 1 && edges[0].Kind == plan.Forward && r.IntN(2) == 0 {
				edges[0].Chained = true
			}
			loose[node(g, spec, p, edges...).ID] = true
			times = append(times, n)
		}
		for range r.IntN(5) {
			var from []int
			for range 1 + r.IntN(2) {
				from = append(from, r.IntN(len(times)))
			}
			add(&plan.WindowAggregate{Window: plan.Window{Size: int64(1 + r.IntN(100))}}, from)
		}
		var ends []int
		for id := range loose {
			ends = append(ends, id)
		}
		slices.Sort(ends)
		add(&plan.Collect{}, ends)
		want := times[len(times)-1]
		const total = 500
		c := config(t, numbers(total), nil)
		c.Seed, c.BatchRows = uint64(round%4), []int{1, 7, 100}[r.IntN(3)]
		seen := make([]int, total)
		c.Result = func(b vector.Batch) error {
			for _, v := range b.Columns[0].Int64() {
				seen[v]++
			}
			return nil
		}
		if _, err := Run(t.Context(), g, c); err != nil {
			t.Fatal(err)
		}
		for v, n := range seen {
			if n != want {
				t.Fatalf("round %d: row %d came %d times, not %d", round, v, n, want)
			}
		}
	}
}

// A LIMIT in the middle of a chain ends what is behind it as if input had ended, and stops what is in front.
func TestLimitInTheMiddleEndsWhatFollows(t *testing.T) {
	feed := func(i, of int) Feed { return &counting{from: int64(i), step: int64(of), rows: 10, endless: true} }
	for _, ps := range [][]int{{1, 1, 1, 1}, {2, 1, 1, 1}, {2, 1, 3, 3}, {1, 1, 1, 2}} {
		var behind []*pass
		ops := map[int]func() Operator{
			1: func() Operator { return &pass{t: t, limit: 25} },
			2: func() Operator {
				p := &pass{t: t}
				behind = append(behind, p)
				return p
			},
		}
		kinds := []plan.EdgeKind{plan.Global, plan.Rebalance, plan.Rebalance}
		for i := range kinds {
			if i > 0 && ps[i] == ps[i+1] {
				kinds[i] = plan.Forward
			}
		}
		got, _, err := runLine(t, t.Context(), line(ps, kinds), feed, ops)
		if err != nil || len(got) != 25 {
			t.Errorf("%v: %d rows, %v", ps, len(got), err)
		}
		for _, p := range behind {
			if p.ended != 1 || p.wm != vector.MaxTime || !p.closed {
				t.Errorf("%v: the operator behind saw %d ends, time %d, closed %t", ps, p.ended, p.wm, p.closed)
			}
		}
	}
}

// crash panics at its first row.
type crash struct{ pass }

func (*crash) Process(int, vector.Batch, Emitter) error { panic("broken invariant") }

func TestPanicIsAnInternalError(t *testing.T) {
	_, _, err := runLine(t, t.Context(), line([]int{2, 2}, []plan.EdgeKind{plan.Forward}), numbers(50), nil)
	must(t, err)
	for _, ps := range [][]int{{1, 1, 1}, {1, 2, 1}} {
		_, _, err = runLine(t, t.Context(), line(ps, []plan.EdgeKind{plan.Hash, plan.Global}), numbers(1e6),
			map[int]func() Operator{1: func() Operator { return &crash{pass{t: t}} }})
		var d *diag.Diagnostic
		if !errors.As(err, &d) || d.Code != "W9001" || !strings.Contains(d.Message, "broken invariant") || !strings.Contains(strings.Join(d.Notes, "\n"), "crash") {
			t.Errorf("%v: got %v", ps, err)
		}
	}
}

// hoard keeps all rows in state.
type hoard struct {
	pass
	table *state.Table
	rows  *state.Rows
}

func (o *hoard) Open(t *Task) error {
	o.table = t.State.Table("rows", []vector.Type{vector.BigIntType}, func(x *state.Table) { o.rows = state.NewRows(x) })
	return o.pass.Open(t)
}

func (o *hoard) Process(_ int, b vector.Batch, _ Emitter) error {
	slots := o.table.Slots(nil, vector.Batch{Columns: []vector.Column{vector.NewColumn(make([]int64, b.Rows), nil)}, Rows: b.Rows},
		make([]uint64, b.Rows), make([]uint64, b.Rows))
	o.rows.Add(nil, slots, b)
	return nil
}

func TestMemoryIsLimited(t *testing.T) {
	g := line([]int{1, 2, 1}, []plan.EdgeKind{plan.Hash, plan.Global})
	g.Nodes[1].Name = "the hoard"
	ops := map[int]func() Operator{1: func() Operator { return &hoard{pass: pass{t: t}} }}
	feed := func(i, of int) Feed { return &counting{from: int64(i), step: int64(of), rows: 1000, endless: true} }
	c := config(t, feed, ops)
	c.MemoryLimit = 4 << 20
	_, err := Run(t.Context(), g, c)
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != "W6001" || !strings.Contains(d.Message, "4.0 MiB") || len(d.Notes) == 0 || !strings.HasPrefix(d.Notes[0], "the state of the hoard: ") {
		t.Fatalf("got %v, %+v", err, d)
	}
	c = config(t, numbers(3000), ops)
	c.MemoryLimit = 64 << 20
	if _, err := Run(t.Context(), line([]int{1, 2, 1}, []plan.EdgeKind{plan.Hash, plan.Global}), c); err != nil {
		t.Error(err)
	}
}

// script is a feed that plays inputs at times.
type script struct {
	at    int
	parts []part
}

type part struct {
	after time.Duration
	in    Input
}

func (f *script) Open(*Task) error       { return nil }
func (f *script) Close() error           { return nil }
func (f *script) Pass(int64, bool) int64 { return 0 }
func (f *script) Next(ctx context.Context, _ int) (Input, error) {
	if f.at == len(f.parts) {
		return Input{}, io.EOF
	}
	p := &f.parts[f.at]
	if wait := min(p.after, flushAfter); wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return Input{}, ctx.Err()
		}
		p.after -= wait
		if p.after > 0 {
			return Input{Watermark: vector.MinTime, Idle: f.at > 0 && f.parts[f.at-1].in.Idle}, nil
		}
	}
	f.at++
	return p.in, nil
}

func rowsAt(after time.Duration, wm vector.Time, values ...int64) part {
	return part{after, Input{Batch: vector.Batch{Rows: len(values), Columns: []vector.Column{vector.NewColumn(values, nil)}}, Watermark: wm}}
}

// lazy holds rows until it is flushed.
type lazy struct {
	pass
	held  []vector.Batch
	ticks []int64
}

func (o *lazy) Process(_ int, b vector.Batch, _ Emitter) error {
	o.held = append(o.held, b)
	return nil
}
func (o *lazy) Flush(out Emitter) error {
	for _, b := range o.held {
		if err := out.Emit(b); err != nil {
			return err
		}
	}
	o.held = nil
	return nil
}

// ticking is a lazy operator that works by processing time.
type ticking struct{ lazy }

func (o *ticking) Tick(now vector.Time, _ Emitter) error {
	o.lazy.ticks = append(o.lazy.ticks, int64(now))
	return nil
}

// Rows that wait, in an operator or for a full batch, leave after 100 ms of the clock, whether others come or not.
func TestRowsWaitNoLongerThanTheyMay(t *testing.T) {
	for _, ps := range [][]int{{1, 1, 1}, {1, 2, 1}, {2, 1, 3}} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			kinds := []plan.EdgeKind{plan.Hash, plan.Rebalance}
			if ps[1] == ps[2] {
				kinds[1] = plan.Forward
			}
			feed := func(i, _ int) Feed {
				if i > 0 {
					return &script{parts: []part{{time.Second, Input{Watermark: vector.MinTime}}}}
				}
				return &script{parts: []part{rowsAt(0, vector.MinTime, 1), rowsAt(500*time.Millisecond, vector.MinTime, 2), {500 * time.Millisecond, Input{Watermark: vector.MinTime}}}}
			}
			c := config(t, feed, map[int]func() Operator{1: func() Operator { return &lazy{pass: pass{t: t}} }})
			came := map[int64]time.Duration{}
			c.Result = func(b vector.Batch) error {
				for _, v := range b.Columns[0].Int64() {
					came[v] = time.Since(begin)
				}
				return nil
			}
			_, err := Run(t.Context(), line(ps, kinds), c)
			must(t, err)
			// One wait in each of at most three places: the two exchanges and the operator.
			if first, second := came[1], came[2]; first == 0 || first > 300*time.Millisecond || second < 500*time.Millisecond || second > 800*time.Millisecond {
				t.Errorf("%v: the rows came after %v", ps, came)
			}
		})
	}
}

func TestTickersHearTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, p := range []int{1, 2} {
			var op *ticking
			feed := func(i, _ int) Feed { return &script{parts: []part{{time.Second, Input{Watermark: vector.MinTime}}}} }
			kind := plan.Forward
			if p != 1 {
				kind = plan.Global
			}
			begin := time.Now().UnixMilli()
			c := config(t, feed, map[int]func() Operator{1: func() Operator { op = &ticking{lazy{pass: pass{t: t}}}; return op }})
			_, err := Run(t.Context(), line([]int{p, 1, 1}, []plan.EdgeKind{kind, plan.Forward}), c)
			must(t, err)
			if n := len(op.ticks); n < 9 || n > 11 {
				t.Errorf("%d ticks in a second", n)
			}
			for i, tick := range op.ticks {
				if late := tick - begin - int64(i+1)*100; late < 0 || late > 100 {
					t.Errorf("tick %d came after %d ms", i, tick-begin)
				}
			}
		}
	})
}

// A subtask without work does not hold back time; when it has some again it does.
func TestIdleSubtasksDoNotHoldBackTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := func(i, _ int) Feed {
			if i == 0 {
				return &script{parts: []part{rowsAt(0, 1000, 1), rowsAt(time.Second, 2000, 2), rowsAt(time.Second, 3000, 3), {1500 * time.Millisecond, Input{Watermark: 3000}}}}
			}
			return &script{parts: []part{rowsAt(0, 500, 10), {500 * time.Millisecond, Input{Idle: true, Watermark: vector.MinTime}},
				{time.Second, Input{Idle: true, Watermark: vector.MinTime}}, rowsAt(0, 2500, 20), {1500 * time.Millisecond, Input{Watermark: 2500}}}}
		}
		op := &timekeeper{begin: time.Now()}
		c := config(t, feed, map[int]func() Operator{1: func() Operator { return op }})
		_, err := Run(t.Context(), line([]int{2, 1, 1}, []plan.EdgeKind{plan.Global, plan.Forward}), c)
		must(t, err)
		// 500 until the second is idle (0.5 s), then 1000, 2000 (1 s); then it is back with 2500 (1.5 s), which holds
		// back the first's 3000 (2 s) until it ends (3 s); the first ends last (3.5 s).
		want := []string{"500", "1000", "2000", "2500", "3000", "max"}
		var got []string
		for _, x := range op.log {
			got = append(got, x.what)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", op.log, want)
		}
		for i, limits := range [][2]time.Duration{{0, 400}, {400, 800}, {1000, 1300}, {2000, 2300}, {3000, 3300}, {3500, 3800}} {
			if at := op.log[i].at / time.Millisecond; at < limits[0] || at > limits[1] {
				t.Errorf("%s after %d ms, not %d to %d", got[i], at, limits[0], limits[1])
			}
		}
	})
}

// timekeeper writes down when its watermarks came.
type timekeeper struct {
	pass
	begin time.Time
	log   []struct {
		what string
		at   time.Duration
	}
}

func (o *timekeeper) Open(t *Task) error { o.task = t; return nil }
func (o *timekeeper) Process(_ int, b vector.Batch, out Emitter) error {
	return out.Emit(b)
}
func (o *timekeeper) Advance(wm vector.Time, _ Emitter) (vector.Time, error) {
	what := fmt.Sprint(wm)
	if wm == vector.MaxTime {
		what = "max"
	}
	o.log = append(o.log, struct {
		what string
		at   time.Duration
	}{what, time.Since(o.begin)})
	return wm, nil
}

// slow takes a while for each batch.
type slow struct{ pass }

func (o *slow) Process(port int, b vector.Batch, out Emitter) error {
	time.Sleep(10 * time.Millisecond)
	return o.pass.Process(port, b, out)
}

// Time is counted once: where an operator works, or where it waits for input or for room.
func TestAnalyzeMeasures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := line([]int{1, 1, 2, 2}, []plan.EdgeKind{plan.Forward, plan.Rebalance, plan.Forward})
		feed := func(int, int) Feed {
			f := &script{}
			for range 20 {
				f.parts = append(f.parts, rowsAt(5*time.Millisecond, vector.MinTime, slices.Repeat([]int64{1}, 100)...))
			}
			return f
		}
		op := func() Operator { return &slow{pass{t: t}} }
		c := config(t, feed, map[int]func() Operator{1: op, 2: op})
		c.Analyze = true
		report, err := Run(t.Context(), g, c)
		must(t, err)
		ms := func(node, subtask int) (busy, wait int64) {
			x := report.Tasks[node][subtask]
			return x.Busy.Load() / 1e6, x.Wait.Load() / 1e6
		}
		// The feed's reading counts as its work: 20 times 5 ms; the operator behind it works 20 times 10 ms.
		if busy, wait := ms(0, 0); busy != 100 || wait != 0 {
			t.Errorf("the feed was busy for %d ms and waited %d", busy, wait)
		}
		if busy, wait := ms(1, 0); busy != 200 || wait != 0 {
			t.Errorf("the first operator was busy for %d ms and waited %d", busy, wait)
		}
		// Each of the two behind the exchange works 10 times 10 ms and has to wait for the rest.
		for i := range 2 {
			if busy, wait := ms(2, i); busy != 100 || wait < 195 || wait > 220 {
				t.Errorf("subtask %d was busy for %d ms and waited %d", i, busy, wait)
			}
		}
		c.Analyze = false
		report, err = Run(t.Context(), line([]int{1, 1, 2, 2}, []plan.EdgeKind{plan.Forward, plan.Rebalance, plan.Forward}), c)
		must(t, err)
		if n := report.Tasks[2][0].Busy.Load(); n != 0 {
			t.Errorf("busy for %d ns, says a job that nobody asked", n)
		}
	})
}

// Failing to open ends the job; whoever was opened is closed, whoever was not is not.
func TestOpenFails(t *testing.T) {
	broken := errors.New("no")
	var others []*pass
	ops := map[int]func() Operator{
		1: func() Operator {
			p := &pass{t: t}
			others = append(others, p)
			return p
		},
		2: func() Operator { return &stubborn{pass: pass{t: t}, err: broken} },
	}
	_, _, err := runLine(t, t.Context(), line([]int{2, 2, 2, 2}, []plan.EdgeKind{plan.Forward, plan.Forward, plan.Forward}), numbers(10), ops)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	for _, p := range others {
		if p.closed {
			t.Error("an operator was closed that was not opened")
		}
	}
}

// stubborn does not open.
type stubborn struct {
	pass
	err error
}

func (o *stubborn) Open(*Task) error { return o.err }

// A chained HASH edge moves nothing and computes Home.
func TestChainedHashComputesHome(t *testing.T) {
	seen := 0
	op := &homes{seen: &seen}
	_, err := Run(t.Context(), line([]int{1, 1, 1}, []plan.EdgeKind{plan.Hash, plan.Forward}), config(t, numbers(100), map[int]func() Operator{1: func() Operator { return op }}))
	must(t, err)
	if seen != 100 {
		t.Errorf("%d rows had a home", seen)
	}
}

type homes struct {
	pass
	seen *int
}

func (o *homes) Open(*Task) error                                       { return nil }
func (o *homes) Advance(wm vector.Time, _ Emitter) (vector.Time, error) { return wm, nil }
func (o *homes) Process(_ int, b vector.Batch, out Emitter) error {
	if len(b.Home) == b.Rows && b.Home[0] != b.Home[b.Rows-1] {
		*o.seen += b.Rows
	}
	return out.Emit(b)
}
