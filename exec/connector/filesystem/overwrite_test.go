package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"weir/exec"
	"weir/exec/crashfs"
	"weir/planner/plan"
	"weir/vector"
)

// overwriting is the sink of an INSERT OVERWRITE; with partitions static is the one that goes in any case.
func overwriting(t *testing.T, files exec.FS, parted bool, static map[string]*plan.Literal) *sink {
	t.Helper()
	n := sinkNode(outDir)
	spec := n.Spec.(*plan.Sink)
	spec.Overwrite = true
	if parted {
		n.Schema, spec.Table.Partitions, spec.Static = partitioned, []string{"k", "d"}, static
	}
	s, err := NewSink(nil, n, &exec.Config{Seams: exec.Seams{FS: files}})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*sink)
}

// rowsOf are the lines of the table that a reader sees, each behind the directory that it is in, sorted.
func rowsOf(t *testing.T, files exec.FS) []string {
	t.Helper()
	splits, err := Files(context.Background(), files, outDir)
	must(t, err)
	var all []string
	for _, split := range splits {
		f, err := files.Open(split.Path)
		must(t, err)
		text, err := io.ReadAll(f)
		must(t, err, f.Close())
		dir, err := filepath.Rel(outDir, filepath.Dir(split.Path))
		must(t, err)
		for line := range strings.Lines(string(text)) {
			all = append(all, dir+" "+strings.TrimSuffix(line, "\n"))
		}
	}
	slices.Sort(all)
	return all
}

// overwriteOnce runs an INSERT OVERWRITE of two subtasks.
func overwriteOnce(t *testing.T, files exec.FS, parted bool) (err error) {
	t.Helper()
	s := overwriting(t, files, parted, map[string]*plan.Literal{"k": {T: vector.StringType, Value: "none"}, "d": {T: vector.IntType, Value: int64(7)}})
	var writers []exec.Writer
	defer func() {
		if err != nil { // as the runtime does
			for _, w := range writers {
				_ = w.Close()
			}
			_ = s.Discard(exec.OwnRun, 0)
		}
	}()
	var parts []exec.Pending
	for subtask := range 2 {
		w, err := s.Open(&exec.Task{Subtask: subtask, Zone: time.UTC})
		if err != nil {
			return err
		}
		writers = append(writers, w)
		b := batchOf(int64(10+subtask), 12)
		if parted {
			b = keyed([3]any{"a", 10 + subtask, 1}, [3]any{"c", 12, 1})
		}
		if err := w.Write(b); err != nil {
			return err
		}
		p, err := w.Prepare(1)
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return err
		}
		parts = append(parts, p...)
	}
	return s.Commit(context.Background(), 1, parts)
}

// beforeOverwrite makes the table that is overwritten.
func beforeOverwrite(t *testing.T, parted bool) *crashfs.FS {
	t.Helper()
	files := crashfs.New(1)
	for run := range 2 {
		s := newSink(t, files, outDir)
		b := batchOf(int64(run), 5)
		if parted {
			s = partitionedSink(t, files, nil)
			b = keyed([3]any{"a", run, 1}, [3]any{"b", 5, 1}, [3]any{"none", 6, 7})
		}
		w := openWriter(t, s, 0)
		must(t, w.Write(b))
		parts, err := w.Prepare(1)
		must(t, err, w.Close(), s.Commit(context.Background(), 1, parts))
	}
	files.SyncAll()
	return files
}

// overwrittenRows are those before and behind an INSERT OVERWRITE.
func overwrittenRows(parted bool) (before, behind []string) {
	if !parted {
		return []string{". 0", ". 1", ". 5", ". 5"}, []string{". 10", ". 11", ". 12", ". 12"}
	}
	return []string{"k=a/d=1 0", "k=a/d=1 1", "k=b/d=1 5", "k=b/d=1 5", "k=none/d=7 6", "k=none/d=7 6"},
		[]string{"k=a/d=1 10", "k=a/d=1 11", "k=b/d=1 5", "k=b/d=1 5", "k=c/d=1 12", "k=c/d=1 12"}
}

// Wherever the machine crashes in an INSERT OVERWRITE, and whatever of it survives: a reader sees the old rows or the new
// ones, and never anything between; what is inserted later is there beside them.
func TestOverwriteCrash(t *testing.T) {
	for _, parted := range []bool{false, true} {
		before, behind := overwrittenRows(parted)
		olds, news := 0, 0
		for at, done := 0, false; !done; at++ {
			for _, mode := range crashfs.Modes {
				files := beforeOverwrite(t, parted)
				files.CrashAt(files.Ops() + at)
				err := overwriteOnce(t, files, parted)
				done = err == nil
				what := fmt.Sprintf("partitioned %t, %s before operation %d", parted, mode, at)
				files = files.Crash(mode)
				inserted := slices.Contains([]int{0, 3}, at%5) // before anybody reads
				insert := func() {
					s := newSink(t, files, outDir)
					must(t, s.Commit(context.Background(), 1, prepared(t, s, 0, 1, 99)))
				}
				if inserted {
					insert()
				}
				got := rowsOf(t, files)
				if !inserted {
					insert()
					got = rowsOf(t, files)
				}
				if i := slices.Index(got, ". 99"); i < 0 {
					t.Errorf("%s: what was inserted is not there", what)
				} else {
					got = slices.Delete(got, i, i+1)
				}
				switch {
				case slices.Equal(got, before) && !done:
					olds++
				case slices.Equal(got, behind):
					news++
				default:
					t.Errorf("%s (%v): %q\n%q", what, err, got, files.Log())
				}
				if again := rowsOf(t, files.Crash(crashfs.DropUnsynced)); len(again) != len(got)+1 {
					t.Errorf("%s: behind a loss of power there are %q", what, again)
				}
				if t.Failed() {
					return
				}
			}
		}
		if olds == 0 || news == 0 {
			t.Errorf("%d times the rows were the old ones, %d times the new ones", olds, news)
		}
	}
}

// Whichever operation fails: the rows are the old ones or the new ones.
func TestOverwriteFailure(t *testing.T) {
	for _, parted := range []bool{false, true} {
		before, behind := overwrittenRows(parted)
		for _, lasts := range []bool{false, true} {
			for at := 0; ; at++ {
				files := beforeOverwrite(t, parted)
				if n := files.Ops() + at; lasts {
					files.FailFrom(n, syscall.ENOSPC)
				} else {
					files.FailAt(n, syscall.ENOSPC)
				}
				err := overwriteOnce(t, files, parted)
				got := rowsOf(t, files.Crash(crashfs.KeepAll))
				if !slices.Equal(got, before) && !slices.Equal(got, behind) || err == nil && !slices.Equal(got, behind) {
					t.Fatalf("partitioned %t, lasting %t, operation %d failed (%v): %q", parted, lasts, at, err, got)
				}
				if err == nil {
					break
				}
			}
		}
	}
}

// A commit that comes again changes nothing.
func TestOverwriteCommitsAgain(t *testing.T) {
	files := beforeOverwrite(t, false)
	s := overwriting(t, files, false, nil)
	parts := prepared(t, s, 0, 1, 7)
	must(t, s.Commit(context.Background(), 1, parts), s.Commit(context.Background(), 1, parts))
	if got := listedIn(t, files, outDir); got != overwriteMark+" part-2-1-0=7;" {
		t.Errorf("%q", got)
	}
}

// oldIn are files of the table as a record has them.
func oldIn(t *testing.T, files exec.FS, names ...string) []oldFile {
	t.Helper()
	var all []oldFile
	for _, n := range names {
		info, err := files.Stat(outDir + "/" + n)
		must(t, err)
		all = append(all, oldFile{n, info.Size(), info.ModTime().UnixMilli()})
	}
	return all
}

// A file that somebody has put in the place of an old one since the record was written stays.
func TestOverwriteSparesNewFiles(t *testing.T) {
	files := beforeOverwrite(t, false)
	s := overwriting(t, files, false, nil)
	must(t, s.record(outDir+"/.overwrite-2", (&replacement{old: oldIn(t, files, "part-0-1-0", "part-1-1-0")}).text()))
	must(t, files.Remove(outDir+"/part-1-1-0"))
	f, err := files.Create(outDir + "/part-1-1-0")
	must(t, err)
	_, err = io.WriteString(f, "another\n")
	must(t, err, f.Close(), finishOverwrites(t.Context(), files, nil, outDir))
	if got := listedIn(t, files, outDir); !strings.Contains(got, "part-1-1-0=another") || strings.Contains(got, "part-0-1-0") {
		t.Errorf("%q", got)
	}
}

// As long as the old parts are not all gone for certain no new part gets one of their names.
func TestOverwriteKeepsRuns(t *testing.T) {
	files := beforeOverwrite(t, false)
	s := overwriting(t, files, false, nil)
	parts := prepared(t, s, 0, 1, 7)
	must(t, s.record(s.path(".overwrite-2"), (&replacement{parts: []string{string(parts[0])}, old: oldIn(t, files, "part-0-1-0", "part-1-1-0")}).text()))
	must(t, files.Remove(outDir+"/part-0-1-0"))
	next := newSink(t, files, outDir).(*sink)
	openWriter(t, next, 0)
	if next.Run() != 3 {
		t.Errorf("the run is %d, whose parts are about to be removed", next.Run())
	}
	if got := rowsOf(t, files); !slices.Equal(got, []string{". 7"}) {
		t.Errorf("%q", got)
	}
}

// Who reads while another process finishes an INSERT OVERWRITE waits for it, as long as the reader's job lives.
func TestOverwriteIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := beforeOverwrite(t, false)
		s := overwriting(t, files, false, nil)
		must(t, s.record(outDir+"/.overwrite-2", (&replacement{old: oldIn(t, files, "part-0-1-0")}).text()))
		unlock, err := lockOverwrites(t.Context(), files, nil, outDir, func() bool { return true })
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := finishOverwrites(ctx, files, exec.SystemClock{}, outDir); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if err := finishOverwrites(t.Context(), files, exec.SystemClock{}, outDir); err == nil || !strings.Contains(err.Error(), "waited for any longer") {
			t.Errorf("%v", err)
		}
		time.AfterFunc(time.Second, unlock)
		must(t, finishOverwrites(t.Context(), files, exec.SystemClock{}, outDir))
		if got := rowsOf(t, files); !slices.Equal(got, []string{". 1", ". 5"}) {
			t.Errorf("%q", got)
		}
	})
}

// readOnly is a file system on which nothing may be written.
type readOnly struct{ *crashfs.FS }

func (readOnly) Lock(name, _ string) (io.Closer, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EACCES}
}

// Who may not write waits as well, for somebody who is at it; nobody else can be waited for.
func TestOverwriteIsWaitedForByReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := beforeOverwrite(t, false)
		s := overwriting(t, files, false, nil)
		must(t, s.record(outDir+"/.overwrite-2", (&replacement{old: oldIn(t, files, "part-0-1-0")}).text()))
		reader := readOnly{files}
		if err := finishOverwrites(t.Context(), reader, nil, outDir); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%v", err)
		}
		unlock, err := lockOverwrites(t.Context(), files, nil, outDir, func() bool { return true })
		must(t, err)
		time.AfterFunc(time.Second, func() { must(t, finishLocked(files, outDir)); unlock() })
		must(t, finishOverwrites(t.Context(), reader, nil, outDir))
		if got := rowsOf(t, files); !slices.Equal(got, []string{". 1", ". 5"}) {
			t.Errorf("%q", got)
		}
	})
}

// A record that is none leaves everything as it is, and names itself; a path in it leads nowhere else.
func TestOverwriteStrangeRecord(t *testing.T) {
	for _, text := range []string{"- \"../x\"\n", "- \"/etc/x\"\n", "- x\n", "-\n", "- \"x\"", "- \"x\"\n", "+ \"x"} {
		files := beforeOverwrite(t, false)
		f, err := files.Create(outDir + "/.overwrite-7")
		must(t, err)
		_, err = io.WriteString(f, text)
		must(t, err, f.Close())
		if _, err := Files(t.Context(), files, outDir); err == nil || !strings.Contains(err.Error(), outDir) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Files that are listed while others replace them are listed again.
func TestListingsOfOneGeneration(t *testing.T) {
	files := beforeOverwrite(t, false)
	calls := 0
	list := func() (int, error) {
		if calls++; calls < 3 {
			must(t, mark(files, outDir, ".overwrite-1"))
		}
		return calls, nil
	}
	if got, err := together(context.Background(), files, nil, outDir, list); got != 3 || err != nil {
		t.Errorf("listing %d is taken, %v", got, err)
	}
	if got, err := together(context.Background(), files, nil, outDir, list); got != 4 || err != nil {
		t.Errorf("listing %d is taken where nobody replaces anything, %v", got, err)
	}
}

// between is a file system on which something happens as a directory has been read.
type between struct {
	*crashfs.FS
	happens func()
}

func (b *between) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := b.FS.ReadDir(name)
	if happens := b.happens; happens != nil {
		b.happens = nil
		happens()
	}
	return entries, err
}

// A listing in whose middle an INSERT OVERWRITE runs, or begins, is made anew.
func TestOverwriteAsFilesAreListed(t *testing.T) {
	for _, parted := range []bool{false, true} {
		_, behind := overwrittenRows(parted)
		for at := range 8 { // directories read before
			files := &between{FS: beforeOverwrite(t, parted)}
			left := at
			var wait func()
			wait = func() {
				if left--; left >= 0 {
					files.happens = wait
					return
				}
				must(t, overwriteOnce(t, files.FS, parted))
			}
			files.happens = wait
			splits, err := Files(t.Context(), files, outDir)
			must(t, err)
			if left >= 0 {
				break // all directories have been read
			}
			now, err := Files(t.Context(), files.FS, outDir)
			must(t, err)
			old := 0
			for _, s := range splits {
				if _, err := files.FS.Stat(s.Path); err != nil {
					old++
				}
			}
			if old > 0 || len(splits) != len(now) {
				t.Errorf("partitioned %t, %d: %d files of %d are gone", parted, at, old, len(splits))
			}
			if got := rowsOf(t, files.FS); !slices.Equal(got, behind) {
				t.Errorf("%q", got)
			}
		}
	}
}
