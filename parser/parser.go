// Package parser turns SQL text into the nodes of parser/ast.
//
// A scanner of its own cuts the text into tokens. Statements are participle grammars in struct tags, one parser per
// leading keyword, built when it is first needed; queries and expressions, which are most of what is parsed, are read
// by hand from the same tokens.
package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// Parsed is a statement of a script: Statement or Err is set. Span is its text without the semicolon.
type Parsed struct {
	Statement ast.Statement
	Span      diag.Span
	Err       *diag.Diagnostic
}

// Script parses all statements of a text, which are separated by semicolons; empty ones are left out. A statement
// that can't be parsed does not keep the later ones from being parsed. Spans are offsets in src.Text.
func Script(src *diag.Source) []Parsed {
	var all []Parsed
	s := &scanner{text: src.Text}
	for {
		s.nextStatement()
		if s.skipEmpty(); s.pos >= len(s.text) {
			return all
		}
		start := s.pos
		lex, d := s.tokens()
		if d != nil {
			all = append(all, Parsed{Span: s.trimmed(start), Err: d.In(src)})
		} else if !lex.Peek().EOF() {
			p := Parsed{Span: s.trimmed(lex.Peek().Pos.Offset)}
			p.Statement, p.Err = parseStatement(lex)
			if p.Err != nil {
				p.Statement = nil
				p.Err.In(src)
			}
			all = append(all, p)
		}
		if !s.ended {
			return all
		}
	}
}

// tokens reads the tokens of the next statement, all of them also after a lexical error.
func (s *scanner) tokens() (*lexer.PeekingLexer, *diag.Diagnostic) {
	lex, err := lexer.Upgrade(s)
	for err != nil {
		_, err = lexer.Upgrade(s)
	}
	if s.bad == nil && s.inHint {
		s.bad = diag.New(codeLexical, diag.Span{Start: s.hint, End: s.hint + len("/*+")}, "the hint that begins here does not end")
	}
	return lex, s.bad
}

// Complete reports whether a text typed at a prompt ends with a complete statement: with a semicolon that is not
// inside of a string, a name, a comment or a hint.
func Complete(text string) bool {
	s := &scanner{text: text}
	complete := false
	for {
		s.nextStatement()
		lex, d := s.tokens()
		if s.open {
			return false
		}
		if !s.ended {
			return complete && d == nil && lex.Peek().EOF()
		}
		complete = true
	}
}

// Expression parses a text that is an expression.
func Expression(src *diag.Source) (ast.Expr, *diag.Diagnostic) {
	return fragment(src, func(r *reader) ast.Expr { return r.expression(powerLowest) })
}

// Query parses a text that is a query.
func Query(src *diag.Source) (*ast.Query, *diag.Diagnostic) {
	return fragment(src, (*reader).query)
}

// fragment parses a text that is no statement.
func fragment[T any](src *diag.Source, read func(*reader) T) (T, *diag.Diagnostic) {
	var none T
	s := &scanner{text: src.Text}
	lex, d := s.tokens()
	if d != nil {
		return none, d.In(src)
	}
	r := newReader(lex)
	x := read(r)
	if r.err == nil && !r.peek().EOF() {
		r.unexpected("the end of the text")
	}
	if r.err == nil && s.ended {
		r.fail(diag.New(codeSyntax, diag.Span{Start: s.pos - 1, End: s.pos}, "a semicolon can't stand here"))
	}
	if r.err != nil {
		return none, r.err.In(src)
	}
	return x, nil
}
