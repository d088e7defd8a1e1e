package planner

import (
	"slices"
	"strconv"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// aggregateCalls collects the aggregate calls of a query block. While its expressions are resolved, call i stands as
// column width+i: behind the columns of the block's input.
type aggregateCalls struct {
	width  int
	keyed  bool // there is a GROUP BY key
	calls  []aggregateCall
	inside bool // an argument is being resolved
}

// aggregateCall is one call with its arguments over the block's input.
type aggregateCall struct {
	f         *catalog.Aggregate
	args      []plan.Expr
	constants []*plan.Literal
	filter    plan.Expr // nil: none
	distinct  bool
	result    vector.Type
	text      string // as written
	name      string // of the output column
}

// same reports whether two calls give the same value.
func (c *aggregateCall) same(o *aggregateCall) bool {
	if c.f != o.f || c.distinct != o.distinct || len(c.args) != len(o.args) || len(c.constants) != len(o.constants) || !equalExpr(c.filter, o.filter) {
		return false
	}
	for i := range c.args {
		if !equalExpr(c.args[i], o.args[i]) {
			return false
		}
	}
	for i := range c.constants {
		if !equalExpr(c.constants[i], o.constants[i]) {
			return false
		}
	}
	return true
}

// aggregate resolves an aggregate call to its column.
func (x *expressions) aggregate(f *catalog.Aggregate, e *ast.Call) (plan.Expr, error) {
	switch {
	case x.calls == nil:
		d := diag.New(codeAggregate, e.At, "Aggregate expression is illegal in %s", x.clause)
		if strings.HasPrefix(x.clause, "WHERE") {
			d.WithHint("conditions on groups stand in HAVING, behind GROUP BY")
		}
		return nil, d
	case x.calls.inside:
		return nil, diag.New(codeAggregate, e.At, "Aggregate expressions cannot be nested").WithHint("aggregate the inner one in a subquery first")
	case e.Star && f.Name != "COUNT":
		return nil, diag.New(codeArguments, e.At, "* can only be the argument of COUNT, not of %s", f.Name).WithHint("write %s", f.Syntax)
	case !e.Star && len(e.Args) == 0:
		return nil, diag.New(codeArguments, e.At, "Invalid number of arguments to function '%s'. Was expecting 1 arguments", f.Name).WithHint("write %s", f.Syntax)
	}
	x.calls.inside = true
	defer func() { x.calls.inside = false }()
	args, err := x.operands(e.Args...)
	if err != nil {
		return nil, err
	}
	c := aggregateCall{f: f, distinct: e.Distinct, text: x.r.text(e)}
	nullable := !x.calls.keyed || e.Filter != nil
	for i, a := range args {
		if a.Type().Kind == vector.Null {
			return nil, illegalNull(e.Args[i])
		}
		if e.Distinct && a.Type().HasPairs() {
			return nil, diag.New(codeArguments, e.Args[i].Span(), "values of type %s cannot be told apart: DISTINCT is not supported for them", a.Type().Name())
		}
		nullable = nullable || a.Type().Nullable
	}
	described := arguments(args)
	result, casts, err := f.Infer(described)
	if err != nil {
		return nil, diag.New(codeArguments, e.At, "%s", err).WithHint("write %s", f.Syntax)
	}
	// A count is never NULL, whatever its arguments are; others are NULL where no value came.
	for i := range described {
		described[i].Type.Nullable = true
	}
	if t, _, err := f.Infer(described); err == nil && !t.Nullable {
		nullable = false
	}
	c.result = result.Plain().WithNullable(nullable)
	for i, a := range args {
		a = implicit(a, casts[i])
		if l, ok := a.(*plan.Literal); ok && i > 0 {
			c.constants = append(c.constants, l)
		} else {
			c.args = append(c.args, a)
		}
	}
	if e.Filter != nil {
		if c.filter, err = x.condition(e.Filter, "FILTER"); err != nil {
			return nil, err
		}
	}
	if e.Nulls == "IGNORE" && c.args[0].Type().Nullable {
		// What ARRAY_AGG is to leave out a filter leaves out.
		there, err := x.apply("IS NOT NULL", e, []plan.Expr{c.args[0]})
		if err == nil && c.filter != nil {
			there, err = x.apply("AND", e, []plan.Expr{c.filter, there})
		}
		if err != nil {
			return nil, err
		}
		c.filter = there
		c.result.Nullable = true
	}
	i := x.calls.add(c)
	return &plan.Column{Index: x.calls.width + i, Name: c.text, T: c.result, At: x.r.span(e)}, nil
}

// add returns the position of a call, which is a new one unless an equal one is there.
func (s *aggregateCalls) add(c aggregateCall) int {
	for i := range s.calls {
		if s.calls[i].same(&c) {
			return i
		}
	}
	s.calls = append(s.calls, c)
	return len(s.calls) - 1
}

// grouping turns expressions over a block's input, and the columns that stand for its aggregate calls, into expressions
// over the Aggregate node.
type grouping struct {
	r     *resolver
	node  *logical.Aggregate
	keys  []plan.Expr // over the input
	width int
	// advised says that a hint was given which would be the same for further columns.
	advised bool
}

// group puts an Aggregate on top of in.
func (r *resolver) group(in logical.Node, keys []plan.Expr, calls *aggregateCalls, block *logical.Block, at diag.Span) *grouping {
	p := projection{in: in}
	node := &logical.Aggregate{Base: logical.Base{Blk: block}, StartKey: -1, EndKey: -1, TimeKey: -1, At: at}
	for _, k := range keys {
		node.Keys = append(node.Keys, p.add(k, ""))
	}
	for _, c := range calls.calls {
		a := plan.Aggregate{Func: c.f.Name, Filter: -1, Distinct: c.distinct, Result: c.result, Name: c.text, Constants: c.constants}
		for _, e := range c.args {
			a.Args = append(a.Args, p.add(e, ""))
			a.Types = append(a.Types, e.Type().Plain())
		}
		if c.filter != nil {
			a.Filter = p.add(c.filter, "")
		}
		node.Calls = append(node.Calls, a)
	}
	input := p.node(block)
	if input == in {
		// The projection would only have picked columns.
		for i, k := range node.Keys {
			node.Keys[i] = p.exprs[k].(*plan.Column).Index
		}
		for i := range node.Calls {
			c := &node.Calls[i]
			for j, a := range c.Args {
				c.Args[j] = p.exprs[a].(*plan.Column).Index
			}
			if c.Filter >= 0 {
				c.Filter = p.exprs[c.Filter].(*plan.Column).Index
			}
		}
	}
	node.In = []logical.Node{input}
	if w := input.Windows(); w != nil {
		for i, k := range node.Keys {
			switch k {
			case w.Start:
				node.StartKey = i
			case w.End:
				node.EndKey = i
			case w.Time:
				node.TimeKey = i
			}
		}
		if node.StartKey >= 0 && node.EndKey >= 0 {
			node.Windowed = true
			node.Win = &logical.Windows{Start: node.StartKey, End: node.EndKey, Time: node.TimeKey, LTZ: w.LTZ}
		} else {
			node.StartKey, node.EndKey, node.TimeKey = -1, -1, -1
		}
	}
	for i, k := range node.Keys {
		f := input.Schema()[k]
		if i != node.TimeKey {
			f.Type = f.Type.Plain()
		}
		node.Out = append(node.Out, f)
	}
	for i, c := range calls.calls {
		name := c.name
		if name == "" {
			name = node.Calls[i].Name
		}
		node.Out = append(node.Out, vector.Field{Name: name, Type: c.result})
	}
	return &grouping{r: r, node: node, keys: keys, width: calls.width}
}

// over rewrites an expression of the block.
func (g *grouping) over(e plan.Expr) (plan.Expr, error) {
	for i, k := range g.keys {
		if equalExpr(e, k) {
			return &plan.Column{Index: i, Name: g.node.Out[i].Name, T: g.node.Out[i].Type, At: e.Span()}, nil
		}
	}
	return mapExpr(e, func(c plan.Expr) (plan.Expr, error) { return g.over(c) }, func(leaf plan.Expr) (plan.Expr, error) {
		switch leaf := leaf.(type) {
		case *plan.Literal:
			return leaf, nil
		case *plan.Column:
			if leaf.Index >= g.width {
				i := len(g.keys) + leaf.Index - g.width
				return &plan.Column{Index: i, Name: g.node.Out[i].Name, T: g.node.Out[i].Type, At: leaf.At}, nil
			}
			d := diag.New(codeNotGrouped, leaf.At, "Expression '%s' is not being grouped", leaf.Name).In(g.r.env.Source)
			return nil, g.advise(d, leaf)
		}
		return nil, diag.New(codeNotGrouped, leaf.Span(), "Expression 'CURRENT_WATERMARK' is not being grouped").In(g.r.env.Source)
	})
}

// advise says what a column that is not grouped needs. That a number is no column, and what * stands for, is said once.
func (g *grouping) advise(d *diag.Diagnostic, c *plan.Column) *diag.Diagnostic {
	written := ""
	if s := g.r.source; s != nil && c.At.End <= len(s.Text) {
		written = s.Text[c.At.Start:c.At.End]
	}
	name, star := ast.PrintIdent(c.Name), strings.HasSuffix(written, "*")
	if strings.HasSuffix(written, "."+name) || strings.HasSuffix(written, "."+ast.QuoteIdent(c.Name)) {
		name = written // as t.c is, it may not be the only one of its name
	}
	numbered := slices.ContainsFunc(g.keys, func(k plan.Expr) bool { l, ok := k.(*plan.Literal); return ok && l.T.IsInteger() })
	switch max, ok := catalog.LookupAggregate("MAX"); {
	case (star || numbered) && g.advised:
		return d
	case star:
		g.advised = true
		return d.WithHint("write the columns of GROUP BY and aggregates in place of *")
	case numbered:
		g.advised = true
		return d.WithHint("a number in GROUP BY is no column: write GROUP BY %s", name)
	case ok:
		if _, _, err := max.Infer([]catalog.Arg{{Type: c.T.Plain()}}); err == nil {
			return d.WithHint("add it to GROUP BY, or aggregate it: MAX(%s)", name)
		}
	}
	if c.T.HasPairs() {
		return d // which GROUP BY can't have either
	}
	return d.WithHint("add it to GROUP BY")
}

// mapExpr rebuilds an expression from what child makes of its parts; leaves go to leaf.
func mapExpr(e plan.Expr, child, leaf func(plan.Expr) (plan.Expr, error)) (plan.Expr, error) {
	var err error
	part := func(p plan.Expr) plan.Expr {
		if err != nil || p == nil {
			return nil
		}
		var q plan.Expr
		q, err = child(p)
		return q
	}
	switch e := e.(type) {
	case *plan.Call:
		out := *e
		out.Args = make([]plan.Expr, len(e.Args))
		for i, a := range e.Args {
			out.Args[i] = part(a)
		}
		return &out, err
	case *plan.Cast:
		out := *e
		out.X = part(e.X)
		return &out, err
	case *plan.Case:
		out := *e
		out.Whens = make([]plan.When, len(e.Whens))
		for i, w := range e.Whens {
			out.Whens[i] = plan.When{Cond: part(w.Cond), Then: part(w.Then)}
		}
		out.Else = part(e.Else)
		return &out, err
	}
	return leaf(e)
}

// equalExpr reports whether two expressions over the same input are the same, wherever they were written.
func equalExpr(a, b plan.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	switch a := a.(type) {
	case *plan.Column:
		b, ok := b.(*plan.Column)
		return ok && a.Index == b.Index
	case *plan.Literal:
		b, ok := b.(*plan.Literal)
		return ok && a.T.Equal(b.T) && a.Value == b.Value
	case *plan.Call:
		b, ok := b.(*plan.Call)
		if !ok || a.Name != b.Name || !a.T.Equal(b.T) || len(a.Args) != len(b.Args) {
			return false
		}
		for i := range a.Args {
			if !equalExpr(a.Args[i], b.Args[i]) {
				return false
			}
		}
		return true
	case *plan.Cast:
		b, ok := b.(*plan.Cast)
		return ok && a.Try == b.Try && a.T.Equal(b.T) && equalExpr(a.X, b.X)
	case *plan.Case:
		b, ok := b.(*plan.Case)
		if !ok || len(a.Whens) != len(b.Whens) || !equalExpr(a.Else, b.Else) {
			return false
		}
		for i := range a.Whens {
			if !equalExpr(a.Whens[i].Cond, b.Whens[i].Cond) || !equalExpr(a.Whens[i].Then, b.Whens[i].Then) {
				return false
			}
		}
		return true
	case *plan.CurrentWatermark:
		_, ok := b.(*plan.CurrentWatermark)
		return ok
	}
	return false
}

// projection collects expressions over a node; equal ones share a column.
type projection struct {
	in    logical.Node
	exprs []plan.Expr
	names []string
}

// add returns the column of an expression. Without a name it is called as it is written in EXPLAIN.
func (p *projection) add(e plan.Expr, name string) int {
	for i := range p.exprs {
		if equalExpr(p.exprs[i], e) {
			return i
		}
	}
	if name == "" {
		name = plan.Format(e)
	}
	p.exprs = append(p.exprs, e)
	p.names = append(p.names, name)
	return len(p.exprs) - 1
}

// node makes the Project; the input itself where all expressions are columns.
func (p *projection) node(block *logical.Block) logical.Node {
	for _, e := range p.exprs {
		if _, ok := e.(*plan.Column); !ok {
			return project(p.in, p.exprs, p.names, block)
		}
	}
	return p.in
}

// project puts a Project on a node, unless it would change nothing. Window properties follow their columns.
func project(in logical.Node, exprs []plan.Expr, names []string, block *logical.Block) logical.Node {
	schema := in.Schema()
	identity := len(exprs) == len(schema)
	n := &logical.Project{Base: logical.Base{In: []logical.Node{in}, Blk: block}, Exprs: exprs}
	for i, e := range exprs {
		n.Out = append(n.Out, vector.Field{Name: names[i], Type: e.Type()})
		c, ok := e.(*plan.Column)
		identity = identity && ok && c.Index == i && names[i] == schema[i].Name && c.T.Equal(schema[i].Type)
	}
	if identity {
		return in
	}
	if w := in.Windows(); w != nil {
		moved := &logical.Windows{Start: outputOf(exprs, w.Start), End: outputOf(exprs, w.End), Time: outputOf(exprs, w.Time), Function: w.Function, LTZ: w.LTZ}
		if moved.Start >= 0 || moved.End >= 0 || moved.Time >= 0 {
			n.Win = moved
		}
	}
	return n
}

// outputOf finds the first expression that is the given column; -1 if there is none.
func outputOf(exprs []plan.Expr, column int) int {
	for i, e := range exprs {
		if c, ok := e.(*plan.Column); ok && column >= 0 && c.Index == column {
			return i
		}
	}
	return -1
}

// uniqueNames numbers names that were there before: id, id0, id1.
func uniqueNames(names []string) []string {
	out := make([]string, len(names))
	seen := map[string]bool{}
	next := map[string]int{} // name → the number to try first: those before are taken
	for i, n := range names {
		name := n
		k := next[n]
		for ; seen[name]; k++ {
			name = n + strconv.Itoa(k)
		}
		next[n] = k
		seen[name] = true
		out[i] = name
	}
	return out
}

// text returns an expression as written, on one line.
func (r *resolver) text(n ast.Node) string {
	at := n.Span()
	if r.source == nil || at.End > len(r.source.Text) {
		return ""
	}
	return strings.Join(strings.Fields(r.source.Text[at.Start:at.End]), " ")
}
