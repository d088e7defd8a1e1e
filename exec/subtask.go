package exec

import (
	"context"
	"errors"
	"io"
	"time"

	"weir/exec/exchange"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// flushAfter is how long a row may wait for a full batch or a partial result for its watermark.
const flushAfter = 100 * time.Millisecond

// noTime is a channel's watermark before its first.
const noTime = vector.MinTime

// subtask is one goroutine's part of a stage: what heads it, a chain of operators, and where the last one's rows go.
type subtask struct {
	job   *job
	stage *plan.Stage
	index int

	feed     Feed            // a source stage's head, or
	inbox    *exchange.Inbox // the head of any other
	channels []channel       // of the inbox
	links    []*link
	outlets  []*exchange.Outlet
	opened   int // links that were opened
	feeding  bool

	ctx        context.Context
	clock      Clock
	flushed    time.Time   // when rows last were made to leave
	told       vector.Time // watermark that the outlets were told
	reached    vector.Time // watermark that they may be told
	idle       bool
	stateBytes int64
}

// channel is what an inbox knows of one of its channels.
type channel struct {
	port        int
	reached     vector.Time
	idle, ended bool
}

// link is an operator in a chain.
type link struct {
	sub    *subtask
	at     int // in the chain
	node   *plan.Node
	op     Operator
	task   *Task
	home   *exchange.Outlet // computes Home where a chained HASH edge comes in
	clock  vector.Time
	port   int           // of chained input
	busy   time.Duration // of what is further down, while a call runs
	enough bool
}

func (s *subtask) name() string { return s.job.graph.Nodes[s.stage.Nodes[0]].Name }

// run is the subtask's life.
func (s *subtask) run(ctx context.Context) error {
	s.ctx, s.clock = ctx, s.job.config.Seams.Clock
	s.told, s.reached, s.flushed = noTime, noTime, s.clock.Now()
	for i, l := range s.links {
		l.at, l.clock = i, noTime
		s.opened = i + 1
		if err := l.op.Open(l.task); err != nil {
			return err
		}
	}
	var err error
	if s.feed != nil {
		s.feeding = true
		if err = s.feed.Open(s.headTask()); err == nil {
			err = s.pump()
		}
	} else {
		err = s.drain()
	}
	if err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	if s.inbox != nil {
		s.inbox.Finish()
	}
	return s.finish()
}

// close ends what the subtask opened; the first error counts.
func (s *subtask) close(err *error) {
	if s.inbox != nil {
		s.inbox.Finish()
	}
	if s.feeding {
		if e := s.feed.Close(); *err == nil {
			*err = e
		}
	}
	for _, l := range s.links[:s.opened] {
		if e := l.op.Close(); *err == nil {
			*err = e
		}
	}
}

func (s *subtask) headTask() *Task { return s.job.tasks[s.stage.Nodes[0]][s.index] }

// pump drives the chain from a feed.
func (s *subtask) pump() error {
	t := s.headTask()
	for {
		begun := s.now()
		in, err := s.feed.Next(s.ctx)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		s.took(t, begun)
		if in.Batch.Rows > 0 {
			t.RowsOut.Add(int64(in.Batch.Rows))
			if err := s.forward(0, in.Batch); err != nil {
				return err
			}
		}
		if in.Idle != s.idle {
			if err := s.tellIdle(in.Idle); err != nil {
				return err
			}
		}
		if !in.Idle && in.Watermark > noTime {
			if err := s.advance(0, in.Watermark); err != nil {
				return err
			}
		}
		if err := s.tend(in.Batch.Rows == 0); err != nil {
			return err
		}
	}
}

// now is the clock where time is measured, else nothing.
func (s *subtask) now() time.Time {
	if !s.job.config.Analyze {
		return time.Time{}
	}
	return s.clock.Now()
}

// took counts the time of a feed since begun as busy.
func (s *subtask) took(t *Task, begun time.Time) {
	if s.job.config.Analyze {
		t.Busy.Add(int64(s.clock.Now().Sub(begun)))
	}
}

// drain drives the chain from the inbox until all channels have ended.
func (s *subtask) drain() error {
	open := len(s.channels)
	timer := s.clock.After(s.ctx, flushAfter)
	head := s.links[0]
	for open > 0 {
		begun := s.now()
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-timer:
			timer = s.clock.After(s.ctx, flushAfter)
			if err := s.tend(true); err != nil {
				return err
			}
		case m := <-s.inbox.Messages():
			s.inbox.Took(m)
			if s.job.config.Analyze {
				head.task.Wait.Add(int64(s.clock.Now().Sub(begun)))
			}
			if m.Kind == exchange.End {
				open--
			}
			if err := s.receive(m); err != nil {
				return err
			}
			if err := s.tend(false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *subtask) receive(m exchange.Message) error {
	c := &s.channels[m.Channel]
	switch m.Kind {
	case exchange.Rows:
		return s.links[0].process(c.port, m.Batch)
	case exchange.Watermark:
		c.reached, c.idle = max(c.reached, m.Watermark), false
	case exchange.Idle:
		c.idle = true
	case exchange.End:
		c.ended = true
		if s.portEnded(c.port) {
			if e, ok := s.links[0].op.(Ender); ok {
				if err := s.links[0].call(func() error { return e.End(c.port, s.links[0]) }); err != nil {
					return err
				}
			}
		}
	}
	wm, idle := s.merged()
	if idle != s.idle {
		if err := s.tellIdle(idle); err != nil {
			return err
		}
	}
	if wm > noTime && !idle {
		return s.advance(0, wm)
	}
	return nil
}

func (s *subtask) portEnded(port int) bool {
	for _, c := range s.channels {
		if c.port == port && !c.ended {
			return false
		}
	}
	return true
}

// merged is the least watermark of the channels that hold it back; MaxTime is left to the end of all input.
func (s *subtask) merged() (wm vector.Time, idle bool) {
	wm, idle = vector.MaxTime, true
	ended := true
	for _, c := range s.channels {
		if c.ended {
			continue
		}
		ended = false
		if !c.idle {
			wm, idle = min(wm, c.reached), false
		}
	}
	if ended || wm == vector.MaxTime {
		return noTime, idle && !ended
	}
	return wm, idle
}

// forward hands rows to operator at of the chain, or to the outlets behind the last one.
func (s *subtask) forward(at int, b vector.Batch) error {
	if at < len(s.links) {
		return s.links[at].process(s.links[at].port, b)
	}
	enough := len(s.outlets) > 0
	for _, o := range s.outlets {
		e, err := o.Send(s.ctx, b)
		if err != nil {
			return err
		}
		enough = enough && e
	}
	if enough {
		return ErrEnough
	}
	return nil
}

// advance tells operator at, or the outlets, of a watermark, if it is news.
func (s *subtask) advance(at int, wm vector.Time) error {
	if at == len(s.links) {
		s.reached = max(s.reached, wm)
		return s.tell(false)
	}
	l := s.links[at]
	if wm <= l.clock {
		return nil
	}
	l.clock = wm
	out := wm
	err := l.call(func() (err error) {
		out, err = l.op.Advance(wm, l)
		return err
	})
	if err != nil {
		return err
	}
	return s.advance(at+1, out)
}

// tell sends the watermark on: at once where no row waits in front of it, else when a window downstream may fire, or
// now if it must.
func (s *subtask) tell(now bool) error {
	if s.reached <= s.told {
		return nil
	}
	for _, o := range s.outlets {
		if !now && o.Held() && !o.Crosses(s.told, s.reached) {
			return nil
		}
	}
	s.told = s.reached
	for _, o := range s.outlets {
		if err := o.Tell(s.ctx, exchange.Watermark, s.told); err != nil {
			return err
		}
	}
	return nil
}

func (s *subtask) tellIdle(idle bool) error {
	s.idle = idle
	if !idle {
		return nil // the next watermark says so
	}
	for _, o := range s.outlets {
		if err := o.Tell(s.ctx, exchange.Idle, noTime); err != nil {
			return err
		}
	}
	return nil
}

// tend lets rows leave that have waited, and looks at memory.
func (s *subtask) tend(quiet bool) error {
	if err := s.weigh(); err != nil {
		return err
	}
	now := s.clock.Now()
	if now.Sub(s.flushed) < flushAfter {
		return nil
	}
	s.flushed = now
	for _, l := range s.links {
		if t, ok := l.op.(Ticker); ok {
			if err := l.call(func() error { return t.Tick(vector.Time(now.UnixMilli()), l) }); err != nil {
				return err
			}
		}
		if err := l.call(func() error { return l.op.Flush(l) }); err != nil {
			return err
		}
	}
	for _, o := range s.outlets {
		if err := o.Flush(s.ctx); err != nil {
			return err
		}
	}
	return s.tell(true)
}

// finish ends the chain: each operator gets the end of its input and then of time; then the outlets.
func (s *subtask) finish() error {
	for i, l := range s.links {
		if e, ok := l.op.(Ender); ok && (i > 0 || s.inbox == nil) {
			if err := enough(l.call(func() error { return e.End(l.port, l) })); err != nil {
				return err
			}
		}
		if l.clock < vector.MaxTime {
			l.clock = vector.MaxTime
			if err := enough(l.call(func() error { _, err := l.op.Advance(vector.MaxTime, l); return err })); err != nil {
				return err
			}
		}
		if err := enough(l.call(func() error { return l.op.Flush(l) })); err != nil {
			return err
		}
	}
	for _, o := range s.outlets {
		if err := o.Tell(s.ctx, exchange.Watermark, vector.MaxTime); err != nil {
			return err
		}
		if err := o.Tell(s.ctx, exchange.End, vector.MaxTime); err != nil {
			return err
		}
	}
	for _, l := range s.links {
		if x, ok := l.op.(*sinkOperator); ok {
			if err := x.prepare(); err != nil {
				return err
			}
		}
	}
	return s.weigh()
}

func enough(err error) error {
	if errors.Is(err, ErrEnough) {
		return nil
	}
	return err
}

// weigh adds what the subtask's state has grown by to the job's, and refuses more than the limit.
func (s *subtask) weigh() error {
	var bytes int64
	for _, l := range s.links {
		bytes += l.task.State.Bytes()
	}
	if s.inbox != nil {
		bytes += s.inbox.Bytes()
	}
	if bytes == s.stateBytes {
		return nil
	}
	total := s.job.state.Add(bytes - s.stateBytes)
	s.stateBytes = bytes
	if limit := s.job.config.MemoryLimit; limit > 0 && total > limit && bytes > 0 {
		d := diag.New("W6001", diag.Span{}, "the job's state and exchanges hold %d bytes, more than weir.memory.limit allows (%d)", total, limit).
			WithHint("raise weir.memory.limit, or keep less: shorter windows, fewer keys, a filter before the aggregate")
		for _, l := range s.links {
			if n := l.task.State.Bytes(); n > 0 {
				d.WithNote("%s, subtask %d: %d bytes", l.node.Name, s.index, n)
			}
		}
		return d
	}
	return nil
}

// process gives a batch to the operator.
func (l *link) process(port int, b vector.Batch) error {
	l.task.RowsIn.Add(int64(b.Rows))
	if l.home != nil && b.Rows > 0 {
		b.Home = l.home.Hash(b)
	}
	return l.call(func() error { return l.op.Process(port, b, l) })
}

// call runs f and, where time is measured, counts it as the operator's, less what operators further down took.
func (l *link) call(f func() error) error {
	if !l.sub.job.config.Analyze {
		return f()
	}
	begun := l.sub.clock.Now()
	l.busy = 0
	err := f()
	took := l.sub.clock.Now().Sub(begun)
	l.task.Busy.Add(int64(took - l.busy))
	if l.at > 0 {
		l.sub.links[l.at-1].busy += took
	}
	return err
}

// Emit is the operator's way to the next one.
func (l *link) Emit(b vector.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	l.task.RowsOut.Add(int64(b.Rows))
	return l.sub.forward(l.at+1, b)
}
