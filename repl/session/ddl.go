package session

import (
	"fmt"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
	"weir/vector"
)

// place checks that a new object's name lies in the one database.
func place(name ast.Name) error {
	if !local(name) {
		return diag.New(codeObject, name.Span(), "the database of '%s' doesn't exist", name).WithHint("weir has the one database default_catalog.default_database")
	}
	return nil
}

// exists is the error for a name that is taken.
func exists(name ast.Name) *diag.Diagnostic {
	return diag.New(codeObject, name.Span(), "table or view '%s' already exists", path(name)).WithHint("write IF NOT EXISTS to keep what is there, or DROP it first")
}

// createTable handles CREATE TABLE, and CREATE TABLE … AS.
func (r *running) createTable(x *ast.CreateTable) error {
	if err := place(x.Name); err != nil {
		return err
	}
	done := Done{Verb: "CREATE TABLE"}
	if r.Catalog.Exists(last(x.Name), x.Temporary) {
		if x.IfNotExists {
			return r.finish(done)
		}
		return exists(x.Name)
	}
	if x.As != nil {
		return r.createTableAs(x)
	}
	t, err := planner.Table(x, r.env())
	if err != nil {
		return err
	}
	if err := r.Catalog.AddTable(t); err != nil {
		return exists(x.Name)
	}
	return r.finish(done)
}

// createTableAs makes a table with the query's columns and runs the query into it. Where the job fails the table stays,
// as in Flink.
func (r *running) createTableAs(x *ast.CreateTable) error {
	t, insert, err := planner.TableAs(x, r.env())
	if err != nil {
		return err
	}
	if err := r.Catalog.AddTable(t); err != nil {
		return exists(x.Name)
	}
	return r.insert(insert)
}

// createView handles CREATE VIEW: the query is resolved now, and its star frozen.
func (r *running) createView(x *ast.CreateView) error {
	if err := place(x.Name); err != nil {
		return err
	}
	done := Done{Verb: "CREATE VIEW"}
	if r.Catalog.Exists(last(x.Name), x.Temporary) {
		if x.IfNotExists {
			return r.finish(done)
		}
		return exists(x.Name)
	}
	v, err := planner.View(x, r.env())
	if err != nil {
		return err
	}
	if err := r.Catalog.AddView(v); err != nil {
		return exists(x.Name)
	}
	return r.finish(done)
}

// drop handles DROP TABLE and DROP VIEW. A temporary object hides a permanent one of its name, so it goes first, by
// DROP TEMPORARY.
func (r *running) drop(x *ast.Drop) error {
	done := Done{Verb: "DROP " + x.Kind}
	name := last(x.Name)
	table, view, ok := r.Catalog.Lookup(name)
	if !local(x.Name) || !ok {
		if x.IfExists {
			return r.finish(done)
		}
		return r.missing(x.Name, fmt.Sprintf("%s with the identifier", noun(x.Kind)))
	}
	hidden := table != nil && table.Temporary || view != nil && view.Temporary
	if hidden && !x.Temporary {
		return diag.New(codeObject, x.Name.Span(), "there is a temporary object named '%s': drop it first", path(x.Name)).WithHint("write DROP TEMPORARY %s %s", x.Kind, name)
	}
	dropped := false
	if x.Kind == "VIEW" {
		dropped = r.Catalog.DropView(name, x.Temporary)
	} else {
		dropped = r.Catalog.DropTable(name, x.Temporary)
	}
	if !dropped && !x.IfExists {
		d := diag.New(codeObject, x.Name.Span(), "%s with the identifier '%s' doesn't exist", noun(x.Kind), path(x.Name))
		switch {
		case x.Temporary && !hidden:
			return d.WithHint("'%s' is not temporary", name)
		case table != nil:
			return d.WithHint("'%s' is a table: write DROP TABLE", name)
		}
		return d.WithHint("'%s' is a view: write DROP VIEW", name)
	}
	return r.finish(done)
}

func noun(kind string) string {
	if kind == "VIEW" {
		return "view"
	}
	return "table"
}

// columnsOf lists an object's columns with their types.
func columnsOf(t *catalog.Table, v *catalog.View) []vector.Field {
	if v != nil {
		return v.Columns
	}
	fields := make([]vector.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = vector.Field{Name: c.Name, Type: c.Type}
	}
	return fields
}
