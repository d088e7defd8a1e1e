package parser

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/diag"
)

// allColumns is the hint for a * that leaves some columns out.
const allColumns = "* takes all columns: name those that you want"

// What is expected where a statement, or a list in parentheses, may end.
const (
	theEnd     = "the end of the statement"
	moreOfList = "',' or ')'"
	escapes    = "D, T, TS or FN" // behind a brace, as in {d '2020-01-01'}
)

// suggest adds a hint to a syntax error at the next token of lex, where expected was. If the token in front of it was
// probably meant to be a keyword, the error is moved there.
func suggest(d *diag.Diagnostic, lex *lexer.PeekingLexer, expected string) {
	m := &mistake{t: lex.Peek(), first: lex.Peek(), before: &lexer.Token{}, twoBefore: &lexer.Token{}, expected: expected}
	if c := lex.RawCursor(); c > 0 {
		m.read = lex.Range(0, c)
		m.first, m.before = &lex.Range(0, 1)[0], &lex.Range(c-1, c)[0]
		if c > 1 {
			m.twoBefore = &lex.Range(c-2, c-1)[0]
		}
	}
	m.after, m.name = following(lex), nameAt(lex, m.before)
	if d.Hint = cmp.Or(m.otherLanguage(), m.otherTypes(), m.beforeQuery(), m.otherStatements()); d.Hint != "" {
		return
	}
	if word, ok := misspelt(m.before); ok && !m.named() {
		d.Span = span(m.before)
		d.Message = fmt.Sprintf("%s was read as a name, which %s can't follow", m.before.Value, describe(m.t))
		d.Hint = "did you mean " + word + "?"
		return
	}
	if d.Hint = cmp.Or(m.quoting(), m.withoutFrom(), m.leftOut()); d.Hint != "" {
		return
	}
	if word, ok := m.word(); ok {
		d.Hint = "did you mean " + word + "?"
		return
	}
	if m.t.Type == kindKeyword && strings.Contains(expected, "name") && !slices.Contains([]string{"SELECT", "FROM", "WHERE"}, m.t.Value) {
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
	first, twoBefore, before, t, after *lexer.Token  // first is the one that the statement begins with
	read                               []lexer.Token // all in front of t
	name                               string        // the one that t begins or goes on with a hyphen, as it can be written; empty: none
	expected                           string
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
	case isOp(m.t, "|"), isOp(m.t, "^"):
		return m.t.Value + " has a meaning only in the PATTERN of MATCH_RECOGNIZE"
	case isOp(m.t, "$"), isOp(m.t, ":") && m.expected == "an expression":
		return "there are no variables"
	case isOp(m.t, ":") && m.expected == "'='":
		return "key and value are joined by ="
	case isOp(m.t, "?"):
		return "write CASE WHEN condition THEN a ELSE b END, or COALESCE(a, b)"
	case isOp(m.t, "*") && isOp(m.before, "*"):
		return "write POWER(a, b)"
	case isOp(m.t, "(") && isKeyword(m.before, "STRING"):
		return "STRING has no length; VARCHAR(10) has one"
	case isKeyword(m.t, "COUNT") && isOp(m.after, "*"):
		return "write COUNT(*)"
	case m.t.Type == kindNumber && m.expected == "a number" && strings.Contains(m.t.Value, "."):
		return "write " + shorten(strings.Replace(m.t.Value, ".", ", ", 1))
	case isKeyword(m.twoBefore, "EXTRACT") && strings.HasPrefix(m.expected, "a unit "):
		return "write EXTRACT(HOUR FROM ts)"
	case m.expected == "a precision" && isOp(m.t, ")"):
		return "leave out the parentheses"
	case isWord(m.before, "TOP") && isKeyword(m.twoBefore, "SELECT") && m.t.Type == kindNumber:
		return "write LIMIT " + m.t.Value + " at the end of the query"
	case isKeyword(m.t, "TABLE") && (isKeyword(m.before, "INTO") || isKeyword(m.before, "DESCRIBE") || isWord(m.before, "DESC")):
		return "leave out TABLE"
	case isKeyword(m.t, "FROM") && isKeyword(m.before, "SELECT"):
		return "SELECT * takes all columns"
	case m.expected == moreOfList:
		for _, w := range []string{"DEFAULT", "AUTO_INCREMENT", "IDENTITY", "UNIQUE", "REFERENCES", "CHECK", "COLLATE"} {
			if says(m.t, w) {
				return "columns have no " + w
			}
		}
	}
	return ""
}

// otherTypes is the hint for how other dialects write types and the values of nested ones.
func (m *mistake) otherTypes() string {
	switch {
	case isOp(m.t, "<") && says(m.before, "STRUCT"):
		return "write ROW<name type, …>"
	case isOp(m.t, "<") && says(m.before, "LIST"):
		return "write ARRAY<type>"
	case isOp(m.t, "[") && m.before.Type == kindKeyword && slices.Contains(typeWords, m.before.Value) && m.before.Value != "ARRAY":
		return "write ARRAY<" + m.before.Value + ">"
	case isKeyword(m.t, "COMMENT") && m.expected == "'>'":
		return "the comment of a field is the string alone: name type 'comment'"
	case m.expected == "a column's name" && m.t.Type == kindKeyword && slices.Contains(typeWords, m.t.Value) && isName(m.after):
		return "the name stands in front of its type: " + shorten(m.after.Value) + " " + m.t.Value
	case isOp(m.t, "[") && m.expected == "an expression", isKeyword(m.before, "ARRAY") && isOp(m.t, "("):
		return "write ARRAY[a, b]"
	case isOp(m.before, "{") && m.expected == escapes, isOp(m.t, "{") && says(m.before, "MAP"):
		return "write MAP['key', value]"
	case isKeyword(m.t, "UNNEST") && m.expected == "an expression":
		return "UNNEST stands in FROM: FROM t CROSS JOIN UNNEST(t.a) AS u (x)"
	}
	return ""
}

// otherStatements is the hint for what statements of other databases have, or these have elsewhere.
func (m *mistake) otherStatements() string {
	name := isName(m.t)
	switch {
	case m.expected == theEnd && isKeyword(m.first, "USE") && (says(m.before, "DATABASE") || says(m.before, "SCHEMA")) && name:
		return "write USE " + shorten(m.t.Value)
	case m.expected == theEnd && isKeyword(m.first, "USE") && says(m.twoBefore, "CATALOG") && isOp(m.t, "."):
		return "write USE " + shorten(m.before.Value) + "." + shorten(m.after.Value)
	case m.expected == theEnd && isKeyword(m.first, "SHOW") && len(m.read) == 2 && name && !misspells(m.t, "FROM", "LIKE"):
		return "write SHOW " + strings.ToUpper(m.before.Value) + " FROM " + shorten(m.t.Value)
	case m.expected == theEnd && isKeyword(m.first, "DROP") && isOp(m.t, ","):
		return "each is dropped by a statement of its own"
	case m.t.Type == kindString && isKeyword(m.before, "INTO") && isKeyword(m.first, "INSERT"):
		return "a table writes files: one with ('connector' = 'filesystem', 'path' = " + shorten(m.t.Value) + ", 'format' = 'csv')"
	case m.expected == theEnd && isKeyword(m.t, "WITH") && isKeyword(m.first, "CREATE"):
		for i := range m.read {
			switch t := &m.read[i]; {
			case says(t, "VIEW"):
				return "a view has no options"
			case isKeyword(t, "AS"), isKeyword(t, "LIKE"):
				return "WITH stands in front of " + t.Value + ": CREATE TABLE t WITH (…) " + t.Value + " …"
			}
		}
	case m.expected == theEnd && m.t.Type == kindKeyword && slices.Contains(statementStarts, m.t.Value):
		return "is a semicolon missing in front of it?"
	}
	return ""
}

// statementStarts are reserved words that begin a statement, and where one has ended most likely the next.
var statementStarts = []string{
	"SELECT", "VALUES", "CREATE", "ALTER", "DROP", "INSERT", "DELETE", "UPDATE", "TRUNCATE", "EXPLAIN", "EXECUTE", "BEGIN", "END",
	"SHOW", "DESCRIBE", "USE", "SET", "RESET",
}

// misspells reports whether a token is probably meant to be one of the words.
func misspells(t *lexer.Token, words ...string) bool {
	_, ok := diag.Within(2, t.Value, words)
	return ok
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
	case m.expected == "'('" && isKeyword(m.before, "IN") && !isKeyword(m.t, "SELECT"):
		return "the values stand in parentheses: IN (a, b)"
	case m.expected == "'('" && says(m.before, "KEY") && name:
		return "the columns stand in parentheses: PRIMARY KEY (" + m.name + ")"
	case m.expected == "'('" && isKeyword(m.t, "SELECT"):
		return "the query stands in parentheses"
	case m.expected == "a column's name" && isKeyword(m.t, "SELECT") && isOp(m.before, "("):
		return "is AS missing in front of the parenthesis?"
	case m.expected == "NOT" && isKeyword(m.t, "EXISTS"):
		return "write IF NOT EXISTS"
	case isOp(m.before, "*") && (isWord(m.t, "EXCLUDE") || says(m.t, "REPLACE")) && m.expected == theEnd,
		m.expected == "SELECT or VALUES" && isKeyword(m.twoBefore, "EXCEPT") && len(m.read) > 2 && isOp(&m.read[len(m.read)-3], "*"):
		return allColumns
	case m.expected == "SELECT or VALUES" && isKeyword(m.before, "AS") && name:
		return "a query stands behind AS: SELECT * FROM " + shorten(m.t.Value)
	case m.expected == "SELECT or VALUES" && name:
		return "names of columns stand in parentheses: (" + m.name + ", …)"
	case m.expected == moreOfList && isKeyword(m.t, "NOT"):
		return "write NOT NULL"
	case m.expected == moreOfList && m.t.Type == kindString && m.before.Type == kindString:
		return "is a comma missing in front of it?"
	case isKeyword(m.t, "PARTITION") && isKeyword(m.first, "CREATE"):
		return "did you mean PARTITIONED?"
	case isOp(m.t, ")") && m.expected == theEnd:
		return "no parenthesis is open here"
	case m.expected == "FOR" && says(m.before, "WATERMARK"):
		return "write WATERMARK FOR column AS expression"
	case m.expected == "INTO" && name:
		return "write INSERT INTO " + m.name
	case m.expected == "BY" && name:
		return "write " + m.before.Value + " BY " + m.name
	case strings.HasPrefix(m.expected, "a unit ") && m.before.Type == kindString:
		return quotedUnit(m.before.Value)
	case isKeyword(m.t, "SELECT") && m.expected == "an expression":
		if near, ok := diag.Nearest(m.twoBefore.Value, []string{"EXISTS"}); ok && isOp(m.before, "(") && m.twoBefore.Type == kindIdent {
			return "did you mean " + near + "?"
		}
		return "a query within an expression stands in parentheses of its own: (SELECT …)"
	case isOp(m.t, "(") && isOp(m.before, ")") && m.after.Type == kindString && m.expected == theEnd:
		return "is WITH missing in front of it?"
	case isOp(m.before, "*") && m.t.Type == kindIdent && m.expected == theEnd && misspells(m.t, "FROM"):
		return "did you mean FROM?"
	case isOp(m.before, "*") && m.t.Type == kindIdent && m.expected == theEnd:
		return "is FROM missing in front of it?"
	}
	switch {
	case m.expected == theEnd && m.asks() && name:
		for _, w := range []string{"DESC", "ASC"} {
			if _, near := diag.Within(1, m.t.Value, []string{w}); near || len(m.t.Value) >= len("ASCENDING") && strings.EqualFold(m.t.Value[:len(w)], w) {
				return "did you mean " + w + "?"
			}
		}
		if isName(m.before) {
			return "is a comma missing in front of it?"
		}
	case m.expected == moreOfList && name:
		return "is a comma missing in front of it?"
	}
	return ""
}

// asks reports whether the statement is a query.
func (m *mistake) asks() bool { return isKeyword(m.first, "SELECT") || isKeyword(m.first, "WITH") }

// quoting is the hint for a name that must stand in backticks.
func (m *mistake) quoting() string {
	switch {
	case m.expected == moreOfList && m.t.Type == kindKeyword && m.before.Type == kindIdent && m.twoBefore.Type == kindIdent && slices.Contains(typeWords, m.t.Value):
		return fmt.Sprintf("a name with a blank stands in backticks: `%s %s`", shorten(m.twoBefore.Value), shorten(m.before.Value))
	case isOp(m.t, "-") && m.name != "":
		return "a name with special characters stands in backticks: " + m.name
	case m.t.Type == kindNumber && strings.Contains(m.expected, "name") && m.after.Type == kindIdent && m.after.Pos.Offset == span(m.t).End:
		return fmt.Sprintf("a name that begins with a digit stands in backticks: `%s%s`", shorten(m.t.Value), shorten(m.after.Value))
	case m.expected == theEnd && m.asks() && m.t.Type == kindString && isName(m.before):
		return "a name that is no word stands in backticks, not in quotes"
	}
	return ""
}

// word returns the word that the token was probably meant to be: one of those that were expected, if only words were,
// else one that may begin a clause.
func (m *mistake) word() (string, bool) {
	if m.t.Type != kindIdent && m.t.Type != kindKeyword || len(m.t.Value) < 2 {
		return "", false
	}
	words := strings.FieldsFunc(m.expected, func(r rune) bool { return r == ' ' || r == ',' })
	if isLetter(m.expected[0]) && words[0] == strings.ToUpper(words[0]) {
		if m.t.Type == kindKeyword { // it may well be meant as it is
			return diag.Within(1, m.t.Value, words)
		}
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
	limit := 2
	if len(t.Value) < 5 {
		limit = 1 // a short name may be like a word by chance
	}
	word, ok := diag.Within(limit, t.Value, clauseWords)
	return word, ok && !strings.EqualFold(word, t.Value)
}

// named reports whether the token in front is a name because one had to be there.
func (m *mistake) named() bool {
	for _, w := range []string{"INTO", "FROM", "TABLE", "JOIN", "VIEW", "AS", "UPDATE", "EXISTS"} {
		if isKeyword(m.twoBefore, w) {
			return true
		}
	}
	return isOp(m.twoBefore, ".")
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
