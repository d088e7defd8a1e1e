package format

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// Tokenizer finds the rows of a format in text. One reader owns it.
type Tokenizer interface {
	// Head is told a file's first bytes (eof: they are all) and returns how many of them and how many lines of them
	// are no rows: a header. more asks for more bytes. It is called before Next for each file whose beginning is read,
	// and for each file at all if Headed.
	Head(data []byte, eof bool) (size int, lines int64, more bool, err error)
	Headed() bool
	// Next fills rows with the records of data[from:end] that begin before limit. It returns where the next record
	// begins, and whether that one's end lies behind data[end]; never if eof. It may write into what it has passed.
	Next(data []byte, from, limit, end int, eof bool, rows *Rows) (next int, more bool)
}

// Bytes is the text of a split.
type Bytes interface {
	// ReadAt reads at an offset; streams are read front to back. No bytes and no error: nothing came for 100 ms.
	ReadAt(ctx context.Context, p []byte, off int64) (int, error)
	Close() error
}

// OpenFunc opens the text of a split.
type OpenFunc func(ctx context.Context, s exec.Split) (Bytes, error)

// Advise is what a user is told about a value, or a record, that cannot be read: what the format says, or for a table
// that nobody created how to create it.
func Advise(scan *plan.Scan, advice func(*Field, []byte) string) func(*Field, []byte) string {
	inferred := scan.Table.Inferred
	if inferred == nil {
		return advice
	}
	return func(field *Field, value []byte) string {
		column := ""
		if field != nil {
			column = field.Name
		}
		return "what columns hold was inferred from the first rows; with this table instead of the file more can be read:\n" + inferred.Widen(column, value)
	}
}

// Columns lists the physical columns of a scan's table, the positions of the read ones among them, and those.
func Columns(scan *plan.Scan) (names []string, read []int, fields []Field) {
	next := 0
	for i, c := range scan.Table.Columns {
		if c.Expr != "" {
			continue
		}
		if next < len(scan.Read) && scan.Read[next] == i {
			read = append(read, len(names))
			fields = append(fields, Field{c.Name, c.Type})
			next++
		}
		names = append(names, c.Name)
	}
	return names, read, fields
}

// Field is a column that is read.
type Field struct {
	Name string
	Type vector.Type
}

// Config says what a Reader reads and how.
type Config struct {
	Fields    []Field
	Times     TimeFormat
	Split     Splitter
	Lenient   bool // a value that cannot be read is NULL, and counted
	Exact     bool // a value that its type can hold only in part cannot be read
	BatchRows int
	// Advice says what a user can do about a value of a column that cannot be read; field is nil where the whole record
	// cannot. Asked once, when strict reading fails.
	Advice func(field *Field, value []byte) string
	// Open opens the text of a split.
	Open OpenFunc
	// Live says that the text comes as somebody writes it: a batch is not filled by waiting.
	Live bool
}

const (
	// groupRows are tokenized at a time: their spans and their text stay in the cache until they are parsed.
	groupRows = 1024
	// blockBytes are read at a time: large enough for few system calls, small enough for the second-level cache.
	blockBytes = 256 << 10
	// slackBytes are read behind a range's end, for its last record.
	slackBytes = 4 << 10
	// recordLimit is the longest record; spans are 32 bits.
	recordLimit = 1 << 30
	// batchBytes of text end a batch: the offsets of its strings are 32 bits.
	batchBytes = 256 << 20
)

// Reader reads ranges of text into batches: the exec.RangeReader of all text formats.
type Reader struct {
	Config
	tok      Tokenizer
	builders []*Builder
	rows     Rows

	split exec.Split
	text  Bytes // of split
	head  head  // of split

	from, to int64 // the range
	start    int64
	guess    bool
	buf      []byte // Margin bytes, then the text from offset at on
	at       int64  // offset of buf[0]; may be below 0
	pos, end int    // what of buf is unread
	eof      bool   // the text ends at end

	rowCount int64 // rows of the range so far
	shift    int64 // its lines so far are so many more
	jumps    []jump
	before   [2]int64 // rowCount and shift at the last batch's begin
	skipped  int64
	first    *exec.RowError
	rest     vector.Batch // of a batch that came out too large
	err      error
	read     int64 // bytes of all rows so far, for the estimate of rows to come
	readRows int64
}

var _ exec.RangeReader = (*Reader)(nil)

// NewReader makes a reader that stands nowhere yet: Reopen comes first.
func NewReader(c Config, tok Tokenizer) (*Reader, error) {
	r := &Reader{Config: c, tok: tok, builders: make([]*Builder, len(c.Fields))}
	r.rows.Spans = make([][]Span, len(c.Fields))
	for i, f := range c.Fields {
		b, err := NewBuilder(f.Type, c.Times, c.Split, c.Lenient)
		if err != nil {
			return nil, diag.New(diag.FormatType, diag.Span{}, "column %s: %s", f.Name, err)
		}
		if c.Exact {
			b.beExact()
		}
		r.builders[i] = b
	}
	return r, nil
}

// Reopen goes to another range.
func (r *Reader) Reopen(ctx context.Context, g exec.Range) error {
	if r.text == nil || r.split.Number != g.Split.Number || r.split.Path != g.Split.Path || r.split.Whole {
		if err := r.Close(); err != nil {
			return err
		}
		text, err := r.Open(ctx, g.Split)
		if err != nil {
			return err
		}
		r.text, r.split, r.head = text, g.Split, head{}
	}
	r.from, r.to, r.start, r.guess = g.From, g.To, g.At.Next, g.At.Next < 0
	r.rowCount, r.shift, r.jumps, r.before, r.skipped, r.first = 0, 0, r.jumps[:0], [2]int64{}, 0, nil
	r.rest, r.err = vector.Batch{}, nil
	if r.split.Whole {
		r.to = 1 << 62
	}
	if r.from == 0 {
		r.start, r.guess = 0, false
	}
	if !r.head.known && r.tok.Headed() && (r.guess || r.start > 0) {
		r.seek(0)
		if _, err := r.readHead(ctx); err != nil {
			return err
		}
	}
	if r.guess {
		r.seek(r.from - 1)
	} else {
		r.seek(r.start)
	}
	return nil
}

// seek empties the buffer and goes to an offset.
func (r *Reader) seek(off int64) {
	if r.buf == nil {
		r.buf = make([]byte, Margin+min(blockBytes, max(r.to-r.from, 0)+slackBytes))
	}
	r.at, r.pos, r.end, r.eof = off-Margin, Margin, Margin, false
}

// fill reads more text behind what is unread, which moves to the buffer's front. It reports whether any came.
func (r *Reader) fill(ctx context.Context) (bool, error) {
	if r.pos > Margin {
		n := copy(r.buf[Margin:], r.buf[r.pos:r.end])
		r.at += int64(r.pos - Margin)
		r.pos, r.end = Margin, Margin+n
	}
	next := r.at + int64(r.end)
	want := int64(blockBytes)
	if !r.split.Whole {
		// The rest of the range and some more; where a record goes on behind that, as much again as it has.
		want = min(want, max(r.to-next, 0)+max(slackBytes, int64(r.end-r.pos)))
		want = min(want, r.split.Size-next)
		if want <= 0 {
			r.eof = true
			return true, nil
		}
	}
	if free := int64(len(r.buf) - r.end); free < want {
		if free < want/2 || free < slackBytes {
			if len(r.buf) > recordLimit {
				return false, &exec.RowError{Path: r.split.Path, Line: r.Lines(), Detail: "a record longer than 1 GiB is not supported"}
			}
			r.buf = append(make([]byte, 0, max(2*len(r.buf), r.end+int(want))), r.buf[:r.end]...)
			r.buf = r.buf[:cap(r.buf)]
			free = int64(len(r.buf) - r.end)
		}
		want = min(want, free)
	}
	n, err := r.text.ReadAt(ctx, r.buf[r.end:r.end+int(want)], next)
	r.end += n
	if errors.Is(err, io.EOF) {
		r.eof = true
		return true, nil
	}
	if err == nil && !r.split.Whole && next+int64(n) >= r.split.Size {
		r.eof = true
	}
	return n > 0, err
}

// head is what a file's text begins with before its first row.
type head struct {
	known      bool
	mark, size int   // bytes of the byte order mark, and of the header behind it
	lines      int64 // of the header
}

// readHead reads the byte order mark and the header; the buffer stands at the file's beginning. It reports whether
// it is done: a live text may have none yet.
func (r *Reader) readHead(ctx context.Context) (bool, error) {
	for {
		data := r.buf[r.pos:r.end]
		bom := 0
		if bytes.HasPrefix(data, byteOrderMark) {
			bom = len(byteOrderMark)
		}
		if r.eof || len(data) >= len(byteOrderMark) {
			size, lines, more, err := r.tok.Head(data[bom:], r.eof)
			if err != nil {
				return false, r.inFile(err)
			}
			if !more {
				r.head = head{known: true, mark: bom, size: size, lines: lines}
				return true, nil
			}
		}
		if some, err := r.fill(ctx); err != nil || !some {
			return false, err
		}
	}
}

// inFile puts the file's name before an error about its header.
func (r *Reader) inFile(err error) error {
	if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
		d.Message = r.split.Path + ": " + d.Message
	}
	return err
}

var byteOrderMark = []byte{0xEF, 0xBB, 0xBF}

// findStart moves to the first likely record: behind the first line break from the byte before the range on.
func (r *Reader) findStart(ctx context.Context) error {
	for {
		if i := bytes.IndexByte(r.buf[r.pos:r.end], '\n'); i >= 0 {
			r.pos += i + 1
			r.start = r.Position()
			return nil
		}
		r.pos = r.end
		if r.eof || r.Position() >= r.to {
			r.start = max(r.Position(), r.to)
			return nil
		}
		if _, err := r.fill(ctx); err != nil {
			return err
		}
	}
}

// Next returns the next batch.
func (r *Reader) Next(ctx context.Context) (vector.Batch, error) {
	if r.rest.Rows > 0 {
		return r.cutRest(), nil
	}
	if r.err != nil {
		return vector.Batch{}, r.err
	}
	if r.guess && r.start < 0 {
		if err := r.findStart(ctx); err != nil {
			return vector.Batch{}, err
		}
	}
	if r.start == 0 && r.pos == Margin && r.at == -Margin && r.rowCount == 0 {
		if done, err := r.readHead(ctx); err != nil || !done {
			return vector.Batch{}, err
		}
		r.pos += r.head.mark + r.head.size
		r.shift = r.head.lines
	}
	r.before = [2]int64{r.rowCount, r.shift}
	r.jumps = r.jumps[:0]
	n, begun := 0, r.Position()
	open := false // builders have begun a batch
	for n < r.BatchRows && r.err == nil && r.Position()-begun < batchBytes {
		limit := int(min(r.to-r.at, int64(r.end)))
		if r.Position() >= r.to || r.eof && r.pos >= r.end {
			r.err = io.EOF
			break
		}
		more := true
		if r.pos < limit {
			if !open {
				open = true
				for _, b := range r.builders {
					b.Reset(r.estimate())
				}
			}
			r.rows.reset(min(groupRows, r.BatchRows-n))
			var next int
			next, more = r.tok.Next(r.buf, r.pos, limit, r.end, r.eof, &r.rows)
			r.pos = next
			n = r.take(n)
		}
		if !more || r.err != nil || n >= r.BatchRows {
			continue
		}
		if r.Live && n > 0 {
			break
		}
		if r.guess && r.at+int64(r.end) >= 2*r.to-r.from {
			return vector.Batch{}, exec.ErrAstray
		}
		if some, err := r.fill(ctx); err != nil {
			r.err = err
		} else if !some {
			break
		}
	}
	r.read += r.Position() - begun
	r.readRows += int64(n)
	if n == 0 {
		return vector.Batch{}, r.err
	}
	b := vector.Batch{Rows: n, Columns: make([]vector.Column, len(r.builders))}
	for i, c := range r.builders {
		b.Columns[i] = c.Column()
	}
	if n > r.BatchRows {
		r.rest = b
		return r.cutRest(), nil
	}
	return b, nil
}

// cutRest takes a batch's worth off the rest.
func (r *Reader) cutRest() vector.Batch {
	b := r.rest
	n := min(b.Rows, r.BatchRows)
	r.rest = vector.Batch{}
	if n < b.Rows {
		r.rest = b.Slice(n, b.Rows)
	}
	return b.Slice(0, n)
}

// estimate is how many rows the batch may get.
func (r *Reader) estimate() int {
	if r.BatchRows <= 64 {
		return r.BatchRows
	}
	length := int64(64)
	if r.readRows > 0 {
		length = max(1, r.read/r.readRows)
	}
	left := r.to - r.Position()
	if r.Live {
		left = int64(r.end - r.pos)
	}
	if left/length > int64(r.BatchRows) {
		return r.BatchRows
	}
	return min(r.BatchRows, int(left/length)+int(left/length/16)+16)
}

// take parses the group of rows behind the n ones of the batch and returns how many there are then. In strict reading
// the first bad row ends the range.
func (r *Reader) take(n int) int {
	g := &r.rows
	good, detail := g.N, g.failure
	var advice string
	if detail != "" && !r.Lenient {
		advice = r.Advice(g.field, g.value)
	}
	for c, b := range r.builders {
		for i := 0; i < good; {
			done := b.Append(r.buf, g.Spans[c][i:good])
			for _, p := range b.Partial() {
				g.Mark(i+p, r.wrong(c, Fault{Span: g.Spans[c][i+p], Type: r.Fields[c].Type}))
			}
			i += done
			if i == good {
				break
			}
			wrong := r.wrong(c, b.Fault(g.Spans[c][i]))
			if !r.Lenient {
				s := g.Spans[c][i]
				good, detail, advice = i, wrong, r.Advice(&r.Fields[c], r.buf[s.From:s.To])
				break
			}
			g.Mark(i, wrong)
			b.AppendNull()
			i++
		}
	}
	if !r.Lenient {
		for c, f := range r.Fields {
			if f.Type.Nullable {
				continue
			}
			if at := slices.IndexFunc(g.Spans[c][:good], func(s Span) bool { return s.From < 0 }); at >= 0 {
				good, advice = at, ""
				detail = fmt.Sprintf("column %s: NULL is no value of type %s", f.Name, f.Type)
			}
		}
	}
	if good < g.N {
		for _, b := range r.builders {
			b.Cut(n + good)
		}
	}
	if g.skipped > 0 {
		if r.skipped == 0 {
			r.first = &exec.RowError{Path: r.split.Path, Line: r.rowCount + r.shift + int64(g.first.row) + g.first.line, Detail: g.first.detail}
		}
		r.skipped += g.skipped
	}
	if detail != "" {
		r.err = &exec.RowError{Path: r.split.Path, Line: r.rowCount + r.shift + int64(good) + shiftAt(g.jumps, good), Detail: detail, Hint: advice}
	}
	for _, j := range g.jumps {
		r.jumps = append(r.jumps, jump{j.row + n, j.lines})
		r.shift += j.lines
	}
	r.rowCount += int64(good)
	return n + good
}

// wrong says what is wrong with a value of a column.
func (r *Reader) wrong(c int, f Fault) string {
	value := r.buf[f.Span.From:f.Span.To]
	const most = 80
	cut := ""
	if len(value) > most {
		value, cut = value[:most], "…"
	}
	name := f.Type.Name()
	article := "a"
	if strings.ContainsRune("AEIO", rune(name[0])) {
		article = "an"
	}
	text := string(value)
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "�")
	}
	return fmt.Sprintf("column %s%s: \"%s%s\" is not %s %s", r.Fields[c].Name, f.Path, text, cut, article, name)
}

// Start is where the range's first record began.
func (r *Reader) Start() int64 { return r.start }

// Position is just behind the last batch.
func (r *Reader) Position() int64 { return r.at + int64(r.pos) }

// Lines is the number of lines between Start and Position.
func (r *Reader) Lines() int64 { return r.rowCount + r.shift }

// LineOf is the number of lines between Start and a row of the last batch.
func (r *Reader) LineOf(row int) int64 {
	return r.before[0] + r.before[1] + int64(row) + shiftAt(r.jumps, row)
}

// Skipped is how many rows could not be read as they should, and the first.
func (r *Reader) Skipped() (int64, *exec.RowError) { return r.skipped, r.first }

// Close closes the split's text.
func (r *Reader) Close() error {
	if r.text == nil {
		return nil
	}
	err := r.text.Close()
	r.text = nil
	return err
}
