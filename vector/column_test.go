package vector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// text prints the values of a column of any type, for comparisons.
func text(c Column) []string {
	out := make([]string, c.Len())
	for i := range out {
		if c.IsNull(i) {
			out[i] = "NULL"
			continue
		}
		out[i] = cell(c, i)
	}
	return out
}

func cell(c Column, i int) string {
	switch c.Arrow().DataType().Name() {
	case "bool":
		return fmt.Sprint(c.Bool(i))
	case "int8":
		return fmt.Sprint(c.Int8()[i])
	case "int16":
		return fmt.Sprint(c.Int16()[i])
	case "int32":
		return fmt.Sprint(c.Int32()[i])
	case "int64":
		return fmt.Sprint(c.Int64()[i])
	case "float32":
		return fmt.Sprint(c.Float32()[i])
	case "float64":
		return fmt.Sprint(c.Float64()[i])
	case "decimal":
		return c.Int128()[i].BigInt().String()
	case "list":
		offsets, elems := c.List()
		return fmt.Sprint(text(elems.Slice(int(offsets[i]), int(offsets[i+1]))))
	}
	return string(c.Strings().At(i))
}

// columns are one of each kind with n rows, a third of them NULL, and what text prints of it.
func columns(r *rand.Rand, n int) map[string]Column {
	valid := func() Bitmap {
		v := NewBitmap(n, true)
		for i := range n {
			if r.IntN(3) == 0 {
				v.Clear(i)
			}
		}
		return v
	}
	fill := func(f func(i int)) {
		for i := range n {
			f(i)
		}
	}
	i8, i16, i32, i64 := make([]int8, n), make([]int16, n), make([]int32, n), make([]int64, n)
	f32, f64, wide := make([]float32, n), make([]float64, n), make([]Num128, n)
	bits, codes, offsets, lists := NewBitmap(n, false), make([]int32, n), make([]int32, n+1), make([]int32, n+1)
	var data []byte
	d := NewDict()
	for _, s := range []string{"", "one", "two", "three"} {
		d.Add([]byte(s))
	}
	var elems []int32
	fill(func(i int) {
		i8[i], i16[i], i32[i], i64[i] = int8(r.Int()), int16(r.Int()), int32(r.Int()), int64(r.Uint64())
		f32[i], f64[i], wide[i] = r.Float32(), r.Float64(), NewInt128(int64(r.Uint64()), r.Uint64())
		if r.IntN(2) == 0 {
			bits.Set(i)
		}
		codes[i] = int32(r.IntN(d.Len()))
		data = append(data, "abcdefgh"[:r.IntN(8)]...)
		offsets[i+1] = int32(len(data))
		for range r.IntN(4) {
			elems = append(elems, int32(r.IntN(100)))
		}
		lists[i+1] = int32(len(elems))
	})
	return map[string]Column{
		"bool": NewBools(bits, n, valid()), "int8": NewColumn(i8, valid()), "int16": NewColumn(i16, valid()), "int32": NewColumn(i32, valid()),
		"int64": NewColumn(i64, valid()), "float32": NewColumn(f32, valid()), "float64": NewColumn(f64, valid()), "wide": NewColumn(wide, valid()),
		"string": NewBytes(offsets, data, valid(), false), "binary": NewBytes(offsets, data, valid(), true),
		"dictionary": NewDictColumn(codes, valid(), d), "no nulls": NewColumn(i64, nil), "list": NewList(lists, NewColumn(elems, nil), valid()),
	}
}

// Slicing, taking and joining in any order do to columns what they do to their texts.
func TestColumnsMoveLikeTheirTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		n := r.IntN(40)
		for name, c := range columns(r, n) {
			want := text(c)
			for range 4 {
				switch r.IntN(4) {
				case 0:
					from := r.IntN(len(want) + 1)
					to := from + r.IntN(len(want)-from+1)
					c, want = c.Slice(from, to), want[from:to]
				case 1:
					var rows []int32
					var taken []string
					for range r.IntN(20) {
						if len(want) > 0 {
							k := r.IntN(len(want))
							rows, taken = append(rows, int32(k)), append(taken, want[k])
						}
					}
					c, want = c.Take(rows), taken
				case 2:
					k := r.IntN(len(want) + 1)
					c = ConcatColumns([]Column{c.Slice(k, len(want)), c, c.Slice(0, k)})
					want = slices.Concat(want[k:], want, want[:k])
				case 3:
					c = c.Decoded()
				}
				if got := text(c); !slices.Equal(got, want) {
					t.Fatalf("%s: got %q, want %q", name, got, want)
				}
				nulls := 0
				for _, s := range want {
					if s == "NULL" {
						nulls++
					}
				}
				if c.NullCount() != nulls || c.Validity().All() != (nulls == 0) {
					t.Fatalf("%s: %d NULLs, want %d", name, c.NullCount(), nulls)
				}
			}
		}
	}
}

// A dictionary grows while columns made before are read, sliced and not, by several goroutines.
func TestColumnsAreReadByMany(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	d := NewDict()
	var wg sync.WaitGroup
	for k := range 50 {
		d.Add(fmt.Appendf(nil, "entry %d", k))
		codes := make([]int32, 100)
		for i := range codes {
			codes[i] = int32(r.IntN(d.Len()))
		}
		valid := NewBitmap(len(codes), true)
		valid.Clear(3)
		c := NewDictColumn(codes, valid, d)
		half := c.Slice(0, 50)
		for range 3 {
			wg.Go(func() {
				for _, x := range []Column{c, half} {
					for i := range x.Len() {
						if want := fmt.Sprintf("entry %d", codes[i]); i != 3 && string(x.Strings().At(i)) != want {
							t.Errorf("row %d is %q, want %q", i, x.Strings().At(i), want)
						}
					}
					if x.NullCount() != 1 || x.Take([]int32{3, 4}).NullCount() != 1 {
						t.Error("a NULL got lost")
					}
				}
			})
		}
	}
	wg.Wait()
}

func TestBatchConcatFillsWhatOneLacks(t *testing.T) {
	col := NewColumn([]int32{1, 2}, nil)
	a := Batch{Columns: []Column{col}, Rows: 2}
	b := Batch{Columns: []Column{col}, Rows: 2, Kinds: []RowKind{Delete, UpdateAfter}, Behind: []Time{5, MinTime}, Home: []uint64{8, 9}, Origin: []Origin{{1, 2}, {1, 3}}}
	got := Concat([]Batch{a, b.Slice(1, 2), a.Slice(1, 1)})
	if got.Rows != 3 || !slices.Equal(got.Kinds, []RowKind{Insert, Insert, UpdateAfter}) || !slices.Equal(got.Behind, []Time{MinTime, MinTime, MinTime}) ||
		!slices.Equal(got.Home, []uint64{0, 0, 9}) || !slices.Equal(got.Origin, []Origin{{}, {}, {1, 3}}) || !slices.Equal(text(got.Columns[0]), []string{"1", "2", "2"}) {
		t.Errorf("got %+v", got)
	}
	if got := b.Take([]int32{1, 0, 1}); got.Kind(0) != UpdateAfter || got.Kind(1) != Delete || got.Behind[1] != 5 || got.Origin[2].Row != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestTypeNames(t *testing.T) {
	row := Type{Kind: Row, Nullable: true, Fields: []Field{{Name: "a", Type: IntType}, {Name: "b", Type: StringType.NotNull()}}}
	key := StringType
	for want, typ := range map[string]Type{
		"TIMESTAMP(3) NOT NULL *ROWTIME*":   {Kind: Timestamp, Precision: 3, Rowtime: true},
		"DECIMAL(10, 2)":                    DecimalType(10, 2),
		"STRING":                            StringType,
		"VARCHAR(5)":                        {Kind: Varchar, Precision: 5, Nullable: true},
		"BYTES NOT NULL":                    BytesType.NotNull(),
		"INTERVAL SECOND(3)":                {Kind: IntervalSecond, Nullable: true},
		"ARRAY<STRING NOT NULL>":            ArrayType(StringType.NotNull()),
		"ROW<`a` INT, `b` STRING NOT NULL>": row,
		"MAP<STRING, ROW<`a` INT, `b` STRING NOT NULL>>": {Kind: Map, Nullable: true, Key: &key, Elem: &row},
	} {
		if typ.String() != want {
			t.Errorf("got %s, want %s", typ, want)
		}
	}
	if row.Equal(row.NotNull()) || !row.Same(row.NotNull()) || DecimalType(3, 1).Same(DecimalType(3, 2)) {
		t.Error("Equal and Same tell types apart wrongly")
	}
}
