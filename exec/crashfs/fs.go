// Package crashfs is a file system in memory for tests of recovery: it can crash before any of its operations, and then
// drops or tears what was not synced.
//
// What survives is what POSIX promises and no more. The content of a file is durable when Sync has returned. That a
// name is there, gone or another's is durable when SyncDir of its directory has returned, for a rename between two
// directories that of both; syncing a file says nothing about its name, nor syncing a directory about the contents of
// its files or about its own name. A rename is atomic: a crash leaves the old name or the new one.
package crashfs

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"weir/exec"
)

// FS is an exec.FS in memory. Its working directory is its root. It may be used by several goroutines at once; its lock
// is never held across a wait, so that a synctest bubble settles.
type FS struct {
	mu      sync.Mutex
	root    *node
	pending []*dirOp // directory operations that are not durable, in order
	clock   func() time.Time
	rand    *rand.Rand
	faults
}

var _ exec.FS = (*FS)(nil)

// New makes an empty file system. The seed decides what a crash leaves, where the mode leaves a choice. Times of
// modification count seconds from 1970 until SetClock.
func New(seed uint64) *FS {
	ticks := int64(0)
	f := &FS{root: newDir(), rand: rand.New(rand.NewPCG(seed, 0)), faults: noFaults()}
	f.clock = func() time.Time { ticks++; return time.Unix(ticks, 0) }
	return f
}

// SetClock makes times of modification come from a function. It is called by one goroutine at a time.
func (f *FS) SetClock(now func() time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = now
}

// Open opens a file or directory for reading.
func (f *FS) Open(name string) (exec.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.read("open", name)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return &file{fs: f, node: n, name: name}, nil
}

// Create makes a file for writing.
func (f *FS) Create(name string) (exec.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.create(name)
	if err != nil {
		return nil, pathError("open", name, err) // os says so
	}
	return &file{fs: f, node: n, name: name, writes: true}, nil
}

func (f *FS) create(name string) (*node, error) {
	if err := f.begin(operation{what: "create", name: name}); err != nil {
		return nil, err
	}
	p, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if p.node != nil {
		return nil, syscall.EEXIST
	}
	n := &node{modified: f.clock()}
	f.link(p, n)
	return n, nil
}

// Stat describes a file or directory.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.read("stat", name)
	if err != nil {
		return nil, pathError("stat", name, err)
	}
	return n.info(filepath.Base(name)), nil
}

// ReadDir lists a directory by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.read("readdir", name)
	if err == nil && !n.isDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, pathError("readdir", name, err)
	}
	var entries []fs.DirEntry
	for _, base := range n.names() {
		entries = append(entries, fs.FileInfoToDirEntry(n.entries[base].info(base)))
	}
	return entries, nil
}

// MkdirAll makes a directory and those above it that do not exist: each is an operation of its own.
func (f *FS) MkdirAll(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return pathError("mkdir", name, f.mkdirAll(name))
}

func (f *FS) mkdirAll(name string) error {
	p, err := f.find(name)
	if errors.Is(err, fs.ErrNotExist) && name != "" {
		if err := f.mkdirAll(filepath.Dir(filepath.Clean(name))); err != nil {
			return err
		}
		p, err = f.find(name)
	}
	if e := f.begin(operation{what: "mkdir", name: name}); e != nil {
		return e
	}
	switch {
	case err != nil:
		return err
	case p.node == nil:
		f.link(p, newDir())
	case !p.node.isDir():
		return syscall.ENOTDIR
	}
	return nil
}

// Rename gives a file or directory another name. A file that has the name is replaced, a directory is an error.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.rename(from, to); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

func (f *FS) rename(from, to string) error {
	if err := f.begin(operation{what: "rename", name: from, to: to}); err != nil {
		return err
	}
	source, err := f.find(from)
	if err != nil {
		return err
	}
	target, err := f.find(to)
	if err != nil {
		return err
	}
	switch {
	case source.node == nil:
		return syscall.ENOENT
	case source.dir == nil:
		return syscall.EBUSY // the root
	case target.node != nil && target.node.isDir():
		return syscall.EEXIST
	case source.node == target.node:
		return nil
	case source.node.isDir() && target.node != nil:
		return syscall.ENOTDIR
	case slices.ContainsFunc(target.above, func(e entry) bool { return e.dir.entries[e.name] == source.node }):
		return syscall.EINVAL // into itself
	}
	f.move(source, target)
	return nil
}

// Remove removes a file or an empty directory.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return pathError("remove", name, f.remove(name))
}

func (f *FS) remove(name string) error {
	if err := f.begin(operation{what: "remove", name: name}); err != nil {
		return err
	}
	p, err := f.find(name)
	switch {
	case err != nil:
		return err
	case p.node == nil:
		return syscall.ENOENT
	case p.dir == nil:
		return syscall.EBUSY
	case len(p.node.entries) > 0:
		return syscall.ENOTEMPTY
	}
	f.link(p, nil)
	return nil
}

// RemoveAll removes a file, or a directory with all in it: each removal is an operation of its own.
func (f *FS) RemoveAll(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.removeAll(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return pathError("remove", name, err)
}

func (f *FS) removeAll(name string) error {
	if p, err := f.find(name); err == nil && p.dir != nil && p.node != nil {
		for _, base := range p.node.names() {
			if err := f.removeAll(filepath.Join(name, base)); err != nil {
				return err
			}
		}
	}
	return f.remove(name)
}

// SyncDir makes the entries of a directory durable; of a file, as with os, its content.
func (f *FS) SyncDir(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return pathError("sync", name, f.syncDir(name))
}

func (f *FS) syncDir(name string) error {
	fault := f.begin(operation{what: "sync directory", name: name})
	if errors.Is(fault, ErrCrashed) {
		return fault
	}
	p, err := f.find(name)
	switch {
	case err != nil:
		return err
	case p.node == nil:
		return syscall.ENOENT
	case p.node.isDir() && fault == nil:
		f.settle(p.node)
	case !p.node.isDir():
		p.node.sync(fault == nil)
	}
	return fault
}

// Lock makes a file or takes one, and keeps others from doing so until Close or a crash.
func (f *FS) Lock(name, owner string) (io.Closer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, err := f.lock(name, owner)
	var locked *exec.LockedError
	if errors.As(err, &locked) {
		return nil, err
	}
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return l, nil
}

func (f *FS) lock(name, owner string) (*lock, error) {
	if err := f.begin(operation{what: "lock", name: name}); err != nil {
		return nil, err
	}
	p, err := f.find(name)
	if err != nil {
		return nil, err
	}
	n := p.node
	switch {
	case n == nil:
		n = &node{}
		f.link(p, n)
	case n.isDir():
		return nil, syscall.EISDIR
	case n.holder != nil:
		return nil, &exec.LockedError{Owner: strings.TrimSpace(string(n.data))}
	}
	n.apply(write{truncate: true}, f.clock())
	n.apply(write{data: []byte(owner + "\n")}, f.clock())
	n.holder = &lock{fs: f, node: n, name: name}
	return n.holder, nil
}

// Locked reports whether somebody has the lock of a file.
func (f *FS) Locked(name string) (owner string, held bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.read("look at the lock", name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, pathError("open", name, err)
	case n.holder == nil:
		return "", false, nil
	}
	return strings.TrimSpace(string(n.data)), true, nil
}

// read finds what an operation that changes nothing is about.
func (f *FS) read(what, name string) (*node, error) {
	if err := f.begin(operation{what: what, name: name, reads: true}); err != nil {
		return nil, err
	}
	p, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if p.node == nil {
		return nil, syscall.ENOENT
	}
	return p.node, nil
}

// place is where a name leads to.
type place struct {
	entry         // its directory is nil for the root
	node  *node   // nil: there is none yet
	above []entry // those of the directories on the way
}

// find looks a name up; the directories on the way must exist.
func (f *FS) find(name string) (place, error) {
	if name == "" {
		return place{}, syscall.ENOENT
	}
	p := place{node: f.root}
	for _, base := range strings.Split(filepath.Clean("/" + name)[1:], "/") {
		if base == "" {
			break // the root
		}
		if p.node == nil {
			return place{}, syscall.ENOENT
		}
		if !p.node.isDir() {
			return place{}, syscall.ENOTDIR
		}
		if p.dir != nil {
			p.above = append(p.above, p.entry)
		}
		p.entry = entry{p.node, base}
		p.node = p.node.entries[base]
	}
	return p, nil
}

// pathError is err with what was done to what; nil: none.
func pathError(what, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: what, Path: name, Err: err}
}
