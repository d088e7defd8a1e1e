package scan_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/exec/scan"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// world is one way to run a scan.
type world struct {
	parallelism int
	batchRows   int
	chunk       int64
	seed        uint64
}

func (w world) String() string {
	return fmt.Sprintf("parallelism %d, batches of %d, chunks of %d bytes, seed %d", w.parallelism, w.batchRows, w.chunk, w.seed)
}

// row is what left a scan.
type row struct {
	text   string // the values, NULL as ∅
	time   vector.Time
	behind vector.Time
	origin vector.Origin
}

// outcome is all that left it, in order of origin.
type outcome struct {
	rows     []row
	err      string
	hint     string
	notes    []string
	skipped  int64
	first    string
	firstBad *exec.BadRow
	// tasks are rows by subtask.
	tasks []int
}

// table is a scan to run.
type table struct {
	columns   []catalog.Column
	options   map[string]string
	read      []int
	computed  []plan.Expr
	watermark plan.Expr
	rowtime   int
	stamp     bool
	batch     bool
	step      int64
	idle      int64
	clock     exec.Clock
}

func (d table) node(w world) (*plan.Graph, *plan.Node) {
	spec := &plan.Scan{Table: &catalog.Table{Identifier: catalog.Default("t"), Columns: d.columns}, Options: d.options, Read: d.read,
		Computed: d.computed, Rowtime: d.rowtime, Watermark: d.watermark, Origin: true, Stamp: d.stamp}
	n := &plan.Node{Name: "scan t", Spec: spec, Parallelism: w.parallelism, Max: 128}
	for _, r := range d.read {
		n.Schema = append(n.Schema, vector.Field{Name: d.columns[r].Name, Type: d.columns[r].Type})
	}
	for i, c := range d.computed {
		n.Schema = append(n.Schema, vector.Field{Name: fmt.Sprint("c", i), Type: c.Type()})
	}
	return &plan.Graph{Nodes: []*plan.Node{n}, Batch: d.batch, Zone: "UTC", WatermarkStep: d.step, IdleTimeout: d.idle}, n
}

func config(w world) *exec.Config {
	return &exec.Config{Seams: exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: rand.New(rand.NewPCG(1, 2))},
		BatchRows: w.batchRows, ChunkBytes: w.chunk, Seed: w.seed}
}

// run drives a scan to its end, a goroutine per subtask.
func (d table) run(t testing.TB, w world) outcome {
	t.Helper()
	g, n := d.node(w)
	c := config(w)
	if d.clock != nil {
		c.Seams.Clock = d.clock
	}
	src, err := filesystem.NewSource(g, n, c)
	if err != nil {
		return outcome{err: err.Error()}
	}
	head, err := scan.NewHead(g, n, src, c)
	if err != nil {
		return outcome{err: err.Error()}
	}
	return drive(t, g, n, c, head.Feeds())
}

// drive runs feeds to their end. It checks that watermarks never fall, and that no row comes behind the watermark of
// its subtask without saying so.
func drive(t testing.TB, g *plan.Graph, n *plan.Node, c *exec.Config, feeds []exec.Feed) outcome {
	t.Helper()
	rowtime := -1
	if spec := n.Spec.(*plan.Scan); spec.Watermark != nil && !g.Batch {
		rowtime = spec.Rowtime
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	out := outcome{tasks: make([]int, len(feeds))}
	var failed error
	var all sync.WaitGroup
	for i, f := range feeds {
		all.Go(func() {
			task := &exec.Task{Node: n, Graph: g, Subtask: i, Config: c, Zone: time.UTC}
			err := f.Open(task)
			last := vector.MinTime
			for err == nil {
				var in exec.Input
				in, err = f.Next(ctx, math.MaxInt)
				if err != nil {
					break
				}
				rows := rowsOf(in.Batch, rowtime)
				mu.Lock()
				if in.Watermark < last {
					t.Errorf("subtask %d: the watermark fell from %d to %d", i, last, in.Watermark)
				}
				for _, r := range rows {
					if rowtime >= 0 && last != vector.MinTime && r.behind == vector.MinTime && r.time <= last+1 {
						t.Errorf("subtask %d: row %v has no Behind, but came when the watermark was %d", i, r, last)
					}
				}
				last = in.Watermark
				if in.Batch.Rows > c.BatchRows {
					t.Errorf("a batch of %d rows", in.Batch.Rows)
				}
				out.rows = append(out.rows, rows...)
				out.tasks[i] += len(rows)
				mu.Unlock()
			}
			err = errors.Join(dropEOF(err), f.Close())
			mu.Lock()
			defer mu.Unlock()
			if err != nil && (failed == nil || errors.Is(failed, context.Canceled)) {
				failed = err
			}
			out.skipped += task.Bad.Load()
			if b := task.FirstBad.Load(); b != nil && b.Before(out.firstBad) {
				out.firstBad, out.first = b, b.Message
			}
		})
	}
	all.Wait()
	if failed != nil {
		out.err = failed.Error()
		if d, ok := errors.AsType[*diag.Diagnostic](failed); ok {
			out.err, out.hint, out.notes = d.Message, d.Hint, d.Notes
		}
	}
	slices.SortStableFunc(out.rows, byOrigin)
	return out
}

// byOrigin orders rows as they stand in the source.
func byOrigin(a, b row) int {
	return cmp.Or(cmp.Compare(a.origin.Split, b.origin.Split), cmp.Compare(a.origin.Row, b.origin.Row))
}

func dropEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// rowsOf takes a batch apart.
func rowsOf(b vector.Batch, rowtime int) []row {
	out := make([]row, b.Rows)
	for i := range out {
		var text []string
		for _, c := range b.Columns {
			text = append(text, value(c, i))
		}
		r := row{text: strings.Join(text, "|"), behind: vector.MinTime, origin: b.Origin[i]}
		if b.Behind != nil {
			r.behind = b.Behind[i]
		}
		if rowtime >= 0 {
			r.time = vector.Time(b.Columns[rowtime].Int64()[i])
		}
		out[i] = r
	}
	return out
}

// value prints one value.
func value(c vector.Column, i int) string {
	if c.IsNull(i) {
		return "∅"
	}
	if _, ok := any(c.Arrow()).(interface{ ValueStr(int) string }); ok && c.IsDict() {
		return string(c.Strings().At(i))
	}
	return c.Arrow().ValueStr(i)
}

// write makes files in a new directory.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func column(name string, t vector.Type) catalog.Column { return catalog.Column{Name: name, Type: t} }

// delay is the watermark ts - ms of output column rowtime.
func delay(rowtime int, ms int64) plan.Expr {
	ts := &plan.Column{Index: rowtime, Name: "ts", T: vector.TimestampType(3)}
	return &plan.Call{Name: "-", T: vector.TimestampType(3), Args: []plan.Expr{ts, &plan.Literal{T: vector.Type{Kind: vector.IntervalSecond}, Value: ms}}}
}

func TestOneFile(t *testing.T) {
	dir := write(t, map[string]string{"a.csv": "1,x,2020-01-01 00:00:01.000\n2,\"y\n,z\",2020-01-01 00:00:02.000\n3,w,2020-01-01 00:00:01.500\n"})
	d := table{
		columns: []catalog.Column{column("id", vector.IntType), column("s", vector.StringType), column("ts", vector.TimestampType(3))},
		options: map[string]string{"path": filepath.Join(dir, "a.csv"), "format": "csv"},
		read:    []int{0, 1, 2}, rowtime: 2, watermark: delay(2, 500),
	}
	out := d.run(t, world{1, 8192, 4 << 20, 0})
	if out.err != "" {
		t.Fatal(out.err)
	}
	const second = vector.Time(1577836800000)
	want := []row{
		{"1|x|1577836801000", second + 1000, vector.MinTime, vector.Origin{Row: 0}},
		{"2|y\n,z|1577836802000", second + 2000, vector.MinTime, vector.Origin{Row: 1}},
		{"3|w|1577836801500", second + 1500, second + 1500, vector.Origin{Row: 2}},
	}
	if !slices.Equal(out.rows, want) {
		t.Errorf("got %v, want %v", out.rows, want)
	}
}
