package planner

import (
	"fmt"

	"weir/catalog"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// chain plans a run of projections and filters as one Calc over what is below them. The run ends where hints give two
// of them different parallelism, and where joining them would compute an expression twice.
func (b *builder) chain(n logical.Node, need []bool) (rel, *diag.Diagnostic) {
	exprs := make([]plan.Expr, 0, len(need))
	names := make([]vector.Field, 0, len(need))
	at := make([]int, len(need)) // logical column → index in exprs
	for i, f := range n.Schema() {
		at[i] = -1
		if need[i] {
			at[i] = len(exprs)
			exprs = append(exprs, &plan.Column{Index: i, Name: f.Name, T: f.Type})
			names = append(names, f)
		}
	}
	top := n
	var conds []plan.Expr
	var d decision // of the first that computes anything
	working, projected := false, false
	join := func(kind string, block *logical.Block) bool {
		x := b.par.of(block, kind, "calc")
		if working && !d.same(x) {
			return false
		}
		if !working {
			d, working = x, true
		}
		return true
	}
run:
	for {
		switch x := n.(type) {
		case *logical.Filter:
			if !join("filter", x.Block()) {
				break run
			}
			conds = append(conds, x.Cond)
			n = x.Inputs()[0]
			continue
		case *logical.Project:
			used := make([]int, len(x.Exprs))
			count := func(e plan.Expr) {
				if c, ok := e.(*plan.Column); ok {
					used[c.Index]++
				}
			}
			for _, e := range exprs {
				visit(e, count)
			}
			for _, e := range conds {
				visit(e, count)
			}
			computes := false
			for i, e := range x.Exprs {
				if used[i] == 0 || isPlain(e) {
					continue
				}
				computes = true
				if used[i] > 1 {
					break run
				}
			}
			if computes && !join("project", x.Block()) {
				break run
			}
			projected = true
			for i, e := range exprs {
				exprs[i] = substitute(e, x.Exprs)
			}
			for i, e := range conds {
				conds[i] = substitute(e, x.Exprs)
			}
			n = x.Inputs()[0]
			continue
		}
		break
	}
	below := make([]bool, len(n.Schema()))
	for _, e := range exprs {
		visit(e, func(x plan.Expr) { markColumn(x, below) })
	}
	for _, e := range conds {
		visit(e, func(x plan.Expr) { markColumn(x, below) })
	}
	r, err := b.below(n, below, conds)
	if err != nil {
		return rel{}, err
	}
	for i, e := range exprs {
		exprs[i] = b.remap(e, r)
	}
	if len(conds) == 0 && isReordering(nil, exprs) && !b.leavesOwn(r, projected, top) {
		cols := make([]int, len(need))
		for i, x := range at {
			cols[i] = -1
			if x >= 0 {
				cols[i] = exprs[x].(*plan.Column).Index
			}
		}
		return rel{nodes: r.nodes, cols: cols}, nil
	}
	// Conditions were collected from the outermost in; the innermost is asked first.
	var filter plan.Expr
	for i := len(conds) - 1; i >= 0; i-- {
		c := b.remap(conds[i], r)
		if filter == nil {
			filter = c
			continue
		}
		filter = &plan.Call{Name: "AND", Args: []plan.Expr{filter, c}, T: vector.BooleanType.WithNullable(filter.Type().Nullable || c.Type().Nullable), At: c.Span()}
	}
	if !working {
		d = b.par.of(top.Block(), "project", "calc")
	}
	exprs, names, at = dedupe(exprs, names, at)
	out := b.calc(r, filter, exprs, names, b.follows(d, r))
	cols := make([]int, len(need))
	copy(cols, at)
	out.cols = cols
	return out, nil
}

// leavesOwn reports whether a projection that only picks columns is an operator all the same: behind one whose
// parallelism is its own (a hint on the table, 'scan.parallelism') the rest of the query goes on with the block's, as
// in Flink.
func (b *builder) leavesOwn(r rel, projected bool, top logical.Node) bool {
	if !projected {
		return false
	}
	d := b.par.of(top.Block(), "project", "calc")
	for _, id := range r.nodes {
		if !b.decided[id].own || b.decided[id].same(d) {
			return false
		}
	}
	return true
}

// dedupe drops plain columns that are copied more than once.
func dedupe(exprs []plan.Expr, names []vector.Field, at []int) ([]plan.Expr, []vector.Field, []int) {
	seen := map[int]int{}
	move := make([]int, len(exprs))
	var outE []plan.Expr
	var outN []vector.Field
	for i, e := range exprs {
		if c, ok := e.(*plan.Column); ok {
			if j, ok := seen[c.Index]; ok {
				move[i] = j
				continue
			}
			seen[c.Index] = len(outE)
		}
		move[i] = len(outE)
		outE = append(outE, e)
		outN = append(outN, names[i])
	}
	to := make([]int, len(at))
	for i, x := range at {
		to[i] = -1
		if x >= 0 {
			to[i] = move[x]
		}
	}
	return outE, outN, to
}

func isPlain(e plan.Expr) bool {
	switch e.(type) {
	case *plan.Column, *plan.Literal:
		return true
	}
	return false
}

// visit calls f for e and everything in it.
func visit(e plan.Expr, f func(plan.Expr)) { plan.Walk(f, e) }

// rewrite returns e with its columns replaced; parts without columns are shared.
func rewrite(e plan.Expr, column func(*plan.Column) plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.Column:
		return column(e)
	case *plan.Call:
		x := *e
		x.Args = make([]plan.Expr, len(e.Args))
		for i, a := range e.Args {
			x.Args[i] = rewrite(a, column)
		}
		return &x
	case *plan.Cast:
		x := *e
		x.X = rewrite(e.X, column)
		return &x
	case *plan.Case:
		x := *e
		x.Whens = make([]plan.When, len(e.Whens))
		for i, w := range e.Whens {
			x.Whens[i] = plan.When{Cond: rewrite(w.Cond, column), Then: rewrite(w.Then, column)}
		}
		if e.Else != nil {
			x.Else = rewrite(e.Else, column)
		}
		return &x
	case *plan.Literal, *plan.CurrentWatermark:
		return e
	}
	panic(fmt.Sprintf("planner: no rewrite of %T", e))
}

// substitute puts the expressions of a projection in place of its columns.
func substitute(e plan.Expr, exprs []plan.Expr) plan.Expr {
	return rewrite(e, func(c *plan.Column) plan.Expr { return exprs[c.Index] })
}

func markColumn(e plan.Expr, need []bool) {
	if c, ok := e.(*plan.Column); ok {
		need[c.Index] = true
	}
}

// remap lets an expression over logical columns look at where a relation has them.
func (b *builder) remap(e plan.Expr, r rel) plan.Expr { return remapTo(e, r.cols, b.schema(r)) }

func remapTo(e plan.Expr, cols []int, schema []vector.Field) plan.Expr {
	return rewrite(e, func(c *plan.Column) plan.Expr {
		to := cols[c.Index]
		if to < 0 {
			panic(fmt.Sprintf("planner: column %s was pruned", c.Name))
		}
		return &plan.Column{Index: to, Name: c.Name, T: schema[to].Type, At: c.At}
	})
}

// window plans a windowing function: nothing at all where the aggregate above does its work, else the window's columns
// are computed. conds are what filters above ask of its rows.
func (b *builder) window(n *logical.WindowFunction, need []bool, conds []plan.Expr) (rel, *diag.Diagnostic) {
	in := n.Inputs()[0]
	width := len(in.Schema())
	below := make([]bool, width)
	copy(below, need)
	below[n.Time] = true
	if b.fused[n] || !b.graph.Batch {
		// Nothing in front of the filters counts the rows that they drop, as batch mode does those without a rowtime.
		conds = within(conds, width)
	} else {
		conds = nil
	}
	r, err := b.below(in, below, conds)
	if err != nil {
		return rel{}, err
	}
	if b.fused[n] {
		cols := make([]int, width+3)
		copy(cols, r.cols)
		for i := width; i < len(cols); i++ {
			cols[i] = r.cols[n.Time]
		}
		return rel{nodes: r.nodes, cols: cols}, nil
	}
	var exprs []plan.Expr
	var names []vector.Field
	cols := make([]int, width+3)
	rowtime := b.schema(r)[r.cols[n.Time]]
	for i := range cols {
		cols[i] = -1
		if !need[i] {
			continue
		}
		cols[i] = len(exprs)
		names = append(names, n.Schema()[i])
		if i < width {
			f := b.schema(r)[r.cols[i]]
			exprs = append(exprs, &plan.Column{Index: r.cols[i], Name: f.Name, T: f.Type})
			continue
		}
		ms := func(v int64) plan.Expr { return &plan.Literal{T: vector.BigIntType.NotNull(), Value: v} }
		exprs = append(exprs, &plan.Call{
			Name: [...]string{"TUMBLE_START", "TUMBLE_END", "TUMBLE_TIME"}[i-width],
			Args: []plan.Expr{&plan.Column{Index: r.cols[n.Time], Name: rowtime.Name, T: rowtime.Type}, ms(n.Size), ms(n.Offset)},
			T:    n.Schema()[i].Type, At: n.At,
		})
	}
	if len(exprs) == 0 {
		return rel{nodes: r.nodes, cols: cols}, nil
	}
	out := b.calc(r, nil, exprs, names, b.follows(b.par.of(n.Block(), "window", "calc"), r))
	out.cols = cols
	return out, nil
}

// fusable reports whether the window columns that an aggregate groups by come from wf as plain copies, so that the
// aggregate can assign windows from the rowtime column alone. tracked are the columns of n that must be copies.
func fusable(n logical.Node, tracked []bool, wf *logical.WindowFunction) bool {
	width := 0
	switch x := n.(type) {
	case *logical.WindowFunction:
		if x != wf {
			return false
		}
		width = len(x.Inputs()[0].Schema())
		for i, t := range tracked {
			if t && i < width {
				return false
			}
		}
		return true
	case *logical.Project:
		below := make([]bool, len(x.Inputs()[0].Schema()))
		for i, e := range x.Exprs {
			c, ok := e.(*plan.Column)
			if tracked[i] {
				if !ok {
					return false
				}
				below[c.Index] = true
				continue
			}
		}
		return fusable(x.Inputs()[0], below, wf) && !looksAtWindow(x.Exprs, x.Inputs()[0])
	case *logical.Filter:
		return !looksAtWindow([]plan.Expr{x.Cond}, x.Inputs()[0]) && fusable(x.Inputs()[0], tracked, wf)
	case *logical.Unnest:
		below := make([]bool, len(x.Inputs()[0].Schema()))
		for i, t := range tracked {
			if t && i >= len(below) {
				return false
			}
			if t {
				below[i] = true
			}
		}
		return !looksAtWindow([]plan.Expr{x.Array}, x.Inputs()[0]) && fusable(x.Inputs()[0], below, wf)
	}
	return false
}

// looksAtWindow reports whether an expression other than a plain column uses a window column of n. Windows is nil, and
// the question moot, where the columns have been lost.
func looksAtWindow(exprs []plan.Expr, n logical.Node) bool {
	window := windowColumns(n)
	for _, e := range exprs {
		if isPlain(e) {
			continue
		}
		found := false
		visit(e, func(x plan.Expr) {
			if c, ok := x.(*plan.Column); ok && window[c.Index] {
				found = true
			}
		})
		if found {
			return true
		}
	}
	return false
}

// windowColumns marks all columns of n that are copies of a windowing function's columns.
func windowColumns(n logical.Node) []bool {
	out := make([]bool, len(n.Schema()))
	switch x := n.(type) {
	case *logical.WindowFunction:
		for i := len(x.Inputs()[0].Schema()); i < len(out); i++ {
			out[i] = true
		}
	case *logical.Project:
		below := windowColumns(x.Inputs()[0])
		for i, e := range x.Exprs {
			if c, ok := e.(*plan.Column); ok {
				out[i] = below[c.Index]
			}
		}
	case *logical.Filter:
		return windowColumns(x.Inputs()[0])
	case *logical.Unnest:
		copy(out, windowColumns(x.Inputs()[0]))
	}
	return out
}

// aggregate plans a grouping, in windows or without, in one phase or two.
func (b *builder) aggregate(n *logical.Aggregate, need []bool) (rel, *diag.Diagnostic) {
	in := n.Inputs()[0]
	below := make([]bool, len(in.Schema()))
	for _, k := range n.Keys {
		below[k] = true
	}
	for _, c := range n.Calls {
		for _, a := range c.Args {
			below[a] = true
		}
		if c.Filter >= 0 {
			below[c.Filter] = true
		}
	}
	window := n.Windowed && in.Windows() != nil
	var wf *logical.WindowFunction
	if window && in.Windows().Function != nil {
		wf = in.Windows().Function
		tracked := make([]bool, len(in.Schema()))
		for _, at := range []int{n.StartKey, n.EndKey, n.TimeKey} {
			if at >= 0 {
				tracked[n.Keys[at]] = true
			}
		}
		if fusable(in, tracked, wf) && !b.argumentsAreWindow(n, in, tracked) {
			b.fused[wf] = true
		} else {
			wf = nil
		}
	}
	r, err := b.build(in, below)
	if err != nil {
		return rel{}, err
	}
	calls := make([]plan.Aggregate, len(n.Calls))
	for i, c := range n.Calls {
		calls[i] = c
		calls[i].Args = make([]int, len(c.Args))
		calls[i].Types = make([]vector.Type, len(c.Args))
		for j, a := range c.Args {
			calls[i].Args[j] = r.cols[a]
			calls[i].Types[j] = b.schema(r)[r.cols[a]].Type
		}
		if c.Filter >= 0 {
			calls[i].Filter = r.cols[c.Filter]
		}
	}
	if window {
		return b.windowAggregate(n, in, r, calls, wf)
	}
	retracts := !b.insertOnly(r)
	keys := make([]int, len(n.Keys))
	for i, k := range n.Keys {
		keys[i] = r.cols[k]
	}
	d := b.par.of(n.Block(), "aggregate")
	if len(keys) == 0 {
		if err := b.refuseHint(n.Block(), "aggregate"); err != nil {
			return rel{}, err
		}
		d = single()
	}
	if retracts {
		if err := retractable(calls, n.At); err != nil {
			return rel{}, err
		}
	}
	out := b.add("aggregate", &plan.GroupAggregate{Keys: keys, Aggregates: calls, Retracts: retracts, Batch: b.graph.Batch}, d, n.Schema())
	b.exchange(out, r, keys)
	out.InsertOnly = b.graph.Batch || len(calls) == 0 && !retracts
	if !b.graph.Batch {
		out.UpsertKey = allColumns(n.Schema()[:len(keys)])
	}
	return rel{nodes: []int{out.ID}, cols: allColumns(n.Schema())}, nil
}

// argumentsAreWindow reports whether an argument or a further key of the aggregate is itself a window column.
func (b *builder) argumentsAreWindow(n *logical.Aggregate, in logical.Node, tracked []bool) bool {
	window := windowColumns(in)
	for _, k := range n.Keys {
		if window[k] && !tracked[k] {
			return true
		}
	}
	for _, c := range n.Calls {
		for _, a := range c.Args {
			if window[a] {
				return true
			}
		}
	}
	return false
}

// retractable refuses aggregates that cannot take rows back, over an input that does.
func retractable(calls []plan.Aggregate, at diag.Span) *diag.Diagnostic {
	for _, c := range calls {
		if f, ok := catalog.LookupAggregate(c.Func); ok && !f.Retracts {
			return diag.New(codeRetract, at, "%s over rows that are updated or deleted is not supported", c.Func)
		}
	}
	return nil
}

func (b *builder) windowAggregate(n *logical.Aggregate, in logical.Node, r rel, calls []plan.Aggregate, wf *logical.WindowFunction) (rel, *diag.Diagnostic) {
	w := in.Windows()
	window := plan.Window{Kind: plan.Attached, LTZ: w.LTZ}
	property := map[int]plan.WindowProperty{}
	var properties []plan.WindowProperty
	for _, p := range []struct {
		key int
		is  plan.WindowProperty
	}{{n.StartKey, plan.WindowStart}, {n.EndKey, plan.WindowEnd}, {n.TimeKey, plan.WindowTime}} {
		if p.key >= 0 {
			property[p.key] = p.is
			properties = append(properties, p.is)
		}
	}
	if wf != nil {
		window = plan.Window{Kind: plan.Tumble, Time: r.cols[n.Keys[n.EndKey]], Size: wf.Size, Offset: wf.Offset, LTZ: wf.LTZ}
	} else {
		window.Start, window.End = r.cols[n.Keys[n.StartKey]], r.cols[n.Keys[n.EndKey]]
	}
	var keys []int // columns of r
	var at []int   // their positions in n.Keys
	for i, k := range n.Keys {
		if _, ok := property[i]; !ok {
			keys = append(keys, r.cols[k])
			at = append(at, i)
		}
	}
	d := b.par.of(n.Block(), "aggregate", "window")
	if len(keys) == 0 {
		if err := b.refuseHint(n.Block(), "aggregate"); err != nil {
			return rel{}, err
		}
		d = single()
	}
	timeType := vector.TimestampType(3)
	if window.LTZ {
		timeType = vector.TimestampLTZType(3)
	}
	timeType.Rowtime, timeType.Nullable = true, false
	retracts := !b.insertOnly(r)
	if retracts {
		if err := retractable(calls, n.At); err != nil {
			return rel{}, err
		}
	}
	spec := plan.WindowAggregate{Window: window, Keys: keys, Aggregates: calls, Properties: properties, TimeType: timeType,
		Retracts: retracts, Batch: b.graph.Batch, Zone: b.graph.Zone}
	// Output: keys, aggregates, properties; cols says where n's columns are.
	var schema []vector.Field
	cols := make([]int, len(n.Schema()))
	for _, i := range at {
		cols[i] = len(schema)
		schema = append(schema, n.Schema()[i])
	}
	for i := range calls {
		cols[len(n.Keys)+i] = len(schema)
		schema = append(schema, n.Schema()[len(n.Keys)+i])
	}
	for _, p := range properties {
		for i, is := range property {
			if is == p {
				cols[i] = len(schema)
				schema = append(schema, n.Schema()[i])
			}
		}
	}
	if b.twoPhases(calls, r, d, retracts) {
		return b.twoPhaseWindow(spec, r, d, schema, cols)
	}
	spec.Phase = plan.Single
	out := b.add("window aggregate", &spec, d, schema)
	b.exchange(out, r, keys)
	out.InsertOnly = true
	return rel{nodes: []int{out.ID}, cols: cols}, nil
}

// twoPhases decides whether to aggregate before the exchange: wherever rows change subtask, unless an aggregate must
// see all rows in one place. A job whose state outlives it does so at parallelism 1 too, where it would not pay: the
// state of one phase and that of two are not the same, and the job may go on at any parallelism.
func (b *builder) twoPhases(calls []plan.Aggregate, r rel, d decision, retracts bool) bool {
	if strategy, _ := b.env.Settings.Get("table.optimizer.agg-phase-strategy"); strategy == "ONE_PHASE" || retracts {
		return false
	}
	for _, c := range calls {
		f, ok := catalog.LookupAggregate(c.Func)
		if c.Distinct || !ok || f.Ordered || f.Partial == nil {
			return false
		}
	}
	if d.p > 1 || b.env.durable() {
		return true
	}
	for _, id := range r.nodes {
		if b.node(id).Parallelism > 1 {
			return true
		}
	}
	return false
}

func (b *builder) twoPhaseWindow(spec plan.WindowAggregate, r rel, d decision, schema []vector.Field, cols []int) (rel, *diag.Diagnostic) {
	local := spec
	local.Phase, local.Properties = plan.Local, nil
	var between []vector.Field
	for _, k := range spec.Keys {
		between = append(between, b.schema(r)[k])
	}
	final := spec
	final.Phase = plan.Final
	final.Keys = allColumns(between)
	final.Aggregates = make([]plan.Aggregate, len(spec.Aggregates))
	for i, a := range spec.Aggregates {
		f, _ := catalog.LookupAggregate(a.Func)
		final.Aggregates[i] = a
		final.Aggregates[i].Filter, final.Aggregates[i].Args = -1, nil
		for j, t := range f.Partial(a.Types, a.Result) {
			final.Aggregates[i].Args = append(final.Aggregates[i].Args, len(between))
			between = append(between, vector.Field{Name: fmt.Sprintf("%s$%d", a.Name, j), Type: t})
		}
	}
	final.Window.End = len(between)
	between = append(between, vector.Field{Name: "window_end", Type: vector.TimestampType(3).NotNull()})
	if spec.Window.Kind == plan.Attached {
		final.Window.Start = len(between)
		between = append(between, vector.Field{Name: "window_start", Type: vector.TimestampType(3).NotNull()})
	}
	ld := b.commonDecision(r)
	ld.span, ld.maxSpan = diag.Span{}, diag.Span{}
	first := b.add("local window aggregate", &local, ld, between)
	b.connect(first, r)
	first.InsertOnly = true
	out := b.add("window aggregate", &final, d, schema)
	b.exchange(out, rel{nodes: []int{first.ID}}, final.Keys)
	out.InsertOnly = true
	return rel{nodes: []int{out.ID}, cols: cols}, nil
}
