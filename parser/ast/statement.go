package ast

import "strings"

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *QueryStatement:
		p.query(s.Query)
	case *Insert:
		p.insert(s)
	case *CreateTable:
		p.createTable(s)
	case *CreateView:
		p.createView(s)
	case *CreateCatalog:
		p.text("CREATE CATALOG ", word(s.IfNotExists, "IF NOT EXISTS "))
		p.ident(s.Name)
		p.comment(s.Comment)
		p.with(s.Options)
	case *CreateDatabase:
		p.text("CREATE DATABASE ", word(s.IfNotExists, "IF NOT EXISTS "))
		p.name(s.Name)
		p.comment(s.Comment)
		p.with(s.Options)
	case *CreateFunction:
		p.createFunction(s)
	case *CreateModel:
		p.createModel(s)
	case *CreateConnection:
		p.text("CREATE ", word(s.Temporary, "TEMPORARY "), word(s.System, "SYSTEM "), "CONNECTION ", word(s.IfNotExists, "IF NOT EXISTS "))
		p.name(s.Name)
		p.comment(s.Comment)
		p.with(s.Options)
	case *CreateMaterializedTable:
		p.createMaterializedTable(s)
	case *Alter:
		p.alter(s)
	case *Drop:
		p.text("DROP ", word(s.Temporary, "TEMPORARY "), word(s.System, "SYSTEM "), s.Kind, " ", word(s.IfExists, "IF EXISTS "))
		p.name(s.Name)
		p.text(word(s.Behavior != "", " "), s.Behavior)
	case *Use:
		p.use(s)
	case *LoadModule:
		p.text("LOAD MODULE ")
		p.ident(s.Name)
		p.with(s.Options)
	case *UnloadModule:
		p.text("UNLOAD MODULE ")
		p.ident(s.Name)
	case *Jar:
		if s.Remove {
			p.text("REMOVE JAR ", Quote(s.Path))
		} else {
			p.text("ADD JAR ", Quote(s.Path))
		}
	case *Analyze:
		p.analyze(s)
	case *CallProcedure:
		p.text("CALL ")
		p.call(s.Call)
	case *Truncate:
		p.text("TRUNCATE TABLE ")
		p.name(s.Table)
	case *Delete:
		p.text("DELETE FROM ")
		p.target(s.Table, s.Hints, s.Alias)
		p.where(s.Where)
	case *Update:
		p.update(s)
	case *BeginStatementSet:
		p.text("BEGIN STATEMENT SET")
	case *EndStatementSet:
		p.text("END")
	case *StatementSet:
		p.statementSet(s)
	case *Execute:
		p.text("EXECUTE ")
		p.statement(s.Statement)
	case *ExecutePlan:
		p.text("EXECUTE PLAN ", Quote(s.Path))
	case *CompilePlan:
		p.compilePlan(s)
	case *Set:
		p.text("SET")
		if s.HasValue {
			p.text(" ", Quote(s.Key), " = ", Quote(s.Value))
		}
	case *Reset:
		p.text("RESET")
		if s.Key != "" {
			p.text(" ", Quote(s.Key))
		}
	case *Explain:
		p.text("EXPLAIN ", word(s.Analyze, "ANALYZE "))
		if len(s.Details) > 0 {
			p.text(strings.Join(s.Details, ", "), " ")
		}
		p.statement(s.Statement)
	case *Show:
		p.show(s)
	case *ShowCreate:
		p.text("SHOW CREATE ", s.Kind, " ")
		p.name(s.Name)
	case *Describe:
		p.text("DESCRIBE ", s.Kind, word(s.Kind != "", " "), word(s.Extended, "EXTENDED "))
		p.name(s.Name)
	case *DescribeJob:
		p.text("DESCRIBE JOB ", Quote(s.Job))
	case *StopJob:
		p.text("STOP JOB ", Quote(s.Job), word(s.Savepoint, " WITH SAVEPOINT"), word(s.Drain, " WITH DRAIN"))
	case *SourceFile:
		p.text("SOURCE ", Quote(s.Path))
	case *Quit:
		p.text("QUIT")
	case *Help:
		p.text("HELP")
	case *Clear:
		p.text("CLEAR")
	}
}

// word returns the text if it is wanted.
func word(wanted bool, text string) string {
	if wanted {
		return text
	}
	return ""
}

func (p *printer) insert(s *Insert) {
	if s.Overwrite {
		p.text("INSERT OVERWRITE ")
	} else {
		p.text("INSERT INTO ")
	}
	p.name(s.Table)
	p.text(" ")
	p.hints(s.Hints)
	p.partition(s.Partition)
	p.text(word(len(s.Partition) > 0, " "))
	if len(s.Columns) > 0 {
		p.idents(s.Columns)
		p.text(" ")
	}
	p.query(s.Query)
}

func (p *printer) show(s *Show) {
	p.text("SHOW ", s.What)
	if s.From != nil {
		p.text(word(s.What != "PARTITIONS", " FROM"), " ")
		p.name(*s.From)
	}
	p.text(word(len(s.Partition) > 0, " "))
	p.partition(s.Partition)
	if s.Like != nil {
		p.text(word(s.Not, " NOT"), " ", word(s.ILike, "I"), "LIKE ", Quote(*s.Like))
	}
}
