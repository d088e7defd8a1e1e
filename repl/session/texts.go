package session

import (
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
)

// texts are those of what may run as a job in a script: of each statement, and of the sets that are written between BEGIN
// and END. A file that SOURCE names belongs to the script.
type texts struct {
	all map[string]bool
	// sets are the members of the set at hand: all, and all but tables that may be there already.
	sets [2][]string
	// read reads a file that SOURCE names; one that can't be read has no statements.
	read func(path string) (string, error)
	// open are the files that are being read.
	open []string
}

// add adds the statements of a text, in order.
func (t *texts) add(src *diag.Source, all []parser.Parsed) {
	for _, p := range all {
		if p.Statement == nil {
			continue
		}
		stmt := p.Statement
		if x, ok := stmt.(*ast.Execute); ok {
			stmt = x.Statement
		}
		at := stmt.Span()
		text := src.Text[at.Start:at.End]
		t.all[text] = true
		switch x := stmt.(type) {
		case *ast.BeginStatementSet:
			t.sets = [2][]string{}
		case *ast.EndStatementSet:
			t.all[setText(t.sets[0])], t.all[setText(t.sets[1])] = true, true
		case *ast.SourceFile:
			t.source(x.Path)
		case *ast.CreateTable:
			t.sets[0] = append(t.sets[0], text)
			if !x.IfNotExists {
				t.sets[1] = append(t.sets[1], text)
			}
		default:
			t.sets[0], t.sets[1] = append(t.sets[0], text), append(t.sets[1], text)
		}
	}
}

func (t *texts) source(path string) {
	if unreadable(path, t.open) != "" {
		return
	}
	text, err := t.read(path)
	if err != nil {
		return
	}
	src := included(path, text)
	t.open = append(t.open, absolute(path))
	t.add(src, parser.Script(src))
	t.open = t.open[:len(t.open)-1]
}
