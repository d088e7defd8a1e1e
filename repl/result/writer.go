// Package result writes what statements give to standard output and standard error, in the form that the user chose.
package result

import (
	"fmt"
	"io"
	"strings"

	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
)

// format writes the results of one form into a buffer, one statement after the other.
type format interface {
	begin(dst []byte, s *session.Schema) []byte
	// rows appends what can be shown of the rows already.
	rows(dst []byte, b vector.Batch) []byte
	end(dst []byte, d session.Done) []byte
}

var formats = map[string]func() format{
	"tableau":  func() format { return &tableau{} },
	"table":    func() format { return &tableau{} },
	"csv":      func() format { return &csv{} },
	"tsv":      func() format { return &tsv{} },
	"jsonl":    func() format { return &jsonl{} },
	"markdown": func() format { return &markdown{} },
	"vertical": func() format { return &vertical{} },
	"events":   func() format { return &events{} },
	"none":     func() format { return none{} },
}

// Names lists the forms, as --help does.
var Names = []string{"tableau", "csv", "table", "tsv", "jsonl", "markdown", "vertical", "events", "none"}

// Options say where and how a Writer writes.
type Options struct {
	// Format is a name of Names, or empty: what SET 'sql-client.execution.result-mode' says, else Default.
	Format  string
	Default string
	Out     io.Writer // results
	Err     io.Writer // errors, notices, progress
	// Color says that standard error is a terminal that shows colours.
	Color bool
	// Interactive says that a person waits for an answer to each statement.
	Interactive bool
}

// Writer is the session.Output of the command line. What a call has to show is written when it returns.
type Writer struct {
	o      Options
	format format  // of the running statement; nil: none has begun
	events *events // where the form is events
	buf    []byte
}

// New makes a Writer; it fails with a sentence for the user if the form is not known.
func New(o Options) (*Writer, error) {
	w := &Writer{o: o}
	for _, name := range []string{o.Format, o.Default} {
		if name == "" {
			continue
		}
		if formats[name] == nil {
			if near, ok := diag.Nearest(name, Names); ok {
				return nil, fmt.Errorf("unknown format '%s': did you mean '%s'?", name, near)
			}
			return nil, fmt.Errorf("unknown format '%s': it must be one of %s", name, strings.Join(Names, ", "))
		}
	}
	if o.Format == "events" || o.Format == "" && o.Default == "events" {
		w.events = &events{}
	}
	return w, nil
}

// Structured reports whether standard output is for programs alone, so that nothing else may be written to it.
func (w *Writer) Structured() bool { return w.events != nil }

func (w *Writer) formatOf(s *session.Schema) format {
	switch {
	case w.events != nil:
		return w.events
	case w.o.Format != "":
		return formats[w.o.Format]()
	case s.Mode == "table":
		return formats["table"]()
	case s.Mode != "":
		return formats["tableau"]()
	}
	return formats[w.o.Default]()
}

// maxKept bounds the buffer that is kept from one call to the next.
const maxKept = 4 << 20

// write writes what was appended to the buffer.
func (w *Writer) write(dst []byte) error {
	w.buf = dst[:0]
	if cap(dst) > maxKept {
		w.buf = nil
	}
	if len(dst) == 0 {
		return nil
	}
	_, err := w.o.Out.Write(dst)
	return err
}

// Schema begins a result.
func (w *Writer) Schema(s *session.Schema) error {
	w.format = w.formatOf(s)
	return w.write(w.format.begin(w.buf[:0], s))
}

// Rows shows rows.
func (w *Writer) Rows(b vector.Batch) error { return w.write(w.format.rows(w.buf[:0], b)) }

// Done ends a result, or says that a statement without one has been run.
func (w *Writer) Done(d session.Done) error {
	dst := w.buf[:0]
	if w.format != nil {
		dst = w.format.end(dst, d)
	}
	had := w.format != nil
	w.format = nil
	if w.events != nil {
		return w.write(w.events.done(dst, d))
	}
	if err := w.write(dst); err != nil {
		return err
	}
	switch {
	case d.Written && w.o.Format != "none":
		cost := ""
		if d.TimeCost {
			cost = fmt.Sprintf(" (%.2f seconds)", d.Elapsed.Seconds())
		}
		fmt.Fprintf(w.o.Err, "%s written into %s%s\n", counted(d.Rows), d.Target, cost)
	case w.o.Interactive && !had && d.Verb != "":
		fmt.Fprintf(w.o.Err, "[INFO] %s succeeded.\n", d.Verb)
	}
	return nil
}

// Fail shows an error, as an event too where the form is events.
func (w *Writer) Fail(statement int, d *diag.Diagnostic) error {
	w.format = nil
	fmt.Fprintln(w.o.Err, diag.Render(d, w.o.Color))
	if w.events != nil {
		return w.write(w.events.fail(w.buf[:0], statement, d))
	}
	return nil
}

// Notice shows a notice, as an event too where the form is events.
func (w *Writer) Notice(n session.Notice) error {
	fmt.Fprintf(w.o.Err, "notice: %s\n", n.Message)
	if n.Detail != nil {
		fmt.Fprintf(w.o.Err, "  first: %s\n", n.Detail.Message)
	}
	if w.events != nil {
		return w.write(w.events.notice(w.buf[:0], n))
	}
	return nil
}
