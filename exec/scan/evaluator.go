package scan

import (
	"errors"
	"sort"
	"time"

	"weir/exec/expr"
	"weir/planner/plan"
	"weir/vector"
)

// evaluator computes one subtask's columns and watermarks.
type evaluator struct {
	scan      *definition
	computed  *expr.Program // nil: none
	watermark *expr.Program // nil: none, or delay says it all
	delay     int64
	time      vector.Type // of the watermark expression
}

// errNullTime says that a row has no rowtime.
var errNullTime = errors.New("the rowtime is NULL")

func (d *definition) newEvaluator(subtask int) (*evaluator, error) {
	e := &evaluator{scan: d}
	env := expr.Env{Zone: d.zone, Now: func() time.Time { return d.now }, Seed: d.seed + uint64(subtask), Source: d.text}
	var err error
	if len(d.spec.Computed) > 0 {
		if e.computed, err = expr.Compile(d.spec.Computed, env); err != nil {
			return nil, err
		}
	}
	if !d.timed {
		return e, nil
	}
	var simple bool
	if e.delay, simple = plan.WatermarkDelay(d.spec.Watermark, d.spec.Rowtime); !simple {
		e.time = d.spec.Watermark.Type()
		e.watermark, err = expr.Compile([]plan.Expr{d.spec.Watermark}, env)
	}
	return e, err
}

// rows computes all of a batch that can be computed: the rows before the first one with an error, and that error.
func (e *evaluator) rows(b vector.Batch) (rows, error) {
	var failed error
	if e.computed != nil {
		columns, good, err := prefix(e.computed, b)
		if err != nil {
			failed, b = err, b.Slice(0, good)
		}
		all := make([]vector.Column, 0, len(b.Columns)+len(columns))
		b = b.WithColumns(append(append(all, b.Columns...), columns...))
	}
	if !e.scan.timed || b.Rows == 0 {
		return rows{Batch: b}, failed
	}
	if v := b.Columns[e.scan.spec.Rowtime].Validity(); !v.All() {
		for i := range b.Rows {
			if !v.At(i) {
				failed, b = errNullTime, b.Slice(0, i)
				break
			}
		}
	}
	r := rows{marks: marks{delay: e.delay}}
	if e.watermark != nil && b.Rows > 0 {
		columns, good, err := prefix(e.watermark, b)
		if err != nil {
			failed, b = err, b.Slice(0, good)
		}
		if good > 0 {
			r.marks.values, r.marks.valid = milliseconds(columns[0], e.time), columns[0].Validity()
		}
	}
	r.Batch = b
	r.times = b.Columns[e.scan.spec.Rowtime].Int64()
	return r, failed
}

// prefix evaluates a program over the rows before the first one that it fails for.
func prefix(p *expr.Program, b vector.Batch) (columns []vector.Column, good int, err error) {
	columns, err = p.Eval(b)
	if err == nil {
		return columns, b.Rows, nil
	}
	good = sort.Search(b.Rows, func(n int) bool {
		_, failed := p.Eval(b.Slice(0, n+1))
		return failed != nil
	})
	columns, _ = p.Eval(b.Slice(0, good))
	return columns, good, err
}
