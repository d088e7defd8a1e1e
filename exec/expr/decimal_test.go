package expr_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// exactType is a type of exact numbers, with its digits and those behind the point.
type exactType struct {
	vector.Type
	precision, scale int
}

// randomExact picks a type: decimals of all sizes, often of the largest, and integers, which count as decimals.
func randomExact(r *rand.Rand) exactType {
	switch r.IntN(8) {
	case 0:
		return exactType{vector.TinyIntType, 3, 0}
	case 1:
		return exactType{vector.IntType, 10, 0}
	case 2:
		return exactType{vector.BigIntType, 19, 0}
	case 3:
		s := r.IntN(39)
		return exactType{vector.DecimalType(38, s), 38, s}
	}
	p := 1 + r.IntN(38)
	s := r.IntN(p + 1)
	return exactType{vector.DecimalType(p, s), p, s}
}

// resultOf is the type of an operation, as Flink documents it.
func resultOf(op string, a, b exactType) (precision, scale int) {
	p1, s1, p2, s2 := a.precision, a.scale, b.precision, b.scale
	switch op {
	case "+", "-":
		scale = max(s1, s2)
		precision = max(p1-s1, p2-s2) + scale + 1
	case "*":
		precision, scale = p1+p2+1, s1+s2
	case "/":
		scale = max(6, s1+p2+1)
		precision = p1 - s1 + s2 + scale
	case "%":
		scale = max(s1, s2)
		return max(1, min(p1-s1, p2-s2)+scale), scale
	}
	if precision > 38 {
		whole := precision - scale
		precision, scale = 38, max(38-whole, min(scale, 6))
	}
	return precision, scale
}

// exactColumn makes a column of a type, with NULLs, and its values as fractions.
func exactColumn(r *rand.Rand, t exactType, rows int) (vector.Column, []*big.Rat) {
	c := randomColumn(r, t.Type, rows)
	if t.Kind == vector.Decimal {
		a := make([]vector.Num128, rows)
		for i := range a {
			text := ""
			for range 1 + r.IntN(t.precision) {
				text += string(rune('0' + r.IntN(10)))
			}
			if r.IntN(2) == 0 {
				text = "-" + text
			}
			a[i], _ = kernel.ParseDecimal([]byte(text), t.precision, 0)
		}
		valid := vector.NewBitmap(rows, true)
		for i := range rows {
			if c.IsNull(i) {
				valid.Clear(i)
			}
		}
		c = vector.NewColumn(a, valid)
	}
	values := make([]*big.Rat, rows)
	for i := range values {
		if !c.IsNull(i) {
			values[i], _ = new(big.Rat).SetString(string(kernel.AppendText(nil, c, t.Type, i, nil)))
		}
	}
	return c, values
}

// rounded is a fraction as a DECIMAL prints it, halves rounded away from zero; NULL if it has too many digits.
func rounded(v *big.Rat, precision, scale int) string {
	ten := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(v), new(big.Rat).SetInt(ten(scale)))
	n := new(big.Int).Mul(scaled.Num(), big.NewInt(2))
	n.Add(n, scaled.Denom()).Quo(n, new(big.Int).Mul(scaled.Denom(), big.NewInt(2)))
	if n.Cmp(ten(precision)) >= 0 {
		return "NULL"
	}
	digits := n.String()
	for len(digits) <= scale {
		digits = "0" + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if v.Sign() < 0 && n.Sign() != 0 {
		return "-" + digits
	}
	return digits
}

// TestDecimals computes over columns of exact numbers of all types against fractions: the result's type is the
// documented one, what does not fit it is NULL, and neither NULLs nor slices matter.
func TestDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(38, 10))
	const rows, skip = 40, 7
	overflows := 0
	for range 1_500 {
		ta, tb := randomExact(r), randomExact(r)
		if ta.Kind != vector.Decimal && tb.Kind != vector.Decimal {
			continue
		}
		a, x := exactColumn(r, ta, rows)
		b, y := exactColumn(r, tb, rows)
		batch := vector.Batch{Rows: rows, Columns: []vector.Column{a, b}}
		check := func(what string, e plan.Expr, precision, scale int, b vector.Batch, exact func(i int) *big.Rat) {
			t.Helper()
			if want := fmt.Sprintf("DECIMAL(%d, %d)", precision, scale); e.Type().Name() != want {
				t.Fatalf("%s: %s, want %s", what, e.Type(), want)
			}
			for _, from := range []int{0, skip} {
				out := eval(t, e, b.Slice(from, b.Rows))
				for i := from; i < b.Rows; i++ {
					want := "NULL"
					if v := exact(i); v != nil {
						if want = rounded(v, precision, scale); want == "NULL" {
							overflows++
						}
					}
					got := "NULL"
					if !out.IsNull(i - from) {
						got = string(kernel.AppendText(nil, out, e.Type(), i-from, nil))
					}
					if got != want {
						t.Fatalf("%s, row %d of %d: %s, want %s", what, i, b.Rows, got, want)
					}
				}
			}
		}
		both := func(i int) bool { return x[i] != nil && y[i] != nil }
		for _, op := range []string{"+", "-", "*", "/", "%"} {
			in, keep := batch, func(i int) int { return i }
			if op == "/" || op == "%" {
				var taken []int32
				for i := range rows {
					if y[i] != nil && y[i].Sign() != 0 {
						taken = append(taken, int32(i))
					}
				}
				if len(taken) <= skip {
					continue
				}
				in, keep = batch.Take(taken), func(i int) int { return int(taken[i]) }
			}
			e := call(t, op, column(0, ta.Type), column(1, tb.Type))
			precision, scale := resultOf(op, ta, tb)
			check(fmt.Sprintf("%s %s %s", ta, op, tb), e, precision, scale, in, func(i int) *big.Rat {
				i = keep(i)
				if !both(i) {
					return nil
				}
				switch op {
				case "+":
					return new(big.Rat).Add(x[i], y[i])
				case "-":
					return new(big.Rat).Sub(x[i], y[i])
				case "*":
					return new(big.Rat).Mul(x[i], y[i])
				}
				quotient := new(big.Rat).Quo(x[i], y[i])
				if op == "/" {
					return quotient
				}
				whole := new(big.Int).Quo(quotient.Num(), quotient.Denom())
				return new(big.Rat).Sub(x[i], new(big.Rat).Mul(y[i], new(big.Rat).SetInt(whole)))
			})
		}
		to := randomExact(r)
		if to.Kind == vector.Decimal {
			check(fmt.Sprintf("CAST of %s to %s", ta, to), &plan.Cast{X: column(0, ta.Type), T: to.Type}, to.precision, to.scale, batch, func(i int) *big.Rat { return x[i] })
		}
		for _, op := range []string{"=", "<", ">="} {
			out := eval(t, call(t, op, column(0, ta.Type), column(1, tb.Type)), batch)
			for i := range rows {
				if out.IsNull(i) == both(i) {
					t.Fatalf("%s %s %s of %v and %v is NULL: %v", ta, op, tb, x[i], y[i], out.IsNull(i))
				}
				if !both(i) {
					continue
				}
				c := x[i].Cmp(y[i])
				if want := op == "=" && c == 0 || op == "<" && c < 0 || op == ">=" && c >= 0; out.Bool(i) != want {
					t.Fatalf("%s %s %s of %s and %s is %v", ta, op, tb, x[i], y[i], out.Bool(i))
				}
			}
		}
	}
	if overflows < 1000 {
		t.Errorf("only %d results did not fit", overflows)
	}
}
