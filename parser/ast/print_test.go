package ast_test

import (
	"testing"

	"weir/parser/ast"
)

func column(name string) *ast.ColumnRef {
	return &ast.ColumnRef{Parts: []ast.Ident{{Name: name}}}
}

func selectOf(x ast.Expr) *ast.Select { return &ast.Select{Items: []ast.Item{{Expr: x}}} }

func binary(op string, x, y ast.Expr) *ast.Binary { return &ast.Binary{Op: op, X: x, Y: y} }

// TestPrintTreesMadeByHand prints trees that no text without parentheses has; what was parsed is printed by the
// parser's tests.
func TestPrintTreesMadeByHand(t *testing.T) {
	a, b, c := column("a"), column("b"), column("c")
	union := &ast.SetOperation{Op: "UNION", Left: selectOf(b), Right: selectOf(c)}
	for _, tc := range []struct {
		node ast.Node
		want string
	}{
		{binary("-", a, binary("-", b, c)), "a - (b - c)"},
		{binary("*", binary("+", a, b), c), "(a + b) * c"},
		{binary("AND", binary("OR", a, b), c), "(a OR b) AND c"},
		{binary("=", a, binary("=", b, c)), "a = (b = c)"},
		{&ast.Unary{Op: "-", X: binary("*", a, b)}, "-(a * b)"},
		{&ast.Unary{Op: "-", X: &ast.Unary{Op: "-", X: a}}, "- -a"},
		{&ast.Unary{Op: "NOT", X: binary("OR", a, b)}, "NOT (a OR b)"},
		{&ast.Is{X: &ast.Unary{Op: "NOT", X: a}, What: "NULL"}, "(NOT a) IS NULL"},
		{&ast.Between{X: a, Low: binary("=", b, c), High: &ast.Between{X: a, Low: b, High: c}}, "a BETWEEN (b = c) AND (a BETWEEN b AND c)"},
		{&ast.Like{Op: "LIKE", X: a, Pattern: binary("AND", b, c), Not: true}, "a NOT LIKE (b AND c)"},
		{&ast.Index{X: binary("+", a, b), I: c}, "(a + b)[c]"},
		{&ast.Index{X: column("MAP"), I: c}, "(MAP)[c]"},
		{column("select"), "`select`"},
		{column("a b"), "`a b`"},
		{column("1a"), "`1a`"},
		{column("a`b"), "`a``b`"},
		{column(""), "``"},
		{&ast.Call{Name: ast.Ident{Name: "COUNT"}, Star: true}, "COUNT(*)"},
		{&ast.Call{Name: ast.Ident{Name: "count", Quoted: true}, Args: []ast.Expr{a}}, "`count`(a)"},
		{&ast.Call{Name: ast.Ident{Name: "EXTRACT", Quoted: true}, Args: []ast.Expr{a, b}}, "`EXTRACT`(a, b)"},
		{&ast.SetOperation{Op: "UNION", Left: selectOf(a), Right: union}, "SELECT a UNION (SELECT b UNION SELECT c)"},
		{&ast.SetOperation{Op: "EXCEPT", All: true, Left: union, Right: selectOf(a)}, "SELECT b UNION SELECT c EXCEPT ALL SELECT a"},
		{&ast.SetOperation{Op: "INTERSECT", Left: union, Right: selectOf(a)}, "(SELECT b UNION SELECT c) INTERSECT SELECT a"},
		{&ast.Values{Rows: [][]ast.Expr{{&ast.Constructor{Kind: "ROW", Args: []ast.Expr{a, b}}}}}, "VALUES ROW(ROW(a, b))"},
		{&ast.Field{X: a, Name: ast.Ident{Name: "b"}}, "(a).b"},
		{&ast.Field{X: &ast.NumberLit{Text: "1"}, Name: ast.Ident{Name: "b"}}, "(1).b"},
		{&ast.Field{X: &ast.Index{X: a, I: b}, Name: ast.Ident{Name: "c"}}, "a[b].c"},
		{binary("MULTISET UNION", binary("OR", a, b), binary("MULTISET INTERSECT", b, c)), "a OR b MULTISET UNION b MULTISET INTERSECT c"},
		{binary("OR", binary("MULTISET UNION", a, b), c), "(a MULTISET UNION b) OR c"},
		{&ast.TimeDifference{X: a, Y: binary("-", b, c), From: "DAY", To: "SECOND", Precision: -1, FracPrecision: 3}, "(a - (b - c)) DAY TO SECOND(3)"},
		{&ast.PatternRepeat{X: &ast.PatternRepeat{X: &ast.PatternVariable{Name: ast.Ident{Name: "A"}}, Max: 1}, Min: 2, Max: 2}, "(A?){2}"},
		{&ast.Quantified{X: binary("AND", a, b), Op: "<", Quantifier: "ALL", List: []ast.Expr{c}}, "(a AND b) < ALL (c)"},
		{ast.Name{Parts: []ast.Ident{{Name: "c"}, {Name: "table"}}}, "c.`table`"},
		{&ast.TypeName{Name: "DECIMAL", Params: []int{10, 2}, NotNull: true}, "DECIMAL(10, 2) NOT NULL"},
	} {
		if got := ast.Print(tc.node); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
}

func TestQuote(t *testing.T) {
	if got, want := ast.Quote("it's"), "'it''s'"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := ast.QuoteIdent("a`b"), "`a``b`"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
