package main

import (
	"os"
	"strings"
	"testing"

	"weir/catalog"
)

// TestReferenceIsComplete looks for everything that the catalog offers in docs/reference.md.
func TestReferenceIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	row := func(key, doc string) {
		if strings.HasPrefix(doc, "accepted") || strings.HasPrefix(doc, "not supported") || strings.HasPrefix(doc, "only false") || key == "connector" {
			return
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "| `"+key+"` |") && strings.Contains(line, doc) {
				return
			}
		}
		t.Errorf("no row for %s: %s", key, doc)
	}
	for _, c := range catalog.Connectors() {
		if !strings.Contains(text, "\n### "+c.Name+"\n") {
			t.Errorf("no section for connector %s", c.Name)
		}
		for _, o := range c.Options {
			row(o.Key, o.Doc)
		}
	}
	for _, f := range catalog.Formats() {
		for _, o := range f.Options {
			row(f.Name+"."+o.Key, o.Doc)
		}
	}
	for _, s := range catalog.KnownSettings() {
		row(s.Key, s.Doc)
	}
	_, functions, _ := strings.Cut(text, "\n## Functions\n")
	functions, _, _ = strings.Cut(functions, "\n## ")
	words := strings.FieldsFunc(functions, func(r rune) bool { return r == ',' || r == ' ' || r == '.' || r == '\n' })
	known := map[string]bool{}
	for _, w := range words {
		known[w] = true
	}
	for _, f := range catalog.Functions() {
		isWord := strings.Trim(f.Name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
		if isWord && !strings.Contains(f.Doc, "the planner's own") && f.Name != "ITEM" && f.Name != "NEGATE" && f.Name != "ARRAY" && !known[f.Name] {
			t.Errorf("function %s is not listed", f.Name)
		}
	}
	for _, a := range catalog.Aggregates() {
		if !known[a.Name] {
			t.Errorf("aggregate %s is not listed", a.Name)
		}
	}
}
