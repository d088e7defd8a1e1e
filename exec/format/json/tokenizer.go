package json

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"weir/exec/format"
	"weir/vector"
)

// tokenizer finds the objects of lines: JSON in which no object goes over a line break.
type tokenizer struct {
	lenient bool
	strict  bool // a missing field is an error
	fields  []format.Field
	integer []bool // of fields
	text    []bool // of fields: strings, and what has parts
	byName  map[string]int
	known   map[string]bool // keys that objects may have; nil: any
	stray   stray

	// keys are those of the objects so far, in their order, as they are written: the next object most likely has the
	// same ones. Learning ends after so many changes: some files have no order.
	keys    []key
	changes int
}

// key is one that is expected: `"name":` and the read column of that name, or -1.
type key struct {
	written []byte
	column  int
}

const maxChanges = 200

// foreign is the column of a key that is not known.
const foreign = -2

// stray is a field whose key is not known.
type stray struct {
	key   string // "": there is none
	value []byte
}

// unset is the span of a column that the object has not named yet.
var unset = format.Span{From: -2, To: -2}

func newTokenizer(fields []format.Field, lenient, strict bool) *tokenizer {
	t := &tokenizer{lenient: lenient, strict: strict, fields: fields, byName: map[string]int{}}
	for i, f := range fields {
		t.byName[f.Name] = i
		t.integer = append(t.integer, f.Type.IsInteger())
		t.text = append(t.text, f.Type.IsString() || f.Type.Physical() >= vector.List)
	}
	return t
}

// Headed says that there is no header.
func (t *tokenizer) Headed() bool { return false }

// Head says that all bytes are rows.
func (t *tokenizer) Head([]byte, bool) (int, int64, bool, error) { return 0, 0, false, nil }

// Next fills rows with the objects of the lines of data[from:end] that begin before limit.
func (t *tokenizer) Next(data []byte, from, limit, end int, eof bool, rows *format.Rows) (int, bool) {
	s := scanner{data: data, backslash: -1}
	for s.at = from; rows.N < rows.Max && s.at < limit; {
		begin := s.at
		stop, next := end, end
		if i := bytes.IndexByte(data[begin:end], '\n'); i >= 0 {
			stop, next = begin+i, begin+i+1
		} else if !eof {
			return begin, true
		}
		s.stop = stop
		s.backslash = -1
		if !t.line(&s, rows) {
			return begin, false
		}
		s.at = next
	}
	return s.at, false
}

// line adds the rows of a line. It reports whether the line could be read, or passed over.
func (t *tokenizer) line(s *scanner, rows *format.Rows) bool {
	begin, n := s.at, rows.N
	problem := ""
	switch s.space() {
	case 0:
		rows.Jump(1) // a blank line is no row
		return true
	case '{':
		problem = t.object(s, rows)
	case '[':
		problem = t.array(s, rows)
	default:
		problem = "an object is expected"
	}
	if problem == "" && s.space() != 0 {
		problem = "one object a line is expected, and there is more behind it"
	}
	if problem == "" {
		return true
	}
	rows.Back(n)
	if t.stray.value != nil {
		rows.FailField(problem, t.stray.key, t.stray.value)
		return false
	}
	detail := fmt.Sprintf("broken JSON at byte %d of the line: %s", s.at-begin+1, problem)
	if !t.lenient {
		rows.Fail(detail)
		return false
	}
	rows.Skip(detail)
	rows.Jump(1)
	return true
}

// array adds the elements of a top-level array, a row each. It returns what is wrong, or nothing.
func (t *tokenizer) array(s *scanner, rows *format.Rows) string {
	s.at++
	if s.space() == ']' {
		s.at++
		rows.Jump(1)
		return ""
	}
	for first := true; ; first = false {
		if s.space() != '{' {
			return "an object is expected"
		}
		if !first {
			rows.Jump(-1)
		}
		if problem := t.object(s, rows); problem != "" {
			return problem
		}
		switch s.space() {
		case ',':
			s.at++
		case ']':
			s.at++
			return ""
		default:
			return "a comma or ] is expected"
		}
	}
}

// object adds the object at s as a row. It returns what is wrong, or nothing.
func (t *tokenizer) object(s *scanner, rows *format.Rows) string {
	rows.Grow()
	n := rows.N
	for c := range rows.Spans {
		rows.Spans[c][n] = unset
	}
	s.at++
	if s.space() == '}' {
		s.at++
		return t.done(rows)
	}
	for k := 0; ; k++ {
		column := -1
		if k < len(t.keys) && bytes.HasPrefix(s.data[s.at:s.stop], t.keys[k].written) {
			column = t.keys[k].column
			s.at += len(t.keys[k].written)
		} else if !t.key(s, k, &column) {
			return "a key is expected"
		}
		if column == foreign {
			return t.strayed(s)
		}
		if column < 0 || rows.Spans[column][n] != unset {
			// Not read, or named before: the first one counts.
			if _, what, _ := s.value(); what == brokenValue {
				return "a value is expected"
			}
		} else if problem := t.field(s, column, &rows.Spans[column][n]); problem != "" {
			return problem
		}
		switch s.space() {
		case ',':
			s.at++
			s.space()
		case '}':
			s.at++
			return t.done(rows)
		default:
			return "a comma or } is expected"
		}
	}
}

// strayed ends a row at the value of a key that is not known.
func (t *tokenizer) strayed(s *scanner) string {
	s.space()
	from := s.at
	if _, what, _ := s.value(); what == brokenValue {
		return "a value is expected"
	}
	t.stray.value = s.data[from:s.at]
	return fmt.Sprintf("none of the first rows has the key '%s'", t.stray.key)
}

// done ends a row.
func (t *tokenizer) done(rows *format.Rows) string {
	for c := range rows.Spans {
		if rows.Spans[c][rows.N] != unset {
			continue
		}
		if t.strict {
			return fmt.Sprintf("the field '%s' is missing", t.fields[c].Name)
		}
		rows.Spans[c][rows.N] = format.Null
	}
	rows.N++
	return ""
}

// key passes a key that was not expected, and expects it at this place from now on.
func (t *tokenizer) key(s *scanner, k int, column *int) bool {
	begin := s.at
	if s.at >= s.stop || s.data[s.at] != '"' {
		return false
	}
	v, what, escaped := s.text()
	if what == brokenValue {
		return false
	}
	name := s.data[v.From:v.To]
	if escaped {
		name = bytes.Clone(name) // the key may be expected as it is written
		plain, ok := unescape(name, format.Span{To: int32(len(name))})
		if !ok {
			return false
		}
		name = name[:plain.To]
	}
	*column = -1
	if c, ok := t.byName[string(name)]; ok {
		*column = c
	}
	if s.space() != ':' {
		return false
	}
	s.at++
	if t.known != nil && !t.known[string(name)] && IsName(name) {
		t.stray.key, *column = string(name), foreign
		return true
	}
	if t.changes < maxChanges && k <= len(t.keys) {
		t.changes++
		t.keys = append(t.keys[:k], key{append([]byte(nil), s.data[begin:s.at]...), *column})
	}
	return true
}

// IsName reports whether a column can have the name of a key.
func IsName(key []byte) bool { return len(key) > 0 && utf8.Valid(key) }

// field reads the value of a column into dst. It returns what is wrong, or nothing.
func (t *tokenizer) field(s *scanner, column int, dst *format.Span) string {
	v, what, escaped := s.value()
	switch what {
	case brokenValue:
		return "a value is expected"
	case nullValue:
		v = format.Null
	case textValue:
		if escaped {
			var ok bool
			if v, ok = unescape(s.data, v); !ok {
				return "an escape that JSON does not know"
			}
		}
	case numberValue:
		if t.integer[column] {
			v = whole(s.data, v)
		}
	case nestedValue:
		if t.text[column] {
			v = compact(s.data, v)
		}
	}
	*dst = v
	return ""
}

// whole cuts a fraction of zeros off a number.
func whole(data []byte, v format.Span) format.Span {
	i := bytes.IndexByte(data[v.From:v.To], '.')
	if i < 0 {
		return v
	}
	for _, c := range data[int(v.From)+i+1 : v.To] {
		if c != '0' {
			return v
		}
	}
	return format.Span{From: v.From, To: v.From + int32(i)}
}
