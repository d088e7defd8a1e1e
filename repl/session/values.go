package session

import (
	"context"
	"io"
	"sync/atomic"

	"weir/exec"
	"weir/exec/expr"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// values is the Head of VALUES, and its Feed: the planner runs it once.
type values struct {
	node int
	rows [][]plan.Expr
	env  expr.Env
	size int // rows of a batch at most
	rest vector.Batch

	given  atomic.Int64 // rows, in all lives of the job
	passed atomic.Int64 // the last barrier that passed
	behind atomic.Int64 // given then
}

func newValues(n *plan.Node, env expr.Env) *values {
	return &values{node: n.ID, env: env, rows: n.Spec.(*plan.Values).Rows}
}

// Feeds returns the one feed.
func (v *values) Feeds() []exec.Feed { return []exec.Feed{v} }

// Restore passes over the rows that were given. The position is one that Position has made, of as many rows.
func (v *values) Restore(_ context.Context, p *exec.Position) error {
	given := int64(len(v.rows))
	if len(p.Chains) > 0 {
		c := p.Chains[0]
		if len(p.Chains) > 1 || len(c.Ranges) != 1 || c.Ranges[0].From < 0 || c.Ranges[0].From > given || c.Ranges[0].To != given {
			return diag.New(diag.StoredPosition, diag.Span{}, "the position of VALUES is none in its %d rows", given).
				WithHint("it was stored by another program: begin without it")
		}
		given = c.Ranges[0].From
	}
	v.given.Store(given)
	return nil
}

// Position counts the rows as if they were bytes of a split.
func (v *values) Position(barrier int64) *exec.Position {
	s := exec.Split{Path: "VALUES", Size: int64(len(v.rows)), Whole: true}
	p := &exec.Position{Splits: []exec.Split{s}, Floor: vector.MinTime, Highest: vector.MinTime, Complete: true, Listed: true}
	from := v.given.Load()
	if barrier > 0 && barrier == v.passed.Load() {
		from = v.behind.Load()
	}
	if from < s.Size {
		r := exec.Range{Split: s, From: from, To: s.Size, At: exec.Mark{Next: from, Row: from, Watermark: vector.MinTime}}
		p.Chains = []exec.Chain{{Ranges: []exec.Remainder{{Range: r}}, Watermark: vector.MinTime}}
	}
	return p
}

// Open evaluates the rows and numbers them: they have arrived in the order of the text. All are one program, so that CURRENT_TIMESTAMP is the same in all of them.
func (v *values) Open(t *exec.Task) error {
	v.size = max(t.Config.BatchRows, 1)
	if len(v.rows) == 0 {
		return nil
	}
	width := len(v.rows[0])
	var all []plan.Expr
	for _, row := range v.rows {
		all = append(all, row...)
	}
	program, err := expr.Compile(all, v.env)
	if err != nil {
		return err
	}
	cells, err := program.Eval(vector.Batch{Rows: 1})
	if err != nil {
		return err
	}
	v.rest = vector.Batch{Rows: len(v.rows), Columns: make([]vector.Column, width), Origin: make([]vector.Origin, len(v.rows))}
	for j := range v.rest.Origin {
		v.rest.Origin[j] = vector.Origin{Split: int32(v.node), Row: int64(j)}
	}
	column := make([]vector.Column, len(v.rows))
	for i := range width {
		for j := range column {
			column[j] = cells[j*width+i]
		}
		v.rest.Columns[i] = vector.ConcatColumns(column)
	}
	v.rest = v.rest.Slice(int(v.given.Load()), v.rest.Rows)
	return nil
}

// Next gives the rows in batches. There is no watermark but the end.
func (v *values) Next(_ context.Context, most int) (exec.Input, error) {
	if v.rest.Rows == 0 {
		return exec.Input{}, io.EOF
	}
	n := min(v.size, v.rest.Rows, most)
	b := v.rest.Slice(0, n)
	v.rest = v.rest.Slice(n, v.rest.Rows)
	v.given.Add(int64(n))
	return exec.Input{Batch: b, Watermark: vector.MinTime}, nil
}

// Pass notes how many rows come before the barrier.
func (v *values) Pass(barrier int64, _ bool) int64 {
	v.behind.Store(v.given.Load())
	v.passed.Store(barrier)
	return 0
}

// Close has nothing to close.
func (v *values) Close() error { return nil }
