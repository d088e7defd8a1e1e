package vector

import (
	"fmt"
	"math/big"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Num128 is the value of an I128 column.
type Num128 = decimal128.Num

// Column is one immutable Arrow array. The zero Column holds nothing.
type Column struct {
	arr  arrow.Array
	dict *Dict
	// entries are those of a dictionary array, which itself makes them anew on first use: not from two goroutines at once.
	entries arrow.Array
}

// Dict is the growing dictionary of one reader's string column. A code keeps its meaning for the life of the Dict, so
// what is remembered about codes (hash, slot) may be kept by the identity of the Dict. One goroutine, the reader's,
// calls its methods; columns refer to the part that existed when they were made.
type Dict struct {
	offsets []int32
	data    []byte
	made    arrow.Array // of the entries when last asked
}

// NewDict returns an empty dictionary.
func NewDict() *Dict { return &Dict{offsets: []int32{0}} }

// Len is the number of entries.
func (d *Dict) Len() int { return len(d.offsets) - 1 }

// Bytes is the size of all entries.
func (d *Dict) Bytes() int { return len(d.data) }

// Add appends an entry, which the caller knows to be new, and returns its code.
func (d *Dict) Add(value []byte) int32 {
	d.data = append(d.data, value...)
	d.offsets = append(d.offsets, int32(len(d.data)))
	return int32(len(d.offsets) - 2)
}

// At returns entry code; valid until the next Add.
func (d *Dict) At(code int32) []byte { return d.data[d.offsets[code]:d.offsets[code+1]] }

func (d *Dict) array() arrow.Array {
	if d.made == nil || d.made.Len() != d.Len() {
		n := d.Len()
		d.made = array.NewStringData(array.NewData(arrow.BinaryTypes.String, n, []*memory.Buffer{nil,
			bufferOf(d.offsets[: n+1 : n+1]), memory.NewBufferBytes(d.data[:len(d.data):len(d.data)])}, nil, 0, 0))
	}
	return d.made
}

// Validity says which values are not NULL; the zero value: all. Bit Offset+i of Bits belongs to row i, set: not NULL.
type Validity struct {
	Bits   []byte
	Offset int
}

// All reports whether no value is NULL.
func (v Validity) All() bool { return v.Bits == nil }

// At reports whether row i is not NULL.
func (v Validity) At(i int) bool { return v.Bits == nil || bitutil.BitIsSet(v.Bits, v.Offset+i) }

// Bitmap is a validity under construction: bit i belongs to row i. nil means all valid.
type Bitmap []byte

// NewBitmap returns a bitmap of n rows, all set or all clear.
func NewBitmap(n int, set bool) Bitmap {
	b := make(Bitmap, (n+7)/8)
	if set {
		for i := range b {
			b[i] = 0xff
		}
	}
	return b
}

func (b Bitmap) Set(i int)     { b[i>>3] |= 1 << (i & 7) }
func (b Bitmap) Clear(i int)   { b[i>>3] &^= 1 << (i & 7) }
func (b Bitmap) At(i int) bool { return b[i>>3]&(1<<(i&7)) != 0 }

// Fixed are the types of fixed-width values.
type Fixed interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint64 | ~float32 | ~float64 | Num128
}

func bufferOf[T any](values []T) *memory.Buffer {
	if len(values) == 0 {
		return memory.NewBufferBytes(nil)
	}
	var zero T
	return memory.NewBufferBytes(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(zero))))
}

func validBuffer(valid Bitmap, n int) (*memory.Buffer, int) {
	if valid == nil {
		return nil, 0
	}
	nulls := n - bitutil.CountSetBits(valid, 0, n)
	if nulls == 0 {
		return nil, 0
	}
	return memory.NewBufferBytes(valid), nulls
}

// FromArrow wraps an array whose type is one that Type.Arrow returns, or a Dictionary<int32, String>.
func FromArrow(a arrow.Array) Column {
	c := Column{arr: counted(a)}
	if d, ok := a.(*array.Dictionary); ok {
		c.entries = d.Dictionary()
	}
	return c
}

// NewColumn makes a column over values without copying them; valid is nil where nothing is NULL. The caller must not
// write to either afterwards. T must be the Go type of the physical type: int8 … int64, float32, float64, Num128.
func NewColumn[T Fixed](values []T, valid Bitmap) Column {
	buf, nulls := validBuffer(valid, len(values))
	var dt arrow.DataType
	switch any(values).(type) {
	case []int8:
		dt = arrow.PrimitiveTypes.Int8
	case []int16:
		dt = arrow.PrimitiveTypes.Int16
	case []int32:
		dt = arrow.PrimitiveTypes.Int32
	case []int64:
		dt = arrow.PrimitiveTypes.Int64
	case []float32:
		dt = arrow.PrimitiveTypes.Float32
	case []float64:
		dt = arrow.PrimitiveTypes.Float64
	case []Num128:
		dt = num128
	default:
		panic(fmt.Sprintf("vector: no column of %T", values))
	}
	return Column{arr: array.MakeFromData(array.NewData(dt, len(values), []*memory.Buffer{buf, bufferOf(values)}, nil, nulls, 0))}
}

var num128 = &arrow.Decimal128Type{Precision: MaxDecimal, Scale: 0}

// NewBools makes a BOOLEAN column of n rows; bit i of values is row i.
func NewBools(values Bitmap, n int, valid Bitmap) Column {
	buf, nulls := validBuffer(valid, n)
	return Column{arr: array.NewBooleanData(array.NewData(arrow.FixedWidthTypes.Boolean, n, []*memory.Buffer{buf, memory.NewBufferBytes(values)}, nil, nulls, 0))}
}

// NewBytes makes a column of strings (binary: of bytes): row i is data[offsets[i]:offsets[i+1]].
func NewBytes(offsets []int32, data []byte, valid Bitmap, binary bool) Column {
	n := len(offsets) - 1
	buf, nulls := validBuffer(valid, n)
	buffers := []*memory.Buffer{buf, bufferOf(offsets), memory.NewBufferBytes(data)}
	if binary {
		return Column{arr: array.NewBinaryData(array.NewData(arrow.BinaryTypes.Binary, n, buffers, nil, nulls, 0))}
	}
	return Column{arr: array.NewStringData(array.NewData(arrow.BinaryTypes.String, n, buffers, nil, nulls, 0))}
}

var dictType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// NewDictColumn makes a string column of codes into d. The codes of NULL rows must be in range too (0 will do), and d
// must have an entry if there is any row.
func NewDictColumn(codes []int32, valid Bitmap, d *Dict) Column {
	buf, nulls := validBuffer(valid, len(codes))
	entries := d.array()
	data := array.NewDataWithDictionary(dictType, len(codes), []*memory.Buffer{buf, bufferOf(codes)}, nulls, 0, entries.Data().(*array.Data))
	return Column{arr: array.NewDictionaryData(data), dict: d, entries: entries}
}

// NewList makes an ARRAY column: row i holds elements offsets[i]..offsets[i+1]-1 of elems.
func NewList(offsets []int32, elems Column, valid Bitmap) Column {
	elems = elems.Decoded()
	return newList(arrow.ListOf(elems.arr.DataType()), offsets, elems, valid)
}

// Nulls makes a column of n NULLs of type t.
func Nulls(t Type, n int) Column {
	if t.Physical() >= List {
		return nullsNested(t, n)
	}
	return Column{arr: array.MakeArrayOfNull(memory.DefaultAllocator, t.Arrow(), n)}
}

// Arrow returns the array underneath; only vector, exec/format, exec/expr and exec/op look at it.
func (c Column) Arrow() arrow.Array { return c.arr }

// Len is the number of rows.
func (c Column) Len() int { return c.arr.Len() }

// NullCount is the number of NULL rows.
func (c Column) NullCount() int { return c.arr.NullN() }

// Validity says which rows are not NULL.
func (c Column) Validity() Validity {
	if c.arr.NullN() == 0 {
		return Validity{}
	}
	return Validity{Bits: c.arr.NullBitmapBytes(), Offset: c.arr.Data().Offset()}
}

// IsNull reports whether row i is NULL.
func (c Column) IsNull(i int) bool { return c.arr.IsNull(i) }

// The values of a column by its physical type, one per row, NULL rows included (with any value); read only.
func (c Column) Int8() []int8       { return c.arr.(*array.Int8).Int8Values() }
func (c Column) Int16() []int16     { return c.arr.(*array.Int16).Int16Values() }
func (c Column) Int32() []int32     { return c.arr.(*array.Int32).Int32Values() }
func (c Column) Int64() []int64     { return c.arr.(*array.Int64).Int64Values() }
func (c Column) Float32() []float32 { return c.arr.(*array.Float32).Float32Values() }
func (c Column) Float64() []float64 { return c.arr.(*array.Float64).Float64Values() }
func (c Column) Int128() []Num128   { return c.arr.(*array.Decimal128).Values() }

// Bool returns the value of row i of a BOOLEAN column; false where NULL.
func (c Column) Bool(i int) bool {
	a := c.arr.(*array.Boolean)
	return !a.IsNull(i) && a.Value(i)
}

// Bools returns the bits of a BOOLEAN column, in the form of a Validity.
func (c Column) Bools() Validity {
	d := c.arr.Data()
	return Validity{Bits: d.Buffers()[1].Bytes(), Offset: d.Offset()}
}

// Strings is a view of a string or binary column: row i is Data[Offsets[k]:Offsets[k+1]], where k is i, or Codes[i] in
// a dictionary column. Codes of NULL rows mean nothing. Dict is the identity of a reader's dictionary, or nil.
type Strings struct {
	Codes   []int32
	Offsets []int32
	Data    []byte
	Dict    *Dict
}

// At returns the bytes of row i; read only.
func (s Strings) At(i int) []byte {
	if s.Codes != nil {
		i = int(s.Codes[i])
	}
	return s.Data[s.Offsets[i]:s.Offsets[i+1]]
}

// Entry returns the bytes of entry k of Offsets.
func (s Strings) Entry(k int) []byte { return s.Data[s.Offsets[k]:s.Offsets[k+1]] }

// Strings returns the view of a string or binary column, plain or dictionary coded.
func (c Column) Strings() Strings {
	switch a := c.arr.(type) {
	case *array.String:
		return Strings{Offsets: a.ValueOffsets(), Data: rawValues(a.Data())}
	case *array.Binary:
		return Strings{Offsets: a.ValueOffsets(), Data: rawValues(a.Data())}
	case *array.Dictionary:
		s := Column{arr: c.entries}.Strings()
		s.Codes = a.Indices().(*array.Int32).Int32Values()
		if s.Codes == nil {
			s.Codes = []int32{}
		}
		s.Dict = c.dict
		return s
	}
	panic(fmt.Sprintf("vector: %s is no string column", c.arr.DataType()))
}

func rawValues(d arrow.ArrayData) []byte {
	if b := d.Buffers()[2]; b != nil {
		return b.Bytes()
	}
	return nil
}

// IsDict reports whether a string column is dictionary coded.
func (c Column) IsDict() bool { _, ok := c.arr.(*array.Dictionary); return ok }

// List returns the offsets and elements of an ARRAY column: row i holds elements offsets[i]..offsets[i+1]-1.
func (c Column) List() (offsets []int32, elems Column) {
	a := c.arr.(*array.List)
	o := a.Offsets()
	off := a.Data().Offset()
	if len(o) == 0 {
		return []int32{0}, Column{arr: a.ListValues()}
	}
	return o[off : off+a.Len()+1], Column{arr: a.ListValues()}
}

// WithValidity returns the values of c with other NULLs; valid is nil where nothing is NULL.
func (c Column) WithValidity(valid Bitmap) Column {
	d := c.arr.Data()
	n := c.arr.Len()
	buf, nulls := validBuffer(valid, n)
	if off := d.Offset(); buf != nil && off > 0 {
		// The values' offset counts for the bits too.
		moved := NewBitmap(off+n, false)
		bitutil.CopyBitmap(valid, 0, n, moved, off)
		buf = memory.NewBufferBytes(moved)
	}
	buffers := append([]*memory.Buffer{buf}, d.Buffers()[1:]...)
	data := array.NewData(d.DataType(), n, buffers, d.Children(), nulls, d.Offset())
	if c.entries != nil {
		data = array.NewDataWithDictionary(d.DataType(), n, buffers, nulls, d.Offset(), c.entries.Data().(*array.Data))
	}
	return Column{arr: counted(array.MakeFromData(data)), dict: c.dict, entries: c.entries}
}

// Slice returns rows from..to-1 without copying.
func (c Column) Slice(from, to int) Column {
	arr := array.NewSlice(c.arr, int64(from), int64(to))
	return Column{arr: counted(arr), dict: c.dict, entries: c.entries}
}

// Decoded returns the column without dictionary.
func (c Column) Decoded() Column {
	if !c.IsDict() {
		return c
	}
	s, v := c.Strings(), c.Validity()
	n := c.Len()
	offsets := make([]int32, n+1)
	size := 0
	for i := range n {
		if v.At(i) {
			size += len(s.At(i))
		}
	}
	data := make([]byte, 0, size)
	var valid Bitmap
	if !v.All() {
		valid = NewBitmap(n, false)
	}
	for i := range n {
		if v.At(i) {
			data = append(data, s.At(i)...)
			if valid != nil {
				valid.Set(i)
			}
		}
		offsets[i+1] = int32(len(data))
	}
	return NewBytes(offsets, data, valid, false)
}

// Take returns the rows at indices, in that order. A dictionary column stays one.
func (c Column) Take(indices []int32) Column {
	var valid Bitmap
	if v := c.Validity(); !v.All() {
		valid = NewBitmap(len(indices), false)
		for i, x := range indices {
			if v.At(int(x)) {
				valid.Set(i)
			}
		}
	}
	switch a := c.arr.(type) {
	case *array.Boolean:
		bits := c.Bools()
		out := NewBitmap(len(indices), false)
		for i, x := range indices {
			if bits.At(int(x)) {
				out.Set(i)
			}
		}
		return NewBools(out, len(indices), valid)
	case *array.Int8:
		return NewColumn(takeSlice(a.Int8Values(), indices), valid)
	case *array.Int16:
		return NewColumn(takeSlice(a.Int16Values(), indices), valid)
	case *array.Int32:
		return NewColumn(takeSlice(a.Int32Values(), indices), valid)
	case *array.Int64:
		return NewColumn(takeSlice(a.Int64Values(), indices), valid)
	case *array.Float32:
		return NewColumn(takeSlice(a.Float32Values(), indices), valid)
	case *array.Float64:
		return NewColumn(takeSlice(a.Float64Values(), indices), valid)
	case *array.Decimal128:
		return NewColumn(takeSlice(a.Values(), indices), valid)
	case *array.Dictionary:
		codes := a.Indices().(*array.Int32).Int32Values()
		buf, nulls := validBuffer(valid, len(indices))
		data := array.NewDataWithDictionary(dictType, len(indices), []*memory.Buffer{buf, bufferOf(takeSlice(codes, indices))}, nulls, 0, c.entries.Data().(*array.Data))
		return Column{arr: array.NewDictionaryData(data), dict: c.dict, entries: c.entries}
	case *array.String, *array.Binary:
		s := c.Strings()
		offsets := make([]int32, len(indices)+1)
		size := 0
		for _, x := range indices {
			size += int(s.Offsets[x+1] - s.Offsets[x])
		}
		data := make([]byte, 0, size)
		for i, x := range indices {
			data = append(data, s.Data[s.Offsets[x]:s.Offsets[x+1]]...)
			offsets[i+1] = int32(len(data))
		}
		_, binary := a.(*array.Binary)
		return NewBytes(offsets, data, valid, binary)
	case *array.List:
		return c.takeList(indices, valid)
	case *array.Struct:
		return c.takeStruct(indices, valid)
	}
	panic(fmt.Sprintf("vector: no rows can be taken of %s", c.arr.DataType()))
}

// ConcatColumns joins columns of one type. Dictionaries stay only where all columns share one.
func ConcatColumns(columns []Column) Column {
	if len(columns) == 1 {
		return columns[0]
	}
	shared := columns[0].dict
	for _, c := range columns {
		if !c.IsDict() || c.dict != shared {
			shared = nil
		}
	}
	if shared != nil {
		return concatDict(columns, shared)
	}
	if columns[0].Physical() >= List {
		return concatNested(columns)
	}
	arrs := make([]arrow.Array, len(columns))
	for i, c := range columns {
		arrs[i] = c.Decoded().arr
	}
	out, err := array.Concatenate(arrs, memory.DefaultAllocator)
	if err != nil {
		panic("vector: " + err.Error())
	}
	return Column{arr: out}
}

// concatDict joins columns of one growing dictionary: the longest state of it serves them all.
func concatDict(columns []Column, d *Dict) Column {
	valid, n := concatValid(columns)
	longest := columns[0].entries
	codes := make([]int32, 0, n)
	for _, c := range columns {
		if e := c.entries; e.Len() > longest.Len() {
			longest = e
		}
		codes = append(codes, c.Strings().Codes...)
	}
	buf, nulls := validBuffer(valid, n)
	data := array.NewDataWithDictionary(dictType, n, []*memory.Buffer{buf, bufferOf(codes)}, nulls, 0, longest.Data().(*array.Data))
	return Column{arr: array.NewDictionaryData(data), dict: d, entries: longest}
}

// Size is roughly how many bytes the column refers to. A dictionary counts only its codes: it is its reader's.
func (c Column) Size() int64 {
	if c.arr == nil {
		return 0
	}
	n := int64(c.arr.Len())
	switch a := c.arr.(type) {
	case *array.Boolean:
		return n / 8
	case *array.Int8:
		return n
	case *array.Int16:
		return 2 * n
	case *array.Int32, *array.Float32, *array.Dictionary:
		return 4 * n
	case *array.Int64, *array.Float64:
		return 8 * n
	case *array.Decimal128:
		return 16 * n
	case *array.String:
		return 4*n + int64(len(a.ValueBytes()))
	case *array.Binary:
		return 4*n + int64(len(a.ValueBytes()))
	}
	return c.sizeNested()
}

// Num128FromBig makes a number from a big one that fits.
func Num128FromBig(x *big.Int) Num128 { return decimal128.FromBigInt(x) }
