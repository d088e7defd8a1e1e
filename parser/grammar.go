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

type createTableGrammar struct {
	Tokens       []lexer.Token
	OrReplace    bool              `parser:"( 'CREATE':Keyword @('OR':Keyword 'REPLACE':Ident)?"`
	Replace      bool              `parser:"| @'REPLACE':Ident )"`
	Temporary    bool              `parser:"@'TEMPORARY':Ident?"`
	IfNotExists  bool              `parser:"'TABLE':Keyword @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name         namePart          `parser:"@@"`
	Schema       *schemaPart       `parser:"@@?"`
	Comment      *textPart         `parser:"('COMMENT':Keyword @@)?"`
	Distribution *distributionPart `parser:"('DISTRIBUTED':Keyword @@)?"`
	PartitionBy  *identsPart       `parser:"('PARTITIONED':Ident 'BY':Keyword @@)?"`
	Options      *optionsPart      `parser:"('WITH':Keyword @@)?"`
	Like         *likePart         `parser:"( 'LIKE':Keyword @@"`
	As           *queryPart        `parser:"| 'AS':Keyword @@ )?"`
}

func (g *createTableGrammar) node() (ast.Statement, *diag.Diagnostic) {
	t := &ast.CreateTable{
		Pos: position(g.Tokens), OrReplace: g.OrReplace, Replace: g.Replace, Temporary: g.Temporary, IfNotExists: g.IfNotExists,
		Name: g.Name.n, Comment: g.Comment.text(), Distribution: g.Distribution.node(), PartitionBy: g.PartitionBy.list(),
		Options: g.Options.list(), As: g.As.query(),
	}
	if g.Like != nil {
		t.Like = g.Like.l
	}
	s := g.Schema.get()
	t.Columns, t.Names, t.Watermark, t.Constraints = s.columns, s.names, s.watermark, s.constraints
	if g.Replace && t.As == nil {
		return nil, diag.New(codeSyntax, t.At, "REPLACE TABLE needs AS and a query")
	}
	return t, s.check(t.As)
}

// check fails where columns have no types and there is no query that has them.
func (s *schema) check(as *ast.Query) *diag.Diagnostic {
	if len(s.names) == 0 || as != nil {
		return nil
	}
	return diag.New(codeSyntax, s.at, "the columns have no types").
		WithHint("columns without types can only name those of a query: CREATE TABLE t (a, b) AS SELECT …")
}

type createViewGrammar struct {
	Tokens      []lexer.Token
	OrReplace   bool         `parser:"'CREATE':Keyword @('OR':Keyword 'REPLACE':Ident)?"`
	Temporary   bool         `parser:"@'TEMPORARY':Ident?"`
	IfNotExists bool         `parser:"'VIEW':Ident @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        namePart     `parser:"@@"`
	Columns     *columnsPart `parser:"@@?"`
	Comment     *textPart    `parser:"('COMMENT':Keyword @@)?"`
	Query       queryPart    `parser:"'AS':Keyword @@"`
}

func (g *createViewGrammar) node() (ast.Statement, *diag.Diagnostic) {
	v := &ast.CreateView{
		Pos: position(g.Tokens), OrReplace: g.OrReplace, Temporary: g.Temporary, IfNotExists: g.IfNotExists, Name: g.Name.n,
		Comment: g.Comment.text(), Query: g.Query.q,
	}
	if g.Columns != nil {
		v.Columns = g.Columns.ids
	}
	return v, nil
}

type createMaterializedTableGrammar struct {
	Tokens       []lexer.Token
	OrAlter      bool              `parser:"'CREATE':Keyword @('OR':Keyword 'ALTER':Keyword)?"`
	IfNotExists  bool              `parser:"'MATERIALIZED':Keyword 'TABLE':Keyword @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name         namePart          `parser:"@@"`
	Schema       *schemaPart       `parser:"@@?"`
	Comment      *textPart         `parser:"('COMMENT':Keyword @@)?"`
	Distribution *distributionPart `parser:"('DISTRIBUTED':Keyword @@)?"`
	PartitionBy  *identsPart       `parser:"('PARTITIONED':Ident 'BY':Keyword @@)?"`
	Options      *optionsPart      `parser:"('WITH':Keyword @@)?"`
	Freshness    *freshnessPart    `parser:"('FRESHNESS':Keyword '=':Op @@)?"`
	RefreshMode  string            `parser:"('REFRESH_MODE':Ident '=':Op ( @'FULL':Keyword | @'CONTINUOUS':Keyword ))?"`
	As           queryPart         `parser:"'AS':Keyword @@"`
}

func (g *createMaterializedTableGrammar) node() (ast.Statement, *diag.Diagnostic) {
	t := &ast.CreateMaterializedTable{
		Pos: position(g.Tokens), OrAlter: g.OrAlter, IfNotExists: g.IfNotExists, Name: g.Name.n, Comment: g.Comment.text(),
		Distribution: g.Distribution.node(), PartitionBy: g.PartitionBy.list(), Options: g.Options.list(),
		RefreshMode: g.RefreshMode, As: g.As.q,
	}
	if g.Freshness != nil {
		t.Freshness = g.Freshness.lit
	}
	s := g.Schema.get()
	t.Columns, t.Names, t.Watermark, t.Constraints = s.columns, s.names, s.watermark, s.constraints
	return t, nil
}

type createCatalogGrammar struct {
	Tokens      []lexer.Token
	IfNotExists bool         `parser:"'CREATE':Keyword 'CATALOG':Ident @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        identPart    `parser:"@@"`
	Comment     *textPart    `parser:"('COMMENT':Keyword @@)?"`
	Options     *optionsPart `parser:"('WITH':Keyword @@)?"`
}

func (g *createCatalogGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.CreateCatalog{
		Pos: position(g.Tokens), IfNotExists: g.IfNotExists, Name: g.Name.id, Comment: g.Comment.text(), Options: g.Options.list(),
	}, nil
}

type createDatabaseGrammar struct {
	Tokens      []lexer.Token
	IfNotExists bool         `parser:"'CREATE':Keyword 'DATABASE':Ident @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        namePart     `parser:"@@"`
	Comment     *textPart    `parser:"('COMMENT':Keyword @@)?"`
	Options     *optionsPart `parser:"('WITH':Keyword @@)?"`
}

func (g *createDatabaseGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.CreateDatabase{
		Pos: position(g.Tokens), IfNotExists: g.IfNotExists, Name: g.Name.n, Comment: g.Comment.text(), Options: g.Options.list(),
	}, nil
}

type createFunctionGrammar struct {
	Tokens      []lexer.Token
	Temporary   bool          `parser:"'CREATE':Keyword @'TEMPORARY':Ident?"`
	System      bool          `parser:"@'SYSTEM':Keyword?"`
	IfNotExists bool          `parser:"'FUNCTION':Keyword @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        namePart      `parser:"@@"`
	Class       textPart      `parser:"'AS':Keyword @@"`
	Language    *languagePart `parser:"@@?"`
	Jars        []textPart    `parser:"('USING':Keyword 'JAR':Ident @@ (',':Op 'JAR':Ident @@)*)?"`
}

func (g *createFunctionGrammar) node() (ast.Statement, *diag.Diagnostic) {
	f := &ast.CreateFunction{
		Pos: position(g.Tokens), Temporary: g.Temporary, System: g.System, IfNotExists: g.IfNotExists, Name: g.Name.n, Class: g.Class.s,
	}
	if g.Language != nil {
		f.Language = g.Language.word
	}
	for _, jar := range g.Jars {
		f.Jars = append(f.Jars, jar.s)
	}
	return f, systemObject(f.At, "FUNCTION", f.Temporary, f.System, f.Name)
}

// systemObject fails if a system object is no temporary one, or if it is said to lie in a database.
func systemObject(at diag.Span, kind string, temporary, system bool, name ast.Name) *diag.Diagnostic {
	switch {
	case !system:
		return nil
	case !temporary:
		return diag.New(codeSyntax, at, "a SYSTEM %s must be TEMPORARY", kind)
	case len(name.Parts) > 1:
		return diag.New(codeSyntax, name.At, "a SYSTEM %s lies in no catalog and no database", kind).
			WithHint("leave the name alone: %s", name.Parts[len(name.Parts)-1].Name)
	}
	return nil
}

type createModelGrammar struct {
	Tokens      []lexer.Token
	Temporary   bool         `parser:"'CREATE':Keyword @'TEMPORARY':Ident?"`
	IfNotExists bool         `parser:"'MODEL':Ident @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        namePart     `parser:"@@"`
	Input       *schemaPart  `parser:"('INPUT':Ident @@)?"`
	Output      *schemaPart  `parser:"('OUTPUT':Ident @@)?"`
	Comment     *textPart    `parser:"('COMMENT':Keyword @@)?"`
	Options     *optionsPart `parser:"('WITH':Keyword @@)?"`
	As          *queryPart   `parser:"('AS':Keyword @@)?"`
}

func (g *createModelGrammar) node() (ast.Statement, *diag.Diagnostic) {
	for _, s := range []*schema{g.Input.get(), g.Output.get()} {
		if len(s.names) > 0 || s.watermark != nil || len(s.constraints) > 0 {
			return nil, diag.New(codeSyntax, s.at, "INPUT and OUTPUT of a model are columns with their types")
		}
	}
	return &ast.CreateModel{
		Pos: position(g.Tokens), Temporary: g.Temporary, IfNotExists: g.IfNotExists, Name: g.Name.n, Input: g.Input.get().columns,
		Output: g.Output.get().columns, Comment: g.Comment.text(), Options: g.Options.list(), As: g.As.query(),
	}, nil
}

type createConnectionGrammar struct {
	Tokens      []lexer.Token
	Temporary   bool        `parser:"'CREATE':Keyword @'TEMPORARY':Ident?"`
	System      bool        `parser:"@'SYSTEM':Keyword?"`
	IfNotExists bool        `parser:"'CONNECTION':Ident @('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Name        namePart    `parser:"@@"`
	Comment     *textPart   `parser:"('COMMENT':Keyword @@)?"`
	Options     optionsPart `parser:"'WITH':Keyword @@"`
}

func (g *createConnectionGrammar) node() (ast.Statement, *diag.Diagnostic) {
	c := &ast.CreateConnection{
		Pos: position(g.Tokens), Temporary: g.Temporary, System: g.System, IfNotExists: g.IfNotExists, Name: g.Name.n,
		Comment: g.Comment.text(), Options: g.Options.o,
	}
	return c, systemObject(c.At, "CONNECTION", c.Temporary, c.System, c.Name)
}

type insertGrammar struct {
	Tokens    []lexer.Token
	Overwrite bool           `parser:"'INSERT':Keyword ( 'INTO':Keyword | @'OVERWRITE':Ident )"`
	Table     namePart       `parser:"@@"`
	Hints     *hintsPart     `parser:"@@?"`
	Partition *partitionPart `parser:"('PARTITION':Keyword @@)?"`
	Columns   *columnsPart   `parser:"@@?"`
	Query     queryPart      `parser:"@@"`
}

func (g *insertGrammar) node() (ast.Statement, *diag.Diagnostic) {
	in := &ast.Insert{Pos: position(g.Tokens), Overwrite: g.Overwrite, Table: g.Table.n, Partition: g.Partition.list(), Query: g.Query.q}
	if g.Hints != nil {
		in.Hints = g.Hints.h
	}
	if g.Columns != nil {
		in.Columns = g.Columns.ids
	}
	return in, nil
}

type dropGrammar struct {
	Tokens       []lexer.Token
	Temporary    bool     `parser:"'DROP':Keyword @'TEMPORARY':Ident?"`
	System       bool     `parser:"@'SYSTEM':Keyword?"`
	Materialized bool     `parser:"( @'MATERIALIZED':Keyword 'TABLE':Keyword"`
	Kind         string   `parser:"| ( @'TABLE':Keyword | @'VIEW':Ident | @'CATALOG':Ident | @'DATABASE':Ident | @'FUNCTION':Keyword | @'MODEL':Ident | @'CONNECTION':Ident ) )"`
	IfExists     bool     `parser:"@('IF':Ident 'EXISTS':Keyword)?"`
	Name         namePart `parser:"@@"`
	Behavior     string   `parser:"( @'RESTRICT':Ident | @'CASCADE':Ident )?"`
}

func (g *dropGrammar) node() (ast.Statement, *diag.Diagnostic) {
	d := &ast.Drop{
		Pos: position(g.Tokens), Temporary: g.Temporary, System: g.System, Kind: strings.ToUpper(g.Kind), IfExists: g.IfExists,
		Name: g.Name.n, Behavior: strings.ToUpper(g.Behavior),
	}
	if g.Materialized {
		d.Kind = "MATERIALIZED TABLE"
	}
	switch {
	case d.System && d.Kind != "FUNCTION" && d.Kind != "CONNECTION":
		return nil, diag.New(codeSyntax, d.At, "a %s can't be SYSTEM", d.Kind)
	case d.Temporary && (d.Kind == "CATALOG" || d.Kind == "DATABASE" || d.Kind == "MATERIALIZED TABLE"):
		return nil, diag.New(codeSyntax, d.At, "a %s can't be TEMPORARY", d.Kind)
	case d.Behavior != "" && d.Kind != "DATABASE":
		return nil, diag.New(codeSyntax, span(&g.Tokens[len(g.Tokens)-1]), "DROP %s takes no %s", d.Kind, d.Behavior)
	}
	return d, systemObject(d.At, d.Kind, d.Temporary, d.System, d.Name)
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
	if t.Type != kindIdent || isWord(t, "STATEMENT") || isWord(t, "REPLACE") {
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
	Tokens       []lexer.Token
	Materialized bool           `parser:"'SHOW':Keyword ( 'CREATE':Keyword ( @'MATERIALIZED':Keyword 'TABLE':Keyword"`
	Kind         string         `parser:"| ( @'TABLE':Keyword | @'VIEW':Ident | @'CATALOG':Ident | @'MODEL':Ident | @'CONNECTION':Ident ) )"`
	Created      namePart       `parser:"@@"`
	Current      string         `parser:"| 'CURRENT':Keyword ( @'CATALOG':Ident | @'DATABASE':Ident )"`
	Partitions   *namePart      `parser:"| 'PARTITIONS':Ident @@"`
	Partition    *partitionPart `parser:"('PARTITION':Keyword @@)?"`
	FullModules  bool           `parser:"| @('FULL':Keyword 'MODULES':Keyword)"`
	Alone        string         `parser:"| @( 'JOBS':Ident | 'JARS':Ident | 'MODULES':Keyword )"`
	Columns      bool           `parser:"| ( @'COLUMNS':Ident"`
	Table        *namePart      `parser:"( 'FROM':Keyword | 'IN':Keyword ) @@"`
	Catalogs     bool           `parser:"| @'CATALOGS':Keyword"`
	Tables       bool           `parser:"| ( @('MATERIALIZED':Keyword 'TABLES':Keyword)"`
	User         bool           `parser:"| @'USER':Keyword?"`
	What         string         `parser:"@'FUNCTIONS':Keyword | @( 'TABLES':Keyword | 'VIEWS':Keyword | 'DATABASES':Keyword | 'PROCEDURES':Keyword | 'MODELS':Keyword | 'CONNECTIONS':Ident ) )"`
	From         *namePart      `parser:"( ( 'FROM':Keyword | 'IN':Keyword ) @@ )? )"`
	Not          bool           `parser:"( @'NOT':Keyword?"`
	ILike        bool           `parser:"( 'LIKE':Keyword | @'ILIKE':Ident )"`
	Like         *textPart      `parser:"@@ )? )"`
}

func (g *showGrammar) node() (ast.Statement, *diag.Diagnostic) {
	pos := position(g.Tokens)
	s := &ast.Show{Pos: pos, What: strings.ToUpper(g.What + g.Alone), Not: g.Not, ILike: g.ILike}
	switch {
	case g.Materialized:
		return &ast.ShowCreate{Pos: pos, Kind: "MATERIALIZED TABLE", Name: g.Created.n}, nil
	case g.Kind != "":
		return &ast.ShowCreate{Pos: pos, Kind: strings.ToUpper(g.Kind), Name: g.Created.n}, nil
	case g.Current != "":
		s.What = "CURRENT " + strings.ToUpper(g.Current)
	case g.Partitions != nil:
		s.What, s.From, s.Partition = "PARTITIONS", &g.Partitions.n, g.Partition.list()
	case g.FullModules:
		s.What = "FULL MODULES"
	case g.Columns:
		s.What, s.From = "COLUMNS", &g.Table.n
	case g.Catalogs:
		s.What = "CATALOGS"
	case g.Tables:
		s.What = "MATERIALIZED TABLES"
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
	Tokens   []lexer.Token
	Extended bool     `parser:"( 'DESCRIBE':Keyword | 'DESC':Ident ) @'EXTENDED':Keyword?"`
	Name     filePart `parser:"@@"`
}

func (g *describeGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.Describe{Pos: position(g.Tokens), Extended: g.Extended, Name: g.Name.n}, nil
}

type describeObjectGrammar struct {
	Tokens   []lexer.Token
	Kind     string   `parser:"( 'DESCRIBE':Keyword | 'DESC':Ident ) ( @'CATALOG':Ident | @'DATABASE':Ident | @'FUNCTION':Keyword | @'MODEL':Ident | @'CONNECTION':Ident )"`
	Extended bool     `parser:"@'EXTENDED':Keyword?"`
	Name     namePart `parser:"@@"`
}

func (g *describeObjectGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.Describe{Pos: position(g.Tokens), Kind: strings.ToUpper(g.Kind), Extended: g.Extended, Name: g.Name.n}, nil
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

type useGrammar struct {
	Tokens   []lexer.Token
	Catalog  *identPart  `parser:"'USE':Keyword ( 'CATALOG':Ident @@"`
	Modules  []identPart `parser:"| 'MODULES':Keyword @@ (',':Op @@)*"`
	Database *namePart   `parser:"| @@ )"`
}

func (g *useGrammar) node() (ast.Statement, *diag.Diagnostic) {
	u := &ast.Use{Pos: position(g.Tokens)}
	add := func(id ast.Ident) { u.Names = append(u.Names, ast.Name{Pos: id.Pos, Parts: []ast.Ident{id}}) }
	switch {
	case g.Catalog != nil:
		u.Kind = "CATALOG"
		add(g.Catalog.id)
	case g.Database != nil:
		u.Names = []ast.Name{g.Database.n}
	default:
		u.Kind = "MODULES"
		for _, m := range g.Modules {
			add(m.id)
		}
	}
	return u, nil
}

type loadModuleGrammar struct {
	Tokens  []lexer.Token
	Name    identPart    `parser:"'LOAD':Ident 'MODULE':Keyword @@"`
	Options *optionsPart `parser:"('WITH':Keyword @@)?"`
}

func (g *loadModuleGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.LoadModule{Pos: position(g.Tokens), Name: g.Name.id, Options: g.Options.list()}, nil
}

type unloadModuleGrammar struct {
	Tokens []lexer.Token
	Name   identPart `parser:"'UNLOAD':Ident 'MODULE':Keyword @@"`
}

func (g *unloadModuleGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.UnloadModule{Pos: position(g.Tokens), Name: g.Name.id}, nil
}

type jarGrammar struct {
	Tokens []lexer.Token
	Remove bool     `parser:"( 'ADD':Ident | @'REMOVE':Ident ) 'JAR':Ident"`
	Path   textPart `parser:"@@"`
}

func (g *jarGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.Jar{Pos: position(g.Tokens), Remove: g.Remove, Path: g.Path.s}, nil
}

type analyzeGrammar struct {
	Tokens     []lexer.Token
	Table      namePart       `parser:"'ANALYZE':Ident 'TABLE':Keyword @@"`
	Partition  *partitionKeys `parser:"('PARTITION':Keyword @@)?"`
	AllColumns bool           `parser:"'COMPUTE':Ident 'STATISTICS':Ident ('FOR':Keyword ( @'ALL':Keyword 'COLUMNS':Ident"`
	Columns    []identPart    `parser:"| 'COLUMNS':Ident @@ (',':Op @@)* ))?"`
}

func (g *analyzeGrammar) node() (ast.Statement, *diag.Diagnostic) {
	a := &ast.Analyze{Pos: position(g.Tokens), Table: g.Table.n, AllColumns: g.AllColumns}
	if g.Partition != nil {
		a.Partition = g.Partition.v
	}
	for _, c := range g.Columns {
		a.Columns = append(a.Columns, c.id)
	}
	return a, nil
}

type callGrammar struct {
	Tokens []lexer.Token
	Call   callPart `parser:"'CALL':Keyword @@"`
}

func (g *callGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.CallProcedure{Pos: position(g.Tokens), Call: g.Call.c}, nil
}

type truncateGrammar struct {
	Tokens []lexer.Token
	Table  namePart `parser:"'TRUNCATE':Keyword 'TABLE':Keyword @@"`
}

func (g *truncateGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.Truncate{Pos: position(g.Tokens), Table: g.Table.n}, nil
}

type beginGrammar struct {
	Tokens []lexer.Token
	Set    bool `parser:"'BEGIN':Keyword 'STATEMENT':Ident @'SET':Keyword"`
}

func (g *beginGrammar) node() (ast.Statement, *diag.Diagnostic) {
	return &ast.BeginStatementSet{Pos: position(g.Tokens)}, nil
}

type executeGrammar struct {
	Tokens    []lexer.Token
	Plan      *textPart `parser:"'EXECUTE':Keyword ( 'PLAN':Ident @@"`
	Statement *runPart  `parser:"| @@ )"`
}

func (g *executeGrammar) node() (ast.Statement, *diag.Diagnostic) {
	if g.Plan != nil {
		return &ast.ExecutePlan{Pos: position(g.Tokens), Path: g.Plan.s}, nil
	}
	return &ast.Execute{Pos: position(g.Tokens), Statement: g.Statement.st}, nil
}

type compileGrammar struct {
	Tokens      []lexer.Token
	Execute     bool     `parser:"'COMPILE':Ident @('AND':Keyword 'EXECUTE':Keyword)?"`
	Path        textPart `parser:"'PLAN':Ident @@"`
	IfNotExists bool     `parser:"@('IF':Ident 'NOT':Keyword 'EXISTS':Keyword)?"`
	Statement   runPart  `parser:"'FOR':Keyword @@"`
}

func (g *compileGrammar) node() (ast.Statement, *diag.Diagnostic) {
	c := &ast.CompilePlan{Pos: position(g.Tokens), Execute: g.Execute, Path: g.Path.s, IfNotExists: g.IfNotExists, Statement: g.Statement.st}
	if _, ok := c.Statement.(*ast.QueryStatement); ok {
		return nil, diag.New(codeSyntax, c.Statement.Span(), "a plan is compiled for INSERT or a statement set, not for a query")
	}
	if c.Execute && c.IfNotExists {
		return nil, diag.New(codeSyntax, c.At, "COMPILE AND EXECUTE PLAN takes no IF NOT EXISTS")
	}
	return c, nil
}
