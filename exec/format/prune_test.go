package format

import (
	"math"
	"math/rand/v2"
	"testing"

	"weir/planner/plan"
	"weir/vector"
)

// truth is what a condition is for a row; NULL is nil.
func truth(e plan.Expr, row []any) any {
	c, ok := e.(*plan.Call)
	if !ok {
		return row[e.(*plan.Column).Index]
	}
	switch c.Name {
	case "AND", "OR":
		decides := c.Name == "OR"
		x, y := truth(c.Args[0], row), truth(c.Args[1], row)
		switch {
		case x == decides || y == decides:
			return decides
		case x == nil || y == nil:
			return nil
		}
		return !decides
	case "NOT":
		if x, ok := truth(c.Args[0], row).(bool); ok {
			return !x
		}
		return nil
	case "IS NULL":
		return row[c.Args[0].(*plan.Column).Index] == nil
	case "IS NOT NULL":
		return row[c.Args[0].(*plan.Column).Index] != nil
	case "IS TRUE":
		return truth(c.Args[0], row) == true
	case "IS NOT TRUE":
		return truth(c.Args[0], row) != true
	case "IS FALSE":
		return truth(c.Args[0], row) == false
	case "IS NOT FALSE":
		return truth(c.Args[0], row) != false
	case "IN":
		x, isNull := row[c.Args[0].(*plan.Column).Index], false
		for _, a := range c.Args[1:] {
			v := a.(*plan.Literal).Value
			if x == nil || v == nil {
				isNull = true
			} else if x == v {
				return true
			}
		}
		if isNull {
			return nil
		}
		return false
	}
	x, y := row[c.Args[0].(*plan.Column).Index], c.Args[1].(*plan.Literal).Value
	if x == nil || y == nil {
		return nil
	}
	var a, b float64
	switch x := x.(type) {
	case int64:
		a, b = float64(x), float64(y.(int64))
	case float64:
		a, b = x, y.(float64)
	case bool:
		number := map[bool]float64{true: 1}
		a, b = number[x], number[y.(bool)]
	}
	return map[string]bool{"=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[c.Name]
}

var columnTypes = []vector.Type{vector.BigIntType, vector.DoubleType, vector.BooleanType}

func randomValue(r *rand.Rand, column int) any {
	switch column {
	case 0:
		return int64(r.IntN(5))
	case 1:
		return []float64{0, math.Copysign(0, -1), 1, 2, 3.5}[r.IntN(5)]
	}
	return r.IntN(2) == 0
}

func randomCondition(r *rand.Rand, depth int) plan.Expr {
	call := func(name string, args ...plan.Expr) plan.Expr {
		return &plan.Call{Name: name, Args: args, T: vector.BooleanType}
	}
	if depth > 0 {
		switch x := randomCondition(r, depth-1); r.IntN(4) {
		case 0:
			return call("AND", x, randomCondition(r, depth-1))
		case 1:
			return call("OR", x, randomCondition(r, depth-1))
		case 2:
			return call("NOT", x)
		default:
			return call([]string{"IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE"}[r.IntN(4)], x)
		}
	}
	at := r.IntN(3)
	c := &plan.Column{Index: at, T: columnTypes[at]}
	literal := func() plan.Expr {
		l := &plan.Literal{T: columnTypes[at], Value: randomValue(r, at)}
		if r.IntN(12) == 0 {
			l.Value = nil
		}
		return l
	}
	switch r.IntN(5) {
	case 0:
		return call([]string{"IS NULL", "IS NOT NULL"}[r.IntN(2)], c)
	case 1:
		return call("IN", c, literal(), literal())
	case 2:
		if at == 2 {
			return c
		}
	}
	return call([]string{"=", "<>", "<", "<=", ">", ">="}[r.IntN(6)], c, literal())
}

// Rows of which one meets a condition may pass it, whatever is known of them; and rows of which much is known and none
// meets it are told apart from those often enough.
func TestMayPass(t *testing.T) {
	told, missed := 0, 0
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 5))
		rows := make([][]any, 1+r.IntN(3))
		bounds := make([]Bounds, len(columnTypes))
		for c, t := range columnTypes {
			nulls := 0
			var low, high any
			for i := range rows {
				if c == 0 {
					rows[i] = make([]any, len(columnTypes))
				}
				v := randomValue(r, c)
				switch {
				case r.IntN(5) == 0:
					nulls++
					continue
				case c == 1 && r.IntN(5) == 0:
					rows[i][c] = math.NaN()
					continue
				}
				rows[i][c] = v
				if below, _ := compare(v, t, low, t); low == nil || below < 0 {
					low = v
				}
				if above, _ := compare(v, t, high, t); high == nil || above > 0 {
					high = v
				}
			}
			if r.IntN(8) > 0 {
				bounds[c] = Bounds{Low: low, High: high, NoNulls: nulls == 0, OnlyNulls: nulls == len(rows)}
			}
		}
		e := randomCondition(r, r.IntN(3))
		some := false
		for _, row := range rows {
			some = some || truth(e, row) == true
		}
		switch may := NewPruner(e).MayPass(func(c int) Bounds { return bounds[c] }); {
		case some && !may:
			t.Fatalf("seed %d: %s is left out of %v by %+v", seed, plan.Format(e), rows, bounds)
		case !some && !may:
			told++
		case !some:
			missed++
		}
	}
	if t.Logf("of rows that do not pass %d were told, %d were not", told, missed); told < missed {
		t.Error("that proves little")
	}
}

// IN over sorted literals is what its comparisons one by one are, and a column's bounds are asked for once.
func TestPrunerOfLists(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	for range 20_000 {
		at := r.IntN(3)
		typ := columnTypes[at]
		in := &plan.Call{Name: "IN", Args: []plan.Expr{&plan.Column{Index: at, T: typ}}, T: vector.BooleanType}
		for range 1 + r.IntN(5) {
			l := &plan.Literal{T: typ, Value: randomValue(r, at)}
			switch r.IntN(12) {
			case 0:
				l.Value = nil
			case 1:
				if at == 1 {
					l.Value = math.NaN()
				}
			}
			in.Args = append(in.Args, l)
		}
		b := Bounds{Low: randomValue(r, at), High: randomValue(r, at), NoNulls: r.IntN(2) == 0}
		if above, _ := compare(b.Low, typ, b.High, typ); above > 0 {
			b.Low, b.High = b.High, b.Low
		}
		switch r.IntN(8) {
		case 0:
			b.Low = nil
		case 1:
			b = Bounds{OnlyNulls: true}
		}
		asked := 0
		p := NewPruner(in)
		p.MayPass(func(int) Bounds { asked++; return b })
		want := isFalse
		for _, l := range in.Args[1:] {
			want = either(want, p.compared("=", in.Args[0], l), isFalse, isTrue)
		}
		if got := p.possible(in); got != want || asked != 1 {
			t.Fatalf("%s in %+v is %b, one by one %b; bounds were asked for %d times", plan.Format(in), b, got, want, asked)
		}
	}
}
