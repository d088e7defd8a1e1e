package parquet

import (
	"path/filepath"
	"strings"
	"testing"

	"weir/catalog"
	"weir/vector"
	"weir/vector/kernel"
)

// The types of columns are those of the file, and all of it can be read with them.
func TestColumns(t *testing.T) {
	const types = "b BOOLEAN, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT, u32 BIGINT, f FLOAT, d DOUBLE, s STRING, by BYTES, fixed BYTES, " +
		"dec5 DECIMAL(5, 2), dec15 DECIMAL(15, 3), dec38 DECIMAL(38, 10), date DATE, t TIME(3), tus TIME(3), ms TIMESTAMP(3), us TIMESTAMP(6), ns TIMESTAMP(9), " +
		"utc TIMESTAMP_LTZ(6), cut TIMESTAMP(6)"
	const nested = "a ARRAY<INT>, r ROW<`x` BIGINT, `y` STRING>, m MAP<STRING NOT NULL, INT>, aa ARRAY<ARRAY<STRING>>, ar ARRAY<ROW<`n` INT, `l` ARRAY<STRING>>>, " +
		"ra ROW<`l` ARRAY<INT>, `q` ROW<`z` INT>>, k BIGINT"
	for _, c := range []struct {
		file, want string
		rows       int
	}{
		{"types.parquet", types, len(fixture(t, "types.txt"))},
		{"types-v2.parquet", types, len(fixture(t, "types.txt"))},
		{"types-delta.parquet", types, len(fixture(t, "types.txt"))},
		{"int96.parquet", "ts3 TIMESTAMP(9), ts6 TIMESTAMP(9), ts9 TIMESTAMP(9)", len(fixture(t, "int96.txt"))},
		{"nested.parquet", nested, len(fixture(t, "nested.txt"))},
		{"nested-v2.parquet", nested, len(fixture(t, "nested.txt"))},
		{"unsigned.parquet", "u8 SMALLINT, u16 INT, u32 BIGINT, u64 DECIMAL(20, 0)", 2},
		{"duckdb.parquet", "id BIGINT, name STRING, x DOUBLE, p DECIMAL(12, 2), ts TIMESTAMP(6), l ARRAY<BIGINT>, r ROW<`a` BIGINT, `b` STRING>, m MAP<STRING NOT NULL, BIGINT>", 5000},
	} {
		split := splitOf(t, filepath.Join("testdata", c.file))
		fields, err := Columns(t.Context(), split, openOS)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var columns []catalog.Column
		for _, f := range fields {
			names = append(names, f.Name+" "+f.Type.String())
			columns = append(columns, column(f.Name, f.Type))
		}
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%s has\n%s, want\n%s", c.file, got, c.want)
		}
		batches, err := readAll(scanOf(columns...), split, 1000)
		rows := 0
		for _, b := range batches {
			rows += b.Rows
		}
		if err != nil || rows != c.rows {
			t.Errorf("%s: %d rows of %d, %v", c.file, rows, c.rows, err)
		}
	}
	if _, err := Columns(t.Context(), splitOf(t, filepath.Join("testdata", "types.txt")), openOS); err == nil || !strings.Contains(err.Error(), "no Parquet file") {
		t.Errorf("a text: %v", err)
	}
}

// TestUnsigned reads integers without a sign as DECIMAL, too.
func TestUnsigned(t *testing.T) {
	split := splitOf(t, filepath.Join("testdata", "unsigned.parquet"))
	long := vector.DecimalType(20, 0)
	batches, err := readAll(scanOf(column("u32", long), column("u64", long)), split, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"4294967295", "18446744073709551615"} {
		if got := string(kernel.AppendDecimal(nil, batches[0].Columns[i].Int128()[1], 0)); got != want {
			t.Errorf("%s is read as %s", want, got)
		}
	}
}
