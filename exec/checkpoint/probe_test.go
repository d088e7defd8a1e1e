package checkpoint

import (
	iofs "io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"weir/exec"
)

// Who lists jobs keeps none from being opened, and leaves their directories as they are.
func TestListingLeavesJobsAlone(t *testing.T) {
	dir, j := t.TempDir(), job("a", "k", 1)
	s := opened(t, dir, j, 1)
	write(t, s, j, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(s.Dir(), lockName)
	if err := os.WriteFile(lock, []byte("pid 1 on another host\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if all, err := List(exec.OS{}, dir); err != nil || len(all) != 1 || all[0].Locked || all[0].Owner != "" {
		t.Errorf("%+v %v", all, err)
	}
	if text, err := os.ReadFile(lock); string(text) != "pid 1 on another host\n" || err != nil {
		t.Errorf("the lock has %q, %v", text, err)
	}
	stop := make(chan struct{})
	var listing sync.WaitGroup
	listing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := List(exec.OS{}, dir); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 500 {
		s, err := Open(exec.OS{}, random(), dir, j, 1)
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			t.Error(err)
		}
	}
	close(stop)
	listing.Wait()
}

// Jobs that begin at once in one directory don't bury each other.
func TestJobsBeginAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for _, id := range []string{"a", "b", "c", "d"} {
		all.Go(func() {
			for range 50 {
				s, err := Open(exec.OS{}, random(), dir, job(id, "k", 1), 1)
				if err != nil {
					t.Error(err)
					continue
				}
				if _, err := os.Stat(filepath.Join(s.Dir(), lockName)); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// blind is a file system whose locks may not be read.
type blind struct{ exec.OS }

func (blind) Locked(name string) (string, bool, error) {
	return "", false, &iofs.PathError{Op: "open", Path: name, Err: syscall.EACCES}
}

// Of a lock that may not be read it is unknown who has it.
func TestLockThatMayNotBeRead(t *testing.T) {
	dir, j := t.TempDir(), job("a", "k", 1)
	write(t, opened(t, dir, j, 1), j, 1)
	f, err := Find(blind{}, dir, "k")
	if err != nil || f == nil || f.Locked || f.LockErr == nil {
		t.Errorf("%+v %v", f, err)
	}
}

// fleeting is a file system in which a job's directory goes when one of its manifests is about to be read.
type fleeting struct {
	exec.OS
	job string
}

func (f fleeting) Open(name string) (exec.File, error) {
	if filepath.Base(name) == manifestName && filepath.Dir(filepath.Dir(name)) == f.job {
		if err := os.RemoveAll(f.job); err != nil {
			return nil, err
		}
	}
	return f.OS.Open(name)
}

// A job's directory that goes while jobs are listed is none.
func TestListingWhileAJobGoes(t *testing.T) {
	dir := t.TempDir()
	for _, id := range []string{"a", "b"} {
		j := job(id, "k", 1)
		write(t, opened(t, dir, j, 1), j, 1)
	}
	f, err := Find(fleeting{job: filepath.Join(dir, job("a", "k", 1).ID)}, dir, "k")
	if err != nil || f == nil || f.Job.ID != job("b", "k", 1).ID {
		t.Errorf("%+v %v", f, err)
	}
}
