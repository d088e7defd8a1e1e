package exec

import (
	"context"
	"errors"
	"fmt"

	"weir/parser/diag"
	"weir/vector"
)

// Source lists what there is to read and opens it. Splits is called by the scan's queue alone, Open by any subtask.
type Source interface {
	// Splits returns the splits not returned before; again per monitor interval; io.EOF with the last ones: there will
	// be no more.
	Splits(ctx context.Context) ([]Split, error)
	Open(ctx context.Context, r Range) (Reader, error)
}

// Split is a file, a partition, a generator: what has a watermark of its own. Splits are numbered by the first listing
// in path order, later ones after.
type Split struct {
	Number        int
	Path          string
	Size, ModTime int64
	// Whole says that the split cannot be cut: compressed files, stdin, generators.
	Whole bool
}

// Range is a part of a split. At.Next < 0: the mark is not known yet, begin at the first likely record.
type Range struct {
	Split    Split
	From, To int64
	At       Mark
}

// Mark is what a chunk tells the one behind it: where the next record begins, how many rows came before, the watermark.
type Mark struct {
	Next, Row int64
	Line      int64 // lines before Next, for messages
	Watermark vector.Time
}

// Reader reads one range. A record belongs to the range that it begins in.
type Reader interface {
	// Next returns the next batch; io.EOF at the end; an empty batch if nothing came for 100 ms.
	Next(ctx context.Context) (vector.Batch, error)
	// Start is where the first record began, Position just behind the last batch.
	Start() int64
	Position() int64
	Close() error
}

// RangeReader is a Reader of files that are cut into ranges. The scan points one at range after range, so that its buffers
// and dictionaries live on. Lines and rows count from Start. A format without lines has 0 of them, and LineOf is below 0.
type RangeReader interface {
	Reader
	// Reopen leaves the range and goes to another one, as Source.Open would.
	Reopen(ctx context.Context, r Range) error
	// Lines is the number of lines before Position.
	Lines() int64
	// LineOf is the number of lines before a row of the last batch; valid until the next Next.
	LineOf(row int) int64
	// Skipped is how many rows before Position could not be read as they should (ignore-parse-errors), and the first.
	Skipped() (int64, *RowError)
}

// Stretcher is a RangeReader whose records may be longer than ranges and that knows where they begin: row groups. A range
// that ends within one makes the next reader wait for nothing.
type Stretcher interface {
	// Stretch returns where the range that was opened had better end: where a record begins, one that begins in the
	// range at least lies before it, and it is not before To. The scan lengthens the range if what follows is still its.
	Stretch() int64
}

// Passer is a RangeReader that may leave out what plan.Pushed lets it: records, a whole split. The rows count as if they
// had been read.
type Passer interface {
	// Passed is how many rows the last Next, which gave none, has passed over: a record of them; 0: nothing. latest is the
	// latest event time among them in ms, if the scan asks for it.
	Passed() (rows, latest int64)
	// Records is how many records there were since Start, and how many of them were passed over; 0: nobody asked.
	Records() (all, passed int64)
	// PassedSplit says whether it was asked if the split holds anything that is wanted, and whether it does not: then
	// it is at its end.
	PassedSplit() (asked, passed bool)
}

// ErrAstray is what a RangeReader's Next returns that was to guess where the first record begins, and has run a
// range's length past the range's end within one record: the guess is likely wrong, the mark must come first.
var ErrAstray = errors.New("the guess where a record begins went astray")

// RowError says that a row cannot be read. Line is the number of lines before it, counted from its range's Start: only
// the scan knows how many came before.
type RowError struct {
	Path   string
	Line   int64
	Detail string // column price: "12,5" is not a DECIMAL(10, 2)
	Hint   string
}

// Diagnostic is the error with the line in the file, given the lines before the range.
func (e *RowError) Diagnostic(before int64) *diag.Diagnostic {
	d := diag.New(codeRow, diag.Span{}, "%s:%d: %s", e.Path, before+e.Line+1, e.Detail)
	d.Hint = e.Hint
	return d
}

// Error is the message with the line counted from the range's Start.
func (e *RowError) Error() string { return fmt.Sprintf("%s:+%d: %s", e.Path, e.Line+1, e.Detail) }

// Head is what heads a source stage: a Feed for each subtask, and the position that they have together. exec/scan makes
// Heads of Sources; Values makes its own.
type Head interface {
	// Feeds returns the Feeds, one per subtask; the same ones each time.
	Feeds() []Feed
	// Restore goes to a position, before the first Feed is opened. The error is a Diagnostic where what was to be read
	// is not what it was.
	Restore(ctx context.Context, p *Position) error
	// Position is what is left to give behind a barrier. It is called when the barrier has passed all feeds that have
	// not ended or been closed; and for barrier 0, behind which everything is, before the first Feed is opened. Any
	// goroutine calls it, one at a time. Nobody asks for an earlier barrier any more.
	Position(barrier int64) *Position
}

// Feed gives a subtask batches and the watermark behind them. The subtask's goroutine calls its methods.
type Feed interface {
	// Open is called once.
	Open(t *Task) error
	// Next returns what comes next, at most so many rows; io.EOF at the end. It blocks no longer than about 100 ms: then
	// an empty Input. context.Canceled while ctx goes on says that the feed waits for another one that was closed: the
	// job ends, or nobody wants more.
	Next(ctx context.Context, most int) (Input, error)
	// Pass lets a barrier pass between two calls of Next. last says that Next is not called any more. It returns how
	// many bad rows the feed has counted that come behind the barrier.
	Pass(barrier int64, last bool) (ahead int64)
	// Close is called once if Open was, also after an error.
	Close() error
}

// Input is what a Feed gives: perhaps rows, and the watermark that holds behind them (MinTime: none yet). Idle says that
// the subtask has no split and does not hold back the watermark.
type Input struct {
	Batch     vector.Batch
	Watermark vector.Time
	Idle      bool
}
