package infer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/parser/diag"
)

// text is the sample of a file's text. It is read block by block as more is wanted.
type text struct {
	path string
	io.ReadCloser
	data []byte
	eof  bool
}

// open opens a file behind its byte order mark.
func open(ctx context.Context, files exec.FS, f exec.Split) (*text, error) {
	r, err := filesystem.Text(ctx, files, f)
	if err != nil {
		return nil, err
	}
	t := &text{path: f.Path, ReadCloser: r}
	begin, err := t.peek(3)
	if err != nil {
		return nil, closed(t, err)
	}
	if bytes.HasPrefix(begin, []byte("\xEF\xBB\xBF")) {
		t.data = t.data[3:]
	}
	return t, nil
}

// blockBytes are read first: as many as some files have. Later as much as there is already.
const blockBytes = 64 << 10

// more reads on; it reports whether the text has grown.
func (t *text) more() (bool, error) {
	if t.eof || len(t.data) >= sampleBytes {
		return false, nil
	}
	have := len(t.data)
	t.data = slices.Grow(t.data, max(blockBytes, have))
	for !t.eof && len(t.data) < have+blockBytes {
		n, err := t.Read(t.data[len(t.data):cap(t.data)])
		t.data = t.data[:len(t.data)+n]
		if err == io.EOF {
			t.eof = true
		} else if err != nil {
			return false, unreadable(t.path, err)
		}
	}
	return true, nil
}

// unreadable is the error of reading a file.
func unreadable(path string, err error) error {
	if d, ok := err.(*diag.Diagnostic); ok {
		return d
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if p, ok := err.(*fs.PathError); ok {
		err = p.Err
	}
	return diag.New(diag.Unreadable, diag.Span{}, "%s can't be read: %s", path, err)
}

// peek returns the first n bytes, or all if there are fewer.
func (t *text) peek(n int) ([]byte, error) {
	for len(t.data) < n && !t.eof {
		if _, err := t.more(); err != nil {
			return nil, err
		}
	}
	return t.data[:min(n, len(t.data))], nil
}

// line is the number of the line at an offset, from 1.
func (t *text) line(offset int) int { return 1 + bytes.Count(t.data[:offset], []byte("\n")) }

// closed closes a text behind what was done with it.
func closed(text *text, err error) error {
	if e := text.Close(); err == nil && e != nil {
		err = diag.New(diag.NoFile, diag.Span{}, "%s can't be read: %s", text.path, e)
	}
	return err
}
