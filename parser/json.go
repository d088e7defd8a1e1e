package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// jsonFunctions are the functions whose arguments are followed by clauses.
var jsonFunctions = wordSet("JSON_ARRAY JSON_ARRAYAGG JSON_EXISTS JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_VALUE")

// jsonArguments reads the arguments of a JSON function and the clauses behind them.
func (r *reader) jsonArguments(c *ast.Call) {
	pairs := c.Name.Name == "JSON_OBJECT" || c.Name.Name == "JSON_OBJECTAGG"
	for more := !isOp(r.peek(), ")") && !r.onAhead(); more; more = r.acceptOp(",") {
		if pairs {
			c.Args = append(c.Args, r.jsonPair())
		} else {
			c.Args = append(c.Args, r.jsonValue())
		}
	}
	if isKeyword(r.peek(), "ORDER") {
		c.OrderBy = r.orderBy()
	}
	if !isOp(r.peek(), ")") && r.err == nil {
		c.JSON = r.jsonClauses()
	}
}

// onAhead reports whether NULL ON NULL or ABSENT ON NULL follows, where arguments could stand.
func (r *reader) onAhead() bool {
	return (says(r.peek(), "NULL") || says(r.peek(), "ABSENT")) && isKeyword(r.ahead(1), "ON")
}

// jsonPair reads [KEY] key VALUE value or key : value.
func (r *reader) jsonPair() ast.Expr {
	start := r.start()
	if isWord(r.peek(), "KEY") && beginsOperand(r.ahead(1)) {
		r.next()
	}
	key := r.expression(powerLowest)
	if !r.accept("VALUE") && !r.acceptOp(":") {
		r.unexpected("VALUE")
	}
	value := r.jsonValue()
	return &ast.JSONPair{Pos: r.from(start), Key: key, Value: value}
}

// beginsOperand reports whether t, behind a name, makes the name a word of the grammar.
func beginsOperand(t *lexer.Token) bool {
	switch t.Type {
	case kindString, kindNumber, kindIdent, kindQuoted, kindBinary:
		return true
	case kindKeyword:
		return t.Value != "VALUE" && !isInfix(t.Value)
	}
	return isOp(t, "(")
}

// isInfix reports whether a reserved word continues an expression.
func isInfix(word string) bool {
	switch word {
	case "AND", "OR", "IS", "IN", "BETWEEN", "LIKE", "SIMILAR", "MULTISET", "MEMBER", "SUBMULTISET", "OVERLAPS", "CONTAINS",
		"EQUALS", "PRECEDES", "SUCCEEDS":
		return true
	}
	return false
}

// jsonValue reads an expression and FORMAT JSON behind it.
func (r *reader) jsonValue() ast.Expr {
	start := r.start()
	x := r.expression(powerLowest)
	if !r.take("FORMAT", "JSON") {
		return x
	}
	f := &ast.JSONFormat{X: x}
	if r.take("ENCODING") {
		f.Encoding = r.wantOneOf("UTF8", "UTF16", "UTF32")
	}
	f.Pos = r.from(start)
	return f
}

// jsonClauses reads RETURNING, WRAPPER and the behaviors, each at most once.
func (r *reader) jsonClauses() *ast.JSONClauses {
	start := r.start()
	c := &ast.JSONClauses{}
	for r.err == nil && !isOp(r.peek(), ")") {
		switch {
		case c.Returning == nil && r.take("RETURNING"):
			c.Returning = r.typeName()
		case c.Wrapper == "" && r.take("WITHOUT"):
			r.take("ARRAY")
			r.want("WRAPPER")
			c.Wrapper = "WITHOUT ARRAY"
		case c.Wrapper == "" && r.take("WITH"):
			kind := r.takeOneOf("CONDITIONAL", "UNCONDITIONAL")
			if kind == "" {
				kind = "UNCONDITIONAL"
			}
			r.take("ARRAY")
			r.want("WRAPPER")
			c.Wrapper = "WITH " + kind + " ARRAY"
		default:
			r.jsonBehavior(c)
		}
	}
	c.Pos = r.from(start)
	return c
}

// jsonBehavior reads … ON EMPTY, … ON ERROR or … ON NULL.
func (r *reader) jsonBehavior(c *ast.JSONClauses) {
	start := r.start()
	b := &ast.JSONBehavior{Kind: r.takeOneOf("ERROR", "NULL", "EMPTY", "DEFAULT", "TRUE", "FALSE", "UNKNOWN", "ABSENT")}
	switch b.Kind {
	case "":
		r.unexpected(moreOfList)
		return
	case "EMPTY":
		b.Kind += " " + r.wantOneOf("ARRAY", "OBJECT")
	case "DEFAULT":
		b.Default = r.expression(powerLowest)
	}
	b.Pos = r.from(start)
	r.expect("ON")
	at := span(r.peek())
	on := r.wantOneOf("EMPTY", "ERROR", "NULL")
	switch {
	case r.err != nil:
	case on == "EMPTY" && c.OnEmpty != nil, on == "ERROR" && c.OnError != nil, on == "NULL" && c.OnNull != "":
		r.fail(diag.New(codeSyntax, at, "ON %s is given twice", on))
	case on == "EMPTY" && c.OnError != nil:
		r.fail(diag.New(codeSyntax, at, "ON EMPTY comes before ON ERROR"))
	case (on == "NULL") != (b.Kind == "ABSENT") && b.Kind != "NULL":
		r.fail(diag.New(codeSyntax, at, "%s can't stand in front of ON %s", b.Kind, on))
	case on == "EMPTY":
		c.OnEmpty = b
	case on == "ERROR":
		c.OnError = b
	default:
		c.OnNull = b.Kind
	}
}
