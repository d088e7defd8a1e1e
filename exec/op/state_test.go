package op

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	"weir/exec/optest"
	"weir/exec/state"
	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
)

// What an operator keeps by key is a state.Table: neither maps nor slices of slices, which no snapshot would know.
func TestOperatorsHaveNoStateOfTheirOwn(t *testing.T) {
	files := 0
	for _, dir := range []string{".", "agg"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			files++
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range ownState(file) {
				t.Errorf("%s: a map or a slice of slices", set.Position(at))
			}
		}
	}
	if files < 10 {
		t.Errorf("only %d files were looked at", files)
	}
	bad, err := parser.ParseFile(token.NewFileSet(), "bad.go", "package op\nvar a map[int]int\nvar b [][]int\nvar c []int", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(ownState(bad)) != 2 {
		t.Error("the test does not see what it forbids")
	}
}

func ownState(file *ast.File) []token.Pos {
	var found []token.Pos
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.MapType:
			found = append(found, x.Pos())
		case *ast.ArrayType:
			if inner, ok := x.Elt.(*ast.ArrayType); ok && inner.Len == nil {
				found = append(found, x.Pos())
			}
		}
		return true
	})
	return found
}

// moving is an operator, in subtasks, that is stopped in mid-input.
type moving struct {
	name   string
	spec   plan.Spec
	in     []vector.Field
	out    []vector.Field
	keys   []int
	rows   func(r *rand.Rand, step int) string
	finals bool // the output is a changelog: what it leaves counts
}

func movables(t *testing.T) []moving {
	window := plan.Window{Time: 8, Size: 10000}
	properties := []plan.WindowProperty{plan.WindowEnd}
	distinct := func(name string, c int) plan.Aggregate {
		sig, _ := catalog.LookupAggregate(name)
		result, _, err := sig.Infer([]catalog.Arg{{Type: wide[c].Type}})
		if err != nil {
			t.Fatal(err)
		}
		a := call(name, result, wide, c)
		a.Distinct = true
		return a
	}
	ordered := []plan.Aggregate{call("FIRST_VALUE", vector.StringType, wide, 1), call("LAST_VALUE", vector.BigIntType, wide, 3),
		call("LAST_VALUE", wide[6].Type, wide, 6), call("LISTAGG", vector.StringType, wide, 1)}
	dedupe := call("LISTAGG", vector.StringType, wide, 1)
	dedupe.Distinct = true
	aggs := slices.Concat(everyPartial(t), ordered, []plan.Aggregate{distinct("COUNT", 1), distinct("SUM", 2), distinct("SUM", 5), dedupe})
	outOf := func(keys []int, aggs []plan.Aggregate, more ...vector.Field) []vector.Field {
		var out []vector.Field
		for _, k := range keys {
			out = append(out, wide[k])
		}
		for _, a := range aggs {
			out = append(out, column(a.Name, a.Result))
		}
		return append(out, more...)
	}
	end := column("window_end", wall)
	rows := func(r *rand.Rand, step int) string {
		text := ""
		for i, row := range wideRows(r, 30) {
			text += fmt.Sprintf("%s ; origin=%d:%d\n", row, i%3, step*30+i)
		}
		return text
	}
	ends := func(r *rand.Rand, step int) string {
		text := ""
		for _, row := range wideRows(r, 30) {
			text += fmt.Sprintf("%s|%d\n", row[:strings.LastIndex(row, "|")], r.IntN(4)*10000)
		}
		return text
	}
	// A changelog: rows of earlier steps are taken back, all rows of a key in the subtask of the key.
	var given []string
	changes := func(r *rand.Rand, step int) string {
		if step == 0 {
			given = given[:0]
		}
		text := ""
		for _, row := range wideRows(r, 30) {
			if len(given) > 0 && r.IntN(3) == 0 {
				at := r.IntN(len(given))
				text += "-U " + given[at] + "\n"
				given = slices.Delete(given, at, at+1)
			}
			given = append(given, row)
			text += row + "\n"
		}
		return text
	}
	unordered := slices.Concat(everyPartial(t), []plan.Aggregate{distinct("COUNT", 1), distinct("SUM", 2)})
	partials := []plan.Aggregate{call("COUNT", count, wide, 3), call("MAX", vector.StringType, wide, 1), call("AVG", vector.BigIntType, wide, 3, 3)}
	return []moving{
		{"window", &plan.WindowAggregate{Window: window, Keys: []int{1, 0}, Aggregates: aggs, Properties: properties}, wide, outOf([]int{1, 0}, aggs, end), []int{1, 0}, rows, false},
		{"window by string", &plan.WindowAggregate{Window: window, Keys: []int{1}, Aggregates: aggs, Properties: properties}, wide, outOf([]int{1}, aggs, end), []int{1}, rows, false},
		{"window over changes", &plan.WindowAggregate{Window: window, Keys: []int{0}, Aggregates: unordered, Properties: properties, Retracts: true}, wide, outOf([]int{0}, unordered, end), []int{0}, changes, false},
		{"distinct window", &plan.WindowAggregate{Window: window, Keys: []int{0, 3}, Properties: properties}, wide, outOf([]int{0, 3}, nil, end), []int{0, 3}, rows, false},
		{"global window", &plan.WindowAggregate{Window: window, Aggregates: aggs, Properties: properties}, wide, outOf(nil, aggs, end), nil, rows, false},
		{"final window", &plan.WindowAggregate{Phase: plan.Final, Window: plan.Window{Size: 10000, End: 8}, Keys: []int{0}, Aggregates: partials, Properties: properties},
			wide, outOf([]int{0}, partials, end), []int{0}, ends, false},
		{"group", &plan.GroupAggregate{Keys: []int{0}, Aggregates: aggs}, wide, outOf([]int{0}, aggs), []int{0}, rows, true},
		{"group over changes", &plan.GroupAggregate{Keys: []int{1}, Aggregates: unordered, Retracts: true}, wide, outOf([]int{1}, unordered), []int{1}, changes, true},
		{"select distinct", &plan.GroupAggregate{Keys: []int{1, 2}}, wide, outOf([]int{1, 2}, nil), []int{1, 2}, rows, true},
		{"batch", &plan.GroupAggregate{Keys: []int{1}, Aggregates: aggs, Batch: true}, wide, outOf([]int{1}, aggs), []int{1}, rows, false},
		{"limit", &plan.Limit{Offset: 40, Limit: 70}, wide[:4], wide[:4], nil, nil, true},
		{"top", &plan.TopN{Keys: []plan.SortKey{{Column: 3}, {Column: 1}}, Offset: 3, Limit: 20}, wide[:4], wide[:4], nil, nil, true},
		{"top over changes", &plan.TopN{Keys: []plan.SortKey{{Column: 3, Desc: true}, {Column: 1}}, Limit: 20, Retracts: true}, wide[:4], wide[:4], nil, nil, true},
	}
}

const movingSteps = 8

// run gives the operator all steps, at parallelism p up to the middle and at q from there on, with no more than its
// Store in between.
func (m *moving) run(t *testing.T, seed uint64, p, q int) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	space := keygroup.Space{Max: 128}
	var now []*bench
	var parts []*state.Snapshot
	var emitted []vector.Batch
	open := func(parallelism int) {
		now = nil
		for i := range parallelism {
			b := newSubtask(t, m.spec, m.in, m.out, m.keys, space.Range(i, parallelism), parts...)
			now = append(now, b)
		}
	}
	enough, clock := false, vector.MinTime
	open(p)
	for step := range movingSteps {
		if step == movingSteps/2 {
			for _, b := range now {
				parts = append(parts, b.task.State.Snapshot())
				emitted = append(emitted, b.out...)
			}
			open(q)
			for _, sub := range now {
				sub.advance(clock) // a restored operator starts where its clock stood
			}
		}
		b := hashed(optest.Batch(m.in, m.text(r, step)), m.in, m.keys)
		for i, sub := range now {
			var mine []int32
			for k, h := range b.Home {
				if space.Owner(space.Of(h), len(now)) == i {
					mine = append(mine, int32(k))
				}
			}
			if len(mine) == 0 || enough {
				continue
			}
			if err := sub.op.Process(0, b.Take(mine), sub); err != nil {
				if _, ok := m.spec.(*plan.Limit); !ok {
					t.Fatal(err)
				}
				enough = true
			}
		}
		if step == 1 || step == movingSteps/2 {
			for _, sub := range now {
				clock = vector.Time(-5000 + 1000*step)
				sub.advance(clock)
			}
		}
	}
	for _, b := range now {
		b.advance(vector.MaxTime)
		emitted = append(emitted, b.out...)
	}
	rows := texts(m.out, emitted)
	if m.finals {
		rows = left(t, m.out, emitted)
	}
	return rows
}

func (m *moving) text(r *rand.Rand, step int) string {
	if m.rows != nil {
		return m.rows(r, step)
	}
	text := ""
	for i, row := range wideRows(r, 30) {
		cells := strings.Split(row, "|")
		text += fmt.Sprintf("%s ; origin=0:%d\n", strings.Join(cells[:4], "|"), step*30+i)
	}
	return text
}

// left is what a changelog leaves.
func left(t *testing.T, schema []vector.Field, batches []vector.Batch) []string {
	t.Helper()
	times := map[string]int{}
	for _, b := range batches {
		for i, row := range optest.Text(schema, b) {
			if b.Kind(i).Adds() {
				times[row[2:]]++
			} else {
				times[row[2:]]--
			}
		}
	}
	var out []string
	for row, n := range times {
		if n < 0 {
			t.Errorf("%s is taken back but not there", row)
		}
		for range n {
			out = append(out, row)
		}
	}
	slices.Sort(out)
	return out
}

func TestStoppedInMidInputGoesOnElsewhere(t *testing.T) {
	for _, m := range movables(t) {
		t.Run(m.name, func(t *testing.T) {
			for seed := range uint64(2) {
				want := m.run(t, seed, 1, 1)
				if len(want) == 0 {
					t.Fatal("nothing comes out")
				}
				whole := m.unmoved(t, seed)
				if !slices.Equal(want, whole) {
					t.Fatalf("moved from 1 to 1:\n%s\nwant\n%s", strings.Join(want, "\n"), strings.Join(whole, "\n"))
				}
				for _, p := range []int{1, 2, 3, 8} {
					for _, q := range []int{1, 2, 3, 8} {
						if got := m.run(t, seed, p, q); !slices.Equal(got, whole) {
							t.Fatalf("%d → %d:\n%s\nwant\n%s", p, q, strings.Join(got, "\n"), strings.Join(whole, "\n"))
						}
					}
				}
			}
		})
	}
}

// unmoved runs the operator in one subtask without a stop.
func (m *moving) unmoved(t *testing.T, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	b := newBench(t, m.spec, m.in, m.out, m.keys)
	for step := range movingSteps {
		x := hashed(optest.Batch(m.in, m.text(r, step)), m.in, m.keys)
		if err := b.op.Process(0, x, b); err != nil {
			break
		}
		if step == 1 || step == movingSteps/2 {
			b.advance(vector.Time(-5000 + 1000*step))
		}
	}
	b.advance(vector.MaxTime)
	if m.finals {
		return left(t, m.out, b.out)
	}
	return texts(m.out, b.out)
}

// With every hash the same, tables are slow and right.
func TestEqualHashesAreNotEqualKeys(t *testing.T) {
	for _, m := range movables(t) {
		if m.keys == nil {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 1))
			b, seven := newBench(t, m.spec, m.in, m.out, m.keys), newBench(t, m.spec, m.in, m.out, m.keys)
			for step := range movingSteps {
				x := optest.Batch(m.in, m.text(r, step))
				b.process(hashed(x, m.in, m.keys))
				x.Home = slices.Repeat([]uint64{7}, x.Rows)
				seven.process(x)
			}
			b.advance(vector.MaxTime)
			seven.advance(vector.MaxTime)
			got, want := left(t, m.out, seven.out), left(t, m.out, b.out)
			if !slices.Equal(got, want) {
				t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}
