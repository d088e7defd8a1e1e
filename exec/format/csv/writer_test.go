package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weir/vector"
)

// text is a STRING column; "\x00" stands for NULL.
func text(values ...string) vector.Column {
	offsets, data, valid := []int32{0}, []byte{}, vector.NewBitmap(len(values), true)
	for i, v := range values {
		if v == "\x00" {
			valid.Clear(i)
		} else {
			data = append(data, v...)
		}
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, valid, false)
}

func written(t *testing.T, schema []vector.Field, options map[string]string, columns ...vector.Column) (string, error) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, schema, options, time.UTC)
	if err != nil {
		return "", err
	}
	b := vector.Batch{Columns: columns, Rows: columns[0].Len()}
	if err := w.Write(b); err != nil {
		return "", err
	}
	err = w.Flush()
	return out.String(), err
}

func field(t vector.Type) []vector.Field { return []vector.Field{{Name: "x", Type: t}} }

func check(t *testing.T, what, want string, schema []vector.Field, options map[string]string, columns ...vector.Column) {
	t.Helper()
	got, err := written(t, schema, options, columns...)
	if err != nil || got != want {
		t.Errorf("%s: got %q, %v; want %q", what, got, err, want)
	}
}

// What the bytes should be follows from RFC 4180 and from what Flink 2.2.1 wrote for the same rows, but for the
// differences in docs/flink.md.
func TestWriterText(t *testing.T) {
	ms := int64(1577934245600) // 2020-01-02 03:04:05.600
	one := func(v int64) vector.Column { return vector.NewColumn([]int64{v}, nil) }
	num := func(v ...int64) vector.Column {
		n := make([]vector.Num128, len(v))
		for i, x := range v {
			n[i] = vector.Int128(x)
		}
		return vector.NewColumn(n, nil)
	}
	truth := vector.NewBitmap(2, false)
	truth.Set(0)
	for _, c := range []struct {
		what, want string
		t          vector.Type
		column     vector.Column
	}{
		{"decimals at their scale", "1.50\n1200.00\n-0.01\n", vector.DecimalType(10, 2), num(150, 120000, -1)},
		{"decimal without fraction", "100000\n", vector.DecimalType(20, 0), num(100000)},
		{"doubles", "100.0\n1.23456789E7\n1.0E-5\nNaN\nInfinity\n", vector.DoubleType, vector.NewColumn([]float64{100, 12345678.9, 1e-5, math.NaN(), math.Inf(1)}, nil)},
		{"floats", "0.1\n", vector.FloatType, vector.NewColumn([]float32{0.1}, nil)},
		{"integers", "-128\n127\n", vector.TinyIntType, vector.NewColumn([]int8{-128, 127}, nil)},
		{"big integers", "-9223372036854775808\n", vector.BigIntType, one(math.MinInt64)},
		{"booleans", "true\nfalse\n", vector.BooleanType, vector.NewBools(truth, 2, nil)},
		{"date", "2020-01-02\n", vector.DateType, vector.NewColumn([]int32{18263}, nil)},
		{"time", "03:04:05.600\n", vector.Type{Kind: vector.TimeOfDay, Precision: 3, Nullable: true}, vector.NewColumn([]int32{11045600}, nil)},
		{"timestamp", "2020-01-02 03:04:05.600\n", vector.TimestampType(3), one(ms)},
		{"timestamp of seconds", "2020-01-02 03:04:05\n", vector.TimestampType(0), one(ms - 600)},
		{"timestamp of microseconds", "1969-12-31 23:59:59.999999\n", vector.TimestampType(6), one(-1)},
		{"timestamp of nanoseconds", "2020-01-02 03:04:05.600000789\n", vector.TimestampType(9), vector.NewColumn([]vector.Num128{vector.NewInt128(ms*1000, 789)}, nil)},
		{"instant", "2020-01-02 03:04:05.600Z\n", vector.TimestampLTZType(3), one(ms)},
		{"interval", "14\n", vector.Type{Kind: vector.IntervalMonth, Nullable: true}, vector.NewColumn([]int32{14}, nil)},
		{"bytes", "aGVsbG8=\n", vector.BytesType, vector.NewBytes([]int32{0, 5}, []byte("hello"), nil, true)},
		{"strings without need of quotes", "a-b\na b\n$5\nit's\n", vector.StringType, text("a-b", "a b", "$5", "it's")},
		{"strings in need of quotes", "\"a,\"\"b\"\n\"x\ny\"\n\"x\ry\"\n", vector.StringType, text("a,\"b", "x\ny", "x\ry")},
		{"NULL and the empty string", "\n\"\"\n", vector.StringType, text("\x00", "")},
		{"array", "1;2\n\n", vector.ArrayType(vector.IntType), vector.NewList([]int32{0, 2, 2}, vector.NewColumn([]int32{1, 2}, nil), nil)},
		{"array in need of quotes", "\"a,b;c\"\n", vector.ArrayType(vector.StringType), vector.NewList([]int32{0, 2}, text("a,b", "c"), nil)},
	} {
		check(t, c.what, c.want, field(c.t), nil, c.column)
	}
}

func TestWriterOptions(t *testing.T) {
	two := []vector.Field{{Name: "a", Type: vector.StringType}, {Name: "b", Type: vector.StringType}}
	null := vector.NewColumn([]int32{0}, vector.NewBitmap(1, false))
	check(t, "null-literal", "n/a,n/a\n", []vector.Field{{Name: "a", Type: vector.IntType}, two[1]}, map[string]string{"csv.null-literal": "n/a"}, null, text("\x00"))
	check(t, "the null literal as a string", "n/a,\"n/a\"\n", two, map[string]string{"csv.null-literal": "n/a"}, text("\x00"), text("n/a"))
	check(t, "disable-quote-character", "a,b,q\"q\n", two, map[string]string{"csv.disable-quote-character": "true"}, text("a,b"), text("q\"q"))
	check(t, "escape without quotes", "a\\,b,x\\ny\n", two, map[string]string{"csv.disable-quote-character": "true", "csv.escape-character": "\\"}, text("a,b"), text("x\ny"))
	check(t, "escape with quotes", "\"a,b\",\"q\"\"q\\\\\"\n", two, map[string]string{"csv.escape-character": "\\"}, text("a,b"), text("q\"q\\"))
	check(t, "tab as delimiter", "a b\ta,b\n", two, map[string]string{"csv.field-delimiter": "\\t"}, text("a b"), text("a,b"))
	check(t, "another quote", "'a,b','it''s'\n", two, map[string]string{"csv.quote-character": "'"}, text("a,b"), text("it's"))
	check(t, "header", "a,b\nx,y\n", two, map[string]string{"csv.header": "true"}, text("x"), text("y"))
	check(t, "what looks like a comment", "\"#x\",#y\n", two, map[string]string{"csv.allow-comments": "true"}, text("#x"), text("#y"))
	check(t, "a delimiter that timestamps hold", "\"2020-01-02 03:04:05.600\":x\n", []vector.Field{{Name: "a", Type: vector.TimestampType(3)}, two[1]},
		map[string]string{"csv.field-delimiter": ":"}, vector.NewColumn([]int64{1577934245600}, nil), text("x"))
	check(t, "elements' delimiter", "1|2\n", field(vector.ArrayType(vector.IntType)), map[string]string{"csv.array-element-delimiter": "|"}, vector.NewList([]int32{0, 2}, vector.NewColumn([]int32{1, 2}, nil), nil))
}

func TestWriterRefuses(t *testing.T) {
	if _, err := written(t, field(vector.ArrayType(vector.StringType)), nil, vector.NewList([]int32{0, 1}, text("a;b"), nil)); err == nil || !strings.Contains(err.Error(), "a;b") {
		t.Errorf("an element that holds the delimiter: %v", err)
	}
	key, value := vector.StringType, vector.IntType
	if _, err := NewWriter(nil, field(vector.Type{Kind: vector.Map, Key: &key, Elem: &value}), nil, time.UTC); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("a MAP: %v", err)
	}
}

// TestWriterReadsBack writes random strings of the characters that matter and reads them with another reader.
func TestWriterReadsBack(t *testing.T) {
	const alphabet = "ab,\"\n ;'#\\é"
	random := rand.New(rand.NewPCG(3, 9))
	schema := []vector.Field{{Name: "a", Type: vector.StringType}, {Name: "n", Type: vector.BigIntType}, {Name: "b", Type: vector.StringType}}
	for range 300 {
		n := 1 + random.IntN(20)
		cols := [2][]string{}
		numbers := make([]int64, n)
		for i := range n {
			numbers[i] = random.Int64() >> random.IntN(64)
			for c := range cols {
				var s strings.Builder
				for range random.IntN(5) {
					s.WriteRune([]rune(alphabet)[random.IntN(len([]rune(alphabet)))])
				}
				cols[c] = append(cols[c], s.String())
			}
		}
		got, err := written(t, schema, nil, text(cols[0]...), vector.NewColumn(numbers, nil), text(cols[1]...))
		if err != nil {
			t.Fatal(err)
		}
		records, err := stdcsv.NewReader(strings.NewReader(got)).ReadAll()
		if err != nil || len(records) != n {
			t.Fatalf("%d records of %d, %v: %q", len(records), n, err, got)
		}
		for i, r := range records {
			if r[0] != cols[0][i] || r[2] != cols[1][i] {
				t.Fatalf("row %d came back as %q, was %q and %q", i, r, cols[0][i], cols[1][i])
			}
		}
	}
}

func TestWriterSlices(t *testing.T) {
	list := vector.NewList([]int32{0, 1, 3, 3, 4}, vector.NewColumn([]int32{1, 2, 3, 4}, nil), nil)
	whole := vector.Batch{Rows: 4, Columns: []vector.Column{text("a", "\x00", "c", "d"), list}}
	b := whole.Slice(1, 4)
	check(t, "a slice", ",2;3\nc,\nd,4\n", []vector.Field{{Name: "s", Type: vector.StringType}, {Name: "l", Type: vector.ArrayType(vector.IntType)}}, nil, b.Columns...)
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// rows are a few columns as they come out of a window: key, count, string, time.
func rows(n int) ([]vector.Field, vector.Batch) {
	keys, counts, times, names := make([]int64, n), make([]int64, n), make([]int64, n), make([]string, n)
	for i := range n {
		keys[i], counts[i], times[i], names[i] = int64(i*7919), int64(i%100), 1767268800000+int64(i), "channel-"+string(rune('a'+i%26))
	}
	schema := []vector.Field{{Name: "auction", Type: vector.BigIntType}, {Name: "n", Type: vector.BigIntType}, {Name: "channel", Type: vector.StringType}, {Name: "ts", Type: vector.TimestampType(3)}}
	return schema, vector.Batch{Rows: n, Columns: []vector.Column{vector.NewColumn(keys, nil), vector.NewColumn(counts, nil), text(names...), vector.NewColumn(times, nil)}}
}

func TestWriterAllocatesNothingPerRow(t *testing.T) {
	schema, b := rows(8192)
	w, err := NewWriter(nowhere{}, schema, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}); n > 100 {
		t.Errorf("%v allocations for a batch of %d rows", n, b.Rows)
	}
}

func BenchmarkWriter(b *testing.B) {
	schema, batch := rows(8192)
	w, err := NewWriter(nowhere{}, schema, nil, time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := w.Write(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*batch.Rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
