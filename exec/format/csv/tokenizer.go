package csv

import (
	"bytes"
	"fmt"
	"math"

	"weir/exec/format"
	"weir/parser/diag"
)

const codeHeader = "W4002" // a header that is not the table's

// tokenizer finds the fields of records: RFC 4180 with the options of Options. Lines without quote and escape, which
// are nearly all, it walks through once, from separator to separator; others are taken apart field by field.
type tokenizer struct {
	Options
	columns []string // all physical columns
	read    []int    // positions in columns, ascending

	skip   []int // fields to pass before each read one
	fields int   // of a record
	tail   int   // behind the last read one
	column []int // read column of each entry of skip: a header may order them otherwise

	special int // no quote or escape of the data lies before this place
	parts   []part
}

// part is a field of a record that was taken apart.
type part struct {
	span    format.Span // without quotes
	doubled bool        // holds doubled quotes
	escaped bool        // holds escapes
}

func newTokenizer(o Options, columns []string, read []int) *tokenizer {
	t := &tokenizer{Options: o, columns: columns, read: read}
	t.order(read, len(columns))
	return t
}

// order sets where in a record of so many fields the read columns are.
func (t *tokenizer) order(places []int, fields int) {
	t.fields = fields
	t.skip, t.column = t.skip[:0], t.column[:0]
	last := -1
	for at := range fields {
		for c, p := range places {
			if p == at {
				t.skip = append(t.skip, at-last-1)
				t.column = append(t.column, c)
				last = at
			}
		}
	}
	t.tail = fields - 1 - last
}

// Headed says whether the first record is none.
func (t *tokenizer) Headed() bool { return t.Header }

// Head reads the header.
func (t *tokenizer) Head(data []byte, eof bool) (int, int64, bool, error) {
	t.special = 0
	if !t.Header {
		return 0, 0, false, nil
	}
	at, lines := 0, int64(0)
	for at < len(data) {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 || !t.passes(data[at:at+i+1]) {
			break
		}
		at, lines = at+i+1, lines+1
	}
	next, problem, result := t.record(data, at, len(data), eof)
	if result == incomplete {
		return 0, 0, true, nil
	}
	if result == failed {
		return 0, 0, false, diag.New(codeHeader, diag.Span{}, "the header can't be read: %s", problem)
	}
	lines += int64(bytes.Count(data[at:next], newline))
	if t.ByPosition {
		return next, lines, false, nil
	}
	names := make([]string, len(t.parts))
	for i, p := range t.parts {
		s := t.value(data, p)
		names[i] = string(bytes.TrimSpace(data[s.From:s.To]))
	}
	places := make([]int, len(t.read))
	for c, r := range t.read {
		places[c] = -1
		for i, n := range names {
			if n == t.columns[r] {
				places[c] = i
				break
			}
		}
		if places[c] < 0 {
			d := diag.New(codeHeader, diag.Span{}, "the header has no column '%s'", t.columns[r])
			if near, ok := diag.Nearest(t.columns[r], names); ok {
				d.WithHint("did you mean '%s'?", near)
			}
			return 0, 0, false, d
		}
	}
	t.order(places, len(names))
	return next, lines, false, nil
}

var newline = []byte{'\n'}

// passes reports whether a line, with its line break, is passed over: a comment, or one without text.
func (t *tokenizer) passes(line []byte) bool {
	return t.AllowComments && line[0] == '#' || t.SkipEmpty && (line[0] == '\n' || string(line) == "\r\n" || string(line) == "\r")
}

// Next fills rows with the records of data[from:end] that begin before limit.
func (t *tokenizer) Next(data []byte, from, limit, end int, eof bool, rows *format.Rows) (int, bool) {
	t.special = t.nextSpecial(data, from, end)
	p := from
	for rows.N < rows.Max && p < limit {
		stop, next := end, end
		if i := bytes.IndexByte(data[p:end], '\n'); i >= 0 {
			stop, next = p+i, p+i+1
		} else if !eof {
			return p, true
		}
		if (t.AllowComments || t.SkipEmpty) && t.passes(data[p:next]) {
			rows.Jump(1)
			p = next
			continue
		}
		if t.special < p {
			t.special = t.nextSpecial(data, p, end)
		}
		if t.special < stop {
			next, result := t.quoted(data, p, end, eof, rows)
			if result != found {
				return p, result == incomplete
			}
			p = next
			continue
		}
		if stop > p && data[stop-1] == '\r' {
			stop--
		}
		if !t.plain(data[:stop], p, rows) {
			if !t.Lenient {
				return p, false
			}
			p = next
			continue
		}
		p = next
		rows.N++
	}
	return p, false
}

// plain finds the fields of a record without quotes and escapes, data[p:]. It reports whether the record is a row;
// that the failure says otherwise.
func (t *tokenizer) plain(data []byte, p int, rows *format.Rows) bool {
	begin := p
	sep := t.Separator
	for k, skip := range t.skip {
		for ; skip > 0; skip-- {
			i := bytes.IndexByte(data[p:], sep)
			if i < 0 {
				return t.short(data[begin:], k, rows)
			}
			p += i + 1
		}
		stop := len(data)
		if i := bytes.IndexByte(data[p:], sep); i >= 0 {
			stop = p + i
		} else if t.tail > 0 || k < len(t.skip)-1 {
			// The last field of a record that should have more.
			rows.Spans[t.column[k]][rows.N] = t.span(data, p, stop)
			return t.short(data[begin:], k+1, rows)
		}
		rows.Spans[t.column[k]][rows.N] = t.span(data, p, stop)
		p = stop + 1
	}
	if t.tail == 0 {
		if p > len(data) {
			return true
		}
		return t.long(data[begin:], rows)
	}
	for n := t.tail - 1; n > 0; n-- {
		i := bytes.IndexByte(data[p:], sep)
		if i < 0 {
			return t.short(data[begin:], len(t.skip), rows)
		}
		p += i + 1
	}
	if bytes.IndexByte(data[p:], sep) >= 0 {
		return t.long(data[begin:], rows)
	}
	return true
}

// span is the field data[from:to], or Null where it is the null literal.
func (t *tokenizer) span(data []byte, from, to int) format.Span {
	if t.HasNull && string(data[from:to]) == t.Null {
		return format.Null
	}
	return format.Span{From: int32(from), To: int32(to)}
}

// short deals with a record of too few fields, of which k read ones were found: an error, or NULLs.
func (t *tokenizer) short(record []byte, k int, rows *format.Rows) bool {
	return t.tooFew(bytes.Count(record, []byte{t.Separator})+1, k, rows)
}

func (t *tokenizer) tooFew(found, k int, rows *format.Rows) bool {
	detail := fmt.Sprintf("row length mismatch: %d fields expected but was %d", t.fields, found)
	if !t.Lenient {
		rows.Fail(detail)
		return false
	}
	for ; k < len(t.column); k++ {
		rows.Spans[t.column[k]][rows.N] = format.Null
	}
	rows.Mark(rows.N, detail)
	return true
}

// long deals with a record of too many fields: an error, or no row.
func (t *tokenizer) long(record []byte, rows *format.Rows) bool {
	t.tooMany(bytes.Count(record, []byte{t.Separator})+1, rows)
	return false
}

func (t *tokenizer) tooMany(found int, rows *format.Rows) {
	detail := fmt.Sprintf("row length mismatch: %d fields expected but was %d", t.fields, found)
	if !t.Lenient {
		rows.Fail(detail)
		return
	}
	rows.Skip(detail)
	rows.Jump(1)
}

// nextSpecial finds the next quote or escape of data[from:end]; MaxInt: there is none.
func (t *tokenizer) nextSpecial(data []byte, from, end int) int {
	at := math.MaxInt
	if t.Quoted {
		if i := bytes.IndexByte(data[from:end], t.Quote); i >= 0 {
			at = from + i
		}
	}
	if t.Escaped {
		if i := bytes.IndexByte(data[from:end], t.Escape); i >= 0 {
			at = min(at, from+i)
		}
	}
	return at
}
