package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/repl/golden"
)

// event is a row of the input; its times are milliseconds since the epoch.
type event struct {
	id, key int
	at      int64
}

func timestamp(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000")
}

// lateFiles are five files whose rows are a fifth of a second apart; every fifth comes up to twelve seconds late. The
// epoch is in the midst of them.
func lateFiles(r *rand.Rand) [][]event {
	files := make([][]event, 5)
	id := 0
	for i := range files {
		now := int64(r.IntN(8000)) - 15_000
		for range 100 + r.IntN(60) {
			now += int64(r.IntN(400))
			e := event{id, r.IntN(4), now}
			if id++; id%5 == 0 {
				e.at -= int64(r.IntN(12_000))
			}
			files[i] = append(files[i], e)
		}
	}
	return files
}

// reference is docs/design.md's "Splits and lateness" for a tumbling window, one row after the other: a row is late if its
// window's end − 1 ms is no later than the watermark of its own file before it. Arrival is by file, then by row.
func reference(files [][]event, size, offset, delay int64) (groups []string, late int) {
	type group struct {
		start int64
		key   int
	}
	ids := map[group][]int{}
	for _, file := range files {
		watermark := int64(-1 << 62)
		for _, e := range file {
			start := e.at - ((e.at-offset)%size+size)%size
			if start+size-1 <= watermark {
				late++
			} else {
				ids[group{start, e.key}] = append(ids[group{start, e.key}], e.id)
			}
			watermark = max(watermark, e.at-delay)
		}
	}
	for g, of := range ids {
		sum, list := 0, make([]string, len(of))
		for i, id := range of {
			sum += id
			list[i] = fmt.Sprint(id)
		}
		groups = append(groups, fmt.Sprintf("+I,%s,%d,%d,%d,%d,%d,%d,\"%s\"", timestamp(g.start), g.key,
			len(of), sum, slices.Min(of), of[0], of[len(of)-1], strings.Join(list, ",")))
	}
	slices.Sort(groups)
	return groups, late
}

const lateGolden = `A fifth of the rows of five files comes late.
mode: streaming
set: pipeline.auto-watermark-interval = 0
%s-- query.sql --
CREATE TABLE events (id INT, k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '0.%03d' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${DIR}/events', 'format' = 'csv');
SELECT window_start, k, COUNT(*) AS c, SUM(id) AS s, MIN(id) AS m, FIRST_VALUE(id) AS f, LAST_VALUE(id) AS l,
  LISTAGG(CAST(id AS STRING)) AS ids
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '3' SECOND, INTERVAL '1' SECOND))
GROUP BY window_start, window_end, k;
-- expected --
window_start TIMESTAMP(3) NOT NULL, k INT, c BIGINT NOT NULL, s INT, m INT, f INT, l INT, ids STRING
%s
-- notices --
late %d
`

// Groups, arrival within them and the number of late rows are the reference's in all worlds, and in those whose chunks
// are of one row.
func TestLateRowsAreTheReferences(t *testing.T) {
	// Of the worlds that kill those that cover pairs are enough: each is many runs.
	worlds := slices.DeleteFunc(golden.AllWorlds(), func(w golden.World) bool { return w.Killed != 0 })
	for i, w := range golden.CoveringWorlds() {
		w.ChunkBytes, w.Seed = 1, 1000+i
		worlds = append(worlds, w)
	}
	for _, delay := range []int64{0, 700} {
		files := lateFiles(rand.New(rand.NewPCG(20, uint64(delay))))
		groups, late := reference(files, 3000, 1000, delay)
		if late < 20 || len(groups) < 40 {
			t.Fatalf("%d groups and %d late rows prove little", len(groups), late)
		}
		var data strings.Builder
		for i, file := range files {
			fmt.Fprintf(&data, "-- events/%d.csv --\n", i)
			for _, e := range file {
				fmt.Fprintf(&data, "%d,%d,%s\n", e.id, e.key, timestamp(e.at))
			}
		}
		path := filepath.Join(t.TempDir(), "late.txtar")
		text := fmt.Sprintf(lateGolden, data.String(), delay, strings.Join(groups, "\n"), late)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, failure := range golden.Check(t.Context(), path, worlds, connectors()) {
			t.Error(failure)
		}
	}
}
