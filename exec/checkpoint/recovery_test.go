package checkpoint_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/exec/crashfs"
)

// world is a file system on which a shape's script is run again and again until it has ended.
type world struct {
	x        *shape
	fs       *crashfs.FS
	r        *rand.Rand
	trace    []string
	retained int // by the last life
}

func newWorld(t testing.TB, x *shape, seed uint64) *world {
	w := &world{x: x, fs: crashfs.New(seed), r: rand.New(rand.NewPCG(seed, 5))}
	place(t, w.fs, dataDir)
	w.fs.SyncAll()
	return w
}

// live runs the script once, to crash at operation at if there are so many. done: it has ended well.
func (w *world) live(s *setup, at int, mode crashfs.Mode) (done bool, err error) {
	w.retained = s.retained
	before := w.fs.Ops()
	if at >= 0 {
		w.fs.CrashAt(before + at)
	}
	err = w.x.live(context.Background(), w.fs, dataDir, s)
	select {
	case <-w.fs.Crashed():
	default:
		w.fs.CrashAt(math.MaxInt)
		if err != nil {
			return false, fmt.Errorf("life %d (%s): %w", len(w.trace)+1, s, err)
		}
		w.trace = append(w.trace, s.String()+": to the end")
		return true, nil
	}
	log := w.fs.Log()
	w.trace = append(w.trace, fmt.Sprintf("%s: crash at operation %d, %s, %s", s, at, log[len(log)-1], mode))
	if broken(err) || err != nil && !strings.Contains(err.Error(), crashfs.ErrCrashed.Error()) {
		return false, fmt.Errorf("life %d (%s) ended otherwise than by the crash: %w", len(w.trace), s, err)
	}
	w.fs = w.fs.Crash(mode)
	return false, nil
}

// check compares what is there with what there should be.
func (w *world) check(t testing.TB) error {
	got, err := w.x.output(w.fs, dataDir)
	if err != nil {
		return err
	}
	if d := w.x.compare(w.x.undisturbed(t), got); d != "" {
		return fmt.Errorf("the output is another: %s", d)
	}
	return tidy(w.fs, dataDir, w.retained)
}

// tell adds to an error what happened before.
func (w *world) tell(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w\nlives:\n\t%s", w.x.name, err, strings.Join(w.trace, "\n\t"))
}

// operations counts those of an undisturbed life.
func (x *shape) operations(t testing.TB, s *setup) (int, error) {
	w := newWorld(t, x, 1)
	before := w.fs.Ops()
	if _, err := w.live(s, -1, crashfs.KeepAll); err != nil {
		return 0, w.tell(err)
	}
	return w.fs.Ops() - before, w.tell(w.check(t))
}

// suffer lives through crashes at operations that next draws, then to the end: first in one setup, then in others.
func (w *world) suffer(t testing.TB, first *setup, times int, next func(life int) int) error {
	s := first
	return w.sufferAs(t, times, func() *setup {
		now := s
		s = draw(w.r)
		return now
	}, next)
}

// sufferAs is suffer in the setups that are given.
func (w *world) sufferAs(t testing.TB, times int, setups func() *setup, next func(life int) int) error {
	for life := 0; ; life++ {
		at := -1
		if life < times {
			at = next(life)
		}
		done, err := w.live(setups(), at, crashfs.Modes[w.r.IntN(len(crashfs.Modes))])
		if err == nil && done {
			// Also where the crash was to come later: what has ended is run once more all the same.
			err = w.check(t)
		}
		if err != nil || done && life >= times {
			return w.tell(err)
		}
	}
}

// A job that crashes at any operation and is resumed, at another parallelism, writes what one does that nobody disturbs.
func TestCrashOnce(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 1))
		x := &recovered[r.IntN(len(recovered))]
		first := draw(r)
		n, err := x.operations(t, first)
		if err != nil {
			return err
		}
		return newWorld(t, x, seed).suffer(t, first, 1, func(int) int { return r.IntN(n) })
	})
}

// It does so if the recovery crashes, too, again and again.
func TestCrashOfRecovery(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 2))
		x := &recovered[r.IntN(len(recovered))]
		first := draw(r)
		n, err := x.operations(t, first)
		if err != nil {
			return err
		}
		return newWorld(t, x, seed).suffer(t, first, 2+r.IntN(4), func(life int) int {
			if life > 0 && r.IntN(2) == 0 {
				return r.IntN(25) // the recovery itself
			}
			return r.IntN(n)
		})
	})
}

// exhausted are the shapes that crash at every operation of a life, in every mode; the others do so at random ones.
var exhausted = []string{"calc", "window in one phase", "group of groups", "first groups by order", "limit", "values", "sequence", "set into one directory", "set of alike statements"}

// A job may crash at every single operation, whatever the crash leaves.
func TestCrashEverywhere(t *testing.T) {
	for _, name := range exhausted {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := shapeOf(name)
			first := &setup{parallelism: 2, batch: 30, chunk: 2000, rows: 90, retained: 1, seed: 3}
			n, err := x.operations(t, first)
			if err != nil {
				t.Fatal(err)
			}
			seed := uint64(0)
			for at := range n {
				for _, mode := range crashfs.Modes {
					seed++
					w := newWorld(t, x, seed)
					done, err := w.live(first, at, mode)
					for !done && err == nil {
						done, err = w.live(draw(w.r), -1, mode)
					}
					if err == nil {
						err = w.check(t)
					}
					if err != nil {
						t.Fatalf("operation %d of %d, %s: %v", at, n, mode, w.tell(err))
					}
				}
			}
		})
	}
}
