package parser

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// The parts of statements that are read by hand. Where a grammar has a pointer to one, nil means that it was not
// written, and the method of the part gives what that means.
type (
	queryPart        struct{ q *ast.Query }
	identPart        struct{ id ast.Ident }
	identsPart       struct{ ids []ast.Ident }
	columnsPart      struct{ ids []ast.Ident }
	namePart         struct{ n ast.Name }
	hintsPart        struct{ h []ast.Hint }
	textPart         struct{ s string }
	schemaPart       struct{ s *schema }
	distributionPart struct{ dist *ast.Distribution }
	optionsPart      struct{ o []ast.Option }
	likePart         struct{ l *ast.TableLike }
	freshnessPart    struct{ lit *ast.IntervalLit }
	languagePart     struct{ word string }
	partitionPart    struct{ v []ast.PartitionValue }
	partitionKeys    struct{ v []ast.PartitionValue }
	callPart         struct{ c *ast.Call }
	statementPart    struct{ st ast.Statement }
	runPart          struct{ st ast.Statement }
)

// read runs a reader on the tokens of a participle grammar.
func read[T any](lex *lexer.PeekingLexer, dst *T, f func(*reader) T) error {
	r := newReader(lex)
	*dst = f(r)
	if r.err != nil {
		return r.err
	}
	return nil
}

func (p *queryPart) Parse(lex *lexer.PeekingLexer) error { return read(lex, &p.q, (*reader).query) }

func (p *queryPart) query() *ast.Query {
	if p == nil {
		return nil
	}
	return p.q
}

func (p *identPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.id, func(r *reader) ast.Ident { return r.ident("a name") })
}

func (p *identsPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.ids, func(r *reader) []ast.Ident { return r.identList("a column's name") })
}

func (p *identsPart) list() []ast.Ident {
	if p == nil {
		return nil
	}
	return p.ids
}

// columnsPart is (a, b); it does not match a query in parentheses.
func (p *columnsPart) Parse(lex *lexer.PeekingLexer) error {
	r := newReader(lex)
	if t := r.ahead(1); !isOp(r.peek(), "(") || beginsQuery(t) || isKeyword(t, "TABLE") || isOp(t, "(") {
		return participle.NextMatch
	}
	return read(lex, &p.ids, func(r *reader) []ast.Ident { return r.identList("a column's name") })
}

func (p *namePart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.n, func(r *reader) ast.Name { return r.name("a name") })
}

// filePart is a name or a file.
type filePart struct{ n ast.Name }

func (p *filePart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.n, func(r *reader) ast.Name { return r.nameOrFile("a name") })
}

func (p *hintsPart) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Type != kindHintOpen {
		return participle.NextMatch
	}
	return read(lex, &p.h, (*reader).hints)
}

func (p *textPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.s, func(r *reader) string { return r.text("a string in single quotes") })
}

func (p *textPart) text() string {
	if p == nil {
		return ""
	}
	return p.s
}

func (p *schemaPart) Parse(lex *lexer.PeekingLexer) error {
	if !isOp(lex.Peek(), "(") {
		return participle.NextMatch
	}
	return read(lex, &p.s, (*reader).schema)
}

func (p *schemaPart) get() *schema {
	if p == nil {
		return &schema{}
	}
	return p.s
}

func (p *distributionPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.dist, (*reader).distribution)
}

func (p *distributionPart) node() *ast.Distribution {
	if p == nil {
		return nil
	}
	return p.dist
}

func (p *optionsPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.o, (*reader).options)
}

func (p *optionsPart) list() []ast.Option {
	if p == nil {
		return nil
	}
	return p.o
}

func (p *likePart) Parse(lex *lexer.PeekingLexer) error { return read(lex, &p.l, (*reader).tableLike) }

func (p *freshnessPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.lit, (*reader).freshness)
}

func (p *languagePart) Parse(lex *lexer.PeekingLexer) error {
	if !isKeyword(lex.Peek(), "LANGUAGE") {
		return participle.NextMatch
	}
	return read(lex, &p.word, (*reader).language)
}

func (p *partitionPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.v, func(r *reader) []ast.PartitionValue { return r.partition(false) })
}

func (p *partitionPart) list() []ast.PartitionValue {
	if p == nil {
		return nil
	}
	return p.v
}

// partitionKeys are columns of a partition, with values or without.
func (p *partitionKeys) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.v, func(r *reader) []ast.PartitionValue { return r.partition(true) })
}

// callPart is the call of a procedure.
func (p *callPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.c, func(r *reader) *ast.Call {
		x := r.column()
		c, ok := x.(*ast.Call)
		if !ok && r.err == nil {
			r.unexpected("'('")
		}
		return c
	})
}

// statementPart is what EXPLAIN explains.
func (p *statementPart) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	var d *diag.Diagnostic
	switch {
	case isWord(t, "STATEMENT"):
		p.st, d = statementSet(lex)
	case beginsQuery(t), isOp(t, "("), isKeyword(t, "TABLE"), isKeyword(t, "INSERT"), isKeyword(t, "CREATE"), isWord(t, "REPLACE"),
		isKeyword(t, "EXECUTE"):
		p.st, d = leadingStatement(lex)
	default:
		return unexpected(lex, "a query, INSERT or CREATE TABLE … AS")
	}
	if d != nil {
		return d
	}
	if c, ok := p.st.(*ast.CreateTable); isKeyword(t, "CREATE") && (!ok || c.As == nil) {
		return diag.New(codeSyntax, p.st.Span(), "EXPLAIN of CREATE needs a table that is created AS a query")
	}
	if _, ok := p.st.(*ast.ExecutePlan); ok {
		return diag.New(codeSyntax, p.st.Span(), "EXPLAIN of EXECUTE needs a query, INSERT or a statement set")
	}
	return nil
}

// runPart is what EXECUTE runs and COMPILE PLAN compiles.
func (p *runPart) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	var d *diag.Diagnostic
	switch {
	case isWord(t, "STATEMENT"):
		p.st, d = statementSet(lex)
	case beginsQuery(t), isOp(t, "("), isKeyword(t, "TABLE"), isKeyword(t, "INSERT"):
		p.st, d = leadingStatement(lex)
	default:
		return unexpected(lex, "a query, INSERT or STATEMENT SET")
	}
	if d != nil {
		return d
	}
	return nil
}
