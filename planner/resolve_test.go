package planner

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"weir/catalog"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

var update = flag.Bool("update", false, "write the goldens anew; read them before they are committed")

// world is a session's catalog and settings for tests.
type world struct {
	catalog  *catalog.Catalog
	settings *catalog.Settings
}

func newWorld(mode string) *world {
	w := &world{catalog: catalog.New(), settings: catalog.NewSettings()}
	if mode == "" {
		mode = "streaming"
	}
	if err := w.settings.Set("execution.runtime-mode", mode, catalog.Environment); err != nil {
		panic(err)
	}
	return w
}

func (w *world) env(src *diag.Source) *Env {
	return &Env{Catalog: w.catalog, Settings: w.settings, Source: src, Cores: 4}
}

// run resolves a statement; CREATE and DROP change the catalog and give no tree.
func (w *world) run(src *diag.Source, p parser.Parsed) (logical.Node, error) {
	if p.Err != nil {
		return nil, p.Err
	}
	switch s := p.Statement.(type) {
	case *ast.CreateTable:
		t, err := Table(s, w.env(src))
		if err != nil {
			return nil, err
		}
		return nil, w.put(t, nil)
	case *ast.CreateView:
		v, err := View(s, w.env(src))
		if err != nil {
			return nil, err
		}
		return nil, w.put(nil, v)
	case *ast.Drop:
		id, err := Identify(w.catalog, s.Name)
		w.catalog.Drop(id, s.Temporary)
		return nil, err
	}
	return Resolve(p.Statement, w.env(src))
}

// put registers a table or a view under a name that is free.
func (w *world) put(t *catalog.Table, v *catalog.View) error {
	id, temporary := catalog.Identifier{}, false
	if t != nil {
		id, temporary = t.Identifier, t.Temporary
	} else {
		id, temporary = v.Identifier, v.Temporary
	}
	if _, _, taken := w.catalog.Registered(id, temporary); taken {
		return fmt.Errorf("%s is there already", id.Path())
	}
	w.catalog.Put(t, v)
	return nil
}

// script runs statements and returns the tree of the last.
func (w *world) script(text string) (logical.Node, error) {
	src := &diag.Source{Text: text}
	var last logical.Node
	for _, p := range parser.Script(src) {
		n, err := w.run(src, p)
		if err != nil {
			return nil, err
		}
		last = n
	}
	return last, nil
}

// TestResolve compares logical trees and errors with testdata/*.txtar. The comment of an archive is SQL that goes before
// each case; a case is SQL, a line of dashes and the tree or the error. Names that end in .batch run in batch mode.
func TestResolve(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range a.Files {
			t.Run(filepath.Base(path)+"/"+f.Name, func(t *testing.T) {
				mode := ""
				if strings.HasSuffix(f.Name, ".batch") {
					mode = "batch"
				}
				w := newWorld(mode)
				if _, err := w.script(string(a.Comment)); err != nil {
					t.Fatalf("the archive's comment: %v", err)
				}
				sql, want, _ := strings.Cut(string(f.Data), "----\n")
				n, err := w.script(sql)
				got := ""
				switch {
				case err != nil:
					got = errorText(err)
				case n != nil:
					checkIndices(t, n)
					got = treeText(n)
				}
				if *update {
					a.Files[i].Data = []byte(sql + "----\n" + got)
				} else if got != want {
					t.Errorf("%s\ngot:\n%s\nwant:\n%s", sql, got, want)
				}
			})
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// errorText prints diagnostics with the text they point at.
func errorText(err error) string {
	var list diag.List
	if !errors.As(err, &list) {
		var d *diag.Diagnostic
		if !errors.As(err, &d) {
			return "no Diagnostic: " + err.Error() + "\n"
		}
		list = diag.List{d}
	}
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s: %s\n", d.Code, d.Message)
		switch {
		case d.Source == nil || d.Span.End > len(d.Source.Text):
			b.WriteString("  without source\n")
		case d.Source.Name != "":
			fmt.Fprintf(&b, "  at %s: %s\n", d.Source.Name, d.Source.Text[d.Span.Start:d.Span.End])
		default:
			fmt.Fprintf(&b, "  at %s\n", d.Source.Text[d.Span.Start:d.Span.End])
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", d.Hint)
		}
		for _, n := range d.Notes {
			fmt.Fprintf(&b, "  note: %s\n", n)
		}
	}
	return b.String()
}

// treeText prints a logical tree: each node with what it does, its columns where they are new, and its hints.
func treeText(n logical.Node) string {
	var b strings.Builder
	treeNode(&b, n, "")
	return b.String()
}

func treeNode(b *strings.Builder, n logical.Node, indent string) {
	b.WriteString(indent)
	columns := true
	switch n := n.(type) {
	case *logical.Collect:
		b.WriteString("Collect")
	case *logical.Sink:
		fmt.Fprintf(b, "Sink %s%s", n.Table.Name, degrees(n.Parallelism, n.Max))
	case *logical.Scan:
		fmt.Fprintf(b, "Scan %s%s", n.Table.Name, degrees(n.Parallelism, n.Max))
		for i := range n.Schema() {
			if e := n.Computed[i]; e != nil {
				fmt.Fprintf(b, " %s=%s", n.Schema()[i].Name, plan.Format(e))
			}
		}
		if n.Rowtime >= 0 {
			fmt.Fprintf(b, " watermark=%s", plan.Format(n.Watermark))
		}
		if n.Stamp {
			b.WriteString(" stamp")
		}
		if n.Unbounded {
			b.WriteString(" unbounded")
		}
	case *logical.Values:
		b.WriteString("Values")
		for _, r := range n.Rows {
			fmt.Fprintf(b, " (%s)", exprsText(r))
		}
	case *logical.Filter:
		fmt.Fprintf(b, "Filter %s", plan.Format(n.Cond))
		columns = false
	case *logical.Project:
		fmt.Fprintf(b, "Project %s", exprsText(n.Exprs))
	case *logical.WindowFunction:
		fmt.Fprintf(b, "Tumble %s size=%d offset=%d", n.Inputs()[0].Schema()[n.Time].Name, n.Size, n.Offset)
	case *logical.Aggregate:
		in := n.Inputs()[0].Schema()
		b.WriteString("Aggregate")
		if n.Windowed {
			fmt.Fprintf(b, " windowed(%d,%d,%d)", n.StartKey, n.EndKey, n.TimeKey)
		}
		fmt.Fprintf(b, " by(%s)", namesAt(in, n.Keys))
		for _, c := range n.Calls {
			distinct, filter := "", ""
			if c.Distinct {
				distinct = "DISTINCT "
			}
			if c.Filter >= 0 {
				filter = " if " + in[c.Filter].Name
			}
			for _, l := range c.Constants {
				filter += " with " + plan.Format(l)
			}
			fmt.Fprintf(b, " %s(%s%s)%s", c.Func, distinct, namesAt(in, c.Args), filter)
		}
	case *logical.Unnest:
		fmt.Fprintf(b, "Unnest %s left=%t ordinality=%t", plan.Format(n.Array), n.Left, n.Ordinality)
	case *logical.Union:
		b.WriteString("Union")
	case *logical.Sort:
		b.WriteString("Sort")
		for _, k := range n.Keys {
			fmt.Fprintf(b, " %s desc=%t nullsFirst=%t", n.Schema()[k.Column].Name, k.Desc, k.NullsFirst)
		}
		fmt.Fprintf(b, " offset=%d limit=%d", n.Offset, n.Limit)
		columns = false
	}
	if columns {
		parts := make([]string, len(n.Schema()))
		for i, f := range n.Schema() {
			parts[i] = f.Name + " " + f.Type.String()
		}
		fmt.Fprintf(b, " [%s]", strings.Join(parts, ", "))
	}
	if w := n.Windows(); w != nil {
		pending := ""
		if w.Function != nil {
			pending = " pending"
		}
		fmt.Fprintf(b, " window(%d,%d,%d)%s", w.Start, w.End, w.Time, pending)
	}
	b.WriteString(blockText(n.Block()))
	b.WriteString("\n")
	for _, in := range n.Inputs() {
		treeNode(b, in, indent+"  ")
	}
}

func degrees(p, max int) string {
	s := ""
	if p != 0 {
		s += fmt.Sprintf(" parallelism=%d", p)
	}
	if max != 0 {
		s += fmt.Sprintf(" max=%d", max)
	}
	return s
}

// blockText prints the hints of a block and those around it.
func blockText(block *logical.Block) string {
	s := ""
	for b := block; b != nil; b = b.Outer {
		own := degrees(b.Parallelism, b.Max)
		for _, kind := range operatorKinds {
			if n := b.Named[kind]; n != 0 {
				own += fmt.Sprintf(" %s=%d", kind, n)
			}
			if n := b.NamedMax[kind]; n != 0 {
				own += fmt.Sprintf(" %s.max=%d", kind, n)
			}
		}
		if own != "" {
			s += " {" + strings.TrimSpace(own) + "}"
		}
	}
	return s
}

func exprsText(exprs []plan.Expr) string {
	parts := make([]string, len(exprs))
	for i, e := range exprs {
		parts[i] = plan.Format(e)
	}
	return strings.Join(parts, ", ")
}

func namesAt(schema []vector.Field, columns []int) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = schema[c].Name
	}
	return strings.Join(parts, ", ")
}

// checkIndices reports columns of expressions that lie outside of a node's input.
func checkIndices(t *testing.T, n logical.Node) {
	t.Helper()
	width := 0
	for _, in := range n.Inputs() {
		checkIndices(t, in)
		width = len(in.Schema())
	}
	var exprs []plan.Expr
	switch n := n.(type) {
	case *logical.Filter:
		exprs = []plan.Expr{n.Cond}
	case *logical.Project:
		exprs = n.Exprs
	case *logical.Unnest:
		exprs = []plan.Expr{n.Array}
	case *logical.Aggregate:
		for _, k := range n.Keys {
			if k < 0 || k >= width {
				t.Errorf("key %d of %d columns", k, width)
			}
		}
	}
	for _, e := range exprs {
		visit(e, func(x plan.Expr) {
			if c, ok := x.(*plan.Column); ok && (c.Index < 0 || c.Index >= width) {
				t.Errorf("column %d of %d", c.Index, width)
			} else if ok && !c.T.Same(n.Inputs()[0].Schema()[c.Index].Type) {
				t.Errorf("column %d has type %s in the expression and %s in the input", c.Index, c.T, n.Inputs()[0].Schema()[c.Index].Type)
			}
		})
	}
}
