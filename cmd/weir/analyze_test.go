package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bidStatements ask for count, sum, min, max and average price per auction and window of ten seconds: task T1 of the
// benchmark.
const bidStatements = `CREATE TABLE bid (auction BIGINT, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND)
WITH ('connector' = 'filesystem', 'path' = 'bids.csv', 'format' = 'csv');
SET 'weir.chunk.bytes' = '16384';
EXPLAIN ANALYZE SELECT auction, window_start, window_end, COUNT(*), SUM(price), MIN(price), MAX(price), AVG(price)
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end;`

// One file keeps all source subtasks busy, and its keys all window subtasks.
func TestAnalyzeShowsAllSubtasksAtWork(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 200000 {
		fmt.Fprintf(&text, "%d,%d,2026-01-01 12:%02d:%02d.%03d\n", i%97, i, i/6000, i/100%60, i%100*10)
	}
	if err := os.WriteFile(filepath.Join(dir, "bids.csv"), []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := weir(t, dir, "-p", "4", "-o", "vertical", "-e", bidStatements).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, operator := range []string{"scan bid", "window aggregate (final)"} {
		// The operator's line, then its details up to the one about the spread.
		spread := regexp.MustCompile(regexp.QuoteMeta(operator) + `  +4 (?s:.*?)rows per subtask: min ([0-9,]+), median ([0-9,]+), max ([0-9,]+)`)
		found := spread.FindStringSubmatch(string(out))
		if found == nil {
			t.Fatalf("%s: no spread over four subtasks in\n%s", operator, out)
		}
		if found[1] == "0" {
			t.Errorf("%s: a subtask had no rows: %s", operator, found[0])
		}
	}
	if !regexp.MustCompile(`scan bid  +4 .* 200,000 `).Match(out) {
		t.Errorf("the scan does not count 200,000 rows:\n%s", out)
	}
}
