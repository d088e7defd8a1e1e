package kernel

import (
	"bytes"
	"slices"

	"weir/vector"
)

// Same reports whether row i of a and row j of b, columns of one type and not NULL there, are equal as = has it: NaN
// equals nothing, −0.0 equals 0.0. Within values with parts NULL equals NULL, and the order of a map's entries does not
// matter.
func Same(a vector.Column, i int, b vector.Column, j int) bool {
	switch a.Physical() {
	case vector.Bool:
		return a.Bool(i) == b.Bool(j)
	case vector.I8:
		return a.Int8()[i] == b.Int8()[j]
	case vector.I16:
		return a.Int16()[i] == b.Int16()[j]
	case vector.I32:
		return a.Int32()[i] == b.Int32()[j]
	case vector.I64:
		return a.Int64()[i] == b.Int64()[j]
	case vector.F32:
		return a.Float32()[i] == b.Float32()[j]
	case vector.F64:
		return a.Float64()[i] == b.Float64()[j]
	case vector.I128:
		return a.Int128()[i] == b.Int128()[j]
	case vector.Bytes:
		return bytes.Equal(a.Strings().At(i), b.Strings().At(j))
	case vector.Struct:
		_, x := a.Struct()
		for f, c := range x {
			if !sameOrNull(c, i, b.Field(f), j) {
				return false
			}
		}
		return true
	case vector.List:
		from, x := a.List()
		to, y := b.List()
		n := from[i+1] - from[i]
		if to[j+1]-to[j] != n {
			return false
		}
		for k := range n {
			if !sameOrNull(x, int(from[i]+k), y, int(to[j]+k)) {
				return false
			}
		}
		return true
	}
	return samePairs(a, i, b, j)
}

// fewPairs is up to where maps are compared entry by entry: for so few that costs less than to sort them.
const fewPairs = 16

// samePairs: each entry of the one map is one of the other, and they are as many.
func samePairs(a vector.Column, i int, b vector.Column, j int) bool {
	from, keys, values := a.Pairs()
	to, others, theirs := b.Pairs()
	n := int(from[i+1] - from[i])
	if int(to[j+1]-to[j]) != n {
		return false
	}
	same := func(k, l int) bool {
		x, y := int(from[i])+k, int(to[j])+l
		return sameOrNull(keys, x, others, y) && sameOrNull(values, x, theirs, y)
	}
	first := 0 // what is not in the place of its equal
	for first < n && same(first, first) {
		first++
	}
	if first == n {
		return true
	}
	if n-first > fewPairs {
		x := sortedPairs(keys, values, int(from[i])+first, int(from[i])+n)
		y := sortedPairs(others, theirs, int(to[j])+first, int(to[j])+n)
		// Entries whose bytes are the same are equal, but for those with a NaN, which nothing equals.
		for k := range x {
			if !bytes.Equal(x[k].packed, y[k].packed) || !same(x[k].at-int(from[i]), y[k].at-int(to[j])) {
				return false
			}
		}
		return true
	}
	met := make([]bool, n)
next:
	for k := first; k < n; k++ {
		for l := first; l < n; l++ {
			if !met[l] && same(k, l) {
				met[l] = true
				continue next
			}
		}
		return false
	}
	return true
}

// pair is an entry of a map and its place.
type pair struct {
	packed []byte
	at     int
}

// sortedPairs are entries in order of bytes that are the same where = has the entries equal.
func sortedPairs(keys, values vector.Column, from, to int) []pair {
	key, value := NewPacker(keys).oneZero(), NewPacker(values).oneZero()
	out := make([]pair, 0, to-from)
	for k := from; k < to; k++ {
		out = append(out, pair{value.part(key.part(nil, k), k), k})
	}
	slices.SortFunc(out, func(x, y pair) int { return bytes.Compare(x.packed, y.packed) })
	return out
}

func sameOrNull(a vector.Column, i int, b vector.Column, j int) bool {
	x, y := a.IsNull(i), b.IsNull(j)
	if x || y {
		return x && y
	}
	return Same(a, i, b, j)
}
