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

// subtask is one goroutine's part of a stage: what heads it, and the chain of operators behind.
type subtask struct {
	job   *job
	stage *plan.Stage
	index int
	ctx   context.Context // ends with the job, and with cause ErrEnough when nobody wants the subtask's rows
	stop  context.CancelCauseFunc
	watch *watch // nil: time is not measured

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
		if _, ok := x.op.(Ticker); ok {
			s.ticks = true
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
	for _, x := range s.steps {
		if w, ok := x.op.(*writing); ok {
			if err := w.prepare(); err != nil {
				return err
			}
		}
	}
	return nil
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
		if err := s.tend(); err != nil {
			return err
		}
	}
}

// next asks the feed. Time in which nothing came is waiting.
func (s *subtask) next() (Input, error) {
	if s.watch == nil {
		return s.feed.Next(s.ctx)
	}
	begin := s.watch.clock.Now()
	in, err := s.feed.Next(s.ctx)
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
		return head.idle(true)
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
