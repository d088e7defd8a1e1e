package json

import (
	"bytes"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"weir/exec/format"
	"weir/parser/diag"
	"weir/vector"
)

// writeBytes are collected before they go to the file: few system calls, and still in the cache.
const writeBytes = 256 << 10

// Writer writes batches as JSON lines: an object per row, its fields in the order of the schema. Decimals are plain
// numbers at their scale, times and binaries (base64) strings, NaN and the infinities too. One goroutine uses it.
type Writer struct {
	out        io.Writer
	buf        []byte
	columns    []*column
	iso        bool
	ignoreNull bool // json.encode.ignore-null-fields
	nullKey    nullKey
	literal    []byte // json.map-null-key.literal as a string of JSON
}

// nullKey is what becomes of an entry of a MAP whose key is NULL.
type nullKey uint8

const (
	failNullKey nullKey = iota
	dropNullKey
	spellNullKey
)

// column writes one column of the schema, or the elements of one. A cell is a comma, the field's name, if it has one,
// and the value.
type column struct {
	w     *Writer
	name  string
	t     vector.Type
	style format.CellStyle
	cells format.Cells
	parts []*column // ARRAY: its elements; MAP: keys and values; MULTISET: elements and counts; ROW: fields
	keys  [][]byte  // of the MAP that is being written
}

// NewWriter makes a writer of rows of the schema. The options are a table's, as catalog has checked them. Instants are
// written in UTC, whatever the zone.
func NewWriter(out io.Writer, schema []vector.Field, options map[string]string, _ *time.Location) (*Writer, error) {
	w := &Writer{out: out,
		iso:        strings.EqualFold(options["json.timestamp-format.standard"], "ISO-8601"),
		ignoreNull: isTrue(options["json.encode.ignore-null-fields"]),
	}
	switch strings.ToUpper(options["json.map-null-key.mode"]) {
	case "DROP":
		w.nullKey = dropNullKey
	case "LITERAL":
		w.nullKey = spellNullKey
	}
	literal, ok := options["json.map-null-key.literal"]
	if !ok {
		literal = "null"
	}
	w.literal = appendString([]byte{','}, []byte(literal))
	for _, f := range schema {
		c, err := w.column(f.Name, f.Type, string(appendString(nil, []byte(f.Name)))+":")
		if err != nil {
			return nil, err
		}
		w.columns = append(w.columns, c)
	}
	return w, nil
}

// column makes the writer of values with a prefix: the field's name and a colon, or nothing.
func (w *Writer) column(name string, t vector.Type, prefix string) (*column, error) {
	c := &column{w: w, name: name, t: t}
	c.style = format.CellStyle{Before: "," + prefix, Null: "," + prefix + "null", Quote: `"`, ISO: w.iso, String: appendString}
	if w.ignoreNull && prefix != "" {
		c.style.Null = ""
	}
	part := func(t vector.Type, prefix string) error {
		p, err := w.column(name, t, prefix)
		c.parts = append(c.parts, p)
		return err
	}
	switch t.Kind {
	case vector.Array:
		if err := part(*t.Elem, ""); err != nil {
			return nil, err
		}
	case vector.Map, vector.Multiset:
		key, value := t.Entry()
		if !writable(t) {
			return nil, diag.New(diag.FormatType, diag.Span{}, "column %s: JSON format doesn't support non-string as key type of %s. The type is: %s", name, pairsName(t), t.Name())
		}
		if err := part(key, ""); err != nil {
			return nil, err
		}
		if err := part(value, ""); err != nil {
			return nil, err
		}
	case vector.Row:
		for _, f := range t.Fields {
			if err := part(f.Type, string(appendString(nil, []byte(f.Name)))+":"); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// Write appends the rows of a batch; what does not fit the buffer goes out.
func (w *Writer) Write(b vector.Batch) error {
	for i, c := range w.columns {
		if err := c.encode(b.Columns[i]); err != nil {
			return err
		}
	}
	for row := range b.Rows {
		from := len(w.buf)
		for _, c := range w.columns {
			w.buf = append(w.buf, c.cells.At(row)...)
		}
		w.buf = append(enclose(w.buf, from, '{'), "}\n"...)
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

// enclose puts the opening bracket before what was appended at from: in place of its first comma.
func enclose(dst []byte, from int, bracket byte) []byte {
	if len(dst) == from {
		return append(dst, bracket)
	}
	dst[from] = bracket
	return dst
}

func (c *column) encode(col vector.Column) error {
	switch c.t.Kind {
	case vector.Array:
		return c.encodeArray(col)
	case vector.Map, vector.Multiset:
		return c.encodeMap(col)
	case vector.Row:
		return c.encodeRow(col)
	}
	c.cells.Encode(col, c.t, &c.style)
	return nil
}

// begin begins the cell of a row with parts and returns where they begin; false: it is NULL.
func (c *column) begin(col vector.Column, row int) (int, bool) {
	if col.IsNull(row) {
		c.cells.Text = append(c.cells.Text, c.style.Null...)
		c.cells.End()
		return 0, false
	}
	c.cells.Text = append(c.cells.Text, c.style.Before...)
	return len(c.cells.Text), true
}

// end ends the cell whose parts begin at from.
func (c *column) end(from int, open, shut byte) {
	c.cells.Text = append(enclose(c.cells.Text, from, open), shut)
	c.cells.End()
}

func (c *column) encodeArray(col vector.Column) error {
	offsets, elems := col.List()
	first := int(offsets[0])
	p := c.parts[0]
	if err := p.encode(elems.Slice(first, int(offsets[len(offsets)-1]))); err != nil {
		return err
	}
	c.cells.Reset(col.Len())
	for i := range col.Len() {
		if from, ok := c.begin(col, i); ok {
			c.cells.Text = append(c.cells.Text, p.cells.Between(int(offsets[i])-first, int(offsets[i+1])-first)...)
			c.end(from, '[', ']')
		}
	}
	return nil
}

func (c *column) encodeRow(col vector.Column) error {
	for k, p := range c.parts {
		if err := p.encode(col.Field(k)); err != nil {
			return err
		}
	}
	c.cells.Reset(col.Len())
	for i := range col.Len() {
		if from, ok := c.begin(col, i); ok {
			for _, p := range c.parts {
				c.cells.Text = append(c.cells.Text, p.cells.At(i)...)
			}
			c.end(from, '{', '}')
		}
	}
	return nil
}

func (c *column) encodeMap(col vector.Column) error {
	offsets, keys, values := col.Pairs()
	first, last := int(offsets[0]), int(offsets[len(offsets)-1])
	keys, values = keys.Slice(first, last), values.Slice(first, last)
	names, contents := c.parts[0], c.parts[1]
	if err := names.encode(keys); err != nil {
		return err
	}
	if err := contents.encode(values); err != nil {
		return err
	}
	named := keys.Validity()
	c.cells.Reset(col.Len())
	for i := range col.Len() {
		at, ok := c.begin(col, i)
		if !ok {
			continue
		}
		c.keys = c.keys[:0]
		for k := int(offsets[i]) - first; k < int(offsets[i+1])-first; k++ {
			name := names.cells.At(k)
			if !named.At(k) {
				switch c.w.nullKey {
				case failNullKey:
					return diag.New(diag.Unwritable, diag.Span{}, "column %s: JSON format doesn't support to serialize %s data with null keys", c.name, pairsName(c.t)).
						WithHint("'json.map-null-key.mode' = 'DROP' in the table's options leaves such entries out, 'LITERAL' writes another key")
				case dropNullKey:
					continue
				}
				name = c.w.literal
			}
			c.keys = append(c.keys, name)
			c.cells.Text = append(append(c.cells.Text, name...), ':')
			c.cells.Text = append(c.cells.Text, contents.cells.At(k)[1:]...) // without its comma
		}
		if k := format.Repeated(len(c.keys), func(i, j int) int { return bytes.Compare(c.keys[i], c.keys[j]) }); k >= 0 {
			return diag.New(diag.Unwritable, diag.Span{}, "column %s: a %s with the key %s twice can't be written as json", c.name, pairsName(c.t), c.keys[k][1:])
		}
		c.end(at, '{', '}')
	}
	return nil
}

// plainByte says of a byte whether it stands for itself within a JSON string and is ASCII.
var plainByte = func() (t [256]bool) {
	for i := 0x20; i < 0x80; i++ {
		t[i] = i != '"' && i != '\\'
	}
	return t
}()

const hexDigits = "0123456789ABCDEF"

// appendString appends a string in quotes. Bytes that are no UTF-8, which JSON cannot hold, become U+FFFD.
func appendString(dst, value []byte) []byte {
	dst = append(dst, '"')
	plain := 0 // value[plain:i] is to be appended as it is
	for i := 0; i < len(value); {
		x := value[i]
		if plainByte[x] {
			i++
			continue
		}
		if x >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(value[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, value[plain:i]...), "\uFFFD"...)
				plain = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, value[plain:i]...)
		switch x {
		case '"', '\\':
			dst = append(dst, '\\', x)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[x>>4], hexDigits[x&15])
		}
		i++
		plain = i
	}
	return append(append(dst, value[plain:]...), '"')
}
