package planner

import (
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// expressions resolves the expressions of one clause.
type expressions struct {
	r     *resolver
	scope *scope
	// clause names where the expressions stand, for messages: "WHERE clause".
	clause string
	// calls collects aggregate calls; nil where none may stand.
	calls *aggregateCalls
	// window is the one that GROUP BY names; nil if it names none, or where its functions may not stand.
	window *groupWindow
	// aliases are the select list's names, which ORDER BY may use for the expressions behind them.
	aliases map[string]ast.Expr
	// named are the names of the select list: for advice, where they mean nothing.
	named map[string]ast.Expr
	// stamped is called when CURRENT_WATERMARK is asked for.
	stamped func(at diag.Span) error
}

// condition resolves an expression that must be BOOLEAN; a bare NULL is one.
func (x *expressions) condition(e ast.Expr, clause string) (plan.Expr, error) {
	c, err := x.expr(e)
	if err != nil {
		return nil, err
	}
	switch c.Type().Kind {
	case vector.Null:
		return null(vector.BooleanType, c.Span()), nil
	case vector.Boolean:
		return c, nil
	}
	d := diag.New(codeCondition, e.Span(), "%s must be a condition", clause)
	if c.Type().IsNumeric() {
		d.WithHint("compare it: %s <> 0", x.r.text(e))
	}
	return nil, d
}

// value resolves an expression that has a type of its own: a bare NULL has none.
func (x *expressions) value(e ast.Expr) (plan.Expr, error) {
	v, err := x.expr(e)
	if err != nil {
		return nil, err
	}
	if v.Type().Kind == vector.Null {
		return nil, illegalNull(e)
	}
	return v, nil
}

func illegalNull(e ast.Expr) *diag.Diagnostic {
	return diag.New(codeNull, e.Span(), "Illegal use of 'NULL'").WithHint("give it a type: CAST(NULL AS INT)")
}

// expr resolves an expression. A bare NULL gives a literal of the type Null, which the caller replaces or refuses.
func (x *expressions) expr(e ast.Expr) (plan.Expr, error) {
	at := x.r.span(e)
	switch e := e.(type) {
	case *ast.ColumnRef:
		return x.column(e)
	case *ast.NumberLit:
		return literal(number(e.Text, false, at))
	case *ast.StringLit:
		return characters(e.Value, at), nil
	case *ast.BinaryLit:
		return &plan.Literal{T: vector.Type{Kind: vector.Binary, Precision: len(e.Value)}, Value: string(e.Value), At: at}, nil
	case *ast.BoolLit:
		if e.Null {
			return null(vector.BooleanType, at), nil
		}
		return &plan.Literal{T: vector.BooleanType.NotNull(), Value: e.Value, At: at}, nil
	case *ast.NullLit:
		return &plan.Literal{T: vector.Type{Kind: vector.Null, Nullable: true}, At: at}, nil
	case *ast.TemporalLit:
		return literal(temporal(e, at))
	case *ast.IntervalLit:
		return literal(interval(e, at))
	case *ast.IntervalExpr:
		if n, ok := e.X.(*ast.NumberLit); ok {
			return nil, diag.New(codeLiteral, n.At, "the amount of an interval is written in quotes").WithHint("INTERVAL '%s' %s", n.Text, e.From)
		}
		return nil, unsupported(e.At, "an interval with a computed amount is").WithHint("multiply: %s * INTERVAL '1' %s", e.X, e.From)
	case *ast.Unit:
		return characters(e.Name, at), nil
	case *ast.Unary:
		return x.unary(e)
	case *ast.Binary:
		return x.operator(e.Op, e, e.X, e.Y)
	case *ast.Is:
		return x.is(e)
	case *ast.IsDistinct:
		op := "IS DISTINCT FROM"
		if e.Not {
			op = "IS NOT DISTINCT FROM"
		}
		return x.operator(op, e, e.X, e.Y)
	case *ast.Between:
		return x.between(e)
	case *ast.In:
		return x.in(e)
	case *ast.Like:
		return x.like(e)
	case *ast.Case:
		return x.choice(e)
	case *ast.Cast:
		return x.cast(e)
	case *ast.Call:
		return x.call(e)
	case *ast.Constructor:
		switch {
		case e.Query != nil:
			return nil, unsupported(e.At, e.Kind+" of a query is")
		case e.Kind != "ARRAY" && e.Kind != "MAP" && e.Kind != "ROW":
			return nil, unsupported(e.At, e.Kind+" values are")
		}
		return x.operator(e.Kind, e, e.Args...)
	case *ast.Field:
		v, err := x.value(e.X)
		if err != nil {
			return nil, err
		}
		return x.field(v, e.Name, e)
	case *ast.Index:
		return x.operator("ITEM", e, e.X, e.I)
	case *ast.Subquery:
		return nil, unsupported(e.At, "a subquery as an expression is")
	case *ast.Star:
		return nil, diag.New(codeArguments, e.At, "* cannot stand in an expression")
	}
	return nil, unsupported(e.Span(), construct(e))
}

// construct names an expression that the language has and weir does not, with its verb.
func construct(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Quantified:
		return "comparison with " + e.Quantifier + " is"
	case *ast.Param:
		return "the parameter ? is"
	case *ast.DefaultArg:
		return "DEFAULT as a value is"
	case *ast.NamedArg:
		return "a named argument of this function is"
	case *ast.TimeDifference:
		return "the difference of two times in a unit is"
	case *ast.Grouping:
		if e.Kind == "GROUPING SETS" {
			return "GROUPING SETS are"
		}
		return e.Kind + " is"
	case *ast.Using:
		return "USING a character set is"
	case *ast.JSONPair:
		return "KEY … VALUE is"
	case *ast.JSONFormat:
		return "FORMAT JSON is"
	}
	return "this expression is"
}

// clause refuses what may stand in a call or behind it and weir does not have.
func clause(e *ast.Call) error {
	switch {
	case len(e.Qualifier) > 0:
		return unsupported(e.At, "a function in a catalog or database is")
	case e.Semantics != "":
		return unsupported(e.At, e.Semantics+" outside of MATCH_RECOGNIZE is")
	case len(e.OrderBy) > 0:
		return unsupported(e.OrderBy[0].At, "ORDER BY inside of a function is")
	case e.JSON != nil:
		return unsupported(e.JSON.At, "the clause "+jsonClause(e.JSON)+" of a function is")
	case e.Nulls != "" && !strings.EqualFold(e.Name.Name, "ARRAY_AGG"):
		return unsupported(e.At, e.Nulls+" NULLS is")
	case len(e.WithinDistinct) > 0:
		return unsupported(e.At, "WITHIN DISTINCT is")
	case len(e.WithinGroup) > 0:
		return unsupported(e.At, "WITHIN GROUP is")
	case e.Over != nil:
		return unsupported(e.Over.At, "OVER windows are")
	}
	return nil
}

func jsonClause(c *ast.JSONClauses) string {
	switch {
	case c.Returning != nil:
		return "RETURNING"
	case c.Wrapper != "":
		return "WRAPPER"
	case c.OnEmpty != nil:
		return "ON EMPTY"
	case c.OnError != nil:
		return "ON ERROR"
	}
	return "ON NULL"
}

// literal keeps a failed literal from becoming an interface that is not nil.
func literal(l *plan.Literal, err error) (plan.Expr, error) {
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (x *expressions) column(e *ast.ColumnRef) (plan.Expr, error) {
	if len(e.Parts) == 1 && x.aliases != nil {
		if meant, ok := x.aliases[e.Parts[0].Name]; ok {
			plain := *x
			plain.aliases = nil
			return plain.expr(meant)
		}
	}
	i, f, fields, err := x.scope.path(e)
	if err != nil {
		return nil, x.adviseColumn(err, e)
	}
	if x.r.freezing != nil {
		x.r.freezing.column(e, i, fields, x.scope)
	}
	out := plan.Expr(&plan.Column{Index: i, Name: f.Name, T: f.Type, At: x.r.span(e)})
	for _, name := range fields {
		if out, err = x.field(out, name, e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (x *expressions) unary(e *ast.Unary) (plan.Expr, error) {
	at := x.r.span(e)
	switch e.Op {
	case "NOT":
		return x.operator("NOT", e, e.X)
	case "-":
		if n, negative, ok := signed(e); ok {
			return literal(number(n.Text, negative, at))
		}
		return x.operator("NEGATE", e, e.X)
	}
	v, err := x.value(e.X)
	if err != nil {
		return nil, err
	}
	if t := v.Type(); !t.IsNumeric() && !t.IsInterval() {
		return nil, diag.New(codeArguments, e.At, "Cannot apply '+' to arguments of type '+<%s>'", t.Name())
	}
	return v, nil
}

// adviseCast says how a function is called, or what to write instead of an operator over types that do not go together.
func adviseCast(d *diag.Diagnostic, f *catalog.Function, args []plan.Expr) *diag.Diagnostic {
	if isWord(f.Name) && strings.HasPrefix(f.Syntax, f.Name+"(") {
		return d.WithHint("write %s", f.Syntax)
	}
	if len(args) != 2 {
		return d
	}
	a, b := args[0].Type().Plain(), args[1].Type().Plain()
	switch {
	case f.Name == "+" && a.IsString() && b.IsString():
		return d.WithHint("strings are joined by ||")
	case f.Name == "ITEM":
		return adviseItem(d, args[0], args[1])
	}
	if f.Name == "-" && a.IsPoint() && b.IsPoint() {
		return d.WithHint("use TIMESTAMPDIFF(SECOND, b, a), or another unit")
	}
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a.IsNumeric() && b.IsString() && (f.Name == "||" || f.Name == "LIKE"):
		return d.WithHint("CAST the %s to STRING", a.Name())
	case a.IsNumeric() && b.IsString():
		return d.WithHint("CAST the string to %s", a.Name())
	case a.IsNumeric() && b.IsInterval() && f.Name == "*":
		return d.WithHint("CAST the %s to BIGINT", a.Name())
	case !compares(f.Name):
	case a.Kind == vector.Date && b.IsTimestamp():
		return d.WithHint("CAST the DATE to %s", b.Name())
	case a.Kind == vector.TimeOfDay && b.IsTimestamp():
		return d.WithHint("CAST the %s to TIME", b.Name())
	case a.IsString() && b.IsBytes():
		return d.WithHint("CAST the %s to STRING", b.Name())
	case a.Kind == vector.Boolean && b.IsNumeric():
		return d.WithHint("CAST the %s to BOOLEAN", b.Name())
	}
	return d
}

// compares reports whether an operator compares its operands.
func compares(op string) bool {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=", "IN", "IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		return true
	}
	return false
}

// signed finds the number under minus signs: they belong to the literal, so that the least INT is one.
func signed(e ast.Expr) (n *ast.NumberLit, negative, ok bool) {
	switch e := e.(type) {
	case *ast.NumberLit:
		return e, false, true
	case *ast.Unary:
		if e.Op == "-" {
			n, negative, ok = signed(e.X)
			return n, !negative, ok
		}
	}
	return nil, false, false
}

func (x *expressions) is(e *ast.Is) (plan.Expr, error) {
	not := ""
	if e.Not {
		not = "NOT "
	}
	if row, ok := e.X.(*ast.Constructor); ok && row.Kind == "ROW" && e.What == "NULL" {
		// A row is there, whatever its fields are; of a bare NULL among them nobody asks for the type.
		if _, err := x.operands(row.Args...); err != nil {
			return nil, err
		}
		return &plan.Literal{T: vector.BooleanType.NotNull(), Value: e.Not, At: x.r.span(e)}, nil
	}
	if e.What != "UNKNOWN" {
		return x.operator("IS "+not+e.What, e, e.X)
	}
	v, err := x.value(e.X)
	if err != nil {
		return nil, err
	}
	if v.Type().Kind != vector.Boolean {
		return nil, diag.New(codeArguments, e.At, "Cannot apply 'IS %sUNKNOWN' to arguments of type '<%s>'", not, v.Type().Name())
	}
	return x.apply("IS "+not+"NULL", e, []plan.Expr{v})
}

// between is two comparisons; SYMMETRIC takes the bounds in either order.
func (x *expressions) between(e *ast.Between) (plan.Expr, error) {
	v, err := x.operands(e.X, e.Low, e.High)
	if err != nil {
		return nil, err
	}
	inside := func(low, high plan.Expr) (plan.Expr, error) {
		from, err := x.apply(">=", e, []plan.Expr{v[0], low})
		if err != nil {
			return nil, err
		}
		to, err := x.apply("<=", e, []plan.Expr{v[0], high})
		if err != nil {
			return nil, err
		}
		return x.apply("AND", e, []plan.Expr{from, to})
	}
	out, err := inside(v[1], v[2])
	if err == nil && e.Symmetric {
		var other plan.Expr
		if other, err = inside(v[2], v[1]); err == nil {
			out, err = x.apply("OR", e, []plan.Expr{out, other})
		}
	}
	if err != nil || !e.Not {
		return out, err
	}
	return x.apply("NOT", e, []plan.Expr{out})
}

func (x *expressions) in(e *ast.In) (plan.Expr, error) {
	if e.Query != nil {
		return nil, unsupported(e.At, "IN with a subquery is")
	}
	out, err := x.operator("IN", e, append([]ast.Expr{e.X}, e.List...)...)
	if err != nil || !e.Not {
		return out, err
	}
	return x.apply("NOT", e, []plan.Expr{out})
}

func (x *expressions) like(e *ast.Like) (plan.Expr, error) {
	if e.Op != "LIKE" {
		return nil, unsupported(e.At, e.Op+" is")
	}
	args := []ast.Expr{e.X, e.Pattern}
	if e.Escape != nil {
		args = append(args, e.Escape)
	}
	out, err := x.operator("LIKE", e, args...)
	if err != nil || !e.Not {
		return out, err
	}
	return x.apply("NOT", e, []plan.Expr{out})
}

// choice resolves CASE, whose operand form compares with = .
func (x *expressions) choice(e *ast.Case) (plan.Expr, error) {
	var operand plan.Expr
	var err error
	if e.Operand != nil {
		if operand, err = x.expr(e.Operand); err != nil {
			return nil, err
		}
	}
	var errs problems
	out := &plan.Case{At: x.r.span(e)}
	var values []plan.Expr
	for _, w := range e.Whens {
		if len(w.More) > 0 {
			return nil, unsupported(w.More[0].Span(), "a list of values in WHEN is")
		}
		cond, err := x.expr(w.Cond)
		if err == nil && operand != nil {
			cond, err = x.apply("=", w.Cond, []plan.Expr{operand, cond})
		}
		if err == nil && cond.Type().Kind == vector.Null {
			cond = null(vector.BooleanType, cond.Span())
		}
		if err == nil && cond.Type().Kind != vector.Boolean {
			err = diag.New(codeCondition, w.Cond.Span(), "Expected a boolean type")
		}
		errs.add(err)
		then, err := x.expr(w.Then)
		errs.add(err)
		out.Whens = append(out.Whens, plan.When{Cond: cond, Then: then})
		values = append(values, then)
	}
	if e.Else != nil {
		out.Else, err = x.expr(e.Else)
		errs.add(err)
		values = append(values, out.Else)
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	var types []vector.Type
	nullable := e.Else == nil
	for _, v := range values {
		nullable = nullable || v.Type().Nullable
		if v.Type().Kind != vector.Null {
			types = append(types, v.Type().Plain())
		}
	}
	if len(types) == 0 {
		return nil, diag.New(codeNull, e.At, "ELSE clause or at least one THEN clause must be non-NULL")
	}
	t, ok := catalog.CommonType(types)
	if !ok {
		return nil, diag.New(codeMismatch, e.At, "Illegal mixing of types in CASE or COALESCE statement").
			WithNote("the values are %s", typeNames(types))
	}
	out.T = t.WithNullable(nullable)
	for i := range out.Whens {
		out.Whens[i].Then = implicit(out.Whens[i].Then, out.T)
	}
	if out.Else != nil {
		out.Else = implicit(out.Else, out.T)
	}
	return out, nil
}

// operands resolves arguments, collecting their errors.
func (x *expressions) operands(args ...ast.Expr) ([]plan.Expr, error) {
	var errs problems
	out := make([]plan.Expr, len(args))
	for i, a := range args {
		v, err := x.expr(a)
		errs.add(err)
		out[i] = v
	}
	return out, errs.err()
}

func (x *expressions) operator(name string, e ast.Expr, args ...ast.Expr) (plan.Expr, error) {
	v, err := x.operands(args...)
	if err != nil {
		return nil, x.adviseQuotes(err, args)
	}
	for i, a := range v {
		if a.Type().Kind == vector.Null && !takesNull[name] {
			return nil, illegalNull(args[i])
		}
	}
	return x.apply(name, e, v)
}

// takesNull are the functions that a bare NULL may be an argument of.
var takesNull = map[string]bool{
	"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true, "IN": true, "IS NULL": true, "IS NOT NULL": true,
	"IS DISTINCT FROM": true, "IS NOT DISTINCT FROM": true, "COALESCE": true, "IFNULL": true, "ARRAY": true, "MAP": true,
	"GREATEST": true, "LEAST": true, "BTRIM": true,
}

// apply makes the call of a scalar function or operator over resolved arguments, casting them to what its signature
// asks for.
func (x *expressions) apply(name string, e ast.Expr, args []plan.Expr) (plan.Expr, error) {
	if out, err := x.compareRows(name, e, args); out != nil || err != nil {
		return out, err
	}
	f, ok := catalog.LookupFunction(name)
	if !ok {
		return nil, unsupported(e.Span(), "'"+name+"' is")
	}
	t, casts, err := f.Infer(arguments(args))
	if err != nil {
		return nil, adviseCast(diag.New(codeArguments, e.Span(), "%s", err), f, args)
	}
	out := make([]plan.Expr, len(args))
	for i, a := range args {
		out[i] = implicit(a, casts[i])
	}
	return &plan.Call{Name: f.Name, Args: out, T: t.Plain(), At: x.r.span(e)}, nil
}

// arguments describes resolved arguments to a signature.
func arguments(args []plan.Expr) []catalog.Arg {
	out := make([]catalog.Arg, len(args))
	for i, a := range args {
		out[i].Type = a.Type().Plain()
		if l, ok := a.(*plan.Literal); ok {
			out[i].Literal, out[i].Constant = l.Value, true
		}
	}
	return out
}

// implicit casts an expression to a type, keeping its nullability; a NULL just takes the type.
func implicit(e plan.Expr, t vector.Type) plan.Expr {
	from := e.Type()
	if l, ok := e.(*plan.Literal); ok && l.Value == nil {
		return null(t, l.At)
	}
	if from.Same(t) {
		return e
	}
	if l, ok := e.(*plan.Literal); ok {
		if v, ok := widened(l, t); ok {
			return &plan.Literal{T: t.Plain().NotNull(), Value: v, At: l.At}
		}
	}
	return &plan.Cast{X: e, T: t.Plain().WithNullable(from.Nullable), Implicit: true, At: e.Span()}
}

// widened is a literal's value in a wider type of its kind, so that a comparison with it stays one with a constant.
func widened(l *plan.Literal, t vector.Type) (any, bool) {
	switch v := l.Value.(type) {
	case int64:
		if !l.T.IsInteger() {
			return nil, false
		}
		if t.Kind == vector.Double && v > -1<<53 && v < 1<<53 {
			return float64(v), true
		}
		return v, t.IsInteger() && t.Kind > l.T.Kind
	case string:
		return v, l.T.IsString() && t.Kind == vector.Varchar && t.Precision >= l.T.Precision
	}
	return nil, false
}

// call resolves a function call by name: CURRENT_WATERMARK, an aggregate, or a scalar function.
func (x *expressions) call(e *ast.Call) (plan.Expr, error) {
	if err := clause(e); err != nil {
		return nil, err
	}
	name := strings.ToUpper(e.Name.Name)
	if name == "CURRENT_WATERMARK" {
		return x.currentWatermark(e)
	}
	if f, ok := catalog.LookupAggregate(name); ok {
		return x.aggregate(f, e)
	}
	if isWindowFunction(name) {
		return x.windowProperty(name, e)
	}
	f, ok := catalog.LookupFunction(name)
	if !ok || !isWord(name) {
		return nil, noFunction(e.Name.Name, e.Name.At)
	}
	switch {
	case e.Star:
		return nil, diag.New(codeArguments, e.At, "* can only be the argument of COUNT, not of %s", name)
	case e.Distinct:
		return nil, diag.New(codeArguments, e.At, "DISTINCT can only stand in an aggregate function, %s is none", name)
	case e.Filter != nil:
		return nil, diag.New(codeArguments, e.At, "FILTER can only follow an aggregate function, %s is none", name)
	}
	if len(e.Args) == 2 {
		if _, ok := e.Args[1].(*ast.Unit); ok {
			// FLOOR and CEIL of a time are functions of their own.
			return x.operator(strings.TrimSuffix(f.Name, "ING")+" TO", e, e.Args...)
		}
	}
	return x.operator(f.Name, e, e.Args...)
}

// isWord tells functions from operators, which cannot be called by their name.
func isWord(name string) bool {
	for _, c := range name {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	switch name {
	case "AND", "OR", "NOT", "IN", "LIKE", "NEGATE", "ITEM", "ARRAY", "MAP", "ROW", "FIELD":
		return false
	}
	return true
}

func functionNames() []string {
	var names []string
	for _, f := range catalog.Functions() {
		if isWord(f.Name) && !isWindowFunction(f.Name) {
			names = append(names, f.Name)
		}
	}
	for _, a := range catalog.Aggregates() {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return names
}

// currentWatermark resolves CURRENT_WATERMARK(rowtime): what the row's own split had reached just before it.
func (x *expressions) currentWatermark(e *ast.Call) (plan.Expr, error) {
	if len(e.Args) != 1 {
		return nil, diag.New(codeArguments, e.At, "Invalid number of arguments to function 'CURRENT_WATERMARK'. Was expecting 1 arguments")
	}
	v, err := x.value(e.Args[0])
	if err != nil {
		return nil, err
	}
	t := v.Type()
	if x.r.batch && t.IsTimestamp() {
		return null(t, x.r.span(e)), nil
	}
	if _, ok := v.(*plan.Column); !ok || !t.Rowtime {
		return nil, diag.New(codeArguments, e.At, "The argument of CURRENT_WATERMARK() must be a rowtime attribute, but was '%s'", t.String())
	}
	if x.stamped == nil {
		return nil, unsupported(e.At, "CURRENT_WATERMARK in this place is")
	}
	if err := x.stamped(e.At); err != nil {
		return nil, err
	}
	return &plan.CurrentWatermark{T: t.Plain().AsNullable(), At: x.r.span(e)}, nil
}

func typeNames(types []vector.Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.Name()
	}
	return strings.Join(names, ", ")
}
