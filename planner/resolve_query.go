package planner

import (
	"math"
	"strconv"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// context is what a query sees of the queries around it.
type context struct {
	with  *with
	block *logical.Block // the block around it
	// inner says that the query is part of another: its order without LIMIT means nothing.
	inner bool
}

// with is one element of WITH; it sees those behind it in the list.
type with struct {
	cte  ast.CTE
	next *with
	used bool
}

// find looks a name up, the innermost first.
func (w *with) find(name string) *with {
	for ; w != nil; w = w.next {
		if w.cte.Name.Name == name {
			return w
		}
	}
	return nil
}

// query resolves a query with its WITH, ORDER BY, LIMIT and OFFSET.
func (r *resolver) query(q *ast.Query, cx context) (logical.Node, error) {
	if q.Recursive {
		return nil, unsupported(q.At, "WITH RECURSIVE is")
	}
	outer := cx.with
	seen := map[string]bool{}
	for _, c := range q.With {
		if seen[c.Name.Name] {
			return nil, diag.New(codeDuplicate, c.Name.At, "Duplicate name '%s' in WITH", c.Name.Name)
		}
		seen[c.Name.Name] = true
		cx.with = &with{cte: c, next: cx.with}
	}
	node, err := r.ordered(q, cx)
	if err != nil {
		return nil, err
	}
	// What nobody reads must still be a query.
	for w := cx.with; w != outer; w = w.next {
		if !w.used {
			if _, err := r.cte(w, context{block: cx.block}); err != nil {
				return nil, err
			}
		}
	}
	return node, nil
}

// ordered resolves the body of a query and what orders and limits it.
func (r *resolver) ordered(q *ast.Query, cx context) (logical.Node, error) {
	limit, err := count(q.Limit, "LIMIT")
	if err != nil {
		return nil, err
	}
	offset, err := count(q.Offset, "OFFSET")
	if err != nil {
		return nil, err
	}
	limit = min(limit, math.MaxInt64-max(offset, 0)) // operators add them
	var node logical.Node
	var keys []plan.SortKey
	block, visible := cx.block, 0
	inside := cx
	if s, ok := q.Body.(*ast.Select); ok {
		got, err := r.selectBlock(s, q.OrderBy, inside)
		if err != nil {
			return nil, err
		}
		node, keys, visible, block = got.node, got.keys, got.visible, got.block
	} else {
		inside.inner = true
		if len(q.OrderBy) == 0 && limit < 0 && offset <= 0 {
			inside.inner = cx.inner
		}
		if node, err = r.body(q.Body, inside); err != nil {
			return nil, err
		}
		visible = len(node.Schema())
		if keys, err = r.orderOutput(q.OrderBy, node); err != nil {
			return nil, err
		}
	}
	if len(keys) > 0 && limit < 0 && offset <= 0 && cx.inner {
		keys = nil
	}
	if len(keys) > 0 || limit >= 0 || offset > 0 {
		if err := r.checkSort(q, node, keys, limit, offset); err != nil {
			return nil, err
		}
		sort := &logical.Sort{Base: logical.Base{Out: node.Schema(), In: []logical.Node{node}, Blk: block, Win: attached(node.Windows())},
			Keys: keys, Offset: max(offset, 0), Limit: limit, At: r.span(q)}
		if !r.batch && len(keys) > 0 {
			// Rows that leave the first n are taken back long after their time.
			sort.Out, sort.Win = withoutTime(node.Schema()), nil
		}
		node = sort
	}
	if visible < len(node.Schema()) {
		exprs, names := make([]plan.Expr, visible), make([]string, visible)
		for i, f := range node.Schema()[:visible] {
			exprs[i], names[i] = &plan.Column{Index: i, Name: f.Name, T: f.Type}, f.Name
		}
		node = project(node, exprs, names, block)
	}
	return node, nil
}

// attached are the same windows as columns of the rows, with nothing left for an aggregate to do.
func attached(w *logical.Windows) *logical.Windows {
	if w == nil {
		return nil
	}
	return &logical.Windows{Start: w.Start, End: w.End, Time: w.Time, LTZ: w.LTZ}
}

// withoutTime returns a schema whose times are no time attributes.
func withoutTime(schema []vector.Field) []vector.Field {
	out := make([]vector.Field, len(schema))
	for i, f := range schema {
		out[i] = vector.Field{Name: f.Name, Type: f.Type.Plain()}
	}
	return out
}

// count reads the number of LIMIT or OFFSET; -1 where there is none. A fraction is cut.
func count(e ast.Expr, clause string) (int64, error) {
	if e == nil {
		return -1, nil
	}
	n, ok := e.(*ast.NumberLit)
	if !ok {
		return 0, diag.New(codeSort, e.Span(), "%s needs a number that is not negative", clause)
	}
	whole, _, _ := strings.Cut(n.Text, ".")
	v, err := strconv.ParseInt("0"+whole, 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(n.Text, 64)
		if err != nil || f > math.MaxInt32 {
			return 0, diag.New(codeSort, e.Span(), "Numeric literal '%s' out of range", n.Text)
		}
		v = int64(f)
	}
	return v, nil
}

// checkSort refuses what cannot be sorted in streaming mode.
func (r *resolver) checkSort(q *ast.Query, node logical.Node, keys []plan.SortKey, limit, offset int64) error {
	if r.batch {
		return nil
	}
	if limit < 0 && offset > 0 {
		return diag.New(codeSort, q.Offset.Span(), "OFFSET without LIMIT is not supported in streaming mode").
			WithHint("add a LIMIT, or run the query with SET 'execution.runtime-mode' = 'batch'")
	}
	if len(keys) == 0 || limit >= 0 {
		return nil
	}
	at := q.OrderBy[0].Expr.Span()
	if node.Schema()[keys[0].Column].Type.Rowtime && !keys[0].Desc {
		return unsupported(at, "ORDER BY a rowtime attribute without LIMIT is").
			WithHint("add a LIMIT, or run the query with SET 'execution.runtime-mode' = 'batch'")
	}
	return diag.New(codeSort, at, "Sort on a non-time-attribute field is not supported").
		WithHint("add a LIMIT, or run the query with SET 'execution.runtime-mode' = 'batch'")
}

// orderOutput resolves an ORDER BY that sees only the columns of the result: of VALUES, UNION, and queries in
// parentheses.
func (r *resolver) orderOutput(order []ast.Order, node logical.Node) ([]plan.SortKey, error) {
	sc := &scope{}
	if err := sc.add("", node.Schema(), diag.Span{}); err != nil {
		return nil, err
	}
	x := expressions{r: r, scope: sc, clause: "ORDER BY clause of non-aggregating SELECT"}
	var errs problems
	var keys []plan.SortKey
	for _, o := range order {
		column, isPosition, err := position(o.Expr, sc.width)
		if err == nil && !isPosition {
			var e plan.Expr
			if e, err = x.value(o.Expr); err == nil {
				c, ok := e.(*plan.Column)
				if !ok {
					err = unsupported(o.Expr.Span(), "ORDER BY an expression behind VALUES, UNION or a query in parentheses is")
				} else {
					column = c.Index
				}
			}
		}
		if err == nil {
			err = orderable(node.Schema()[column].Type, o.Expr.Span())
		}
		errs.add(err)
		keys = append(keys, sortKey(o, column))
	}
	return keys, errs.err()
}

// body resolves what gives rows.
func (r *resolver) body(b ast.Body, cx context) (logical.Node, error) {
	switch b := b.(type) {
	case *ast.Select:
		s, err := r.selectBlock(b, nil, cx)
		if err != nil {
			return nil, err
		}
		return s.node, nil
	case *ast.Values:
		return r.values(b, cx)
	case *ast.Parens:
		return r.query(b.Query, cx)
	case *ast.WholeTable:
		all := &ast.Select{Pos: b.Pos, Items: []ast.Item{{Pos: b.Pos, Expr: &ast.Star{Pos: b.Pos}}}, From: &ast.TableRef{Pos: b.Name.Pos, Name: b.Name}}
		if r.freezing != nil {
			r.freezing.whole[b] = all
		}
		return r.body(all, cx)
	case *ast.SetOperation:
		if b.Op != "UNION" {
			return nil, unsupported(b.At, b.Op+" is")
		}
		n, err := r.union(b, cx)
		if err != nil || b.All {
			return n, err
		}
		return r.distinct(n, cx.block, r.span(b))
	}
	panic("planner: a query body that is none")
}

// one gives a single row without columns, for SELECT without FROM.
func one(block *logical.Block) logical.Node {
	return &logical.Values{Base: logical.Base{Blk: block}, Rows: [][]plan.Expr{{}}}
}

// values resolves VALUES: the rows get common types.
func (r *resolver) values(v *ast.Values, cx context) (logical.Node, error) {
	x := expressions{r: r, scope: &scope{}, clause: "VALUES"}
	var errs problems
	rows := make([][]plan.Expr, len(v.Rows))
	for i, row := range v.Rows {
		for _, e := range row {
			value, err := x.value(e)
			errs.add(err)
			rows[i] = append(rows[i], value)
		}
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	n := &logical.Values{Base: logical.Base{Blk: cx.block}, Rows: rows}
	for c := range rows[0] {
		types := make([]vector.Type, len(rows))
		nullable := false
		for i, row := range rows {
			if len(row) != len(rows[0]) {
				return nil, diag.New(codeMismatch, v.At, "Values passed to VALUES operator must have compatible types").
					WithNote("the first row has %d values and row %d has %d", len(rows[0]), i+1, len(row))
			}
			types[i] = row[c].Type().Plain()
			nullable = nullable || types[i].Nullable
		}
		t, ok := catalog.CommonType(types)
		if !ok {
			return nil, diag.New(codeMismatch, v.At, "Values passed to VALUES operator must have compatible types").
				WithNote("column %d has values of %s", c+1, typeNames(types))
		}
		for i := range rows {
			rows[i][c] = implicit(rows[i][c], t)
		}
		n.Out = append(n.Out, vector.Field{Name: "EXPR$" + strconv.Itoa(c), Type: t.WithNullable(nullable)})
	}
	return n, nil
}

// union resolves UNION as if it kept equal rows; unions in it become inputs of the same node.
func (r *resolver) union(s *ast.SetOperation, cx context) (logical.Node, error) {
	cx.inner = true
	var errs problems
	left, err := r.body(s.Left, cx)
	errs.add(err)
	right, err := r.body(s.Right, cx)
	errs.add(err)
	if err := errs.err(); err != nil {
		return nil, err
	}
	a, b := left.Schema(), right.Schema()
	name := "UNION"
	if s.All {
		name = "UNION ALL"
	}
	if len(a) != len(b) {
		return nil, diag.New(codeMismatch, s.Right.Span(), "Column count mismatch in %s", name).
			WithNote("the left side has %d columns, the right one %d", len(a), len(b))
	}
	out := make([]vector.Field, len(a))
	for i := range a {
		l, m := a[i].Type, b[i].Type
		t, ok := catalog.CommonType([]vector.Type{l.Plain(), m.Plain()})
		if !ok {
			return nil, diag.New(codeMismatch, s.At, "Type mismatch in column %d of %s", i+1, name).
				WithNote("it is %s on the left and %s on the right", l.Name(), m.Name())
		}
		t = t.WithNullable(l.Nullable || m.Nullable)
		t.Rowtime = l.Rowtime && m.Rowtime && l.Same(m)
		out[i] = vector.Field{Name: a[i].Name, Type: t}
	}
	n := &logical.Union{Base: logical.Base{Out: out, Blk: cx.block}}
	for _, side := range []logical.Node{left, right} {
		side = retyped(side, out, cx.block)
		if u, ok := side.(*logical.Union); ok {
			n.In = append(n.In, u.In...)
		} else {
			n.In = append(n.In, side)
		}
	}
	n.Win = commonWindows(n.In)
	return n, nil
}

// retyped casts the columns of a node where their values are stored in another type.
func retyped(n logical.Node, to []vector.Field, block *logical.Block) logical.Node {
	exprs, names := make([]plan.Expr, len(to)), make([]string, len(to))
	same := true
	for i, f := range n.Schema() {
		exprs[i], names[i] = implicit(&plan.Column{Index: i, Name: f.Name, T: f.Type}, to[i].Type), to[i].Name
		if _, ok := exprs[i].(*plan.Column); !ok {
			same = false
		}
	}
	if same {
		return n
	}
	return project(n, exprs, names, block)
}

// commonWindows are the window properties that all inputs of a union share; nil if they differ. The rows carry their
// windows as columns from here on.
func commonWindows(inputs []logical.Node) *logical.Windows {
	first := inputs[0].Windows()
	if first == nil {
		return nil
	}
	for _, n := range inputs[1:] {
		w := n.Windows()
		if w == nil || w.Start != first.Start || w.End != first.End || w.Time != first.Time || w.LTZ != first.LTZ || !sameWindow(w.Function, first.Function) {
			return nil
		}
	}
	return attached(first)
}

// sameWindow reports whether two windowing functions cut time alike.
func sameWindow(a, b *logical.WindowFunction) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Size == b.Size && a.Offset == b.Offset && a.LTZ == b.LTZ
}
