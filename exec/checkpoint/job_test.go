package checkpoint_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/connector"
	"weir/exec/connector/datagen"
	"weir/exec/connector/filesystem"
	"weir/exec/op"
	"weir/exec/scan"
	"weir/parser"
	"weir/parser/diag"
	"weir/planner"
	"weir/planner/plan"
	"weir/repl/session"
	"weir/vector"
)

var connectors = connector.Registry{
	"filesystem": {Source: filesystem.NewSource, Sink: filesystem.NewSink},
	"datagen":    {Source: datagen.NewSource},
}

// quiet is a session.Output that fails the test at errors.
type quiet struct{ t testing.TB }

func (q quiet) Schema(*session.Schema) error { return nil }
func (q quiet) Rows(vector.Batch) error      { return nil }
func (q quiet) Done(session.Done) error      { return nil }
func (q quiet) Notice(session.Notice) error  { return nil }
func (q quiet) Fail(_ int, d *diag.Diagnostic) error {
	q.t.Errorf("%s", d)
	return nil
}

// memory is an exec.ImageStore that keeps images as they are.
type memory struct {
	mu     sync.Mutex
	images []*exec.Image
	wrote  func(*exec.Image) error // called for each
}

func (m *memory) Write(_ context.Context, im *exec.Image) (int64, error) {
	m.mu.Lock()
	m.images = append(m.images, im)
	m.mu.Unlock()
	if m.wrote != nil {
		return 0, m.wrote(im)
	}
	return 0, nil
}

func (m *memory) Savepoint(context.Context, *exec.Image, string) (string, int64, error) {
	return "", 0, errors.New("no savepoints here")
}

func (m *memory) Committed(int64) error { return nil }

func (m *memory) last() *exec.Image { return m.images[len(m.images)-1] }

// script is a job: its tables and the INSERT.
type script struct {
	tables, insert string
	settings       map[string]string
}

// life runs a script at a parallelism, as one life of its job, from an image on. It returns how it ended.
type life struct {
	dir         string
	script      script
	parallelism int
	max         int // 0: derived
	batch       int
	chunk       int64
	from        *exec.Image
	rows        int64         // between checkpoints
	interval    time.Duration // likewise
	store       exec.ImageStore
	control     chan exec.Request
	ctx         context.Context
	seed        uint64
	fs          exec.FS
	timeout     time.Duration // of a checkpoint; 0: long
	strict      bool
	begins      bool // with a savepoint, not its own
	id          string
	notify      func(exec.Checkpoint)
	ended       func(*exec.Report)
	operator    func(*plan.Node) (exec.Operator, error) // nil: op.New
}

func (l *life) run(t testing.TB) (*exec.Report, error) {
	t.Helper()
	set := map[string]string{"parallelism.default": fmt.Sprint(l.parallelism)}
	if l.max > 0 {
		set["pipeline.max-parallelism"] = fmt.Sprint(l.max)
	}
	for k, v := range l.script.settings {
		set[k] = v
	}
	text := ""
	for k, v := range set {
		text += fmt.Sprintf("SET '%s' = '%s';\n", k, v)
	}
	fs := l.fs
	if fs == nil {
		fs = exec.OS{}
	}
	seams := exec.Seams{Clock: exec.SystemClock{}, FS: fs, Rand: rand.New(rand.NewPCG(l.seed, 1)), Stdout: os.Stdout, Stderr: os.Stderr}
	s := session.New(session.Config{Seams: seams, Output: quiet{t}, Cores: 2, Connectors: connectors})
	if err := s.Run(t.Context(), &diag.Source{Text: text + strings.ReplaceAll(l.script.tables, "${DIR}", l.dir)}); err != nil {
		t.Fatal(err)
	}
	src := &diag.Source{Text: l.script.insert}
	stmt := parser.Script(src)[0]
	if stmt.Err != nil {
		t.Fatal(stmt.Err)
	}
	env := &planner.Env{Catalog: s.Catalog, Settings: s.Settings, Source: src, Cores: 2, Durable: true}
	if l.from != nil {
		for _, o := range l.from.Operators {
			env.Stored = append(env.Stored, plan.Stored{UID: o.UID, Name: o.Name, Kind: o.Kind, Parallelism: o.Parallelism, Max: o.Max, MaxOrigin: o.MaxOrigin, Stateful: len(o.State) > 0,
				Pending: o.Sink != nil && len(o.Sink.Pending) > 0 && !l.from.Committed})
		}
	}
	g, err := planner.Statement(stmt.Statement, env)
	if err != nil {
		return nil, err
	}
	c := &exec.Checkpointing{Job: exec.JobInfo{ID: "j" + l.id}, Rows: l.rows, Interval: l.interval, Timeout: cmp.Or(l.timeout, time.Minute), Strict: l.strict,
		Store: l.store, Restored: l.from, Resumes: l.from != nil && !l.begins, Control: l.control, Notify: l.notify}
	if l.from != nil {
		m := plan.Match(g, env.Stored)
		if err := m.Refuse("sp/savepoint-1", false); err != nil {
			return nil, err
		}
		c.Match = m.Nodes
	}
	ctx := l.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	operator := l.operator
	if operator == nil {
		operator = op.New
	}
	return exec.Run(ctx, g, &exec.Config{
		Seams: seams, Operator: operator, BatchRows: l.batch, ChunkBytes: l.chunk, Seed: l.seed, Checkpoints: c,
		Head: func(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Head, error) {
			spec := n.Spec.(*plan.Scan)
			src, err := connectors[spec.Options["connector"]].Source(g, n, c)
			if err != nil {
				return nil, err
			}
			return scan.NewHead(g, n, src, c)
		},
		Sink: func(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Sink, error) {
			return connectors[n.Spec.(*plan.Sink).Options["connector"]].Sink(g, n, c)
		},
	})
}

// lines are the lines of all visible files in a directory, sorted; the names of hidden ones come last.
func lines(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var all, hidden []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			hidden = append(hidden, "hidden file "+e.Name())
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	}
	slices.Sort(all)
	return append(all, hidden...)
}

// untilDone runs a job in one life after another, each but the last killed behind one of its first checkpoints. next
// makes the life of a number, from 0, without store, context and what it begins with. One line comes back for each life.
func untilDone(t *testing.T, store *memory, r *rand.Rand, next func(n int) *life) (trace []string) {
	t.Helper()
	for {
		ctx, kill := context.WithCancel(t.Context())
		budget := 1 + r.IntN(4)
		store.wrote = func(im *exec.Image) error {
			if budget--; budget == 0 && !im.Finished {
				kill()
			}
			return nil
		}
		l := next(len(trace))
		l.store, l.ctx = store, ctx
		if len(store.images) > 0 {
			l.from = store.last()
		}
		trace = append(trace, fmt.Sprintf("p=%d batch=%d chunk=%d rows=%d", l.parallelism, l.batch, l.chunk, l.rows))
		report, err := l.run(t)
		if l.ended != nil && report != nil {
			l.ended(report)
		}
		kill()
		switch {
		case err == nil:
			return trace
		case !errors.Is(err, context.Canceled):
			t.Fatalf("%s: %v", strings.Join(trace, "; "), err)
		case len(trace) > 300:
			t.Fatalf("no end: %s", strings.Join(trace, "; "))
		}
	}
}

// events writes files of events, some late, into dir/in.
func events(t testing.TB, dir string, files, rows int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	if err := os.MkdirAll(filepath.Join(dir, "in"), 0o777); err != nil {
		t.Fatal(err)
	}
	for f := range files {
		var b strings.Builder
		at := int64(1_600_000_000_000)
		for i := range rows {
			at += r.Int64N(400)
			ts := at
			if r.IntN(5) == 0 {
				ts -= r.Int64N(30_000)
			}
			name := fmt.Sprintf("k%d", r.IntN(40))
			if r.IntN(20) == 0 {
				name = ""
			}
			fmt.Fprintf(&b, "%s,%d,%s,%d\n", name, f*rows+i, time.UnixMilli(ts).UTC().Format("2006-01-02 15:04:05.000"), r.IntN(1000))
		}
		if err := os.WriteFile(filepath.Join(dir, "in", fmt.Sprintf("e%d.csv", f)), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

const tables = `CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${DIR}/in', 'format' = 'csv');
`

var shapes = []struct {
	name   string
	script script
}{
	{"window", script{tables + `CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, s BIGINT, a INT, m INT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`,
		"INSERT INTO o SELECT k, window_start, COUNT(*), SUM(CAST(v AS BIGINT)), AVG(v), MAX(v) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end", nil}},
	{"distinct window", script{tables + `CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, f BIGINT, l STRING) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`,
		"INSERT INTO o SELECT k, window_start, COUNT(DISTINCT v), FIRST_VALUE(id), LISTAGG(CAST(id AS STRING)) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end", nil}},
	{"filter", script{tables + `CREATE TABLE o (k STRING, id BIGINT, ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`,
		"INSERT INTO o SELECT k, id, ts FROM e WHERE v > 300", nil}},
	{"distinct", script{tables + `CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`,
		"INSERT INTO o SELECT DISTINCT v FROM e", nil}},
	{"two windows", script{tables + `CREATE TABLE o (ws TIMESTAMP(3), c BIGINT, m BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`,
		"INSERT INTO o SELECT window_start, COUNT(*), MAX(c) FROM (SELECT k, window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end) GROUP BY window_start, window_end", nil}},
}

// reference is what a job writes that nobody disturbs.
func reference(t testing.TB, x script, files, rows int, seed uint64) []string {
	t.Helper()
	dir := t.TempDir()
	events(t, dir, files, rows, seed)
	l := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, store: &memory{}}
	if _, err := l.run(t); err != nil {
		t.Fatal(err)
	}
	return lines(t, filepath.Join(dir, "out"))
}

// A job that dies behind a checkpoint and goes on at another parallelism, again and again, writes what one does that
// nobody disturbs.
func TestLivesOfAJob(t *testing.T) {
	for _, x := range shapes {
		t.Run(x.name, func(t *testing.T) {
			want := reference(t, x.script, 3, 400, 1)
			if len(want) < 10 {
				t.Fatalf("only %d rows", len(want))
			}
			for seed := range uint64(12) {
				r := rand.New(rand.NewPCG(seed, 99))
				dir := t.TempDir()
				events(t, dir, 3, 400, 1)
				store := &memory{}
				trace := untilDone(t, store, r, func(n int) *life {
					return &life{dir: dir, script: x.script, parallelism: 1 + r.IntN(5), batch: 1 + r.IntN(100), chunk: 1 + r.Int64N(5000), rows: 1 + r.Int64N(300),
						seed: seed*100 + uint64(n)}
				})
				if got := lines(t, filepath.Join(dir, "out")); !slices.Equal(got, want) {
					t.Fatalf("seed %d: %d lives: %s\n%d lines instead of %d\n%s", seed, len(trace), strings.Join(trace, "; "), len(got), len(want), difference(want, got))
				}
			}
		})
	}
}

func difference(want, got []string) string {
	count := map[string]int{}
	for _, l := range want {
		count[l]--
	}
	for _, l := range got {
		count[l]++
	}
	var all []string
	for l, n := range count {
		if n != 0 {
			all = append(all, fmt.Sprintf("%+d %s", n, l))
		}
	}
	slices.Sort(all)
	return strings.Join(all[:min(len(all), 20)], "\n")
}
