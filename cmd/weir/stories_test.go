package main

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
	"weir/vector/kernel"
)

// story is a file of testdata/restore: what a real Flink did with a job that was stopped with a savepoint, and with
// jobs that were to begin with that.
type story struct {
	ID, Source, Sink, Query string
	Config                  map[string]string
	Input                   map[string]string `json:"input_before"`
	Output                  []string          `json:"output_before"`
	Final                   []string          `json:"final_before"`
	Topology                []vertex          `json:"topology_before"`
	Restores                []restore
}

// restore is another beginning with the savepoint of a story.
type restore struct {
	Label, Query string
	Config       map[string]string
	Input        map[string]string `json:"input_added"`
	State        string
	Output       []string `json:"output_after"`
	Final        []string `json:"final_after"`
	Topology     []vertex
	Refused      *struct{ Error string }
}

// vertex is what Flink's web interface says of a chain of operators.
type vertex struct {
	Name        string
	Parallelism int
	Max         int `json:"max_parallelism"`
}

// exception is a restore where weir is meant to differ; each is a row of docs/flink.md.
type exception struct {
	why     string
	output  []string // instead of Flink's; only what remains of it after all updates counts
	refused []string // parts of the error, where Flink accepts
}

var restoreExceptions = map[string]exception{
	"restore/window: higher parallelism: subtasks without a split hold the watermark back": {
		why:    "subtasks without a file do not count",
		output: []string{"+I[a, 2024-01-01 00:00:20.000, 2, 11]"},
	},
	"restore/changed-query: other aggregate function of the same type": {
		why:     "a sum is no maximum",
		refused: []string{"state of aggregate", "dropped: aggregate", "the same inputs, keys and functions"},
	},
	"restore/changed-query: no aggregate, ignore-unclaimed-state": {
		why: "what a scan has read does not depend on what follows it",
		output: []string{
			"+I[k0, 100, 100]", "+I[k1, 101, 101]", "+I[k2, 102, 102]", "+I[k3, 103, 103]", "+I[k4, 104, 104]", "+I[k5, 105, 105]",
			"+I[k6, 106, 106]", "+I[k7, 107, 107]", "+I[k8, 108, 108]", "+I[k0, 109, 109]", "+I[k1, 110, 110]", "+I[k2, 111, 111]",
			"+I[k3, 112, 112]", "+I[k4, 113, 113]", "+I[k5, 114, 114]", "+I[k6, 115, 115]", "+I[k7, 116, 116]", "+I[k8, 117, 117]",
		},
	},
	"restore/agg-2-to-n: above 128: max derived from 86 would be 256, the savepoint has 128": {
		why: "Flink had too few slots to run it",
		output: []string{
			"-U[k0, 3, 21]", "+U[k0, 5, 230]", "-U[k1, 3, 24]", "+U[k1, 5, 235]", "-U[k2, 3, 27]", "+U[k2, 5, 240]", "-U[k3, 3, 30]", "+U[k3, 5, 245]",
			"-U[k4, 3, 33]", "+U[k4, 5, 250]", "-U[k5, 3, 36]", "+U[k5, 5, 255]", "-U[k6, 3, 39]", "+U[k6, 5, 260]", "+I[k7, 2, 223]", "+I[k8, 2, 225]",
		},
	},
}

// unplanned are stories whose query weir refuses: the list must shrink, a query that is planned has to leave it.
var unplanned = map[string]string{
	"restore/dedup": "there are no PROCTIME() and no ROW_NUMBER yet",
}

// told is a session.Output that keeps rows, errors and notices.
type told struct {
	schema  *session.Schema
	rows    [][]string
	failed  []*diag.Diagnostic
	notices []string
}

func (o *told) Schema(s *session.Schema) error { o.schema = s; return nil }
func (o *told) Done(session.Done) error        { return nil }
func (o *told) Notice(n session.Notice) error {
	o.notices = append(o.notices, n.Message)
	return nil
}
func (o *told) Fail(_ int, d *diag.Diagnostic) error {
	o.failed = append(o.failed, d)
	return nil
}
func (o *told) Rows(b vector.Batch) error {
	for i := range b.Rows {
		var row []string
		for j, c := range b.Columns {
			row = append(row, string(kernel.AppendText(nil, c, o.schema.Columns[j].Type, i, o.schema.Zone)))
		}
		o.rows = append(o.rows, row)
	}
	return nil
}

// text is all of the errors.
func (o *told) text() string {
	var b strings.Builder
	for _, d := range o.failed {
		b.WriteString(diag.Render(d, false))
	}
	return b.String()
}

// shared is a buffer that print tables write into while a test reads it.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

var subtaskPrefix = regexp.MustCompile(`(?m)^\d+> `)

// lines are the printed rows, without the number of the subtask that Flink and weir put before them.
func (s *shared) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.TrimSuffix(subtaskPrefix.ReplaceAllString(s.b.String(), ""), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// act is one session of a story.
type act struct {
	t       *testing.T
	s       *session.Session
	out     *told
	printed *shared
}

// play begins a session in which INSERTs run in the background.
func play(t *testing.T, dir string, config map[string]string) *act {
	t.Helper()
	a := &act{t: t, out: &told{}, printed: &shared{}}
	a.s = session.New(session.Config{
		Seams: exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: rand.New(rand.NewPCG(rand.Uint64(), 0)), Stdout: a.printed, Stderr: a.printed},
		Cores: 2, RAM: 1 << 30, Output: a.out, Connectors: connectors(),
	})
	t.Cleanup(func() {
		if err := a.s.Close(); err != nil {
			t.Error(err)
		}
	})
	settings := map[string]string{
		"execution.checkpointing.interval": "500 ms", "execution.checkpointing.dir": filepath.Join(dir, "checkpoints"),
		"execution.checkpointing.savepoint-dir": filepath.Join(dir, "savepoints"), "table.dml-sync": "false", "pipeline.name": "story",
	}
	maps.Copy(settings, config)
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "SET '%s' = '%s';\n", k, settings[k])
	}
	a.must(text.String())
	return a
}

// tables are the statements that make the tables of a story.
func (x *story) tables(dir string) string {
	return fmt.Sprintf(`CREATE TABLE src (%s) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv', 'source.monitor-interval' = '300 ms');
CREATE TABLE out_p (%s) WITH ('connector' = 'print');
`, x.Source, filepath.Join(dir, "in"), x.Sink)
}

// run runs statements and reports whether they went well.
func (a *act) run(sql string) bool {
	a.out.rows = nil
	return a.s.Run(a.t.Context(), &diag.Source{Text: sql}) == nil
}

func (a *act) must(sql string) {
	a.t.Helper()
	if !a.run(sql) {
		a.t.Fatalf("%s\n%s", sql, a.out.text())
	}
}

// begin starts the job of a query.
func (a *act) begin(query string) bool { return a.run("INSERT INTO out_p " + query) }

// stop waits until what the job has printed comes to some rows, stops it with a savepoint and returns the savepoint.
func (a *act) stop(before, want map[string]int) (string, *exec.Image) {
	a.t.Helper()
	for end := time.Now().Add(20 * time.Second); !maps.Equal(remaining(before, a.printed.lines()), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) || a.s.Tell() != nil || len(a.out.failed) > 0 {
			a.t.Fatalf("has printed\n%s\nthat comes to %v, not to %v\n%s", strings.Join(a.printed.lines(), "\n"), remaining(before, a.printed.lines()), want, a.out.text())
		}
	}
	a.must("STOP JOB 'story' WITH SAVEPOINT")
	path := a.out.rows[0][0]
	im, err := checkpoint.Load(exec.OS{}, path)
	if err != nil {
		a.t.Fatal(err)
	}
	if got := remaining(before, a.printed.lines()); !maps.Equal(got, want) {
		a.t.Errorf("after the end there is %v, not %v", got, want)
	}
	return path, im
}

// javaTime is a TIMESTAMP(3) as Flink's print tables show it, which leave out seconds that are 0.
var javaTime = regexp.MustCompile(`(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?`)

// plain writes the timestamps in rows of a story as weir does.
func plain(rows []string) []string {
	out := slices.Clone(rows)
	for i, r := range out {
		out[i] = javaTime.ReplaceAllStringFunc(r, func(ts string) string {
			at, err := time.Parse("2006-01-02T15:04:05", ts)
			if err != nil {
				at, err = time.Parse("2006-01-02T15:04", ts)
			}
			if err != nil {
				return ts
			}
			return at.Format("2006-01-02 15:04:05.000")
		})
	}
	return out
}

// remaining applies printed changes to rows: what is left, with the number of times.
func remaining(before map[string]int, changes []string) map[string]int {
	rows := maps.Clone(before)
	if rows == nil {
		rows = map[string]int{}
	}
	for _, l := range changes {
		if len(l) < 2 {
			continue
		}
		switch op, row := l[:2], l[2:]; op {
		case "+I", "+U":
			rows[row]++
		default:
			rows[row]--
		}
	}
	maps.DeleteFunc(rows, func(_ string, n int) bool { return n == 0 })
	return rows
}

// atVertices compares parallelism and maximum of the scan and of the operator with keyed state with those of the
// vertices that Flink runs them in.
func atVertices(t *testing.T, im *exec.Image, all []vertex) {
	t.Helper()
	found := 0
	for _, o := range im.Operators {
		for _, v := range all {
			head, _, _ := strings.Cut(v.Name, " -> ")
			same := strings.HasPrefix(head, "Source: ") && o.Position != nil ||
				strings.HasSuffix(head, "Aggregate") && len(o.State) > 0 && o.Position == nil
			if !same {
				continue
			}
			found++
			if o.Parallelism != v.Parallelism || o.Max != v.Max {
				t.Errorf("%s has parallelism %d and maximum %d, in Flink %d and %d", o.Name, o.Parallelism, o.Max, v.Parallelism, v.Max)
			}
		}
	}
	if found != len(all) {
		t.Errorf("of %d vertices %d have their operator", len(all), found)
	}
}

var wholeNumbers = regexp.MustCompile(`\b\d+\b`)

// saysAsMuch checks that a refusal has what Flink's has: the numbers, the state, the path, the way out.
func saysAsMuch(t *testing.T, got, flink, savepoint string) {
	t.Helper()
	want := wholeNumbers.FindAllString(flink, -1)
	if strings.Contains(flink, "for operator <ID>") {
		want = append(want, "state of aggregate")
	}
	if strings.Contains(flink, "savepoint-<ID>") {
		want = append(want, savepoint)
	}
	if strings.Contains(flink, "--allowNonRestoredState") {
		want = append(want, "--allow-non-restored-state")
	}
	if len(want) == 0 {
		t.Fatalf("nothing is known to look for in %s", flink)
	}
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("refused with\n%s\nwithout %q, which Flink has:\n%s", got, w, flink)
		}
	}
}

// feed writes input files. A file appears whole: the scan may look at any time.
func feed(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		hidden := filepath.Join(dir, "."+name)
		if err := os.WriteFile(hidden, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(hidden, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRestoreStories plays what a real Flink did on weir: the same rows in the end, none of them twice, the same
// parallelism and maximum, and refusals that say as much.
func TestRestoreStories(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/restore/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	excepted, missing := maps.Clone(restoreExceptions), maps.Clone(unplanned)
	var mu sync.Mutex
	t.Run("all", func(t *testing.T) {
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			x := &story{}
			if err := json.Unmarshal(text, x); err != nil {
				t.Fatal(path, err)
			}
			delete(missing, x.ID)
			x.Output, x.Final = plain(x.Output), plain(x.Final)
			for i := range x.Restores {
				r := &x.Restores[i]
				r.Output, r.Final = plain(r.Output), plain(r.Final)
			}
			t.Run(filepath.Base(x.ID), func(t *testing.T) {
				t.Parallel()
				if why, ok := unplanned[x.ID]; ok {
					dir := t.TempDir()
					if play(t, dir, nil).run(x.tables(dir) + "EXPLAIN INSERT INTO out_p " + x.Query) {
						t.Fatal("the query is planned now: take the story out of the list of those that are not")
					}
					t.Skip(why)
				}
				tell(t, x, func(label string) (exception, bool) {
					mu.Lock()
					defer mu.Unlock()
					e, ok := restoreExceptions[label]
					delete(excepted, label)
					return e, ok
				})
			})
		}
	})
	for label := range excepted {
		t.Errorf("no story has %q", label)
	}
	for id := range missing {
		t.Errorf("there is no story %q", id)
	}
}

// tell plays one story.
func tell(t *testing.T, x *story, exceptions func(label string) (exception, bool)) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o700); err != nil {
		t.Fatal(err)
	}
	feed(t, in, x.Input)
	first := play(t, dir, x.Config)
	first.must(x.tables(dir))
	if !first.begin(x.Query) {
		t.Fatal(first.out.text())
	}
	before := remaining(nil, x.Output)
	savepoint, im := first.stop(nil, before)
	atVertices(t, im, x.Topology)
	if got := slices.Sorted(maps.Keys(before)); !slices.Equal(got, x.Final) {
		t.Fatalf("the story ends its first part with %v and with %v", got, x.Final)
	}
	for _, r := range x.Restores {
		t.Run(r.Label, func(t *testing.T) {
			e, excepted := exceptions(x.ID + ": " + r.Label)
			query := x.Query
			if r.Query != "" {
				query = r.Query
			}
			config := maps.Clone(r.Config)
			config["execution.state-recovery.path"] = savepoint
			feed(t, in, r.Input)
			t.Cleanup(func() { // the next one has its own
				for name := range r.Input {
					if err := os.Remove(filepath.Join(in, name)); err != nil {
						t.Error(err)
					}
				}
			})
			a := play(t, dir, config)
			a.must(x.tables(dir))
			begun := a.begin(query)
			switch {
			case r.Refused != nil || e.refused != nil:
				if begun {
					t.Fatalf("is not refused: %s", r.Label)
				}
				got := a.out.text()
				if r.Refused != nil {
					saysAsMuch(t, got, r.Refused.Error, savepoint)
				}
				for _, w := range e.refused {
					if !strings.Contains(got, w) {
						t.Errorf("refused with\n%s\nwithout %q", got, w)
					}
				}
				return
			case !begun:
				t.Fatal(a.out.text())
			}
			output := r.Output
			if excepted {
				output = e.output
			}
			want := remaining(before, output)
			if got := slices.Sorted(maps.Keys(want)); r.Final != nil && !excepted && !slices.Equal(got, r.Final) {
				t.Fatalf("the story ends with %v and with %v", got, r.Final)
			}
			_, im := a.stop(before, want)
			atVertices(t, im, r.Topology)
			for _, l := range a.printed.lines() {
				if row, ok := strings.CutPrefix(l, "+I"); ok && before[row] > 0 {
					t.Errorf("%s was printed before the savepoint, and again", l)
				}
			}
		})
	}
}
