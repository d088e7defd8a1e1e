package checkpoint_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/format/parquet"
	"weir/planner/plan"
	"weir/vector"
)

var eventColumns = []vector.Field{{Name: "k", Type: vector.StringType}, {Name: "id", Type: vector.BigIntType}, {Name: "ts", Type: vector.TimestampType(3)}, {Name: "v", Type: vector.IntType}}

// parquetEvents writes the events of dir/in as Parquet files, of row groups of 30 rows.
func parquetEvents(t testing.TB, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "in", "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(strings.TrimSuffix(name, ".csv") + ".parquet")
		if err != nil {
			t.Fatal(err)
		}
		w, err := parquet.NewWriter(out, eventColumns, map[string]string{"parquet.block.size": "1"}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(text)
		for more := true; more; {
			offsets, data := []int32{0}, []byte{}
			var ids, times []int64
			var values []int32
			for len(ids) < 30 {
				if more = lines.Scan(); !more {
					break
				}
				f := strings.Split(lines.Text(), ",")
				id, err1 := strconv.ParseInt(f[1], 10, 64)
				at, err2 := time.Parse("2006-01-02 15:04:05.000", f[2])
				v, err3 := strconv.Atoi(f[3])
				if err := errors.Join(err1, err2, err3); err != nil {
					t.Fatal(err)
				}
				data = append(data, f[0]...)
				offsets = append(offsets, int32(len(data)))
				ids, times, values = append(ids, id), append(times, at.UnixMilli()), append(values, int32(v))
			}
			if len(ids) == 0 {
				break
			}
			b := vector.Batch{Rows: len(ids), Columns: []vector.Column{vector.NewBytes(offsets, data, nil, false), vector.NewColumn(ids, nil), vector.NewColumn(times, nil), vector.NewColumn(values, nil)}}
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Flush(), out.Close(), text.Close(), os.Remove(name)); err != nil {
			t.Fatal(err)
		}
	}
}

// parquetLines are the rows of all visible files in a directory, sorted; the names of hidden ones come last.
func parquetLines(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	s := &plan.Scan{Table: &catalog.Table{Columns: []catalog.Column{{Name: "k", Type: vector.StringType}, {Name: "id", Type: vector.BigIntType}, {Name: "ts", Type: vector.TimestampType(3)}}}, Read: []int{0, 1, 2}}
	var all, hidden []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			hidden = append(hidden, "hidden file "+e.Name())
			continue
		}
		r, err := parquet.NewReader(s, 1000, func(_ context.Context, s exec.Split) (exec.File, error) { return os.Open(s.Path) })
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		split := exec.Split{Path: filepath.Join(dir, e.Name()), Size: info.Size()}
		if err := r.Reopen(t.Context(), exec.Range{Split: split, To: split.Size}); err != nil {
			t.Fatal(err)
		}
		for {
			b, err := r.Next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			k := b.Columns[0].Strings()
			for i := range b.Rows {
				name := string(k.At(i))
				if name == "" {
					name = `""` // as CSV has it
				}
				all = append(all, fmt.Sprintf("%s,%d,%s", name, b.Columns[1].Int64()[i], time.UnixMilli(b.Columns[2].Int64()[i]).UTC().Format("2006-01-02 15:04:05.000")))
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	return append(all, hidden...)
}

// A job over Parquet files, into CSV or Parquet, that dies behind a checkpoint and goes on at another parallelism, again
// and again, writes what one over CSV does that nobody disturbs: in the middle of row groups it passes over the rows that
// have left.
func TestLivesOfAParquetJob(t *testing.T) {
	for _, x := range shapes[:3] {
		for _, sink := range []string{"csv", "parquet"} {
			if sink == "parquet" && x.name != "filter" {
				continue
			}
			t.Run(x.name+" into "+sink, func(t *testing.T) {
				want := reference(t, x.script, 3, 400, 1)
				s := x.script
				s.tables = strings.ReplaceAll(s.tables, "'format' = 'csv'", "'format' = '"+sink+"'")
				s.tables = strings.Replace(s.tables, "${DIR}/in', 'format' = '"+sink+"'", "${DIR}/in', 'format' = 'parquet'", 1)
				skipped := false
				for seed := range uint64(12) {
					r := rand.New(rand.NewPCG(seed, 98))
					dir := t.TempDir()
					events(t, dir, 3, 400, 1)
					parquetEvents(t, dir)
					store := &memory{}
					trace := untilDone(t, store, r, func(n int) *life {
						if len(store.images) > 0 {
							skipped = skipped || skips(store.last())
						}
						return &life{dir: dir, script: s, parallelism: 1 + r.IntN(5), batch: 1 + r.IntN(100), chunk: 1 + r.Int64N(3000), rows: 1 + r.Int64N(300),
							seed: seed*100 + uint64(n)}
					})
					out := filepath.Join(dir, "out")
					got := lines(t, out)
					if sink == "parquet" {
						got = parquetLines(t, out)
					}
					if !slices.Equal(got, want) {
						t.Fatalf("seed %d: %d lives: %s\n%d lines instead of %d\n%s", seed, len(trace), strings.Join(trace, "; "), len(got), len(want), difference(want, got))
					}
				}
				if !skipped {
					t.Error("no life began in the middle of a row group")
				}
			})
		}
	}
}

// So it is where row groups are left out, also where an earlier life has read them, or a later one does: a position
// counts their rows, and the watermark is what they would have left.
func TestLivesOfAParquetJobThatLeavesOutRowGroups(t *testing.T) {
	const few = "(id BETWEEN 40 AND 130 OR id BETWEEN 500 AND 520 OR id > 1100 AND v > 300)"
	x := shapes[0].script
	x.insert = strings.Replace(x.insert, " GROUP BY", " WHERE "+few+" GROUP BY", 1)
	want := reference(t, x, 3, 400, 1)
	if len(want) < 30 {
		t.Fatalf("only %d rows", len(want))
	}
	within := false
	passed, read := int64(0), int64(0)
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 99))
		dir := t.TempDir()
		events(t, dir, 3, 400, 1)
		parquetEvents(t, dir)
		store := &memory{}
		trace := untilDone(t, store, r, func(n int) *life {
			if len(store.images) > 0 {
				within = within || skips(store.last())
			}
			s := x
			s.tables = strings.Replace(s.tables, "${DIR}/in', 'format' = 'csv'", "${DIR}/in', 'format' = 'parquet'", 1)
			s.settings = map[string]string{"table.optimizer.source.predicate-pushdown-enabled": strconv.FormatBool(r.IntN(4) > 0)}
			return &life{dir: dir, script: s, parallelism: 1 + r.IntN(5), batch: 1 + r.IntN(100), chunk: 1 + r.Int64N(3000), rows: 1 + r.Int64N(60),
				seed: seed*100 + uint64(n), ended: func(report *exec.Report) {
					for _, tasks := range report.Tasks {
						for _, t := range tasks {
							passed, read = passed+t.RowGroupsSkipped.Load(), read+t.RowGroups.Load()
						}
					}
				}}
		})
		if got := lines(t, filepath.Join(dir, "out")); !slices.Equal(got, want) {
			t.Fatalf("seed %d: %d lives: %s\n%d lines instead of %d\n%s", seed, len(trace), strings.Join(trace, "; "), len(got), len(want), difference(want, got))
		}
	}
	if !within || passed == 0 || read == passed {
		t.Errorf("%d of %d row groups were left out; a life began in the middle of one: %v", passed, read, within)
	}
}

// skips reports whether a range of an image goes on within a row group.
func skips(im *exec.Image) bool {
	for _, o := range im.Operators {
		if o.Position == nil {
			continue
		}
		for _, c := range o.Position.Chains {
			for _, r := range c.Ranges {
				if r.Skip > 0 {
					return true
				}
			}
		}
	}
	return false
}
