// Package print is the sink that shows rows as they come, as Flink's print connector does: +I[a, 1].
package print

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

type sink struct {
	mu         sync.Mutex // held while a batch's lines are written, so that lines stay whole
	out        io.Writer
	identifier string
	node       *plan.Node
}

// NewSink makes the sink of a node. It writes at once: rows shown are not taken back.
func NewSink(_ *plan.Graph, n *plan.Node, c *exec.Config) (exec.Sink, error) {
	options := n.Spec.(*plan.Sink).Options
	s := &sink{out: c.Seams.Stdout, identifier: options["print-identifier"], node: n}
	if strings.EqualFold(options["standard-error"], "true") {
		s.out = c.Seams.Stderr
	}
	return s, nil
}

func (s *sink) Open(t *exec.Task) (exec.Writer, error) {
	// As in Flink: the identifier, and the number of the subtask where there are several.
	prefix := s.identifier
	if s.node.Parallelism > 1 {
		if prefix != "" {
			prefix += ":"
		}
		prefix += fmt.Sprint(t.Subtask + 1)
	}
	if prefix != "" {
		prefix += "> "
	}
	return &writer{sink: s, prefix: prefix, task: t}, nil
}

func (s *sink) Commit(context.Context, int64, []exec.Pending) error { return nil }
func (s *sink) Discard(int, int64) error                            { return nil }

type writer struct {
	sink   *sink
	prefix string
	task   *exec.Task
	buf    []byte
}

func (w *writer) Write(b vector.Batch) error {
	w.buf = w.buf[:0]
	for i := range b.Rows {
		w.buf = append(w.buf, w.prefix...)
		w.buf = append(w.buf, b.Kind(i).String()...)
		w.buf = append(w.buf, '[')
		for j, c := range b.Columns {
			if j > 0 {
				w.buf = append(w.buf, ", "...)
			}
			if c.IsNull(i) {
				w.buf = append(w.buf, "null"...)
				continue
			}
			w.buf = kernel.AppendText(w.buf, c, w.sink.node.Schema[j].Type, i, w.task.Zone)
		}
		w.buf = append(w.buf, "]\n"...)
	}
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	_, err := w.sink.out.Write(w.buf)
	return err
}

func (w *writer) Prepare(int64) ([]exec.Pending, error) { return nil, nil }
func (w *writer) Close() error                          { return nil }
