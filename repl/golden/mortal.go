package golden

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"weir/exec"
)

// errKilled is what a dead process gets from its files.
var errKilled = errors.New("the process was killed")

// mortal is the machine's file system as a process sees it that is killed right behind a checkpoint. From then on all
// calls fail, so that nothing of what the process still tries has an effect. It syncs nothing: the death of a process
// takes nothing away that it has written.
type mortal struct {
	mu sync.Mutex
	// left counts the moments at which the process may be killed: each checkpoint has two, when it is durable and when it
	// is noted that the sinks are committed. The process dies at the one after so many; −1: never.
	left int
	dead bool
}

// alive fails where the process is dead.
func (m *mortal) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errKilled
	}
	return nil
}

// killed reports whether the process died.
func (m *mortal) killed() bool { return m.alive() != nil }

// moment is one at which the process may be killed.
func (m *mortal) moment() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == 0 {
		m.dead = true
	}
	m.left--
}

func (m *mortal) Open(name string) (exec.File, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	f, err := exec.OS{}.Open(name)
	return &mortalFile{f, m}, err
}

func (m *mortal) Create(name string) (exec.File, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	f, err := exec.OS{}.Create(name)
	if err == nil && filepath.Base(name) == "committed" {
		m.moment()
	}
	return &mortalFile{f, m}, err
}

func (m *mortal) Stat(name string) (fs.FileInfo, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	return exec.OS{}.Stat(name)
}

func (m *mortal) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	return exec.OS{}.ReadDir(name)
}

func (m *mortal) Glob(pattern string) ([]string, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	return exec.OS{}.Glob(pattern)
}

func (m *mortal) MkdirAll(name string) error {
	if err := m.alive(); err != nil {
		return err
	}
	return exec.OS{}.MkdirAll(name)
}

func (m *mortal) Rename(from, to string) error {
	if err := m.alive(); err != nil {
		return err
	}
	err := exec.OS{}.Rename(from, to)
	if err == nil && strings.HasPrefix(filepath.Base(to), "chk-") {
		m.moment()
	}
	return err
}

func (m *mortal) Remove(name string) error {
	if err := m.alive(); err != nil {
		return err
	}
	return exec.OS{}.Remove(name)
}

func (m *mortal) RemoveAll(name string) error {
	if err := m.alive(); err != nil {
		return err
	}
	return exec.OS{}.RemoveAll(name)
}

// Lock gives a lock that the end of the process would let go of: it closes also when dead.
func (m *mortal) Lock(name, owner string) (io.Closer, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	return exec.OS{}.Lock(name, owner)
}

func (m *mortal) Locked(name string) (string, bool, error) {
	if err := m.alive(); err != nil {
		return "", false, err
	}
	return exec.OS{}.Locked(name)
}

func (m *mortal) SyncDir(string) error { return m.alive() }

// mortalFile is an open file of a process that may be killed.
type mortalFile struct {
	exec.File
	of *mortal
}

func (f *mortalFile) Read(b []byte) (int, error) {
	if err := f.of.alive(); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

func (f *mortalFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.of.alive(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, at)
}

func (f *mortalFile) Write(b []byte) (int, error) {
	if err := f.of.alive(); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

func (f *mortalFile) Sync() error { return f.of.alive() }

func (f *mortalFile) Close() error {
	err := f.File.Close()
	if dead := f.of.alive(); dead != nil {
		return dead
	}
	return err
}
