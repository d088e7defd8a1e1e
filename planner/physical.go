package planner

import (
	"fmt"
	"slices"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// Statement plans a query, an INSERT or a statement set as a job. Errors are *diag.Diagnostic, or a diag.List of several.
func Statement(stmt ast.Statement, env *Env) (*plan.Graph, error) {
	if set, ok := stmt.(*ast.StatementSet); ok {
		g, err := Set(Inserts(set, env.Source), env)
		return g, locate(err, stmt.Span(), env.Source)
	}
	root, err := Resolve(stmt, env)
	if err != nil {
		return nil, err
	}
	g, err := physical(root, env)
	return g, locate(err, stmt.Span(), env.Source) // what a setting or an option decided concerns the whole statement
}

// physical turns a resolved statement into operators with parallelism and edges between them.
func physical(root logical.Node, env *Env) (*plan.Graph, error) {
	// Built twice: the first time finds out which columns the readers of a scan want together.
	b, err := build(root, env, nil, nil)
	if err != nil {
		return nil, err
	}
	wanted := b.shared
	if b, err = build(root, env, wanted, nil); err != nil {
		return nil, err
	}
	if len(env.Stored) > 0 {
		// And once more, since the maxima of restored state decide which operators are chained. They decide nothing
		// else: the nodes are the same.
		if b, err = build(root, env, wanted, b.adopt(env.Stored)); err != nil {
			return nil, err
		}
	}
	for _, n := range b.graph.Nodes {
		if d := b.decided[n.ID].check(n.Name); d != nil {
			return nil, placed(d, n.Source)
		}
	}
	if d := b.checkRestored(env.Stored); d != nil {
		return nil, d
	}
	for _, n := range b.graph.Ends() {
		b.graph.Changelog = b.graph.Changelog || !n.InsertOnly
	}
	b.graph.Name, _ = env.Settings.Get("pipeline.name")
	if b.graph.Name == "" {
		b.graph.Name = jobName(b.graph)
	}
	return b.graph, nil
}

// build makes the graph of a statement. wanted are the scans of the first attempt, nil in that; adopted are the maxima
// of restored state by node, nil for none.
func build(root logical.Node, env *Env, wanted []*sharedScan, adopted []int) (*builder, *diag.Diagnostic) {
	mode, _ := env.Settings.Get("execution.runtime-mode")
	zone, _ := env.Settings.Get("table.local-time-zone")
	b := &builder{
		env:     env,
		par:     parallelism{env},
		names:   map[string]int{},
		fused:   map[*logical.WindowFunction]bool{},
		wanted:  wanted,
		adopted: adopted,
		graph: &plan.Graph{
			Batch:         mode == "batch",
			Zone:          zone,
			WatermarkStep: env.Settings.Duration("pipeline.auto-watermark-interval").Milliseconds(),
			IdleTimeout:   env.Settings.Duration("table.exec.source.idle-timeout").Milliseconds(),
		},
	}
	if err := b.tops(root); err != nil {
		return nil, placed(err, b.source)
	}
	b.carryOrigin()
	b.cutStages()
	plan.Identify(b.graph)
	return b, nil
}

// builder makes the graph, inputs before what reads them.
type builder struct {
	env     *Env
	par     parallelism
	graph   *plan.Graph
	source  *diag.Source // of the statement that is planned, one of a set's
	decided []decision   // by node ID
	names   map[string]int
	// fused are windowing functions that the aggregate above does itself: their window columns stand for the rowtime
	// column until there.
	fused  map[*logical.WindowFunction]bool
	shared []*sharedScan // the scans of this graph
	wanted []*sharedScan // those of the first attempt: what their readers want together
	// adopted are the maxima that nodes take over from restored state, 0: none. Decisions stay as they are without
	// them, and with these the choice of operators.
	adopted []int
}

// rel is the output of what was built: one node, or several for UNION ALL, with where the logical columns are.
type rel struct {
	nodes []int
	cols  []int // by logical column: column of the nodes' schema, -1 if not asked for
}

func (b *builder) node(id int) *plan.Node { return b.graph.Nodes[id] }

func (b *builder) schema(r rel) []vector.Field { return b.node(r.nodes[0]).Schema }

func (b *builder) insertOnly(r rel) bool {
	for _, n := range r.nodes {
		if !b.node(n).InsertOnly {
			return false
		}
	}
	return true
}

// add makes a node. Its edges are added by connect.
func (b *builder) add(name string, spec plan.Spec, d decision, schema []vector.Field) *plan.Node {
	b.names[name]++
	if k := b.names[name]; k > 1 {
		name = fmt.Sprintf("%s #%d", name, k)
	}
	n := &plan.Node{ID: len(b.graph.Nodes), Name: name, Spec: spec, Parallelism: d.p, Max: d.max, Origin: d.from, MaxOrigin: d.maxFrom,
		Schema: schema, InsertOnly: true, Source: b.source}
	if b.adopted != nil && b.adopted[n.ID] > 0 {
		n.Max, n.MaxOrigin = b.adopted[n.ID], plan.FromSavepoint
	}
	b.graph.Nodes = append(b.graph.Nodes, n)
	b.decided = append(b.decided, d)
	return n
}

// connect adds edges from a relation without asking for any distribution: forward between equal parallelism, else
// insert-only rows are dealt out and a changelog is hashed by what identifies its rows.
func (b *builder) connect(to *plan.Node, from rel) {
	for _, id := range from.nodes {
		f := b.node(id)
		e := plan.Edge{From: id, Kind: plan.Forward}
		switch {
		case f.Parallelism == to.Parallelism:
			e.Chained = f.Max == to.Max && len(from.nodes) == 1
		case to.Parallelism == 1:
			e.Kind = plan.Rebalance
		case f.InsertOnly:
			e.Kind = plan.Rebalance
		default:
			e.Kind, e.Keys = plan.Hash, f.UpsertKey
			if len(e.Keys) == 0 {
				e.Keys = allColumns(f.Schema)
			}
		}
		to.Inputs = append(to.Inputs, e)
		to.InsertOnly = to.InsertOnly && f.InsertOnly
	}
}

// exchange adds edges that bring rows of one key to one subtask; without keys all rows to the only one.
func (b *builder) exchange(to *plan.Node, from rel, keys []int) {
	for _, id := range from.nodes {
		f := b.node(id)
		e := plan.Edge{From: id, Kind: plan.Hash, Keys: keys}
		if len(keys) == 0 {
			e.Kind = plan.Global
		}
		e.Chained = f.Parallelism == 1 && to.Parallelism == 1 && f.Max == to.Max && len(from.nodes) == 1
		to.Inputs = append(to.Inputs, e)
	}
}

func allColumns(schema []vector.Field) []int {
	out := make([]int, len(schema))
	for i := range out {
		out[i] = i
	}
	return out
}

// follows is the decision of an operator that was given d: behind one that must run once it runs once too, unless a
// hint says otherwise.
func (b *builder) follows(d decision, from rel) decision {
	if d.from == plan.FromHint {
		return d
	}
	for _, id := range from.nodes {
		if b.decided[id].from != plan.Required || b.decided[id].p != 1 {
			return d
		}
	}
	in := b.decided[from.nodes[0]]
	for _, id := range from.nodes {
		if !b.decided[id].same(in) {
			return d
		}
	}
	return in
}

// tops plans the nodes that end the job.
func (b *builder) tops(root logical.Node) *diag.Diagnostic {
	b.source = b.env.Source
	set, ok := root.(*logical.Set)
	if !ok {
		if s, ok := root.(*logical.Sink); ok {
			b.source = s.Source
		}
		return b.top(root)
	}
	for _, sink := range set.Inputs() {
		b.source = sink.(*logical.Sink).Source
		if err := b.top(sink); err != nil {
			return err
		}
	}
	return nil
}

// placed says in which text the place of an error lies, if it has one.
func placed(d *diag.Diagnostic, source *diag.Source) *diag.Diagnostic {
	if d.Span.IsZero() {
		return d
	}
	return d.In(source)
}

// top plans a node that ends the job.
func (b *builder) top(root logical.Node) *diag.Diagnostic {
	in := root.Inputs()[0]
	need := make([]bool, len(in.Schema()))
	for i := range need {
		need[i] = true
	}
	r, err := b.build(in, need)
	if err != nil {
		return err
	}
	if !isIdentity(r.cols, len(b.schema(r))) {
		r = b.reorder(r, in)
	}
	switch n := root.(type) {
	case *logical.Collect:
		d := b.decided[r.nodes[0]]
		if len(r.nodes) > 1 {
			d = b.commonDecision(r)
		}
		if d.own {
			d = b.par.of(nil)
		}
		d.from, d.span, d.maxSpan = plan.FromInput, diag.Span{}, diag.Span{}
		out := b.add("result", &plan.Collect{NotNull: notNull(n.Schema())}, d, n.Schema())
		b.connect(out, r)
		out.UpsertKey = b.node(r.nodes[0]).UpsertKey
		return nil
	case *logical.Sink:
		return b.sink(n, r)
	}
	panic(fmt.Sprintf("planner: a statement cannot end in %T", root))
}

// commonDecision is what several inputs have in common, else the default.
func (b *builder) commonDecision(r rel) decision {
	d := b.decided[r.nodes[0]]
	for _, id := range r.nodes {
		if !b.decided[id].same(d) {
			return b.par.of(nil)
		}
	}
	return d
}

func notNull(schema []vector.Field) []int {
	var out []int
	for i, f := range schema {
		if !f.Type.Nullable {
			out = append(out, i)
		}
	}
	return out
}

func isIdentity(cols []int, n int) bool {
	for i, c := range cols {
		if c != i {
			return false
		}
	}
	return len(cols) == n
}

// reorder puts a relation's columns into the logical order, without computing anything.
func (b *builder) reorder(r rel, n logical.Node) rel {
	exprs := make([]plan.Expr, len(r.cols))
	for i, c := range r.cols {
		f := b.schema(r)[c]
		exprs[i] = &plan.Column{Index: c, Name: f.Name, T: f.Type}
	}
	return b.calc(r, nil, exprs, n.Schema(), b.follows(b.par.of(n.Block(), "project", "calc"), r))
}

// narrow drops columns that nobody looks at, such as those of a scan that another reader wants: an operator that keeps
// whole rows would keep them, too, and state with them is of no use to one that has no such reader beside it.
func (b *builder) narrow(r rel, need []bool, d decision) rel {
	schema := b.schema(r)
	used := make([]bool, len(schema))
	for i, x := range need {
		if x {
			used[r.cols[i]] = true
		}
	}
	for _, k := range b.node(r.nodes[0]).UpsertKey {
		used[k] = true // what tells the rows of a changelog apart
	}
	if !slices.Contains(used, false) || !slices.Contains(used, true) {
		return r
	}
	var exprs []plan.Expr
	var names []vector.Field
	moved := make([]int, len(schema))
	for i, f := range schema {
		moved[i] = -1
		if used[i] {
			moved[i] = len(exprs)
			exprs = append(exprs, &plan.Column{Index: i, Name: f.Name, T: f.Type})
			names = append(names, f)
		}
	}
	out := b.calc(r, nil, exprs, names, d)
	out.cols = make([]int, len(r.cols))
	for i, c := range r.cols {
		out.cols[i] = -1
		if c >= 0 {
			out.cols[i] = moved[c]
		}
	}
	return out
}

// calc adds a Calc behind r. The schema has the names.
func (b *builder) calc(r rel, filter plan.Expr, exprs []plan.Expr, names []vector.Field, d decision) rel {
	schema := make([]vector.Field, len(exprs))
	for i, e := range exprs {
		schema[i] = vector.Field{Name: names[i].Name, Type: e.Type()}
	}
	name := "calc"
	if d.from != plan.FromHint && len(r.nodes) == 1 && !b.decided[r.nodes[0]].own && isReordering(filter, exprs) {
		// What only moves columns stays with what made them.
		d = b.decided[r.nodes[0]]
		d.span, d.maxSpan = diag.Span{}, diag.Span{}
	}
	out := b.add(name, &plan.Calc{Filter: filter, Exprs: exprs}, d, schema)
	b.connect(out, r)
	out.UpsertKey = moveKey(b.node(r.nodes[0]).UpsertKey, exprs)
	return rel{nodes: []int{out.ID}, cols: allColumns(schema)}
}

func isReordering(filter plan.Expr, exprs []plan.Expr) bool {
	if filter != nil {
		return false
	}
	for _, e := range exprs {
		if _, ok := e.(*plan.Column); !ok {
			return false
		}
	}
	return true
}

// moveKey follows the columns of an upsert key through a projection; nil if one is lost.
func moveKey(key []int, exprs []plan.Expr) []int {
	if key == nil {
		return nil
	}
	out := []int{}
	for _, k := range key {
		at := slices.IndexFunc(exprs, func(e plan.Expr) bool {
			c, ok := e.(*plan.Column)
			return ok && c.Index == k
		})
		if at < 0 {
			return nil
		}
		out = append(out, at)
	}
	return out
}

// build plans a node; need says which of its columns anybody looks at.
func (b *builder) build(n logical.Node, need []bool) (rel, *diag.Diagnostic) {
	switch n := n.(type) {
	case *logical.Scan:
		return b.scan(n, need, nil)
	case *logical.Values:
		return b.values(n, need)
	case *logical.Project, *logical.Filter:
		return b.chain(n, need)
	case *logical.WindowFunction:
		return b.window(n, need, nil)
	case *logical.Aggregate:
		return b.aggregate(n, need)
	case *logical.Unnest:
		return b.unnest(n, need)
	case *logical.Union:
		return b.union(n, need)
	case *logical.Sort:
		return b.sort(n, need)
	}
	panic(fmt.Sprintf("planner: no operator for %T", n))
}

func (b *builder) values(n *logical.Values, need []bool) (rel, *diag.Diagnostic) {
	cols := make([]int, len(need))
	var schema []vector.Field
	rows := make([][]plan.Expr, len(n.Rows))
	for i := range need {
		cols[i] = -1
		if need[i] {
			cols[i] = len(schema)
			schema = append(schema, n.Schema()[i])
			for j, r := range n.Rows {
				rows[j] = append(rows[j], r[i])
			}
		}
	}
	d := b.par.of(nil).with(1, plan.Required)
	out := b.add("values", &plan.Values{Rows: rows}, d, schema)
	return rel{nodes: []int{out.ID}, cols: cols}, nil
}

func (b *builder) unnest(n *logical.Unnest, need []bool) (rel, *diag.Diagnostic) {
	in := n.Inputs()[0]
	width := len(in.Schema())
	below := slices.Clone(need[:width])
	visit(n.Array, func(e plan.Expr) { markColumn(e, below) })
	r, err := b.build(in, below)
	if err != nil {
		return rel{}, err
	}
	d := b.follows(b.par.of(n.Block(), "unnest"), r)
	array := b.remap(n.Array, r)
	cols := make([]int, len(need))
	for i := range cols {
		cols[i] = -1
	}
	at := -1
	if c, ok := array.(*plan.Column); ok {
		at = c.Index
		copy(cols, r.cols)
	} else {
		var exprs []plan.Expr
		var names []vector.Field
		// The start and end of a window that the aggregate assigns are one column still: that of the event time.
		moved := map[int]int{}
		for i := range width {
			if !need[i] {
				continue
			}
			to, ok := moved[r.cols[i]]
			if !ok {
				f := b.schema(r)[r.cols[i]]
				to = len(exprs)
				moved[r.cols[i]] = to
				exprs = append(exprs, &plan.Column{Index: r.cols[i], Name: f.Name, T: f.Type})
				names = append(names, f)
			}
			cols[i] = to
		}
		at = len(exprs)
		exprs = append(exprs, array)
		names = append(names, vector.Field{Name: "array"})
		cd := d
		if d.from == plan.FromHint {
			cd = b.follows(b.par.of(n.Block(), "project", "calc"), r)
		}
		r = b.calc(r, nil, exprs, names, cd)
	}
	schema := slices.Clone(b.schema(r))
	drops := true
	for i := range width {
		drops = drops && !(need[i] && cols[i] == at)
	}
	if drops {
		schema = slices.Delete(schema, at, at+1)
		for i := range width {
			switch {
			case cols[i] == at:
				cols[i] = -1
			case cols[i] > at:
				cols[i]--
			}
		}
	}
	for i := width; i < len(need); i++ {
		cols[i] = len(schema)
		schema = append(schema, n.Schema()[i])
	}
	out := b.add("unnest", &plan.Unnest{Array: at, Drops: drops, Ordinality: n.Ordinality, Left: n.Left}, d, schema)
	b.connect(out, r)
	return rel{nodes: []int{out.ID}, cols: cols}, nil
}

func (b *builder) union(n *logical.Union, need []bool) (rel, *diag.Diagnostic) {
	var out rel
	for _, in := range n.Inputs() {
		r, err := b.build(in, need)
		if err != nil {
			return rel{}, err
		}
		// All branches get one layout: the needed columns in their order.
		var exprs []plan.Expr
		var names []vector.Field
		cols := make([]int, len(need))
		for i, c := range r.cols {
			cols[i] = -1
			if !need[i] {
				continue
			}
			cols[i] = len(exprs)
			f := b.schema(r)[c]
			exprs = append(exprs, &plan.Column{Index: c, Name: f.Name, T: f.Type})
			names = append(names, n.Schema()[i])
		}
		if len(exprs) != len(b.schema(r)) || !slices.Equal(r.cols, cols) {
			r = b.calc(r, nil, exprs, names, b.follows(b.par.of(n.Block(), "union", "project", "calc"), r))
		}
		out.nodes = append(out.nodes, r.nodes...)
		out.cols = cols
	}
	return out, nil
}

func (b *builder) sort(n *logical.Sort, need []bool) (rel, *diag.Diagnostic) {
	below := slices.Clone(need)
	for _, k := range n.Keys {
		below[k.Column] = true
	}
	r, err := b.build(n.Inputs()[0], below)
	if err != nil {
		return rel{}, err
	}
	retracts := !b.insertOnly(r)
	if !b.graph.Batch && (len(n.Keys) > 0 || retracts) {
		r = b.narrow(r, below, b.follows(b.par.of(n.Block(), "project", "calc"), r))
	}
	keys := slices.Clone(n.Keys)
	for i := range keys {
		keys[i].Column = r.cols[keys[i].Column]
	}
	name, spec := "limit", plan.Spec(&plan.Limit{Offset: n.Offset, Limit: n.Limit, Retracts: retracts})
	switch {
	case len(keys) > 0 && b.graph.Batch:
		name, spec = "sort", &plan.Sort{Keys: keys, Offset: n.Offset, Limit: n.Limit}
	case len(keys) > 0:
		name, spec = "topn", &plan.TopN{Keys: keys, Offset: n.Offset, Limit: n.Limit, Retracts: retracts}
	}
	d := single()
	if err := b.refuseHint(n.Block(), name); err != nil {
		return rel{}, err
	}
	out := b.add(name, spec, d, b.schema(r))
	b.exchange(out, r, nil)
	out.InsertOnly = b.graph.Batch || name == "limit" && !retracts
	return rel{nodes: []int{out.ID}, cols: r.cols}, nil
}

// refuseHint refuses a hint that names an operator which can only run once and asks for more.
func (b *builder) refuseHint(block *logical.Block, kind string) *diag.Diagnostic {
	if block == nil {
		return nil
	}
	if n := block.Named[kind]; n > 1 {
		return diag.New(diag.OneGlobalGroup, block.At, "the %s works on one global group: its parallelism must be 1, found %d", kind, n)
	}
	if n := block.NamedMax[kind]; n > 1 {
		return diag.New(diag.OneGlobalGroup, block.At, "the %s works on one global group: its maximum parallelism must be 1, found %d", kind, n)
	}
	return nil
}

// sink plans the end of an INSERT.
func (b *builder) sink(n *logical.Sink, r rel) *diag.Diagnostic {
	t := n.Table
	input := b.commonDecision(r)
	d := input
	d.from, d.span, d.maxSpan = plan.FromInput, diag.Span{}, diag.Span{}
	if input.from == plan.FromHint || input.own {
		d = b.par.defaults().derived()
	}
	if p, at := named(n.Block(), []string{"sink"}, func(x *logical.Block) (map[string]int, int) { return x.Named, 0 }); p > 0 {
		d = b.par.defaults().with(p, plan.FromHint)
		d.span = at
	}
	opt, err := parallelismOption(t, n.Options, "sink.parallelism")
	if err != nil {
		err.Span = n.At
		return err
	}
	if opt > 0 {
		d = b.par.defaults().with(opt, plan.FromTableOption)
	}
	if n.Max > 0 {
		d.max, d.maxFrom, d.maxSpan = n.Max, plan.FromHint, n.At
	}
	if n.Parallelism > 0 {
		d = d.with(n.Parallelism, plan.FromHint)
		d.span = n.At
	}
	insertOnly := b.insertOnly(r)
	conn, _ := catalog.LookupConnector(n.Options["connector"])
	if !insertOnly && (conn == nil || !conn.Changelog) {
		return diag.New(codeAppendOnly, n.At, "table sink '%s' doesn't support consuming update changes, which %s produces", t.Path(), b.node(b.changing(r.nodes[0])).Name).
			WithHint("aggregate in windows, or SET 'execution.runtime-mode' = 'batch' for final rows of bounded input")
	}
	drop, _ := b.env.Settings.Get("table.exec.sink.not-null-enforcer")
	shuffle, _ := b.env.Settings.Get("table.exec.sink.keyed-shuffle")
	materialize, _ := b.env.Settings.Get("table.exec.sink.upsert-materialize")
	var pk []int
	for _, name := range t.PrimaryKey {
		for i, f := range n.Schema() {
			if f.Name == name {
				pk = append(pk, i)
			}
		}
	}
	if !insertOnly && len(pk) > 0 && materialize != "NONE" && !identifies(pk, b.node(r.nodes[0]).UpsertKey) {
		return diag.New(codeUpsertKey, n.At, "an upsert sink whose primary key (%s) is not the key of the query's changes is not supported", joinNames(t.PrimaryKey)).
			WithHint("give the sink the query's key as primary key, or none; SET 'table.exec.sink.upsert-materialize' = 'NONE' writes the changes as they come")
	}
	out := b.add("sink "+t.Name, &plan.Sink{Table: t, Options: n.Options, NotNull: notNull(n.Schema()), Drop: drop == "DROP", InsertOnly: insertOnly,
		Lengths: b.lengths(n.Schema()), Overwrite: n.Overwrite, Static: n.Static}, d, n.Schema())
	same := true
	for _, id := range r.nodes {
		same = same && b.node(id).Parallelism == d.p
	}
	switch {
	case len(pk) > 0 && (!same && shuffle != "NONE" || shuffle == "FORCE" && d.p > 1):
		b.exchange(out, r, pk)
		out.InsertOnly = insertOnly
	case !same && !insertOnly && len(pk) == 0:
		return diag.New(codeOrder, n.At, "the sink for table '%s' has a configured parallelism of %d, while the input parallelism is %d: since the changelog is not insert-only, a primary key is required but could not be found", t.Path(), d.p, input.p).
			WithHint("declare PRIMARY KEY (…) NOT ENFORCED on %s, or give the sink no parallelism of its own", t.Name)
	default:
		b.connect(out, r)
	}
	return nil
}

// lengths are the columns whose length a sink checks.
func (b *builder) lengths(schema []vector.Field) []int {
	var all []int
	if v, _ := b.env.Settings.Get("table.exec.sink.type-length-enforcer"); v == "ERROR" {
		for i, f := range schema {
			if bounded(f.Type) {
				all = append(all, i)
			}
		}
	}
	return all
}

// identifies reports whether rows with equal values of pk are versions of one row: the changelog's key lies in it. An
// empty key is that of a single row, nil that of no changelog that is known.
func identifies(pk, key []int) bool {
	if key == nil {
		return false
	}
	for _, k := range key {
		if !slices.Contains(pk, k) {
			return false
		}
	}
	return true
}

// changing finds the operator that first makes a changelog of its input.
func (b *builder) changing(id int) int {
	for _, e := range b.node(id).Inputs {
		if !b.node(e.From).InsertOnly {
			return b.changing(e.From)
		}
	}
	return id
}

func joinNames(names []string) string {
	s := ""
	for i, n := range names {
		if i > 0 {
			s += ", "
		}
		s += n
	}
	return s
}

// carryOrigin asks the sources for arrival order where an operator's answer depends on it.
func (b *builder) carryOrigin() {
	var down func(id int)
	down = func(id int) {
		switch s := b.node(id).Spec.(type) {
		case *plan.Scan:
			s.Origin = true
		case *plan.Values:
			s.Origin = true
		}
		for _, e := range b.node(id).Inputs {
			down(e.From)
		}
	}
	for _, n := range b.graph.Nodes {
		switch s := n.Spec.(type) {
		case *plan.TopN, *plan.Sort:
			down(n.ID)
		case *plan.WindowAggregate:
			if ordered(s.Aggregates) {
				down(n.ID)
			}
		case *plan.GroupAggregate:
			if ordered(s.Aggregates) {
				down(n.ID)
			}
		}
	}
}

func ordered(aggs []plan.Aggregate) bool {
	return slices.ContainsFunc(aggs, func(a plan.Aggregate) bool {
		f, ok := catalog.LookupAggregate(a.Func)
		return ok && f.Ordered
	})
}

// cutStages groups nodes into chains. A node that several read ends its chain.
func (b *builder) cutStages() {
	g := b.graph
	readers := make([]int, len(g.Nodes))
	for _, n := range g.Nodes {
		for _, e := range n.Inputs {
			readers[e.From]++
		}
	}
	for _, n := range g.Nodes {
		for i := range n.Inputs {
			e := &n.Inputs[i]
			e.Chained = e.Chained && readers[e.From] == 1
		}
	}
	for _, n := range g.Nodes {
		if len(n.Inputs) == 1 && n.Inputs[0].Chained {
			s := g.Stages[g.Nodes[n.Inputs[0].From].Stage]
			s.Nodes = append(s.Nodes, n.ID)
			n.Stage = s.ID
			continue
		}
		s := &plan.Stage{ID: len(g.Stages), Nodes: []int{n.ID}, Parallelism: n.Parallelism, Max: n.Max}
		g.Stages = append(g.Stages, s)
		n.Stage = s.ID
	}
}
