// Package optest tests operators: it drives one with the same rows cut into batches of many sizes, at offsets into
// longer columns, with plain and with dictionary-coded strings, with NULLs put in, and stopped and moved to another
// parallelism; and looks whether it says the same each time and leaves alone what it was given and has given away.
package optest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// Case is an operator and what happens to it.
type Case struct {
	Spec plan.Spec
	// Inputs are the schemas of the ports, Output that of the operator.
	Inputs [][]vector.Field
	Output []vector.Field
	Make   func(n *plan.Node) (exec.Operator, error)
	Steps  []Step
	// Keys, by port, are the columns of the HASH edge in front: Batch.Home is made from them. nil: no such edge.
	Keys [][]int
	// Final compares what the changelog leaves in the end instead of all its rows: for operators that compact it batch
	// by batch.
	Final bool
	// Zone is the session time zone; nil: UTC.
	Zone *time.Location
}

// Step is one thing that happens to an operator.
type Step struct {
	port    int
	text    string // rows
	advance vector.Time
	kind    stepKind
}

type stepKind uint8

const (
	rowsStep stepKind = iota
	advanceStep
	endStep
	flushStep
)

// Rows are rows of a port, written as Batch says.
func Rows(port int, text string) Step { return Step{kind: rowsStep, port: port, text: text} }

// Advance is a watermark. The last one, at the end of input, comes by itself, with what is owed before it.
func Advance(wm vector.Time) Step { return Step{kind: advanceStep, advance: wm} }

// End is the end of a port.
func End(port int) Step { return Step{kind: endStep, port: port} }

// Flush is a flush.
func Flush() Step { return Step{kind: flushStep} }

// world is one way to tell an operator the same.
type world struct {
	cut    int // rows of a batch; 0: all
	coded  bool
	offset bool
	nulls  uint64 // seed; 0: none
	// stop is the number of steps after which the operator is stopped and moved to other subtasks; 0: never.
	stop     int
	from, to int // parallelism before and after
}

func (w world) String() string {
	s := fmt.Sprintf("batches of %d rows", w.cut)
	if w.cut == 0 {
		s = "whole batches"
	}
	if w.coded {
		s += ", coded strings"
	}
	if w.offset {
		s += ", columns with an offset"
	}
	if w.nulls != 0 {
		s += fmt.Sprintf(", NULLs of seed %d", w.nulls)
	}
	if w.to > 0 {
		s += fmt.Sprintf(", moved from %d to %d subtasks after step %d", w.from, w.to, w.stop)
	}
	return s
}

var cuts = []int{0, 1, 7}

// Check runs the case in all worlds and compares the rows that come out, in any order, with want (as Text prints them).
// Where Keys are given it also stops the operator after every step and moves its state to another parallelism. The
// first world that fails is told.
func (c Case) Check(t testing.TB, want ...string) {
	t.Helper()
	for _, cut := range cuts {
		for _, coded := range []bool{false, true} {
			for _, offset := range []bool{false, true} {
				if !c.agrees(t, world{cut: cut, coded: coded, offset: offset, from: 1}, want) {
					return
				}
			}
		}
	}
	if c.Keys != nil && !c.CheckMoves(t, want...) {
		return
	}
	for seed := uint64(1); seed <= 3; seed++ {
		base := c.run(t, world{nulls: seed, from: 1})
		for _, w := range []world{{cut: 1}, {cut: 7, coded: true}, {coded: true, offset: true}} {
			w.nulls, w.from = seed, 1
			if !c.agrees(t, w, base) {
				return
			}
		}
	}
}

// CheckMoves stops the operator after every step, moves its state by key group to another parallelism, and compares
// what comes out altogether. It reports whether that was right.
func (c Case) CheckMoves(t testing.TB, want ...string) bool {
	t.Helper()
	for stop := range c.Steps {
		for _, p := range [][2]int{{1, 3}, {3, 1}, {2, 5}} {
			if !c.agrees(t, world{stop: stop + 1, from: p[0], to: p[1]}, want) {
				return false
			}
		}
	}
	return true
}

// agrees runs the case in one world.
func (c Case) agrees(t testing.TB, w world, want []string) bool {
	t.Helper()
	got := c.run(t, w)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%v:\n got %s\nwant %s", w, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		return false
	}
	return true
}

// Emits runs the case once, with whole batches, and returns the rows in the order they came.
func (c Case) Emits(t testing.TB) []string {
	t.Helper()
	e := c.newRun(t, world{from: 1})
	e.play()
	return e.out.rows
}

// Fails runs the case once, with whole batches, and returns the error that ends it: a Diagnostic.
func (c Case) Fails(t testing.TB) *diag.Diagnostic {
	t.Helper()
	e := c.newRun(t, world{from: 1})
	e.expectError = true
	e.play()
	var d *diag.Diagnostic
	if !errors.As(e.err, &d) {
		t.Fatalf("the error is no Diagnostic: %v", e.err)
	}
	return d
}

// run returns the sorted rows that come out.
func (c Case) run(t testing.TB, w world) []string {
	t.Helper()
	e := c.newRun(t, w)
	e.play()
	e.checkUntouched()
	rows := e.out.rows
	if c.Final {
		rows = final(t, rows)
	}
	return slices.Sorted(slices.Values(rows))
}

// final is what a changelog leaves: the rows added and not taken back.
func final(t testing.TB, rows []string) []string {
	t.Helper()
	var out []string
	for _, r := range rows {
		kind, body := r[:2], r[2:]
		if kind == "+I" || kind == "+U" {
			out = append(out, "+I"+body)
			continue
		}
		at := slices.Index(out, "+I"+body)
		if at < 0 {
			t.Errorf("%s takes back a row that is not there", r)
			continue
		}
		out = slices.Delete(out, at, at+1)
	}
	return out
}

// execution is one run of a case in one world.
type execution struct {
	t           testing.TB
	c           Case
	w           world
	node        *plan.Node
	tasks       []*exec.Task
	drivers     []*exec.Driver
	out         *recorder
	given       *recorder // what the operator was given
	nulls       *rand.Rand
	expectError bool
	err         error
}

// recorder keeps batches and what they said at first.
type recorder struct {
	schemas [][]vector.Field
	batches []vector.Batch
	rows    []string
}

func (r *recorder) record(schema []vector.Field, b vector.Batch) {
	r.schemas, r.batches = append(r.schemas, schema), append(r.batches, b)
	r.rows = append(r.rows, Text(schema, b)...)
}

// now reads all batches again.
func (r *recorder) now() []string {
	var rows []string
	for i, b := range r.batches {
		rows = append(rows, Text(r.schemas[i], b)...)
	}
	return rows
}

func (c Case) newRun(t testing.TB, w world) *execution {
	t.Helper()
	e := &execution{t: t, c: c, w: w, out: &recorder{}, given: &recorder{}}
	if w.nulls != 0 {
		e.nulls = rand.New(rand.NewPCG(w.nulls, 0))
	}
	e.start(w.from, nil)
	return e
}

// start makes the operator's subtasks, with state from parts.
func (e *execution) start(parallelism int, parts []*state.Snapshot) {
	e.node = &plan.Node{ID: len(e.c.Inputs), Name: "operator", Spec: e.c.Spec, Parallelism: parallelism, Max: 128, Schema: e.c.Output}
	g := &plan.Graph{Zone: "UTC"}
	for i, schema := range e.c.Inputs {
		edge := plan.Edge{From: i, Port: i}
		if e.c.Keys != nil {
			edge.Kind, edge.Keys = plan.Hash, e.c.Keys[i]
		}
		e.node.Inputs = append(e.node.Inputs, edge)
		g.Nodes = append(g.Nodes, &plan.Node{ID: i, Name: fmt.Sprintf("input %d", i), Parallelism: 1, Max: 128, Schema: schema, InsertOnly: true})
	}
	g.Nodes = append(g.Nodes, e.node)
	zone := e.c.Zone
	if zone == nil {
		zone = time.UTC
	}
	e.tasks, e.drivers = nil, nil
	for i := range parallelism {
		groups := e.node.Space().Range(i, parallelism)
		task := &exec.Task{Node: e.node, Graph: g, Subtask: i, Groups: groups, State: state.NewStore(e.node.Space(), groups),
			Config: &exec.Config{Seams: exec.Seams{Clock: exec.SystemClock{}}, BatchRows: 8192}, Zone: zone}
		if parts != nil {
			state.Restore(task.State, parts)
		}
		op, err := e.c.Make(e.node)
		if err != nil {
			e.t.Fatal(err)
		}
		d := exec.NewDriver(task, op, exec.EmitFunc(func(b vector.Batch) error {
			e.out.record(e.c.Output, b)
			return nil
		}))
		if err := errors.Join(d.Open(), task.State.Err()); err != nil {
			e.t.Fatal(err)
		}
		if names := task.State.Unclaimed(); names != nil {
			e.t.Fatalf("nobody has opened the restored state %q", names)
		}
		e.tasks, e.drivers = append(e.tasks, task), append(e.drivers, d)
	}
}

// play does the steps, ends the input and closes the operator. It stops at an error.
func (e *execution) play() {
	e.t.Helper()
	for i, s := range e.c.Steps {
		if !e.do(e.step(s)) {
			return
		}
		if i+1 == e.w.stop {
			if !e.move() {
				return
			}
		}
	}
	for _, d := range e.drivers {
		if !e.do(d.Finish()) {
			return
		}
	}
	e.close()
	if e.expectError {
		e.t.Fatal("the operator did not fail")
	}
}

// do reports whether to go on after err.
func (e *execution) do(err error) bool {
	e.t.Helper()
	if err == nil || errors.Is(err, exec.ErrEnough) {
		return true
	}
	e.err = err
	e.close()
	if !e.expectError {
		e.t.Fatalf("%v: %v", e.w, err)
	}
	return false
}

func (e *execution) close() {
	e.t.Helper()
	for _, d := range e.drivers {
		if err := d.Close(); err != nil {
			e.t.Error(err)
		}
	}
}

// move stops all subtasks and goes on with others that have their state.
func (e *execution) move() bool {
	e.t.Helper()
	var parts []*state.Snapshot
	for i, d := range e.drivers {
		if !e.do(d.Flush(0)) {
			return false
		}
		part := e.tasks[i].State.Snapshot()
		if err := part.Check(); err != nil {
			e.t.Fatal(err)
		}
		parts = append(parts, part)
	}
	e.close()
	e.start(e.w.to, parts)
	return true
}

func (e *execution) step(s Step) error {
	for _, d := range e.drivers {
		var err error
		switch s.kind {
		case advanceStep:
			err = d.Advance(s.advance)
			if reached := d.Reached(); err == nil && reached > s.advance {
				e.t.Errorf("%v: at %d the output says it has reached %d", e.w, s.advance, reached)
			}
		case endStep:
			err = d.End(s.port)
		case flushStep:
			err = d.Flush(0)
		}
		if err != nil {
			return err
		}
	}
	if s.kind == rowsStep {
		return e.rows(s)
	}
	return nil
}

func (e *execution) rows(s Step) error {
	schema := e.c.Inputs[s.port]
	var rows []row
	for line := range strings.Lines(s.text) {
		if line = strings.TrimSpace(line); line != "" {
			rows = append(rows, parseRow(schema, line))
		}
	}
	if e.nulls != nil {
		rows = withNulls(schema, rows, e.nulls)
	}
	if len(rows) == 0 {
		return nil
	}
	cut := e.w.cut
	if cut == 0 {
		cut = len(rows)
	}
	var whole vector.Batch
	if e.w.offset {
		whole = build(schema, append(rows[:1:1], rows...), e.w.coded)
	}
	for from := 0; from < len(rows); from += cut {
		to := min(from+cut, len(rows))
		b := build(schema, rows[from:to], e.w.coded)
		if e.w.offset {
			b = whole.Slice(from+1, to+1)
		}
		if err := e.give(s.port, b); err != nil {
			return err
		}
	}
	return nil
}

// give sends a batch's rows to the subtasks that own them.
func (e *execution) give(port int, b vector.Batch) error {
	if e.c.Keys == nil {
		e.given.record(e.c.Inputs[port], b)
		return e.drivers[0].Process(port, b)
	}
	var keys []vector.Column
	var types []vector.Type
	for _, k := range e.c.Keys[port] {
		keys, types = append(keys, b.Columns[k]), append(types, e.c.Inputs[port][k].Type)
	}
	b.Home = make([]uint64, b.Rows)
	kernel.HashColumns(b.Home, keys, types)
	space := e.node.Space()
	for i, d := range e.drivers {
		var mine []int32
		for r, h := range b.Home {
			if space.Owner(space.Of(h), len(e.drivers)) == i {
				mine = append(mine, int32(r))
			}
		}
		if len(mine) == 0 {
			continue
		}
		part := b
		if len(mine) < b.Rows {
			part = b.Take(mine)
		}
		e.given.record(e.c.Inputs[port], part)
		if err := d.Process(port, part); err != nil {
			return err
		}
	}
	return nil
}

// checkUntouched looks whether a batch has changed since it was given to the operator or emitted.
func (e *execution) checkUntouched() {
	e.t.Helper()
	if !slices.Equal(e.given.rows, e.given.now()) {
		e.t.Errorf("%v: the operator has changed a batch that it was given", e.w)
	}
	if !slices.Equal(e.out.rows, e.out.now()) {
		e.t.Errorf("%v: the operator has changed a batch that it had emitted", e.w)
	}
}
