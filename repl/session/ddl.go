package session

import (
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
	"weir/vector"
)

// place finds where a new object goes. The database of a permanent one must exist.
func (r *running) place(name ast.Name, temporary bool) (catalog.Identifier, error) {
	id, err := planner.Identify(r.Catalog, name)
	if err == nil && !temporary {
		err = r.databaseExists(id.Catalog, id.Database, name.Span())
	}
	return id, err
}

// exists is the error for a name that is taken.
func exists(id catalog.Identifier, at diag.Span) *diag.Diagnostic {
	return diag.New(codeObject, at, "table or view '%s' already exists", id.Path()).WithHint("write IF NOT EXISTS to keep what is there, or DROP it first")
}

// createTable handles CREATE TABLE, CREATE TABLE … AS, and REPLACE TABLE, which is for AS alone.
func (r *running) createTable(x *ast.CreateTable) error {
	done := Done{Verb: "CREATE TABLE"}
	skip, err := r.creatable(x)
	if err != nil {
		return err
	}
	if skip {
		return r.finish(done)
	}
	if x.As != nil {
		return r.createTableAs(x)
	}
	t, err := planner.Table(x, r.env())
	if err != nil {
		return err
	}
	r.Catalog.Put(t, nil)
	return r.finish(done)
}

// creatable refuses a table whose name is taken, or that is to replace what it can't. skip says that it is there, and that
// this is as good.
func (r *running) creatable(x *ast.CreateTable) (skip bool, err error) {
	id, err := r.place(x.Name, x.Temporary)
	if err != nil {
		return false, err
	}
	replaces := x.As != nil && (x.OrReplace || x.Replace)
	_, view, there := r.Catalog.Registered(id, x.Temporary)
	switch {
	case there && x.IfNotExists:
		return true, nil
	case there && !replaces:
		d := exists(id, x.Name.Span())
		if x.OrReplace || x.Replace {
			d.WithHint("a table is only replaced by one AS a query; DROP it first")
		}
		return false, d
	case there && view != nil:
		return false, diag.New(codeObject, x.Name.Span(), "'%s' is a view: a table can't replace it", id.Path()).WithHint("DROP VIEW it first")
	case !there && x.Replace:
		return false, diag.New(codeObject, x.Name.Span(), "the table '%s' to be replaced doesn't exist", id.Path()).WithHint("write CREATE OR REPLACE TABLE, or CREATE TABLE")
	}
	return false, nil
}

// createTableAs makes a table with the query's columns and runs the query into it. The query still means what it meant
// before there was the table: it may read one that is replaced. A table that was to be replaced stays if the query does
// not fit, or fails before the statement returns; without one the new table stays where the job fails, as in Flink.
func (r *running) createTableAs(x *ast.CreateTable) error {
	in, err := r.tableAs(x, r.src)
	if err != nil {
		return err
	}
	w := r.work(in.Statement)
	w.inserts[0] = in
	g, d, err := r.plan(w)
	if err != nil {
		return err
	}
	t := in.Into
	before, _, replaces := r.Catalog.Registered(t.Identifier, t.Temporary)
	r.Catalog.Put(t, nil)
	err = r.write(w, g, d)
	if err != nil && replaces {
		r.Catalog.Put(before, nil)
	}
	return err
}

// tableAs is what CREATE TABLE … AS in a text writes, and into what. A query that reads nothing but files will run in
// batch mode: there it must mean something.
func (r *running) tableAs(x *ast.CreateTable, source *diag.Source) (planner.Insert, error) {
	env := r.env()
	env.Source = source
	t, insert, err := planner.TableAs(x, env)
	if err != nil && onlyFiles(env.Read) && r.modeUnset() {
		batch, failed := r.batchEnv(env)
		if failed != nil {
			return planner.Insert{}, failed
		}
		if again, fits, failed := planner.TableAs(x, batch); failed == nil {
			t, insert, err = again, fits, nil
		}
	}
	return planner.Insert{Statement: insert, Source: source, Into: t}, err
}

// createView handles CREATE VIEW: the query is resolved now, and its star frozen.
func (r *running) createView(x *ast.CreateView) error {
	id, err := r.place(x.Name, x.Temporary)
	if err != nil {
		return err
	}
	done := Done{Verb: "CREATE VIEW"}
	switch table, _, there := r.Catalog.Registered(id, x.Temporary); {
	case there && x.IfNotExists:
		return r.finish(done)
	case there && !x.OrReplace:
		return exists(id, x.Name.Span())
	case table != nil:
		return diag.New(codeObject, x.Name.Span(), "'%s' is a table: a view can't replace it", id.Path()).WithHint("DROP TABLE it first")
	}
	v, err := planner.View(x, r.env())
	if err != nil {
		return err
	}
	r.Catalog.Put(nil, v)
	return r.finish(done)
}

// drop handles DROP TABLE and DROP VIEW. A temporary object hides a permanent one of its name, so it goes first, by
// DROP TEMPORARY.
func (r *running) drop(x *ast.Drop) error {
	done := Done{Verb: "DROP " + x.Kind}
	id, err := planner.Identify(r.Catalog, x.Name)
	if err != nil {
		return err
	}
	_, view, ok := r.Catalog.Lookup(id)
	_, _, hidden := r.Catalog.Registered(id, true)
	switch {
	case !ok && x.IfExists:
		return r.finish(done)
	case !ok:
		return r.missing(x.Name, noun(x.Kind)+" with the identifier")
	case hidden && !x.Temporary:
		return diag.New(codeObject, x.Name.Span(), "there is a temporary object named '%s': drop it first", id.Path()).WithHint("write DROP TEMPORARY %s %s", kindOf(view), x.Name)
	case (x.Kind == "VIEW") == (view != nil) && x.Temporary == hidden:
		r.Catalog.Drop(id, x.Temporary)
		return r.finish(done)
	case x.IfExists:
		return r.finish(done)
	}
	d := diag.New(codeObject, x.Name.Span(), "%s with the identifier '%s' doesn't exist", noun(x.Kind), id.Path())
	switch {
	case x.Temporary && !hidden:
		return d.WithHint("'%s' is not temporary", id.Name)
	case x.Temporary:
		return d.WithHint("write DROP TEMPORARY %s %s", kindOf(view), x.Name)
	}
	return d.WithHint("write DROP %s %s", kindOf(view), x.Name)
}

// kindOf is the word for an object: a view, or else a table.
func kindOf(v *catalog.View) string {
	if v != nil {
		return "VIEW"
	}
	return "TABLE"
}

// dropForeign handles DROP of what weir can't create: there is none.
func (r *running) dropForeign(x *ast.Drop) error {
	if x.IfExists {
		return r.finish(Done{Verb: "DROP " + x.Kind})
	}
	what := map[string]string{"FUNCTION": "function", "MATERIALIZED TABLE": "materialized table", "MODEL": "model", "CONNECTION": "connection"}[x.Kind]
	d := diag.New(codeObject, x.Name.Span(), "%s '%s' doesn't exist", what, x.Name)
	if x.Kind == "FUNCTION" && slices.Contains(functionNames(), strings.ToUpper(last(x.Name))) {
		d.WithHint("built-in functions can't be dropped")
	}
	return d
}

// alterTable handles ALTER TABLE. As in Flink a temporary table can't be altered.
func (r *running) alterTable(x *ast.Alter) error {
	done := Done{Verb: "ALTER TABLE"}
	id, err := planner.Identify(r.Catalog, x.Name)
	if err != nil {
		return err
	}
	t, v, ok := r.Catalog.Lookup(id)
	switch {
	case !ok && x.IfExists:
		return r.finish(done)
	case !ok:
		return r.missing(x.Name, "a table with the identifier")
	case v != nil:
		return diag.New(codeObject, x.Name.Span(), "ALTER TABLE for a view is not allowed").WithHint("write ALTER VIEW")
	case t.Temporary:
		return diag.New(codeObject, x.Name.Span(), "'%s' is a temporary table: it can't be altered", id.Path()).WithHint("drop it and create it anew")
	}
	if rename, ok := x.Action.(*ast.RenameTo); ok {
		moved := *t
		if moved.Identifier, err = r.renamed(id, rename); err != nil {
			return err
		}
		r.Catalog.Drop(id, false)
		r.Catalog.Put(&moved, nil)
		return r.finish(done)
	}
	altered, err := planner.Alter(x, t, r.env())
	if err != nil {
		return err
	}
	r.Catalog.Put(altered, nil)
	return r.finish(done)
}

// alterView handles ALTER VIEW.
func (r *running) alterView(x *ast.Alter) error {
	id, err := planner.Identify(r.Catalog, x.Name)
	if err != nil {
		return err
	}
	t, v, ok := r.Catalog.Lookup(id)
	switch {
	case !ok:
		return r.missing(x.Name, "a view with the identifier")
	case t != nil:
		return diag.New(codeObject, x.Name.Span(), "ALTER VIEW for a table is not allowed").WithHint("write ALTER TABLE")
	case v.Temporary:
		return diag.New(codeObject, x.Name.Span(), "'%s' is a temporary view: it can't be altered", id.Path()).WithHint("write CREATE OR REPLACE TEMPORARY VIEW")
	}
	done := Done{Verb: "ALTER VIEW"}
	switch a := x.Action.(type) {
	case *ast.RenameTo:
		moved := *v
		if moved.Identifier, err = r.renamed(id, a); err != nil {
			return err
		}
		r.Catalog.Drop(id, false)
		r.Catalog.Put(nil, &moved)
		return r.finish(done)
	case *ast.SetQuery:
		altered, err := planner.View(&ast.CreateView{Pos: x.Pos, Name: x.Name, Comment: v.Comment, Query: a.Query}, r.env())
		if err != nil {
			return err
		}
		r.Catalog.Put(nil, altered)
		return r.finish(done)
	}
	return diag.New(codeUnsupported, x.Action.Span(), "this form of ALTER VIEW is not supported")
}

// renamed is the new name of an object: it stays in its database.
func (r *running) renamed(id catalog.Identifier, x *ast.RenameTo) (catalog.Identifier, error) {
	to := id.Beside(last(x.Name))
	if len(x.Name.Parts) > 1 {
		said, err := planner.Identify(r.Catalog, x.Name)
		if err != nil {
			return to, err
		}
		if said != to {
			return to, diag.New(codeObject, x.Name.Span(), "renaming can't move '%s' to another database", id.Path()).WithHint("write RENAME TO %s", last(x.Name))
		}
	}
	if _, _, taken := r.Catalog.Registered(to, false); taken {
		return to, diag.New(codeObject, x.Name.Span(), "table or view '%s' already exists", to.Path())
	}
	return to, nil
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
