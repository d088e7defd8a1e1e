package op

import (
	"slices"
	"testing"

	"weir/exec/optest"
	"weir/planner/plan"
	"weir/vector"
)

func grouping(spec *plan.GroupAggregate, steps ...optest.Step) optest.Case {
	c := optest.Case{Spec: spec, Inputs: [][]vector.Field{bids}, Make: New, Keys: [][]int{spec.Keys}, Steps: steps, Final: !spec.Batch}
	if spec.Keys == nil {
		c.Keys = [][]int{{}}
	}
	for _, k := range spec.Keys {
		c.Output = append(c.Output, bids[k])
	}
	for _, a := range spec.Aggregates {
		c.Output = append(c.Output, column(a.Name, a.Result))
	}
	return c
}

// What a group's changes look like: FINDINGS of a real Flink, changelogs.
func TestGroupChangelog(t *testing.T) {
	c := grouping(&plan.GroupAggregate{Keys: []int{0}, Aggregates: []plan.Aggregate{call("SUM", vector.BigIntType, bids, 1), call("MAX", vector.BigIntType, bids, 1)}},
		optest.Rows(0, "1|5|a|0\n1|3|a|0\n2|NULL|a|0"),
		optest.Rows(0, "1|0|a|0"), // the result stays: nothing to tell
		optest.Rows(0, "1|2|a|0\n3|1|a|0"),
	)
	want := []string{"+I[1, 8, 5]", "+I[2, NULL, NULL]", "-U[1, 8, 5]", "+U[1, 10, 5]", "+I[3, 1, 1]"}
	if got := c.Emits(t); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.Check(t, "+I[1, 10, 5]", "+I[2, NULL, NULL]", "+I[3, 1, 1]")
}

func TestGroupOverChangelog(t *testing.T) {
	big := vector.BigIntType
	distinct := call("COUNT", count, bids, 1)
	distinct.Distinct = true
	filtered := call("COUNT", count, bids)
	filtered.Name = "COUNT(*) again"
	spec := &plan.GroupAggregate{Keys: []int{2}, Retracts: true, Aggregates: []plan.Aggregate{
		call("COUNT", count, bids), call("SUM", big, bids, 1), call("MIN", big, bids, 1), call("MAX", big, bids, 1), call("AVG", big, bids, 1), distinct,
		call("LAST_VALUE", big, bids, 1), call("LISTAGG", vector.StringType, bids, 2)}}
	c := grouping(spec,
		optest.Rows(0, "1|5|a|0\n2|9|a|0\n3|5|a|0\n4|7|b|0"),
		optest.Rows(0, "-U 2|9|a|0\n+U 2|1|a|0"),
		optest.Rows(0, "-D 1|5|a|0\n-D 4|7|b|0"),
		optest.Rows(0, "-U 9|3|c|0"), // versions that cross: taken back before it comes
		optest.Rows(0, "+I 9|3|c|0\n+U 9|4|c|0"),
	)
	want := []string{
		"+I[a, 3, 19, 5, 9, 6, 2, 5, a,a,a]", "+I[b, 1, 7, 7, 7, 7, 1, 7, b]",
		"-U[a, 3, 19, 5, 9, 6, 2, 5, a,a,a]", "+U[a, 3, 11, 1, 5, 3, 2, 1, a,a,a]",
		"-U[a, 3, 11, 1, 5, 3, 2, 1, a,a,a]", "+U[a, 2, 6, 1, 5, 3, 2, 1, a,a]", "-D[b, 1, 7, 7, 7, 7, 1, 7, b]",
		"+I[c, 1, 4, 4, 4, 4, 1, 4, c]",
	}
	if got := c.Emits(t); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestGlobalGroup(t *testing.T) {
	aggs := []plan.Aggregate{call("COUNT", count, bids), call("SUM", vector.BigIntType, bids, 1)}
	rows := []optest.Step{optest.Rows(0, "1|5|a|0\n1|3|a|0"), optest.Rows(0, "2|NULL|a|0")}
	t.Run("streaming", func(t *testing.T) {
		c := grouping(&plan.GroupAggregate{Aggregates: aggs}, rows...)
		want := []string{"+I[2, 8]", "-U[2, 8]", "+U[3, 8]"}
		if got := c.Emits(t); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		c.Check(t, "+I[3, 8]")
	})
	t.Run("streaming, empty", func(t *testing.T) {
		grouping(&plan.GroupAggregate{Aggregates: aggs}).Check(t)
	})
	t.Run("batch", func(t *testing.T) {
		grouping(&plan.GroupAggregate{Aggregates: aggs, Batch: true}, rows...).Check(t, "+I[3, 8]")
	})
	t.Run("batch, empty", func(t *testing.T) {
		grouping(&plan.GroupAggregate{Aggregates: aggs, Batch: true}).Check(t, "+I[0, NULL]")
	})
	t.Run("batch, empty, keyed", func(t *testing.T) {
		grouping(&plan.GroupAggregate{Keys: []int{0}, Aggregates: aggs, Batch: true}).Check(t)
	})
}

func TestSelectDistinct(t *testing.T) {
	rows := []optest.Step{optest.Rows(0, "1|5|a|0\n1|3|a|0\nNULL|3|a|0"), optest.Rows(0, "2|NULL|NULL|0\n1|1|a|0\nNULL|4|a|0")}
	for _, batch := range []bool{false, true} {
		grouping(&plan.GroupAggregate{Keys: []int{0, 2}, Batch: batch}, rows...).Check(t, "+I[1, a]", "+I[NULL, a]", "+I[2, NULL]")
	}
	grouping(&plan.GroupAggregate{Keys: []int{0}, Retracts: true}, optest.Rows(0, "1|5|a|0\n1|3|a|0\n2|3|a|0"), optest.Rows(0, "-D 1|5|a|0\n-D 2|3|a|0"), optest.Rows(0, "+I 2|1|a|0\n-U 2|1|a|0")).
		Check(t, "+I[1]")
}
