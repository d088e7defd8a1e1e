package golden

import "testing"

// Every two values of different kinds meet in some covering world: p has 4, b, c and k 3, m and f 2 values, which
// makes 4·3 + 4·3 + 4·2 + 4·2 + 3·3 + 3·2 + 3·2 + 3·2 + 3·2 + 2·2 = 77 pairs, and 4·3 + 3·3 + 3·3 + 2·3 + 2·3 = 42 with k.
func TestCoveringWorldsCoverPairs(t *testing.T) {
	pairs := map[[4]int]bool{}
	worlds := CoveringWorlds()
	for _, w := range worlds {
		v := []int{w.Parallelism, w.BatchRows, w.ChunkBytes, w.Max, w.Phases, w.Killed}
		for i := range v {
			for j := range i {
				pairs[[4]int{i, v[i], j, v[j]}] = true
			}
		}
	}
	if len(worlds) != 12 || len(pairs) != 77+42 {
		t.Errorf("%d worlds cover %d pairs", len(worlds), len(pairs))
	}
	if n := len(AllWorlds()); n != 432 {
		t.Errorf("%d worlds in all", n)
	}
}

func TestWorldNames(t *testing.T) {
	for _, w := range AllWorlds() {
		got, err := ParseWorld(w.Name())
		if err != nil || got != w {
			t.Errorf("%s reads as %v, %v", w.Name(), got, err)
		}
	}
	for _, bad := range []string{"q3", "p", "px", "p-3-3"} {
		if w, err := ParseWorld(bad); err == nil {
			t.Errorf("%s reads as %v", bad, w)
		}
	}
}
