package planner

import (
	"strconv"
	"strings"

	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// selected is a resolved query block: the first visible columns of the node are its result, the others are there for
// the sort keys.
type selected struct {
	node    logical.Node
	keys    []plan.SortKey
	visible int
	block   *logical.Block
}

// output is one column of the select list.
type output struct {
	expr plan.Expr
	name string
}

// selectBlock resolves a query block together with the ORDER BY behind it, which may name what the block reads.
func (r *resolver) selectBlock(s *ast.Select, order []ast.Order, cx context) (*selected, error) {
	if err := selectClause(s); err != nil {
		return nil, err
	}
	block, err := r.block(s.Hints, cx.block)
	if err != nil {
		return nil, err
	}
	cx.block = block
	var sc scope
	node, err := r.from(s.From, &sc, cx)
	if err != nil {
		return nil, err
	}
	base := expressions{r: r, scope: &sc, named: namedItems(s.Items)}
	input := node
	base.stamped = func(at diag.Span) error { return r.stamp(input, at) }
	var errs problems

	if s.Where != nil {
		x := base
		x.clause = "WHERE clause"
		cond, err := x.condition(s.Where, "WHERE clause")
		errs.add(err)
		if err == nil {
			node = filter(node, cond, block)
		}
	}

	window, err := r.groupWindow(s, base, node, block)
	if err != nil {
		errs.add(err)
		return nil, errs.err()
	}
	width := sc.width
	if window != nil {
		node, width = window.node, len(window.node.Schema())
	}
	keys, err := r.groupKeys(s, base, window)
	errs.add(err)
	calls := &aggregateCalls{width: width, keyed: len(s.GroupBy) > 0}
	x := base
	x.calls, x.window = calls, window
	items, err := r.items(s, &x, calls)
	errs.add(err)
	var having plan.Expr
	if s.Having != nil {
		having, err = x.condition(s.Having, "HAVING clause")
		errs.add(err)
	}
	aggregated := s.Grouped || s.Having != nil || len(calls.calls) > 0
	if err := errs.err(); err != nil {
		return nil, err
	}
	if !aggregated {
		x.calls, x.clause = nil, "ORDER BY clause of non-aggregating SELECT"
	}
	visible := len(items)
	items, sortKeys, err := r.orderBlock(s, order, items, &x)
	if err != nil {
		return nil, err
	}

	if aggregated {
		if window != nil && window.timed {
			keys = append(keys, window.column(windowTimeColumn))
		}
		g := r.group(node, keys, calls, block, r.span(s))
		node = g.node
		if having != nil {
			cond, err := g.over(having)
			errs.add(err)
			if err == nil {
				node = filter(node, cond, block)
			}
		}
		for i := range items {
			e, err := g.over(items[i].expr)
			errs.add(err)
			items[i].expr = e
		}
		if err := errs.err(); err != nil {
			return nil, err
		}
	}
	exprs, names := make([]plan.Expr, len(items)), make([]string, len(items))
	for i, it := range items {
		exprs[i], names[i] = it.expr, it.name
	}
	node = project(node, exprs, uniqueNames(names), block)
	if s.Distinct {
		if node, err = r.distinct(node, block, r.span(s)); err != nil {
			return nil, err
		}
	}
	return &selected{node: node, keys: sortKeys, visible: visible, block: block}, nil
}

// namedItems are the expressions of a select list that have names.
func namedItems(items []ast.Item) map[string]ast.Expr {
	m := map[string]ast.Expr{}
	for _, it := range items {
		if it.Alias != nil {
			m[it.Alias.Name] = it.Expr
		}
	}
	return m
}

// selectClause refuses what the language has in SELECT and weir does not.
func selectClause(s *ast.Select) error {
	switch {
	case s.Stream:
		return unsupported(s.At, "SELECT STREAM is")
	case s.DistinctGroups:
		return unsupported(s.At, "GROUP BY DISTINCT is")
	case len(s.Windows) > 0:
		return unsupported(s.Windows[0].At, "the clause WINDOW is")
	case s.Qualify != nil:
		return unsupported(s.Qualify.Span(), "the clause QUALIFY is")
	}
	return nil
}

// filter puts a Filter on a node.
func filter(in logical.Node, cond plan.Expr, block *logical.Block) logical.Node {
	return &logical.Filter{Base: logical.Base{Out: in.Schema(), In: []logical.Node{in}, Blk: block, Win: in.Windows()}, Cond: cond}
}

// distinct keeps one row of equal ones: it groups by all columns.
func (r *resolver) distinct(in logical.Node, block *logical.Block, at diag.Span) (logical.Node, error) {
	keys := make([]plan.Expr, len(in.Schema()))
	for i, f := range in.Schema() {
		if err := orderable(f.Type, at); err != nil {
			return nil, err
		}
		keys[i] = &plan.Column{Index: i, Name: f.Name, T: f.Type}
	}
	return r.group(in, keys, &aggregateCalls{width: len(keys), keyed: true}, block, at).node, nil
}

// groupKeys resolves GROUP BY, each key once. The start and the end of window, if there is one, stand for the call that
// names it.
func (r *resolver) groupKeys(s *ast.Select, x expressions, window *groupWindow) ([]plan.Expr, error) {
	x.clause = "GROUP BY clause"
	var errs problems
	var keys []plan.Expr
next:
	for _, e := range s.GroupBy {
		if window != nil && e == window.call {
			keys = append(keys, window.column(windowStartColumn), window.column(windowEndColumn))
			continue
		}
		k, err := x.value(e)
		if err == nil {
			err = orderable(k.Type(), e.Span())
		}
		errs.add(err)
		if err != nil {
			continue
		}
		for _, have := range keys {
			if equalExpr(have, k) {
				continue next
			}
		}
		keys = append(keys, k)
	}
	return keys, errs.err()
}

// orderable refuses types that cannot be grouped or sorted by.
func orderable(t vector.Type, at diag.Span) error {
	if t.HasPairs() {
		return diag.New(codeArguments, at, "Type(%s) is not an orderable data type, it is not supported as a ORDER_BY/GROUP_BY/JOIN_EQUAL field", t)
	}
	return nil
}

// items resolves the select list, with stars expanded.
func (r *resolver) items(s *ast.Select, x *expressions, calls *aggregateCalls) ([]output, error) {
	var errs problems
	var items []output
	var written []ast.Item
	for _, it := range s.Items {
		if errs.full() { // finding what was meant takes time, for names by the thousand
			errs.more = true
			break
		}
		if star, ok := it.Expr.(*ast.Star); ok {
			columns, err := r.star(star, x.scope, s.From == nil)
			if err != nil && len(star.Qualifier) > 0 {
				fields, other := x.rowFields(star)
				if other != nil {
					err = other
				}
				if fields != nil {
					items = append(items, fields...)
					written = append(written, spelledFields(it, star, fields)...)
					continue
				}
			}
			errs.add(err)
			items = append(items, columns...)
			written = append(written, spelled(it, columns, x.scope)...)
			continue
		}
		written = append(written, it)
		e, err := x.value(it.Expr)
		errs.add(err)
		name := "EXPR$" + strconv.Itoa(len(items))
		if ref, ok := it.Expr.(*ast.ColumnRef); ok {
			name = ref.Parts[len(ref.Parts)-1].Name
		}
		if it.Alias != nil {
			name = it.Alias.Name
		}
		if c, ok := e.(*plan.Column); ok && c.Index >= calls.width && it.Alias != nil {
			calls.calls[c.Index-calls.width].name = name
		}
		items = append(items, output{expr: e, name: name})
	}
	if r.freezing != nil {
		r.freezing.stars[s] = written
	}
	return items, errs.err()
}

// spelled writes a star's columns as items; the star stays where a column cannot be named without doubt.
func spelled(star ast.Item, columns []output, sc *scope) []ast.Item {
	items := make([]ast.Item, len(columns))
	for i, c := range columns {
		index := c.expr.(*plan.Column).Index
		ref := &ast.ColumnRef{Pos: star.Pos}
		for _, rel := range sc.relations {
			if rel.name != "" && index >= rel.first && index < rel.first+len(rel.fields) {
				ref.Parts = append(ref.Parts, ast.Ident{Pos: star.Pos, Name: rel.name, Quoted: true})
			}
		}
		ref.Parts = append(ref.Parts, ast.Ident{Pos: star.Pos, Name: c.name, Quoted: true})
		if found, _, err := sc.column(ref); err != nil || found != index {
			return []ast.Item{star}
		}
		items[i] = ast.Item{Pos: star.Pos, Expr: ref}
	}
	return items
}

// star expands * and t.* .
func (r *resolver) star(e *ast.Star, sc *scope, nothing bool) ([]output, error) {
	relations := sc.relations
	if nothing {
		return nil, diag.New(codeNoTable, e.At, "SELECT * requires a FROM clause")
	}
	if len(e.Qualifier) > 0 {
		one, err := sc.relation(e.Qualifier)
		if err != nil {
			return nil, err
		}
		relations = []relation{*one}
	}
	var items []output
	for _, rel := range relations {
		for i, f := range rel.fields {
			items = append(items, output{expr: &plan.Column{Index: rel.first + i, Name: f.Name, T: f.Type, At: r.span(e)}, name: f.Name})
		}
	}
	return items, nil
}

// orderBlock resolves ORDER BY of a block: positions, names of the select list, or expressions over what the block
// reads. Those that are not selected are appended to the items.
func (r *resolver) orderBlock(s *ast.Select, order []ast.Order, items []output, x *expressions) ([]output, []plan.SortKey, error) {
	aliases := map[string]ast.Expr{}
	for _, it := range s.Items {
		if it.Alias != nil {
			aliases[it.Alias.Name] = it.Expr
		}
	}
	y := *x
	y.aliases = aliases
	visible := len(items)
	var errs problems
	var keys []plan.SortKey
	for _, o := range order {
		column, isPosition, err := position(o.Expr, visible)
		if err == nil && !isPosition {
			var e plan.Expr
			if e, err = y.value(o.Expr); err == nil {
				column = -1
				for i := range items {
					if equalExpr(items[i].expr, e) {
						column = i
						break
					}
				}
				if column < 0 && s.Distinct {
					err = diag.New(codeSort, o.Expr.Span(), "Expression '%s' is not in the select clause", r.text(o.Expr))
				} else if column < 0 {
					column = len(items)
					items = append(items, output{expr: e, name: plan.Format(e)})
				}
			}
		}
		if err == nil {
			err = orderable(items[column].expr.Type(), o.Expr.Span())
		}
		errs.add(err)
		keys = append(keys, sortKey(o, column))
	}
	return items, keys, errs.err()
}

// position reads a sort key that is the number of a column.
func position(e ast.Expr, columns int) (int, bool, error) {
	n, ok := e.(*ast.NumberLit)
	if !ok || strings.ContainsAny(n.Text, ".eE") {
		return 0, false, nil
	}
	i, err := strconv.Atoi(n.Text)
	if err != nil || i < 1 || i > columns {
		return 0, true, diag.New(codeSort, n.At, "Ordinal out of range").WithHint("the last column of the query has number %d", columns)
	}
	return i - 1, true, nil
}

// sortKey is a key of an ordering; NULL is the smallest value unless said otherwise.
func sortKey(o ast.Order, column int) plan.SortKey {
	k := plan.SortKey{Column: column, Desc: o.Desc, NullsFirst: !o.Desc}
	if o.NullsFirst != nil {
		k.NullsFirst = *o.NullsFirst
	}
	return k
}
