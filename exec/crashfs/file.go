package crashfs

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
)

// file is an open file.
type file struct {
	fs     *FS
	node   *node
	name   string // that it was opened by
	writes bool   // or reads
	at     int    // of the next Read or Write
	closed bool
}

// begin counts an operation on the open file and says whether it fails.
func (o *file) begin(x operation) error {
	if o.closed {
		return fs.ErrClosed
	}
	x.name = o.name
	return o.fs.begin(x)
}

// Read reads from where the last one ended.
func (o *file) Read(p []byte) (int, error) {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	n, err := o.read(p, o.at)
	o.at += n
	if n > 0 {
		err = nil // io.EOF comes alone
	}
	return n, err
}

// ReadAt reads from an offset; io.EOF says that there was less than asked for.
func (o *file) ReadAt(p []byte, off int64) (int, error) {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	if off < 0 {
		return 0, pathError("readat", o.name, errors.New("negative offset"))
	}
	return o.read(p, int(min(off, int64(len(o.node.data)))))
}

func (o *file) read(p []byte, at int) (int, error) {
	err := o.begin(operation{what: "read", reads: true})
	switch {
	case err != nil:
	case o.writes:
		err = syscall.EBADF
	case o.node.isDir():
		err = syscall.EISDIR
	}
	if err != nil {
		return 0, pathError("read", o.name, err)
	}
	n := copy(p, o.node.data[min(at, len(o.node.data)):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Write writes behind the last one. If it fails for a fault or the crash it may have written the beginning.
func (o *file) Write(p []byte) (int, error) {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	gone := o.closed || o.fs.crashed || !o.writes
	err := o.begin(operation{what: "write", bytes: len(p)})
	if err == nil && !o.writes {
		err = syscall.EBADF
	}
	switch {
	case gone:
		p = nil
	case err != nil:
		p = p[:o.fs.rand.IntN(len(p)+1)]
	}
	if len(p) > 0 {
		o.node.apply(write{at: o.at, data: p}, o.fs.clock())
		o.at += len(p)
	}
	return len(p), pathError("write", o.name, err)
}

// Sync makes the content durable.
func (o *file) Sync() error {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	err := o.begin(operation{what: "sync"})
	switch {
	case errors.Is(err, fs.ErrClosed) || errors.Is(err, ErrCrashed):
	case o.node.isDir() && err == nil:
		o.fs.settle(o.node)
	case !o.node.isDir():
		o.node.sync(err == nil)
	}
	return pathError("sync", o.name, err)
}

// Stat describes the file.
func (o *file) Stat() (fs.FileInfo, error) {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	if err := o.begin(operation{what: "stat", reads: true}); err != nil {
		return nil, pathError("stat", o.name, err)
	}
	return o.node.info(filepath.Base(o.name)), nil
}

// Close ends the use of the file. It makes nothing durable.
func (o *file) Close() error {
	o.fs.mu.Lock()
	defer o.fs.mu.Unlock()
	switch {
	case o.closed:
		return pathError("close", o.name, fs.ErrClosed)
	case o.fs.crashed:
		return pathError("close", o.name, ErrCrashed)
	}
	o.closed = true
	return nil
}

// lock keeps a node to one holder.
type lock struct {
	fs   *FS
	node *node
	name string
}

// Close gives the lock up; the file stays.
func (l *lock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	switch {
	case l.node.holder != l:
		return pathError("close", l.name, fs.ErrClosed)
	case l.fs.crashed:
		return pathError("close", l.name, ErrCrashed)
	}
	l.node.holder = nil
	return nil
}
