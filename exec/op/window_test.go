package op

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/optest"
	"weir/exec/state"
	"weir/keygroup"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

func column(name string, t vector.Type) vector.Field { return vector.Field{Name: name, Type: t} }

var (
	rowtime = vector.Type{Kind: vector.Timestamp, Precision: 3, Nullable: true, Rowtime: true}
	instant = vector.Type{Kind: vector.TimestampLTZ, Precision: 3, Nullable: true, Rowtime: true}
	wall    = vector.TimestampType(3).NotNull()
	count   = vector.BigIntType.NotNull()
)

// bids are what most tests aggregate.
var bids = []vector.Field{column("auction", vector.BigIntType), column("price", vector.BigIntType), column("channel", vector.StringType), column("ts", rowtime)}

// call makes an aggregate over columns of a schema.
func call(name string, result vector.Type, schema []vector.Field, args ...int) plan.Aggregate {
	a := plan.Aggregate{Func: name, Filter: -1, Result: result, Args: args, Name: name}
	for _, c := range args {
		a.Types = append(a.Types, schema[c].Type)
	}
	return a
}

// five are count, sum, min, max and avg of the price.
func five() []plan.Aggregate {
	big := vector.BigIntType
	return []plan.Aggregate{call("COUNT", count, bids), call("SUM", big, bids, 1), call("MIN", big, bids, 1), call("MAX", big, bids, 1), call("AVG", big, bids, 1)}
}

func fiveColumns() []vector.Field {
	big := vector.BigIntType
	return []vector.Field{column("n", count), column("sum", big), column("min", big), column("max", big), column("avg", big)}
}

func tumbling(keys ...int) optest.Case {
	c := optest.Case{
		Spec:   &plan.WindowAggregate{Window: plan.Window{Time: 3, Size: 10000}, Keys: keys, Aggregates: five(), Properties: []plan.WindowProperty{plan.WindowStart, plan.WindowEnd}},
		Inputs: [][]vector.Field{bids}, Make: New, Keys: [][]int{keys},
	}
	for _, k := range keys {
		c.Output = append(c.Output, bids[k])
	}
	c.Output = append(c.Output, fiveColumns()...)
	c.Output = append(c.Output, column("window_start", wall), column("window_end", wall))
	return c
}

func TestTumble(t *testing.T) {
	c := tumbling(0)
	c.Steps = []optest.Step{
		optest.Rows(0, `
			1|10|a|0
			2|5|b|9999
			1|-4|a|5000
			1|7|b|10000
			NULL|3|a|1
			NULL|4|a|2`),
		optest.Advance(9998),
		optest.Rows(0, "2|1|a|20000"),
		optest.Advance(9999),
		optest.Rows(0, "2|2|a|19999 ; behind=9999\n1|100|a|9999 ; behind=9999\n2|2|a|-1 ; behind=9999"),
		optest.Advance(20000),
	}
	c.Check(t,
		"+I[1, 2, 6, -4, 10, 3, 1970-01-01 00:00:00.000, 1970-01-01 00:00:10.000]",
		"+I[2, 1, 5, 5, 5, 5, 1970-01-01 00:00:00.000, 1970-01-01 00:00:10.000]",
		"+I[NULL, 2, 7, 3, 4, 3, 1970-01-01 00:00:00.000, 1970-01-01 00:00:10.000]",
		"+I[1, 1, 7, 7, 7, 7, 1970-01-01 00:00:10.000, 1970-01-01 00:00:20.000]",
		"+I[2, 1, 2, 2, 2, 2, 1970-01-01 00:00:10.000, 1970-01-01 00:00:20.000]",
		"+I[2, 1, 1, 1, 1, 1, 1970-01-01 00:00:20.000, 1970-01-01 00:00:30.000]",
	)
}

// The rows that came too late are counted, whether their split or the operator's clock says so.
func TestLateRowsAreCounted(t *testing.T) {
	c := tumbling(0)
	b := newBench(t, c.Spec, bids, c.Output, []int{0})
	give := func(text string) { b.process(hashed(optest.Batch(bids, text), bids, []int{0})) }
	give("1|1|a|5000 ; behind=9998\n1|1|a|5000 ; behind=9999\n2|1|a|5000 ; behind=20000\n1|1|a|10000 ; behind=9999")
	if n := b.task.Late.Load(); n != 2 {
		t.Errorf("%d late rows, want 2", n)
	}
	if to := b.advance(9999); to != 9998 {
		t.Errorf("the output has reached %d, want 9998", to)
	}
	give("3|1|a|9999\n3|1|a|1") // a window that was fired
	if n := b.task.Late.Load(); n != 4 {
		t.Errorf("%d late rows, want 4", n)
	}
	if to := b.advance(vector.MaxTime); to != vector.MaxTime {
		t.Errorf("the output has reached %d at the end", to)
	}
	got := texts(c.Output, b.out)
	want := []string{"+I[1, 1, 1, 1, 1, 1, 1970-01-01 00:00:00.000, 1970-01-01 00:00:10.000]", "+I[1, 1, 1, 1, 1, 1, 1970-01-01 00:00:10.000, 1970-01-01 00:00:20.000]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if b.task.State.Bytes() == 0 {
		t.Error("the state has no size")
	}
}

func TestWindowsFireInOrder(t *testing.T) {
	c := tumbling()
	c.Steps = []optest.Step{optest.Rows(0, "1|1|a|25000\n1|2|a|-5000\n1|3|a|15000\n1|4|a|5000")}
	c.Check(t, "+I[1, 2, 2, 2, 2, 1969-12-31 23:59:50.000, 1970-01-01 00:00:00.000]", "+I[1, 4, 4, 4, 4, 1970-01-01 00:00:00.000, 1970-01-01 00:00:10.000]",
		"+I[1, 3, 3, 3, 3, 1970-01-01 00:00:10.000, 1970-01-01 00:00:20.000]", "+I[1, 1, 1, 1, 1, 1970-01-01 00:00:20.000, 1970-01-01 00:00:30.000]")
	got := c.Emits(t)
	for i, start := range []string{"1969-12-31 23:59:50", "1970-01-01 00:00:00", "1970-01-01 00:00:10", "1970-01-01 00:00:20"} {
		if !strings.Contains(got[i], ", "+start+".000, ") {
			t.Errorf("row %d is %s, want the window of %s", i, got[i], start)
		}
	}
}

func TestOffsetAndNegativeOffset(t *testing.T) {
	c := tumbling()
	c.Spec.(*plan.WindowAggregate).Window.Offset = -3000
	c.Steps = []optest.Step{optest.Rows(0, "1|1|a|6999\n1|2|a|7000\n1|2|a|-3000\n1|2|a|-3001")}
	c.Check(t, "+I[1, 2, 2, 2, 2, 1969-12-31 23:59:47.000, 1969-12-31 23:59:57.000]", "+I[2, 3, 1, 2, 1, 1969-12-31 23:59:57.000, 1970-01-01 00:00:07.000]",
		"+I[1, 2, 2, 2, 2, 1970-01-01 00:00:07.000, 1970-01-01 00:00:17.000]")
}

func TestNullRowtime(t *testing.T) {
	c := tumbling(0)
	c.Spec.(*plan.WindowAggregate).Batch = true
	b := newBench(t, c.Spec, bids, c.Output, []int{0})
	b.process(hashed(optest.Batch(bids, "1|1|a|5000\n1|1|a|NULL\n2|1|a|NULL\n1|2|a|3000;behind=50000"), bids, []int{0}))
	b.process(hashed(optest.Batch(bids, "1|1|a|NULL"), bids, []int{0}))
	b.advance(vector.MaxTime)
	if n := b.task.NullTime.Load(); n != 3 {
		t.Errorf("%d rows without time, want 3", n)
	}
	if got := texts(c.Output, b.out); !slices.Equal(got, []string{"+I[1, 2, 3, 1, 2, 1, 1970-01-01 00:00:00.000, 1970-01-01 00:00:10.000]"}) || b.task.Late.Load() != 0 {
		t.Errorf("got %v, %d late", got, b.task.Late.Load())
	}
	c = tumbling(0)
	c.Steps = []optest.Step{optest.Rows(0, "1|1|a|NULL")}
	if d := c.Fails(t); d.Code != "W4202" {
		t.Errorf("fails with %s", d.Code)
	}
}

// Many windows in turns are gathered, few are cut: both give the same.
func TestScatteredRows(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	text := ""
	type group struct{ key, end int64 }
	sums := map[group][2]int64{}
	for range 5000 {
		key, price, at := int64(r.IntN(3)), int64(r.IntN(1000)), int64(r.IntN(200000))
		text += fmt.Sprintf("%d|%d|a|%d\n", key, price, at)
		g := group{key, (at/10000 + 1) * 10000}
		sums[g] = [2]int64{sums[g][0] + 1, sums[g][1] + price}
	}
	spec := &plan.WindowAggregate{Window: plan.Window{Time: 3, Size: 10000}, Keys: []int{0}, Aggregates: five()[:2], Properties: []plan.WindowProperty{plan.WindowEnd}}
	out := []vector.Field{bids[0], column("n", count), column("sum", vector.BigIntType), column("end", vector.BigIntType)}
	b := newBench(t, spec, bids, out, []int{0})
	b.process(hashed(optest.Batch(bids, text), bids, []int{0}))
	b.advance(vector.MaxTime)
	var want []string
	for g, s := range sums {
		want = append(want, fmt.Sprintf("+I[%d, %d, %d, %d]", g.key, s[0], s[1], g.end))
	}
	slices.Sort(want)
	if got := texts(out, b.out); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// Windows of TIMESTAMP_LTZ align to local time: FINDINGS of a real Flink. In New York the clock of 2024-11-03 goes back
// from 02:00 to 01:00, that of 2024-03-10 ahead from 02:00 to 03:00.
func TestLocalTimeWindows(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	schema := []vector.Field{column("ts", instant)}
	at := func(text string) int64 {
		x, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return x.UnixMilli()
	}
	ltz := vector.TimestampLTZType(3).NotNull()
	c := optest.Case{
		Spec: &plan.WindowAggregate{Window: plan.Window{Size: 3600000, LTZ: true}, Aggregates: []plan.Aggregate{call("COUNT", count, schema)},
			Properties: []plan.WindowProperty{plan.WindowStart, plan.WindowEnd, plan.WindowTime}, TimeType: ltz},
		Inputs: [][]vector.Field{schema}, Keys: [][]int{{}}, Make: New, Zone: zone,
		Output: []vector.Field{column("n", count), column("s", wall), column("e", wall), column("t", ltz)},
		Steps: []optest.Step{
			optest.Rows(0, fmt.Sprintf("%d\n%d\n%d", at("2024-03-10 06:30"), at("2024-03-10 07:30"), at("2024-03-10 06:59"))),
			optest.Rows(0, fmt.Sprintf("%d\n%d\n%d", at("2024-11-03 05:30"), at("2024-11-03 06:30"), at("2024-11-03 07:30"))),
			// Late only when the second one o'clock is over.
			optest.Rows(0, fmt.Sprintf("%d ; behind=%d\n%d ; behind=%d", at("2024-11-03 05:31"), at("2024-11-03 07:00")-2, at("2024-11-03 05:32"), at("2024-11-03 07:00")-1)),
		},
	}
	// The last column is printed in UTC.
	c.Check(t, "+I[2, 2024-03-10 01:00:00.000, 2024-03-10 02:00:00.000, 2024-03-10 06:59:59.999]",
		"+I[1, 2024-03-10 03:00:00.000, 2024-03-10 04:00:00.000, 2024-03-10 07:59:59.999]",
		"+I[3, 2024-11-03 01:00:00.000, 2024-11-03 02:00:00.000, 2024-11-03 06:59:59.999]",
		"+I[1, 2024-11-03 02:00:00.000, 2024-11-03 03:00:00.000, 2024-11-03 07:59:59.999]")
}

func TestRefusedAggregates(t *testing.T) {
	schema := []vector.Field{column("a", vector.StringType), column("ts", rowtime)}
	for _, spec := range []plan.Spec{
		&plan.GroupAggregate{Aggregates: []plan.Aggregate{call("MEDIAN", count, schema, 0)}},
		&plan.GroupAggregate{Aggregates: []plan.Aggregate{{Func: "LAST_VALUE", Args: []int{0}, Types: []vector.Type{schema[0].Type}, Filter: -1, Distinct: true, Result: count}}},
	} {
		n := &plan.Node{Spec: spec, Inputs: []plan.Edge{{}}}
		op, err := New(n)
		if err != nil {
			t.Fatal(err)
		}
		err = op.Open(&exec.Task{Node: n, Graph: &plan.Graph{Nodes: []*plan.Node{{Schema: schema}}}, State: state.NewStore(keygroup.Space{Max: 1}, keygroup.Range{To: 1}), Config: &exec.Config{}})
		var d *diag.Diagnostic
		if !errors.As(err, &d) || !strings.Contains(d.Message, "not supported") {
			t.Errorf("%T is not refused: %v", spec, err)
		}
	}
}
