package filesystem

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"weir/exec"
	"weir/exec/crashfs"
)

// TestSinkClaimIsDurable: a checkpoint before the first part names the run, so another statement must not get it.
func TestSinkClaimIsDurable(t *testing.T) {
	for _, mode := range crashfs.Modes {
		files := crashfs.New(1)
		s := newSink(t, files, outDir)
		openWriter(t, s, 0)
		if got := listedIn(t, files.Crash(mode), outDir); got != ".part-0" {
			t.Errorf("%s: %q", mode, got)
		}
	}
}

// TestSinkAfterKill: a statement whose process was killed may have made the directory and not have synced it.
func TestSinkAfterKill(t *testing.T) {
	for at := range 6 {
		files := crashfs.New(1)
		files.CrashAt(at)
		if _, err := live(t, files); err == nil {
			t.Fatal("no crash")
		}
		files = files.Crash(crashfs.KeepAll)
		s := newSink(t, files, outDir)
		must(t, s.Commit(context.Background(), 1, prepared(t, s, 0, 1, 7)))
		for _, mode := range crashfs.Modes {
			if got := listedIn(t, files.Crash(mode), outDir); !strings.Contains(got, "=7;") {
				t.Errorf("killed before operation %d, then %s: %q", at, mode, got)
			}
		}
	}
}

// TestSinkDiscardIsDurable: what was discarded does not come back when a later checkpoint would keep it.
func TestSinkDiscardIsDurable(t *testing.T) {
	files := crashfs.New(1)
	prepared(t, newSink(t, files, outDir), 0, 1, 5)
	files = files.Crash(crashfs.DropUnsynced)
	must(t, newSink(t, files, outDir).Discard(0, 0))
	for _, mode := range crashfs.Modes {
		if got := listedIn(t, files.Crash(mode), outDir); got != ".part-0" { // the claim is another's to give up
			t.Errorf("%s: %q", mode, got)
		}
	}
}

// TestSinkReleaseIsDurable: the claim of a job that ended does not come back.
func TestSinkReleaseIsDurable(t *testing.T) {
	files := crashfs.New(1)
	l, err := live(t, files)
	must(t, err)
	for _, mode := range crashfs.Modes {
		if got, want := listedIn(t, files.Crash(mode), outDir), strings.Join(l.visible, " "); got != want {
			t.Errorf("%s: %q, want %q", mode, got, want)
		}
	}
}

// A claim that was torn while it was signed is found by the job that comes back, which does not know its run.
func TestSinkTornClaim(t *testing.T) {
	synctest.Test(t, tornClaims) // where waiting for a signature takes no time
}

func tornClaims(t *testing.T) {
	for at := range 8 {
		for seed := range uint64(20) {
			files := crashfs.New(seed)
			files.CrashAt(at)
			opens(newDurableSink(t, files))
			files = files.Crash(crashfs.Modes[int(seed)%len(crashfs.Modes)])
			s := newDurableSink(t, files)
			_, err := s.Resume(context.Background(), exec.NoRun)
			must(t, err)
			if !opens(s) {
				t.Fatal("the sink can't be opened")
			}
			if got := listedIn(t, files, outDir); got != ".part-0" {
				t.Errorf("killed before operation %d, seed %d: %q", at, seed, got)
			}
		}
	}
}

// The claim of a job that was killed before it had made it durable is durable when the job has come back.
func TestSinkResumedClaimIsDurable(t *testing.T) { synctest.Test(t, resumedClaims) }

func resumedClaims(t *testing.T) {
	for at := range 8 {
		files := crashfs.New(1)
		files.CrashAt(at)
		opens(newDurableSink(t, files))
		files = files.Crash(crashfs.KeepAll)
		s := newDurableSink(t, files)
		_, err := s.Resume(context.Background(), exec.NoRun)
		must(t, err)
		prepared(t, s, 0, 1, 5)
		for _, mode := range crashfs.Modes {
			files := files.Crash(mode)
			s := newDurableSink(t, files)
			if run, err := s.Resume(context.Background(), exec.NoRun); err != nil || run != 0 {
				t.Errorf("killed before operation %d, then %s: run %d, %v", at, mode, run, err)
			}
		}
	}
}

// newDurableSink is the sink of a job that takes checkpoints, in any of its lives.
func newDurableSink(t *testing.T, files exec.FS) *sink {
	s := newSink(t, files, outDir).(*sink)
	s.durable, s.owner, s.clock = true, "job j, operator o\n", exec.SystemClock{}
	return s
}

// opens claims a run, if that can be had.
func opens(s *sink) bool {
	_, err := s.Open(&exec.Task{})
	return err == nil
}

// A job that was killed when it had found that its run was another one's does not take it for its own.
func TestSinkClaimOfAnothersRun(t *testing.T) {
	files := crashfs.New(1)
	first := newSink(t, files, outDir)
	must(t, first.Commit(context.Background(), 1, prepared(t, first, 0, 1, 5)))
	f, err := files.Create(outDir + "/.part-0")
	must(t, err)
	s := newDurableSink(t, files)
	must(t, s.sign(f))
	run, err := s.Resume(context.Background(), exec.NoRun)
	must(t, err)
	if run != exec.NoRun {
		t.Errorf("the run is %d", run)
	}
	if !opens(s) || s.Run() != 1 {
		t.Errorf("the sink claims run %d", s.Run())
	}
}

// taking is a file system on which another job takes a claim for a dead process's just before it is read.
type taking struct {
	*crashfs.FS
	name string
	with string
}

func (f *taking) Open(name string) (exec.File, error) {
	if name == f.name {
		f.name = ""
		if err := f.Remove(name); err != nil {
			return nil, err
		}
		x, err := f.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := x.Write([]byte(f.with)); err != nil {
			return nil, err
		}
	}
	return f.FS.Open(name)
}

// Of two jobs one has a run, also if one is slow to sign for it.
func TestSinkClaimIsTaken(t *testing.T) {
	s := newDurableSink(t, &taking{crashfs.New(1), outDir + "/.part-0", "job k, operator o\n"})
	if !opens(s) || s.Run() != 1 {
		t.Errorf("the sink claims run %d", s.Run())
	}
}
