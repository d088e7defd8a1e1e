package op

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"weir/exec/optest"
	"weir/planner/plan"
	"weir/vector"
)

var person = []vector.Field{{Name: "name", Type: vector.StringType}, {Name: "age", Type: vector.IntType}}

// global is the edge in front of an operator with one global group: all rows have the home hash of no key.
var global = [][]int{{}}

func topn(spec plan.Spec, steps ...optest.Step) optest.Case {
	return optest.Case{Spec: spec, Inputs: [][]vector.Field{person}, Output: person, Make: New, Steps: steps, Keys: global, Final: true}
}

func TestTopN(t *testing.T) {
	rows := optest.Rows(0, `
		a|3;origin=0:0
		b|1;origin=0:1
		c|NULL;origin=0:2
		d|2;origin=0:3
		e|1;origin=1:0
		f|9;origin=1:1`)
	age := plan.SortKey{Column: 1, NullsFirst: true}
	for _, c := range []struct {
		name          string
		key           plan.SortKey
		offset, limit int64
		want          []string
	}{
		{"NULL is the smallest", age, 0, 2, []string{"+I[c, NULL]", "+I[b, 1]"}},
		{"of equal ones the first that came", age, 1, 1, []string{"+I[b, 1]"}},
		{"both of equal ones", age, 1, 2, []string{"+I[b, 1]", "+I[e, 1]"}},
		{"descending, NULL last", plan.SortKey{Column: 1, Desc: true}, 0, 2, []string{"+I[f, 9]", "+I[a, 3]"}},
		{"descending, NULLS FIRST", plan.SortKey{Column: 1, Desc: true, NullsFirst: true}, 0, 2, []string{"+I[c, NULL]", "+I[f, 9]"}},
		{"more than there are", age, 4, 10, []string{"+I[a, 3]", "+I[f, 9]"}},
		{"none", age, 0, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			topn(&plan.TopN{Keys: []plan.SortKey{c.key}, Offset: c.offset, Limit: c.limit}, rows).Check(t, c.want...)
		})
	}
}

func TestTopNOverAChangelog(t *testing.T) {
	age := []plan.SortKey{{Column: 1, Desc: true}}
	rows := optest.Rows(0, `
		+I a|3
		+I b|5
		+I c|4
		-U b|5
		+U b|1
		-D c|4
		+I d|2
		+I d|2`)
	topn(&plan.TopN{Keys: age, Limit: 2, Retracts: true}, rows).Check(t, "+I[a, 3]", "+I[d, 2]")
	topn(&plan.TopN{Keys: age, Offset: 1, Limit: 3, Retracts: true}, rows).Check(t, "+I[d, 2]", "+I[d, 2]", "+I[b, 1]")
}

// What a TopN says batch by batch: FINDINGS of a real Flink, changelogs.
func TestTopNChanges(t *testing.T) {
	c := topn(&plan.TopN{Keys: []plan.SortKey{{Column: 1}}, Limit: 1}, optest.Rows(0, "a|3"), optest.Rows(0, "b|2"), optest.Rows(0, "c|7"))
	if got, want := c.Emits(t), []string{"+I[a, 3]", "-U[a, 3]", "+U[b, 2]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c = topn(&plan.TopN{Keys: []plan.SortKey{{Column: 1}}, Limit: 2}, optest.Rows(0, "a|3\nb|2"), optest.Rows(0, "c|7\nd|1"))
	if got, want := c.Emits(t), []string{"+I[b, 2]", "+I[a, 3]", "-D[a, 3]", "+I[d, 1]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Ties go by where a row came from, not by when it came; equal rows are told apart by that, too.
func TestTopNTiesByOrigin(t *testing.T) {
	rows := []optest.Step{optest.Rows(0, "x|1;origin=0:5\ny|1;origin=0:3"), optest.Rows(0, "x|1;origin=0:1\nz|1;origin=0:2")}
	keys := []plan.SortKey{{Column: 1}}
	for limit, want := range []string{"", "+I[x, 1]", "+I[z, 1]", "+I[y, 1]", "+I[x, 1]"} {
		c := topn(&plan.TopN{Keys: keys, Offset: max(int64(limit)-1, 0), Limit: min(1, int64(limit))}, rows...)
		if want == "" {
			c.Check(t)
			continue
		}
		c.Check(t, want)
	}
}

// However a changelog is cut, and whatever is shown of it, a TopN over it agrees with sorting what it leaves.
func TestTopNOverAnyChangelog(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	for round := range 200 {
		var live []int64
		spec := &plan.TopN{Keys: []plan.SortKey{{Column: 0, Desc: round%2 == 0}}, Offset: int64(r.IntN(3)), Limit: int64(r.IntN(8)), Retracts: true}
		if round%5 == 0 {
			spec.Limit = -1
		}
		schema := []vector.Field{column("n", vector.BigIntType)}
		b := newBench(t, spec, schema, schema, nil)
		for range 1 + r.IntN(20) {
			text := ""
			for range 1 + r.IntN(10) {
				if len(live) > 0 && r.IntN(2) == 0 {
					at := r.IntN(len(live))
					text += fmt.Sprintf("-D %d\n", live[at])
					live = slices.Delete(live, at, at+1)
					continue
				}
				n := int64(r.IntN(20))
				live = append(live, n)
				text += fmt.Sprintf("%d\n", n)
			}
			b.process(optest.Batch(schema, text))
			sorted := slices.Sorted(slices.Values(live))
			if spec.Keys[0].Desc {
				slices.Reverse(sorted)
			}
			sorted = sorted[min(spec.Offset, int64(len(sorted))):]
			if spec.Limit >= 0 {
				sorted = sorted[:min(spec.Limit, int64(len(sorted)))]
			}
			var want []string
			for _, n := range sorted {
				want = append(want, fmt.Sprintf("[%d]", n))
			}
			slices.Sort(want)
			if got := left(t, schema, b.out); !slices.Equal(got, want) {
				t.Fatalf("round %d: %v, want %v", round, got, want)
			}
		}
	}
}

func TestLimitOverAChangelog(t *testing.T) {
	rows := optest.Rows(0, `
		+I a|1
		+I b|2
		+I c|3
		-D a|1
		-U b|2
		+U b|4`)
	topn(&plan.Limit{Limit: 1, Retracts: true}, rows).Check(t, "+I[c, 3]")
	topn(&plan.Limit{Offset: 1, Limit: 5, Retracts: true}, rows).Check(t, "+I[b, 4]")
}

func TestLimit(t *testing.T) {
	rows := optest.Rows(0, "a|1\nb|2\nc|3\nd|4\ne|5")
	for _, c := range []struct {
		offset, limit int64
		want          []string
	}{
		{0, 2, []string{"+I[a, 1]", "+I[b, 2]"}},
		{3, 5, []string{"+I[d, 4]", "+I[e, 5]"}},
		{2, -1, []string{"+I[c, 3]", "+I[d, 4]", "+I[e, 5]"}},
		{9, 2, nil},
		{0, 0, nil},
	} {
		topn(&plan.Limit{Offset: c.offset, Limit: c.limit}, rows).Check(t, c.want...)
	}
}

func TestSort(t *testing.T) {
	keys := []plan.SortKey{{Column: 1, NullsFirst: true}, {Column: 0, Desc: true}}
	c := topn(&plan.Sort{Keys: keys, Limit: -1}, optest.Rows(0, "a|3\nb|NULL\nc|1\nd|3"), optest.Rows(0, "e|1\nf|-7"))
	if got, want := c.Emits(t), []string{"+I[b, NULL]", "+I[f, -7]", "+I[e, 1]", "+I[c, 1]", "+I[d, 3]", "+I[a, 3]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.Check(t, c.Emits(t)...)
	topn(&plan.Sort{Keys: keys, Offset: 1, Limit: 2}, optest.Rows(0, "a|3\nb|NULL\nc|1\nd|3")).Check(t, "+I[c, 1]", "+I[d, 3]")
}

func TestSortDoubles(t *testing.T) {
	schema := []vector.Field{{Name: "d", Type: vector.DoubleType}}
	c := optest.Case{Spec: &plan.Sort{Keys: []plan.SortKey{{Column: 0, NullsFirst: true}}, Limit: -1}, Inputs: [][]vector.Field{schema}, Output: schema,
		Make: New, Keys: global, Steps: []optest.Step{optest.Rows(0, "NaN\n0\n-0.0\nInfinity\n1.5\nNULL\n-Infinity")}}
	if got, want := c.Emits(t), []string{"+I[NULL]", "+I[-Infinity]", "+I[-0.0]", "+I[0.0]", "+I[1.5]", "+I[Infinity]", "+I[NaN]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
