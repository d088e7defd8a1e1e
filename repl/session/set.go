package session

import (
	"fmt"
	"slices"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
)

// openSet is a statement set between its BEGIN and its END.
type openSet struct {
	number  int // of BEGIN
	span    diag.Span
	source  *diag.Source
	members []member
}

// member is a statement of a set: INSERT, or CREATE TABLE … AS.
type member struct {
	stmt    ast.Statement
	source  *diag.Source
	creates catalog.Identifier // of a table; none for INSERT
}

// InSet reports whether a statement set was begun and not ended.
func (s *Session) InSet() bool { return s.opened != nil }

// beginSet handles BEGIN STATEMENT SET.
func (r *running) beginSet(x *ast.BeginStatementSet) error {
	r.opened = &openSet{number: r.number, span: x.Span(), source: r.src}
	return r.finish(Done{Verb: "BEGIN STATEMENT SET"})
}

// inSet handles a statement between BEGIN and END. taken is false for one that means there what it means elsewhere.
func (r *running) inSet(stmt ast.Statement) (taken bool, err error) {
	switch x := stmt.(type) {
	case *ast.EndStatementSet, *ast.SourceFile, *ast.Quit, *ast.Help, *ast.Clear:
		return false, nil
	case *ast.Execute:
		if in, ok := x.Statement.(*ast.Insert); ok {
			return true, r.addInsert(in)
		}
	case *ast.Insert:
		return true, r.addInsert(x)
	case *ast.CreateTable:
		if x.As != nil {
			return true, r.addTableAs(x)
		}
	}
	return true, diag.New(codeSet, stmt.Span(), "%s can't stand in a statement set: only INSERT and CREATE TABLE AS can", ast.Title(stmt)).
		WithHint("END; runs the set, and Ctrl-C at the empty prompt gives it up")
}

// addInsert adds an INSERT to the set. What can be told of it alone is told now: its table and its query; whether they
// fit shows at END.
func (r *running) addInsert(x *ast.Insert) error {
	in := planner.Insert{Statement: x, Source: r.src}
	env := r.env()
	err := planner.Check(in, env)
	if err != nil && onlyFiles(env.Read) && r.modeUnset() {
		// It may be meant for batch mode, which is chosen when all is known.
		batch, failed := r.batchEnv(env)
		if failed != nil {
			return failed
		}
		if planner.Check(in, batch) == nil {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	r.opened.members = append(r.opened.members, member{stmt: x, source: r.src})
	return r.finish(Done{})
}

// addTableAs adds CREATE TABLE … AS to the set: the table comes into being at END.
func (r *running) addTableAs(x *ast.CreateTable) error {
	skip, err := r.creatable(x)
	if err != nil {
		return err
	}
	if skip {
		return r.finish(Done{})
	}
	in, err := r.tableAs(x, r.src)
	if err != nil {
		return err
	}
	id := in.Into.Identifier
	if slices.ContainsFunc(r.opened.members, func(m member) bool { return m.creates == id }) {
		if x.IfNotExists {
			return r.finish(Done{})
		}
		return exists(id, x.Name.Span())
	}
	r.opened.members = append(r.opened.members, member{x, r.src, id})
	return r.finish(Done{})
}

// endSet handles END: what stands in the set runs as one job. The set is over whatever comes of it, as in Flink.
func (r *running) endSet(x *ast.EndStatementSet) error {
	set := r.opened
	if set == nil {
		return diag.New(codeSet, x.Span(), "No Statement Set to submit. 'END' statement should be used after 'BEGIN STATEMENT SET'")
	}
	r.opened = nil
	if len(set.members) == 0 {
		return r.finish(Done{Verb: "END"})
	}
	w, tables, err := r.gather(x, set)
	if err != nil {
		return set.refused(err)
	}
	g, d, err := r.plan(w)
	if err != nil {
		return set.refused(err)
	}
	for _, t := range tables {
		r.Catalog.Put(t, nil)
	}
	return r.write(w, g, d)
}

// gather makes the work of a set's END, and the tables that it creates.
func (r *running) gather(x *ast.EndStatementSet, set *openSet) (work, []*catalog.Table, error) {
	w := work{stmt: x}
	var texts []string
	var tables []*catalog.Table
	for _, m := range set.members {
		at := m.stmt.Span()
		texts = append(texts, m.source.Text[at.Start:at.End])
		in := planner.Insert{Source: m.source}
		switch s := m.stmt.(type) {
		case *ast.Insert:
			in.Statement = s
		case *ast.CreateTable:
			var err error
			if in, err = r.tableAs(s, m.source); err != nil {
				return work{}, nil, err
			}
			tables = append(tables, in.Into)
		}
		w.inserts = append(w.inserts, in)
	}
	w.text = setText(texts)
	return w, tables, nil
}

// refused says with the errors of END which statement each is about, and what has become of the set.
func (s *openSet) refused(err error) error {
	all := diagnostics(err)
	for _, d := range all {
		i := slices.IndexFunc(s.members, func(m member) bool {
			at := m.stmt.Span()
			return m.source == d.Source && at.Start <= d.Span.Start && d.Span.End <= at.End
		})
		if i >= 0 && len(s.members) > 1 {
			d.WithNote("this is statement %d of %d of the set", i+1, len(s.members))
		}
	}
	all[len(all)-1].WithNote("the statement set is over, and %s", s.notRun())
	return diag.List(all)
}

// GiveUpSet forgets the statement set that was begun and not ended, if there is one, and tells so. It returns ErrClosed
// if the Output takes no more.
func (s *Session) GiveUpSet() error {
	set := s.opened
	if set == nil {
		return nil
	}
	s.opened = nil
	if err := s.config.Output.Notice(Notice{Statement: set.number, Kind: NoticeJob, Message: "the statement set was given up: " + set.notRun()}); err != nil {
		return closedBy(err)
	}
	return nil
}

// unended is the error for a script that ends between BEGIN and END.
func (s *openSet) unended() *diag.Diagnostic {
	return diag.New(codeSet, s.span, "the script ends inside of the statement set that begins here: %s", s.notRun()).
		WithHint("write END; behind the last INSERT").In(s.source)
}

// notRun says what has not become of a set.
func (s *openSet) notRun() string {
	switch len(s.members) {
	case 0:
		return "it has no statements"
	case 1:
		return "its statement has not run"
	}
	return fmt.Sprintf("its %d statements have not run", len(s.members))
}

// executeStatement handles EXECUTE, which runs what stands behind it.
func (r *running) executeStatement(x *ast.Execute) error {
	switch s := x.Statement.(type) {
	case *ast.QueryStatement:
		return r.query(s)
	case *ast.Insert, *ast.StatementSet:
		return r.insert(s)
	}
	return diag.New(codeUnsupported, x.Span(), "%s is not supported", ast.Title(x))
}
