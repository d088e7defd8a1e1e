package parser

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// Binding powers, as in Calcite: an operator takes what binds tighter than itself.
const (
	powerLowest     = 0
	powerMultisets  = 14 // MULTISET UNION, MULTISET EXCEPT
	powerCommon     = 18 // MULTISET INTERSECT
	powerOr         = 22
	powerAnd        = 24
	powerNot        = 26
	powerIs         = 28
	powerComparison = 30
	powerRange      = 32 // BETWEEN, IN, LIKE
	powerAdd        = 40
	powerMultiply   = 60 // also ||
	powerSign       = 80
)

// expression reads an expression whose operators bind tighter than power.
func (r *reader) expression(power int) ast.Expr {
	if !r.nest() {
		return nil
	}
	outer := r.height
	r.height = 0
	start := r.start()
	x := r.operand(power)
	r.grow()
	for r.err == nil {
		y := r.infix(x, start, power)
		if y == nil {
			break
		}
		x = y
		r.grow()
	}
	r.height = max(r.height, outer)
	r.unnest()
	return x
}

// infix reads what follows the operand x that begins at start: nil if nothing that binds tighter than power does.
func (r *reader) infix(x ast.Expr, start, power int) ast.Expr {
	t := r.peek()
	switch t.Type {
	case kindOp:
		switch t.Value {
		case "[":
			r.next()
			i := r.expression(powerLowest)
			r.expectOp("]")
			return &ast.Index{Pos: r.from(start), X: x, I: i}
		case ".":
			r.next()
			name := r.ident("a field's name")
			return &ast.Field{Pos: r.from(start), X: x, Name: name}
		case "!=", "==":
			r.unexpected("an operator")
			return nil
		}
		return r.binary(x, start, power, t.Value, operatorPower(t.Value))
	case kindKeyword:
		switch t.Value {
		case "OR":
			return r.binary(x, start, power, "OR", powerOr)
		case "AND":
			return r.binary(x, start, power, "AND", powerAnd)
		case "IS":
			if powerIs > power {
				return r.is(x, start)
			}
		case "NOT":
			if powerRange > power && r.rangeAhead(1) {
				r.next()
				return r.rangeTest(x, start, true)
			}
		case "BETWEEN", "IN", "LIKE", "SIMILAR":
			if powerRange > power {
				return r.rangeTest(x, start, false)
			}
		case "OVERLAPS", "CONTAINS", "EQUALS", "PRECEDES", "SUCCEEDS":
			return r.binary(x, start, power, t.Value, powerComparison)
		case "MEMBER", "SUBMULTISET":
			return r.wordy(x, start, power, powerComparison, t.Value, "OF")
		case "MULTISET":
			return r.multiset(x, start, power)
		}
	case kindIdent:
		switch {
		case powerRange > power && r.rangeAhead(0):
			return r.rangeTest(x, start, false)
		case isWord(t, "IMMEDIATELY") && isKeyword(r.ahead(1), "PRECEDES"), isWord(t, "IMMEDIATELY") && isKeyword(r.ahead(1), "SUCCEEDS"):
			return r.wordy(x, start, power, powerComparison, "IMMEDIATELY", r.ahead(1).Value)
		}
	}
	return nil
}

// rangeAhead reports whether BETWEEN, IN, LIKE or their like stands n tokens ahead. ILIKE and RLIKE are not reserved: they
// are names of a column where no pattern can follow.
func (r *reader) rangeAhead(n int) bool {
	t := r.ahead(n)
	switch t.Type {
	case kindKeyword:
		switch t.Value {
		case "BETWEEN", "IN", "LIKE", "SIMILAR":
			return true
		}
	case kindIdent:
		if isWord(t, "ILIKE") || isWord(t, "RLIKE") {
			return !followsName(r.ahead(n + 1))
		}
	}
	return false
}

// followsName reports whether t can stand behind the name that a column is given in a select list.
func followsName(t *lexer.Token) bool {
	switch t.Type {
	case kindKeyword:
		switch t.Value {
		case "FROM", "UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR":
			return true
		}
		return false
	case kindOp:
		switch t.Value {
		case "(", "+", "-", "?", "{":
			return false
		}
		return true
	}
	return t.EOF()
}

// wordy reads an infix operator of several words.
func (r *reader) wordy(x ast.Expr, start, power, own int, words ...string) ast.Expr {
	if own <= power {
		return nil
	}
	r.want(words...)
	y := r.expression(own)
	return &ast.Binary{Pos: r.from(start), Op: strings.Join(words, " "), X: x, Y: y}
}

// multiset reads MULTISET UNION|INTERSECT|EXCEPT [ALL|DISTINCT].
func (r *reader) multiset(x ast.Expr, start, power int) ast.Expr {
	own := powerMultisets
	if isKeyword(r.ahead(1), "INTERSECT") {
		own = powerCommon
	}
	if own <= power {
		return nil
	}
	r.next()
	op := "MULTISET " + r.wantOneOf("UNION", "INTERSECT", "EXCEPT")
	if r.accept("ALL") {
		op += " ALL"
	} else {
		r.accept("DISTINCT")
	}
	y := r.expression(own)
	return &ast.Binary{Pos: r.from(start), Op: op, X: x, Y: y}
}

// operatorPower is the binding power of an operator written in signs; 0 if it is none.
func operatorPower(op string) int {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=":
		return powerComparison
	case "+", "-":
		return powerAdd
	case "*", "/", "%", "||":
		return powerMultiply
	}
	return 0
}

// binary reads a left-associative operator and its right operand if it binds tighter than power.
func (r *reader) binary(x ast.Expr, start, power int, op string, own int) ast.Expr {
	if own <= power {
		return nil
	}
	r.next()
	if own == powerComparison {
		if quantifier := r.takeOneOf("ANY", "SOME", "ALL"); quantifier != "" {
			return r.quantified(x, start, op, quantifier)
		}
	}
	y := r.expression(own)
	return &ast.Binary{Pos: r.from(start), Op: op, X: x, Y: y}
}

// quantified reads what stands behind ANY, SOME and ALL: values or a query in parentheses.
func (r *reader) quantified(x ast.Expr, start int, op, quantifier string) ast.Expr {
	q := &ast.Quantified{X: x, Op: op, Quantifier: quantifier}
	q.List, q.Query = r.listOrQuery()
	q.Pos = r.from(start)
	return q
}

// listOrQuery reads values or a query in parentheses.
func (r *reader) listOrQuery() (list []ast.Expr, q *ast.Query) {
	r.expectOp("(")
	if r.queryAhead(false) {
		q = r.query()
	} else {
		list = r.expressions()
	}
	r.closeList(")")
	return list, q
}

// is reads IS [NOT] and what it asks for.
func (r *reader) is(x ast.Expr, start int) ast.Expr {
	r.next()
	not := r.accept("NOT")
	t := r.peek()
	if t.Type == kindKeyword {
		switch t.Value {
		case "NULL", "TRUE", "FALSE", "UNKNOWN", "EMPTY":
			r.next()
			return &ast.Is{Pos: r.from(start), X: x, Not: not, What: t.Value}
		case "DISTINCT":
			r.next()
			r.expect("FROM")
			y := r.expression(powerComparison)
			return &ast.IsDistinct{Pos: r.from(start), X: x, Y: y, Not: not}
		}
	}
	switch {
	case r.take("JSON"):
		what := "JSON"
		if kind := r.takeOneOf("VALUE", "OBJECT", "ARRAY", "SCALAR"); kind != "" {
			what += " " + kind
		}
		return &ast.Is{Pos: r.from(start), X: x, Not: not, What: what}
	case r.take("A", "SET"):
		return &ast.Is{Pos: r.from(start), X: x, Not: not, What: "A SET"}
	}
	r.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
	return nil
}

// rangeTest reads BETWEEN, IN, LIKE or SIMILAR TO and what follows.
func (r *reader) rangeTest(x ast.Expr, start int, not bool) ast.Expr {
	switch op := strings.ToUpper(r.next().Value); op {
	case "BETWEEN":
		symmetric := r.accept("SYMMETRIC")
		if !symmetric {
			r.accept("ASYMMETRIC")
		}
		low := r.expression(powerRange)
		r.expect("AND")
		high := r.expression(powerRange)
		return &ast.Between{Pos: r.from(start), X: x, Low: low, High: high, Not: not, Symmetric: symmetric}
	case "IN":
		in := &ast.In{X: x, Not: not}
		in.List, in.Query = r.listOrQuery()
		in.Pos = r.from(start)
		return in
	case "SIMILAR":
		r.expect("TO")
		return r.like(x, start, not, "SIMILAR TO")
	default:
		return r.like(x, start, not, op)
	}
}

func (r *reader) like(x ast.Expr, start int, not bool, op string) ast.Expr {
	like := &ast.Like{X: x, Not: not, Op: op}
	like.Pattern = r.expression(powerRange)
	if r.accept("ESCAPE") {
		like.Escape = r.expression(powerRange)
	}
	like.Pos = r.from(start)
	return like
}

// expressions reads a list of at least one.
func (r *reader) expressions() []ast.Expr {
	var list []ast.Expr
	for {
		list = append(list, r.expression(powerLowest))
		if !r.acceptOp(",") {
			return list
		}
	}
}

// operand reads what can stand in front of an infix operator.
func (r *reader) operand(power int) ast.Expr {
	t := r.peek()
	start := t.Pos.Offset
	switch t.Type {
	case kindIdent:
		return r.word()
	case kindQuoted:
		return r.column()
	case kindNumber:
		r.next()
		return &ast.NumberLit{Pos: r.from(start), Text: t.Value}
	case kindString:
		value := r.escapedText()
		return &ast.StringLit{Pos: r.from(start), Value: value}
	case kindBinary:
		return r.binaryLiteral()
	case kindOp:
		switch t.Value {
		case "(":
			return r.parenthesised()
		case "-", "+":
			r.next()
			x := r.expression(powerSign - 1)
			return &ast.Unary{Pos: r.from(start), Op: t.Value, X: x}
		case "?":
			r.next()
			return &ast.Param{Pos: r.from(start)}
		case "{":
			return r.braced()
		}
	case kindKeyword:
		return r.keywordOperand(t)
	}
	r.unexpected("an expression")
	return nil
}

// keywordOperand reads an operand that begins with a reserved word.
func (r *reader) keywordOperand(t *lexer.Token) ast.Expr {
	start := t.Pos.Offset
	switch t.Value {
	case "NULL":
		r.next()
		return &ast.NullLit{Pos: r.from(start)}
	case "TRUE", "FALSE":
		r.next()
		return &ast.BoolLit{Pos: r.from(start), Value: t.Value == "TRUE"}
	case "UNKNOWN":
		r.next()
		return &ast.BoolLit{Pos: r.from(start), Null: true}
	case "NOT":
		r.next()
		x := r.expression(powerNot - 1)
		return &ast.Unary{Pos: r.from(start), Op: "NOT", X: x}
	case "CASE":
		return r.caseExpression()
	case "CAST":
		return r.cast(false)
	case "DATE", "TIME", "TIMESTAMP":
		if r.ahead(1).Type == kindString {
			r.next()
			text := r.text("a string")
			return &ast.TemporalLit{Pos: r.from(start), Kind: t.Value, Text: text}
		}
		if t.Value == "TIMESTAMP" && isKeyword(r.ahead(1), "WITH") {
			r.next()
			r.want("WITH", "LOCAL", "TIME", "ZONE")
			text := r.text("a string")
			return &ast.TemporalLit{Pos: r.from(start), Kind: "TIMESTAMP_LTZ", Text: text}
		}
	case "INTERVAL":
		return r.interval()
	case "EXISTS":
		r.next()
		r.expectOp("(")
		q := r.query()
		r.expectOp(")")
		return &ast.Subquery{Pos: r.from(start), Exists: true, Query: q}
	case "ARRAY", "MULTISET":
		return r.collection(t.Value)
	case "ROW":
		r.next()
		r.expectOp("(")
		args := r.expressions()
		r.closeList(")")
		return &ast.Constructor{Pos: r.from(start), Kind: "ROW", Args: args}
	case "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "OVERLAY", "FLOOR", "CEIL", "CEILING":
		if isOp(r.ahead(1), "(") {
			return r.specialCall(t)
		}
	case "DEFAULT":
		if isArgumentEnd(r.ahead(1)) {
			r.next()
			return &ast.DefaultArg{Pos: r.from(start)}
		}
	case "CURSOR":
		r.next()
		r.expectOp("(")
		q := r.query()
		r.expectOp(")")
		return &ast.Constructor{Pos: r.from(start), Kind: "CURSOR", Query: q}
	case "PERIOD":
		r.next()
		r.expectOp("(")
		from := r.expression(powerLowest)
		r.expectOp(",")
		to := r.expression(powerLowest)
		r.expectOp(")")
		return &ast.Constructor{Pos: r.from(start), Kind: "PERIOD", Args: []ast.Expr{from, to}}
	case "NEXT", "CURRENT":
		if isKeyword(r.ahead(1), "VALUE") {
			r.unsupported(t.Value + " VALUE FOR is")
			return nil
		}
	case "RUNNING":
		return r.running(t)
	}
	switch {
	case bareFunctions[t.Value]:
		return r.bareCall(t)
	case functions[t.Value] && isOp(r.ahead(1), "("):
		r.next()
		return r.call(ast.Ident{Pos: r.from(start), Name: t.Value})
	}
	r.unexpected("an expression")
	return nil
}

// word reads an operand that begins with a word that is not reserved: a function, a constructor or a column.
func (r *reader) word() ast.Expr {
	t := r.peek()
	after := r.ahead(1)
	switch {
	case isOp(after, "("):
		switch {
		case isWord(t, "TRY_CAST"):
			return r.cast(true)
		case isWord(t, "TIMESTAMPADD"), isWord(t, "TIMESTAMPDIFF"):
			return r.timestampCall()
		}
		if isWord(t, "MAP") && r.queryBehind() {
			return r.collection("MAP")
		}
		return r.call(r.ident("a function"))
	case isOp(after, "[") && isWord(t, "MAP"):
		return r.collection("MAP")
	case isWord(t, "FINAL") && (isName(after) || functions[after.Value]) && isOp(r.ahead(2), "("):
		return r.running(t)
	}
	return r.column()
}

// column reads a possibly qualified column.
func (r *reader) column() ast.Expr {
	start := r.start()
	parts := []ast.Ident{r.ident("a column")}
	for isOp(r.peek(), ".") && !isOp(r.ahead(1), "*") {
		r.next()
		parts = append(parts, r.ident("a name behind the dot"))
	}
	if isOp(r.peek(), "(") {
		last := len(parts) - 1
		call := r.call(parts[last])
		if c, ok := call.(*ast.Call); ok && last > 0 {
			c.Qualifier, c.Pos = parts[:last], r.from(start)
		}
		return call
	}
	return &ast.ColumnRef{Pos: r.from(start), Parts: parts}
}

// parenthesised reads an expression, a row or a query in parentheses.
func (r *reader) parenthesised() ast.Expr {
	start := r.start()
	r.expectOp("(")
	if r.queryAhead(false) {
		q := r.query()
		r.expectOp(")")
		return &ast.Subquery{Pos: r.from(start), Query: q}
	}
	list := r.expressions()
	r.expectOp(")")
	if len(list) > 1 {
		return &ast.Constructor{Pos: r.from(start), Kind: "ROW", Args: list}
	}
	if b, ok := list[0].(*ast.Binary); ok && b.Op == "-" {
		if _, ok := unitOf(r.peek()); ok && r.peek().Type == kindKeyword {
			d := &ast.TimeDifference{X: b.X, Y: b.Y}
			d.From, d.To, d.Precision, d.FracPrecision = r.units()
			d.Pos = r.from(start)
			return d
		}
	}
	return list[0]
}

// queryBehind reports whether a query in parentheses stands behind the next token.
func (r *reader) queryBehind() bool {
	here := r.lex.MakeCheckpoint()
	defer r.lex.LoadCheckpoint(here)
	r.lex.Next()
	if !isOp(r.lex.Peek(), "(") {
		return false
	}
	r.lex.Next()
	return r.queryAhead(false)
}

// collection reads ARRAY, MAP or MULTISET of values in brackets or of a query in parentheses.
func (r *reader) collection(kind string) ast.Expr {
	start := r.start()
	c := &ast.Constructor{Kind: kind}
	if r.queryBehind() {
		r.next()
		r.next()
		c.Query = r.query()
		r.expectOp(")")
	} else {
		r.next()
		r.expectOp("[")
		if !isOp(r.peek(), "]") {
			c.Args = r.expressions()
		}
		r.closeList("]")
	}
	c.Pos = r.from(start)
	return c
}

// braced reads the escapes of JDBC: {d '…'}, {t '…'}, {ts '…'} and {fn f(…)}.
func (r *reader) braced() ast.Expr {
	start := r.start()
	r.next()
	kinds := map[string]string{"D": "DATE", "T": "TIME", "TS": "TIMESTAMP"}
	var x ast.Expr
	switch word := r.wantOneOf("D", "T", "TS", "FN"); word {
	case "FN":
		x = r.expression(powerLowest)
	default:
		text := r.text("a string")
		x = &ast.TemporalLit{Pos: r.from(start), Kind: kinds[word], Text: text}
	}
	r.expectOp("}")
	return x
}

func (r *reader) caseExpression() ast.Expr {
	start := r.start()
	r.next()
	c := &ast.Case{}
	if !isKeyword(r.peek(), "WHEN") {
		c.Operand = r.expression(powerLowest)
	}
	for first := true; first || isKeyword(r.peek(), "WHEN"); first = false {
		r.expect("WHEN")
		w := ast.When{Cond: r.expression(powerLowest)}
		for c.Operand != nil && r.acceptOp(",") {
			w.More = append(w.More, r.expression(powerLowest))
		}
		r.expect("THEN")
		w.Then = r.expression(powerLowest)
		c.Whens = append(c.Whens, w)
	}
	if r.accept("ELSE") {
		c.Else = r.expression(powerLowest)
	}
	r.expect("END")
	c.Pos = r.from(start)
	return c
}

// cast reads CAST(x AS type) or TRY_CAST.
func (r *reader) cast(try bool) ast.Expr {
	start := r.start()
	r.next()
	r.expectOp("(")
	x := r.expression(powerLowest)
	if isOp(r.peek(), ",") && r.err == nil {
		r.fail(unexpected(r.lex, "AS").WithHint("write CAST(x AS type)"))
	}
	r.expect("AS")
	typ := r.typeName()
	r.expectOp(")")
	return &ast.Cast{Pos: r.from(start), X: x, Type: typ, Try: try}
}

// interval reads INTERVAL [-] 'text' unit [TO unit], or with an expression for the text.
func (r *reader) interval() ast.Expr {
	start := r.start()
	r.next()
	negative := r.acceptOp("-")
	if !negative {
		r.acceptOp("+")
	}
	if t := r.peek(); t.Type == kindNumber || isName(t) || isOp(t, "(") {
		x := &ast.IntervalExpr{Negative: negative}
		switch {
		case t.Type == kindNumber:
			r.next()
			x.X = &ast.NumberLit{Pos: ast.Pos{At: span(t)}, Text: t.Value}
		case isName(t):
			n := r.name("a column")
			x.X = &ast.ColumnRef{Pos: n.Pos, Parts: n.Parts}
		default:
			r.next()
			x.X = r.expression(powerLowest)
			r.expectOp(")")
		}
		x.From, x.To, x.Precision, x.FracPrecision = r.units()
		x.Pos = r.from(start)
		return x
	}
	lit := &ast.IntervalLit{Negative: negative}
	lit.Text = r.text("a string like '10'")
	lit.From, lit.To, lit.Precision, lit.FracPrecision = r.units()
	lit.Pos = r.from(start)
	return lit
}

// units reads unit[(p)] [TO unit[(p)]]; digits that are not written are -1.
func (r *reader) units() (from, to string, precision, frac int) {
	precision, frac = -1, -1
	from = r.unit()
	if r.acceptOp("(") {
		precision = r.integer("a precision")
		if from == "SECOND" && r.acceptOp(",") {
			frac = r.integer("a precision")
		}
		r.expectOp(")")
	}
	if isKeyword(r.peek(), "TO") {
		to = r.unitRange(from)
		if to == "SECOND" && r.acceptOp("(") {
			frac = r.integer("a precision")
			r.expectOp(")")
		}
	}
	return from, to, precision, frac
}

// finerUnits are the units that an interval may reach down to, by the unit it begins with.
var finerUnits = map[string][]string{
	"YEAR": {"MONTH"}, "DAY": {"HOUR", "MINUTE", "SECOND"}, "HOUR": {"MINUTE", "SECOND"}, "MINUTE": {"SECOND"},
}

// unitRange reads TO and the unit behind it.
func (r *reader) unitRange(from string) string {
	finer := finerUnits[from]
	if len(finer) == 0 {
		r.unexpected("the end of the interval")
	}
	r.expect("TO")
	if u, ok := unitOf(r.peek()); !ok || !slices.Contains(finer, u) {
		r.unexpected(alternatives(finer))
	}
	return r.unit()
}

// units are the time units; their plural means the same.
var units = map[string]string{
	"YEAR": "YEAR", "YEARS": "YEAR", "QUARTER": "QUARTER", "QUARTERS": "QUARTER", "MONTH": "MONTH", "MONTHS": "MONTH",
	"WEEK": "WEEK", "WEEKS": "WEEK", "DAY": "DAY", "DAYS": "DAY", "HOUR": "HOUR", "HOURS": "HOUR", "MINUTE": "MINUTE",
	"MINUTES": "MINUTE", "SECOND": "SECOND", "SECONDS": "SECOND",
}

// fields are the units that EXTRACT, FLOOR and CEIL know beyond those of intervals.
var fields = map[string]string{
	"MILLISECOND": "MILLISECOND", "MICROSECOND": "MICROSECOND", "NANOSECOND": "NANOSECOND", "DOW": "DOW", "DOY": "DOY",
	"ISODOW": "ISODOW", "ISOYEAR": "ISOYEAR", "EPOCH": "EPOCH", "DECADE": "DECADE", "CENTURY": "CENTURY",
	"MILLENNIUM": "MILLENNIUM", "SQL_TSI_YEAR": "YEAR", "SQL_TSI_QUARTER": "QUARTER", "SQL_TSI_MONTH": "MONTH",
	"SQL_TSI_WEEK": "WEEK", "SQL_TSI_DAY": "DAY", "SQL_TSI_HOUR": "HOUR", "SQL_TSI_MINUTE": "MINUTE",
	"SQL_TSI_SECOND": "SECOND",
}

// unitOf returns the unit of an interval that t names.
func unitOf(t *lexer.Token) (string, bool) {
	if t.Type != kindKeyword && t.Type != kindIdent {
		return "", false
	}
	u, ok := units[strings.ToUpper(t.Value)]
	return u, ok
}

func (r *reader) unit() string {
	u, ok := unitOf(r.peek())
	if !ok {
		r.unexpected("a unit (YEAR, MONTH, DAY, HOUR, MINUTE, SECOND)")
		return ""
	}
	r.next()
	return u
}

// unitArgument reads a unit where a function takes one.
func (r *reader) unitArgument() ast.Expr {
	t := r.peek()
	u, ok := unitOf(t)
	if !ok && t.Type == kindIdent {
		u, ok = fields[strings.ToUpper(t.Value)]
	}
	if !ok {
		r.unexpected("a unit (YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, …)")
		return nil
	}
	r.next()
	return &ast.Unit{Pos: ast.Pos{At: span(t)}, Name: u}
}

// integer reads a number without sign, point or exponent.
func (r *reader) integer(expected string) int {
	t := r.peek()
	n, err := strconv.Atoi(t.Value)
	if t.Type != kindNumber || err != nil {
		r.unexpected(expected)
		return 0
	}
	r.next()
	return n
}

// text reads a string literal; strings on lines of their own that follow it are joined to it.
func (r *reader) text(expected string) string {
	t := r.peek()
	if t.Type != kindString {
		r.unexpected(expected)
		return ""
	}
	text := ""
	for {
		r.next()
		s, d := unquote(t)
		if d != nil {
			r.fail(d)
		}
		text += s
		line := t.Pos.Line + strings.Count(t.Value, "\n")
		if t = r.peek(); t.Type != kindString || t.Pos.Line == line {
			return text
		}
	}
}

// escapedText reads a string literal with the UESCAPE that may follow U&'…'.
func (r *reader) escapedText() string {
	t := r.peek()
	if t.Value[0]|0x20 != 'u' || !isKeyword(r.ahead(1), "UESCAPE") {
		return r.text("a string")
	}
	r.next()
	r.next()
	at := r.peek()
	escape := r.text("the character that escapes")
	if r.err != nil {
		return ""
	}
	if len(escape) != 1 || escape[0] >= utf8.RuneSelf || strings.ContainsAny(escape, "0123456789abcdefABCDEF+'\" \t\r\n") {
		r.fail(diag.New(codeLexical, span(at), "an escape is one character that is no digit, letter up to F, sign, quote or blank"))
		return ""
	}
	text, d := unescapeUnicode(t, escape[0])
	if d != nil {
		r.fail(d)
	}
	return text
}

func (r *reader) binaryLiteral() ast.Expr {
	t := r.next()
	b, err := hex.DecodeString(t.Value[2 : len(t.Value)-1])
	if err != nil {
		r.fail(diag.New(codeLexical, span(t), "a binary string holds pairs of hexadecimal digits: x'41'"))
		return nil
	}
	return &ast.BinaryLit{Pos: ast.Pos{At: span(t)}, Value: b}
}
