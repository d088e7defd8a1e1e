package result

import (
	"bytes"
	"fmt"

	"weir/repl/session"
	"weir/vector"
)

const null = "<NULL>"

// tableau draws tables as Flink's client does. Streaming results have their widths from the types and are drawn as
// rows come; others have them from the content and are drawn at the end. Where the terminal is too narrow for the table,
// values stand one below the other. Control characters are shown escaped: they would break the table, or do things to the terminal.
type tableau struct {
	screen func() (width, height int) // nil: not on a terminal
	schema *session.Schema
	op     bool
	widths []int
	cells  []cell
	text   []byte
	tall   *vertical // draws a streaming result that is too wide; nil: it is not
	// Of a result drawn at its end: all values one behind the other, NULL as -1 bytes long.
	all   []byte
	sizes []int
	kinds []vector.RowKind
	total int64 // rows so far
}

func (t *tableau) begin(dst []byte, s *session.Schema) []byte {
	t.schema, t.total = s, 0
	t.op = s.Streaming || s.Changelog
	t.all, t.sizes, t.kinds = t.all[:0], t.sizes[:0], t.kinds[:0]
	t.widths = t.widths[:0]
	for _, c := range s.Columns {
		w := textWidth(c.Name)
		if s.Streaming {
			w = max(w, typeWidth(c.Type, s.MaxWidth))
		} else if s.Shape == session.Query {
			w = min(w, s.MaxWidth)
		}
		t.widths = append(t.widths, w)
	}
	t.tall = nil
	if s.Streaming && t.tooWide() {
		t.tall = &vertical{screen: t.screen}
		x := *s
		x.Changelog = true
		return t.tall.begin(dst, &x)
	}
	if s.Streaming {
		dst = t.header(dst)
	}
	return dst
}

// typeWidth is the width of a streaming column: that of the longest text of its type where there is one.
func typeWidth(t vector.Type, most int) int {
	w := most
	switch t.Kind {
	case vector.Boolean, vector.Null:
		w = 5
	case vector.TinyInt:
		w = 4
	case vector.SmallInt:
		w = 6
	case vector.Int:
		w = 11
	case vector.BigInt:
		w = 20
	case vector.Decimal:
		w = t.Precision + 2
	case vector.Date:
		w = 10
	case vector.TimeOfDay:
		w = 8
		if t.Precision > 0 {
			w += 1 + t.Precision
		}
	case vector.Timestamp, vector.TimestampLTZ:
		w = 19
		if t.Precision > 0 {
			w += 1 + t.Precision
		}
	}
	return max(w, len(null))
}

// hasAnyWidth says of a type whether its texts have any width: they are cut. Half a number would be another number.
func hasAnyWidth(t vector.Type) bool {
	return t.IsString() || t.IsBytes() || t.Physical() >= vector.List
}

func (t *tableau) rows(dst []byte, b vector.Batch) []byte {
	t.cells = cells(t.cells, b, t.schema.Columns, t.schema.Zone)
	t.total += int64(b.Rows)
	if !t.schema.Streaming {
		t.keep(b)
		return dst
	}
	if t.tall != nil {
		return t.tall.rows(dst, b)
	}
	for row := range b.Rows {
		dst = append(dst, "| "...)
		dst = append(dst, b.Kind(row).String()...)
		dst = append(dst, " |"...)
		for i, c := range t.cells {
			if !c.valid.At(row) {
				dst = pad(dst, null, t.widths[i])
				continue
			}
			t.text = escapeControl(c.text(t.text[:0], row), 0)
			if hasAnyWidth(c.typ) {
				dst = pad(dst, cut(t.text, t.widths[i]), t.widths[i])
			} else {
				dst = pad(dst, t.text, t.widths[i])
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

// keep stores the texts of a batch until the widths are known.
func (t *tableau) keep(b vector.Batch) {
	for row := range b.Rows {
		for i, c := range t.cells {
			if !c.valid.At(row) {
				t.sizes = append(t.sizes, -1)
				t.widths[i] = max(t.widths[i], t.limit(len(null)))
				continue
			}
			from := len(t.all)
			t.all = c.text(t.all, row)
			if t.schema.Shape != session.Document {
				t.all = escapeControl(t.all, from)
			}
			t.sizes = append(t.sizes, len(t.all)-from)
			t.widths[i] = max(t.widths[i], t.limit(textWidth(t.all[from:])))
		}
		if t.op {
			t.kinds = append(t.kinds, b.Kind(row))
		}
	}
}

func (t *tableau) limit(w int) int {
	if t.schema.Shape == session.Query {
		return min(w, t.schema.MaxWidth)
	}
	return w
}

func (t *tableau) end(dst []byte, d session.Done) []byte {
	if t.schema.Streaming {
		if t.total > 0 && t.tall == nil {
			dst = t.border(dst)
		}
		dst = fmt.Appendf(dst, "Received a total of %s", counted(t.total))
		return append(dst, t.cost(d)+"\n\n"...)
	}
	if t.schema.Shape == session.Document {
		// One text of several lines: a frame as wide as all of it would only be in the way.
		return append(bytes.TrimRight(append(dst, t.all...), "\n"), "\n\n"...)
	}
	if t.total == 0 {
		return append(dst, "Empty set"+t.cost(d)+"\n\n"...)
	}
	if t.tooWide() {
		dst = t.upright(dst)
	} else {
		dst = t.across(dst)
	}
	return append(dst, counted(t.total)+" in set"+t.cost(d)+"\n\n"...)
}

// tooWide reports whether the table is wider than the terminal.
func (t *tableau) tooWide() bool {
	if t.screen == nil || len(t.schema.Columns) < 2 {
		return false
	}
	all := 1
	if t.op {
		all += len("+----")
	}
	for _, w := range t.widths {
		all += w + len("|  ")
	}
	width, _ := t.screen()
	return width > 0 && all > width
}

// upright draws a kept result a line for each value, nothing cut.
func (t *tableau) upright(dst []byte) []byte {
	v := &vertical{screen: t.screen}
	v.begin(dst, &session.Schema{Columns: t.schema.Columns, Changelog: t.op})
	at, n := 0, len(t.schema.Columns)
	for row := range int(t.total) {
		dst = v.head(dst)
		if t.op {
			dst = append(append(v.name(dst, "op"), t.kinds[row].String()...), '\n')
		}
		for i := range n {
			dst = v.name(dst, t.schema.Columns[i].Name)
			if size := t.sizes[row*n+i]; size < 0 {
				dst = append(dst, null...)
			} else {
				dst = append(dst, t.all[at:at+size]...)
				at += size
			}
			dst = append(dst, '\n')
		}
	}
	return dst
}

// across draws the table of a kept result.
func (t *tableau) across(dst []byte) []byte {
	dst = t.header(dst)
	at, n := 0, len(t.schema.Columns)
	for row := range int(t.total) {
		if t.op {
			dst = append(dst, "| "...)
			dst = append(dst, t.kinds[row].String()...)
			dst = append(dst, ' ')
		}
		dst = append(dst, '|')
		for i := range n {
			size := t.sizes[row*n+i]
			if size < 0 {
				dst = pad(dst, cut(null, t.widths[i]), t.widths[i])
				continue
			}
			dst = pad(dst, cut(t.all[at:at+size], t.widths[i]), t.widths[i])
			at += size
		}
		dst = append(dst, '\n')
	}
	return t.border(dst)
}

// counted prints a number of rows; Flink says 0 row.
func counted(n int64) string {
	if n > 1 {
		return fmt.Sprintf("%d rows", n)
	}
	return fmt.Sprintf("%d row", n)
}

func (t *tableau) cost(d session.Done) string {
	if t.schema.Shape != session.Query || !t.schema.TimeCost {
		return ""
	}
	return fmt.Sprintf(" (%.2f seconds)", d.Elapsed.Seconds())
}

func (t *tableau) border(dst []byte) []byte {
	if t.op {
		dst = append(dst, "+----"...)
	}
	for _, w := range t.widths {
		dst = append(dst, '+')
		for range w + 2 {
			dst = append(dst, '-')
		}
	}
	return append(dst, "+\n"...)
}

func (t *tableau) header(dst []byte) []byte {
	dst = t.border(dst)
	if t.op {
		dst = append(dst, "| op "...)
	}
	dst = append(dst, '|')
	for i, c := range t.schema.Columns {
		dst = pad(dst, cut(c.Name, t.widths[i]), t.widths[i])
	}
	return t.border(append(dst, '\n'))
}

// pad appends a cell, its text at the right.
func pad[T string | []byte](dst []byte, s T, width int) []byte {
	for range width - textWidth(s) + 1 {
		dst = append(dst, ' ')
	}
	dst = append(dst, s...)
	return append(dst, " |"...)
}
