package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// deleteStatement parses DELETE FROM t [AS x] [WHERE …].
func deleteStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	r := newReader(lex)
	start := r.start()
	d := &ast.Delete{}
	r.want("DELETE", "FROM")
	d.Table, d.Hints, d.Alias = r.target()
	if r.accept("WHERE") {
		d.Where = r.expression(powerLowest)
	}
	d.Pos = r.from(start)
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}

// updateStatement parses UPDATE t [AS x] SET c = e, … [WHERE …].
func updateStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	r := newReader(lex)
	start := r.start()
	u := &ast.Update{}
	r.want("UPDATE")
	u.Table, u.Hints, u.Alias = r.target()
	r.want("SET")
	for {
		at := r.start()
		a := ast.Assignment{Column: r.ident("a column's name")}
		r.expectOp("=")
		a.Value = r.expression(powerLowest)
		a.Pos = r.from(at)
		u.Set = append(u.Set, a)
		if !r.acceptOp(",") {
			break
		}
	}
	if r.accept("WHERE") {
		u.Where = r.expression(powerLowest)
	}
	u.Pos = r.from(start)
	if r.err != nil {
		return nil, r.err
	}
	return u, nil
}

// target reads the table that DELETE and UPDATE change, with its hints and alias.
func (r *reader) target() (table ast.Name, hints []ast.Hint, alias *ast.Ident) {
	table = r.name("the name of a table")
	hints = r.hints()
	if r.accept("AS") || isName(r.peek()) {
		id := r.ident("a name for the table")
		alias = &id
	}
	return table, hints, alias
}

// statementSet parses STATEMENT SET BEGIN insert; … END.
func statementSet(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	r := newReader(lex)
	s := &ast.StatementSet{}
	start := r.start()
	r.want("STATEMENT", "SET", "BEGIN")
	for r.err == nil {
		if !isKeyword(r.peek(), "INSERT") {
			r.unexpected("INSERT")
			break
		}
		in, d := insertStatement(lex)
		if d != nil {
			return nil, d
		}
		s.Inserts = append(s.Inserts, in.(*ast.Insert))
		r.expectOp(";")
		if r.accept("END") {
			break
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	s.Pos = r.from(start)
	return s, nil
}
