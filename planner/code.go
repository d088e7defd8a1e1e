package planner

import (
	"weir/parser/diag"
)

// The codes of what the resolver refuses.
const (
	codeNoTable     = "W2001" // no such table, view or relation
	codeNoColumn    = "W2002"
	codeAmbiguous   = "W2003"
	codeDuplicate   = "W2004" // a name given twice
	codeNoFunction  = "W2005"
	codeArguments   = "W2006" // a function or operator over the wrong types
	codeAggregate   = "W2007" // an aggregate where none may stand
	codeNotGrouped  = "W2008"
	codeNull        = "W2009" // a bare NULL where none may stand
	codeLiteral     = "W2010"
	codeMismatch    = "W2011" // types that do not go together
	codeCast        = "W2012"
	codeType        = "W2013" // a type that cannot be
	codeCondition   = "W2014" // a condition that is not BOOLEAN
	codeWatermark   = "W2020"
	codePrimaryKey  = "W2021"
	codeInsert      = "W2022" // a query that does not fit its sink
	codeLike        = "W2024" // what LIKE takes over and the statement says too
	codeAlter       = "W2025" // a change that does not fit the table
	codeSort        = "W2030" // ORDER BY, LIMIT, OFFSET
	codeWindow      = "W2040"
	codeTooLarge    = "W2050"
	codeUnsupported = "W2090"
	codeAboveMax    = "W3002"
	codeTableBounds = "W3003" // a parallelism in a table's options, out of bounds
	codeAppendOnly  = "W3005" // changes for a sink that takes none
	codeUpsertKey   = "W3006"
	codeOrder       = "W3007" // changes that could overtake each other
	codeRetract     = "W3008" // an aggregate that can't take rows back
	codeHint        = "W3010"
	codeOverwrite   = "W3014" // INSERT OVERWRITE where it can't be
	codeNoConnector = "W5001"
	codeNoOption    = "W5002"
	codeDirection   = "W5006" // a sink that is none, a source that is none
	codeUnbounded   = "W5012"
)

// unsupported refuses what the language has and weir does not; what is a phrase with its verb: "HOP is".
func unsupported(span diag.Span, what string) *diag.Diagnostic {
	return diag.New(codeUnsupported, span, "%s not supported yet", what)
}

// suggest adds the candidate that was probably meant as a hint.
func suggest(d *diag.Diagnostic, word string, candidates []string) *diag.Diagnostic {
	if len(word) < 2 {
		return d // every single letter is near to every other
	}
	if near, ok := diag.Nearest(word, candidates); ok {
		return d.WithHint("did you mean '%s'?", near)
	}
	return d
}

// problems collects errors that do not depend on each other. The zero value is ready.
type problems struct {
	list diag.List
	more bool // some were left out
}

// full reports whether more errors would be left out.
func (p *problems) full() bool { return len(p.list) >= diag.MostErrors }

// add keeps an error; nil is nothing, and a message that was there already, about the same name elsewhere, too.
func (p *problems) add(err error) {
	switch e := err.(type) {
	case nil:
	case *diag.Diagnostic:
		for _, have := range p.list {
			if have.Message == e.Message {
				return
			}
		}
		if p.full() {
			p.more = true
			return
		}
		p.list = append(p.list, e)
	case diag.List:
		for _, d := range e {
			p.add(d)
		}
	default:
		panic("planner: an error that is no Diagnostic: " + err.Error())
	}
}

// err returns what was collected: nil, the one Diagnostic, or a diag.List.
func (p *problems) err() error {
	if p.more {
		p.list[len(p.list)-1].WithNote("further errors of the statement are not shown")
		p.more = false
	}
	switch len(p.list) {
	case 0:
		return nil
	case 1:
		return p.list[0]
	}
	return p.list
}

// in sets the source of every diagnostic of err that has none.
func in(err error, s *diag.Source) error {
	switch e := err.(type) {
	case *diag.Diagnostic:
		return e.In(s)
	case diag.List:
		for _, d := range e {
			d.In(s)
		}
	}
	return err
}
