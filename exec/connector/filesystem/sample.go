package filesystem

import (
	"context"
	"io"

	"weir/catalog"
	"weir/exec"
	"weir/exec/format"
	"weir/exec/format/parquet"
	"weir/planner/plan"
)

// Files lists the files of a path in path order, as a source does that reads them once.
func Files(ctx context.Context, fs exec.FS, path string) ([]exec.Split, error) {
	s, err := sample(fs, path)
	if err != nil {
		return nil, err
	}
	files, err := s.Splits(ctx)
	if err == io.EOF {
		err = nil
	}
	return files, err
}

// Text opens a listed file's text, decompressed, from its beginning.
func Text(ctx context.Context, fs exec.FS, file exec.Split) (io.ReadCloser, error) {
	s, err := sample(fs, file.Path)
	if err != nil {
		return nil, err
	}
	b, err := s.open(ctx, file)
	if err != nil {
		return nil, err
	}
	return &front{ctx: ctx, Bytes: b}, nil
}

// Columns lists the columns of a Parquet file.
func Columns(ctx context.Context, fs exec.FS, file exec.Split) ([]format.Field, error) {
	s, err := sample(fs, file.Path)
	if err != nil {
		return nil, err
	}
	return parquet.Columns(ctx, file, s.openFile)
}

// sample is a source of text of which only the listing and the texts are wanted.
func sample(fs exec.FS, path string) (*source, error) {
	scan := &plan.Scan{Table: &catalog.Table{}, Options: map[string]string{"path": path, "format": "csv"}, Rowtime: -1}
	s, err := NewSource(nil, &plan.Node{Spec: scan}, &exec.Config{Seams: exec.Seams{FS: fs}, BatchRows: 1})
	if err != nil {
		return nil, err
	}
	return s.(*source), nil
}

// front reads a text from its beginning on.
type front struct {
	format.Bytes
	ctx context.Context
	off int64
}

// Read reads on.
func (f *front) Read(p []byte) (int, error) {
	n, err := f.ReadAt(f.ctx, p, f.off)
	f.off += int64(n)
	return n, err
}
