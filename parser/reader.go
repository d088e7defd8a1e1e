package parser

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// Codes of the diagnostics of this package.
const (
	codeSyntax      = "W1001"
	codeLexical     = "W1002"
	codeTooDeep     = "W1003"
	codeReserved    = "W1004"
	codeUnsupported = "W1900"
)

const (
	// maxDepth bounds how deeply a statement may be nested: the parser and all that walk the tree after it recurse,
	// and a Go program does not survive the overflow of a stack.
	maxDepth = 500
	// maxHeight bounds the tree where it grows without nesting: 1 + 1 + … leans to the left.
	maxHeight = 10_000
)

// reader reads queries and expressions from tokens. After the first error it stands at the end of the tokens, so that
// every loop ends; its results are then worthless and may hold nil.
type reader struct {
	lex    *lexer.PeekingLexer
	end    int // behind the last token read
	depth  int
	height int // of the highest tree read since the enclosing expression or query began
	err    *diag.Diagnostic
}

// newReader reads on from where lex stands.
func newReader(lex *lexer.PeekingLexer) *reader {
	return &reader{lex: lex, end: lex.Peek().Pos.Offset}
}

func (r *reader) peek() *lexer.Token { return r.lex.Peek() }

// start is the offset of the next token.
func (r *reader) start() int { return r.lex.Peek().Pos.Offset }

// from is the position from start to the end of the last token.
func (r *reader) from(start int) ast.Pos {
	return ast.Pos{At: diag.Span{Start: start, End: max(start, r.end)}}
}

func (r *reader) next() *lexer.Token {
	t := r.lex.Next()
	r.end = t.Pos.Offset + len(t.Value)
	return t
}

// fail keeps the first error and goes to the end of the tokens.
func (r *reader) fail(d *diag.Diagnostic) {
	if r.err == nil {
		r.err = d
	}
	for !r.lex.Next().EOF() {
	}
}

// unexpected fails at the next token.
func (r *reader) unexpected(expected string) {
	if r.err == nil {
		r.fail(unexpected(r.lex, expected))
	}
}

// unsupported fails at the next token with the name of a construct of Flink's that weir does not have.
func (r *reader) unsupported(what string) {
	if r.err == nil {
		r.fail(unsupported(span(r.peek()), what))
	}
}

// nest counts one level of nesting; the caller calls unnest when it returns true.
func (r *reader) nest() bool {
	if r.depth >= maxDepth {
		r.fail(diag.New(codeTooDeep, span(r.peek()), "the statement is nested more than %d levels deep", maxDepth))
		return false
	}
	r.depth++
	return true
}

func (r *reader) unnest() { r.depth-- }

// grow counts one level of the tree on top of what was read so far.
func (r *reader) grow() {
	if r.height++; r.height > maxHeight {
		r.fail(diag.New(codeTooDeep, span(r.peek()), "the statement chains more than %d operators", maxHeight).
			WithHint("IN (…) is a chain of OR, VALUES one of UNION ALL"))
	}
}

// isKeyword reports whether t is a reserved word.
func isKeyword(t *lexer.Token, word string) bool { return t.Type == kindKeyword && t.Value == word }

// isWord reports whether t is a word that is not reserved, in any case.
func isWord(t *lexer.Token, word string) bool {
	return t.Type == kindIdent && len(t.Value) == len(word) && strings.EqualFold(t.Value, word)
}

// says reports whether t is the word, reserved or not.
func says(t *lexer.Token, word string) bool { return isKeyword(t, word) || isWord(t, word) }

// isOp reports whether t is an operator or punctuation.
func isOp(t *lexer.Token, op string) bool { return t.Type == kindOp && t.Value == op }

func span(t *lexer.Token) diag.Span {
	return diag.Span{Start: t.Pos.Offset, End: t.Pos.Offset + len(t.Value)}
}

// accept reads the reserved word if it is next.
func (r *reader) accept(word string) bool {
	if isKeyword(r.peek(), word) {
		r.next()
		return true
	}
	return false
}

// acceptWord reads the word that is not reserved if it is next.
func (r *reader) acceptWord(word string) bool {
	if isWord(r.peek(), word) {
		r.next()
		return true
	}
	return false
}

// take reads words, reserved or not, if all of them are next.
func (r *reader) take(words ...string) bool {
	here, end := r.lex.MakeCheckpoint(), r.end
	for _, w := range words {
		if !says(r.peek(), w) {
			r.lex.LoadCheckpoint(here)
			r.end = end
			return false
		}
		r.next()
	}
	return true
}

// want reads words, reserved or not, and fails at the first that is not there.
func (r *reader) want(words ...string) {
	for _, w := range words {
		if !r.take(w) {
			r.unexpected(w)
		}
	}
}

// takeOneOf reads one of several words and returns it in upper case; empty if none is next.
func (r *reader) takeOneOf(words ...string) string {
	for _, w := range words {
		if r.take(w) {
			return w
		}
	}
	return ""
}

// wantOneOf reads one of several words and returns it in upper case.
func (r *reader) wantOneOf(words ...string) string {
	w := r.takeOneOf(words...)
	if w == "" {
		r.unexpectedOf(words)
	}
	return w
}

// unexpectedOf fails at the next token, of which only the words were expected.
func (r *reader) unexpectedOf(words []string) {
	if r.err != nil {
		return
	}
	d := unexpected(r.lex, alternatives(words))
	if t := r.peek(); d.Code == codeSyntax && (t.Type == kindIdent || t.Type == kindKeyword) && len(t.Value) > 1 {
		if word, ok := diag.Nearest(t.Value, words); ok {
			d.Hint = "did you mean " + word + "?"
		}
	}
	r.fail(d)
}

func (r *reader) acceptOp(op string) bool {
	if isOp(r.peek(), op) {
		r.next()
		return true
	}
	return false
}

func (r *reader) expect(word string) {
	if !r.accept(word) {
		r.unexpected(word)
	}
}

func (r *reader) expectWord(word string) {
	if !r.acceptWord(word) {
		r.unexpected(word)
	}
}

func (r *reader) expectOp(op string) {
	if !r.acceptOp(op) {
		r.unexpected("'" + op + "'")
	}
}

// closeList reads what ends a list.
func (r *reader) closeList(op string) {
	if !r.acceptOp(op) {
		r.unexpected("',' or '" + op + "'")
	}
}

// ahead returns the token n places behind the next one.
func (r *reader) ahead(n int) *lexer.Token {
	here := r.lex.MakeCheckpoint()
	for range n {
		r.lex.Next()
	}
	t := r.lex.Peek()
	r.lex.LoadCheckpoint(here)
	return t
}

// isName reports whether t may be an identifier.
func isName(t *lexer.Token) bool { return t.Type == kindIdent || t.Type == kindQuoted }

// ident reads an identifier.
func (r *reader) ident(expected string) ast.Ident {
	t := r.peek()
	if !isName(t) {
		r.unexpected(expected)
		return ast.Ident{}
	}
	r.next()
	return identOf(t)
}

func identOf(t *lexer.Token) ast.Ident {
	id := ast.Ident{Pos: ast.Pos{At: span(t)}, Name: t.Value}
	if t.Type == kindQuoted {
		id.Quoted = true
		id.Name = strings.ReplaceAll(t.Value[1:len(t.Value)-1], "``", "`")
	}
	return id
}

// idents reads a, b, … without parentheses.
func (r *reader) idents(expected string) []ast.Ident {
	var list []ast.Ident
	for {
		list = append(list, r.ident(expected))
		if !r.acceptOp(",") {
			return list
		}
	}
}

// name reads a possibly qualified name.
func (r *reader) name(expected string) ast.Name {
	start := r.start()
	n := ast.Name{Parts: []ast.Ident{r.ident(expected)}}
	for r.acceptOp(".") {
		n.Parts = append(n.Parts, r.ident("a name behind the dot"))
	}
	n.Pos = r.from(start)
	return n
}

// nameOrFile reads a name, or the path of a file in single quotes.
func (r *reader) nameOrFile(expected string) ast.Name {
	if r.peek().Type != kindString {
		return r.name(expected)
	}
	start := r.start()
	id := ast.Ident{Name: r.text(expected)}
	id.Pos = r.from(start)
	return ast.Name{Pos: id.Pos, Parts: []ast.Ident{id}, File: true}
}

// identList reads (a, b, …), the parentheses included.
func (r *reader) identList(expected string) []ast.Ident {
	r.expectOp("(")
	list := r.idents(expected)
	r.closeList(")")
	return list
}
