package format

import "slices"

// fewKeys are compared one by one: putting them in order takes longer.
const fewKeys = 16

// Repeated returns one of n keys of a MAP that is there twice, or -1. order compares two keys: -1, 0, 1. MAP[…] and CAST
// can make such a map; a file of them is read by other programs as another, or not at all.
func Repeated(n int, order func(i, j int) int) int {
	if n <= fewKeys {
		for i := 1; i < n; i++ {
			for j := range i {
				if order(i, j) == 0 {
					return i
				}
			}
		}
		return -1
	}
	keys := make([]int, n)
	for i := range keys {
		keys[i] = i
	}
	slices.SortFunc(keys, order)
	for i := 1; i < n; i++ {
		if order(keys[i-1], keys[i]) == 0 {
			return keys[i]
		}
	}
	return -1
}
