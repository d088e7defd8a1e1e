package datagen

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// table is a table g with columns a, b, … of the given types.
func table(options map[string]string, types ...vector.Type) (*plan.Node, *exec.Config) {
	t := &catalog.Table{Identifier: catalog.Default("g"), Options: options}
	scan := &plan.Scan{Table: t, Options: options}
	for i, x := range types {
		t.Columns = append(t.Columns, catalog.Column{Name: string(rune('a' + i)), Type: x})
		scan.Read = append(scan.Read, i)
	}
	return &plan.Node{Spec: scan}, &exec.Config{BatchRows: 7, Seams: exec.Seams{Clock: exec.SystemClock{}, Rand: rand.New(rand.NewPCG(1, 2))}}
}

// generate reads all rows of a bounded generator.
func generate(t *testing.T, options map[string]string, types ...vector.Type) vector.Batch {
	t.Helper()
	n, c := table(options, types...)
	src, err := NewSource(nil, n, c)
	if err != nil {
		t.Fatal(err)
	}
	splits, err := src.Splits(context.Background())
	if len(splits) != 1 || !errors.Is(err, io.EOF) {
		t.Fatalf("%d splits, %v", len(splits), err)
	}
	r, err := src.Open(context.Background(), exec.Range{Split: splits[0], To: splits[0].Size})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []vector.Batch
	for {
		b, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.Rows > c.BatchRows {
			t.Errorf("a batch of %d rows", b.Rows)
		}
		all = append(all, b)
	}
	if r.Position() != splits[0].Size {
		t.Errorf("ended at %d of %d", r.Position(), splits[0].Size)
	}
	return vector.Concat(all)
}

// The shortest sequence ends the table, also before number-of-rows: what Flink answers.
func TestSequences(t *testing.T) {
	b := generate(t, map[string]string{"fields.a.kind": "sequence", "fields.a.start": "1", "fields.a.end": "30", "number-of-rows": "100",
		"fields.b.kind": "sequence", "fields.b.start": "10", "fields.b.end": "60"}, vector.IntType, vector.StringType)
	if b.Rows != 30 {
		t.Fatalf("%d rows", b.Rows)
	}
	for i := range 30 {
		if got := b.Columns[0].Int32()[i]; got != int32(i+1) {
			t.Errorf("row %d is %d", i, got)
		}
	}
	if got := string(b.Columns[1].Strings().At(29)); got != "39" {
		t.Errorf("the last text is %s", got)
	}
}

func TestRandomValuesStayInBounds(t *testing.T) {
	b := generate(t, map[string]string{"number-of-rows": "500", "fields.a.min": "-3", "fields.a.max": "3", "fields.b.min": "1.5", "fields.b.max": "1.5",
		"fields.c.length": "4", "fields.d.null-rate": "0.5", "fields.e.length": "9", "fields.e.var-len": "true", "fields.f.min": "0", "fields.f.max": "1"},
		vector.TinyIntType, vector.DoubleType, vector.StringType, vector.BigIntType, vector.StringType, vector.DecimalType(10, 2))
	seen := map[int8]bool{}
	short := false
	for i := range b.Rows {
		a := b.Columns[0].Int8()[i]
		seen[a] = true
		if a < -3 || a > 3 || b.Columns[1].Float64()[i] != 1.5 {
			t.Errorf("row %d: %d, %v", i, a, b.Columns[1].Float64()[i])
		}
		if s := string(b.Columns[2].Strings().At(i)); len(s) != 4 || strings.Trim(s, "0123456789abcdef") != "" {
			t.Errorf("row %d: text %q", i, s)
		}
		n := len(b.Columns[4].Strings().At(i))
		short = short || n < 9
		if n < 1 || n > 9 {
			t.Errorf("row %d: %d characters", i, n)
		}
		if d := b.Columns[5].Int128()[i]; d.HighBits() != 0 || d.LowBits() > 100 {
			t.Errorf("row %d: decimal %v", i, d)
		}
	}
	if len(seen) != 7 || !short {
		t.Errorf("values %v, lengths vary: %v", seen, short)
	}
	// Half of 500 are NULL, give or take five standard deviations.
	if n := b.Columns[3].NullCount(); n < 194 || n > 306 {
		t.Errorf("%d NULLs", n)
	}
}

func TestValuesWithParts(t *testing.T) {
	types := []vector.Type{
		vector.ArrayType(vector.IntType), vector.MapType(vector.IntType, vector.StringType), vector.MultisetType(vector.IntType),
		vector.RowType(vector.Field{Name: "x", Type: vector.IntType}, vector.Field{Name: "y", Type: vector.ArrayType(vector.BooleanType)}),
	}
	options := map[string]string{"number-of-rows": "9000", "rows-per-second": "1000000", "fields.a.element.min": "1", "fields.a.element.max": "4", "fields.a.element.null-rate": "0.5",
		"fields.b.length": "2", "fields.b.key.min": "1", "fields.b.key.max": "2", "fields.b.value.length": "1", "fields.c.element.min": "1", "fields.c.element.max": "2",
		"fields.d.x.min": "7", "fields.d.x.max": "7", "fields.d.null-rate": "0.5"}
	b := generate(t, options, types...)
	ints, elems := b.Columns[0].List()
	if ints[b.Rows] != 3*9000 || elems.NullCount() < 12000 || elems.NullCount() > 15000 {
		t.Errorf("%d elements, of which %d are NULL", ints[b.Rows], elems.NullCount())
	}
	for k := range elems.Len() {
		if v := elems.Int32()[k]; !elems.IsNull(k) && (v < 1 || v > 4) {
			t.Fatalf("element %d is %d", k, v)
		}
	}
	offsets, keys, values := b.Columns[1].Pairs()
	sizes := map[int32]int{}
	for i := range b.Rows {
		n := offsets[i+1] - offsets[i]
		sizes[n]++
		if k := offsets[i]; n == 2 && keys.Int32()[k] == keys.Int32()[k+1] || len(values.Strings().At(int(k))) != 1 {
			t.Fatalf("row %d has a key twice, or values of another length", i)
		}
	}
	if len(sizes) != 2 || sizes[1] == 0 || sizes[2] == 0 {
		t.Errorf("maps of sizes %v", sizes)
	}
	_, _, times := b.Columns[2].Pairs()
	for _, n := range times.Int32() {
		if n < 1 || n > mostTimes {
			t.Fatalf("an element is there %d times", n)
		}
	}
	if x := b.Columns[3].Field(0); x.Int32()[0] != 7 || b.Columns[3].NullCount() < 4000 || b.Columns[3].NullCount() > 5000 {
		t.Errorf("%d of 9000 rows are NULL", b.Columns[3].NullCount())
	}

	// A generator that begins in the middle gives the same rows from there on.
	n, c := table(options, types...)
	src, err := NewSource(nil, n, c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range src.(*source).fields {
		f := &src.(*source).fields[i]
		for _, from := range []int64{8500, 8192, 100} {
			if got := f.generate(from, 50); !sameColumns(got, b.Columns[i].Slice(int(from), int(from)+50)) {
				t.Errorf("column %d is another from row %d on", i, from)
			}
		}
	}
}

func sameColumns(a, b vector.Column) bool {
	for i := range a.Len() {
		if kernel.Order(a, i, b, i) != 0 {
			return false
		}
	}
	return true
}

func TestNoRows(t *testing.T) {
	for _, rows := range []string{"0", "-1"} {
		n, c := table(map[string]string{"number-of-rows": rows}, vector.IntType)
		src, err := NewSource(nil, n, c)
		if err != nil {
			t.Fatal(err)
		}
		r, err := src.Open(context.Background(), exec.Range{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(context.Background()); !errors.Is(err, io.EOF) {
			t.Errorf("number-of-rows %s: %v", rows, err)
		}
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, c := range []struct {
		options map[string]string
		typ     vector.Type
		want    string
	}{
		{map[string]string{"fields.a.min": "9", "fields.a.max": "3"}, vector.IntType, "lower bound (9) must not be above upper bound (3)"},
		{map[string]string{"fields.a.length": "0"}, vector.StringType, "length (0)"},
		{map[string]string{"fields.a.kind": "sequence", "fields.a.start": "1"}, vector.IntType, "fields.a.end"},
		{map[string]string{"fields.a.kind": "sequence", "fields.a.start": "5", "fields.a.end": "1"}, vector.IntType, "ends (1) before it starts (5)"},
		{map[string]string{"fields.a.min": "x"}, vector.IntType, "'x' is no INT"},
		{map[string]string{}, vector.Type{Kind: vector.IntervalSecond}, "not supported"},
		{map[string]string{"fields.a.element.min": "9", "fields.a.element.max": "3"}, vector.ArrayType(vector.IntType), "lower bound (9) must not be above upper bound (3)"},
		{map[string]string{"fields.a.x.min": "y"}, vector.RowType(vector.Field{Name: "x", Type: vector.IntType}), "'y' is no INT"},
		{map[string]string{"fields.a.x.kind": "sequence", "fields.a.x.start": "1", "fields.a.x.end": "2"}, vector.RowType(vector.Field{Name: "x", Type: vector.IntType}), "a sequence within values of type ROW"},
		{map[string]string{"fields.a.kind": "sequence", "fields.a.start": "1", "fields.a.end": "2"}, vector.ArrayType(vector.IntType), "a sequence of type ARRAY<INT>"},
	} {
		n, config := table(c.options, c.typ)
		_, err := NewSource(nil, n, config)
		var d *diag.Diagnostic
		if !errors.As(err, &d) || !strings.Contains(d.Message, c.want) {
			t.Errorf("%v: %v, want %s", c.options, err, c.want)
		}
	}
}

// Ten rows a second: ten at once, the others second by second.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, c := table(map[string]string{"rows-per-second": "10", "number-of-rows": "35"}, vector.IntType)
		c.BatchRows = 100
		src, err := NewSource(nil, n, c)
		if err != nil {
			t.Fatal(err)
		}
		r, err := src.Open(context.Background(), exec.Range{})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		got := map[int]int{}
		for {
			asked := time.Now()
			b, err := r.Next(context.Background())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if blocked := time.Since(asked); blocked > waitLimit {
				t.Errorf("Next blocked for %v", blocked)
			}
			got[int(time.Since(begun)/time.Second)] += b.Rows
		}
		for second, want := range []int{10, 10, 10, 5} {
			if got[second] != want {
				t.Errorf("second %d: %d rows, want %d", second, got[second], want)
			}
		}
	})
}
