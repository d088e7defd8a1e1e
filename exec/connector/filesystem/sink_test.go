package filesystem

import (
	"context"
	"errors"
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
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

var numbers = []vector.Field{{Name: "n", Type: vector.BigIntType}}

func sinkNode(path string) *plan.Node {
	return &plan.Node{Name: "sink", Parallelism: 4, Max: 128, Schema: numbers,
		Spec: &plan.Sink{Table: &catalog.Table{Name: "o"}, Options: map[string]string{"connector": "filesystem", "path": path, "format": "csv"}, InsertOnly: true}}
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
	entries, err := os.ReadDir(dir)
	must(t, err)
	var all []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") {
			data, err := os.ReadFile(filepath.Join(dir, name))
			must(t, err)
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
		w := openWriter(t, s, 0)
		err := w.Write(batchOf(1))
		if err == nil {
			_, err = w.Prepare(1)
		}
		var d *diag.Diagnostic
		if !errors.As(err, &d) || !strings.Contains(d.Message, filepath.Join(dir, ".part-0-open-0")+" can't be written: no space left on device") {
			t.Errorf("%s: %v", operation, err)
		}
		must(t, w.Close(), s.Discard(exec.OwnRun, 0))
		expect(t, "after a failed "+operation, dir, "")
	}
}
