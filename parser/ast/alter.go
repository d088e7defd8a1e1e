package ast

import "weir/parser/diag"

// Alter is ALTER [TEMPORARY] [SYSTEM] kind [IF EXISTS] name action.
type Alter struct {
	Pos
	Temporary, System bool
	Kind              string // TABLE, VIEW, MATERIALIZED TABLE, CATALOG, DATABASE, FUNCTION, MODEL or CONNECTION
	IfExists          bool
	Name              Name
	Action            Action
}

// Action is what ALTER does.
type Action interface {
	Node
	action()
}

// RenameTo is RENAME TO name.
type RenameTo struct {
	Pos
	Name Name
}

// RenameColumn is RENAME From TO To.
type RenameColumn struct {
	Pos
	From, To Name
}

// SetOptions is SET ('key' = 'value', …).
type SetOptions struct {
	Pos
	Options []Option
}

// ResetOptions is RESET ('key', …).
type ResetOptions struct {
	Pos
	Keys []OptionKey
}

// OptionKey is the key of an option alone.
type OptionKey struct {
	Key  string
	Span diag.Span
}

// ChangeSchema is ADD or MODIFY (element, …).
type ChangeSchema struct {
	Pos
	Modify   bool
	Elements []SchemaElement
}

// SchemaElement is a column, a constraint, a watermark or a distribution. A column may come First or After another.
type SchemaElement struct {
	Pos
	Column       *ColumnDef
	Constraint   *ConstraintDef
	Watermark    *WatermarkDef
	Distribution *Distribution
	First        bool
	After        *Name
}

// DropColumns is DROP (columns).
type DropColumns struct {
	Pos
	Columns []Name
}

// DropConstraint is DROP CONSTRAINT name.
type DropConstraint struct {
	Pos
	Name Ident
}

// DropPart is DROP PRIMARY KEY, DROP WATERMARK or DROP DISTRIBUTION.
type DropPart struct {
	Pos
	What string
}

// AddPartitions is ADD [IF NOT EXISTS] PARTITION (…) [WITH (…)] PARTITION …
type AddPartitions struct {
	Pos
	IfNotExists bool
	Partitions  []PartitionDef
}

// PartitionDef is PARTITION (…) [WITH (…)].
type PartitionDef struct {
	Pos
	Values  []PartitionValue
	Options []Option
}

// DropPartitions is DROP [IF EXISTS] PARTITION (…), PARTITION (…).
type DropPartitions struct {
	Pos
	IfExists   bool
	Partitions []PartitionDef // without options
}

// Compact is [PARTITION (…)] COMPACT.
type Compact struct {
	Pos
	Partition []PartitionValue
}

// SetQuery is AS query.
type SetQuery struct {
	Pos
	Query *Query
}

// SetClass is AS 'class' [LANGUAGE l].
type SetClass struct {
	Pos
	Class, Language string
}

// SetComment is COMMENT 'text'.
type SetComment struct {
	Pos
	Text string
}

// Suspend is SUSPEND.
type Suspend struct{ Pos }

// Resume is RESUME [WITH (…)].
type Resume struct {
	Pos
	Options []Option
}

// Refresh is REFRESH [PARTITION (…)].
type Refresh struct {
	Pos
	Partition []PartitionValue
}

// SetFreshness is SET FRESHNESS = interval.
type SetFreshness struct {
	Pos
	Freshness *IntervalLit
}

// SetRefreshMode is SET REFRESH_MODE = FULL|CONTINUOUS.
type SetRefreshMode struct {
	Pos
	Mode string
}

func (*Alter) statement() {}

func (*RenameTo) action()       {}
func (*RenameColumn) action()   {}
func (*SetOptions) action()     {}
func (*ResetOptions) action()   {}
func (*ChangeSchema) action()   {}
func (*DropColumns) action()    {}
func (*DropConstraint) action() {}
func (*DropPart) action()       {}
func (*AddPartitions) action()  {}
func (*DropPartitions) action() {}
func (*Compact) action()        {}
func (*SetQuery) action()       {}
func (*SetClass) action()       {}
func (*SetComment) action()     {}
func (*Suspend) action()        {}
func (*Resume) action()         {}
func (*Refresh) action()        {}
func (*SetFreshness) action()   {}
func (*SetRefreshMode) action() {}

func (p *printer) alter(s *Alter) {
	p.text("ALTER ", word(s.Temporary, "TEMPORARY "), word(s.System, "SYSTEM "), s.Kind, " ", word(s.IfExists, "IF EXISTS "))
	p.name(s.Name)
	p.action(s.Action)
}

// action prints an action with the blank in front of it.
func (p *printer) action(a Action) {
	switch a := a.(type) {
	case *RenameTo:
		p.text(" RENAME TO ")
		p.name(a.Name)
	case *RenameColumn:
		p.text(" RENAME ")
		p.name(a.From)
		p.text(" TO ")
		p.name(a.To)
	case *SetOptions:
		p.text(" SET ")
		p.options(a.Options)
	case *ResetOptions:
		p.text(" RESET (")
		p.list(len(a.Keys), func(i int) { p.text(Quote(a.Keys[i].Key)) })
		p.text(")")
	case *ChangeSchema:
		p.changeSchema(a)
	case *DropColumns:
		p.text(" DROP (")
		p.list(len(a.Columns), func(i int) { p.name(a.Columns[i]) })
		p.text(")")
	case *DropConstraint:
		p.text(" DROP CONSTRAINT ")
		p.ident(a.Name)
	case *DropPart:
		p.text(" DROP ", a.What)
	case *AddPartitions:
		p.text(" ADD", word(a.IfNotExists, " IF NOT EXISTS"))
		for _, d := range a.Partitions {
			p.text(" ")
			p.partition(d.Values)
			p.with(d.Options)
		}
	case *DropPartitions:
		p.text(" DROP ", word(a.IfExists, "IF EXISTS "))
		p.list(len(a.Partitions), func(i int) { p.partition(a.Partitions[i].Values) })
	case *Compact:
		p.text(" ")
		p.partition(a.Partition)
		p.text(word(len(a.Partition) > 0, " "), "COMPACT")
	case *SetQuery:
		p.as(a.Query)
	case *SetClass:
		p.functionClass(a.Class, a.Language)
	case *SetComment:
		p.text(" COMMENT ", Quote(a.Text))
	case *Suspend:
		p.text(" SUSPEND")
	case *Resume:
		p.text(" RESUME")
		p.with(a.Options)
	case *Refresh:
		p.text(" REFRESH", word(len(a.Partition) > 0, " "))
		p.partition(a.Partition)
	case *SetFreshness:
		p.text(" SET FRESHNESS = ")
		p.interval(a.Freshness)
	case *SetRefreshMode:
		p.text(" SET REFRESH_MODE = ", a.Mode)
	}
}

func (p *printer) changeSchema(a *ChangeSchema) {
	if a.Modify {
		p.text(" MODIFY ")
	} else {
		p.text(" ADD ")
	}
	several := len(a.Elements) > 1
	p.text(word(several, "("))
	p.list(len(a.Elements), func(i int) {
		e := &a.Elements[i]
		switch {
		case e.Column != nil:
			p.column(*e.Column)
			p.text(word(e.First, " FIRST"))
			if e.After != nil {
				p.text(" AFTER ")
				p.name(*e.After)
			}
		case e.Constraint != nil:
			p.constraintDef(e.Constraint)
		case e.Watermark != nil:
			p.watermark(e.Watermark)
		case e.Distribution != nil:
			p.text("DISTRIBUTION ")
			p.distribution(e.Distribution)
		}
	})
	p.text(word(several, ")"))
}
