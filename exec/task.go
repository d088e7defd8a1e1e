package exec

import (
	"sync/atomic"
	"time"

	"weir/exec/state"
	"weir/keygroup"
	"weir/parser/diag"
	"weir/planner/plan"
)

// Task is what an operator knows of its place: which subtask of which node it is, its state and its counters.
type Task struct {
	Node    *plan.Node
	Graph   *plan.Graph
	Subtask int
	Groups  keygroup.Range // that the subtask owns
	State   *state.Store   // the operator's keyed state
	Config  *Config
	Zone    *time.Location // session time zone
	Counters
}

// Counters of one operator in one subtask. EXPLAIN ANALYZE and the notices at the end read them; any goroutine may.
type Counters struct {
	RowsIn, RowsOut atomic.Int64
	// Late rows were dropped for all their windows; NullTime rows had no rowtime (batch mode); Bad rows could not be
	// read (ignore-parse-errors), or were dropped by a NOT NULL column of a sink.
	Late, NullTime, Bad, Dropped atomic.Int64
	// Busy and Wait are nanoseconds at work and waiting for input or for room downstream.
	Busy, Wait atomic.Int64
	// Reached is the watermark that the head of a source stage has given, MinTime before the first, MaxTime while it is
	// idle and when it has ended. Of other operators it says nothing.
	Reached atomic.Int64
	// HeldBy is the path of the split that Reached waits for; nil where the scan has but one, or waits for none.
	HeldBy atomic.Pointer[string]
	// BytesAll is the size of all that a bounded scan reads, the same in each of its subtasks, once that is known; 0
	// before, and where it never is. BytesDone is what the subtask has read of it.
	BytesAll, BytesDone atomic.Int64
	// RowGroups is how many row groups a scan came to, of which it knows what is asked of their rows, RowGroupsSkipped
	// how many were. Files and FilesSkipped are those left out as a whole.
	RowGroups, RowGroupsSkipped, Files, FilesSkipped atomic.Int64
	// FirstBad is the first bad row that the subtask has met, in the order of its input.
	FirstBad atomic.Pointer[BadRow]
}

// BadRow is a row that could not be read, and where its chunk stands.
type BadRow struct {
	*diag.Diagnostic
	Split int
	From  int64
}

// Before says whether b comes before other, which may be nil, in the order of the input. Rows of one chunk are equal.
func (b *BadRow) Before(other *BadRow) bool {
	return other == nil || b.Split < other.Split || b.Split == other.Split && b.From < other.From
}
