package parquet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"weir/catalog"
	"weir/exec/format"
	"weir/parser/diag"
	"weir/vector"
	"weir/vector/kernel"
)

// groupRows end a row group: enough for encodings to pay, and few enough that a reader holds one with ease.
const groupRows = 128 << 10

// Writer writes batches as a Parquet file: row groups as they get full, the footer with Flush. One goroutine uses it.
type Writer struct {
	out     *sticky
	file    *file.Writer
	columns []*field
	group   file.BufferedRowGroupWriter // nil: none is open
	rows    int                         // of group
	bytes   int64                       // of group, in memory
	block   int64                       // at which a group ends
}

// sticky keeps the first error of a writer: the library loses some on the way.
type sticky struct {
	io.Writer
	err error
}

func (s *sticky) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.Writer.Write(p)
	s.err = err
	return n, err
}

// options are the format's, as catalog has checked them.
type options struct {
	compression compress.Compression
	block, page int64
	dictionary  bool
	int96       bool
	digits      int // of written times, behind the second; 0: as few as hold the type's
}

func newOptions(table map[string]string) options {
	o := options{compression: compress.Codecs.Snappy, block: 128 << 20, page: 1 << 20, dictionary: true}
	for name, c := range map[string]compress.Compression{"uncompressed": compress.Codecs.Uncompressed, "gzip": compress.Codecs.Gzip,
		"brotli": compress.Codecs.Brotli, "zstd": compress.Codecs.Zstd} {
		if strings.EqualFold(table["parquet.compression"], name) {
			o.compression = c
		}
	}
	if n, err := catalog.ParseMemory(table["parquet.block.size"], 0); err == nil && n > 0 {
		o.block = n
	}
	if n, err := catalog.ParseMemory(table["parquet.page.size"], 0); err == nil && n > 0 {
		o.page = n
	}
	is := func(key, word string) bool { return strings.EqualFold(strings.TrimSpace(table[key]), word) }
	o.dictionary = !is("parquet.enable.dictionary", "false")
	o.int96 = is("parquet.write.int64.timestamp", "false")
	for digits, unit := range map[int]string{3: "millis", 6: "micros", 9: "nanos"} {
		if is("parquet.timestamp.time.unit", unit) {
			o.digits = digits
		}
	}
	return o
}

// NewWriter makes a writer of rows of the schema. Instants are written in UTC, whatever the zone.
func NewWriter(out io.Writer, columns []vector.Field, table map[string]string, _ *time.Location) (w *Writer, err error) {
	o := newOptions(table)
	w = &Writer{out: &sticky{Writer: out}, block: o.block}
	s := &shaper{options: o}
	nodes := make(schema.FieldList, len(columns))
	for i, c := range columns {
		f, node, err := s.field(c.Name, c.Name, c.Type, 0, 0)
		if err != nil {
			return nil, diag.New(diag.FormatType, diag.Span{}, "column %s: %s", c.Name, err)
		}
		nodes[i] = node
		w.columns = append(w.columns, f)
	}
	root, err := schema.NewGroupNode("weir_schema", parquet.Repetitions.Required, nodes, -1)
	if err != nil {
		return nil, err
	}
	defer w.recovered(&err)
	w.file = file.NewParquetWriter(w.out, root, file.WithWriterProps(parquet.NewWriterProperties(
		parquet.WithCompression(o.compression), parquet.WithDataPageSize(o.page), parquet.WithDictionaryDefault(o.dictionary), parquet.WithCreatedBy("weir"))))
	return w, nil
}

// recovered turns a panic of the library into an error.
func (w *Writer) recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the file can't be encoded: %v", p)
	}
	if w.out.err != nil {
		*err = w.out.err
	}
}

// Write appends the rows of a batch.
func (w *Writer) Write(b vector.Batch) (err error) {
	defer w.recovered(&err)
	for from := 0; from < b.Rows; {
		if w.group == nil {
			w.group = w.file.AppendBufferedRowGroup()
		}
		n := min(b.Rows-from, groupRows-w.rows)
		part := b.Slice(from, from+n)
		for i, f := range w.columns {
			if err := f.write(w.group, part.Columns[i]); err != nil {
				return err
			}
		}
		from += n
		w.rows += n
		if w.bytes += part.Size(); w.rows == groupRows || w.bytes >= w.block {
			if err := w.endGroup(); err != nil {
				return err
			}
		}
	}
	return nil
}

// endGroup writes the row group out.
func (w *Writer) endGroup() error {
	if w.group == nil {
		return nil
	}
	err := w.group.Close()
	w.group, w.rows, w.bytes = nil, 0, 0
	return err
}

// Flush completes the file. Nothing is written behind it.
func (w *Writer) Flush() (err error) {
	defer w.recovered(&err)
	if err := w.endGroup(); err != nil {
		return err
	}
	return w.file.FlushWithFooter()
}

// field writes one node of a column's type.
type field struct {
	path     string // as r.a, l.element, m.value
	typ      vector.Type
	optional bool
	def      int16    // of a value that is there
	elemRep  int16    // ARRAY, MAP: of elements but the first
	parts    []*field // ARRAY: its elements; MAP: keys, values; ROW: fields
	column   int      // of a leaf
	leaf     leafWriter
}

// leafWriter writes the values of a leaf: those of the rows that are not negative; rows nil: all of col.
type leafWriter func(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error

// shaper makes the schema of a file.
type shaper struct {
	options
	leaves int
}

// field makes the writer and the schema of a node below the given levels; path ends with its name.
func (s *shaper) field(path, name string, t vector.Type, def, rep int16) (*field, schema.Node, error) {
	f := &field{path: path, typ: t, optional: t.Nullable, def: def}
	repetition := parquet.Repetitions.Required
	if t.Nullable {
		repetition = parquet.Repetitions.Optional
		f.def++
	}
	part := func(name string, t vector.Type, def, rep int16) (schema.Node, error) {
		p, node, err := s.field(path+"."+name, name, t, def, rep)
		f.parts = append(f.parts, p)
		return node, err
	}
	switch t.Kind {
	case vector.Row:
		var nodes schema.FieldList
		for _, x := range t.Fields {
			node, err := part(x.Name, x.Type, f.def, rep)
			if err != nil {
				return nil, nil, err
			}
			nodes = append(nodes, node)
		}
		node, err := schema.NewGroupNode(name, repetition, nodes, -1)
		return f, node, err
	case vector.Array:
		f.elemRep = rep + 1
		elem, err := part("element", *t.Elem, f.def+1, rep+1)
		if err != nil {
			return nil, nil, err
		}
		list, err := schema.NewGroupNode("list", parquet.Repetitions.Repeated, schema.FieldList{elem}, -1)
		if err != nil {
			return nil, nil, err
		}
		node, err := schema.NewGroupNodeLogical(name, repetition, schema.FieldList{list}, schema.NewListLogicalType(), -1)
		return f, node, err
	case vector.Map, vector.Multiset:
		f.elemRep = rep + 1
		k, v := t.Entry()
		key, err := part("key", k.NotNull(), f.def+1, rep+1)
		if err != nil {
			return nil, nil, err
		}
		value, err := part("value", v, f.def+1, rep+1)
		if err != nil {
			return nil, nil, err
		}
		pair, err := schema.NewGroupNode("key_value", parquet.Repetitions.Repeated, schema.FieldList{key, value}, -1)
		if err != nil {
			return nil, nil, err
		}
		node, err := schema.NewGroupNodeLogical(name, repetition, schema.FieldList{pair}, schema.MapLogicalType{}, -1)
		return f, node, err
	}
	if err := readable(t); err != nil {
		return nil, nil, err
	}
	form := s.form(t)
	if form.logical == nil {
		form.logical = schema.NoLogicalType{}
	}
	node, err := schema.NewPrimitiveNodeLogical(name, repetition, form.logical, form.physical, form.size, -1)
	f.column, f.leaf = s.leaves, form.write
	s.leaves++
	return f, node, err
}

// entries are the values of a node: the row of its column that each is, below 0: none, and its levels.
type entries struct {
	rows       []int32
	defs, reps []int16
}

var errNull = errors.New("a NULL can't be written: its type is NOT NULL")

// write writes a column of the table.
func (f *field) write(g file.BufferedRowGroupWriter, col vector.Column) error {
	n := col.Len()
	if f.leaf == nil {
		e := entries{make([]int32, n), make([]int16, n), make([]int16, n)}
		for i := range e.rows {
			e.rows[i] = int32(i)
		}
		return f.shred(g, col, e)
	}
	w, err := g.Column(f.column)
	if err != nil {
		return err
	}
	v := col.Validity()
	if !f.optional {
		if !v.All() {
			return f.wrong(errNull)
		}
		return f.wrong(f.leaf(w, col, nil, nil, nil))
	}
	defs := make([]int16, n)
	if v.All() {
		for i := range defs {
			defs[i] = 1
		}
		return f.wrong(f.leaf(w, col, nil, defs, nil))
	}
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = -1
		if v.At(i) {
			rows[i], defs[i] = int32(i), 1
		}
	}
	return f.wrong(f.leaf(w, col, rows, defs, nil))
}

// wrong names the column in an error.
func (f *field) wrong(err error) error {
	if err == nil {
		return nil
	}
	return diag.New(diag.Unwritable, diag.Span{}, "column %s: %s", f.path, err)
}

// shred writes the leaves below a node. It changes e.
func (f *field) shred(g file.BufferedRowGroupWriter, col vector.Column, e entries) error {
	for i, row := range e.rows {
		switch {
		case row < 0:
		case !col.IsNull(int(row)):
			e.defs[i] = f.def
		case f.optional:
			e.rows[i] = -1
		default:
			return f.wrong(errNull)
		}
	}
	switch f.typ.Kind {
	case vector.Row:
		_, fields := col.Struct()
		for i, p := range f.parts {
			own := entries{append([]int32(nil), e.rows...), append([]int16(nil), e.defs...), append([]int16(nil), e.reps...)}
			if err := p.shred(g, fields[i], own); err != nil {
				return err
			}
		}
		return nil
	case vector.Array:
		offsets, elems := col.List()
		return f.parts[0].shred(g, elems, f.unfold(e, offsets))
	case vector.Map, vector.Multiset:
		offsets, keys, values := col.Pairs()
		if err := f.checkKeys(e, offsets, keys); err != nil {
			return err
		}
		if err := f.parts[0].shred(g, keys, f.unfold(e, offsets)); err != nil {
			return err
		}
		return f.parts[1].shred(g, values, f.unfold(e, offsets))
	}
	w, err := g.Column(f.column)
	if err != nil {
		return err
	}
	return f.wrong(f.leaf(w, col, e.rows, e.defs, e.reps))
}

// checkKeys refuses a MAP with a key twice, which other readers do not take.
func (f *field) checkKeys(e entries, offsets []int32, keys vector.Column) error {
	for _, row := range e.rows {
		if row < 0 {
			continue
		}
		from := int(offsets[row])
		order := func(i, j int) int { return kernel.Order(keys, from+i, keys, from+j) }
		if k := format.Repeated(int(offsets[row+1])-from, order); k >= 0 && !keys.IsNull(from+k) {
			key, _ := f.typ.Entry()
			if !key.IsString() {
				return f.wrong(errors.New("a map with a key twice can't be written as parquet"))
			}
			return f.wrong(fmt.Errorf("a map with the key \"%s\" twice can't be written as parquet", keys.Strings().At(from+k)))
		}
	}
	return nil
}

// unfold returns the elements of lists.
func (f *field) unfold(e entries, offsets []int32) entries {
	var out entries
	add := func(row int32, def, rep int16) {
		out.rows, out.defs, out.reps = append(out.rows, row), append(out.defs, def), append(out.reps, rep)
	}
	for i, row := range e.rows {
		if row < 0 || offsets[row] == offsets[row+1] {
			add(-1, e.defs[i], e.reps[i])
			continue
		}
		rep := e.reps[i]
		for k := offsets[row]; k < offsets[row+1]; k++ {
			add(k, f.def+1, rep)
			rep = f.elemRep
		}
	}
	return out
}
