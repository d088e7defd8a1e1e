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
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/crashfs"
	"weir/planner/plan"
	"weir/vector"
)

var partitioned = []vector.Field{{Name: "k", Type: vector.StringType}, {Name: "n", Type: vector.BigIntType}, {Name: "d", Type: vector.IntType}}

func partitionedSink(t *testing.T, files exec.FS, options map[string]string) exec.Sink {
	t.Helper()
	all := map[string]string{"connector": "filesystem", "path": outDir, "format": "csv"}
	for k, v := range options {
		all[k] = v
	}
	s, err := NewSink(nil, &plan.Node{Name: "sink", Parallelism: 4, Max: 128, Schema: partitioned,
		Spec: &plan.Sink{Table: &catalog.Table{Identifier: catalog.Default("o"), Partitions: []string{"k", "d"}}, Options: all, InsertOnly: true}}, &exec.Config{Seams: exec.Seams{FS: files}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keyed is a batch of rows (k, n, d); "\x00" is NULL.
func keyed(rows ...[3]any) vector.Batch {
	offsets, data, valid := []int32{0}, []byte{}, vector.NewBitmap(len(rows), true)
	var ns []int64
	var ds []int32
	for i, r := range rows {
		if k := r[0].(string); k == "\x00" {
			valid.Clear(i)
		} else {
			data = append(data, k...)
		}
		offsets = append(offsets, int32(len(data)))
		ns, ds = append(ns, int64(r[1].(int))), append(ds, int32(r[2].(int)))
	}
	return vector.Batch{Rows: len(rows), Columns: []vector.Column{vector.NewBytes(offsets, data, valid, false), vector.NewColumn(ns, nil), vector.NewColumn(ds, nil)}}
}

// tree lists the files below a directory, with what visible ones hold.
func tree(t *testing.T, files exec.FS, dir string) []string {
	t.Helper()
	var all []string
	var walk func(at, prefix string)
	walk = func(at, prefix string) {
		entries, err := files.ReadDir(at)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		must(t, err)
		for _, e := range entries {
			path, name := filepath.Join(at, e.Name()), prefix+e.Name()
			if e.IsDir() {
				walk(path, name+"/")
				continue
			}
			if !strings.HasPrefix(e.Name(), ".") {
				f, err := files.Open(path)
				must(t, err)
				data, err := io.ReadAll(f)
				must(t, err, f.Close())
				name += "=" + strings.ReplaceAll(string(data), "\n", ";")
			}
			all = append(all, name)
		}
	}
	walk(dir, "")
	slices.Sort(all)
	return all
}

// Rows go into the directories of their partitions, which no file has in it; what means something in names is escaped.
func TestSinkPartitions(t *testing.T) {
	files := crashfs.New(1)
	s := partitionedSink(t, files, map[string]string{"partition.default-name": "none"})
	w := openWriter(t, s, 3)
	must(t, w.Write(keyed([3]any{"a", 1, 1}, [3]any{"b/=", 2, 1}, [3]any{"a", 3, 1}, [3]any{"\x00", 4, -2}, [3]any{"", 5, -2})), w.Write(keyed([3]any{"a", 6, 1}, [3]any{"ü %", 7, 1})))
	parts, err := w.Prepare(1)
	must(t, err, w.Close())
	if got := strings.Join(tree(t, files, outDir), " "); got != ".part-0 .part-0-1-3-0 .part-0-1-3-1 .part-0-1-3-2 .part-0-1-3-3" {
		t.Errorf("before the commit: %s", got)
	}
	must(t, s.Commit(context.Background(), 1, parts))
	want := []string{"k=a/d=1/part-0-1-3=1;3;6;", "k=b%2F%3D/d=1/part-0-1-3=2;", "k=none/d=-2/part-0-1-3=4;5;", "k=ü %25/d=1/part-0-1-3=7;"}
	if got := tree(t, files, outDir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// The next statement takes another number, though the directory itself has no part.
	s = partitionedSink(t, files, nil)
	w = openWriter(t, s, 0)
	must(t, w.Write(keyed([3]any{"a", 8, 1})))
	parts, err = w.Prepare(1)
	must(t, err, w.Close(), s.Commit(context.Background(), 1, parts))
	if got := tree(t, files, outDir); got[1] != "k=a/d=1/part-1-1-0=8;" {
		t.Errorf("got %q", got)
	}
}

// A partition that has been committed says so, if the table wants it; once is enough.
func TestSinkAnnouncesPartitions(t *testing.T) {
	files := crashfs.New(1)
	for run := range 2 {
		s := partitionedSink(t, files, map[string]string{"sink.partition-commit.policy.kind": "success-file", "sink.partition-commit.success-file.name": "_DONE"})
		w := openWriter(t, s, 0)
		must(t, w.Write(keyed([3]any{"a", run, 1})))
		parts, err := w.Prepare(1)
		must(t, err, w.Close(), s.Commit(context.Background(), 1, parts), s.Commit(context.Background(), 1, parts))
	}
	want := []string{"k=a/d=1/_DONE=", "k=a/d=1/part-0-1-0=0;", "k=a/d=1/part-1-1-0=1;"}
	if got := tree(t, files.Crash(crashfs.DropUnsynced), outDir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// livePartitioned writes two epochs with two subtasks.
func livePartitioned(t *testing.T, files exec.FS) (l life, err error) {
	t.Helper()
	l = life{epoch: -1}
	s := partitionedSink(t, files, nil)
	var writers []exec.Writer
	defer func() {
		if err != nil {
			for _, w := range writers {
				err = errors.Join(err, w.Close())
			}
			err = errors.Join(err, s.Discard(exec.OwnRun, l.epoch))
		}
	}()
	for subtask := range 2 {
		w, err := s.Open(&exec.Task{Subtask: subtask, Zone: time.UTC})
		if err != nil {
			return l, err
		}
		writers = append(writers, w)
	}
	for epoch := range int64(2) {
		var parts []exec.Pending
		visible := slices.Clone(l.visible)
		for subtask, w := range writers {
			n := int(epoch)*10 + subtask
			if err := w.Write(keyed([3]any{"a", n, 1}, [3]any{"b", n, int(epoch)})); err != nil {
				return l, err
			}
			visible = append(visible, fmt.Sprintf("k=a/d=1/part-0-%d-%d=%d;", epoch, subtask, n), fmt.Sprintf("k=b/d=%d/part-0-%d-%d=%d;", epoch, epoch, subtask, n))
			p, err := w.Prepare(epoch)
			if err != nil {
				return l, err
			}
			parts = append(parts, p...)
			if epoch == 1 {
				if err := w.Close(); err != nil {
					return l, err
				}
			}
		}
		slices.Sort(visible)
		l = life{epoch: epoch, pending: parts, visible: visible}
		if err := s.Commit(context.Background(), epoch, parts); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l life) recoverPartitioned(t *testing.T, files exec.FS) error {
	t.Helper()
	s := partitionedSink(t, files, nil)
	if l.epoch >= 0 {
		if err := s.Commit(context.Background(), l.epoch, l.pending); err != nil {
			return err
		}
	}
	return s.Discard(0, l.epoch)
}

// TestSinkPartitionsCrash crashes before every operation of a sink with partitions, and before every one of the recovery.
func TestSinkPartitionsCrash(t *testing.T) {
	for _, mode := range crashfs.Modes {
		for at, done := 0, false; !done; at++ {
			files := crashfs.New(uint64(at))
			files.CrashAt(at)
			l, err := livePartitioned(t, files)
			done = err == nil
			what := fmt.Sprintf("%s before operation %d of %q", mode, at, files.Log())
			for again, recovered := 0, false; !recovered; again++ {
				first := files.Crash(mode)
				first.CrashAt(again)
				recovered = l.recoverPartitioned(t, first) == nil
				second := first.Crash(mode)
				if err := l.recoverPartitioned(t, second); err != nil {
					t.Fatalf("%s, then before operation %d of %q: %v", what, again, first.Log(), err)
				}
				// The claim may be there: it is Finish's to give up.
				got := slices.DeleteFunc(tree(t, second, outDir), func(name string) bool { return name == claimName(0) })
				if !slices.Equal(got, l.visible) {
					t.Fatalf("%s, then before operation %d of %q:\n%q, want\n%q", what, again, first.Log(), got, l.visible)
				}
			}
		}
	}
}

// read reads all rows of a table, as text.
func read(t *testing.T, s *plan.Scan) ([]string, error) {
	t.Helper()
	src, err := NewSource(nil, &plan.Node{Name: "source", Spec: s}, &exec.Config{Seams: exec.Seams{FS: exec.OS{}}, BatchRows: 2})
	if err != nil {
		return nil, err
	}
	splits, err := src.Splits(t.Context())
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	var all []string
	for _, split := range splits {
		r, err := src.Open(t.Context(), exec.Range{Split: split, To: split.Size})
		if err != nil {
			return nil, err
		}
		for {
			b, err := r.Next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			for row := range b.Rows {
				var parts []string
				for i, c := range b.Columns {
					text := "NULL"
					switch {
					case c.IsNull(row):
					case s.Table.Columns[s.Read[i]].Type.IsString():
						text = string(c.Strings().At(row))
					case c.Physical() == vector.I32:
						text = fmt.Sprint(c.Int32()[row])
					default:
						text = fmt.Sprint(c.Int64()[row])
					}
					parts = append(parts, text)
				}
				all = append(all, strings.Join(parts, "|"))
			}
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// The names of directories and what the file system knows are columns among those of the files.
func TestSourcePlaces(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"k=a/d=1/x": "1\n2\n3\n", "k=b%2F%3D/d=2/y": "4\n", "k=__DEFAULT_PARTITION__/d=-3/z": "5\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666), os.Chtimes(path, time.UnixMilli(7000), time.UnixMilli(7000)))
	}
	table := func(read []int, columns ...catalog.Column) *plan.Scan {
		return &plan.Scan{Table: &catalog.Table{Identifier: catalog.Default("t"), Columns: columns, Partitions: []string{"k", "d"}}, Read: read, Rowtime: -1,
			Options: map[string]string{"path": dir, "format": "csv"}}
	}
	k, n, d := catalog.Column{Name: "k", Type: vector.StringType}, catalog.Column{Name: "n", Type: vector.BigIntType}, catalog.Column{Name: "d", Type: vector.IntType}
	meta := func(key string, t vector.Type) catalog.Column {
		return catalog.Column{Name: "m", Type: t.NotNull(), Metadata: key}
	}
	for _, c := range []struct {
		scan *plan.Scan
		want string
	}{
		{table([]int{0, 1, 2}, k, n, d), "NULL|5|-3 a|1|1 a|2|1 a|3|1 b/=|4|2"},
		{table([]int{1, 2}, k, n, d), "5|-3 1|1 2|1 3|1 4|2"},
		{table([]int{0}, k, n, d), "NULL a a a b/="},
		{table([]int{1}, k, n, d), "5 1 2 3 4"},
		{table([]int{1, 3}, k, n, d, meta("file.name", vector.StringType)), "5|z 1|x 2|x 3|x 4|y"},
		{table([]int{3}, k, n, d, meta("file.size", vector.BigIntType)), "2 6 6 6 2"},
		{table([]int{0, 1}, meta("file.modification-time", vector.TimestampLTZType(3)), n, k, d), "7000|5 7000|1 7000|2 7000|3 7000|4"},
	} {
		got, err := read(t, c.scan)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("columns %v: %q, %v, want %q", c.scan.Read, got, err, c.want)
		}
	}
	got, err := read(t, table([]int{3}, k, n, d, meta("file.path", vector.StringType)))
	if err != nil || got[1] != filepath.Join(dir, "k=a", "d=1", "x") {
		t.Errorf("file.path: %q, %v", got, err)
	}
	must(t, os.MkdirAll(filepath.Join(dir, "k=c"), 0o777))
	for name, want := range map[string]string{"k=c/w": "lies in no directory 'd=…'", "k=c/d=x/v": "'d=x' names no value of type INT"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte("6\n"), 0o666))
		if _, err := read(t, table([]int{2}, k, n, d)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		must(t, os.Remove(path))
	}
	for _, c := range []catalog.Column{meta("file.paht", vector.StringType), meta("file.size", vector.IntType)} {
		if _, err := read(t, table([]int{3}, k, n, d, c)); err == nil || !strings.Contains(err.Error(), c.Metadata) {
			t.Errorf("%s: %v", c.Metadata, err)
		}
	}
}
