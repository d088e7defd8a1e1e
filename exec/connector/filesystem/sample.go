package filesystem

import (
	"context"
	"io"

	"weir/exec"
	"weir/exec/format"
)

// Files lists the files of a path in path order, as a source does that reads them once.
func Files(ctx context.Context, fs exec.FS, path string) ([]exec.Split, error) {
	files, err := sample(fs, path).Splits(ctx)
	if err == io.EOF {
		err = nil
	}
	return files, err
}

// Text opens a listed file's text, decompressed, from its beginning.
func Text(ctx context.Context, fs exec.FS, file exec.Split) (io.ReadCloser, error) {
	b, err := sample(fs, file.Path).open(ctx, file)
	if err != nil {
		return nil, err
	}
	return &front{ctx: ctx, Bytes: b}, nil
}

// sample is a source of which only the listing and the texts are wanted.
func sample(fs exec.FS, path string) *source {
	return &source{config: &exec.Config{Seams: exec.Seams{FS: fs}}, path: localPath(path), seen: map[string]bool{}}
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
