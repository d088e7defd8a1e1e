package golden

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"weir/exec"
	"weir/exec/connector"
	"weir/planner/plan"
	"weir/vector"
)

// ledger is what sinks that show their rows have made durable, through all lives of a job: a part is visible from its
// commit on. So each row comes once, however often the job is killed.
type ledger struct {
	mu        sync.Mutex
	parts     []func() // make a part visible
	committed []bool
}

// add keeps a part that waits for its commit.
func (l *ledger) add(show func()) []exec.Pending {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parts, l.committed = append(l.parts, show), append(l.committed, false)
	return []exec.Pending{strconv.AppendInt(nil, int64(len(l.parts)-1), 10)}
}

// ledgerSink is a sink whose parts are in a ledger.
type ledgerSink struct {
	ledger *ledger
	open   func(*exec.Task) (exec.Writer, error)
}

func (s *ledgerSink) Open(t *exec.Task) (exec.Writer, error) { return s.open(t) }

// Commit shows each part once. It may come again for all of them, but none may stand there twice.
func (s *ledgerSink) Commit(_ context.Context, _ int64, parts []exec.Pending) error {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	for i, p := range parts {
		if slices.ContainsFunc(parts[:i], func(q exec.Pending) bool { return bytes.Equal(p, q) }) {
			return fmt.Errorf("part %s is to be committed twice at once", p)
		}
		n, err := strconv.Atoi(string(p))
		if err != nil || n < 0 || n >= len(s.ledger.parts) {
			return fmt.Errorf("commit of %q, which nobody has prepared", p)
		}
		if !s.ledger.committed[n] {
			s.ledger.committed[n] = true
			s.ledger.parts[n]()
		}
	}
	return nil
}

// Discard has nothing to do: nobody sees what is never committed.
func (s *ledgerSink) Discard(int, int64) error { return nil }

// collecting is the sink of a query's rows; to takes them at their commit.
func (l *ledger) collecting(text func(vector.Batch) []row, to func([]row)) exec.Sink {
	return &ledgerSink{l, func(*exec.Task) (exec.Writer, error) { return &collectingWriter{ledger: l, text: text, to: to}, nil }}
}

type collectingWriter struct {
	ledger *ledger
	text   func(vector.Batch) []row
	to     func([]row)
	rows   []row
}

func (w *collectingWriter) Write(b vector.Batch) error {
	w.rows = append(w.rows, w.text(b)...)
	return nil
}

func (w *collectingWriter) Prepare(int64) ([]exec.Pending, error) {
	if len(w.rows) == 0 {
		return nil, nil
	}
	rows := slices.Clone(w.rows)
	w.rows = w.rows[:0]
	return w.ledger.add(func() { w.to(rows) }), nil
}

func (w *collectingWriter) Close() error { return nil }

// printing makes the sink of a print table that prints into shown, a part at its commit, what the connector would print
// at once.
func (l *ledger) printing(k connector.Connector, shown *printed) connector.Connector {
	sink := k.Sink
	k.Sink = func(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Sink, error) {
		return &ledgerSink{l, func(t *exec.Task) (exec.Writer, error) {
			w := &printingWriter{ledger: l, shown: shown}
			own := *c
			own.Seams.Stdout, own.Seams.Stderr = &w.text, &w.text
			s, err := sink(g, n, &own)
			if err != nil {
				return nil, err
			}
			w.Writer, err = s.Open(t)
			return w, err
		}}, nil
	}
	return k
}

type printingWriter struct {
	exec.Writer
	ledger *ledger
	shown  *printed
	text   bytes.Buffer
}

func (w *printingWriter) Prepare(int64) ([]exec.Pending, error) {
	if w.text.Len() == 0 {
		return nil, nil
	}
	text := bytes.Clone(w.text.Bytes())
	w.text.Reset()
	return w.ledger.add(func() { _, _ = w.shown.Write(text) }), nil // a buffer takes all
}
