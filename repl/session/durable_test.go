package session

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/parser/diag"
)

// durable is a place for jobs that take checkpoints, and one life of a session after the other in it.
type durable struct {
	*testing.T
	dir string
	s   *Session
	r   *recorder

	lives uint64
}

func newDurable(t *testing.T) *durable {
	d := &durable{T: t, dir: t.TempDir()}
	d.live(false)
	return d
}

// live begins another session.
func (d *durable) live(resume bool) {
	d.Helper()
	if d.s != nil {
		if err := d.s.Close(); err != nil {
			d.Error(err)
		}
	}
	d.s, d.r = newJobs(d.T, "")
	d.lives++
	d.s.config.Seams.Rand = rand.New(rand.NewPCG(d.lives, 0)) // jobs of two processes never have one id
	d.s.config.Resume, d.s.config.Checkpoints, d.s.config.Again = resume, filepath.Join(d.dir, "checkpoints"), "weir job.sql --resume"
}

// numbered are the rows of a generator that is never done, written into a directory.
const numbered = `CREATE TABLE g (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000');
CREATE TABLE o (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '1 h';
`

// run runs a script, whose file is job.sql, and returns what the Output was told without ids and times.
func (d *durable) run(ctx context.Context, sql string) ([]string, error) {
	d.Helper()
	d.r.lines = nil
	err := d.s.Run(ctx, &diag.Source{Name: "job.sql", Text: strings.ReplaceAll(sql, "${DIR}", d.dir)})
	return d.told(), err
}

var (
	someID   = regexp.MustCompile(`\b([0-9a-f]{32}|[0-9a-f]{8})\b`)
	someTime = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	someSP   = regexp.MustCompile(`savepoint-[0-9a-f]{6}-[0-9a-f]{12}`)
)

func (d *durable) told() []string {
	out := slices.Clone(d.r.lines)
	for i, l := range out {
		l = strings.ReplaceAll(l, d.dir, "${DIR}")
		out[i] = someSP.ReplaceAllString(someTime.ReplaceAllString(someID.ReplaceAllString(l, "<ID>"), "<T>"), "<SAVEPOINT>")
	}
	return slices.DeleteFunc(out, func(l string) bool { return strings.HasSuffix(l, " done 0") })
}

// interrupted runs a script and interrupts it after a while.
func (d *durable) interrupted(sql string) []string {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), 300*time.Millisecond)
	defer cancel()
	got, err := d.run(ctx, sql)
	if !errors.Is(err, ErrInterrupted) {
		d.Fatalf("%v: %q", err, got)
	}
	return got
}

// written checks that the numbers from 1 on were written, each once, and returns the last.
func (d *durable) written() int {
	d.Helper()
	all := d.numbers("out")
	for i, n := range all {
		if n != i+1 {
			d.Fatalf("number %d is %d of %d", i+1, n, len(all))
		}
	}
	return len(all)
}

// numbers are those that were written into a directory, sorted.
func (d *durable) numbers(dir string) []int {
	d.Helper()
	names, err := filepath.Glob(filepath.Join(d.dir, dir, "part-*"))
	if err != nil {
		d.Fatal(err)
	}
	var all []int
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			d.Fatal(err)
		}
		for _, f := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(f)
			if err != nil {
				d.Fatal(err)
			}
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

const (
	insertNumbers = "INSERT INTO o SELECT n FROM g"
	stopped       = "notice job: the job was stopped before the end of its input"
	label         = "job <ID> (insert-into_default_catalog.default_database.o)"
)

// Ctrl-C takes a last checkpoint; the same script with --resume goes on, as often as one likes and at any parallelism.
func TestInterruptedJobsGoOn(t *testing.T) {
	d := newDurable(t)
	got := d.interrupted(numbered + insertNumbers)
	expect(t, got, "4 "+stopped, "4 notice state: "+label+" can go on from checkpoint 1: weir job.sql --resume", "4 W6901 the statement was interrupted")
	last := d.written()
	for i, p := range []string{"3", "1", "2"} {
		d.live(true)
		got = d.interrupted("SET 'parallelism.default' = '" + p + "';" + numbered + insertNumbers)
		epoch := strconv.Itoa(i + 1)
		expect(t, got, "5 notice state: "+label+" goes on from ${DIR}/checkpoints/<ID>/chk-"+epoch+", of <T>",
			"5 "+stopped, "5 notice state: "+label+" can go on from checkpoint "+strconv.Itoa(i+2)+": weir job.sql --resume", "5 W6901 the statement was interrupted")
		if n := d.written(); n <= last {
			t.Errorf("%d rows, before there were %d", n, last)
		} else {
			last = n
		}
	}
}

// A job that has ended is not begun anew by --resume, and one that never began is.
func TestResumingWhatIsDone(t *testing.T) {
	d := newDurable(t)
	script := numbered + "INSERT INTO o SELECT * FROM (VALUES (CAST(1 AS BIGINT)), (2), (3)) AS v(n)"
	d.live(true)
	got, err := d.run(t.Context(), script)
	expect(t, got, "4 notice state: there is no earlier run to resume: "+label+" starts from the beginning", "4 done 3")
	d.live(true)
	again, err2 := d.run(t.Context(), script)
	expect(t, again, "4 notice state: "+label+" goes on from ${DIR}/checkpoints/<ID>/chk-1, of <T>, behind which nothing is left to do", "4 done 3")
	if err = errors.Join(err, err2); err != nil || d.written() != 3 {
		t.Errorf("%v; %d rows", err, d.written())
	}
}

// The same INSERT twice in a script are two jobs, which --resume tells apart.
func TestResumingOneOfTwo(t *testing.T) {
	d := newDurable(t)
	values := "INSERT INTO o SELECT * FROM (VALUES (CAST(1 AS BIGINT)), (2), (3)) AS v(n);"
	d.interrupted(numbered + values + "INSERT INTO o SELECT n + 3 FROM g")
	d.live(true)
	got := d.interrupted(numbered + values + "INSERT INTO o SELECT n + 3 FROM g")
	if !strings.HasSuffix(got[0], "behind which nothing is left to do") || got[1] != "4 done 3" || !strings.HasPrefix(got[2], "5 notice state: "+label+" goes on from") {
		t.Errorf("%q", got)
	}
	if n := d.written(); n < 100 {
		t.Errorf("%d rows", n)
	}
}

// A savepoint is what another job begins with; the one that it was taken of goes on, or is stopped.
func TestSavepointsOfJobs(t *testing.T) {
	d := newDurable(t)
	got, err := d.run(t.Context(), numbered+"SET 'table.dml-sync' = 'false'; SET 'execution.checkpointing.savepoint-dir' = '${DIR}/sp'; SET 'pipeline.name' = 'numbers';"+insertNumbers)
	if err != nil {
		t.Fatal(err, got)
	}
	time.Sleep(50 * time.Millisecond)
	got, err = d.run(t.Context(), "STOP JOB 'numbers' WITH SAVEPOINT")
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, got, "8 schema savepoint path", "+I ${DIR}/sp/<SAVEPOINT>", "8 done 1", "7 "+stopped,
		"7 notice state: job <ID> (numbers) can go on from checkpoint 1: weir job.sql --resume", "7 notice job: job <ID> (numbers) has stopped: "+strconv.Itoa(d.written())+" rows written into o")
	before := d.written()
	paths, err := filepath.Glob(filepath.Join(d.dir, "sp", "*"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	d.live(false)
	got = d.interrupted("SET 'execution.savepoint.path' = '" + paths[0] + "';" + numbered + insertNumbers)
	if !slices.Contains(got, "5 notice state: "+label+" begins with ${DIR}/sp/<SAVEPOINT>, of <T>") || d.written() <= before {
		t.Errorf("%d rows, before there were %d; %q", d.written(), before, got)
	}
}

// What a job can't be restored to is refused before anything of it runs, with what can be done.
func TestRefusedDurability(t *testing.T) {
	d := newDurable(t)
	d.interrupted(numbered + insertNumbers)
	checkpoint, err := filepath.Glob(filepath.Join(d.dir, "checkpoints", "*", "chk-1"))
	if err != nil || len(checkpoint) != 1 {
		t.Fatal(checkpoint, err)
	}
	from := "SET 'execution.state-recovery.path' = '" + checkpoint[0] + "';"
	rows := d.written()
	for _, c := range []struct{ name, sql, want string }{
		{"another source", from + numbered + "CREATE TABLE h (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3'); INSERT INTO o SELECT n FROM h", "W6106"},
		{"a higher parallelism", from + numbered + "SET 'parallelism.default' = '129';" + insertNumbers, "W3011"},
		{"another maximum", from + numbered + "SET 'pipeline.max-parallelism' = '64';" + insertNumbers, "W3012"},
		{"batch mode", from + numbered + "SET 'execution.runtime-mode' = 'batch';" + insertNumbers, "W6123"},
		{"nothing there", "SET 'execution.state-recovery.path' = '${DIR}/none';" + numbered + insertNumbers, "W6104"},
		{"standard input", "CREATE TABLE i (n BIGINT) WITH ('connector' = 'stdin', 'format' = 'csv');" + numbered + "INSERT INTO o SELECT n FROM i", "W6124"},
	} {
		d.live(false)
		got, err := d.run(t.Context(), c.sql)
		if !errors.Is(err, ErrFailed) || !slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, " "+c.want+" ") }) {
			t.Errorf("%s: %v, %q", c.name, err, got)
		}
	}
	if n := d.written(); n != rows {
		t.Errorf("%d rows instead of %d", n, rows)
	}
	d.live(false)
	got, err := d.run(t.Context(), numbered+"SET 'execution.runtime-mode' = 'batch'; INSERT INTO o SELECT * FROM (VALUES (CAST(-1 AS BIGINT))) AS v(n)")
	if err != nil || !slices.Contains(got, "5 notice state: no checkpoints are taken in batch mode: a job that fails starts anew, as in Flink") {
		t.Errorf("%v, %q", err, got)
	}
}

// What has no state may change between two lives of a job.
func TestQueriesThatMayChange(t *testing.T) {
	d := newDurable(t)
	d.interrupted(numbered + insertNumbers)
	before := d.written()
	d.live(true)
	d.interrupted(numbered + "INSERT INTO o SELECT n FROM g WHERE n > 0")
	if n := d.written(); n <= before {
		t.Errorf("%d rows, before there were %d", n, before)
	}
}

// What is shown can't be taken back: that is said once.
func TestShownAgain(t *testing.T) {
	d := newDurable(t)
	got := d.interrupted(numbered + "CREATE TABLE p (n BIGINT) WITH ('connector' = 'print'); SELECT n FROM g LIMIT 1; INSERT INTO p SELECT n FROM g")
	again := slices.DeleteFunc(slices.Clone(got), func(l string) bool { return !strings.Contains(l, "can't be taken back") })
	expect(t, again, "5 notice state: the result of a query can't be taken back: after a crash rows since the last checkpoint come once more")
}

// A drained job's windows have fired: nothing goes on with it.
func TestDrainedJobs(t *testing.T) {
	d := newDurable(t)
	script := numbered + `SET 'table.dml-sync' = 'false'; SET 'execution.checkpointing.savepoint-dir' = '${DIR}/sp'; SET 'pipeline.name' = 'drained';
CREATE TABLE w (n BIGINT, ts AS TO_TIMESTAMP_LTZ(n, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000');
INSERT INTO o SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;`
	if got, err := d.run(t.Context(), script); err != nil {
		t.Fatal(err, got)
	}
	time.Sleep(50 * time.Millisecond)
	got, err := d.run(t.Context(), "STOP JOB 'drained' WITH SAVEPOINT WITH DRAIN")
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, got, "9 schema savepoint path", "+I ${DIR}/sp/<SAVEPOINT>", "9 done 1", "8 "+stopped, "8 notice job: job <ID> (drained) has stopped: 1 row written into o")
	d.live(true)
	if got, err = d.run(t.Context(), script); !errors.Is(err, ErrFailed) || !strings.HasPrefix(got[len(got)-1], "8 W6125 ${DIR}/checkpoints/<ID>/chk-1 was taken by a job that was drained") {
		t.Errorf("%v, %q", err, got)
	}
}
