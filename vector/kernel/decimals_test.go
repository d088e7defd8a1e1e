package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"weir/vector"
)

// randomDecimal has up to so many digits; small, round and extreme ones come often.
func randomDecimal(r *rand.Rand, digits int) vector.Num128 {
	n := 1 + r.IntN(digits)
	v := new(big.Int)
	for range n {
		v.Mul(v, big.NewInt(10)).Add(v, big.NewInt(int64(r.IntN(10))))
	}
	switch r.IntN(8) {
	case 0:
		v.Exp(big.NewInt(10), big.NewInt(int64(r.IntN(digits))), nil) // 1000…
	case 1:
		v.Exp(big.NewInt(10), big.NewInt(int64(n)), nil).Sub(v, big.NewInt(1)) // 999…
	case 2:
		v.Mul(v.Exp(big.NewInt(10), big.NewInt(int64(n-1)), nil), big.NewInt(5)) // 5000…
	}
	if r.IntN(2) == 0 {
		v.Neg(v)
	}
	return fromBig(v)
}

func fromBig(v *big.Int) vector.Num128 {
	negative := v.Sign() < 0
	u := new(big.Int).Abs(v)
	return u128{new(big.Int).Rsh(u, 64).Uint64(), new(big.Int).And(u, new(big.Int).SetUint64(math.MaxUint64)).Uint64()}.signed(negative)
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// TestDecimalColumns computes columns with NULLs, zeros and single values against unbounded integers.
func TestDecimalColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 3))
	const rows = 23
	for range 4_000 {
		digits := [...]int{4, 9, 18, 19, 38}[r.IntN(5)]
		s := DecimalShape{A: r.IntN(digits + 1), B: r.IntN(digits + 1), Precision: 1 + r.IntN(38)}
		s.Scale = r.IntN(s.Precision + 1)
		switch r.IntN(3) {
		case 0:
			s.A, s.B = s.Scale, s.Scale
		case 1:
			s.A = s.Scale / 2
			s.B = s.Scale - s.A
		}
		column := func() []vector.Num128 {
			n := rows
			if r.IntN(4) == 0 {
				n = 1
			}
			a := make([]vector.Num128, n)
			for i := range a {
				a[i] = randomDecimal(r, digits)
			}
			return a
		}
		a, b := column(), column()
		var given vector.Bitmap
		if r.IntN(2) == 0 {
			given = vector.NewBitmap(rows, true)
			for i := range rows {
				if r.IntN(4) == 0 {
					given.Clear(i)
				}
			}
		}
		copyOf := func(v vector.Bitmap) vector.Bitmap { return append(vector.Bitmap(nil), v...) }
		null := func(i int) bool { return given != nil && !given.At(i) }
		check := func(op string, dst []vector.Num128, valid vector.Bitmap, exact func(i int) *big.Int) {
			t.Helper()
			for i := range rows {
				if null(i) {
					if valid.At(i) {
						t.Fatalf("%s %+v: row %d was NULL", op, s, i)
					}
					continue
				}
				want := exact(i)
				fits := want.CmpAbs(power(s.Precision)) < 0
				if ok := valid == nil || valid.At(i); ok != fits || ok && toBig(dst[i]).Cmp(want) != 0 {
					t.Fatalf("%s %+v of %s and %s: %s %v, want %s", op, s, toBig(at(a, i)), toBig(at(b, i)), toBig(dst[i]), ok, want)
				}
			}
		}
		// ratio is numerator / denominator at the result's scale.
		ratio := func(numerator, denominator *big.Int) *big.Int {
			return halfUp(new(big.Int).Mul(numerator, power(s.Scale)), denominator)
		}
		x := func(i int) *big.Int { return new(big.Int).Mul(toBig(at(a, i)), power(s.B)) } // both at scale A+B
		y := func(i int) *big.Int { return new(big.Int).Mul(toBig(at(b, i)), power(s.A)) }
		both := power(s.A + s.B)
		dst := make([]vector.Num128, rows)
		check("+", dst, AddDecimals(dst, a, b, s, copyOf(given)), func(i int) *big.Int { return ratio(new(big.Int).Add(x(i), y(i)), both) })
		check("-", dst, SubDecimals(dst, a, b, s, copyOf(given)), func(i int) *big.Int { return ratio(new(big.Int).Sub(x(i), y(i)), both) })
		check("*", dst, MulDecimals(dst, a, b, s, copyOf(given)), func(i int) *big.Int {
			return ratio(new(big.Int).Mul(toBig(at(a, i)), toBig(at(b, i))), both)
		})
		if len(a) == rows {
			check("rescale", dst, RescaleDecimals(dst, a, s.A, s.Precision, s.Scale, copyOf(given)), func(i int) *big.Int { return ratio(toBig(a[i]), power(s.A)) })
		}
		zero := FirstZeroDecimal(b, given, rows)
		for i := range rows {
			if isZero := !null(i) && toBig(at(b, i)).Sign() == 0; isZero != (i == zero) && (zero < 0 || i < zero) {
				t.Fatalf("the first zero of %v is %d", b, zero)
			}
		}
		if zero >= 0 {
			continue
		}
		check("/", dst, DivDecimals(dst, a, b, s, copyOf(given)), func(i int) *big.Int { return ratio(x(i), y(i)) })
		check("%", dst, ModDecimals(dst, a, b, s, copyOf(given)), func(i int) *big.Int { return ratio(new(big.Int).Rem(x(i), y(i)), both) })
	}
}

// TestIntegersToDecimals converts integers of all widths, the least and the greatest among them.
func TestIntegersToDecimals(t *testing.T) {
	for precision := 1; precision <= 38; precision++ {
		for scale := 0; scale <= precision; scale++ {
			a := []int64{0, 1, -1, 9, -10, 99, 100, -101, 1e9, -1e9 - 1, 999_999_999_999_999_999, 1_000_000_000_000_000_000, math.MaxInt64, math.MinInt64}
			dst := make([]vector.Num128, len(a))
			valid := IntegersToDecimals(dst, a, precision, scale, nil)
			small := []int8{math.MinInt8, -1, 0, 7, math.MaxInt8}
			narrow := make([]vector.Num128, len(small))
			narrowValid := IntegersToDecimals(narrow, small, precision, scale, nil)
			check := func(x int64, got vector.Num128, ok bool) {
				want := new(big.Int).Mul(big.NewInt(x), power(scale))
				if fits := want.CmpAbs(power(precision)) < 0; ok != fits || ok && toBig(got).Cmp(want) != 0 {
					t.Fatalf("%d as (%d, %d): %s %v, want %s", x, precision, scale, toBig(got), ok, want)
				}
			}
			for i, x := range a {
				check(x, dst[i], valid == nil || valid.At(i))
			}
			for i, x := range small {
				check(int64(x), narrow[i], narrowValid == nil || narrowValid.At(i))
			}
		}
	}
}

// TestDecimalsAndDoubles converts both ways against the exact fractions.
func TestDecimalsAndDoubles(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	for range 20_000 {
		v, scale := randomDecimal(r, 38), r.IntN(39)
		exact := new(big.Rat).SetFrac(toBig(v), power(scale))
		if want, _ := exact.Float64(); DecimalToDouble(v, scale) != want {
			t.Fatalf("%s: %v, want %v", exact, DecimalToDouble(v, scale), want)
		}
		if want := new(big.Int).Quo(toBig(v), power(scale)); DecimalToInt(v, scale) != int64(new(big.Int).And(want, new(big.Int).SetUint64(math.MaxUint64)).Uint64()) {
			t.Fatalf("%s: %d, want the low bits of %s", exact, DecimalToInt(v, scale), want)
		}
	}
	dst := make([]vector.Num128, 6)
	valid, bad := FloatsToDecimals(dst, []float64{1.005, math.NaN(), -0.5, 1e300, math.Inf(1), 99.995}, 4, 2, nil)
	if bad != 1 || valid.At(1) || valid.At(3) || valid.At(4) || valid.At(5) || toBig(dst[0]).Int64() != 101 || toBig(dst[2]).Int64() != -50 {
		t.Errorf("%v %v %d", dst, valid, bad)
	}
}
