package checkpoint_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/exec/op"
	"weir/exec/optest"
	"weir/exec/scan"
	"weir/parser"
	"weir/parser/diag"
	"weir/planner"
	"weir/planner/plan"
	"weir/repl/session"
	"weir/vector"
	"weir/vector/kernel"
)

// The matrix: from each of these parallelisms to each. 5 and 7 divide neither each other nor the number of key groups.
var matrixParallelisms = []int{1, 2, 3, 5, 7, 8, 16}

// matrixFiles files of matrixRows rows are read; each fifth row is late.
const (
	matrixFiles = 3
	matrixRows  = 300
)

// rescaled is a query whose job is moved from one parallelism to another, with what is read for its answer.
type rescaled struct {
	optest.Rescaled
	dir       string
	reference map[string]int // rows of the undisturbed answer, how often
	late      int64
}

// events writes the files of the matrix.
func (x *rescaled) events(t testing.TB) {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 20))
	if err := os.MkdirAll(filepath.Join(x.dir, "in"), 0o777); err != nil {
		t.Fatal(err)
	}
	for f := range matrixFiles {
		var b strings.Builder
		at := int64(1_600_000_000_000)
		for i := range matrixRows {
			at += r.Int64N(400)
			ts := at
			if r.IntN(5) == 0 {
				ts -= 8_000 + r.Int64N(30_000) // the watermark is 5 s behind
			}
			fmt.Fprintf(&b, "k%d,%d,%s,%d\n", r.IntN(40), f*matrixRows+i, time.UnixMilli(ts).UTC().Format("2006-01-02 15:04:05.000"), r.IntN(500))
		}
		if err := os.WriteFile(filepath.Join(x.dir, "in", fmt.Sprintf("e%d.csv", f)), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// stage is one run of a rescaled query, from an image on.
type stage struct {
	parallelism int
	from        *exec.Image
	every       int64         // rows between two checkpoints; 0: none but the first and the last
	pause       time.Duration // of each read, where there are checkpoints
	images      []*exec.Image
	shown       []shown
}

// shown is what became visible with an epoch.
type shown struct {
	epoch int64
	rows  []string
}

// Write keeps an image.
func (s *stage) Write(_ context.Context, im *exec.Image) (int64, error) {
	s.images = append(s.images, im)
	return 0, nil
}

func (s *stage) Savepoint(context.Context, *exec.Image, string) (string, int64, error) {
	return "", 0, errors.New("no savepoints here")
}

func (s *stage) Committed(int64) error { return nil }

// Open makes a writer whose parts are its rows.
func (s *stage) Open(t *exec.Task) (exec.Writer, error) { return &stageWriter{task: t}, nil }

// Commit notes what an epoch shows.
func (s *stage) Commit(_ context.Context, epoch int64, parts []exec.Pending) error {
	for _, p := range parts {
		s.shown = append(s.shown, shown{epoch, strings.Split(string(p), "\n")})
	}
	return nil
}

func (s *stage) Discard(int, int64) error { return nil }

type stageWriter struct {
	task *exec.Task
	rows []string
}

func (w *stageWriter) Write(b vector.Batch) error {
	for i := range b.Rows {
		sign := "-"
		if b.Kind(i).Adds() {
			sign = "+"
		}
		r := []byte(sign)
		for j, c := range b.Columns {
			r = append(r, ' ')
			if !c.IsNull(i) {
				r = kernel.AppendText(r, c, w.task.Node.Schema[j].Type, i, w.task.Zone)
			}
		}
		w.rows = append(w.rows, string(r))
	}
	return nil
}

func (w *stageWriter) Prepare(int64) ([]exec.Pending, error) {
	if len(w.rows) == 0 {
		return nil, nil
	}
	p := exec.Pending(strings.Join(w.rows, "\n"))
	w.rows = nil
	return []exec.Pending{p}, nil
}

func (w *stageWriter) Close() error { return nil }

// unhurried is a file system whose reads take long enough for checkpoints to be taken between them.
type unhurried struct {
	exec.OS
	pause time.Duration
}

func (u unhurried) Open(name string) (exec.File, error) {
	f, err := u.OS.Open(name)
	return unhurriedFile{f, u.pause}, err
}

type unhurriedFile struct {
	exec.File
	pause time.Duration
}

func (f unhurriedFile) ReadAt(b []byte, at int64) (int, error) {
	time.Sleep(f.pause)
	return f.File.ReadAt(b, at)
}

func (f unhurriedFile) Read(b []byte) (int, error) {
	time.Sleep(f.pause)
	return f.File.Read(b)
}

// silent is a session.Output that fails the test at errors.
type silent struct{ t testing.TB }

func (silent) Schema(*session.Schema) error { return nil }
func (silent) Rows(vector.Batch) error      { return nil }
func (silent) Done(session.Done) error      { return nil }
func (silent) Notice(session.Notice) error  { return nil }
func (s silent) Fail(_ int, d *diag.Diagnostic) error {
	s.t.Errorf("%s", d)
	return nil
}

// run runs the query in a stage to its end.
func (x *rescaled) run(t testing.TB, s *stage) *exec.Report {
	t.Helper()
	seams := exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: rand.New(rand.NewPCG(1, 1))}
	if s.every > 0 {
		seams.FS = unhurried{pause: s.pause}
	}
	catalog := session.New(session.Config{Seams: seams, Output: silent{t}, Cores: 2})
	text := fmt.Sprintf("SET 'parallelism.default' = '%d';\n", s.parallelism)
	for _, k := range slices.Sorted(maps.Keys(x.Settings)) {
		text += fmt.Sprintf("SET '%s' = '%s';\n", k, x.Settings[k])
	}
	if err := catalog.Run(t.Context(), &diag.Source{Text: text + strings.ReplaceAll(optest.RescaledTables, "${DIR}", x.dir)}); err != nil {
		t.Fatal(err)
	}
	src := &diag.Source{Text: x.Query}
	parsed := parser.Script(src)[0]
	if parsed.Err != nil {
		t.Fatal(parsed.Err)
	}
	env := &planner.Env{Catalog: catalog.Catalog, Settings: catalog.Settings, Source: src, Cores: 2, Durable: true}
	if s.from != nil {
		for _, o := range s.from.Operators {
			env.Stored = append(env.Stored, plan.Stored{UID: o.UID, Name: o.Name, Kind: o.Kind, Parallelism: o.Parallelism, Max: o.Max,
				MaxOrigin: o.MaxOrigin, Stateful: len(o.State) > 0})
		}
	}
	g, err := planner.Statement(parsed.Statement, env)
	if err != nil {
		t.Fatal(err)
	}
	c := &exec.Checkpointing{Job: exec.JobInfo{ID: "j"}, Rows: s.every, Timeout: time.Minute, Store: s, Restored: s.from, Resumes: s.from != nil}
	if s.from != nil {
		m := plan.Match(g, env.Stored)
		if err := m.Refuse("the image", false); err != nil {
			t.Fatal(err)
		}
		c.Match = m.Nodes
	}
	report, err := exec.Run(t.Context(), g, &exec.Config{
		Seams: seams, Operator: op.New, BatchRows: 8, ChunkBytes: 200, Checkpoints: c,
		Head: func(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Head, error) {
			from, err := filesystem.NewSource(g, n, c)
			if err != nil {
				return nil, err
			}
			return scan.NewHead(g, n, from, c)
		},
		Collect: func(*plan.Graph, *plan.Node, *exec.Config) (exec.Sink, error) { return s, nil },
	})
	if err != nil {
		t.Fatalf("at parallelism %d: %v", s.parallelism, err)
	}
	return report
}

// answer is what rows leave when all that is taken back is gone.
func answer(all ...[]shown) map[string]int {
	left := map[string]int{}
	for _, part := range all {
		for _, s := range part {
			for _, r := range s.rows {
				if left[r[1:]] += 1; r[0] == '-' {
					left[r[1:]] -= 2
				}
			}
		}
	}
	maps.DeleteFunc(left, func(_ string, n int) bool { return n == 0 })
	return left
}

// before is what the stage showed with epochs before one.
func (s *stage) before(epoch int64) []shown {
	return slices.DeleteFunc(slices.Clone(s.shown), func(x shown) bool { return x.epoch >= epoch })
}

func lateOf(r *exec.Report) (n int64) {
	for _, tasks := range r.Tasks {
		for _, t := range tasks {
			n += t.Late.Load()
		}
	}
	return n
}

// check compares an answer, and how many rows were late, with the undisturbed one.
func (x *rescaled) check(t *testing.T, what string, got map[string]int, late int64) {
	t.Helper()
	if x.Count > 0 {
		n := 0
		for r, c := range got {
			if n += c; c > x.reference[r] {
				t.Errorf("%s: %d times %s", what, c, r)
			}
		}
		if n != x.Count {
			t.Errorf("%s: %d rows, expected %d", what, n, x.Count)
		}
		return
	}
	if late != x.late {
		t.Errorf("%s: %d rows were late, expected %d", what, late, x.late)
	}
	if maps.Equal(got, x.reference) {
		return
	}
	var differs []string
	for r, n := range got {
		if n != x.reference[r] {
			differs = append(differs, fmt.Sprintf("%+d %s", n-x.reference[r], r))
		}
	}
	for r, n := range x.reference {
		if _, ok := got[r]; !ok {
			differs = append(differs, fmt.Sprintf("%+d %s", -n, r))
		}
	}
	slices.Sort(differs)
	t.Errorf("%s: %d rows differ:\n%s", what, len(differs), strings.Join(differs[:min(len(differs), 10)], "\n"))
}

// read is how many rows had left the sources.
func read(im *exec.Image) (n int64) {
	for _, o := range im.Operators {
		if o.Position != nil {
			n += o.Position.Rows
		}
	}
	return n
}

// A job that is stopped behind a checkpoint, early, in the middle or late, goes on at any other parallelism as if
// nothing had been.
func TestEveryRescaling(t *testing.T) {
	for _, shape := range optest.Rescalings {
		t.Run(shape.Name, func(t *testing.T) {
			x := &rescaled{Rescaled: shape, dir: t.TempDir()}
			x.events(t)
			whole := &stage{parallelism: 1}
			if x.Count > 0 {
				unlimited := *x
				unlimited.Query, _, _ = strings.Cut(x.Query, " LIMIT")
				unlimited.run(t, whole)
			} else {
				x.late = lateOf(x.run(t, whole))
			}
			x.reference = answer(whole.shown)
			if len(x.reference) < 10 {
				t.Fatalf("an answer of %d rows proves little", len(x.reference))
			}
			r := rand.New(rand.NewPCG(3, 7))
			for _, p := range matrixParallelisms {
				first, stops := x.stoppable(t, p)
				for _, q := range matrixParallelisms {
					if halved && r.IntN(2) == 0 {
						continue
					}
					for i, at := range stops {
						second := &stage{parallelism: q, from: at}
						report := x.run(t, second)
						what := fmt.Sprintf("from parallelism %d to %d, behind checkpoint %d of %d (%s, %d rows read)", p, q, at.Epoch, len(first.images), places[i], read(at))
						x.check(t, what, answer(first.before(at.Epoch), second.shown), lateOf(report))
						if t.Failed() {
							return
						}
					}
				}
			}
		})
	}
}

// places are where a job is stopped.
var places = [3]string{"early", "in the middle", "late"}

// stoppable runs the query undisturbed at a parallelism, as slowly as it takes to have checkpoints in all places, and
// returns those of them.
func (x *rescaled) stoppable(t *testing.T, p int) (*stage, []*exec.Image) {
	t.Helper()
	for pause := 100 * time.Microsecond; pause < 100*time.Millisecond; pause *= 3 {
		s := &stage{parallelism: p, every: 25, pause: pause}
		report := x.run(t, s)
		x.check(t, fmt.Sprintf("undisturbed at parallelism %d", p), answer(s.shown), lateOf(report))
		if stops := positions(s.images); stops != nil {
			return s, stops
		}
	}
	t.Fatalf("at parallelism %d there are not enough checkpoints", p)
	return nil, nil
}

// positions are images of a job that had read about a tenth, half and nine tenths of what it would read; nil: they are
// not three.
func positions(images []*exec.Image) []*exec.Image {
	var at []*exec.Image
	all := read(images[len(images)-1])
	unfinished := slices.DeleteFunc(slices.Clone(images), func(im *exec.Image) bool { return im.Finished || read(im) == 0 })
	if len(unfinished) == 0 {
		return nil
	}
	for _, share := range []int64{1, 5, 9} {
		im := slices.MinFunc(unfinished, func(a, b *exec.Image) int {
			off := func(im *exec.Image) int64 { return max(read(im)-share*all/10, share*all/10-read(im)) }
			return cmp.Compare(off(a), off(b))
		})
		if slices.Contains(at, im) {
			return nil
		}
		at = append(at, im)
	}
	return at
}

// The window behind which LIMIT wants no more has not come to the end of time: nobody may take its state for that of a
// drained job.
func TestClockOfWhatNobodyWants(t *testing.T) {
	x := &rescaled{dir: t.TempDir(), Rescaled: optest.Rescaled{
		Query: "SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end LIMIT 2"}}
	x.events(t)
	s := &stage{parallelism: 2, every: 5, pause: time.Millisecond}
	x.run(t, s)
	for _, im := range s.images {
		for _, o := range im.Operators {
			if o.Clock == vector.MaxTime && o.Kind == "window aggregate" && read(im) < matrixFiles*matrixRows {
				t.Errorf("%d rows were read at checkpoint %d, and the clock of %s is at the end", read(im), im.Epoch, o.Name)
			}
		}
	}
}
