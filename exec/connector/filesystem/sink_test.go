package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/crashfs"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

var numbers = []vector.Field{{Name: "n", Type: vector.BigIntType}}

func sinkNode(path string) *plan.Node {
	return &plan.Node{Name: "sink", Parallelism: 4, Max: 128, Schema: numbers,
		Spec: &plan.Sink{Table: &catalog.Table{Identifier: catalog.Default("o")}, Options: map[string]string{"connector": "filesystem", "path": path, "format": "csv"}, InsertOnly: true}}
}

func newSink(t *testing.T, files exec.FS, path string) exec.Sink {
	t.Helper()
	s, err := NewSink(nil, sinkNode(path), &exec.Config{Seams: exec.Seams{FS: files}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openWriter(t *testing.T, s exec.Sink, subtask int) exec.Writer {
	t.Helper()
	w, err := s.Open(&exec.Task{Subtask: subtask, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func batchOf(values ...int64) vector.Batch {
	return vector.Batch{Rows: len(values), Columns: []vector.Column{vector.NewColumn(values, nil)}}
}

// must fails the test on any error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// prepared writes values in one subtask and prepares them.
func prepared(t *testing.T, s exec.Sink, subtask int, epoch int64, values ...int64) []exec.Pending {
	t.Helper()
	w := openWriter(t, s, subtask)
	must(t, w.Write(batchOf(values...)))
	parts, err := w.Prepare(epoch)
	must(t, err, w.Close())
	return parts
}

// listed are the names in a directory and, for visible ones, what they hold.
func listed(t *testing.T, dir string) string {
	t.Helper()
	return listedIn(t, exec.OS{}, dir)
}

func listedIn(t *testing.T, files exec.FS, dir string) string {
	t.Helper()
	entries, err := files.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "" // no Open came as far as making it
	}
	must(t, err)
	var all []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") {
			f, err := files.Open(filepath.Join(dir, name))
			must(t, err)
			data, err := io.ReadAll(f)
			must(t, err, f.Close())
			name += "=" + strings.ReplaceAll(string(data), "\n", ";")
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func expect(t *testing.T, what, dir, want string) {
	t.Helper()
	if got := listed(t, dir); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestSinkShowsPartsOnCommit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "o")
	s := newSink(t, exec.OS{}, dir)
	first, second, third := openWriter(t, s, 0), openWriter(t, s, 1), openWriter(t, s, 2)
	must(t, first.Write(batchOf(1, 2)), third.Write(batchOf(3)), first.Write(batchOf(4)))
	expect(t, "while rows are written", dir, ".part-0 .part-0-open-0 .part-0-open-2")
	var parts []exec.Pending
	for _, w := range []exec.Writer{first, second, third} {
		p, err := w.Prepare(1)
		must(t, err, w.Close())
		parts = append(parts, p...)
	}
	expect(t, "prepared", dir, ".part-0 .part-0-1-0 .part-0-1-2")
	must(t, s.Commit(context.Background(), 1, parts))
	expect(t, "committed; a subtask without rows leaves no part", dir, "part-0-1-0=1;2;4; part-0-1-2=3;")
	must(t, s.Commit(context.Background(), 1, parts))
	expect(t, "committed again, as after a restore", dir, "part-0-1-0=1;2;4; part-0-1-2=3;")
}

func TestSinkWritesSeveralEpochs(t *testing.T) {
	dir := t.TempDir()
	s := newSink(t, exec.OS{}, dir)
	w := openWriter(t, s, 0)
	must(t, w.Write(batchOf(1)))
	one, err := w.Prepare(1)
	must(t, err, w.Write(batchOf(2)), s.Commit(context.Background(), 1, one))
	expect(t, "between epochs", dir, ".part-0 .part-0-open-0 part-0-1-0=1;")
	two, err := w.Prepare(2)
	must(t, err, w.Close(), s.Commit(context.Background(), 2, two))
	expect(t, "at the end", dir, "part-0-1-0=1; part-0-2-0=2;")
}

func TestSinkOfNothingMakesTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "o")
	s := newSink(t, exec.OS{}, dir)
	w := openWriter(t, s, 0)
	parts, err := w.Prepare(1)
	must(t, err, w.Close(), s.Commit(context.Background(), 1, parts))
	expect(t, "no rows", dir, "")
}

func TestSinkAppendsRuns(t *testing.T) {
	dir := t.TempDir()
	for run := range 3 {
		s := newSink(t, exec.OS{}, dir)
		must(t, s.Commit(context.Background(), 1, prepared(t, s, 0, 1, int64(run))))
	}
	expect(t, "three statements", dir, "part-0-1-0=0; part-1-1-0=1; part-2-1-0=2;")
	must(t, os.Remove(filepath.Join(dir, "part-1-1-0")))
	s := newSink(t, exec.OS{}, dir)
	must(t, s.Commit(context.Background(), 1, prepared(t, s, 0, 1, 9)))
	expect(t, "the lowest free number", dir, "part-0-1-0=0; part-1-1-0=9; part-2-1-0=2;")
}

// TestSinkFailureLeavesNothing ends a job in every state that a subtask can be in.
func TestSinkFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := newSink(t, exec.OS{}, dir)
	prepared(t, s, 0, 1, 1)
	writing, opened := openWriter(t, s, 1), openWriter(t, s, 2)
	must(t, writing.Write(batchOf(2)), writing.Close(), opened.Close(), s.Discard(exec.OwnRun, 0))
	expect(t, "a failed job", dir, "")
}

func TestSinkCrashLeavesHiddenFilesOnly(t *testing.T) {
	dir := t.TempDir()
	s := newSink(t, exec.OS{}, dir)
	must(t, openWriter(t, s, 0).Write(batchOf(1)))
	prepared(t, s, 1, 1, 2)
	for _, name := range strings.Fields(listed(t, dir)) {
		if !isHidden(name) {
			t.Errorf("a job that is killed leaves %s", name)
		}
	}
	// What is left keeps its number: it may be another process that is still at work.
	again := newSink(t, exec.OS{}, dir)
	must(t, again.Commit(context.Background(), 1, prepared(t, again, 0, 1, 7)))
	expect(t, "another statement", dir, ".part-0 .part-0-1-1 .part-0-open-0 part-1-1-0=7;")
	must(t, again.Discard(exec.OwnRun, 0))
	expect(t, "the failure of another statement", dir, ".part-0 .part-0-1-1 .part-0-open-0 part-1-1-0=7;")
}

func TestSinkDiscardsLaterEpochs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".part-3", ".part-3-4-0", ".part-3-5-0", ".part-3-6-7", ".part-3-open-0", ".part-4-6-0", "part-3-6-0", ".part-x"} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o666))
	}
	must(t, newSink(t, exec.OS{}, dir).Discard(3, 5))
	expect(t, "a restore to epoch 5 of run 3", dir, ".part-3 .part-3-4-0 .part-3-5-0 .part-4-6-0 .part-x part-3-6-0=")
}

func TestSinksInOneDirectoryDoNotCollide(t *testing.T) {
	dir := t.TempDir()
	const statements, rounds = 8, 20
	var wg sync.WaitGroup
	failures := make(chan error, statements*rounds)
	for k := range statements {
		wg.Go(func() {
			for r := range rounds {
				failures <- func() error {
					s, err := NewSink(nil, sinkNode(dir), &exec.Config{Seams: exec.Seams{FS: exec.OS{}}})
					if err != nil {
						return err
					}
					w, err := s.Open(&exec.Task{Zone: time.UTC})
					if err != nil {
						return err
					}
					if err := w.Write(batchOf(int64(k*rounds + r))); err != nil {
						return err
					}
					parts, err := w.Prepare(1)
					if err != nil {
						return err
					}
					return errors.Join(w.Close(), s.Commit(context.Background(), 1, parts))
				}()
			}
		})
	}
	wg.Wait()
	close(failures)
	for err := range failures {
		must(t, err)
	}
	seen := map[string]bool{}
	for _, f := range strings.Fields(listed(t, dir)) {
		_, row, visible := strings.Cut(f, "=")
		if !visible || seen[row] {
			t.Errorf("%s is left, or written twice", f)
		}
		seen[row] = true
	}
	if len(seen) != statements*rounds {
		t.Errorf("%d rows of %d", len(seen), statements*rounds)
	}
}

func TestSinkRefusesPaths(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.csv")
	must(t, os.WriteFile(file, []byte("1\n"), 0o666))
	for path, want := range map[string]string{
		file:                            "is a file",
		filepath.Join(file, "o"):        "can't be written",
		filepath.Join(t.TempDir(), "*"): "is a pattern",
	} {
		s, err := NewSink(nil, sinkNode(path), &exec.Config{Seams: exec.Seams{FS: exec.OS{}}})
		if err == nil {
			_, err = s.Open(&exec.Task{Zone: time.UTC})
		}
		var d *diag.Diagnostic
		if !errors.As(err, &d) || !strings.Contains(d.Message, want) || !strings.Contains(d.Message, path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if data, err := os.ReadFile(file); string(data) != "1\n" {
		t.Errorf("the file holds %q now, %v", data, err)
	}
}

// fullDisk is a file system on which one kind of operation fails.
type fullDisk struct {
	exec.OS
	operation string
}

type fullFile struct {
	exec.File
	operation string
}

func (d fullDisk) fail(operation, name string) error {
	if d.operation == operation {
		return &fs.PathError{Op: operation, Path: name, Err: syscall.ENOSPC}
	}
	return nil
}

func (d fullDisk) Create(name string) (exec.File, error) {
	if strings.Contains(name, "open") {
		if err := d.fail("create", name); err != nil {
			return nil, err
		}
	}
	f, err := d.OS.Create(name)
	return fullFile{f, d.operation}, err
}

func (d fullDisk) Rename(from, to string) error {
	if err := d.fail("rename", from); err != nil {
		return err
	}
	return d.OS.Rename(from, to)
}

func (f fullFile) Write(p []byte) (int, error) {
	if f.operation == "write" {
		return 0, &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	return f.File.Write(p)
}

func (f fullFile) Sync() error {
	if f.operation == "sync" {
		return &fs.PathError{Op: "sync", Path: "x", Err: syscall.ENOSPC}
	}
	return f.File.Sync()
}

func TestSinkFullDisk(t *testing.T) {
	for _, operation := range []string{"create", "write", "sync", "rename"} {
		dir := t.TempDir()
		s := newSink(t, fullDisk{operation: operation}, dir)
		at := filepath.Join(dir, ".part-0-open-0")
		w, err := s.Open(&exec.Task{Zone: time.UTC})
		if err != nil {
			at = dir // even the claim finds no room
		} else {
			err = w.Write(batchOf(1))
		}
		if err == nil {
			_, err = w.Prepare(1)
		}
		var d *diag.Diagnostic
		if !errors.As(err, &d) || !strings.Contains(d.Message, at+" can't be written: no space left on device") {
			t.Errorf("%s: %v", operation, err)
		}
		if w != nil {
			must(t, w.Close())
		}
		must(t, s.Discard(exec.OwnRun, 0))
		expect(t, "after a failed "+operation, dir, "")
	}
}

// life is a job's use of a sink until it ended or crashed, and the checkpoint that it then goes back to.
type life struct {
	epoch   int64 // −1: none was taken
	pending []exec.Pending
	visible []string // what is there once the pending parts are committed, as listed shows it
}

// outDir is where the sinks of crash tests write. Neither it nor the directory above is there in the beginning.
const outDir = "data/o"

// live writes three epochs with three subtasks, of which the last has rows in one of them only. It is run 0. If it
// fails it gives up as a job does.
func live(t *testing.T, files exec.FS) (life, error) {
	t.Helper()
	l := life{epoch: -1}
	s := newSink(t, files, outDir)
	var writers []exec.Writer
	fail := func(err error) (life, error) {
		for _, w := range writers {
			err = errors.Join(err, w.Close())
		}
		return l, errors.Join(err, s.Discard(exec.OwnRun, l.epoch))
	}
	for subtask := range 3 {
		w, err := s.Open(&exec.Task{Subtask: subtask, Zone: time.UTC})
		if err != nil {
			return fail(err)
		}
		writers = append(writers, w)
	}
	const last = 2
	for epoch := range int64(last + 1) {
		var parts []exec.Pending
		visible := slices.Clone(l.visible)
		for subtask, w := range writers {
			if row := epoch*10 + int64(subtask); subtask < 2 || epoch == 1 {
				if err := errors.Join(w.Write(batchOf(row, row)), w.Write(batchOf(row))); err != nil {
					return fail(err)
				}
				visible = append(visible, fmt.Sprintf("part-0-%d-%d=%d;%d;%d;", epoch, subtask, row, row, row))
			}
			p, err := w.Prepare(epoch)
			if err != nil {
				return fail(err)
			}
			parts = append(parts, p...)
			if epoch == last {
				if err := w.Close(); err != nil {
					return fail(err)
				}
			}
		}
		l = life{epoch: epoch, pending: parts, visible: visible}
		if err := s.Commit(context.Background(), epoch, parts); err != nil {
			return fail(err)
		}
	}
	return l, nil
}

// recover does with a sink what a job does that goes back to the checkpoint of an earlier life.
func (l life) recover(t *testing.T, files exec.FS) error {
	t.Helper()
	s := newSink(t, files, outDir)
	if l.epoch >= 0 {
		if err := s.Commit(context.Background(), l.epoch, l.pending); err != nil {
			return err
		}
	}
	return s.Discard(0, l.epoch)
}

// check compares the directory with the checkpoint. The claim may be there: it is Finish's to give up.
func (l life) check(t *testing.T, files exec.FS, what string) {
	t.Helper()
	got, _ := strings.CutPrefix(listedIn(t, files, outDir), claimName(0))
	if got, want := strings.TrimPrefix(got, " "), strings.Join(l.visible, " "); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestSinkCrashes crashes before every operation of a sink. What the job's checkpoint has is visible after recovery,
// whole, and nothing else is left; also if the recovery crashes in its turn, before any of its operations.
func TestSinkCrashes(t *testing.T) {
	for _, mode := range crashfs.Modes {
		for at, done := 0, false; !done; at++ {
			for seed := range uint64(4) {
				files := crashfs.New(seed)
				files.CrashAt(at)
				l, err := live(t, files)
				done = err == nil
				what := fmt.Sprintf("seed %d, %s before operation %d of %q", seed, mode, at, files.Log())
				if done != (files.Ops() == at) {
					t.Fatalf("%s: %v", what, err)
				}
				if done { // nobody comes back to a job that ended well
					l.check(t, files.Crash(mode), what)
				}
				l.recoverTwice(t, files, mode, what)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// recoverTwice crashes before every operation of the recovery, and recovers once more.
func (l life) recoverTwice(t *testing.T, files *crashfs.FS, mode crashfs.Mode, what string) {
	t.Helper()
	for at, done := 0, false; !done; at++ {
		first := files.Crash(mode)
		first.CrashAt(at)
		done = l.recover(t, first) == nil
		for _, mode := range crashfs.Modes {
			second := first.Crash(mode)
			what := fmt.Sprintf("%s, then %s before operation %d of %q", what, mode, at, first.Log())
			if err := l.recover(t, second); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			l.check(t, second, what)
		}
	}
}

// TestSinkAfterCrashKeepsOut runs another statement into what a crash left: neither takes from the other.
func TestSinkAfterCrashKeepsOut(t *testing.T) {
	for _, mode := range crashfs.Modes {
		for at, done := 0, false; !done; at++ {
			files := crashfs.New(uint64(at))
			files.CrashAt(at)
			l, err := live(t, files)
			done = err == nil
			left := files.Crash(mode)
			s := newSink(t, left, outDir)
			parts := prepared(t, s, 0, 0, 99)
			must(t, s.Commit(context.Background(), 0, parts))
			if l.epoch < 0 {
				continue // its run may be that of the other one now
			}
			l.visible = append(slices.Clone(l.visible), string(parts[0])+"=99;")
			must(t, l.recover(t, left))
			l.check(t, left, fmt.Sprintf("%s before operation %d of %q", mode, at, files.Log()))
		}
	}
}

// TestSinkFailures has every operation of a sink fail once. The job gives up, and a restore to its checkpoint, if it had
// one, finds what it needs; otherwise nothing is left at once.
func TestSinkFailures(t *testing.T) {
	for at := 0; ; at++ {
		files := crashfs.New(uint64(at))
		files.FailAt(at, syscall.ENOSPC)
		l, err := live(t, files)
		if err == nil && files.Ops() == at {
			break
		}
		what := fmt.Sprintf("failure at operation %d of %q", at, files.Log())
		if err == nil || !strings.Contains(err.Error(), "can't be written: no space left on device") {
			t.Errorf("%s: %v", what, err)
		}
		if got := listedIn(t, files, outDir); l.epoch < 0 && got != "" {
			t.Errorf("%s: %q is left", what, got)
		}
		must(t, l.recover(t, files))
		l.check(t, files, what)
	}
}
