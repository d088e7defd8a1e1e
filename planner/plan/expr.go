// Package plan is the physical plan: operators with their parallelism, the edges between them, typed expressions, and
// EXPLAIN. It is what the planner hands to exec; it knows nothing of SQL text.
package plan

import (
	"weir/parser/diag"
	"weir/vector"
)

// Expr is a typed expression over the columns of one input.
type Expr interface {
	Type() vector.Type
	// Span is where in the statement's source the expression was written, for run-time errors; zero if nowhere.
	Span() diag.Span
	expr()
}

// Column is column Index of the input.
type Column struct {
	Index int
	Name  string // for EXPLAIN
	T     vector.Type
	At    diag.Span
}

// Literal is a constant. Value by physical type: bool; int64 for I8…I64; float64 for F32, F64; vector.Num128 for
// I128; string for Bytes; nil for NULL of any type.
type Literal struct {
	T     vector.Type
	Value any
	At    diag.Span
}

// Call applies the function or operator of that name in catalog (upper case). The arguments have the types that its
// signature asks for. AND, OR and COALESCE evaluate later arguments only for rows that need them.
type Call struct {
	Name string
	Args []Expr
	T    vector.Type
	At   diag.Span
}

// Cast converts X to T. A failing Try gives NULL, others fail the job.
type Cast struct {
	X   Expr
	T   vector.Type
	Try bool
	// Implicit casts are the planner's own; they don't show in EXPLAIN.
	Implicit bool
	At       diag.Span
}

// Case is a searched CASE; conditions are BOOLEAN, all values have type T. Else may be nil (NULL).
type Case struct {
	Whens []When
	Else  Expr
	T     vector.Type
	At    diag.Span
}

// When is a branch of Case. Then is evaluated only for rows that take it.
type When struct{ Cond, Then Expr }

// CurrentWatermark is CURRENT_WATERMARK: the row's Behind as TIMESTAMP(3) or TIMESTAMP_LTZ(3), NULL where there is none.
type CurrentWatermark struct {
	T  vector.Type
	At diag.Span
}

func (e *Column) Type() vector.Type           { return e.T }
func (e *Literal) Type() vector.Type          { return e.T }
func (e *Call) Type() vector.Type             { return e.T }
func (e *Cast) Type() vector.Type             { return e.T }
func (e *Case) Type() vector.Type             { return e.T }
func (e *CurrentWatermark) Type() vector.Type { return e.T }

func (e *Column) Span() diag.Span           { return e.At }
func (e *Literal) Span() diag.Span          { return e.At }
func (e *Call) Span() diag.Span             { return e.At }
func (e *Cast) Span() diag.Span             { return e.At }
func (e *Case) Span() diag.Span             { return e.At }
func (e *CurrentWatermark) Span() diag.Span { return e.At }

func (*Column) expr()           {}
func (*Literal) expr()          {}
func (*Call) expr()             {}
func (*Cast) expr()             {}
func (*Case) expr()             {}
func (*CurrentWatermark) expr() {}

// Walk calls f for each expression and everything in it, from the outside in.
func Walk(f func(Expr), exprs ...Expr) {
	for _, e := range exprs {
		f(e)
		switch e := e.(type) {
		case *Call:
			Walk(f, e.Args...)
		case *Cast:
			Walk(f, e.X)
		case *Case:
			for _, w := range e.Whens {
				Walk(f, w.Cond, w.Then)
			}
			if e.Else != nil {
				Walk(f, e.Else)
			}
		}
	}
}
