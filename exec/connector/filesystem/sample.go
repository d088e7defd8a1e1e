package filesystem

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

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

// Partition is what the name of a directory k=v says of all files below it.
type Partition struct {
	Column, Value string
	Null          bool // the value stands for NULL
}

// Partitions lists those of the directories between a path, which may be a pattern, and a file that Files has listed for it. Of a column
// that comes twice the innermost counts.
func Partitions(path, file string) []Partition {
	fixed := filepath.ToSlash(filepath.Clean(localPath(path)))
	if i := strings.IndexAny(fixed, "*?["); i >= 0 {
		fixed = fixed[:strings.LastIndexByte(fixed[:i], '/')+1]
	} else if fixed == "." {
		fixed = ""
	}
	below, ok := strings.CutPrefix(filepath.ToSlash(filepath.Clean(file)), fixed)
	if !ok || below == "" {
		return nil // the path is the file
	}
	var out []Partition
	for dir := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(below)), "/") {
		key, value, ok := strings.Cut(dir, "=")
		if !ok || key == "" {
			continue
		}
		p := Partition{Column: unescapeName(key), Value: unescapeName(value)}
		p.Null = p.Value == catalog.DefaultPartition
		out = slices.DeleteFunc(out, func(o Partition) bool { return o.Column == p.Column })
		out = append(out, p)
	}
	return out
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
