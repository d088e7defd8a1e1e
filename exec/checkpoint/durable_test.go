package checkpoint_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
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
