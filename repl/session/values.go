package session

import (
	"context"
	"io"

	"weir/exec"
	"weir/exec/expr"
	"weir/planner/plan"
	"weir/vector"
)

// values is the Feed of VALUES: subtask 0 has all rows, others have none.
type values struct {
	node int
	rows [][]plan.Expr
	env  expr.Env
	size int // rows of a batch at most
	rest vector.Batch
}

func valuesFeeds(n *plan.Node, env expr.Env) []exec.Feed {
	feeds := make([]exec.Feed, n.Parallelism)
	for i := range feeds {
		v := &values{node: n.ID, env: env}
		if i == 0 {
			v.rows = n.Spec.(*plan.Values).Rows
		}
		feeds[i] = v
	}
	return feeds
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
	return nil
}

// Next gives the rows in batches. There is no watermark but the end.
func (v *values) Next(context.Context) (exec.Input, error) {
	if v.rest.Rows == 0 {
		return exec.Input{}, io.EOF
	}
	n := min(v.size, v.rest.Rows)
	b := v.rest.Slice(0, n)
	v.rest = v.rest.Slice(n, v.rest.Rows)
	return exec.Input{Batch: b, Watermark: vector.MinTime}, nil
}

// Close has nothing to close.
func (v *values) Close() error { return nil }
