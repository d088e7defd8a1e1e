package planner

import (
	"errors"
	"fmt"
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// Wide relations are looked up by an index, narrow ones are searched: both find the same.
func TestScopeFindsColumns(t *testing.T) {
	for _, width := range []int{3, indexed - 1, indexed, 1000} {
		fields := make([]vector.Field, width)
		for i := range fields {
			fields[i] = vector.Field{Name: fmt.Sprintf("c%d", i), Type: vector.IntType}
		}
		fields[width-1].Name = "c0"
		var sc scope
		for _, name := range []string{"a", "b"} {
			if err := sc.add(name, fields, diag.Span{}); err != nil {
				t.Fatal(err)
			}
		}
		column := func(parts ...string) (int, string) {
			ref := &ast.ColumnRef{}
			for _, p := range parts {
				ref.Parts = append(ref.Parts, ast.Ident{Name: p})
			}
			i, _, err := sc.column(ref)
			if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
				return 0, d.Code
			}
			return i, ""
		}
		for _, c := range []struct {
			parts []string
			at    int
			code  string
		}{
			{[]string{"a", "c1"}, 1, ""}, {[]string{"b", "c1"}, width + 1, ""}, {[]string{"c1"}, 0, codeAmbiguous},
			{[]string{"a", "c0"}, 0, codeAmbiguous}, {[]string{"c0"}, 0, codeAmbiguous}, {[]string{"x"}, 0, codeNoColumn}, {[]string{"a", "x"}, 0, codeNoColumn},
		} {
			if at, code := column(c.parts...); at != c.at || code != c.code {
				t.Errorf("%d columns: %v is %d %s, want %d %s", width, c.parts, at, code, c.at, c.code)
			}
		}
	}
}
