package planner

import (
	"strings"

	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// field resolves the access to a field of a ROW.
func (x *expressions) field(row plan.Expr, name ast.Ident, e ast.Expr) (plan.Expr, error) {
	t := row.Type()
	if t.Kind != vector.Row {
		return nil, diag.New(codeArguments, name.At, "Incompatible types: '%s' has no field '%s'", t.Name(), name.Name).
			WithHint("only values of type ROW have fields; the elements of an ARRAY and the values of a MAP are found by [ ]")
	}
	var names []string
	for _, f := range t.Fields {
		if f.Name == name.Name {
			return x.apply("FIELD", e, []plan.Expr{row, characters(name.Name, x.r.span(e))})
		}
		names = append(names, f.Name)
	}
	for _, n := range names {
		if strings.EqualFold(n, name.Name) {
			return nil, diag.New(codeNoColumn, name.At, "Field '%s' not found in %s; did you mean '%s'?", name.Name, t.Name(), n)
		}
	}
	return nil, suggest(diag.New(codeNoColumn, name.At, "Field '%s' not found in %s", name.Name, t.Name()), name.Name, names)
}

// rowFields expands r.*, where r is a column of type ROW, into its fields; nil if there is no such column.
func (x *expressions) rowFields(e *ast.Star) ([]output, error) {
	ref := &ast.ColumnRef{Pos: e.Pos, Parts: e.Qualifier}
	i, f, fields, err := x.scope.path(ref)
	if err != nil {
		return nil, nil
	}
	row := plan.Expr(&plan.Column{Index: i, Name: f.Name, T: f.Type, At: x.r.span(e)})
	for _, name := range fields {
		if row, err = x.field(row, name, ref); err != nil {
			return nil, err
		}
	}
	if row.Type().Kind != vector.Row {
		return nil, nil
	}
	var items []output
	for _, f := range row.Type().Fields {
		v, err := x.field(row, ast.Ident{Pos: e.Pos, Name: f.Name}, ref)
		if err != nil {
			return nil, err
		}
		items = append(items, output{expr: v, name: f.Name})
	}
	return items, nil
}

// spelledFields writes r.* as items, r.a, r.b, ….
func spelledFields(it ast.Item, star *ast.Star, fields []output) []ast.Item {
	items := make([]ast.Item, len(fields))
	for i, f := range fields {
		ref := &ast.ColumnRef{Pos: it.Pos}
		for _, p := range star.Qualifier {
			ref.Parts = append(ref.Parts, ast.Ident{Pos: it.Pos, Name: p.Name, Quoted: true})
		}
		ref.Parts = append(ref.Parts, ast.Ident{Pos: it.Pos, Name: f.name, Quoted: true})
		items[i] = ast.Item{Pos: it.Pos, Expr: ref}
	}
	return items
}

// compareRows compares rows that are written out field by field, as the standard has it: a NULL on either side leaves the
// answer open. It returns nil for anything else.
func (x *expressions) compareRows(name string, e ast.Expr, args []plan.Expr) (plan.Expr, error) {
	switch name {
	case "=", "<>", "IN":
	default:
		return nil, nil
	}
	first := constructed(args[0])
	for _, a := range args[1:] {
		if c := constructed(a); first == nil || c == nil || len(c.Args) != len(first.Args) {
			return nil, nil
		}
	}
	if first == nil {
		return nil, nil
	}
	var any plan.Expr
	for _, a := range args[1:] {
		var all plan.Expr
		for i, field := range constructed(a).Args {
			equal, err := x.apply("=", e, []plan.Expr{first.Args[i], field})
			if err == nil && all != nil {
				equal, err = x.apply("AND", e, []plan.Expr{all, equal})
			}
			if err != nil {
				return nil, err
			}
			all = equal
		}
		if any == nil {
			any = all
			continue
		}
		var err error
		if any, err = x.apply("OR", e, []plan.Expr{any, all}); err != nil {
			return nil, err
		}
	}
	if name == "<>" {
		return x.apply("NOT", e, []plan.Expr{any})
	}
	return any, nil
}

// constructed returns the call of ROW(…); nil for other expressions.
func constructed(e plan.Expr) *plan.Call {
	if c, ok := e.(*plan.Call); ok && c.Name == "ROW" {
		return c
	}
	return nil
}
