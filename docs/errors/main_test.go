package main

import (
	"os"
	"path/filepath"
	"testing"

	"weir/parser/diag"
)

func TestErrorsAreCurrent(t *testing.T) {
	root := filepath.Join("..", "..")
	want, err := page(root)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(root, target)); err != nil || string(got) != want {
		t.Errorf("docs/errors.md is not current: go run ./docs/errors (%v)", err)
	}
}

func TestRead(t *testing.T) {
	const script = "SELECT 1;\nSELECT a\n FORM b"
	d, ok := read("W1001 3:2 FORM\n  ^ FORM\n  = hint: FROM\n  two\n  = note: n\n", script, diag.Span{Start: 10, End: len(script)})
	const want = "error[W1001]: FORM\n --> line 2, column 2\n  |\n2 |  FORM b\n  |  ^~~~\n  = hint: FROM\n          two\n  = note: n"
	if !ok || diag.Render(d, false) != want {
		t.Errorf("%v\n%s", ok, diag.Render(d, false))
	}
	for _, bad := range []string{"W1001 3:2 FORM\n", "W1001 3:2 FORM\nW1001 3:3 x\n", "W1001 3:2 FORM…\n  ^ x\n", "\n"} {
		if _, ok := read(bad, script, diag.Span{}); ok {
			t.Errorf("%q is no example", bad)
		}
	}
}
