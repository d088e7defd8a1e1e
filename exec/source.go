package exec

import (
	"context"

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

// Feed heads a source stage's subtask: it gives batches and the watermark behind them. exec/scan makes Feeds of
// Sources; Values makes its own.
type Feed interface {
	// Open is called once by the subtask's goroutine.
	Open(t *Task) error
	// Next returns what comes next; io.EOF at the end. It blocks no longer than about 100 ms: then an empty Input.
	Next(ctx context.Context) (Input, error)
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
