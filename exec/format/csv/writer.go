package csv

import (
	"bytes"
	"io"
	"strings"
	"time"

	"weir/exec/format"
	"weir/parser/diag"
	"weir/vector"
)

// writeBytes are collected before they go to the file: few system calls, and still in the cache.
const writeBytes = 256 << 10

// Writer writes batches as comma-separated values: RFC 4180 with the reader's options, a field in quotes only where it
// must be. NULL is the null literal, else nothing; an empty string is a pair of quotes. One goroutine uses it.
type Writer struct {
	Options
	out     io.Writer
	buf     []byte
	columns []*column
	names   []byte // the header, until it is written
}

// column writes one column of the schema; ARRAY and ROW have parts.
type column struct {
	w     *Writer
	name  string
	t     vector.Type
	style format.CellStyle
	cells format.Cells
	// recheck says that values other than strings may hold a character that needs quotes.
	recheck bool
	raw     format.Cells // of recheck
	parts   []*column
	value   nested // of parts, the one that is being written
	first   bool   // of the row
}

// NewWriter makes a writer of rows of the schema. The options are a table's, as catalog has checked them. Instants are
// written in UTC, whatever the zone.
func NewWriter(out io.Writer, schema []vector.Field, options map[string]string, _ *time.Location) (*Writer, error) {
	w := &Writer{Options: NewOptions(options), out: out}
	for i, f := range schema {
		c := &column{w: w, name: f.Name, t: f.Type, first: i == 0}
		switch f.Type.Kind {
		case vector.Array:
			if err := c.addPart(f.Name, *f.Type.Elem); err != nil {
				return nil, err
			}
		case vector.Row:
			for _, p := range f.Type.Fields {
				if err := c.addPart(f.Name, p.Type); err != nil {
					return nil, err
				}
			}
		case vector.Map, vector.Multiset:
			return nil, unsupportedType(f.Name, f.Type)
		}
		end := string(w.Separator)
		c.style = format.CellStyle{After: end, Null: w.Null + end, String: c.appendString}
		c.recheck = c.parts == nil && !f.Type.IsString() && (isPlain(w.Separator) || w.Quoted && isPlain(w.Quote) || w.Escaped && isPlain(w.Escape))
		w.columns = append(w.columns, c)
		if w.Header {
			w.names = append(c.appendString(w.names, []byte(f.Name)), w.Separator)
		}
	}
	if n := len(w.names); n > 0 {
		w.names[n-1] = '\n'
	}
	return w, nil
}

func unsupportedType(name string, t vector.Type) error {
	return diag.New(diag.FormatType, diag.Span{}, "column %s: type %s is not supported by the format csv", name, t.Name()).
		WithHint("the formats json and parquet have it; as a STRING column its text can be written")
}

// isPlain reports whether numbers, times or base64 may hold the character.
func isPlain(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("+-.:/= ", c) >= 0
}

func (c *column) addPart(name string, t vector.Type) error {
	if t.Physical() >= vector.List {
		return unsupportedType(name, c.t)
	}
	p := &column{w: c.w, name: name, t: t}
	p.style = format.CellStyle{Null: c.w.Null, String: func(dst, value []byte) []byte { return append(dst, value...) }}
	c.parts = append(c.parts, p)
	return nil
}

// Write appends the rows of a batch; what does not fit the buffer goes out.
func (w *Writer) Write(b vector.Batch) error {
	if w.names != nil {
		w.buf = append(w.buf, w.names...)
		w.names = nil
	}
	for i, c := range w.columns {
		if err := c.encode(b.Columns[i]); err != nil {
			return err
		}
	}
	for row := range b.Rows {
		for _, c := range w.columns {
			w.buf = append(w.buf, c.cells.At(row)...)
		}
		if len(w.columns) > 0 {
			w.buf = w.buf[:len(w.buf)-1]
		}
		w.buf = append(w.buf, '\n')
		if len(w.buf) >= writeBytes {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush sends all rows out.
func (w *Writer) Flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.out.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

func (c *column) encode(col vector.Column) error {
	switch {
	case c.t.Kind == vector.Array:
		offsets, elems := col.List()
		from, to := int(offsets[0]), int(offsets[len(offsets)-1])
		elems = elems.Slice(from, to)
		part := c.parts[0]
		part.cells.Encode(elems, part.t, &part.style)
		return c.encodeNested(col, func(row int) {
			for k := int(offsets[row]) - from; k < int(offsets[row+1])-from; k++ {
				c.value.add(part.cells.At(k), elems.IsNull(k), c.w.Elements)
			}
		})
	case c.t.Kind == vector.Row:
		fields := make([]vector.Column, len(c.parts))
		for k, p := range c.parts {
			fields[k] = col.Field(k)
			p.cells.Encode(fields[k], p.t, &p.style)
		}
		return c.encodeNested(col, func(row int) {
			for k, p := range c.parts {
				c.value.add(p.cells.At(row), fields[k].IsNull(row), c.w.Elements)
			}
		})
	case c.recheck:
		c.raw.Encode(col, c.t, &format.CellStyle{})
		c.cells.Reset(col.Len())
		for i := range col.Len() {
			if col.IsNull(i) {
				c.cells.Text = append(c.cells.Text, c.style.Null...)
			} else {
				c.cells.Text = append(c.appendString(c.cells.Text, c.raw.At(i)), c.w.Separator)
			}
			c.cells.End()
		}
	default:
		c.cells.Encode(col, c.t, &c.style)
	}
	return nil
}

// appendString appends a string as a field that is neither NULL nor, read back, another string.
func (c *column) appendString(dst, value []byte) []byte {
	if c.w.Quoted && (len(value) == 0 || c.w.HasNull && string(value) == c.w.Null) {
		return c.w.appendQuoted(dst, value)
	}
	return c.appendField(dst, value)
}

var byteOrderMark = []byte("\ufeff")

// appendField appends the text of a field, in quotes if it holds a character that means something.
func (c *column) appendField(dst, value []byte) []byte {
	w := c.w
	if !w.Quoted {
		if w.Escaped {
			return w.appendEscaped(dst, value)
		}
		return append(dst, value...)
	}
	if c.first && len(value) > 0 && (w.AllowComments && value[0] == '#' || bytes.HasPrefix(value, byteOrderMark)) {
		return w.appendQuoted(dst, value)
	}
	separator, quote, escape := w.Separator, w.Quote, w.Quote
	if w.Escaped {
		escape = w.Escape
	}
	for _, x := range value {
		if x == separator || x == quote || x == '\n' || x == '\r' || x == escape {
			return w.appendQuoted(dst, value)
		}
	}
	return append(dst, value...)
}

// appendQuoted appends a field in quotes: quotes in it are doubled, and so are escapes.
func (w *Writer) appendQuoted(dst, value []byte) []byte {
	dst = append(dst, w.Quote)
	for _, x := range value {
		switch {
		case x == w.Quote:
			dst = append(dst, x)
		case w.Escaped && x == w.Escape:
			dst = append(dst, x)
		}
		dst = append(dst, x)
	}
	return append(dst, w.Quote)
}

// appendEscaped appends a field without quotes: the escape takes their place.
func (w *Writer) appendEscaped(dst, value []byte) []byte {
	for _, x := range value {
		switch x {
		case w.Separator, w.Escape:
			dst = append(dst, w.Escape, x)
		case '\n':
			dst = append(dst, w.Escape, 'n')
		case '\r':
			dst = append(dst, w.Escape, 'r')
		default:
			dst = append(dst, x)
		}
	}
	return dst
}
