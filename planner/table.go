package planner

import (
	"fmt"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// Table checks CREATE TABLE and makes the table; it registers nothing. Errors are *diag.Diagnostic, or a diag.List of
// several.
func Table(stmt *ast.CreateTable, env *Env) (*catalog.Table, error) {
	t, err := table(stmt, env)
	if err != nil {
		return nil, in(err, env.Source)
	}
	return t, nil
}

// TableAs checks CREATE TABLE … AS and makes the table with the query's columns, and the INSERT that fills it once the
// table is registered.
func TableAs(stmt *ast.CreateTable, env *Env) (*catalog.Table, *ast.Insert, error) {
	if len(stmt.Columns) > 0 || len(stmt.Names) > 0 || stmt.Watermark != nil || len(stmt.Constraints) > 0 {
		return nil, nil, unsupported(stmt.At, "CREATE TABLE AS with columns, a watermark or a primary key of its own is").In(env.Source)
	}
	node, err := resolveQuery(stmt.As, env)
	if err != nil {
		return nil, nil, err
	}
	t, err := table(stmt, env)
	if err != nil {
		return nil, nil, in(err, env.Source)
	}
	for _, f := range node.Schema() {
		t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: f.Type.Plain()})
	}
	if err := canWrite(t, stmt.Name.At); err != nil {
		return nil, nil, in(err, env.Source)
	}
	return t, &ast.Insert{Pos: stmt.Pos, Table: stmt.Name, Query: stmt.As}, nil
}

// canWrite refuses a table that is no sink.
func canWrite(t *catalog.Table, at diag.Span) error {
	c, err := connectorOf(t, t.Options, at)
	if err != nil {
		return err
	}
	if !c.Sink {
		return diag.New(codeDirection, at, "Table '%s' cannot be written: its connector '%s' is only a source", t.Path(), c.Name)
	}
	return nil
}

func table(stmt *ast.CreateTable, env *Env) (*catalog.Table, error) {
	if !qualifies(stmt.Name.Parts) {
		return nil, noCatalog(stmt.Name)
	}
	if err := tableClause(stmt); err != nil {
		return nil, err
	}
	t := &catalog.Table{
		Name: stmt.Name.Parts[len(stmt.Name.Parts)-1].Name, Comment: stmt.Comment, Temporary: stmt.Temporary,
		Options: map[string]string{}, OptionSpans: map[string]diag.Span{}, Source: env.Source,
	}
	var errs problems
	errs.add(tableColumns(t, stmt, env))
	if len(errs.list) == 0 {
		errs.add(primaryKey(t, stmt))
		errs.add(watermark(t, stmt, env))
	}
	written := map[string]ast.Option{}
	for _, o := range stmt.Options {
		t.Options[o.Key] = o.Value
		t.OptionSpans[o.Key] = o.At
		written[o.Key] = o
	}
	errs.add(checkOptions(t.Path(), t.Options, func(key string) (diag.Span, diag.Span) {
		return written[key].KeySpan, written[key].ValueSpan
	}, stmt.Name.At))
	errs.add(placement(t, stmt))
	return t, errs.err()
}

// placement sets by which columns the table is partitioned, and checks that its connector knows its metadata columns.
func placement(t *catalog.Table, stmt *ast.CreateTable) error {
	var errs problems
	c, known := catalog.LookupConnector(t.Options["connector"]) // that it is not is told elsewhere
	for i, column := range t.Columns {
		if column.Metadata == "" || !known || slices.Contains(c.Metadata, column.Metadata) {
			continue
		}
		d := diag.New(codeNoColumn, stmt.Columns[i].Metadata.At, "Invalid metadata key '%s' in column '%s' of table '%s'", column.Metadata, column.Name, t.Path())
		if len(c.Metadata) == 0 {
			d.WithHint("tables of the connector '%s' have no metadata columns", c.Name)
		} else {
			d.WithHint("the keys of the connector '%s' are %s", c.Name, strings.Join(c.Metadata, ", "))
		}
		errs.add(d)
	}
	for _, name := range stmt.PartitionBy {
		i := t.Column(name.Name)
		switch {
		case i < 0:
			errs.add(suggest(diag.New(codeNoColumn, name.At, "Partition column '%s' not defined in the table schema", name.Name), name.Name, columnNames(t)))
		case !written(t.Columns[i]):
			errs.add(diag.New(codeNoColumn, name.At, "Partition column '%s' must be a column that is written", name.Name))
		case slices.Contains(t.Partitions, name.Name):
			errs.add(diag.New(codeDuplicate, name.At, "Partition column '%s' is named twice", name.Name))
		case known && !c.Partitioned:
			errs.add(unsupported(name.At, fmt.Sprintf("PARTITIONED BY for the connector '%s' is", c.Name)))
		}
		t.Partitions = append(t.Partitions, name.Name)
	}
	return errs.err()
}

// tableClause refuses what the language has in CREATE TABLE and weir does not.
func tableClause(stmt *ast.CreateTable) error {
	var errs problems
	for _, c := range stmt.Columns {
		if c.Constraint != nil && c.Constraint.Unique {
			errs.add(unsupported(c.Constraint.At, "a UNIQUE constraint is"))
		}
	}
	for _, c := range stmt.Constraints {
		if c.Unique {
			errs.add(unsupported(c.At, "a UNIQUE constraint is"))
		}
	}
	if w := stmt.Watermark; w != nil && len(w.Fields) > 0 {
		errs.add(unsupported(w.Column.At.To(w.Fields[len(w.Fields)-1].At), "a watermark on a field of a column is"))
	}
	if stmt.Distribution != nil {
		errs.add(unsupported(stmt.Distribution.At, "DISTRIBUTED BY is"))
	}
	if stmt.Like != nil {
		errs.add(unsupported(stmt.Like.At, "CREATE TABLE … LIKE is"))
	}
	return errs.err()
}

func noCatalog(n ast.Name) error {
	return diag.New(codeNoTable, n.At, "'%s' names no catalog and database that there are", n.String()).
		WithHint("there is one catalog, default_catalog, with one database, default_database")
}

// tableColumns finds the types of all columns: first of the physical ones, then of those computed from them.
func tableColumns(t *catalog.Table, stmt *ast.CreateTable, env *Env) error {
	var errs problems
	seen := map[string]bool{}
	for _, c := range stmt.Columns {
		if seen[c.Name.Name] {
			errs.add(diag.New(codeDuplicate, c.Name.At, "A regular Column named '%s' already exists in the table", c.Name.Name))
		}
		seen[c.Name.Name] = true
		column := catalog.Column{Name: c.Name.Name, Comment: c.Comment}
		if c.Expr != nil {
			column.Expr = ast.PrintQuoted(c.Expr)
		} else {
			typ, err := typeOf(c.Type)
			errs.add(err)
			column.Type = typ
		}
		if m := c.Metadata; m != nil {
			if column.Metadata, column.Virtual = m.Key, m.Virtual; !m.HasKey {
				column.Metadata = column.Name
			}
		}
		t.Columns = append(t.Columns, column)
	}
	if err := errs.err(); err != nil {
		return err
	}
	sc, err := tableScope(t)
	if err != nil {
		return err
	}
	x := expressions{r: newResolver(env), scope: sc.physical, clause: "a computed column"}
	for i, c := range stmt.Columns {
		if c.Expr == nil {
			continue
		}
		e, err := x.value(c.Expr)
		if err != nil {
			errs.add(computedHint(err, t))
			continue
		}
		t.Columns[i].Type = e.Type().Plain()
	}
	return errs.err()
}

// computedHint explains an unknown column that is a computed one.
func computedHint(err error, t *catalog.Table) error {
	d, ok := err.(*diag.Diagnostic)
	if !ok || d.Code != codeNoColumn {
		return err
	}
	for _, c := range t.Columns {
		if c.Expr != "" && strings.HasPrefix(d.Message, "Column '"+c.Name+"' ") {
			d.WithHint("'%s' is itself computed: a computed column can only use the columns with a type of their own", c.Name)
		}
	}
	return d
}

// primaryKey sets the primary key, whose columns are NOT NULL.
func primaryKey(t *catalog.Table, stmt *ast.CreateTable) error {
	var key *ast.ConstraintDef
	for i := range stmt.Constraints {
		if key != nil {
			return diag.New(codePrimaryKey, stmt.Constraints[i].At, "Duplicate primary key definition").WithHint("a table has at most one PRIMARY KEY")
		}
		key = &stmt.Constraints[i]
	}
	for _, c := range stmt.Columns {
		if c.Constraint == nil {
			continue
		}
		if key != nil {
			return diag.New(codePrimaryKey, c.Name.At, "Duplicate primary key definition").WithHint("a table has at most one PRIMARY KEY")
		}
		key = &ast.ConstraintDef{Constraint: *c.Constraint, Columns: []ast.Ident{c.Name}}
	}
	if key == nil {
		return nil
	}
	if key.Enforcement != ast.NotEnforced {
		return diag.New(codePrimaryKey, key.At, "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint, and neither does weir: who writes the data must see to it that the key is unique").
			WithHint("add NOT ENFORCED")
	}
	var errs problems
	for _, name := range key.Columns {
		i := t.Column(name.Name)
		switch {
		case i < 0:
			errs.add(suggest(diag.New(codePrimaryKey, name.At, "Primary key column '%s' is not defined in the schema", name.Name), name.Name, columnNames(t)))
			continue
		case t.Columns[i].Expr != "":
			errs.add(diag.New(codePrimaryKey, name.At, "Primary key column '%s' is computed; it must be a physical column", name.Name))
			continue
		}
		for _, have := range t.PrimaryKey {
			if have == name.Name {
				errs.add(diag.New(codePrimaryKey, name.At, "Primary key names the column '%s' twice", name.Name))
			}
		}
		t.Columns[i].Type.Nullable = false
		t.PrimaryKey = append(t.PrimaryKey, name.Name)
	}
	return errs.err()
}

func columnNames(t *catalog.Table) []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// watermark checks WATERMARK FOR and makes its column the rowtime attribute.
func watermark(t *catalog.Table, stmt *ast.CreateTable, env *Env) error {
	w := stmt.Watermark
	if w == nil {
		return nil
	}
	i := t.Column(w.Column.Name)
	if i < 0 {
		quoted := make([]string, len(t.Columns))
		for i, n := range columnNames(t) {
			quoted[i] = "'" + n + "'"
		}
		return suggest(diag.New(codeWatermark, w.Column.At, "The rowtime attribute field '%s' is not defined in the table schema", w.Column.Name).
			WithNote("Available fields: [%s]", strings.Join(quoted, ", ")), w.Column.Name, columnNames(t))
	}
	typ := t.Columns[i].Type
	if !isEventTime(typ) {
		return diag.New(codeWatermark, w.Column.At, "Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, but the time field type is %s", typ).
			WithHint("%s", adviseTime(typ, w.Column.Name))
	}
	sc, err := tableScope(t)
	if err != nil {
		return err
	}
	x := expressions{r: newResolver(env), scope: sc.all, clause: "a watermark"}
	e, err := x.value(w.Expr)
	if err != nil {
		return err
	}
	if got := e.Type(); !isEventTime(got) {
		return diag.New(codeWatermark, w.Expr.Span(), "Invalid data type of expression for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, but the watermark expression type is %s", got)
	} else if got.Kind != typ.Kind {
		return diag.New(codeWatermark, w.Expr.Span(), "Invalid data type of expression for watermark definition. The time field is %s, but the watermark expression type is %s", typ, got)
	}
	t.Columns[i].Type.Rowtime = true
	t.Watermark = &catalog.Watermark{Column: w.Column.Name, Expr: ast.PrintQuoted(w.Expr)}
	return nil
}

// isEventTime reports whether a type can be a rowtime: one with milliseconds.
func isEventTime(t vector.Type) bool { return t.IsTimestamp() && t.Precision <= 3 }

// View checks CREATE VIEW and makes the view. Its stars are expanded, in stmt too, so that the view keeps its columns
// when a table gets others.
func View(stmt *ast.CreateView, env *Env) (*catalog.View, error) {
	if !qualifies(stmt.Name.Parts) {
		return nil, in(noCatalog(stmt.Name), env.Source)
	}
	r := newResolver(env)
	r.stars = map[*ast.Select][]ast.Item{}
	node, err := r.query(stmt.Query, context{})
	if err != nil {
		return nil, in(err, env.Source)
	}
	for s, items := range r.stars {
		s.Items = items
	}
	fields := node.Schema()
	if len(stmt.Columns) > 0 {
		fields, err = renamed(fields, stmt.Columns, stmt.Name.At)
	} else {
		err = repeatedName(stmt.Query)
	}
	if err != nil {
		return nil, in(err, env.Source)
	}
	return &catalog.View{Name: stmt.Name.Parts[len(stmt.Name.Parts)-1].Name, Columns: fields, Query: ast.Print(stmt.Query),
		Comment: stmt.Comment, Temporary: stmt.Temporary}, nil
}

// repeatedName refuses a query that gives two columns the same name.
func repeatedName(q *ast.Query) error {
	s, ok := q.Body.(*ast.Select)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for _, it := range s.Items {
		name := ""
		if ref, ok := it.Expr.(*ast.ColumnRef); ok {
			name = ref.Parts[len(ref.Parts)-1].Name
		}
		if it.Alias != nil {
			name = it.Alias.Name
		}
		if name != "" && seen[name] {
			return diag.New(codeDuplicate, it.At, "A column with the same name `%s` has been defined", name).
				WithHint("name the view's columns: CREATE VIEW v (a, b, …) AS …")
		}
		seen[name] = true
	}
	return nil
}
