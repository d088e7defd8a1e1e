// Package result writes what statements give to standard output and standard error, in the form that the user chose.
package result

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

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

// formats are those that do not depend on the terminal; formatOf knows the others.
var formats = map[string]func() format{
	"csv":      func() format { return &csv{} },
	"tsv":      func() format { return &tsv{} },
	"jsonl":    func() format { return &jsonl{} },
	"markdown": func() format { return &markdown{} },
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
	// Columns gives the width of the terminal that Err is; nil if it is none.
	Columns func() int
	// Screen gives the size of the terminal that Out is; nil if it is none.
	Screen func() (width, height int)
	// Dumb says that this terminal can't move its cursor.
	Dumb bool
	// Pager shows a text that is longer than the terminal, until the user has seen enough; nil: everything is just
	// written. Only bounded results are ever given to it, whole.
	Pager func(text []byte) error
}

// Writer is the session.Output of the command line. What a call has to show is written when it returns.
type Writer struct {
	o      Options
	format format  // of the running statement; nil: none has begun
	events *events // where the form is events
	buf    []byte
	late   []session.Notice // that came while a table is open: told behind it
	timer  bool
}

// New makes a Writer; it fails with a sentence for the user if the form is not known.
func New(o Options) (*Writer, error) {
	w := &Writer{o: o}
	for _, name := range []string{o.Format, o.Default} {
		if name == "" {
			continue
		}
		if err := known(name); err != nil {
			return nil, err
		}
	}
	w.choose()
	return w, nil
}

// known is the error for a name that is not one of Names.
func known(name string) error {
	if slices.Contains(Names, name) {
		return nil
	}
	if near, ok := diag.Nearest(name, Names); ok {
		return fmt.Errorf("unknown format '%s': did you mean '%s'?", name, near)
	}
	return fmt.Errorf("unknown format '%s': it must be one of %s", name, strings.Join(Names, ", "))
}

func (w *Writer) choose() {
	w.events = nil
	if w.o.Format == "events" || w.o.Format == "" && w.o.Default == "events" {
		w.events = &events{}
	}
}

// SetFormat changes the form of the results to come; it fails with a sentence for the user if the form is not known.
func (w *Writer) SetFormat(name string) error {
	if err := known(name); err != nil {
		return err
	}
	w.o.Format = name
	w.choose()
	return nil
}

// Format is the form that was chosen; empty: the session's settings decide.
func (w *Writer) Format() string { return w.o.Format }

// SetTimer says whether each statement's time is told behind it.
func (w *Writer) SetTimer(on bool) { w.timer = on }

// Timer reports whether times are told.
func (w *Writer) Timer() bool { return w.timer }

// Redirect sends results elsewhere, in a form or in the one in use if it is empty, until the function that it returns
// is called.
func (w *Writer) Redirect(out io.Writer, form string) (back func()) {
	before := w.o
	w.o.Out, w.o.Screen, w.o.Pager = out, nil, nil
	if form != "" {
		w.o.Format = form
	}
	w.choose()
	return func() {
		w.o = before
		w.choose()
	}
}

// Structured reports whether standard output is for programs alone, so that nothing else may be written to it.
func (w *Writer) Structured() bool { return w.events != nil }

func (w *Writer) formatOf(s *session.Schema) format {
	switch {
	case w.events != nil:
		return w.events
	case w.o.Format != "":
		return w.form(w.o.Format)
	case s.Mode == "table":
		return w.form("table")
	case s.Mode != "":
		return w.form("tableau")
	}
	return w.form(w.o.Default)
}

// form makes the form of a name of Names.
func (w *Writer) form(name string) format {
	switch name {
	case "table":
		return &live{tableau: tableau{screen: w.o.Screen}, moves: !w.o.Dumb}
	case "tableau":
		return &tableau{screen: w.o.Screen}
	case "vertical":
		return &vertical{screen: w.o.Screen}
	}
	return formats[name]()
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
	had := w.format
	w.format = nil
	if had != nil {
		dst = had.end(dst, d)
	}
	if w.events != nil {
		return w.write(w.events.done(dst, d))
	}
	if err := w.show(had, dst); err != nil {
		return err
	}
	switch {
	case d.Written && w.o.Format != "none":
		cost := ""
		if d.TimeCost {
			cost = fmt.Sprintf(" (%.2f seconds)", d.Elapsed.Seconds())
		}
		fmt.Fprintf(w.o.Err, "%s written into %s%s\n", counted(d.Rows), d.Target, cost)
	case w.o.Interactive && had == nil && d.Verb != "" && d.Statement > 0: // not of an init file
		fmt.Fprintf(w.o.Err, "[INFO] %s succeeded.\n", d.Verb)
	}
	w.tellLate()
	if w.timer {
		fmt.Fprintf(w.o.Err, "Time: %s\n", d.Elapsed.Round(time.Millisecond/10))
	}
	return nil
}

// show writes the end of a result, in the pager if it is all of a result and longer than the terminal.
func (w *Writer) show(f format, dst []byte) error {
	if w.o.Pager != nil && w.o.Screen != nil && whole(f) {
		_, height := w.o.Screen()
		if height > 0 && bytes.Count(dst, []byte{'\n'}) >= height && w.o.Pager(dst) == nil {
			return nil
		}
	}
	return w.write(dst)
}

// whole reports whether all of a result is written at its end.
func whole(f format) bool {
	t, ok := f.(*tableau)
	if l, is := f.(*live); is {
		t, ok = &l.tableau, true
	}
	return ok && !t.schema.Streaming
}

// columns is how wide the terminal is that errors are shown on; 0: not known.
func (w *Writer) columns() int {
	if w.o.Columns == nil {
		return 0
	}
	return w.o.Columns()
}

// Fail shows an error, as an event too where the form is events. Who has just pressed Ctrl-C need not see where the
// statement stands.
func (w *Writer) Fail(statement int, d *diag.Diagnostic) error {
	w.format = nil
	w.tellLate()
	shown := *d
	if w.o.Interactive && d.Code == diag.Interrupted {
		shown.Span = diag.Span{}
	}
	fmt.Fprintln(w.o.Err, diag.RenderIn(&shown, w.o.Color, w.columns()))
	if w.events != nil {
		return w.write(w.events.fail(w.buf[:0], statement, d))
	}
	return nil
}

// Notice shows a notice, as an event too where the form is events. In the middle of a result it is kept until behind
// it.
func (w *Writer) Notice(n session.Notice) error {
	w.late = append(w.late, n)
	if w.format == nil || w.events != nil {
		w.tellLate()
	}
	if w.events != nil {
		return w.write(w.events.notice(w.buf[:0], n))
	}
	return nil
}

// tellLate shows the notices that were kept.
func (w *Writer) tellLate() {
	for _, n := range w.late {
		fmt.Fprintf(w.o.Err, "notice: %s\n", n.Message)
		if n.Detail != nil {
			fmt.Fprintf(w.o.Err, "  first: %s\n", n.Detail.Message)
		}
	}
	w.late = w.late[:0]
}
