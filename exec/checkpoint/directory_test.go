package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/exec/crashfs"
)

// several is a script of INSERTs into one directory, one for each parallelism.
func several(parallelism ...int) string {
	var b strings.Builder
	b.WriteString(csvEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT)" + toCSV)
	for _, p := range parallelism {
		fmt.Fprintf(&b, "SET 'parallelism.default' = '%d';\nINSERT INTO o SELECT k, window_start, COUNT(*) "+tumble+";\n", p, "e")
	}
	return b.String()
}

// inOneDirectory runs a script of INSERTs, which crashes a few times, and checks that the directory has what each of them
// writes.
func inOneDirectory(t testing.TB, seed uint64, background bool) error {
	r := rand.New(rand.NewPCG(seed, 8))
	x := &shape{name: "several", tables: several(1)}
	run := func(files *crashfs.FS, s *setup, parallelism ...int) error {
		return liveScript(context.Background(), files, dataDir, nil, several(parallelism...), s)
	}
	fresh := func() *crashfs.FS {
		files := crashfs.New(seed)
		place(t, files, dataDir)
		files.SyncAll()
		return files
	}
	calm := fresh()
	if err := run(calm, &setup{parallelism: 1, batch: 1000, chunk: 1 << 20}, 1); err != nil {
		return err
	}
	once, err := x.output(calm, dataDir)
	if err != nil {
		return err
	}
	want := slices.Concat(once, once, once)
	slices.Sort(want)

	first := draw(r)
	first.background = background
	calm = fresh()
	if err := run(calm, first, 3, 2, 3); err != nil {
		return err
	}
	files := fresh()
	var trace []string
	for life := range 4 {
		s := first
		ps := []int{3, 2, 3}
		if life > 0 {
			s = draw(r)
			s.background = background
			ps = [][]int{{2, 3, 2}, {2, 3, 2}, {3, 2, 3}}[r.IntN(3)]
		}
		if life < 3 {
			files.CrashAt(files.Ops() + r.IntN(calm.Ops()))
		}
		err := run(files, s, ps...)
		crashed := false
		select {
		case <-files.Crashed():
			crashed = true
		default:
		}
		mode := crashfs.Modes[r.IntN(len(crashfs.Modes))]
		trace = append(trace, fmt.Sprintf("%v %s: crashed: %t, %s", ps, s, crashed, mode))
		if broken(err) || err != nil && (!crashed || !strings.Contains(err.Error(), crashfs.ErrCrashed.Error())) {
			return fmt.Errorf("%w\nlives: %s", err, strings.Join(trace, "\n\t"))
		}
		if life < 3 {
			files = files.Crash(mode)
		}
	}
	got, err := x.output(files, dataDir)
	if err == nil && !slices.Equal(got, want) {
		err = errors.New(difference(want, got))
	}
	if err == nil {
		err = tidy(files, dataDir, 2)
	}
	if err == nil {
		visible, _, _ := listing(files, filepath.Join(dataDir, "out"))
		runs := map[string]bool{}
		for name := range visible {
			runs[strings.Split(name, "-")[1]] = true
		}
		if len(runs) != 3 {
			err = fmt.Errorf("%d runs instead of 3", len(runs))
		}
	}
	if err != nil {
		return fmt.Errorf("%w\nlives: %s", err, strings.Join(trace, "\n\t"))
	}
	return nil
}

// INSERTs into one directory, at parallelism 3, 2 and 3, which crash and go on at others, neither overwrite each other's
// parts nor leave anything.
func TestCrashInOneDirectory(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error { return inOneDirectory(t, seed, false) })
}

// They may do so at the same time.
func TestCrashInOneDirectoryAtOnce(t *testing.T) {
	each(t, func(t testing.TB, seed uint64) error { return inOneDirectory(t, seed, true) })
}
