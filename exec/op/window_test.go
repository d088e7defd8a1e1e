package op

import (
	"testing"

	"weir/exec/optest"
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
