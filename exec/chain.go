package exec

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"weir/exec/exchange"
	"weir/vector"
)

// downstream is what follows an operator in its subtask: the next operator, or an exchange. The subtask's goroutine
// calls it. Errors are ErrEnough when it wants no more, or end the job.
type downstream interface {
	process(b vector.Batch) error
	// advance passes on a watermark; not MaxTime, which finish stands for.
	advance(wm vector.Time) error
	idle(idle bool) error
	// flush lets out what waits, from the front to the back.
	flush(now vector.Time) error
	// barrier flushes, and lets a barrier pass behind all that was said before.
	barrier(number int64) error
	// finish says that there will be no more rows.
	finish() error
	// closed reports whether it has said ErrEnough, or was finished.
	closed() bool
}

// step is an operator in its chain.
type step struct {
	sub  *subtask
	task *Task
	op   Operator
	out  downstream
	port int            // of the chained edge
	home *exchange.Home // computes Batch.Home where the chained edge is a HASH
	held *hold          // nil: the operator is no Holder

	clock vector.Time // the last watermark the operator got
	told  vector.Time // the last that went on
	ended []int       // ports that the operator knows to have no more rows
	owed  []int       // ports whose end it gets behind their last held row
	done  bool
}

func newStep(sub *subtask, t *Task, op Operator) *step {
	s := &step{sub: sub, task: t, op: op, clock: vector.MinTime, told: vector.MinTime, out: nowhere{}}
	if len(t.Node.Inputs) > 0 {
		s.port = t.Node.Inputs[0].Port
	}
	if h, ok := op.(Holder); ok {
		s.held = newHold(h)
	}
	return s
}

func (s *step) process(b vector.Batch) error {
	if s.home != nil {
		b.Home = s.home.Of(b)
	}
	return s.take(s.port, b)
}

// take gives a batch to the operator, less the rows that it must hold.
func (s *step) take(port int, b vector.Batch) error {
	if s.done {
		return ErrEnough
	}
	s.task.RowsIn.Add(int64(b.Rows))
	if s.held != nil && b.Behind != nil {
		if b = s.held.keep(port, b, s.clock); b.Rows == 0 {
			return nil
		}
	}
	return s.feed(port, b)
}

// feed calls Process.
func (s *step) feed(port int, b vector.Batch) error {
	before := s.sub.watch.enter(&s.task.Busy)
	err := s.op.Process(port, b, s)
	s.sub.watch.enter(before)
	return s.settle(err)
}

// Emit is the operator's way on.
func (s *step) Emit(b vector.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	s.task.RowsOut.Add(int64(b.Rows))
	return s.out.process(b)
}

// settle handles what a call of the operator returned. If the operator has enough, what follows sees the end of input.
func (s *step) settle(err error) error {
	if err == nil || !errors.Is(err, ErrEnough) {
		return err
	}
	s.done = true
	if !s.out.closed() {
		if err := s.out.finish(); err != nil && !errors.Is(err, ErrEnough) {
			return err
		}
	}
	return ErrEnough
}

func (s *step) advance(wm vector.Time) error {
	switch {
	case s.done:
		return ErrEnough
	case wm <= s.clock || wm == vector.MaxTime: // the end of time comes with the end of input
		return nil
	}
	if s.held != nil {
		if err := s.release(wm); err != nil {
			return err
		}
	}
	return s.tick(wm)
}

// release gives the operator the rows whose Behind is below wm, each when its clock leaves their Behind.
func (s *step) release(wm vector.Time) error {
	for {
		behind, ok := s.held.next(wm)
		if !ok {
			break
		}
		if behind > s.clock {
			if err := s.tick(behind); err != nil {
				return err
			}
		}
		for {
			port, b, ok := s.held.take(behind)
			if !ok {
				break
			}
			if err := s.feed(port, b); err != nil {
				return err
			}
		}
		owed := s.owed
		s.owed = nil
		for _, port := range owed {
			if err := s.end(port); err != nil {
				return err
			}
		}
	}
	return nil
}

// tick calls Advance and passes on what the output has reached.
func (s *step) tick(wm vector.Time) error {
	s.clock = wm
	before := s.sub.watch.enter(&s.task.Busy)
	reached, err := s.op.Advance(wm, s)
	s.sub.watch.enter(before)
	if err == nil && reached > s.told && reached < vector.MaxTime {
		s.told = reached
		err = s.out.advance(reached)
	}
	return s.settle(err)
}

// end tells the operator that a port has no more rows, behind its last held one.
func (s *step) end(port int) error {
	if s.done {
		return ErrEnough
	}
	if s.held != nil && s.held.holds(port) {
		s.owed = append(s.owed, port)
		return nil
	}
	e, ok := s.op.(Ender)
	if !ok || slices.Contains(s.ended, port) {
		return nil
	}
	s.ended = append(s.ended, port)
	before := s.sub.watch.enter(&s.task.Busy)
	err := e.End(port, s)
	s.sub.watch.enter(before)
	return s.settle(err)
}

func (s *step) idle(idle bool) error { return s.out.idle(idle) }

func (s *step) flush(now vector.Time) error {
	if s.done {
		return ErrEnough
	}
	before := s.sub.watch.enter(&s.task.Busy)
	var err error
	if t, ok := s.op.(Ticker); ok {
		err = t.Tick(now, s)
	}
	if err == nil {
		err = s.op.Flush(s)
	}
	s.sub.watch.enter(before)
	if err == nil {
		err = s.out.flush(now)
	}
	return s.settle(err)
}

// barrier leaves everything that the operator holds in its state.
func (s *step) barrier(number int64) error {
	if s.done {
		return ErrEnough
	}
	before := s.sub.watch.enter(&s.task.Busy)
	err := s.op.Flush(s)
	s.sub.watch.enter(before)
	if err == nil {
		err = s.out.barrier(number)
	}
	return s.settle(err)
}

// restore makes the operator and what follows know how far time had come, before any row.
func (s *step) restore(clock vector.Time) error {
	s.clock = clock
	if clock == vector.MinTime || clock == vector.MaxTime {
		return nil
	}
	return s.settle(s.tick(clock))
}

// image is what the operator has now.
func (s *step) image() stepImage {
	x := stepImage{node: s.task.Node.ID, clock: s.clock, enough: s.done && s.clock < vector.MaxTime, counts: s.task.read()}
	x.frozen = s.task.State.Freeze()
	return x
}

func (s *step) finish() error {
	if s.done {
		return nil
	}
	if err := s.conclude(); err != nil {
		if errors.Is(err, ErrEnough) {
			return nil // what follows has been finished
		}
		return err
	}
	s.done = true
	return s.out.finish()
}

// conclude gives the operator all that is owed to it before the end, and the end.
func (s *step) conclude() error {
	if s.held != nil {
		if err := s.release(vector.MaxTime); err != nil {
			return err
		}
	}
	for _, e := range s.task.Node.Inputs {
		if err := s.end(e.Port); err != nil {
			return err
		}
	}
	before := s.sub.watch.enter(&s.task.Busy)
	err := s.op.Flush(s)
	s.sub.watch.enter(before)
	if err != nil {
		return s.settle(err)
	}
	return s.tick(vector.MaxTime)
}

func (s *step) closed() bool { return s.done }

// nowhere follows operators that end a job.
type nowhere struct{}

func (nowhere) process(vector.Batch) error { panic("exec: rows behind the end of a job") }
func (nowhere) advance(vector.Time) error  { return nil }
func (nowhere) idle(bool) error            { return nil }
func (nowhere) flush(vector.Time) error    { return nil }
func (nowhere) barrier(int64) error        { return nil }
func (nowhere) finish() error              { return nil }
func (nowhere) closed() bool               { return false }

// fan is several followers of one operator.
type fan []downstream

// each calls f for those that are not closed; ErrEnough if all are.
func (f fan) each(call func(downstream) error) error {
	open := 0
	for _, d := range f {
		if d.closed() {
			continue
		}
		err := call(d)
		if err == nil {
			open++
		} else if !errors.Is(err, ErrEnough) {
			return err
		}
	}
	if open == 0 {
		return ErrEnough
	}
	return nil
}

func (f fan) process(b vector.Batch) error {
	return f.each(func(d downstream) error { return d.process(b) })
}
func (f fan) advance(wm vector.Time) error {
	return f.each(func(d downstream) error { return d.advance(wm) })
}
func (f fan) idle(idle bool) error { return f.each(func(d downstream) error { return d.idle(idle) }) }
func (f fan) flush(now vector.Time) error {
	return f.each(func(d downstream) error { return d.flush(now) })
}
func (f fan) barrier(number int64) error {
	return f.each(func(d downstream) error { return d.barrier(number) })
}
func (f fan) finish() error {
	if err := f.each(downstream.finish); err != nil && !errors.Is(err, ErrEnough) {
		return err
	}
	return nil
}
func (f fan) closed() bool {
	return !slices.ContainsFunc(f, func(d downstream) bool { return !d.closed() })
}

// sender is an exchange that follows an operator.
type sender struct {
	ctx    context.Context // of the subtask
	outlet *exchange.Outlet
	done   bool
}

// settle translates the exchange's word for ErrEnough.
func (x *sender) settle(err error) error {
	if errors.Is(err, exchange.ErrEnough) {
		x.done = true
		return ErrEnough
	}
	return err
}

func (x *sender) process(b vector.Batch) error { return x.settle(x.outlet.Send(x.ctx, b)) }
func (x *sender) advance(wm vector.Time) error { return x.settle(x.outlet.Advance(x.ctx, wm)) }
func (x *sender) idle(idle bool) error         { return x.settle(x.outlet.Idle(x.ctx, idle)) }
func (x *sender) flush(vector.Time) error      { return x.settle(x.outlet.Flush(x.ctx)) }
func (x *sender) barrier(n int64) error        { return x.settle(x.outlet.Barrier(x.ctx, n)) }
func (x *sender) finish() error {
	if x.done {
		return nil
	}
	x.done = true
	return x.settle(x.outlet.End(x.ctx))
}
func (x *sender) closed() bool { return x.done }

// watch measures where the time of a subtask goes; nil where nobody asked.
type watch struct {
	clock Clock
	since time.Time
	into  *atomic.Int64
}

// enter counts the time from now on into another counter and returns the one before.
func (w *watch) enter(into *atomic.Int64) *atomic.Int64 {
	if w == nil {
		return nil
	}
	now := w.clock.Now()
	before := w.into
	if before != nil {
		before.Add(int64(now.Sub(w.since)))
	}
	w.since, w.into = now, into
	return before
}
