package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/infer"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// Infer is the CREATE TABLE that a user may begin with who has a file: with the columns that its first rows show, and a
// WATERMARK where a column of times rises.
func Infer(ctx context.Context, fs exec.FS, path string) (string, error) {
	t, err := inferred(ctx, fs, path, nil)
	if err != nil {
		return "", err
	}
	return t.Inferred.Create, nil
}

// inferred makes the table of a file that nobody created, but for some of its options.
func inferred(ctx context.Context, fs exec.FS, path string, options map[string]string) (*catalog.Table, error) {
	g, err := infer.File(ctx, fs, path, options)
	var ragged *infer.RaggedError
	if errors.As(err, &ragged) {
		return nil, ragged.WithHint("this table leaves out records with too many fields, and fills up others with NULLs:\n%s", createInferred(ragged.Table, false))
	}
	if err != nil {
		return nil, err
	}
	t := inferredTable(g)
	t.Inferred = &catalog.Inferred{
		Create: createInferred(g, true),
		Widen:  func(column string, value []byte) string { return createInferred(g.Widened(column, value), false) },
	}
	return t, nil
}

// inferredTable is a guess as a table, without a watermark.
func inferredTable(g *infer.Table) *catalog.Table {
	t := &catalog.Table{Identifier: catalog.Default(g.Name), Options: maps.Clone(g.Options), Partitions: g.Partitions, Temporary: true}
	for _, c := range g.Columns {
		t.Columns = append(t.Columns, catalog.Column{Name: c.Name, Type: c.Type})
	}
	t.Options["connector"], t.Options["path"], t.Options["format"] = "filesystem", g.Path, g.Format
	return t
}

// createInferred is the CREATE TABLE of a guess, as people write it, with event time if that is wanted and there is any.
func createInferred(g *infer.Table, eventTime bool) string {
	t := inferredTable(g)
	column, delay, rises := g.Watermark()
	rises = rises && eventTime
	note := ""
	if rises && t.Columns[column].Type.Precision > 3 {
		note = fmt.Sprintf("-- %s is cut to the milliseconds of event time\n", strings.Join(strings.Fields(t.Columns[column].Name), " "))
		t.Columns[column].Type.Precision = 3
	}
	var lines []string
	for _, c := range t.Columns {
		lines = append(lines, fmt.Sprintf("  %s %s", printed(c.Name), typeOf(c.Type)))
	}
	if rises {
		name := printed(t.Columns[column].Name)
		w := fmt.Sprintf("  WATERMARK FOR %s AS %s", name, name)
		if delay > 0 {
			w += " - " + interval(delay)
		}
		lines = append(lines, w)
	}
	var options []string
	for _, k := range slices.SortedFunc(maps.Keys(t.Options), optionOrder) {
		options = append(options, fmt.Sprintf("  %s = %s", ast.Quote(k), ast.Quote(t.Options[k])))
	}
	partitioned := ""
	if len(t.Partitions) > 0 {
		var names []string
		for _, p := range t.Partitions {
			names = append(names, printed(p))
		}
		partitioned = "PARTITIONED BY (" + strings.Join(names, ", ") + ") "
	}
	return note + fmt.Sprintf("CREATE TABLE %s (\n%s\n) %sWITH (\n%s\n);", printed(t.Name), strings.Join(lines, ",\n"), partitioned, strings.Join(options, ",\n"))
}

// optionOrder puts what all tables have first.
func optionOrder(a, b string) int {
	first := []string{"format", "path", "connector"}
	if d := slices.Index(first, b) - slices.Index(first, a); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// printed is a name, in backticks if it needs them.
func printed(name string) string { return ast.Print(ast.Ident{Name: name}) }

// typeOf is a type as people write it.
func typeOf(t vector.Type) string { return t.Plain().String() }

// interval is a watermark's delay.
func interval(d time.Duration) string {
	unit, name := time.Second, "SECOND"
	switch {
	case d%time.Hour == 0:
		unit, name = time.Hour, "HOUR"
	case d%time.Minute == 0:
		unit, name = time.Minute, "MINUTE"
	}
	return fmt.Sprintf("INTERVAL '%d' %s", d/unit, name)
}

// file is the table of a file that a statement names, with options; a statement sees one table however often it names it.
func (r *running) file(path string, options map[string]string) (*catalog.Table, error) {
	key := fmt.Sprintf("%q %q", path, options) // which prints maps in the order of their keys
	if t := r.files[key]; t != nil {
		return t, nil
	}
	t, err := inferred(r.ctx, r.config.Seams.FS, path, options)
	if err != nil {
		return nil, err
	}
	if r.files == nil {
		r.files = map[string]*catalog.Table{}
	}
	r.files[key] = t
	return t, nil
}

// fileAt is file with errors at the place where the statement names it.
func (r *running) fileAt(name ast.Name) (*catalog.Table, error) {
	t, err := r.file(name.Parts[0].Name, nil)
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		d.Span = name.Span()
		return nil, d
	}
	return t, err
}

// onlyFiles reports whether a statement reads nothing but files that it names, and VALUES.
func onlyFiles(tables []*catalog.Table) bool {
	return !slices.ContainsFunc(tables, func(t *catalog.Table) bool { return t.Inferred == nil })
}
