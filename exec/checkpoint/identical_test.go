package checkpoint_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// parts are the visible files of a directory by name.
func parts(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// together puts the parts of one subtask one behind the other in the order of their epochs.
func together(t *testing.T, all map[string]string) string {
	t.Helper()
	epoch := func(name string) (n int64) {
		if _, err := fmt.Sscanf(name, "part-0-%d-0", &n); err != nil {
			t.Fatalf("%s is no part of subtask 0 of run 0: %v", name, err)
		}
		return n
	}
	var b strings.Builder
	for _, name := range slices.SortedFunc(maps.Keys(all), func(a, b string) int { return int(epoch(a) - epoch(b)) }) {
		b.WriteString(all[name])
	}
	return b.String()
}

// killed runs a script at parallelism 1 in one life after another, each of which dies behind one of its first
// checkpoints. rows gives for each life the rows between two of them.
func killed(t *testing.T, x script, r *rand.Rand, rows func() int64) (dir string, lives int) {
	t.Helper()
	dir = t.TempDir()
	events(t, dir, 3, 400, 1)
	store := &memory{}
	trace := untilDone(t, store, r, func(int) *life {
		return &life{dir: dir, script: x, parallelism: 1, batch: 50, chunk: 1000, rows: rows()}
	})
	return dir, len(trace)
}

// At parallelism 1 over one scan a job that was killed leaves the same files as one that was not, where checkpoints are
// counted by rows; and the same bytes one behind the other, wherever they come.
func TestIdenticalFiles(t *testing.T) {
	for _, x := range shapes {
		t.Run(x.name, func(t *testing.T) {
			dir := t.TempDir()
			events(t, dir, 3, 400, 1)
			undisturbed := &life{dir: dir, script: x.script, parallelism: 1, batch: 50, chunk: 1000, store: &memory{}, rows: 70}
			if _, err := undisturbed.run(t); err != nil {
				t.Fatal(err)
			}
			want := parts(t, filepath.Join(dir, "out"))
			if len(want) < 3 {
				t.Fatalf("only %d parts", len(want))
			}
			for seed := range uint64(3) {
				r := rand.New(rand.NewPCG(seed, 5))
				dir, lives := killed(t, x.script, r, func() int64 { return 70 })
				if got := parts(t, filepath.Join(dir, "out")); !maps.Equal(got, want) {
					t.Errorf("seed %d, %d lives: files %v instead of %v, or other bytes in them", seed, lives, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
				}
				dir, lives = killed(t, x.script, r, func() int64 { return 20 + r.Int64N(200) })
				if got := together(t, parts(t, filepath.Join(dir, "out"))); got != together(t, want) {
					t.Errorf("seed %d, %d lives: other bytes, one part behind the other", seed, lives)
				}
			}
		})
	}
}
