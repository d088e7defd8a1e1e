// Package csv reads comma-separated values: RFC 4180, with Flink's options.
package csv

import (
	"bytes"
	"fmt"
	"strings"

	"weir/exec"
	"weir/exec/format"
	"weir/planner/plan"
	"weir/vector"
)

// Options are the format's options as catalog has checked them.
type Options struct {
	Separator     byte
	Quoted        bool // fields may be quoted
	Quote         byte
	Escaped       bool
	Escape        byte
	AllowComments bool // lines beginning with # are none
	Lenient       bool
	HasNull       bool
	Null          string
	Elements      string // between the elements of an ARRAY
	Header        bool   // the first record is none
	ByPosition    bool   // columns are where they stand, whatever the header says; else it names them
	SkipEmpty     bool   // empty lines are none
	ISO           bool   // T between date and time
}

// NewOptions takes the options out of a table's.
func NewOptions(table map[string]string) Options {
	o := Options{Separator: ',', Quoted: true, Quote: '"', Elements: ";"}
	if v := table["csv.field-delimiter"]; v != "" {
		o.Separator = character(v)
	}
	if v := table["csv.quote-character"]; v != "" {
		o.Quote = character(v)
	}
	if v := table["csv.escape-character"]; v != "" {
		o.Escape = character(v)
		o.Escaped = true
	}
	if v := table["csv.array-element-delimiter"]; v != "" {
		o.Elements = v
	}
	o.Quoted = !isTrue(table["csv.disable-quote-character"])
	o.Escaped = o.Escaped && !(o.Quoted && o.Escape == o.Quote)
	o.AllowComments = isTrue(table["csv.allow-comments"])
	o.Lenient = isTrue(table["csv.ignore-parse-errors"])
	o.ByPosition = strings.EqualFold(table["csv.header"], "skip")
	o.Header = o.ByPosition || isTrue(table["csv.header"])
	o.SkipEmpty = isTrue(table["csv.skip-empty-lines"])
	o.ISO = strings.EqualFold(table["csv.timestamp-format.standard"], "ISO-8601")
	o.Null, o.HasNull = table["csv.null-literal"]
	return o
}

func isTrue(v string) bool { return strings.EqualFold(strings.TrimSpace(v), "true") }

// character is the one that an option names, perhaps as an escape: \t.
func character(v string) byte {
	if len(v) == 2 && v[0] == '\\' {
		return unescaped(v[1])
	}
	return v[0]
}

// NewReader makes a reader of the scan's columns. open opens a split's text; live says that it comes as it is written.
func NewReader(scan *plan.Scan, batchRows int, live bool, open format.OpenFunc) (exec.RangeReader, error) {
	o := NewOptions(scan.Options)
	columns, read, fields := format.Columns(scan)
	r, err := format.NewReader(format.Config{
		Fields:    fields,
		Times:     format.TimeFormat{ShortDate: true, ISO: o.ISO},
		Split:     splitter{o},
		Lenient:   o.Lenient,
		BatchRows: batchRows,
		Exact:     scan.Table.Inferred != nil,
		Advice:    format.Advise(scan, o.advice),
		Open:      open,
		Live:      live,
	}, newTokenizer(o, columns, read))
	if err != nil {
		return nil, err
	}
	return r, nil
}

// advice is what a user can do about a value, or a record, that cannot be read.
func (o Options) advice(field *format.Field, value []byte) string {
	if field != nil && len(value) == 0 && !o.HasNull {
		return "'csv.null-literal' = '' in the table's options reads empty fields as NULL"
	}
	if field != nil && !o.Header && strings.EqualFold(string(value), field.Name) {
		return "'csv.header' = 'true' in the table's options says that the first line of a file names its columns"
	}
	return "'csv.ignore-parse-errors' = 'true' in the table's options makes NULL of such fields and leaves out rows with too many"
}

// splitter finds the parts of ARRAY and ROW, which stand one behind the other with a delimiter between them.
type splitter struct{ Options }

// Check refuses types within types: there is only one delimiter.
func (o splitter) Check(t vector.Type) error {
	refused := t.Physical() == vector.Pairs || t.Kind == vector.Array && t.Elem.Physical() >= vector.List
	for _, f := range t.Fields {
		refused = refused || f.Type.Physical() >= vector.List
	}
	if refused {
		return fmt.Errorf("type %s is not supported by the format csv", t.Name())
	}
	return nil
}

// Elements splits the text of an ARRAY; empty text is an empty one.
func (o splitter) Elements(dst []format.Span, data []byte, s format.Span) ([]format.Span, bool) {
	if s.From == s.To {
		return dst, true
	}
	from := s.From
	for {
		to := s.To
		i := bytes.Index(data[from:s.To], []byte(o.Options.Elements))
		if i >= 0 {
			to = from + int32(i)
		}
		e := format.Span{From: from, To: to}
		if o.HasNull && string(data[from:to]) == o.Null {
			e = format.Null
		}
		dst = append(dst, e)
		if i < 0 {
			return dst, true
		}
		from = to + int32(len(o.Options.Elements))
	}
}

// Fields splits the text of a ROW.
func (o splitter) Fields(dst []format.Span, data []byte, s format.Span, names []string) ([]format.Span, bool) {
	dst, ok := o.Elements(dst, data, s)
	return dst, ok && len(dst) == len(names)
}

// Pairs is not called: Check refuses MAP and MULTISET.
func (o splitter) Pairs(dst []format.Span, _ []byte, _ format.Span) ([]format.Span, bool) {
	return dst, false
}
