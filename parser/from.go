package parser

import (
	"weir/parser/ast"
	"weir/parser/diag"
)

// fromClause reads table references with joins; a comma binds weaker than JOIN.
func (r *reader) fromClause() ast.From {
	start := r.start()
	f := r.joined()
	for r.acceptOp(",") {
		right := r.joined()
		f = &ast.Join{Pos: r.from(start), Kind: "CROSS", Left: f, Right: right}
		r.grow()
	}
	return f
}

// joined reads table references joined with JOIN.
func (r *reader) joined() ast.From {
	start := r.start()
	f := r.tableReference()
	for {
		kind := ""
		natural := r.accept("NATURAL")
		t := r.peek()
		if t.Type != kindKeyword {
			if natural {
				r.unexpected("JOIN")
			}
			return f
		}
		switch t.Value {
		case "JOIN":
			kind = "INNER"
		case "INNER", "CROSS", "LEFT", "RIGHT", "FULL":
			r.next()
			kind = t.Value
			if kind != "INNER" && kind != "CROSS" {
				r.accept("OUTER")
			}
		case "OUTER":
			r.unexpected("LEFT, RIGHT or FULL before OUTER JOIN")
			return f
		default:
			if natural {
				r.unexpected("JOIN")
			}
			return f
		}
		r.expect("JOIN")
		j := &ast.Join{Natural: natural, Kind: kind, Left: f, Right: r.tableReference()}
		if kind != "CROSS" && !natural {
			switch {
			case r.accept("ON"):
				j.On = r.expression(powerLowest)
			case r.accept("USING"):
				j.Using = r.identList("a column")
			default:
				r.unexpected("ON or USING")
			}
		}
		j.Pos = r.from(start)
		f = j
		r.grow()
	}
}

// tableReference reads one side of a join.
func (r *reader) tableReference() ast.From {
	start := r.start()
	return r.sampled(r.table(), start)
}

// table reads a table, a subquery or the call of a function.
func (r *reader) table() ast.From {
	t := r.peek()
	start := t.Pos.Offset
	lateral := r.accept("LATERAL")
	t = r.peek()
	switch {
	case isOp(t, "("):
		return r.parenthesisedFrom(start, lateral)
	case isKeyword(t, "TABLE"):
		r.next()
		r.expectOp("(")
		f := r.tableFunction(start)
		r.expectOp(")")
		f.Table, f.Lateral = true, lateral
		f.Alias = r.alias()
		f.Pos = r.from(start)
		return f
	case isKeyword(t, "UNNEST"):
		return r.unnestTable(start)
	case t.Type == kindString && !lateral:
		return r.namedTable()
	case isName(t):
		if r.functionAhead() {
			f := r.tableFunction(start)
			f.Lateral = lateral
			f.Alias = r.alias()
			f.Pos = r.from(start)
			return f
		}
		if lateral {
			r.unexpected("a query or a function behind LATERAL")
			return nil
		}
		return r.namedTable()
	case beginsQuery(t):
		r.unexpected("a table or a query in parentheses")
		return nil
	}
	r.unexpected("the name of a table")
	return nil
}

// parenthesisedFrom reads a subquery or a join in parentheses.
func (r *reader) parenthesisedFrom(start int, lateral bool) ast.From {
	if !r.nest() {
		return nil
	}
	defer r.unnest()
	r.expectOp("(")
	if !r.queryAhead(true) {
		if lateral {
			r.unexpected("a query behind LATERAL")
			return nil
		}
		f := r.fromClause()
		r.expectOp(")")
		return f
	}
	d := &ast.Derived{Lateral: lateral, Query: r.query()}
	r.expectOp(")")
	d.Pos = r.from(start)
	if isKeyword(r.peek(), "MATCH_RECOGNIZE") {
		return r.match(d, start)
	}
	if f, found := r.reshaped(d, start); found {
		return f
	}
	d.Alias = r.alias()
	d.Pos = r.from(start)
	r.misplacedSuffix()
	return d
}

// functionAhead reports whether a possibly qualified name with an opening parenthesis behind it follows.
func (r *reader) functionAhead() bool {
	here := r.lex.MakeCheckpoint()
	defer r.lex.LoadCheckpoint(here)
	for isName(r.lex.Peek()) {
		r.lex.Next()
		switch t := r.lex.Next(); {
		case isOp(t, "("):
			return true
		case !isOp(t, "."):
			return false
		}
	}
	return false
}

// namedTable reads t /*+ hints */ FOR SYSTEM_TIME AS OF time AS x (a, b), where t may be a file.
func (r *reader) namedTable() ast.From {
	start := r.start()
	t := &ast.TableRef{Name: r.nameOrFile("the name of a table")}
	t.Hints = r.hints()
	if r.accept("FOR") {
		r.want("SYSTEM_TIME", "AS", "OF")
		t.AsOf = r.expression(powerLowest)
	}
	t.Pos = r.from(start)
	if isKeyword(r.peek(), "MATCH_RECOGNIZE") {
		return r.match(t, start)
	}
	if f, found := r.reshaped(t, start); found {
		return f
	}
	t.Alias = r.alias()
	t.Pos = r.from(start)
	r.misplacedSuffix()
	return t
}

// misplacedSuffix fails at what stands behind a table's alias and belongs in front of it.
func (r *reader) misplacedSuffix() {
	t := r.peek()
	switch {
	case r.err != nil:
	case t.Type == kindHintOpen:
		r.fail(diag.New(codeSyntax, span(t), "a hint can't stand behind the alias of a table").
			WithHint("it stands behind the table's name: t /*+ … */ AS x"))
	case isKeyword(t, "FOR"):
		r.fail(diag.New(codeSyntax, span(t), "FOR SYSTEM_TIME AS OF can't stand behind the alias of a table").
			WithHint("it stands behind the table's name: t FOR SYSTEM_TIME AS OF … AS x"))
	case isKeyword(t, "MATCH_RECOGNIZE"):
		r.fail(diag.New(codeSyntax, span(t), "MATCH_RECOGNIZE can't stand behind the alias of a table").
			WithHint("it stands behind the table's name: t MATCH_RECOGNIZE (…) AS x"))
	}
}

// alias reads [AS] name [(columns)]; nil if there is none.
func (r *reader) alias() *ast.Alias {
	if !r.accept("AS") && !isName(r.peek()) {
		return nil
	}
	a := &ast.Alias{Name: r.ident("a name for the table")}
	if isOp(r.peek(), "(") {
		a.Columns = r.identList("a column's name")
	}
	return a
}

// unnestTable reads UNNEST(array, …) [WITH ORDINALITY].
func (r *reader) unnestTable(start int) ast.From {
	r.next()
	r.expectOp("(")
	u := &ast.Unnest{}
	if at := r.start(); r.queryAhead(false) {
		q := r.query()
		u.Array = &ast.Subquery{Pos: r.from(at), Query: q}
	} else {
		u.Array = r.expression(powerLowest)
	}
	for r.acceptOp(",") {
		u.More = append(u.More, r.expression(powerLowest))
	}
	r.closeList(")")
	if r.accept("WITH") {
		r.expectWord("ORDINALITY")
		u.Ordinality = true
	}
	u.Alias = r.alias()
	u.Pos = r.from(start)
	return u
}

// tableFunction reads f(arguments).
func (r *reader) tableFunction(start int) *ast.TableFunction {
	f := &ast.TableFunction{Name: r.ident("the name of a table function")}
	for r.acceptOp(".") {
		f.Qualifier = append(f.Qualifier, f.Name)
		f.Name = r.ident("the name of a table function")
	}
	r.expectOp("(")
	if !isOp(r.peek(), ")") {
		for {
			f.Args = append(f.Args, r.tableArgument())
			if !r.acceptOp(",") {
				break
			}
		}
	}
	r.closeList(")")
	f.Pos = r.from(start)
	return f
}

// tableArgument reads an argument of a table function, possibly with name =>.
func (r *reader) tableArgument() ast.Arg {
	start := r.start()
	a := ast.Arg{}
	t := r.peek()
	if (isName(t) || isKeyword(t, "OFFSET")) && isOp(r.ahead(1), "=>") {
		name := identOf(r.next())
		// OFFSET is reserved, but nothing else can be meant here; printed, it is in backticks.
		name.Quoted = name.Quoted || t.Type == kindKeyword
		r.next()
		a.Name = &name
		t = r.peek()
	}
	switch {
	case isKeyword(t, "TABLE"):
		a.Value = r.tableArg()
	case isWord(t, "MODEL") && isName(r.ahead(1)):
		at := r.start()
		r.next()
		m := &ast.ModelArg{Name: r.name("the name of a model")}
		m.Pos = r.from(at)
		a.Value = m
	case isWord(t, "DESCRIPTOR") && isOp(r.ahead(1), "("):
		a.Value = r.descriptor()
	case isOp(t, "(") && r.tableQueryAhead():
		arg := &ast.TableArg{}
		r.next()
		arg.Query = r.query()
		r.expectOp(")")
		arg.Pos = r.from(start)
		r.partitionBy(arg)
		a.Value = arg
	default:
		a.Value = r.expression(powerLowest)
	}
	a.Pos = r.from(start)
	return a
}

// tableQueryAhead reports whether a query in parentheses follows.
func (r *reader) tableQueryAhead() bool {
	here := r.lex.MakeCheckpoint()
	defer r.lex.LoadCheckpoint(here)
	r.lex.Next()
	return r.queryAhead(false)
}

// tableArg reads TABLE t [PARTITION BY …].
func (r *reader) tableArg() *ast.TableArg {
	start := r.start()
	r.next()
	arg := &ast.TableArg{}
	if isOp(r.peek(), "(") {
		r.unexpected("the name of a table")
		if r.err != nil && r.err.Hint == "" {
			r.err.Hint = "a query in parentheses is written without TABLE"
		}
		return nil
	}
	at := r.start()
	ref := &ast.TableRef{Name: r.nameOrFile("the name of a table")}
	ref.Hints = r.hints()
	ref.Pos = r.from(at)
	arg.Table = ref
	arg.Pos = r.from(start)
	r.partitionBy(arg)
	return arg
}

// partitionBy reads PARTITION BY and ORDER BY of columns or (columns).
func (r *reader) partitionBy(arg *ast.TableArg) {
	if r.accept("PARTITION") {
		r.expect("BY")
		if r.acceptOp("(") {
			arg.PartitionBy = r.expressions()
			r.expectOp(")")
		} else {
			arg.PartitionBy = []ast.Expr{r.expression(powerLowest)}
		}
		arg.At.End = r.end
	}
	if r.accept("ORDER") {
		r.expect("BY")
		if r.acceptOp("(") {
			arg.OrderBy = r.orders()
			r.expectOp(")")
		} else {
			arg.OrderBy = []ast.Order{r.order()}
		}
		arg.At.End = r.end
	}
}

func (r *reader) descriptor() *ast.Descriptor {
	start := r.start()
	r.next()
	d := &ast.Descriptor{Columns: r.identList("a column")}
	d.Pos = r.from(start)
	return d
}
