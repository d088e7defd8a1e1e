package kernel

import (
	"bytes"

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

// samePairs: each entry of the one map is one of the other, and they are as many.
func samePairs(a vector.Column, i int, b vector.Column, j int) bool {
	from, keys, values := a.Pairs()
	to, others, theirs := b.Pairs()
	n := int(from[i+1] - from[i])
	if int(to[j+1]-to[j]) != n {
		return false
	}
	met := make([]bool, n)
next:
	for k := range n {
		x := int(from[i]) + k
		for l := range n {
			y := int(to[j]) + l
			if !met[l] && sameOrNull(keys, x, others, y) && sameOrNull(values, x, theirs, y) {
				met[l] = true
				continue next
			}
		}
		return false
	}
	return true
}

func sameOrNull(a vector.Column, i int, b vector.Column, j int) bool {
	x, y := a.IsNull(i), b.IsNull(j)
	if x || y {
		return x && y
	}
	return Same(a, i, b, j)
}
