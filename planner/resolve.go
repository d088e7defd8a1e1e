package planner

import (
	"fmt"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
)

// Resolve finds out what the names and types of a query or an INSERT mean. The tree ends in logical.Collect or
// logical.Sink. Errors are *diag.Diagnostic, or a diag.List of several.
func Resolve(stmt ast.Statement, env *Env) (logical.Node, error) {
	r := newResolver(env)
	switch stmt := stmt.(type) {
	case *ast.QueryStatement:
		node, err := r.query(stmt.Query, context{})
		if err != nil {
			return nil, in(err, r.source)
		}
		return &logical.Collect{Base: logical.Base{Out: node.Schema(), In: []logical.Node{node}}}, nil
	case *ast.Insert:
		node, err := r.insertInto(nil, stmt)
		if err != nil {
			return nil, in(err, r.source)
		}
		return node, nil
	}
	return nil, unsupported(stmt.Span(), fmt.Sprintf("planning %T is", stmt)).In(env.Source)
}

// resolveQuery resolves a query alone.
func resolveQuery(q *ast.Query, env *Env) (logical.Node, error) {
	r := newResolver(env)
	node, err := r.query(q, context{})
	if err != nil {
		return nil, in(err, r.source)
	}
	return node, nil
}

// resolver resolves one text: a statement's, or the stored text of a view or of a table's column.
type resolver struct {
	env    *Env
	source *diag.Source // of the text
	batch  bool
	// anchor is set for stored text: where the statement names the view or table. Expressions and nodes carry it, since
	// their spans mean the statement's text.
	anchor *diag.Span
	views  []catalog.Identifier // being resolved, the outermost first
	// freezing is set for the query of a view that is created.
	freezing *freezing
}

func newResolver(env *Env) *resolver {
	return &resolver{env: env, source: env.Source, batch: env.batch()}
}

// stored returns a resolver for the stored text of what stands at a place in r's text.
func (r *resolver) stored(name, text string, at diag.Span) *resolver {
	s := *r
	s.source, s.freezing = &diag.Source{Name: name, Text: text}, nil
	if r.anchor == nil {
		s.anchor = &at
	}
	return &s
}

// span is the place in the statement's text that a node stands for.
func (r *resolver) span(n ast.Node) diag.Span {
	if r.anchor != nil {
		return *r.anchor
	}
	return n.Span()
}
