// Package stdin reads a table from standard input, row by row as they come.
package stdin

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"weir/exec"
	"weir/exec/format"
	"weir/exec/format/csv"
	"weir/exec/format/json"
	"weir/parser/diag"
	"weir/planner/plan"
)

const (
	// waitLimit is how long a read blocks without anything to read: the contract of format.Bytes.
	waitLimit = 100 * time.Millisecond
	// blockBytes are read at a time.
	blockBytes = 64 << 10
)

type source struct {
	scan   *plan.Scan
	config *exec.Config
}

// NewSource makes the source of a scan.
func NewSource(_ *plan.Graph, n *plan.Node, c *exec.Config) (exec.Source, error) {
	s := &source{n.Spec.(*plan.Scan), c}
	if _, err := s.newReader(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *source) newReader() (exec.RangeReader, error) {
	switch name := s.scan.Options["format"]; name {
	case "csv":
		return csv.NewReader(s.scan, s.config.BatchRows, true, s.open)
	case "json":
		return json.NewReader(s.scan, s.config.BatchRows, true, s.open)
	default:
		return nil, diag.New(diag.NoFormat, diag.Span{}, "reading format '%s' is not supported", name)
	}
}

// Splits returns the one split that standard input is.
func (s *source) Splits(context.Context) ([]exec.Split, error) {
	return []exec.Split{{Path: "stdin", Whole: true}}, io.EOF
}

// Open begins to read.
func (s *source) Open(ctx context.Context, r exec.Range) (exec.Reader, error) {
	reader, err := s.newReader()
	if err != nil {
		return nil, err
	}
	if err := reader.Reopen(ctx, r); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return reader, nil
}

// open starts the goroutine that reads.
func (s *source) open(context.Context, exec.Split) (format.Bytes, error) {
	t := &text{in: s.config.Seams.Stdin, clock: s.config.Seams.Clock, blocks: make(chan block), done: make(chan struct{})}
	t.reading.Go(t.pump)
	return t, nil
}

// text is standard input. A goroutine reads it, since a read may block for ever; ReadAt does not.
type text struct {
	in      io.Reader
	clock   exec.Clock
	blocks  chan block
	done    chan struct{}
	reading sync.WaitGroup
	left    []byte // of the last block
	err     error  // behind left
}

type block struct {
	data []byte
	err  error
}

// pump hands on what comes, until Close or an error.
func (t *text) pump() {
	for {
		b := make([]byte, blockBytes)
		n, err := t.in.Read(b)
		select {
		case t.blocks <- block{b[:n], err}:
		case <-t.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// ReadAt returns what comes next; the offset is always that behind the last read.
func (t *text) ReadAt(ctx context.Context, p []byte, _ int64) (int, error) {
	if len(t.left) == 0 && t.err == nil {
		select {
		case b := <-t.blocks:
			t.left, t.err = b.data, b.err
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-t.clock.After(ctx, waitLimit):
			return 0, nil
		}
	}
	n := copy(p, t.left)
	t.left = t.left[n:]
	if len(t.left) > 0 || t.err == nil {
		return n, nil
	}
	if !errors.Is(t.err, io.EOF) {
		return n, diag.New(diag.Unreadable, diag.Span{}, "standard input can't be read: %s", t.err)
	}
	return n, io.EOF
}

// Close ends the reading goroutine and waits for it, if its read can be interrupted. A terminal's cannot: there it
// ends with the next line, which is lost.
func (t *text) Close() error {
	close(t.done)
	if d, ok := t.in.(interface{ SetReadDeadline(time.Time) error }); ok && t.err == nil {
		if d.SetReadDeadline(time.Unix(1, 0)) != nil {
			return nil
		}
		t.reading.Wait()
		return d.SetReadDeadline(time.Time{})
	}
	if t.err != nil {
		t.reading.Wait()
	}
	return nil
}
