// Package parquet reads and writes Parquet files. Of a file only the needed columns are read, a row group at a time, on
// the goroutine of the caller: nothing that a file says may end the process.
package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"sort"

	"weir/exec"
	"weir/exec/format"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// OpenFunc opens the file of a split.
type OpenFunc func(ctx context.Context, s exec.Split) (exec.File, error)

// batchBytes of a batch's uncompressed columns end it: the offsets of its strings are 32 bits.
const batchBytes = 256 << 20

// Reader reads row groups into batches: an exec.RangeReader whose records are row groups. A row group belongs to the
// range that its first byte lies in; Position is where the next one begins, so that all batches of a row group have the
// same, and a job goes on in the middle of one by passing over rows. There are no lines.
type Reader struct {
	fields    []format.Field
	batchRows int
	openFile  OpenFunc
	shared    map[int]*texts
	pushed    *plan.Pushed // nil: all row groups are read
	pruner    *format.Pruner

	split   exec.Split
	file    exec.File // of split; nil: none
	footer  *footer
	columns []*node // of fields, in this file

	start, to int64
	position  int64
	next      int   // in footer.groups
	left      int64 // rows of the row group before it
	rows      int   // of a batch, in that row group

	passed        int64 // rows that the last Next has passed over
	latest        int64 // event time among them, in ms
	seen, skipped int64 // row groups since Start
}

var (
	_ exec.RangeReader = (*Reader)(nil)
	_ exec.Stretcher   = (*Reader)(nil)
	_ exec.Passer      = (*Reader)(nil)
)

// NewReader makes a reader of the scan's columns that stands nowhere yet: Reopen comes first.
func NewReader(scan *plan.Scan, batchRows int, open OpenFunc) (*Reader, error) {
	_, _, fields := format.Columns(scan)
	for _, f := range fields {
		if err := readable(f.Type); err != nil {
			return nil, diag.New(diag.FormatType, diag.Span{}, "column %s: %s", f.Name, err)
		}
	}
	r := &Reader{fields: fields, batchRows: batchRows, openFile: open, shared: map[int]*texts{}}
	if scan.Pushed != nil && scan.Pushed.Records {
		r.pushed, r.pruner = scan.Pushed, format.NewPruner(scan.Pushed.Filter)
	}
	return r, nil
}

// readable refuses types that Parquet files don't have.
func readable(t vector.Type) error {
	switch {
	case t.IsInterval() || t.Kind == vector.Null || t.Kind == vector.Invalid:
		return fmt.Errorf("type %s is not supported by the format parquet", t.Name())
	case t.Kind == vector.Array:
		return readable(*t.Elem)
	case t.Physical() == vector.Pairs:
		key, value := t.Entry()
		if err := readable(key); err != nil {
			return err
		}
		return readable(value)
	}
	for _, f := range t.Fields {
		if err := readable(f.Type); err != nil {
			return err
		}
	}
	return nil
}

// recovered turns a panic over a damaged file into an error.
func (r *Reader) recovered(err *error) {
	p := recover()
	if p == nil {
		return
	}
	if e, ok := p.(runtime.Error); ok {
		*err = r.damaged(fmt.Errorf("it is damaged (%w)", e))
		return
	}
	*err = r.damaged(fmt.Errorf("it is damaged (%v)", p))
}

// damaged says that the file can't be read.
func (r *Reader) damaged(err error) error {
	if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
		return d
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return diag.New(diag.Unreadable, diag.Span{}, "%s can't be read: %s", r.split.Path, e.Err)
	}
	if r.next > 0 && r.footer != nil {
		return diag.New(codeDamaged, diag.Span{}, "%s: row group %d: %s", r.split.Path, r.footer.groups[r.next-1].number, err)
	}
	return diag.New(codeDamaged, diag.Span{}, "%s: %s", r.split.Path, err)
}

// Reopen goes to another range.
func (r *Reader) Reopen(ctx context.Context, g exec.Range) (err error) {
	defer r.recovered(&err)
	r.next, r.left, r.passed, r.seen, r.skipped = 0, 0, 0, 0, 0
	if r.file == nil || r.split.Number != g.Split.Number || r.split.Path != g.Split.Path {
		if err := r.Close(); err != nil {
			return err
		}
		r.split, r.footer = g.Split, nil
		if r.file, err = r.openFile(ctx, g.Split); err != nil {
			return err
		}
		if err := r.open(); err != nil {
			return errors.Join(err, r.Close())
		}
	}
	groups := r.footer.groups
	from := g.At.Next
	if from < 0 {
		from = g.From
	}
	r.next = sort.Search(len(groups), func(i int) bool { return groups[i].start >= from })
	r.to, r.start = g.To, g.At.Next
	if r.start < 0 {
		r.start = r.begin(r.next)
	}
	if g.From == 0 && g.At.Next <= 0 {
		r.start = 0
	}
	r.position = r.start
	return nil
}

// Stretch is where the first row group behind the range begins, or behind the one that it reaches into.
func (r *Reader) Stretch() int64 {
	k := r.next
	if k < len(r.footer.groups) {
		k++
	}
	for k < len(r.footer.groups) && r.footer.groups[k].start < r.to {
		k++
	}
	return r.begin(k)
}

// open reads the footer and finds the columns.
func (r *Reader) open() error {
	f, err := readFooter(r.file, r.split.Size)
	if err != nil {
		if e, ok := errors.AsType[*readError](err); ok {
			return r.damaged(e.error)
		}
		return diag.New(codeDamaged, diag.Span{}, "%s is no Parquet file that can be read: %s", r.split.Path, err)
	}
	b := &binder{file: f.schema, path: r.split.Path, shared: r.shared}
	r.columns = make([]*node, len(r.fields))
	for i, field := range r.fields {
		if r.columns[i], err = b.column(i, field); err != nil {
			return err
		}
	}
	r.footer = f
	return nil
}

// begin is where a row group begins; behind the last one: the end of the file.
func (r *Reader) begin(group int) int64 {
	if group < len(r.footer.groups) {
		return r.footer.groups[group].start
	}
	return r.split.Size
}

// Next returns the next batch; an empty one where it has passed over a row group.
func (r *Reader) Next(ctx context.Context) (b vector.Batch, err error) {
	defer r.recovered(&err)
	if err := ctx.Err(); err != nil {
		return vector.Batch{}, err
	}
	r.passed = 0
	if r.left == 0 {
		r.position = r.begin(r.next)
		if r.position >= r.to || r.next == len(r.footer.groups) {
			return vector.Batch{}, io.EOF
		}
		r.next++
		r.seen++
		g := &r.footer.groups[r.next-1]
		if may, latest := r.passes(g); !may {
			r.skipped++
			r.passed, r.latest = g.rows, latest
			r.position = r.begin(r.next)
			return vector.Batch{}, nil
		}
		if err := r.enter(g); err != nil {
			return vector.Batch{}, r.damaged(err)
		}
		r.position = r.begin(r.next)
	}
	b = vector.Batch{Rows: int(min(int64(r.rows), r.left)), Columns: make([]vector.Column, len(r.columns))}
	for i, n := range r.columns {
		if b.Columns[i], err = n.read(b.Rows); err != nil {
			return vector.Batch{}, r.damaged(err)
		}
	}
	if r.left -= int64(b.Rows); r.left == 0 {
		for _, n := range r.columns {
			if err := n.finish(); err != nil {
				return vector.Batch{}, r.damaged(err)
			}
		}
	}
	return b, nil
}

// enter goes to a row group.
func (r *Reader) enter(g *group) error {
	bytes := int64(0)
	for _, n := range r.columns {
		if err := n.begin(r.file, r.split.Size, g); err != nil {
			return err
		}
		for _, l := range n.leaves(nil) {
			bytes += l.bytes
		}
	}
	r.left, r.rows = g.rows, r.batchRows
	if perRow := bytes/g.rows + 1; int64(r.rows) > batchBytes/perRow {
		r.rows = int(max(1, batchBytes/perRow))
	}
	return nil
}

// Passed is how many rows the last Next has passed over, and the latest event time among them where the scan asks for it.
func (r *Reader) Passed() (rows, latest int64) { return r.passed, r.latest }

// Records is how many row groups there were since Start, and how many of them were passed over.
func (r *Reader) Records() (all, passed int64) {
	if r.pushed == nil {
		return 0, 0
	}
	return r.seen, r.skipped
}

// PassedSplit is not asked: of a file at least the footer is read.
func (r *Reader) PassedSplit() (asked, passed bool) { return false, false }

// Start is where the range's first row group began.
func (r *Reader) Start() int64 { return r.start }

// Position is where the row group behind the last batch's begins.
func (r *Reader) Position() int64 { return r.position }

// Lines is 0: there are none.
func (r *Reader) Lines() int64 { return 0 }

// LineOf is below 0: it is not known.
func (r *Reader) LineOf(int) int64 { return -1 }

// Skipped is nothing: what can't be read is an error.
func (r *Reader) Skipped() (int64, *exec.RowError) { return 0, nil }

// Close closes the split's file.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}
