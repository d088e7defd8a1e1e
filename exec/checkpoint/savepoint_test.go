package checkpoint_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"weir/exec"
)

// images is a store that keeps savepoints, too.
type images struct {
	memory
	savepoints []*exec.Image
}

func (s *images) Savepoint(_ context.Context, im *exec.Image, dir string) (string, int64, error) {
	s.savepoints = append(s.savepoints, im)
	return dir, 1, nil
}

// A savepoint holds whatever becomes of its job: also if that crashes behind it, and is resumed and killed.
func TestSavepointsOutliveTheirJob(t *testing.T) {
	dir := t.TempDir()
	x := script{tables: `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '4000');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');`, insert: "INSERT INTO o SELECT id FROM g"}
	store := &images{}
	ctx, kill := context.WithCancel(t.Context())
	control := make(chan exec.Request)
	go func() {
		time.Sleep(200 * time.Millisecond)
		reply := make(chan exec.Reply, 1)
		control <- exec.Request{Kind: exec.TakeSavepoint, Dir: "sp", Reply: reply}
		<-reply
		kill() // the crash
	}()
	l := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, store: store, ctx: ctx, control: control}
	_, err := l.run(t)
	t.Log("first life:", err)
	sp := store.savepoints[0]
	for _, commits := range []bool{false, true} {
		// The job is resumed, and stopped or killed; then somebody begins with the savepoint.
		l := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, store: store, from: store.images[0]}
		if commits {
			l.rows = 50
		}
		ctx, kill := context.WithCancel(t.Context())
		s := &memory{}
		s.wrote = func(im *exec.Image) error {
			if im.Epoch == 2 {
				kill()
			}
			return nil
		}
		l.store, l.ctx = s, ctx
		if !commits {
			time.AfterFunc(200*time.Millisecond, kill)
		}
		_, err := l.run(t)
		kill()
		before := len(lines(t, filepath.Join(dir, "out")))
		n := &life{dir: dir, script: x, parallelism: 1, batch: 100, chunk: 1 << 20, store: &memory{}, from: sp, begins: true, id: "2"}
		_, err2 := n.run(t)
		seen := map[string]int{}
		for _, s := range lines(t, filepath.Join(dir, "out")) {
			seen[s]++
		}
		missing := 0
		for i := 1; i <= 4000; i++ {
			if seen[fmt.Sprint(i)] == 0 {
				missing++
			}
		}
		t.Logf("resumed (%v), %d lines; then from the savepoint: %v; %d of 4000 rows are missing", err, before, err2, missing)
		if err2 != nil || missing > 0 {
			t.Errorf("the savepoint is of no use: %v, %d rows missing", err2, missing)
		}
	}
}
