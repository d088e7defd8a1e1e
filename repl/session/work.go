package session

import (
	"slices"
	"strings"

	"weir/parser/ast"
	"weir/planner"
	"weir/planner/plan"
)

// work is what a job does: a query, or an INSERT, or several.
type work struct {
	stmt    ast.Statement    // in whose place errors about the whole stand
	text    string           // SQL, by which --resume knows it
	inserts []planner.Insert // none: it is a query
}

// work is what a statement of the text at hand asks for.
func (r *running) work(stmt ast.Statement) work {
	at := stmt.Span()
	w := work{stmt: stmt, text: r.src.Text[at.Start:at.End]}
	switch x := stmt.(type) {
	case *ast.Insert:
		w.inserts = []planner.Insert{{Statement: x, Source: r.src}}
	case *ast.StatementSet:
		w.inserts = planner.Inserts(x, r.src)
	}
	return w
}

func (w work) isQuery() bool { return len(w.inserts) == 0 }

// plan plans the work as one job.
func (w work) plan(env *planner.Env) (*plan.Graph, error) {
	if w.isQuery() {
		return planner.Statement(w.stmt, env)
	}
	g, err := planner.Set(w.inserts, env)
	return g, beginning(err, w.stmt.Span())
}

// target names the tables that are written, each once.
func (w work) target() string {
	var names []string
	for _, in := range w.inserts {
		if name := in.Statement.Table.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// setText is the text of a set of INSERTs that were written one by one.
func setText(statements []string) string {
	return "STATEMENT SET BEGIN\n" + strings.Join(statements, ";\n") + ";\nEND"
}

// places says where the work writes: what all runs of it have in common.
func (r *running) places(w work) string {
	var all []string
	for _, in := range w.inserts {
		place := "insert into " + r.path(in.Statement.Table)
		t := in.Into
		if id, err := planner.Identify(r.Catalog, in.Statement.Table); err == nil && t == nil {
			t, _, _ = r.Catalog.Lookup(id)
		}
		if t != nil && t.Options["connector"] == "filesystem" {
			// One script may write into two places, by a relative path.
			place += " in " + absolute(t.Options["path"])
		}
		all = append(all, place)
	}
	return strings.Join(all, ", ")
}
