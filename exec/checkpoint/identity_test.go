package checkpoint_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weir/exec/crashfs"
)

// scanned are the shapes in which one scan is read, at parallelism 1 by one subtask, whose output is then the same byte
// by byte.
var scanned = []string{"calc", "calc in JSON", "unnest", "window", "window in one phase", "window of values in order", "window of distinct values",
	"two windows", "window of a compressed file", "distinct", "limit", "sequence"}

// partsByEpoch are the part files of a run by epoch.
func partsByEpoch(files *crashfs.FS) (names []string, content map[string][]byte, err error) {
	content, hidden, err := listing(files, filepath.Join(dataDir, "out"))
	if err == nil && len(hidden) > 0 {
		err = fmt.Errorf("hidden files are left: %s", strings.Join(hidden, ", "))
	}
	epoch := func(name string) int {
		n, _ := strconv.Atoi(strings.Split(name, "-")[2])
		return n
	}
	names = slices.SortedFunc(maps.Keys(content), func(a, b string) int { return cmp.Compare(epoch(a), epoch(b)) })
	return names, content, err
}

// atOne draws a setup at parallelism 1 with chunks in their natural order.
func atOne(r *rand.Rand, rows int64, interval string) *setup {
	s := draw(r)
	s.parallelism, s.rows, s.interval, s.seed = 1, rows, interval, 0
	return s
}

// With weir.checkpoint.rows the part files of a job with one scan at parallelism 1 are those of an undisturbed run, file
// by file and byte by byte, wherever it crashes.
func TestCrashKeepsEveryByteOfParts(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 3))
		x := shapeOf(scanned[r.IntN(len(scanned))])
		s := atOne(r, 10+r.Int64N(90), "")
		calm := newWorld(t, x, seed)
		if _, err := calm.live(s, -1, crashfs.KeepAll); err != nil {
			return calm.tell(err)
		}
		_, want, err := partsByEpoch(calm.fs)
		if err != nil {
			return calm.tell(err)
		}
		w := newWorld(t, x, seed)
		if err := w.sufferAs(t, 1+r.IntN(3), func() *setup { return s }, func(int) int { return r.IntN(calm.fs.Ops()) }); err != nil {
			return err
		}
		names, got, err := partsByEpoch(w.fs)
		if err != nil {
			return w.tell(err)
		}
		for _, name := range names {
			if !bytes.Equal(got[name], want[name]) {
				return w.tell(fmt.Errorf("%s differs, %d bytes instead of %d; parts %v instead of %v", name, len(got[name]), len(want[name]),
					slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))))
			}
		}
		if len(got) != len(want) {
			return w.tell(fmt.Errorf("parts %v instead of %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))))
		}
		return nil
	})
}

// With checkpoints by time it is the parts put together in order that are the same.
func TestCrashKeepsEveryByteInOrder(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error {
		r := rand.New(rand.NewPCG(seed, 4))
		x := shapeOf(scanned[r.IntN(len(scanned))])
		s := atOne(r, 0, fmt.Sprintf("%d ms", 10+r.IntN(100))) // a hundredth of it, on the tests' clock
		text := func(w *world) ([]byte, error) {
			names, content, err := partsByEpoch(w.fs)
			var all []byte
			for _, name := range names {
				all = append(all, content[name]...)
			}
			return all, err
		}
		calm := newWorld(t, x, seed)
		if _, err := calm.live(s, -1, crashfs.KeepAll); err != nil {
			return calm.tell(err)
		}
		want, err := text(calm)
		if err != nil {
			return calm.tell(err)
		}
		w := newWorld(t, x, seed)
		if err := w.sufferAs(t, 1+r.IntN(3), func() *setup { return s }, func(int) int { return r.IntN(calm.fs.Ops()) }); err != nil {
			return err
		}
		got, err := text(w)
		if err != nil {
			return w.tell(err)
		}
		if !bytes.Equal(got, want) {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			return w.tell(fmt.Errorf("the parts put together differ at byte %d", at))
		}
		return nil
	})
}
