// Package exec runs a plan.Graph: stages of operators in parallel subtasks, exchanges between them, watermarks and
// held rows in front of them.
package exec

import (
	"errors"

	"weir/vector"
)

// Operator does the work of one plan node in one subtask. One goroutine drives it. What it owes for a call it has
// emitted when the call returns.
type Operator interface {
	// Open is called once, before anything else. Restored state is in place then.
	Open(t *Task) error
	// Process takes a batch of one port. The batch is immutable and may be kept, all but Home, which is valid during
	// the call: a chained HASH edge writes the next batch's into the same memory.
	Process(port int, b vector.Batch, out Emitter) error
	// Advance says that every port has reached wm. wm rises strictly; the last one is MaxTime. The result is what the
	// operator's output has reached, ≤ wm; that is forwarded.
	Advance(wm vector.Time, out Emitter) (vector.Time, error)
	// Flush asks for all rows that are held outside state. The runtime calls it before a barrier and when a row has
	// waited 100 ms.
	Flush(out Emitter) error
	// Close is called once if Open was, also after an error.
	Close() error
}

// Ender is an Operator that wants to know when a port has no more rows: once per port, behind the port's last held
// row, before Advance(MaxTime).
type Ender interface {
	End(port int, out Emitter) error
}

// Ticker is an Operator that works by processing time; now is the clock seam's, about every 100 ms.
type Ticker interface {
	Tick(now vector.Time, out Emitter) error
}

// Holder is an Operator whose answer to a row with Behind depends on more than the row: the runtime keeps such rows
// in front of it until its clock leaves their Behind (docs/design.md §4).
type Holder interface {
	// HoldTime returns the column of the port's rows that is their rowtime.
	HoldTime(port int) int
}

// Emitter takes an operator's output. Emit blocks while downstream is full. ErrEnough says that nobody wants more;
// the operator returns it as it is.
type Emitter interface {
	Emit(b vector.Batch) error
}

// ErrEnough ends a job early and well: a LIMIT has all its rows.
var ErrEnough = errors.New("enough rows")

// EmitFunc is a function as an Emitter.
type EmitFunc func(b vector.Batch) error

// Emit calls f.
func (f EmitFunc) Emit(b vector.Batch) error { return f(b) }
