package infer

import (
	"context"
	"io"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/planner/plan"
	"weir/vector"
)

// sampleParquet takes the columns that the file itself names, with their types. Its first rows tell which times rise.
func sampleParquet(ctx context.Context, files exec.FS, f exec.Split, rows int) (*sample, error) {
	fields, err := filesystem.Columns(ctx, files, f)
	if err != nil {
		return nil, err
	}
	s := &sample{path: f.Path, options: map[string]string{}}
	for _, x := range fields {
		s.columns = append(s.columns, Column{Name: x.Name, Type: x.Type})
	}
	return s, s.watch(ctx, files, f, rows)
}

// watch reads the times of the first rows.
func (s *sample) watch(ctx context.Context, files exec.FS, f exec.Split, rows int) (err error) {
	table := &catalog.Table{}
	scan := &plan.Scan{Table: table, Options: map[string]string{"path": f.Path, "format": "parquet"}, Rowtime: -1}
	var times []*Column
	for i := range s.columns {
		if c := &s.columns[i]; c.Type.IsTimestamp() {
			scan.Read = append(scan.Read, len(times))
			table.Columns = append(table.Columns, catalog.Column{Name: c.Name, Type: c.Type.WithNullable(true)})
			times = append(times, c)
		}
	}
	if len(times) == 0 {
		return nil
	}
	src, err := filesystem.NewSource(nil, &plan.Node{Spec: scan}, &exec.Config{Seams: exec.Seams{FS: files}, BatchRows: rows})
	if err != nil {
		return err
	}
	r, err := src.Open(ctx, exec.Range{Split: f, To: f.Size})
	if err != nil {
		return err
	}
	defer func() {
		if e := r.Close(); err == nil {
			err = e
		}
	}()
	for rows > 0 {
		b, err := r.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i, c := range times {
			c.times(b.Columns[i], min(rows, b.Rows))
		}
		rows -= b.Rows
	}
	return nil
}

// times takes in the first n times of a column.
func (c *Column) times(values vector.Column, n int) {
	for i := range n {
		if values.IsNull(i) {
			c.nulls = true
			continue
		}
		switch {
		case c.Type.Precision <= 3:
			c.evidence.rise.add(values.Int64()[i])
		case c.Type.Precision <= 6:
			c.evidence.rise.add(values.Int64()[i] / 1000)
		default:
			c.evidence.rise.add(values.Int128()[i].HighBits() / 1000)
		}
	}
}
