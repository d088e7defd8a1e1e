package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"weir/vector"
)

// packedTypes hold one another.
var packedTypes = []vector.Type{
	vector.RowType(vector.Field{Name: "a", Type: vector.BooleanType}, vector.Field{Name: "b", Type: vector.TinyIntType}, vector.Field{Name: "c", Type: vector.SmallIntType},
		vector.Field{Name: "d", Type: vector.DateType}, vector.Field{Name: "e", Type: vector.TimestampType(3)}),
	vector.ArrayType(vector.RowType(vector.Field{Name: "f", Type: vector.FloatType}, vector.Field{Name: "g", Type: vector.DoubleType}, vector.Field{Name: "h", Type: vector.DecimalType(20, 2)})),
	vector.MapType(vector.StringType, vector.ArrayType(vector.BytesType)),
	vector.MultisetType(vector.RowType(vector.Field{Name: "x", Type: vector.StringType})),
	vector.ArrayType(vector.ArrayType(vector.TimestampLTZType(9))),
}

// random makes a column of few different values.
func random(r *rand.Rand, t vector.Type, n int) vector.Column {
	valid := vector.NewBitmap(n, true)
	for i := range n {
		if r.IntN(5) == 0 {
			valid.Clear(i)
		}
	}
	if !t.Nullable {
		valid = nil
	}
	offsets := make([]int32, n+1)
	for i := range n {
		offsets[i+1] = offsets[i] + int32(r.IntN(3))
	}
	inner := int(offsets[n])
	few := func(i int) int64 { return int64(r.IntN(3)) - 1 }
	switch t.Physical() {
	case vector.Bool:
		bits := vector.NewBitmap(n, false)
		for i := range n {
			if r.IntN(2) == 0 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, n, valid)
	case vector.I8:
		return numbers(n, valid, func(i int) int8 { return int8(few(i)) })
	case vector.I16:
		return numbers(n, valid, func(i int) int16 { return int16(few(i)) })
	case vector.I32:
		return numbers(n, valid, func(i int) int32 { return int32(few(i)) })
	case vector.I64:
		return numbers(n, valid, few)
	case vector.F32:
		return numbers(n, valid, func(i int) float32 {
			return []float32{float32(math.Copysign(0, -1)), 0, float32(math.NaN())}[r.IntN(3)]
		})
	case vector.F64:
		return numbers(n, valid, func(i int) float64 { return []float64{math.Copysign(0, -1), 0, math.NaN()}[r.IntN(3)] })
	case vector.I128:
		return numbers(n, valid, func(i int) vector.Num128 { return vector.NewInt128(few(i), uint64(r.IntN(2))) })
	case vector.Bytes:
		return vector.NewBytes(offsets, make([]byte, inner), valid, t.IsBytes())
	case vector.List:
		return vector.NewList(offsets, random(r, *t.Elem, inner), valid)
	case vector.Pairs:
		key, value := t.Entry()
		return vector.NewPairs(offsets, random(r, key, inner), random(r, value, inner), valid)
	}
	names, fields := make([]string, len(t.Fields)), make([]vector.Column, len(t.Fields))
	for i, f := range t.Fields {
		names[i], fields[i] = f.Name, random(r, f.Type, n)
	}
	return vector.NewStruct(names, fields, n, valid)
}

func numbers[T vector.Fixed](n int, valid vector.Bitmap, value func(i int) T) vector.Column {
	out := make([]T, n)
	for i := range out {
		out[i] = value(i)
	}
	return vector.NewColumn(out, valid)
}

// Packed values are equal where the values are the same, and come back as they were but for the order of a map.
func TestPack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, typ := range packedTypes {
		t.Run(typ.Name(), func(t *testing.T) {
			c := random(r, typ, 70).Slice(3, 67)
			packed := Pack(c)
			s := packed.Strings()
			valid := vector.NewBitmap(c.Len(), true)
			for i := range c.Len() {
				if c.IsNull(i) {
					valid.Clear(i)
				}
			}
			back := Unpack(typ, s.Offsets, s.Data, valid)
			hash := make([]uint64, c.Len())
			HashColumn(hash, c, typ)
			same := 0
			for i := range c.Len() {
				if back.IsNull(i) != c.IsNull(i) || Order(c, i, back, i) != 0 {
					t.Fatalf("row %d comes back as %s", i, AppendText(nil, back, typ, i, time.UTC))
				}
				for k := range c.Len() {
					if c.IsNull(i) || c.IsNull(k) {
						continue
					}
					equal := string(s.At(i)) == string(s.At(k))
					if equal != (Order(c, i, c, k) == 0) || Order(c, i, c, k) != -Order(c, k, c, i) {
						t.Fatalf("rows %d and %d: packed equal %v, order %d", i, k, equal, Order(c, i, c, k))
					}
					if got := OrderPacked(typ, s.At(i), s.At(k)); got != Order(c, i, c, k) {
						t.Fatalf("rows %d and %d: packed in order %d, order %d", i, k, got, Order(c, i, c, k))
					}
					if equal && hash[i] != hash[k] {
						t.Fatalf("rows %d and %d are the same and have different hashes", i, k)
					}
					if equal && i != k {
						same++
					}
				}
			}
			if same == 0 {
				t.Error("no two values are the same: the test proves little")
			}
		})
	}
}

// What does not depend on the order of a map's entries.
func TestMapsHaveNoOrder(t *testing.T) {
	typ := vector.MapType(vector.StringType, vector.IntType)
	c := vector.NewPairs([]int32{0, 3, 6, 9, 9}, stringColumn(word("a"), nil, word("b"), nil, word("b"), word("a"), word("a"), word("b"), word("b")),
		numbers(9, vector.Bitmap{0b01111111, 1}, func(i int) int32 { return []int32{1, 2, 3, 2, 3, 1, 1, 3, 3}[i] }), nil)
	hash := make([]uint64, 4)
	HashColumn(hash, c, typ)
	if !Same(c, 0, c, 1) || Order(c, 0, c, 1) != 0 || hash[0] != hash[1] {
		t.Errorf("%s and %s differ", AppendText(nil, c, typ, 0, nil), AppendText(nil, c, typ, 1, nil))
	}
	for _, other := range []int{2, 3} {
		if Same(c, 0, c, other) || Order(c, 0, c, other) == 0 || Order(c, 0, c, other) != -Order(c, other, c, 0) {
			t.Errorf("%s and %s are the same", AppendText(nil, c, typ, 0, nil), AppendText(nil, c, typ, other, nil))
		}
	}
}

// Same is the = of SQL, Order that of GROUP BY: they part at zeros and NaN.
func TestSame(t *testing.T) {
	row := func(a, b float64) vector.Column {
		return vector.NewStruct([]string{"x"}, []vector.Column{vector.NewColumn([]float64{a, b}, nil)}, 2, nil)
	}
	for _, c := range []struct {
		a, b        float64
		same, order bool
	}{{1, 1, true, true}, {1, 2, false, false}, {0, math.Copysign(0, -1), true, false}, {math.NaN(), math.NaN(), false, true}} {
		x := row(c.a, c.b)
		if Same(x, 0, x, 1) != c.same || (Order(x, 0, x, 1) == 0) != c.order {
			t.Errorf("%v and %v: equal %v, the same group %v", c.a, c.b, Same(x, 0, x, 1), Order(x, 0, x, 1) == 0)
		}
	}
	list := vector.NewList([]int32{0, 2, 4, 5}, numbers(5, vector.Bitmap{0b01010}, func(i int) int32 { return 7 }), nil)
	for _, c := range []struct {
		i, j int
		want bool
	}{{0, 1, true}, {0, 2, false}, {2, 2, true}} {
		if got := Same(list, c.i, list, c.j); got != c.want {
			t.Errorf("lists %d and %d: %v", c.i, c.j, got)
		}
	}
}

func BenchmarkPack(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, t := range packedTypes[:3] {
		c := random(r, t, 8192)
		b.Run(fmt.Sprint(t.Kind), func(b *testing.B) {
			for b.Loop() {
				Pack(c)
			}
		})
	}
}
