package exec

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"weir/exec/exchange"
	"weir/planner/plan"
	"weir/vector"
)

// flushAfter is how long a row may wait outside state before it must move on.
const flushAfter = 100 * time.Millisecond

// orphanedAfter is how often a source's subtask that has nothing to wait for any more looks whether a barrier is to pass.
const orphanedAfter = 5 * time.Millisecond

// subtask is one goroutine's part of a stage: what heads it, and the chain of operators behind.
type subtask struct {
	job    *job
	stage  *plan.Stage
	index  int
	number int             // in job.all
	passed int64           // the last barrier that it has let pass
	ctx    context.Context // ends with the job, and with cause ErrEnough when nobody wants the subtask's rows
	stop   context.CancelCauseFunc
	watch  *watch // nil: time is not measured

	feed  Feed            // a source stage's head, or
	inbox *exchange.Inbox // the way into any other
	head  *Task           // of the first node
	first downstream      // behind the feed; the first step behind an inbox
	steps []*step         // from the front to the back
	// leaving counts the outlets that somebody still wants rows from, where all of the chain's rows leave through them.
	leaving atomic.Int32

	opened   int // steps whose operators were opened
	feeding  bool
	idle     bool
	dirty    bool // something happened since the last flush
	ticks    bool // an operator works by processing time
	flushed  time.Time
	reported []int64 // bytes of each step, as the job last heard of them
}

// run is the subtask's life but for its end, which close is.
func (s *subtask) run() error {
	s.watch.enter(&s.head.Busy)
	defer s.watch.enter(nil)
	for i := len(s.steps) - 1; i >= 0; i-- {
		x := s.steps[i]
		s.opened++
		if x.held != nil {
			x.held.open(x.task)
		}
		if err := x.op.Open(x.task); err != nil {
			return err
		}
		if err := x.task.State.Err(); err != nil {
			return err
		}
		if _, ok := x.op.(Ticker); ok {
			s.ticks = true
		}
		if im := s.job.restoredFrom(x.task.Node); im != nil {
			if err := x.restore(im.Clock); err != nil && !errors.Is(err, ErrEnough) {
				return err
			}
		}
	}
	s.flushed = s.now()
	var err error
	if s.feed != nil {
		err = s.pump()
	} else {
		err = s.drain()
	}
	if err == nil {
		err = s.first.finish()
	}
	if err != nil && !errors.Is(err, ErrEnough) && !errors.Is(context.Cause(s.ctx), ErrEnough) {
		return err
	}
	// The parts belong to the next epoch that begins or ends, unless a barrier passes that was under way before.
	all, err := s.prepare(s.passed + 1)
	if err != nil {
		return err
	}
	if c := s.job.coordinator; c != nil {
		c.tell(&passed{subtask: s, kind: hasEnded, steps: s.images(0), prepared: all})
		return nil
	}
	for _, p := range all {
		p.end.keep(p.parts)
	}
	return nil
}

// prepare makes durable what the subtask's sinks have written, as part of an epoch.
func (s *subtask) prepare(epoch int64) ([]prepared, error) {
	var all []prepared
	for _, x := range s.steps {
		if w, ok := x.op.(*writing); ok {
			p, err := w.prepare(epoch)
			if err != nil {
				return nil, err
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// images are what the chain has now. ahead are bad rows that a source has counted too early.
func (s *subtask) images(ahead int64) []stepImage {
	var all []stepImage
	if s.feed != nil {
		x := stepImage{node: s.head.Node.ID, clock: vector.MaxTime, counts: s.head.read()}
		x.counts.Bad -= ahead
		all = append(all, x)
	}
	for _, x := range s.steps {
		all = append(all, x.image())
	}
	return all
}

// pass lets a barrier pass through the chain, and tells what each operator had then.
func (s *subtask) pass(barrier int64) error {
	s.passed = barrier
	var ahead int64
	if s.feed != nil {
		ahead = s.feed.Pass(barrier, false)
	}
	enough := s.first.barrier(barrier)
	if enough != nil && !errors.Is(enough, ErrEnough) {
		return enough
	}
	all, err := s.prepare(barrier)
	if err != nil {
		return err
	}
	s.job.coordinator.tell(&passed{subtask: s, kind: hasPassed, barrier: barrier, steps: s.images(ahead), prepared: all})
	return enough
}

// close ends what the subtask opened, also after an error, and adds its own where there is none.
func (s *subtask) close(err error) error {
	if s.inbox != nil {
		s.inbox.Close()
	}
	if s.feeding {
		if e := s.feed.Close(); err == nil {
			err = e
		}
	}
	for _, x := range s.steps[len(s.steps)-s.opened:] {
		if e := x.op.Close(); err == nil {
			err = e
		}
	}
	s.stop(nil)
	return err
}

func (s *subtask) now() time.Time { return s.job.config.Seams.Clock.Now() }

// pump drives the chain from a feed.
func (s *subtask) pump() error {
	s.feeding = true
	if err := s.feed.Open(s.head); err != nil {
		return err
	}
	reached := vector.MinTime
	for {
		in, err := s.next()
		if errors.Is(err, context.Canceled) && s.ctx.Err() == nil {
			// Another subtask of the source has left what this one waits for. Nobody wants more, as this one will hear in a
			// moment; or the job has failed. Until then barriers must pass.
			in, err = Input{Watermark: reached, Idle: s.idle}, nil
			select {
			case <-s.ctx.Done():
			case <-s.job.config.Seams.Clock.After(s.ctx, orphanedAfter):
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if s.idle && !in.Idle {
			s.idle = false
			s.head.Reached.Store(int64(reached))
			if err := s.first.idle(false); err != nil {
				return err
			}
		}
		if in.Batch.Rows > 0 {
			s.dirty = true
			s.head.RowsOut.Add(int64(in.Batch.Rows))
			if err := s.first.process(in.Batch); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			s.head.Reached.Store(int64(vector.MaxTime))
			return nil
		}
		if in.Watermark > reached {
			s.dirty = true
			reached = in.Watermark
			s.head.Reached.Store(int64(reached))
			if err := s.first.advance(reached); err != nil {
				return err
			}
		}
		if !s.idle && in.Idle {
			s.idle = true
			s.head.Reached.Store(int64(vector.MaxTime))
			if err := s.first.idle(true); err != nil {
				return err
			}
		}
		if err := s.job.coordinator.left(s, in.Batch.Rows); err != nil {
			return err
		}
		if drained, err := s.barrier(); drained || err != nil {
			return err
		}
		if err := s.tend(); err != nil {
			return err
		}
	}
}

// barrier lets the barrier pass that the source is asked for, if any, and waits behind it where the job is to stop
// there. drained says that the source ends there.
func (s *subtask) barrier() (drained bool, err error) {
	c := s.job.coordinator
	number := c.awaited(s)
	if number == 0 {
		return false, nil
	}
	if c.ending.Load() == number && c.draining.Load() {
		s.passed = number
		s.feed.Pass(number, true)
		return true, nil
	}
	if err := s.pass(number); err != nil {
		return false, err
	}
	return false, c.hold(s, number)
}

// next asks the feed. Time in which nothing came is waiting.
func (s *subtask) next() (Input, error) {
	most := s.job.coordinator.room()
	if s.watch == nil {
		return s.feed.Next(s.ctx, most)
	}
	begin := s.watch.clock.Now()
	in, err := s.feed.Next(s.ctx, most)
	if in.Batch.Rows == 0 {
		now := s.watch.clock.Now()
		s.head.Wait.Add(int64(now.Sub(begin)))
		s.watch.since = s.watch.since.Add(now.Sub(begin))
	}
	return in, err
}

// drain drives the chain from the inbox until all its channels have ended.
func (s *subtask) drain() error {
	head := s.steps[0]
	for {
		in, ok, err := s.inbox.TryReceive()
		if err == nil && !ok {
			in, ok, err = s.await()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if ok {
			s.dirty = true
			if err := s.take(head, in); err != nil {
				return err
			}
		}
		if err := s.tend(); err != nil {
			return err
		}
	}
}

// await waits for something to come in, no longer than what waits further down may.
func (s *subtask) await() (exchange.Input, bool, error) {
	var timeout <-chan time.Time
	if s.dirty || s.ticks {
		timeout = s.job.config.Seams.Clock.After(s.ctx, max(0, flushAfter-s.now().Sub(s.flushed)))
	}
	before := s.watch.enter(&s.head.Wait)
	in, ok, err := s.inbox.Receive(s.ctx, timeout)
	s.watch.enter(before)
	return in, ok, err
}

// take handles what came in.
func (s *subtask) take(head *step, in exchange.Input) error {
	if s.idle && !in.Idle {
		s.idle = false
		if err := head.idle(false); err != nil {
			return err
		}
	}
	if in.Batch.Rows > 0 {
		if err := head.take(in.Port, in.Batch); err != nil {
			return err
		}
	}
	if in.Ended {
		if err := head.end(in.Port); err != nil {
			return err
		}
	}
	if err := head.advance(in.Watermark); err != nil {
		return err
	}
	if !s.idle && in.Idle {
		s.idle = true
		if err := head.idle(true); err != nil {
			return err
		}
	}
	if in.Barrier > s.passed {
		return s.pass(in.Barrier)
	}
	return nil
}

// tend looks at memory, and lets out what has waited long enough.
func (s *subtask) tend() error {
	if err := s.weigh(); err != nil {
		return err
	}
	if err := context.Cause(s.ctx); err != nil {
		return err
	}
	if s.first.closed() {
		return ErrEnough
	}
	if !s.dirty && !s.ticks {
		return nil
	}
	now := s.now()
	if now.Sub(s.flushed) < flushAfter {
		return nil
	}
	s.flushed, s.dirty = now, false
	return s.first.flush(vector.Time(now.UnixMilli()))
}

// weigh tells the job what the subtask's state has grown by.
func (s *subtask) weigh() error {
	if s.job.config.MemoryLimit <= 0 {
		return nil
	}
	grown := int64(0)
	for i, x := range s.steps {
		n := x.task.State.Bytes()
		if d := n - s.reported[i]; d != 0 {
			s.reported[i] = n
			s.job.memory.state[x.task.Node.ID].Add(d)
			grown += d
		}
	}
	return s.job.memory.check(grown)
}
