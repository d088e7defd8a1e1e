package session

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/parser/diag"
)

// A set in the background is one job of SHOW JOBS, named after all that it writes.
func TestSetIsOneJob(t *testing.T) {
	s, r := newJobs(t, endless+"SET 'table.local-time-zone' = 'UTC'; CREATE TABLE c (a INT) WITH ('connector' = 'blackhole')")
	got, err := script(t, s, r, `BEGIN STATEMENT SET; INSERT INTO b SELECT a FROM g; INSERT INTO c SELECT a + 1 FROM g; END; SHOW JOBS;
		EXECUTE STATEMENT SET BEGIN INSERT INTO b SELECT a FROM g; INSERT INTO b SELECT a FROM g; END; STOP JOB 'insert-into_default_catalog.default_database.b_1,default_catalog.default_database.b_2'`)
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, mask(s, got), "1 done 0", "2 done 0", "3 done 0", "4 schema job id", "+I <1>", "4 done 1",
		"5 schema job id|job name|status|start time",
		"+I <1>|insert-into_default_catalog.default_database.b,default_catalog.default_database.c|RUNNING|<T>",
		"5 done 1",
		"6 schema job id", "+I <2>", "6 done 1", "7 done 0")
	r.lines = nil
	if got, err := script(t, s, r, "STOP JOB '"+s.jobs[0].info.ID+"'"); err != nil {
		t.Fatal(err, got)
	}
}

// The rows of a set are counted together, as those of INSERT are.
func TestSetCountsRows(t *testing.T) {
	s, r := newJobs(t, "CREATE TABLE a (x INT) WITH ('connector' = 'blackhole'); CREATE TABLE b (x INT NOT NULL) WITH ('connector' = 'blackhole'); SET 'table.exec.sink.not-null-enforcer' = 'DROP'")
	got, err := script(t, s, r, "EXECUTE STATEMENT SET BEGIN INSERT INTO a VALUES (1), (2); INSERT INTO b SELECT CAST(NULL AS INT) UNION ALL SELECT 3; INSERT INTO a VALUES (4); END")
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, got, "1 notice dropped: 1 row was dropped for a NULL in a NOT NULL column", "1 done 4")
	if target := s.jobs[len(s.jobs)-1].target; target != "a, b" {
		t.Errorf("the rows are written into %s", target)
	}
}

// At the prompt each statement of a set is a text of its own: errors at END show the one that they are about.
func TestSetOfSeveralTexts(t *testing.T) {
	s, r := newTest(t)
	places := &placed{recorder: r}
	s.config.Output = places
	for i, text := range []string{"CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')", "BEGIN STATEMENT SET", "INSERT INTO b VALUES (1)", "INSERT INTO b\nVALUES ('x')", "END",
		"CREATE TABLE g (a INT) WITH ('connector' = 'datagen'); CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'csv')",
		"BEGIN STATEMENT SET; BEGIN STATEMENT SET", "INSERT INTO b VALUES (1)", "INSERT INTO f SELECT SUM(a) FROM g", "END"} {
		_ = s.Run(t.Context(), &diag.Source{Name: fmt.Sprint("text ", i), Text: text})
	}
	expect(t, places.at, "text 3 2:1 VALUES ('x')", "text 6 1:22 BEGIN STATEMENT SET", "text 8 1:13 f")
	if s.InSet() {
		t.Error("the set is still open")
	}
}

// placed notes where errors are.
type placed struct {
	*recorder
	at []string
}

func (p *placed) Fail(_ int, d *diag.Diagnostic) error {
	name := d.Source.Name
	if name == "" {
		name = "(inline)"
	}
	line, column := d.Source.Position(d.Span.Start)
	p.at = append(p.at, strings.TrimSpace(strings.Join([]string{name, position(line, column), d.Source.Text[d.Span.Start:d.Span.End]}, " ")))
	return nil
}

// A script that ends in a set is told so; elsewhere it is said that the set has not run.
func TestSetWithoutEnd(t *testing.T) {
	s, r := newJobs(t, "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')")
	got, err := script(t, s, r, "BEGIN STATEMENT SET; INSERT INTO b VALUES (1); INSERT INTO b VALUES (2)")
	if err != nil || !s.InSet() {
		t.Fatal(err, got)
	}
	r.lines = nil
	if err := s.Wait(t.Context()); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	expect(t, r.lines, "1 W2903 the script ends inside of the statement set that begins here: its 2 statements have not run")
	s, r, _ = newRunning(t)
	if _, err := script(t, s, r, "BEGIN STATEMENT SET; QUIT"); !errors.Is(err, ErrQuit) {
		t.Error(err)
	}
	r.lines = nil
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	expect(t, r.lines, "1 notice job: the statement set was not ended: it has no statements")
	s, r, _ = newRunning(t)
	if _, err := script(t, s, r, "BEGIN STATEMENT SET"); err != nil {
		t.Error(err)
	}
	r.lines = nil
	for range 2 {
		if err := s.GiveUpSet(); err != nil || s.InSet() {
			t.Error(err)
		}
	}
	expect(t, r.lines, "1 notice job: the statement set was given up: it has no statements")
}

// A table that is created in a set comes into being at its END, if that goes well.
func TestSetCreatesTables(t *testing.T) {
	s, r := newJobs(t, "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')")
	const create = "CREATE TABLE c WITH ('connector' = 'blackhole') AS SELECT 1 AS x; CREATE TABLE IF NOT EXISTS c WITH ('connector' = 'blackhole') AS SELECT 1 AS x;"
	got, err := script(t, s, r, "BEGIN STATEMENT SET;"+create+"INSERT INTO b VALUES ('x'); END; SHOW TABLES")
	if !errors.Is(err, ErrFailed) {
		t.Fatal(err, got)
	}
	got, err = script(t, s, r, "SHOW TABLES; BEGIN STATEMENT SET;"+create+"INSERT INTO b VALUES (2); END; SHOW TABLES")
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, got[len(got)-4:], "12 schema table name", "+I b", "+I c", "12 done 2")
	if !strings.HasSuffix(got[len(got)-5], " done 2") {
		t.Errorf("END: %s", got[len(got)-5])
	}
}

// A set goes on from a checkpoint of its own, under --resume and from a savepoint, whichever way it is written.
func TestSetGoesOn(t *testing.T) {
	const (
		tables = numbered + "CREATE TABLE even (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/even', 'format' = 'csv');\n"
		first  = "INSERT INTO o SELECT n FROM g"
		second = "INSERT INTO even SELECT n FROM g WHERE MOD(n, 2) = 0"
	)
	for name, set := range map[string]string{
		"EXECUTE": "EXECUTE STATEMENT SET BEGIN " + first + "; " + second + "; END;\n",
		"BEGIN":   "BEGIN STATEMENT SET;\n" + first + ";\n" + second + ";\nEND;\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDurable(t)
			// check asks that both sinks have all rows up to the last one, each once.
			check := func(before int) int {
				t.Helper()
				n, evens := d.written(), d.numbers("even")
				if n <= before || len(evens) != n/2 || len(evens) != len(slices.Compact(evens)) {
					t.Errorf("%d rows behind %d, and %d even ones", n, before, len(evens))
				}
				return n
			}
			d.interrupted(tables + set)
			n := check(0)
			d.live(true)
			got := d.interrupted("SET 'parallelism.default' = '3';\n" + tables + set)
			if !strings.Contains(strings.Join(got, "\n"), "goes on from") {
				t.Errorf("%q", got)
			}
			check(n)

			d = newDurable(t)
			background := tables + "SET 'table.dml-sync' = 'false'; SET 'execution.checkpointing.savepoint-dir' = '${DIR}/sp';\n"
			if got, err := d.run(t.Context(), background+set); err != nil {
				t.Fatal(err, got)
			}
			time.Sleep(200 * time.Millisecond)
			if got, err := d.run(t.Context(), "STOP JOB '"+d.s.jobs[0].info.ID+"' WITH SAVEPOINT"); err != nil {
				t.Fatal(err, got)
			}
			n = check(0)
			found, err := filepath.Glob(filepath.Join(d.dir, "sp", "savepoint-*"))
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			d.live(false)
			got = d.interrupted("SET 'parallelism.default' = '3';\n" + tables + "SET 'execution.state-recovery.path' = '" + found[0] + "';\n" + set)
			if !strings.Contains(strings.Join(got, "\n"), "begins with") {
				t.Errorf("%q", got)
			}
			check(n)
		})
	}
}
