package optest

import (
	"fmt"
	"strings"

	"weir/vector"
)

// parseParts reads a value with parts.
func parseParts(t vector.Type, s string) []any {
	brackets := map[vector.Physical]string{vector.List: "[]", vector.Struct: "()", vector.Pairs: "{}"}[t.Physical()]
	if len(s) < 2 || s[0] != brackets[0] || s[len(s)-1] != brackets[1] {
		panic(fmt.Sprintf("optest: %q is no %s", s, t.Name()))
	}
	out := []any{}
	for i, part := range split(s[1 : len(s)-1]) {
		switch t.Physical() {
		case vector.List:
			out = append(out, parseValue(*t.Elem, part))
		case vector.Struct:
			out = append(out, parseValue(t.Fields[i].Type, part))
		default:
			key, value := t.Entry()
			k, v, _ := strings.Cut(part, "=")
			out = append(out, parseValue(key, k), parseValue(value, v))
		}
	}
	return out
}

// split cuts a text at the commas that stand in no brackets.
func split(s string) []string {
	var parts []string
	depth, from := 0, 0
	for i, c := range s {
		switch {
		case strings.ContainsRune("[({", c):
			depth++
		case strings.ContainsRune("])}", c):
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	if s != "" {
		parts = append(parts, strings.TrimSpace(s[from:]))
	}
	return parts
}

// nested makes a column of values with parts.
func nested(t vector.Type, from []any, valid vector.Bitmap) vector.Column {
	if t.Physical() == vector.Struct {
		names, fields := make([]string, len(t.Fields)), make([]vector.Column, len(t.Fields))
		for f := range t.Fields {
			values := make([]any, len(from))
			for i, v := range from {
				if v != nil {
					values[i] = v.([]any)[f]
				}
			}
			names[f], fields[f] = t.Fields[f].Name, column(t.Fields[f].Type, values, false)
		}
		return vector.NewStruct(names, fields, len(from), valid)
	}
	parts := make([][]any, 1)
	if t.Physical() == vector.Pairs {
		parts = make([][]any, 2)
	}
	offsets := make([]int32, 1, len(from)+1)
	for _, v := range from {
		values, _ := v.([]any)
		for i, x := range values {
			parts[i%len(parts)] = append(parts[i%len(parts)], x)
		}
		offsets = append(offsets, int32(len(parts[0])))
	}
	if t.Physical() == vector.Pairs {
		key, value := t.Entry()
		return vector.NewPairs(offsets, column(key, parts[0], false), column(value, parts[1], false), valid)
	}
	return vector.NewList(offsets, column(*t.Elem, parts[0], false), valid)
}
