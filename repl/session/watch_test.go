package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
)

// The counters of a job can be had from its start; at its end they say that all was read.
func TestAJobIsWatched(t *testing.T) {
	s, r, _ := newRunning(t)
	dir := t.TempDir()
	text := strings.Repeat("1,2020-01-01 00:00:01\n", 100)
	for _, name := range []string{"a.csv", "b.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var reports []*exec.Report
	s.config.Started = func(report *exec.Report) {
		reports = append(reports, report)
		for _, tasks := range report.Tasks {
			for _, task := range tasks {
				if task.RowsOut.Load() != 0 || task.Reached.Load() != int64(vector.MinTime) {
					t.Error("a task has run before the start was told")
				}
			}
		}
	}
	got, err := script(t, s, r, "SET 'weir.chunk.bytes' = '512'; SET 'parallelism.default' = '2'; CREATE TABLE f (x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = '"+dir+"', 'format' = 'csv'); SELECT COUNT(*) AS n FROM f")
	if err != nil {
		t.Fatal(err, got)
	}
	if len(reports) != 1 {
		t.Fatalf("%d jobs were told", len(reports))
	}
	done := int64(0)
	for _, tasks := range reports[0].Tasks {
		for _, task := range tasks {
			if _, ok := task.Node.Spec.(*plan.Scan); !ok {
				continue
			}
			done += task.BytesDone.Load()
			if all := task.BytesAll.Load(); all != 0 && all != int64(2*len(text)) {
				t.Errorf("there are %d bytes to read, expected %d", all, 2*len(text))
			}
			if task.Reached.Load() != int64(vector.MaxTime) {
				t.Errorf("subtask %d ends with watermark %d", task.Subtask, task.Reached.Load())
			}
		}
	}
	if done != int64(2*len(text)) {
		t.Errorf("%d bytes of %d were read", done, 2*len(text))
	}
	if err := s.Document("a\nb\n"); err != nil {
		t.Fatal(err)
	}
	if last := r.lines[len(r.lines)-1]; last != "0 done 1" {
		t.Errorf("a document ends with %q", last)
	}
}
