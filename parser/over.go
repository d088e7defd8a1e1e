package parser

import "weir/parser/ast"

// over reads OVER w or OVER (…).
func (r *reader) over() *ast.Window {
	start := r.start()
	r.next()
	if isName(r.peek()) {
		name := r.ident("a window")
		return &ast.Window{Pos: r.from(start), Bare: true, Name: &name}
	}
	w := r.window()
	if w != nil {
		w.Pos = r.from(start)
	}
	return w
}

// window reads ([name] [PARTITION BY …] [ORDER BY …] [frame]).
func (r *reader) window() *ast.Window {
	start := r.start()
	if !isOp(r.peek(), "(") {
		r.unexpected("'(' or a window")
		return nil
	}
	r.next()
	w := &ast.Window{}
	if isName(r.peek()) && !isWord(r.peek(), "ALLOW") {
		name := r.ident("a window")
		w.Name = &name
	}
	if r.accept("PARTITION") {
		r.expect("BY")
		w.PartitionBy = r.expressions()
	}
	if isKeyword(r.peek(), "ORDER") {
		w.OrderBy = r.orderBy()
	}
	if isKeyword(r.peek(), "ROWS") || isKeyword(r.peek(), "RANGE") {
		w.Frame = r.frame()
	}
	if w.Partial = r.takeOneOf("ALLOW", "DISALLOW"); w.Partial != "" {
		r.want("PARTIAL")
	}
	r.expectOp(")")
	w.Pos = r.from(start)
	return w
}

// frame reads ROWS|RANGE BETWEEN bound AND bound, or ROWS|RANGE bound.
func (r *reader) frame() *ast.Frame {
	start := r.start()
	f := &ast.Frame{Unit: r.next().Value}
	if r.accept("BETWEEN") {
		f.Low = r.bound()
		r.expect("AND")
		f.High = r.bound()
	} else {
		f.Low = r.bound()
	}
	f.Pos = r.from(start)
	return f
}

// bound reads UNBOUNDED PRECEDING, CURRENT ROW, x FOLLOWING and their like.
func (r *reader) bound() *ast.Bound {
	start := r.start()
	b := &ast.Bound{}
	switch {
	case r.take("CURRENT", "ROW"):
		b.Current = true
		b.Pos = r.from(start)
		return b
	case isWord(r.peek(), "UNBOUNDED") && (says(r.ahead(1), "PRECEDING") || says(r.ahead(1), "FOLLOWING")):
		r.next()
	default:
		b.X = r.expression(powerAnd) // AND separates the bounds
	}
	b.Following = r.wantOneOf("PRECEDING", "FOLLOWING") == "FOLLOWING"
	b.Pos = r.from(start)
	return b
}

// windows reads the clause WINDOW w AS (…), ….
func (r *reader) windows() []ast.NamedWindow {
	var list []ast.NamedWindow
	r.next()
	for {
		start := r.start()
		w := ast.NamedWindow{Name: r.ident("the name of a window")}
		r.expect("AS")
		w.Spec = r.window()
		w.Pos = r.from(start)
		list = append(list, w)
		if !r.acceptOp(",") {
			return list
		}
	}
}

// orderBy reads ORDER BY and its keys.
func (r *reader) orderBy() []ast.Order {
	r.expect("ORDER")
	r.expect("BY")
	return r.orders()
}

// orders reads the keys of ORDER BY.
func (r *reader) orders() []ast.Order {
	var list []ast.Order
	for {
		list = append(list, r.order())
		if !r.acceptOp(",") {
			return list
		}
	}
}
