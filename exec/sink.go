package exec

import (
	"context"
	"errors"

	"weir/vector"
)

// Sink is where the rows of a query or an INSERT go; one for all subtasks. A statement set has one for each INSERT.
type Sink interface {
	// Open makes the writer of a subtask; each subtask calls it once, at the same time as others.
	Open(t *Task) (Writer, error)
	// Commit makes what was prepared for the epoch visible. It is called after the epoch's checkpoint is durable (at
	// the end of the job where there are none), and again after a restore: it is idempotent.
	Commit(ctx context.Context, epoch int64, parts []Pending) error
	// Discard removes what the run's epochs after the given one have left behind; also called when a job fails, then
	// with OwnRun.
	Discard(run int, after int64) error
}

// OwnRun stands for the run that the sink itself began with its first Open, if it has. Another number must be one of
// which the caller knows that nobody writes it.
const OwnRun = -2

// ErrForeignRun is what Resumable.Resume returns, with a Diagnostic, where the run is another's by now.
var ErrForeignRun = errors.New("the run is another's")

// NoRun is the run of a sink that has none, or has not claimed one yet.
const NoRun = -1

// Writer takes the rows of one subtask.
type Writer interface {
	Write(b vector.Batch) error
	// Prepare makes what was written durable and returns what Commit needs. After an error the writer is only closed:
	// what the system could not make durable it may have dropped.
	Prepare(epoch int64) ([]Pending, error)
	Close() error
}

// Pending is a part that waits for its commit; plain data, part of a checkpoint.
type Pending []byte
