package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/exec"
)

// A checkpoint just before a bad row; then the job fails by the row, as it should. Resumed, it must fail again, not
// leave the row and those behind it out.
func TestResumingInFrontOfABadRow(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "in"), 0o777); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range 200 {
		ts := time.UnixMilli(1_600_000_000_000 + int64(i)).UTC().Format("2006-01-02 15:04:05.000")
		if i == 100 {
			ts = ""
		}
		fmt.Fprintf(&b, "%d,%s\n", i, ts)
	}
	if err := os.WriteFile(filepath.Join(dir, "in", "a.csv"), []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	x := script{tables: `CREATE TABLE e (id BIGINT, t STRING, ts AS TRY_CAST(t AS TIMESTAMP(3)), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = '${DIR}/in', 'format' = 'csv');
CREATE TABLE o (id BIGINT, ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`, insert: "INSERT INTO o SELECT id, ts FROM e"}
	store := &memory{}
	l := &life{dir: dir, script: x, parallelism: 1, batch: 1000, chunk: 1 << 20, rows: 100, store: store, control: make(chan exec.Request, 1)}
	l.control <- exec.Request{Kind: exec.StopWithSavepoint, Reply: make(chan exec.Reply, 1)} // weir stop
	report, err := l.run(t)
	t.Logf("first life: %v, stopped %v, %d lines; position %+v", err, report.Stopped, len(lines(t, filepath.Join(dir, "out"))), store.last().Operators[0].Position.Chains)
	l.from, l.control = store.last(), nil
	_, err = l.run(t)
	t.Logf("second life: %v, %d lines", err, len(lines(t, filepath.Join(dir, "out"))))
	if err == nil {
		t.Errorf("resumed the job has ended well, without the bad row and the 99 behind it")
	}
}

// Rows that are to be passed over are, also where another barrier comes while they are, in smaller batches.
func TestPassingOverInSmallerBatches(t *testing.T) {
	dir := t.TempDir()
	x := script{tables: `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '5000');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`, insert: "INSERT INTO o SELECT id FROM g"}
	store := &memory{}
	ctx, kill := context.WithCancel(t.Context())
	store.wrote = func(im *exec.Image) error {
		if len(store.images) == 2 {
			kill()
		}
		return nil
	}
	l := &life{dir: dir, script: x, parallelism: 1, batch: 4000, chunk: 1 << 20, rows: 900, store: store, ctx: ctx}
	_, err := l.run(t)
	t.Logf("first life: %v; position %+v", err, store.last().Operators[0].Position)
	store.wrote = nil
	ctx, kill = context.WithCancel(t.Context())
	n := len(store.images)
	store.wrote = func(im *exec.Image) error {
		if len(store.images) == n+1 {
			kill()
		}
		return nil
	}
	l.from, l.batch, l.ctx, l.rows, l.interval = store.last(), 10, ctx, 0, time.Microsecond
	_, err = l.run(t)
	t.Logf("second life: %v; position %+v", err, store.last().Operators[0].Position.Chains)
	store.wrote = nil
	l.from, l.ctx, l.interval = store.last(), nil, 0
	_, err = l.run(t)
	got := lines(t, filepath.Join(dir, "out"))
	seen := map[string]int{}
	for _, s := range got {
		seen[s]++
	}
	if err != nil || len(got) != 5000 || len(seen) != 5000 {
		t.Errorf("%v: %d lines, %d different, want 5000", err, len(got), len(seen))
	}
}

// keeping is a store that takes savepoints, and may fail to note commits.
type keeping struct {
	mu          sync.Mutex
	checkpoints []int64
	savepoints  []int64
	fails       bool
}

func (k *keeping) Write(_ context.Context, im *exec.Image) (int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.checkpoints = append(k.checkpoints, im.Epoch)
	return 1, nil
}
func (k *keeping) Savepoint(_ context.Context, im *exec.Image, dir string) (string, int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.savepoints = append(k.savepoints, im.Epoch)
	return fmt.Sprint(dir, "/", im.Epoch), 1, nil
}
func (k *keeping) Committed(epoch int64) error {
	if k.fails && epoch > 0 {
		return errors.New("the disk is full")
	}
	return nil
}

// Savepoints now and then don't keep checkpoints away.
func TestSavepointsBesideCheckpoints(t *testing.T) {
	dir := t.TempDir()
	x := script{tables: `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`, insert: "INSERT INTO o SELECT id FROM g"}
	ctx, kill := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer kill()
	control := make(chan exec.Request)
	go func() {
		for ctx.Err() == nil {
			reply := make(chan exec.Reply, 1)
			select {
			case control <- exec.Request{Kind: exec.TakeSavepoint, Dir: "sp", Reply: reply}:
				<-reply
			case <-ctx.Done():
			}
			time.Sleep(200 * time.Millisecond)
		}
	}()
	store := &keeping{}
	l := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, interval: 400 * time.Millisecond, store: store, ctx: ctx, control: control}
	_, err := l.run(t)
	t.Logf("%v; checkpoints %v; savepoints %v", err, store.checkpoints, store.savepoints)
	if len(store.checkpoints) < 3 {
		t.Errorf("in 1.5 s, with an interval of 400 ms, only checkpoints %v", store.checkpoints)
	}
}

// A stop whose commit fails fails the job, and whoever asked for it is told.
func TestStopWhoseCommitFails(t *testing.T) {
	dir := t.TempDir()
	x := script{tables: `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`, insert: "INSERT INTO o SELECT id FROM g"}
	reply := make(chan exec.Reply, 1)
	control := make(chan exec.Request, 1)
	control <- exec.Request{Kind: exec.StopWithSavepoint, Dir: "sp", Reply: reply}
	store := &keeping{fails: true}
	l := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, store: store, control: control}
	_, err := l.run(t)
	r := <-reply
	t.Logf("the job: %v; the reply: %+v", err, r)
	if err != nil && r.Err == nil {
		t.Errorf("the job failed by its commit (%v), but whoever stopped it was told that all is well: %+v", err, r)
	}
}
