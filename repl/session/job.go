package session

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
)

// Why a job's context ends before the job does.
var (
	errStopped = errors.New("the job was stopped")          // by STOP JOB or the end of the session
	errHalted  = errors.New("the session was interrupted")  // by Ctrl-C or a signal while it waited for its jobs
	errEnded   = errors.New("the job has ended without it") // instead of an answer
)

// The states of a job, in Flink's words.
const (
	statusRunning  = "RUNNING"
	statusFinished = "FINISHED"
	statusCanceled = "CANCELED"
	statusFailed   = "FAILED"
)

// job is a statement that runs as a job. It has its graph and all else that it needs: what the session sets and drops
// later does not touch it.
type job struct {
	info      exec.JobInfo
	graph     *plan.Graph
	statement int
	span      diag.Span // of the statement in source
	source    *diag.Source
	target    string // the tables that it writes into; empty: none
	// listed says that SHOW JOBS lists it: it does not list queries, whose result is seen while they run.
	listed bool
	// background says that statements go on while it runs: its end is told between two of them.
	background bool
	told       bool // the Output knows how it ended
	// collect makes the sink of a query's rows; nil: the Output takes them.
	collect func(*plan.Graph, *plan.Node, *exec.Config) (exec.Sink, error)

	durable *durability // nil: it takes no checkpoints
	// dir is where it keeps its checkpoints and listens to other processes; empty: nowhere.
	dir string
	// savepoints is the directory for those that are asked for without one; empty: there is none.
	savepoints string
	// requests goes to Checkpointing.Control; nil: the job takes no checkpoints.
	requests chan exec.Request
	cancel   context.CancelCauseFunc

	mu   sync.Mutex
	last exec.Checkpoint // that was taken; Started is zero before the first

	// ended is closed when the job has ended, by whoever ran it; report and err are valid from then on.
	ended  chan struct{}
	report *exec.Report
	err    error
}

// run runs the job to its end, in the calling goroutine. A panic, a broken invariant of weir, becomes its error.
func (j *job) run(ctx context.Context, c *exec.Config) {
	defer close(j.ended)
	defer j.cancel(nil)
	defer func() {
		if p := recover(); p != nil {
			j.err = internal(p, j.span)
		}
	}()
	j.report, j.err = exec.Run(ctx, j.graph, c)
	if err := j.durable.close(); j.err == nil {
		j.err = err
	}
}

// internal is the error for a panic.
func internal(p any, at diag.Span) *diag.Diagnostic {
	return diag.New(codeInternal, at, "internal error: %v", p).
		WithHint("this is a fault of weir, not of the statement").WithNote("%s", debug.Stack())
}

// over reports whether the job has ended.
func (j *job) over() bool {
	select {
	case <-j.ended:
		return true
	default:
		return false
	}
}

// status is the job's state.
func (j *job) status() string {
	switch {
	case !j.over():
		return statusRunning
	case j.err == nil:
		return statusFinished
	case errors.Is(j.err, errStopped), errors.Is(j.err, errHalted), errors.Is(j.err, context.Canceled):
		return statusCanceled
	}
	return statusFailed
}

// started is when the job began.
func (j *job) started() time.Time { return time.UnixMilli(j.info.Started) }

// label names the job in a sentence.
func (j *job) label() string {
	return fmt.Sprintf("job %s (%s)", j.info.ID[:shownDigits], oneLine(j.info.Name))
}

// shownDigits of an id are enough to tell a session's jobs apart.
const shownDigits = 8

// oneLine puts a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// stop ends the job's context and waits until the job has ended, or ctx has.
func (j *job) stop(ctx context.Context, why error) error {
	j.cancel(why)
	select {
	case <-j.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ask sends a request to the running job and waits for its answer; errEnded says that there was none. Any goroutine may
// call it.
func (j *job) ask(ctx context.Context, kind exec.RequestKind, dir string) (exec.Reply, error) {
	reply := make(chan exec.Reply, 1)
	select {
	case j.requests <- exec.Request{Kind: kind, Dir: dir, Reply: reply}:
	case <-j.ended:
		return exec.Reply{}, errEnded
	case <-ctx.Done():
	}
	select {
	case r := <-reply:
		return r, r.Err
	case <-j.ended:
	case <-ctx.Done():
	}
	select {
	case r := <-reply: // it was given on the way out
		return r, r.Err
	default:
	}
	if j.over() { // which may be why ctx has ended
		return exec.Reply{}, errEnded
	}
	return exec.Reply{}, context.Cause(ctx)
}

// note keeps the last checkpoint that was taken.
func (j *job) note(c exec.Checkpoint) {
	if c.Err != nil {
		return
	}
	j.mu.Lock()
	j.last = c
	j.mu.Unlock()
}

// taken is the last checkpoint that was taken; ok is false before the first.
func (j *job) taken() (c exec.Checkpoint, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last, !j.last.Started.IsZero()
}

// written counts the rows that the job has written.
func (j *job) written() int64 {
	if j.report == nil {
		return 0
	}
	rows := int64(0)
	for _, n := range j.graph.Ends() {
		for _, t := range j.report.Tasks[n.ID] {
			rows += t.RowsIn.Load() - t.Dropped.Load()
		}
	}
	return rows
}
