package checkpoint_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/checkpoint"
	"weir/exec/connector"
	"weir/exec/connector/datagen"
	"weir/exec/connector/filesystem"
	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
)

var (
	trials    = flag.Int("trials", 200, "`number` of trials of each kind")
	firstSeed = flag.Uint64("seed", 1, "`seed` of the first trial of each kind; the others follow")
)

const (
	dataDir     = "data"
	checkpoints = "checkpoints" // beside the data
	scriptName  = "job.sql"
)

// setup is how one life of a job is run.
type setup struct {
	parallelism int
	batch       int
	chunk       int64
	rows        int64 // between two checkpoints; 0: none by rows
	interval    string
	retained    int
	tolerable   string
	timeout     string
	seed        uint64
	background  bool
	script      string // its name: another one is another job
	from        string // what it begins with where there is nothing to resume
}

func (s *setup) String() string {
	return fmt.Sprintf("p=%d batch=%d chunk=%d rows=%d interval=%q retained=%d seed=%d", s.parallelism, s.batch, s.chunk, s.rows, s.interval, s.retained, s.seed)
}

// draw draws a setup: another one each time, as with another machine or another hand at the settings.
func draw(r *rand.Rand) *setup {
	s := &setup{parallelism: 1 + r.IntN(4), batch: 1 + r.IntN(40), chunk: 200 + r.Int64N(4000), retained: 1 + r.IntN(2), seed: r.Uint64N(1 << 31)}
	if s.rows = 15 + r.Int64N(120); r.IntN(6) == 0 {
		s.rows, s.interval = 0, fmt.Sprintf("%d ms", 5+r.IntN(80)) // a hundredth of it, on the tests' clock
	}
	return s
}

// told is a session.Output that keeps what failed.
type told struct {
	mu     sync.Mutex
	failed []error
}

func (o *told) Schema(*session.Schema) error { return nil }
func (o *told) Rows(vector.Batch) error      { return nil }
func (o *told) Done(session.Done) error      { return nil }
func (o *told) Notice(session.Notice) error  { return nil }
func (o *told) Fail(_ int, d *diag.Diagnostic) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed = append(o.failed, d)
	return nil
}

// hasty is the system's clock, on which waiting takes a hundredth of the time.
type hasty struct{ exec.SystemClock }

func (hasty) After(_ context.Context, d time.Duration) <-chan time.Time { return time.After(d / 100) }

var connectorsOfCrashes = connector.Registry{
	"filesystem": {Source: filesystem.NewSource, Sink: filesystem.NewSink},
	"datagen":    {Source: datagen.NewSource},
	"print":      {Sink: newLedger},
}

// live runs the shape's script as weir --resume does, in one life: to its end, or until it fails. The error joins all
// that the session told.
func (x *shape) live(ctx context.Context, files exec.FS, dir string, s *setup) error {
	return liveScript(ctx, files, dir, x.settings, x.tables+x.insert+";\n", s)
}

func liveScript(ctx context.Context, files exec.FS, dir string, settings map[string]string, script string, s *setup) error {
	out := &told{}
	clock := exec.Clock(hasty{})
	if _, real := files.(exec.OS); real {
		clock = exec.SystemClock{}
	}
	seams := exec.Seams{Clock: clock, FS: files, Rand: rand.New(rand.NewPCG(s.seed, 11)), Stdin: bytes.NewReader(nil), Stdout: io.Discard, Stderr: io.Discard}
	run := session.New(session.Config{Seams: seams, Connectors: connectorsOfCrashes, Cores: 4, RAM: 1 << 30, Output: out, Resume: s.rows > 0 || s.interval != "",
		Checkpoints: filepath.Join(dir, checkpoints)})
	set := map[string]string{
		"parallelism.default": fmt.Sprint(s.parallelism),
		"weir.batch.rows":     fmt.Sprint(s.batch),
		"weir.chunk.bytes":    fmt.Sprint(s.chunk),
		"weir.seed":           fmt.Sprint(s.seed),
		"table.dml-sync":      fmt.Sprint(!s.background),
	}
	given := func(key, value string, is bool) {
		if is {
			set[key] = value
		}
	}
	given("weir.checkpoint.rows", fmt.Sprint(s.rows), s.rows > 0)
	given("execution.checkpointing.interval", s.interval, s.interval != "")
	given("execution.checkpointing.num-retained", fmt.Sprint(s.retained), s.retained > 0)
	given("execution.checkpointing.tolerable-failed-checkpoints", s.tolerable, s.tolerable != "")
	given("execution.checkpointing.timeout", s.timeout, s.timeout != "")
	given("execution.state-recovery.path", s.from, s.from != "")
	maps.Copy(set, settings)
	for k, v := range set {
		if d := run.Set(k, v, catalog.Environment); d != nil {
			return d
		}
	}
	err := run.Run(ctx, &diag.Source{Name: cmp.Or(s.script, scriptName), Text: strings.ReplaceAll(script, "${DIR}", dir)})
	if err == nil {
		err = run.Wait(ctx)
	}
	err = errors.Join(err, run.Close())
	if err == nil && len(out.failed) == 0 {
		return nil
	}
	return errors.Join(append([]error{err}, out.failed...)...)
}

// listing is the content of a directory's visible files, and the names of its hidden ones.
func listing(files exec.FS, dir string) (visible map[string][]byte, hidden []string, err error) {
	entries, err := files.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	visible = map[string][]byte{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			hidden = append(hidden, e.Name())
			continue
		}
		f, err := files.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, nil, err
		}
		text, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, nil, err
		}
		visible[e.Name()] = text
	}
	return visible, hidden, nil
}

// output is what readers of the shape's table see, sorted. Nothing hidden may be left.
func (x *shape) output(files exec.FS, dir string) ([]string, error) {
	visible, hidden, err := listing(files, filepath.Join(dir, "out"))
	if err != nil {
		return nil, err
	}
	if len(hidden) > 0 {
		return nil, fmt.Errorf("hidden files are left: %s", strings.Join(hidden, ", "))
	}
	return x.rows(visible)
}

// rows are those in the visible files of a sink, sorted.
func (x *shape) rows(visible map[string][]byte) ([]string, error) {
	names := slices.Sorted(maps.Keys(visible))
	if x.ledger {
		return balance(names, visible)
	}
	var rows []string
	for _, name := range names {
		text := string(visible[name])
		if text == "" || !strings.HasSuffix(text, "\n") {
			return nil, fmt.Errorf("%s does not end with a line: %q", name, text)
		}
		rows = append(rows, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	}
	slices.Sort(rows)
	return rows, nil
}

// tidy says what the jobs of a script that has ended have left of their checkpoints that they should not have.
func tidy(files exec.FS, dir string, retained int) error {
	dir = filepath.Join(dir, checkpoints)
	entries, err := files.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		inside, err := files.ReadDir(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		kept := 0
		for _, f := range inside {
			switch name := f.Name(); {
			case strings.HasPrefix(name, "."):
				return fmt.Errorf("%s is left in %s", name, e.Name())
			case strings.HasPrefix(name, "chk-"):
				kept++
			}
		}
		if kept > retained {
			return fmt.Errorf("%d checkpoints are kept in %s instead of %d", kept, e.Name(), retained)
		}
	}
	found, err := checkpoint.List(files, dir)
	if err != nil {
		return err
	}
	for _, f := range found {
		im, err := checkpoint.Load(files, f.Path)
		if err != nil {
			return err
		}
		if !im.Finished || !im.Committed || f.Locked {
			return fmt.Errorf("the last checkpoint %s: finished %t, committed %t, locked by %q", f.Path, im.Finished, im.Committed, f.Owner)
		}
	}
	return nil
}

// broken reports an error that is a fault of weir whatever has happened to its files.
func broken(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "internal error") || strings.Contains(err.Error(), "W9"))
}

// each makes the trials of a kind, two at a time, and says how to repeat one that fails.
func each(t *testing.T, trial func(t testing.TB, seed uint64) error) {
	t.Helper()
	before := runtime.NumGoroutine()
	seeds := make(chan uint64)
	var wg sync.WaitGroup
	var failures int
	var mu sync.Mutex
	for range 2 {
		wg.Go(func() {
			defer func() {
				for range seeds { // a trial that ended by Fatal must not leave the others waiting
				}
			}()
			for seed := range seeds {
				if err := trial(t, seed); err != nil {
					mu.Lock()
					failures++
					mu.Unlock()
					t.Errorf("seed %d: %v\nrepeat it with: go test ./exec/checkpoint -run '^%s$' -trials 1 -seed %d", seed, err, t.Name(), seed)
				}
			}
		})
	}
	for i := range uint64(*trials) {
		mu.Lock()
		enough := failures >= mostFailures
		mu.Unlock()
		if enough {
			t.Errorf("no more trials after %d failures in %d", mostFailures, i)
			break
		}
		seeds <- *firstSeed + i
	}
	close(seeds)
	wg.Wait()
	// Goroutines that have done all they had to may still be on their way out.
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines instead of %d\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
}

// mostFailures of a kind are enough to see.
const mostFailures = 5
