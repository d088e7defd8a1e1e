package json

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

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

func written(schema []vector.Field, options map[string]string, columns ...vector.Column) (string, error) {
	var out bytes.Buffer
	w, err := NewWriter(&out, schema, options, time.UTC)
	if err != nil {
		return "", err
	}
	if err := w.Write(vector.Batch{Columns: columns, Rows: columns[0].Len()}); err != nil {
		return "", err
	}
	err = w.Flush()
	return out.String(), err
}

func check(t *testing.T, what, want string, schema []vector.Field, options map[string]string, columns ...vector.Column) {
	t.Helper()
	got, err := written(schema, options, columns...)
	if err != nil || got != want {
		t.Errorf("%s: got %q, %v; want %q", what, got, err, want)
	}
}

func field(t vector.Type) []vector.Field { return []vector.Field{{Name: "x", Type: t}} }

// mapOf is a MAP<STRING, INT> of one row.
func mapOf(keys []string, values []int32, valid vector.Bitmap) vector.Column {
	offsets, data := []int32{0}, []byte(nil)
	for _, k := range keys {
		data = append(data, k...)
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewPairs([]int32{0, int32(len(keys))}, vector.NewBytes(offsets, data, nil, false), vector.NewColumn(values, valid), nil)
}

func mapType() vector.Type {
	key, value := vector.StringType, vector.IntType
	return vector.Type{Kind: vector.Map, Key: &key, Elem: &value, Nullable: true}
}

// The values are those that Flink 2.2.1 wrote, decimals as with encode.decimal-as-plain-number; but for the
// differences in docs/flink.md.
func TestWriterText(t *testing.T) {
	ms := int64(1577934245600) // 2020-01-02 03:04:05.600
	one := func(v int64) vector.Column { return vector.NewColumn([]int64{v}, nil) }
	truth := vector.NewBitmap(2, false)
	truth.Set(0)
	row := vector.Type{Kind: vector.Row, Nullable: true, Fields: []vector.Field{{Name: "x", Type: vector.IntType}, {Name: "y", Type: vector.StringType}}}
	st, err := array.NewStructArray([]arrow.Array{vector.NewColumn([]int32{1}, nil).Arrow(), text("z").Arrow()}, []string{"x", "y"})
	if err != nil {
		t.Fatal(err)
	}
	two := vector.NewBitmap(2, true)
	two.Clear(1)
	for _, c := range []struct {
		what, want string
		t          vector.Type
		column     vector.Column
	}{
		{"decimals at their scale", "1.50", vector.DecimalType(10, 2), vector.NewColumn([]vector.Num128{vector.Int128(150)}, nil)},
		{"decimal of great scale", "0.00000001000000000000", vector.DecimalType(38, 20), vector.NewColumn([]vector.Num128{vector.Int128(1000000000000)}, nil)},
		{"double, as Java prints it", "1.23456789E7", vector.DoubleType, vector.NewColumn([]float64{12345678.9}, nil)},
		{"small double", "1.0E-5", vector.DoubleType, vector.NewColumn([]float64{1e-5}, nil)},
		{"NaN", `"NaN"`, vector.DoubleType, vector.NewColumn([]float64{math.NaN()}, nil)},
		{"infinite float", `"-Infinity"`, vector.FloatType, vector.NewColumn([]float32{float32(math.Inf(-1))}, nil)},
		{"float", "0.1", vector.FloatType, vector.NewColumn([]float32{0.1}, nil)},
		{"integer", "-128", vector.TinyIntType, vector.NewColumn([]int8{-128}, nil)},
		{"boolean", "true", vector.BooleanType, vector.NewBools(truth, 1, nil)},
		{"date", `"2020-01-02"`, vector.DateType, vector.NewColumn([]int32{18263}, nil)},
		{"time", `"03:04:05"`, vector.TimeType, vector.NewColumn([]int32{11045600}, nil)},
		{"timestamp", `"2020-01-02 03:04:05.600"`, vector.TimestampType(3), one(ms)},
		{"instant", `"2020-01-02 03:04:05.600Z"`, vector.TimestampLTZType(3), one(ms)},
		{"bytes", `"aGVsbG8="`, vector.BytesType, vector.NewBytes([]int32{0, 5}, []byte("hello"), nil, true)},
		{"string", `"a,\"b\\\n\t\u0001é😀"`, vector.StringType, text("a,\"b\\\n\t\x01é😀")},
		{"no UTF-8", "\"a\uFFFDb\"", vector.StringType, text("a\xffb")},
		{"NULL", "null", vector.StringType, text("\x00")},
		{"empty string", `""`, vector.StringType, text("")},
		{"array", "[1,null]", vector.ArrayType(vector.IntType), vector.NewList([]int32{0, 2}, vector.NewColumn([]int32{1, 2}, two), nil)},
		{"empty array", "[]", vector.ArrayType(vector.IntType), vector.NewList([]int32{0, 0}, vector.NewColumn([]int32{}, nil), nil)},
		{"row", `{"x":1,"y":"z"}`, row, vector.FromArrow(st)},
		{"map", `{"a":1,"b":null}`, mapType(), mapOf([]string{"a", "b"}, []int32{1, 2}, two)},
	} {
		check(t, c.what, `{"x":`+c.want+"}\n", field(c.t), nil, c.column)
	}
}

// TestWriterRefusesRepeatedKeys: readers take the last of them, or the first.
func TestWriterRefusesRepeatedKeys(t *testing.T) {
	if got, err := written(field(mapType()), nil, mapOf([]string{"a", "b", "a"}, []int32{1, 2, 3}, nil)); err == nil || !strings.Contains(err.Error(), `the key "a" twice`) {
		t.Errorf("a key twice: %q, %v", got, err)
	}
}

func TestWriterOptions(t *testing.T) {
	ms := int64(1577934245600)
	iso := map[string]string{"json.timestamp-format.standard": "ISO-8601"}
	check(t, "ISO-8601", `{"x":"2020-01-02T03:04:05.600"}`+"\n", field(vector.TimestampType(3)), iso, vector.NewColumn([]int64{ms}, nil))
	check(t, "ISO-8601 instant", `{"x":"2020-01-02T03:04:05.600Z"}`+"\n", field(vector.TimestampLTZType(3)), iso, vector.NewColumn([]int64{ms}, nil))
	three := []vector.Field{{Name: "a", Type: vector.IntType}, {Name: "s", Type: vector.StringType}, {Name: "b", Type: vector.IntType}}
	numbers := vector.NewColumn([]int32{1, 0}, func() vector.Bitmap { b := vector.NewBitmap(2, true); b.Clear(1); return b }())
	check(t, "ignore-null-fields", "{\"a\":1,\"b\":1}\n{}\n", three, map[string]string{"json.encode.ignore-null-fields": "true"}, numbers, text("\x00", "\x00"), numbers)
	check(t, "NULL fields", "{\"a\":1,\"s\":null,\"b\":1}\n{\"a\":null,\"s\":\"\",\"b\":null}\n", three, nil, numbers, text("\x00", ""), numbers)
	check(t, "name with a quote", "{\"a\\\"b\":\"x\"}\n", []vector.Field{{Name: `a"b`, Type: vector.StringType}}, nil, text("x"))
}

// TestWriterReadsBack writes random strings and reads them with another decoder.
func TestWriterReadsBack(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	var values []string
	for range 2000 {
		var s strings.Builder
		for range random.IntN(8) {
			if random.IntN(2) == 0 {
				s.WriteByte(byte(1 + random.IntN(127)))
			} else {
				s.WriteRune(rune(random.IntN(0xd800)))
			}
		}
		if s.String() == "\x00" {
			continue
		}
		values = append(values, s.String())
	}
	got, err := written(field(vector.StringType), nil, text(values...))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != len(values) {
		t.Fatalf("%d lines for %d rows", len(lines), len(values))
	}
	for i, l := range lines {
		var o map[string]string
		if err := json.Unmarshal([]byte(l), &o); err != nil || o["x"] != values[i] {
			t.Fatalf("%q came back as %q, %v", values[i], o["x"], err)
		}
	}
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

func rows(n int) ([]vector.Field, vector.Batch) {
	keys, times, names := make([]int64, n), make([]int64, n), make([]string, n)
	for i := range n {
		keys[i], times[i], names[i] = int64(i*7919), 1767268800000+int64(i), "channel-"+string(rune('a'+i%26))
	}
	schema := []vector.Field{{Name: "auction", Type: vector.BigIntType}, {Name: "channel", Type: vector.StringType}, {Name: "ts", Type: vector.TimestampType(3)}}
	return schema, vector.Batch{Rows: n, Columns: []vector.Column{vector.NewColumn(keys, nil), text(names...), vector.NewColumn(times, nil)}}
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
