package planner

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// from resolves FROM and adds its relations to the scope.
func (r *resolver) from(f ast.From, sc *scope, cx context) (logical.Node, error) {
	cx.inner = true
	switch f := f.(type) {
	case nil:
		return one(cx.block), nil
	case *ast.TableRef:
		node, err := r.tableRef(f, cx)
		if err != nil {
			return nil, err
		}
		name := f.Name.Parts[len(f.Name.Parts)-1].Name
		if scan, ok := node.(*logical.Scan); ok && f.Name.File {
			name = scan.Table.Name
		}
		if err := r.introduce(sc, name, f.Alias, node.Schema(), f.At); err != nil {
			return nil, err
		}
		if f.Alias == nil && !f.Name.File {
			sc.relations[len(sc.relations)-1].id, _ = Identify(r.env.Catalog, f.Name)
		}
		return node, nil
	case *ast.Derived:
		node, err := r.query(f.Query, cx)
		if err != nil {
			return nil, err
		}
		return node, r.introduce(sc, "", f.Alias, node.Schema(), f.At)
	case *ast.TableFunction:
		node, err := r.tableFunction(f, cx)
		if err != nil {
			return nil, err
		}
		return node, r.introduce(sc, "", f.Alias, node.Schema(), f.At)
	case *ast.Unnest:
		return r.unnest(f, one(cx.block), sc, false, cx)
	case *ast.Join:
		return r.join(f, sc, cx)
	case *ast.MatchRecognize:
		return nil, unsupported(f.At, "MATCH_RECOGNIZE is")
	case *ast.Pivot:
		return nil, unsupported(f.At, "PIVOT is")
	case *ast.Unpivot:
		return nil, unsupported(f.At, "UNPIVOT is")
	case *ast.Sample:
		return nil, unsupported(f.At, "TABLESAMPLE is")
	}
	panic("planner: a table reference that is none")
}

// introduce adds a relation under its alias, with the alias's column names.
func (r *resolver) introduce(sc *scope, name string, alias *ast.Alias, fields []vector.Field, at diag.Span) error {
	if alias == nil {
		return sc.add(name, fields, at)
	}
	if len(alias.Columns) > 0 {
		var err error
		if fields, err = renamed(fields, alias.Columns, alias.Name.At); err != nil {
			return err
		}
	}
	return sc.add(alias.Name.Name, fields, at)
}

// renamed gives columns the names of a list, which must be as many.
func renamed(fields []vector.Field, names []ast.Ident, at diag.Span) ([]vector.Field, error) {
	if len(names) != len(fields) {
		var have []string
		for _, f := range fields {
			have = append(have, "'"+f.Name+"'")
		}
		return nil, diag.New(codeMismatch, at, "List of column aliases must have same degree as table; table has %d columns (%s), whereas alias list has %d columns",
			len(fields), strings.Join(have, ", "), len(names))
	}
	out := make([]vector.Field, len(fields))
	seen := map[string]bool{}
	for i, n := range names {
		if seen[n.Name] {
			return nil, diag.New(codeDuplicate, n.At, "Duplicate name '%s' in column list", n.Name)
		}
		seen[n.Name] = true
		out[i] = vector.Field{Name: n.Name, Type: fields[i].Type}
	}
	return out, nil
}

// rename gives a node's columns other names.
func rename(n logical.Node, fields []vector.Field, block *logical.Block) logical.Node {
	exprs, names := make([]plan.Expr, len(fields)), make([]string, len(fields))
	for i, f := range n.Schema() {
		exprs[i], names[i] = &plan.Column{Index: i, Name: f.Name, T: f.Type}, fields[i].Name
	}
	return project(n, exprs, names, block)
}

// join resolves the one kind of join there is: with the elements of a collection of the left side.
func (r *resolver) join(j *ast.Join, sc *scope, cx context) (logical.Node, error) {
	u, ok := j.Right.(*ast.Unnest)
	if !ok || j.Natural {
		return nil, unsupported(j.At, "joining tables is")
	}
	left := false
	switch {
	case j.Kind == "CROSS":
	case (j.Kind == "LEFT" || j.Kind == "INNER") && isTrue(j.On):
		left = j.Kind == "LEFT"
	default:
		return nil, unsupported(j.At, j.Kind+" JOIN UNNEST with another condition than ON TRUE is")
	}
	node, err := r.from(j.Left, sc, cx)
	if err != nil {
		return nil, err
	}
	return r.unnest(u, node, sc, left, cx)
}

func isTrue(e ast.Expr) bool {
	b, ok := e.(*ast.BoolLit)
	return ok && b.Value && !b.Null
}

// unnest puts the elements of an ARRAY or MULTISET, or the entries of a MAP, beside each row of in, whose columns are in
// the scope. Elements that are rows are put there field by field.
func (r *resolver) unnest(u *ast.Unnest, in logical.Node, sc *scope, left bool, cx context) (logical.Node, error) {
	if len(u.More) > 0 {
		return nil, unsupported(u.More[0].Span(), "UNNEST of several arrays is")
	}
	x := expressions{r: r, scope: sc, clause: "UNNEST", stamped: func(at diag.Span) error { return r.stamp(in, at) }}
	array, err := x.value(u.Array)
	if err != nil {
		return nil, err
	}
	t := array.Type()
	var fields []vector.Field
	switch {
	case t.Kind == vector.Map:
		fields = []vector.Field{{Name: "KEY", Type: *t.Key}, {Name: "VALUE", Type: *t.Elem}}
	case t.Kind != vector.Array && t.Kind != vector.Multiset:
		return nil, diag.New(codeArguments, u.Array.Span(), "Cannot apply 'UNNEST' to arguments of type 'UNNEST(<%s>)'", t.Name())
	case t.Elem.Kind == vector.Row:
		fields = slices.Clone(t.Elem.Fields) // a NULL among the rows gives none
	default:
		fields = []vector.Field{{Name: "EXPR$0", Type: *t.Elem}}
	}
	for i := range fields {
		fields[i] = vector.Field{Name: fields[i].Name, Type: fields[i].Type.WithNullable(fields[i].Type.Nullable || left)}
	}
	if u.Ordinality {
		fields = append(fields, vector.Field{Name: "ORDINALITY", Type: vector.IntType.WithNullable(left)})
	}
	name := ""
	if u.Alias != nil {
		name = u.Alias.Name.Name
		if len(u.Alias.Columns) > 0 {
			if fields, err = renamed(fields, u.Alias.Columns, u.Alias.Name.At); err != nil {
				return nil, err
			}
		}
	}
	schema, windows := in.Schema(), in.Windows()
	if !left && !readsColumns(array) {
		// A constant array is a join of two tables, behind which no column is a time attribute.
		schema, windows = withoutTime(schema), nil
	}
	n := &logical.Unnest{Base: logical.Base{Out: append(slices.Clone(schema), fields...), In: []logical.Node{in}, Blk: cx.block, Win: windows},
		Array: array, Ordinality: u.Ordinality, Left: left}
	first := 0
	for i := range sc.relations {
		rel := &sc.relations[i]
		rel.fields = slices.Clone(rel.fields)
		for j := range rel.fields {
			rel.fields[j].Type = schema[first].Type
			first++
		}
	}
	return n, sc.add(name, fields, u.At)
}

// readsColumns reports whether an expression depends on a row.
func readsColumns(e plan.Expr) bool {
	found := false
	visit(e, func(x plan.Expr) {
		switch x.(type) {
		case *plan.Column, *plan.CurrentWatermark:
			found = true
		}
	})
	return found
}

// tableRef resolves a name in FROM: an element of WITH, a view, or a table.
func (r *resolver) tableRef(ref *ast.TableRef, cx context) (logical.Node, error) {
	if ref.AsOf != nil {
		return nil, unsupported(ref.At, "FOR SYSTEM_TIME AS OF is")
	}
	if r.env.references++; r.env.references > maxReferences {
		return nil, diag.New(codeTooLarge, ref.At, "the query reads more than %d tables, views and named queries, those counted that its views read", maxReferences)
	}
	hints, err := r.tableHints(ref.Hints)
	if err != nil {
		return nil, err
	}
	if ref.Name.File {
		t, err := r.file(ref.Name, hints)
		if err != nil {
			return nil, err
		}
		return r.scan(t, ref, hints, cx.block)
	}
	name := ref.Name.Parts[len(ref.Name.Parts)-1]
	if len(ref.Name.Parts) == 1 {
		if w := cx.with.find(name.Name); w != nil {
			if err := hints.onlyParallelism("a query"); err != nil {
				return nil, err
			}
			return r.cte(w, context{block: hints.around(cx.block)})
		}
	}
	id, err := Identify(r.env.Catalog, ref.Name)
	if d, ok := err.(*diag.Diagnostic); ok {
		return nil, adviseFile(d, ref.Name)
	}
	if err := r.readsItself(id, ref.At); err != nil {
		return nil, err
	}
	if r.freezing != nil {
		r.freezing.tables[ref] = id
	}
	t, v, ok := r.env.Catalog.Lookup(id)
	switch {
	case !ok:
		return nil, adviseFile(r.noTable(ref.Name, id, cx), ref.Name)
	case v != nil:
		if err := hints.onlyParallelism("a view"); err != nil {
			return nil, err
		}
		return r.view(v, ref, context{block: hints.around(cx.block)})
	}
	return r.scan(t, ref, hints, cx.block)
}

// file is the table of a file in single quotes, with the hints behind it.
func (r *resolver) file(name ast.Name, hints *tableHints) (*catalog.Table, error) {
	if r.env.File == nil {
		return nil, unsupported(name.At, "a file's name in FROM is")
	}
	options := map[string]string{}
	for _, o := range hints.options {
		options[o.Key] = o.Value
	}
	t, err := r.env.File(name.Parts[0].Name, options)
	if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
		d.Span = name.At
		table, _ := r.env.Catalog.Identify(name.Parts[0].Name)
		if _, _, isTable := r.env.Catalog.Lookup(table); isTable {
			d.WithHint("a table is named without quotes: FROM %s", name.Parts[0].Name)
		}
		return nil, d
	}
	return t, err
}

// createFirst tells who wants event time of a file how to create its table.
func createFirst(err error, in logical.Node) error {
	d, ok := err.(*diag.Diagnostic)
	if !ok || d.Code != codeWindow {
		return err
	}
	for n := in; ; n = n.Inputs()[0] {
		if s, ok := n.(*logical.Scan); ok && s.Table.Inferred != nil {
			return d.WithHint("a file in FROM has no watermark; create its table, and name that:\n%s", s.Table.Inferred.Create)
		}
		if len(n.Inputs()) == 0 {
			return err
		}
	}
}

// noTable names the first part of a name that means nothing.
func (r *resolver) noTable(name ast.Name, id catalog.Identifier, cx context) *diag.Diagnostic {
	c := r.env.Catalog
	missing := func(part string, among []string) *diag.Diagnostic {
		return suggest(diag.New(codeNoTable, name.At, "Object '%s' not found", part), part, among)
	}
	switch n := len(name.Parts); {
	case !c.HasCatalog(id.Catalog):
		return missing(id.Catalog, c.Catalogs())
	case !c.HasDatabase(id.Catalog, id.Database):
		return missing(id.Database, c.Databases(id.Catalog))
	case n > 1:
		return suggest(diag.New(codeNoTable, name.At, "Object '%s' not found within '%s.%s'", id.Name, id.Catalog, id.Database), id.Name, c.Objects(id.Catalog, id.Database))
	}
	names := c.Names()
	for w := cx.with; w != nil; w = w.next {
		names = append(names, w.cte.Name.Name)
	}
	for _, db := range c.Databases(id.Catalog) {
		if slices.Contains(c.Objects(id.Catalog, db), id.Name) {
			return diag.New(codeNoTable, name.At, "Object '%s' not found", id.Name).WithHint("the database %s has one: %s.%s", db, ast.QuoteIdent(db), ast.QuoteIdent(id.Name))
		}
	}
	d := suggest(diag.New(codeNoTable, name.At, "Object '%s' not found", id.Name), id.Name, names)
	switch slices.Sort(names); {
	case d.Hint != "":
	case len(names) == 0:
		d.WithHint("there are no tables yet: CREATE TABLE makes one, and a file is read by its name in quotes: FROM 'file.csv'")
	default:
		d.WithNote("tables and views: %s", listed(names))
	}
	return d
}

// cte resolves an element of WITH, anew for each place that reads it.
func (r *resolver) cte(w *with, cx context) (logical.Node, error) {
	w.used = true
	cx.with, cx.inner = w.next, true
	node, err := r.query(w.cte.Query, cx)
	if err != nil || len(w.cte.Columns) == 0 {
		return node, err
	}
	fields, err := renamed(node.Schema(), w.cte.Columns, w.cte.Name.At)
	if err != nil {
		return nil, err
	}
	return rename(node, fields, cx.block), nil
}

// view resolves the stored query of a view.
func (r *resolver) view(v *catalog.View, ref *ast.TableRef, cx context) (logical.Node, error) {
	s := r.stored(v.Name, v.Query, ref.At)
	s.views = append(slices.Clone(r.views), v.Identifier)
	q, d := parser.Query(s.source)
	if d != nil {
		return nil, d
	}
	cx.inner = true
	node, err := s.query(q, cx)
	if err != nil {
		return nil, in(err, s.source)
	}
	if err := changed(v, node.Schema(), ref.At); err != nil {
		return nil, err
	}
	return rename(node, v.Columns, cx.block), nil
}

// scan resolves a table that is read.
func (r *resolver) scan(t *catalog.Table, ref *ast.TableRef, hints *tableHints, block *logical.Block) (logical.Node, error) {
	r.env.Read = append(r.env.Read, t)
	options := maps.Clone(t.Options)
	if options == nil {
		options = map[string]string{}
	}
	if err := hints.merge(t, options); err != nil {
		return nil, err
	}
	c, err := connectorOf(t, options, ref.At)
	if err != nil {
		return nil, err
	}
	if !c.Source {
		return nil, diag.New(codeDirection, ref.At, "Table '%s' cannot be read: its connector '%s' is only a sink", t.Path(), c.Name)
	}
	if err := spread(t, ref.At); err != nil {
		return nil, err
	}
	n := &logical.Scan{Base: logical.Base{Blk: block}, Table: t, Options: options, Computed: map[int]plan.Expr{}, Rowtime: -1,
		Parallelism: hints.parallelism, Max: hints.max, At: r.span(ref), Unbounded: c.Unbounded != nil && c.Unbounded(options)}
	if n.Unbounded && r.batch {
		return nil, diag.New(codeUnbounded, ref.At, "Querying an unbounded table '%s' in batch mode is not allowed. The table source is unbounded", t.Path()).
			WithHint("SET 'execution.runtime-mode' = 'streaming'")
	}
	for _, column := range t.Columns {
		f := vector.Field{Name: column.Name, Type: column.Type}
		if f.Type.Rowtime {
			f.Type.Precision = 3
		}
		if r.batch {
			f.Type = f.Type.Plain()
		}
		n.Out = append(n.Out, f)
	}
	sc, err := tableScope(t)
	if err != nil {
		return nil, err
	}
	for i, column := range t.Columns {
		if column.Expr == "" {
			continue
		}
		if n.Computed[i], err = r.storedExpr(t.Name, column.Expr, sc.physical, ref.At); err != nil {
			return nil, err
		}
	}
	if t.Watermark == nil || r.batch {
		return n, nil
	}
	n.Rowtime = t.Column(t.Watermark.Column)
	if n.Watermark, err = r.storedExpr(t.Name, t.Watermark.Expr, sc.all, ref.At); err != nil {
		return nil, err
	}
	return n, nil
}

// storedExpr resolves the text of a computed column or a watermark.
func (r *resolver) storedExpr(table, text string, sc *scope, at diag.Span) (plan.Expr, error) {
	s := r.stored(table, text, at)
	e, d := parser.Expression(s.source)
	if d != nil {
		return nil, d
	}
	x := expressions{r: s, scope: sc, clause: "a computed column"}
	v, err := x.value(e)
	return v, in(err, s.source)
}

// tableScopes are what the expressions of a table see: computed columns the physical ones, the watermark all.
type tableScopes struct{ physical, all *scope }

// tableScope builds the scopes of a table, in which columns have their position in the table.
func tableScope(t *catalog.Table) (tableScopes, error) {
	s := tableScopes{physical: &scope{}, all: &scope{}}
	var all []vector.Field
	for i, c := range t.Columns {
		f := vector.Field{Name: c.Name, Type: c.Type.Plain()}
		all = append(all, f)
		if c.Expr == "" {
			s.physical.relations = append(s.physical.relations, relation{first: i, fields: []vector.Field{f}})
		}
	}
	s.physical.width = len(all)
	return s, s.all.add(t.Name, all, diag.Span{})
}

// stamp asks the scans under a node to tell every row's watermark. It refuses where a row is made from several, or
// where the watermark is that of several inputs.
func (r *resolver) stamp(n logical.Node, at diag.Span) error {
	switch n := n.(type) {
	case *logical.Scan:
		n.Stamp = true
		return nil
	case *logical.Project, *logical.Filter, *logical.WindowFunction, *logical.Unnest:
		return r.stamp(n.Inputs()[0], at)
	case *logical.Values:
		return nil
	}
	return unsupported(at, "CURRENT_WATERMARK behind an aggregate, a union or a limit is")
}
