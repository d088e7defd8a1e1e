package parser

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// bareCall reads CURRENT_TIMESTAMP and its like.
func (r *reader) bareCall(t *lexer.Token) ast.Expr {
	r.next()
	pos := ast.Pos{At: span(t)}
	call := &ast.Call{Pos: pos, Name: ast.Ident{Pos: pos, Name: t.Value}, NoParens: true}
	switch t.Value {
	case "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP":
		if r.acceptOp("(") {
			call.NoParens = false
			if n := r.peek(); n.Type == kindNumber {
				call.Args = append(call.Args, &ast.NumberLit{Pos: ast.Pos{At: span(n)}, Text: n.Value})
			}
			r.integer("a precision")
			r.expectOp(")")
			call.Pos = r.from(t.Pos.Offset)
		}
	}
	return call
}

// call reads the arguments of a function and what may follow them.
func (r *reader) call(name ast.Ident) ast.Expr {
	c := &ast.Call{Name: name}
	r.expectOp("(")
	switch {
	case !name.Quoted && jsonFunctions[strings.ToUpper(name.Name)]:
		r.jsonArguments(c)
	case isOp(r.peek(), "*"):
		r.next()
		c.Star = true
	case !isOp(r.peek(), ")"):
		if r.accept("DISTINCT") {
			c.Distinct = true
		} else {
			r.accept("ALL")
		}
		r.arguments(c)
	}
	r.closeList(")")
	r.callTail(c)
	c.Pos = r.from(name.At.Start)
	return c
}

// running reads RUNNING or FINAL and the call behind it.
func (r *reader) running(t *lexer.Token) ast.Expr {
	r.next()
	at := r.peek()
	name := ast.Ident{Pos: ast.Pos{At: span(at)}, Name: at.Value}
	if at.Type == kindKeyword && functions[at.Value] {
		r.next()
	} else {
		name = r.ident("a function")
	}
	call := r.call(name)
	if c, ok := call.(*ast.Call); ok {
		c.Semantics, c.Pos = strings.ToUpper(t.Value), r.from(t.Pos.Offset)
	}
	return call
}

// arguments reads the arguments of an ordinary function, and the order and NULLs behind the last.
func (r *reader) arguments(c *ast.Call) {
	for {
		c.Args = append(c.Args, r.argument(c))
		if !r.acceptOp(",") {
			break
		}
	}
	r.nullTreatment(c)
	if isKeyword(r.peek(), "ORDER") {
		c.OrderBy = r.orderBy()
	}
	r.nullTreatment(c)
}

// argument reads an argument, possibly with name => or a USING behind it.
func (r *reader) argument(c *ast.Call) ast.Expr {
	start := r.start()
	if isName(r.peek()) && isOp(r.ahead(1), "=>") {
		name := r.ident("a name")
		r.next()
		value := r.expression(powerLowest)
		return &ast.NamedArg{Pos: r.from(start), Name: name, Value: value}
	}
	x := r.expression(powerLowest)
	if !c.Name.Quoted && (c.Name.Name == "CONVERT" || c.Name.Name == "TRANSLATE") && r.accept("USING") {
		charset := r.name("a character set")
		return &ast.Using{Pos: r.from(start), X: x, Charset: charset}
	}
	return x
}

func isArgumentEnd(t *lexer.Token) bool { return isOp(t, ",") || isOp(t, ")") || t.EOF() }

// nullTreatment reads IGNORE NULLS or RESPECT NULLS.
func (r *reader) nullTreatment(c *ast.Call) {
	switch {
	case c.Nulls != "":
	case r.take("IGNORE", "NULLS"):
		c.Nulls = "IGNORE"
	case r.take("RESPECT", "NULLS"):
		c.Nulls = "RESPECT"
	}
}

// callTail reads what may follow the arguments: IGNORE NULLS, WITHIN, FILTER and OVER.
func (r *reader) callTail(c *ast.Call) {
	r.nullTreatment(c)
	if r.take("WITHIN", "DISTINCT") {
		r.expectOp("(")
		c.WithinDistinct = r.expressions()
		r.closeList(")")
	}
	if r.accept("WITHIN") {
		r.expect("GROUP")
		r.expectOp("(")
		c.WithinGroup = r.orderBy()
		r.closeList(")")
	}
	if r.accept("FILTER") {
		r.expectOp("(")
		r.expect("WHERE")
		c.Filter = r.expression(powerLowest)
		r.expectOp(")")
	}
	if isKeyword(r.peek(), "OVER") {
		c.Over = r.over()
	}
}

// timestampCall reads TIMESTAMPADD(unit, n, x) and TIMESTAMPDIFF(unit, x, y).
func (r *reader) timestampCall() ast.Expr {
	c := &ast.Call{Name: r.ident("a function")}
	r.expectOp("(")
	c.Args = append(c.Args, r.unitArgument())
	for range 2 {
		r.expectOp(",")
		c.Args = append(c.Args, r.expression(powerLowest))
	}
	r.expectOp(")")
	c.Pos = r.from(c.Name.At.Start)
	return c
}

// specialCall reads the functions whose arguments are separated by words.
func (r *reader) specialCall(t *lexer.Token) ast.Expr {
	r.next()
	c := &ast.Call{Name: ast.Ident{Pos: ast.Pos{At: span(t)}, Name: t.Value}}
	r.expectOp("(")
	switch t.Value {
	case "EXTRACT":
		unit := r.unitArgument()
		r.expect("FROM")
		c.Args = []ast.Expr{unit, r.expression(powerLowest)}
	case "POSITION":
		// IN separates here, so the operand must bind tighter than it.
		needle := r.expression(powerRange)
		r.expect("IN")
		c.Args = []ast.Expr{needle, r.expression(powerLowest)}
		if r.accept("FROM") {
			c.Args = append(c.Args, r.expression(powerLowest))
		}
	case "SUBSTRING":
		c.Args = []ast.Expr{r.expression(powerLowest)}
		if !r.accept("FROM") && !r.acceptOp(",") && r.err == nil {
			r.fail(unexpected(r.lex, "',' or FROM").WithHint("write SUBSTRING(string FROM start FOR length)"))
		}
		c.Args = append(c.Args, r.expression(powerLowest))
		if r.accept("FOR") || r.acceptOp(",") {
			c.Args = append(c.Args, r.expression(powerLowest))
		}
	case "TRIM":
		c.Args = r.trimArguments()
	case "OVERLAY":
		c.Args = []ast.Expr{r.expression(powerLowest)}
		if !r.acceptWord("PLACING") {
			r.unexpected("PLACING")
		}
		c.Args = append(c.Args, r.expression(powerLowest))
		r.expect("FROM")
		c.Args = append(c.Args, r.expression(powerLowest))
		if r.accept("FOR") {
			c.Args = append(c.Args, r.expression(powerLowest))
		}
	default: // FLOOR, CEIL
		c.Args = []ast.Expr{r.expression(powerLowest)}
		if r.accept("TO") {
			c.Args = append(c.Args, r.unitArgument())
		}
	}
	r.expectOp(")")
	c.Pos = r.from(t.Pos.Offset)
	return c
}

// trimArguments reads [[LEADING|TRAILING|BOTH] [characters] FROM] x; TRIM(x) trims blanks on both sides.
func (r *reader) trimArguments() []ast.Expr {
	t := r.peek()
	at := ast.Pos{At: diag.Span{Start: t.Pos.Offset, End: t.Pos.Offset}}
	side := &ast.StringLit{Pos: at, Value: "BOTH"}
	written := true
	switch {
	case r.accept("LEADING"), r.accept("TRAILING"), r.accept("BOTH"):
		side.Value, side.At = t.Value, span(t)
	default:
		written = false
	}
	blank := &ast.StringLit{Pos: at, Value: " "}
	if written && r.accept("FROM") {
		return []ast.Expr{side, blank, r.expression(powerLowest)}
	}
	x := r.expression(powerLowest)
	if written && !isKeyword(r.peek(), "FROM") {
		r.unexpected("FROM")
	}
	if r.accept("FROM") {
		return []ast.Expr{side, x, r.expression(powerLowest)}
	}
	return []ast.Expr{side, blank, x}
}
