package parser

import "weir/parser/ast"

// reshaped reads PIVOT or UNPIVOT behind a table that has no alias yet, and gives the table if there is neither.
func (r *reader) reshaped(input ast.From, start int) (f ast.From, found bool) {
	t, after := r.peek(), r.ahead(1)
	switch {
	case isWord(t, "PIVOT") && isOp(after, "("):
		return r.pivot(input, start), true
	case isWord(t, "UNPIVOT") && (isOp(after, "(") || isWord(after, "INCLUDE") || isWord(after, "EXCLUDE")):
		return r.unpivot(input, start), true
	}
	return input, false
}

// pivot reads PIVOT (aggregate AS name, … FOR columns IN (values AS name, …)).
func (r *reader) pivot(input ast.From, start int) ast.From {
	r.next()
	p := &ast.Pivot{Input: input}
	r.expectOp("(")
	for {
		p.Aggregates = append(p.Aggregates, r.item())
		if !r.acceptOp(",") {
			break
		}
	}
	r.expect("FOR")
	p.Columns = r.identOrList()
	r.expect("IN")
	r.expectOp("(")
	for more := !isOp(r.peek(), ")"); more; more = r.acceptOp(",") {
		p.Values = append(p.Values, r.pivotValue())
	}
	r.closeList(")")
	r.closeList(")")
	p.Alias = r.alias()
	p.Pos = r.from(start)
	r.grow()
	return p
}

// pivotValue reads a value or a row of them, with a name.
func (r *reader) pivotValue() ast.PivotValue {
	start := r.start()
	v := ast.PivotValue{Values: r.valuesRow()}
	if r.accept("AS") || isName(r.peek()) {
		name := r.ident("a name for the column")
		v.Alias = &name
	}
	v.Pos = r.from(start)
	return v
}

// identOrList reads a or (a, b).
func (r *reader) identOrList() []ast.Ident {
	if isOp(r.peek(), "(") {
		return r.identList("a column's name")
	}
	return []ast.Ident{r.ident("a column's name")}
}

// unpivot reads UNPIVOT [INCLUDE|EXCLUDE NULLS] (measures FOR axes IN (columns AS values, …)).
func (r *reader) unpivot(input ast.From, start int) ast.From {
	r.next()
	u := &ast.Unpivot{Input: input}
	if u.Nulls = r.takeOneOf("INCLUDE", "EXCLUDE"); u.Nulls != "" {
		r.want("NULLS")
	}
	r.expectOp("(")
	u.Measures = r.identOrList()
	r.expect("FOR")
	u.Axes = r.identOrList()
	r.expect("IN")
	r.expectOp("(")
	for {
		at := r.start()
		c := ast.UnpivotColumns{Columns: r.identOrList()}
		if r.accept("AS") {
			c.Values = r.valuesRow()
		}
		c.Pos = r.from(at)
		u.In = append(u.In, c)
		if !r.acceptOp(",") {
			break
		}
	}
	r.closeList(")")
	r.closeList(")")
	u.Alias = r.alias()
	u.Pos = r.from(start)
	r.grow()
	return u
}

// sampled reads TABLESAMPLE behind a table, and gives the table if there is none.
func (r *reader) sampled(input ast.From, start int) ast.From {
	if !r.take("TABLESAMPLE") {
		return input
	}
	s := &ast.Sample{Input: input}
	switch r.wantOneOf("BERNOULLI", "SYSTEM", "SUBSTITUTE") {
	case "SUBSTITUTE":
		r.expectOp("(")
		s.Name = r.text("a name in single quotes")
		r.expectOp(")")
	case "BERNOULLI":
		s.Method = "BERNOULLI"
		r.sampling(s)
	case "SYSTEM":
		s.Method = "SYSTEM"
		r.sampling(s)
	}
	s.Pos = r.from(start)
	r.grow()
	return s
}

// sampling reads (percent) [REPEATABLE (seed)].
func (r *reader) sampling(s *ast.Sample) {
	r.expectOp("(")
	if r.peek().Type == kindNumber {
		s.Percent = r.next().Value
	} else {
		r.unexpected("a number of percent")
	}
	r.expectOp(")")
	if at := r.start(); r.take("REPEATABLE") {
		r.expectOp("(")
		s.Seed = &ast.Seed{Number: r.integer("a number")}
		r.expectOp(")")
		s.Seed.Pos = r.from(at)
	}
}
