package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/parser/diag"
)

// patience is how long anything in these tests may take before something is wrong.
const patience = 20 * time.Second

// endless are tables to read and write without an end.
const endless = `CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
	CREATE TABLE b (a INT) WITH ('connector' = 'blackhole');
	SET 'table.dml-sync' = 'false';`

// newJobs is a session whose goroutines must have ended with it.
func newJobs(t *testing.T, sql string) (*Session, *recorder) {
	t.Helper()
	before := runtime.NumGoroutine()
	s, r, _ := newRunning(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				buf := make([]byte, 1<<16)
				t.Fatalf("%d goroutines, before there were %d\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
			}
		}
	})
	if got, err := script(t, s, r, sql); err != nil {
		t.Fatal(err, got)
	}
	s.statement = 0
	return s, r
}

// mask replaces ids of the session's jobs by their number, and times.
func mask(s *Session, lines []string) []string {
	out := slices.Clone(lines)
	for i := range out {
		for n, j := range s.jobs {
			out[i] = strings.ReplaceAll(out[i], j.info.ID, fmt.Sprintf("<%d>", n+1))
			out[i] = strings.ReplaceAll(out[i], j.info.ID[:shownDigits], fmt.Sprintf("<%d>", n+1))
			out[i] = strings.ReplaceAll(out[i], j.started().In(time.UTC).Format("2006-01-02 15:04:05.000"), "<T>")
		}
	}
	return out
}

// until waits for the end of a job.
func until(t *testing.T, j *job) {
	t.Helper()
	select {
	case <-j.ended:
	case <-time.After(patience):
		t.Fatalf("%s does not end", j.label())
	}
}

// Two jobs run in the background and a query beside them; each is stopped in a way of its own.
func TestJobsInTheBackground(t *testing.T) {
	s, r := newJobs(t, endless+"SET 'table.local-time-zone' = 'UTC'")
	got, err := script(t, s, r, "INSERT INTO b SELECT a FROM g; SET 'pipeline.name' = 'second'; INSERT INTO b SELECT a + 1 FROM g; RESET 'pipeline.name'; SELECT 1 AS x; SHOW JOBS")
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, mask(s, got), "1 schema job id", "+I <1>", "1 done 1", "2 done 0", "3 schema job id", "+I <2>", "3 done 1", "4 done 0", "5 schema x", "+I 1", "5 done 1",
		"6 schema job id|job name|status|start time",
		"+I <1>|insert-into_default_catalog.default_database.b|RUNNING|<T>",
		"+I <2>|second|RUNNING|<T>",
		"6 done 2")
	for _, j := range s.jobs {
		if len(j.info.ID) != 32 || strings.Trim(j.info.ID, "0123456789abcdef") != "" {
			t.Errorf("an id is %q", j.info.ID)
		}
	}
	// A dropped table goes on being written.
	got, err = script(t, s, r, "DROP TABLE b; DROP TABLE g; STOP JOB 'second'; DESC JOB 'second'; STOP JOB 'second'; STOP JOB '"+s.jobs[0].info.ID[:6]+"'; SHOW JOBS")
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, mask(s, got), "7 done 0", "8 done 0", "9 done 0", "10 schema job id|job name|status|start time", "+I <2>|second|CANCELED|<T>", "10 done 1", "11 done 0", "12 done 0",
		"13 schema job id|job name|status|start time",
		"+I <1>|insert-into_default_catalog.default_database.b|CANCELED|<T>",
		"+I <2>|second|CANCELED|<T>",
		"13 done 2")
}

// What a job in the background has to say comes between two statements: its end, what it left out, its error.
func TestEndsInTheBackground(t *testing.T) {
	s, r := newJobs(t, `CREATE TABLE b (a INT) WITH ('connector' = 'blackhole'); SET 'table.dml-sync' = 'false'`)
	name := filepath.Join(t.TempDir(), "n.csv")
	if err := os.WriteFile(name, []byte("1\nx\n3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := script(t, s, r, `CREATE TABLE n (a INT) WITH ('connector' = 'filesystem', 'path' = '`+name+`', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true');
		CREATE TABLE m (a INT) WITH ('connector' = 'filesystem', 'path' = '`+name+`', 'format' = 'csv')`)
	if err != nil {
		t.Fatal(err, got)
	}
	if got, err = script(t, s, r, `INSERT INTO b SELECT a FROM n`); err != nil {
		t.Fatal(err, got)
	}
	until(t, s.jobs[0])
	next, err := script(t, s, r, "SHOW CATALOGS")
	if err != nil {
		t.Fatal(err)
	}
	all := mask(s, append(got, next...)) // the job may end before its statement does
	expect(t, all, "3 schema job id", "+I <1>", "3 done 1",
		"3 notice bad: 1 row was not readable in full: fields that could not be read are NULL, or the row is left out",
		"3 notice job: job <1> (insert-into_default_catalog.default_database.b) has finished: 3 rows written into b",
		"4 schema catalog name", "+I default_catalog", "4 done 1")

	out := &failures{recorder: *r}
	s.config.Output = out
	if err := s.Run(context.Background(), &diag.Source{Text: "INSERT INTO b SELECT a FROM m"}); err != nil {
		t.Fatal(err)
	}
	until(t, s.jobs[1])
	if err := s.Tell(); err != nil {
		t.Fatal(err)
	}
	d := out.last
	if d == nil || d.Code[:2] != "W4" && d.Code[:2] != "W5" || d.Source == nil || len(d.Notes) == 0 || !strings.Contains(d.Notes[len(d.Notes)-1], "in job "+s.jobs[1].info.ID[:8]) {
		t.Errorf("the error is %+v", d)
	}
	s.config.Output = r
	got, _ = script(t, s, r, "SHOW JOBS")
	if joined := strings.Join(got, "\n"); strings.Count(joined, "|FINISHED|") != 1 || strings.Count(joined, "|FAILED|") != 1 {
		t.Errorf("got %q", got)
	}
	// The failure is told once and decides how the script ends.
	if err := s.Wait(context.Background()); !errors.Is(err, ErrFailed) {
		t.Errorf("the script ends with %v", err)
	}
}

// A script waits at its end and tells of each job then.
func TestWait(t *testing.T) {
	s, r := newJobs(t, `CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '40', 'rows-per-second' = '200');
		CREATE TABLE b (a INT) WITH ('connector' = 'blackhole'); SET 'table.dml-sync' = 'false'`)
	if got, err := script(t, s, r, "INSERT INTO b SELECT a FROM g; INSERT INTO b SELECT a + 1 FROM g"); err != nil {
		t.Fatal(err, got)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	got := mask(s, r.lines)
	for n, line := range []string{"1 notice job: job <1> (insert-into_default_catalog.default_database.b) has finished: 40 rows written into b", "2 notice job: job <2> (insert-into_default_catalog.default_database.b) has finished: 40 rows written into b"} {
		if !slices.Contains(got, line) {
			t.Errorf("job %d is not told in %q", n+1, got)
		}
	}
}

// An interrupt while a session waits stops all jobs and says so of each.
func TestInterruptedWait(t *testing.T) {
	s, r := newJobs(t, endless)
	if got, err := script(t, s, r, "INSERT INTO b SELECT a FROM g; INSERT INTO b SELECT a FROM g"); err != nil {
		t.Fatal(err, got)
	}
	r.lines = nil
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Wait(ctx); !errors.Is(err, ErrInterrupted) {
		t.Errorf("the wait ends with %v", err)
	}
	expect(t, r.lines, "1 W6901 the job was interrupted", "2 W6901 the job was interrupted")
	if err := s.Close(); err != nil || len(r.lines) != 2 {
		t.Errorf("%v after %q", err, r.lines)
	}
}

// The end of a session stops what runs, and says how many were stopped. An interrupted statement leaves jobs alone.
func TestClose(t *testing.T) {
	s, r := newJobs(t, endless)
	if got, err := script(t, s, r, "INSERT INTO b SELECT a FROM g; INSERT INTO b SELECT a FROM g"); err != nil {
		t.Fatal(err, got)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Run(ctx, &diag.Source{Text: "SELECT a FROM g WHERE a IS NULL"}); !errors.Is(err, ErrInterrupted) {
		t.Errorf("the query ends with %v", err)
	}
	if len(s.runningJobs()) != 2 {
		t.Errorf("%d jobs run behind the interrupted query", len(s.runningJobs()))
	}
	r.lines = nil
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, r.lines, "0 notice job: 2 running jobs were stopped")
}

// A foreground INSERT is a job, too; ended ones are not remembered for ever.
func TestJobsThatHaveEnded(t *testing.T) {
	s, r := newJobs(t, "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')")
	for range keptJobs + 10 {
		if got, err := script(t, s, r, "INSERT INTO b VALUES (1)"); err != nil {
			t.Fatal(err, got)
		}
	}
	got, err := script(t, s, r, "SHOW JOBS")
	if err != nil || strings.Count(strings.Join(got, "\n"), "|FINISHED|") != len(s.jobs) || len(s.jobs) > keptJobs+1 {
		t.Errorf("%v: %d jobs are remembered: %q", err, len(s.jobs), got[:2])
	}
}

func TestFindingJobs(t *testing.T) {
	jobs := []known{
		{"0123456789abcdef0123456789abcdef", "orders", true},
		{"0123556789abcdef0123456789abcdef", "clicks", false},
		{"abcd1234000000000000000000000000", "clicks", false},
		{"abce1234000000000000000000000000", "0123", true},
		{"abcf0000000000000000000000000000", "twice", true},
		{"abcf1000000000000000000000000000", "twice", true},
	}
	for _, c := range []struct {
		word string
		want int
		code string
		hint string
	}{
		{"0123456789abcdef0123456789abcdef", 0, "", ""},
		{"0123456789ABCDEF0123456789ABCDEF", 0, "", ""},
		{"01234", 0, "", ""},
		{"ABCE", 3, "", ""},
		{"orders", 0, "", ""},
		{"clicks", 2, "", ""}, // the last of those that have ended
		{"0123", 0, "W6111", "write more of its id"},
		{"abcf", 0, "W6111", "write more of its id"},
		{"twice", 0, "W6111", "write the id of one of them"},
		{"abc", 0, "W6110", "the beginning of an id must have at least 4 digits"},
		{"order", 0, "W6110", "did you mean 'orders'?"},
		{"01235a", 0, "W6110", "did you mean '012355'?"},
		{"", 0, "W6110", "SHOW JOBS lists them"},
		{"nothing like it", 0, "W6110", "SHOW JOBS lists them"},
	} {
		i, d := find(c.word, jobs, diag.Span{Start: 1, End: 2}, "SHOW JOBS")
		switch {
		case c.code == "":
			if d != nil || i != c.want {
				t.Errorf("%q is job %d, %v", c.word, i, d)
			}
		case d == nil || d.Code != c.code || d.Hint != c.hint || d.Span.IsZero():
			t.Errorf("%q: %+v", c.word, d)
		}
	}
}

func TestRefusalsOfJobs(t *testing.T) {
	s, r := newJobs(t, endless)
	if got, err := script(t, s, r, "INSERT INTO b SELECT a FROM g; INSERT INTO b SELECT a FROM g; STOP JOB '"+"'"); err == nil {
		t.Fatal(got)
	}
	first, second := s.jobs[0].info.ID, s.jobs[1].info.ID
	for _, c := range []struct{ sql, code, message string }{
		{"STOP JOB 'insert-into_default_catalog.default_database.b'", "W6111", "'insert-into_default_catalog.default_database.b' is the name of 2 running jobs"},
		{"DESCRIBE JOB 'nope'", "W6110", "there is no job 'nope'"},
		{"STOP JOB '" + first + "' WITH SAVEPOINT", "W6114", "takes no checkpoints"},
		{"STOP JOB '" + second + "'; STOP JOB '" + second + "' WITH SAVEPOINT", "W6112", "has ended: it is CANCELED"},
	} {
		out := &failures{recorder: *r}
		s.config.Output = out
		if err := s.Run(context.Background(), &diag.Source{Text: c.sql}); !errors.Is(err, ErrFailed) {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		d := out.last
		if d.Code != c.code || !strings.Contains(d.Message, c.message) || d.Span.IsZero() {
			t.Errorf("%s: %s %s, %v", c.sql, d.Code, d.Message, d.Span)
		}
	}
	s.config.Output = r
}

// answering makes a job of the session that answers requests until one stops it, as one with checkpoints does.
func answering(s *Session, dir string) (*job, *[]exec.Request) {
	var asked []exec.Request
	ctx, cancel := context.WithCancelCause(context.Background())
	j := &job{
		info:   exec.JobInfo{ID: fmt.Sprintf("%016x%016x", s.config.Seams.Rand.Uint64(), s.config.Seams.Rand.Uint64()), Name: "answering", Started: time.Now().UnixMilli()},
		target: "t", background: true, listed: true, told: true, dir: dir, requests: make(chan exec.Request), cancel: cancel, ended: make(chan struct{}),
	}
	s.jobs = append(s.jobs, j)
	s.tasks.Go(func() {
		defer close(j.ended)
		epoch := int64(0)
		for {
			select {
			case q := <-j.requests:
				asked = append(asked, q)
				epoch++
				j.note(exec.Checkpoint{Epoch: epoch, Started: time.Now()})
				reply := exec.Reply{Epoch: epoch}
				switch {
				case q.Dir == "/full":
					reply.Err = diag.New("W6120", diag.Span{}, "/full: no space\nleft")
				case q.Dir != "":
					reply.Path = q.Dir + "/savepoint-1"
				}
				if reply.Err == nil && (q.Kind == exec.StopWithSavepoint || q.Kind == exec.StopWithDrain) {
					q.Reply <- reply
					return
				}
				q.Reply <- reply
			case <-ctx.Done():
				j.err = context.Cause(ctx)
				return
			}
		}
	})
	return j, &asked
}

func TestStopWithSavepoint(t *testing.T) {
	s, r := newJobs(t, "")
	j, asked := answering(s, "")
	got, err := script(t, s, r, "STOP JOB 'answering' WITH SAVEPOINT")
	if err == nil || got[0] != "1 W6113 Config key [execution.checkpointing.savepoint-dir] is not set. Property [targetDirectory] must be provided." {
		t.Errorf("without a directory: %v, %q", err, got)
	}
	got, err = script(t, s, r, "SET 'execution.checkpointing.savepoint-dir' = '/full'; STOP JOB 'answering' WITH SAVEPOINT")
	if err == nil || got[1] != "3 W6120 /full: no space\nleft" || j.over() {
		t.Errorf("into a full directory: %v, %q", err, got)
	}
	got, err = script(t, s, r, "SET 'state.savepoints.dir' = 'file:///sp'; STOP JOB 'answering' WITH SAVEPOINT WITH DRAIN; SHOW JOBS")
	if err != nil {
		t.Fatal(err, got)
	}
	if want := []string{"5 schema savepoint path", "+I /sp/savepoint-1", "5 done 1"}; !slices.Equal(got[2:5], want) || !strings.Contains(got[6], "|answering|FINISHED|") {
		t.Errorf("got %q", got)
	}
	if all := *asked; len(all) != 2 || all[0].Kind != exec.StopWithSavepoint || all[1].Kind != exec.StopWithDrain || all[1].Dir != "/sp" {
		t.Errorf("the job was asked %+v", all)
	}
}
