package parser

import (
	"errors"
	"fmt"
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
		d = unexpected(lex, theEnd)
		if _, ok := st.(*ast.Set); ok {
			d.Hint = "a value that holds blanks is written in quotes, and then its key is, too: SET 'key' = 'value'"
		}
	}
	return st, d
}

// parse is the parser of a kind of statement. It leaves lex behind the statement.
type parse func(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic)

// form is a kind of statement: the words that say what the statement is about, and its parser. The first of the words
// decides.
type form struct {
	object string // empty: there is none, or the parser finds out
	parse  parse
}

// about gives one parser to several objects.
func about(p parse, objects ...string) []form {
	list := make([]form, len(objects))
	for i, o := range objects {
		list[i] = form{o, p}
	}
	return list
}

// forms are the statements other than queries, by their first word.
var forms = func() map[string][]form {
	createTable, describe, jar := with[createTableGrammar](), []form{{"", describeStatement}}, about(with[jarGrammar](), "JAR")
	return map[string][]form{
		"CREATE": {
			{"TABLE", createTable}, {"VIEW", with[createViewGrammar]()}, {"CATALOG", with[createCatalogGrammar]()},
			{"DATABASE", with[createDatabaseGrammar]()}, {"FUNCTION", with[createFunctionGrammar]()},
			{"MODEL", with[createModelGrammar]()}, {"CONNECTION", with[createConnectionGrammar]()},
			{"MATERIALIZED TABLE", with[createMaterializedTableGrammar]()},
		},
		"REPLACE": about(createTable, "TABLE"),
		"ALTER":   about(alterStatement, "TABLE", "VIEW", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION", "MATERIALIZED TABLE"),
		"DROP":    about(with[dropGrammar](), "TABLE", "VIEW", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION", "MATERIALIZED TABLE"),

		"INSERT":   {{"", insertStatement}},
		"DELETE":   {{"", deleteStatement}},
		"UPDATE":   {{"", updateStatement}},
		"TRUNCATE": about(with[truncateGrammar](), "TABLE"),
		"ANALYZE":  about(with[analyzeGrammar](), "TABLE"),
		"CALL":     {{"", with[callGrammar]()}},

		"EXPLAIN": {{"", with[explainGrammar]()}},
		"EXECUTE": {{"", with[executeGrammar]()}},
		"COMPILE": {{"", with[compileGrammar]()}},
		"BEGIN":   {{"", with[beginGrammar]()}},
		"END":     {{"", single(func(p ast.Pos) ast.Statement { return &ast.EndStatementSet{Pos: p} })}},
		"STOP":    about(with[stopGrammar](), "JOB"),

		"SHOW": about(with[showGrammar](), "TABLES", "VIEWS", "DATABASES", "FUNCTIONS", "JOBS", "COLUMNS", "CREATE", "USER",
			"CATALOGS", "CURRENT", "PROCEDURES", "MODELS", "CONNECTIONS", "MODULES", "FULL", "JARS", "PARTITIONS", "MATERIALIZED TABLES"),
		"DESCRIBE": describe,
		"DESC":     describe,
		"USE":      {{"", with[useGrammar]()}},
		"SET":      {{"", with[setGrammar]()}},
		"RESET":    {{"", with[resetGrammar]()}},

		"LOAD":   about(with[loadModuleGrammar](), "MODULE"),
		"UNLOAD": about(with[unloadModuleGrammar](), "MODULE"),
		"ADD":    jar,
		"REMOVE": jar,

		"SOURCE": {{"", sourceStatement}},

		"QUIT":  {{"", single(func(p ast.Pos) ast.Statement { return &ast.Quit{Pos: p} })}},
		"EXIT":  {{"", single(func(p ast.Pos) ast.Statement { return &ast.Quit{Pos: p} })}},
		"HELP":  {{"", single(func(p ast.Pos) ast.Statement { return &ast.Help{Pos: p} })}},
		"CLEAR": {{"", single(func(p ast.Pos) ast.Statement { return &ast.Clear{Pos: p} })}},
	}
}()

// sourceStatement parses SOURCE 'path'. As in MySQL's shell the path may stand without quotes, if it has no blanks.
func sourceStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	first := lex.Next()
	if t := lex.Peek(); t.EOF() || t.Type == kindQuoted {
		return nil, unexpected(lex, "the path of a file in quotes")
	}
	var path settingPart
	if err := path.Parse(lex); err != nil {
		return nil, translate(err, lex)
	}
	return &ast.SourceFile{Pos: ast.Pos{At: span(first).To(path.at)}, Path: path.text, PathSpan: path.at}, nil
}

// insertStatement stands alone because statement sets contain it.
var insertStatement = with[insertGrammar]()

// single parses a statement of one word.
func single(node func(ast.Pos) ast.Statement) parse {
	return func(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
		return node(ast.Pos{At: span(lex.Next())}), nil
	}
}

// leadingStatement parses the statement that the next token begins.
func leadingStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	t := lex.Peek()
	if beginsQuery(t) || isOp(t, "(") || isKeyword(t, "TABLE") {
		return queryStatement(lex)
	}
	if t.Type == kindKeyword || t.Type == kindIdent {
		if kinds, ok := forms[strings.ToUpper(t.Value)]; ok {
			p, d := choose(kinds, lex)
			if d != nil {
				return nil, d
			}
			return p(lex)
		}
	}
	d := diag.New(codeSyntax, span(t), "a statement can't begin with %s", describe(t))
	if t.Type == kindIdent || t.Type == kindKeyword {
		if word, ok := diag.Nearest(t.Value, statementWords); ok && len(t.Value) > 2 {
			d.Hint = "did you mean " + word + "?"
		}
		if hint, ok := foreignStatements[strings.ToUpper(t.Value)]; ok {
			d.Hint = hint
		}
	}
	return nil, d
}

// foreignStatements are what other databases have, and what does the same here.
var foreignStatements = map[string]string{
	"COPY":   "FROM 'file.csv' reads a file; INSERT INTO a table of the connector filesystem writes some",
	"PRAGMA": "write SET 'key' = 'value'", "MERGE": "write INSERT INTO", "UPSERT": "write INSERT INTO",
	"START": "there are no transactions", "COMMIT": "there are no transactions", "ROLLBACK": "there are no transactions",
	"FROM": "a query begins with SELECT: SELECT * FROM t",
}

// statementWords begin statements.
var statementWords = func() []string {
	words := []string{"SELECT", "WITH", "VALUES", "TABLE"}
	for w := range forms {
		words = append(words, w)
	}
	slices.Sort(words)
	return words
}()

// mostObjects is how many of the objects of SHOW or CREATE an error lists: the first ones, which are the usual ones.
const mostObjects = 4

// otherObjects are what objects are called in other databases.
var otherObjects = map[string]string{"SCHEMA": "DATABASE", "SCHEMAS": "DATABASES"}

// choose finds the form that a statement has by the word behind the first and OR REPLACE, TEMPORARY and their like. It
// leaves lex where it is.
func choose(kinds []form, lex *lexer.PeekingLexer) (parse, *diag.Diagnostic) {
	if kinds[0].object == "" {
		return kinds[0].parse, nil
	}
	here := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(here)
	first := lex.Next()
	if isKeyword(lex.Peek(), "OR") {
		lex.Next()
		if says(lex.Peek(), "REPLACE") || says(lex.Peek(), "ALTER") {
			lex.Next()
		}
	}
	for isWord(lex.Peek(), "TEMPORARY") || isKeyword(lex.Peek(), "SYSTEM") {
		lex.Next()
	}
	t := lex.Peek()
	objects := make([]string, len(kinds))
	for i, k := range kinds {
		if word, _, _ := strings.Cut(k.object, " "); says(t, word) {
			return k.parse, nil
		}
		objects[i] = k.object
	}
	expected := alternatives(objects)
	if len(objects) > mostObjects {
		expected = strings.Join(objects[:mostObjects], ", ") + ", …"
	}
	d := unexpected(lex, expected)
	d.Hint = ""
	if word := otherObjects[strings.ToUpper(t.Value)]; word != "" && slices.Contains(objects, word) {
		d.Hint = fmt.Sprintf("write %s %s", first.Value, word)
	} else if word, ok := diag.Nearest(t.Value, objects); ok && t.Type != lexer.EOF {
		d.Hint = "did you mean " + word + "?"
	} else if isWord(t, "TEMP") {
		d.Hint = "did you mean TEMPORARY?"
	} else if after := following(lex); isName(t) && objects[0] == "TABLE" && (after.EOF() || isOp(after, "(")) {
		d.Hint = fmt.Sprintf("say what it is: %s TABLE %s", first.Value, shorten(t.Value))
	}
	return nil, d
}

// following is the token behind the next one.
func following(lex *lexer.PeekingLexer) *lexer.Token {
	here := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(here)
	lex.Next()
	return lex.Peek()
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

// The parsers of DESCRIBE.
var (
	describeTable  = with[describeGrammar]()
	describeObject = with[describeObjectGrammar]()
	describeJob    = with[describeJobGrammar]()
)

// describeStatement parses DESCRIBE of a table, of a job, or of another object. The words for these are not reserved.
func describeStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	object := newReader(lex).ahead(1)
	if describesTable(lex) {
		return describeTable(lex)
	}
	for _, kind := range []string{"CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"} {
		if says(object, kind) {
			return describeObject(lex)
		}
	}
	if isWord(object, "JOB") {
		return describeJob(lex)
	}
	return describeTable(lex)
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

// with parses a statement with its grammar, leaving lex behind it.
func with[G any]() parse {
	parser := lazily[G]()
	return func(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
		g, err := parser().ParseFromLexer(lex, participle.AllowTrailing(true))
		if err != nil {
			return nil, translate(err, lex)
		}
		return any(g).(grammar).node()
	}
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
	if before := lex.RawCursor() - 1; before >= 0 && isKeyword(&lex.Range(before, before+1)[0], "CREATE") {
		return unexpected(lex, "TABLE, VIEW, CATALOG or MATERIALIZED TABLE")
	}
	if m := expectedLiteral.FindStringSubmatch(u.Message()); m != nil {
		switch expected = m[1]; {
		case expected == ")": // only lists are in parentheses there
			expected = moreOfList
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
