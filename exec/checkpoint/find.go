package checkpoint

import (
	"cmp"
	"errors"
	iofs "io/fs"
	"path/filepath"
	"slices"

	"weir/exec"
)

// Found is a job's newest checkpoint, as its manifest tells of it.
type Found struct {
	Path     string // of the checkpoint
	Job      exec.JobInfo
	Epoch    int64
	Taken    int64 // ms since 1970
	Finished bool
	Bytes    int64 // of its files
	// Kept is how many checkpoints the job has.
	Kept int
	// Locked says that a process has the job: Owner, as it wrote, which is empty in its first moment. LockErr says why
	// neither can be told.
	Locked  bool
	Owner   string
	LockErr error
	// Err says why the manifest of the newest checkpoint cannot be read. Job is then from an older one, if there is one.
	Err error
}

// List tells of the newest checkpoint of each job below dir, the job started last first. Jobs without a checkpoint are
// left out. Only manifests are read.
func List(fs exec.FS, dir string) ([]Found, error) {
	found, err := jobs(fs, dir)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].look(fs)
	}
	return found, nil
}

// Find returns, among the jobs below dir, the one started last with that key; nil if there is none. A job whose newest
// manifest cannot be read is an error where it may have that key: nobody should begin anew, or with an older state, for
// that.
func Find(fs exec.FS, dir, key string) (*Found, error) {
	all, err := jobs(fs, dir)
	if err != nil {
		return nil, err
	}
	var newest *Found
	for i := range all {
		f := &all[i]
		unknown := f.Err != nil && f.Job.ID == ""
		if !unknown && f.Job.Key != key {
			continue
		}
		if f.Err != nil {
			return nil, older(fs, f.Path, true, f.Err)
		}
		if newest == nil {
			newest = f
		}
	}
	if newest != nil {
		newest.look(fs)
	}
	return newest, nil
}

// jobs reads the newest manifest of each job below dir; the job started last comes first.
func jobs(fs exec.FS, dir string) ([]Found, error) {
	entries, err := fs.ReadDir(dir)
	if errors.Is(err, iofs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, storage("read", dir, err)
	}
	var all []Found
	for _, e := range entries {
		if !e.IsDir() || isOwnName(e.Name()) || e.Name()[0] == '.' {
			continue
		}
		f, err := newest(fs, filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if f != nil {
			all = append(all, *f)
		}
	}
	slices.SortStableFunc(all, func(a, b Found) int {
		return cmp.Or(cmp.Compare(b.Job.Started, a.Job.Started), cmp.Compare(b.Taken, a.Taken), cmp.Compare(a.Path, b.Path))
	})
	return all, nil
}

// newest tells of a job's newest checkpoint; nil: it has none. A job that runs may put another one in its place while it
// is read: then that one is.
func newest(fs exec.FS, job string) (*Found, error) {
	last := int64(-1)
	for {
		inside, err := fs.ReadDir(job)
		if errors.Is(err, iofs.ErrNotExist) {
			return nil, nil // removed since the directory above was read
		}
		if err != nil {
			return nil, storage("read", job, err)
		}
		epochs := epochsOf(inside)
		if len(epochs) == 0 {
			return nil, nil
		}
		f := newestOf(fs, job, epochs)
		if f.Err == nil || f.Epoch == last {
			return &f, nil
		}
		last = f.Epoch
	}
}

// newestOf tells of a job's newest checkpoint.
func newestOf(fs exec.FS, job string, epochs []int64) Found {
	last := len(epochs) - 1
	f := Found{Path: checkpointPath(job, epochs[last]), Epoch: epochs[last], Kept: len(epochs)}
	for i := last; i >= 0; i-- {
		m, err := readManifest(fs, checkpointPath(job, epochs[i]))
		if err != nil {
			if i == last {
				f.Err = err
			}
			continue
		}
		f.Job = m.image.Job
		if i == last {
			f.Epoch, f.Taken, f.Finished, f.Bytes = m.image.Epoch, m.image.Taken, m.image.Finished, m.bytes()
		}
		break
	}
	return f
}

// look sees who has locked the job.
func (f *Found) look(fs exec.FS) {
	path := filepath.Join(filepath.Dir(f.Path), lockName)
	var err error
	if f.Owner, f.Locked, err = fs.Locked(path); err != nil {
		f.LockErr = storage("read", path, err)
	}
}

// Settle makes durable what Load has found at a path, whose writer may have been killed in its last step: whoever begins
// with it makes rows visible that it tells of.
func Settle(fs exec.FS, path string) error {
	for _, dir := range []string{path, filepath.Dir(path)} {
		// Where we may not read it was not we who have written.
		if err := fs.SyncDir(dir); err != nil && !errors.Is(err, iofs.ErrPermission) {
			return storage("sync", dir, err)
		}
	}
	return nil
}
