package vector

import (
	"slices"
	"testing"
)

func TestStructKeepsFieldsAndSlices(t *testing.T) {
	valid := NewBitmap(3, true)
	valid.Clear(1)
	c := NewStruct([]string{"a", "b"}, []Column{NewColumn([]int64{1, 2, 3}, nil), NewBytes([]int32{0, 1, 2, 3}, []byte("xyz"), nil, false)}, 3, valid)
	if c.Physical() != Struct || c.Len() != 3 || !c.IsNull(1) || c.IsNull(2) {
		t.Fatalf("%v", c.Arrow())
	}
	names, fields := c.Slice(2, 3).Struct()
	if !slices.Equal(names, []string{"a", "b"}) || fields[0].Int64()[0] != 3 || string(fields[1].Strings().At(0)) != "z" {
		t.Errorf("%v %v", names, fields)
	}
}

func TestPairsKeepEntriesAndSlices(t *testing.T) {
	valid := NewBitmap(3, true)
	valid.Clear(1)
	c := NewPairs([]int32{0, 2, 2, 3}, NewColumn([]int32{1, 2, 3}, nil), NewColumn([]float64{.5, .25, .125}, nil), valid)
	if c.Physical() != Pairs || c.Len() != 3 || !c.IsNull(1) {
		t.Fatalf("%v", c.Arrow())
	}
	offsets, keys, values := c.Slice(2, 3).Pairs()
	if !slices.Equal(offsets, []int32{2, 3}) || keys.Int32()[2] != 3 || values.Float64()[2] != .125 {
		t.Errorf("%v %v %v", offsets, keys, values)
	}
}

func TestPhysicalOfNulls(t *testing.T) {
	for _, typ := range []Type{BooleanType, TinyIntType, SmallIntType, IntType, BigIntType, FloatType, DoubleType, DecimalType(20, 2), StringType, BytesType,
		ArrayType(IntType), MapType(IntType, StringType), MultisetType(StringType), RowType(Field{Name: "x", Type: IntType})} {
		if c := Nulls(typ, 3); c.Physical() != typ.Physical() || c.IsBinary() != typ.IsBytes() {
			t.Errorf("%s: %d", typ, c.Physical())
		}
	}
	d := NewDict()
	d.Add([]byte("x"))
	if c := NewDictColumn([]int32{0}, nil, d); c.Physical() != Bytes || c.IsBinary() {
		t.Error("a dictionary column is none of strings")
	}
}
