package checkpoint_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"weir/exec"
)

// halfway is a file system on which parts get no visible name while broken: a crash between a checkpoint and its commit.
type halfway struct {
	exec.OS
	broken *bool
}

func (f halfway) Rename(from, to string) error {
	if *f.broken && strings.HasPrefix(filepath.Base(to), "part-") {
		return errors.New("crashed")
	}
	return f.OS.Rename(from, to)
}

const pendingTables = `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');
CREATE TABLE o2 (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out2', 'format' = 'csv');`

// Somebody begins with an older image of a job that died between a later checkpoint and its commit: the job can be
// resumed all the same, and neither writes over the parts of the other.
func TestJobsThatShareAPast(t *testing.T) {
	dir := t.TempDir()
	broken := true
	store := &memory{}
	x := script{pendingTables, "INSERT INTO o SELECT id FROM g", nil}
	l := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, rows: 400, store: store, fs: halfway{broken: &broken}}
	_, err := l.run(t)
	t.Logf("first life: %v; epoch %d", err, store.last().Epoch)
	broken = false
	savepoint := *store.last() // as one of epoch 0 would be, of the moment after the claim
	first := *store.images[0]
	first.Operators = append([]*exec.OperatorImage(nil), first.Operators...)
	s := *first.Operators[len(first.Operators)-1]
	s.Sink = &exec.SinkImage{Run: savepoint.Operators[len(savepoint.Operators)-1].Sink.Run}
	first.Operators[len(first.Operators)-1] = &s
	n := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, rows: 200, store: &memory{}, from: &first, begins: true, id: "2"}
	_, err = n.run(t)
	all := lines(t, filepath.Join(dir, "out"))
	t.Logf("begun with the savepoint: %v; %d lines", err, len(all))
	l.from = store.last()
	_, err = l.run(t)
	again := lines(t, filepath.Join(dir, "out"))
	have := map[string]bool{}
	for _, x := range again {
		have[x] = true
	}
	missing := 0
	for _, x := range all {
		if !have[x] && !strings.HasPrefix(x, "hidden") {
			missing++
		}
	}
	t.Logf("the first job resumed: %v; %d lines", err, len(again))
	if missing > 0 {
		t.Errorf("%d rows that the second job had committed are gone: the first one, resumed, has written its parts over them", missing)
	}
}
