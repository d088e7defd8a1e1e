package exec

import (
	"context"
	"errors"
	"math"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// errStopped ends a job that was asked to stop behind a savepoint.
var errStopped = errors.New("the job was stopped")

// coordinator takes a job's checkpoints: it asks the sources to let a barrier pass, gathers what the subtasks had when
// it passed them, has that made durable and then commits the sinks. One checkpoint is under way at a time. Its own
// goroutine runs it; the methods that others call say so.
//
// A job without checkpoints has a nil one: room, left, awaited, first, counted and refuse, which the runtime calls all the same, do
// nothing then.
type coordinator struct {
	job    *job
	config *Checkpointing
	clock  Clock

	// Barrier that the sources are to let pass, and what they do then.
	barrier  atomic.Int64
	ending   atomic.Int64 // the barrier that sources wait behind, or end behind if draining; 0: none
	draining atomic.Bool
	changed  chan struct{} // holds a token when barrier has risen, for the subtask that waits for its own
	rows     atomic.Int64  // that have left the sources
	due      chan struct{} // holds a token when enough rows have left
	exact    bool          // one subtask reads all: the barrier stands behind exactly so many rows

	messages chan *passed

	epoch     int64       // of the last checkpoint that began
	gathering int64       // the barrier that subtasks are heard of; 0: none
	durable   int64       // that of the last one that a job can resume from
	doubtful  int64       // that of the last one of which it is not known
	final     []*passed   // by subtask (job.all): how it ended; nil: it lives
	pending   [][]Pending // by sink: prepared and not committed
	failed    int         // in a row
	counts    CheckpointCounts
	last      time.Time // the end of the last one
	begin     time.Time // the beginning of the last one
}

// passed is what a subtask had when a barrier passed it, or at its end.
type passed struct {
	subtask  *subtask
	kind     passage
	barrier  int64
	steps    []stepImage // by operator of the chain, a source's head first
	prepared []prepared
}

type passage uint8

const (
	hasPassed passage = iota
	hasEnded
)

// stepImage is one operator in one subtask.
type stepImage struct {
	node   int
	frozen *state.Frozen   // until it is
	state  *state.Snapshot // this; nil: the operator keeps none
	clock  vector.Time
	enough bool // it ended since nobody wanted more
	counts Counts
}

// snapshot copies what was frozen, while the operator goes on. The coordinator calls it.
func (x *stepImage) snapshot() *state.Snapshot {
	if x.frozen != nil {
		if s := x.frozen.Snapshot(); len(s.Tables) > 0 {
			x.state = s
		}
		x.frozen = nil
	}
	return x.state
}

// discard lets go of what nobody will ask for.
func (p *passed) discard() {
	for i := range p.steps {
		if x := &p.steps[i]; x.frozen != nil {
			x.frozen.Discard()
			x.frozen = nil
		}
	}
}

// prepared is what a writer made durable.
type prepared struct {
	end   *sinkEnd
	parts []Pending
}

// noEpoch is before that of any image.
const noEpoch = -1

// newCoordinator makes the coordinator of a job that was built.
func newCoordinator(j *job) *coordinator {
	if j.config.Checkpoints == nil {
		return nil
	}
	c := &coordinator{
		job: j, config: j.config.Checkpoints, clock: j.config.Seams.Clock,
		changed: make(chan struct{}, 1), due: make(chan struct{}, 1),
		// A subtask says no more than three things while nobody listens: that a barrier has passed which was given up, and
		// the next one, and that it has ended.
		messages: make(chan *passed, 3*len(j.all)),
		final:    make([]*passed, len(j.all)), pending: make([][]Pending, len(j.sinks)),
		durable: noEpoch, doubtful: noEpoch,
	}
	sources := 0
	for _, s := range j.all {
		if s.feed != nil {
			sources++
		}
	}
	c.exact = sources == 1
	if im := c.config.Restored; im != nil {
		c.epoch = im.Epoch
		if c.config.Resumes {
			c.durable = im.Epoch
		}
		c.barrier.Store(im.Epoch)
		for _, s := range j.all {
			s.passed = im.Epoch
		}
		for _, o := range im.Operators {
			if o.Position != nil {
				c.rows.Add(o.Position.Rows)
			}
		}
	}
	return c
}

// counted are the job's checkpoints so far.
func (c *coordinator) counted() CheckpointCounts {
	if c == nil {
		return CheckpointCounts{Durable: noEpoch}
	}
	counts := c.counts
	counts.Durable = c.durable
	return counts
}

// tell hands a message to the coordinator; there is always room.
func (c *coordinator) tell(p *passed) { c.messages <- p }

// room is how many rows a source's subtask may let go before the next barrier. Subtasks call it.
func (c *coordinator) room() int {
	if c == nil || !c.exact || c.config.Rows <= 0 {
		return math.MaxInt
	}
	return int(c.config.Rows - c.rows.Load()%c.config.Rows)
}

// left counts rows that a source's subtask has let go, and asks for a checkpoint when they are enough. Where one subtask
// reads all it waits for the barrier: it comes behind exactly so many rows. Subtasks call it.
func (c *coordinator) left(s *subtask, n int) error {
	if c == nil || c.config.Rows <= 0 {
		return nil
	}
	after := c.rows.Add(int64(n))
	if after/c.config.Rows == (after-int64(n))/c.config.Rows {
		return nil
	}
	select {
	case c.due <- struct{}{}:
	default: // one is asked for already
	}
	for c.exact && c.barrier.Load() == s.passed {
		select {
		case <-c.changed:
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
	return nil
}

// awaited is the barrier that a source's subtask is to let pass; 0: none. Subtasks call it.
func (c *coordinator) awaited(s *subtask) int64 {
	if c == nil {
		return 0
	}
	if b := c.barrier.Load(); b > s.passed {
		return b
	}
	return 0
}

// live is run; a panic, a broken invariant of weir, becomes an error.
func (c *coordinator) live(ctx context.Context) (err error) {
	defer c.guard(&err)
	return c.run(ctx)
}

// guard makes an error of a panic. It is deferred.
func (c *coordinator) guard(err *error) {
	if p := recover(); p != nil {
		*err = diag.New(codeInternal, diag.Span{}, "internal error while taking checkpoint %d: %v", c.epoch, p).
			WithHint("this is a fault of weir, not of the statement").WithNote("%s", debug.Stack())
	}
}

// kept is the epoch of the last image that a job may resume from: the sinks' parts of later epochs are worth nothing.
func (c *coordinator) kept() int64 { return max(c.durable, c.doubtful) }

// write makes an image durable.
func (c *coordinator) write(ctx context.Context, im *Image) (int64, error) {
	size, err := c.config.Store.Write(ctx, im)
	var doubt *InDoubt
	switch {
	case err == nil:
		c.durable = im.Epoch
	case errors.As(err, &doubt):
		c.doubtful = im.Epoch
	}
	return size, err
}

// run takes checkpoints until all subtasks have ended or ctx does. It owns nothing that outlives it.
func (c *coordinator) run(ctx context.Context) error {
	c.begin = c.clock.Now()
	c.last = c.begin
	var timer <-chan time.Time
	if c.config.Interval > 0 {
		timer = c.clock.After(ctx, c.config.Interval)
	}
	for !c.allEnded() {
		var err error
		select {
		case p := <-c.messages:
			c.hear(p)
			continue
		case <-ctx.Done():
			return nil
		case <-timer:
			err = c.checkpoint(ctx, Request{Kind: TakeCheckpoint})
		case <-c.due:
			err = c.checkpoint(ctx, Request{Kind: TakeCheckpoint})
		case r := <-c.config.Control:
			err = c.checkpoint(ctx, r)
		}
		if err != nil {
			return err
		}
		if c.config.Interval > 0 {
			now := c.clock.Now()
			next := c.begin.Add(c.config.Interval)
			if rest := c.last.Add(c.config.MinPause); rest.After(next) {
				next = rest
			}
			timer = c.clock.After(ctx, max(next.Sub(now), 0))
		}
	}
	return nil
}

// first makes sure that there is an image of the job before anything of it is opened: what its sinks write from then on
// is known to be its own.
func (c *coordinator) first(ctx context.Context) error {
	if c == nil || c.config.Restored != nil && c.config.Resumes {
		return nil
	}
	im := c.image(c.epoch, nil)
	if c.config.Restored != nil {
		c.inherit(im)
	}
	if _, err := c.write(ctx, im); err != nil {
		return checkpointFailed(c.epoch, err)
	}
	return c.config.Store.Committed(c.epoch)
}

// inherit gives the first image of a job what it was restored from.
func (c *coordinator) inherit(im *Image) {
	for id, at := range c.config.Match {
		if at < 0 {
			continue
		}
		from, to := c.config.Restored.Operators[at], im.Operators[id]
		to.Clock, to.Counts, to.State = from.Clock, from.Counts, from.State
		if from.Position != nil {
			to.Position = from.Position
		}
	}
}

// hear takes in a message. What was prepared ahead of a barrier waits for the next commit, whatever becomes of the
// barrier; what was prepared at the end waits for an image that has the end.
func (c *coordinator) hear(p *passed) {
	switch p.kind {
	case hasPassed:
		c.await(p)
		if p.barrier != c.gathering {
			p.discard() // the barrier was given up
		}
	case hasEnded:
		c.final[p.subtask.number] = p
	}
}

// await puts what was prepared with what waits for a commit, once.
func (c *coordinator) await(p *passed) {
	for _, x := range p.prepared {
		at := slices.Index(c.job.sinks, x.end)
		c.pending[at] = append(c.pending[at], x.parts...)
	}
	p.prepared = nil
}

func (c *coordinator) allEnded() bool {
	return !slices.Contains(c.final, nil)
}

// checkpoint takes one, or answers why it couldn't. The error ends the job.
func (c *coordinator) checkpoint(ctx context.Context, r Request) error {
	c.epoch++
	c.begin = c.clock.Now()
	drains := r.Kind == StopWithDrain
	stops := drains || r.Kind == StopWithSavepoint
	if stops {
		c.draining.Store(drains)
		c.ending.Store(c.epoch)
	}
	c.barrier.Store(c.epoch)
	select {
	case c.changed <- struct{}{}:
	default:
	}
	done := Checkpoint{Epoch: c.epoch, Started: c.begin}
	here, err := c.gather(ctx, c.epoch, drains)
	switch {
	case ctx.Err() != nil:
		done.Err, err = context.Cause(ctx), nil
	case err != nil:
		done.Err = err
		c.giveUp(c.epoch)
		err = c.late(&done)
	default:
		err = c.conclude(ctx, r, here, &done)
	}
	if stops && !drains && done.Err != nil {
		c.ending.Store(0) // the sources go on
	}
	c.last = c.clock.Now()
	done.Took = c.last.Sub(c.begin)
	if ctx.Err() == nil {
		c.count(done)
	}
	if r.Reply != nil {
		r.Reply <- Reply{Path: done.Savepoint, Epoch: done.Epoch, Err: done.Err}
	}
	switch {
	case err != nil:
		return err
	case drains && ctx.Err() == nil, stops && done.Err == nil:
		return errStopped // a drained job has ended, whatever became of its savepoint
	}
	return nil
}

// count adds a checkpoint to the counters, and tells of it.
func (c *coordinator) count(done Checkpoint) {
	if done.Err == nil {
		c.counts.Taken++
		c.counts.Last = done
		c.failed = 0
	}
	if c.config.Notify != nil {
		c.config.Notify(done)
	}
}

// conclude makes what was gathered durable and commits the sinks. Where a savepoint is asked for the image is one after
// that: so all that it counts as written is there to be seen, whatever becomes of the job. The error ends the job.
func (c *coordinator) conclude(ctx context.Context, r Request, here []*passed, done *Checkpoint) error {
	im := c.image(done.Epoch, here)
	if r.Kind == StopWithDrain {
		im.Finished = im.finished()
	}
	if done.Bytes, done.Err = c.write(ctx, im); done.Err != nil {
		if ctx.Err() != nil {
			return nil
		}
		if r.Kind == StopWithDrain {
			return checkpointFailed(done.Epoch, done.Err) // its sources have ended: it can't go on
		}
		return c.failure(done)
	}
	if done.Err = c.commit(ctx, done.Epoch); done.Err != nil {
		return done.Err
	}
	if r.Kind == StopWithDrain {
		if done.Err = c.finish(); done.Err != nil {
			return done.Err
		}
	}
	if r.Kind != TakeCheckpoint && r.Dir != "" {
		im.Committed = true
		done.Savepoint, _, done.Err = c.config.Store.Savepoint(ctx, im, r.Dir) // whoever asked for it is told
	}
	return nil
}

// commit commits the sinks behind a durable image. A failed commit fails the job: what follows would be built on rows
// that nobody sees.
func (c *coordinator) commit(ctx context.Context, epoch int64) error {
	// What has begun to be visible shall become so as a whole.
	ctx = context.WithoutCancel(ctx)
	for i, end := range c.job.sinks {
		if err := end.sink.Commit(ctx, epoch, c.pending[i]); err != nil {
			return err
		}
		c.pending[i] = nil
	}
	return c.config.Store.Committed(epoch)
}

// finish tells the sinks that the job will not be resumed.
func (c *coordinator) finish() error {
	for _, end := range c.job.sinks {
		if r, ok := end.sink.(Resumable); ok {
			if err := r.Finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

// late counts a checkpoint that was given up; the error ends the job, where that counts as a failure.
func (c *coordinator) late(done *Checkpoint) error {
	c.counts.GivenUp++
	if !c.config.Strict {
		return nil
	}
	return c.tolerate(done)
}

// failure counts a checkpoint that failed; the error ends the job.
func (c *coordinator) failure(done *Checkpoint) error {
	c.counts.Failed++
	return c.tolerate(done)
}

// tolerate is the error of a checkpoint where there were more before it than the job tolerates.
func (c *coordinator) tolerate(done *Checkpoint) error {
	c.failed++
	if c.config.Tolerable >= 0 && c.failed > c.config.Tolerable {
		return checkpointFailed(done.Epoch, done.Err)
	}
	return nil
}

func checkpointFailed(epoch int64, err error) error {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d
	}
	return diag.New(codeFailedCheckpoint, diag.Span{}, "checkpoint %d failed: %s", epoch, err).
		WithHint("SET 'execution.checkpointing.tolerable-failed-checkpoints' = 'N' lets a job go on without N checkpoints in a row")
}

// gather waits until the barrier has passed all subtasks that live; it gives up after the timeout. In a drain it waits
// until all have ended, however long that takes: there is no way back.
func (c *coordinator) gather(ctx context.Context, epoch int64, drain bool) ([]*passed, error) {
	here := make([]*passed, len(c.job.all))
	complete := func() bool {
		for i := range here {
			if c.final[i] == nil && (drain || here[i] == nil) {
				return false
			}
		}
		return true
	}
	c.gathering = epoch
	defer func() { c.gathering = 0 }()
	var timeout <-chan time.Time
	if !drain {
		timeout = c.clock.After(ctx, c.config.Timeout)
	}
	for !complete() {
		select {
		case p := <-c.messages:
			c.hear(p)
			if p.kind == hasPassed && p.barrier == epoch {
				here[p.subtask.number] = p
			}
		case <-timeout:
			waiting := 0
			name := ""
			for i := range here {
				if here[i] != nil {
					here[i].discard()
				}
				if c.final[i] == nil && here[i] == nil {
					waiting++
					name = c.job.all[i].head.Node.Name
				}
			}
			return nil, diag.New(codeLateCheckpoint, diag.Span{}, "checkpoint %d was given up after %s: %d subtasks had not come so far, one of them of %s", epoch, c.config.Timeout, waiting, name).
				WithHint("SET 'execution.checkpointing.timeout' = '…' gives it more time")
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return here, nil
}

// giveUp lets the channels go on that wait for a barrier.
func (c *coordinator) giveUp(epoch int64) {
	for _, s := range c.job.all {
		if s.inbox != nil {
			s.inbox.GiveUp(epoch)
		}
	}
}

// conclusion makes the last image of a job whose subtasks have all ended well, and commits its sinks. A panic becomes an
// error, as in live.
func (c *coordinator) conclusion(ctx context.Context) (err error) {
	defer c.guard(&err)
	for len(c.messages) > 0 {
		c.hear(<-c.messages)
	}
	c.epoch++
	c.begin = c.clock.Now()
	im := c.image(c.epoch, nil)
	im.Finished = !c.draining.Load() || im.finished()
	done := Checkpoint{Epoch: c.epoch, Started: c.begin}
	if done.Bytes, err = c.write(ctx, im); err != nil {
		return checkpointFailed(c.epoch, err)
	}
	if err := c.commit(ctx, c.epoch); err != nil {
		return err
	}
	if im.Finished {
		if err := c.finish(); err != nil {
			return err
		}
	}
	done.Took = c.clock.Now().Sub(c.begin)
	c.count(done)
	return nil
}

// refuse answers requests that nobody can serve any more.
func (c *coordinator) refuse() {
	if c == nil || c.config.Control == nil {
		return
	}
	for {
		select {
		case r := <-c.config.Control:
			if r.Reply != nil {
				r.Reply <- Reply{Err: diag.New(codeEnded, diag.Span{}, "the job has ended")}
			}
		default:
			return
		}
	}
}

// image puts together what the subtasks had: here by subtask, or how they ended; where neither is known, nothing.
func (c *coordinator) image(epoch int64, here []*passed) *Image {
	j := c.job
	im := &Image{Job: c.config.Job, Epoch: epoch, Taken: c.clock.Now().UnixMilli()}
	for _, n := range j.graph.Nodes {
		im.Operators = append(im.Operators, &OperatorImage{UID: n.UID, Name: n.Name, Kind: n.Kind(), Parallelism: n.Parallelism, Max: n.Max,
			Origin: n.Origin, MaxOrigin: n.MaxOrigin, Clock: vector.MaxTime})
	}
	ends := map[int]vector.Time{} // by node: the lowest clock of subtasks from which nobody wants more
	for i, s := range j.all {
		p := c.final[i]
		if here != nil && here[i] != nil {
			p = here[i] // it may have ended since
		}
		if p == nil {
			for _, id := range s.stage.Nodes {
				im.Operators[id].Clock = vector.MinTime
			}
			continue
		}
		c.await(p)
		for k := range p.steps {
			x := &p.steps[k]
			o := im.Operators[x.node]
			if x.enough {
				if at, ok := ends[x.node]; !ok || x.clock < at {
					ends[x.node] = x.clock
				}
			} else {
				o.Clock = min(o.Clock, x.clock)
			}
			o.Counts.add(x.counts)
			if s := x.snapshot(); s != nil {
				o.State = append(o.State, s)
			}
		}
	}
	for id, at := range ends {
		// They don't hold back the others. If there are none, the operator has not come to the end of time all the same.
		if o := im.Operators[id]; o.Clock == vector.MaxTime {
			o.Clock = at
		}
	}
	for i, end := range j.sinks {
		o := im.Operators[end.node]
		o.Sink = &SinkImage{Run: NoRun, Pending: slices.Clone(c.pending[i])}
		if r, ok := end.sink.(Resumable); ok {
			o.Sink.Run = r.Run()
		}
	}
	for id, head := range j.heads {
		if head != nil {
			o := im.Operators[id]
			o.Position = head.Position(epoch)
			o.Position.Rows = o.Counts.RowsOut
		}
	}
	return im
}

// finished reports whether nothing is left to read.
func (im *Image) finished() bool {
	return !slices.ContainsFunc(im.Operators, func(o *OperatorImage) bool {
		return o.Position != nil && (!o.Position.Complete || slices.ContainsFunc(o.Position.Chains, func(c Chain) bool { return len(c.Ranges) > 0 }))
	})
}

func (c *Counts) add(o Counts) {
	c.RowsIn += o.RowsIn
	c.RowsOut += o.RowsOut
	c.Late += o.Late
	c.NullTime += o.NullTime
	c.Bad += o.Bad
	c.Dropped += o.Dropped
}

// read returns what the counters say now.
func (c *Counters) read() Counts {
	return Counts{RowsIn: c.RowsIn.Load(), RowsOut: c.RowsOut.Load(), Late: c.Late.Load(), NullTime: c.NullTime.Load(), Bad: c.Bad.Load(), Dropped: c.Dropped.Load()}
}

// restore goes on counting.
func (c *Counters) restore(from Counts) {
	c.RowsIn.Store(from.RowsIn)
	c.RowsOut.Store(from.RowsOut)
	c.Late.Store(from.Late)
	c.NullTime.Store(from.NullTime)
	c.Bad.Store(from.Bad)
	c.Dropped.Store(from.Dropped)
}

// restoredFrom is what a node begins with; nil: nothing.
func (j *job) restoredFrom(n *plan.Node) *OperatorImage {
	c := j.config.Checkpoints
	if c == nil || c.Restored == nil || c.Match[n.ID] < 0 {
		return nil
	}
	return c.Restored.Operators[c.Match[n.ID]]
}

// recover brings sinks to where the image is that the job begins with, before any of them is opened: its parts are
// committed; in a later life of the same job what came behind them is discarded, and what comes is written as the same
// run. With another job's image nothing else is touched: that job may live, or be resumed.
func (j *job) recover(ctx context.Context) error {
	c := j.config.Checkpoints
	if c == nil || c.Restored == nil {
		return nil
	}
	for _, end := range j.sinks {
		im := j.restoredFrom(j.graph.Nodes[end.node])
		if im == nil || im.Sink == nil {
			continue
		}
		if !c.Restored.Committed {
			if err := end.sink.Commit(ctx, c.Restored.Epoch, im.Sink.Pending); err != nil {
				return err
			}
		}
		r, ok := end.sink.(Resumable)
		if !ok || !c.Resumes {
			continue
		}
		run, err := r.Resume(ctx, im.Sink.Run)
		if errors.Is(err, ErrForeignRun) && c.Restored.Finished {
			continue // it was given up, and nothing more will come of it
		}
		if err != nil {
			return err
		}
		if run == NoRun {
			continue
		}
		if err := end.sink.Discard(run, c.Restored.Epoch); err != nil {
			return err
		}
	}
	return nil
}

// hold keeps a source's subtask behind the barrier of a stop until the job ends, or goes on since the stop has failed.
// Subtasks call it.
func (c *coordinator) hold(s *subtask, barrier int64) error {
	for c.ending.Load() == barrier {
		select {
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		case <-c.clock.After(s.ctx, flushAfter):
		}
	}
	return nil
}
