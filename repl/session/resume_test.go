package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/parser/diag"
)

// A statement goes on with its own job, also where those before it in the script are gone.
func TestStatementsThatAreGone(t *testing.T) {
	d := newDurable(t)
	const odd, even = "INSERT INTO o SELECT n FROM g WHERE MOD(n, 2) = 1;\n", "INSERT INTO o SELECT n FROM g WHERE MOD(n, 2) = 0;\n"
	script := numbered + "SET 'table.dml-sync' = 'false';\n"
	run := func(sql string) {
		if err := d.s.Run(t.Context(), &diag.Source{Name: "job.sql", Text: strings.ReplaceAll(sql, "${DIR}", d.dir)}); err != nil {
			t.Fatal(err)
		}
	}
	run(script + odd)
	time.Sleep(700 * time.Millisecond) // the first job is far ahead
	run(even)
	time.Sleep(100 * time.Millisecond)
	ids := map[string]string{}
	for _, j := range d.s.jobs {
		ids[j.info.ID] = j.info.Statement
	}
	d.live(true)
	run(script + even)
	time.Sleep(300 * time.Millisecond)
	for _, j := range d.s.jobs {
		if ids[j.info.ID] != j.info.Statement {
			t.Errorf("%q goes on as job %s, which was %q", j.info.Statement, j.info.ID[:8], ids[j.info.ID])
		}
	}
	d.live(false)
	seen := map[string]int{}
	names, _ := filepath.Glob(filepath.Join(d.dir, "out", "part-*"))
	last := 0
	for _, n := range names {
		text, _ := os.ReadFile(n)
		for _, f := range strings.Fields(string(text)) {
			seen[f]++
			var x int
			fmt.Sscan(f, &x)
			last = max(last, x)
		}
	}
	missing := 0
	for i := 2; i <= last; i += 2 {
		if seen[fmt.Sprint(i)] == 0 {
			missing++
		}
	}
	t.Logf("up to %d: %d even numbers are missing", last, missing)
	t.Log(strings.Join(d.told(), "\n"))
	if missing > 0 {
		t.Errorf("%d rows are lost without a word", missing)
	}
}

// A savepoint is taken, the job is stopped, and another begins with the savepoint.
func TestSavepointThenStop(t *testing.T) {
	d := newDurable(t)
	run := func(sql string) error {
		return d.s.Run(t.Context(), &diag.Source{Name: "job.sql", Text: strings.ReplaceAll(sql, "${DIR}", d.dir)})
	}
	if err := run(numbered + "SET 'table.dml-sync' = 'false';\n" + insertNumbers); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	j := d.s.jobs[0]
	var told string
	reply, refused := j.request(t.Context(), exec.TakeSavepoint, filepath.Join(d.dir, "sp")) // weir savepoint JOB sp
	if refused != nil {
		t.Fatal(refused)
	}
	defer func() { t.Log("after STOP JOB:", told) }()
	if err := run("STOP JOB '" + j.info.ID + "';"); err != nil {
		t.Fatal(err)
	}
	if err := d.s.Tell(); err != nil {
		t.Fatal(err)
	}
	told = strings.Join(d.told(), "\n")
	d.live(false)
	err := run(numbered + "SET 'table.dml-sync' = 'false'; SET 'execution.state-recovery.path' = '" + reply.Path + "';\n" + insertNumbers)
	time.Sleep(300 * time.Millisecond)
	err2 := d.s.Close()
	t.Log(err, err2, strings.Join(d.told(), "\n"))
	for _, j := range d.s.jobs {
		if j.err != nil {
			t.Errorf("begun with the savepoint: %v", j.err)
		}
	}
	d.s = nil
}

// What stands in files of SOURCE belongs to the script, also within a set: a statement of another file in front of it
// does not take its job.
func TestStatementsOfSourcedFiles(t *testing.T) {
	d := newDurable(t)
	for name, text := range map[string]string{"in.csv": "1\n2\n", "a.sql": "INSERT INTO o SELECT x FROM i", "b.sql": "INSERT INTO o SELECT x + 100 FROM i"} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(sql string) {
		t.Helper()
		sql = `SET 'execution.checkpointing.interval' = '1 s'; SET 'pipeline.name' = 'p';
			CREATE TABLE i (x INT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/in.csv', 'format' = 'csv');
			CREATE TABLE o (x INT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');` + sql
		if err := d.s.Run(t.Context(), &diag.Source{Name: "job.sql", Text: strings.ReplaceAll(sql, "${DIR}", d.dir)}); err != nil {
			t.Fatal(err, d.told())
		}
	}
	const set, table = "BEGIN STATEMENT SET; SOURCE '${DIR}/a.sql'; END;", "BEGIN STATEMENT SET; CREATE TABLE IF NOT EXISTS i AS SELECT 1; INSERT INTO o SELECT x + 1000 FROM i; END;"
	run(set + table + "SOURCE '${DIR}/a.sql';")
	d.live(true)
	run("BEGIN STATEMENT SET; SOURCE '${DIR}/b.sql'; END;" + set + "SOURCE '${DIR}/b.sql';" + table + "SOURCE '${DIR}/a.sql';")
	var got []string
	names, _ := filepath.Glob(filepath.Join(d.dir, "out", "part-*"))
	for _, n := range names {
		text, _ := os.ReadFile(n)
		got = append(got, strings.Fields(string(text))...)
	}
	slices.Sort(got)
	if want := "1 1 1001 1002 101 101 102 102 2 2"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s\n%s", got, want, strings.Join(d.told(), "\n"))
	}
}
