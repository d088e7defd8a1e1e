package exec

import (
	"context"
	"errors"
	"sync"
	"unicode/utf8"

	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// sinkEnd is a sink with what its writers have prepared, in a job without checkpoints.
type sinkEnd struct {
	sink  Sink
	node  int
	mu    sync.Mutex
	parts []Pending
}

// writing writes the rows of one subtask into a sink.
type writing struct {
	end     *sinkEnd
	task    *Task
	notNull []int // columns
	drop    bool  // rows with a NULL in one of them; otherwise the job fails
	lengths []int // columns
	writer  Writer
}

func (o *writing) Open(t *Task) (err error) {
	o.writer, err = o.end.sink.Open(t)
	return err
}

func (o *writing) Process(_ int, b vector.Batch, _ Emitter) error {
	b, err := enforceNotNull(b, o.notNull, o.drop, o.task)
	if err == nil {
		err = enforceLengths(b, o.lengths, o.task)
	}
	if err != nil || b.Rows == 0 {
		return err
	}
	o.task.RowsOut.Add(int64(b.Rows))
	return o.writer.Write(b)
}

func (o *writing) Advance(wm vector.Time, _ Emitter) (vector.Time, error) { return wm, nil }
func (o *writing) Flush(Emitter) error                                    { return nil }

// prepare makes durable what was written, as part of an epoch.
func (o *writing) prepare(epoch int64) (prepared, error) {
	parts, err := o.writer.Prepare(epoch)
	return prepared{end: o.end, parts: parts}, err
}

// keep remembers parts until the end of the job, which commits them.
func (e *sinkEnd) keep(parts []Pending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.parts = append(e.parts, parts...)
}

func (o *writing) Close() error {
	if o.writer == nil {
		return nil
	}
	return o.writer.Close()
}

// collecting hands the rows of one subtask to the session.
type collecting struct {
	job  *job
	task *Task
}

func (o *collecting) Open(*Task) error { return nil }

// Process gives the rows away, one subtask at a time.
func (o *collecting) Process(_ int, b vector.Batch, _ Emitter) error {
	b, err := enforceNotNull(b, o.task.Node.Spec.(*plan.Collect).NotNull, false, o.task)
	if err != nil {
		return err
	}
	o.task.RowsOut.Add(int64(b.Rows))
	select {
	case <-o.job.turn:
	case <-o.job.ctx.Done():
		return context.Cause(o.job.ctx)
	}
	defer func() { o.job.turn <- struct{}{} }()
	if err := context.Cause(o.job.ctx); err != nil {
		return err
	}
	err = o.job.config.Result(b)
	if errors.Is(err, ErrEnough) {
		o.job.stop(ErrEnough) // the other subtasks' rows are not wanted either
	}
	return err
}

func (o *collecting) Advance(wm vector.Time, _ Emitter) (vector.Time, error) { return wm, nil }
func (o *collecting) Flush(Emitter) error                                    { return nil }
func (o *collecting) Close() error                                           { return nil }

// enforceNotNull fails on a NULL in a column declared NOT NULL, or drops and counts its row.
func enforceNotNull(b vector.Batch, columns []int, drop bool, t *Task) (vector.Batch, error) {
	var keep []int32
	for _, k := range columns {
		if b.Columns[k].NullCount() == 0 {
			continue
		}
		if !drop {
			return b, diag.New(codeNull, diag.Span{}, "column '%s' is NOT NULL, however, a null value is being written into it", t.Node.Schema[k].Name).
				WithHint("SET 'table.exec.sink.not-null-enforcer' = 'DROP' drops such rows of an INSERT")
		}
		v := b.Columns[k].Validity()
		if keep == nil {
			for i := range b.Rows {
				keep = append(keep, int32(i))
			}
		}
		left := keep[:0]
		for _, i := range keep {
			if v.At(int(i)) {
				left = append(left, i)
			}
		}
		keep = left
	}
	if keep == nil {
		return b, nil
	}
	t.Dropped.Add(int64(b.Rows - len(keep)))
	return b.Take(keep), nil
}

// enforceLengths fails on a value that is longer than its type, or that is shorter than CHAR and BINARY say.
func enforceLengths(b vector.Batch, columns []int, t *Task) error {
	for _, k := range columns {
		f := t.Node.Schema[k]
		values, valid := b.Columns[k].Strings(), b.Columns[k].Validity()
		exact := f.Type.Kind == vector.Char || f.Type.Kind == vector.Binary
		for i := range b.Rows {
			if !valid.At(i) {
				continue
			}
			n, what := len(values.At(i)), "a binary"
			if f.Type.IsString() {
				n, what = utf8.RuneCount(values.At(i)), "a string"
			}
			if n > f.Type.Precision || exact && n < f.Type.Precision {
				return diag.New(codeLength, diag.Span{}, "column '%s' is %s, however, %s of length %d is being written into it", f.Name, f.Type.Name(), what, n).
					WithHint("CAST it in the query, or SET 'table.exec.sink.type-length-enforcer' = 'TRIM_PAD'")
			}
		}
	}
	return nil
}
