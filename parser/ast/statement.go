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
	case *Drop:
		p.text("DROP ", word(s.Temporary, "TEMPORARY "), s.Kind, " ", word(s.IfExists, "IF EXISTS "))
		p.name(s.Name)
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
		p.text("DESCRIBE ")
		p.name(s.Name)
	case *DescribeJob:
		p.text("DESCRIBE JOB ", Quote(s.Job))
	case *StopJob:
		p.text("STOP JOB ", Quote(s.Job), word(s.Savepoint, " WITH SAVEPOINT"), word(s.Drain, " WITH DRAIN"))
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
	if len(s.Columns) > 0 {
		p.idents(s.Columns)
		p.text(" ")
	}
	p.query(s.Query)
}

func (p *printer) createTable(s *CreateTable) {
	p.text("CREATE ", word(s.Temporary, "TEMPORARY "), "TABLE ", word(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	separator := " ("
	element := func() {
		p.text(separator)
		separator = ", "
	}
	for _, c := range s.Columns {
		element()
		p.column(c)
	}
	if s.Watermark != nil {
		element()
		p.watermark(s.Watermark)
	}
	if s.PrimaryKey != nil {
		element()
		p.primaryKey(s.PrimaryKey)
	}
	if separator == ", " {
		p.text(")")
	}
	p.comment(s.Comment)
	if len(s.Options) > 0 {
		p.text(" WITH (")
		p.list(len(s.Options), func(i int) { p.option(s.Options[i]) })
		p.text(")")
	}
	if s.As != nil {
		p.text(" AS ")
		p.query(s.As)
	}
}

func (p *printer) comment(text string) {
	if text != "" {
		p.text(" COMMENT ", Quote(text))
	}
}

func (p *printer) option(o Option) { p.text(Quote(o.Key), " = ", Quote(o.Value)) }

func (p *printer) column(c ColumnDef) {
	p.ident(c.Name)
	if c.Expr != nil {
		p.text(" AS ")
		p.expr(c.Expr, lowest)
	} else {
		p.text(" ")
		p.typeName(c.Type)
	}
	if c.PrimaryKey {
		p.text(" PRIMARY KEY", word(c.NotEnforced, " NOT ENFORCED"))
	}
	p.comment(c.Comment)
}

func (p *printer) watermark(w *WatermarkDef) {
	p.text("WATERMARK FOR ")
	p.ident(w.Column)
	p.text(" AS ")
	p.expr(w.Expr, lowest)
}

func (p *printer) primaryKey(k *PrimaryKeyDef) {
	if k.Name != nil {
		p.text("CONSTRAINT ")
		p.ident(*k.Name)
		p.text(" ")
	}
	p.text("PRIMARY KEY ")
	p.idents(k.Columns)
	p.text(word(k.NotEnforced, " NOT ENFORCED"))
}

func (p *printer) createView(s *CreateView) {
	p.text("CREATE ", word(s.Temporary, "TEMPORARY "), "VIEW ", word(s.IfNotExists, "IF NOT EXISTS "))
	p.name(s.Name)
	if len(s.Columns) > 0 {
		p.text(" ")
		p.idents(s.Columns)
	}
	p.comment(s.Comment)
	p.text(" AS ")
	p.query(s.Query)
}

func (p *printer) show(s *Show) {
	p.text("SHOW ", s.What)
	if s.From != nil {
		p.text(" FROM ")
		p.name(*s.From)
	}
	if s.Like != nil {
		p.text(word(s.Not, " NOT"), " LIKE ", Quote(*s.Like))
	}
}
