package format

import (
	"cmp"
	"testing"
)

func TestRepeated(t *testing.T) {
	for _, n := range []int{0, 1, 2, fewKeys, fewKeys + 1, 100} {
		keys := make([]int, n)
		for i := range keys {
			keys[i] = i * 37 % 101
		}
		order := func(i, j int) int { return cmp.Compare(keys[i], keys[j]) }
		if got := Repeated(n, order); got != -1 {
			t.Errorf("%d keys that differ: key %d is there twice", n, got)
		}
		if n < 2 {
			continue
		}
		keys[n-1] = keys[n/2-1]
		if got := Repeated(n, order); got != n-1 && got != n/2-1 {
			t.Errorf("of %d keys, key %d is there twice; want %d", n, got, n-1)
		}
	}
}
