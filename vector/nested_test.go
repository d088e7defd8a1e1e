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

// some is a LIST of 5 rows, of which the second is NULL over elements of its own.
func some() Column {
	valid := NewBitmap(5, true)
	valid.Clear(1)
	return NewList([]int32{0, 2, 3, 3, 5, 6}, NewColumn([]int32{1, 2, 9, 3, 4, 5}, nil), valid)
}

func TestOwnedElements(t *testing.T) {
	for _, c := range []struct {
		of      Column
		offsets []int32
		elems   []int32
	}{
		{some(), []int32{0, 2, 2, 2, 4, 5}, []int32{1, 2, 3, 4, 5}}, // without those of the NULL row
		{some().Slice(2, 4), []int32{0, 0, 2}, []int32{3, 4}},
		{some().Slice(1, 2), []int32{0, 0}, nil},
		{some().Take([]int32{4, 1, 0}), []int32{0, 1, 1, 3}, []int32{5, 1, 2}},
		{ConcatColumns([]Column{some().Slice(3, 5), some().Slice(0, 2)}), []int32{0, 2, 3, 5, 5}, []int32{3, 4, 5, 1, 2}},
	} {
		offsets, elems := c.of.Owned()
		if !slices.Equal(offsets, c.offsets) || !slices.Equal(elems.Int32(), c.elems) {
			t.Errorf("%v %v, want %v %v", offsets, elems.Int32(), c.offsets, c.elems)
		}
	}
}

// Rows join whatever their fields are called, and keep their NULLs through slices.
func TestStructsJoin(t *testing.T) {
	valid := NewBitmap(3, true)
	valid.Clear(2)
	a := NewStruct([]string{"a", "b"}, []Column{NewColumn([]int64{1, 2, 3}, nil), some().Slice(0, 3)}, 3, valid)
	b := NewStruct([]string{"x", "y"}, []Column{NewColumn([]int64{4, 5, 6}, nil), some().Slice(2, 5)}, 3, nil)
	c := ConcatColumns([]Column{a.Slice(1, 3), b.Slice(1, 3)}).Take([]int32{3, 2, 1, 0})
	names, fields := c.Struct()
	if !slices.Equal(names, []string{"a", "b"}) || !slices.Equal(fields[0].Int64(), []int64{6, 5, 3, 2}) || !c.IsNull(2) || c.NullCount() != 1 {
		t.Errorf("%v", c.Arrow())
	}
	offsets, elems := fields[1].List()
	if got := elems.Int32()[offsets[0]:offsets[2]]; !slices.Equal(got, []int32{5, 3, 4}) || !fields[1].IsNull(3) {
		t.Errorf("%v", fields[1].Arrow())
	}
	if all := c.Slice(1, 3).WithValidity(nil); all.NullCount() != 0 || all.Field(0).Int64()[1] != 3 {
		t.Errorf("%v", all.Arrow())
	}
}

func TestNullsWithParts(t *testing.T) {
	typ := RowType(Field{Name: "x", Type: MapType(StringType, ArrayType(IntType))})
	c := ConcatColumns([]Column{Nulls(typ, 2), Nulls(typ, 0), Nulls(typ, 1)}).Take([]int32{2, 0})
	if c.Len() != 2 || c.NullCount() != 2 || c.Field(0).NullCount() != 2 {
		t.Errorf("%v", c.Arrow())
	}
	if offsets, keys, values := c.Field(0).Pairs(); len(offsets) != 3 || keys.Len() != 0 || values.Len() != 0 {
		t.Errorf("%v", offsets)
	}
}

func TestTypesWithParts(t *testing.T) {
	row := RowType(Field{Name: "a`b", Type: IntType.NotNull(), Comment: "it's"}, Field{Name: "c", Type: MultisetType(StringType).NotNull()})
	if got, want := row.NotNull().String(), "ROW<`a``b` INT NOT NULL 'it''s', `c` MULTISET<STRING> NOT NULL> NOT NULL"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	nested := ArrayType(MapType(IntType, row))
	if got, want := nested.Uncommented().Name(), "ARRAY<MAP<INT, ROW<`a``b` INT NOT NULL, `c` MULTISET<STRING> NOT NULL>>>"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !nested.Equal(nested.Uncommented()) || row.Fields[0].Comment == "" {
		t.Error("a comment makes another type, or is gone")
	}
	for typ, pairs := range map[*Type]bool{&nested: true, &row: true} {
		if typ.HasPairs() != pairs {
			t.Errorf("%s: %v", typ, typ.HasPairs())
		}
	}
	if plain := ArrayType(RowType(Field{Name: "x", Type: ArrayType(IntType)})); plain.HasPairs() {
		t.Errorf("%s has pairs", plain)
	}
}

// Two goroutines look at slices of one column at once: under the race detector.
func TestSlicesAreSharedSafely(t *testing.T) {
	c := NewStruct([]string{"a"}, []Column{some()}, 5, nil).Slice(1, 5)
	done := make(chan int)
	for range 2 {
		go func() {
			n := 0
			for i := range 4 {
				part := c.Slice(i, 4)
				n += part.NullCount() + part.Field(0).NullCount()
				_, elems := part.Field(0).List()
				n += elems.NullCount()
			}
			done <- n
		}()
	}
	if a, b := <-done, <-done; a != b || a != 1 {
		t.Errorf("%d and %d NULLs", a, b)
	}
}
