package parser

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/diag"
)

// suggest adds a hint to a syntax error at the next token of lex, where expected was. If the token in front of it was
// probably meant to be a keyword, the error is moved there.
func suggest(d *diag.Diagnostic, lex *lexer.PeekingLexer, expected string) {
	m := &mistake{t: lex.Peek(), before: &lexer.Token{}, twoBefore: &lexer.Token{}, expected: expected}
	if c := lex.RawCursor(); c > 0 {
		m.before = &lex.Range(c-1, c)[0]
		if c > 1 {
			m.twoBefore = &lex.Range(c-2, c-1)[0]
		}
	}
	here := lex.MakeCheckpoint()
	lex.Next()
	m.after = lex.Peek()
	lex.LoadCheckpoint(here)

	if d.Hint = m.otherLanguage(); d.Hint != "" {
		return
	}
	if word, ok := misspelt(m.before); ok {
		d.Span = span(m.before)
		d.Message = fmt.Sprintf("%s was read as a name, which %s can't follow", m.before.Value, describe(m.t))
		d.Hint = "did you mean " + word + "?"
		return
	}
	if d.Hint = m.leftOut(); d.Hint != "" {
		return
	}
	if word, ok := m.word(); ok {
		d.Hint = "did you mean " + word + "?"
		return
	}
	if m.t.Type == kindKeyword && strings.Contains(expected, "name") {
		d.Code = codeReserved
		name := strings.ToLower(m.t.Value)
		d.Hint = fmt.Sprintf("%s is a reserved word; in backticks it can be a name: `%s`", m.t.Value, name)
		return
	}
	d.Hint = m.order()
}

// mistake is a place where the text can't be read on: a token, its neighbours, and what was expected instead of it.
// Neighbours that there are none of have no text.
type mistake struct {
	twoBefore, before, t, after *lexer.Token
	expected                    string
}

// otherLanguage is the hint for what other dialects and other languages have.
func (m *mistake) otherLanguage() string {
	switch {
	case isOp(m.t, "!="):
		return "inequality is written <>"
	case isOp(m.t, "=="):
		return "equality is written ="
	case isOp(m.t, ":") && isOp(m.after, ":"):
		return "write CAST(x AS type)"
	case isOp(m.t, "|"), isOp(m.t, "^"), isOp(m.t, "$"):
		return m.t.Value + " has a meaning only in the PATTERN of MATCH_RECOGNIZE"
	case isWord(m.before, "TOP") && isKeyword(m.twoBefore, "SELECT") && m.t.Type == kindNumber:
		return "write LIMIT " + m.t.Value + " at the end of the query"
	case isKeyword(m.t, "TABLE") && isKeyword(m.before, "INTO"):
		return "leave out TABLE"
	case isKeyword(m.t, "FROM") && isKeyword(m.before, "SELECT"):
		return "SELECT * takes all columns"
	case m.expected == "',' or ')'":
		for _, w := range []string{"DEFAULT", "AUTO_INCREMENT", "IDENTITY", "UNIQUE", "REFERENCES", "CHECK", "COLLATE"} {
			if says(m.t, w) {
				return "columns have no " + w
			}
		}
	}
	return ""
}

// clauses begin clauses: in front of one a comma is one too many.
var clauses = []string{"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "WITH", "SELECT"}

// leftOut is the hint where something is missing in front of the token, or is there that should not be.
func (m *mistake) leftOut() string {
	ends := m.t.EOF() || isOp(m.t, ")") || m.t.Type == kindKeyword && slices.Contains(clauses, m.t.Value)
	_, meant := m.word()
	name := isName(m.t) && !meant
	switch {
	case isOp(m.before, ",") && ends:
		return "leave out the comma in front of it"
	case m.t.Type == kindString && m.before.Type == kindString && m.expected == "'='":
		return "write " + shorten(m.before.Value) + " = " + shorten(m.t.Value)
	case m.t.Type == kindString && m.before.Type == kindString && !strings.Contains(m.expected, "','"):
		return "strings side by side are not joined; write 'a' || 'b'"
	case m.expected == "'('" && isKeyword(m.before, "WITH"):
		return "options stand in parentheses: WITH ('key' = 'value', …)"
	case m.expected == "'('" && isKeyword(m.before, "IN"):
		return "the values stand in parentheses: IN (a, b)"
	case m.expected == "FOR" && says(m.before, "WATERMARK"):
		return "write WATERMARK FOR column AS expression"
	case m.expected == "INTO" && name:
		return "write INSERT INTO " + shorten(m.t.Value)
	case m.expected == "BY" && name:
		return "write " + m.before.Value + " BY " + shorten(m.t.Value)
	case strings.HasPrefix(m.expected, "a unit ") && m.before.Type == kindString && strings.Contains(m.before.Value, " "):
		number, unit, _ := strings.Cut(strings.Trim(m.before.Value, "'"), " ")
		return "the unit stands behind the quotes: INTERVAL '" + shorten(number) + "' " + strings.TrimSuffix(strings.ToUpper(shorten(unit)), "S")
	case isKeyword(m.t, "SELECT") && m.expected == "an expression":
		if near, ok := diag.Nearest(m.twoBefore.Value, []string{"EXISTS"}); ok && isOp(m.before, "(") && m.twoBefore.Type == kindIdent {
			return "did you mean " + near + "?"
		}
		return "a query within an expression stands in parentheses of its own: (SELECT …)"
	case isOp(m.t, "(") && isOp(m.before, ")") && m.after.Type == kindString && m.expected == "the end of the statement":
		return "is WITH missing in front of it?"
	case isOp(m.before, "*") && m.t.Type == kindIdent && m.expected == "the end of the statement":
		return "is FROM missing in front of it?"
	}
	if name && (m.expected == "',' or ')'" || m.expected == "the end of the statement" && isName(m.before)) {
		return "is a comma missing in front of it?"
	}
	return ""
}

// word returns the word that the token was probably meant to be: one of those that were expected, if only words were,
// else one that may begin a clause.
func (m *mistake) word() (string, bool) {
	if m.t.Type != kindIdent {
		return "", false
	}
	words := strings.FieldsFunc(m.expected, func(r rune) bool { return r == ' ' || r == ',' })
	if isLetter(m.expected[0]) && words[0] == strings.ToUpper(words[0]) {
		return diag.Nearest(m.t.Value, words)
	}
	for _, value := range []string{"a number", "a string", "a unit", "a value", "a type", "an interval"} {
		if strings.HasPrefix(m.expected, value) {
			return "", false
		}
	}
	return misspelt(m.t)
}

// order is the hint for a clause that stands where a query has ended.
func (m *mistake) order() string {
	if !strings.HasPrefix(m.expected, "the end of ") || m.t.Type != kindKeyword || !slices.Contains(clauses, m.t.Value) {
		return ""
	}
	return "the clauses of a query stand in the order FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, and each once"
}

// misspelt returns the word that a name was probably meant to be. Names of two letters are too much like everything;
// STOP and JOB are words of statements themselves.
func misspelt(t *lexer.Token) (string, bool) {
	if t.Type != kindIdent || len(t.Value) < 3 || isWord(t, "STOP") || isWord(t, "JOB") {
		return "", false
	}
	word, ok := diag.Nearest(t.Value, clauseWords)
	return word, ok && !strings.EqualFold(word, t.Value)
}

// clauseWords are the words that begin a clause, which is where a misspelt one is taken for a name.
var clauseWords = []string{
	"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT",
	"DISTINCT", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "LATERAL", "UNNEST", "USING", "VALUES", "BETWEEN",
	"LIKE", "WHEN", "THEN", "ELSE", "WITH", "WATERMARK", "PRIMARY", "COMMENT", "TABLE", "VIEW", "INTERVAL", "NULLS",
	"DESCRIPTOR", "FILTER", "INSERT", "INTO", "OVER", "PARTITION",
	"WINDOW", "QUALIFY", "PRECEDING", "FOLLOWING", "MATCH_RECOGNIZE", "MEASURES", "PATTERN", "DEFINE", "PARTITIONED",
	"DISTRIBUTED",
}
