package repl

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/repl/result"
	"weir/repl/session"
	"weir/vector"
)

// scanning is a job with two subtasks of a scan and a window of a minute.
func scanning(zone string, rowtime vector.Type) (*exec.Report, []*exec.Task) {
	scan := &plan.Node{ID: 0, Spec: &plan.Scan{Rowtime: 0}, Schema: []vector.Field{{Name: "ts", Type: rowtime}}}
	window := &plan.Node{ID: 1, Spec: &plan.WindowAggregate{Window: plan.Window{Kind: plan.Tumble, Size: 60_000}}, Inputs: []plan.Edge{{From: 0}}}
	g := &plan.Graph{Zone: zone, Nodes: []*plan.Node{scan, window}}
	tasks := []*exec.Task{{Node: scan, Graph: g}, {Node: scan, Graph: g, Subtask: 1}}
	for _, t := range tasks {
		t.Reached.Store(int64(vector.MinTime))
	}
	return &exec.Report{Tasks: [][]*exec.Task{tasks, {{Node: window, Graph: g}}}}, tasks
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(t *testing.T, text string) int64 {
	t.Helper()
	x, err := time.Parse("2006-01-02 15:04:05.000", text)
	if err != nil {
		t.Fatal(err)
	}
	return x.UnixMilli()
}

func TestStatusLine(t *testing.T) {
	report, tasks := scanning("UTC", vector.TimestampType(3))
	w := newWatched(report, noon)
	expect := func(after time.Duration, want string) {
		t.Helper()
		if got := w.line(noon.Add(after), 0); got != want {
			t.Errorf("the line is\n%s\nexpected\n%s", got, want)
		}
	}
	expect(time.Second, "0 rows in (0/s)")
	tasks[0].RowsOut.Store(1_000_000)
	tasks[1].RowsOut.Store(234_567)
	expect(3*time.Second, "1,234,567 rows in (411,522/s)")
	tasks[0].Reached.Store(at(t, "2026-03-01 11:58:59.998"))
	expect(4*time.Second, "1,234,567 rows in (308,642/s)") // the other subtask has no watermark yet
	tasks[1].Reached.Store(at(t, "2026-03-01 11:59:30.000"))
	tasks[1].RowsOut.Add(5)
	expect(5*time.Second, "1,234,572 rows in (246,914/s) · watermark 11:58:59.998, 1 min 5 s behind · next window ends 11:59:00")
	tasks[0].Reached.Store(at(t, "2026-03-01 11:58:59.999")) // which closes that window
	expect(6*time.Second, "1,234,572 rows in (246,914/s) · watermark 11:58:59.999, 1 min 6 s behind · next window ends 12:00:00")
	tasks[0].Reached.Store(int64(vector.MaxTime)) // idle: it holds nothing back
	expect(7*time.Second, "1,234,572 rows in (205,762/s) · watermark 11:59:30, 37 s behind · next window ends 12:00:00")
	tasks[1].Reached.Store(int64(vector.MaxTime))
	expect(8*time.Second, "1,234,572 rows in (1/s)")
}

// What holds the watermark back is a file, where there are several, or a table.
func TestStatusLineSaysWhatHoldsBack(t *testing.T) {
	report, tasks := scanning("UTC", vector.TimestampType(3))
	other := &plan.Node{ID: 2, Spec: &plan.Scan{Rowtime: -1, Table: &catalog.Table{Identifier: catalog.Default("rates")}}}
	tasks[0].Node.Spec.(*plan.Scan).Table = &catalog.Table{Identifier: catalog.Default("bids")}
	slow, fast := "/in/slow.csv", "/in/fast.csv"
	tasks[0].Reached.Store(at(t, "2026-03-01 11:59:50.000"))
	tasks[1].Reached.Store(at(t, "2026-03-01 11:59:55.000"))
	expect := func(columns int, want string) {
		t.Helper()
		if got := newWatched(report, noon).line(noon, columns); got != want {
			t.Errorf("the line is\n%s\nexpected\n%s", got, want)
		}
	}
	expect(0, "0 rows in (0/s) · watermark 11:59:50, 10 s behind · next window ends 12:00:00")
	report.Tasks = append(report.Tasks, []*exec.Task{{Node: other, Graph: tasks[0].Graph}})
	report.Tasks[2][0].Reached.Store(int64(vector.MaxTime))
	expect(0, "0 rows in (0/s) · watermark 11:59:50, 10 s behind · held back by bids · next window ends 12:00:00")
	tasks[0].HeldBy.Store(&slow)
	tasks[1].HeldBy.Store(&fast)
	expect(0, "0 rows in (0/s) · watermark 11:59:50, 10 s behind · held back by /in/slow.csv · next window ends 12:00:00")
	// What does not fit is left out, the end of the next window first.
	expect(80, "0 rows in (0/s) · watermark 11:59:50, 10 s behind · held back by /in/slow.csv")
	expect(50, "0 rows in (0/s) · watermark 11:59:50, 10 s behind")
	expect(30, "0 rows in (0/s)")
	expect(6, "0 rows")
}

// A TIMESTAMP is what a clock of the session's zone shows, a TIMESTAMP_LTZ an instant shown in it: both are 10 s behind.
func TestStatusLineInATimeZone(t *testing.T) {
	for _, c := range []struct {
		typ     vector.Type
		reached string
	}{{vector.TimestampType(3), "2026-03-01 17:29:50.000"}, {vector.TimestampLTZType(3), "2026-03-01 11:59:50.000"}} {
		report, tasks := scanning("Asia/Kolkata", c.typ)
		for _, task := range tasks {
			task.Reached.Store(at(t, c.reached))
		}
		want := "0 rows in (0/s) · watermark 17:29:50, 10 s behind · next window ends 17:30:00"
		if got := newWatched(report, noon).line(noon, 0); got != want {
			t.Errorf("%s: the line is\n%s\nexpected\n%s", c.typ, got, want)
		}
	}
}

func TestProgress(t *testing.T) {
	report, tasks := scanning("UTC", vector.TimestampType(3))
	w := newWatched(report, noon)
	w.graph.Batch = true
	expect := func(after time.Duration, want string) {
		t.Helper()
		if got := w.line(noon.Add(after), 0); got != want {
			t.Errorf("the line is\n%s\nexpected\n%s", got, want)
		}
	}
	tasks[0].BytesAll.Store(1_200_000_000)
	expect(2*time.Second, "0% of 1.2 GB · 0 rows in (0/s)")
	tasks[0].BytesDone.Store(200_000_000)
	tasks[1].BytesAll.Store(1_200_000_000)
	tasks[1].BytesDone.Store(100_000_000)
	tasks[1].Reached.Store(at(t, "2026-03-01 11:59:30.000"))
	tasks[0].Reached.Store(at(t, "2026-03-01 11:59:30.000"))
	// A quarter in five seconds: the rest takes fifteen. Watermarks are of no interest in batch mode.
	expect(5*time.Second, "25% of 1.2 GB (60 MB/s, 15 s left) · 0 rows in (0/s)")
}

func TestLengthsOfTime(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min 1 s", 3*time.Hour + 5*time.Minute: "3 h 5 min", 2400 * time.Hour: "100 days"} {
		if got := spanText(d); got != want {
			t.Errorf("%s is %q, expected %q", d, got, want)
		}
	}
	for n, want := range map[float64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1549: "1.5 kB", 123456: "123 kB", 2e13: "20 TB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%v bytes are %q, expected %q", n, got, want)
		}
	}
}

// The line comes after two seconds of silence and goes before something else is shown.
func TestStatusOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		w, err := result.New(result.Options{Format: "csv", Out: &screen, Err: &screen})
		if err != nil {
			t.Fatal(err)
		}
		s := NewStatus(w, StatusConfig{Err: &screen, Clock: exec.SystemClock{}, Columns: func() int { return 13 }})
		report, tasks := scanning("UTC", vector.TimestampType(3))
		shown := func(want string) {
			t.Helper()
			s.mu.Lock()
			defer s.mu.Unlock()
			if got := screen.String(); got != want {
				t.Errorf("the screen got %q, expected %q", got, want)
			}
			screen.Reset()
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		must(s.Schema(&session.Schema{Statement: 1, Columns: []vector.Field{{Name: "n", Type: vector.IntType}}}))
		s.Started(report)
		shown("n\n")
		time.Sleep(1900 * time.Millisecond)
		shown("")
		tasks[0].RowsOut.Store(12)
		time.Sleep(200 * time.Millisecond)
		shown("\r12 rows in\x1b[K")
		time.Sleep(500 * time.Millisecond)
		shown("\r12 rows in\x1b[K")
		must(s.Rows(vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewColumn([]int32{7}, nil)}}))
		shown("\r\x1b[K7\n")
		time.Sleep(1900 * time.Millisecond)
		shown("")
		time.Sleep(600 * time.Millisecond)
		shown("\r12 rows in\x1b[K")
		if _, err := s.Around(&screen).Write([]byte("printed\n")); err != nil {
			t.Fatal(err)
		}
		shown("\r\x1b[Kprinted\n")
		time.Sleep(2600 * time.Millisecond)
		shown("\r12 rows in\x1b[K")
		must(s.Done(session.Done{Rows: 1}))
		shown("\r\x1b[K")
		time.Sleep(time.Hour) // nothing goes on behind the end
		shown("")
		s.Started(report)
		time.Sleep(3 * time.Second)
		must(s.Fail(2, diag.New("W4900", diag.Span{}, "broken")))
		if got := screen.String(); !strings.Contains(got, "rows in\x1b[K") || !strings.Contains(got, "\r\x1b[Kerror") {
			t.Errorf("the screen got %q", got)
		}
	})
}

// Off a terminal every report has a line, each two seconds; an Output that fails ends the watch too.
func TestStatusOffATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w, err := result.New(result.Options{Format: "csv", Out: broken{}, Err: &log})
		if err != nil {
			t.Fatal(err)
		}
		s := NewStatus(w, StatusConfig{Err: &log, Clock: exec.SystemClock{}})
		report, _ := scanning("UTC", vector.TimestampType(3))
		s.Started(report)
		time.Sleep(6100 * time.Millisecond)
		if err := s.Schema(&session.Schema{Columns: []vector.Field{{Name: "n", Type: vector.IntType}}}); !errors.Is(err, errBroken) {
			t.Errorf("the error is %v", err)
		}
		if got, want := log.String(), strings.Repeat("0 rows in (0/s)\n", 3); got != want {
			t.Errorf("got %q, expected %q", got, want)
		}
	})
}

var errBroken = errors.New("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
