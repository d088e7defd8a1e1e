package op

import (
	"bytes"
	"cmp"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// comparer compares rows i and j of one batch: negative, zero or positive.
type comparer func(i, j int32) int

// ordering makes the comparer of sort keys over columns, one for each key. NULLs are equal to each other; NaN is the
// greatest number, and −0.0 stands before 0.0.
func ordering(keys []plan.SortKey, columns []vector.Column, types []vector.Type) comparer {
	parts := make([]comparer, len(keys))
	for i, k := range keys {
		parts[i] = directed(k, columns[i], types[i])
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return func(i, j int32) int {
		for _, p := range parts {
			if c := p(i, j); c != 0 {
				return c
			}
		}
		return 0
	}
}

// directed compares by one key: NULLs where the key puts them, values up or down.
func directed(k plan.SortKey, c vector.Column, t vector.Type) comparer {
	values := ascending(c, t)
	if k.Desc {
		up := values
		values = func(i, j int32) int { return up(j, i) }
	}
	valid := c.Validity()
	if valid.All() {
		return values
	}
	null := 1
	if k.NullsFirst {
		null = -1
	}
	return func(i, j int32) int {
		a, b := valid.At(int(i)), valid.At(int(j))
		switch {
		case a && b:
			return values(i, j)
		case a == b:
			return 0
		case b:
			return null
		}
		return -null
	}
}

func ascending(c vector.Column, t vector.Type) comparer {
	switch t.Physical() {
	case vector.Bool:
		v := c.Bools()
		return func(i, j int32) int {
			a, b := v.At(int(i)), v.At(int(j))
			switch {
			case a == b:
				return 0
			case b:
				return -1
			}
			return 1
		}
	case vector.I8:
		return whole(c.Int8())
	case vector.I16:
		return whole(c.Int16())
	case vector.I32:
		return whole(c.Int32())
	case vector.I64:
		return whole(c.Int64())
	case vector.F32:
		return real(c.Float32())
	case vector.F64:
		return real(c.Float64())
	case vector.I128:
		v := c.Int128()
		return func(i, j int32) int { return v[i].Cmp(v[j]) }
	case vector.Bytes:
		v := c.Strings()
		return func(i, j int32) int { return bytes.Compare(v.At(int(i)), v.At(int(j))) }
	}
	return func(i, j int32) int { return kernel.Order(c, int(i), c, int(j)) }
}

func whole[T int8 | int16 | int32 | int64](v []T) comparer {
	return func(i, j int32) int { return cmp.Compare(v[i], v[j]) }
}

// real orders numbers; the sign tells zeros apart.
func real[T float32 | float64](v []T) comparer {
	return func(i, j int32) int {
		a, b := v[i], v[j]
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		case a == 0 && b == 0:
			return cmp.Compare(sign(a), sign(b))
		case a == b:
			return 0
		}
		// One at least is NaN, which is the greatest.
		switch {
		case a == a:
			return -1
		case b == b:
			return 1
		}
		return 0
	}
}

// sign tells zeros apart: −∞ for −0.0 and ∞ for 0.0.
func sign[T float32 | float64](zero T) float64 { return 1 / float64(zero) }
