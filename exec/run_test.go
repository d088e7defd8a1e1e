package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"weir/planner/plan"
	"weir/vector"
)

// plainHead is a head without a position.
type plainHead []Feed

func (h plainHead) Feeds() []Feed                            { return h }
func (h plainHead) Restore(context.Context, *Position) error { return nil }
func (h plainHead) Position(int64) *Position                 { return &Position{} }

// counting is a feed of the numbers from, from+step, … below to, rows of them in a batch, with watermarks behind them.
type counting struct {
	from, to, step, rows int64
	fail                 error // instead of the end
	endless              bool
}

func (f *counting) Open(*Task) error       { return nil }
func (f *counting) Close() error           { return nil }
func (f *counting) Pass(int64, bool) int64 { return 0 }
func (f *counting) Next(ctx context.Context, _ int) (Input, error) {
	if f.from >= f.to && !f.endless {
		if f.fail != nil {
			return Input{}, f.fail
		}
		return Input{}, io.EOF
	}
	var values []int64
	for int64(len(values)) < f.rows && (f.from < f.to || f.endless) {
		values = append(values, f.from)
		f.from += f.step
	}
	b := vector.Batch{Columns: []vector.Column{vector.NewColumn(values, nil)}, Rows: len(values)}
	return Input{Batch: b, Watermark: vector.Time(values[len(values)-1])}, nil
}

// pass is an operator that changes nothing and checks its contract.
type pass struct {
	t      *testing.T
	wm     vector.Time
	limit  int64 // of rows; 0: none
	seen   int64
	closed bool
	task   *Task
	ended  int
}

func (o *pass) Open(t *Task) error { o.task, o.wm = t, vector.MinTime; return nil }
func (o *pass) Process(_ int, b vector.Batch, out Emitter) error {
	if o.task.Node.Inputs[0].Kind == plan.Hash {
		for _, h := range b.Home {
			if g := o.task.Node.Space().Of(h); !o.task.Groups.Contains(g) {
				o.t.Errorf("subtask %d got a row of key group %d", o.task.Subtask, g)
			}
		}
	}
	for _, v := range b.Columns[0].Int64() {
		if vector.Time(v) <= o.wm {
			o.t.Errorf("row %d came behind watermark %d", v, o.wm)
		}
	}
	if o.limit > 0 {
		b = b.Slice(0, int(min(int64(b.Rows), o.limit-o.seen)))
	}
	o.seen += int64(b.Rows)
	if err := out.Emit(b); err != nil {
		return err
	}
	if o.limit > 0 && o.seen >= o.limit {
		return ErrEnough
	}
	return nil
}
func (o *pass) Advance(wm vector.Time, _ Emitter) (vector.Time, error) {
	if wm <= o.wm {
		o.t.Errorf("watermark %d after %d", wm, o.wm)
	}
	o.wm = wm
	return wm, nil
}
func (o *pass) End(int, Emitter) error { o.ended++; return nil }
func (o *pass) Flush(Emitter) error    { return nil }
func (o *pass) Close() error {
	if o.closed {
		o.t.Error("closed twice")
	}
	o.closed = true
	return nil
}

// line is a graph of nodes one behind the other with the given parallelism and edges; the first is a source, the last
// collects.
func line(parallelism []int, kinds []plan.EdgeKind) *plan.Graph {
	g := &plan.Graph{Zone: "UTC"}
	schema := []vector.Field{{Name: "n", Type: vector.BigIntType}}
	for i, p := range parallelism {
		n := &plan.Node{ID: i, Name: "pass", Spec: &plan.Calc{}, Parallelism: p, Max: 128, Schema: schema, InsertOnly: true}
		switch i {
		case 0:
			n.Spec = &plan.Scan{}
		case len(parallelism) - 1:
			n.Spec = &plan.Collect{}
		}
		if i > 0 {
			e := plan.Edge{From: i - 1, Kind: kinds[i-1]}
			if e.Kind == plan.Hash {
				e.Keys = []int{0}
			}
			e.Chained = parallelism[i-1] == p && (e.Kind == plan.Forward || p == 1)
			n.Inputs = []plan.Edge{e}
			if e.Chained {
				s := g.Stages[len(g.Stages)-1]
				s.Nodes = append(s.Nodes, i)
				n.Stage = s.ID
				g.Nodes = append(g.Nodes, n)
				continue
			}
		}
		n.Stage = len(g.Stages)
		g.Stages = append(g.Stages, &plan.Stage{ID: n.Stage, Nodes: []int{i}, Parallelism: p, Max: 128})
		g.Nodes = append(g.Nodes, n)
	}
	return g
}

// config is what a test's job runs with: feeds of the sources, and operators by node, pass where there is none.
func config(t *testing.T, feed func(subtask, of int) Feed, ops map[int]func() Operator) *Config {
	return &Config{
		Seams: Seams{Clock: SystemClock{}},
		Head: func(_ *plan.Graph, n *plan.Node, _ *Config) (Head, error) {
			var feeds []Feed
			for i := range n.Parallelism {
				feeds = append(feeds, feed(i, n.Parallelism))
			}
			return plainHead(feeds), nil
		},
		Operator: func(n *plan.Node) (Operator, error) {
			if f := ops[n.ID]; f != nil {
				return f(), nil
			}
			return &pass{t: t}, nil
		},
		Result:    func(vector.Batch) error { return nil },
		BatchRows: 100,
	}
}

// runLine runs a job, returns what it collects, and looks for goroutines that it left behind.
func runLine(t *testing.T, ctx context.Context, g *plan.Graph, feed func(subtask, of int) Feed, ops map[int]func() Operator) ([]int64, *Report, error) {
	t.Helper()
	before := runtime.NumGoroutine()
	var got []int64
	c := config(t, feed, ops)
	c.Seed = uint64(len(g.Nodes)) % 3
	c.Result = func(b vector.Batch) error {
		got = append(got, b.Columns[0].Int64()...)
		return nil
	}
	report, err := Run(ctx, g, c)
	for range 100 {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines are left", n-before)
	}
	return got, report, err
}

func numbers(total int64) func(int, int) Feed {
	return func(i, of int) Feed {
		return &counting{from: int64(i), to: total, step: int64(of), rows: 37}
	}
}

// Whatever the parallelism and the edges, every row arrives once.
func TestEveryRowArrivesOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		var ps []int
		var kinds []plan.EdgeKind
		for i := range 2 + r.IntN(4) {
			ps = append(ps, 1+r.IntN(4))
			if i == 0 {
				continue
			}
			switch {
			case ps[i] == ps[i-1] && r.IntN(2) == 0:
				kinds = append(kinds, plan.Forward)
			case ps[i] == 1 && r.IntN(2) == 0:
				kinds = append(kinds, plan.Global)
			default:
				kinds = append(kinds, []plan.EdgeKind{plan.Hash, plan.Rebalance}[r.IntN(2)])
			}
		}
		const total = 3000
		got, report, err := runLine(t, context.Background(), line(ps, kinds), numbers(total), nil)
		if err != nil {
			t.Fatalf("%v %v: %v", ps, kinds, err)
		}
		slices.Sort(got)
		for i := range got {
			if got[i] != int64(i) {
				t.Fatalf("%v %v: row %d is %d", ps, kinds, i, got[i])
			}
		}
		if len(got) != total {
			t.Fatalf("%v %v: %d rows", ps, kinds, len(got))
		}
		for id := 1; id < len(ps); id++ {
			var in int64
			for _, task := range report.Tasks[id] {
				in += task.RowsIn.Load()
			}
			if in != total {
				t.Errorf("%v %v: node %d counts %d rows", ps, kinds, id, in)
			}
		}
	}
}

func TestLimitEndsAnEndlessJob(t *testing.T) {
	for _, ps := range [][]int{{1, 1, 1}, {3, 1, 1}, {2, 1, 2}} {
		kinds := []plan.EdgeKind{plan.Global, plan.Forward}
		if ps[2] != 1 {
			kinds[1] = plan.Rebalance
		}
		feed := func(i, of int) Feed { return &counting{from: int64(i), step: int64(of), rows: 10, endless: true} }
		got, _, err := runLine(t, context.Background(), line(ps, kinds), feed, map[int]func() Operator{1: func() Operator { return &pass{t: t, limit: 25} }})
		if err != nil || len(got) != 25 {
			t.Errorf("%v: %d rows, %v", ps, len(got), err)
		}
	}
}

func TestTheFirstErrorIsTheJobs(t *testing.T) {
	broken := errors.New("broken")
	for _, ps := range [][]int{{1, 1}, {3, 2}, {1, 4}} {
		feed := func(i, of int) Feed {
			f := &counting{from: int64(i), to: 1000, step: int64(of), rows: 10}
			if i == of-1 {
				f.fail = broken
			} else {
				f.endless = true
			}
			return f
		}
		_, _, err := runLine(t, context.Background(), line(ps, []plan.EdgeKind{plan.Hash}), feed, nil)
		if !errors.Is(err, broken) {
			t.Errorf("%v: %v", ps, err)
		}
	}
}

// A source's subtask that can't go on since another one has left, as nobody wants more, has not failed.
func TestASubtaskThatIsLeftAloneIsNoError(t *testing.T) {
	feed := func(i, of int) Feed {
		if i == 1 {
			return &counting{fail: fmt.Errorf("another one has left: %w", context.Canceled)}
		}
		return &counting{rows: 1, step: 1, endless: true}
	}
	got, _, err := runLine(t, context.Background(), line([]int{2, 1, 1}, []plan.EdgeKind{plan.Global, plan.Forward}), feed,
		map[int]func() Operator{1: func() Operator { return &pass{t: t, limit: 25} }})
	if err != nil || len(got) != 25 {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

func TestCancelEndsTheJob(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		time.Sleep(20 * time.Millisecond)
		cancel()
	}()
	feed := func(i, of int) Feed { return &counting{from: int64(i), step: int64(of), rows: 10, endless: true} }
	_, _, err := runLine(t, ctx, line([]int{2, 3, 1}, []plan.EdgeKind{plan.Hash, plan.Global}), feed, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
