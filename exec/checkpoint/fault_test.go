package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"weir/exec/crashfs"
	"weir/parser/diag"
)

// complain is how a job may end that was told that the disk is full: by a Diagnostic that says so. The errors of a ledger
// are its own.
func (x *shape) complain(err error) error {
	if broken(err) {
		return fmt.Errorf("an error that is none of the disk's: %w", err)
	}
	var d *diag.Diagnostic
	if !errors.As(err, &d) || !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
		return fmt.Errorf("an error that does not say that the disk is full: %w", err)
	}
	const untold = "W4900" // an error of the system that nobody has given a name
	if d.Code == untold && !x.ledger {
		return fmt.Errorf("an error of the system that names nothing: %w", err)
	}
	return nil
}

// commits reports whether an operation is the one that makes a part visible.
func commits(operation string) bool {
	from, to, ok := strings.Cut(operation, " to ")
	return ok && strings.HasPrefix(from, "rename data/out/.") && !strings.HasPrefix(to, "data/out/.")
}

// A full disk, for a moment or from then on, fails the job with an error that says so, or costs it no more than the
// checkpoints that it may lose. When there is room again the job goes on to the right output.
func TestCrashOfFullDisk(t *testing.T) {
	var failed, tolerated, commit atomic.Int64
	each(t, func(t testing.TB, seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 6))
		x := &recovered[r.IntN(len(recovered))]
		first := draw(r)
		first.tolerable = []string{"", "0", "1", "-1"}[r.IntN(4)]
		n, err := x.operations(t, first)
		if err != nil {
			return err
		}
		w := newWorld(t, x, seed)
		at, lasts := r.IntN(n), r.IntN(2) == 0
		if lasts {
			w.fs.FailFrom(at, syscall.ENOSPC)
		} else {
			w.fs.FailAt(at, syscall.ENOSPC)
		}
		err = x.live(context.Background(), w.fs, dataDir, first)
		w.retained = first.retained
		log := w.fs.Log()
		what := "nothing"
		if at < len(log) {
			what = log[at]
		}
		w.trace = append(w.trace, fmt.Sprintf("%s tolerable=%q: the disk is full at operation %d, %s, and on: %t; then %v", first, first.tolerable, at, what, lasts, err))
		switch {
		case err == nil && commits(what):
			return w.tell(errors.New("a commit failed, and the job did not"))
		case err == nil && lasts && at < len(log)-5:
			// The last operations remove old checkpoints.
			return w.tell(errors.New("the job has ended well without any room"))
		case err == nil && at < len(log):
			tolerated.Add(1)
		case err != nil:
			failed.Add(1)
			if commits(what) {
				commit.Add(1)
			}
			if err := x.complain(err); err != nil {
				return w.tell(err)
			}
		}
		if err == nil {
			got, err := x.output(w.fs, dataDir)
			if err != nil {
				return w.tell(err)
			}
			if d := x.compare(x.undisturbed(t), got); d != "" {
				return w.tell(fmt.Errorf("the output is another: %s", d))
			}
		}
		w.fs = w.fs.Crash(crashfs.Modes[r.IntN(len(crashfs.Modes))])
		return w.suffer(t, draw(r), r.IntN(2), func(int) int { return r.IntN(n) })
	})
	t.Logf("%d jobs failed, %d of them in a commit; %d did not mind", failed.Load(), commit.Load(), tolerated.Load())
	if *trials >= 100 && (failed.Load() == 0 || tolerated.Load() == 0 || commit.Load() == 0) {
		t.Error("a way in which a full disk is met did not come up")
	}
}
