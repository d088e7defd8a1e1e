package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector"
	"weir/exec/expr"
	"weir/exec/op"
	"weir/exec/scan"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
	"weir/planner/plan"
	"weir/vector"
)

// query runs a query and gives its rows.
func (r *running) query(x *ast.QueryStatement) error {
	w := r.work(x)
	g, d, err := r.plan(w)
	if err != nil {
		return err
	}
	s := &Schema{
		Statement: r.number,
		Columns:   g.Nodes[len(g.Nodes)-1].Schema,
		Changelog: g.Changelog,
		Streaming: !g.Batch,
		Zone:      r.zone(),
		MaxWidth:  int(r.Settings.Int("table.display.max-column-width")),
		TimeCost:  r.Settings.Bool("sql-client.display.print-time-cost"),
		Mode:      r.mode(),
	}
	if err := r.out(r.config.Output.Schema(s)); err != nil {
		return err
	}
	rows := int64(0)
	j := r.newJob(w, g, d)
	if sink := r.config.Collect; sink != nil {
		j.collect = func(*plan.Graph, *plan.Node, *exec.Config) (exec.Sink, error) { return sink(s), nil }
	}
	err = r.execute(j, false, func(b vector.Batch) error {
		rows += int64(b.Rows)
		return r.out(r.config.Output.Rows(b))
	})
	if err != nil {
		return err
	}
	if j.collect != nil {
		rows = j.written()
	}
	return r.finish(Done{Rows: rows})
}

// plan plans what a statement asks for. One that reads nothing but files that it names, and VALUES, runs in batch mode unless the mode
// was set: it has no event time, and its reader wants rows, not a changelog. An INSERT of VALUES alone, or one that is to
// begin with the state of a job, is no such statement.
func (r *running) plan(w work) (*plan.Graph, *durability, error) {
	env := r.env()
	if r.modeUnset() && (w.isQuery() || r.restores() == "") {
		batch, err := r.batchEnv(env)
		if err != nil {
			return nil, nil, err
		}
		g, err := w.plan(batch)
		files := len(batch.Read) > 0
		if onlyFiles(batch.Read) && (files || err == nil && w.isQuery()) {
			if err == nil && !w.isQuery() && r.checkpoints() {
				err = r.withoutCheckpoints()
			}
			return g, nil, err
		}
	}
	d, err := r.durable(w)
	if err != nil {
		return nil, nil, err
	}
	g, err := d.plan(w, env, r.config.AllowNonRestored || r.Settings.Bool("execution.state-recovery.ignore-unclaimed-state"))
	return g, d, err
}

const modeKey = "execution.runtime-mode"

// modeUnset reports whether nobody has set the runtime mode.
func (r *running) modeUnset() bool {
	_, level := r.Settings.Get(modeKey)
	return level == catalog.Unset
}

// batchEnv is an env in batch mode.
func (r *running) batchEnv(env *planner.Env) (*planner.Env, error) {
	batch := *env
	batch.Settings, batch.Read = r.Settings.Clone(), nil
	return &batch, batch.Settings.Set(modeKey, "batch", catalog.Environment)
}

// insert runs an INSERT, or those of a statement set.
func (r *running) insert(stmt ast.Statement) error {
	w := r.work(stmt)
	g, d, err := r.plan(w)
	if err != nil {
		return err
	}
	return r.write(w, g, d)
}

// write runs INSERTs that were planned. Without table.dml-sync their job goes on in the background, and its result is the
// id of it, as in Flink.
func (r *running) write(w work, g *plan.Graph, d *durability) error {
	j := r.newJob(w, g, d)
	j.listed = true
	j.background = !r.Settings.Bool("table.dml-sync")
	if err := r.execute(j, false, nil); err != nil {
		return err
	}
	if j.background {
		l := newListing("job id")
		l.add(text(j.info.ID))
		return r.listing(l)
	}
	return r.finish(Done{Rows: j.written(), Written: true, Target: j.target})
}

// explain handles EXPLAIN and EXPLAIN ANALYZE; the latter runs the statement and drops the rows of a query.
func (r *running) explain(x *ast.Explain) error {
	w, err := r.explained(x)
	if err != nil {
		return err
	}
	g, _, err := r.plan(w)
	if err != nil {
		return err
	}
	if slices.Contains(x.Details, "JSON_EXECUTION_PLAN") {
		return r.document(plan.ExplainJSON(g))
	}
	if !x.Analyze {
		return r.document(plan.Explain(g, nil))
	}
	j := r.newJob(w, g, nil) // it is run to be measured, and begins with nothing
	if err := r.execute(j, true, func(vector.Batch) error { return nil }); err != nil {
		return err
	}
	return r.document(plan.Explain(g, func(node int) []plan.Subtask { return measured(j.report.Tasks[node]) }))
}

// explained is what EXPLAIN is about. A table that is created AS a query need not be there, and is not afterwards.
func (r *running) explained(x *ast.Explain) (work, error) {
	stmt := x.Statement
	if e, ok := stmt.(*ast.Execute); ok {
		stmt = e.Statement
	}
	switch s := stmt.(type) {
	case *ast.QueryStatement, *ast.Insert, *ast.StatementSet:
		return r.work(stmt), nil
	case *ast.CreateTable:
		if s.As == nil || x.Analyze {
			break
		}
		in, err := r.tableAs(s, r.src)
		if err != nil {
			return work{}, err
		}
		w := r.work(in.Statement)
		w.inserts[0] = in
		return w, nil
	}
	what := "EXPLAIN"
	if x.Analyze {
		what += " ANALYZE"
	}
	return work{}, diag.New(codeUnsupported, stmt.Span(), "%s of %s is not supported: it explains queries, INSERT and statement sets", what, ast.Title(stmt))
}

// measured reads the counters of an operator's subtasks.
func measured(tasks []*exec.Task) []plan.Subtask {
	out := make([]plan.Subtask, len(tasks))
	for i, t := range tasks {
		out[i] = plan.Subtask{RowsIn: t.RowsIn.Load(), RowsOut: t.RowsOut.Load(), Late: t.Late.Load(),
			RowGroups: t.RowGroups.Load(), RowGroupsSkipped: t.RowGroupsSkipped.Load(), Files: t.Files.Load(), FilesSkipped: t.FilesSkipped.Load(),
			Busy: time.Duration(t.Busy.Load()), Wait: time.Duration(t.Wait.Load())}
	}
	return out
}

// execute runs a job to its end and tells what it left out, or begins it in the background.
func (r *running) execute(j *job, analyze bool, result func(vector.Batch) error) error {
	c, err := r.setup(j, analyze, result)
	if err == nil {
		c.Checkpoints, err = r.prepare(j)
	}
	if err != nil {
		return errors.Join(err, j.durable.close())
	}
	if err := r.launch(j, c); err != nil || j.background {
		return err
	}
	if err := r.notices(j); err != nil {
		return err
	}
	if j.err == nil && j.report.Stopped && r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	return j.err
}

// setup says what a job runs with: the settings of this moment.
func (r *running) setup(j *job, analyze bool, result func(vector.Batch) error) (*exec.Config, error) {
	limit, _ := r.Settings.Get("weir.memory.limit")
	bytes, err := catalog.ParseMemory(limit, r.config.RAM)
	if err != nil {
		return nil, err
	}
	e := ends{connectors: r.config.Connectors, env: r.values()}
	c := &exec.Config{
		Seams:       r.config.Seams,
		Operator:    op.New,
		Head:        e.head,
		Sink:        e.sink,
		Result:      result,
		Collect:     j.collect,
		BatchRows:   int(r.Settings.Int("weir.batch.rows")),
		ChunkBytes:  r.Settings.Int("weir.chunk.bytes"),
		MemoryLimit: bytes,
		Seed:        uint64(r.Settings.Int("weir.seed")),
		Analyze:     analyze,
	}
	if !j.background {
		c.Started = r.config.Started // who watches one wants to see its end before anything else
	}
	return c, nil
}

// ends makes what stands at the ends of a job. Nothing of it changes with the session.
type ends struct {
	connectors connector.Registry
	env        expr.Env
}

// head makes the head of a source stage.
func (e ends) head(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Head, error) {
	spec, ok := n.Spec.(*plan.Scan)
	if !ok {
		env := e.env
		env.Source = n.Source
		return newValues(n, env), nil
	}
	name := spec.Options["connector"]
	k := e.connectors[name]
	if k.Source == nil {
		return nil, diag.New(codeUnsupported, diag.Span{}, "reading from connector '%s' is not supported", name)
	}
	src, err := k.Source(g, n, c)
	if err != nil {
		return nil, err
	}
	return scan.NewHead(g, n, src, c)
}

// sink makes the sink of an INSERT.
func (e ends) sink(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Sink, error) {
	name := n.Spec.(*plan.Sink).Options["connector"]
	k := e.connectors[name]
	if k.Sink == nil {
		return nil, diag.New(codeUnsupported, diag.Span{}, "writing to connector '%s' is not supported", name)
	}
	return k.Sink(g, n, c)
}

// constant evaluates an expression without columns, for the planner.
func (r *running) constant(e plan.Expr) (*plan.Literal, error) {
	env := r.values()
	env.Source = nil // the planner knows in which text the expression stands
	return expr.Constant(e, env)
}

// values is what expressions without columns are evaluated with.
func (r *running) values() expr.Env {
	return expr.Env{Zone: r.zone(), Now: r.config.Seams.Clock.Now, Source: r.src}
}

// zone is the session time zone.
func (r *running) zone() *time.Location {
	name, _ := r.Settings.Get("table.local-time-zone")
	zone, err := catalog.LoadZone(name)
	if err != nil {
		return time.UTC // SET has refused it
	}
	return zone
}

// mode is the form of results that a script asks for.
func (r *running) mode() string {
	m, _ := r.Settings.Get("sql-client.execution.result-mode")
	return strings.ToLower(m)
}
