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

// insert resolves INSERT INTO: the query's columns go to the physical columns of the table, by position or by the list
// of columns.
func (r *resolver) insert(s *ast.Insert) (logical.Node, error) {
	if s.Overwrite {
		return nil, unsupported(s.At, "INSERT OVERWRITE is")
	}
	if len(s.Partition) > 0 {
		return nil, unsupported(s.Partition[0].At, "INSERT into a PARTITION is")
	}
	hints, err := r.tableHints(s.Hints)
	if err != nil {
		return nil, err
	}
	name := s.Table.Parts[len(s.Table.Parts)-1]
	if !qualifies(s.Table.Parts) {
		return nil, noCatalog(s.Table)
	}
	t, v, ok := r.env.Catalog.Lookup(name.Name)
	if !ok {
		return nil, suggest(diag.New(codeNoTable, s.Table.At, "Cannot find table '`default_catalog`.`default_database`.`%s`' in any of the catalogs [default_catalog], nor as a temporary table", name.Name),
			name.Name, r.env.Catalog.Names())
	}
	if v != nil {
		return nil, diag.New(codeDirection, s.Table.At, "'%s' is a view: rows cannot be inserted into it", v.Name)
	}
	options := maps.Clone(t.Options)
	if options == nil {
		options = map[string]string{}
	}
	if err := hints.merge(t, options); err != nil {
		return nil, err
	}
	if err := canWrite(t, s.Table.At); err != nil {
		return nil, err
	}
	targets, err := insertTargets(t, s)
	if err != nil {
		return nil, err
	}
	node, err := r.query(s.Query, context{})
	if err != nil {
		return nil, err
	}
	block := node.Block()
	input, out, err := fit(node, t, targets, s)
	if err != nil {
		return nil, err
	}
	n := &logical.Sink{Base: logical.Base{Out: out, In: []logical.Node{input}, Blk: block}, Table: t, Options: options,
		Parallelism: hints.parallelism, Max: hints.max, At: s.Table.At}
	if n.Max == 0 && block != nil {
		n.Max = block.NamedMax["sink"]
	}
	return n, nil
}

// written says whether a column is one of those that INSERT gives.
func written(c catalog.Column) bool { return c.Expr == "" && c.Metadata == "" }

// insertTargets finds for each physical column of the table the column of the query that goes there, -1 for none.
func insertTargets(t *catalog.Table, s *ast.Insert) (map[int]int, error) {
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
			if written(c) {
				targets[i] = len(targets)
			}
		}
		return targets, nil
	}
	for i, c := range t.Columns {
		if written(c) {
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
		case targets[at] >= 0:
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
func fit(node logical.Node, t *catalog.Table, targets map[int]int, s *ast.Insert) (logical.Node, []vector.Field, error) {
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
	for i, c := range t.Columns {
		from, ok := targets[i]
		if !ok {
			continue
		}
		position := len(out)
		target := c.Type.Plain()
		out = append(out, vector.Field{Name: c.Name, Type: target})
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
