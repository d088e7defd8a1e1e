package result

import (
	"bytes"
	"strconv"

	"weir/repl/session"
	"weir/vector"
)

// csv writes RFC 4180 with a header: NULL is empty, an empty string is "".
type csv struct {
	schema *session.Schema
	cells  []cell
}

func (c *csv) begin(dst []byte, s *session.Schema) []byte {
	c.schema = s
	if s.Changelog {
		dst = append(dst, "op,"...)
	}
	for i, column := range s.Columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, column.Name...)
		dst = quoteCSV(dst, len(dst)-len(column.Name))
	}
	return append(dst, '\n')
}

func (c *csv) rows(dst []byte, b vector.Batch) []byte {
	c.cells = cells(c.cells, b, c.schema.Columns, c.schema.Zone)
	for row := range b.Rows {
		if c.schema.Changelog {
			dst = append(append(dst, b.Kind(row).String()...), ',')
		}
		for i := range c.cells {
			k := &c.cells[i]
			if i > 0 {
				dst = append(dst, ',')
			}
			if !k.valid.At(row) {
				continue
			}
			from := len(dst)
			dst = k.text(dst, row)
			if !k.plain {
				dst = quoteCSV(dst, from)
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

func (c *csv) end(dst []byte, _ session.Done) []byte { return dst }

// quoteCSV quotes the field that begins at from, where it must be.
func quoteCSV(dst []byte, from int) []byte {
	field := dst[from:]
	if len(field) > 0 && !bytes.ContainsAny(field, ",\"\r\n") {
		return dst
	}
	quotes := bytes.Count(field, []byte{'"'})
	n := len(field)
	for range quotes + 2 {
		dst = append(dst, '"')
	}
	field = dst[from:]
	to := len(field) - 2
	for i := n - 1; i >= 0; i-- {
		field[to] = field[i]
		to--
		if field[i] == '"' {
			field[to] = '"'
			to--
		}
	}
	field[0] = '"'
	return dst
}

// tsv writes fields between tabs with a header; NULL is \N, and tab, line breaks and backslash are \t, \n, \r, \\.
type tsv struct {
	schema *session.Schema
	cells  []cell
	text   []byte
}

func (t *tsv) begin(dst []byte, s *session.Schema) []byte {
	t.schema = s
	if s.Changelog {
		dst = append(dst, "op\t"...)
	}
	for i, column := range s.Columns {
		if i > 0 {
			dst = append(dst, '\t')
		}
		dst = escapeTSV(dst, []byte(column.Name))
	}
	return append(dst, '\n')
}

func (t *tsv) rows(dst []byte, b vector.Batch) []byte {
	t.cells = cells(t.cells, b, t.schema.Columns, t.schema.Zone)
	for row := range b.Rows {
		if t.schema.Changelog {
			dst = append(append(dst, b.Kind(row).String()...), '\t')
		}
		for i, c := range t.cells {
			if i > 0 {
				dst = append(dst, '\t')
			}
			if !c.valid.At(row) {
				dst = append(dst, '\\', 'N')
				continue
			}
			t.text = c.text(t.text[:0], row)
			dst = escapeTSV(dst, t.text)
		}
		dst = append(dst, '\n')
	}
	return dst
}

func (t *tsv) end(dst []byte, _ session.Done) []byte { return dst }

func escapeTSV(dst, s []byte) []byte {
	for _, c := range s {
		switch c {
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\\':
			dst = append(dst, '\\', '\\')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// markdown writes a table of GitHub's Markdown.
type markdown struct {
	schema *session.Schema
	cells  []cell
	text   []byte
}

func (m *markdown) begin(dst []byte, s *session.Schema) []byte {
	m.schema = s
	if s.Changelog {
		dst = append(dst, "| op "...)
	}
	for _, c := range s.Columns {
		dst = append(escapeMarkdown(append(dst, "| "...), []byte(c.Name)), ' ')
	}
	dst = append(dst, "|\n"...)
	if s.Changelog {
		dst = append(dst, "| --- "...)
	}
	for _, c := range s.Columns {
		if c.Type.IsNumeric() {
			dst = append(dst, "| ---: "...)
		} else {
			dst = append(dst, "| --- "...)
		}
	}
	return append(dst, "|\n"...)
}

func (m *markdown) rows(dst []byte, b vector.Batch) []byte {
	m.cells = cells(m.cells, b, m.schema.Columns, m.schema.Zone)
	for row := range b.Rows {
		if m.schema.Changelog {
			dst = append(append(append(dst, "| "...), b.Kind(row).String()...), ' ')
		}
		for _, c := range m.cells {
			dst = append(dst, "| "...)
			if !c.valid.At(row) {
				dst = append(dst, "NULL "...)
				continue
			}
			m.text = c.text(m.text[:0], row)
			dst = append(escapeMarkdown(dst, m.text), ' ')
		}
		dst = append(dst, "|\n"...)
	}
	return dst
}

func (m *markdown) end(dst []byte, _ session.Done) []byte { return append(dst, '\n') }

func escapeMarkdown(dst, s []byte) []byte {
	for _, c := range s {
		switch c {
		case '|', '\\', '`', '*', '_', '<', '[':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, "<br>"...)
		case '\r':
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// vertical writes a line for each value, for rows too long for a table.
type vertical struct {
	screen func() (width, height int) // nil: not on a terminal
	schema *session.Schema
	cells  []cell
	width  int
	total  int64
}

func (v *vertical) begin(dst []byte, s *session.Schema) []byte {
	v.schema, v.total, v.width = s, 0, 0
	if s.Changelog {
		v.width = len("op")
	}
	for _, c := range s.Columns {
		v.width = max(v.width, textWidth(c.Name))
	}
	return dst
}

func (v *vertical) rows(dst []byte, b vector.Batch) []byte {
	v.cells = cells(v.cells, b, v.schema.Columns, v.schema.Zone)
	for row := range b.Rows {
		dst = v.head(dst)
		if v.schema.Changelog {
			dst = append(v.name(dst, "op"), b.Kind(row).String()...)
			dst = append(dst, '\n')
		}
		for i, c := range v.cells {
			dst = v.name(dst, v.schema.Columns[i].Name)
			if c.valid.At(row) {
				from := len(dst)
				dst = escapeControl(c.text(dst, row), from)
			} else {
				dst = append(dst, null...)
			}
			dst = append(dst, '\n')
		}
	}
	return dst
}

// stars are on each side of a row's number, or as many as the terminal has room for.
const stars = 27

// head begins the next row.
func (v *vertical) head(dst []byte) []byte {
	v.total++
	number := strconv.AppendInt(nil, v.total, 10)
	side := stars
	if v.screen != nil {
		if width, _ := v.screen(); width > 0 {
			side = min(stars, max(3, (width-len(number)-len(" . row "))/2))
		}
	}
	line := bytes.Repeat([]byte{'*'}, side)
	dst = append(append(append(dst, line...), ' '), number...)
	return append(append(append(dst, ". row "...), line...), '\n')
}

func (v *vertical) name(dst []byte, name string) []byte {
	for range v.width - textWidth(name) {
		dst = append(dst, ' ')
	}
	return append(append(dst, name...), ": "...)
}

func (v *vertical) end(dst []byte, _ session.Done) []byte {
	if v.total == 0 {
		return append(dst, "Empty set\n\n"...)
	}
	return append(append(dst, counted(v.total)...), "\n\n"...)
}

// escapeControl replaces the control characters from a place on by \n, \t, \r and \x1b.
func escapeControl(dst []byte, from int) []byte {
	first := from
	for first < len(dst) && !control(dst[first:]) {
		first++
	}
	if first == len(dst) {
		return dst
	}
	rest := append([]byte(nil), dst[first:]...)
	dst = dst[:first]
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if !control(rest[i:]) {
			dst = append(dst, c)
			continue
		}
		switch c {
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		case 0xc2:
			i++
			c = rest[i]
			fallthrough
		default:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// control reports whether a text begins with a control character of ASCII, or with one of the second set (U+0080 to
// U+009F), which terminals obey too.
func control(s []byte) bool {
	return s[0] < ' ' || s[0] == 0x7f || s[0] == 0xc2 && len(s) > 1 && s[1] >= 0x80 && s[1] < 0xa0
}

// none shows nothing: the work is done all the same.
type none struct{}

func (none) begin(dst []byte, _ *session.Schema) []byte { return dst }
func (none) rows(dst []byte, _ vector.Batch) []byte     { return dst }
func (none) end(dst []byte, _ session.Done) []byte      { return dst }
