package planner

import (
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// relation is one name in FROM with its columns, which begin at first in the row.
type relation struct {
	name   string             // empty: a subquery without alias
	id     catalog.Identifier // of a table or view without alias, which may be named in full
	first  int
	fields []vector.Field
	// index has the fields of a wide relation by name, those of a name given twice as ambiguous; nil for a narrow one.
	index map[string]int
}

// mostQualifiers is how many names can stand in front of a column's: catalog.database.table.
const mostQualifiers = 3

// ambiguous stands for the position of a name that is given twice.
const ambiguous = -2

// indexed is how many columns make an index worth while.
const indexed = 64

// find returns the position of a field: -1 if there is none of that name, ambiguous if there are several.
func (r *relation) find(name string) int {
	if r.index != nil {
		if i, ok := r.index[name]; ok {
			return i
		}
		return -1
	}
	found := -1
	for i := range r.fields {
		if r.fields[i].Name == name {
			if found >= 0 {
				return ambiguous
			}
			found = i
		}
	}
	return found
}

// scope is what expressions of a query block can name: the columns of its FROM, side by side in one row.
type scope struct {
	relations []relation
	width     int
}

// add puts a relation at the right end of the row.
func (s *scope) add(name string, fields []vector.Field, at diag.Span) error {
	for _, r := range s.relations {
		if name != "" && r.name == name {
			return diag.New(codeDuplicate, at, "Duplicate relation name '%s' in FROM clause", name)
		}
	}
	r := relation{name: name, first: s.width, fields: fields}
	if len(fields) >= indexed {
		r.index = make(map[string]int, len(fields))
		for i, f := range fields {
			if _, twice := r.index[f.Name]; twice {
				i = ambiguous
			}
			r.index[f.Name] = i
		}
	}
	s.relations = append(s.relations, r)
	s.width += len(fields)
	return nil
}

// columns lists the names of all columns.
func (s *scope) columns() []string {
	var names []string
	for _, r := range s.relations {
		for _, f := range r.fields {
			names = append(names, f.Name)
		}
	}
	return names
}

// relation finds the relation that a qualifier (t, or catalog.database.t) names.
func (s *scope) relation(parts []ast.Ident) (*relation, error) {
	last := parts[len(parts)-1]
	for i := range s.relations {
		if s.relations[i].named(parts) {
			return &s.relations[i], nil
		}
	}
	at := parts[0].At.To(last.At)
	var names []string
	for _, r := range s.relations {
		if r.name == last.Name {
			d := diag.New(codeNoTable, at, "Table '%s' not found", joinIdents(parts))
			if r.id.Name == "" {
				return nil, d.WithHint("%s is an alias: it has no database", r.name)
			}
			return nil, d.WithHint("the one in FROM is %s", r.id.Path())
		}
		if strings.EqualFold(r.name, last.Name) {
			return nil, diag.New(codeNoTable, at, "Table '%s' not found; did you mean '%s'?", last.Name, r.name)
		}
		if r.name != "" {
			names = append(names, r.name)
		}
	}
	d := suggest(diag.New(codeNoTable, at, "Table '%s' not found", joinIdents(parts)), last.Name, names)
	if d.Hint == "" && len(names) > 0 {
		d.WithNote("names in FROM: %s", listed(names))
	}
	return nil, d
}

// named reports whether a qualifier means the relation: its name, or the full name of a table or its end.
func (r *relation) named(parts []ast.Ident) bool {
	n := len(parts)
	return n <= mostQualifiers && parts[n-1].Name == r.name &&
		(n < 2 || parts[n-2].Name == r.id.Database) && (n < 3 || parts[n-3].Name == r.id.Catalog)
}

func joinIdents(parts []ast.Ident) string { return ast.Name{Parts: parts}.String() }

// path finds the column that a name begins with, as t.c.f or c.f.g, and returns the fields of it that follow.
func (s *scope) path(ref *ast.ColumnRef) (i int, f vector.Field, fields []ast.Ident, err error) {
	if i, f, err = s.column(ref); err == nil {
		return i, f, nil, nil
	}
	// The more of it names a table, the better: a table's column comes before a column's field.
	for n := min(len(ref.Parts)-1, mostQualifiers+1); n > 0; n-- {
		at, column, other := s.column(&ast.ColumnRef{Pos: ref.Pos, Parts: ref.Parts[:n]})
		if other == nil && column.Type.Kind == vector.Row {
			return at, column, ref.Parts[n:], nil
		}
	}
	if d, ok := err.(*diag.Diagnostic); ok && d.Code == codeNoTable && len(ref.Parts) > 1 {
		if hint := s.adviseElement(ref); hint != "" {
			d.Notes = nil
			d.WithHint("%s", hint)
		}
	}
	return i, f, nil, err
}

// column finds a column by a possibly qualified name.
func (s *scope) column(ref *ast.ColumnRef) (int, vector.Field, error) {
	parts := ref.Parts
	name := parts[len(parts)-1]
	if len(parts) > 1 {
		r, err := s.relation(parts[:len(parts)-1])
		if err != nil {
			return 0, vector.Field{}, err
		}
		found := r.find(name.Name)
		if found == ambiguous {
			return 0, vector.Field{}, diag.New(codeAmbiguous, ref.At, "Column '%s' is ambiguous", name.Name)
		}
		if found < 0 {
			one := scope{relations: []relation{*r}}
			return 0, vector.Field{}, notFound(name, ref.At, "in table '"+r.name+"'", one.columns())
		}
		return r.first + found, r.fields[found], nil
	}
	found, field := -1, vector.Field{}
	for i := range s.relations {
		r := &s.relations[i]
		at := r.find(name.Name)
		if at == ambiguous || at >= 0 && found >= 0 {
			return 0, vector.Field{}, diag.New(codeAmbiguous, ref.At, "Column '%s' is ambiguous", name.Name).
				WithHint("qualify it with the name of its table, or give the columns different names")
		}
		if at >= 0 {
			found, field = r.first+at, r.fields[at]
		}
	}
	if found < 0 {
		return 0, vector.Field{}, notFound(name, ref.At, "in any table", s.columns())
	}
	return found, field, nil
}

func notFound(name ast.Ident, at diag.Span, where string, columns []string) *diag.Diagnostic {
	for _, c := range columns {
		if strings.EqualFold(c, name.Name) {
			return diag.New(codeNoColumn, at, "Column '%s' not found %s; did you mean '%s'?", name.Name, where, c)
		}
	}
	return suggest(diag.New(codeNoColumn, at, "Column '%s' not found %s", name.Name, where), name.Name, columns)
}
