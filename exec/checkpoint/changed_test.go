package checkpoint_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/exec"
	"weir/parser/diag"
)

// With the branches of a UNION ALL swapped each of two scans of one table goes on where the scan was that feeds the same
// aggregate.
func TestSwappedBranches(t *testing.T) {
	const (
		count = "SELECT k, window_start, COUNT(*) AS s FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end"
		sum   = "SELECT k, window_start, SUM(v) + 1000000 AS s FROM TABLE(TUMBLE(TABLE alone, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end"
		more  = `
CREATE VIEW alone AS SELECT * FROM e /*+ OPTIONS('scan.parallelism'='1') */;
CREATE TABLE o (k STRING, ws TIMESTAMP(3), s BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`
	)
	one := script{tables + more, "INSERT INTO o " + count + " UNION ALL " + sum, nil}
	two := script{tables + more, "INSERT INTO o " + sum + " UNION ALL " + count, nil}
	want := reference(t, one, 3, 20000, 1)
	dir := t.TempDir()
	events(t, dir, 3, 20000, 1)
	ctx, kill := context.WithCancel(t.Context())
	store := &memory{}
	store.wrote = func(*exec.Image) error {
		if len(store.images) == 2 {
			kill()
		}
		return nil
	}
	l := &life{dir: dir, script: one, parallelism: 2, batch: 10, chunk: 500, rows: 100, store: store, ctx: ctx, seed: 5}
	if _, err := l.run(t); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	read := map[int64]bool{}
	for _, o := range store.last().Operators {
		if o.Position != nil {
			read[o.Position.Rows] = true
		}
	}
	if len(read) < 2 {
		t.Fatalf("both scans have read %v rows: nothing is shown", read)
	}
	store.wrote, l.ctx, l.from, l.script = nil, nil, store.last(), two
	if _, err := l.run(t); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, filepath.Join(dir, "out")); !slices.Equal(got, want) {
		t.Errorf("%d lines instead of %d:\n%s", len(got), len(want), difference(want, got))
	}
}

// unnamed is a file system on which parts get no visible name while broken, as by a crash between a checkpoint and its
// commit.
type unnamed struct {
	exec.OS
	broken *bool
}

func (f unnamed) Rename(from, to string) error {
	if *f.broken && strings.HasPrefix(filepath.Base(to), "part-") {
		return errors.New("crashed")
	}
	return f.OS.Rename(from, to)
}

// A job that died between a checkpoint and its commit does not go on with another table while rows wait for the first
// one; resumed unchanged it commits them.
func TestAnotherSinkBeforeCommit(t *testing.T) {
	const tables = `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');
CREATE TABLE other (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/other', 'format' = 'csv');`
	same, changed := script{tables, "INSERT INTO o SELECT id FROM g", nil}, script{tables, "INSERT INTO other SELECT id FROM g", nil}
	dir, broken := t.TempDir(), true
	store := &memory{}
	l := &life{dir: dir, script: same, parallelism: 1, batch: 100, chunk: 1 << 20, rows: 400, store: store, fs: unnamed{broken: &broken}}
	if _, err := l.run(t); err == nil {
		t.Fatal("the commit has not failed")
	}
	broken = false
	l.from, l.script = store.last(), changed
	var d *diag.Diagnostic
	if _, err := l.run(t); !errors.As(err, &d) || d.Code != "W6106" || !strings.Contains(d.Message, "rows of sink o that wait to be committed") {
		t.Errorf("rows that wait are left behind: %v", err)
	}
	l.script = same
	if _, err := l.run(t); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, filepath.Join(dir, "out")); len(got) != 1000 {
		t.Errorf("%d rows instead of 1000", len(got))
	}
}
