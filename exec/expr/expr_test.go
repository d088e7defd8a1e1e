package expr_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec/expr"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// TestSignaturesHaveKernels pairs catalog's functions with the kernels here, one to one.
func TestSignaturesHaveKernels(t *testing.T) {
	signatures := 0
	for _, f := range catalog.Functions() {
		signatures++
		if !expr.Has(f.Name) {
			t.Errorf("%s has a signature and no kernel", f.Name)
		}
		if f.Syntax == "" || f.Doc == "" {
			t.Errorf("%s is not documented", f.Name)
		}
	}
	for _, name := range expr.Names() {
		if _, ok := catalog.LookupFunction(name); !ok {
			t.Errorf("%s has a kernel and no signature", name)
		}
	}
	if signatures < 100 {
		t.Errorf("only %d functions", signatures)
	}
}

func column(i int, t vector.Type) plan.Expr { return &plan.Column{Index: i, T: t} }

func literal(t vector.Type, v any) plan.Expr { return &plan.Literal{T: t.NotNull(), Value: v} }

// call makes a call as the planner does.
func call(t *testing.T, name string, args ...plan.Expr) plan.Expr {
	t.Helper()
	f, ok := catalog.LookupFunction(name)
	if !ok {
		t.Fatalf("no function %s", name)
	}
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
		t.Fatal(err)
	}
	for i, a := range args {
		if !a.Type().Same(casts[i]) {
			args[i] = &plan.Cast{X: a, T: casts[i].WithNullable(a.Type().Nullable), Implicit: true}
		}
	}
	return &plan.Call{Name: name, Args: args, T: result, At: diag.Span{Start: 7, End: 12}}
}

func ints(values ...int64) vector.Column { return vector.NewColumn(values, nil) }

func eval(t *testing.T, e plan.Expr, b vector.Batch) vector.Column {
	t.Helper()
	p, err := expr.Compile([]plan.Expr{e}, expr.Env{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Eval(b)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// A division stands behind a condition that keeps its zeros away, in every lazy place.
func TestLazy(t *testing.T) {
	x := column(0, vector.BigIntType.NotNull())
	zero, hundred := literal(vector.BigIntType, int64(0)), literal(vector.BigIntType, int64(100))
	quotient := func() plan.Expr { return call(t, "/", hundred, x) }
	nonzero := func() plan.Expr { return call(t, "<>", x, zero) }
	b := vector.Batch{Columns: []vector.Column{ints(0, 5, 0, 200)}, Rows: 4}

	c := eval(t, &plan.Case{Whens: []plan.When{{Cond: nonzero(), Then: quotient()}}, T: vector.BigIntType}, b)
	if !c.IsNull(0) || !c.IsNull(2) || c.Int64()[1] != 20 || c.Int64()[3] != 0 {
		t.Errorf("CASE: %v", c.Arrow())
	}
	c = eval(t, call(t, "IF", nonzero(), quotient(), zero), b)
	if !slices.Equal(c.Int64(), []int64{0, 20, 0, 0}) {
		t.Errorf("IF: %v", c.Arrow())
	}
	c = eval(t, call(t, "AND", nonzero(), call(t, ">", quotient(), hundred)), b)
	for i := range 4 {
		if c.IsNull(i) || c.Bool(i) {
			t.Errorf("AND: %v", c.Arrow())
		}
	}
	c = eval(t, call(t, "OR", call(t, "=", x, zero), call(t, "=", quotient(), zero)), b)
	if !c.Bool(0) || c.Bool(1) || !c.Bool(2) || !c.Bool(3) {
		t.Errorf("OR: %v", c.Arrow())
	}
	c = eval(t, call(t, "COALESCE", call(t, "NULLIF", x, literal(vector.BigIntType, int64(-1))), quotient()), b)
	if !slices.Equal(c.Int64(), []int64{0, 5, 0, 200}) {
		t.Errorf("COALESCE: %v", c.Arrow())
	}
}

// An error of a row says where in which source the expression stands.
func TestErrorsHaveAPlace(t *testing.T) {
	src := &diag.Source{Name: "job.sql", Text: "SELECT 1 / x FROM t"}
	e := call(t, "/", literal(vector.BigIntType, int64(1)), column(0, vector.BigIntType))
	p, err := expr.Compile([]plan.Expr{e}, expr.Env{Source: src})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Eval(vector.Batch{Columns: []vector.Column{ints(1, 2)}, Rows: 2}); err != nil {
		t.Fatal(err)
	}
	_, err = p.Eval(vector.Batch{Columns: []vector.Column{ints(1, 0)}, Rows: 2})
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != "W4101" || d.Source != src || d.Span != (diag.Span{Start: 7, End: 12}) {
		t.Errorf("%#v", err)
	}
	// A NULL is no divisor.
	null := vector.NewColumn([]int64{1, 0}, vector.Bitmap{1})
	if _, err := p.Eval(vector.Batch{Columns: []vector.Column{null}, Rows: 2}); err != nil {
		t.Errorf("of a NULL: %v", err)
	}
}

// A failing constant fails where a row asks for it, and only there.
func TestConstantsFailLate(t *testing.T) {
	e := call(t, "/", literal(vector.BigIntType, int64(1)), literal(vector.BigIntType, int64(0)))
	p, err := expr.Compile([]plan.Expr{e}, expr.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := p.Eval(vector.Batch{}); err != nil || out[0].Len() != 0 {
		t.Errorf("without rows: %v", err)
	}
	if _, err := p.Eval(vector.Batch{Rows: 3}); err == nil {
		t.Error("1/0 has a value")
	}
	l, err := expr.Constant(call(t, "+", literal(vector.BigIntType, int64(40)), literal(vector.BigIntType, int64(2))), expr.Env{})
	if err != nil || l.Value != int64(42) {
		t.Errorf("%v, %v", l, err)
	}
}

// A NULL out of an expression that is NOT NULL by its type is an error, not a wrong column.
func TestNullInNotNull(t *testing.T) {
	x := &plan.Cast{X: column(0, vector.BigIntType.NotNull()), T: vector.DecimalType(3, 0).NotNull()}
	p, err := expr.Compile([]plan.Expr{x}, expr.Env{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Eval(vector.Batch{Columns: []vector.Column{ints(999, 1000)}, Rows: 2})
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != "W4104" {
		t.Errorf("%v", err)
	}
}

func TestColumnsPassThrough(t *testing.T) {
	c := ints(1, 2, 3)
	p, err := expr.Compile([]plan.Expr{column(0, vector.BigIntType)}, expr.Env{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Eval(vector.Batch{Columns: []vector.Column{c}, Rows: 3})
	if err != nil || &out[0].Int64()[0] != &c.Int64()[0] {
		t.Errorf("copied, %v", err)
	}
}

func TestFilter(t *testing.T) {
	x := column(0, vector.BigIntType)
	f, err := expr.CompileFilter(call(t, ">", x, literal(vector.BigIntType, int64(2))), expr.Env{})
	if err != nil {
		t.Fatal(err)
	}
	null := vector.NewColumn([]int64{3, 9, 1, 4}, vector.Bitmap{0b1101})
	indices, all, err := f.Select(vector.Batch{Columns: []vector.Column{null}, Rows: 4})
	if err != nil || all || !slices.Equal(indices, []int32{0, 3}) {
		t.Errorf("%v %v %v", indices, all, err)
	}
	if _, all, err = f.Select(vector.Batch{Columns: []vector.Column{ints(3, 4)}, Rows: 2}); err != nil || !all {
		t.Errorf("%v %v", all, err)
	}
}

// The windows of a row at the borders, with an offset and before 1970, and in local time across a change of clocks.
func TestTumble(t *testing.T) {
	size := func(n int64) plan.Expr { return literal(vector.BigIntType, n) }
	ts := column(0, vector.TimestampType(3))
	b := vector.Batch{Columns: []vector.Column{ints(-1, 0, 9_999, 10_000, 12_500)}, Rows: 5}
	for _, c := range []struct {
		name         string
		size, offset int64
		want         []int64
	}{
		{"TUMBLE_START", 10_000, 0, []int64{-10_000, 0, 0, 10_000, 10_000}}, {"TUMBLE_END", 10_000, 0, []int64{0, 10_000, 10_000, 20_000, 20_000}},
		{"TUMBLE_TIME", 10_000, 0, []int64{-1, 9_999, 9_999, 19_999, 19_999}}, {"TUMBLE_START", 10_000, 3_000, []int64{-7_000, -7_000, 3_000, 3_000, 3_000}},
		{"TUMBLE_START", 10_000, -3_000, []int64{-3_000, -3_000, 7_000, 7_000, 7_000}},
	} {
		if got := eval(t, call(t, c.name, ts, size(c.size), size(c.offset)), b).Int64(); !slices.Equal(got, c.want) {
			t.Errorf("%s(%d, %d): %v, want %v", c.name, c.size, c.offset, got, c.want)
		}
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const day = 86_400_000
	instant := time.Date(2020, 3, 29, 12, 0, 0, 0, berlin).UnixMilli()
	for name, want := range map[string]int64{
		"TUMBLE_START": time.Date(2020, 3, 29, 0, 0, 0, 0, time.UTC).UnixMilli(), "TUMBLE_END": time.Date(2020, 3, 30, 0, 0, 0, 0, time.UTC).UnixMilli(),
		"TUMBLE_TIME": time.Date(2020, 3, 29, 23, 59, 59, 999_000_000, berlin).UnixMilli(),
	} {
		p, err := expr.Compile([]plan.Expr{call(t, name, column(0, vector.TimestampLTZType(3)), size(day), size(0))}, expr.Env{Zone: berlin})
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.Eval(vector.Batch{Columns: []vector.Column{ints(instant)}, Rows: 1})
		if err != nil || out[0].Int64()[0] != want {
			t.Errorf("%s in Berlin: %v %v, want %d", name, out[0].Int64(), err, want)
		}
	}
}

// The time is the same for all rows and all expressions of a program.
func TestNow(t *testing.T) {
	asked := 0
	env := expr.Env{Zone: time.FixedZone("x", 3600), Now: func() time.Time { asked++; return time.UnixMilli(86_399_500) }}
	p, err := expr.Compile([]plan.Expr{call(t, "NOW"), call(t, "CURRENT_DATE"), call(t, "LOCALTIMESTAMP"), call(t, "CURRENT_TIME")}, env)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Eval(vector.Batch{Rows: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(out[0].Int64(), out[1].Int32(), out[2].Int64(), out[3].Int32(), asked)
	if want := "[86399500 86399500] [1 1] [89999500 89999500] [3599000 3599000] 1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCurrentWatermark(t *testing.T) {
	b := vector.Batch{Columns: []vector.Column{ints(1, 2)}, Rows: 2, Behind: []vector.Time{vector.MinTime, 7}}
	c := eval(t, &plan.CurrentWatermark{T: vector.TimestampType(3)}, b)
	if !c.IsNull(0) || c.IsNull(1) || c.Int64()[1] != 7 {
		t.Errorf("%v", c.Arrow())
	}
	b.Behind = nil
	if c := eval(t, &plan.CurrentWatermark{T: vector.TimestampType(3)}, b); c.NullCount() != 2 {
		t.Errorf("%v", c.Arrow())
	}
}

// LIKE against a matcher that tries everything.
func TestLike(t *testing.T) {
	var slow func(s, p string) bool
	slow = func(s, p string) bool {
		switch {
		case p == "":
			return s == ""
		case p[0] == '%':
			return slow(s, p[1:]) || s != "" && slow(s[1:], p)
		}
		return s != "" && (p[0] == '_' || p[0] == s[0]) && slow(s[1:], p[1:])
	}
	r := rand.New(rand.NewPCG(1, 2))
	word := func(letters string) string {
		var b strings.Builder
		for range r.IntN(8) {
			b.WriteByte(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	for range 20_000 {
		s, p := word("ab"), word("ab%%_")
		c := eval(t, call(t, "LIKE", literal(vector.StringType, s), literal(vector.StringType, p)), vector.Batch{Rows: 1})
		if c.Bool(0) != slow(s, p) {
			t.Fatalf("%q LIKE %q is %v", s, p, c.Bool(0))
		}
	}
}

func BenchmarkArithmetic(b *testing.B) {
	x := column(0, vector.BigIntType)
	one := literal(vector.BigIntType, int64(1))
	e := &plan.Call{Name: "+", T: vector.BigIntType, Args: []plan.Expr{&plan.Call{Name: "*", Args: []plan.Expr{x, x}, T: vector.BigIntType}, one}}
	p, err := expr.Compile([]plan.Expr{e}, expr.Env{})
	if err != nil {
		b.Fatal(err)
	}
	values := make([]int64, 8192)
	batch := vector.Batch{Columns: []vector.Column{ints(values...)}, Rows: len(values)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Eval(batch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFilterDictionary(b *testing.B) {
	d := vector.NewDict()
	codes := make([]int32, 8192)
	for i := range 100 {
		d.Add(fmt.Appendf(nil, "channel-%d", i))
	}
	for i := range codes {
		codes[i] = int32(i % 100)
	}
	e := &plan.Call{Name: "=", T: vector.BooleanType, Args: []plan.Expr{column(0, vector.StringType), literal(vector.StringType, "channel-7")}}
	f, err := expr.CompileFilter(e, expr.Env{})
	if err != nil {
		b.Fatal(err)
	}
	batch := vector.Batch{Columns: []vector.Column{vector.NewDictColumn(codes, nil, d)}, Rows: len(codes)}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := f.Select(batch); err != nil {
			b.Fatal(err)
		}
	}
}
