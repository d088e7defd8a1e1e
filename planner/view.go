package planner

import (
	"slices"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// View checks CREATE VIEW and makes the view. Its query, in stmt too, is written such that it keeps its meaning: stars are
// expanded, columns get the names of their tables, and tables their full names. So neither USE nor a table that gets more
// columns changes what the view reads.
func View(stmt *ast.CreateView, env *Env) (*catalog.View, error) {
	v, err := view(stmt, env)
	return v, in(err, env.Source)
}

func view(stmt *ast.CreateView, env *Env) (*catalog.View, error) {
	id, err := Identify(env.Catalog, stmt.Name)
	if err != nil {
		return nil, err
	}
	r := newResolver(env)
	r.freezing = newFreezing()
	r.views = []catalog.Identifier{id} // once it is there, its name in the query is its own
	node, err := r.query(stmt.Query, context{})
	if err != nil {
		return nil, err
	}
	r.freezing.apply()
	fields := node.Schema()
	if len(stmt.Columns) > 0 {
		fields, err = renamed(fields, stmt.Columns, stmt.Name.At)
	} else {
		err = repeatedName(stmt.Query)
	}
	if err != nil {
		return nil, err
	}
	return &catalog.View{Identifier: id, Columns: fields, Query: ast.Print(stmt.Query), Comment: stmt.Comment, Temporary: stmt.Temporary}, nil
}

// freezing collects what a query means where its text may mean something else later.
type freezing struct {
	stars   map[*ast.Select][]ast.Item // select lists without stars
	tables  map[*ast.TableRef]catalog.Identifier
	whole   map[*ast.WholeTable]*ast.Select // what TABLE t selects
	columns map[*ast.ColumnRef]string       // the relations of columns that are named without one
}

func newFreezing() *freezing {
	return &freezing{map[*ast.Select][]ast.Item{}, map[*ast.TableRef]catalog.Identifier{}, map[*ast.WholeTable]*ast.Select{}, map[*ast.ColumnRef]string{}}
}

// apply writes it into the query.
func (f *freezing) apply() {
	for s, items := range f.stars {
		s.Items = items
	}
	for b, s := range f.whole {
		b.Select = s
	}
	for ref, id := range f.tables {
		parts := ref.Name.Parts
		at := parts[0].Pos
		ref.Name.Parts = []ast.Ident{{Pos: at, Name: id.Catalog}, {Pos: at, Name: id.Database}, parts[len(parts)-1]}
	}
	for ref, relation := range f.columns {
		ref.Parts = append([]ast.Ident{{Pos: ref.Parts[0].Pos, Name: relation}}, ref.Parts...)
	}
}

// column notes the relation of a column that is named without one, if that can be named.
func (f *freezing) column(ref *ast.ColumnRef, index int, fields []ast.Ident, sc *scope) {
	if len(fields) != len(ref.Parts)-1 {
		return // it has its relation
	}
	for _, r := range sc.relations {
		if r.name == "" || index < r.first || index >= r.first+len(r.fields) {
			continue
		}
		full := &ast.ColumnRef{Pos: ref.Pos, Parts: []ast.Ident{{Name: r.name}, ref.Parts[0]}}
		if found, _, err := sc.column(full); err == nil && found == index {
			f.columns[ref] = r.name
		}
	}
}

// readsItself refuses a name that is a view's which is being resolved or created.
func (r *resolver) readsItself(id catalog.Identifier, at diag.Span) error {
	if slices.Contains(r.views, id) {
		return diag.New(codeNoTable, at, "View '%s' reads itself", id.Name).WithHint("give the view that is created another name than what it reads")
	}
	return nil
}

// changed refuses a view whose columns are not what they were when it was created.
func changed(v *catalog.View, now []vector.Field, at diag.Span) error {
	again := "a table that it reads has changed: create the view again"
	if len(now) != len(v.Columns) {
		return diag.New(codeMismatch, at, "View '%s' was created with %d columns and its query has %d now", v.Name, len(v.Columns), len(now)).WithHint("%s", again)
	}
	for i, f := range now {
		was, is := v.Columns[i].Type.Plain().AsNullable(), f.Type.Plain().AsNullable()
		if sameButLength(was, is) {
			continue
		}
		return diag.New(codeMismatch, at, "View '%s' was created with a column '%s' of type %s, which is %s now", v.Name, v.Columns[i].Name, was, is).WithHint("%s", again)
	}
	return nil
}

// sameButLength reports whether types differ at most in how many characters, bytes or digits they have. In streaming mode
// event time has milliseconds, whatever the table says.
func sameButLength(a, b vector.Type) bool {
	return a.Kind == b.Kind && (a.IsTimestamp() || a.Kind == vector.Decimal) || a.IsString() && b.IsString() || a.IsBytes() && b.IsBytes() || a.String() == b.String()
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
