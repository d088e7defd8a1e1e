package result

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
)

// jsonl writes each row as an object with typed values, op first in a changelog. Numbers are JSON numbers where JSON
// has them (NaN and the infinities are strings), ARRAY is an array, ROW, MAP and MULTISET are objects, whose keys are
// text, everything else that is no boolean is a string.
type jsonl struct {
	schema *session.Schema
	cells  []cell
	values []func(dst []byte, row int) []byte
	names  [][]byte // `"name":`, with a comma in front from the second on
	text   []byte
}

func (j *jsonl) begin(dst []byte, s *session.Schema) []byte {
	j.schema, j.names = s, nil
	for i, c := range s.Columns {
		name := []byte{}
		if i > 0 {
			name = append(name, ',')
		}
		j.names = append(j.names, append(appendJSON(name, []byte(c.Name)), ':'))
	}
	return dst
}

func (j *jsonl) rows(dst []byte, b vector.Batch) []byte {
	j.cells = cells(j.cells, b, j.schema.Columns, j.schema.Zone)
	j.values = j.values[:0]
	for _, c := range j.cells {
		j.values = append(j.values, j.value(c))
	}
	for row := range b.Rows {
		dst = append(dst, '{')
		if j.schema.Changelog {
			dst = append(append(append(dst, `"op":"`...), b.Kind(row).String()...), '"')
			if len(j.cells) > 0 {
				dst = append(dst, ',')
			}
		}
		for i := range j.cells {
			dst = append(dst, j.names[i]...)
			if !j.cells[i].valid.At(row) {
				dst = append(dst, "null"...)
				continue
			}
			dst = j.values[i](dst, row)
		}
		dst = append(dst, "}\n"...)
	}
	return dst
}

// value returns what appends a value that is not NULL.
func (j *jsonl) value(c cell) func([]byte, int) []byte {
	switch t := c.typ; {
	case t.Kind == vector.Boolean:
		return func(dst []byte, row int) []byte { return strconv.AppendBool(dst, c.col.Bool(row)) }
	case t.Kind == vector.Float:
		values := c.col.Float32()
		return func(dst []byte, row int) []byte { return appendFloat(dst, float64(values[row]), 32) }
	case t.Kind == vector.Double:
		values := c.col.Float64()
		return func(dst []byte, row int) []byte { return appendFloat(dst, values[row], 64) }
	case t.IsExact():
		return c.text
	case t.Kind == vector.Array:
		offsets, elems := c.col.List()
		inner := newCell(elems, *t.Elem, j.schema.Zone)
		value := j.value(inner)
		return func(dst []byte, row int) []byte {
			dst = append(dst, '[')
			for k := int(offsets[row]); k < int(offsets[row+1]); k++ {
				if k > int(offsets[row]) {
					dst = append(dst, ',')
				}
				dst = appendOrNull(dst, inner, value, k)
			}
			return append(dst, ']')
		}
	case t.Kind == vector.Row:
		return j.row(c)
	case t.Physical() == vector.Pairs:
		return j.pairs(c)
	}
	return func(dst []byte, row int) []byte {
		j.text = c.text(j.text[:0], row)
		return appendJSON(dst, j.text)
	}
}

// row returns what appends a ROW.
func (j *jsonl) row(c cell) func([]byte, int) []byte {
	fields := make([]cell, len(c.typ.Fields))
	values, names := make([]func([]byte, int) []byte, len(fields)), make([][]byte, len(fields))
	for i, f := range c.typ.Fields {
		fields[i] = newCell(c.col.Field(i), f.Type, j.schema.Zone)
		values[i], names[i] = j.value(fields[i]), append(appendJSON(nil, []byte(f.Name)), ':')
	}
	return func(dst []byte, row int) []byte {
		dst = append(dst, '{')
		for i := range fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendOrNull(append(dst, names[i]...), fields[i], values[i], row)
		}
		return append(dst, '}')
	}
}

// pairs returns what appends a MAP or MULTISET.
func (j *jsonl) pairs(c cell) func([]byte, int) []byte {
	offsets, keys, contents := c.col.Pairs()
	key, typ := c.typ.Entry()
	name, inner := newCell(keys, key, j.schema.Zone), newCell(contents, typ, j.schema.Zone)
	value := j.value(inner)
	return func(dst []byte, row int) []byte {
		dst = append(dst, '{')
		for k := int(offsets[row]); k < int(offsets[row+1]); k++ {
			if k > int(offsets[row]) {
				dst = append(dst, ',')
			}
			j.text = append(j.text[:0], "NULL"...)
			if name.valid.At(k) {
				j.text = name.text(j.text[:0], k)
			}
			dst = appendOrNull(append(appendJSON(dst, j.text), ':'), inner, value, k)
		}
		return append(dst, '}')
	}
}

func appendOrNull(dst []byte, c cell, value func([]byte, int) []byte, row int) []byte {
	if !c.valid.At(row) {
		return append(dst, "null"...)
	}
	return value(dst, row)
}

func (j *jsonl) end(dst []byte, _ session.Done) []byte { return dst }

func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	form := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, f, form, -1, bits)
}

const hex = "0123456789abcdef"

// appendJSON appends s as a JSON string; bytes that are no UTF-8 become U+FFFD.
func appendJSON(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			dst = append(append(dst, s[from:i]...), `\ufffd`...)
			i++
			from = i
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}

// events writes one JSON object a line for everything that happens: the form for programs.
type events struct {
	schema *session.Schema
	cells  []cell
	prefix []byte // of a row's line, up to its kind
	text   []byte
}

func (e *events) head(dst []byte, statement int, event string) []byte {
	dst = append(dst, `{"statement":`...)
	dst = strconv.AppendInt(dst, int64(statement), 10)
	return append(append(append(dst, `,"event":"`...), event...), '"')
}

func (e *events) begin(dst []byte, s *session.Schema) []byte {
	e.schema = s
	e.prefix = append(e.head(e.prefix[:0], s.Statement, "row"), `,"op":"`...)
	dst = append(e.head(dst, s.Statement, "schema"), `,"columns":[`...)
	for i, c := range s.Columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(append(dst, `{"name":`...), []byte(c.Name))
		dst = appendJSON(append(dst, `,"type":`...), []byte(c.Type.String()))
		dst = append(dst, '}')
	}
	dst = append(dst, `],"changelog":`...)
	return append(strconv.AppendBool(dst, s.Changelog), "}\n"...)
}

func (e *events) rows(dst []byte, b vector.Batch) []byte {
	e.cells = cells(e.cells, b, e.schema.Columns, e.schema.Zone)
	for row := range b.Rows {
		dst = append(dst, e.prefix...)
		dst = append(append(dst, b.Kind(row).String()...), `","row":[`...)
		for i := range e.cells {
			c := &e.cells[i]
			if i > 0 {
				dst = append(dst, ',')
			}
			switch {
			case !c.valid.At(row):
				dst = append(dst, "null"...)
			case c.plain:
				dst = append(c.text(append(dst, '"'), row), '"')
			default:
				e.text = c.text(e.text[:0], row)
				dst = appendJSON(dst, e.text)
			}
		}
		dst = append(dst, "]}\n"...)
	}
	return dst
}

func (e *events) end(dst []byte, _ session.Done) []byte { return dst }

func (e *events) done(dst []byte, d session.Done) []byte {
	dst = append(e.head(dst, d.Statement, "done"), `,"rows":`...)
	dst = strconv.AppendInt(dst, d.Rows, 10)
	dst = append(dst, `,"ms":`...)
	dst = strconv.AppendInt(dst, int64(d.Elapsed/time.Millisecond), 10)
	return append(dst, "}\n"...)
}

func (e *events) fail(dst []byte, statement int, d *diag.Diagnostic) []byte {
	dst = appendJSON(append(e.head(dst, statement, "error"), `,"code":`...), []byte(d.Code))
	dst = appendJSON(append(dst, `,"message":`...), []byte(d.Message))
	dst = e.place(dst, d)
	if d.Hint != "" {
		dst = appendJSON(append(dst, `,"hint":`...), []byte(d.Hint))
	}
	if len(d.Notes) > 0 {
		dst = append(dst, `,"notes":[`...)
		for i, n := range d.Notes {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, []byte(n))
		}
		dst = append(dst, ']')
	}
	return append(dst, "}\n"...)
}

// place appends where a diagnostic points to, if it is known.
func (e *events) place(dst []byte, d *diag.Diagnostic) []byte {
	if d.Source == nil || d.Span.IsZero() {
		return dst
	}
	if d.Source.Name != "" {
		dst = appendJSON(append(dst, `,"file":`...), []byte(d.Source.Name))
	}
	line, column := d.Source.Position(d.Span.Start)
	endLine, endColumn := d.Source.Position(d.Span.End)
	for _, x := range []struct {
		key string
		n   int
	}{{"line", line}, {"column", column}, {"end_line", endLine}, {"end_column", endColumn}} {
		dst = append(append(append(dst, `,"`...), x.key...), `":`...)
		dst = strconv.AppendInt(dst, int64(x.n), 10)
	}
	return dst
}

func (e *events) notice(dst []byte, n session.Notice) []byte {
	dst = appendJSON(append(e.head(dst, n.Statement, "notice"), `,"kind":`...), []byte(n.Kind))
	if n.Count > 0 {
		dst = strconv.AppendInt(append(dst, `,"count":`...), n.Count, 10)
	}
	dst = appendJSON(append(dst, `,"message":`...), []byte(n.Message))
	if n.Detail != nil {
		dst = appendJSON(append(dst, `,"first":`...), []byte(n.Detail.Message))
	}
	return append(dst, "}\n"...)
}
