package ast

import (
	"strconv"
	"strings"
)

// Print gives SQL that parses to the same tree, on one line. Names are in backticks where they were written so or
// could not be read otherwise; what the tree does not hold (comments, superfluous parentheses) is gone.
func Print(n Node) string {
	p := &printer{}
	p.node(n)
	return p.String()
}

// PrintQuoted is Print with every name of a column or table in backticks, as Flink shows stored expressions.
func PrintQuoted(n Node) string {
	p := &printer{quoted: true}
	p.node(n)
	return p.String()
}

// printer collects the text of a tree.
type printer struct {
	strings.Builder
	quoted bool // all names are in backticks
}

func (p *printer) text(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

// node prints any node.
func (p *printer) node(n Node) {
	switch n := n.(type) {
	case Expr:
		p.expr(n, lowest)
	case Statement:
		p.statement(n)
	case Body:
		p.body(n)
	case From:
		p.from(n)
	case *Query:
		p.query(n)
	case *TableArg:
		p.tableArg(n)
	case *ModelArg:
		p.text("MODEL ")
		p.name(n.Name)
	case *Descriptor:
		p.text("DESCRIPTOR")
		p.idents(n.Columns)
	case *Window:
		p.window(n)
	case Pattern:
		p.pattern(n, alternatives)
	case *TypeName:
		p.typeName(n)
	case *WatermarkDef:
		p.watermark(n)
	case *ConstraintDef:
		p.constraintDef(n)
	case Ident:
		p.ident(n)
	case Name:
		p.name(n)
	case Item:
		p.item(n)
	case Order:
		p.order(n)
	case CTE:
		p.cte(n)
	case Hint:
		p.hint(n)
	case HintArg:
		p.hintArg(n)
	case Option:
		p.option(n)
	case ColumnDef:
		p.column(n)
	case Arg:
		p.arg(n)
	default:
		panic("ast: a node of an unknown type")
	}
}

// list prints n elements with commas between them.
func (p *printer) list(n int, element func(i int)) {
	for i := range n {
		if i > 0 {
			p.text(", ")
		}
		element(i)
	}
}

// Quote returns text as a string literal.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// QuoteIdent returns name in backticks.
func QuoteIdent(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// PrintIdent returns name as it can be written: in backticks if it must be.
func PrintIdent(name string) string {
	if _, reserved := Reserved(name); reserved || !plain(name) {
		return QuoteIdent(name)
	}
	return name
}

// ident prints a name where a reserved word can't stand.
func (p *printer) ident(id Ident) {
	if p.quoted || id.Quoted {
		p.text(QuoteIdent(id.Name))
	} else {
		p.text(PrintIdent(id.Name))
	}
}

// idents prints (a, b).
func (p *printer) idents(ids []Ident) {
	p.text("(")
	p.list(len(ids), func(i int) { p.ident(ids[i]) })
	p.text(")")
}

func (p *printer) dotted(parts []Ident) {
	for i, id := range parts {
		if i > 0 {
			p.text(".")
		}
		p.ident(id)
	}
}

func (p *printer) name(n Name) {
	if n.File {
		p.text(Quote(n.Parts[0].Name))
		return
	}
	p.dotted(n.Parts)
}

func (p *printer) query(q *Query) {
	if len(q.With) > 0 {
		p.text("WITH ", word(q.Recursive, "RECURSIVE "))
		p.list(len(q.With), func(i int) { p.cte(q.With[i]) })
		p.text(" ")
	}
	p.body(q.Body)
	if len(q.OrderBy) > 0 {
		p.text(" ")
		p.orderBy(q.OrderBy)
	}
	if q.Limit != nil {
		p.text(" LIMIT ")
		p.expr(q.Limit, lowest)
	}
	if q.Offset != nil {
		p.text(" OFFSET ")
		p.expr(q.Offset, lowest)
		p.text(" ROWS")
	}
}

func (p *printer) cte(c CTE) {
	p.ident(c.Name)
	if len(c.Columns) > 0 {
		p.text(" ")
		p.idents(c.Columns)
	}
	p.text(" AS (")
	p.query(c.Query)
	p.text(")")
}

func (p *printer) order(o Order) {
	p.expr(o.Expr, lowest)
	if o.Desc {
		p.text(" DESC")
	}
	if o.NullsFirst != nil {
		if *o.NullsFirst {
			p.text(" NULLS FIRST")
		} else {
			p.text(" NULLS LAST")
		}
	}
}

func (p *printer) body(b Body) {
	switch b := b.(type) {
	case *Select:
		p.selectBlock(b)
	case *Values:
		p.text("VALUES ")
		p.list(len(b.Rows), func(i int) { p.row(b.Rows[i]) })
	case *WholeTable:
		if b.Select != nil {
			p.body(b.Select)
			return
		}
		p.text("TABLE ")
		p.name(b.Name)
	case *Parens:
		p.text("(")
		p.query(b.Query)
		p.text(")")
	case *SetOperation:
		p.operand(b.Left, b.Op, false)
		p.text(" ", b.Op, " ")
		if b.All {
			p.text("ALL ")
		}
		p.operand(b.Right, b.Op, true)
	}
}

// operand prints one side of a set operation, in parentheses where it would be taken apart otherwise: the operators
// group from the left, INTERSECT before the others.
func (p *printer) operand(b Body, op string, right bool) {
	s, ok := b.(*SetOperation)
	if !ok || s.Op == "INTERSECT" && (op != "INTERSECT" || !right) || s.Op != "INTERSECT" && op != "INTERSECT" && !right {
		p.body(b)
		return
	}
	p.text("(")
	p.body(b)
	p.text(")")
}

// row prints a row of VALUES. A single ROW in parentheses would be read as the row itself.
func (p *printer) row(row []Expr) {
	if len(row) == 1 {
		if c, ok := row[0].(*Constructor); ok && c.Kind == "ROW" {
			p.text("ROW")
		}
	}
	p.text("(")
	p.exprs(row)
	p.text(")")
}

func (p *printer) selectBlock(s *Select) {
	p.text("SELECT ")
	p.hints(s.Hints)
	p.text(word(s.Stream, "STREAM "))
	if s.Distinct {
		p.text("DISTINCT ")
	}
	p.list(len(s.Items), func(i int) { p.item(s.Items[i]) })
	if s.From != nil {
		p.text(" FROM ")
		p.from(s.From)
	}
	p.where(s.Where)
	if s.Grouped {
		p.text(" GROUP BY ", word(s.DistinctGroups, "DISTINCT "))
		if len(s.GroupBy) == 0 {
			p.text("()")
		}
		p.exprs(s.GroupBy)
	}
	if s.Having != nil {
		p.text(" HAVING ")
		p.expr(s.Having, lowest)
	}
	if len(s.Windows) > 0 {
		p.text(" WINDOW ")
		p.list(len(s.Windows), func(i int) { p.namedWindow(s.Windows[i]) })
	}
	if s.Qualify != nil {
		p.text(" QUALIFY ")
		p.expr(s.Qualify, lowest)
	}
}

func (p *printer) namedWindow(w NamedWindow) {
	p.ident(w.Name)
	p.text(" AS ")
	p.window(w.Spec)
}

func (p *printer) item(it Item) {
	p.expr(it.Expr, lowest)
	if it.Alias != nil {
		p.text(" AS ")
		p.ident(*it.Alias)
	}
}

// hints prints the hints and a blank behind them.
func (p *printer) hints(hints []Hint) {
	if len(hints) == 0 {
		return
	}
	p.text("/*+ ")
	p.list(len(hints), func(i int) { p.hint(hints[i]) })
	p.text(" */ ")
}

func (p *printer) hint(h Hint) {
	p.ident(Ident{Name: h.Name})
	if len(h.Args) > 0 {
		p.text("(")
		p.list(len(h.Args), func(i int) { p.hintArg(h.Args[i]) })
		p.text(")")
	}
}

func (p *printer) hintArg(a HintArg) {
	if a.Key != "" {
		p.text(Quote(a.Key), "=")
	}
	switch {
	case a.Quoted:
		p.text(Quote(a.Value))
	case isNumber(a.Value):
		p.text(a.Value)
	default:
		p.ident(Ident{Name: a.Value})
	}
}

// isNumber reports whether s reads as a number, also one with a sign.
func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	digit := strings.TrimLeft(s, "-.")
	return digit != "" && '0' <= digit[0] && digit[0] <= '9' && (err == nil || strings.Contains(err.Error(), "range"))
}

func (p *printer) from(f From) {
	switch f := f.(type) {
	case *TableRef:
		p.table(f)
		p.alias(f.Alias)
	case *Derived:
		if f.Lateral {
			p.text("LATERAL ")
		}
		p.text("(")
		p.query(f.Query)
		p.text(")")
		p.alias(f.Alias)
	case *TableFunction:
		p.tableFunction(f)
		p.alias(f.Alias)
	case *Unnest:
		p.text("UNNEST(")
		p.expr(f.Array, lowest)
		for _, x := range f.More {
			p.text(", ")
			p.expr(x, lowest)
		}
		p.text(")")
		if f.Ordinality {
			p.text(" WITH ORDINALITY")
		}
		p.alias(f.Alias)
	case *Join:
		p.join(f)
	case *MatchRecognize:
		p.match(f)
	case *Pivot:
		p.pivot(f)
	case *Unpivot:
		p.unpivot(f)
	case *Sample:
		p.sample(f)
	}
}

// table prints a table's name, hints and time.
func (p *printer) table(t *TableRef) {
	p.name(t.Name)
	if len(t.Hints) > 0 {
		p.text(" /*+ ")
		p.list(len(t.Hints), func(i int) { p.hint(t.Hints[i]) })
		p.text(" */")
	}
	if t.AsOf != nil {
		p.text(" FOR SYSTEM_TIME AS OF ")
		p.expr(t.AsOf, lowest)
	}
}

func (p *printer) alias(a *Alias) {
	if a == nil {
		return
	}
	p.text(" AS ")
	p.ident(a.Name)
	if len(a.Columns) > 0 {
		p.text(" ")
		p.idents(a.Columns)
	}
}

func (p *printer) join(j *Join) {
	p.from(j.Left)
	p.text(word(j.Natural, " NATURAL"), " ")
	if j.Kind != "INNER" {
		p.text(j.Kind, " ")
	}
	p.text("JOIN ")
	if _, nested := j.Right.(*Join); nested {
		p.text("(")
		p.from(j.Right)
		p.text(")")
	} else {
		p.from(j.Right)
	}
	if j.On != nil {
		p.text(" ON ")
		p.expr(j.On, lowest)
	}
	if len(j.Using) > 0 {
		p.text(" USING ")
		p.idents(j.Using)
	}
}

func (p *printer) tableFunction(f *TableFunction) {
	if f.Lateral {
		p.text("LATERAL ")
	}
	if f.Table {
		p.text("TABLE(")
		defer p.text(")")
	}
	p.qualifier(f.Qualifier)
	p.ident(f.Name)
	p.text("(")
	p.list(len(f.Args), func(i int) { p.arg(f.Args[i]) })
	p.text(")")
}

// qualifier prints names with a dot behind each.
func (p *printer) qualifier(ids []Ident) {
	for _, id := range ids {
		p.ident(id)
		p.text(".")
	}
}

func (p *printer) arg(a Arg) {
	if a.Name != nil {
		p.ident(*a.Name)
		p.text(" => ")
	}
	p.node(a.Value)
}

func (p *printer) tableArg(t *TableArg) {
	if t.Query != nil {
		p.text("(")
		p.query(t.Query)
		p.text(")")
	} else {
		p.text("TABLE ")
		p.table(t.Table)
	}
	if len(t.PartitionBy) > 0 {
		p.text(" PARTITION BY (")
		p.exprs(t.PartitionBy)
		p.text(")")
	}
	if len(t.OrderBy) > 0 {
		p.text(" ORDER BY (")
		p.list(len(t.OrderBy), func(i int) { p.order(t.OrderBy[i]) })
		p.text(")")
	}
}

func (p *printer) typeName(t *TypeName) {
	switch {
	case strings.HasPrefix(t.Name, "INTERVAL "):
		p.intervalType(t)
	case t.Name == "ROW":
		p.text("ROW<")
		p.typeFields(t.Fields)
		p.text(">")
	case t.Name == "STRUCTURED":
		p.text("STRUCTURED<", Quote(t.Class), word(len(t.Fields) > 0, ", "))
		p.typeFields(t.Fields)
		p.text(">")
	case t.Name == "RAW":
		p.text("RAW(", Quote(t.Class), ", ", Quote(t.Serializer), ")")
	case t.User != nil:
		p.name(*t.User)
	case t.Key != nil:
		p.text(t.Name, "<")
		p.typeName(t.Key)
		p.text(", ")
		p.typeName(t.Elem)
		p.text(">")
	case t.Elem != nil:
		p.text(t.Name, "<")
		p.typeName(t.Elem)
		p.text(">")
	default:
		p.text(t.Name)
		p.parameters(t.Params)
	}
	if t.NotNull {
		p.text(" NOT NULL")
	}
}

func (p *printer) typeFields(fields []TypeField) {
	p.list(len(fields), func(i int) {
		f := fields[i]
		p.ident(f.Name)
		p.text(" ")
		p.typeName(f.Type)
		if f.Comment != "" {
			p.text(" ", Quote(f.Comment))
		}
	})
}

func (p *printer) parameters(params []int) {
	if len(params) > 0 {
		p.text("(")
		p.list(len(params), func(i int) { p.text(strconv.Itoa(params[i])) })
		p.text(")")
	}
}

// intervalType prints the digits of the leading unit behind it, those of the fraction behind the last one.
func (p *printer) intervalType(t *TypeName) {
	from, to, ranged := strings.Cut(t.Name, " TO ")
	p.text(from)
	if !ranged {
		p.parameters(t.Params)
		return
	}
	p.parameters(t.Params[:min(1, len(t.Params))])
	p.text(" TO ", to)
	if len(t.Params) > 1 {
		p.parameters(t.Params[1:])
	}
}
