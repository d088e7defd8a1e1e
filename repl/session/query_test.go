package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/exec/connector"
	"weir/exec/connector/blackhole"
	"weir/exec/connector/datagen"
	"weir/exec/connector/filesystem"
	"weir/exec/connector/print"
	"weir/parser/diag"
)

// newRunning is a session with connectors; the buffer is what print tables show.
func newRunning(t *testing.T) (*Session, *recorder, *bytes.Buffer) {
	t.Helper()
	s, r := newTest(t)
	var shown bytes.Buffer
	s.config.Seams.Stdout = &shown
	s.config.Connectors = connector.Registry{
		"blackhole":  {Sink: blackhole.NewSink},
		"datagen":    {Source: datagen.NewSource},
		"filesystem": {Source: filesystem.NewSource, Sink: filesystem.NewSink},
		"print":      {Sink: print.NewSink},
	}
	return s, r, &shown
}

func TestQueriesOfValues(t *testing.T) {
	s, r, _ := newRunning(t)
	got, err := script(t, s, r, "VALUES (1, 'x', DATE '2020-02-29'), (2, CAST(NULL AS STRING), CAST(NULL AS DATE)); SELECT x + 1 AS y FROM (VALUES (1), (2), (3)) AS t(x) WHERE x > 1")
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, got, "1 schema EXPR$0|EXPR$1|EXPR$2", "+I 1|x|2020-02-29", "+I 2|-|-", "1 done 2", "2 schema y", "+I 3", "+I 4", "2 done 2")
}

// VALUES are cut into batches like anything else, and CURRENT_TIMESTAMP is one instant for all rows.
func TestValuesInBatches(t *testing.T) {
	s, r, _ := newRunning(t)
	got, err := script(t, s, r, "SET 'weir.batch.rows' = '2'; SELECT * FROM (VALUES (1, CURRENT_TIMESTAMP), (2, CURRENT_TIMESTAMP), (3, CURRENT_TIMESTAMP)) AS t(x, n)")
	if err != nil {
		t.Fatal(err, got)
	}
	var times []string
	for _, l := range got[2:5] {
		times = append(times, l[strings.IndexByte(l, '|'):])
	}
	if len(slices.Compact(times)) != 1 || got[5] != "2 done 3" {
		t.Errorf("got %q", got)
	}
}

// Without a mode set a query of VALUES alone is a batch query, one that reads a table is not; EXPLAIN agrees.
func TestModeOfQueries(t *testing.T) {
	s, r, _ := newRunning(t)
	for _, c := range []struct {
		sql       string
		streaming bool
	}{
		{"SELECT 1", false},
		{"SELECT x FROM (VALUES (2), (1)) AS t(x) ORDER BY x", false},
		{"CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1'); SELECT a FROM g", true},
		{"SET 'execution.runtime-mode' = 'streaming'; SELECT 1", true},
		{"SET 'execution.runtime-mode' = 'batch'; SELECT a FROM g", false},
	} {
		if got, err := script(t, s, r, c.sql); err != nil {
			t.Fatal(c.sql, err, got)
		}
		if r.schema.Streaming != c.streaming {
			t.Errorf("%s: streaming is %v", c.sql, r.schema.Streaming)
		}
	}
	got, err := script(t, s, r, "SET 'execution.runtime-mode' = 'batch'; CREATE TABLE e (a INT) WITH ('connector' = 'datagen'); SELECT a FROM e")
	if !errors.Is(err, ErrFailed) || !strings.Contains(got[len(got)-1], "Querying an unbounded table 'default_catalog.default_database.e' in batch mode is not allowed") {
		t.Errorf("an unbounded table in batch mode: %v, %q", err, got)
	}
}

func TestInsert(t *testing.T) {
	s, r, shown := newRunning(t)
	got, err := script(t, s, r, `CREATE TABLE p (a INT, b STRING) WITH ('connector' = 'print');
		INSERT INTO p VALUES (1, 'x'), (2, CAST(NULL AS STRING));
		CREATE TABLE q WITH ('connector' = 'print', 'print-identifier' = 'q') AS SELECT 3 AS c, 'y' AS d;
		DESCRIBE q`)
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, got, "1 done 0", "2 done 2", "3 done 1", "4 schema name|type|null|key|extras|watermark", "+I c|INT|FALSE|-|-|-", "+I d|CHAR(1)|FALSE|-|-|-", "4 done 2")
	if want := "+I[1, x]\n+I[2, null]\nq> +I[3, y]\n"; shown.String() != want {
		t.Errorf("the print tables show %q", shown.String())
	}
}

// Rows that can't be read are counted where that was asked for, and the first one is shown.
func TestBadRowsAreToldAtTheEnd(t *testing.T) {
	s, r, _ := newRunning(t)
	name := filepath.Join(t.TempDir(), "numbers.csv")
	if err := os.WriteFile(name, []byte("1,1\nx,2\n3,3\n4\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var details []*diag.Diagnostic
	s.config.Output = &noticed{recorder: r, details: &details}
	_, err := script(t, s, r, `CREATE TABLE n (a INT, b INT) WITH ('connector' = 'filesystem', 'path' = '`+name+`', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true'); SELECT b FROM n`)
	if err != nil {
		t.Fatal(err, r.lines)
	}
	if !slices.Contains(r.lines, "2 notice bad: 1 row was not readable in full: fields that could not be read are NULL, or the row is left out") || len(details) != 1 || details[0] == nil || !strings.Contains(details[0].Message, "numbers.csv:4") {
		t.Errorf("got %q and %v", r.lines, details)
	}
}

// noticed keeps what notices show.
type noticed struct {
	*recorder
	details *[]*diag.Diagnostic
}

func (n *noticed) Notice(x Notice) error {
	*n.details = append(*n.details, x.Detail)
	return n.recorder.Notice(x)
}

func TestExplain(t *testing.T) {
	s, r, _ := newRunning(t)
	got, err := script(t, s, r, `CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '100', 'fields.a.min' = '0', 'fields.a.max' = '9');
		EXPLAIN SELECT a FROM g WHERE a < 5; EXPLAIN ESTIMATED_COST, JSON_EXECUTION_PLAN SELECT a FROM g; EXPLAIN ANALYZE SELECT a FROM g`)
	if err != nil {
		t.Fatal(err, got)
	}
	plan, json, analyzed := got[2], got[5], got[8]
	if got[1] != "2 schema result" || got[3] != "2 done 1" || !strings.Contains(plan, "where a < 5") || strings.Contains(plan, "100") {
		t.Errorf("EXPLAIN gives %s", plan)
	}
	if !strings.Contains(json, `"nodes"`) {
		t.Errorf("JSON_EXECUTION_PLAN gives %s", json)
	}
	if !strings.Contains(analyzed, "scan g") || !strings.Contains(analyzed, "100") {
		t.Errorf("EXPLAIN ANALYZE gives %s", analyzed)
	}
}

func TestInterrupt(t *testing.T) {
	s, r, _ := newRunning(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.config.Output = &interrupting{recorder: r, cancel: cancel}
	err := s.Run(ctx, &diag.Source{Text: "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000'); SELECT a FROM g; SELECT 1"})
	if !errors.Is(err, ErrInterrupted) || r.lines[len(r.lines)-1] != "2 W6901 the statement was interrupted" {
		t.Errorf("%v after %q", err, r.lines[max(0, len(r.lines)-3):])
	}
	got, err := script(t, s, r, "SELECT 1 AS x")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, "3 schema x", "+I 1", "3 done 1")
}

// interrupting cancels when the first rows come.
type interrupting struct {
	*recorder
	cancel func()
}

func (i *interrupting) Schema(s *Schema) error {
	if s.Statement == 2 {
		defer i.cancel()
	}
	return i.recorder.Schema(s)
}

func TestAnOutputThatClosesEndsTheJob(t *testing.T) {
	s, r, _ := newRunning(t)
	r.fail = errors.New("broken pipe")
	got, err := script(t, s, r, "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000'); SELECT a FROM g; SELECT 1")
	if !errors.Is(err, ErrClosed) {
		t.Errorf("%v after %q", err, got)
	}
	expect(t, got, "1 done 0", "2 schema a")
}

// Four source and four window subtasks share the work of a single file.
func TestAnalyzeShowsThatAllSubtasksWork(t *testing.T) {
	s, r, _ := newRunning(t)
	name := filepath.Join(t.TempDir(), "bids.csv")
	var text bytes.Buffer
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const rows = 400_000 // reading them takes longer than it takes to give each subtask a turn on a busy machine
	for i := range rows {
		fmt.Fprintf(&text, "%d,%d,%s\n", i%997, i, start.Add(time.Duration(i)*time.Millisecond).Format("2006-01-02 15:04:05.000"))
	}
	if err := os.WriteFile(name, text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := script(t, s, r, `CREATE TABLE bids (auction BIGINT, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND)
		WITH ('connector' = 'filesystem', 'path' = '`+name+`', 'format' = 'csv');
		SET 'parallelism.default' = '4'; SET 'weir.chunk.bytes' = '4096';
		EXPLAIN ANALYZE SELECT window_start, auction, COUNT(*) AS c, SUM(price) AS s, MIN(price) AS low, MAX(price) AS high, AVG(price) AS mean
		FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, auction`)
	if err != nil {
		t.Fatal(err, got)
	}
	plan := strings.Split(got[len(got)-2], "\n")
	if !strings.Contains(got[len(got)-2], "400,000") {
		t.Errorf("the scan's rows are not counted:\n%s", got[len(got)-2])
	}
	for _, operator := range []string{"scan bids", "window aggregate (final)"} {
		i := slices.IndexFunc(plan, func(l string) bool { return strings.Contains(l, "─ "+operator) })
		if i < 0 {
			t.Fatalf("there is no %s in\n%s", operator, strings.Join(plan, "\n"))
		}
		j := slices.IndexFunc(plan[i:], func(l string) bool { return strings.Contains(l, "rows per subtask: min ") })
		if j < 0 || strings.Contains(plan[i+j], "min 0,") {
			t.Errorf("a subtask of %s has no rows:\n%s", operator, strings.Join(plan[i:], "\n"))
		}
	}
}
