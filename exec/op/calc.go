package op

import (
	"slices"

	"weir/exec"
	"weir/exec/expr"
	"weir/planner/plan"
	"weir/vector"
)

// Calc filters and projects in one step: only columns that somebody looks at are copied for the rows that stay.
type Calc struct {
	spec    *plan.Calc
	filter  *expr.Filter
	program *expr.Program
	used    []int // input columns that the projection looks at
}

func newCalc(n *plan.Node) *Calc { return &Calc{spec: n.Spec.(*plan.Calc)} }

// env is what expressions take from a task.
func env(t *exec.Task) expr.Env {
	return expr.Env{Zone: t.Zone, Now: t.Config.Seams.Clock.Now, Seed: t.Config.Seed + uint64(t.Subtask), Source: t.Node.Source}
}

func (o *Calc) Open(t *exec.Task) (err error) {
	if o.spec.Filter != nil {
		if o.filter, err = expr.CompileFilter(o.spec.Filter, env(t)); err != nil {
			return err
		}
	}
	plan.Walk(func(e plan.Expr) {
		if c, ok := e.(*plan.Column); ok && !slices.Contains(o.used, c.Index) {
			o.used = append(o.used, c.Index)
		}
	}, o.spec.Exprs...)
	o.program, err = expr.Compile(o.spec.Exprs, env(t))
	return err
}

func (o *Calc) Process(_ int, b vector.Batch, out exec.Emitter) error {
	if o.filter != nil {
		rows, all, err := o.filter.Select(b)
		if err != nil {
			return err
		}
		if !all {
			if len(rows) == 0 {
				return nil
			}
			b = o.take(b, rows)
		}
	}
	columns, err := o.program.Eval(b)
	if err != nil {
		return err
	}
	return out.Emit(b.WithColumns(columns))
}

// take returns the rows that stay; columns that nobody looks at are left out.
func (o *Calc) take(b vector.Batch, rows []int32) vector.Batch {
	columns := b.Columns
	kept := b.WithColumns(nil).Take(rows)
	kept.Columns = make([]vector.Column, len(columns))
	for _, i := range o.used {
		kept.Columns[i] = columns[i].Take(rows)
	}
	return kept
}

func (o *Calc) Advance(wm vector.Time, _ exec.Emitter) (vector.Time, error) { return wm, nil }
func (o *Calc) Flush(exec.Emitter) error                                    { return nil }
func (o *Calc) Close() error                                                { return nil }
