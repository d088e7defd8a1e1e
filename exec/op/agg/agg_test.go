package agg_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec/op/agg"
	"weir/exec/optest"
	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// call makes an aggregate over a column of a schema; its result's type is the catalog's.
func call(t *testing.T, name string, schema []vector.Field, args ...int) plan.Aggregate {
	t.Helper()
	a := plan.Aggregate{Func: name, Filter: -1, Args: args}
	var described []catalog.Arg
	for _, c := range args {
		a.Types, described = append(a.Types, schema[c].Type), append(described, catalog.Arg{Type: schema[c].Type})
	}
	f, ok := catalog.LookupAggregate(name)
	if !ok {
		t.Fatalf("no aggregate %s", name)
	}
	var err error
	if a.Result, _, err = f.Infer(described); err != nil {
		t.Fatal(err)
	}
	return a
}

// results aggregates batches in one slot, cut into pieces of n rows, and prints the results and their types.
func results(t *testing.T, aggs []plan.Aggregate, n int, batches ...vector.Batch) (values, types []string) {
	t.Helper()
	retracts := slices.ContainsFunc(batches, func(b vector.Batch) bool { return b.Kinds != nil })
	set, err := agg.New(aggs, plan.Single, retracts)
	if err != nil {
		t.Fatal(err)
	}
	var v *agg.Values
	table := state.NewTable(nil, func(t *state.Table) { v = set.Setup(t) })
	slots := table.Slots(nil, vector.Batch{Rows: 1}, nil, nil)
	for _, b := range batches {
		for from := 0; from < b.Rows; from += n {
			part := b.Slice(from, min(from+n, b.Rows))
			if from%2 == 0 {
				v.UpdateOne(part, slots[0])
			} else {
				v.Update(part, slices.Repeat(slots[:1], part.Rows))
			}
		}
	}
	for i, c := range v.Results(nil, slots[:1]) {
		types = append(types, aggs[i].Result.String())
		if c.IsNull(0) {
			values = append(values, "NULL")
		} else {
			values = append(values, string(kernel.AppendText(nil, c, aggs[i].Result, 0, time.UTC)))
		}
	}
	return values, types
}

// The view nums of the oracle's topic agg-num, and what a real Flink made of it.
var nums = []vector.Field{{Name: "ti", Type: vector.TinyIntType}, {Name: "si", Type: vector.SmallIntType}, {Name: "i", Type: vector.IntType}, {Name: "bi", Type: vector.BigIntType},
	{Name: "f", Type: vector.FloatType}, {Name: "d", Type: vector.DoubleType}, {Name: "dm", Type: vector.DecimalType(6, 2)}}

const numRows = `
	1|10|100|1000|1.5|2.5|3.25
	127|32767|2147483647|9223372036854775807|0.25|-1|9999.99
	NULL|NULL|NULL|NULL|NULL|NULL|NULL
	2|1|1|1|2|1|0.01`

func TestNumbersAsInFlink(t *testing.T) {
	b := optest.Batch(nums, numRows)
	for _, c := range []struct {
		name        string
		arg         int
		value, typ  string
		arithmetics bool // by hand, from the rules in FINDINGS
	}{
		{"SUM", 0, "-126", "TINYINT", false},
		{"SUM", 1, "-32758", "SMALLINT", true}, // 10 + 32767 + 1 − 65536
		{"SUM", 3, "-9223372036854774808", "BIGINT", false},
		{"SUM", 4, "3.75", "FLOAT", true},
		{"SUM", 5, "2.5", "DOUBLE", false},
		{"SUM", 6, "10003.25", "DECIMAL(38, 2)", false},
		{"AVG", 0, "43", "TINYINT", false},
		{"AVG", 1, "10926", "SMALLINT", false},
		{"AVG", 2, "715827916", "INT", false},
		{"AVG", 3, "-3074457345618258269", "BIGINT", false},
		{"AVG", 4, "1.25", "FLOAT", true},
		{"AVG", 5, "0.8333333333333334", "DOUBLE", false},
		{"AVG", 6, "3334.416667", "DECIMAL(38, 6)", false},
		{"MIN", 2, "1", "INT", false},
		{"MIN", 4, "0.25", "FLOAT", false},
		{"MIN", 6, "0.01", "DECIMAL(6, 2)", false},
		{"MAX", 0, "127", "TINYINT", true},
		{"MAX", 4, "2.0", "FLOAT", false},
		{"MAX", 5, "2.5", "DOUBLE", false},
		{"COUNT", 0, "3", "BIGINT NOT NULL", true},
	} {
		for _, n := range []int{1, 2, 4} {
			values, types := results(t, []plan.Aggregate{call(t, c.name, nums, c.arg)}, n, b)
			if values[0] != c.value || types[0] != c.typ {
				t.Errorf("%s(%s) is %s, a %s, want %s, a %s", c.name, nums[c.arg].Name, values[0], types[0], c.value, c.typ)
			}
		}
	}
}

func TestNothingAndNulls(t *testing.T) {
	var aggs []plan.Aggregate
	for _, name := range []string{"COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST_VALUE", "LAST_VALUE"} {
		for i := range nums {
			aggs = append(aggs, call(t, name, nums, i))
		}
	}
	for _, text := range []string{"", "NULL|NULL|NULL|NULL|NULL|NULL|NULL\nNULL|NULL|NULL|NULL|NULL|NULL|NULL"} {
		values, _ := results(t, aggs, 10, optest.Batch(nums, text))
		for i, v := range values {
			want := "NULL"
			if aggs[i].Func == "COUNT" {
				want = "0"
			}
			if v != want {
				t.Errorf("%s over %q is %s", aggs[i].Func, text, v)
			}
		}
	}
}

// The sum of DECIMALs is right as long as the result has 38 digits, whatever it passes on the way.
func TestDecimalOverflow(t *testing.T) {
	schema := []vector.Field{{Name: "x", Type: vector.DecimalType(38, 0)}}
	most, ok := kernel.ParseDecimal([]byte(strings.Repeat("9", 38)), 38, 0)
	if ok != nil {
		t.Fatal(ok)
	}
	column := func(values ...vector.Num128) vector.Batch {
		return vector.Batch{Rows: len(values), Columns: []vector.Column{vector.NewColumn(values, nil)}}
	}
	one, less := vector.Int128(1), kernel.DecimalNegate(most)
	for _, c := range []struct {
		rows      vector.Batch
		sum, mean string
	}{
		{column(most, one), "NULL", "NULL"}, // oracle scalar/agg-num/52
		{column(most), strings.Repeat("9", 38), "NULL"},
		{column(most, most, most, most, less, less, less, less, one), "1", "0.111111"},
		{column(less, less, less, most, most, most, kernel.DecimalNegate(one)), "-1", "-0.142857"},
		{column(less, kernel.DecimalNegate(one)), "NULL", "NULL"},
	} {
		values, _ := results(t, []plan.Aggregate{call(t, "SUM", schema, 0), call(t, "AVG", schema, 0)}, 3, c.rows)
		if values[0] != c.sum || values[1] != c.mean {
			t.Errorf("sum %s, mean %s, want %s, %s", values[0], values[1], c.sum, c.mean)
		}
	}
}

// Doubles order as in ORDER BY, so that an extreme does not depend on who came first.
func TestExtremesOfDoubles(t *testing.T) {
	schema := []vector.Field{{Name: "d", Type: vector.DoubleType}, {Name: "f", Type: vector.FloatType}}
	negative := math.Copysign(0, -1)
	for _, c := range []struct {
		in       []float64
		min, max string
	}{
		{[]float64{math.NaN(), 1}, "1.0", "NaN"},
		{[]float64{1, math.NaN()}, "1.0", "NaN"},
		{[]float64{math.NaN()}, "NaN", "NaN"},
		{[]float64{math.Inf(1), math.Inf(-1), -3}, "-Infinity", "Infinity"},
		{[]float64{-1.5, -2.5}, "-2.5", "-1.5"},
		{[]float64{0, negative}, "-0.0", "0.0"},
		{[]float64{negative, 0}, "-0.0", "0.0"},
	} {
		single := make([]float32, len(c.in))
		for i, x := range c.in {
			single[i] = float32(x)
		}
		b := vector.Batch{Rows: len(c.in), Columns: []vector.Column{vector.NewColumn(c.in, nil), vector.NewColumn(single, nil)}}
		values, _ := results(t, []plan.Aggregate{call(t, "MIN", schema, 0), call(t, "MAX", schema, 0), call(t, "MIN", schema, 1), call(t, "MAX", schema, 1)}, 1, b)
		if want := []string{c.min, c.max, c.min, c.max}; !slices.Equal(values, want) {
			t.Errorf("%v: %v, want %v", c.in, values, want)
		}
	}
}

func TestExtremesOfOtherTypes(t *testing.T) {
	schema := []vector.Field{{Name: "s", Type: vector.StringType}, {Name: "b", Type: vector.BooleanType}, {Name: "ts", Type: vector.TimestampType(9)}, {Name: "day", Type: vector.DateType}}
	b := optest.Batch(schema[:2], "b|true\n|false\nab|NULL\nNULL|true\né|true")
	b.Columns = append(b.Columns, vector.NewColumn([]vector.Num128{vector.NewInt128(5, 7), vector.NewInt128(5, 6), vector.NewInt128(-5, 900), vector.NewInt128(-5, 999), vector.NewInt128(5, 1)}, nil),
		vector.NewColumn([]int32{3, -4, 5, 6, 1}, nil))
	var aggs []plan.Aggregate
	for i := range schema {
		aggs = append(aggs, call(t, "MIN", schema, i), call(t, "MAX", schema, i))
	}
	want := []string{"", "é", "FALSE", "TRUE", "1969-12-31 23:59:59.999995900", "1970-01-01 00:00:00.000005007", "1969-12-28", "1970-01-07"}
	for _, n := range []int{1, 5} {
		if values, _ := results(t, aggs, n, b); !slices.Equal(values, want) {
			t.Errorf("%q, want %q", values, want)
		}
	}
}

var words = []vector.Field{{Name: "s", Type: vector.StringType}, {Name: "n", Type: vector.IntType}, {Name: "ok", Type: vector.BooleanType}}

// The order of arrival is that of the origins, however rows come.
func TestArrival(t *testing.T) {
	b := optest.Batch(words, `
		c|3|true ; origin=1:0
		NULL|NULL|true ; origin=0:0
		a|1|true ; origin=0:1
		d|4|false ; origin=1:1
		b|2|true ; origin=0:2
		a|1|true ; origin=2:0
		NULL|NULL|true ; origin=9:0`)
	list := call(t, "LISTAGG", words, 0)
	dashed := list
	dashed.Constants = []*plan.Literal{{T: vector.StringType, Value: " - "}}
	once, filtered := list, list
	once.Distinct = true
	filtered.Filter = 2
	aggs := []plan.Aggregate{call(t, "FIRST_VALUE", words, 0), call(t, "LAST_VALUE", words, 0), call(t, "FIRST_VALUE", words, 1), call(t, "LAST_VALUE", words, 1), list, dashed, once, filtered}
	want := []string{"a", "a", "1", "1", "a,b,c,d,a", "a - b - c - d - a", "a,b,c,d", "a,b,c,a"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		order := make([]int32, b.Rows)
		for i, x := range r.Perm(b.Rows) {
			order[i] = int32(x)
		}
		for _, n := range []int{1, 3, 10} {
			if values, _ := results(t, aggs, n, b.Take(order)); !slices.Equal(values, want) {
				t.Fatalf("order %v, %d rows at a time: %q, want %q", order, n, values, want)
			}
		}
	}
	// Without origins it is the order of the updates.
	b.Origin = nil
	want = []string{"c", "a", "3", "1", "c,a,d,b,a", "c - a - d - b - a", "c,a,d,b", "c,a,b,a"}
	if values, _ := results(t, aggs, 2, b); !slices.Equal(values, want) {
		t.Errorf("%q, want %q", values, want)
	}
}

func TestFilterAndDistinct(t *testing.T) {
	b := optest.Batch(words, "x|1|true\nx|1|false\ny|2|NULL\nNULL|2|true\nz|3|true\nx|1|true")
	count, distinct, filtered := call(t, "COUNT", words), call(t, "COUNT", words, 0), call(t, "SUM", words, 1)
	count.Filter, distinct.Distinct, filtered.Filter = 2, true, 2
	both := call(t, "SUM", words, 1)
	both.Distinct, both.Filter = true, 2
	mean := call(t, "AVG", words, 1)
	mean.Distinct = true
	want := []string{"4", "3", "7", "6", "2"}
	for _, n := range []int{1, 4, 6} {
		if values, _ := results(t, []plan.Aggregate{count, distinct, filtered, both, mean}, n, b); !slices.Equal(values, want) {
			t.Errorf("%d rows at a time: %q, want %q", n, values, want)
		}
	}
}

// What is added and taken back leaves what was never added: every aggregate over a changelog agrees with the same over
// the rows that remain.
func TestRetraction(t *testing.T) {
	schema := append(slices.Clone(nums), words...)
	var aggs []plan.Aggregate
	for i, f := range schema {
		for _, name := range []string{"COUNT", "SUM", "AVG", "MIN", "MAX"} {
			sig, _ := catalog.LookupAggregate(name)
			if _, _, err := sig.Infer([]catalog.Arg{{Type: f.Type}}); err != nil {
				continue
			}
			a := call(t, name, schema, i)
			aggs = append(aggs, a)
			a.Filter = 9
			aggs = append(aggs, a)
			a.Distinct = true
			aggs = append(aggs, a)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var live, log []string
		for range 40 {
			if len(live) > 0 && r.IntN(2) == 0 {
				at := r.IntN(len(live))
				log = append(log, "-U "+live[at])
				live = slices.Delete(live, at, at+1)
				continue
			}
			row := fmt.Sprintf("%d|%d|%d|%d|%g|%g|%d.25|w%d|%d|%v", r.IntN(9)-4, r.IntN(9), r.IntN(9), r.IntN(5), float64(r.IntN(9))/4, float64(r.IntN(9))/2, r.IntN(7), r.IntN(4), r.IntN(4), r.IntN(2) == 0)
			if r.IntN(4) == 0 {
				row = strings.Replace(row, "w", "NULLw", 1)
				row = row[:strings.Index(row, "NULL")+4] + row[strings.Index(row, "NULL")+6:]
			}
			live, log = append(live, row), append(log, row)
		}
		want, _ := results(t, aggs, 100, optest.Batch(schema, strings.Join(live, "\n")))
		for _, n := range []int{1, 7, 100} {
			got, _ := results(t, aggs, n, optest.Batch(schema, strings.Join(log, "\n")))
			if !slices.Equal(got, want) {
				t.Fatalf("%d rows at a time of\n%s\n got %q\nwant %q", n, strings.Join(log, "\n"), got, want)
			}
		}
		// Versions that cross on their way: taken back before they came.
		slices.SortStableFunc(log, func(a, b string) int { return strings.Compare(b[:1], a[:1]) })
		slices.Reverse(log)
		got, _ := results(t, aggs, 9, optest.Batch(schema, strings.Join(log, "\n")))
		if !slices.Equal(got, want) {
			t.Fatalf("crossed:\n got %q\nwant %q", got, want)
		}
	}
}

// Every aggregate that the catalog names can be computed, and merged if the catalog says that it has partial results.
func TestCatalogAndAccumulatorsArePaired(t *testing.T) {
	all := catalog.Aggregates()
	if len(all) < 8 {
		t.Errorf("the catalog has only %d aggregates", len(all))
	}
	types := []vector.Type{vector.BooleanType, vector.TinyIntType, vector.SmallIntType, vector.IntType, vector.BigIntType, vector.FloatType, vector.DoubleType,
		vector.DecimalType(10, 3), vector.StringType, vector.DateType, vector.TimeType, vector.TimestampType(3), vector.TimestampType(9), vector.TimestampLTZType(6)}
	for _, f := range all {
		taken := 0
		for _, typ := range types {
			schema := []vector.Field{{Name: "x", Type: typ}}
			if _, _, err := f.Infer([]catalog.Arg{{Type: typ}}); err != nil {
				continue
			}
			taken++
			a := call(t, f.Name, schema, 0)
			for _, retracts := range []bool{false, f.Retracts} {
				set, err := agg.New([]plan.Aggregate{a}, plan.Single, retracts)
				if err != nil {
					t.Errorf("%s(%s): %v", f.Name, typ, err)
					continue
				}
				var v *agg.Values
				table := state.NewTable(nil, func(t *state.Table) { v = set.Setup(t) })
				slots := table.Slots(nil, vector.Batch{Rows: 1}, nil, nil)
				v.UpdateOne(vector.Batch{Rows: 2, Columns: []vector.Column{vector.Nulls(typ, 2)}}, slots[0])
				if got, want := v.Results(nil, slots)[0].Arrow().DataType().ID(), a.Result.Arrow().ID(); got != want {
					t.Errorf("%s(%s) gives a column of %v, want %v", f.Name, typ, got, want)
				}
				if f.Partial == nil {
					continue
				}
				parts, columns := v.Partials(nil, slots), f.Partial(a.Types, a.Result)
				if len(parts) != len(columns) {
					t.Fatalf("%s(%s) has %d partial columns, the catalog says %d", f.Name, typ, len(parts), len(columns))
				}
				a.Args = nil
				for i, p := range parts {
					if got, want := p.Arrow().DataType().ID(), columns[i].Arrow().ID(); got != want {
						t.Errorf("partial column %d of %s(%s) is %v, want %v", i, f.Name, typ, got, want)
					}
					a.Args = append(a.Args, i)
				}
				merged, err := agg.New([]plan.Aggregate{a}, plan.Final, false)
				if err != nil {
					t.Fatal(err)
				}
				table = state.NewTable(nil, func(t *state.Table) { v = merged.Setup(t) })
				v.UpdateOne(vector.Batch{Rows: 1, Columns: parts}, table.Slots(nil, vector.Batch{Rows: 1}, nil, nil)[0])
				if got, want := v.Results(nil, slots)[0], f.Name != "COUNT"; got.IsNull(0) != want {
					t.Errorf("%s(%s) of NULLs, merged, is NULL: %v", f.Name, typ, got.IsNull(0))
				}
				a = call(t, f.Name, schema, 0)
			}
		}
		if taken == 0 {
			t.Errorf("%s takes no type", f.Name)
		}
		if f.Ordered && f.Partial != nil {
			t.Errorf("%s depends on order and has partial results", f.Name)
		}
	}
}
