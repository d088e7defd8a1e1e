package op

import (
	"testing"

	"weir/exec/optest"
	"weir/planner/plan"
	"weir/vector"
)

// nestedRows have a ROW, an ARRAY of ROWs and a MAP.
var nestedRows = []vector.Field{column("r", named), column("a", vector.ArrayType(named)), column("m", vector.MapType(vector.StringType, vector.IntType)), column("ts", rowtime)}

func TestGroupByNestedKeys(t *testing.T) {
	distinct := call("COUNT", count, nestedRows, 1)
	distinct.Distinct = true
	aggs := []plan.Aggregate{call("COUNT", count, nestedRows), distinct, call("FIRST_VALUE", nestedRows[1].Type, nestedRows, 1), call("LAST_VALUE", nestedRows[2].Type, nestedRows, 2)}
	rows := optest.Rows(0, `
		(x, 1)|[(a, 1)]|{k=1}|0;origin=0:0
		(x, 1)|[(a, 1), NULL]|{}|0;origin=0:1
		(x, NULL)|[]|NULL|0;origin=0:2
		NULL|NULL|{a=1, b=2}|0;origin=0:3
		(x, 1)|[(a, 1)]|{z=NULL}|0;origin=0:4
		(NULL, NULL)|NULL|NULL|0;origin=0:5
		(x, NULL)|[(NULL, 2)]|NULL|0;origin=0:6`)
	want := []string{"+I[(x, 1), 3, 2, [(a, 1)], {z=NULL}]", "+I[(x, NULL), 2, 2, [], NULL]", "+I[NULL, 1, 0, NULL, {a=1, b=2}]", "+I[(NULL, NULL), 1, 0, NULL, NULL]"}
	c := optest.Case{Spec: &plan.GroupAggregate{Keys: []int{0}, Aggregates: aggs, Batch: true}, Inputs: [][]vector.Field{nestedRows}, Make: New, Keys: [][]int{{0}},
		Output: []vector.Field{nestedRows[0], column("n", count), column("d", count), column("f", nestedRows[1].Type), column("l", nestedRows[2].Type)}, Steps: []optest.Step{rows}}
	c.Check(t, want...)

	// Two key columns, one of them an array, in windows.
	c = optest.Case{Spec: &plan.WindowAggregate{Window: plan.Window{Time: 3, Size: 10000}, Keys: []int{1, 0}, Aggregates: []plan.Aggregate{call("COUNT", count, nestedRows)},
		Properties: []plan.WindowProperty{plan.WindowEnd}}, Inputs: [][]vector.Field{nestedRows}, Make: New, Keys: [][]int{{1, 0}},
		Output: []vector.Field{nestedRows[1], nestedRows[0], column("n", count), column("e", wall)},
		Steps:  []optest.Step{optest.Rows(0, "(x, 1)|[(a, 1)]|{}|1000\n(x, 2)|[(a, 1)]|{}|2000"), optest.Rows(0, "(x, 1)|[(a, 1)]|{}|3000\nNULL|[NULL]|{}|12000")}}
	c.Check(t, "+I[[(a, 1)], (x, 1), 2, 1970-01-01 00:00:10.000]", "+I[[(a, 1)], (x, 2), 1, 1970-01-01 00:00:10.000]", "+I[[NULL], NULL, 1, 1970-01-01 00:00:20.000]")
}

func TestCollections(t *testing.T) {
	ints := vector.ArrayType(vector.IntType)
	schema := []vector.Field{column("k", vector.IntType), column("v", vector.IntType), column("r", named)}
	distinct := call("ARRAY_AGG", ints, schema, 1)
	distinct.Distinct, distinct.Name = true, "distinct"
	aggs := []plan.Aggregate{call("ARRAY_AGG", ints, schema, 1), distinct, call("COLLECT", vector.MultisetType(vector.IntType).NotNull(), schema, 1),
		call("COLLECT", vector.MultisetType(named).NotNull(), schema, 2), call("ARRAY_AGG", vector.ArrayType(named), schema, 2)}
	output := []vector.Field{schema[0]}
	for _, a := range aggs {
		output = append(output, column(a.Name, a.Result))
	}
	c := optest.Case{Spec: &plan.GroupAggregate{Keys: []int{0}, Aggregates: aggs, Batch: true}, Inputs: [][]vector.Field{schema}, Output: output, Make: New, Keys: [][]int{{0}},
		Steps: []optest.Step{
			optest.Rows(0, "1|7|(b, 1);origin=0:0\n1|NULL|NULL;origin=0:1\n2|NULL|NULL;origin=0:2"),
			optest.Rows(0, "1|5|(a, 2);origin=0:3\n1|7|(b, 1);origin=0:4\n1|NULL|(a, 2);origin=0:5"),
		}}
	c.Check(t, "+I[1, [7, NULL, 5, 7, NULL], [7, NULL, 5], {5=1, 7=2}, {(a, 2)=2, (b, 1)=2}, [(b, 1), NULL, (a, 2), (b, 1), (a, 2)]]",
		"+I[2, [NULL], [NULL], {}, {}, [NULL]]")

	// Over a changelog values leave again.
	c.Spec, c.Final = &plan.GroupAggregate{Keys: []int{0}, Aggregates: aggs, Retracts: true}, true
	c.Steps = []optest.Step{
		optest.Rows(0, "1|7|(b, 1)\n1|5|(a, 2)\n1|7|NULL"),
		optest.Rows(0, "-U 1|7|(b, 1)\n+U 1|NULL|(c, NULL)"),
		optest.Rows(0, "-D 1|5|(a, 2)\n2|1|NULL\n-D 2|1|NULL"),
	}
	c.CheckMoves(t, "+I[1, [7, NULL], [7, NULL], {7=1}, {(c, NULL)=1}, [NULL, (c, NULL)]]")
}

func TestOrderOfNestedRows(t *testing.T) {
	rows := `
		(b, 1)|[]|{x=1, y=2}|0;origin=0:0
		(a, 2)|[(a, 1)]|NULL|0;origin=0:1
		NULL|[NULL]|{}|0;origin=0:2
		(a, NULL)|NULL|{z=3}|0;origin=0:3`
	key := []plan.SortKey{{Column: 0, NullsFirst: true}}
	want := []string{"+I[NULL, [NULL], {}, 1970-01-01 00:00:00.000]", "+I[(a, NULL), NULL, {z=3}, 1970-01-01 00:00:00.000]"}
	c := optest.Case{Inputs: [][]vector.Field{nestedRows}, Output: nestedRows, Make: New, Keys: global, Final: true, Steps: []optest.Step{optest.Rows(0, rows)}}
	for _, spec := range []plan.Spec{&plan.Sort{Keys: key, Limit: 2}, &plan.TopN{Keys: key, Limit: 2}} {
		c.Spec = spec
		c.Check(t, want...)
	}

	// A MAP is the same whatever the order of its entries: the first row is taken back.
	c.Spec = &plan.TopN{Keys: key, Limit: 2, Retracts: true}
	c.Steps = []optest.Step{optest.Rows(0, "(b, 1)|[]|{x=1, y=2}|0\n(c, 1)|[]|NULL|0\n(d, 1)|[(e, 1)]|NULL|0"), optest.Rows(0, "-D (b, 1)|[]|{y=2, x=1}|0")}
	c.Check(t, "+I[(c, 1), [], NULL, 1970-01-01 00:00:00.000]", "+I[(d, 1), [(e, 1)], NULL, 1970-01-01 00:00:00.000]")
}
