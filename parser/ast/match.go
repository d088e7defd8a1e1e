package ast

import "strconv"

// MatchRecognize finds patterns in the rows of Input, which is a TableRef or Derived without an alias.
type MatchRecognize struct {
	Pos
	Input       From
	PartitionBy []Expr
	OrderBy     []Order
	Measures    []Item // each with an alias
	Rows        string // ONE or ALL, of ROWS PER MATCH; empty: not written
	After       *Skip  // nil: not written
	Start, End  bool   // ^ in front of the pattern, $ behind it
	Pattern     Pattern
	Within      Expr // nil: none
	Subsets     []Subset
	Define      []Definition
	Alias       *Alias
}

// Skip is AFTER MATCH SKIP To: NEXT ROW, PAST LAST ROW, FIRST or LAST of Variable, or, if To is empty, the Variable.
type Skip struct {
	Pos
	To       string
	Variable *Ident
}

// Subset is Name = (variables).
type Subset struct {
	Pos
	Name      Ident
	Variables []Ident
}

// Definition is Name AS condition in DEFINE.
type Definition struct {
	Pos
	Name Ident
	Cond Expr
}

// Pattern is a PatternVariable, PatternSequence, PatternRepeat, PatternExclude or PatternPermute.
type Pattern interface {
	Node
	pattern()
}

// PatternVariable is a variable in a pattern.
type PatternVariable struct {
	Pos
	Name Ident
}

// PatternSequence is A B C, or with Alternatives A | B | C; it has two parts and more.
type PatternSequence struct {
	Pos
	Alternatives bool
	Parts        []Pattern
}

// PatternRepeat is X{Min, Max}, also X*, X+ and X?; Max is -1 where there is no bound. Reluctant is the ? behind.
type PatternRepeat struct {
	Pos
	X         Pattern
	Min, Max  int
	Reluctant bool
}

// PatternExclude is {- X -}.
type PatternExclude struct {
	Pos
	X Pattern
}

// PatternPermute is PERMUTE(A, B).
type PatternPermute struct {
	Pos
	Parts []Pattern
}

func (*MatchRecognize) from() {}

func (*PatternVariable) pattern() {}
func (*PatternSequence) pattern() {}
func (*PatternRepeat) pattern()   {}
func (*PatternExclude) pattern()  {}
func (*PatternPermute) pattern()  {}

func (p *printer) match(m *MatchRecognize) {
	p.from(m.Input)
	p.text(" MATCH_RECOGNIZE (")
	if len(m.PartitionBy) > 0 {
		p.text("PARTITION BY ")
		p.exprs(m.PartitionBy)
		p.text(" ")
	}
	if len(m.OrderBy) > 0 {
		p.orderBy(m.OrderBy)
		p.text(" ")
	}
	if len(m.Measures) > 0 {
		p.text("MEASURES ")
		p.list(len(m.Measures), func(i int) { p.item(m.Measures[i]) })
		p.text(" ")
	}
	switch m.Rows {
	case "ONE":
		p.text("ONE ROW PER MATCH ")
	case "ALL":
		p.text("ALL ROWS PER MATCH ")
	}
	if s := m.After; s != nil {
		p.text("AFTER MATCH SKIP ")
		switch {
		case s.To == "PAST LAST ROW":
			p.text(s.To)
		case s.Variable == nil:
			p.text("TO ", s.To)
		default:
			p.text("TO ", s.To, word(s.To != "", " "))
			p.ident(*s.Variable)
		}
		p.text(" ")
	}
	p.text("PATTERN (", word(m.Start, "^ "))
	p.pattern(m.Pattern, 0)
	p.text(word(m.End, " $"), ")")
	if m.Within != nil {
		p.text(" WITHIN ")
		p.expr(m.Within, lowest)
	}
	if len(m.Subsets) > 0 {
		p.text(" SUBSET ")
		p.list(len(m.Subsets), func(i int) {
			p.ident(m.Subsets[i].Name)
			p.text(" = ")
			p.idents(m.Subsets[i].Variables)
		})
	}
	p.text(" DEFINE ")
	p.list(len(m.Define), func(i int) {
		p.ident(m.Define[i].Name)
		p.text(" AS ")
		p.expr(m.Define[i].Cond, lowest)
	})
	p.text(")")
	p.alias(m.Alias)
}

// How tightly the parts of a pattern bind.
const (
	alternatives = iota
	sequence
	repeated
)

// pattern prints a pattern, in parentheses if it binds weaker than least.
func (p *printer) pattern(x Pattern, least int) {
	switch x := x.(type) {
	case *PatternVariable:
		p.ident(x.Name)
	case *PatternSequence:
		own, separator := sequence, " "
		if x.Alternatives {
			own, separator = alternatives, " | "
		}
		if own < least {
			p.text("(")
			defer p.text(")")
		}
		for i, part := range x.Parts {
			if i > 0 {
				p.text(separator)
			}
			p.pattern(part, own+1)
		}
	case *PatternRepeat:
		if repeated < least {
			p.text("(")
			defer p.text(")")
		}
		p.pattern(x.X, repeated+1)
		p.text(quantifier(x), word(x.Reluctant, "?"))
	case *PatternExclude:
		p.text("{- ")
		p.pattern(x.X, alternatives)
		p.text(" -}")
	case *PatternPermute:
		p.text("PERMUTE(")
		p.list(len(x.Parts), func(i int) { p.pattern(x.Parts[i], alternatives) })
		p.text(")")
	}
}

func quantifier(x *PatternRepeat) string {
	low := strconv.Itoa(x.Min)
	switch {
	case x.Max < 0 && x.Min == 0:
		return "*"
	case x.Max < 0 && x.Min == 1:
		return "+"
	case x.Min == 0 && x.Max == 1:
		return "?"
	case x.Max < 0:
		return "{" + low + ",}"
	case x.Min == x.Max:
		return "{" + low + "}"
	}
	return "{" + low + "," + strconv.Itoa(x.Max) + "}"
}
