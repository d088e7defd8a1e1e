package kernel

import (
	"bytes"
	"cmp"
	"math"

	"github.com/apache/arrow/go/v17/arrow/array"

	"weir/vector"
)

// Order compares row i of a with row j of b, columns of one type, as ORDER BY does: −1, 0 or 1. NULL is the smallest,
// NaN the greatest number, −0.0 comes before 0.0, strings order by their bytes, arrays by their elements, rows by their
// fields. Values are the same if it gives 0: so maps have an order, too, which means nothing else.
func Order(a vector.Column, i int, b vector.Column, j int) int {
	if x, y := a.IsNull(i), b.IsNull(j); x || y {
		switch {
		case x && y:
			return 0
		case x:
			return -1
		}
		return 1
	}
	switch a.Arrow().(type) {
	case *array.Boolean:
		x, y := a.Bool(i), b.Bool(j)
		switch {
		case x == y:
			return 0
		case y:
			return -1
		}
		return 1
	case *array.Int8:
		return cmp.Compare(a.Int8()[i], b.Int8()[j])
	case *array.Int16:
		return cmp.Compare(a.Int16()[i], b.Int16()[j])
	case *array.Int32:
		return cmp.Compare(a.Int32()[i], b.Int32()[j])
	case *array.Int64:
		return cmp.Compare(a.Int64()[i], b.Int64()[j])
	case *array.Float32:
		return OrderDoubles(float64(a.Float32()[i]), float64(b.Float32()[j]))
	case *array.Float64:
		return OrderDoubles(a.Float64()[i], b.Float64()[j])
	case *array.Decimal128:
		return a.Int128()[i].Cmp(b.Int128()[j])
	case *array.Struct:
		for f := range a.Arrow().(*array.Struct).NumField() {
			if c := Order(a.Field(f), i, b.Field(f), j); c != 0 {
				return c
			}
		}
		return 0
	case *array.List:
		if a.Physical() == vector.Pairs {
			x, y := NewPacker(a), NewPacker(b)
			return bytes.Compare(x.Append(nil, i), y.Append(nil, j))
		}
		from, elems := a.List()
		to, others := b.List()
		n, m := from[i+1]-from[i], to[j+1]-to[j]
		for k := range min(n, m) {
			if c := Order(elems, int(from[i]+k), others, int(to[j]+k)); c != 0 {
				return c
			}
		}
		return cmp.Compare(n, m)
	}
	return bytes.Compare(a.Strings().At(i), b.Strings().At(j))
}

// OrderDoubles compares as ORDER BY does: NaN is the greatest, −0.0 comes before 0.0.
func OrderDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		x, y := math.Signbit(a), math.Signbit(b)
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	case a == a:
		return -1
	case b == b:
		return 1
	}
	return 0
}
