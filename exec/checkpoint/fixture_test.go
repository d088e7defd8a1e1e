package checkpoint_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/checkpoint"
	"weir/exec/connector"
	"weir/exec/connector/datagen"
	"weir/exec/connector/filesystem"
	"weir/exec/connector/print"
	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
)

// updateSavepoints makes the savepoints of testdata/savepoint that are not there. Those that are there are what earlier
// versions wrote: they are never made anew, since each later version must read them.
var updateSavepoints = flag.Bool("update-savepoints", false, "make the savepoints of testdata/savepoint that are not there")

// A fixture is a directory of testdata/savepoint/v1 with these files.
const (
	fixtures       = "testdata/savepoint" // from the root of the repository
	fixtureFormat  = "v1"                 // the version of the format that they are written in
	fixtureInput   = "in"                 // beside them: what all of them read
	fixtureSums    = "SHA256SUMS"         // beside the versions: of every file
	fixtureScript  = "job.sql"            // the statements of the job, but for the parallelism
	fixtureState   = "savepoint"          // a directory, which TestOldSavepoints reads as well
	fixtureOutput  = "out"                // a directory: parts that were there with the savepoint, hidden ones too
	fixturePrinted = "printed"            // what the print table had shown
	fixtureAnswer  = "answer"             // all rows in the end, sorted
)

// inputWritten is the time of the input files: a source knows a file by it.
var inputWritten = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	fixtureEvents = `SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'savepoints';
SET 'pipeline.name' = 'fixture';
CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');
`
	toFiles   = " WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
	toPrinted = " WITH ('connector' = 'print');\n"
)

// fixtureJobs are the jobs that there are savepoints of, and the parallelism that they had.
var fixtureJobs = []struct {
	name        string
	parallelism int
	script      string
}{
	{"window-two-phases", 2, fixtureEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, s BIGINT, a INT, m INT)" + toFiles +
		"INSERT INTO o SELECT k, window_start, COUNT(*), SUM(CAST(v AS BIGINT)), AVG(v), MAX(v) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end;\n"},
	{"window-one-phase", 3, fixtureEvents + "SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE';\nCREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, d BIGINT, f BIGINT, l STRING)" + toFiles +
		"INSERT INTO o SELECT k, window_start, COUNT(*), COUNT(DISTINCT v), FIRST_VALUE(id), LISTAGG(CAST(id AS STRING)) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end;\n"},
	{"aggregate-retraction", 2, fixtureEvents + "CREATE TABLE o (n BIGINT, keys BIGINT, most INT)" + toPrinted +
		"INSERT INTO o SELECT n, COUNT(*), MAX(m) FROM (SELECT k, COUNT(*) AS n, MAX(v) AS m FROM e GROUP BY k) GROUP BY n;\n"},
	{"aggregate-distinct", 3, fixtureEvents + "CREATE TABLE o (k STRING, d BIGINT, s BIGINT)" + toPrinted +
		"INSERT INTO o SELECT k, COUNT(DISTINCT v), SUM(CAST(v AS BIGINT)) FILTER (WHERE v > 5) FROM e GROUP BY k;\n"},
	{"values-with-parts", 2, fixtureEvents + "CREATE TABLE o (r ROW<k STRING, v INT>, n BIGINT, vs MULTISET<INT>, f ARRAY<BIGINT>, m MAP<STRING, BIGINT>)" + toPrinted +
		"INSERT INTO o SELECT r, COUNT(DISTINCT ARRAY[v]), COLLECT(v % 2), FIRST_VALUE(ARRAY[id]), LAST_VALUE(MAP['id', id]) FROM (SELECT CAST(ROW(k, v % 3) AS ROW<k STRING, v INT>) AS r, v, id FROM e) GROUP BY r;\n"},
	{"distinct", 2, fixtureEvents + "CREATE TABLE o (v INT)" + toFiles + "INSERT INTO o SELECT DISTINCT v FROM e;\n"},
	{"top", 2, fixtureEvents + "CREATE TABLE o (k STRING, id BIGINT, v INT)" + toPrinted + "INSERT INTO o SELECT k, id, v FROM e ORDER BY v DESC, id LIMIT 5;\n"},
	{"limit", 1, fixtureEvents + "CREATE TABLE o (id BIGINT)" + toFiles + "INSERT INTO o SELECT id FROM e LIMIT 100;\n"},
	{"filter", 2, fixtureEvents + "CREATE TABLE o (k STRING, id BIGINT, ts TIMESTAMP(3))" + toFiles + "INSERT INTO o SELECT k, id, ts FROM e WHERE v > 3;\n"},
	{"set", 2, fixtureEvents + "CREATE TABLE o (k STRING, n BIGINT, v BIGINT)" + toFiles +
		"EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT k, id, v FROM e; INSERT INTO o SELECT k, -id, v FROM e WHERE v > 3; INSERT INTO o SELECT k, COUNT(*), SUM(CAST(v AS BIGINT)) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end; END;\n"},
	{"generator-pending", 2, `SET 'execution.checkpointing.interval' = '1 h';
SET 'execution.checkpointing.dir' = 'checkpoints';
SET 'execution.checkpointing.savepoint-dir' = 'savepoints';
SET 'pipeline.name' = 'fixture';
CREATE TABLE e (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '150');
CREATE TABLE o (id BIGINT)` + toFiles + "INSERT INTO o SELECT id FROM e;\n"},
}

// slowly is a file system whose files take their time, so that a job can be met in the midst of them.
type slowly struct{ exec.OS }

type slowFile struct{ exec.File }

// slowRead is long beside what a job does with the rows, and short beside a test.
const slowRead = 20 * time.Millisecond

func (s slowly) Open(name string) (exec.File, error) {
	f, err := s.OS.Open(name)
	if err != nil || filepath.Ext(name) != ".csv" {
		return f, err
	}
	return slowFile{f}, nil
}

func (f slowFile) Read(p []byte) (int, error) {
	time.Sleep(slowRead)
	return f.File.Read(p[:min(len(p), 200)])
}

func (f slowFile) ReadAt(p []byte, off int64) (int, error) {
	time.Sleep(slowRead)
	return f.File.ReadAt(p, off)
}

// printed is what print tables write.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

// text is what was written so far, without the number of the subtask.
func (p *printed) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return subtaskNumber.ReplaceAllString(p.b.String(), "")
}

var subtaskNumber = regexp.MustCompile(`(?m)^\d+> `)

// rest is what is left of printed rows after all changes, sorted, a row as many times as it is there.
func rest(text string) []string {
	rows := map[string]int{}
	for l := range strings.Lines(text) {
		op, row := l[:2], strings.TrimSuffix(l[2:], "\n")
		if op == "+I" || op == "+U" {
			rows[row]++
		} else {
			rows[row]--
		}
	}
	var all []string
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		if rows[row] < 0 {
			all = append(all, "taken back, and never there: "+row)
		}
		for range rows[row] {
			all = append(all, row)
		}
	}
	return all
}

// fixtureSession is a session of the working directory.
func fixtureSession(t *testing.T, over exec.FS, parallelism int, more map[string]string, registry session.Registry) (*session.Session, *printed) {
	t.Helper()
	shown := &printed{}
	s := session.New(session.Config{
		Seams:      exec.Seams{Clock: exec.SystemClock{}, FS: over, Rand: rand.New(rand.NewPCG(rand.Uint64(), 1)), Stdout: shown, Stderr: shown},
		Connectors: connector.Registry{"filesystem": {Source: filesystem.NewSource, Sink: filesystem.NewSink}, "datagen": {Source: datagen.NewSource}, "print": {Sink: print.NewSink}},
		Cores:      2, RAM: 1 << 30, Output: quiet{t}, Jobs: registry,
	})
	text := fmt.Sprintf("SET 'parallelism.default' = '%d';\n", parallelism)
	for k, v := range more {
		text += fmt.Sprintf("SET '%s' = '%s';\n", k, v)
	}
	if err := s.Run(t.Context(), &diag.Source{Text: text}); err != nil {
		t.Fatal(err)
	}
	return s, shown
}

// fixtureRoot is testdata/savepoint.
func fixtureRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", fixtures))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// enter makes a new working directory with the input of the fixtures of a version.
func enter(t *testing.T, version string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.CopyFS(fixtureInput, os.DirFS(filepath.Join(version, fixtureInput))); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(fixtureInput, "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if err := os.Chtimes(f, inputWritten, inputWritten); err != nil {
			t.Fatal(err)
		}
	}
}

// answered is all that a job has written: the visible rows of its files, and what its print table has shown.
func answered(t *testing.T, shown string) []string {
	t.Helper()
	var all []string
	for _, l := range lines(t, fixtureOutput) {
		if !strings.HasPrefix(l, "hidden file ") {
			all = append(all, l)
		}
	}
	return append(all, rest(shown)...)
}

// makeFixture makes the savepoint of a job that it meets at work, and the answer of one that nobody disturbs.
func makeFixture(t *testing.T, version, name string, parallelism int, script string) {
	t.Helper()
	write := func(file, text string) {
		if err := os.WriteFile(filepath.Join(version, name, file), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(version, name), 0o777); err != nil {
		t.Fatal(err)
	}
	write(fixtureScript, script)

	enter(t, version)
	s, shown := fixtureSession(t, exec.OS{}, parallelism, nil, "")
	if err := s.Run(t.Context(), &diag.Source{Text: script}); err != nil {
		t.Fatal(err)
	}
	write(fixtureAnswer, strings.Join(answered(t, shown.text()), "\n")+"\n")

	enter(t, version)
	registry := session.Registry(t.TempDir())
	var slow exec.FS = slowly{}
	running := strings.Contains(script, "datagen") // it can be asked from outside, and goes on with its parts pending
	if running {
		slow = exec.OS{}
	}
	s, shown = fixtureSession(t, slow, parallelism, map[string]string{"table.dml-sync": "false", "weir.chunk.bytes": "300"}, registry)
	if err := s.Run(t.Context(), &diag.Source{Text: script}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * slowRead)
	if running {
		job, err := registry.Find(t.Context(), "fixture")
		if err == nil {
			_, err = job.Savepoint(t.Context(), "")
		}
		if err != nil {
			t.Fatal(err)
		}
	} else if err := s.Run(t.Context(), &diag.Source{Text: "STOP JOB 'fixture' WITH SAVEPOINT"}); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob("savepoints/savepoint-*")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	im, err := checkpoint.Load(exec.OS{}, found[0])
	if err != nil {
		t.Fatal(err)
	}
	over := slices.ContainsFunc(im.Operators, func(o *exec.OperatorImage) bool { return o.Position == nil && o.Clock == vector.MaxTime })
	if p := im.Operators[0].Position; over || p.Rows == 0 || p.Complete && !slices.ContainsFunc(p.Chains, func(c exec.Chain) bool { return len(c.Ranges) > 0 }) {
		t.Fatalf("the job was not met at work: %d rows were read", p.Rows)
	}
	if err := os.CopyFS(filepath.Join(version, name, fixtureState), os.DirFS(found[0])); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(script, toFiles) {
		if err := os.CopyFS(filepath.Join(version, name, fixtureOutput), os.DirFS(fixtureOutput)); err != nil {
			t.Fatal(err)
		}
	} else {
		write(fixturePrinted, shown.text())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// makeInput writes three files of events, a fifth of them late.
func makeInput(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for f := range 3 {
		var b strings.Builder
		at := inputWritten
		for i := range 60 {
			at = at.Add(time.Duration(r.IntN(1200)) * time.Millisecond)
			ts := at
			if r.IntN(5) == 0 {
				ts = ts.Add(-time.Duration(r.IntN(15000)) * time.Millisecond)
			}
			k := fmt.Sprintf("k%d", r.IntN(9))
			if r.IntN(15) == 0 {
				k = "ключ" // more bytes than characters
			}
			fmt.Fprintf(&b, "%s,%d,%s,%d\n", k, f*100+i, ts.Format("2006-01-02 15:04:05.000"), r.IntN(12))
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%c.csv", 'a'+f)), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// sums are the checksums of all files below testdata/savepoint, as sha256sum prints them.
func sums(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == fixtureSums {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(text), path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMakeSavepoints makes what is missing of testdata/savepoint:
//
//	go test ./exec/checkpoint -run TestMakeSavepoints -update-savepoints
func TestMakeSavepoints(t *testing.T) {
	if !*updateSavepoints {
		t.Skip("-update-savepoints is not given")
	}
	root := fixtureRoot(t)
	version := filepath.Join(root, fixtureFormat)
	in := filepath.Join(version, fixtureInput)
	if _, err := os.Stat(in); err != nil {
		makeInput(t, in)
	}
	for _, j := range fixtureJobs {
		if _, err := os.Stat(filepath.Join(version, j.name)); err == nil {
			continue
		}
		t.Run(j.name, func(t *testing.T) { makeFixture(t, version, j.name, j.parallelism, j.script) })
	}
	if err := os.WriteFile(filepath.Join(root, fixtureSums), []byte(sums(t, root)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// What is in testdata/savepoint is what was written once.
func TestSavepointsAreUntouched(t *testing.T) {
	root := fixtureRoot(t)
	want, err := os.ReadFile(filepath.Join(root, fixtureSums))
	if err != nil {
		t.Fatal(err)
	}
	if got := sums(t, root); got != string(want) {
		t.Errorf("files of testdata/savepoint are not those of %s:\n%s", fixtureSums, difference(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
	}
}

// Jobs go on from savepoints that an earlier version wrote, at another parallelism, and give the answer in the end that
// they would have given then.
func TestJobsGoOnFromOldSavepoints(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join(fixtureRoot(t), "v*", "*", fixtureScript))
	if err != nil || len(scripts) < len(fixtureJobs) {
		t.Fatal(scripts, err)
	}
	for _, script := range scripts {
		fixture := filepath.Dir(script)
		version, name := filepath.Dir(fixture), filepath.Base(fixture)
		read := func(t *testing.T, name string) string {
			text, err := os.ReadFile(filepath.Join(fixture, name))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		for _, parallelism := range []int{1, 2, 3, 5, 128} {
			t.Run(fmt.Sprintf("%s %s at %d", filepath.Base(version), name, parallelism), func(t *testing.T) {
				script, want := read(t, fixtureScript), strings.Split(strings.TrimSuffix(read(t, fixtureAnswer), "\n"), "\n")
				before := ""
				enter(t, version)
				if !strings.Contains(script, toFiles) {
					before = read(t, fixturePrinted)
				} else if err := os.CopyFS(fixtureOutput, os.DirFS(filepath.Join(fixture, fixtureOutput))); err != nil {
					t.Fatal(err)
				}
				// A job may write into what it begins with: that its sinks were committed.
				if err := os.CopyFS(fixtureState, os.DirFS(filepath.Join(fixture, fixtureState))); err != nil {
					t.Fatal(err)
				}
				already := len(answered(t, before))
				s, shown := fixtureSession(t, exec.OS{}, parallelism, map[string]string{"execution.state-recovery.path": fixtureState}, "")
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := cmp.Or(s.Run(ctx, &diag.Source{Text: script}), s.Close()); err != nil {
					t.Fatal(err)
				}
				got := answered(t, before+shown.text())
				if name == "limit" { // any rows, but so many, and none twice
					if len(got) != len(want) || len(slices.Compact(slices.Clone(got))) != len(got) || already == 0 {
						t.Errorf("%d rows behind %d that were there:\n%s", len(got), already, strings.Join(got, "\n"))
					}
					return
				}
				if !slices.Equal(got, want) {
					t.Errorf("%d rows instead of %d:\n%s", len(got), len(want), difference(want, got))
				}
			})
		}
	}
}
