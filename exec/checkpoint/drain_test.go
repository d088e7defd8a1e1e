package checkpoint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/exec"
)

// slow is a file system whose writes take their time.
type slow struct{ exec.OS }

type lazyFile struct{ exec.File }

func (f lazyFile) Write(p []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	return f.File.Write(p)
}

func (s slow) Create(name string) (exec.File, error) {
	f, err := s.OS.Create(name)
	if err != nil || !strings.Contains(name, "part-") || !strings.Contains(name, "open") {
		return f, err
	}
	return lazyFile{f}, nil
}

// A drain has no way back: it takes its time, and all rows that were read are written.
func TestADrainIsNotGivenUp(t *testing.T) {
	for try := range 3 {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "in"), 0o777); err != nil {
			t.Fatal(err)
		}
		const files, rows = 4, 5000
		for f := range files {
			var b strings.Builder
			for i := range rows {
				fmt.Fprintf(&b, "%d,%s\n", f*rows+i, strings.Repeat("x", 100))
			}
			if err := os.WriteFile(filepath.Join(dir, "in", fmt.Sprintf("%d.csv", f)), []byte(b.String()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		x := script{tables: `CREATE TABLE e (id BIGINT, x STRING) WITH ('connector' = 'filesystem', 'path' = '${DIR}/in', 'format' = 'csv');
CREATE TABLE o (id BIGINT, x STRING) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv', 'sink.parallelism' = '1');`, insert: "INSERT INTO o SELECT id, x FROM e"}
		control := make(chan exec.Request)
		reply := make(chan exec.Reply, 1)
		go func() {
			time.Sleep(time.Duration(30+30*try) * time.Millisecond)
			control <- exec.Request{Kind: exec.StopWithDrain, Dir: "sp", Reply: reply}
		}()
		store := &memory{}
		l := &life{dir: dir, script: x, parallelism: 3, batch: 200, chunk: 100_000, store: store, control: control, timeout: 25 * time.Millisecond, interval: 100 * time.Millisecond, fs: slow{}}
		type end struct {
			r   *exec.Report
			err error
		}
		done := make(chan end, 1)
		go func() { r, err := l.run(t); done <- end{r, err} }()
		select {
		case e := <-done:
			var r exec.Reply
			select {
			case r = <-reply:
			default:
			}
			n := len(lines(t, filepath.Join(dir, "out")))
			im := store.last()
			t.Logf("try %d: reply %v; job: err %v, stopped %v; %d of %d lines; finished %v", try, r.Err, e.err, e.r.Stopped, n, files*rows, im.Finished)
			if e.err == nil && !e.r.Stopped && n != files*rows {
				t.Errorf("the job has ended well, with %d of %d rows; its last image says finished: %v", n, files*rows, im.Finished)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("try %d: the job hangs", try)
		}
	}
}
