package planner

import (
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
)

// Alter makes the table that ALTER TABLE leaves of one: t stays as it is, and nothing is registered. RENAME TO is the
// session's.
func Alter(stmt *ast.Alter, t *catalog.Table, env *Env) (*catalog.Table, error) {
	d := draftOf(t, stmt.Name.At, env)
	if err := d.alter(stmt); err != nil {
		return nil, in(err, env.Source)
	}
	altered, err := d.finish()
	return altered, in(err, env.Source)
}

func (d *draft) alter(stmt *ast.Alter) error {
	switch a := stmt.Action.(type) {
	case *ast.SetOptions:
		for _, o := range a.Options {
			d.set(o)
		}
		return nil
	case *ast.ResetOptions:
		return d.resetOptions(a)
	case *ast.ChangeSchema:
		for i := range a.Elements {
			if err := d.change(&a.Elements[i], a.Modify); err != nil {
				return err
			}
		}
		return nil
	case *ast.RenameColumn:
		return d.renameColumn(a)
	case *ast.DropColumns:
		return d.dropColumns(a)
	case *ast.DropConstraint:
		return d.dropConstraint(a)
	case *ast.DropPart:
		return d.dropPart(a)
	}
	return unsupported(stmt.Action.Span(), "this form of ALTER TABLE is")
}

func (d *draft) resetOptions(a *ast.ResetOptions) error {
	for _, o := range a.Keys {
		if o.Key == "connector" {
			return diag.New(codeAlter, o.Span, "ALTER TABLE RESET does not support changing 'connector'").WithHint("write SET ('connector' = '…')")
		}
		delete(d.table.Options, o.Key)
		delete(d.table.OptionSpans, o.Key)
	}
	return nil
}

// change adds or modifies one thing.
func (d *draft) change(e *ast.SchemaElement, modify bool) error {
	switch {
	case e.Column != nil:
		return d.changeColumn(e, modify)
	case e.Constraint != nil:
		return d.changeKey(e.Constraint, modify)
	case e.Watermark != nil:
		return d.changeWatermark(e.Watermark, modify)
	}
	return d.changeDistribution(e.Distribution, modify)
}

func (d *draft) changeColumn(e *ast.SchemaElement, modify bool) error {
	if len(e.Column.Parents) > 0 {
		return unsupported(e.Column.At, "changing a field of a column is")
	}
	c, err := spell(*e.Column)
	if err != nil {
		return err
	}
	at := d.column(c.Name)
	switch {
	case modify && at < 0:
		return suggest(diag.New(codeAlter, c.at, "Try to modify a column `%s` which does not exist in the table", c.Name), c.Name, d.columnNames())
	case !modify && at >= 0:
		return diag.New(codeAlter, c.at, "Try to add a column `%s` which already exists in the table", c.Name).WithHint("MODIFY changes it")
	case modify:
		d.columns = slices.Delete(d.columns, at, at+1)
	default:
		at = len(d.columns)
	}
	switch {
	case e.First:
		at = 0
	case e.After != nil:
		name := e.After.Parts[len(e.After.Parts)-1]
		if len(e.After.Parts) > 1 {
			return unsupported(e.After.At, "changing a field of a column is")
		}
		if at = d.column(name.Name) + 1; at == 0 {
			return suggest(diag.New(codeAlter, name.At, "Referenced column `%s` by 'AFTER' does not exist in the table", name.Name), name.Name, d.columnNames())
		}
	}
	d.columns = slices.Insert(d.columns, at, c)
	if e.Column.Constraint != nil {
		return d.changeKey(&ast.ConstraintDef{Constraint: *e.Column.Constraint, Columns: []ast.Ident{e.Column.Name}}, modify)
	}
	return nil
}

func (d *draft) changeKey(c *ast.ConstraintDef, modify bool) error {
	if err := keyClause(&c.Constraint); err != nil {
		return err
	}
	switch {
	case modify && d.key == nil:
		return diag.New(codeAlter, c.At, "The base table does not define any primary key constraint").WithHint("ADD adds one")
	case !modify && d.key != nil:
		return diag.New(codeAlter, c.At, "The base table has already defined the primary key constraint [%s]", identNames(d.key.columns)).WithHint("MODIFY changes it, DROP PRIMARY KEY drops it")
	}
	d.key = spellKey(&c.Constraint, c.Columns)
	return nil
}

func (d *draft) changeWatermark(w *ast.WatermarkDef, modify bool) error {
	if err := watermarkClause(w); err != nil {
		return err
	}
	switch {
	case modify && d.watermark == nil:
		return diag.New(codeAlter, w.At, "The base table does not define any watermark").WithHint("ADD adds one")
	case !modify && d.watermark != nil:
		return diag.New(codeAlter, w.At, "The base table has already defined the watermark strategy `%s` AS %s", d.watermark.column.Name, d.watermark.text).WithHint("MODIFY changes it, DROP WATERMARK drops it")
	}
	d.watermark = &draftWatermark{column: w.Column, expr: w.Expr}
	return nil
}

func (d *draft) changeDistribution(x *ast.Distribution, modify bool) error {
	switch have := d.table.Distribution; {
	case modify && have == nil:
		return diag.New(codeAlter, x.At, "The base table does not define any distribution").WithHint("ADD adds one")
	case !modify && have != nil:
		return diag.New(codeAlter, x.At, "The base table has already defined a distribution").WithHint("MODIFY changes it, DROP DISTRIBUTION drops it")
	}
	for _, c := range x.Columns {
		if d.column(c.Name) < 0 {
			return suggest(diag.New(codeNoColumn, c.At, "Distribution column '%s' not defined in the table schema", c.Name), c.Name, d.columnNames())
		}
	}
	d.table.Distribution = distribution(x)
	return nil
}

// renameColumn renames a column, in the primary key too; other uses of its name forbid it.
func (d *draft) renameColumn(a *ast.RenameColumn) error {
	if len(a.From.Parts) > 1 || len(a.To.Parts) > 1 {
		return unsupported(a.At, "changing a field of a column is")
	}
	from, to := a.From.Parts[0], a.To.Parts[0]
	i := d.column(from.Name)
	switch {
	case i < 0:
		return d.noColumn(from)
	case d.column(to.Name) >= 0:
		return diag.New(codeAlter, to.At, "The column `%s` already existed in table schema", to.Name)
	}
	readers, err := d.readers()
	if err != nil {
		return err
	}
	if err := d.unused(from, false, readers); err != nil {
		return err
	}
	d.columns[i].Name = to.Name
	if d.key != nil {
		for j, c := range d.key.columns {
			if c.Name == from.Name {
				d.key.columns[j].Name = to.Name
			}
		}
	}
	return nil
}

func (d *draft) dropColumns(a *ast.DropColumns) error {
	there, seen := map[string]bool{}, map[string]bool{}
	for _, c := range d.columns {
		there[c.Name] = true
	}
	for _, n := range a.Columns {
		name := n.Parts[0]
		switch {
		case len(n.Parts) > 1:
			return unsupported(n.At, "changing a field of a column is")
		case !there[name.Name]:
			return d.noColumn(name)
		case seen[name.Name]:
			return diag.New(codeAlter, name.At, "Duplicate column `%s`", name.Name)
		}
		seen[name.Name] = true
	}
	d.columns = slices.DeleteFunc(d.columns, func(c draftColumn) bool { return seen[c.Name] })
	readers, err := d.readers()
	if err != nil {
		return err
	}
	for _, n := range a.Columns {
		if err := d.unused(n.Parts[0], true, readers); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) noColumn(name ast.Ident) error {
	return suggest(diag.New(codeAlter, name.At, "The column `%s` does not exist in the base table", name.Name), name.Name, d.columnNames())
}

// readers says of each column of the table that is altered which computed column, or "" for the watermark, reads it.
func (d *draft) readers() (map[string]string, error) {
	sc, err := tableScope(d.base)
	if err != nil {
		return nil, err
	}
	read := map[string]string{}
	note := func(text string, sc *scope, reader string) error {
		e, err := newResolver(d.env).storedExpr(d.base.Name, text, sc, d.at)
		if err != nil {
			return err
		}
		plan.Walk(func(e plan.Expr) {
			if c, ok := e.(*plan.Column); ok {
				read[d.base.Columns[c.Index].Name] = reader
			}
		}, e)
		return nil
	}
	if w := d.watermark; w != nil {
		if err := note(w.text, sc.all, ""); err != nil {
			return nil, err
		}
		read[w.column.Name] = ""
	}
	for _, c := range d.columns {
		if c.Expr == "" {
			continue
		}
		if err := note(c.Expr, sc.physical, c.Name); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// unused refuses to take a column's name away where something else needs it.
func (d *draft) unused(name ast.Ident, key bool, readers map[string]string) error {
	switch reader, read := readers[name.Name]; {
	case read && reader == "":
		return diag.New(codeAlter, name.At, "The column `%s` is referenced by watermark expression", name.Name).WithHint("DROP WATERMARK first")
	case read:
		return diag.New(codeAlter, name.At, "The column `%s` is referenced by computed column `%s`", name.Name, reader)
	}
	named := func(columns []ast.Ident) bool {
		return slices.ContainsFunc(columns, func(c ast.Ident) bool { return c.Name == name.Name })
	}
	switch {
	case key && d.key != nil && named(d.key.columns):
		return diag.New(codeAlter, name.At, "The column `%s` is used as the primary key", name.Name).WithHint("DROP PRIMARY KEY first")
	case named(d.partitions):
		return diag.New(codeAlter, name.At, "The column `%s` is used as the partition keys", name.Name)
	case d.table.Distribution != nil && slices.Contains(d.table.Distribution.Columns, name.Name):
		return diag.New(codeAlter, name.At, "The column `%s` is used as a distribution key", name.Name).WithHint("DROP DISTRIBUTION first")
	}
	return nil
}

func (d *draft) dropConstraint(a *ast.DropConstraint) error {
	switch {
	case d.key == nil:
		return diag.New(codeAlter, a.At, "The base table does not define any primary key")
	case d.key.name != a.Name.Name:
		return suggest(diag.New(codeAlter, a.Name.At, "The base table does not define a primary key constraint named '%s'", a.Name.Name), a.Name.Name, []string{d.key.name}).WithNote("Available constraint name: ['%s']", d.key.name)
	}
	d.key = nil
	return nil
}

func (d *draft) dropPart(a *ast.DropPart) error {
	switch {
	case a.What == "PRIMARY KEY" && d.key != nil:
		d.key = nil
	case a.What == "WATERMARK" && d.watermark != nil:
		d.watermark = nil
	case a.What == "DISTRIBUTION" && d.table.Distribution != nil:
		d.table.Distribution = nil
	case a.What == "WATERMARK":
		return diag.New(codeAlter, a.At, "The base table does not define any watermark strategy")
	default:
		return diag.New(codeAlter, a.At, "The base table does not define any %s", strings.ToLower(a.What))
	}
	return nil
}

func identNames(columns []ast.Ident) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = ast.QuoteIdent(c.Name)
	}
	return strings.Join(names, ", ")
}
