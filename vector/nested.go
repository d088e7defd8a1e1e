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
	case *array.List:
		if arePairs(c.arr) {
			return Pairs
		}
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

// Struct returns the names and values of the fields of a ROW column, row by row. The values of NULL rows mean nothing.
func (c Column) Struct() (names []string, fields []Column) {
	a := c.arr.(*array.Struct)
	for i, f := range a.DataType().(*arrow.StructType).Fields() {
		names = append(names, f.Name)
		fields = append(fields, Column{arr: a.Field(i)})
	}
	return names, fields
}

// Field returns the values of field i of a ROW column, row by row. Those of NULL rows mean nothing.
func (c Column) Field(i int) Column { return Column{arr: c.arr.(*array.Struct).Field(i)} }

// entriesName tells a MAP or MULTISET from an ARRAY of ROWs: both are lists of structs. Arrow's own Map will not do, its
// keys are never NULL.
const entriesName = "entries"

func arePairs(a arrow.Array) bool {
	return a.DataType().(*arrow.ListType).ElemField().Name == entriesName
}

func pairsOf(key, value arrow.DataType) arrow.DataType {
	return arrow.ListOfField(arrow.Field{Name: entriesName, Type: arrow.StructOf(
		arrow.Field{Name: "key", Type: key, Nullable: true}, arrow.Field{Name: "value", Type: value, Nullable: true}), Nullable: true})
}

// NewPairs makes a MAP or MULTISET column: row i holds pairs offsets[i]..offsets[i+1]-1 of keys and values, those of a
// MULTISET being its elements and how often each is in it.
func NewPairs(offsets []int32, keys, values Column, valid Bitmap) Column {
	entries := NewStruct([]string{"key", "value"}, []Column{keys, values}, keys.Len(), nil)
	fields := entries.arr.DataType().(*arrow.StructType)
	return newList(pairsOf(fields.Field(0).Type, fields.Field(1).Type), offsets, entries, valid)
}

// Pairs returns the offsets, keys and values of a MAP or MULTISET column: row i holds pairs offsets[i]..offsets[i+1]-1.
func (c Column) Pairs() (offsets []int32, keys, values Column) {
	offsets, entries := c.List()
	return offsets, entries.Field(0), entries.Field(1)
}

func newList(t arrow.DataType, offsets []int32, elems Column, valid Bitmap) Column {
	n := len(offsets) - 1
	buf, nulls := validBuffer(valid, n)
	return Column{arr: array.NewListData(array.NewData(t, n, []*memory.Buffer{buf, bufferOf(offsets)}, []arrow.ArrayData{elems.arr.Data()}, nulls, 0))}
}

// counted has Arrow count the NULLs of an array and of all that is within it: it does so on first use, which must not be
// two goroutines' at once.
func counted(a arrow.Array) arrow.Array {
	a.NullN()
	switch a := a.(type) {
	case *array.List:
		counted(a.ListValues())
	case *array.Struct:
		for i := range a.NumField() {
			counted(a.Field(i))
		}
	}
	return a
}

// takeList is Take for lists; elements of NULL rows stay behind.
func (c Column) takeList(indices []int32, valid Bitmap) Column {
	from, elems := c.List()
	offsets := make([]int32, len(indices)+1)
	var inner []int32
	for i, x := range indices {
		if valid == nil || valid.At(i) {
			for k := from[x]; k < from[x+1]; k++ {
				inner = append(inner, k)
			}
		}
		offsets[i+1] = int32(len(inner))
	}
	return newList(c.arr.DataType(), offsets, elems.Take(inner), valid)
}

// takeStruct is Take for structs.
func (c Column) takeStruct(indices []int32, valid Bitmap) Column {
	names, fields := c.Struct()
	for i, f := range fields {
		fields[i] = f.Take(indices)
	}
	return NewStruct(names, fields, len(indices), valid)
}

// Owned returns the offsets from 0 on and the elements of an ARRAY, MAP or MULTISET column, without those of other rows
// of which c is a slice, and those of NULL rows.
func (c Column) Owned() (offsets []int32, elems Column) {
	offsets, elems = c.List()
	n := c.Len()
	if v := c.Validity(); !v.All() {
		for i := range n {
			if !v.At(i) && offsets[i+1] > offsets[i] {
				all := make([]int32, n)
				for k := range all {
					all[k] = int32(k)
				}
				return c.Take(all).List()
			}
		}
	}
	from, to := offsets[0], offsets[n]
	if from == 0 && int(to) == elems.Len() {
		return offsets, elems
	}
	own := make([]int32, n+1)
	for i, o := range offsets {
		own[i] = o - from
	}
	return own, elems.Slice(int(from), int(to))
}

// concatValid joins the validities of columns; nil: no value is NULL.
func concatValid(columns []Column) (valid Bitmap, rows int) {
	for _, c := range columns {
		rows += c.Len()
	}
	at := 0
	for _, c := range columns {
		if v := c.Validity(); !v.All() {
			if valid == nil {
				valid = NewBitmap(rows, true)
			}
			for i := range c.Len() {
				if !v.At(i) {
					valid.Clear(at + i)
				}
			}
		}
		at += c.Len()
	}
	return valid, rows
}

// concatNested joins columns with parts. The names of fields are the first column's: they are the type's affair.
func concatNested(columns []Column) Column {
	valid, rows := concatValid(columns)
	if columns[0].Physical() == Struct {
		names, fields := columns[0].Struct()
		parts := make([]Column, len(columns))
		for f := range fields {
			for i, c := range columns {
				parts[i] = c.Field(f)
			}
			fields[f] = ConcatColumns(parts)
		}
		return NewStruct(names, fields, rows, valid)
	}
	offsets := make([]int32, 1, rows+1)
	parts := make([]Column, len(columns))
	for i, c := range columns {
		own, elems := c.Owned()
		last := offsets[len(offsets)-1]
		for _, o := range own[1:] {
			offsets = append(offsets, last+o)
		}
		parts[i] = elems
	}
	return newList(columns[0].arr.DataType(), offsets, ConcatColumns(parts), valid)
}

// nullsNested makes a column of n NULLs of a type with parts.
func nullsNested(t Type, n int) Column {
	valid := NewBitmap(n, false)
	switch t.Physical() {
	case Struct:
		names, fields := make([]string, len(t.Fields)), make([]Column, len(t.Fields))
		for i, f := range t.Fields {
			names[i], fields[i] = f.Name, Nulls(f.Type, n)
		}
		return NewStruct(names, fields, n, valid)
	case Pairs:
		key, value := t.Entry()
		return NewPairs(make([]int32, n+1), Nulls(key, 0), Nulls(value, 0), valid)
	}
	return NewList(make([]int32, n+1), Nulls(*t.Elem, 0), valid)
}

// sizeNested is Size for columns with parts, those of other rows not counted.
func (c Column) sizeNested() int64 {
	n := int64(c.Len())
	if a, ok := c.arr.(*array.Struct); ok {
		size := n / 8
		for i := range a.NumField() {
			size += c.Field(i).Size()
		}
		return size
	}
	offsets, elems := c.List()
	return 4*n + elems.Slice(int(offsets[0]), int(offsets[n])).Size()
}
