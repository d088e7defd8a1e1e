package op

import (
	"errors"
	"runtime"
	"slices"
	"testing"

	"weir/exec"
	"weir/exec/optest"
	"weir/planner/plan"
	"weir/vector"
)

var named = vector.RowType(vector.Field{Name: "n", Type: vector.StringType}, vector.Field{Name: "q", Type: vector.IntType})

// unnesting is a case of rows (id, a) of which a is taken apart into parts.
func unnesting(spec plan.Unnest, a vector.Type, parts []vector.Type, rows string) optest.Case {
	in := []vector.Field{column("id", vector.IntType.NotNull()), column("a", a)}
	out := slices.Clone(in)
	if spec.Drops {
		out = out[:1]
	}
	for _, p := range parts {
		out = append(out, column("part", p.AsNullable()))
	}
	if spec.Ordinality {
		out = append(out, column("n", vector.IntType))
	}
	return optest.Case{Spec: &spec, Inputs: [][]vector.Field{in}, Output: out, Make: New, Steps: []optest.Step{optest.Rows(0, rows)}}
}

func TestUnnest(t *testing.T) {
	ints := []vector.Type{vector.IntType}
	arrays := "1|[5, NULL]\n2|[]\n3|NULL\n4|[7]"
	rows := "1|[(p, 1), NULL, (NULL, 2)]\n2|[]\n3|[NULL]\n4|NULL"
	maps := "1|{x=1, y=NULL}\n2|{}\n3|NULL\n4|{NULL=3}"
	counts := "1|{5=2, 7=1}\n2|{}\n3|NULL"
	people, entries := []vector.Type{vector.StringType, vector.IntType}, vector.MapType(vector.StringType, vector.IntType)
	for _, c := range []struct {
		name string
		of   optest.Case
		want []string
	}{
		{"array", unnesting(plan.Unnest{Array: 1}, vector.ArrayType(vector.IntType), ints, arrays),
			[]string{"+I[1, [5, NULL], 5]", "+I[1, [5, NULL], NULL]", "+I[4, [7], 7]"}},
		{"array, numbered", unnesting(plan.Unnest{Array: 1, Ordinality: true}, vector.ArrayType(vector.IntType), ints, arrays),
			[]string{"+I[1, [5, NULL], 5, 1]", "+I[1, [5, NULL], NULL, 2]", "+I[4, [7], 7, 1]"}},
		{"array, left", unnesting(plan.Unnest{Array: 1, Drops: true, Left: true, Ordinality: true}, vector.ArrayType(vector.IntType), ints, arrays),
			[]string{"+I[1, 5, 1]", "+I[1, NULL, 2]", "+I[2, NULL, NULL]", "+I[3, NULL, NULL]", "+I[4, 7, 1]"}},
		{"rows", unnesting(plan.Unnest{Array: 1, Drops: true}, vector.ArrayType(named), people, rows),
			[]string{"+I[1, p, 1]", "+I[1, NULL, 2]"}},
		{"rows, left", unnesting(plan.Unnest{Array: 1, Drops: true, Left: true}, vector.ArrayType(named), people, rows),
			[]string{"+I[1, p, 1]", "+I[1, NULL, 2]", "+I[2, NULL, NULL]", "+I[3, NULL, NULL]", "+I[4, NULL, NULL]"}},
		{"map", unnesting(plan.Unnest{Array: 1, Drops: true}, entries, people, maps),
			[]string{"+I[1, x, 1]", "+I[1, y, NULL]", "+I[4, NULL, 3]"}},
		{"map, left", unnesting(plan.Unnest{Array: 1, Left: true}, entries, people, maps),
			[]string{"+I[1, {x=1, y=NULL}, x, 1]", "+I[1, {x=1, y=NULL}, y, NULL]", "+I[2, {}, NULL, NULL]", "+I[3, NULL, NULL, NULL]", "+I[4, {NULL=3}, NULL, 3]"}},
		{"multiset", unnesting(plan.Unnest{Array: 1, Drops: true, Ordinality: true}, vector.MultisetType(vector.IntType), ints, counts),
			[]string{"+I[1, 5, 1]", "+I[1, 5, 2]", "+I[1, 7, 3]"}},
	} {
		t.Run(c.name, func(t *testing.T) { c.of.Check(t, c.want...) })
	}
}

// A wide row with many elements must not be repeated all at once: here that would take 20 GB.
func TestUnnestLeavesInPieces(t *testing.T) {
	const elements, width = 10000, 2 << 20
	numbers := make([]int32, elements)
	array := vector.NewList([]int32{0, elements}, vector.NewColumn(numbers, nil), nil)
	wide := vector.NewBytes([]int32{0, width}, make([]byte, width), nil, false)
	n := &plan.Node{Spec: &plan.Unnest{Array: 1, Drops: true}, Inputs: []plan.Edge{{}}}
	o, err := New(n)
	if err != nil {
		t.Fatal(err)
	}
	in := &plan.Node{Schema: []vector.Field{column("s", vector.StringType), column("a", vector.ArrayType(vector.IntType))}}
	if err := o.Open(&exec.Task{Node: n, Graph: &plan.Graph{Nodes: []*plan.Node{in}}, Config: &exec.Config{BatchRows: 8192}}); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("seen enough")
	pieces := 0
	err = o.Process(0, vector.Batch{Rows: 1, Columns: []vector.Column{wide, array}}, exec.EmitFunc(func(b vector.Batch) error {
		if pieces++; b.Size() > 2*pieceBytes {
			t.Errorf("a batch of %d bytes", b.Size())
		}
		if pieces == 10 {
			return enough
		}
		return nil
	}))
	if !errors.Is(err, enough) {
		t.Errorf("got %v behind %d pieces", err, pieces)
	}
}

// A piece costs what is in it: rows without elements between the pieces of many elements must not copy all of these,
// which here would take 4 GB.
func TestUnnestOfRowsWithoutElements(t *testing.T) {
	const elements, pairs = 1 << 20, 1000
	offsets := []int32{0, elements}
	for i := range int32(pairs) { // a row without elements, one with one
		offsets = append(offsets, elements+i, elements+i+1)
	}
	array := vector.NewList(offsets, vector.NewColumn(make([]int32, elements+pairs), nil), nil)
	n := &plan.Node{Spec: &plan.Unnest{Array: 0, Drops: true, Left: true}, Inputs: []plan.Edge{{}}}
	o, err := New(n)
	if err != nil {
		t.Fatal(err)
	}
	in := &plan.Node{Schema: []vector.Field{column("a", vector.ArrayType(vector.IntType))}}
	if err := o.Open(&exec.Task{Node: n, Graph: &plan.Graph{Nodes: []*plan.Node{in}}, Config: &exec.Config{BatchRows: 1}}); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows, nulls := 0, 0
	err = o.Process(0, vector.Batch{Rows: 2 * pairs, Columns: []vector.Column{array.Slice(1, 2*pairs+1)}}, exec.EmitFunc(func(b vector.Batch) error {
		rows, nulls = rows+b.Rows, nulls+b.Columns[0].NullCount()
		return nil
	}))
	runtime.ReadMemStats(&after)
	if err != nil || rows != 2*pairs || nulls != pairs {
		t.Errorf("%d rows, %d without element, %v", rows, nulls, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
		t.Errorf("they took %d bytes", n)
	}
}
