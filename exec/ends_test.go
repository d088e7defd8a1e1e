package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// ledger is a sink that writes down what is asked of it.
type ledger struct {
	mu     sync.Mutex
	log    []string
	rows   []int64
	full   int   // rows after which a writer has enough; 0: never
	failAt int   // rows at which a writer fails; 0: never
	commit error // what Commit says
}

func (l *ledger) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = append(l.log, fmt.Sprintf(format, args...))
}

func (l *ledger) Open(t *Task) (Writer, error) {
	l.note("open")
	return &page{ledger: l, subtask: t.Subtask}, nil
}

func (l *ledger) Commit(_ context.Context, epoch int64, parts []Pending) error {
	l.note("commit %d %d", epoch, len(parts))
	return l.commit
}

func (l *ledger) Discard(run int, after int64) error {
	l.note("discard %d %d", run, after)
	return nil
}

type page struct {
	ledger  *ledger
	subtask int
	rows    int
}

func (p *page) Write(b vector.Batch) error {
	p.ledger.mu.Lock()
	defer p.ledger.mu.Unlock()
	c := b.Columns[0]
	for i := range b.Rows {
		if !c.IsNull(i) {
			p.ledger.rows = append(p.ledger.rows, c.Int64()[i])
		}
	}
	p.rows += b.Rows
	if p.ledger.failAt > 0 && p.rows >= p.ledger.failAt {
		return errors.New("the disk is full")
	}
	if p.ledger.full > 0 && p.rows >= p.ledger.full {
		return ErrEnough
	}
	return nil
}

func (p *page) Prepare(epoch int64) ([]Pending, error) {
	p.ledger.note("prepare %d", epoch)
	return []Pending{Pending(fmt.Sprint(p.subtask))}, nil
}

func (p *page) Close() error {
	p.ledger.note("close")
	return nil
}

// into makes the last node of a graph a sink.
func into(g *plan.Graph, spec *plan.Sink) *plan.Graph {
	g.Nodes[len(g.Nodes)-1].Spec = spec
	return g
}

func (l *ledger) run(t *testing.T, ctx context.Context, g *plan.Graph, feed func(int, int) Feed) (*Report, error) {
	t.Helper()
	c := config(t, feed, nil)
	c.Sink = func(*plan.Graph, *plan.Node, *Config) (Sink, error) { return l, nil }
	return Run(ctx, g, c)
}

func TestSinkCommitsOnceWhenAllHavePrepared(t *testing.T) {
	l := &ledger{}
	_, err := l.run(t, t.Context(), into(line([]int{2, 3}, []plan.EdgeKind{plan.Rebalance}), &plan.Sink{}), numbers(100))
	must(t, err)
	slices.Sort(l.rows)
	if len(l.rows) != 100 || l.rows[0] != 0 || l.rows[99] != 99 {
		t.Errorf("rows %v", l.rows)
	}
	slices.Sort(l.log[:9])
	if got, want := strings.Join(l.log, ", "), "close, close, close, open, open, open, prepare 1, prepare 1, prepare 1, commit 1 3"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSinkDiscardsWhatFails(t *testing.T) {
	broken := errors.New("broken")
	failing := func(i, of int) Feed {
		return &counting{from: int64(i), to: 100, step: int64(of), rows: 7, fail: broken}
	}
	l := &ledger{}
	if _, err := l.run(t, t.Context(), into(line([]int{2, 2}, []plan.EdgeKind{plan.Forward}), &plan.Sink{}), failing); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	l2 := &ledger{failAt: 20}
	if _, err := l2.run(t, t.Context(), into(line([]int{1, 1}, []plan.EdgeKind{plan.Forward}), &plan.Sink{}), numbers(100)); err == nil || err.Error() != "the disk is full" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l3 := &ledger{}
	if _, err := l3.run(t, ctx, into(line([]int{1, 1}, []plan.EdgeKind{plan.Forward}), &plan.Sink{}), numbers(100)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	l4 := &ledger{commit: broken}
	if _, err := l4.run(t, t.Context(), into(line([]int{1, 1}, []plan.EdgeKind{plan.Forward}), &plan.Sink{}), numbers(100)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	for i, x := range []*ledger{l, l2, l3, l4} {
		if last := x.log[len(x.log)-1]; last != "discard -2 0" {
			t.Errorf("%d: the last thing asked for is %s", i, last)
		}
		if i < 3 && strings.Contains(strings.Join(x.log, " "), "commit") {
			t.Errorf("%d: a failed job commits: %v", i, x.log)
		}
		if opened, closed := count(x.log, "open"), count(x.log, "close"); opened != closed {
			t.Errorf("%d: %d writers opened, %d closed", i, opened, closed)
		}
	}
}

func count(log []string, what string) int {
	n := 0
	for _, x := range log {
		if x == what {
			n++
		}
	}
	return n
}

// A sink that wants no more (a pipe whose reader has left) ends the job well.
func TestSinkHasEnough(t *testing.T) {
	l := &ledger{full: 20}
	feed := func(i, of int) Feed { return &counting{from: int64(i), step: int64(of), rows: 10, endless: true} }
	_, err := l.run(t, t.Context(), into(line([]int{2, 1}, []plan.EdgeKind{plan.Rebalance}), &plan.Sink{}), feed)
	must(t, err)
	if last := l.log[len(l.log)-1]; last != "commit 1 1" {
		t.Errorf("got %v", l.log)
	}
}

// holes is a feed of one batch with NULL for every second row.
type holes struct{ given bool }

func (f *holes) Open(*Task) error       { return nil }
func (f *holes) Close() error           { return nil }
func (f *holes) Pass(int64, bool) int64 { return 0 }
func (f *holes) Next(context.Context, int) (Input, error) {
	if f.given {
		return Input{}, io.EOF
	}
	f.given = true
	valid := vector.NewBitmap(6, true)
	for _, i := range []int{1, 3, 5} {
		valid.Clear(i)
	}
	return Input{Batch: vector.Batch{Rows: 6, Columns: []vector.Column{vector.NewColumn([]int64{10, 11, 12, 13, 14, 15}, valid)}}, Watermark: vector.MinTime}, nil
}

func TestNotNull(t *testing.T) {
	feed := func(int, int) Feed { return &holes{} }
	g := func() *plan.Graph { return line([]int{1, 1}, []plan.EdgeKind{plan.Forward}) }
	const text = "column 'n' is NOT NULL, however, a null value is being written into it"
	l := &ledger{}
	var d *diag.Diagnostic
	_, err := l.run(t, t.Context(), into(g(), &plan.Sink{NotNull: []int{0}}), feed)
	if !errors.As(err, &d) || d.Code != "W4010" || d.Message != text || !strings.Contains(d.Hint, "table.exec.sink.not-null-enforcer") {
		t.Errorf("got %v", err)
	}
	l = &ledger{}
	report, err := l.run(t, t.Context(), into(g(), &plan.Sink{NotNull: []int{0}, Drop: true}), feed)
	must(t, err)
	if !slices.Equal(l.rows, []int64{10, 12, 14}) {
		t.Errorf("rows %v", l.rows)
	}
	task := report.Tasks[1][0]
	if in, dropped := task.RowsIn.Load(), task.Dropped.Load(); in != 6 || dropped != 3 {
		t.Errorf("%d rows in, %d dropped", in, dropped)
	}
	collect := g()
	collect.Nodes[1].Spec = &plan.Collect{NotNull: []int{0}}
	if _, err := Run(t.Context(), collect, config(t, feed, nil)); err == nil || err.Error() != text {
		t.Errorf("got %v", err)
	}
}

// A result that wants no more ends the job well, whatever the sources still had.
func TestResultHasEnough(t *testing.T) {
	feed := func(i, of int) Feed { return &counting{from: int64(i), step: int64(of), rows: 10, endless: true} }
	for _, ps := range [][]int{{1, 1}, {3, 3}, {2, 3}} {
		c := config(t, feed, nil)
		calls := 0
		c.Result = func(vector.Batch) error {
			calls++
			if calls < 3 {
				return nil
			}
			return ErrEnough
		}
		if _, err := Run(t.Context(), line(ps, []plan.EdgeKind{plan.Rebalance}), c); err != nil || calls != 3 {
			t.Errorf("%v: %d calls, %v", ps, calls, err)
		}
	}
}
