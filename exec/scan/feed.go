package scan

import (
	"context"
	"errors"
	"fmt"
	"io"

	"weir/exec"
	"weir/parser/diag"
	"weir/vector"
)

const codeNullTime = "W4003" // a row without rowtime, where nothing says in which line

// feed heads the source stage of one subtask: the exec.Feed of a scan. It holds one chunk at a time, parses it whole
// before its mark is known, and publishes its own mark before the first row leaves.
type feed struct {
	scan *definition
	task *exec.Task
	eval *evaluator

	reader exec.Reader
	ranges exec.RangeReader // reader, where it can go to another range
	passer exec.Passer      // reader, where it may leave out rows
	chunk  *chunk
	at     exec.Mark // where the next row of chunk stands, once its mark is known
	parsed []rows    // of chunk, waiting for its mark or to leave
	left   int       // of parsed: those before have left
	failed error     // behind parsed
	astray bool      // what was parsed is of no use
	known  bool      // the mark has come: parsed may leave
	done   bool
	ended  bool // the last barrier has passed

	reached vector.Time // watermark behind the rows that have left

	begin  exec.Mark // of chunk, once it is known
	given  int64     // rows of chunk that have left, in all lives of the job
	skip   int64     // rows of parsed that left in an earlier life of the job
	bad    int64     // rows of chunk that were counted as bad
	tail   rows      // where the last row of parsed ends, as what begins there; no rows
	behind place     // of the rows that were read last: where they end
	record place     // where the record of those rows begins

	// Guarded by the queue.
	busy, starving bool
	announced      vector.Time
	held           *string // path of the split that announced waits for; nil: none
	barrier        int64   // that passed last
}

// rows is a batch before it leaves.
type rows struct {
	vector.Batch
	times []int64 // rowtimes in ms; nil: no watermark is asked for
	marks marks
	at    place
	begin exec.Mark // where at is, once the chunk's mark is known
	// passed are rows that were not read, since nobody wants them: then there are no others. latest is the latest
	// watermark that one of them asks for.
	passed int64
	latest vector.Time
	wm     vector.Time // watermark before the rows, then
	after  vector.Time // watermark behind the rows, then
}

// count is how many rows there are in the split.
func (r *rows) count() int64 { return int64(r.Rows) + r.passed }

// place is where rows stand: what a reader is to be pointed at, and the rows from there that it is to pass over.
type place struct {
	next, line int64 // line counted from where the reader started
	row, skip  int64 // row likewise
	bad        int64 // rows before next that could not be read as they should
}

// Open takes the subtask's place.
func (f *feed) Open(t *exec.Task) error {
	f.task = t
	var err error
	f.eval, err = f.scan.newEvaluator(t.Subtask)
	return err
}

// Next returns rows, or nothing after at most 100 ms.
func (f *feed) Next(ctx context.Context, most int) (exec.Input, error) {
	for {
		if err := ctx.Err(); err != nil {
			return exec.Input{}, err
		}
		switch {
		case f.left < len(f.parsed) && f.known:
			return f.leave(most), nil
		case f.chunk == nil:
			if some, err := f.take(ctx); err != nil {
				return exec.Input{}, err
			} else if !some {
				return f.nothing(), nil
			}
		case !f.known:
			if some, err := f.await(ctx); err != nil {
				return exec.Input{}, err
			} else if !some {
				return f.nothing(), nil
			}
		case f.done:
			if err := f.drop(); err != nil {
				return exec.Input{}, err
			}
		case f.failed != nil:
			return exec.Input{}, f.failed
		default:
			if err := f.stream(ctx); err != nil {
				return exec.Input{}, err
			}
			if f.left == len(f.parsed) && !f.done && f.failed == nil {
				f.scan.queue.setState(f, true, f.skip == 0)
				return f.nothing(), nil
			}
		}
	}
}

// nothing is an Input without rows.
func (f *feed) nothing() exec.Input {
	wm, idle := f.scan.queue.announce(f, f.reached, f.scan.idle)
	f.task.HeldBy.Store(f.held)
	return exec.Input{Watermark: wm, Idle: idle}
}

// leave hands on the next batch, at most so many rows of it.
func (f *feed) leave(most int) exec.Input {
	r := &f.parsed[f.left]
	b := r.Batch
	if b.Rows > most {
		b = f.cut(r, most)
	} else {
		f.reached = r.after
		*r = rows{}
		f.left++
	}
	f.given += int64(b.Rows)
	if f.left == len(f.parsed) {
		f.parsed, f.left = f.parsed[:0], 0
	}
	wm, _ := f.scan.queue.announce(f, f.reached, 0)
	f.task.HeldBy.Store(f.held)
	return exec.Input{Batch: b, Watermark: wm}
}

// cut takes the first rows off r.
func (f *feed) cut(r *rows, n int) vector.Batch {
	b := r.Batch.Slice(0, n)
	f.reached = f.scan.fold(r, n, r.wm)
	r.wm = f.reached
	r.Batch = r.Batch.Slice(n, r.Rows)
	r.at.skip += int64(n)
	if r.times != nil {
		r.times = r.times[n:]
		r.marks = r.marks.from(n)
	}
	return b
}

// Pass lets a barrier pass. What the feed holds is behind it.
func (f *feed) Pass(barrier int64, last bool) (ahead int64) {
	var held *rest
	if f.chunk != nil {
		held, ahead = f.rest()
	}
	f.ended = f.ended || last // others may go on until they see it
	f.scan.queue.passes(f, barrier, last, held)
	return ahead
}

// rest is what is left of the chunk, nil: nothing, and how many bad rows there were counted.
func (f *feed) rest() (*rest, int64) {
	c := f.chunk
	if !f.known {
		r := untouched(c)
		r.Held = true
		return &r, 0
	}
	r := rest{chunk: c, Remainder: exec.Remainder{Range: c.Range, Held: true}}
	bad := int64(0) // in front of where the rest begins
	switch {
	case f.done && f.left == len(f.parsed):
		return nil, 0
	case c.Split.Whole && f.ranges != nil:
		// Only read from the front it gives the same text again.
		r.At, r.Skip = f.begin, f.given
		return &r, f.bad
	case f.left < len(f.parsed):
		x := &f.parsed[f.left]
		r.At, r.Skip, bad = x.begin, x.at.skip, x.at.bad
	case f.failed != nil:
		// The reader stands behind the bad row, or anywhere.
		r.At, r.Skip, bad = f.tail.begin, f.tail.at.skip, f.tail.at.bad
	default:
		r.At, r.Skip = f.at, f.skip
	}
	r.From = max(r.From, r.At.Next)
	return &r, f.bad - bad
}

// take gets a chunk and parses it, if it is no whole split. It reports whether it got one.
func (f *feed) take(ctx context.Context) (bool, error) {
	c, changed, err := f.scan.queue.take(ctx, f)
	if err != nil {
		return false, err
	}
	if c == nil {
		select {
		case <-changed:
			return true, nil // look again
		case <-ctx.Done():
			return false, ctx.Err()
		case <-f.scan.clock.After(ctx, waitLimit):
			return false, nil
		}
	}
	f.chunk, f.known, f.done, f.reached = c, false, false, vector.MinTime
	f.at, f.given, f.skip, f.bad = c.At, c.skip, c.skip, 0
	f.behind, f.record = place{next: -1}, place{}
	f.task.BytesAll.Store(f.scan.queue.size())
	if c.Split.Whole {
		return true, nil
	}
	return true, f.parse(ctx, c.Range)
}

// open points a reader at a range.
func (f *feed) open(ctx context.Context, r exec.Range) error {
	if f.ranges != nil {
		return f.ranges.Reopen(ctx, r)
	}
	reader, err := f.scan.source.Open(ctx, r)
	if err != nil {
		return err
	}
	f.reader = reader
	f.ranges, _ = reader.(exec.RangeReader)
	f.passer, _ = reader.(exec.Passer)
	return nil
}

// parse reads all rows of a range. What is wrong with them is told later, when the mark has come.
func (f *feed) parse(ctx context.Context, r exec.Range) error {
	clear(f.parsed)
	f.parsed, f.left, f.failed, f.astray = f.parsed[:0], 0, nil, false
	f.behind, f.record = place{next: -1}, place{}
	if err := f.open(ctx, r); err != nil {
		return err
	}
	if s, ok := f.reader.(exec.Stretcher); ok && f.scan.queue.stretch(f.chunk, s.Stretch()) {
		r.To = f.chunk.To
		if err := f.open(ctx, r); err != nil {
			return err
		}
	}
	for {
		more, err := f.read(ctx)
		switch {
		case err == nil && more:
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, exec.ErrAstray):
			f.astray = true
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			f.failed = err
			return nil
		}
	}
}

// read takes a batch from the reader, computes its columns and its watermarks, and puts it behind parsed. It reports
// whether there were rows.
func (f *feed) read(ctx context.Context) (bool, error) {
	b, err := f.reader.Next(ctx)
	if err == nil && b.Rows == 0 && f.passer != nil {
		if n, latest := f.passer.Passed(); n > 0 {
			f.parsed = append(f.parsed, rows{at: f.locate(n), passed: n, latest: vector.Time(latest - f.eval.delay)})
			return true, nil
		}
	}
	if err != nil || b.Rows == 0 {
		return err == nil && !f.chunk.Split.Whole, err
	}
	at := f.locate(int64(b.Rows))
	good, err := f.eval.rows(b)
	good.at = at
	if err != nil {
		err = f.atRow(good.Rows, err)
	}
	if good.Rows > 0 {
		f.parsed = append(f.parsed, good)
	}
	return true, err
}

// locate returns where the rows stand that the reader has just given: behind those before, or, where it gives the rows
// of one record in several batches, where that record stands.
func (f *feed) locate(n int64) place {
	at, next := f.behind, f.reader.Position()
	if at.next == next {
		at = f.record
	}
	f.record = at
	f.record.skip += n
	f.behind = place{next: next, row: at.row + at.skip + n}
	if f.ranges != nil {
		f.behind.line = f.ranges.Lines()
		f.behind.bad, _ = f.ranges.Skipped()
	}
	return at
}

// atRow says where the row of the last batch is for which there is an error.
func (f *feed) atRow(row int, err error) error {
	path, line := f.chunk.Split.Path, int64(-1)
	if f.ranges != nil {
		line = f.ranges.LineOf(row)
	}
	if !errors.Is(err, errNullTime) {
		return &computeError{err, path, line}
	}
	e := &exec.RowError{Path: path, Line: line, Detail: fmt.Sprintf("column %s: the rowtime is NULL", f.scan.rowtime),
		Hint: "give the column a value in every row, filter such rows out before weir reads them, or run in batch mode"}
	if line < 0 {
		return diag.New(codeNullTime, diag.Span{}, "%s: %s", path, e.Detail).WithHint("%s", e.Hint)
	}
	return e
}

// computeError is an error of an expression over a row.
type computeError struct {
	error
	path string
	line int64 // lines before the row, counted from the range's Start; below 0: not known
}

func (e *computeError) Unwrap() error { return e.error }

// await waits for the mark of the chunk before, parses again if the guess was wrong, and publishes. It reports whether
// the mark has come.
func (f *feed) await(ctx context.Context) (bool, error) {
	c := f.chunk
	if c.before != nil {
		if some, err := f.wait(ctx, c.before); !some || err != nil {
			return false, err
		}
		f.at = markBehind(c.before, c.fresh)
	}
	f.known, f.reached, f.begin = true, f.at.Watermark, f.at
	f.tail = rows{begin: f.at, at: place{skip: f.skip}}
	if c.Split.Whole {
		return true, f.open(ctx, c.Range)
	}
	if f.at.Next >= c.To {
		// The record before goes on to the end of this chunk, or beyond.
		clear(f.parsed)
		f.parsed, f.left, f.failed, f.done = f.parsed[:0], 0, nil, true
		f.scan.queue.publish(c, f.at)
		return true, nil
	}
	if f.astray || f.reader.Start() != f.at.Next {
		r := c.Range
		r.At = f.at
		if err := f.parse(ctx, r); err != nil {
			return false, err
		}
	}
	f.finish()
	return true, nil
}

// wait waits for a mark, at most 100 ms.
func (f *feed) wait(ctx context.Context, m *mark) (bool, error) {
	timeout := f.scan.clock.After(ctx, waitLimit)
	for {
		select {
		case <-m.ready:
			return true, nil
		default:
		}
		changed, stopped := f.scan.queue.news()
		if stopped {
			return false, errStopped
		}
		select {
		case <-m.ready:
			return true, nil
		case <-changed:
		case <-ctx.Done():
			return false, ctx.Err()
		case <-timeout:
			return false, nil
		}
	}
}

// finish puts the chunk's rows behind its mark, and publishes the one behind it; not if a row is bad: then no later
// row of the split counts.
func (f *feed) finish() {
	before := f.at
	f.settle()
	f.count(before)
	if f.failed != nil {
		f.failed = located(f.failed, before.Line)
		return
	}
	f.done = true
	f.task.BytesDone.Add(f.chunk.To - f.chunk.From)
	f.countPassed()
	f.scan.queue.publish(f.chunk, f.at)
}

// settle stamps what was parsed, and moves at behind it.
func (f *feed) settle() {
	row := f.at.Row
	wm := f.at.Watermark
	for i := f.left; i < len(f.parsed); i++ {
		r := &f.parsed[i]
		// Where at points, the watermark is that before the rows which it says to pass over.
		if r.at.skip == 0 || i == 0 {
			r.begin = exec.Mark{Next: r.at.next, Row: f.begin.Row + r.at.row, Line: f.begin.Line + r.at.line, Watermark: wm}
			if r.at.next < 0 {
				r.begin.Next = f.begin.Next
			}
		} else {
			r.begin = f.parsed[i-1].begin
		}
		r.wm = wm
		wm = f.scan.stamp(r, wm)
		r.after = wm
		if f.scan.origin {
			r.Origin = make([]vector.Origin, r.Rows)
			for k := range r.Origin {
				r.Origin[k] = vector.Origin{Split: int32(f.chunk.chain.number), Row: row + int64(k)}
			}
		}
		row += r.count()
	}
	if n := len(f.parsed); n > f.left {
		last := &f.parsed[n-1]
		f.tail = rows{begin: last.begin, at: last.at}
		f.tail.at.skip += last.count()
	}
	f.pass()
	f.at = exec.Mark{Next: f.reader.Position(), Row: row, Line: f.at.Line, Watermark: wm}
	if f.ranges != nil && !f.chunk.Split.Whole {
		f.at.Line += f.ranges.Lines()
	}
}

// pass drops the rows that left in an earlier life of the job.
func (f *feed) pass() {
	for f.skip > 0 && f.left < len(f.parsed) {
		r := &f.parsed[f.left]
		if n := r.count(); n > f.skip {
			if r.passed == 0 {
				f.cut(r, int(f.skip))
			}
			f.skip = 0
			return
		}
		f.skip -= r.count()
		f.reached = r.after
		*r = rows{}
		f.left++
	}
	if f.left == len(f.parsed) {
		f.parsed, f.left = f.parsed[:0], 0
	}
}

// count adds up the rows that were skipped.
func (f *feed) count(before exec.Mark) {
	if f.ranges == nil {
		return
	}
	n, first := f.ranges.Skipped()
	if n == 0 {
		return
	}
	f.task.Bad.Add(n)
	f.bad = n
	bad := &exec.BadRow{Diagnostic: first.Diagnostic(before.Line), Split: f.chunk.Split.Number, From: f.chunk.From}
	if bad.Before(f.task.FirstBad.Load()) {
		f.task.FirstBad.Store(bad)
	}
}

// countPassed adds up what was left out of the chunk.
func (f *feed) countPassed() {
	if f.passer == nil {
		return
	}
	all, passed := f.passer.Records()
	f.task.RowGroups.Add(all)
	f.task.RowGroupsSkipped.Add(passed)
	if asked, all := f.passer.PassedSplit(); asked && f.chunk.From == 0 {
		f.task.Files.Add(1)
		if all {
			f.task.FilesSkipped.Add(1)
		}
	}
}

// located turns the error of a row into a Diagnostic that says where, knowing the lines before its range.
func located(err error, lines int64) error {
	var row *exec.RowError
	if errors.As(err, &row) {
		return row.Diagnostic(lines)
	}
	if e, ok := errors.AsType[*computeError](err); ok {
		if d, ok := errors.AsType[*diag.Diagnostic](err); ok && e.line >= 0 {
			return d.WithNote("in the row at %s:%d", e.path, lines+e.line+1)
		}
		return e.error
	}
	return err
}

// stream reads on in a whole split: its rows leave batch by batch.
func (f *feed) stream(ctx context.Context) error {
	_, err := f.read(ctx)
	f.settle()
	if f.left < len(f.parsed) {
		f.scan.queue.setState(f, true, false)
		f.scan.queue.progress(f.chunk, f.at.Watermark)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		f.count(exec.Mark{})
		f.countPassed()
		f.done = true
		f.scan.queue.publish(f.chunk, f.at)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	f.count(exec.Mark{})
	f.failed = located(err, 0)
	return nil
}

// drop is done with the chunk.
func (f *feed) drop() error {
	whole := f.chunk.Split.Whole
	f.chunk = nil
	f.scan.queue.setState(f, false, false)
	if whole || f.ranges == nil {
		return f.closeReader()
	}
	return nil
}

func (f *feed) closeReader() error {
	if f.reader == nil {
		return nil
	}
	err := f.reader.Close()
	f.reader, f.ranges, f.passer = nil, nil, nil
	return err
}

// Close ends the feed. If another one may wait for its mark, that one stops too.
func (f *feed) Close() error {
	if f.chunk != nil && !f.done && !f.ended {
		f.scan.queue.stop()
	}
	return f.closeReader()
}
