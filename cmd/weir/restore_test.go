package main

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"weir/catalog"
	"weir/exec"
	"weir/exec/optest"
	"weir/parser"
	"weir/parser/diag"
	"weir/planner"
	"weir/planner/plan"
	"weir/repl/golden"
	"weir/repl/session"
	"weir/vector"
)

// unrestored are what no restored job can have, and why.
var unrestored = map[string]string{
	"sort":         "batch mode takes no checkpoints, and streaming plans sort by top-n",
	"source stdin": "standard input can't be read again",
}

// specs are those of all kinds of operators.
var specs = []plan.Spec{&plan.Scan{}, &plan.Values{}, &plan.Calc{}, &plan.Unnest{}, &plan.GroupAggregate{}, &plan.WindowAggregate{},
	&plan.WindowAggregate{Phase: plan.Local}, &plan.Limit{}, &plan.Sort{}, &plan.TopN{},
	&plan.Sink{}, &plan.Collect{}}

// Whatever keeps something from one barrier to the next is killed and restored in some golden file, and its state is
// rescaled: a new kind of operator, and a new connector, needs both.
func TestAllThatKeepsStateIsRestored(t *testing.T) {
	text, err := os.ReadFile("../../planner/plan/spec.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^func \(\*(\w+)\) spec\(\)`).FindAllSubmatch(text, -1) {
		if !slices.ContainsFunc(specs, func(s plan.Spec) bool { return reflect.TypeOf(s).Elem().Name() == string(m[1]) }) {
			t.Errorf("plan.%s is not among the kinds of operators that are looked at", m[1])
		}
	}
	want, rescaled := map[string]bool{}, map[string]bool{} // what no golden file has restored; what no query rescales
	for _, s := range specs {
		n := &plan.Node{Spec: s}
		if n.Keeps() {
			want[n.Kind()] = true
		}
		if n.Stateful() {
			rescaled[n.Kind()] = true
		}
	}
	for name, c := range connectors() {
		if c.Source != nil {
			want["source "+name] = true
		}
		if c.Sink != nil {
			want["sink "+name] = true
		}
	}
	for x := range unrestored {
		delete(want, x)
		delete(rescaled, x)
	}
	files, err := golden.Find([]string{"../../testdata/sql"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		g, err := golden.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Run(t.Context(), golden.World{Parallelism: 2, BatchRows: 1, ChunkBytes: 64, Seed: 1, Killed: 3}, connectors()); err != nil {
			t.Fatal(err)
		}
		for x := range g.Restored {
			if why, ok := unrestored[x]; ok {
				t.Errorf("%s restores a %s, which can't be: %s", path, x, why)
			}
			delete(want, x)
		}
	}
	for _, x := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("%s is not killed and restored in any file of testdata/sql", x)
	}
	for _, x := range optest.Rescalings {
		for _, n := range planOf(t, x).Nodes {
			delete(rescaled, n.Kind())
		}
	}
	for _, x := range slices.Sorted(maps.Keys(rescaled)) {
		t.Errorf("%s is in none of optest.Rescalings, whose state is rescaled", x)
	}
}

// planOf plans a query whose state is rescaled.
func planOf(t *testing.T, x optest.Rescaled) *plan.Graph {
	t.Helper()
	s := session.New(session.Config{Seams: exec.Seams{Clock: exec.SystemClock{}}, Cores: 2, Output: deaf{}})
	for k, v := range x.Settings {
		if d := s.Set(k, v, catalog.Environment); d != nil {
			t.Fatal(d)
		}
	}
	if err := s.Run(t.Context(), &diag.Source{Text: optest.RescaledTables}); err != nil {
		t.Fatal(err)
	}
	src := &diag.Source{Text: x.Query}
	g, err := planner.Statement(parser.Script(src)[0].Statement, &planner.Env{Catalog: s.Catalog, Settings: s.Settings, Source: src, Cores: 2, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// deaf is a session.Output that keeps nothing.
type deaf struct{}

func (deaf) Schema(*session.Schema) error     { return nil }
func (deaf) Rows(vector.Batch) error          { return nil }
func (deaf) Done(session.Done) error          { return nil }
func (deaf) Fail(int, *diag.Diagnostic) error { return nil }
func (deaf) Notice(session.Notice) error      { return nil }
