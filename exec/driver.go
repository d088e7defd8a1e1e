package exec

import "weir/vector"

// Driver drives one operator as the runtime does, held rows included. Tests of operators use it; one goroutine calls
// its methods.
type Driver struct{ step *step }

// NewDriver makes a driver of op, whose output goes to out. Restored state is already in t.
func NewDriver(t *Task, op Operator, out Emitter) *Driver {
	s := newStep(&subtask{}, t, op)
	s.out = &emitting{out: out}
	return &Driver{s}
}

// Open opens the operator.
func (d *Driver) Open() error {
	if d.step.held != nil {
		d.step.held.open(d.step.task)
	}
	return d.step.op.Open(d.step.task)
}

// Process gives the operator a batch, less the rows that it must hold. ErrEnough: it wants no more.
func (d *Driver) Process(port int, b vector.Batch) error { return d.step.take(port, b) }

// Advance says that all ports have reached wm.
func (d *Driver) Advance(wm vector.Time) error { return d.step.advance(wm) }

// End says that a port has no more rows.
func (d *Driver) End(port int) error { return d.step.end(port) }

// Flush flushes the operator.
func (d *Driver) Flush(now vector.Time) error { return d.step.flush(now) }

// Finish is the end of all input.
func (d *Driver) Finish() error { return d.step.finish() }

// Reached is what the operator's output has reached: what its next one would be told.
func (d *Driver) Reached() vector.Time { return d.step.told }

// Close closes the operator.
func (d *Driver) Close() error { return d.step.op.Close() }

// emitting is an Emitter as what follows an operator.
type emitting struct {
	nowhere
	out Emitter
}

func (e *emitting) process(b vector.Batch) error { return e.out.Emit(b) }
