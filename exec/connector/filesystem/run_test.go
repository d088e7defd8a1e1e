package filesystem

import (
	"os"
	"path/filepath"
	"testing"

	"weir/exec"
)

// A job does not take a run back whose claim is another's by now.
func TestForeignRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".part-0"), []byte("job other, operator x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s := &sink{fs: exec.OS{}, dir: dir, durable: true, owner: "job mine, operator x\n", clock: exec.SystemClock{}, run: exec.NoRun}
	run, err := s.Resume(t.Context(), 0)
	if err == nil {
		t.Errorf("resumed run %d, which is another job's", run)
	}
}
