package kernel

import (
	"math"
	"testing"

	"weir/vector"
)

// operands calls check for both operands as columns and for either as a value alone.
func operands[T any](a, b []T, check func(a, b []T)) {
	check(a, b)
	check(a[:1], b)
	check(a, b[:1])
	check(a[:1], b[:1])
}

// TestOperands computes with columns and single values; integers wrap around, and nothing divides by zero.
func TestOperands(t *testing.T) {
	x := []int64{math.MaxInt64, -7, 0, 5, math.MinInt64, 9, 1, -1, 3, 2, 8}
	y := []int64{2, -1, 4, 0, -1, -2, 1, 7, math.MaxInt64, 6, 8}
	operands(x, y, func(a, b []int64) {
		rows := max(len(a), len(b))
		dst := make([]int64, rows)
		each := func(name string, of func(x, y int64) int64) {
			for i := range dst {
				if want := of(at(a, i), at(b, i)); dst[i] != want {
					t.Errorf("%d %s %d is %d, want %d", at(a, i), name, at(b, i), dst[i], want)
				}
			}
		}
		Add(dst, a, b)
		each("+", func(x, y int64) int64 { return x + y })
		Sub(dst, a, b)
		each("-", func(x, y int64) int64 { return x - y })
		Mul(dst, a, b)
		each("*", func(x, y int64) int64 { return x * y })
		DivInt(dst, a, b)
		each("/", func(x, y int64) int64 {
			if y == 0 {
				return 0
			}
			return x / y
		})
		ModInt(dst, a, b)
		each("%", func(x, y int64) int64 {
			if y == 0 {
				return 0
			}
			return x % y
		})
	})
	f := []float64{1, -1, 0, math.Inf(1), math.NaN(), 2.5, 1e300, math.Copysign(0, -1), 3, 4, 5}
	g := []float64{0, 2, 0, math.Inf(1), 1, -0.5, 1e-300, 1, 7, 4, -5}
	operands(f, g, func(a, b []float64) {
		dst := make([]float64, max(len(a), len(b)))
		DivFloat(dst, a, b)
		for i := range dst {
			if want := at(a, i) / at(b, i); dst[i] != want && !(dst[i] != dst[i] && want != want) {
				t.Errorf("%v / %v is %v, want %v", at(a, i), at(b, i), dst[i], want)
			}
		}
		bits := make(vector.Bitmap, (len(dst)+7)/8)
		each := func(name string, of func(x, y float64) bool) {
			for i := range dst {
				if want := of(at(a, i), at(b, i)); bits.At(i) != want {
					t.Errorf("%v %s %v is %v", at(a, i), name, at(b, i), !want)
				}
			}
		}
		Equal(bits, a, b, len(dst))
		each("=", func(x, y float64) bool { return x == y })
		Less(bits, a, b, len(dst))
		each("<", func(x, y float64) bool { return x < y })
		LessEqual(bits, a, b, len(dst))
		each("<=", func(x, y float64) bool { return x <= y })
	})
}

// TestFirstZero looks at valid rows only.
func TestFirstZero(t *testing.T) {
	valid := vector.NewBitmap(4, true)
	valid.Clear(1)
	for _, c := range []struct {
		a     []int32
		valid vector.Bitmap
		want  int
	}{
		{[]int32{3, 0, 0, 1}, nil, 1}, {[]int32{3, 0, 0, 1}, valid, 2}, {[]int32{3, 0, 5, 1}, valid, -1}, {[]int32{0}, valid, 0}, {[]int32{7}, nil, -1},
	} {
		if got := FirstZero(c.a, c.valid, 4); got != c.want {
			t.Errorf("%v: %d, want %d", c.a, got, c.want)
		}
	}
}

// TestFloatToInt converts as Java does.
func TestFloatToInt(t *testing.T) {
	in := []float64{1.9, -1.9, math.NaN(), 3e9, -3e9, math.Inf(1), math.Inf(-1), 300, 1e19}
	var narrow [9]int8
	var middle [9]int32
	var wide [9]int64
	FloatToInt(narrow[:], in)
	FloatToInt(middle[:], in)
	FloatToInt(wide[:], in)
	if want := [9]int8{1, -1, 0, -1, 0, -1, 0, 44, -1}; narrow != want {
		t.Errorf("TINYINT %v, want %v", narrow, want)
	}
	if want := [9]int32{1, -1, 0, math.MaxInt32, math.MinInt32, math.MaxInt32, math.MinInt32, 300, math.MaxInt32}; middle != want {
		t.Errorf("INT %v, want %v", middle, want)
	}
	if want := [9]int64{1, -1, 0, 3e9, -3e9, math.MaxInt64, math.MinInt64, 300, math.MaxInt64}; wide != want {
		t.Errorf("BIGINT %v, want %v", wide, want)
	}
}
