package parser

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
)

// tree writes a node with all of its fields but the positions, so that two trees can be compared.
func tree(n any) string {
	var b strings.Builder
	writeTree(&b, reflect.ValueOf(n))
	return b.String()
}

func writeTree(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		writeTree(b, v.Elem())
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			writeTree(b, v.Index(i))
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[diag.Span]() || v.Type() == reflect.TypeFor[ast.Pos]() {
			return
		}
		b.WriteString(v.Type().Name() + "{")
		for i := range v.NumField() {
			writeTree(b, v.Field(i))
			b.WriteByte(' ')
		}
		b.WriteByte('}')
	default:
		fmt.Fprintf(b, "%#v", v)
	}
}

// checkSpans fails if a node has no position, or one outside of the text or of the node around it.
func checkSpans(t testing.TB, text string, st ast.Statement) {
	t.Helper()
	outer := st.Span()
	if outer.Start < 0 || outer.End > len(text) || outer.Start >= outer.End {
		t.Fatalf("%s: the statement is at %v", text, outer)
	}
	spans(reflect.ValueOf(st), func(kind string, at diag.Span) {
		if at.Start < outer.Start || at.End > outer.End || at.Start > at.End {
			t.Fatalf("%s: a %s is at %v", text, kind, at)
		}
	})
}

// spans visits the positions of a node and of those in it.
func spans(v reflect.Value, visit func(kind string, at diag.Span)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			spans(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			spans(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if p, ok := v.Field(i).Interface().(ast.Pos); ok {
				visit(v.Type().Name(), p.At)
				continue
			}
			spans(v.Field(i), visit)
		}
	}
}
