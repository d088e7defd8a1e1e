package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/vector"
)

func TestParseInt(t *testing.T) {
	for _, c := range []struct {
		text string
		size int
		want int64
		err  error
	}{
		{"0", 32, 0, nil}, {"-128", 8, -128, nil}, {"128", 8, 0, ErrRange}, {"-129", 8, 0, ErrRange}, {"+7", 64, 7, nil}, {"007", 32, 7, nil},
		{"9223372036854775807", 64, math.MaxInt64, nil}, {"-9223372036854775808", 64, math.MinInt64, nil}, {"9223372036854775808", 64, 0, ErrRange},
		{"99999999999999999999999", 64, 0, ErrRange}, {"18446744073709551617", 64, 0, ErrRange}, {"", 32, 0, ErrSyntax}, {"-", 32, 0, ErrSyntax}, {"1.5", 32, 0, ErrSyntax}, {" 1", 32, 0, ErrSyntax},
		{"99999999999999999999999x", 64, 0, ErrSyntax},
	} {
		if got, err := ParseInt([]byte(c.text), c.size); got != c.want || err != c.err {
			t.Errorf("%q: %d, %v", c.text, got, err)
		}
	}
}

// What Java's Double.parseDouble takes and how Double.toString prints it.
func TestFloats(t *testing.T) {
	for in, want := range map[string]string{
		"1": "1.0", "1e6": "1000000.0", "12345678": "1.2345678E7", "1e-3": "0.001", "0.00012345": "1.2345E-4", "1e21": "1.0E21", "1.0E-10": "1.0E-10",
		"1.7976931348623157E308": "1.7976931348623157E308", "9999999.999": "9999999.999", "0.1": "0.1", "4.9e-324": "4.9E-324", "1e309": "Infinity",
		"NaN": "NaN", "-Infinity": "-Infinity", "-0": "-0.0", ".5": "0.5", "1d": "1.0", "1.5F": "1.5", "0x1p3": "8.0", "123456789012": "1.23456789012E11", "1e7": "1.0E7",
		"0.30000000000000004": "0.30000000000000004", "1.": "1.0", "2e-3": "0.002",
	} {
		v, err := ParseFloat([]byte(in), 64)
		if got := string(AppendDouble(nil, v)); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "nan", "inf", "Inf", "infinity", "1_000", "abc", "-", ".", "1e", "0x", "1 ", "--1", "1.2.3", "d"} {
		if v, err := ParseFloat([]byte(in), 64); err != ErrSyntax {
			t.Errorf("%q: %v, %v", in, v, err)
		}
	}
	for in, want := range map[string]string{"1.1": "1.1", "16777217": "1.6777216E7", "1.4E-45": "1.4E-45", "1234567": "1234567.0", "0.001": "0.001", "33554432": "3.3554432E7", "9999999": "9999999.0"} {
		v, err := ParseFloat([]byte(in), 32)
		if got := string(AppendFloat(nil, float32(v))); got != want || err != nil {
			t.Errorf("FLOAT %s: %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		text             string
		precision, scale int
		want             string
	}{
		{"1.005", 5, 2, "1.01"}, {"-1.5", 5, 0, "-2"}, {"1e2", 5, 2, "100.00"}, {"+1.5", 5, 2, "1.50"}, {".5", 5, 2, "0.50"}, {"5.", 5, 2, "5.00"},
		{"999.994", 5, 2, "999.99"}, {"999.999", 5, 2, "range"}, {"1000", 3, 0, "range"}, {"abc", 5, 2, "syntax"}, {"", 5, 2, "syntax"}, {"1e", 5, 2, "syntax"},
		{"1 ", 5, 2, "syntax"}, {"0.00000001", 10, 9, "0.000000010"}, {"99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999"},
		{"0.123456789012345678901234567890123456785", 38, 38, "0.12345678901234567890123456789012345679"}, {"1e40", 38, 0, "range"}, {"1e-400", 38, 2, "0.00"}, {"0e999999999999", 38, 2, "0.00"},
		{"99999999999999999999999999999999999999.5", 38, 0, "range"}, {"99999999999999999999999999999999999999.4", 38, 0, "99999999999999999999999999999999999999"},
		{"123456789012345678901234567890123456789012e-10", 38, 2, "12345678901234567890123456789012.35"}, {"-0.004", 5, 2, "0.00"}, {"0.5", 1, 0, "1"},
		{"0.6", 38, 38, "0.60000000000000000000000000000000000000"}, {"0.9e-38", 38, 38, "0.00000000000000000000000000000000000001"}, {"1e99999999999", 38, 0, "range"}, {"1e-99999999999", 38, 0, "0"},
	} {
		v, err := ParseDecimal([]byte(c.text), c.precision, c.scale)
		got := string(AppendDecimal(nil, v, c.scale))
		switch err {
		case ErrRange:
			got = "range"
		case ErrSyntax:
			got = "syntax"
		}
		if got != c.want {
			t.Errorf("%s as DECIMAL(%d, %d): %s, want %s", c.text, c.precision, c.scale, got, c.want)
		}
	}
}

func toBig(v vector.Num128) *big.Int {
	b := new(big.Int).Lsh(big.NewInt(v.HighBits()), 64)
	return b.Add(b, new(big.Int).SetUint64(v.LowBits()))
}

// halfUp divides rounding halves away from zero.
func halfUp(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(b) >= 0 {
		if a.Sign()*b.Sign() < 0 {
			return q.Sub(q, big.NewInt(1))
		}
		return q.Add(q, big.NewInt(1))
	}
	return q
}

// The arithmetic against unbounded integers, over values and scales of all sizes.
func TestDecimalArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	pow := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	value := func() vector.Num128 {
		var b strings.Builder
		if r.IntN(2) == 0 {
			b.WriteByte('-')
		}
		most := 38
		if r.IntN(2) == 0 { // small values take shorter ways
			most = 19
		}
		for range 1 + r.IntN(most) {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
		v, err := ParseDecimal([]byte(b.String()), 38, 0)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	fit := func(x *big.Int, precision int) (string, bool) { return x.String(), x.CmpAbs(pow(precision)) < 0 }
	for range 200_000 {
		a, b := value(), value()
		sa, sb := r.IntN(39), r.IntN(39)
		precision := 1 + r.IntN(38)
		scale := r.IntN(precision + 1)
		if r.IntN(2) == 0 {
			sa, sb = scale, scale
			if r.IntN(2) == 0 {
				sa, sb = scale/2, scale-scale/2
			}
		}
		s := max(sa, sb)
		x, y := toBig(a), toBig(b)
		xs, ys := new(big.Int).Mul(x, pow(s-sa)), new(big.Int).Mul(y, pow(s-sb))
		rescale := func(v *big.Int, from int) *big.Int {
			if from <= scale {
				return new(big.Int).Mul(v, pow(scale-from))
			}
			return halfUp(v, pow(from-scale))
		}
		check := func(op string, got vector.Num128, ok bool, exact *big.Int) {
			t.Helper()
			want, fits := fit(exact, precision)
			if ok != fits || ok && toBig(got).String() != want {
				t.Fatalf("%s(%d) %s %s(%d) as (%d, %d): %s %v, want %s %v", x, sa, op, y, sb, precision, scale, toBig(got), ok, want, fits)
			}
		}
		got, ok := DecimalAdd(a, sa, b, sb, precision, scale)
		check("+", got, ok, rescale(new(big.Int).Add(xs, ys), s))
		got, ok = DecimalSub(a, sa, b, sb, precision, scale)
		check("-", got, ok, rescale(new(big.Int).Sub(xs, ys), s))
		got, ok = DecimalMul(a, sa, b, sb, precision, scale)
		check("*", got, ok, rescale(new(big.Int).Mul(x, y), sa+sb))
		if c := DecimalCompare(a, sa, b, sb); c != xs.Cmp(ys) {
			t.Fatalf("compare %s(%d) %s(%d): %d", x, sa, y, sb, c)
		}
		if y.Sign() == 0 {
			continue
		}
		num, den := new(big.Int).Mul(x, pow(scale+sb)), new(big.Int).Mul(y, pow(sa))
		got, ok = DecimalDiv(a, sa, b, sb, precision, scale)
		check("/", got, ok, halfUp(num, den))
		got, ok = DecimalMod(a, sa, b, sb, precision, scale)
		check("%", got, ok, rescale(new(big.Int).Rem(xs, ys), s))
	}
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0", "-1.50", "99999999999999999999999999999999999999", "1e5", "0.000001", ".5", "123.456e-2", "+7"} {
		f.Add([]byte(s), uint8(20), uint8(5))
	}
	f.Fuzz(func(t *testing.T, in []byte, precision, scale uint8) {
		p := 1 + int(precision)%38
		s := int(scale) % (p + 1)
		v, err := ParseDecimal(in, p, s)
		if err != nil {
			return
		}
		out := AppendDecimal(nil, v, s)
		again, err := ParseDecimal(out, p, s)
		if err != nil || again != v {
			t.Fatalf("%q is %s, which reads as %s, %v", in, out, AppendDecimal(nil, again, s), err)
		}
		exact, ok := new(big.Rat).SetString(string(in))
		if !ok || len(in) > 60 {
			return
		}
		scaled := exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(s)), nil)))
		if want := halfUp(scaled.Num(), scaled.Denom()); want.Cmp(toBig(v)) != 0 {
			t.Fatalf("%q as (%d, %d) is %s, want %s", in, p, s, toBig(v), want)
		}
	})
}

// What CAST of a string to an integer makes: a fraction is cut off.
func TestCastInt(t *testing.T) {
	for in, want := range map[string]int64{
		"12": 12, "+12": 12, " 12 ": 12, "12.9": 12, "12.": 12, "-0": 0, ".5": 0, "-.5": 0, "+.5": 0, "-128.9": -128, "00012": 12, "-12.0": -12,
	} {
		if got, err := CastInt([]byte(in), 8); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", in, got, err, want)
		}
	}
	for in, want := range map[string]error{
		"": ErrSyntax, "  ": ErrSyntax, "+": ErrSyntax, "1e3": ErrSyntax, "0x10": ErrSyntax, "12L": ErrSyntax, "1..2": ErrSyntax, "1.x": ErrSyntax, "x.1": ErrSyntax, "--1": ErrSyntax, "1 2": ErrSyntax,
		"128": ErrRange, "128.5": ErrRange, "-129": ErrRange, "99999999999999999999": ErrRange,
	} {
		if got, err := CastInt([]byte(in), 8); err != want {
			t.Errorf("%q: %d, %v, want %v", in, got, err, want)
		}
	}
}
