package crashfs

import (
	"errors"
	"fmt"
	"math"
)

// ErrCrashed is what operations fail with from the crash on.
var ErrCrashed = errors.New("the file system has crashed")

// faults count operations and say which of them fail.
//
// Operations that change something, or would if they did not fail, are numbered from 0 in the order in which they
// happen: each Create, Write, Sync, Rename, Remove, SyncDir and Lock is one; MkdirAll and RemoveAll are one for each
// directory that is made and each name that is removed, and at least one. Those that only read are numbered too after
// CountReads. Close is none.
type faults struct {
	log     []operation
	reads   bool // are counted
	crashAt int
	failing []fault
	crashed bool
	signal  chan struct{} // closed when crashed; nil: nobody has asked for it
}

// operation is one of the log.
type operation struct {
	what, name, to string
	bytes          int // of a write
	reads          bool
}

func (o operation) String() string {
	switch {
	case o.to != "":
		return fmt.Sprintf("%s %s to %s", o.what, o.name, o.to)
	case o.bytes > 0:
		return fmt.Sprintf("%s %s: %d bytes", o.what, o.name, o.bytes)
	}
	return o.what + " " + o.name
}

// fault makes operations fail.
type fault struct {
	at      int
	err     error
	lasting bool
}

func noFaults() faults { return faults{crashAt: math.MaxInt} }

// CountReads has operations that only read numbered as well.
func (f *FS) CountReads() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = true
}

// CrashAt makes operation n and all behind it fail with ErrCrashed. They have no effect, but a write may have a part of
// it.
func (f *FS) CrashAt(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashAt = n
}

// FailAt makes operation n, and no other, fail with an error. It has no effect, but a write may have a part of it, and
// what a failed Sync was to make durable no later one does.
func (f *FS) FailAt(n int, err error) { f.fail(fault{at: n, err: err}) }

// FailFrom makes operation n and all behind it fail with an error, like FailAt.
func (f *FS) FailFrom(n int, err error) { f.fail(fault{at: n, err: err, lasting: true}) }

func (f *FS) fail(x fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failing = append(f.failing, x)
}

// Crashed returns a channel that is closed by the crash. In a synctest bubble the first call must come from inside.
func (f *FS) Crashed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.signal == nil {
		f.signal = make(chan struct{})
		if f.crashed {
			close(f.signal)
		}
	}
	return f.signal
}

// Ops is the number of operations so far; the one that a crash came at is the last.
func (f *FS) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.log)
}

// Log says what each operation was.
func (f *FS) Log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]string, len(f.log))
	for i, o := range f.log {
		all[i] = o.String()
	}
	return all
}

// begin counts an operation and says whether it fails.
func (f *faults) begin(o operation) error {
	if f.crashed {
		return ErrCrashed
	}
	if o.reads && !f.reads {
		return nil
	}
	n := len(f.log)
	f.log = append(f.log, o)
	if n >= f.crashAt {
		f.crash()
		return ErrCrashed
	}
	for _, x := range f.failing {
		if n == x.at || n > x.at && x.lasting {
			return x.err
		}
	}
	return nil
}

func (f *faults) crash() {
	if f.crashed {
		return
	}
	f.crashed = true
	if f.signal != nil {
		close(f.signal)
	}
}
