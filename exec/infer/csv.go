package infer

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"weir/exec/format/csv"
	"weir/parser/diag"
)

// dialect is how records are written.
type dialect struct {
	separator byte
	quote     byte
	escape    byte // 0: none
	unquoted  bool // quotes mean nothing
}

// separators, the likeliest first.
var separators = []byte{',', ';', '\t', '|'}

// ways to quote, the likeliest first.
var ways = []dialect{{quote: '"'}, {quote: '"', escape: '\\'}, {quote: '"', unquoted: true}, {quote: '\''}}

// sniffRows are compared to find the dialect; types take more.
const sniffRows = 1000

func (d dialect) options() csv.Options {
	return csv.Options{Separator: d.separator, Quoted: !d.unquoted, Quote: d.quote, Escaped: d.escape != 0, Escape: d.escape}
}

// table are the options of a table.
func (d dialect) table() map[string]string {
	o := map[string]string{"csv.null-literal": ""}
	switch d.separator {
	case ',':
	case '\t':
		o["csv.field-delimiter"] = `\t`
	default:
		o["csv.field-delimiter"] = string(d.separator)
	}
	if d.quote != '"' && !d.unquoted {
		o["csv.quote-character"] = string(d.quote)
	}
	if d.escape != 0 {
		o["csv.escape-character"] = string(d.escape)
	}
	if d.unquoted {
		o["csv.disable-quote-character"] = "true"
	}
	return o
}

// shape is what a text looks like in a dialect.
type shape struct {
	dialect
	problem string      // what breaks the rules
	counts  map[int]int // records by number of fields, empty lines left out
	fields  int         // of most records
	records int
	first   int // fields of the first record
	split   int // records with more fields than one
	typed   int // fields of the second record that are no text
}

// likely reports whether most records have as many fields, more than one. In a file that is called CSV it is enough that
// the first record and most of the others have several. even reports whether all have as many.
func (s *shape) likely(called bool) bool {
	return s.fields > 1 && (2*s.counts[s.fields] > s.records || called && s.first > 1 && 2*s.split > s.records)
}

func (s *shape) even() bool { return s.records > 0 && s.counts[s.fields] == s.records }

// choice is what a text may be, as far as the user has not said what it is.
type choice struct {
	separators []byte
	ways       []dialect
	told       bool // the user has said how fields are quoted
	comments   bool // lines that begin with # are none
}

// choiceOf leaves out what the options of a user exclude.
func choiceOf(options map[string]string) choice {
	o := csv.NewOptions(options)
	c := choice{separators: separators, ways: ways, comments: o.AllowComments}
	if _, given := options["csv.field-delimiter"]; given {
		c.separators = []byte{o.Separator}
	}
	for _, key := range []string{"csv.quote-character", "csv.disable-quote-character", "csv.escape-character"} {
		_, given := options[key]
		c.told = c.told || given
	}
	if c.told {
		way := dialect{quote: o.Quote, unquoted: !o.Quoted}
		if o.Escaped {
			way.escape = o.Escape
		}
		c.ways = []dialect{way}
	}
	return c
}

// next is Next of records, behind comments.
func (c choice) next(r *csv.Records, t *text, at int) (fields [][]byte, from, next int, problem string) {
	for c.comments && at < len(t.data) && t.data[at] == '#' {
		i := bytes.IndexByte(t.data[at:], '\n')
		switch {
		case i >= 0:
			at += i + 1
		case t.eof:
			return nil, at, len(t.data), ""
		default:
			return nil, at, at, ""
		}
	}
	fields, next, problem = r.Next(t.data, at, t.eof)
	return fields, at, next, problem
}

// sniff takes the text apart in a dialect.
func (c choice) sniff(t *text, d dialect) *shape {
	s := &shape{dialect: d, counts: map[int]int{}}
	r := csv.NewRecords(d.options())
	at := 0
	for at < len(t.data) && s.records < sniffRows {
		fields, from, next, problem := c.next(r, t, at)
		if problem != "" {
			s.problem = problem
			break
		}
		if next == from {
			break
		}
		if fields != nil && !isEmptyLine(t.data[from:next]) {
			if s.records == 1 {
				for _, f := range fields {
					if e := (&evidence{}); e.classify(f) != other {
						s.typed++
					}
				}
			}
			if s.records++; s.records == 1 {
				s.first = len(fields)
			}
			if s.counts[len(fields)]++; len(fields) > 1 {
				s.split++
			}
		}
		at = next
	}
	if s.problem == "" && !t.eof && s.records < sniffRows && at < len(t.data)/2 {
		s.problem = "a quote is opened and not closed for long" // half of the text is one record
	}
	for n, c := range s.counts {
		if n == 1 && 2*s.split > s.records {
			continue
		}
		if c > s.counts[s.fields] || c == s.counts[s.fields] && n > s.fields {
			s.fields = n
		}
	}
	return s
}

// isEmptyLine reports whether a record is a line without text.
func isEmptyLine(record []byte) bool {
	return string(record) == "\n" || string(record) == "\r\n" || string(record) == "\r"
}

// sniffAll finds the dialect of a text: with it all records have as many fields, and as many as possible. Else one with
// which most have, or a separator that is nowhere.
func (c choice) sniffAll(t *text) *shape {
	var most, one, broken *shape
	called := extension(t.path) == ".csv" || extension(t.path) == ".tsv" || extension(t.path) == ".psv"
	quotes := false // the usual ones break the rules
	for _, way := range c.ways {
		otherwise := way.escape != 0 || way.unquoted
		if !c.told && (otherwise && !quotes || way.quote != '"' && quotes) {
			continue
		}
		var best *shape
		for _, separator := range c.separators {
			if way.separator = separator; !c.told && way.unquoted && (separator == ',' || separator == ';') {
				continue // there a quote is one, or the text is broken
			}
			s := c.sniff(t, way)
			switch {
			case s.problem != "":
				quotes = quotes || way.quote == '"'
				if broken == nil || s.fields > broken.fields {
					broken = s
				}
			case s.even() && s.fields > 1:
				if best == nil || s.fields > best.fields || s.fields == best.fields && s.typed > best.typed {
					best = s
				}
			case s.likely(called):
				if most == nil || s.counts[s.fields] > most.counts[most.fields] {
					most = s
				}
			case s.even():
				if one == nil {
					one = s
				}
			}
		}
		if best != nil {
			return best
		}
	}
	switch {
	case most != nil:
		return most
	case one != nil && (broken == nil || broken.fields < 2):
		return one
	}
	return broken
}

// sampleCSV looks at the first records.
func sampleCSV(t *Table, text *text, rows int) (*sample, error) {
	for bytes.Count(text.data, []byte("\n")) <= sniffRows {
		if grown, err := text.more(); err != nil {
			return nil, err
		} else if !grown {
			break
		}
	}
	if len(bytes.TrimSpace(text.data)) == 0 {
		return nil, nil
	}
	choice := choiceOf(t.given)
	shape := choice.sniffAll(text)
	if shape == nil || shape.problem != "" || shape.fields == 0 {
		return nil, noTable(text.path, shape)
	}
	s := &sample{options: shape.table()}
	c := &csvSample{shape: shape, choice: choice, null: []byte(t.given["csv.null-literal"]), columns: make([]Column, shape.fields)}
	if err := c.read(text, rows); err != nil {
		return nil, err
	}
	header := c.header()
	if told, ok := t.given["csv.header"]; ok {
		header = !strings.EqualFold(told, "false")
	}
	cells := make([]string, shape.fields)
	switch {
	case header:
		copy(cells, c.first)
	default:
		c.take(c.first)
	}
	names := columnNames(cells)
	for i := range c.columns {
		c.columns[i].Name = names[i]
	}
	if header {
		s.options["csv.header"] = "skip"
		if slices.EqualFunc(names, c.first, func(name, cell string) bool { return name == strings.TrimSpace(cell) }) {
			s.options["csv.header"] = "true"
		}
	}
	if c.empty && shape.fields > 1 {
		s.options["csv.skip-empty-lines"] = "true"
	}
	s.columns = c.columns
	if c.odd >= 0 && !strings.EqualFold(t.given["csv.ignore-parse-errors"], "true") {
		return nil, c.ragged(t, text, s)
	}
	return s, nil
}

// noTable says that no dialect fits.
func noTable(path string, s *shape) error {
	d := diag.New(codeRagged, diag.Span{}, "%s: its lines have no delimiter in common, of comma, semicolon, tab and |", path).
		WithHint("CREATE TABLE says what the file is: ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv', 'csv.field-delimiter' = '…')", path)
	if s != nil && s.problem != "" {
		d.Message = fmt.Sprintf("%s is no CSV: %s", path, s.problem)
	}
	return d
}

// csvSample is what the records of a file tell.
type csvSample struct {
	*shape
	choice
	null    []byte // the text that is NULL
	columns []Column
	first   []string // the first record: a header perhaps
	again   []bool   // a value of a column is its cell in the first record
	rows    int
	empty   bool // there are empty lines
	odd     int  // where the first record with another number of fields begins, -1: none
	oddSize int  // its fields
}

// read takes in so many records.
func (c *csvSample) read(t *text, rows int) error {
	r := csv.NewRecords(c.options())
	c.odd = -1
	for at := 0; c.rows < rows; {
		fields, from, next, problem := c.next(r, t, at)
		at = from
		if problem != "" {
			return diag.New(codeRagged, diag.Span{}, "%s:%d: %s", t.path, t.line(at), problem)
		}
		if next == at {
			grown, err := t.more()
			if err != nil {
				return err
			}
			if !grown || at == len(t.data) {
				return nil
			}
			continue
		}
		switch {
		case fields == nil: // a comment, the last line
		case c.shape.fields > 1 && isEmptyLine(t.data[at:next]):
			c.empty = true
		case len(fields) != c.shape.fields:
			if c.odd < 0 {
				c.odd, c.oddSize = at, len(fields)
			}
		case c.first == nil:
			for _, f := range fields {
				c.first = append(c.first, string(f))
			}
			c.again = make([]bool, len(fields))
		default:
			for i, f := range fields {
				c.columns[i].take(f, c.null)
				c.again[i] = c.again[i] || string(f) == c.first[i]
			}
			c.rows++
		}
		if at = next; at == len(t.data) && t.eof {
			return nil
		}
	}
	return nil
}

// take takes in a field, which may be that of NULL.
func (c *Column) take(f, null []byte) {
	if bytes.Equal(f, null) {
		c.nulls = true
		return
	}
	c.evidence.text(f)
}

// take takes in a record that came first, in front of all others.
func (c *csvSample) take(record []string) {
	for i, f := range record {
		first := Column{}
		first.take([]byte(f), c.null)
		rest := c.columns[i]
		c.columns[i] = first
		c.columns[i].nulls = first.nulls || rest.nulls
		rise := first.evidence.rise
		c.columns[i].evidence.join(&rest.evidence)
		c.columns[i].evidence.rise = rise.before(&rest.evidence.rise)
	}
}

// header reports whether the first record names the columns: where a column has a type other than STRING, by a cell that
// is no value of it. Where all are texts, names look like names, differ from each other and don't come again below.
func (c *csvSample) header() bool {
	texts, distinct := true, map[string]bool{}
	for i, cell := range c.first {
		var e evidence
		if cell != "" {
			e.text([]byte(cell))
		}
		if e.seen&^other != 0 || !looksLikeName(cell) {
			texts = false
		}
		if rest := c.columns[i].evidence.seen; rest&other == 0 && rest != 0 {
			if e.seen == other {
				return true
			}
			texts = false
		}
		distinct[cell] = true
	}
	return texts && len(distinct) == len(c.first) && !slices.Contains(c.again, true)
}

// looksLikeName reports whether a text is what people call columns: words, but no address and no sentence.
func looksLikeName(s string) bool {
	for i, r := range strings.TrimSpace(s) {
		letter := unicode.IsLetter(r) || unicode.IsMark(r) || r == '_'
		if i == 0 && !letter || i > 0 && !letter && !unicode.IsDigit(r) && !strings.ContainsRune(" -./()[]%#:&", r) {
			return false
		}
	}
	return strings.TrimSpace(s) != ""
}

// ragged says that records have not all the same fields, and how to read the others.
func (c *csvSample) ragged(t *Table, text *text, s *sample) error {
	guess := &Table{Name: t.Name, Path: t.Path, Format: "csv", Columns: s.columns, Options: maps.Clone(s.options)}
	guess.settle()
	return &RaggedError{
		Diagnostic: diag.New(codeRagged, diag.Span{}, "%s:%d: a record with %s among those with %d", text.path, text.line(c.odd), plural(c.oddSize, "field"), c.shape.fields),
		Table:      guess.Widened("", nil),
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// RaggedError says that records of a file have not all the same fields. Table reads the others.
type RaggedError struct {
	*diag.Diagnostic
	Table *Table
}

// Unwrap returns the Diagnostic.
func (e *RaggedError) Unwrap() error { return e.Diagnostic }
