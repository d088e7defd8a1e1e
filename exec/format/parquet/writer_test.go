package parquet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
)

// schemaOf is that of a scan's table.
func schemaOf(s *plan.Scan) []vector.Field {
	var out []vector.Field
	for _, c := range s.Table.Columns {
		out = append(out, vector.Field{Name: c.Name, Type: c.Type})
	}
	return out
}

// written is the file that a writer makes of batches.
func written(schema []vector.Field, options map[string]string, batches ...vector.Batch) ([]byte, error) {
	var out bytes.Buffer
	w, err := NewWriter(&out, schema, options, time.UTC)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			return nil, err
		}
	}
	err = w.Flush()
	return out.Bytes(), err
}

// readBack reads a file that is in memory.
func readBack(s *plan.Scan, data []byte) ([]vector.Batch, error) {
	r, err := NewReader(s, 1000, func(context.Context, exec.Split) (exec.File, error) { return memoryFile(data), nil })
	if err != nil {
		return nil, err
	}
	split := exec.Split{Path: "x.parquet", Size: int64(len(data))}
	if err := r.Reopen(context.Background(), exec.Range{Split: split, To: split.Size}); err != nil {
		return nil, err
	}
	return drain(r)
}

// What was read is written and read back, with all options, in batches of all sizes. WEIR_PARQUET_OUT keeps the files, for
// other programs to read.
func TestWriterReadsBack(t *testing.T) {
	for _, f := range corpus {
		want := fixture(t, f.want)
		for i, options := range []map[string]string{
			nil,
			{"parquet.compression": "ZSTD", "parquet.enable.dictionary": "false"},
			{"parquet.compression": "uncompressed", "parquet.page.size": "100", "parquet.block.size": "3000"},
			{"parquet.compression": "gzip"},
			{"parquet.compression": "brotli"},
			{"parquet.write.int64.timestamp": "false"},
			{"parquet.timestamp.time.unit": "nanos"},
		} {
			batches, err := readAll(f.scan, splitOf(t, filepath.Join("testdata", f.file)), 70-9*i)
			if err != nil {
				t.Fatal(err)
			}
			for k := range batches {
				batches[k] = batches[k].Slice(min(k%3, batches[k].Rows-1), batches[k].Rows) // columns that begin within their arrays
			}
			want := want
			if i > 0 {
				want = lines(f.scan, batches)
			} else if batches, err = readAll(f.scan, splitOf(t, filepath.Join("testdata", f.file)), 64); err != nil {
				t.Fatal(err)
			}
			data, err := written(schemaOf(f.scan), options, batches...)
			if err != nil {
				t.Fatalf("%s, %v: %s", f.file, options, err)
			}
			got, err := readBack(f.scan, data)
			if err != nil {
				t.Fatalf("%s, %v: %s", f.file, options, err)
			}
			equal(t, fmt.Sprintf("%s with %v", f.file, options), lines(f.scan, got), want)
			if dir := os.Getenv("WEIR_PARQUET_OUT"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d-%s", i, f.file)), data, 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// A row group ends with its rows, and a batch may go over its end.
func TestWriterRowGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := scanOf(column("x", vector.BigIntType))
	var batches []vector.Batch
	var want []string
	for rows := 0; rows < 2*groupRows+1000; {
		values := make([]int64, 1+r.IntN(20000))
		for i := range values {
			values[i] = r.Int64N(1000)
			want = append(want, fmt.Sprint(values[i]))
		}
		batches = append(batches, vector.Batch{Rows: len(values), Columns: []vector.Column{vector.NewColumn(values, nil)}})
		rows += len(values)
	}
	data, err := written(schemaOf(s), nil, batches...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := readFooter(memoryFile(data), int64(len(data)))
	if err != nil || len(f.groups) != 3 || f.groups[0].rows != groupRows {
		t.Fatalf("%+v, %v", f, err)
	}
	got, err := readBack(s, data)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "row groups", lines(s, got), want)
}

type full struct{ left int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// An error of the file is told, wherever it comes.
func TestWriterTellsErrors(t *testing.T) {
	batches, err := readAll(types, splitOf(t, "testdata/types.parquet"), 100)
	if err != nil {
		t.Fatal(err)
	}
	data, err := written(schemaOf(types), nil, batches...)
	if err != nil {
		t.Fatal(err)
	}
	for left := 0; left < len(data); left += 1 + len(data)/61 {
		w, err := NewWriter(&full{left}, schemaOf(types), nil, time.UTC)
		for _, b := range batches {
			if err == nil {
				err = w.Write(b)
			}
		}
		if err == nil {
			err = w.Flush()
		}
		if !errors.Is(err, errFull) {
			t.Fatalf("%d of %d bytes: %v", left, len(data), err)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	null := vector.NewBitmap(1, false)
	one := func(c vector.Column) vector.Batch { return vector.Batch{Rows: 1, Columns: []vector.Column{c}} }
	for _, c := range []struct {
		t       vector.Type
		options map[string]string
		batch   vector.Batch
		want    string
	}{
		{vector.IntType.NotNull(), nil, one(vector.NewColumn([]int32{1}, null)), "column x: a NULL can't be written"},
		{vector.ArrayType(vector.IntType.NotNull()), nil, one(vector.NewList([]int32{0, 1}, vector.NewColumn([]int32{1}, null), nil)), "a NULL can't be written"},
		{vector.TimestampType(3), map[string]string{"parquet.timestamp.time.unit": "nanos"}, one(vector.NewColumn([]int64{1 << 50}, nil)), "too far from 1970"},
		{vector.Type{Kind: vector.IntervalMonth}, nil, vector.Batch{}, "not supported by the format parquet"},
	} {
		_, err := written([]vector.Field{{Name: "x", Type: c.t}}, c.options, c.batch)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.t.Name(), err)
		}
	}
}

// TestWriterRefusesRepeatedKeys: other programs do not take such a file.
func TestWriterRefusesRepeatedKeys(t *testing.T) {
	key := vector.IntType.WithNullable(false)
	schema := []vector.Field{{Name: "m", Type: vector.Type{Kind: vector.Map, Key: &key, Elem: &vector.IntType, Nullable: true}}}
	maps := func(keys ...int32) vector.Batch {
		c := vector.NewPairs([]int32{0, 2, int32(len(keys))}, vector.NewColumn(keys, nil), vector.NewColumn(make([]int32, len(keys)), nil), nil)
		return vector.Batch{Rows: 2, Columns: []vector.Column{c}}
	}
	if _, err := written(schema, nil, maps(1, 2, 1, 2, 3)); err != nil {
		t.Errorf("keys that differ: %v", err)
	}
	if _, err := written(schema, nil, maps(1, 2, 1, 2, 1)); err == nil || !strings.Contains(err.Error(), "a key twice") {
		t.Errorf("a key twice: %v", err)
	}
}

// A NULL that a type does not let in is reported with the path to where it is.
func TestNullNamesItsPath(t *testing.T) {
	null, one := vector.Nulls(vector.IntType, 1), []int32{0, 1}
	text := vector.NewBytes([]int32{0, 1}, []byte("k"), nil, false)
	for _, c := range []struct {
		path string
		typ  vector.Type
		col  vector.Column
	}{
		{"c", vector.IntType.NotNull(), null},
		{"c.a", vector.RowType(vector.Field{Name: "a", Type: vector.IntType.NotNull()}), vector.NewStruct([]string{"a"}, []vector.Column{null}, 1, nil)},
		{"c.element", vector.ArrayType(vector.IntType.NotNull()), vector.NewList(one, null, nil)},
		{"c.value", vector.MapType(vector.StringType.NotNull(), vector.IntType.NotNull()), vector.NewPairs(one, text, null, nil)},
		{"c.key", vector.MapType(vector.IntType, vector.StringType), vector.NewPairs(one, null, text, nil)},
	} {
		w, err := NewWriter(io.Discard, []vector.Field{{Name: "c", Type: c.typ}}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(vector.Batch{Rows: 1, Columns: []vector.Column{c.col}})
		if err == nil || !strings.Contains(err.Error(), "column "+c.path+": a NULL") {
			t.Errorf("%s: %v", c.path, err)
		}
	}
}
