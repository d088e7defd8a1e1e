package planner

import (
	"fmt"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// Table checks CREATE TABLE and makes the table; it registers nothing. Errors are *diag.Diagnostic, or a diag.List of
// several.
func Table(stmt *ast.CreateTable, env *Env) (*catalog.Table, error) {
	t, err := table(stmt, env)
	return t, in(err, env.Source)
}

func table(stmt *ast.CreateTable, env *Env) (*catalog.Table, error) {
	d, err := newDraft(stmt, env)
	if err != nil {
		return nil, err
	}
	if err := tableClause(stmt); err != nil {
		return nil, err
	}
	if stmt.Like != nil {
		err = d.like(stmt)
	} else {
		err = d.declare(stmt)
	}
	if err != nil {
		return nil, err
	}
	return d.finish()
}

// TableAs checks CREATE TABLE … AS and makes the table with the query's columns, and the INSERT that fills it once the
// table is registered. Columns that the statement declares and the query does not give come first; a type that the
// statement declares for a column of the query is the table's.
func TableAs(stmt *ast.CreateTable, env *Env) (*catalog.Table, *ast.Insert, error) {
	t, insert, err := tableAs(stmt, env)
	return t, insert, in(err, env.Source)
}

func tableAs(stmt *ast.CreateTable, env *Env) (*catalog.Table, *ast.Insert, error) {
	d, err := newDraft(stmt, env)
	if err != nil {
		return nil, nil, err
	}
	if err := tableClause(stmt); err != nil {
		return nil, nil, err
	}
	node, err := resolveQuery(stmt.As, env)
	if err != nil {
		return nil, nil, err
	}
	if err := d.declare(stmt); err != nil {
		return nil, nil, err
	}
	insert := &ast.Insert{Pos: stmt.Pos, Table: stmt.Name, Query: stmt.As}
	if len(stmt.Columns) > 0 || len(stmt.Names) > 0 {
		for _, f := range node.Schema() {
			insert.Columns = append(insert.Columns, ast.Ident{Pos: ast.Pos{At: stmt.As.At}, Name: f.Name, Quoted: true})
		}
	}
	if err := d.take(stmt, node.Schema()); err != nil {
		return nil, nil, err
	}
	t, err := d.finish()
	if err != nil {
		return nil, nil, err
	}
	if err := canWrite(t, stmt.Name.At); err != nil {
		return nil, nil, err
	}
	return t, insert, nil
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
	return spread(t, at)
}

// spread refuses a table whose rows should lie in buckets, which no connector does.
func spread(t *catalog.Table, at diag.Span) error {
	if t.Distribution == nil {
		return nil
	}
	return unsupported(at, fmt.Sprintf("using table '%s', which is DISTRIBUTED, is", t.Path())).WithHint("take it away: ALTER TABLE %s DROP DISTRIBUTION", ast.QuoteIdent(t.Name))
}

// tableClause refuses what the language has in CREATE TABLE and weir does not.
func tableClause(stmt *ast.CreateTable) error {
	var errs problems
	for _, c := range stmt.Columns {
		if c.Constraint != nil {
			errs.add(keyClause(c.Constraint))
		}
	}
	for i := range stmt.Constraints {
		errs.add(keyClause(&stmt.Constraints[i].Constraint))
	}
	if stmt.Watermark != nil {
		errs.add(watermarkClause(stmt.Watermark))
	}
	return errs.err()
}

func keyClause(c *ast.Constraint) error {
	if c.Unique {
		return unsupported(c.At, "a UNIQUE constraint is")
	}
	if c.Enforcement != ast.NotEnforced {
		return diag.New(codePrimaryKey, c.At, "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint, and neither does weir: who writes the data must see to it that the key is unique").
			WithHint("add NOT ENFORCED")
	}
	return nil
}

func watermarkClause(w *ast.WatermarkDef) error {
	if len(w.Fields) > 0 {
		return unsupported(w.Column.At.To(w.Fields[len(w.Fields)-1].At), "a watermark on a field of a column is")
	}
	return nil
}

// isEventTime reports whether a type can be a rowtime: one with milliseconds.
func isEventTime(t vector.Type) bool { return t.IsTimestamp() && t.Precision <= 3 }
