package planner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// draft is a table in the making: what CREATE TABLE declares, LIKE takes over and ALTER TABLE changes. finish looks at
// it as a whole and makes the table.
type draft struct {
	env        *Env
	at         diag.Span      // of the table's name: errors about what the statement does not spell are shown there
	base       *catalog.Table // that is altered; nil: none
	table      catalog.Table  // all but columns, key, watermark and partitions
	columns    []draftColumn
	key        *draftKey       // nil: none
	watermark  *draftWatermark // nil: none
	partitions []ast.Ident
	written    map[string]ast.Option // options that the statement spells
}

// draftColumn is a column; the type of a computed one is found by finish.
type draftColumn struct {
	catalog.Column
	expr       ast.Expr // of a computed one that the statement spells; of others Expr is the text
	at         diag.Span
	metadataAt diag.Span
}

// draftKey is a primary key.
type draftKey struct {
	name    string
	columns []ast.Ident
}

// draftWatermark is a watermark that the statement spells, or else one whose text is known.
type draftWatermark struct {
	column ast.Ident
	expr   ast.Expr // nil: there is only the text
	text   string
}

// newDraft begins a table without columns.
func newDraft(stmt *ast.CreateTable, env *Env) (*draft, error) {
	id, err := Identify(env.Catalog, stmt.Name)
	if err != nil {
		return nil, err
	}
	return &draft{env: env, at: stmt.Name.At, written: map[string]ast.Option{}, table: catalog.Table{
		Identifier: id, Comment: stmt.Comment, Temporary: stmt.Temporary, Source: env.Source,
		Options: map[string]string{}, OptionSpans: map[string]diag.Span{},
	}}, nil
}

// draftOf begins with a table that there is. What a statement at the span does not change keeps its meaning; errors
// about it are shown there.
func draftOf(t *catalog.Table, at diag.Span, env *Env) *draft {
	d := &draft{env: env, at: at, base: t, table: *t, written: map[string]ast.Option{}}
	d.table.Options, d.table.OptionSpans = maps.Clone(t.Options), maps.Clone(t.OptionSpans)
	for _, c := range t.Columns {
		d.columns = append(d.columns, d.known(c))
	}
	d.key, d.watermark, d.partitions = d.keyOf(t), d.watermarkOf(t), d.idents(t.Partitions)
	return d
}

// known is a column of a table that there is.
func (d *draft) known(c catalog.Column) draftColumn {
	c.Type = c.Type.Plain()
	return draftColumn{Column: c, at: d.at, metadataAt: d.at}
}

func (d *draft) keyOf(t *catalog.Table) *draftKey {
	if len(t.PrimaryKey) == 0 {
		return nil
	}
	return &draftKey{name: t.KeyName, columns: d.idents(t.PrimaryKey)}
}

func (d *draft) watermarkOf(t *catalog.Table) *draftWatermark {
	if t.Watermark == nil {
		return nil
	}
	return &draftWatermark{column: d.ident(t.Watermark.Column), text: t.Watermark.Expr}
}

func (d *draft) ident(name string) ast.Ident { return ast.Ident{Pos: ast.Pos{At: d.at}, Name: name} }

func (d *draft) idents(names []string) []ast.Ident {
	var all []ast.Ident
	for _, n := range names {
		all = append(all, d.ident(n))
	}
	return all
}

// column returns the position of the column of that name, or -1.
func (d *draft) column(name string) int {
	return slices.IndexFunc(d.columns, func(c draftColumn) bool { return c.Name == name })
}

func (d *draft) columnNames() []string {
	names := make([]string, len(d.columns))
	for i, c := range d.columns {
		names[i] = c.Name
	}
	return names
}

// declare adds what CREATE TABLE says.
func (d *draft) declare(stmt *ast.CreateTable) error {
	var errs problems
	for _, c := range stmt.Columns {
		column, err := spell(c)
		errs.add(err)
		if d.column(column.Name) >= 0 {
			errs.add(diag.New(codeDuplicate, c.Name.At, "A regular Column named '%s' already exists in the table", column.Name))
			continue
		}
		d.columns = append(d.columns, column)
	}
	key, err := keyIn(stmt)
	errs.add(err)
	if key != nil {
		d.key = key
	}
	if w := stmt.Watermark; w != nil {
		d.watermark = &draftWatermark{column: w.Column, expr: w.Expr}
	}
	if len(stmt.PartitionBy) > 0 {
		d.partitions = stmt.PartitionBy
	}
	if stmt.Distribution != nil {
		d.table.Distribution = distribution(stmt.Distribution)
	}
	for _, o := range stmt.Options {
		d.set(o)
	}
	return errs.err()
}

// spell makes a column of its definition.
func spell(c ast.ColumnDef) (draftColumn, error) {
	column := draftColumn{Column: catalog.Column{Name: c.Name.Name, Comment: c.Comment}, at: c.Name.At}
	if c.Expr != nil {
		column.Expr, column.expr = ast.PrintQuoted(c.Expr), c.Expr
		return column, nil
	}
	t, err := typeOf(c.Type)
	column.Type = t
	if m := c.Metadata; m != nil {
		column.Metadata, column.Virtual, column.metadataAt = m.Key, m.Virtual, m.At
		if !m.HasKey {
			column.Metadata = column.Name
		}
	}
	return column, err
}

// keyIn finds the primary key in CREATE TABLE: among the constraints, or with a column.
func keyIn(stmt *ast.CreateTable) (*draftKey, error) {
	var key *draftKey
	twice := func(at diag.Span) error {
		return diag.New(codePrimaryKey, at, "Duplicate primary key definition").WithHint("a table has at most one PRIMARY KEY")
	}
	for i := range stmt.Constraints {
		c := &stmt.Constraints[i]
		if key != nil {
			return nil, twice(c.At)
		}
		key = spellKey(&c.Constraint, c.Columns)
	}
	for _, c := range stmt.Columns {
		if c.Constraint == nil {
			continue
		}
		if key != nil {
			return nil, twice(c.Name.At)
		}
		key = spellKey(c.Constraint, []ast.Ident{c.Name})
	}
	return key, nil
}

// spellKey makes a key of its constraint. One without a name gets Flink's.
func spellKey(c *ast.Constraint, columns []ast.Ident) *draftKey {
	key := &draftKey{columns: columns}
	if c.Name != nil {
		key.name = c.Name.Name
		return key
	}
	names := make([]string, len(columns))
	for i, n := range columns {
		names[i] = n.Name
	}
	key.name = "PK_" + strings.Join(names, "_")
	return key
}

func distribution(x *ast.Distribution) *catalog.Distribution {
	to := &catalog.Distribution{Kind: x.Kind, Buckets: x.Buckets}
	for _, c := range x.Columns {
		to.Columns = append(to.Columns, c.Name)
	}
	return to
}

// set sets an option that the statement spells.
func (d *draft) set(o ast.Option) {
	d.table.Options[o.Key] = o.Value
	d.written[o.Key] = o
	if d.table.Source == d.env.Source {
		d.table.OptionSpans[o.Key] = o.At
	} else {
		delete(d.table.OptionSpans, o.Key) // spans are places in the text that created the table
	}
}

// finish checks the whole and makes the table.
func (d *draft) finish() (*catalog.Table, error) {
	t := &d.table
	t.Columns, t.PrimaryKey, t.KeyName, t.Watermark, t.Partitions = nil, nil, "", nil, nil
	var errs problems
	errs.add(d.finishColumns())
	if len(errs.list) == 0 {
		errs.add(d.finishKey())
		errs.add(d.finishWatermark())
	}
	errs.add(checkOptions(t.Path(), t.Options, func(key string) (diag.Span, diag.Span) {
		if o, ok := d.written[key]; ok {
			return o.KeySpan, o.ValueSpan
		}
		return d.at, d.at
	}, d.at))
	errs.add(d.finishPlacement())
	if err := errs.err(); err != nil {
		return nil, err
	}
	return t, nil
}

// finishColumns sets the columns with their types: first of the physical ones, then of those computed from them.
func (d *draft) finishColumns() error {
	t := &d.table
	for _, c := range d.columns {
		t.Columns = append(t.Columns, c.Column)
	}
	sc, err := tableScope(t)
	if err != nil {
		return err
	}
	r := newResolver(d.env)
	x := expressions{r: r, scope: sc.physical, clause: "a computed column"}
	var errs problems
	for i, c := range d.columns {
		if c.Expr == "" {
			continue
		}
		var e plan.Expr
		if c.expr != nil {
			e, err = x.value(c.expr)
		} else {
			e, err = r.storedExpr(t.Name, c.Expr, sc.physical, d.at)
		}
		if err != nil {
			errs.add(d.broken(computedHint(err, t), c.expr == nil, fmt.Sprintf("computed column `%s` AS %s", c.Name, c.Expr)))
			continue
		}
		t.Columns[i].Type = e.Type().Plain()
	}
	return errs.err()
}

// broken says of what a table had before that it does not fit any more, at the statement that changes the table.
func (d *draft) broken(err error, before bool, what string) error {
	e, ok := err.(*diag.Diagnostic)
	if !ok || !before || d.base == nil {
		return err
	}
	return diag.New(codeAlter, d.at, "The %s doesn't fit the table any more: %s", what, e.Message).WithHint("MODIFY both in one statement, or drop it first")
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

// finishKey sets the primary key, whose columns are NOT NULL.
func (d *draft) finishKey() error {
	if d.key == nil {
		return nil
	}
	t := &d.table
	t.KeyName = d.key.name
	var errs problems
	for _, name := range d.key.columns {
		i := t.Column(name.Name)
		switch {
		case i < 0:
			errs.add(suggest(diag.New(codePrimaryKey, name.At, "Primary key column '%s' is not defined in the schema", name.Name), name.Name, columnNames(t)))
			continue
		case t.Columns[i].Expr != "":
			errs.add(diag.New(codePrimaryKey, name.At, "Primary key column '%s' is computed; it must be a physical column", name.Name))
			continue
		case slices.Contains(t.PrimaryKey, name.Name):
			errs.add(diag.New(codePrimaryKey, name.At, "Primary key names the column '%s' twice", name.Name))
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

// finishWatermark sets the watermark and makes its column the rowtime attribute.
func (d *draft) finishWatermark() error {
	w, t := d.watermark, &d.table
	if w == nil {
		return nil
	}
	i := t.Column(w.column.Name)
	if i < 0 {
		quoted := make([]string, len(t.Columns))
		for i, n := range columnNames(t) {
			quoted[i] = "'" + n + "'"
		}
		return suggest(diag.New(codeWatermark, w.column.At, "The rowtime attribute field '%s' is not defined in the table schema", w.column.Name).
			WithNote("Available fields: [%s]", strings.Join(quoted, ", ")), w.column.Name, columnNames(t))
	}
	typ := t.Columns[i].Type
	if !isEventTime(typ) {
		return diag.New(codeWatermark, w.column.At, "Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, but the time field type is %s", typ).
			WithHint("%s", adviseTime(typ, w.column.Name, columnNames(t)))
	}
	sc, err := tableScope(t)
	if err != nil {
		return err
	}
	r := newResolver(d.env)
	var e plan.Expr
	at, text := d.at, w.text
	if w.expr != nil {
		at, text = w.expr.Span(), ast.PrintQuoted(w.expr)
		x := expressions{r: r, scope: sc.all, clause: "a watermark"}
		e, err = x.value(w.expr)
	} else {
		e, err = r.storedExpr(t.Name, text, sc.all, d.at)
	}
	if err != nil {
		return d.broken(err, w.expr == nil, "watermark "+text)
	}
	if got := e.Type(); !isEventTime(got) {
		return diag.New(codeWatermark, at, "Invalid data type of expression for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, but the watermark expression type is %s", got)
	} else if got.Kind != typ.Kind {
		return diag.New(codeWatermark, at, "Invalid data type of expression for watermark definition. The time field is %s, but the watermark expression type is %s", typ, got)
	}
	t.Columns[i].Type.Rowtime = true
	t.Watermark = &catalog.Watermark{Column: w.column.Name, Expr: text}
	return nil
}

// finishPlacement sets by which columns the table is partitioned, and checks that its connector knows its metadata
// columns.
func (d *draft) finishPlacement() error {
	t := &d.table
	var errs problems
	c, known := catalog.LookupConnector(t.Options["connector"]) // that it is not is told elsewhere
	for _, column := range d.columns {
		if column.Metadata == "" || !known || slices.Contains(c.Metadata, column.Metadata) {
			continue
		}
		e := diag.New(codeNoColumn, column.metadataAt, "Invalid metadata key '%s' in column '%s' of table '%s'", column.Metadata, column.Name, t.Path())
		if len(c.Metadata) == 0 {
			e.WithHint("tables of the connector '%s' have no metadata columns", c.Name)
		} else {
			e.WithHint("the keys of the connector '%s' are %s", c.Name, strings.Join(c.Metadata, ", "))
		}
		errs.add(e)
	}
	for _, name := range d.partitions {
		i := d.column(name.Name)
		switch {
		case i < 0:
			errs.add(suggest(diag.New(codeNoColumn, name.At, "Partition column '%s' not defined in the table schema", name.Name), name.Name, d.columnNames()))
		case !written(d.columns[i].Column):
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

// take adds the columns of CREATE TABLE … AS's query, whose names differ: in the order of the list of names, if there is one, and with the
// types that the statement declares. Columns that are only declared come first.
func (d *draft) take(stmt *ast.CreateTable, query []vector.Field) error {
	given := map[string]vector.Type{}
	for _, f := range query {
		given[f.Name] = f.Type
	}
	names := make([]ast.Ident, len(query))
	for i, f := range query {
		names[i] = ast.Ident{Pos: ast.Pos{At: stmt.As.At}, Name: f.Name}
	}
	if len(stmt.Names) > 0 {
		if len(stmt.Names) != len(query) {
			return diag.New(codeMismatch, stmt.Name.At, "The number of columns in the column list must match the number of columns in the source schema: %d names, %d columns", len(stmt.Names), len(query))
		}
		for i, n := range stmt.Names {
			names[i] = n.Parts[len(n.Parts)-1]
		}
	}
	declared := d.columns
	d.columns = slices.DeleteFunc(slices.Clone(declared), func(c draftColumn) bool { _, ok := given[c.Name]; return ok })
	for _, n := range names {
		t, ok := given[n.Name]
		if !ok {
			return suggest(diag.New(codeNoColumn, n.At, "Column '%s' not found in the source schema", n.Name), n.Name, slices.Sorted(maps.Keys(given)))
		}
		delete(given, n.Name)
		if i := slices.IndexFunc(declared, func(c draftColumn) bool { return c.Name == n.Name }); i >= 0 {
			if !written(declared[i].Column) {
				return diag.New(codeInsert, declared[i].at, "A column named '%s' already exists in the source schema. Computed and metadata columns can't be given by the query", n.Name)
			}
			d.columns = append(d.columns, declared[i])
			continue
		}
		d.columns = append(d.columns, draftColumn{Column: catalog.Column{Name: n.Name, Type: t.Plain()}, at: n.At})
	}
	return nil
}
