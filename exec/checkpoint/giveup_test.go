package checkpoint_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/exec"
	"weir/exec/crashfs"
	"weir/exec/op"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// stuck is an operator whose subtask 0 stands still over its first rows, while the others take their time for each batch.
type stuck struct {
	exec.Operator
	task     *exec.Task
	still    time.Duration
	slow     time.Duration
	released bool
}

func (o *stuck) Open(t *exec.Task) error {
	o.task = t
	return o.Operator.Open(t)
}

func (o *stuck) Process(port int, b vector.Batch, out exec.Emitter) error {
	wait := o.slow
	if o.task.Subtask == 0 && !o.released {
		wait, o.released = o.still, true
	}
	time.Sleep(wait)
	return o.Operator.Process(port, b, out)
}

// standing is a job, on a bubble's clock, in which one of two subtasks of the source's stage stands still for a second.
// There is a checkpoint each 30 ms, with 100 ms of time.
func standing(x *shape, files exec.FS, store *memory) *life {
	return &life{dir: dataDir, script: script{x.tables, x.insert, x.settings}, parallelism: 2, batch: 8, chunk: 500, store: store, fs: files,
		interval: 30 * time.Millisecond, timeout: 100 * time.Millisecond,
		operator: func(n *plan.Node) (exec.Operator, error) {
			o, err := op.New(n)
			if _, ok := n.Spec.(*plan.Calc); ok && n.ID == 1 {
				o = &stuck{Operator: o, still: time.Second, slow: 40 * time.Millisecond}
			}
			return o, err
		}}
}

// A checkpoint that a subtask does not come to is given up and counted; the job goes on, later ones succeed, and what was
// prepared for those that were given up is committed with them.
func TestGivenUpCheckpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := crashfs.New(1)
		place(t, files, dataDir)
		store := &memory{}
		var told []exec.Checkpoint
		l := standing(shapeOf("calc"), files, store)
		l.notify = func(c exec.Checkpoint) { told = append(told, c) }
		report, err := l.run(t)
		if err != nil {
			t.Fatal(err)
		}
		var given, taken []int64
		for _, c := range told {
			var d *diag.Diagnostic
			switch {
			case c.Err == nil:
				taken = append(taken, c.Epoch)
			case errors.As(c.Err, &d) && d.Code == "W6121":
				given = append(given, c.Epoch)
			default:
				t.Errorf("checkpoint %d: %v", c.Epoch, c.Err)
			}
		}
		if len(given) < 3 || len(taken) < 3 || given[len(given)-1] > taken[len(taken)-2] {
			t.Fatalf("given up: %v, taken: %v", given, taken)
		}
		if n := report.Checkpoints; n.GivenUp != int64(len(given)) || n.Taken != int64(len(taken)) || n.Failed != 0 {
			t.Errorf("counted %+v; given up: %v, taken: %v", n, given, taken)
		}
		x := shapeOf("calc")
		got, err := x.output(files, dataDir)
		if err != nil {
			t.Fatal(err)
		}
		if d := x.compare(x.undisturbed(t), got); d != "" {
			t.Error(d)
		}
		// The first image behind those that were given up has their parts.
		visible, _, err := listing(files, filepath.Join(dataDir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		var first *exec.Image
		for _, im := range store.images {
			if first == nil && im.Epoch > given[0] {
				first = im
			}
		}
		var pending []string
		for _, o := range first.Operators {
			if o.Sink != nil {
				for _, p := range o.Sink.Pending {
					pending = append(pending, string(p))
				}
			}
		}
		for _, epoch := range given {
			name := fmt.Sprintf("part-0-%d-1", epoch)
			if _, ok := visible[name]; ok && epoch < first.Epoch && !slices.Contains(pending, name) {
				t.Errorf("%s is not among what image %d waits with: %s", name, first.Epoch, strings.Join(pending, " "))
			}
		}
		if _, ok := visible[fmt.Sprintf("part-0-%d-1", given[0])]; !ok {
			t.Errorf("the part of epoch %d is none of the table", given[0])
		}
	})
}

// Where it was said how many checkpoints may fail, those given up count.
func TestGivenUpCheckpointFailsTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := crashfs.New(1)
		place(t, files, dataDir)
		l := standing(shapeOf("calc"), files, &memory{})
		l.strict = true
		_, err := l.run(t)
		var d *diag.Diagnostic
		if !errors.As(err, &d) || d.Code != "W6121" {
			t.Errorf("the error is %v", err)
		}
		visible, hidden, err := listing(files, filepath.Join(dataDir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		// The job may be resumed, from the beginning: its run stays claimed.
		if len(visible) > 0 || !slices.Equal(hidden, []string{".part-0"}) {
			t.Errorf("%d parts are to be seen, hidden are %v", len(visible), hidden)
		}
	})
}

// filtered has a filter in front of an exchange: what stands still there keeps the barrier from coming to the window.
var filtered = &shape{name: "window of some", settings: onePhase, tables: csvEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT)" + toCSV,
	insert: "INSERT INTO o SELECT k, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE MOD(v, 10) < 9 GROUP BY k, window_start, window_end"}

// A job that has given up checkpoints and crashes goes on from the last one that it has.
func TestCrashAroundGivenUpCheckpoints(t *testing.T) {
	for _, x := range []*shape{shapeOf("calc"), filtered} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			want := x.undisturbed(t)
			synctest.Test(t, func(t *testing.T) {
				whole := crashfs.New(1)
				place(t, whole, dataDir)
				report, err := standing(x, whole, &memory{}).run(t)
				if err != nil {
					t.Fatal(err)
				}
				if report.Checkpoints.GivenUp < 3 {
					t.Fatalf("%+v", report.Checkpoints)
				}
				for at := range whole.Ops() {
					files := crashfs.New(uint64(at))
					place(t, files, dataDir)
					files.SyncAll()
					files.CrashAt(files.Ops() + at)
					store := &memory{}
					_, err := standing(x, files, store).run(t)
					if err != nil && !errors.Is(err, crashfs.ErrCrashed) && !strings.Contains(err.Error(), crashfs.ErrCrashed.Error()) {
						t.Fatalf("operation %d: %v", at, err)
					}
					files = files.Crash(crashfs.Modes[at%len(crashfs.Modes)])
					l := standing(x, files, store)
					l.parallelism, l.from = 1+at%3, store.last()
					if _, err := l.run(t); err != nil {
						t.Fatalf("operation %d: %v", at, err)
					}
					got, err := x.output(files, dataDir)
					if err != nil {
						t.Fatalf("operation %d: %v", at, err)
					}
					if d := x.compare(want, got); d != "" {
						t.Fatalf("operation %d: %s", at, d)
					}
				}
			})
		})
	}
}
