package checkpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"weir/exec"
	"weir/parser/diag"
)

// lockName is the file in a job's directory that its process has locked.
const lockName = "lock"

// The names of directories begin with these; behind them: an epoch, part of a job's id and random digits.
const (
	checkpointPrefix = "chk-"
	savepointPrefix  = "savepoint-"
)

// Store keeps the checkpoints of one running job: it is an exec.ImageStore. A job has one at a time, whoever runs it.
type Store struct {
	fs     exec.FS
	dir    string
	job    exec.JobInfo
	retain int
	lock   io.Closer

	mu   sync.Mutex // guards rand
	rand *rand.Rand
}

// Open takes the directory of a job below dir, which it makes if there is none, and removes what an earlier process did
// not finish there. What it finds is durable behind it, a checkpoint whose writer was killed in its last step included: a
// job that began with one which a loss of power takes away would write everything since then twice. The job keeps retain
// checkpoints, at least one. If another process has the job, the error is a Diagnostic that names it.
func Open(fs exec.FS, random *rand.Rand, dir string, job exec.JobInfo, retain int) (*Store, error) {
	s := &Store{fs: fs, dir: filepath.Join(dir, job.ID), job: job, retain: max(1, retain),
		rand: rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))}
	if err := s.take(); err != nil {
		return nil, err
	}
	err := s.clean()
	if err == nil {
		err = s.sync()
	}
	if err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	s.bury()
	return s, nil
}

// A lock may be held for a moment only, by who buries what seems to be dead; until that one has cleared it, it names an
// owner of before. Open looks again after lockPause, and for lockPatience in all, which is a thousand times what that
// needs.
const (
	lockPause    = 5 * time.Millisecond
	lockPatience = 200 * time.Millisecond
)

// take makes the directory and locks it. Who buries a job that has died in its first moments may take a new one for
// such a one, and its directory away.
func (s *Store) take() error {
	for tries := lockPatience / lockPause; ; tries-- {
		if err := makeDir(s.fs, s.dir); err != nil {
			return err
		}
		var err error
		if s.lock, err = s.fs.Lock(filepath.Join(s.dir, lockName), owner()); err == nil {
			return nil
		}
		var by *exec.LockedError
		passes := errors.Is(err, iofs.ErrNotExist) || errors.As(err, &by)
		if !passes || tries == 0 {
			return s.locked(err)
		}
		time.Sleep(lockPause)
	}
}

// owner is what this process writes into locks.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	return fmt.Sprintf("pid %d on %s", os.Getpid(), host)
}

func (s *Store) locked(err error) error {
	var by *exec.LockedError
	if !errors.As(err, &by) {
		return storage("lock", s.dir, err)
	}
	return diag.New(codeLocked, diag.Span{}, "the job '%s' is run by another process (%s), which has locked %s", s.job.Name, cmp.Or(by.Owner, "unnamed"), s.dir).
		WithHint("stop that process first; without --resume the job starts anew beside it")
}

// clean removes what has a hidden name.
func (s *Store) clean() error {
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return storage("read", s.dir, err)
	}
	for _, e := range entries {
		if name, hidden := strings.CutPrefix(e.Name(), "."); hidden && isOwnName(name) {
			path := filepath.Join(s.dir, e.Name())
			if err := s.fs.RemoveAll(path); err != nil {
				return storage("remove", path, err)
			}
		}
	}
	return nil
}

// bury removes the directories of other jobs that died before their first checkpoint: nothing goes on from there, so
// that no one else ever cleans up. What cannot be removed waits for the next job.
func (s *Store) bury() {
	parent := filepath.Dir(s.dir)
	entries, err := s.fs.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		if dir != s.dir && e.IsDir() && isJobID(e.Name()) && s.stillborn(dir) {
			s.buryOne(dir)
		}
	}
}

func (s *Store) buryOne(dir string) {
	lock, err := s.fs.Lock(filepath.Join(dir, lockName), "")
	if err != nil {
		return // it lives
	}
	if s.stillborn(dir) { // also under the lock
		_ = s.fs.RemoveAll(dir)
	}
	_ = lock.Close() // the file is gone
}

// stillborn reports whether a job's directory has been used, by a process that may live, and has nothing that another
// one could begin with.
func (s *Store) stillborn(dir string) bool {
	entries, err := s.fs.ReadDir(dir)
	if err != nil {
		return false
	}
	used := false
	for _, e := range entries {
		if isOwnName(e.Name()) {
			return false
		}
		name, hidden := strings.CutPrefix(e.Name(), ".")
		used = used || e.Name() == lockName || hidden && isOwnName(name)
	}
	return used
}

// isJobID reports whether a name is a job's id.
func isJobID(name string) bool {
	const digits = 32
	return len(name) == digits && strings.Trim(name, "0123456789abcdef") == ""
}

// Dir is the directory of the job.
func (s *Store) Dir() string { return s.dir }

// Write makes a checkpoint durable and returns its size. Then it removes older ones that are too many.
func (s *Store) Write(ctx context.Context, im *exec.Image) (int64, error) {
	size, err := writeNew(ctx, s.fs, checkpointPath(s.dir, im.Epoch), im)
	if err != nil {
		return 0, err
	}
	s.retire(im.Epoch)
	return size, nil
}

// retire removes the checkpoints before an epoch that are too many. What cannot be removed is tried again with the next
// checkpoint: the one just written is good all the same.
func (s *Store) retire(epoch int64) {
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return
	}
	var older []int64
	for _, e := range epochsOf(entries) {
		if e < epoch {
			older = append(older, e)
		}
	}
	for _, e := range older[:max(0, len(older)-(s.retain-1))] {
		_ = s.remove(e)
	}
}

// remove takes a checkpoint's name away first, durably: a visible one is whole at any moment, also behind a crash.
func (s *Store) remove(epoch int64) error {
	path := checkpointPath(s.dir, epoch)
	hidden := filepath.Join(s.dir, "."+filepath.Base(path))
	if err := s.fs.RemoveAll(hidden); err != nil {
		return storage("remove", hidden, err)
	}
	if err := s.fs.Rename(path, hidden); err != nil {
		return storage("remove", path, err)
	}
	if err := s.sync(); err != nil {
		return err
	}
	if err := s.fs.RemoveAll(hidden); err != nil {
		return storage("remove", hidden, err)
	}
	return nil
}

// sync makes the names in the job's directory durable.
func (s *Store) sync() error {
	if err := s.fs.SyncDir(s.dir); err != nil {
		return storage("sync", s.dir, err)
	}
	return nil
}

// Savepoint makes a savepoint durable in a new directory below dir, which it makes if there is none.
func (s *Store) Savepoint(ctx context.Context, im *exec.Image, dir string) (path string, size int64, err error) {
	s.mu.Lock()
	digits := s.rand.Uint64() & (1<<48 - 1)
	s.mu.Unlock()
	path = filepath.Join(dir, fmt.Sprintf("%s%.6s-%012x", savepointPrefix, s.job.ID, digits))
	size, err = Write(ctx, s.fs, path, im)
	if err != nil {
		return "", 0, err
	}
	return path, size, nil
}

// committedName is a file beside an image whose sinks were committed. It holds nothing.
const committedName = "committed"

// Committed notes that the sinks of a checkpoint were committed.
func (s *Store) Committed(epoch int64) error {
	return markCommitted(s.fs, checkpointPath(s.dir, epoch))
}

func markCommitted(fs exec.FS, dir string) error {
	path := filepath.Join(dir, committedName)
	f, err := fs.Create(path)
	if errors.Is(err, iofs.ErrExist) {
		return nil // by an earlier life of the job
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = fs.SyncDir(dir)
	}
	if err != nil {
		return storage("write", path, err)
	}
	return nil
}

// Close lets go of the job's directory.
func (s *Store) Close() error {
	if err := s.lock.Close(); err != nil {
		return storage("unlock", s.dir, err)
	}
	return nil
}

// checkpointPath is the directory of a job's checkpoint.
func checkpointPath(job string, epoch int64) string {
	return filepath.Join(job, checkpointPrefix+strconv.FormatInt(epoch, 10))
}

// epochOf reads the name of a checkpoint's directory.
func epochOf(name string) (int64, bool) {
	digits, ok := strings.CutPrefix(name, checkpointPrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == digits
}

// epochsOf lists the epochs of a job's checkpoints, ascending.
func epochsOf(entries []iofs.DirEntry) []int64 {
	var epochs []int64
	for _, e := range entries {
		if n, ok := epochOf(e.Name()); ok && e.IsDir() {
			epochs = append(epochs, n)
		}
	}
	slices.SortFunc(epochs, cmp.Compare)
	return epochs
}

// isOwnName reports whether a directory of that name is a checkpoint or savepoint.
func isOwnName(name string) bool {
	_, ok := epochOf(name)
	return ok || strings.HasPrefix(name, savepointPrefix)
}
