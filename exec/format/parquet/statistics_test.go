package parquet

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"weir/exec"
	"weir/exec/format"
	"weir/planner/plan"
	"weir/vector"
)

// asking is a filter over one column.
func asking(op string, t vector.Type, args ...any) plan.Expr {
	e := &plan.Call{Name: op, Args: []plan.Expr{&plan.Column{T: t}}, T: vector.BooleanType}
	for _, v := range args {
		e.Args = append(e.Args, &plan.Literal{T: t, Value: v})
	}
	return e
}

// In what other programs have written no row lies outside of the bounds of its row group: whoever asks for its value
// reads it.
func TestBoundsHold(t *testing.T) {
	known, unknown := 0, 0
	for _, f := range corpus {
		split := splitOf(t, filepath.Join("testdata", f.file))
		r, err := NewReader(f.scan, 100, openOS)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Reopen(t.Context(), exec.Range{Split: split, To: split.Size}); err != nil {
			t.Fatal(err)
		}
		for i := range r.footer.groups {
			g := &r.footer.groups[i]
			if err := r.Reopen(t.Context(), exec.Range{Split: split, From: g.start, To: r.begin(i + 1), At: exec.Mark{Next: g.start}}); err != nil {
				t.Fatal(err)
			}
			batches, err := drain(r)
			if err != nil {
				t.Fatal(err)
			}
			for k, c := range f.scan.Table.Columns {
				bounds := r.bounds(g, r.columns[k])
				of := func(int) format.Bounds { return bounds }
				if bounds.Low != nil {
					known++
				} else {
					unknown++
				}
				for _, b := range batches {
					for row := range b.Rows {
						filter := asking("IS NULL", c.Type)
						if !b.Columns[k].IsNull(row) {
							v := format.ValueAt(b.Columns[k], c.Type, row)
							if x, ok := v.(float64); ok && math.IsNaN(x) {
								filter = asking("<>", c.Type, 0.0)
							} else if filter = asking("=", c.Type, v); v == nil {
								filter = asking("IS NOT NULL", c.Type)
							}
						}
						if !format.NewPruner(filter).MayPass(of) {
							t.Fatalf("%s: row group %d, column %s: %s is left out by %+v", f.file, i, c.Name, text(b.Columns[k], c.Type, row), bounds)
						}
					}
				}
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if t.Logf("%d bounds are known, %d are not", known, unknown); known < 100 {
		t.Error("that proves little")
	}
}

// What the statistics do not say for certain is read.
func TestBoundsThatAreNotCertain(t *testing.T) {
	split := splitOf(t, "testdata/types.parquet")
	little := func(b byte) []byte { return []byte{b, 0, 0, 0} }
	for _, c := range []struct {
		name, column string
		low, high    []byte // of the new kind
		oldLow       []byte
		oldHigh      []byte
		nulls        int64
		unordered    bool // the file does not say how values were compared
		want         string
	}{
		{"as they should be", "i32", little(1), little(9), nil, nil, 0, false, "1 9 true"},
		{"old ones of numbers", "i32", nil, nil, little(1), little(9), 0, true, "1 9 true"},
		{"one is missing", "i32", little(1), nil, nil, nil, 0, false, "<nil> <nil> true"},
		{"too short", "i32", []byte{1}, little(9), nil, nil, 0, false, "<nil> <nil> true"},
		{"the one above the other", "i32", little(9), little(1), nil, nil, 0, false, "<nil> <nil> true"},
		{"more NULLs than rows", "i32", little(1), little(9), nil, nil, 1 << 40, false, "<nil> <nil> false"},
		{"texts", "s", []byte("a"), []byte("b"), nil, nil, 1, false, "a b false"},
		{"texts of a writer that does not say how it compared", "s", []byte("a"), []byte("b"), nil, nil, 0, true, "<nil> <nil> true"},
		{"old ones of texts", "s", nil, nil, []byte("a"), []byte("b"), 0, false, "<nil> <nil> true"},
		{"NaN", "d", []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f}, []byte{1, 0, 0, 0, 0, 0, 0xf8, 0x7f}, nil, nil, 0, false, "<nil> <nil> true"},
		{"no value of the type", "i8", little(1), []byte{0, 1, 0, 0}, nil, nil, 0, false, "<nil> <nil> true"},
		{"a boolean that is none", "b", []byte{0}, []byte{7}, nil, nil, 0, false, "<nil> <nil> true"},
	} {
		r, err := NewReader(types, 100, openOS)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Reopen(t.Context(), exec.Range{Split: split, To: split.Size}); err != nil {
			t.Fatal(err)
		}
		at := -1
		for i, f := range r.fields {
			if f.Name == c.column {
				at = i
			}
		}
		if at < 0 {
			t.Fatalf("no column %s", c.column)
		}
		n := r.columns[at]
		s := r.footer.meta.RowGroups[0].Columns[n.leaf.column].MetaData.Statistics
		s.MinValue, s.MaxValue, s.Min, s.Max, s.NullCount = c.low, c.high, c.oldLow, c.oldHigh, &c.nulls
		if c.unordered {
			r.footer.meta.FileMetaData.ColumnOrders = nil
		}
		b := r.bounds(&r.footer.groups[0], n)
		if got := fmt.Sprintf("%v %v %v", b.Low, b.High, b.NoNulls); got != c.want {
			t.Errorf("%s: %s instead of %s", c.name, got, c.want)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// countedFile counts the bytes that are read of a file.
type countedFile struct {
	exec.File
	bytes int64
}

func (f *countedFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	f.bytes += int64(n)
	return n, err
}

// Of row groups that are passed over, and where no column is asked for, nothing is read but the footer. Their rows count.
func TestPassedRowGroupsAreNotRead(t *testing.T) {
	split := splitOf(t, "testdata/types.parquet")
	var footer int64
	for _, c := range []struct {
		name   string
		pushed *plan.Pushed
		read   []int
	}{
		{"no columns", nil, nil},
		{"nothing passes", &plan.Pushed{Filter: asking("IN", vector.StringType), Columns: []int{-1}, Records: true, Time: -1}, types.Read},
	} {
		if c.pushed != nil {
			c.pushed.Filter.(*plan.Call).Args = append(c.pushed.Filter.(*plan.Call).Args, &plan.Literal{T: vector.StringType})
		}
		scan := *types
		scan.Read, scan.Pushed = c.read, c.pushed
		var file *countedFile
		r, err := NewReader(&scan, 10, func(_ context.Context, s exec.Split) (exec.File, error) {
			f, err := os.Open(s.Path)
			file = &countedFile{File: f}
			return file, err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Reopen(t.Context(), exec.Range{Split: split, To: split.Size}); err != nil {
			t.Fatal(err)
		}
		footer = file.bytes
		rows := int64(0)
		for {
			b, err := r.Next(t.Context())
			if err != nil {
				break
			}
			passed, _ := r.Passed()
			rows += int64(b.Rows) + passed
		}
		if rows != r.footer.meta.GetNumRows() || file.bytes != footer {
			t.Errorf("%s: %d rows, %d bytes beside the footer", c.name, rows, file.bytes-footer)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
