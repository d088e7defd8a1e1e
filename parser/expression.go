package parser

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// Binding powers, as in Calcite: an operator takes what binds tighter than itself.
const (
	powerLowest     = 0
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
			r.unsupported("access to a field of an expression is")
			return nil
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
			switch r.ahead(1).Value {
			case "BETWEEN", "IN", "LIKE", "SIMILAR":
				if powerRange > power {
					r.next()
					return r.rangeTest(x, start, true)
				}
			}
		case "BETWEEN", "IN", "LIKE", "SIMILAR":
			if powerRange > power {
				return r.rangeTest(x, start, false)
			}
		case "OVERLAPS", "CONTAINS", "EQUALS", "PRECEDES", "SUCCEEDS", "MEMBER", "SUBMULTISET", "MULTISET":
			r.unsupported("the operator " + t.Value + " is")
		}
	}
	return nil
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
		switch t := r.peek(); t.Value {
		case "ANY", "SOME", "ALL":
			if t.Type == kindKeyword {
				r.unsupported("comparison with " + t.Value + " is")
			}
		}
	}
	y := r.expression(own)
	return &ast.Binary{Pos: r.from(start), Op: op, X: x, Y: y}
}

// is reads IS [NOT] NULL|TRUE|FALSE|UNKNOWN|DISTINCT FROM y.
func (r *reader) is(x ast.Expr, start int) ast.Expr {
	r.next()
	not := r.accept("NOT")
	t := r.peek()
	if t.Type == kindKeyword {
		switch t.Value {
		case "NULL", "TRUE", "FALSE", "UNKNOWN":
			r.next()
			return &ast.Is{Pos: r.from(start), X: x, Not: not, What: t.Value}
		case "DISTINCT":
			r.next()
			r.expect("FROM")
			y := r.expression(powerComparison)
			return &ast.IsDistinct{Pos: r.from(start), X: x, Y: y, Not: not}
		}
	}
	if isWord(t, "JSON") {
		r.unsupported("IS JSON is")
		return nil
	}
	r.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
	return nil
}

// rangeTest reads BETWEEN, IN, LIKE or SIMILAR TO and what follows.
func (r *reader) rangeTest(x ast.Expr, start int, not bool) ast.Expr {
	switch r.next().Value {
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
		r.expectOp("(")
		if r.queryAhead(false) {
			in.Query = r.query()
		} else {
			in.List = r.expressions()
		}
		r.closeList(")")
		in.Pos = r.from(start)
		return in
	case "SIMILAR":
		r.expect("TO")
		return r.like(x, start, not, true)
	}
	return r.like(x, start, not, false)
}

func (r *reader) like(x ast.Expr, start int, not, similar bool) ast.Expr {
	like := &ast.Like{X: x, Not: not, Similar: similar}
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
		value := r.text("a string")
		if isKeyword(r.peek(), "UESCAPE") {
			r.unsupported("UESCAPE is")
		}
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
			r.unsupported("the parameter ? is")
			return nil
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
		r.unsupported("DEFAULT as a value is")
		return nil
	case "CONVERT":
		r.unsupported("the function CONVERT is")
		return nil
	case "CURSOR", "PERIOD", "NEXT", "CURRENT":
		r.unsupported("the expression " + t.Value + " is")
		return nil
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
		return r.call(r.ident("a function"))
	case isOp(after, "[") && isWord(t, "MAP"):
		return r.collection("MAP")
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
		if len(parts) > 1 {
			r.unsupported("a function in a catalog or database is")
			return nil
		}
		return r.call(parts[0])
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
			r.unsupported("the difference of two times in a unit is")
		}
	}
	return list[0]
}

// collection reads ARRAY[…], MAP[…] or MULTISET[…].
func (r *reader) collection(kind string) ast.Expr {
	start := r.start()
	if kind == "MULTISET" {
		r.unsupported("MULTISET[…] is")
		return nil
	}
	r.next()
	if isOp(r.peek(), "(") {
		r.unsupported(kind + " of a query is")
		return nil
	}
	r.expectOp("[")
	args := r.expressions()
	r.closeList("]")
	return &ast.Constructor{Pos: r.from(start), Kind: kind, Args: args}
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
		cond := r.expression(powerLowest)
		if isOp(r.peek(), ",") {
			r.unsupported("a list of values in WHEN is")
		}
		r.expect("THEN")
		c.Whens = append(c.Whens, ast.When{Cond: cond, Then: r.expression(powerLowest)})
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
	r.expect("AS")
	typ := r.typeName()
	r.expectOp(")")
	return &ast.Cast{Pos: r.from(start), X: x, Type: typ, Try: try}
}

// interval reads INTERVAL [-] 'text' unit [TO unit].
func (r *reader) interval() ast.Expr {
	start := r.start()
	r.next()
	lit := &ast.IntervalLit{Precision: -1, FracPrecision: -1}
	if r.acceptOp("-") {
		lit.Negative = true
	} else {
		r.acceptOp("+")
	}
	if t := r.peek(); t.Type == kindNumber && r.err == nil {
		d := diag.New(codeSyntax, span(t), "the amount of an interval is written in quotes")
		r.fail(d.WithHint("INTERVAL '%s' …", t.Value))
		return nil
	}
	lit.Text = r.text("a string like '10'")
	lit.From = r.unit()
	if r.acceptOp("(") {
		lit.Precision = r.integer("a precision")
		if lit.From == "SECOND" && r.acceptOp(",") {
			lit.FracPrecision = r.integer("a precision")
		}
		r.expectOp(")")
	}
	if isKeyword(r.peek(), "TO") {
		lit.To = r.unitRange(lit.From)
		if lit.To == "SECOND" && r.acceptOp("(") {
			lit.FracPrecision = r.integer("a precision")
			r.expectOp(")")
		}
	}
	lit.Pos = r.from(start)
	return lit
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

func (r *reader) binaryLiteral() ast.Expr {
	t := r.next()
	b, err := hex.DecodeString(t.Value[2 : len(t.Value)-1])
	if err != nil {
		r.fail(diag.New(codeLexical, span(t), "a binary string holds pairs of hexadecimal digits: x'41'"))
		return nil
	}
	return &ast.BinaryLit{Pos: ast.Pos{At: span(t)}, Value: b}
}

// bareCall reads CURRENT_TIMESTAMP and its like.
func (r *reader) bareCall(t *lexer.Token) ast.Expr {
	r.next()
	pos := ast.Pos{At: span(t)}
	call := &ast.Call{Pos: pos, Name: ast.Ident{Pos: pos, Name: t.Value}, NoParens: true}
	switch t.Value {
	case "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP":
		if r.acceptOp("(") {
			call.NoParens = false
			if n := r.peek(); n.Type == kindNumber {
				call.Args = append(call.Args, &ast.NumberLit{Pos: ast.Pos{At: span(n)}, Text: n.Value})
			}
			r.integer("a precision")
			r.expectOp(")")
			call.Pos = r.from(t.Pos.Offset)
		}
	}
	return call
}

// call reads the arguments of a function and what may follow them.
func (r *reader) call(name ast.Ident) ast.Expr {
	c := &ast.Call{Name: name}
	r.expectOp("(")
	if isOp(r.peek(), "*") {
		r.next()
		c.Star = true
	} else if !isOp(r.peek(), ")") {
		if r.accept("DISTINCT") {
			c.Distinct = true
		} else {
			r.accept("ALL")
		}
		c.Args = r.arguments(name.Name)
	}
	r.closeList(")")
	r.callTail(c)
	c.Pos = r.from(name.At.Start)
	return c
}

// arguments reads the arguments of an ordinary function.
func (r *reader) arguments(name string) []ast.Expr {
	var args []ast.Expr
	for {
		if isName(r.peek()) && isOp(r.ahead(1), "=>") {
			r.unsupported("a named argument of this function is")
		}
		if isWord(r.peek(), "KEY") && !isArgumentEnd(r.ahead(1)) && r.ahead(1).Type != kindOp {
			r.unsupported("the clause KEY of a function is")
		}
		args = append(args, r.expression(powerLowest))
		switch t := r.peek(); {
		case isArgumentEnd(t):
		case isKeyword(t, "ORDER"):
			r.unsupported("ORDER BY inside of a function is")
		case isWord(t, "IGNORE"), isWord(t, "RESPECT"):
			r.unsupported(strings.ToUpper(t.Value) + " NULLS is")
		case strings.HasPrefix(strings.ToUpper(name), "JSON_") && (t.Type == kindKeyword || t.Type == kindIdent):
			r.unsupported("the clause " + strings.ToUpper(t.Value) + " of a function is")
		}
		if !r.acceptOp(",") {
			return args
		}
	}
}

func isArgumentEnd(t *lexer.Token) bool { return isOp(t, ",") || isOp(t, ")") || t.EOF() }

// callTail reads FILTER and refuses what else Flink allows behind a call.
func (r *reader) callTail(c *ast.Call) {
	t := r.peek()
	switch {
	case isWord(t, "IGNORE"), isWord(t, "RESPECT"):
		if isWord(r.ahead(1), "NULLS") {
			r.unsupported(strings.ToUpper(t.Value) + " NULLS is")
		}
	case isKeyword(t, "WITHIN"):
		r.unsupported("WITHIN GROUP is")
	}
	if isKeyword(r.peek(), "FILTER") {
		r.next()
		r.expectOp("(")
		r.expect("WHERE")
		c.Filter = r.expression(powerLowest)
		r.expectOp(")")
	}
	if isKeyword(r.peek(), "OVER") {
		r.unsupported("OVER windows are")
	}
}

// timestampCall reads TIMESTAMPADD(unit, n, x) and TIMESTAMPDIFF(unit, x, y).
func (r *reader) timestampCall() ast.Expr {
	c := &ast.Call{Name: r.ident("a function")}
	r.expectOp("(")
	c.Args = append(c.Args, r.unitArgument())
	for range 2 {
		r.expectOp(",")
		c.Args = append(c.Args, r.expression(powerLowest))
	}
	r.expectOp(")")
	c.Pos = r.from(c.Name.At.Start)
	return c
}

// specialCall reads the functions whose arguments are separated by words.
func (r *reader) specialCall(t *lexer.Token) ast.Expr {
	r.next()
	c := &ast.Call{Name: ast.Ident{Pos: ast.Pos{At: span(t)}, Name: t.Value}}
	r.expectOp("(")
	switch t.Value {
	case "EXTRACT":
		unit := r.unitArgument()
		r.expect("FROM")
		c.Args = []ast.Expr{unit, r.expression(powerLowest)}
	case "POSITION":
		// IN separates here, so the operand must bind tighter than it.
		needle := r.expression(powerRange)
		r.expect("IN")
		c.Args = []ast.Expr{needle, r.expression(powerLowest)}
		if r.accept("FROM") {
			c.Args = append(c.Args, r.expression(powerLowest))
		}
	case "SUBSTRING":
		c.Args = []ast.Expr{r.expression(powerLowest)}
		if !r.accept("FROM") && !r.acceptOp(",") {
			r.unexpected("',' or FROM")
		}
		c.Args = append(c.Args, r.expression(powerLowest))
		if r.accept("FOR") || r.acceptOp(",") {
			c.Args = append(c.Args, r.expression(powerLowest))
		}
	case "TRIM":
		c.Args = r.trimArguments()
	case "OVERLAY":
		c.Args = []ast.Expr{r.expression(powerLowest)}
		if !r.acceptWord("PLACING") {
			r.unexpected("PLACING")
		}
		c.Args = append(c.Args, r.expression(powerLowest))
		r.expect("FROM")
		c.Args = append(c.Args, r.expression(powerLowest))
		if r.accept("FOR") {
			c.Args = append(c.Args, r.expression(powerLowest))
		}
	default: // FLOOR, CEIL
		c.Args = []ast.Expr{r.expression(powerLowest)}
		if r.accept("TO") {
			c.Args = append(c.Args, r.unitArgument())
		}
	}
	r.expectOp(")")
	c.Pos = r.from(t.Pos.Offset)
	return c
}

// trimArguments reads [[LEADING|TRAILING|BOTH] [characters] FROM] x; TRIM(x) trims blanks on both sides.
func (r *reader) trimArguments() []ast.Expr {
	t := r.peek()
	at := ast.Pos{At: diag.Span{Start: t.Pos.Offset, End: t.Pos.Offset}}
	side := &ast.StringLit{Pos: at, Value: "BOTH"}
	written := true
	switch {
	case r.accept("LEADING"), r.accept("TRAILING"), r.accept("BOTH"):
		side.Value, side.At = t.Value, span(t)
	default:
		written = false
	}
	blank := &ast.StringLit{Pos: at, Value: " "}
	if written && r.accept("FROM") {
		return []ast.Expr{side, blank, r.expression(powerLowest)}
	}
	x := r.expression(powerLowest)
	if written && !isKeyword(r.peek(), "FROM") {
		r.unexpected("FROM")
	}
	if r.accept("FROM") {
		return []ast.Expr{side, x, r.expression(powerLowest)}
	}
	return []ast.Expr{side, blank, x}
}
