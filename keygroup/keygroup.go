// Package keygroup is the arithmetic of keyed parallelism: a key's hash gives its key group, a key group gives the
// subtask that owns it. It is Flink's arithmetic, so that parallelism and rescaling mean the same here and there.
package keygroup

import (
	"fmt"
	"math/bits"
)

// UpperBound is the largest maximum parallelism: Flink's 2^15.
const UpperBound = 1 << 15

// minDefaultMax is the smallest maximum parallelism that DefaultMax derives, as in Flink.
const minDefaultMax = 128

// Group is the number of a key group: 0 ≤ group < Space.Max.
type Group uint16

// Space is the set of key groups of an operator: Max is its maximum parallelism, 1..UpperBound.
type Space struct{ Max int }

// Of returns the key group of a key's hash. It uses the high bits (a multiplication instead of a division), so that
// hash tables are free to index by the low ones.
func (s Space) Of(hash uint64) Group {
	hi, _ := bits.Mul64(hash, uint64(s.Max))
	return Group(hi)
}

// Owner returns the subtask, of parallelism many, that owns g.
func (s Space) Owner(g Group, parallelism int) int {
	return int(g) * parallelism / s.Max
}

// Range returns the key groups that subtask owns among parallelism many; it is the exact inverse of Owner.
func (s Space) Range(subtask, parallelism int) Range {
	return Range{
		From: (subtask*s.Max + parallelism - 1) / parallelism,
		To:   ((subtask+1)*s.Max + parallelism - 1) / parallelism,
	}
}

// Range is a run of key groups, From inclusive, To exclusive; From == To is empty.
type Range struct{ From, To int }

// Len is the number of key groups in r.
func (r Range) Len() int { return max(0, r.To-r.From) }

// Contains reports whether g lies in r.
func (r Range) Contains(g Group) bool { return r.From <= int(g) && int(g) < r.To }

// Intersect returns the key groups that r and o share.
func (r Range) Intersect(o Range) Range {
	x := Range{max(r.From, o.From), min(r.To, o.To)}
	if x.To < x.From {
		x.To = x.From
	}
	return x
}

// String prints the range with both ends inclusive, as people read it: 0–42.
func (r Range) String() string {
	switch r.Len() {
	case 0:
		return "none"
	case 1:
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d–%d", r.From, r.To-1)
}

// Check reports whether max is a legal maximum parallelism and parallelism fits into it.
func Check(parallelism, max int) error {
	if max < 1 || max > UpperBound {
		return fmt.Errorf("maximum parallelism must be between 1 and %d, found %d", UpperBound, max)
	}
	if parallelism < 1 {
		return fmt.Errorf("parallelism must be at least 1, found %d", parallelism)
	}
	if parallelism > max {
		return fmt.Errorf("parallelism (%d) is higher than the maximum parallelism (%d)", parallelism, max)
	}
	return nil
}

// DefaultMax derives a maximum parallelism where none is set: half as much again as parallelism, rounded up to a
// power of two, at least 128 and at most UpperBound.
func DefaultMax(parallelism int) (int, error) {
	if parallelism < 1 || parallelism > UpperBound {
		return 0, fmt.Errorf("parallelism must be between 1 and %d, found %d", UpperBound, parallelism)
	}
	want := parallelism + parallelism/2
	pow := 1 << bits.Len(uint(want-1))
	return min(max(pow, minDefaultMax), UpperBound), nil
}
