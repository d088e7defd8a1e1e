package exec

import (
	"context"
	"time"

	"weir/exec/state"
	"weir/planner/plan"
	"weir/vector"
)

// Image is a job as it stood when a barrier had passed all of it: what a checkpoint holds. It is plain data; whoever
// gets one may keep it and must not change it.
type Image struct {
	Job   JobInfo
	Epoch int64 // number of the barrier, counted from 0 through all lives of the job
	Taken int64 // ms since 1970
	// Finished says that all input has been read and all rows have left: what remains is to commit the sinks.
	Finished bool
	// Committed says that the sinks were committed.
	Committed bool
	Operators []*OperatorImage // in order of the graph's nodes
}

// JobInfo says whose an image is.
type JobInfo struct {
	ID        string // 32 hexadecimal digits
	Name      string // pipeline.name, or what the planner made up
	Key       string // what the same statement of the same script has in every run: --resume finds the job by it
	Statement string // SQL
	// Fingerprint is that of the plan's meaning (plan.Graph.Fingerprint).
	Fingerprint string
	Started     int64 // ms since 1970
}

// OperatorImage is what an operator's subtasks had together.
type OperatorImage struct {
	UID               string // plan.Node.UID
	Name              string // plan.Node.Name
	Kind              string // plan.Node.Kind
	Parallelism, Max  int
	Origin, MaxOrigin plan.Origin
	Clock             vector.Time // the lowest of the subtasks; MinTime before the first watermark
	Counts            Counts
	State             []*state.Snapshot // by subtask; nil where the operator keeps none
	Position          *Position         // sources only
	Sink              *SinkImage        // sinks only
}

// Counts are the sums of the counters of an operator's subtasks.
type Counts struct{ RowsIn, RowsOut, Late, NullTime, Bad, Dropped int64 }

// Position is where a source stands: what it has listed, and what of that is left to read.
type Position struct {
	Splits []Split // all that were ever listed, by number
	// Chains are the ranges still to read. The ranges of one chain have one watermark and are read in order.
	Chains []Chain
	// Floor is the lowest watermark that a subtask has announced, Highest the highest mark of all.
	Floor, Highest vector.Time
	Complete       bool   // there will be no further splits
	Listed         bool   // splits have been listed, if only none
	Rows           int64  // that have left the source
	State          []byte // the Source's own (Resumer)
}

// Chain is a split, or several that are read one after the other, less what has been read.
type Chain struct {
	Number int // of its first split
	// Ranges have At.Next ≥ 0 where their mark is known; others begin where the range before them in the chain ends, or
	// at the beginning of their split.
	Ranges []Remainder
	// Row and Watermark are those of the mark behind all that was read, where no range is left and a split that is
	// listed later goes on from there.
	Row       int64
	Watermark vector.Time
}

// Remainder is a range still to read, of whose first rows Skip have left already. Held says that a subtask was at it:
// it is to be read before others, as it would have been.
type Remainder struct {
	Range
	Skip int64
	Held bool
}

// SinkImage is a sink at a barrier.
type SinkImage struct {
	Run     int // whose parts it writes (Resumable), or NoRun
	Pending []Pending
}

// Checkpointing says how a job takes images of itself, and what it begins with.
type Checkpointing struct {
	Job JobInfo
	// Interval is the time between the beginnings of two checkpoints, 0: none by time. MinPause must lie between the
	// end of one and the beginning of the next. Rows is the number of source rows between two, 0: none by rows.
	Interval, MinPause time.Duration
	Rows               int64
	// Timeout is how long a checkpoint may take before it is given up.
	Timeout time.Duration
	// Tolerable is how many checkpoints may fail in a row before the job does; −1: any number. One that is given up
	// for time counts only where Strict.
	Tolerable int
	Strict    bool
	Store     ImageStore

	// Restored is what the job begins with; nil: nothing. Match gives for each node of the graph the operator of
	// Restored that it continues, −1: none.
	Restored *Image
	Match    []int
	// Resumes says that Restored is of this job's own: its sinks go on with their runs. Otherwise it is a savepoint, and
	// what follows is a new run.
	Resumes bool

	// Control brings requests from outside; nil: none. The job answers each.
	Control <-chan Request
	// Notify is told of every checkpoint that ended; by one goroutine.
	Notify func(Checkpoint)
}

// InDoubt is the error of an image that may be durable all the same: a loss of power decides.
type InDoubt struct{ Err error }

// Error is the error's own.
func (e *InDoubt) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *InDoubt) Unwrap() error { return e.Err }

// ImageStore keeps a job's images.
type ImageStore interface {
	// Write makes an image durable and returns its size in bytes. There is one call at a time. After an error no later
	// life of the job finds the image, unless the error is an InDoubt.
	Write(ctx context.Context, im *Image) (int64, error)
	// Savepoint makes an image durable in a new directory below dir and returns its path. The image's sinks have been
	// committed.
	Savepoint(ctx context.Context, im *Image, dir string) (path string, size int64, err error)
	// Committed notes that the sinks of an image that was written have been committed: its parts need not be there any
	// more when a job begins with it.
	Committed(epoch int64) error
}

// RequestKind is what a job is asked for.
type RequestKind uint8

const (
	// TakeCheckpoint takes a checkpoint now.
	TakeCheckpoint RequestKind = iota
	// TakeSavepoint takes a checkpoint and a savepoint of it in Request.Dir; the job goes on.
	TakeSavepoint
	// StopWithSavepoint ends the job behind a checkpoint, which is also a savepoint if there is a Dir.
	StopWithSavepoint
	// StopWithDrain does the same after all windows have fired. There is no way back: the job ends in any case.
	StopWithDrain
)

// Request asks a running job for something.
type Request struct {
	Kind  RequestKind
	Dir   string
	Reply chan<- Reply // with room for one
}

// Reply is the answer to a Request.
type Reply struct {
	Path  string // of the savepoint
	Epoch int64
	Err   error
}

// Checkpoint tells of one that ended.
type Checkpoint struct {
	Epoch     int64
	Started   time.Time
	Took      time.Duration
	Bytes     int64
	Savepoint string // its path
	Err       error  // nil: it is durable and its sinks are committed, and so is the savepoint that was asked for
}

// CheckpointCounts counts a job's checkpoints.
type CheckpointCounts struct {
	Taken, Failed, GivenUp int64
	Last                   Checkpoint // that was taken
	Durable                int64      // epoch of the last image that the job can be resumed from; −1: there is none
}

// Resumer is a Source that can go on where an earlier job's left off.
type Resumer interface {
	// State returns what Resume needs beside splits, at most some hundred bytes; nil: nothing.
	State() []byte
	// Resume is called before Splits. listed are all splits listed before, open those that are still to be read: an
	// error says that one of them is not what it was.
	Resume(ctx context.Context, state []byte, listed, open []Split) error
}

// Resumable is a Sink whose parts outlive a job.
type Resumable interface {
	// Run is the number that the sink claimed with its first Open; NoRun before.
	Run() int
	// Resume is called before the first Open: the sink goes on with the run of an earlier life of the job. NoRun: that is
	// not known, since the job died before its first checkpoint after the claim. It returns the run, or NoRun: none was
	// claimed.
	Resume(ctx context.Context, run int) (int, error)
	// Finish is called when all is committed and the job will not be resumed.
	Finish() error
}
