package checkpoint

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"weir/exec"
	"weir/exec/crashfs"
)

// life is what a job does with its store, and how far it has come.
type life struct {
	durable   int64 // epoch of the last checkpoint that was written; −1: none
	committed int64 // the last of which that was noted
	savepoint string
}

func (l *life) run(t *testing.T, fs exec.FS, j exec.JobInfo) error {
	l.durable, l.committed = -1, -1
	s, err := Open(fs, random(), "jobs", j, 2)
	if err != nil {
		return err
	}
	for epoch := range int64(5) {
		im := small()
		im.Job, im.Epoch = j, epoch
		if _, err := s.Write(t.Context(), im); err != nil {
			return err
		}
		l.durable = epoch
		if epoch == 3 {
			path, _, err := s.Savepoint(t.Context(), im, "points")
			if err != nil {
				return err
			}
			l.savepoint = path
		}
		if err := s.Committed(epoch); err != nil {
			return err
		}
		l.committed = epoch
	}
	return s.Close()
}

// checkWhole fails unless all that is visible is whole, and as new as it must be.
func (l *life) checkWhole(t *testing.T, fs exec.FS, j exec.JobInfo, newest int64) {
	t.Helper()
	dir := filepath.Join("jobs", j.ID)
	entries, err := fs.ReadDir(dir)
	if err != nil && l.durable >= 0 {
		t.Fatal(err)
	}
	for _, epoch := range epochsOf(entries) {
		if im, err := Load(fs, checkpointPath(dir, epoch)); err != nil || im.Epoch != epoch {
			t.Errorf("checkpoint %d: %v", epoch, err)
		}
	}
	im, err := Load(fs, dir)
	switch {
	case l.durable < 0 && newest < 0 && err != nil:
	case err != nil:
		if l.durable >= 0 {
			t.Error(err)
		}
	case im.Epoch < l.durable || im.Epoch > newest:
		t.Errorf("the newest checkpoint is %d, written were %d to %d", im.Epoch, l.durable, newest)
	case im.Epoch <= l.committed && !im.Committed:
		t.Errorf("checkpoint %d is not noted as committed", im.Epoch)
	}
	if l.savepoint != "" {
		if _, err := Load(fs, l.savepoint); err != nil {
			t.Error(err)
		}
	}
	if found, err := Find(fs, "jobs", j.Key); err != nil || (found == nil) != (im == nil) || found != nil && found.Epoch != im.Epoch {
		t.Errorf("found %v %v", found, err)
	}
}

// checkGoesOn opens the store again and writes another checkpoint.
func checkGoesOn(t *testing.T, fs exec.FS, j exec.JobInfo) {
	t.Helper()
	s, err := Open(fs, random(), "jobs", j, 2)
	if err != nil {
		t.Fatal(err)
	}
	im := small()
	im.Job, im.Epoch = j, 100
	if _, err := s.Write(t.Context(), im); err != nil {
		t.Fatal(err)
	}
	entries, err := fs.ReadDir(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	visible := 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left", e.Name())
		}
		if e.IsDir() {
			visible++
		}
	}
	if visible > 2 {
		t.Errorf("%d checkpoints are kept", visible)
	}
	if got, err := Load(fs, s.Dir()); err != nil || got.Epoch != 100 {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Wherever the machine crashes, and whatever of it survives: what was durable is there and whole, and the job goes on.
func TestCrashes(t *testing.T) {
	j := job("a", "k", 1)
	whole := crashfs.New(1)
	if err := new(life).run(t, whole, j); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Ops() {
		for _, mode := range crashfs.Modes {
			fs := crashfs.New(uint64(n))
			fs.CrashAt(n)
			var l life
			err := l.run(t, fs, j)
			if err == nil && l.durable < 4 {
				t.Fatalf("operation %d crashed and nobody saw it", n)
			}
			draws := 1
			if mode == crashfs.Random || mode == crashfs.TearLast {
				draws = 6
			}
			for range draws {
				after := fs.Crash(mode)
				l.checkWhole(t, after, j, l.durable+1)
				checkGoesOn(t, after, j)
			}
			if t.Failed() {
				t.Fatalf("crash at operation %d (%s), %s", n, fs.Log()[n], mode)
			}
		}
	}
}

// Whichever operation fails: a checkpoint that could not be written is not there, the one before it is, and the job
// goes on.
func TestFailures(t *testing.T) {
	j, full := job("a", "k", 1), errors.New("no space left on device")
	whole := crashfs.New(1)
	if err := new(life).run(t, whole, j); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Ops() {
		fs := crashfs.New(uint64(n))
		fs.FailAt(n, full)
		var l life
		err := l.run(t, fs, j)
		if err != nil && !strings.Contains(err.Error(), full.Error()) {
			t.Errorf("the reason is not told: %v", err)
		}
		after := fs.Crash(crashfs.KeepAll)
		l.checkWhole(t, after, j, l.durable)
		checkGoesOn(t, after, j)
		if t.Failed() {
			t.Fatalf("operation %d (%s) failed", n, fs.Log()[n])
		}
	}
}
