package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"weir/bench/answer"
)

// TestMain lets the test program stand in for an engine: a process that prints
// what its environment says, or fails.
func TestMain(m *testing.M) {
	text, isEngine := os.LookupEnv("WEIR_BENCH_ANSWER")
	if !isEngine {
		os.Exit(m.Run())
	}
	if text == "" {
		fmt.Fprintln(os.Stderr, "no answer today")
		os.Exit(3)
	}
	fmt.Print(text)
	os.Exit(0)
}

func standIn(t *testing.T, text string) engine {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("WEIR_BENCH_ANSWER", text)
	return newWeir(program)
}

func TestAnswerIsMeasuredAndKept(t *testing.T) {
	e := standIn(t, "window_start,bids\na,1\nb,2\n")
	one, result, err := e.answer(tasks[2], "bids.csv", "csv", 2, t.TempDir()+"/work")
	if err != nil {
		t.Fatal(err)
	}
	if one.wall <= 0 || one.cpu <= 0 || one.rss < 1<<20 {
		t.Errorf("measured %+v", one)
	}
	digest, err := result.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if digest.Rows != 2 || digest.Columns != "window_start,bids" {
		t.Errorf("the answer is %+v", digest)
	}
}

func TestFailureShowsWhatTheEngineSaid(t *testing.T) {
	e := standIn(t, "")
	_, _, err := e.answer(tasks[0], "bids.csv", "csv", 2, t.TempDir()+"/work")
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"weir T1 csv at 2 threads", "exit status 3", "no answer today"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
}

func TestDisagreementNamesTheRows(t *testing.T) {
	var results [2]answer.Result
	for i, text := range []string{"n\n1\n", "n\n2\n"} {
		_, result, err := standIn(t, text).answer(tasks[2], "bids.csv", "csv", 1, t.TempDir()+"/work")
		if err != nil {
			t.Fatal(err)
		}
		results[i] = result
	}
	err := disagreement(newWeir("weir"), tasks[2], "csv", 1, results[0], results[1])
	if err == nil || !strings.Contains(err.Error(), "1 different rows only in "+results[1].Path+":\n  2\n") {
		t.Errorf("got %v", err)
	}
}

func TestWeirGetsParallelismAndScript(t *testing.T) {
	work := t.TempDir()
	cmd, result, stdout, err := weirCommand(newWeir("weir"), tasks[0], "it's.csv", "csv", 2, work)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(cmd.Args, " "), "weir -p 2 --format csv -f "+work+"/script.sql"; got != want {
		t.Errorf("runs %s, want %s", got, want)
	}
	if env := cmd.Env[len(cmd.Env)-1]; env != "GOMAXPROCS=2" {
		t.Errorf("the environment ends with %s", env)
	}
	if !stdout || !result.Header {
		t.Errorf("T1 is read from standard output: %v, with a header: %v", stdout, result.Header)
	}
	script, err := os.ReadFile(work + "/script.sql")
	if err != nil {
		t.Fatal(err)
	}
	const want = `CREATE TABLE bid (
  auction BIGINT,
  bidder BIGINT,
  price BIGINT,
  channel STRING,
  url STRING,
  dateTime TIMESTAMP(3),
  extra STRING,
  WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'it''s.csv', 'format' = 'csv');
SELECT auction, window_start, window_end, COUNT(*) AS bids, SUM(price) AS price_sum, MIN(price) AS price_min, MAX(price) AS price_max, AVG(price) AS price_avg
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND))
GROUP BY auction, window_start, window_end;
`
	if string(script) != want {
		t.Errorf("the script is\n%s\nwant\n%s", script, want)
	}
}

func TestReportShowsMediansAndRatios(t *testing.T) {
	r := newReport(10_000_000, []int{1, 2})
	of := func(seconds float64) run {
		return run{wall: time.Duration(seconds * float64(time.Second)), cpu: 3 * time.Second, rss: 100 << 20}
	}
	one, two := cell{"T1", "csv", 1}, cell{"T1", "csv", 2}
	for _, seconds := range []float64{9, 4, 5} {
		r.add("DuckDB", one, of(seconds))
	}
	for _, seconds := range []float64{2.5, 1, 30} {
		r.add("weir", one, of(seconds))
	}
	r.add("weir", two, of(1.25))
	r.startup = []time.Duration{30 * time.Millisecond, 12345 * time.Microsecond, 10 * time.Millisecond}

	var text strings.Builder
	r.write(&text)
	// 5 s against 2.5 s; 2.5 s against 1.25 s.
	const want = `
|        | threads | DuckDB s | Mrows/s | CPU s | MiB | weir s | Mrows/s | CPU s | MiB | weir : DuckDB |
| ------ | ------: | -------: | ------: | ----: | --: | -----: | ------: | ----: | --: | ------------: |
| T1 csv |       1 |     5.00 |    2.00 |  3.00 | 100 |   2.50 |    4.00 |  3.00 | 100 |         2.00× |
| T1 csv |       2 |        – |       – |     – |   – |   1.25 |    8.00 |  3.00 | 100 |             – |

|        | threads | DuckDB |  weir |
| ------ | ------: | -----: | ----: |
| T1 csv |   2 : 1 |      – | 2.00× |

` + "`weir -e \"SELECT 1\"`: 12.3 ms, median of 3.\n"
	if got := "\n" + text.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, flags := range [][3]string{
		{"0", "T1", "csv"}, {"two", "T1", "csv"}, {"1,", "T1", "csv"}, {"1", "T9", "csv"}, {"1", "T1", "orc"},
	} {
		o := options{rows: 1, runs: 1}
		if err := o.choose(flags[0], flags[1], flags[2]); err == nil {
			t.Errorf("-threads %s -tasks %s -formats %s was taken", flags[0], flags[1], flags[2])
		}
	}
	o := options{rows: 1, runs: 1}
	if err := o.choose("1,2", "T1,T4", "csv,json,parquet"); err != nil || len(o.tasks) != 2 || len(o.threads) != 2 {
		t.Errorf("got %v and %+v", err, o)
	}
}

func TestMeasuredFailsWithoutAProgram(t *testing.T) {
	if one, err := measured(exec.Command(t.TempDir() + "/nothing")); err == nil {
		t.Errorf("measured %+v", one)
	}
}
