package expr_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec/expr"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// randomColumn makes rows values of a type, borders and NULLs among them.
func randomColumn(r *rand.Rand, t vector.Type, rows int) vector.Column {
	valid := vector.NewBitmap(rows, true)
	for i := range rows {
		if r.IntN(5) == 0 {
			valid.Clear(i)
		}
	}
	number := func(least, most int64) int64 {
		switch r.IntN(6) {
		case 0:
			return least
		case 1:
			return most
		case 2:
			return 0
		}
		return int64(r.IntN(2000)) - 1000
	}
	switch t.Physical() {
	case vector.Bool:
		bits := vector.NewBitmap(rows, false)
		for i := range rows {
			if r.IntN(2) == 0 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, rows, valid)
	case vector.I8:
		a := make([]int8, rows)
		for i := range a {
			a[i] = int8(number(math.MinInt8, math.MaxInt8))
		}
		return vector.NewColumn(a, valid)
	case vector.I16:
		a := make([]int16, rows)
		for i := range a {
			a[i] = int16(number(math.MinInt16, math.MaxInt16))
		}
		return vector.NewColumn(a, valid)
	case vector.I32:
		least, most := int64(math.MinInt32), int64(math.MaxInt32)
		if t.Kind == vector.Date {
			least, most = -719162, 2932896
		} else if t.Kind == vector.TimeOfDay {
			least, most = 0, 86_399_000
		}
		a := make([]int32, rows)
		for i := range a {
			a[i] = int32(number(least, most))
			if t.Kind == vector.TimeOfDay {
				a[i] = max(a[i], 0)
			}
		}
		return vector.NewColumn(a, valid)
	case vector.I64:
		least, most := int64(math.MinInt64), int64(math.MaxInt64)
		if t.IsTimestamp() {
			least, most = -62135596800000, 253402300799999
		}
		a := make([]int64, rows)
		for i := range a {
			a[i] = number(least, most)
		}
		return vector.NewColumn(a, valid)
	case vector.F32:
		a := make([]float32, rows)
		for i := range a {
			a[i] = float32(number(-1, 1)) / 8
			if r.IntN(6) == 0 {
				a[i] = float32(math.NaN())
			}
		}
		return vector.NewColumn(a, valid)
	case vector.F64:
		a := make([]float64, rows)
		for i := range a {
			a[i] = [...]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.Copysign(0, -1), float64(number(-9, 9)) / 7}[r.IntN(6)]
		}
		return vector.NewColumn(a, valid)
	case vector.I128:
		a := make([]vector.Num128, rows)
		for i := range a {
			if t.IsTimestamp() {
				a[i] = kernel.NewDecimal128(number(-62135596800000000, 253402300799999999), uint64(r.IntN(1000)))
			} else {
				a[i] = vector.Int128(number(-99999, 99999) % int64(math.Pow10(min(t.Precision, 18))))
			}
		}
		return vector.NewColumn(a, valid)
	case vector.Struct:
		names, fields := make([]string, len(t.Fields)), make([]vector.Column, len(t.Fields))
		for i, f := range t.Fields {
			names[i], fields[i] = f.Name, randomColumn(r, f.Type, rows)
		}
		return vector.NewStruct(names, fields, rows, valid)
	case vector.List, vector.Pairs:
		offsets := make([]int32, rows+1)
		for i := range rows {
			offsets[i+1] = offsets[i] + int32(r.IntN(3))
		}
		if t.Kind == vector.Array {
			return vector.NewList(offsets, randomColumn(r, *t.Elem, int(offsets[rows])), valid)
		}
		key, value := t.Entry()
		values := randomColumn(r, value, int(offsets[rows]))
		if t.Kind == vector.Multiset {
			values = values.WithValidity(nil)
		}
		return vector.NewPairs(offsets, randomColumn(r, key, int(offsets[rows])), values, valid)
	}
	words := []string{"", "a", "Abc", "ß日本", "😀x", "12", "-7.5", "1e400", "2020-02-29", "2020-02-30 24:00:00", "2020-01-01 00:00:00", "true", "yyyy-MM-dd", "%b_", "a,b,,c", " x ", "\xff"}
	offsets, data := []int32{0}, []byte(nil)
	for range rows {
		data = append(data, words[r.IntN(len(words))]...)
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, valid, t.IsBytes())
}

var everyType = []vector.Type{
	vector.BooleanType, vector.TinyIntType, vector.SmallIntType, vector.IntType, vector.BigIntType, vector.FloatType, vector.DoubleType,
	vector.DecimalType(5, 2), vector.DecimalType(38, 10), {Kind: vector.Char, Precision: 3, Nullable: true}, vector.StringType, vector.BytesType,
	vector.DateType, vector.TimeType, vector.TimestampType(0), vector.TimestampType(3), vector.TimestampType(6), vector.TimestampType(9), vector.TimestampLTZType(3),
	vector.TimestampLTZType(9), vector.TimestampType(7), {Kind: vector.Binary, Precision: 3, Nullable: true},
	{Kind: vector.IntervalMonth, Nullable: true}, {Kind: vector.IntervalSecond, Nullable: true},
	vector.ArrayType(vector.StringType), vector.ArrayType(everyRow), vector.MapType(vector.StringType, vector.IntType), vector.MapType(vector.IntType, vector.ArrayType(vector.StringType)),
	everyRow, vector.RowType(vector.Field{Name: "a", Type: vector.StringType}, vector.Field{Name: "b", Type: vector.BigIntType}), vector.MultisetType(vector.StringType), vector.MultisetType(vector.IntType),
}

var everyRow = vector.RowType(vector.Field{Name: "x", Type: vector.IntType}, vector.Field{Name: "y", Type: vector.StringType})

// outcome is what an expression gives, as text: a value for each row, or the error's code.
func outcome(p *expr.Program, t vector.Type, b vector.Batch) (rows []string, code string, err error) {
	out, err := p.Eval(b)
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return nil, d.Code, nil
	}
	if err != nil {
		return nil, "", err
	}
	for i := range b.Len() {
		s := "NULL"
		if !out[0].IsNull(i) {
			s = string(kernel.AppendText(nil, out[0], t, i, time.UTC))
		}
		rows = append(rows, s)
	}
	return rows, "", nil
}

// every checks an expression over random columns: nothing panics, errors are diagnostics, and a row's value does not
// depend on the rows around it, on where its column lies in memory or on how it is coded.
func every(t *testing.T, what string, e plan.Expr, types []vector.Type, r *rand.Rand) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	p, err := expr.Compile([]plan.Expr{e}, expr.Env{Zone: berlin, Now: func() time.Time { return fixedNow }})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	const rows = 37
	b := vector.Batch{Rows: rows}
	for _, typ := range types {
		b.Columns = append(b.Columns, randomColumn(r, typ, rows))
	}
	want, code, err := outcome(p, e.Type(), b)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	failed := code != ""
	for i := range rows {
		got, c, err := outcome(p, e.Type(), b.Slice(i, i+1))
		if err != nil || !failed && (c != "" || got[0] != want[i]) {
			t.Errorf("%s: row %d alone is %v %s %v, among others %v", what, i, got, c, err, want)
			return
		}
		if c != "" {
			code = ""
		}
	}
	if failed && code != "" {
		t.Errorf("%s: fails with %s, but no row alone does", what, code)
		return
	}
	if failed {
		return
	}
	coded := b
	coded.Columns = slices.Clone(b.Columns)
	for k, c := range b.Columns {
		if types[k].IsString() {
			coded.Columns[k] = encode(c)
		}
	}
	for name, form := range map[string]vector.Batch{"coded": coded, "sliced": b.Slice(5, rows)} {
		got, c, err := outcome(p, e.Type(), form)
		from := rows - form.Len()
		if err != nil || c != "" || !slices.Equal(got, want[from:]) {
			t.Errorf("%s %s: %v %s %v, want %v", what, name, got, c, err, want[from:])
			return
		}
	}
}

// TestEveryCall tries all functions with all arguments that their signatures take.
func TestEveryCall(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	units := []string{"y", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "SECOND", "MILLISECOND", "DOW", "EPOCH", "CENTURY", "NANOSECOND"}
	calls := 0
	for _, f := range catalog.Functions() {
		if f.Name == "TUMBLE_START" || f.Name == "TUMBLE_END" || f.Name == "TUMBLE_TIME" {
			continue // over literals only
		}
		try := func(args []plan.Expr, types []vector.Type) {
			var as []catalog.Arg
			for _, a := range args {
				arg := catalog.Arg{Type: a.Type()}
				if l, ok := a.(*plan.Literal); ok {
					arg.Literal, arg.Constant = l.Value, true
				}
				as = append(as, arg)
			}
			result, casts, err := f.Infer(as)
			if err != nil {
				return
			}
			if f.Name == "CURRENT_ROW_TIMESTAMP" || f.Name == "REPEAT" || f.Name == "LPAD" || f.Name == "RPAD" {
				return // lengths of hundreds of megabytes have a test of their own
			}
			calls++
			what := f.Name
			for i, a := range args {
				what += fmt.Sprintf(" %s", a.Type())
				if !a.Type().Same(casts[i]) {
					args[i] = &plan.Cast{X: a, T: casts[i].WithNullable(a.Type().Nullable), Implicit: true, Try: true}
				}
			}
			every(t, what, &plan.Call{Name: f.Name, Args: args, T: result}, types, r)
		}
		try(nil, nil)
		for _, a := range everyType {
			try([]plan.Expr{column(0, a)}, []vector.Type{a})
			for _, u := range units {
				try([]plan.Expr{literal(vector.StringType, u), column(0, a)}, []vector.Type{a})
				try([]plan.Expr{column(0, a), literal(vector.StringType, u)}, []vector.Type{a})
			}
			for _, b := range everyType {
				try([]plan.Expr{column(0, a), column(1, b)}, []vector.Type{a, b})
				for _, u := range units[:9] {
					try([]plan.Expr{literal(vector.StringType, u), column(0, a), column(1, b)}, []vector.Type{a, b})
				}
				for _, c := range []vector.Type{vector.IntType, vector.StringType, a} {
					if f.Name == "TRIM" {
						try([]plan.Expr{literal(vector.StringType, "LEADING"), column(0, a), column(1, b)}, []vector.Type{a, b})
						continue
					}
					try([]plan.Expr{column(0, a), column(1, b), column(2, c)}, []vector.Type{a, b, c})
				}
			}
		}
	}
	if calls < 2000 {
		t.Errorf("only %d calls", calls)
	}
}

// TestEveryCast tries all pairs of types that catalog says are castable, and that only those are.
func TestEveryCast(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	casts := 0
	for _, from := range everyType {
		for _, to := range everyType {
			explicit, implicit := catalog.Castable(from, to)
			if implicit && !explicit {
				t.Errorf("%s to %s happens unasked, but not when asked", from, to)
			}
			if !explicit {
				continue
			}
			casts++
			for _, try := range []bool{false, true} {
				every(t, fmt.Sprintf("%s to %s", from, to), &plan.Cast{X: column(0, from), T: to, Try: try}, []vector.Type{from}, r)
			}
		}
	}
	if casts < 200 {
		t.Errorf("only %d casts", casts)
	}
}

// TestLongStrings refuses results that no column could hold.
func TestLongStrings(t *testing.T) {
	s, n := literal(vector.StringType, "abc"), literal(vector.IntType, int64(math.MaxInt32))
	for _, e := range []plan.Expr{call(t, "REPEAT", s, n), call(t, "LPAD", s, n, s), call(t, "RPAD", s, n, s)} {
		p, err := expr.Compile([]plan.Expr{e}, expr.Env{})
		if err != nil {
			t.Fatal(err)
		}
		var d *diag.Diagnostic
		if _, err := p.Eval(vector.Batch{Rows: 1}); !errors.As(err, &d) || d.Code != "W4105" {
			t.Errorf("%v", err)
		}
	}
}
