package parser

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// The grammars of statements. In a tag, a word without :Keyword is not reserved.

type setGrammar struct {
	Tokens []lexer.Token
	Key    *settingPart `parser:"'SET':Keyword ( @@"`
	Equals *equals      `parser:"@@"`
	Value  *settingPart `parser:"@@ )?"`
}

type resetGrammar struct {
	Tokens []lexer.Token
	Key    *settingPart `parser:"'RESET':Keyword @@?"`
}

// settingPart is a key or a value of SET and RESET.
type settingPart struct {
	text   string
	quoted bool
	at     diag.Span
}

// Parse reads a text in quotes, several of which are joined, or a bare word.
func (p *settingPart) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	p.at = span(t)
	switch t.Type {
	case lexer.EOF:
		if lex.RawCursor() <= 1 {
			return participle.NextMatch
		}
		return unexpected(lex, "a value")
	case kindSetting:
		p.text = lex.Next().Value
	case kindString, kindQuoted:
		p.quoted = true
		for t.Type == kindString || t.Type == kindQuoted {
			p.at = p.at.To(span(t))
			quote := t.Value[:1]
			p.text += strings.ReplaceAll(t.Value[1:len(t.Value)-1], quote+quote, quote)
			lex.Next()
			t = lex.Peek()
		}
	default:
		d := unexpected(lex, "a key")
		lex.Next()
		return d
	}
	return nil
}

// equals is the sign between key and value.
type equals struct{}

// Parse reads =.
func (*equals) Parse(lex *lexer.PeekingLexer) error {
	if !isOp(lex.Peek(), "=") {
		return unexpected(lex, "'='").WithHint("write SET 'key' = 'value', or SET alone to list all settings")
	}
	lex.Next()
	return nil
}

func (g *setGrammar) node() (ast.Statement, *diag.Diagnostic) {
	s := &ast.Set{Pos: position(g.Tokens)}
	if g.Key == nil {
		return s, nil
	}
	if g.Key.quoted && !g.Value.quoted {
		return nil, diag.New(codeSyntax, g.Value.at, "the value must be in quotes where the key is").
			WithHint("SET '%s' = '%s'", g.Key.text, g.Value.text)
	}
	s.Key, s.KeySpan = g.Key.text, g.Key.at
	s.Value, s.ValueSpan, s.HasValue = g.Value.text, g.Value.at, true
	return s, nil
}

func (g *resetGrammar) node() (ast.Statement, *diag.Diagnostic) {
	s := &ast.Reset{Pos: position(g.Tokens)}
	if g.Key != nil {
		s.Key, s.KeySpan = g.Key.text, g.Key.at
	}
	return s, nil
}

type createGrammar struct {
	Tokens    []lexer.Token
	Temporary bool          `parser:"'CREATE':Keyword @'TEMPORARY':Ident?"`
	Table     *tableGrammar `parser:"( @@"`
	View      *viewGrammar  `parser:"| @@ )"`
}

type tableGrammar struct {
	IfNotExists bool             `parser:"'TABLE':Keyword @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        namePart         `parser:"@@"`
	Elements    []elementGrammar `parser:"('(':Op @@ (',':Op @@)* ')':Op)?"`
	Comment     *textPart        `parser:"('COMMENT':Keyword @@)?"`
	Refused     *refusedPart     `parser:"@@?"`
	Options     []optionGrammar  `parser:"('WITH':Keyword '(':Op (@@ (',':Op @@)*)? ')':Op)?"`
	RefusedLike *refusedPart     `parser:"@@?"`
	As          *queryPart       `parser:"('AS':Keyword @@)?"`
}

type elementGrammar struct {
	Tokens    []lexer.Token
	Watermark *watermarkGrammar `parser:"  @@"`
	Key       *keyGrammar       `parser:"| @@"`
	Refused   *refusedPart      `parser:"| @@"`
	Column    *columnGrammar    `parser:"| @@"`
}

type watermarkGrammar struct {
	Column fieldPart `parser:"'WATERMARK':Keyword 'FOR':Keyword @@"`
	Expr   exprPart  `parser:"'AS':Keyword @@"`
}

type keyGrammar struct {
	Name        *identPart  `parser:"('CONSTRAINT':Keyword @@)?"`
	Columns     []identPart `parser:"'PRIMARY':Keyword 'KEY':Ident '(':Op @@ (',':Op @@)* ')':Op"`
	NotEnforced bool        `parser:"( @('NOT':Keyword 'ENFORCED':Ident)"`
	Enforced    bool        `parser:"| @'ENFORCED':Ident )?"`
}

type columnGrammar struct {
	Name        columnPart   `parser:"@@"`
	Expr        *exprPart    `parser:"( 'AS':Keyword @@"`
	Type        *typePart    `parser:"| @@"`
	Refused     *refusedPart `parser:"@@?"`
	KeyName     *identPart   `parser:"( ( 'CONSTRAINT':Keyword @@ )?"`
	PrimaryKey  bool         `parser:"@('PRIMARY':Keyword 'KEY':Ident)"`
	NotEnforced bool         `parser:"( @('NOT':Keyword 'ENFORCED':Ident)"`
	Enforced    bool         `parser:"| @'ENFORCED':Ident )? )? )"`
	Comment     *textPart    `parser:"('COMMENT':Keyword @@)?"`
}

type optionGrammar struct {
	Tokens []lexer.Token
	Key    optionText `parser:"@@"`
	Value  optionText `parser:"'=':Op @@"`
}

// optionText is a key or a value in WITH.
type optionText struct {
	text string
	at   diag.Span
}

// Parse reads a string.
func (p *optionText) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	p.at = span(t)
	if t.Type == kindIdent || t.Type == kindKeyword || t.Type == kindNumber {
		d := unexpected(lex, "a string in single quotes")
		d.Hint = "keys and values in WITH are strings: 'connector' = 'filesystem'"
		lex.Next()
		return d
	}
	return read(lex, &p.text, func(r *reader) string { return r.text("a string in single quotes") })
}

// refusedPart matches what Flink has in CREATE TABLE and weir has not, and fails there.
type refusedPart struct{}

// Parse matches nothing. To fail it reads a token, which makes its error the statement's.
func (p *refusedPart) Parse(lex *lexer.PeekingLexer) error {
	what := refusedElement(lex.Peek())
	if what == "" {
		return participle.NextMatch
	}
	return unsupported(span(lex.Next()), what)
}

// refusedElement names what t begins: empty if that is nothing that is refused.
func refusedElement(t *lexer.Token) string {
	switch {
	case isWord(t, "METADATA"):
		return "a METADATA column is"
	case isWord(t, "PARTITIONED"):
		return "PARTITIONED BY is"
	case isKeyword(t, "DISTRIBUTED"):
		return "DISTRIBUTED BY is"
	case isKeyword(t, "LIKE"):
		return "CREATE TABLE … LIKE is"
	case isKeyword(t, "UNIQUE"):
		return "a UNIQUE constraint is"
	case isKeyword(t, "PARTITION"):
		return "INSERT into a PARTITION is"
	}
	return ""
}

type viewGrammar struct {
	IfNotExists bool         `parser:"'VIEW':Ident @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        namePart     `parser:"@@"`
	Columns     *columnsPart `parser:"@@?"`
	Comment     *textPart    `parser:"('COMMENT':Keyword @@)?"`
	Query       queryPart    `parser:"'AS':Keyword @@"`
}

func (g *createGrammar) node() (ast.Statement, *diag.Diagnostic) {
	if v := g.View; v != nil {
		view := &ast.CreateView{
			Pos: position(g.Tokens), Temporary: g.Temporary, IfNotExists: v.IfNotExists, Name: v.Name.n, Query: v.Query.q,
		}
		if v.Columns != nil {
			view.Columns = v.Columns.ids
		}
		if v.Comment != nil {
			view.Comment = v.Comment.s
		}
		return view, nil
	}
	t := g.Table
	table := &ast.CreateTable{
		Pos: position(g.Tokens), Temporary: g.Temporary, IfNotExists: t.IfNotExists, Name: t.Name.n,
	}
	for i := range t.Elements {
		if d := t.Elements[i].add(table); d != nil {
			return nil, d
		}
	}
	if t.Comment != nil {
		table.Comment = t.Comment.s
	}
	for _, o := range t.Options {
		table.Options = append(table.Options, ast.Option{
			Pos: position(o.Tokens), Key: o.Key.text, Value: o.Value.text, KeySpan: o.Key.at, ValueSpan: o.Value.at,
		})
	}
	if t.As != nil {
		table.As = t.As.q
	}
	return table, nil
}

// add puts an element of CREATE TABLE into its node.
func (e *elementGrammar) add(t *ast.CreateTable) *diag.Diagnostic {
	pos := position(e.Tokens)
	switch {
	case e.Watermark != nil:
		if t.Watermark != nil {
			return diag.New(codeSyntax, pos.At, "a table has at most one WATERMARK")
		}
		t.Watermark = &ast.WatermarkDef{Pos: pos, Column: e.Watermark.Column.id, Expr: e.Watermark.Expr.x}
	case e.Key != nil:
		k := e.Key
		if k.Enforced {
			return enforced(pos.At)
		}
		if t.PrimaryKey != nil {
			return secondKey(pos.At)
		}
		t.PrimaryKey = &ast.PrimaryKeyDef{Pos: pos, NotEnforced: k.NotEnforced}
		if k.Name != nil {
			t.PrimaryKey.Name = &k.Name.id
		}
		for _, c := range k.Columns {
			t.PrimaryKey.Columns = append(t.PrimaryKey.Columns, c.id)
		}
	default:
		c := e.Column
		if c.Enforced {
			return enforced(pos.At)
		}
		def := ast.ColumnDef{Pos: pos, Name: c.Name.id, PrimaryKey: c.PrimaryKey, NotEnforced: c.NotEnforced}
		if c.Expr != nil {
			def.Expr = c.Expr.x
		} else {
			def.Type = c.Type.t
		}
		if c.Comment != nil {
			def.Comment = c.Comment.s
		}
		t.Columns = append(t.Columns, def)
	}
	return nil
}

func enforced(at diag.Span) *diag.Diagnostic {
	return diag.New(codeUnsupported, at, "an ENFORCED primary key is not supported: weir does not own the data").
		WithHint("write PRIMARY KEY … NOT ENFORCED")
}

func secondKey(at diag.Span) *diag.Diagnostic {
	return diag.New(codeSyntax, at, "a table has at most one PRIMARY KEY")
}

type insertGrammar struct {
	Tokens    []lexer.Token
	Overwrite bool         `parser:"'INSERT':Keyword ( 'INTO':Keyword | @'OVERWRITE':Ident )"`
	Table     namePart     `parser:"@@"`
	Hints     *hintsPart   `parser:"@@?"`
	Refused   *refusedPart `parser:"@@?"`
	Columns   *columnsPart `parser:"@@?"`
	Query     queryPart    `parser:"@@"`
}

func (g *insertGrammar) node() (ast.Statement, *diag.Diagnostic) {
	in := &ast.Insert{Pos: position(g.Tokens), Overwrite: g.Overwrite, Table: g.Table.n, Query: g.Query.q}
	if g.Hints != nil {
		in.Hints = g.Hints.h
	}
	if g.Columns != nil {
		in.Columns = g.Columns.ids
	}
	return in, nil
}

type dropGrammar struct {
	Tokens    []lexer.Token
	Temporary bool     `parser:"'DROP':Keyword @'TEMPORARY':Ident?"`
	Kind      string   `parser:"( @'TABLE':Keyword | @'VIEW':Ident )"`
	IfExists  bool     `parser:"@('IF':Ident 'EXISTS':Keyword)?"`
	Name      namePart `parser:"@@"`
}

func (g *dropGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.Drop{
		Pos: position(g.Tokens), Temporary: g.Temporary, Kind: strings.ToUpper(g.Kind), IfExists: g.IfExists, Name: g.Name.n,
	}, nil
}

type explainGrammar struct {
	Tokens    []lexer.Token
	Analyze   bool          `parser:"'EXPLAIN':Keyword ( @'ANALYZE':Ident"`
	PlanFor   bool          `parser:"| @('PLAN':Ident 'FOR':Keyword)"`
	Details   []detailPart  `parser:"| @@ (',':Op @@)* )?"`
	Statement statementPart `parser:"@@"`
}

// detailPart is ESTIMATED_COST or another detail of EXPLAIN.
type detailPart struct {
	name string
	at   diag.Span
}

var explainDetails = []string{"ESTIMATED_COST", "CHANGELOG_MODE", "PLAN_ADVICE", "JSON_EXECUTION_PLAN"}

// Parse reads a detail.
func (p *detailPart) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.Type != kindIdent {
		return participle.NextMatch
	}
	p.name, p.at = strings.ToUpper(t.Value), span(t)
	for _, d := range explainDetails {
		if d == p.name {
			lex.Next()
			return nil
		}
	}
	lex.Next()
	d := diag.New(codeSyntax, p.at, "EXPLAIN does not know %s", shorten(t.Value))
	if word, ok := diag.Nearest(t.Value, append([]string{"ANALYZE", "PLAN", "SELECT", "INSERT"}, explainDetails...)); ok {
		return d.WithHint("did you mean %s?", word)
	}
	return d.WithHint("the details are %s", strings.Join(explainDetails, ", "))
}

func (g *explainGrammar) node() (ast.Statement, *diag.Diagnostic) {
	e := &ast.Explain{Pos: position(g.Tokens), Analyze: g.Analyze, Statement: g.Statement.st}
	for i, d := range g.Details {
		for _, other := range g.Details[:i] {
			if other.name == d.name {
				return nil, diag.New(codeSyntax, d.at, "the detail %s is given twice", d.name)
			}
		}
		e.Details = append(e.Details, d.name)
	}
	return e, nil
}

type showGrammar struct {
	Tokens  []lexer.Token
	Kind    string    `parser:"'SHOW':Keyword ( 'CREATE':Keyword ( @'TABLE':Keyword | @'VIEW':Ident )"`
	Created namePart  `parser:"@@"`
	Current string    `parser:"| 'CURRENT':Keyword ( @'CATALOG':Ident | @'DATABASE':Ident )"`
	Columns bool      `parser:"| ( @'COLUMNS':Ident"`
	Table   *namePart `parser:"( 'FROM':Keyword | 'IN':Keyword ) @@"`
	User    bool      `parser:"| ( @'USER':Keyword?"`
	What    string    `parser:"@( 'FUNCTIONS':Keyword ) | @( 'TABLES':Keyword | 'VIEWS':Keyword | 'DATABASES':Keyword | 'CATALOGS':Keyword | 'JOBS':Ident ) )"`
	From    *namePart `parser:"( ( 'FROM':Keyword | 'IN':Keyword ) @@ )? )"`
	Not     bool      `parser:"( @'NOT':Keyword?"`
	Like    *textPart `parser:"'LIKE':Keyword @@ )? )"`
}

func (g *showGrammar) node() (ast.Statement, *diag.Diagnostic) {
	pos := position(g.Tokens)
	s := &ast.Show{Pos: pos, What: strings.ToUpper(g.What), Not: g.Not}
	switch {
	case g.Kind != "":
		return &ast.ShowCreate{Pos: pos, Kind: strings.ToUpper(g.Kind), Name: g.Created.n}, nil
	case g.Current != "":
		s.What = "CURRENT " + strings.ToUpper(g.Current)
	case g.Columns:
		s.What, s.From = "COLUMNS", &g.Table.n
	case g.User:
		s.What = "USER FUNCTIONS"
	}
	if g.From != nil {
		s.From = &g.From.n
	}
	if g.Like != nil {
		s.Like = &g.Like.s
	}
	return s, nil
}

type describeGrammar struct {
	Tokens []lexer.Token
	Name   filePart `parser:"( 'DESCRIBE':Keyword | 'DESC':Ident ) 'EXTENDED':Keyword? @@"`
}

func (g *describeGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.Describe{Pos: position(g.Tokens), Name: g.Name.n}, nil
}

type describeJobGrammar struct {
	Tokens []lexer.Token
	Job    jobPart `parser:"( 'DESCRIBE':Keyword | 'DESC':Ident ) 'JOB':Ident @@"`
}

func (g *describeJobGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.DescribeJob{Pos: position(g.Tokens), Job: g.Job.s, JobSpan: g.Job.at}, nil
}

// jobPart is the id of a job, or what else names it.
type jobPart struct {
	s  string
	at diag.Span
}

// Parse reads the string.
func (p *jobPart) Parse(lex *lexer.PeekingLexer) error {
	p.at = span(lex.Peek())
	return read(lex, &p.s, func(r *reader) string { return r.text("a job's id in single quotes") })
}

type stopGrammar struct {
	Tokens []lexer.Token
	Job    jobPart    `parser:"'STOP':Ident 'JOB':Ident @@"`
	With   []stopPart `parser:"('WITH':Keyword @@)*"`
}

// stopPart is the SAVEPOINT or DRAIN of STOP JOB.
type stopPart struct {
	word string
	at   diag.Span
}

// Parse reads the word.
func (p *stopPart) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if !isKeyword(t, "SAVEPOINT") && !isWord(t, "DRAIN") {
		return unexpected(lex, "SAVEPOINT or DRAIN")
	}
	p.word, p.at = strings.ToUpper(t.Value), span(t)
	lex.Next()
	return nil
}

func (g *stopGrammar) node() (ast.Statement, *diag.Diagnostic) {
	s := &ast.StopJob{Pos: position(g.Tokens), Job: g.Job.s, JobSpan: g.Job.at}
	for _, w := range g.With {
		given := &s.Savepoint
		if w.word == "DRAIN" {
			given = &s.Drain
		}
		switch {
		case *given:
			return nil, diag.New(codeSyntax, w.at, "WITH %s is given twice", w.word)
		case w.word == "DRAIN" && !s.Savepoint:
			return nil, diag.New(codeSyntax, w.at, "WITH DRAIN could only be used after WITH SAVEPOINT").
				WithHint("write WITH SAVEPOINT WITH DRAIN")
		}
		*given = true
	}
	return s, nil
}
