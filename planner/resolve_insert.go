package planner

import (
	"fmt"
	"maps"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// target finds the table that an INSERT writes into, with the hints behind it; into is that where the catalog does not
// have it yet.
func (r *resolver) target(into *catalog.Table, s *ast.Insert) (*catalog.Table, *tableHints, error) {
	hints, err := r.tableHints(s.Hints)
	if err != nil || into != nil {
		return into, hints, err
	}
	id, err := Identify(r.env.Catalog, s.Table)
	if err != nil {
		return nil, hints, err
	}
	t, v, ok := r.env.Catalog.Lookup(id)
	if !ok {
		return nil, hints, suggest(diag.New(codeNoTable, s.Table.At, "Cannot find table '%s' in any of the catalogs [%s], nor as a temporary table",
			QuotedPath(id), strings.Join(r.env.Catalog.Catalogs(), ", ")), id.Name, r.env.Catalog.Objects(id.Catalog, id.Database))
	}
	if v != nil {
		return nil, hints, diag.New(codeDirection, s.Table.At, "'%s' is a view: rows cannot be inserted into it", v.Name)
	}
	if err := canWrite(t, s.Table.At); err != nil {
		return nil, hints, err
	}
	if s.Overwrite {
		return t, hints, r.canOverwrite(t, s)
	}
	return t, hints, nil
}

// canOverwrite refuses INSERT OVERWRITE where the table only takes more rows, and where it is not known that the new ones
// are all there.
func (r *resolver) canOverwrite(t *catalog.Table, s *ast.Insert) error {
	c, err := connectorOf(t, t.Options, s.Table.At)
	switch {
	case err != nil:
		return err
	case !c.Overwritten:
		return diag.New(codeOverwrite, s.Table.At, "INSERT OVERWRITE: what table '%s' has can't be replaced, its connector '%s' only takes more rows", t.Path(), c.Name).
			WithHint("write INSERT INTO")
	case !r.batch:
		return diag.New(codeOverwrite, s.Table.At, "INSERT OVERWRITE of table '%s' needs batch mode: a stream never has all of its rows", t.Path()).
			WithHint("SET 'execution.runtime-mode' = 'batch' before it, or write INSERT INTO")
	}
	return nil
}

// insertInto resolves INSERT: the query's columns go to the physical columns of the table, by position or by the list of
// columns; those of PARTITION have their values from there. into is the table where the catalog does not have it yet.
func (r *resolver) insertInto(into *catalog.Table, s *ast.Insert) (logical.Node, error) {
	t, hints, err := r.target(into, s)
	if err != nil {
		return nil, err
	}
	fixed, err := r.staticPartition(t, s)
	if err != nil {
		return nil, err
	}
	options := maps.Clone(t.Options)
	if options == nil {
		options = map[string]string{}
	}
	if err := hints.merge(t, options); err != nil {
		return nil, err
	}
	targets, err := insertTargets(t, s, fixed)
	if err != nil {
		return nil, err
	}
	node, err := r.query(s.Query, context{})
	if err != nil {
		return nil, adviseNull(err, s, t, targets)
	}
	block := node.Block()
	input, out, err := r.fit(node, t, targets, fixed, s)
	if err != nil {
		return nil, err
	}
	n := &logical.Sink{Base: logical.Base{Out: out, In: []logical.Node{input}, Blk: block}, Table: t, Options: options,
		Parallelism: hints.parallelism, Max: hints.max, At: s.Table.At, Source: r.source, Overwrite: s.Overwrite, Static: fixed}
	if n.Max == 0 && block != nil {
		n.Max = block.NamedMax["sink"]
	}
	return n, nil
}

// written says whether a column is one of those that INSERT gives.
func written(c catalog.Column) bool { return c.Expr == "" && c.Metadata == "" }

// insertTargets finds for each physical column of the table the column of the query that goes there, -1 for none. Those
// that are fixed have their values elsewhere.
func insertTargets(t *catalog.Table, s *ast.Insert, fixed map[string]*plan.Literal) (map[int]int, error) {
	targets := map[int]int{}
	var errs problems
	for _, c := range t.Columns {
		if c.Metadata != "" && !c.Virtual {
			errs.add(diag.New(codeInsert, s.Table.At, "Column '%s' of table '%s' is metadata that can't be written", c.Name, t.Path()).
				WithHint("declare it METADATA … VIRTUAL: then it is only read"))
		}
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	if len(s.Columns) == 0 {
		for i, c := range t.Columns {
			if written(c) && fixed[c.Name] == nil {
				targets[i] = len(targets)
			}
		}
		return targets, nil
	}
	for i, c := range t.Columns {
		if written(c) && fixed[c.Name] == nil {
			targets[i] = -1
		}
	}
	for i, name := range s.Columns {
		at := t.Column(name.Name)
		switch {
		case at < 0:
			d := suggest(diag.New(codeNoColumn, name.At, "Unknown target column '%s'", name.Name), name.Name, columnNames(t))
			errs.add(d.WithNote("columns: %s", listed(columnNames(t))))
		case t.Columns[at].Expr != "":
			errs.add(diag.New(codeInsert, name.At, "Target column '%s' is computed: it cannot be written", name.Name))
		case t.Columns[at].Metadata != "":
			errs.add(diag.New(codeInsert, name.At, "Target column '%s' is metadata: it cannot be written", name.Name))
		case fixed[name.Name] != nil || targets[at] >= 0:
			errs.add(diag.New(codeInsert, name.At, "Target column '%s' is assigned more than once", name.Name))
		default:
			targets[at] = i
		}
	}
	for i, c := range t.Columns {
		if from, ok := targets[i]; ok && from < 0 && !c.Type.Nullable {
			errs.add(diag.New(codeInsert, s.Table.At, "Column '%s' has no default value and does not allow NULLs", c.Name))
		}
	}
	return targets, errs.err()
}

// fit casts and arranges the query's columns as the sink's. A query that does so already stays as it is.
func (r *resolver) fit(node logical.Node, t *catalog.Table, targets map[int]int, fixed map[string]*plan.Literal, s *ast.Insert) (logical.Node, []vector.Field, error) {
	schema := node.Schema()
	var exprs []plan.Expr
	var out []vector.Field
	straight := true
	asked := 0
	for _, from := range targets {
		if from >= 0 {
			asked++
		}
	}
	if len(s.Columns) > 0 && len(schema) != len(s.Columns) {
		return nil, nil, diag.New(codeInsert, s.Query.At, "Number of INSERT target columns (%d) does not equal number of source items (%d)", len(s.Columns), len(schema))
	}
	if len(schema) != asked {
		d := doNotMatch(schema, t, s, "Different number of columns")
		if len(s.Columns) == 0 && len(schema) < asked {
			return nil, nil, d.WithHint("select all of the sink's columns, or name those that the query gives: INSERT INTO %s (…) SELECT …", t.Name)
		}
		return nil, nil, d.WithHint("select as many columns as the sink has")
	}
	enforcer, _ := r.env.Settings.Get("table.exec.sink.type-length-enforcer")
	for i, c := range t.Columns {
		from, ok := targets[i]
		if !ok && fixed[c.Name] == nil {
			continue
		}
		position := len(out)
		target := c.Type.Plain()
		out = append(out, vector.Field{Name: c.Name, Type: target})
		if !ok {
			exprs = append(exprs, fixed[c.Name])
			straight = false
			continue
		}
		if from < 0 {
			exprs = append(exprs, null(target, diag.Span{}))
			straight = false
			continue
		}
		have := schema[from]
		if _, fits := catalog.Castable(have.Type.Plain(), target); !fits {
			return nil, nil, doNotMatch(schema, t, s, fmt.Sprintf("Incompatible types for sink column '%s' at position %d", c.Name, position)).
				WithHint("CAST the query's columns to the sink's types")
		}
		e := implicit(&plan.Column{Index: from, Name: have.Name, T: have.Type}, target)
		if _, as := e.(*plan.Column); as && enforcer == "TRIM_PAD" && bounded(target) {
			e = trimmed(e, target)
		}
		if column, ok := e.(*plan.Column); !ok || column.Index != position {
			straight = false
		}
		exprs = append(exprs, e)
	}
	if straight {
		return node, out, nil
	}
	names := make([]string, len(out))
	for i, f := range out {
		names[i] = f.Name
	}
	return project(node, exprs, names, node.Block()), out, nil
}

// bounded reports whether a type bounds the length of its values.
func bounded(t vector.Type) bool {
	return (t.IsString() || t.IsBytes()) && t.Precision != vector.MaxLength
}

// trimmed brings values to the length of their type, which sources don't ask for. A cast to the type that they have does
// nothing; one that goes by way of the unbounded type does.
func trimmed(e plan.Expr, t vector.Type) plan.Expr {
	long := vector.StringType
	if t.IsBytes() {
		long = vector.BytesType
	}
	nullable := e.Type().Nullable
	return &plan.Cast{X: &plan.Cast{X: e, T: long.WithNullable(nullable), Implicit: true}, T: t.WithNullable(nullable), Implicit: true}
}

// doNotMatch is Flink's message about a query that does not fit its sink, with both schemas.
func doNotMatch(query []vector.Field, t *catalog.Table, s *ast.Insert, cause string) *diag.Diagnostic {
	var sink []vector.Field
	for _, c := range t.Columns {
		if written(c) {
			sink = append(sink, vector.Field{Name: c.Name, Type: c.Type})
		}
	}
	return diag.New(codeInsert, s.Query.At, "Column types of query result and sink for '%s' do not match. Cause: %s", t.Path(), cause).
		WithNote("Query schema: %s", schemaText(query)).
		WithNote("Sink schema:  %s", schemaText(sink))
}

func schemaText(fields []vector.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Name + ": " + f.Type.Plain().String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
