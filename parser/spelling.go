package parser

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
)

// unitSpellings are the units of intervals by what people write for them within the quotes.
var unitSpellings = map[string]string{
	"second": "SECOND", "seconds": "SECOND", "sec": "SECOND", "secs": "SECOND", "s": "SECOND",
	"minute": "MINUTE", "minutes": "MINUTE", "min": "MINUTE", "mins": "MINUTE",
	"hour": "HOUR", "hours": "HOUR", "hr": "HOUR", "hrs": "HOUR", "h": "HOUR",
	"day": "DAY", "days": "DAY", "d": "DAY",
	"week": "WEEK", "weeks": "WEEK",
	"month": "MONTH", "months": "MONTH", "mon": "MONTH", "mons": "MONTH",
	"quarter": "QUARTER", "quarters": "QUARTER",
	"year": "YEAR", "years": "YEAR", "yr": "YEAR", "yrs": "YEAR",
}

// amountAndUnit is the text of an interval that is written '5 mins' or '5m'; ten digits are the most that one can have.
var amountAndUnit = regexp.MustCompile(`^'\s*([+-]?)(\d{1,10})\s*([A-Za-z]+)\s*'$`)

// quotedUnit is the hint for an interval with its unit within the quotes; empty for a text that is anything else.
func quotedUnit(literal string) string {
	m := amountAndUnit.FindStringSubmatch(literal)
	if m == nil {
		return ""
	}
	unit := unitSpellings[strings.ToLower(m[3])]
	if unit == "" {
		return ""
	}
	if len(m[2]) > 2 { // more digits than an interval has by itself
		unit += fmt.Sprintf("(%d)", len(m[2]))
	}
	return "the unit stands behind the quotes: INTERVAL '" + m[1] + m[2] + "' " + unit
}

// nameAt returns the name that begins at the next token, or at before if the next is a hyphen, as it can be written:
// with its qualifiers, and in backticks where there are hyphens without blanks around them. It is empty where no name is.
func nameAt(lex *lexer.PeekingLexer, before *lexer.Token) string {
	here := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(here)
	t := lex.Peek()
	hyphenated := isOp(t, "-")
	if hyphenated {
		t = before
	} else {
		lex.Next()
	}
	if !isName(t) {
		return ""
	}
	var name strings.Builder
	for range 3 { // catalog.database.table
		part, end := t.Value, span(t).End
		dashed := false
		for t.Type == kindIdent && isOp(lex.Peek(), "-") && lex.Peek().Pos.Offset == end {
			next := following(lex)
			if next.Type != kindIdent && next.Type != kindKeyword && next.Type != kindNumber || next.Pos.Offset != end+len("-") {
				break
			}
			word := next.Value
			if next.Type == kindKeyword {
				word = strings.ToLower(word) // its token has it in upper case, however it was written
			}
			part, end, dashed = part+"-"+word, span(next).End, true
			lex.Next()
			lex.Next()
		}
		if hyphenated && !dashed {
			return ""
		}
		hyphenated = false
		if dashed {
			part = ast.QuoteIdent(part)
		}
		name.WriteString(shorten(part))
		if !isOp(lex.Peek(), ".") || !isName(following(lex)) {
			break
		}
		lex.Next()
		t = lex.Next()
		name.WriteByte('.')
	}
	return name.String()
}

// beforeQuery is the hint for what is missing in front of a query.
func (m *mistake) beforeQuery() string {
	switch {
	case m.expected == "'('" && isKeyword(m.before, "IN") && isKeyword(m.t, "SELECT"):
		return "the query stands in parentheses: IN (SELECT …)"
	case isOp(m.before, "(") && isKeyword(m.twoBefore, "TABLE") && m.t.Type == kindKeyword && functions[m.t.Value]:
		return m.t.Value + " is a function of values, not of tables"
	case m.expected != theEnd || !isKeyword(m.t, "SELECT") || !isKeyword(m.first, "CREATE") || !isName(m.before):
		return ""
	}
	for i := range m.read[1:] {
		t := &m.read[1+i]
		if !isName(t) && !isOp(t, ".") && !slices.Contains([]string{"TABLE", "VIEW", "NOT", "EXISTS"}, t.Value) {
			return "" // more than CREATE TABLE name
		}
	}
	return "is AS missing in front of it?"
}

// withoutFrom is the hint for a clause that only FROM can stand in front of.
func (m *mistake) withoutFrom() string {
	if m.t.Type != kindKeyword || !slices.Contains([]string{"WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY"}, m.t.Value) ||
		!strings.HasPrefix(m.expected, "the end of ") && m.expected != "')'" {
		return ""
	}
	open := 0
	for i := len(m.read) - 1; i >= 0; i-- {
		switch t := &m.read[i]; {
		case isOp(t, ")"):
			open++
		case isOp(t, "("):
			if open--; open < 0 {
				return ""
			}
		case open > 0:
		case isKeyword(t, "FROM"), t.Type == kindKeyword && slices.Contains([]string{"WHERE", "GROUP", "ORDER", "LIMIT"}, t.Value):
			return ""
		case isKeyword(t, "SELECT"):
			return "is FROM missing in front of it?"
		}
	}
	return ""
}
