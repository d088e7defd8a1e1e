package scan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	"weir/vector"
)

// lateFile is n rows of which about a fifth come late, some of them before 1970.
func lateFile(r *rand.Rand, n int) (text string, times []int64) {
	var b strings.Builder
	now := int64(r.IntN(4000)) - 2000
	for i := range n {
		now += int64(r.IntN(200))
		at := now
		if r.IntN(5) == 0 {
			at -= int64(r.IntN(3000))
		}
		times = append(times, at)
		day, ms := "1970-01-01", at
		if at < 0 {
			day, ms = "1969-12-31", at+86_400_000
		}
		fmt.Fprintf(&b, "%d,%s %02d:%02d:%02d.%03d\n", i, day, ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
	}
	return b.String(), times
}

// behindOf says what the rows of one split carry: docs/design.md, "Splits and lateness".
func behindOf(times []int64, delay, step int64, always bool) []vector.Time {
	out := make([]vector.Time, len(times))
	watermark := vector.MinTime
	for i, t := range times {
		out[i] = vector.MinTime
		if watermark != vector.MinTime && (always || vector.Time(t) <= watermark+1) {
			out[i] = watermark
		}
		if w := vector.Time(t - delay); watermark == vector.MinTime || w > watermark+vector.Time(step) {
			watermark = w
		}
	}
	return out
}

func TestLateRowsOfFiveFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	files := map[string]string{}
	var times [5][]int64
	for i := range times {
		files[fmt.Sprintf("%d.csv", i)], times[i] = lateFile(r, 20+r.IntN(60))
	}
	dir := write(t, files)
	for _, o := range []struct {
		delay, step   int64
		always, order bool
	}{{}, {delay: 500}, {delay: 500, step: 700}, {delay: 100, always: true}, {delay: 100, order: true}} {
		d := table{
			columns: []catalog.Column{column("id", vector.IntType), column("ts", vector.TimestampType(3))},
			options: map[string]string{"path": dir, "format": "csv"},
			read:    []int{0, 1}, rowtime: 1, watermark: delay(1, o.delay), step: o.step, stamp: o.always,
		}
		var want []row
		if o.order {
			d.options["source.read-order"] = "path"
			all := slices.Concat(times[:]...)
			behind, n := behindOf(all, o.delay, o.step, o.always), 0
			for _, file := range times {
				for i, at := range file {
					want = append(want, row{fmt.Sprintf("%d|%d", i, at), vector.Time(at), behind[n], vector.Origin{Row: int64(n)}})
					n++
				}
			}
		} else {
			for split, file := range times {
				behind := behindOf(file, o.delay, o.step, o.always)
				for i, at := range file {
					want = append(want, row{fmt.Sprintf("%d|%d", i, at), vector.Time(at), behind[i], vector.Origin{Split: int32(split), Row: int64(i)}})
				}
			}
		}
		for _, chunk := range []int64{1, 7, 26, 100, 1000, 1 << 20} {
			for _, parallelism := range []int{1, 2, 3, 8} {
				for seed := range uint64(4) {
					w := world{parallelism, []int{1, 7, 8192}[seed%3], chunk, seed}
					out := d.run(t, w)
					if out.err != "" || !slices.Equal(out.rows, want) {
						t.Fatalf("%v, %+v: %d rows, error %q, want %d rows; first difference %v", w, o, len(out.rows), out.err, len(want), difference(out.rows, want))
					}
				}
			}
		}
	}
}

// difference shows the first place where two outcomes differ.
func difference(got, want []row) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("%d: got %v, want %v", i, got[i], want[i])
		}
	}
	return "the length"
}

func TestAllSubtasksRead(t *testing.T) {
	text, _ := lateFile(rand.New(rand.NewPCG(1, 1)), 20_000)
	d := table{
		columns: []catalog.Column{column("id", vector.IntType), column("ts", vector.TimestampType(3))},
		options: map[string]string{"path": write(t, map[string]string{"a": text}), "format": "csv"},
		read:    []int{0, 1}, rowtime: 1, watermark: delay(1, 500),
	}
	out := d.run(t, world{4, 100, 1000, 0})
	if out.err != "" || len(out.rows) != 20_000 {
		t.Fatalf("%d rows, error %q", len(out.rows), out.err)
	}
	for i, n := range out.tasks {
		if n == 0 {
			t.Errorf("subtask %d read nothing: %v", i, out.tasks)
		}
	}
}
