package vector

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Physical returns how the values of c are stored.
func (c Column) Physical() Physical {
	switch c.arr.(type) {
	case *array.Boolean:
		return Bool
	case *array.Int8:
		return I8
	case *array.Int16:
		return I16
	case *array.Int32:
		return I32
	case *array.Int64:
		return I64
	case *array.Float32:
		return F32
	case *array.Float64:
		return F64
	case *array.Decimal128:
		return I128
	case *array.String, *array.Binary, *array.Dictionary:
		return Bytes
	case *array.Map:
		return Pairs
	case *array.List:
		return List
	case *array.Struct:
		return Struct
	}
	panic(fmt.Sprintf("vector: no physical type for %s", c.arr.DataType()))
}

// IsBinary reports whether a column of bytes holds no text.
func (c Column) IsBinary() bool { _, ok := c.arr.(*array.Binary); return ok }

// NewStruct makes a ROW column of n rows: row i has value i of each field.
func NewStruct(names []string, fields []Column, n int, valid Bitmap) Column {
	buf, nulls := validBuffer(valid, n)
	types := make([]arrow.Field, len(fields))
	children := make([]arrow.ArrayData, len(fields))
	for i, f := range fields {
		f = f.Decoded()
		types[i] = arrow.Field{Name: names[i], Type: f.arr.DataType(), Nullable: true}
		children[i] = f.arr.Data()
	}
	return Column{arr: array.NewStructData(array.NewData(arrow.StructOf(types...), n, []*memory.Buffer{buf}, children, nulls, 0))}
}

// Struct returns the names and values of the fields of a ROW column, row by row.
func (c Column) Struct() (names []string, fields []Column) {
	a := c.arr.(*array.Struct)
	for i, f := range a.DataType().(*arrow.StructType).Fields() {
		names = append(names, f.Name)
		fields = append(fields, FromArrow(a.Field(i)))
	}
	return names, fields
}

// NewPairs makes a MAP column: row i holds pairs offsets[i]..offsets[i+1]-1 of keys and values. No key is NULL.
func NewPairs(offsets []int32, keys, values Column, valid Bitmap) Column {
	n := len(offsets) - 1
	buf, nulls := validBuffer(valid, n)
	keys, values = keys.Decoded(), values.Decoded()
	dt := arrow.MapOf(keys.arr.DataType(), values.arr.DataType())
	pairs := array.NewData(dt.Elem(), keys.Len(), []*memory.Buffer{nil}, []arrow.ArrayData{keys.arr.Data(), values.arr.Data()}, 0, 0)
	return Column{arr: array.NewMapData(array.NewData(dt, n, []*memory.Buffer{buf, bufferOf(offsets)}, []arrow.ArrayData{pairs}, nulls, 0))}
}

// Pairs returns the offsets, keys and values of a MAP column: row i holds pairs offsets[i]..offsets[i+1]-1.
func (c Column) Pairs() (offsets []int32, keys, values Column) {
	a := c.arr.(*array.Map)
	keys, values = FromArrow(a.Keys()), FromArrow(a.Items())
	o := a.Offsets()
	if len(o) == 0 {
		return []int32{0}, keys, values
	}
	off := a.Data().Offset()
	return o[off : off+a.Len()+1], keys, values
}
