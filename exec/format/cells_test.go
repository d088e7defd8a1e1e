package format_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/format"
	"weir/exec/format/csv"
	"weir/exec/format/json"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// inMemory is the text of a split.
type inMemory struct{ *bytes.Reader }

func (m inMemory) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	return m.Reader.ReadAt(p, off)
}
func (inMemory) Close() error { return nil }

// every is a schema of every type that both formats read.
var every = []vector.Field{
	{Name: "id", Type: vector.BigIntType},
	{Name: "boolean", Type: vector.BooleanType}, {Name: "tiny", Type: vector.TinyIntType}, {Name: "small", Type: vector.SmallIntType},
	{Name: "int", Type: vector.IntType}, {Name: "float", Type: vector.FloatType}, {Name: "double", Type: vector.DoubleType},
	{Name: "decimal", Type: vector.DecimalType(38, 10)}, {Name: "money", Type: vector.DecimalType(9, 2)},
	{Name: "string", Type: vector.StringType}, {Name: "bytes", Type: vector.BytesType},
	{Name: "date", Type: vector.DateType}, {Name: "time", Type: vector.TimeType},
	{Name: "ts0", Type: vector.TimestampType(0)}, {Name: "ts3", Type: vector.TimestampType(3)}, {Name: "ts6", Type: vector.TimestampType(6)}, {Name: "ts9", Type: vector.TimestampType(9)},
	{Name: "ltz3", Type: vector.TimestampLTZType(3)}, {Name: "numbers", Type: vector.ArrayType(vector.IntType)}, {Name: "words", Type: vector.ArrayType(vector.StringType)},
}

// word is a random string of characters that mean something to a format; never the null literal.
func word(r *rand.Rand, delimiter bool) string {
	alphabet := []rune("ab ,\"\n\r\\#'\té😀{}[]:\x01")
	if delimiter {
		alphabet = append(alphabet, ';')
	}
	s := "w" // no word is empty: an empty array would look like an array of one empty word
	for range r.IntN(6) {
		s += string(alphabet[r.IntN(len(alphabet))])
	}
	return s
}

// words makes a column of strings; n of them.
func words(r *rand.Rand, n int, delimiter bool, valid vector.Bitmap, binary bool) vector.Column {
	offsets, data := []int32{0}, []byte{}
	for range n {
		data = append(data, word(r, delimiter)...)
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, valid, binary)
}

// column makes n random values of a type; arrays have so many elements at least.
func column(r *rand.Rand, t vector.Type, n, elements int, valid vector.Bitmap) vector.Column {
	second := func() int64 { return r.Int64N(253402300799+62135596800) - 62135596800 } // years 1 to 9999
	switch t.Kind {
	case vector.Boolean:
		bits := vector.NewBitmap(n, false)
		for i := range n {
			if r.IntN(2) == 0 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, n, valid)
	case vector.TinyInt:
		return vector.NewColumn(fill(n, func() int8 { return int8(r.Uint64()) }), valid)
	case vector.SmallInt:
		return vector.NewColumn(fill(n, func() int16 { return int16(r.Uint64()) }), valid)
	case vector.Int:
		return vector.NewColumn(fill(n, func() int32 { return int32(r.Uint64()) >> r.IntN(32) }), valid)
	case vector.BigInt:
		return vector.NewColumn(fill(n, func() int64 { return int64(r.Uint64()) >> r.IntN(64) }), valid)
	case vector.Float:
		return vector.NewColumn(fill(n, func() float32 { return math.Float32frombits(r.Uint32()) }), valid)
	case vector.Double:
		return vector.NewColumn(fill(n, func() float64 { return math.Float64frombits(r.Uint64()) }), valid)
	case vector.Decimal:
		if t.Precision < 18 {
			return vector.NewColumn(fill(n, func() vector.Num128 { return vector.Int128(r.Int64N(1999999999) - 999999999) }), valid)
		}
		return vector.NewColumn(fill(n, func() vector.Num128 { return vector.NewInt128(int64(r.Uint64())>>(2+r.IntN(60)), r.Uint64()) }), valid)
	case vector.Varchar:
		return words(r, n, true, valid, false)
	case vector.Varbinary:
		return words(r, n, true, valid, true)
	case vector.Date:
		return vector.NewColumn(fill(n, func() int32 { return int32(second() / 86400) }), valid)
	case vector.TimeOfDay:
		return vector.NewColumn(fill(n, func() int32 { return 1000 * r.Int32N(86400) }), valid)
	case vector.Timestamp, vector.TimestampLTZ:
		switch t.Precision {
		case 0:
			return vector.NewColumn(fill(n, func() int64 { return 1000 * second() }), valid)
		case 3:
			return vector.NewColumn(fill(n, func() int64 { return 1000*second() + r.Int64N(1000) }), valid)
		case 6:
			return vector.NewColumn(fill(n, func() int64 { return 1e6*second() + r.Int64N(1e6) }), valid)
		}
		return vector.NewColumn(fill(n, func() vector.Num128 { return vector.NewInt128(1e6*second()+r.Int64N(1e6), r.Uint64N(1000)) }), valid)
	case vector.Array:
		offsets := []int32{0}
		for range n {
			offsets = append(offsets, offsets[len(offsets)-1]+int32(elements)+r.Int32N(4))
		}
		k := int(offsets[n])
		if t.Elem.Kind == vector.Varchar {
			return vector.NewList(offsets, words(r, k, false, nil, false), valid)
		}
		return vector.NewList(offsets, column(r, *t.Elem, k, 0, nil), valid)
	}
	panic(t.String())
}

func fill[T any](n int, value func() T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = value()
	}
	return out
}

// TestWrittenReadsBack writes random rows of every type and reads them with the format's own reader, in ranges of
// every size.
func TestWrittenReadsBack(t *testing.T) {
	type formatWriter interface {
		Write(vector.Batch) error
		Flush() error
	}
	for _, c := range []struct {
		name    string
		options map[string]string
		// elements of each array at least: an empty one is nothing in csv, which may be the null literal
		elements int
	}{
		{"csv", map[string]string{"csv.null-literal": "n/a"}, 0},
		{"csv", map[string]string{"csv.null-literal": "", "csv.field-delimiter": "\\t"}, 1},
		{"csv", map[string]string{"csv.null-literal": "NULL", "csv.field-delimiter": ":", "csv.quote-character": "'", "csv.escape-character": "\\", "csv.allow-comments": "true", "csv.header": "true"}, 0},
		{"csv", map[string]string{"csv.null-literal": "-", "csv.field-delimiter": "|", "csv.array-element-delimiter": ";"}, 0},
		{"json", nil, 0},
		{"json", map[string]string{"json.timestamp-format.standard": "ISO-8601", "json.encode.ignore-null-fields": "true"}, 0},
	} {
		table := &catalog.Table{Identifier: catalog.Default("t"), Options: c.options}
		scan := &plan.Scan{Table: table, Options: c.options}
		for i, f := range every {
			table.Columns = append(table.Columns, catalog.Column{Name: f.Name, Type: f.Type})
			scan.Read = append(scan.Read, i)
		}
		for seed := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, 7))
			n := 1 + r.IntN(40)
			b := vector.Batch{Rows: n}
			for i, f := range every {
				var valid vector.Bitmap
				if i > 0 && r.IntN(2) == 0 {
					valid = vector.NewBitmap(n, true)
					for range r.IntN(n + 1) {
						valid.Clear(r.IntN(n))
					}
				}
				b.Columns = append(b.Columns, column(r, f.Type, n, c.elements, valid))
			}
			var text bytes.Buffer
			var w formatWriter
			var err error
			if c.name == "csv" {
				w, err = csv.NewWriter(&text, every, c.options, time.UTC)
			} else {
				w, err = json.NewWriter(&text, every, c.options, time.UTC)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			open := func(context.Context, exec.Split) (format.Bytes, error) {
				return inMemory{bytes.NewReader(text.Bytes())}, nil
			}
			var reader exec.RangeReader
			if c.name == "csv" {
				reader, err = csv.NewReader(scan, 1+r.IntN(50), false, open)
			} else {
				reader, err = json.NewReader(scan, 1+r.IntN(50), false, open)
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, c.name, c.options, seed, b, read(t, reader, text.Bytes()), text.String())
			if t.Failed() {
				return
			}
		}
	}
}

// read reads a text as one range.
func read(t *testing.T, reader exec.RangeReader, text []byte) []vector.Batch {
	t.Helper()
	size := int64(len(text))
	if err := reader.Reopen(t.Context(), exec.Range{Split: exec.Split{Path: "t", Size: size}, To: size}); err != nil {
		t.Fatal(err)
	}
	var all []vector.Batch
	for {
		b, err := reader.Next(t.Context())
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		all = append(all, b)
	}
}

func compare(t *testing.T, name string, options map[string]string, seed uint64, wrote vector.Batch, batches []vector.Batch, text string) {
	t.Helper()
	row := 0
	for _, b := range batches {
		for i := range b.Rows {
			for k, f := range every {
				want, got := shown(wrote.Columns[k], f.Type, row), shown(b.Columns[k], f.Type, i)
				if want != got {
					t.Errorf("%s %v, seed %d, row %d, column %s: wrote %s, read %s\n%s", name, options, seed, row, f.Name, want, got, text)
					return
				}
			}
			row++
		}
	}
	if row != wrote.Rows {
		t.Errorf("%s %v, seed %d: wrote %d rows, read %d\n%s", name, options, seed, wrote.Rows, row, text)
	}
}

func shown(c vector.Column, t vector.Type, row int) string {
	if c.IsNull(row) {
		return "<NULL>"
	}
	return string(kernel.AppendText(nil, c, t, row, time.UTC))
}

// Times of one second after the other are written as each of them alone.
func TestCellsOfTimesInARow(t *testing.T) {
	values := []int64{-2001, -2000, -1999, -1001, -1, 0, 1, 999, 1000, 1001, 999, 86399999, 86400000, -62135596800000, -62135596799999, 1577934245600, 1577934245601, 1577934245099}
	for _, precision := range []int{0, 2, 3} {
		typ := vector.TimestampType(precision)
		var all, one format.Cells
		all.Encode(vector.NewColumn(values, nil), typ, &format.CellStyle{})
		for i, v := range values {
			one.Encode(vector.NewColumn([]int64{v}, nil), typ, &format.CellStyle{})
			if string(all.At(i)) != string(one.At(0)) {
				t.Errorf("TIMESTAMP(%d) %d is %s behind others, alone %s", precision, v, all.At(i), one.At(0))
			}
		}
	}
}
