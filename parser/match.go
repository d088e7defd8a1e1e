package parser

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// match reads MATCH_RECOGNIZE (…) and the alias behind it; start is where the table in front of it begins.
func (r *reader) match(input ast.From, start int) ast.From {
	r.next()
	m := &ast.MatchRecognize{Input: input}
	r.expectOp("(")
	if r.accept("PARTITION") {
		r.expect("BY")
		m.PartitionBy = r.expressions()
	}
	if isKeyword(r.peek(), "ORDER") {
		m.OrderBy = r.orderBy()
	}
	if r.take("MEASURES") {
		m.Measures = r.measures()
	}
	switch {
	case r.take("ONE"):
		m.Rows = "ONE"
		r.want("ROW", "PER", "MATCH")
	case r.take("ALL"):
		m.Rows = "ALL"
		r.want("ROWS", "PER", "MATCH")
	}
	if isWord(r.peek(), "AFTER") {
		m.After = r.skip()
	}
	r.expect("PATTERN")
	r.expectOp("(")
	m.Start = r.acceptOp("^")
	m.Pattern = r.pattern()
	m.End = r.acceptOp("$")
	r.expectOp(")")
	if r.take("WITHIN") {
		m.Within = r.expression(powerLowest)
	}
	if r.take("SUBSET") {
		m.Subsets = r.subsets()
	}
	r.expect("DEFINE")
	m.Define = r.definitions()
	r.closeList(")")
	m.Alias = r.alias()
	m.Pos = r.from(start)
	r.grow()
	return m
}

// measures reads expression AS name, ….
func (r *reader) measures() []ast.Item {
	var list []ast.Item
	for {
		start := r.start()
		it := ast.Item{Expr: r.expression(powerLowest)}
		r.expect("AS")
		name := r.ident("a name for the measure")
		it.Alias = &name
		it.Pos = r.from(start)
		list = append(list, it)
		if !r.acceptOp(",") {
			return list
		}
	}
}

// skip reads AFTER MATCH SKIP and where to go on.
func (r *reader) skip() *ast.Skip {
	start := r.start()
	r.want("AFTER", "MATCH", "SKIP")
	s := &ast.Skip{}
	switch {
	case r.take("PAST"):
		r.want("LAST", "ROW")
		s.To = "PAST LAST ROW"
	case r.take("TO", "NEXT", "ROW"):
		s.To = "NEXT ROW"
	case r.take("TO"):
		if t := r.peek(); (isWord(t, "FIRST") || isWord(t, "LAST")) && isName(r.ahead(1)) {
			s.To = strings.ToUpper(r.next().Value)
		}
		v := r.ident("NEXT ROW, FIRST, LAST or the name of a pattern variable")
		s.Variable = &v
	default:
		r.unexpected("TO or PAST LAST ROW")
	}
	s.Pos = r.from(start)
	return s
}

// pattern reads alternatives.
func (r *reader) pattern() ast.Pattern {
	if !r.nest() {
		return nil
	}
	defer r.unnest()
	start := r.start()
	parts := []ast.Pattern{r.patternSequence()}
	for r.acceptOp("|") {
		parts = append(parts, r.patternSequence())
	}
	return r.joinedPattern(start, parts, true)
}

// patternSequence reads factors up to what ends them.
func (r *reader) patternSequence() ast.Pattern {
	start := r.start()
	parts := []ast.Pattern{r.patternFactor()}
	for r.err == nil && beginsPattern(r.peek()) {
		parts = append(parts, r.patternFactor())
	}
	return r.joinedPattern(start, parts, false)
}

// beginsPattern reports whether a factor begins with t.
func beginsPattern(t *lexer.Token) bool {
	return isName(t) || isOp(t, "(") || isOp(t, "{") || isKeyword(t, "PERMUTE")
}

// joinedPattern makes one of several parts.
func (r *reader) joinedPattern(start int, parts []ast.Pattern, alternatives bool) ast.Pattern {
	if len(parts) == 1 {
		return parts[0]
	}
	return &ast.PatternSequence{Pos: r.from(start), Alternatives: alternatives, Parts: parts}
}

// patternFactor reads a variable, a pattern in parentheses, {- … -} or PERMUTE(…), with the quantifier behind it.
func (r *reader) patternFactor() ast.Pattern {
	start := r.start()
	var x ast.Pattern
	switch t := r.peek(); {
	case isName(t):
		x = &ast.PatternVariable{Name: r.ident("a variable")}
		x.(*ast.PatternVariable).Pos = r.from(start)
	case r.acceptOp("("):
		x = r.pattern()
		r.expectOp(")")
	case r.acceptOp("{"):
		r.expectOp("-")
		inner := r.pattern()
		r.expectOp("-")
		r.expectOp("}")
		x = &ast.PatternExclude{Pos: r.from(start), X: inner}
	case r.accept("PERMUTE"):
		permute := &ast.PatternPermute{}
		r.expectOp("(")
		for {
			permute.Parts = append(permute.Parts, r.pattern())
			if !r.acceptOp(",") {
				break
			}
		}
		r.closeList(")")
		permute.Pos = r.from(start)
		x = permute
	default:
		r.unexpected("the name of a pattern variable")
		return nil
	}
	return r.quantifier(start, x)
}

// quantifier reads *, +, ?, {n}, {n,}, {n,m} or {,m}, and the ? of a reluctant one.
func (r *reader) quantifier(start int, x ast.Pattern) ast.Pattern {
	q := &ast.PatternRepeat{X: x}
	switch {
	case r.acceptOp("*"):
		q.Max = -1
	case r.acceptOp("+"):
		q.Min, q.Max = 1, -1
	case r.acceptOp("?"):
		q.Max = 1
	case isOp(r.peek(), "{") && !isOp(r.ahead(1), "-"):
		at := r.peek()
		r.next()
		if !isOp(r.peek(), ",") {
			q.Min = r.integer("a number")
		}
		q.Max = q.Min
		if r.acceptOp(",") {
			if q.Max = -1; !isOp(r.peek(), "}") {
				q.Max = r.integer("a number")
			}
		}
		r.expectOp("}")
		if q.Max >= 0 && q.Max < q.Min && r.err == nil {
			r.fail(diag.New(codeSyntax, span(at).To(diag.Span{Start: r.end, End: r.end}), "the quantifier ends before it begins: %d is more than %d", q.Min, q.Max))
		}
	default:
		return x
	}
	q.Reluctant = r.acceptOp("?")
	q.Pos = r.from(start)
	return q
}

// subsets reads name = (variables), ….
func (r *reader) subsets() []ast.Subset {
	var list []ast.Subset
	for {
		start := r.start()
		s := ast.Subset{Name: r.ident("the name of a subset")}
		r.expectOp("=")
		s.Variables = r.identList("the name of a pattern variable")
		s.Pos = r.from(start)
		list = append(list, s)
		if !r.acceptOp(",") {
			return list
		}
	}
}

// definitions reads name AS condition, ….
func (r *reader) definitions() []ast.Definition {
	var list []ast.Definition
	for {
		start := r.start()
		d := ast.Definition{Name: r.ident("the name of a pattern variable")}
		r.expect("AS")
		d.Cond = r.expression(powerLowest)
		d.Pos = r.from(start)
		list = append(list, d)
		if !r.acceptOp(",") {
			return list
		}
	}
}
