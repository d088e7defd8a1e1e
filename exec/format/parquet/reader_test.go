package parquet

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/catalog"
	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
)

// column is a column of a test's table.
func column(name string, t vector.Type) catalog.Column { return catalog.Column{Name: name, Type: t} }

// scanOf reads all columns of a table.
func scanOf(columns ...catalog.Column) *plan.Scan {
	s := &plan.Scan{Table: &catalog.Table{Identifier: catalog.Default("t"), Columns: columns}}
	for i := range columns {
		s.Read = append(s.Read, i)
	}
	return s
}

func openOS(_ context.Context, s exec.Split) (exec.File, error) { return os.Open(s.Path) }

// splitOf is a file as a split.
func splitOf(t testing.TB, path string) exec.Split {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return exec.Split{Path: path, Size: info.Size()}
}

// readAll reads a split whole.
func readAll(s *plan.Scan, split exec.Split, batch int) ([]vector.Batch, error) {
	r, err := NewReader(s, batch, openOS)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if err := r.Reopen(context.Background(), exec.Range{Split: split, To: split.Size}); err != nil {
		return nil, err
	}
	return drain(r)
}

func drain(r *Reader) ([]vector.Batch, error) {
	var all []vector.Batch
	for {
		b, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, b)
	}
}

// text is a value as the fixtures show it.
func text(c vector.Column, t vector.Type, row int) string {
	if c.IsNull(row) {
		return "NULL"
	}
	switch t.Physical() {
	case vector.Bool:
		return fmt.Sprint(c.Bool(row))
	case vector.I8:
		return fmt.Sprint(c.Int8()[row])
	case vector.I16:
		return fmt.Sprint(c.Int16()[row])
	case vector.I32:
		return fmt.Sprint(c.Int32()[row])
	case vector.I64:
		return fmt.Sprint(c.Int64()[row])
	case vector.F32:
		return point(fmt.Sprint(c.Float32()[row]))
	case vector.F64:
		return point(fmt.Sprint(c.Float64()[row]))
	case vector.I128:
		v := c.Int128()[row]
		if t.IsTimestamp() {
			return fmt.Sprintf("%d+%d", v.HighBits(), v.LowBits())
		}
		return v.BigInt().String()
	case vector.Bytes:
		if t.IsBytes() {
			return hex.EncodeToString(c.Strings().At(row))
		}
		return string(c.Strings().At(row))
	case vector.List:
		offsets, elems := c.List()
		var parts []string
		for i := offsets[row]; i < offsets[row+1]; i++ {
			parts = append(parts, text(elems, *t.Elem, int(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case vector.Pairs:
		offsets, keys, values := c.Pairs()
		var parts []string
		for i := offsets[row]; i < offsets[row+1]; i++ {
			parts = append(parts, text(keys, *t.Key, int(i))+"="+text(values, *t.Elem, int(i)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	_, fields := c.Struct()
	var parts []string
	for i, f := range fields {
		parts = append(parts, text(f, t.Fields[i].Type, row))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func point(s string) string {
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// lines are the rows of batches, as the fixtures show them.
func lines(s *plan.Scan, batches []vector.Batch) []string {
	var all []string
	for _, b := range batches {
		for row := range b.Rows {
			var parts []string
			for i, c := range b.Columns {
				parts = append(parts, text(c, s.Table.Columns[s.Read[i]].Type, row))
			}
			all = append(all, strings.Join(parts, " | "))
		}
	}
	return all
}

func fixture(t testing.TB, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows instead of %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: row %d:\n%s\n%s was written", what, i, got[i], want[i])
		}
	}
}

var (
	bytes4 = vector.Type{Kind: vector.Binary, Precision: 4, Nullable: true}
	types  = scanOf(column("b", vector.BooleanType), column("i8", vector.TinyIntType), column("i16", vector.SmallIntType), column("i32", vector.IntType),
		column("i64", vector.BigIntType), column("u32", vector.BigIntType), column("f", vector.FloatType), column("d", vector.DoubleType),
		column("s", vector.StringType), column("by", vector.BytesType), column("fixed", bytes4), column("dec5", vector.DecimalType(5, 2)),
		column("dec15", vector.DecimalType(15, 3)), column("dec38", vector.DecimalType(38, 10)), column("date", vector.DateType),
		column("t", vector.Type{Kind: vector.TimeOfDay, Precision: 3, Nullable: true}), column("tus", vector.Type{Kind: vector.TimeOfDay, Precision: 3, Nullable: true}),
		column("ms", vector.TimestampType(3)), column("us", vector.TimestampType(6)), column("ns", vector.TimestampType(9)),
		column("utc", vector.TimestampLTZType(6)), column("cut", vector.TimestampType(3)))
	int96Types = scanOf(column("ts3", vector.TimestampType(3)), column("ts6", vector.TimestampType(6)), column("ts9", vector.TimestampType(9)))
	nested     = scanOf(column("a", vector.ArrayType(vector.IntType)), column("r", rowType(vector.Field{Name: "x", Type: vector.BigIntType}, vector.Field{Name: "y", Type: vector.StringType})),
		column("m", mapType(vector.StringType.NotNull(), vector.IntType)), column("aa", vector.ArrayType(vector.ArrayType(vector.StringType))),
		column("ar", vector.ArrayType(rowType(vector.Field{Name: "n", Type: vector.IntType}, vector.Field{Name: "l", Type: vector.ArrayType(vector.StringType)}))),
		column("ra", rowType(vector.Field{Name: "l", Type: vector.ArrayType(vector.IntType)}, vector.Field{Name: "q", Type: rowType(vector.Field{Name: "z", Type: vector.IntType})})),
		column("k", vector.BigIntType))
)

func rowType(fields ...vector.Field) vector.Type {
	return vector.Type{Kind: vector.Row, Fields: fields, Nullable: true}
}

func mapType(key, value vector.Type) vector.Type {
	return vector.Type{Kind: vector.Map, Key: &key, Elem: &value, Nullable: true}
}

// corpus are the fixtures, with the table that they are read as and what is in them.
var corpus = []struct {
	file, want string
	scan       *plan.Scan
}{
	{"types.parquet", "types.txt", types},
	{"types-v2.parquet", "types.txt", types},
	{"types-plain.parquet", "types.txt", types},
	{"types-delta.parquet", "types.txt", types},
	{"types-brotli.parquet", "types.txt", types},
	{"int96.parquet", "int96.txt", int96Types},
	{"nested.parquet", "nested.txt", nested},
	{"nested-v2.parquet", "nested.txt", nested},
}

// What other programs have written is read, in batches of all sizes.
func TestReader(t *testing.T) {
	for _, f := range corpus {
		split := splitOf(t, filepath.Join("testdata", f.file))
		want := fixture(t, f.want)
		for _, batch := range []int{1, 7, 64, 8192} {
			batches, err := readAll(f.scan, split, batch)
			if err != nil {
				t.Fatalf("%s: %s", f.file, err)
			}
			equal(t, fmt.Sprintf("%s, batches of %d", f.file, batch), lines(f.scan, batches), want)
		}
	}
}

// A part of the columns, in another order, is read as it is in the file.
func TestReaderReadsSomeColumns(t *testing.T) {
	split := splitOf(t, "testdata/types.parquet")
	s := scanOf(column("us", vector.TimestampType(6)), column("nope", vector.StringType), column("s", vector.StringType), column("i8", vector.IntType))
	s.Read = []int{1, 2, 3}
	batches, err := readAll(s, split, 100)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, l := range fixture(t, "types.txt") {
		v := strings.Split(l, " | ")
		want = append(want, "NULL | "+v[8]+" | "+v[1])
	}
	equal(t, "some columns", lines(s, batches), want)
	for _, b := range batches {
		if !b.Columns[1].IsDict() || b.Columns[1].Strings().Dict != batches[0].Columns[1].Strings().Dict {
			t.Fatal("the strings are no codes of one dictionary")
		}
	}
	s.Read = nil
	batches, err = readAll(s, split, 100)
	rows := 0
	for _, b := range batches {
		rows += b.Rows
	}
	if err != nil || rows != len(want) {
		t.Fatalf("%d rows without columns, %v", rows, err)
	}
}

// Cut anywhere, a file has the same rows: each row group belongs to the range that it begins in, and from a mark on the
// reader goes on where it says.
func TestReaderRanges(t *testing.T) {
	for _, f := range corpus {
		split := splitOf(t, filepath.Join("testdata", f.file))
		want := fixture(t, f.want)
		for _, size := range []int64{1, 5000, 20000, split.Size} {
			if size == 1 && split.Size > 50000 {
				continue // slow, and the others do it
			}
			r, err := NewReader(f.scan, 50, openOS)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			mark := int64(0)
			for from := int64(0); from < split.Size; from += size {
				g := exec.Range{Split: split, From: from, To: min(from+size, split.Size), At: exec.Mark{Next: -1}}
				if from == 0 {
					g.At.Next = 0
				}
				if err := r.Reopen(t.Context(), g); err != nil {
					t.Fatal(err)
				}
				if mark < g.To && r.Start() != mark {
					t.Fatalf("%s: the range from %d begins at %d, the one before it ends at %d", f.file, from, r.Start(), mark)
				}
				batches, err := drain(r)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, lines(f.scan, batches)...)
				if len(batches) > 0 || from == 0 {
					mark = r.Position()
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			equal(t, fmt.Sprintf("%s, ranges of %d", f.file, size), got, want)
		}
	}
}

// A range is stretched to where a row group begins, so that one at least begins in it.
func TestReaderStretches(t *testing.T) {
	split := splitOf(t, "testdata/types.parquet")
	r, err := NewReader(types, 50, openOS)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for from := int64(0); from < split.Size; from += 1700 {
		for _, to := range []int64{from + 1, from + 1700, split.Size} {
			to = min(to, split.Size)
			if err := r.Reopen(t.Context(), exec.Range{Split: split, From: from, To: to, At: exec.Mark{Next: -1}}); err != nil {
				t.Fatal(err)
			}
			want := split.Size
			begun := false
			for _, g := range r.footer.groups {
				if g.start >= to && begun {
					want = g.start
					break
				}
				begun = begun || g.start >= from
			}
			if got := r.Stretch(); got != want {
				t.Fatalf("from %d to %d: %d instead of %d", from, to, got, want)
			}
		}
	}
}

// All batches of a row group have one position, where the next one begins: a job that goes on reads the row group again
// and passes over rows.
func TestReaderPosition(t *testing.T) {
	split := splitOf(t, "testdata/types.parquet")
	r, err := NewReader(types, 50, openOS)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Reopen(t.Context(), exec.Range{Split: split, To: split.Size}); err != nil {
		t.Fatal(err)
	}
	want := fixture(t, "types.txt")
	group, rows := int64(0), 0
	for {
		b, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Position() != group {
			other, err := NewReader(types, 1000, openOS)
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Reopen(t.Context(), exec.Range{Split: split, From: r.Position(), To: split.Size, At: exec.Mark{Next: r.Position()}}); err != nil {
				t.Fatal(err)
			}
			rest, err := drain(other)
			if err != nil {
				t.Fatal(err)
			}
			got := lines(types, rest)
			behind := rows + int(r.left) + b.Rows
			equal(t, "behind a row group", got, want[behind:])
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
		}
		group = r.Position()
		rows += b.Rows
	}
	if group != split.Size {
		t.Fatalf("the last position is %d of %d", group, split.Size)
	}
}

// What DuckDB writes has fields that are not read, and row groups of another size.
func TestReaderOfDuckDB(t *testing.T) {
	s := scanOf(column("id", vector.BigIntType), column("name", vector.StringType), column("x", vector.DoubleType), column("p", vector.DecimalType(20, 3)),
		column("ts", vector.TimestampType(3)), column("l", vector.ArrayType(vector.BigIntType)),
		column("r", rowType(vector.Field{Name: "b", Type: vector.StringType}, vector.Field{Name: "c", Type: vector.IntType})), column("m", mapType(vector.StringType.NotNull(), vector.BigIntType)))
	batches, err := readAll(s, splitOf(t, "testdata/duckdb.parquet"), 1000)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 5000 {
		name := "NULL"
		if i%5 != 0 {
			name = fmt.Sprintf("name %d", i%40)
		}
		want = append(want, fmt.Sprintf("%d | %s | %s | %d | %d | [%d, NULL, %d] | (x, NULL) | {k=%d}", i, name, point(fmt.Sprint(float64(i)/4)), i*7000, 1577836800000+int64(i), i, i+1, i))
	}
	equal(t, "duckdb.parquet", lines(s, batches), want)
}

// What can't be read is told with file and column.
func TestReaderRefuses(t *testing.T) {
	split := splitOf(t, "testdata/types.parquet")
	for _, c := range []struct {
		column catalog.Column
		want   string
	}{
		{column("i64", vector.IntType), "testdata/types.parquet: row group 0: column i64: -9223372036854775808 is not a value of type INT"},
		{column("s", vector.IntType), "testdata/types.parquet: column s is BYTE_ARRAY (String) in the file, which can't be read as INT"},
		{column("d", vector.FloatType), "column d is DOUBLE in the file, which can't be read as FLOAT"},
		{column("dec15", vector.DecimalType(20, 2)), "can't be read as DECIMAL(20, 2)"},
		{column("dec38", vector.DecimalType(20, 10)), "is not a value of type DECIMAL(20, 10)"},
		{column("i64", vector.TimestampType(3)), "column i64 is INT64 in the file, which can't be read as TIMESTAMP(3)"},
		{column("S", vector.StringType), "there is no column 'S'"},
		{column("nope", vector.StringType.NotNull()), "there is no column 'nope', which is NOT NULL"},
		{column("s", vector.ArrayType(vector.StringType)), "can't be read as ARRAY"},
		{column("i8", vector.Type{Kind: vector.IntervalSecond, Nullable: true}), "INTERVAL"},
	} {
		_, err := readAll(scanOf(c.column), split, 100)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s as %s: %v", c.column.Name, c.column.Type.Name(), err)
		}
	}
	other := filepath.Join(t.TempDir(), "x.parquet")
	for text, want := range map[string]string{"": "has 0 bytes", "a,b,c\n1,2,3\n1,2,3\n": "does not end with PAR1", "PAR1\x00\x00\x00\x00\xff\xff\xff\x7fPAR1": "longer than the file"} {
		if err := os.WriteFile(other, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(types, splitOf(t, other), 100); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
