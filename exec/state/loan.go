package state

import "sync/atomic"

// loan is that a store's memory is read by an image. Until it is returned the store adds to that memory, behind what
// was there, but never overwrites it.
type loan struct{ returned atomic.Bool }

// loans are all loans of one piece of memory; nil: it was never lent since it was last looked at.
type loans []*loan

// out reports whether the memory is still read.
func (l loans) out() bool {
	for _, x := range l {
		if !x.returned.Load() {
			return true
		}
	}
	return false
}

// and returns the loans of memory that is lent once more; fresh is not nil.
func (l loans) and(fresh loans) loans {
	var open loans
	for _, x := range l {
		if !x.returned.Load() {
			open = append(open, x)
		}
	}
	if open == nil {
		return fresh
	}
	return append(open, fresh...)
}

// copied returns the same values in other memory, with as much room behind them.
func copied[T any](values []T) []T { return append(make([]T, 0, cap(values)), values...) }

// emptied returns no values, in the memory of these unless it is lent.
func emptied[T any](values []T, lent bool) []T {
	if lent {
		return nil
	}
	return values[:0]
}
