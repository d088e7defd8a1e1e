package parser

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// beginsQuery reports whether t is the first word of a query that is not in parentheses.
func beginsQuery(t *lexer.Token) bool {
	if t.Type != kindKeyword {
		return false
	}
	switch t.Value {
	case "SELECT", "VALUES", "WITH":
		return true
	}
	return false
}

// queryAhead reports whether a query follows, also one in parentheses: (SELECT 1) UNION … but not (SELECT 1) + 1 or
// (SELECT 1) AS t JOIN … If closed, ((SELECT 1)) counts as a query in parentheses of its own.
func (r *reader) queryAhead(closed bool) bool {
	if beginsQuery(r.peek()) || isKeyword(r.peek(), "TABLE") && isName(r.ahead(1)) {
		return true
	}
	if !isOp(r.peek(), "(") {
		return false
	}
	here := r.lex.MakeCheckpoint()
	defer r.lex.LoadCheckpoint(here)
	depth, opened := 0, true
	for {
		t := r.lex.Next()
		switch {
		case t.EOF():
			return false
		case isOp(t, "("):
			if depth++; depth > maxDepth {
				return false
			}
			continue
		case isOp(t, ")"):
			depth--
		}
		if opened && !beginsQuery(t) && !(isKeyword(t, "TABLE") && isName(r.lex.Peek())) {
			return false
		}
		opened = false
		if depth > 0 {
			continue
		}
		t = r.lex.Peek()
		if closed && isOp(t, ")") {
			return true
		}
		if t.Type == kindKeyword {
			switch t.Value {
			case "UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH":
				return true
			}
		}
		return false
	}
}

// query reads a query with its WITH, ORDER BY, LIMIT and OFFSET.
func (r *reader) query() *ast.Query {
	if !r.nest() {
		return nil
	}
	defer r.unnest()
	outer := r.height
	r.height = 0
	start := r.start()
	q := &ast.Query{}
	if r.accept("WITH") {
		q.Recursive = r.accept("RECURSIVE")
		for {
			q.With = append(q.With, r.cte())
			if !r.acceptOp(",") {
				break
			}
		}
	}
	q.Body = r.body()
	if isKeyword(r.peek(), "ORDER") {
		q.OrderBy = r.orderBy()
	}
	r.limits(q)
	q.Pos = r.from(start)
	r.grow()
	r.height = max(r.height, outer)
	return q
}

func (r *reader) cte() ast.CTE {
	start := r.start()
	c := ast.CTE{Name: r.ident("a name for the query")}
	if isOp(r.peek(), "(") {
		c.Columns = r.identList("a column's name")
	}
	r.expect("AS")
	r.expectOp("(")
	c.Query = r.query()
	r.expectOp(")")
	c.Pos = r.from(start)
	return c
}

func (r *reader) order() ast.Order {
	start := r.start()
	o := ast.Order{Expr: r.expression(powerLowest)}
	if r.acceptWord("DESC") {
		o.Desc = true
	} else {
		r.acceptWord("ASC")
	}
	if r.acceptWord("NULLS") {
		first := isWord(r.peek(), "FIRST")
		if !first && !isWord(r.peek(), "LAST") {
			r.unexpected("FIRST or LAST")
		}
		r.next()
		o.NullsFirst = &first
	}
	o.Pos = r.from(start)
	return o
}

// limits reads LIMIT, OFFSET and FETCH in the orders that Flink takes.
func (r *reader) limits(q *ast.Query) {
	if r.accept("LIMIT") {
		if !r.accept("ALL") {
			q.Limit = r.count("LIMIT")
		}
		if isOp(r.peek(), ",") && r.err == nil {
			d := diag.New(codeSyntax, span(r.peek()), "LIMIT start, count is not part of the language")
			r.fail(d.WithHint("write LIMIT count OFFSET start"))
		}
	}
	if r.accept("OFFSET") {
		q.Offset = r.count("OFFSET")
		if !r.accept("ROW") {
			r.accept("ROWS")
		}
	}
	if t := r.peek(); isKeyword(t, "FETCH") || isKeyword(t, "LIMIT") {
		if q.Limit != nil {
			r.unexpected("the end of the query")
		}
		if r.accept("LIMIT") {
			if !r.accept("ALL") {
				q.Limit = r.count("LIMIT")
			}
			return
		}
		r.next()
		if !r.acceptWord("FIRST") {
			r.expect("NEXT")
		}
		q.Limit = r.count("FETCH")
		if !r.accept("ROW") && !r.accept("ROWS") {
			r.unexpected("ROW or ROWS")
		}
		r.expect("ONLY")
	}
}

// count reads the number of LIMIT, OFFSET or FETCH, which is a literal or a parameter.
func (r *reader) count(clause string) ast.Expr {
	t := r.peek()
	if isOp(t, "?") {
		r.next()
		return &ast.Param{Pos: ast.Pos{At: span(t)}}
	}
	if t.Type != kindNumber {
		r.unexpected("a number for " + clause)
		return nil
	}
	r.next()
	return &ast.NumberLit{Pos: ast.Pos{At: span(t)}, Text: t.Value}
}

// body reads set operations: UNION and EXCEPT from the left, INTERSECT before them.
func (r *reader) body() ast.Body {
	start := r.start()
	b := r.intersection()
	for {
		t := r.peek()
		if isKeyword(t, "MINUS") && r.err == nil {
			d := diag.New(codeSyntax, span(t), "MINUS is not part of the language")
			r.fail(d.WithHint("write EXCEPT"))
		}
		if !isKeyword(t, "UNION") && !isKeyword(t, "EXCEPT") {
			return b
		}
		all := r.setOperator()
		right := r.intersection()
		b = &ast.SetOperation{Pos: r.from(start), Op: t.Value, All: all, Left: b, Right: right}
		r.grow()
	}
}

func (r *reader) intersection() ast.Body {
	start := r.start()
	b := r.block()
	for isKeyword(r.peek(), "INTERSECT") {
		all := r.setOperator()
		right := r.block()
		b = &ast.SetOperation{Pos: r.from(start), Op: "INTERSECT", All: all, Left: b, Right: right}
		r.grow()
	}
	return b
}

// setOperator reads the operator and ALL or DISTINCT behind it.
func (r *reader) setOperator() (all bool) {
	r.next()
	if r.accept("ALL") {
		return true
	}
	r.accept("DISTINCT")
	return false
}

// block reads SELECT, VALUES, TABLE t or a query in parentheses.
func (r *reader) block() ast.Body {
	t := r.peek()
	start := t.Pos.Offset
	switch {
	case isKeyword(t, "SELECT"):
		return r.selectBlock()
	case isKeyword(t, "VALUES"):
		return r.values()
	case isOp(t, "("):
		r.next()
		p := &ast.Parens{Query: r.query()}
		r.expectOp(")")
		p.Pos = r.from(start)
		return p
	case isKeyword(t, "TABLE"):
		r.next()
		w := &ast.WholeTable{Name: r.name("the name of a table")}
		w.Pos = r.from(start)
		return w
	}
	r.unexpected("SELECT or VALUES")
	return nil
}

func (r *reader) values() ast.Body {
	start := r.start()
	r.next()
	v := &ast.Values{}
	for {
		v.Rows = append(v.Rows, r.valuesRow())
		if !r.acceptOp(",") {
			break
		}
	}
	v.Pos = r.from(start)
	return v
}

// valuesRow reads (a, b), ROW(a, b) or a single expression.
func (r *reader) valuesRow() []ast.Expr {
	explicit := isKeyword(r.peek(), "ROW") || isOp(r.peek(), "(")
	x := r.expression(powerLowest)
	if row, ok := x.(*ast.Constructor); ok && explicit && row.Kind == "ROW" {
		return row.Args
	}
	return []ast.Expr{x}
}

func (r *reader) selectBlock() ast.Body {
	start := r.start()
	r.next()
	s := &ast.Select{Hints: r.hints()}
	s.Stream = r.accept("STREAM")
	if r.accept("DISTINCT") {
		s.Distinct = true
	} else {
		r.accept("ALL")
	}
	for {
		s.Items = append(s.Items, r.item())
		if !r.acceptOp(",") {
			break
		}
	}
	if r.accept("FROM") {
		s.From = r.fromClause()
		if r.accept("WHERE") {
			s.Where = r.expression(powerLowest)
		}
		r.groupBy(s)
		if r.accept("HAVING") {
			s.Having = r.expression(powerLowest)
		}
		if isKeyword(r.peek(), "WINDOW") {
			s.Windows = r.windows()
		}
		if r.accept("QUALIFY") {
			s.Qualify = r.expression(powerLowest)
		}
	}
	s.Pos = r.from(start)
	return s
}

// item reads an element of the select list.
func (r *reader) item() ast.Item {
	start := r.start()
	if star := r.star(); star != nil {
		return ast.Item{Pos: star.Pos, Expr: star}
	}
	it := ast.Item{Expr: r.expression(powerLowest)}
	if r.accept("AS") {
		alias := r.ident("a name for the column")
		it.Alias = &alias
	} else if isName(r.peek()) {
		alias := r.ident("a name for the column")
		it.Alias = &alias
	}
	it.Pos = r.from(start)
	return it
}

// star reads * or t.*; nil if there is none.
func (r *reader) star() *ast.Star {
	start := r.start()
	if r.acceptOp("*") {
		return &ast.Star{Pos: r.from(start)}
	}
	if !isName(r.peek()) {
		return nil
	}
	here, end := r.lex.MakeCheckpoint(), r.end
	var qualifier []ast.Ident
	for isName(r.peek()) {
		qualifier = append(qualifier, identOf(r.next()))
		if !r.acceptOp(".") {
			break
		}
		if r.acceptOp("*") {
			return &ast.Star{Pos: r.from(start), Qualifier: qualifier}
		}
	}
	r.lex.LoadCheckpoint(here)
	r.end = end
	return nil
}

// groupBy reads GROUP BY with the keys in any parentheses; GROUP BY () has none.
func (r *reader) groupBy(s *ast.Select) {
	if !r.accept("GROUP") {
		return
	}
	r.expect("BY")
	s.Grouped = true
	if s.DistinctGroups = r.accept("DISTINCT"); !s.DistinctGroups {
		r.accept("ALL")
	}
	for {
		t := r.peek()
		switch {
		case isOp(t, "(") && isOp(r.ahead(1), ")"):
			r.next()
			r.next()
		case r.groupingAhead():
			s.GroupBy = append(s.GroupBy, r.grouping())
		default:
			x := r.expression(powerLowest)
			if row, ok := x.(*ast.Constructor); ok && isOp(t, "(") && row.Kind == "ROW" {
				s.GroupBy = append(s.GroupBy, row.Args...)
			} else {
				s.GroupBy = append(s.GroupBy, x)
			}
		}
		if !r.acceptOp(",") {
			return
		}
	}
}

// groupingAhead reports whether GROUPING SETS, ROLLUP or CUBE follows.
func (r *reader) groupingAhead() bool {
	t := r.peek()
	return isKeyword(t, "ROLLUP") || isKeyword(t, "CUBE") || isKeyword(t, "GROUPING") && isWord(r.ahead(1), "SETS")
}

// grouping reads GROUPING SETS, ROLLUP or CUBE with its elements.
func (r *reader) grouping() ast.Expr {
	if !r.nest() {
		return nil
	}
	defer r.unnest()
	start := r.start()
	g := &ast.Grouping{Kind: r.next().Value}
	if r.take("SETS") {
		g.Kind = "GROUPING SETS"
	}
	r.expectOp("(")
	for {
		g.Elements = append(g.Elements, r.groupingElement(g.Kind == "GROUPING SETS"))
		if !r.acceptOp(",") {
			break
		}
	}
	r.closeList(")")
	r.grow()
	g.Pos = r.from(start)
	return g
}

// groupingElement reads an element of a Grouping: keys in parentheses, or one key.
func (r *reader) groupingElement(sets bool) ast.Expr {
	start := r.start()
	if sets && r.groupingAhead() {
		return r.grouping()
	}
	if isOp(r.peek(), "(") && isOp(r.ahead(1), ")") {
		r.next()
		r.next()
		return &ast.GroupingSet{Pos: r.from(start)}
	}
	parenthesised := isOp(r.peek(), "(")
	x := r.expression(powerLowest)
	if row, ok := x.(*ast.Constructor); ok && parenthesised && row.Kind == "ROW" {
		if len(row.Args) == 1 {
			return row.Args[0]
		}
		return &ast.GroupingSet{Pos: row.Pos, Keys: row.Args}
	}
	return x
}

// hints reads /*+ NAME(arguments), … */ if it is next.
func (r *reader) hints() []ast.Hint {
	var hints []ast.Hint
	for r.peek().Type == kindHintOpen {
		r.next()
		for r.err == nil {
			hints = append(hints, r.hint())
			r.acceptOp(",")
			if r.peek().Type == kindHintClose {
				break
			}
		}
		r.next()
	}
	return hints
}

func (r *reader) hint() ast.Hint {
	start := r.start()
	h := ast.Hint{Name: r.ident("the name of a hint").Name}
	if r.acceptOp("(") && !r.acceptOp(")") {
		for {
			h.Args = append(h.Args, r.hintArg())
			if !r.acceptOp(",") {
				break
			}
		}
		r.expectOp(")")
	}
	h.Pos = r.from(start)
	return h
}

// hintArg reads a value or key = value.
func (r *reader) hintArg() ast.HintArg {
	start := r.start()
	a := ast.HintArg{}
	a.Value, a.Quoted = r.hintValue()
	if r.acceptOp("=") {
		a.Key = a.Value
		a.Value, a.Quoted = r.hintValue()
	}
	a.Pos = r.from(start)
	return a
}

// hintValue reads a string, a number with its sign, or a dotted name.
func (r *reader) hintValue() (text string, quoted bool) {
	t := r.peek()
	switch {
	case t.Type == kindString:
		return r.text("a value"), true
	case t.Type == kindNumber:
		return r.next().Value, false
	case isOp(t, "-"):
		r.next()
		if r.peek().Type != kindNumber {
			r.unexpected("a number")
			return "", false
		}
		return "-" + r.next().Value, false
	}
	var b strings.Builder
	b.WriteString(r.ident("a value").Name)
	for r.acceptOp(".") {
		b.WriteByte('.')
		b.WriteString(r.ident("a name behind the dot").Name)
	}
	return b.String(), false
}
