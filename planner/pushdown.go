package planner

import (
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// below builds what stands under filters. Their conditions, over the columns of n and the outermost first, stay where
// they are; a scan is told of them, so that it may leave out what would not pass.
func (b *builder) below(n logical.Node, need []bool, conds []plan.Expr) (rel, *diag.Diagnostic) {
	switch n := n.(type) {
	case *logical.Scan:
		return b.scan(n, need, conds)
	case *logical.WindowFunction:
		return b.window(n, need, conds)
	}
	return b.build(n, need)
}

// pushable is what a source can make use of in the conditions on the rows of a scan; nil: nothing. Only the files of
// the filesystem know something of their rows before they are read: Parquet's statistics tell of all columns, and the
// place of a file of those that it gives.
func (b *builder) pushable(n *logical.Scan, conds []plan.Expr) plan.Expr {
	on, _ := b.env.Settings.Get("table.optimizer.source.predicate-pushdown-enabled")
	if !strings.EqualFold(on, "true") || n.Options["connector"] != "filesystem" {
		return nil
	}
	records, splits := b.mayLeaveOut(n)
	known := make([]bool, len(n.Table.Columns))
	for i, c := range n.Table.Columns {
		switch placed := c.Metadata != "" || slices.Contains(n.Table.Partitions, c.Name); {
		case placed:
			known[i] = splits
		case c.Expr == "":
			known[i] = records && n.Options["format"] == "parquet"
		}
	}
	p := pusher{env: b.env, known: known}
	var filter plan.Expr
	for _, cond := range slices.Backward(conds) {
		for _, c := range plan.Conjuncts(cond) {
			filter = both("AND", filter, p.condition(c))
		}
	}
	return filter
}

// mayLeaveOut says what may be left out of a scan such that its watermark is what it would be, had all rows been read.
// That can be told of records from the latest of their times, where every row counts by its rowtime alone. A whole split
// has a watermark of its own, which nobody misses in the end, unless there is no end, or the next split goes on from it.
func (b *builder) mayLeaveOut(n *logical.Scan) (records, splits bool) {
	if n.Watermark == nil || n.Rowtime < 0 || b.graph.Batch {
		return true, true
	}
	_, simple := plan.WatermarkDelay(n.Watermark, n.Rowtime)
	records = simple && b.graph.WatermarkStep == 0 && n.Computed[n.Rowtime] == nil
	return records, !n.Unbounded && !strings.EqualFold(n.Options["source.read-order"], "path")
}

// within is as much of some conditions as looks at the first columns only.
func within(conds []plan.Expr, width int) []plan.Expr {
	var out []plan.Expr
	for _, cond := range conds {
		var inside plan.Expr
		for _, c := range plan.Conjuncts(cond) {
			outside := false
			visit(c, func(x plan.Expr) {
				if c, ok := x.(*plan.Column); ok {
					outside = outside || c.Index >= width
				}
			})
			if !outside {
				inside = both("AND", inside, c)
			}
		}
		if inside != nil {
			out = append(out, inside)
		}
	}
	return out
}

// both joins two conditions by AND or OR; nil: there is none.
func both(op string, x, y plan.Expr) plan.Expr {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return &plan.Call{Name: op, Args: []plan.Expr{x, y}, T: vector.BooleanType.WithNullable(x.Type().Nullable || y.Type().Nullable)}
}

// pusher finds what a source can make use of in conditions.
type pusher struct {
	env   *Env
	known []bool // columns of which a source may know something
}

// condition is one in the form that plan.Pushed asks for; nil: it has none.
func (p *pusher) condition(e plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.Column:
		if p.known[e.Index] && e.T.Kind == vector.Boolean {
			return e
		}
	case *plan.Call:
		switch e.Name {
		case "AND", "OR", "NOT", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE":
			return p.call(e, p.condition)
		case "IS NULL", "IS NOT NULL":
			return p.call(e, func(x plan.Expr) plan.Expr { return p.column(x) })
		case "=", "<>", "<", "<=", ">", ">=", "IN":
			x, op := e, e.Name
			if len(e.Args) == 2 && p.column(e.Args[0]) == nil {
				// constant op column is the same the other way round
				flipped := map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
				if flipped == "" {
					return nil
				}
				x = &plan.Call{Name: flipped, Args: []plan.Expr{e.Args[1], e.Args[0]}, T: e.T, At: e.At}
			}
			first := true
			return p.call(x, func(a plan.Expr) plan.Expr {
				if first {
					first = false
					return p.column(a)
				}
				return p.constant(a)
			})
		}
	}
	return nil
}

// call is a call with other arguments; nil if there is none for one of them.
func (p *pusher) call(e *plan.Call, argument func(plan.Expr) plan.Expr) plan.Expr {
	out := *e
	out.Args = make([]plan.Expr, len(e.Args))
	for i, a := range e.Args {
		if out.Args[i] = argument(a); out.Args[i] == nil {
			return nil
		}
	}
	return &out
}

// column is a column, if the source may know of it, without the casts that leave its values and their order as they
// are; nil: it is none.
func (p *pusher) column(e plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.Column:
		if p.known[e.Index] {
			return e
		}
	case *plan.Cast:
		if !e.Try && lossless(e.X.Type(), e.T) {
			return p.column(e.X)
		}
	}
	return nil
}

// lossless reports whether a cast gives every value of a type an equal one, in the same order. To DOUBLE integers may
// be rounded, which keeps their order.
func lossless(from, to vector.Type) bool {
	switch {
	case from.Same(to):
		return true
	case from.IsInteger() && to.IsInteger():
		return to.Kind >= from.Kind
	case from.IsInteger() && to.Kind == vector.Double:
		return true
	case from.IsExact() && to.Kind == vector.Decimal:
		digits, scale := from.Precision-from.Scale, from.Scale
		if from.IsInteger() {
			digits, scale = map[vector.Kind]int{vector.TinyInt: 3, vector.SmallInt: 5, vector.Int: 10, vector.BigInt: 19}[from.Kind], 0
		}
		return to.Scale >= scale && to.Precision-to.Scale >= digits
	case from.Kind == vector.Float:
		return to.Kind == vector.Double
	case from.IsString():
		return to.Kind == vector.Varchar && to.Precision >= from.Precision
	case from.IsTimestamp():
		return to.Kind == from.Kind && to.Precision >= from.Precision
	}
	return false
}

// constant is the literal that an expression stands for; nil: it is no constant, or one of another moment.
func (p *pusher) constant(e plan.Expr) plan.Expr {
	if _, ok := e.(*plan.Literal); ok {
		return e
	}
	fixed := p.env.Constant != nil
	plan.Walk(func(x plan.Expr) {
		switch x := x.(type) {
		case *plan.Literal, *plan.Cast, *plan.Case:
		case *plan.Call:
			f, ok := catalog.LookupFunction(x.Name)
			fixed = fixed && ok && !f.NonDeterministic
		default:
			fixed = false
		}
	}, e)
	if !fixed {
		return nil
	}
	l, err := p.env.Constant(e)
	if err != nil {
		return nil // whoever evaluates it over rows tells
	}
	return l
}

// pushed is what a scan is told of the condition on its rows, over the columns of the table. cols says where they are in
// its output. nil: nothing.
func (b *builder) pushed(n *logical.Scan, filter plan.Expr, spec *plan.Scan, cols []int) *plan.Pushed {
	if filter == nil {
		return nil
	}
	p := &plan.Pushed{Time: -1}
	p.Records, p.Splits = b.mayLeaveOut(n)
	if spec.Watermark != nil && p.Records && !b.graph.Batch {
		p.Time = spec.Rowtime
	}
	at := map[int]int{}
	p.Filter = rewrite(filter, func(c *plan.Column) plan.Expr {
		k, ok := at[c.Index]
		if !ok {
			k = len(p.Columns)
			at[c.Index] = k
			p.Columns = append(p.Columns, cols[c.Index])
		}
		return &plan.Column{Index: k, Name: c.Name, T: c.T, At: c.At}
	})
	return p
}
