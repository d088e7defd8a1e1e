package ast

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// Binding powers of the operators, which are those of the parser.
const (
	lowest     = 0
	multisets  = 14 // MULTISET UNION, MULTISET EXCEPT
	common     = 18 // MULTISET INTERSECT
	or         = 22
	and        = 24
	not        = 26
	is         = 28
	comparison = 30
	ranged     = 32
	additive   = 40
	multiplied = 60
	sign       = 80
	primary    = 100
)

// power is the binding power of an expression's outermost operator.
func power(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		return operatorPower(x.Op)
	case *Unary:
		if x.Op == "NOT" {
			return not
		}
		return sign
	case *Is, *IsDistinct:
		return is
	case *Quantified:
		return comparison
	case *Between, *In, *Like:
		return ranged
	}
	return primary
}

func operatorPower(op string) int {
	switch op {
	case "MULTISET UNION", "MULTISET UNION ALL", "MULTISET EXCEPT", "MULTISET EXCEPT ALL":
		return multisets
	case "MULTISET INTERSECT", "MULTISET INTERSECT ALL":
		return common
	case "OR":
		return or
	case "AND":
		return and
	case "+", "-":
		return additive
	case "*", "/", "%", "||":
		return multiplied
	}
	return comparison
}

func (p *printer) exprs(list []Expr) {
	p.list(len(list), func(i int) { p.expr(list[i], lowest) })
}

// expr prints an expression, in parentheses if it binds weaker than least.
func (p *printer) expr(x Expr, least int) {
	if power(x) < least {
		p.text("(")
		defer p.text(")")
	}
	switch x := x.(type) {
	case *ColumnRef:
		p.dotted(x.Parts)
	case *Star:
		p.qualifier(x.Qualifier)
		p.text("*")
	case *NumberLit:
		p.text(x.Text)
	case *StringLit:
		p.text(Quote(x.Value))
	case *BinaryLit:
		p.text("x'", strings.ToUpper(hex.EncodeToString(x.Value)), "'")
	case *BoolLit:
		switch {
		case x.Null:
			p.text("UNKNOWN")
		case x.Value:
			p.text("TRUE")
		default:
			p.text("FALSE")
		}
	case *NullLit:
		p.text("NULL")
	case *TemporalLit:
		if x.Kind == "TIMESTAMP_LTZ" {
			p.text("TIMESTAMP WITH LOCAL TIME ZONE ", Quote(x.Text))
		} else {
			p.text(x.Kind, " ", Quote(x.Text))
		}
	case *IntervalLit:
		p.interval(x)
	case *IntervalExpr:
		p.text("INTERVAL ", word(x.Negative, "-"))
		switch x.X.(type) {
		case *NumberLit, *ColumnRef:
			p.expr(x.X, lowest)
		default:
			p.text("(")
			p.expr(x.X, lowest)
			p.text(")")
		}
		p.text(" ")
		p.units(x.From, x.To, x.Precision, x.FracPrecision)
	case *Unary:
		p.unary(x)
	case *Binary:
		own := operatorPower(x.Op)
		p.expr(x.X, own)
		p.text(" ", x.Op, " ")
		p.expr(x.Y, own+1)
	case *Is:
		p.expr(x.X, is)
		p.text(" IS ", negated(x.Not), x.What)
	case *IsDistinct:
		p.expr(x.X, is)
		p.text(" IS ", negated(x.Not), "DISTINCT FROM ")
		p.expr(x.Y, comparison+1)
	case *Between:
		p.expr(x.X, ranged)
		p.text(" ", negated(x.Not), "BETWEEN ")
		if x.Symmetric {
			p.text("SYMMETRIC ")
		}
		p.expr(x.Low, ranged+1)
		p.text(" AND ")
		p.expr(x.High, ranged+1)
	case *In:
		p.expr(x.X, ranged)
		p.text(" ", negated(x.Not), "IN (")
		if x.Query != nil {
			p.query(x.Query)
		} else {
			p.exprs(x.List)
		}
		p.text(")")
	case *Quantified:
		p.expr(x.X, comparison)
		p.text(" ", x.Op, " ", x.Quantifier, " (")
		if x.Query != nil {
			p.query(x.Query)
		} else {
			p.exprs(x.List)
		}
		p.text(")")
	case *Like:
		p.like(x)
	case *Case:
		p.caseExpr(x)
	case *Cast:
		if x.Try {
			p.text("TRY_")
		}
		p.text("CAST(")
		p.expr(x.X, lowest)
		p.text(" AS ")
		p.typeName(x.Type)
		p.text(")")
	case *Call:
		p.call(x)
	case *Unit:
		p.text(x.Name)
	case *NamedArg:
		p.ident(x.Name)
		p.text(" => ")
		p.expr(x.Value, lowest)
	case *DefaultArg:
		p.text("DEFAULT")
	case *Param:
		p.text("?")
	case *Using:
		p.expr(x.X, lowest)
		p.text(" USING ")
		p.name(x.Charset)
	case *JSONPair:
		p.jsonPair(x)
	case *JSONFormat:
		p.expr(x.X, lowest)
		p.text(" FORMAT JSON", word(x.Encoding != "", " ENCODING "), x.Encoding)
	case *Constructor:
		p.constructor(x)
	case *Field:
		p.field(x)
	case *TimeDifference:
		p.text("(")
		p.expr(x.X, additive)
		p.text(" - ")
		p.expr(x.Y, additive+1)
		p.text(") ")
		p.units(x.From, x.To, x.Precision, x.FracPrecision)
	case *Grouping:
		p.text(x.Kind, " (")
		p.exprs(x.Elements)
		p.text(")")
	case *GroupingSet:
		p.text("(")
		p.exprs(x.Keys)
		p.text(")")
	case *Index:
		p.index(x)
	case *Subquery:
		if x.Exists {
			p.text("EXISTS ")
		}
		p.text("(")
		p.query(x.Query)
		p.text(")")
	}
}

func (p *printer) constructor(x *Constructor) {
	open, shut := "[", "]"
	if x.Kind == "ROW" || x.Kind == "PERIOD" || x.Query != nil {
		open, shut = "(", ")"
	}
	p.text(x.Kind, open)
	if x.Query != nil {
		p.query(x.Query)
	} else {
		p.exprs(x.Args)
	}
	p.text(shut)
}

// field prints x.name; a name would be read as the qualifier of the field's, a number as one with a point.
func (p *printer) field(x *Field) {
	least := primary
	switch x.X.(type) {
	case *ColumnRef, *NumberLit:
		least++
	}
	p.expr(x.X, least)
	p.text(".")
	p.ident(x.Name)
}

func negated(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}

// unary keeps two signs apart, which would begin a comment.
func (p *printer) unary(x *Unary) {
	if x.Op == "NOT" {
		p.text("NOT ")
		p.expr(x.X, not)
		return
	}
	p.text(x.Op)
	if y, ok := x.X.(*Unary); ok && y.Op != "NOT" {
		p.text(" ")
	}
	p.expr(x.X, sign)
}

func (p *printer) like(x *Like) {
	p.expr(x.X, ranged)
	p.text(" ", negated(x.Not), x.Op, " ")
	p.expr(x.Pattern, ranged+1)
	if x.Escape != nil {
		p.text(" ESCAPE ")
		p.expr(x.Escape, ranged+1)
	}
}

func (p *printer) caseExpr(x *Case) {
	p.text("CASE")
	if x.Operand != nil {
		p.text(" ")
		p.expr(x.Operand, lowest)
	}
	for _, w := range x.Whens {
		p.text(" WHEN ")
		p.expr(w.Cond, lowest)
		for _, x := range w.More {
			p.text(", ")
			p.expr(x, lowest)
		}
		p.text(" THEN ")
		p.expr(w.Then, lowest)
	}
	if x.Else != nil {
		p.text(" ELSE ")
		p.expr(x.Else, lowest)
	}
	p.text(" END")
}

// index prints x[i]; a column called map would begin a constructor.
func (p *printer) index(x *Index) {
	c, ok := x.X.(*ColumnRef)
	if ok && len(c.Parts) == 1 && !c.Parts[0].Quoted && strings.EqualFold(c.Parts[0].Name, "MAP") {
		p.text("(")
		p.expr(x.X, lowest)
		p.text(")")
	} else {
		p.expr(x.X, primary)
	}
	p.text("[")
	p.expr(x.I, lowest)
	p.text("]")
}

func (p *printer) interval(x *IntervalLit) {
	p.text("INTERVAL ")
	if x.Negative {
		p.text("-")
	}
	p.text(Quote(x.Text), " ")
	p.units(x.From, x.To, x.Precision, x.FracPrecision)
}

// units prints the units of an interval with their digits.
func (p *printer) units(from, to string, precision, frac int) {
	p.text(from)
	if precision >= 0 {
		p.text("(", strconv.Itoa(precision))
		if to == "" && frac >= 0 {
			p.text(", ", strconv.Itoa(frac))
		}
		p.text(")")
	}
	if to != "" {
		p.text(" TO ", to)
		if frac >= 0 {
			p.text("(", strconv.Itoa(frac), ")")
		}
	}
}

func (p *printer) call(c *Call) {
	p.text(c.Semantics, word(c.Semantics != "", " "))
	p.qualifier(c.Qualifier)
	if c.Name.Quoted || !plain(c.Name.Name) {
		p.text(QuoteIdent(c.Name.Name))
	} else {
		p.text(c.Name.Name)
		if c.NoParens {
			return
		}
	}
	p.text("(")
	switch {
	case c.Star:
		p.text("*")
	case c.Distinct:
		p.text("DISTINCT ")
		p.exprs(c.Args)
	default:
		p.arguments(c)
	}
	if len(c.OrderBy) > 0 {
		p.text(" ")
		p.orderBy(c.OrderBy)
	}
	if c.JSON != nil {
		p.jsonClauses(c.JSON)
	}
	p.text(")")
	p.text(word(c.Nulls != "", " "), c.Nulls, word(c.Nulls != "", " NULLS"))
	if len(c.WithinDistinct) > 0 {
		p.text(" WITHIN DISTINCT (")
		p.exprs(c.WithinDistinct)
		p.text(")")
	}
	if len(c.WithinGroup) > 0 {
		p.text(" WITHIN GROUP (")
		p.orderBy(c.WithinGroup)
		p.text(")")
	}
	if c.Filter != nil {
		p.text(" FILTER (WHERE ")
		p.expr(c.Filter, lowest)
		p.text(")")
	}
	if c.Over != nil {
		p.over(c.Over)
	}
}

// arguments prints the arguments, with the words that separate those of some functions.
func (p *printer) arguments(c *Call) {
	name := ""
	if !c.Name.Quoted && len(c.Qualifier) == 0 {
		name = strings.ToUpper(c.Name.Name)
	}
	separate := func(least int, words ...string) {
		for i, a := range c.Args {
			if i > 0 {
				p.text(" ", words[i-1], " ")
				least = lowest
			}
			p.expr(a, least)
		}
	}
	n := len(c.Args)
	switch {
	case name == "EXTRACT" && n == 2:
		separate(lowest, "FROM")
	case name == "POSITION" && n >= 2 && n <= 3:
		separate(ranged+1, "IN", "FROM")
	case name == "OVERLAY" && n >= 3 && n <= 4:
		separate(lowest, "PLACING", "FROM", "FOR")
	case name == "TRIM" && n == 3:
		side, ok := c.Args[0].(*StringLit)
		if !ok {
			p.exprs(c.Args)
			return
		}
		p.text(side.Value, " ")
		p.expr(c.Args[1], lowest)
		p.text(" FROM ")
		p.expr(c.Args[2], lowest)
	case (name == "FLOOR" || name == "CEIL" || name == "CEILING") && n == 2:
		separate(lowest, "TO")
	default:
		p.exprs(c.Args)
	}
}
