package repl

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"weir/exec"
	"weir/parser/diag"
	"weir/repl/result"
	"weir/repl/session"
	"weir/vector"
)

const (
	statusAfter = 2 * time.Second // of silence
	statusEvery = 500 * time.Millisecond
)

// Status is an Output that says how a statement's job gets on when it has shown nothing for two seconds: in one line of
// the terminal, which is gone when something is shown.
type Status struct {
	*result.Writer
	config StatusConfig

	mu    sync.Mutex // held while anything is written
	last  time.Time  // when something was shown
	shown bool       // the line stands on the terminal

	stop  context.CancelFunc // ends the goroutine of the running job; nil: none runs
	ended chan struct{}      // closed when it has ended
}

// StatusConfig says where a Status writes.
type StatusConfig struct {
	Err   io.Writer
	Clock exec.Clock
	// Columns is the width of the terminal; nil: it is none, every report gets a line of its own.
	Columns func() int
}

// NewStatus wraps a Writer. Its Started must be the session's.
func NewStatus(w *result.Writer, c StatusConfig) *Status {
	return &Status{Writer: w, config: c, last: c.Clock.Now()}
}

// Started begins to watch a job.
func (s *Status) Started(report *exec.Report) {
	s.finish()
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.ended = stop, make(chan struct{})
	s.mu.Lock()
	s.last = s.config.Clock.Now()
	s.mu.Unlock()
	w := newWatched(report, s.config.Clock.Now())
	go func() {
		defer close(s.ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.config.Clock.After(ctx, statusEvery):
				s.tick(w)
			}
		}
	}()
}

func (s *Status) tick(w *watched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.config.Clock.Now()
	columns := 0
	if s.config.Columns != nil {
		// The last column stays free, as a terminal may go to the next line behind it, and so do the two in which the
		// terminal shows ^C.
		columns = max(0, s.config.Columns()-len("^C")-1)
	}
	line := w.line(now, columns)
	if now.Sub(s.last) < statusAfter {
		return
	}
	if s.config.Columns == nil {
		s.last = now
		fmt.Fprintln(s.config.Err, line)
		return
	}
	fmt.Fprintf(s.config.Err, "\r%s\x1b[K", line)
	s.shown = true
}

// finish ends the goroutine of a job.
func (s *Status) finish() {
	if s.stop == nil {
		return
	}
	s.stop()
	<-s.ended
	s.stop = nil
}

// clear takes the line off the terminal; mu is held.
func (s *Status) clear() {
	if s.shown {
		io.WriteString(s.config.Err, "\r\x1b[K")
		s.shown = false
	}
	s.last = s.config.Clock.Now()
}

// show writes something in place of the line.
func (s *Status) show(write func() error) error {
	s.mu.Lock()
	s.clear()
	err := write()
	s.last = s.config.Clock.Now()
	s.mu.Unlock()
	if err != nil {
		s.finish() // the session tells nothing more
	}
	return err
}

// Schema begins a result.
func (s *Status) Schema(x *session.Schema) error {
	return s.show(func() error { return s.Writer.Schema(x) })
}

// Rows shows rows.
func (s *Status) Rows(b vector.Batch) error {
	return s.show(func() error { return s.Writer.Rows(b) })
}

// Notice shows a notice.
func (s *Status) Notice(n session.Notice) error {
	return s.show(func() error { return s.Writer.Notice(n) })
}

// Done ends a statement and the watch over its job.
func (s *Status) Done(d session.Done) error {
	s.finish()
	return s.show(func() error { return s.Writer.Done(d) })
}

// Fail ends a statement and the watch over its job. On a terminal it also takes away the ^C which that shows when the
// statement was interrupted.
func (s *Status) Fail(statement int, d *diag.Diagnostic) error {
	s.finish()
	s.mu.Lock()
	s.shown = s.shown || s.config.Columns != nil
	s.mu.Unlock()
	return s.show(func() error { return s.Writer.Fail(statement, d) })
}

// Around returns a writer to the same terminal that takes the line away before it writes: for print tables.
func (s *Status) Around(out io.Writer) io.Writer { return &aroundStatus{s, out} }

type aroundStatus struct {
	status *Status
	out    io.Writer
}

func (a *aroundStatus) Write(p []byte) (n int, err error) {
	s := a.status
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	return a.out.Write(p)
}

// bytesText prints a number of bytes with three digits that count.
func bytesText(n float64) string {
	unit := 0
	units := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	for n >= 1000 && unit < len(units)-1 {
		n /= 1000
		unit++
	}
	if unit == 0 || n >= 100 {
		return fmt.Sprintf("%.0f %s", n, units[unit])
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0") + " " + units[unit]
}

// spanText prints a length of time in its largest unit, or two of them.
func spanText(d time.Duration) string {
	switch s := int64(d / time.Second); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case s < 48*3600:
		return fmt.Sprintf("%d h %d min", s/3600, s/60%60)
	default:
		return fmt.Sprintf("%s days", CountText(s/(24*3600)))
	}
}
