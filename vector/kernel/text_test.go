package kernel

import (
	"testing"
	"time"

	"weir/vector"
)

func word(s string) *string { return &s }

// The forms in which Flink's client prints values.
func TestAppendText(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	entries := vector.NewPairs([]int32{0, 1}, stringColumn(word("k")), one(int32(0), true), nil)
	row := vector.NewStruct([]string{"x", "y"}, []vector.Column{one(int32(1), false), stringColumn(word("a"))}, 1, nil)
	counts := vector.NewPairs([]int32{0, 2}, stringColumn(word("a"), nil), vector.NewColumn([]int32{2, 1}, nil), nil)
	key, value := vector.StringType.NotNull(), vector.IntType
	for _, c := range []struct {
		column vector.Column
		t      vector.Type
		zone   *time.Location
		want   string
	}{
		{vector.NewBools(vector.Bitmap{1}, 1, nil), vector.BooleanType, nil, "TRUE"},
		{vector.NewBools(vector.Bitmap{0}, 1, nil), vector.BooleanType, nil, "FALSE"},
		{one(int8(-128), false), vector.TinyIntType, nil, "-128"},
		{one(int16(300), false), vector.SmallIntType, nil, "300"},
		{one(int64(5000000000), false), vector.BigIntType, nil, "5000000000"},
		{one(float32(1.1), false), vector.FloatType, nil, "1.1"},
		{one(1e10, false), vector.DoubleType, nil, "1.0E10"},
		{one(vector.Int128(-150), false), vector.DecimalType(10, 4), nil, "-0.0150"},
		{dictColumn(word("ab")), vector.StringType, nil, "ab"},
		{vector.NewBytes([]int32{0, 2}, []byte{0x41, 0xff}, nil, true), vector.BytesType, nil, "x'41ff'"},
		{one(int32(-1), false), vector.DateType, nil, "1969-12-31"},
		{one(int32(3_723_004), false), vector.TimeType, nil, "01:02:03"},
		{one(int64(-1), false), vector.TimestampType(3), nil, "1969-12-31 23:59:59.999"},
		{one(int64(1_577_836_800_000), false), vector.TimestampType(0), nil, "2020-01-01 00:00:00"},
		{one(int64(-1), false), vector.TimestampType(6), nil, "1969-12-31 23:59:59.999999"},
		{one(NewDecimal128(1, 20), false), vector.TimestampType(9), nil, "1970-01-01 00:00:00.000001020"},
		{one(int64(0), false), vector.TimestampLTZType(3), newYork, "1969-12-31 19:00:00.000"},
		{one(NewDecimal128(1_593_561_600_000_000, 5), false), vector.TimestampLTZType(9), newYork, "2020-06-30 20:00:00.000000005"},
		{one(int64(0), false), vector.TimestampLTZType(3), nil, "1970-01-01 00:00:00.000"},
		{one(int32(14), false), vector.Type{Kind: vector.IntervalMonth}, nil, "+1-02"},
		{one(int64(3_600_000), false), vector.Type{Kind: vector.IntervalSecond}, nil, "+0 01:00:00.000"},
		{vector.NewList([]int32{0, 3}, stringColumn(word("a"), nil, word("")), nil), vector.ArrayType(vector.StringType), nil, "[a, NULL, ]"},
		{vector.NewList([]int32{0, 0}, stringColumn(), nil), vector.ArrayType(vector.StringType), nil, "[]"},
		{entries, vector.Type{Kind: vector.Map, Key: &key, Elem: &value}, nil, "{k=NULL}"},
		{counts, vector.MultisetType(vector.StringType), nil, "{a=2, NULL=1}"},
		{row, vector.Type{Kind: vector.Row, Fields: []vector.Field{{Name: "x", Type: vector.IntType}, {Name: "y", Type: vector.StringType}}}, nil, "(1, a)"},
	} {
		if got := string(AppendText(nil, c.column, c.t, 0, c.zone)); got != c.want {
			t.Errorf("%s: %s, want %s", c.t, got, c.want)
		}
	}
}
