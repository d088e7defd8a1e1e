package exec

import (
	"context"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// Seams are what the engine takes from the world: tests put in others.
type Seams struct {
	Clock Clock
	FS    FS
	Rand  *rand.Rand // used under a lock of its user's own
	Stdin io.Reader
	// Stdout and Stderr take what print tables write, a batch of lines at a time.
	Stdout io.Writer
	Stderr io.Writer
}

// Clock tells time. In a synctest bubble the system clock is a fake one.
type Clock interface {
	Now() time.Time
	// After returns a channel that gets one value when d has passed or never, if ctx ends before.
	After(ctx context.Context, d time.Duration) <-chan time.Time
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now returns the current time.
func (SystemClock) Now() time.Time { return time.Now() }

// After is time.After: a timer nobody waits for is collected.
func (SystemClock) After(_ context.Context, d time.Duration) <-chan time.Time { return time.After(d) }

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Closer
	Stat() (fs.FileInfo, error)
	Sync() error
}

// FS is a file system. Names are as the user wrote them.
type FS interface {
	Open(name string) (File, error)
	// Create makes a file for writing; it fails with fs.ErrExist if there is one.
	Create(name string) (File, error)
	Stat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	Glob(pattern string) ([]string, error)
	MkdirAll(name string) error
	Rename(from, to string) error
	Remove(name string) error
	// RemoveAll removes a directory with all in it; none is no error.
	RemoveAll(name string) error
	// Lock makes a file, or takes one that is there, and keeps other processes from doing so until Close or the end of
	// this one. A *LockedError says who has it. owner is written into the file; empty: the lock is for a moment.
	Lock(name, owner string) (io.Closer, error)
	// Locked reports whether somebody has the lock of a file, and who, as it wrote; no file has no lock. It changes
	// nothing, nor does a Lock fail for it. owner may be empty: who has the lock is about to write it.
	Locked(name string) (owner string, held bool, err error)
	// SyncDir makes the entries of a directory durable.
	SyncDir(name string) error
}

// LockedError says that another one has a lock.
type LockedError struct{ Owner string }

// Error names the owner.
func (e *LockedError) Error() string { return "locked by " + e.Owner }

// OS is the machine's file system.
type OS struct{}

func (OS) Open(name string) (File, error) { return os.Open(name) }
func (OS) Create(name string) (File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
}
func (OS) Stat(name string) (fs.FileInfo, error)      { return os.Stat(name) }
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
func (OS) Glob(pattern string) ([]string, error)      { return filepath.Glob(pattern) }
func (OS) MkdirAll(name string) error                 { return os.MkdirAll(name, 0o777) }
func (OS) Rename(from, to string) error               { return os.Rename(from, to) }
func (OS) Remove(name string) error                   { return os.Remove(name) }
func (OS) RemoveAll(name string) error                { return os.RemoveAll(name) }
func (OS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
