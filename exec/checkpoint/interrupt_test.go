package checkpoint_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"weir/exec"
	"weir/exec/checkpoint"
	"weir/exec/crashfs"
)

// interrupting is a file system that interrupts a session at one of the operations that make names.
type interrupting struct {
	*crashfs.FS
	left   atomic.Int64
	cancel context.CancelFunc
}

func (f *interrupting) count() {
	if f.left.Add(-1) == 0 {
		f.cancel()
	}
}

func (f *interrupting) Create(name string) (exec.File, error) {
	f.count()
	return f.FS.Create(name)
}

func (f *interrupting) Rename(from, to string) error {
	f.count()
	return f.FS.Rename(from, to)
}

// interrupt runs the script once and interrupts it, as Ctrl-C does, at the operation that makes the name of that number.
// done: it came to its end before.
func (w *world) interrupt(s *setup, at int64) (done bool, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	files := &interrupting{FS: w.fs, cancel: cancel}
	files.left.Store(at)
	err = w.x.live(ctx, files, dataDir, s)
	w.retained = s.retained
	w.trace = append(w.trace, fmt.Sprintf("%s: interrupted at name %d: %v", s, at, err))
	if err == nil {
		return true, nil
	}
	if broken(err) || ctx.Err() == nil || !strings.Contains(err.Error(), "interrupted") {
		return false, fmt.Errorf("a life ended otherwise than by the interrupt: %w", err)
	}
	// It has ended behind a checkpoint: what it has written is to be seen, and there is nothing else but its claim.
	_, hidden, err := listing(w.fs, filepath.Join(dataDir, "out"))
	if err != nil {
		return false, err
	}
	for _, name := range hidden {
		if name != claimOfLedger && strings.Count(name, "-") != 1 {
			return false, fmt.Errorf("%s is left by a job that was interrupted", name)
		}
	}
	return false, nil
}

// A job that is interrupted, and crashes now and then as well, goes on to the right output.
func TestCrashAndInterrupt(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 12))
		x := &recovered[r.IntN(len(recovered))]
		w := newWorld(t, x, seed)
		for range 1 + r.IntN(4) {
			s := draw(r)
			s.background = r.IntN(2) == 0
			if _, err := w.interrupt(s, 1+r.Int64N(30)); err != nil {
				return w.tell(err)
			}
			if r.IntN(2) == 0 {
				w.fs = w.fs.Crash(crashfs.Modes[r.IntN(len(crashfs.Modes))])
			}
		}
		return w.suffer(t, draw(r), r.IntN(2), func(int) int { return r.IntN(60) })
	})
}

// A job that begins with the last checkpoint of another one, which has crashed, and crashes itself until it has one of its
// own, goes on with what the other one has left.
func TestCrashOfSuccessor(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 13))
		x := &recovered[r.IntN(len(recovered))]
		for x.ledger { // one job writes a ledger
			x = &recovered[r.IntN(len(recovered))]
		}
		w := newWorld(t, x, seed)
		first := draw(r)
		n, err := x.operations(t, first)
		if err != nil {
			return err
		}
		if done, err := w.live(first, r.IntN(n), crashfs.Modes[r.IntN(len(crashfs.Modes))]); done || err != nil {
			return w.tell(err)
		}
		var job string
		var from *checkpoint.Found
		// pick takes the newest checkpoint of the one that crashed. It may be gone that was newest before, if a loss of power
		// came before the successor had begun with it.
		pick := func() error {
			found, err := checkpoint.List(w.fs, filepath.Join(dataDir, checkpoints))
			from = nil
			for i := range found {
				if job = cmp.Or(job, found[i].Job.ID); found[i].Job.ID == job {
					from = &found[i]
				}
			}
			return err
		}
		if err := pick(); err != nil || from == nil {
			return w.tell(err)
		}
		successor := func() *setup {
			s := draw(r)
			s.script, s.from = "successor.sql", from.Path
			return s
		}
		for range 1 + r.IntN(3) {
			if _, err := w.live(successor(), r.IntN(60), crashfs.Modes[r.IntN(len(crashfs.Modes))]); err != nil {
				return w.tell(err)
			}
			if _, err := w.fs.Stat(from.Path); errors.Is(err, fs.ErrNotExist) {
				if err := pick(); err != nil || from == nil {
					return w.tell(err)
				}
			}
		}
		if _, err := w.live(successor(), -1, crashfs.KeepAll); err != nil {
			return w.tell(err)
		}
		// What those that crashed had not committed stays hidden: each of them may be resumed yet.
		visible, _, err := listing(w.fs, filepath.Join(dataDir, "out"))
		if err != nil {
			return w.tell(err)
		}
		got, err := x.rows(visible)
		if err != nil {
			return w.tell(err)
		}
		if d := x.compare(x.undisturbed(t), got); d != "" {
			return w.tell(fmt.Errorf("the output is another: %s", d))
		}
		return nil
	})
}
