package plan

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"weir/catalog"
	"weir/vector"
)

func field(name string, t vector.Type) vector.Field { return vector.Field{Name: name, Type: t} }

// windowed is a scan at 2, a local and a final window aggregate at 16 and a result.
func windowed() *Graph {
	bid := []vector.Field{field("auction", vector.BigIntType), field("price", vector.BigIntType), field("ts", vector.TimestampType(3))}
	table := &catalog.Table{Identifier: catalog.Default("bid"), Watermark: &catalog.Watermark{Column: "ts", Expr: "ts - INTERVAL '4' SECOND"}}
	ts := &Column{Index: 2, Name: "ts", T: bid[2].Type}
	delay := &Literal{T: vector.Type{Kind: vector.IntervalSecond}, Value: int64(4000)}
	between := []vector.Field{bid[0], field("s$0", vector.BigIntType), field("window_end", vector.TimestampType(3))}
	out := []vector.Field{bid[0], field("s", vector.BigIntType), field("window_start", vector.TimestampType(3))}
	sum := Aggregate{Func: "SUM", Args: []int{1}, Filter: -1, Name: "s"}
	return &Graph{Nodes: []*Node{
		{ID: 0, Name: "scan bid", Parallelism: 2, Max: 128, Origin: FromSet, MaxOrigin: Derived, Schema: bid, InsertOnly: true,
			Spec: &Scan{Table: table, Options: map[string]string{"connector": "filesystem", "format": "csv", "path": "bids"}, Rowtime: 2,
				Watermark: &Call{Name: "-", Args: []Expr{ts, delay}, T: ts.T}}},
		{ID: 1, Name: "local window aggregate", Parallelism: 2, Max: 128, Origin: FromSet, MaxOrigin: Derived, Schema: between, InsertOnly: true,
			Inputs: []Edge{{From: 0, Chained: true}},
			Spec:   &WindowAggregate{Phase: Local, Window: Window{Time: 2, Size: 10000}, Keys: []int{0}, Aggregates: []Aggregate{sum}}},
		{ID: 2, Name: "window aggregate", Parallelism: 16, Max: 256, Origin: FromHint, MaxOrigin: FromHint, Schema: out, InsertOnly: true,
			Inputs: []Edge{{From: 1, Kind: Hash, Keys: []int{0}}},
			Spec:   &WindowAggregate{Phase: Final, Keys: []int{0}, Aggregates: []Aggregate{sum}}},
		{ID: 3, Name: "result", Parallelism: 16, Max: 256, Origin: FromInput, MaxOrigin: FromHint, Schema: out, InsertOnly: true,
			Inputs: []Edge{{From: 2, Chained: true}}, Spec: &Collect{}},
	}}
}

func check(t *testing.T, got, want string) {
	t.Helper()
	want = strings.TrimPrefix(want, "\n")
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestExplain(t *testing.T) {
	check(t, Explain(windowed(), nil), `
operator                                       parallelism   max
result                                         16  input     256  hint
└─ window aggregate (final)                    16  hint      256  hint
   │  by auction: merge SUM
   │  key groups 0–15, 16–31, 32–47, 48–63, …, 240–255
   │  state per open window: auction → SUM
   └─ HASH(auction) ─ local window aggregate   2  SET        128  derived
      │  TUMBLE(ts, 10 s)
      │  by auction: SUM(price)
      │  state none: partial results leave at the latest with the watermark
      └─ scan bid                              2  SET        128  derived
            filesystem csv bids
            columns auction, price, ts
            watermark for ts as ts - INTERVAL 4 s
`)
}

func TestExplainMeasured(t *testing.T) {
	measured := func(node int) []Subtask {
		switch node {
		case 0:
			return []Subtask{{RowsOut: 600, Busy: 3 * time.Millisecond}, {RowsOut: 1400, Busy: 2 * time.Millisecond}}
		case 1:
			return []Subtask{{RowsIn: 600, RowsOut: 10, Late: 1}, {RowsIn: 1400, RowsOut: 12, Late: 2}}
		}
		return []Subtask{{RowsIn: 22, RowsOut: 11, Wait: time.Second}}
	}
	check(t, Explain(windowed(), measured), `
operator                                       parallelism   max            rows in   rows out   late   busy   waiting
result                                         16  input     256  hint           22         11      0     0s        1s
└─ window aggregate (final)                    16  hint      256  hint           22         11      0     0s        1s
   │  by auction: merge SUM
   │  key groups 0–15, 16–31, 32–47, 48–63, …, 240–255
   │  state per open window: auction → SUM
   └─ HASH(auction) ─ local window aggregate   2  SET        128  derived     2,000         22      3     0s        0s
      │  TUMBLE(ts, 10 s)
      │  by auction: SUM(price)
      │  state none: partial results leave at the latest with the watermark
      │  rows per subtask: min 600, median 1,000, max 1,400
      └─ scan bid                              2  SET        128  derived         0      2,000      0    5ms        0s
            filesystem csv bids
            columns auction, price, ts
            watermark for ts as ts - INTERVAL 4 s
            rows per subtask: min 600, median 1,000, max 1,400
`)
}

func TestExplainJSON(t *testing.T) {
	var got struct {
		Nodes []struct {
			ID           int
			Type, Pact   string
			Parallelism  int
			Max          int `json:"max_parallelism"`
			Origin       map[string]string
			Predecessors []struct {
				ID   int
				Ship string `json:"ship_strategy"`
				Side string
			}
		}
	}
	if err := json.Unmarshal([]byte(ExplainJSON(windowed())), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Nodes) != 3 {
		t.Fatalf("%d nodes, want 3: the result is no operator", len(got.Nodes))
	}
	n := got.Nodes[2]
	if n.ID != 3 || n.Parallelism != 16 || n.Max != 256 || n.Origin["parallelism"] != "hint" || n.Predecessors[0].Ship != "HASH" || n.Predecessors[0].ID != 2 || n.Predecessors[0].Side != "first" {
		t.Errorf("the aggregate is %+v", n)
	}
	if s := got.Nodes[0]; s.Type != "Source: bid" || s.Pact != "Data Source" {
		t.Errorf("the source is %+v", s)
	}
}

func TestFormat(t *testing.T) {
	a, b := &Column{Name: "a", T: vector.IntType}, &Column{Name: "b", T: vector.IntType}
	call := func(name string, args ...Expr) Expr { return &Call{Name: name, Args: args} }
	one := &Literal{T: vector.IntType, Value: int64(1)}
	for _, c := range []struct {
		e    Expr
		want string
	}{
		{call("*", call("+", a, b), one), "(a + b) * 1"},
		{call("+", a, call("*", b, one)), "a + b * 1"},
		{call("-", a, call("-", b, one)), "a - (b - 1)"},
		{call("AND", call("=", a, one), call("OR", a, b)), "a = 1 AND (a OR b)"},
		{call("NOT", call("IS NULL", a)), "NOT a IS NULL"},
		{call("IN", a, one, b), "a IN (1, b)"},
		{call("UPPER", &Literal{T: vector.StringType, Value: "it's"}), "UPPER('it''s')"},
		{&Cast{X: a, T: vector.DoubleType}, "CAST(a AS DOUBLE)"},
		{&Cast{X: a, T: vector.DoubleType, Implicit: true}, "a"},
		{&Case{Whens: []When{{a, b}}, Else: one}, "CASE WHEN a THEN b ELSE 1 END"},
		{&Literal{T: vector.DecimalType(5, 2), Value: vector.NewInt128(0, 12345)}, "123.45"},
		{&Literal{T: vector.TimestampType(3), Value: int64(-1)}, "TIMESTAMP '1969-12-31 23:59:59.999'"},
		{&Literal{T: vector.IntType}, "NULL"},
	} {
		if got := Format(c.e); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
