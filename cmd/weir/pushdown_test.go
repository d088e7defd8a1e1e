package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/format/parquet"
	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
	"weir/vector/kernel"
)

// answers is an Output that keeps rows and notices as lines, and what scans have left out.
type answers struct {
	lines  []string
	schema *session.Schema
	report *exec.Report
}

func (a *answers) Schema(s *session.Schema) error { a.schema = s; return nil }

func (a *answers) Rows(b vector.Batch) error {
	for i := range b.Rows {
		cells := []string{b.Kind(i).String()}
		for j, c := range b.Columns {
			cell := "NULL"
			if !c.IsNull(i) {
				cell = string(kernel.AppendText(nil, c, a.schema.Columns[j].Type, i, a.schema.Zone))
			}
			cells = append(cells, cell)
		}
		a.lines = append(a.lines, strings.Join(cells, " | "))
	}
	return nil
}

func (a *answers) Done(session.Done) error { return nil }
func (a *answers) Fail(_ int, d *diag.Diagnostic) error {
	a.lines = append(a.lines, d.Code+" "+d.Message)
	return nil
}

func (a *answers) Notice(n session.Notice) error {
	a.lines = append(a.lines, fmt.Sprintf("%s %d", n.Kind, n.Count))
	return nil
}

func (a *answers) passed() (groups, files int64) {
	for _, tasks := range a.report.Tasks {
		for _, t := range tasks {
			groups, files = groups+t.RowGroupsSkipped.Load(), files+t.FilesSkipped.Load()
		}
	}
	return groups, files
}

// linesOf runs a script and returns the lines that its last statement gave, sorted.
func linesOf(t *testing.T, script string) ([]string, *answers) {
	t.Helper()
	a := &answers{}
	s := session.New(session.Config{Seams: exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: rand.New(rand.NewPCG(1, 2))},
		Connectors: connectors(), Cores: 2, RAM: 1 << 30, Output: a, Started: func(r *exec.Report) { a.report = r }})
	if err := s.Run(context.Background(), &diag.Source{Text: script}); err != nil && len(a.lines) == 0 {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(a.lines)
	return a.lines, a
}

var measuredColumns = []vector.Field{
	{Name: "tiny", Type: vector.TinyIntType}, {Name: "i", Type: vector.IntType}, {Name: "b", Type: vector.BigIntType},
	{Name: "short", Type: vector.DecimalType(8, 2)}, {Name: "long", Type: vector.DecimalType(17, 3)}, {Name: "wide", Type: vector.DecimalType(30, 4)},
	{Name: "f", Type: vector.FloatType}, {Name: "x", Type: vector.DoubleType},
	{Name: "s", Type: vector.StringType}, {Name: "bin", Type: vector.BytesType}, {Name: "o", Type: vector.BooleanType},
	{Name: "d", Type: vector.DateType}, {Name: "clock", Type: vector.TimeType},
	{Name: "t6", Type: vector.TimestampType(6)}, {Name: "t9", Type: vector.TimestampType(9)}, {Name: "ts", Type: vector.TimestampType(3).NotNull()},
}

// measuredBatch are rows whose values lie near base: those of a row group differ from those of another. Some are NULL,
// some NaN, and times of events fall behind each other.
func measuredBatch(r *rand.Rand, n, base int) vector.Batch {
	var columns []vector.Column
	for _, c := range measuredColumns {
		nulls := []int{0, 0, 5, 100}[r.IntN(4)]
		if !c.Type.Nullable {
			nulls = 0
		}
		valid := vector.NewBitmap(n, true)
		near := make([]int, n)
		for i := range near {
			near[i] = base + r.IntN(7) - 3
			if r.IntN(100) < nulls {
				valid.Clear(i)
			}
		}
		columns = append(columns, measuredColumn(r, c, near, valid))
	}
	return vector.Batch{Rows: n, Columns: columns}
}

func spreadOf[T vector.Fixed](near []int, valid vector.Bitmap, value func(int) T) vector.Column {
	out := make([]T, len(near))
	for i, v := range near {
		out[i] = value(v)
	}
	return vector.NewColumn(out, valid)
}

func measuredColumn(r *rand.Rand, c vector.Field, near []int, valid vector.Bitmap) vector.Column {
	float := func(v int) float64 {
		switch r.IntN(12) {
		case 0:
			return math.NaN()
		case 1:
			return math.Copysign(0, -1)
		}
		return float64(v) / 2
	}
	switch c.Name {
	case "tiny":
		return spreadOf(near, valid, func(v int) int8 { return int8(v) })
	case "i", "d":
		return spreadOf(near, valid, func(v int) int32 { return int32(v) })
	case "clock":
		return spreadOf(near, valid, func(v int) int32 { return int32(v+100) * 1000 })
	case "b":
		return spreadOf(near, valid, func(v int) int64 { return int64(v) << 33 })
	case "short", "long", "wide":
		return spreadOf(near, valid, func(v int) vector.Num128 { return vector.Int128(int64(v) * 250) })
	case "f":
		return spreadOf(near, valid, func(v int) float32 { return float32(float(v)) })
	case "x":
		return spreadOf(near, valid, float)
	case "t6":
		return spreadOf(near, valid, func(v int) int64 { return int64(v)*1_000_000 + 1 })
	case "t9":
		return spreadOf(near, valid, func(v int) vector.Num128 { return vector.NewInt128(int64(v)*1_000_000, uint64(r.IntN(2))) })
	case "ts":
		return spreadOf(near, nil, func(v int) int64 {
			if r.IntN(10) == 0 {
				v -= 9
			}
			return int64(v)*1000 + int64(r.IntN(1000))
		})
	case "o":
		bits := vector.NewBitmap(len(near), false)
		for i, v := range near {
			if v%20 > 10 || v%3 == 0 && v%20 > 5 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, len(near), valid)
	}
	offsets, data := []int32{0}, []byte{}
	for i, v := range near {
		if valid.At(i) {
			data = fmt.Appendf(data, "%c%03d", []rune("aéz\x7f")[r.IntN(2)+v&1], v+100)
		}
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, valid, c.Name == "bin")
}

// measuredFiles writes Parquet files of row groups of all sizes, in directories p=0, p=1, …
func measuredFiles(t *testing.T, r *rand.Rand, dir string) {
	t.Helper()
	for file := range 4 {
		name := filepath.Join(dir, fmt.Sprintf("p=%d", file), "x.parquet")
		if file == 3 {
			name = filepath.Join(dir, "p=__DEFAULT_PARTITION__", "x.parquet")
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w, err := parquet.NewWriter(out, measuredColumns, map[string]string{"parquet.block.size": "1", "parquet.write.int64.timestamp": "true",
			"parquet.enable.dictionary": fmt.Sprint(file%2 == 0)}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		base := r.IntN(20)
		for range 6 + r.IntN(8) {
			if err := w.Write(measuredBatch(r, 1+r.IntN(30), base)); err != nil {
				t.Fatal(err)
			}
			base += r.IntN(14) - 3
		}
		if err := errors.Join(w.Flush(), out.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// literal is a constant that values of a column may be compared with, in one of the forms that it may have.
func measuredLiteral(r *rand.Rand, column string) string {
	v := r.IntN(60) - 5
	pick := func(forms ...string) string { return forms[r.IntN(len(forms))] }
	switch column {
	case "tiny", "i":
		return pick(fmt.Sprint(v), fmt.Sprintf("%d + 1", v), fmt.Sprintf("%d.5", v), fmt.Sprintf("%de0", v), "3000000000")
	case "b":
		return pick(fmt.Sprint(int64(v)<<33), fmt.Sprint(v), fmt.Sprintf("%d.5", int64(v)<<33))
	case "short", "long", "wide":
		return pick(fmt.Sprintf("%d.5", v), fmt.Sprint(v), fmt.Sprintf("%d.12345", v), fmt.Sprintf("%de0", v))
	case "f", "x":
		return pick(fmt.Sprint(v), fmt.Sprintf("%d.5", v), "0e0", fmt.Sprintf("CAST(%d.5 AS FLOAT)", v), "0")
	case "s":
		return fmt.Sprintf("'%s%03d'", pick("a", "é", "z", ""), v+100)
	case "bin":
		return fmt.Sprintf("x'%x'", fmt.Sprintf("%s%03d", pick("a", "é", "z"), v+100))
	case "d":
		return fmt.Sprintf("DATE '%s'", time.Unix(int64(v)*86400, 0).UTC().Format("2006-01-02"))
	case "clock":
		return fmt.Sprintf("TIME '%s'", time.Unix(int64(v+100), 0).UTC().Format("15:04:05"))
	case "p":
		return fmt.Sprint(r.IntN(4))
	}
	return fmt.Sprintf("TIMESTAMP '%s%s'", time.Unix(int64(v), 0).UTC().Format("2006-01-02 15:04:05"), pick("", ".000001", ".5"))
}

func measuredFilter(r *rand.Rand, depth int) string {
	if depth > 0 {
		switch r.IntN(5) {
		case 0, 1:
			return measuredFilter(r, depth-1) + " AND " + measuredFilter(r, 0)
		case 2:
			return "(" + measuredFilter(r, depth-1) + " OR " + measuredFilter(r, depth-1) + ")"
		case 3:
			return "NOT (" + measuredFilter(r, depth-1) + ")" + []string{"", " IS TRUE", " IS NOT FALSE"}[r.IntN(3)]
		}
	}
	columns := []string{"p"}
	for _, c := range measuredColumns {
		columns = append(columns, c.Name)
	}
	c := columns[r.IntN(len(columns))]
	if c == "o" {
		return []string{"o", "NOT o", "o IS FALSE", "o IS NOT TRUE", "o = TRUE", "o <> TRUE", "o IS UNKNOWN"}[r.IntN(7)]
	}
	lit := func() string { return measuredLiteral(r, c) }
	switch r.IntN(9) {
	case 0:
		return c + " IS NULL"
	case 1:
		return c + " IS NOT NULL"
	case 2:
		return fmt.Sprintf("%s BETWEEN %s AND %s", c, lit(), lit())
	case 3:
		return fmt.Sprintf("%s IN (%s, %s)", c, lit(), lit())
	case 4:
		return fmt.Sprintf("%s NOT IN (%s, %s)", c, lit(), lit())
	case 5:
		return fmt.Sprintf("%s %s %s", lit(), []string{"<", ">="}[r.IntN(2)], c)
	}
	return fmt.Sprintf("%s %s %s", c, []string{"=", "<>", "<", "<=", ">", ">="}[r.IntN(6)], lit())
}

// Whatever a filter lets a scan leave out, the answer is the one that all rows give: values, watermarks, late rows.
func TestLeavingOutChangesNothing(t *testing.T) {
	const table = `CREATE TABLE t (tiny TINYINT, i INT, b BIGINT, short DECIMAL(8, 2), long DECIMAL(17, 3), wide DECIMAL(30, 4), f FLOAT, x DOUBLE, s STRING,
bin BYTES, o BOOLEAN, d DATE, clock TIME, t6 TIMESTAMP(6), t9 TIMESTAMP(9), ts TIMESTAMP(3), p INT%s) PARTITIONED BY (p)
WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'parquet');
`
	queries := []struct{ mode, watermark, query string }{
		{"batch", "", "SELECT i, s, x, p FROM t WHERE %s"},
		{"batch", "", "SELECT COUNT(*) FROM t WHERE %s"},
		{"streaming", "", "SELECT i, t9 FROM t WHERE %s UNION ALL SELECT i, t9 FROM t WHERE %[2]s"},
		{"batch", "", "SELECT i, t9 FROM t UNION ALL SELECT i, t9 FROM t WHERE %s"},
		{"streaming", ", WATERMARK FOR ts AS ts - INTERVAL '2' SECOND", `SELECT window_start, COUNT(*), SUM(i), MAX(s)
FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '3' SECOND)) WHERE %s GROUP BY window_start, window_end`},
		{"streaming", ", WATERMARK FOR ts AS ts - INTERVAL '1' SECOND", `SET 'pipeline.auto-watermark-interval' = '700 ms';
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND)) WHERE %s GROUP BY window_start, window_end`},
		{"streaming", ", WATERMARK FOR ts AS ts", "SELECT i, ts, CURRENT_WATERMARK(ts) FROM t WHERE %s"},
		{"streaming", ", WATERMARK FOR ts AS ts - INTERVAL '1' SECOND", `SELECT window_start, FIRST_VALUE(i), COUNT(DISTINCT i)
FROM TABLE(TUMBLE(TABLE t /*+ OPTIONS('source.read-order' = 'path') */, DESCRIPTOR(ts), INTERVAL '2' SECOND)) WHERE %s GROUP BY window_start, window_end`},
	}
	rounds := 88
	if testing.Short() {
		rounds = 24
	}
	var groups, files, late int64
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 77))
		dir := t.TempDir()
		measuredFiles(t, r, dir)
		q := queries[int(seed)%len(queries)]
		query := fmt.Sprintf(strings.Replace(q.query, "%[2]s", measuredFilter(r, 1), 1), measuredFilter(r, 2))
		var want []string
		for i, world := range []struct {
			pushed      bool
			parallelism int
			chunk       int
		}{{false, 1, 4 << 20}, {true, 1, 4 << 20}, {true, 3, 100}, {true, 3, 3000}} {
			got, a := linesOf(t, fmt.Sprintf("SET 'execution.runtime-mode' = '%s'; SET 'table.optimizer.source.predicate-pushdown-enabled' = '%v'; SET 'parallelism.default' = '%d'; SET 'weir.chunk.bytes' = '%d'; SET 'weir.seed' = '%d';\n",
				q.mode, world.pushed, world.parallelism, world.chunk, seed)+fmt.Sprintf(table, q.watermark, dir)+query)
			if i == 0 {
				want = got
				for _, l := range want {
					if strings.HasPrefix(l, "late") {
						late++
					}
				}
				if len(want) > 0 && strings.HasPrefix(want[0], "W") {
					t.Fatalf("seed %d: %s\n%s", seed, want[0], query)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, %+v:\n%s\ngives\n%s\ninstead of\n%s", seed, world, query, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			g, f := a.passed()
			if !world.pushed && g+f > 0 {
				t.Fatalf("seed %d: something was left out though it was not to be", seed)
			}
			groups, files = groups+g, files+f
		}
	}
	t.Logf("%d row groups and %d files were left out, %d answers had late rows", groups, files, late)
	if groups < int64(rounds) || files == 0 || late == 0 {
		t.Error("that proves little")
	}
}

// EXPLAIN ANALYZE says of a scan what it is told, and what it has left out.
func TestAnalyzeCountsWhatIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	measuredFiles(t, rand.New(rand.NewPCG(4, 77)), dir)
	out, err := weir(t, dir, "-p", "2", "-o", "tableau", "-e", `CREATE TABLE t (i INT, p INT) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'path' = '.', 'format' = 'parquet');
EXPLAIN ANALYZE SELECT COUNT(*) FROM t WHERE i > 1000 AND p IN (1, 2)`).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`filter i > 1000 AND p IN \(1, 2\)\n +files skipped: 2 of 4\n +row groups skipped: (\d+) of (\d+)\n`).Match(out) {
		t.Errorf("that is not said in\n%s", out)
	}
}
