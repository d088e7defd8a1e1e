package scan_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"

	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/exec/connector/stdin"
	"weir/exec/scan"
	"weir/vector"
)

// event is an Input and when it came.
type event struct {
	at time.Duration
	exec.Input
}

// listen drives a feed until ctx ends or the feed does, and keeps the inputs that say something new.
func listen(t *testing.T, ctx context.Context, f exec.Feed, task *exec.Task, begin time.Time) []event {
	t.Helper()
	var out []event
	if err := f.Open(task); err != nil {
		t.Error(err)
	}
	for {
		asked := time.Now()
		in, err := f.Next(ctx, math.MaxInt)
		if wait := time.Since(asked); wait > 150*time.Millisecond {
			t.Errorf("Next blocked for %v", wait)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			break
		}
		last := event{}
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		if in.Batch.Rows > 0 || in.Watermark != last.Watermark || in.Idle != last.Idle {
			out = append(out, event{time.Since(begin), in})
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	return out
}

func TestStdin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := recordsTable("")
		d.options = map[string]string{"format": "csv"}
		d.idle = 5000
		g, n := d.node(world{parallelism: 1})
		c := config(world{batchRows: 3, chunk: 10})
		in, out := io.Pipe()
		c.Seams.Stdin = in
		src, err := stdin.NewSource(g, n, c)
		if err != nil {
			t.Fatal(err)
		}
		head, err := scan.NewHead(g, n, src, c)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		go func() {
			time.Sleep(time.Second)
			io.WriteString(out, "1,a,2020-01-01 00:00:01\n2,\"b")
			time.Sleep(10 * time.Second)
			io.WriteString(out, "\n\",2020-01-01 00:00:03\n3,c,2020-01-01 00:00:02\n4,d,2020-01-01 00:00:04\n5,e,2020-01-01 00:00:05")
			time.Sleep(time.Second)
			out.Close()
		}()
		events := listen(t, context.Background(), head.Feeds()[0], &exec.Task{Node: n, Graph: g, Config: c}, begin)
		const second = vector.Time(1577836800000)
		type told struct {
			at   int // tenths of a second
			rows int
			wm   vector.Time
			idle bool
		}
		var got []told
		for _, e := range events {
			got = append(got, told{int(e.at / (100 * time.Millisecond)), e.Batch.Rows, e.Watermark, e.Idle})
		}
		want := []told{
			{1, 0, vector.MinTime, false},
			{10, 1, second + 1000, false},
			{60, 0, second + 1000, true},
			{110, 3, second + 4000, false},
			{120, 1, second + 5000, false},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestMonitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := write(t, map[string]string{"b.csv": "1,a,2020-01-01 00:00:05\n2,b,2020-01-01 00:00:09\n"})
		d := recordsTable(dir)
		d.options["source.monitor-interval"] = "2 s"
		d.idle = 3000
		g, n := d.node(world{parallelism: 2})
		c := config(world{batchRows: 100, chunk: 1000})
		src, err := filesystem.NewSource(g, n, c)
		if err != nil {
			t.Fatal(err)
		}
		head, err := scan.NewHead(g, n, src, c)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		go func() {
			time.Sleep(7 * time.Second)
			name := filepath.Join(dir, "a.csv")
			if err := os.WriteFile(name, []byte("3,c,2020-01-01 00:00:09\n4,d,2020-01-01 00:00:12\n"), 0o666); err != nil {
				t.Error(err)
			}
		}()
		told := make(chan []event)
		for i, f := range head.Feeds() {
			go func() { told <- listen(t, ctx, f, &exec.Task{Node: n, Graph: g, Subtask: i, Config: c}, begin) }()
		}
		var rows []row
		for range head.Feeds() {
			idle := []bool{}
			var last vector.Time
			for _, e := range <-told {
				if e.Batch.Rows > 0 {
					rows = append(rows, rowsOf(e.Batch, 2)...)
				}
				if at := e.at; e.Idle && (at < 3*time.Second || at > 7*time.Second && at < 11*time.Second) {
					t.Errorf("idle at %v", at)
				}
				idle = append(idle, e.Idle)
				last = e.Watermark
			}
			if last != 1577836812000 || !slices.Contains(idle, true) {
				t.Errorf("the last watermark is %d, idle %v", last, idle)
			}
		}
		slices.SortFunc(rows, byOrigin)
		want := []row{
			{"1|a|1577836805000", 1577836805000, vector.MinTime, vector.Origin{Split: 0, Row: 0}},
			{"2|b|1577836809000", 1577836809000, vector.MinTime, vector.Origin{Split: 0, Row: 1}},
			// A file found later starts at the frontier.
			{"3|c|1577836809000", 1577836809000, 1577836809000, vector.Origin{Split: 1, Row: 0}},
			{"4|d|1577836812000", 1577836812000, vector.MinTime, vector.Origin{Split: 1, Row: 1}},
		}
		if !slices.Equal(rows, want) {
			t.Errorf("got %v, want %v", rows, want)
		}
	})
}

// TestStopped ends one subtask while others wait for its mark: they end too.
func TestStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := recordsTable(write(t, map[string]string{"a.csv": strings.Repeat("1,a,2020-01-01 00:00:05\n", 100)}))
		g, n := d.node(world{parallelism: 3})
		c := config(world{batchRows: 1, chunk: 30})
		src, err := filesystem.NewSource(g, n, c)
		if err != nil {
			t.Fatal(err)
		}
		head, err := scan.NewHead(g, n, &failing{Source: src}, c)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		out := drive(t, g, n, c, head.Feeds())
		if took := time.Since(begin); !strings.Contains(out.err, "the disk is on fire") || took > time.Second {
			t.Errorf("error %q after %v", out.err, took)
		}
	})
}

// failing is a source whose third range cannot be opened.
type failing struct{ exec.Source }

func (s *failing) Open(ctx context.Context, r exec.Range) (exec.Reader, error) {
	if r.From >= 60 && r.From < 90 {
		return nil, errors.New("the disk is on fire")
	}
	reader, err := s.Source.Open(ctx, r)
	return onlyReader{reader}, err
}

// onlyReader hides that a reader could go to another range.
type onlyReader struct{ exec.Reader }

func TestCompressed(t *testing.T) {
	var text bytes.Buffer
	for _, r := range records {
		text.WriteString(r.text)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(text.Bytes())
	z.Close()
	var zstandard bytes.Buffer
	e, err := zstd.NewWriter(&zstandard)
	if err != nil {
		t.Fatal(err)
	}
	e.Write(text.Bytes())
	e.Close()
	for end, packed := range map[string]string{"gz": zipped.String(), "zst": zstandard.String()} {
		testCompressed(t, end, packed)
	}
	for name, want := range map[string]string{"x.csv.xz": "not supported", "x.csv.zst": "can't be read"} {
		d := recordsTable(filepath.Join(write(t, map[string]string{name: "?"}), name))
		if out := d.run(t, world{1, 1, 1, 0}); !strings.Contains(out.err, want) {
			t.Errorf("%s: error %q", name, out.err)
		}
	}
}

func testCompressed(t *testing.T, end, packed string) {
	for _, order := range []string{"watermark", "path"} {
		dir := write(t, map[string]string{"b.csv." + end: packed, "a.csv": "0,first,2020-01-01 00:00:02\n", "c.csv": "9,last,2020-01-01 00:00:07\n"})
		d := recordsTable(dir)
		d.options["source.read-order"] = order
		whole := d.run(t, world{1, 8192, 1 << 20, 0})
		if whole.err != "" || len(whole.rows) != len(records)+2 {
			t.Fatalf("%d rows, error %q", len(whole.rows), whole.err)
		}
		for i, r := range records {
			if whole.rows[i+1].text != r.values {
				t.Errorf("row %d is %q, want %q", i, whole.rows[i+1].text, r.values)
			}
		}
		// In path order a.csv's 2 s is the first watermark, and all of it comes before the last row.
		late := []vector.Time{vector.MinTime, vector.MinTime}
		if order == "path" {
			late = []vector.Time{1577836802000, 1577836807000}
		}
		if got := []vector.Time{whole.rows[1].behind, whole.rows[len(whole.rows)-1].behind}; !slices.Equal(got, late) {
			t.Errorf("%s: behind %v, want %v", order, got, late)
		}
		for _, w := range worlds(30) {
			if out := d.run(t, w); out.err != "" || !slices.Equal(out.rows, whole.rows) {
				t.Fatalf("%v: %s, error %q", w, difference(out.rows, whole.rows), out.err)
			}
		}
	}
}
