package parser

import (
	"weir/parser/ast"
	"weir/parser/diag"
)

// schema is what stands in parentheses behind the name of a table: its elements, or the names of a query's columns.
type schema struct {
	at          diag.Span
	columns     []ast.ColumnDef
	names       []ast.Name
	watermark   *ast.WatermarkDef
	constraints []ast.ConstraintDef
}

// schema reads (element, …) or (name, …).
func (r *reader) schema() *schema {
	start := r.start()
	s := &schema{}
	r.expectOp("(")
	if t := r.ahead(1); isName(r.peek()) && (isArgumentEnd(t) || isOp(t, ".")) {
		r.columnNames(s)
	} else {
		for {
			s.add(r, r.schemaElement())
			if !r.acceptOp(",") {
				break
			}
		}
	}
	r.closeList(")")
	s.at = r.from(start).At
	return s
}

// columnNames reads the names of columns that a query defines.
func (r *reader) columnNames(s *schema) {
	for {
		s.names = append(s.names, r.name("a column's name"))
		if r.acceptOp(",") {
			continue
		}
		if !isOp(r.peek(), ")") && r.err == nil {
			r.closeList(")")
			if r.err.Hint == "" {
				r.err.Hint = "either all columns have a type, or none has and a query follows: CREATE TABLE t (a, b) AS SELECT …"
			}
		}
		return
	}
}

// add puts an element into the schema.
func (s *schema) add(r *reader, e ast.SchemaElement) {
	switch {
	case r.err != nil:
	case e.Column != nil:
		s.columns = append(s.columns, *e.Column)
	case e.Constraint != nil:
		s.constraints = append(s.constraints, *e.Constraint)
	case s.watermark != nil:
		r.fail(secondWatermark(e.At))
	default:
		s.watermark = e.Watermark
	}
}

func secondWatermark(at diag.Span) *diag.Diagnostic {
	return diag.New(codeSyntax, at, "a table has at most one WATERMARK")
}

// schemaElement reads a column, a constraint or a watermark.
func (r *reader) schemaElement() ast.SchemaElement {
	start := r.start()
	e := ast.SchemaElement{}
	switch t := r.peek(); {
	case isKeyword(t, "WATERMARK"):
		e.Watermark = r.watermark()
	case isKeyword(t, "CONSTRAINT"), isKeyword(t, "PRIMARY"), isKeyword(t, "UNIQUE"):
		e.Constraint = r.constraintDef()
	default:
		e.Column = r.columnDef(nil, r.ident("a column's name"), start)
	}
	e.Pos = r.from(start)
	return e
}

// columnDef reads what stands behind the name of a column, which begins at start.
func (r *reader) columnDef(parents []ast.Ident, name ast.Ident, start int) *ast.ColumnDef {
	c := &ast.ColumnDef{Parents: parents, Name: name}
	if r.accept("AS") {
		c.Expr = r.noQuery()
	} else {
		c.Type = r.typeName()
		switch t := r.peek(); {
		case isWord(t, "METADATA"):
			c.Metadata = r.metadata()
		case isKeyword(t, "CONSTRAINT"), isKeyword(t, "PRIMARY"), isKeyword(t, "UNIQUE"):
			at := r.start()
			constraint := r.constraint()
			r.enforcement(&constraint)
			constraint.Pos = r.from(at)
			c.Constraint = &constraint
		}
	}
	c.Comment = r.comment()
	c.Pos = r.from(start)
	return c
}

// noQuery reads an expression that is no query.
func (r *reader) noQuery() ast.Expr {
	at := span(r.peek())
	x := r.expression(powerLowest)
	if q, ok := x.(*ast.Subquery); ok && !q.Exists && r.err == nil {
		r.fail(diag.New(codeSyntax, at, "a query can't stand here"))
	}
	return x
}

// comment reads COMMENT 'text' if it is next.
func (r *reader) comment() string {
	if !r.accept("COMMENT") {
		return ""
	}
	return r.text("a string in single quotes")
}

// metadata reads METADATA [FROM 'key'] [VIRTUAL].
func (r *reader) metadata() *ast.Metadata {
	start := r.start()
	r.next()
	m := &ast.Metadata{}
	if m.HasKey = r.accept("FROM"); m.HasKey {
		m.Key = r.text("a string in single quotes")
	}
	m.Virtual = r.take("VIRTUAL")
	m.Pos = r.from(start)
	return m
}

// constraint reads [CONSTRAINT name] PRIMARY KEY|UNIQUE.
func (r *reader) constraint() ast.Constraint {
	start := r.start()
	c := ast.Constraint{}
	if r.accept("CONSTRAINT") {
		name := r.ident("a name")
		c.Name = &name
	}
	if c.Unique = r.accept("UNIQUE"); !c.Unique {
		r.want("PRIMARY", "KEY")
	}
	c.Pos = r.from(start)
	return c
}

// enforcement reads ENFORCED or NOT ENFORCED.
func (r *reader) enforcement(c *ast.Constraint) {
	switch {
	case r.take("ENFORCED"):
		c.Enforcement = ast.Enforced
	case r.take("NOT", "ENFORCED"):
		c.Enforcement = ast.NotEnforced
	}
}

// constraintDef reads a constraint over columns.
func (r *reader) constraintDef() *ast.ConstraintDef {
	start := r.start()
	c := &ast.ConstraintDef{Constraint: r.constraint()}
	c.Columns = r.identList("a name")
	r.enforcement(&c.Constraint)
	c.Pos = r.from(start)
	return c
}

// watermark reads WATERMARK FOR column AS expression.
func (r *reader) watermark() *ast.WatermarkDef {
	start := r.start()
	r.next()
	r.expect("FOR")
	w := &ast.WatermarkDef{Column: r.ident("a column's name")}
	for r.acceptOp(".") {
		w.Fields = append(w.Fields, r.ident("a field's name"))
	}
	r.expect("AS")
	w.Expr = r.noQuery()
	w.Pos = r.from(start)
	return w
}

// distribution reads BY [HASH|RANGE] (columns) [INTO n BUCKETS] or INTO n BUCKETS.
func (r *reader) distribution() *ast.Distribution {
	start := r.start()
	d := &ast.Distribution{}
	if r.accept("BY") {
		if !isOp(r.peek(), "(") {
			d.Kind = r.wantOneOf("HASH", "RANGE")
		}
		d.Columns = r.identList("a column's name")
	} else if !isKeyword(r.peek(), "INTO") {
		r.unexpected("BY or INTO")
	}
	if r.accept("INTO") {
		at := span(r.peek())
		if d.Buckets = r.integer("the number of buckets"); d.Buckets == 0 && r.err == nil {
			r.fail(diag.New(codeSyntax, at, "there must be at least one bucket"))
		}
		r.want("BUCKETS")
	}
	d.Pos = r.from(start)
	return d
}

// options reads ('key' = 'value', …), also without any.
func (r *reader) options() []ast.Option {
	var list []ast.Option
	r.expectOp("(")
	if r.acceptOp(")") {
		return nil
	}
	for {
		start := r.start()
		o := ast.Option{}
		o.Key, o.KeySpan = r.optionText()
		r.expectOp("=")
		o.Value, o.ValueSpan = r.optionText()
		o.Pos = r.from(start)
		list = append(list, o)
		if !r.acceptOp(",") {
			break
		}
	}
	r.closeList(")")
	return list
}

// optionText reads the key or value of an option.
func (r *reader) optionText() (string, diag.Span) {
	t := r.peek()
	if (t.Type == kindIdent || t.Type == kindKeyword || t.Type == kindNumber) && r.err == nil {
		d := unexpected(r.lex, "a string in single quotes")
		d.Hint = "keys and values in WITH are strings: 'connector' = 'filesystem'"
		r.fail(d)
	}
	return r.text("a string in single quotes"), span(t)
}

// optionKeys reads ('key', …), also without any.
func (r *reader) optionKeys() []ast.OptionKey {
	var list []ast.OptionKey
	r.expectOp("(")
	if r.acceptOp(")") {
		return nil
	}
	for {
		key, at := r.optionText()
		list = append(list, ast.OptionKey{Key: key, Span: at})
		if !r.acceptOp(",") {
			break
		}
	}
	r.closeList(")")
	return list
}

// partition reads (column = literal, …); where values may be left out, also (column, …).
func (r *reader) partition(valuesOptional bool) []ast.PartitionValue {
	var list []ast.PartitionValue
	r.expectOp("(")
	for {
		start := r.start()
		v := ast.PartitionValue{Column: r.ident("a column's name")}
		if !valuesOptional || isOp(r.peek(), "=") {
			r.expectOp("=")
			v.Value = r.literal()
		}
		v.Pos = r.from(start)
		list = append(list, v)
		if !r.acceptOp(",") {
			break
		}
	}
	r.closeList(")")
	return list
}

// literal reads a literal, a number also with a sign.
func (r *reader) literal() ast.Expr {
	t := r.peek()
	x := r.expression(powerSign - 1)
	inner := x
	if u, ok := inner.(*ast.Unary); ok && u.Op != "NOT" {
		if _, ok := u.X.(*ast.NumberLit); ok {
			inner = u.X
		}
	}
	switch inner.(type) {
	case *ast.NumberLit, *ast.StringLit, *ast.BinaryLit, *ast.BoolLit, *ast.NullLit, *ast.TemporalLit, *ast.IntervalLit:
		return x
	}
	if r.err == nil {
		r.fail(diag.New(codeSyntax, span(t), "a literal was expected here, but there is %s", describe(t)))
	}
	return nil
}

// tableLike reads table (INCLUDING ALL …).
func (r *reader) tableLike() *ast.TableLike {
	start := r.start()
	l := &ast.TableLike{Table: r.name("a name")}
	if r.acceptOp("(") {
		for r.err == nil {
			at := r.start()
			o := ast.LikeOption{Strategy: r.wantOneOf("INCLUDING", "EXCLUDING", "OVERWRITING")}
			o.Feature = r.wantOneOf("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS")
			o.Pos = r.from(at)
			l.Options = append(l.Options, o)
			if r.acceptOp(")") {
				break
			}
		}
	}
	l.Pos = r.from(start)
	return l
}

// freshness reads an interval.
func (r *reader) freshness() *ast.IntervalLit {
	at := r.start()
	if !isKeyword(r.peek(), "INTERVAL") {
		r.unexpected("an interval like INTERVAL '1' MINUTE")
		return nil
	}
	lit, ok := r.interval().(*ast.IntervalLit)
	if !ok && r.err == nil {
		r.fail(diag.New(codeSyntax, diag.Span{Start: at, End: r.end}, "the amount of an interval is written in quotes here").
			WithHint("INTERVAL '1' MINUTE"))
	}
	return lit
}

// languages are those of functions.
var languages = []string{"JAVA", "SCALA", "SQL", "PYTHON"}

// language reads LANGUAGE and one of them if it is next.
func (r *reader) language() string {
	if !r.accept("LANGUAGE") {
		return ""
	}
	return r.wantOneOf(languages...)
}
