package ast

// Use is USE database, USE CATALOG c or USE MODULES m, n.
type Use struct {
	Pos
	Kind  string // CATALOG, MODULES, or empty for a database
	Names []Name // one unless of MODULES
}

// LoadModule is LOAD MODULE m [WITH (…)].
type LoadModule struct {
	Pos
	Name    Ident
	Options []Option
}

// UnloadModule is UNLOAD MODULE m.
type UnloadModule struct {
	Pos
	Name Ident
}

// Jar is ADD JAR 'path' or REMOVE JAR 'path'.
type Jar struct {
	Pos
	Remove bool
	Path   string
}

// Analyze is ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS a, b | FOR ALL COLUMNS].
type Analyze struct {
	Pos
	Table      Name
	Partition  []PartitionValue
	Columns    []Ident
	AllColumns bool
}

// CallProcedure is CALL procedure(arguments).
type CallProcedure struct {
	Pos
	Call *Call
}

// Truncate is TRUNCATE TABLE t.
type Truncate struct {
	Pos
	Table Name
}

// Delete is DELETE FROM t [AS x] [WHERE …].
type Delete struct {
	Pos
	Table Name
	Hints []Hint
	Alias *Ident
	Where Expr
}

// Update is UPDATE t [AS x] SET c = e, … [WHERE …].
type Update struct {
	Pos
	Table Name
	Hints []Hint
	Alias *Ident
	Set   []Assignment
	Where Expr
}

// Assignment is Column = Value in UPDATE.
type Assignment struct {
	Pos
	Column Ident
	Value  Expr
}

// BeginStatementSet is BEGIN STATEMENT SET; EndStatementSet is END.
type BeginStatementSet struct{ Pos }
type EndStatementSet struct{ Pos }

// StatementSet is STATEMENT SET BEGIN insert; … END, which others contain.
type StatementSet struct {
	Pos
	Inserts []*Insert
}

// Execute is EXECUTE statement: a query, INSERT or a StatementSet.
type Execute struct {
	Pos
	Statement Statement
}

// ExecutePlan is EXECUTE PLAN 'path'.
type ExecutePlan struct {
	Pos
	Path string
}

// CompilePlan is COMPILE [AND EXECUTE] PLAN 'path' [IF NOT EXISTS] FOR INSERT or a StatementSet.
type CompilePlan struct {
	Pos
	Execute     bool
	Path        string
	IfNotExists bool
	Statement   Statement
}

func (*Use) statement()               {}
func (*LoadModule) statement()        {}
func (*UnloadModule) statement()      {}
func (*Jar) statement()               {}
func (*Analyze) statement()           {}
func (*CallProcedure) statement()     {}
func (*Truncate) statement()          {}
func (*Delete) statement()            {}
func (*Update) statement()            {}
func (*BeginStatementSet) statement() {}
func (*EndStatementSet) statement()   {}
func (*StatementSet) statement()      {}
func (*Execute) statement()           {}
func (*ExecutePlan) statement()       {}
func (*CompilePlan) statement()       {}

func (p *printer) use(s *Use) {
	p.text("USE ")
	if s.Kind != "" {
		p.text(s.Kind, " ")
	}
	p.list(len(s.Names), func(i int) { p.name(s.Names[i]) })
}

func (p *printer) analyze(s *Analyze) {
	p.text("ANALYZE TABLE ")
	p.name(s.Table)
	p.text(" ")
	p.partition(s.Partition)
	p.text(word(len(s.Partition) > 0, " "), "COMPUTE STATISTICS", word(s.AllColumns, " FOR ALL COLUMNS"))
	if len(s.Columns) > 0 {
		p.text(" FOR COLUMNS ")
		p.list(len(s.Columns), func(i int) { p.ident(s.Columns[i]) })
	}
}

// target prints the table that DELETE and UPDATE change.
func (p *printer) target(table Name, hints []Hint, alias *Ident) {
	p.table(&TableRef{Name: table, Hints: hints})
	if alias != nil {
		p.text(" AS ")
		p.ident(*alias)
	}
}

func (p *printer) where(cond Expr) {
	if cond != nil {
		p.text(" WHERE ")
		p.expr(cond, lowest)
	}
}

func (p *printer) update(s *Update) {
	p.text("UPDATE ")
	p.target(s.Table, s.Hints, s.Alias)
	p.text(" SET ")
	p.list(len(s.Set), func(i int) {
		p.ident(s.Set[i].Column)
		p.text(" = ")
		p.expr(s.Set[i].Value, lowest)
	})
	p.where(s.Where)
}

func (p *printer) statementSet(s *StatementSet) {
	p.text("STATEMENT SET BEGIN ")
	for _, in := range s.Inserts {
		p.insert(in)
		p.text("; ")
	}
	p.text("END")
}

func (p *printer) compilePlan(s *CompilePlan) {
	p.text("COMPILE ", word(s.Execute, "AND EXECUTE "), "PLAN ", Quote(s.Path), word(s.IfNotExists, " IF NOT EXISTS"), " FOR ")
	p.statement(s.Statement)
}

// Title names a statement by its first words: ALTER TABLE, CREATE CATALOG, EXECUTE STATEMENT SET.
func Title(s Statement) string {
	switch s := s.(type) {
	case *QueryStatement:
		return "a query"
	case *Insert:
		return "INSERT"
	case *CreateTable:
		switch {
		case s.Replace:
			return "REPLACE TABLE"
		case s.OrReplace:
			return "CREATE OR REPLACE TABLE"
		}
		return "CREATE TABLE"
	case *CreateView:
		return "CREATE " + word(s.OrReplace, "OR REPLACE ") + "VIEW"
	case *CreateCatalog:
		return "CREATE CATALOG"
	case *CreateDatabase:
		return "CREATE DATABASE"
	case *CreateFunction:
		return "CREATE FUNCTION"
	case *CreateModel:
		return "CREATE MODEL"
	case *CreateConnection:
		return "CREATE CONNECTION"
	case *CreateMaterializedTable:
		return "CREATE MATERIALIZED TABLE"
	case *Alter:
		return "ALTER " + s.Kind
	case *Drop:
		return "DROP " + s.Kind
	case *Use:
		return "USE" + word(s.Kind != "", " ") + s.Kind
	case *LoadModule:
		return "LOAD MODULE"
	case *UnloadModule:
		return "UNLOAD MODULE"
	case *Jar:
		if s.Remove {
			return "REMOVE JAR"
		}
		return "ADD JAR"
	case *Analyze:
		return "ANALYZE TABLE"
	case *CallProcedure:
		return "CALL"
	case *Truncate:
		return "TRUNCATE TABLE"
	case *Delete:
		return "DELETE"
	case *Update:
		return "UPDATE"
	case *BeginStatementSet:
		return "BEGIN STATEMENT SET"
	case *EndStatementSet:
		return "END"
	case *StatementSet:
		return "STATEMENT SET"
	case *Execute:
		if _, ok := s.Statement.(*QueryStatement); ok {
			return "EXECUTE"
		}
		return "EXECUTE " + Title(s.Statement)
	case *ExecutePlan:
		return "EXECUTE PLAN"
	case *CompilePlan:
		return "COMPILE " + word(s.Execute, "AND EXECUTE ") + "PLAN"
	case *Set:
		return "SET"
	case *Reset:
		return "RESET"
	case *Explain:
		return "EXPLAIN"
	case *Show:
		return "SHOW " + s.What
	case *ShowCreate:
		return "SHOW CREATE " + s.Kind
	case *Describe:
		return "DESCRIBE" + word(s.Kind != "", " ") + s.Kind
	case *DescribeJob:
		return "DESCRIBE JOB"
	case *StopJob:
		return "STOP JOB"
	case *SourceFile:
		return "SOURCE"
	}
	return "this statement"
}
