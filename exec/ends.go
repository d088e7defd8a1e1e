package exec

import (
	"sync"

	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// sinkEnd is a sink with what its writers have prepared.
type sinkEnd struct {
	sink  Sink
	mu    sync.Mutex
	parts []Pending
}

// sinkOperator writes the rows of one subtask into a sink.
type sinkOperator struct {
	end    *sinkEnd
	task   *Task
	writer Writer
}

func (o *sinkOperator) Open(t *Task) (err error) {
	o.writer, err = o.end.sink.Open(t)
	return err
}

func (o *sinkOperator) Process(_ int, b vector.Batch, _ Emitter) error {
	spec := o.task.Node.Spec.(*plan.Sink)
	b, err := enforceNotNull(b, spec.NotNull, spec.Drop, o.task)
	if err != nil || b.Rows == 0 {
		return err
	}
	o.task.RowsOut.Add(int64(b.Rows))
	return o.writer.Write(b)
}

func (o *sinkOperator) Advance(wm vector.Time, _ Emitter) (vector.Time, error) { return wm, nil }
func (o *sinkOperator) Flush(Emitter) error                                    { return nil }

// prepare makes durable what was written; the job commits when all subtasks have done so.
func (o *sinkOperator) prepare() error {
	parts, err := o.writer.Prepare(firstEpoch)
	if err != nil {
		return err
	}
	o.end.mu.Lock()
	defer o.end.mu.Unlock()
	o.end.parts = append(o.end.parts, parts...)
	return nil
}

func (o *sinkOperator) Close() error {
	if o.writer == nil {
		return nil
	}
	return o.writer.Close()
}

// collect hands the rows of one subtask to the session.
type collect struct {
	job  *job
	task *Task
}

func (o *collect) Open(*Task) error { return nil }

func (o *collect) Process(_ int, b vector.Batch, _ Emitter) error {
	b, err := enforceNotNull(b, o.task.Node.Spec.(*plan.Collect).NotNull, false, o.task)
	if err != nil {
		return err
	}
	o.task.RowsOut.Add(int64(b.Rows))
	o.job.result.Lock()
	defer o.job.result.Unlock()
	return o.job.config.Result(b)
}

func (o *collect) Advance(wm vector.Time, _ Emitter) (vector.Time, error) { return wm, nil }
func (o *collect) Flush(Emitter) error                                    { return nil }
func (o *collect) Close() error                                           { return nil }

// enforceNotNull fails on a NULL in a column declared NOT NULL, or drops and counts its row.
func enforceNotNull(b vector.Batch, columns []int, drop bool, t *Task) (vector.Batch, error) {
	var keep []int32
	for _, k := range columns {
		if b.Columns[k].NullCount() == 0 {
			continue
		}
		if !drop {
			return b, diag.New("W4010", diag.Span{}, "column '%s' is NOT NULL, however, a null value is being written into it", t.Node.Schema[k].Name).
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
