package ast

import "strconv"

// CreateTable is CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] t (…) … WITH (…) [LIKE u | AS query], or REPLACE
// TABLE.
type CreateTable struct {
	Pos
	OrReplace    bool
	Replace      bool // REPLACE TABLE
	Temporary    bool
	IfNotExists  bool
	Name         Name
	Columns      []ColumnDef
	Names        []Name // (a, b) AS query: the columns without types, in another order
	Watermark    *WatermarkDef
	Constraints  []ConstraintDef
	Comment      string
	Distribution *Distribution
	PartitionBy  []Ident // PARTITIONED BY
	Options      []Option
	Like         *TableLike
	As           *Query
}

// ColumnDef is a column of a table: physical (Type), metadata (Type and Metadata) or computed (Expr).
type ColumnDef struct {
	Pos
	Parents    []Ident // the fields that lead to a nested one: ALTER TABLE t ADD parent.name INT
	Name       Ident
	Type       *TypeName   // nil for computed columns
	Metadata   *Metadata   // nil for others than metadata columns
	Expr       Expr        // nil for others than computed columns
	Constraint *Constraint // id INT PRIMARY KEY NOT ENFORCED
	Comment    string
}

// Metadata is METADATA [FROM 'key'] [VIRTUAL]; HasKey says that the key was written.
type Metadata struct {
	Pos
	Key     string
	HasKey  bool
	Virtual bool
}

// Constraint is [CONSTRAINT name] PRIMARY KEY|UNIQUE [[NOT] ENFORCED].
type Constraint struct {
	Pos
	Name        *Ident
	Unique      bool // PRIMARY KEY otherwise
	Enforcement Enforcement
}

// Enforcement is what was written of ENFORCED.
type Enforcement int

// The default is ENFORCED, but who means that may well have forgotten the words.
const (
	EnforcementUnsaid Enforcement = iota
	NotEnforced
	Enforced
)

// ConstraintDef is a constraint over the columns of a table.
type ConstraintDef struct {
	Constraint
	Columns []Ident
}

// WatermarkDef is WATERMARK FOR column AS expr; Fields lead from the column to a nested one.
type WatermarkDef struct {
	Pos
	Column Ident
	Fields []Ident
	Expr   Expr
}

// Distribution is DISTRIBUTED BY [HASH|RANGE] (columns) [INTO n BUCKETS] or DISTRIBUTED INTO n BUCKETS.
type Distribution struct {
	Pos
	Kind    string // HASH, RANGE or empty
	Columns []Ident
	Buckets int // 0: not written
}

// TableLike is LIKE table (options).
type TableLike struct {
	Pos
	Table   Name
	Options []LikeOption
}

// LikeOption is INCLUDING, EXCLUDING or OVERWRITING and what of the other table: ALL, CONSTRAINTS, DISTRIBUTION,
// GENERATED, METADATA, OPTIONS, PARTITIONS or WATERMARKS.
type LikeOption struct {
	Pos
	Strategy, Feature string
}

// PartitionValue is column = literal in PARTITION (…); Value is nil where only the column was written.
type PartitionValue struct {
	Pos
	Column Ident
	Value  Expr
}

// CreateView is CREATE [OR REPLACE] [TEMPORARY] VIEW [IF NOT EXISTS] v [(columns)] AS query.
type CreateView struct {
	Pos
	OrReplace   bool
	Temporary   bool
	IfNotExists bool
	Name        Name
	Columns     []Ident
	Comment     string
	Query       *Query
}

// CreateCatalog is CREATE CATALOG [IF NOT EXISTS] c [COMMENT …] [WITH (…)].
type CreateCatalog struct {
	Pos
	IfNotExists bool
	Name        Ident
	Comment     string
	Options     []Option
}

// CreateDatabase is CREATE DATABASE [IF NOT EXISTS] d [COMMENT …] [WITH (…)].
type CreateDatabase struct {
	Pos
	IfNotExists bool
	Name        Name
	Comment     string
	Options     []Option
}

// CreateFunction is CREATE [TEMPORARY [SYSTEM]] FUNCTION [IF NOT EXISTS] f AS 'class' [LANGUAGE l] [USING JAR 'path', …].
type CreateFunction struct {
	Pos
	Temporary, System bool
	IfNotExists       bool
	Name              Name
	Class             string
	Language          string // JAVA, SCALA, SQL, PYTHON or empty
	Jars              []string
}

// CreateModel is CREATE [TEMPORARY] MODEL [IF NOT EXISTS] m [INPUT (…)] [OUTPUT (…)] [COMMENT …] [WITH (…)] [AS query].
type CreateModel struct {
	Pos
	Temporary     bool
	IfNotExists   bool
	Name          Name
	Input, Output []ColumnDef
	Comment       string
	Options       []Option
	As            *Query
}

// CreateConnection is CREATE [TEMPORARY [SYSTEM]] CONNECTION [IF NOT EXISTS] c [COMMENT …] WITH (…).
type CreateConnection struct {
	Pos
	Temporary, System bool
	IfNotExists       bool
	Name              Name
	Comment           string
	Options           []Option
}

// CreateMaterializedTable is CREATE [OR ALTER] MATERIALIZED TABLE t … [FRESHNESS = interval] [REFRESH_MODE = mode] AS
// query.
type CreateMaterializedTable struct {
	Pos
	OrAlter      bool
	IfNotExists  bool
	Name         Name
	Columns      []ColumnDef
	Names        []Name
	Watermark    *WatermarkDef
	Constraints  []ConstraintDef
	Comment      string
	Distribution *Distribution
	PartitionBy  []Ident
	Options      []Option
	Freshness    *IntervalLit
	RefreshMode  string // FULL, CONTINUOUS or empty
	As           *Query
}

func (*CreateTable) statement()             {}
func (*CreateView) statement()              {}
func (*CreateCatalog) statement()           {}
func (*CreateDatabase) statement()          {}
func (*CreateFunction) statement()          {}
func (*CreateModel) statement()             {}
func (*CreateConnection) statement()        {}
func (*CreateMaterializedTable) statement() {}

func (p *printer) createTable(s *CreateTable) {
	if s.Replace {
		p.text("REPLACE ")
	} else {
		p.text("CREATE ", word(s.OrReplace, "OR REPLACE "))
	}
	p.text(word(s.Temporary, "TEMPORARY "), "TABLE ", word(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	p.schema(s.Columns, s.Names, s.Watermark, s.Constraints)
	p.comment(s.Comment)
	p.layout(s.Distribution, s.PartitionBy)
	p.with(s.Options)
	if l := s.Like; l != nil {
		p.text(" LIKE ")
		p.name(l.Table)
		for i, o := range l.Options {
			if i == 0 {
				p.text(" (")
			} else {
				p.text(" ")
			}
			p.text(o.Strategy, " ", o.Feature)
		}
		p.text(word(len(l.Options) > 0, ")"))
	}
	p.as(s.As)
}

// schema prints the elements of a table in parentheses: columns, the watermark, constraints.
func (p *printer) schema(columns []ColumnDef, names []Name, w *WatermarkDef, constraints []ConstraintDef) {
	separator := " ("
	element := func() {
		p.text(separator)
		separator = ", "
	}
	for _, c := range columns {
		element()
		p.column(c)
	}
	for _, n := range names {
		element()
		p.name(n)
	}
	if w != nil {
		element()
		p.watermark(w)
	}
	for i := range constraints {
		element()
		p.constraintDef(&constraints[i])
	}
	p.text(word(separator == ", ", ")"))
}

func (p *printer) column(c ColumnDef) {
	p.qualifier(c.Parents)
	p.ident(c.Name)
	if c.Expr != nil {
		p.text(" AS ")
		p.expr(c.Expr, lowest)
	} else {
		p.text(" ")
		p.typeName(c.Type)
	}
	if m := c.Metadata; m != nil {
		p.text(" METADATA")
		if m.HasKey {
			p.text(" FROM ", Quote(m.Key))
		}
		p.text(word(m.Virtual, " VIRTUAL"))
	}
	if c.Constraint != nil {
		p.text(" ")
		p.constraint(c.Constraint)
		p.enforcement(c.Constraint)
	}
	p.comment(c.Comment)
}

// constraint prints a constraint up to its columns.
func (p *printer) constraint(c *Constraint) {
	if c.Name != nil {
		p.text("CONSTRAINT ")
		p.ident(*c.Name)
		p.text(" ")
	}
	if c.Unique {
		p.text("UNIQUE")
	} else {
		p.text("PRIMARY KEY")
	}
}

func (p *printer) enforcement(c *Constraint) {
	switch c.Enforcement {
	case NotEnforced:
		p.text(" NOT ENFORCED")
	case Enforced:
		p.text(" ENFORCED")
	}
}

func (p *printer) constraintDef(c *ConstraintDef) {
	p.constraint(&c.Constraint)
	p.text(" ")
	p.idents(c.Columns)
	p.enforcement(&c.Constraint)
}

func (p *printer) watermark(w *WatermarkDef) {
	p.text("WATERMARK FOR ")
	p.ident(w.Column)
	for _, f := range w.Fields {
		p.text(".")
		p.ident(f)
	}
	p.text(" AS ")
	p.expr(w.Expr, lowest)
}

// layout prints DISTRIBUTED and PARTITIONED BY.
func (p *printer) layout(d *Distribution, partitions []Ident) {
	if d != nil {
		p.text(" DISTRIBUTED ")
		p.distribution(d)
	}
	if len(partitions) > 0 {
		p.text(" PARTITIONED BY ")
		p.idents(partitions)
	}
}

// distribution prints what stands behind DISTRIBUTED and DISTRIBUTION.
func (p *printer) distribution(d *Distribution) {
	if len(d.Columns) > 0 {
		p.text("BY ", d.Kind)
		p.idents(d.Columns)
		p.text(word(d.Buckets > 0, " "))
	}
	if d.Buckets > 0 {
		p.text("INTO ", strconv.Itoa(d.Buckets), " BUCKETS")
	}
}

// with prints WITH and the options if there are any.
func (p *printer) with(options []Option) {
	if len(options) > 0 {
		p.text(" WITH ")
		p.options(options)
	}
}

func (p *printer) options(options []Option) {
	p.text("(")
	p.list(len(options), func(i int) { p.option(options[i]) })
	p.text(")")
}

func (p *printer) option(o Option) { p.text(Quote(o.Key), " = ", Quote(o.Value)) }

func (p *printer) comment(text string) {
	if text != "" {
		p.text(" COMMENT ", Quote(text))
	}
}

// as prints AS and the query if there is one.
func (p *printer) as(q *Query) {
	if q != nil {
		p.text(" AS ")
		p.query(q)
	}
}

// partition prints PARTITION and the values if there are any.
func (p *printer) partition(values []PartitionValue) {
	if len(values) == 0 {
		return
	}
	p.text("PARTITION (")
	p.list(len(values), func(i int) {
		p.ident(values[i].Column)
		if values[i].Value != nil {
			p.text(" = ")
			p.expr(values[i].Value, lowest)
		}
	})
	p.text(")")
}

func (p *printer) createView(s *CreateView) {
	p.text("CREATE ", word(s.OrReplace, "OR REPLACE "), word(s.Temporary, "TEMPORARY "), "VIEW ", word(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	if len(s.Columns) > 0 {
		p.text(" ")
		p.idents(s.Columns)
	}
	p.comment(s.Comment)
	p.as(s.Query)
}

func (p *printer) createFunction(s *CreateFunction) {
	p.text("CREATE ", word(s.Temporary, "TEMPORARY "), word(s.System, "SYSTEM "), "FUNCTION ", word(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	p.functionClass(s.Class, s.Language)
	for i, jar := range s.Jars {
		if i == 0 {
			p.text(" USING JAR ", Quote(jar))
		} else {
			p.text(", JAR ", Quote(jar))
		}
	}
}

// functionClass prints AS 'class' LANGUAGE l.
func (p *printer) functionClass(class, language string) {
	p.text(" AS ", Quote(class))
	if language != "" {
		p.text(" LANGUAGE ", language)
	}
}

func (p *printer) createModel(s *CreateModel) {
	p.text("CREATE ", word(s.Temporary, "TEMPORARY "), "MODEL ", word(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	if len(s.Input) > 0 {
		p.text(" INPUT")
		p.schema(s.Input, nil, nil, nil)
	}
	if len(s.Output) > 0 {
		p.text(" OUTPUT")
		p.schema(s.Output, nil, nil, nil)
	}
	p.comment(s.Comment)
	p.with(s.Options)
	p.as(s.As)
}

func (p *printer) createMaterializedTable(s *CreateMaterializedTable) {
	p.text("CREATE ", word(s.OrAlter, "OR ALTER "), "MATERIALIZED TABLE ", word(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	p.schema(s.Columns, s.Names, s.Watermark, s.Constraints)
	p.comment(s.Comment)
	p.layout(s.Distribution, s.PartitionBy)
	p.with(s.Options)
	if s.Freshness != nil {
		p.text(" FRESHNESS = ")
		p.interval(s.Freshness)
	}
	if s.RefreshMode != "" {
		p.text(" REFRESH_MODE = ", s.RefreshMode)
	}
	p.as(s.As)
}
