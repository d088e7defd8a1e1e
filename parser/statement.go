package parser

import (
	"errors"
	"regexp"
	"slices"
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
		d = unexpected(lex, "the end of the statement")
		if _, ok := st.(*ast.Set); ok {
			d.Hint = "a value that holds blanks is written in quotes, and then its key is, too: SET 'key' = 'value'"
		}
	}
	return st, d
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
		if d := checkObject(lex); d != nil {
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
			return describeStatement(lex)
		}
	case t.Type == kindIdent:
		if d := refuseStatement(lex); d != nil {
			return nil, d
		}
		if d := checkObject(lex); d != nil {
			return nil, d
		}
		pos := ast.Pos{At: span(t)}
		switch strings.ToUpper(t.Value) {
		case "DESC":
			return describeStatement(lex)
		case "STOP":
			return parseWith(stopParser, lex)
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

// objects are the words that follow the first one of a statement, after TEMPORARY.
var objects = map[string][]string{
	"CREATE": {"TABLE", "VIEW"},
	"DROP":   {"TABLE", "VIEW"},
	"STOP":   {"JOB"},
	"SHOW": {
		"TABLES", "VIEWS", "COLUMNS", "CREATE", "FUNCTIONS", "USER", "JOBS", "DATABASES", "CATALOGS", "CURRENT",
	},
}

// checkObject fails if the statement is about nothing that is known: a grammar could name only one of the words.
func checkObject(lex *lexer.PeekingLexer) *diag.Diagnostic {
	here := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(here)
	known, ok := objects[strings.ToUpper(lex.Next().Value)]
	if !ok {
		return nil
	}
	if isWord(lex.Peek(), "TEMPORARY") {
		lex.Next()
	}
	t := lex.Peek()
	if t.Type != kindQuoted && slices.Contains(known, strings.ToUpper(t.Value)) {
		return nil
	}
	d := unexpected(lex, alternatives(known))
	d.Hint = ""
	if word, ok := diag.Nearest(t.Value, known); ok && t.Type != lexer.EOF {
		d.Hint = "did you mean " + word + "?"
	}
	return d
}

// statementWords begin statements.
var statementWords = []string{
	"SELECT", "CREATE", "INSERT", "DROP", "SET", "RESET", "EXPLAIN", "SHOW", "DESCRIBE", "WITH", "VALUES", "DESC",
	"STOP", "QUIT", "EXIT", "HELP", "CLEAR",
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

// refusedStatements are the statements that Flink has and weir has not: by first word the words that follow it, none
// for all.
var refusedStatements = map[string][]string{
	"ADD": {"JAR"}, "ALTER": nil, "ANALYZE": nil, "BEGIN": {"STATEMENT"}, "CALL": nil, "COMPILE": nil, "DELETE": nil,
	"END": nil, "EXECUTE": nil, "LOAD": nil, "REMOVE": {"JAR"}, "REPLACE": nil, "TABLE": nil,
	"TRUNCATE": nil, "UNLOAD": nil, "UPDATE": nil, "USE": nil,
	"CREATE":   {"OR", "FUNCTION", "SYSTEM", "CATALOG", "DATABASE", "MATERIALIZED", "MODEL", "CONNECTION"},
	"DROP":     {"FUNCTION", "SYSTEM", "CATALOG", "DATABASE", "MATERIALIZED", "MODEL", "CONNECTION"},
	"DESC":     {"CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"},
	"DESCRIBE": {"CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"},
	"SHOW": {
		"CONNECTIONS", "CREATE CATALOG", "CREATE CONNECTION", "CREATE MATERIALIZED", "CREATE MODEL", "FULL", "JARS",
		"MATERIALIZED", "MODELS", "MODULES", "PARTITIONS", "PROCEDURES",
	},
}

// statementObjects are the second words that tell what a statement is about.
var statementObjects = map[string]bool{
	"CATALOG": true, "DATABASE": true, "FUNCTION": true, "JAR": true, "JOB": true, "MODEL": true, "MODULE": true,
	"MODULES": true, "PLAN": true, "TABLE": true, "VIEW": true,
}

// wholeNames completes second words that tell too little.
var wholeNames = map[string]string{
	"FULL": "FULL MODULES", "MATERIALIZED": "MATERIALIZED TABLE", "OR": "OR REPLACE", "STATEMENT": "STATEMENT SET",
	"SYSTEM": "SYSTEM FUNCTION",
}

// refuseStatement fails at a statement that Flink has and weir has not.
func refuseStatement(lex *lexer.PeekingLexer) *diag.Diagnostic {
	here := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(here)
	at := span(lex.Peek())
	var words [3]string
	for i := 0; i < len(words); lex.Next() {
		t := lex.Peek()
		if t.Type == kindKeyword || t.Type == kindIdent && !isWord(t, "TEMPORARY") {
			words[i] = strings.ToUpper(t.Value)
		} else if isWord(t, "TEMPORARY") {
			continue
		}
		i++
	}
	first, second := words[0], words[1]
	followers, ok := refusedStatements[first]
	if !ok {
		return nil
	}
	if followers == nil {
		if whole, ok := wholeNames[second]; ok {
			first += " " + whole
		} else if statementObjects[second] {
			first += " " + second
		}
		return unsupported(at, first+" is")
	}
	if first == "DESC" || first == "DESCRIBE" {
		lex.LoadCheckpoint(here)
		if describesTable(lex) {
			return nil
		}
	}
	if second == "CREATE" {
		second += " " + words[2]
	}
	if !slices.Contains(followers, second) {
		return nil
	}
	if whole, ok := wholeNames[second]; ok {
		second = whole
	}
	return unsupported(at, first+" "+second+" is")
}

// describesTable reports whether nothing or a dot stands behind the second word of DESCRIBE: DESCRIBE model describes a
// table of that name.
func describesTable(lex *lexer.PeekingLexer) bool {
	here := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(here)
	lex.Next()
	lex.Next()
	t := lex.Peek()
	return t.EOF() || isOp(t, ".")
}

// describeStatement parses DESCRIBE of a table or of a job.
func describeStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	if isWord(newReader(lex).ahead(1), "JOB") && !describesTable(lex) {
		return parseWith(describeJobParser, lex)
	}
	return parseWith(describeParser, lex)
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

	describeJobParser = lazily[describeJobGrammar]()
	stopParser        = lazily[stopGrammar]()
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
	rewind(lex, u.Unexpected.Pos.Offset)
	expected := "something else"
	if m := expectedLiteral.FindStringSubmatch(u.Message()); m != nil {
		switch expected = m[1]; {
		case expected == ")": // only lists are in parentheses there
			expected = "',' or ')'"
		case !isLetter(expected[0]):
			expected = "'" + expected + "'"
		}
	}
	return unexpected(lex, expected)
}

// rewind makes the token at offset the next one of lex, which has gone on since or stands before it.
func rewind(lex *lexer.PeekingLexer, offset int) {
	lex.LoadCheckpoint(lexer.Checkpoint{})
	for t := lex.Peek(); !t.EOF() && t.Pos.Offset < offset; t = lex.Peek() {
		lex.Next()
	}
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

// columnPart is the name of a column that is defined.
type columnPart struct{ id ast.Ident }

func (p *columnPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.id, func(r *reader) ast.Ident { return r.ident("a column's name") })
}

// fieldPart is the column of a watermark.
type fieldPart struct{ id ast.Ident }

func (p *fieldPart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.id, func(r *reader) ast.Ident {
		id := r.ident("a column's name")
		if isOp(r.peek(), ".") {
			r.unsupported("a watermark on a field of a column is")
		}
		return id
	})
}

func (p *namePart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.n, func(r *reader) ast.Name { return r.name("a name") })
}

// filePart is a name or a file.
type filePart struct{ n ast.Name }

func (p *filePart) Parse(lex *lexer.PeekingLexer) error {
	return read(lex, &p.n, func(r *reader) ast.Name { return r.nameOrFile("a name") })
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
		if isKeyword(t, "EXECUTE") || isKeyword(t, "BEGIN") || strings.EqualFold(t.Value, "STATEMENT") {
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
