package parser

import (
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// parseStatement parses the tokens of one statement to their end.
func parseStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	st, d := leadingStatement(lex)
	if d == nil && !lex.Peek().EOF() {
		d = trailing(lex)
	}
	return st, d
}

// trailing is the error at a token behind a complete statement.
func trailing(lex *lexer.PeekingLexer) *diag.Diagnostic {
	d := unexpected(lex, "the end of the statement")
	if t := lex.Peek(); t.Type == kindString && d.Hint == "" {
		if c := lex.RawCursor(); c > 0 && lex.Range(c-1, c)[0].Type == kindString {
			d.Hint = "strings side by side are not joined; write 'a' || 'b'"
		}
	}
	return d
}

// leadingStatement parses the statement that the next token begins.
func leadingStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	t := lex.Peek()
	switch {
	case beginsQuery(t), isOp(t, "("):
		return queryStatement(lex)
	case t.Type == kindKeyword:
		if d := refuseStatement(lex); d != nil {
			return nil, d
		}
		switch t.Value {
		case "CREATE":
			return parseWith(createParser, lex)
		case "INSERT":
			return parseWith(insertParser, lex)
		case "DROP":
			return parseWith(dropParser, lex)
		case "SET":
			return parseWith(setParser, lex)
		case "RESET":
			return parseWith(resetParser, lex)
		case "EXPLAIN":
			return parseWith(explainParser, lex)
		case "SHOW":
			return parseWith(showParser, lex)
		case "DESCRIBE":
			return parseWith(describeParser, lex)
		}
	case t.Type == kindIdent:
		if d := refuseStatement(lex); d != nil {
			return nil, d
		}
		pos := ast.Pos{At: span(t)}
		switch strings.ToUpper(t.Value) {
		case "DESC":
			return parseWith(describeParser, lex)
		case "QUIT", "EXIT":
			lex.Next()
			return &ast.Quit{Pos: pos}, nil
		case "HELP":
			lex.Next()
			return &ast.Help{Pos: pos}, nil
		case "CLEAR":
			lex.Next()
			return &ast.Clear{Pos: pos}, nil
		}
	}
	d := diag.New(codeSyntax, span(t), "a statement can't begin with %s", describe(t))
	if t.Type == kindIdent || t.Type == kindKeyword {
		if word, ok := diag.Nearest(t.Value, statementWords); ok && len(t.Value) > 2 {
			d.Hint = "did you mean " + word + "?"
		}
	}
	return nil, d
}

// statementWords begin statements.
var statementWords = []string{
	"SELECT", "CREATE", "INSERT", "DROP", "SET", "RESET", "EXPLAIN", "SHOW", "DESCRIBE", "WITH", "VALUES", "DESC",
	"QUIT", "EXIT", "HELP", "CLEAR",
}

// queryStatement parses a query run for its result.
func queryStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	r := newReader(lex)
	q := r.query()
	if r.err != nil {
		return nil, r.err
	}
	return &ast.QueryStatement{Pos: q.Pos, Query: q}, nil
}

// refuseStatement names the statements that Flink has and weir has not.
func refuseStatement(lex *lexer.PeekingLexer) *diag.Diagnostic {
	here := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(here)
	var words [3]string
	at := span(lex.Peek())
	for i := range words {
		t := lex.Peek()
		if t.Type == kindKeyword || t.Type == kindIdent {
			words[i] = strings.ToUpper(t.Value)
		}
		lex.Next()
	}
	one, two := words[0], strings.TrimSpace(words[0]+" "+words[1])
	switch one {
	case "ALTER", "USE", "CALL", "COMPILE", "EXECUTE", "LOAD", "UNLOAD", "ANALYZE", "TRUNCATE", "UPDATE", "DELETE",
		"STOP", "REMOVE", "REPLACE":
		if words[1] != "" || one == "CALL" {
			if one == "EXECUTE" && words[1] == "STATEMENT" || one == "COMPILE" || one == "ALTER" || one == "LOAD" || one == "UNLOAD" || one == "STOP" || one == "REMOVE" || one == "REPLACE" {
				return unsupported(at, two+" is")
			}
			return unsupported(at, one+" is")
		}
	case "ADD":
		if words[1] == "JAR" {
			return unsupported(at, two+" is")
		}
	case "BEGIN", "MERGE", "GRANT", "REVOKE", "COMMIT", "ROLLBACK", "UPSERT":
		return unsupported(at, "the statement "+one+" is")
	case "END":
		return unsupported(at, "the statement END is")
	case "CREATE":
		what := words[1:]
		if what[0] == "TEMPORARY" {
			what = what[1:]
		}
		switch what[0] {
		case "OR", "FUNCTION", "SYSTEM", "CATALOG", "DATABASE", "MATERIALIZED", "MODEL", "CONNECTION":
			return unsupported(at, strings.TrimSpace(strings.Join(words[:], " "))+" is")
		}
	case "DROP":
		what := words[1:]
		if what[0] == "TEMPORARY" {
			what = what[1:]
		}
		switch what[0] {
		case "FUNCTION", "SYSTEM", "CATALOG", "DATABASE", "MATERIALIZED", "MODEL", "CONNECTION":
			return unsupported(at, "DROP "+what[0]+" is")
		}
	case "SHOW":
		switch words[1] {
		case "MODULES", "FULL", "PARTITIONS", "PROCEDURES", "JARS", "MODELS", "MATERIALIZED", "CONNECTIONS":
			return unsupported(at, two+" is")
		case "CREATE":
			if w := words[2]; w == "CATALOG" || w == "MODEL" || w == "MATERIALIZED" || w == "CONNECTION" {
				return unsupported(at, two+" "+w+" is")
			}
		}
	case "DESCRIBE", "DESC":
		switch words[1] {
		case "CATALOG", "DATABASE", "JOB", "FUNCTION", "MODEL", "CONNECTION":
			if words[2] != "" || lex.RawCursor() > 2 && words[1] == "JOB" {
				return unsupported(at, two+" is")
			}
		}
	}
	return nil
}

// grammar is the struct of a statement: it turns into its node once it has been parsed.
type grammar interface {
	node() (ast.Statement, *diag.Diagnostic)
}

// lazily builds the parser of a grammar when it is first needed: building all of them would take longer than all
// else that happens before the first statement runs.
func lazily[G any]() func() *participle.Parser[G] {
	return sync.OnceValue(func() *participle.Parser[G] {
		return participle.MustBuild[G](
			participle.Lexer(definition{}),
			participle.CaseInsensitive("Ident"),
			participle.UseLookahead(0), // a branch that has read a token is the right one: its error is the statement's
		)
	})
}

var (
	createParser   = lazily[createGrammar]()
	insertParser   = lazily[insertGrammar]()
	dropParser     = lazily[dropGrammar]()
	setParser      = lazily[setGrammar]()
	resetParser    = lazily[resetGrammar]()
	explainParser  = lazily[explainGrammar]()
	showParser     = lazily[showGrammar]()
	describeParser = lazily[describeGrammar]()
)

// parseWith parses a statement with its grammar, leaving lex behind it.
func parseWith[G any](parser func() *participle.Parser[G], lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	g, err := parser().ParseFromLexer(lex, participle.AllowTrailing(true))
	if err != nil {
		return nil, translate(err, lex)
	}
	return any(g).(grammar).node()
}

// expectedLiteral finds the word or sign that a grammar wanted in participle's description of it.
var expectedLiteral = regexp.MustCompile(`\(expected \(*"([^"]+)"`)

// translate makes a Diagnostic of an error of participle's, whose text would name Go structs.
func translate(err error, lex *lexer.PeekingLexer) *diag.Diagnostic {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d
	}
	var u *participle.UnexpectedTokenError
	if !errors.As(err, &u) {
		return diag.New(codeSyntax, span(lex.Peek()), "the statement can't be read from here on")
	}
	for c := lexer.RawCursor(0); ; c++ {
		// The tokens are searched from the front: the lexer may have gone on since.
		if t := lex.Range(c, c+1)[0]; t.EOF() || t.Pos.Offset >= u.Unexpected.Pos.Offset {
			var fresh lexer.Checkpoint
			lex.LoadCheckpoint(fresh)
			lex.FastForward(c - 1)
			break
		}
	}
	expected := "something else"
	if m := expectedLiteral.FindStringSubmatch(u.Message()); m != nil {
		expected = m[1]
		if !isLetter(expected[0]) {
			expected = "'" + expected + "'"
		}
	}
	return unexpected(lex, expected)
}

// position is the span of the tokens of a grammar.
func position(tokens []lexer.Token) ast.Pos {
	if len(tokens) == 0 {
		return ast.Pos{}
	}
	return ast.Pos{At: span(&tokens[0]).To(span(&tokens[len(tokens)-1]))}
}

// read runs a reader on the tokens of a participle grammar.
func read[T any](lex *lexer.PeekingLexer, dst *T, f func(*reader) T) error {
	r := newReader(lex)
	*dst = f(r)
	if r.err != nil {
		return r.err
	}
	return nil
}

// The parts of statements that are read by hand.
type (
	exprPart      struct{ x ast.Expr }
	queryPart     struct{ q *ast.Query }
	typePart      struct{ t *ast.TypeName }
	identPart     struct{ id ast.Ident }
	namePart      struct{ n ast.Name }
	hintsPart     struct{ h []ast.Hint }
	textPart      struct{ s string }
	columnsPart   struct{ ids []ast.Ident }
	statementPart struct{ st ast.Statement }
)

func (p *exprPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.x, func(r *reader) ast.Expr { return r.expression(powerLowest) })
}

func (p *queryPart) Parse(lex *lexer.PeekingLexer) error { return read(lex, &p.q, (*reader).query) }

func (p *typePart) Parse(lex *lexer.PeekingLexer) error { return read(lex, &p.t, (*reader).typeName) }

func (p *identPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.id, func(r *reader) ast.Ident { return r.ident("a name") })
}

func (p *namePart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.n, func(r *reader) ast.Name { return r.name("a name") })
}

func (p *textPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.s, func(r *reader) string { return r.text("a string in single quotes") })
}

func (p *hintsPart) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Type != kindHintOpen {
		return participle.NextMatch
	}
	return read(lex, &p.h, (*reader).hints)
}

// columnsPart is (a, b); it does not match a query in parentheses.
func (p *columnsPart) Parse(lex *lexer.PeekingLexer) error {
	r := newReader(lex)
	if !isOp(r.peek(), "(") || beginsQuery(r.ahead(1)) || isOp(r.ahead(1), "(") {
		return participle.NextMatch
	}
	return read(lex, &p.ids, func(r *reader) []ast.Ident { return r.identList("a column's name") })
}

// statementPart is what EXPLAIN explains.
func (p *statementPart) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if !beginsQuery(t) && !isOp(t, "(") && !isKeyword(t, "INSERT") && !isKeyword(t, "CREATE") {
		if isKeyword(t, "EXECUTE") || isKeyword(t, "BEGIN") {
			return unsupported(span(t), "EXPLAIN of a statement set is")
		}
		return unexpected(lex, "a query, INSERT or CREATE TABLE … AS")
	}
	st, d := leadingStatement(lex)
	if d != nil {
		return d
	}
	if c, ok := st.(*ast.CreateTable); isKeyword(t, "CREATE") && (!ok || c.As == nil) {
		return diag.New(codeSyntax, st.Span(), "EXPLAIN of CREATE needs a table that is created AS a query")
	}
	p.st = st
	return nil
}
