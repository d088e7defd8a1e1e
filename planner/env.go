// Package planner turns statements into plans: it resolves names and types against the catalog, which gives a logical
// tree, and decides for each operator how often it runs, which gives the physical graph.
package planner

import (
	"weir/catalog"
	"weir/parser/diag"
	"weir/planner/plan"
)

// maxReferences bounds what a statement reads: as many as the parser lets UNION ALL chain. Views that read another one
// twice, twenty deep, would read a million tables.
const maxReferences = 10_000

// Env is what the planner needs to know of the session that a statement is planned for.
type Env struct {
	Catalog  *catalog.Catalog
	Settings *catalog.Settings
	Source   *diag.Source // of the statement
	Cores    int
	// Constant evaluates an expression without columns; the session hands it in, since only exec can evaluate. The
	// planner asks for it where a constant decides the plan (a window's size, LIMIT).
	Constant func(plan.Expr) (*plan.Literal, error)
	// File guesses the table of a file that a statement names. Its errors are Diagnostics without a place.
	File func(path string, options map[string]string) (*catalog.Table, error)
	// Read are the tables that the statement reads, each as often as it is read: planning adds them, and has added those
	// that it came to where it fails.
	Read []*catalog.Table
	// Durable says that the job takes checkpoints or is restored from one: it is planned such that it can go on at
	// another parallelism.
	Durable    bool
	references int // names in FROM that have been resolved for the statement, those in views and named queries too
	// Stored are the operators whose state the job is restored from: theirs are the maxima that nobody set. That all of it
	// finds its operator is for the caller to ask (plan.Match).
	Stored []plan.Stored
}

// durable reports whether state outlives the job.
func (e *Env) durable() bool { return e.Durable || len(e.Stored) > 0 }

// batch reports whether the runtime mode is batch.
func (e *Env) batch() bool {
	mode, _ := e.Settings.Get("execution.runtime-mode")
	return mode == "batch"
}
