package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"weir/exec"
	"weir/exec/checkpoint"
	"weir/exec/crashfs"
)

// storeOf opens the store of a job that has an id of one digit.
func storeOf(t testing.TB, files exec.FS, digit string) (*checkpoint.Store, error) {
	t.Helper()
	job := exec.JobInfo{ID: strings.Repeat(digit, 32), Name: digit, Key: digit}
	return checkpoint.Open(files, rand.New(rand.NewPCG(1, 1)), "place/checkpoints", job, 1)
}

func beginnings(digit string) *exec.Image {
	return &exec.Image{Job: exec.JobInfo{ID: strings.Repeat(digit, 32), Key: digit}}
}

// A checkpoint whose writer was killed before it knew that it is durable may be what a job goes on from: then a loss of
// power does not take it away.
func TestWhatAStoreFindsIsDurable(t *testing.T) {
	visible := 0
	for at := range 40 {
		files := crashfs.New(1)
		files.CrashAt(at)
		if s, err := storeOf(t, files, "a"); err == nil {
			if _, err := s.Write(context.Background(), beginnings("a")); err == nil {
				break
			}
		}
		files = files.Crash(crashfs.KeepAll)
		if _, err := storeOf(t, files, "a"); err != nil {
			t.Fatal(err)
		}
		before, err := checkpoint.Find(files, "place/checkpoints", "a")
		if err != nil {
			t.Fatal(err)
		}
		if before == nil {
			continue
		}
		visible++
		for _, mode := range crashfs.Modes {
			if found, err := checkpoint.Find(files.Crash(mode), "place/checkpoints", "a"); err != nil || found == nil {
				t.Errorf("killed before operation %d, then %s: the checkpoint is gone (%v)", at, mode, err)
			}
		}
	}
	if visible == 0 {
		t.Error("no crash came where the checkpoint is seen and not durable")
	}
}

// What a job leaves that dies before its first checkpoint goes with the next job, unless it lives.
func TestStoreRemovesStillborns(t *testing.T) {
	for at := range 40 {
		files := crashfs.New(1)
		files.CrashAt(at)
		if s, err := storeOf(t, files, "a"); err == nil {
			if _, err := s.Write(context.Background(), beginnings("a")); err == nil {
				break
			}
		}
		files = files.Crash(crashfs.Modes[at%len(crashfs.Modes)])
		if _, err := storeOf(t, files, "b"); err != nil {
			t.Fatal(err)
		}
		found, err := checkpoint.Find(files, "place/checkpoints", "a")
		if err != nil {
			t.Fatal(err)
		}
		if inside, err := files.ReadDir("place/checkpoints/" + strings.Repeat("a", 32)); found == nil && err == nil && len(inside) > 0 {
			t.Errorf("killed before operation %d: %s is left", at, inside[0].Name())
		}
	}
	files := crashfs.New(1)
	alive, err := storeOf(t, files, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storeOf(t, files, "b"); err != nil {
		t.Fatal(err)
	}
	if _, err := alive.Write(context.Background(), beginnings("a")); err != nil {
		t.Fatal(err)
	}
	if _, err := storeOf(t, files.Crash(crashfs.KeepAll), "c"); err != nil {
		t.Fatal(err)
	}
	if found, err := checkpoint.Find(files.Crash(crashfs.KeepAll), "place/checkpoints", "a"); err != nil || found == nil {
		t.Error(fmt.Errorf("a job that has a checkpoint is gone: %w", err))
	}
}

// After an error of Write no later life finds the image, whatever a loss of power leaves, unless the error says that it
// may.
func TestFailedCheckpointsStayAway(t *testing.T) {
	doubts := 0
	for _, lasts := range []bool{false, true} {
		for at := range 40 {
			files := crashfs.New(1)
			s, err := storeOf(t, files, "a")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Write(context.Background(), beginnings("a")); err != nil {
				t.Fatal(err)
			}
			if n := files.Ops() + at; lasts {
				files.FailFrom(n, syscall.EIO)
			} else {
				files.FailAt(n, syscall.EIO)
			}
			next := beginnings("a")
			next.Epoch = 1
			_, err = s.Write(context.Background(), next)
			if err == nil {
				continue
			}
			var doubt *exec.InDoubt
			if errors.As(err, &doubt) {
				doubts++
				continue
			}
			for range 20 {
				for _, mode := range crashfs.Modes {
					found, err := checkpoint.Find(files.Crash(mode), "place/checkpoints", "a")
					if err != nil || found == nil || found.Epoch != 0 {
						t.Fatalf("operation %d failed, lasting: %t; then %s: found %+v, %v", at, lasts, mode, found, err)
					}
				}
			}
		}
	}
	if doubts == 0 {
		t.Error("no checkpoint was in doubt")
	}
}

// What a job begins with that is not its own does not go away either.
func TestSettle(t *testing.T) {
	files := crashfs.New(1)
	s, err := storeOf(t, files, "a")
	if err != nil {
		t.Fatal(err)
	}
	path := "place/checkpoints/" + strings.Repeat("a", 32)
	before := files.Ops()
	if _, err := s.Write(context.Background(), beginnings("a")); err != nil {
		t.Fatal(err)
	}
	for at := before; at < before+20; at++ {
		files := crashfs.New(1)
		s, err := storeOf(t, files, "a")
		if err != nil {
			t.Fatal(err)
		}
		files.CrashAt(at)
		_, _ = s.Write(context.Background(), beginnings("a")) // it is killed
		files = files.Crash(crashfs.KeepAll)
		if _, err := checkpoint.Load(files, path+"/chk-0"); err != nil {
			continue
		}
		for _, from := range []string{path, path + "/chk-0"} {
			if err := checkpoint.Settle(files, from); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := checkpoint.Load(files.Crash(crashfs.DropUnsynced), path+"/chk-0"); err != nil {
			t.Errorf("killed before operation %d: %v", at, err)
		}
	}
}

// overtaken is a file system on which something happens just before a file is opened.
type overtaken struct {
	exec.FS
	name   string
	before func()
}

func (f *overtaken) Open(name string) (exec.File, error) {
	if before := f.before; before != nil && name == f.name {
		f.before = nil
		before()
	}
	return f.FS.Open(name)
}

// A job that runs may replace its checkpoint while another one looks for its own.
func TestFindAmongRunningJobs(t *testing.T) {
	files := crashfs.New(1)
	s, err := storeOf(t, files, "a")
	if err != nil {
		t.Fatal(err)
	}
	write := func(epoch int64) {
		im := beginnings("a")
		im.Epoch = epoch
		if _, err := s.Write(context.Background(), im); err != nil {
			t.Fatal(err)
		}
	}
	write(0)
	found, err := checkpoint.Find(&overtaken{files, "place/checkpoints/" + strings.Repeat("a", 32) + "/chk-0/manifest", func() { write(1) }}, "place/checkpoints", "a")
	if err != nil || found == nil || found.Epoch != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
}
