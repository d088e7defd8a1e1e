package exec

import (
	"context"
	"io"

	"weir/vector"
)

// ValuesFeed is the Feed of constant rows: the columns, cut into batches. With origin the rows carry their order.
func ValuesFeed(columns []vector.Column, rows int, origin bool) Feed {
	b := vector.Batch{Columns: columns, Rows: rows}
	if origin {
		b.Origin = make([]vector.Origin, rows)
		for i := range b.Origin {
			b.Origin[i].Row = int64(i)
		}
	}
	return &values{rest: b}
}

type values struct {
	rest  vector.Batch
	batch int // rows of a batch
}

func (v *values) Open(t *Task) error {
	v.batch = batchRows(t.Config)
	return nil
}

func (v *values) Next(context.Context) (Input, error) {
	if v.rest.Rows == 0 {
		return Input{}, io.EOF
	}
	n := min(v.batch, v.rest.Rows)
	b := v.rest.Slice(0, n)
	v.rest = v.rest.Slice(n, v.rest.Rows)
	return Input{Batch: b, Watermark: vector.MinTime}, nil
}

func (v *values) Close() error { return nil }
