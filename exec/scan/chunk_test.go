package scan_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	"weir/planner/plan"
	"weir/vector"
)

// records hold all that can mislead a guess where a record begins.
var records = []struct{ text, values string }{
	{"1,plain,2020-01-01 00:00:01\n", "1|plain|1577836801000"},
	{"2,\"two\nlines\",2020-01-01 00:00:03\n", "2|two\nlines|1577836803000"},
	{"3,\"\n4,no,2020-01-01 00:00:09\n\",2020-01-01 00:00:02\r\n", "3|\n4,no,2020-01-01 00:00:09\n|1577836802000"},
	{"5,\"a \"\"quoted\"\"\n\n\n\",2020-01-01 00:00:02.999\n", "5|a \"quoted\"\n\n\n|1577836802999"},
	{"6,,2020-01-01 00:00:07\r\n", "6||1577836807000"},
	{"7,\"" + strings.Repeat("long, \n", 30) + "\",2020-01-01 00:00:05\n", "7|" + strings.Repeat("long, \n", 30) + "|1577836805000"},
	{"8,x,2020-01-01 00:00:06.9990", "8|x|1577836806999"},
}

// behinds are what the rows of records carry with the watermark ts - 0.
var behinds = []vector.Time{vector.MinTime, vector.MinTime, 1577836803000, 1577836803000, vector.MinTime, 1577836807000, 1577836807000}

func recordsTable(path string) table {
	return table{
		columns: []catalog.Column{column("id", vector.IntType), column("s", vector.StringType), column("ts", vector.TimestampType(3))},
		options: map[string]string{"path": path, "format": "csv"},
		read:    []int{0, 1, 2}, rowtime: 2, watermark: delay(2, 0),
	}
}

// worlds covers all chunk sizes up to size, each with some of the other choices.
func worlds(size int) []world {
	var out []world
	for chunk := 1; chunk <= size+1; chunk++ {
		out = append(out,
			world{1 + chunk%3, []int{8192, 1, 3}[chunk%3], int64(chunk), uint64(chunk % 5)},
			world{3 - chunk%3, []int{3, 8192, 1}[chunk%3], int64(chunk), uint64(chunk % 4)})
	}
	return out
}

func TestEveryChunkSize(t *testing.T) {
	var text strings.Builder
	for _, r := range records {
		text.WriteString(r.text)
	}
	d := recordsTable(filepath.Join(write(t, map[string]string{"a.csv": text.String()}), "a.csv"))
	for _, w := range worlds(text.Len()) {
		out := d.run(t, w)
		if out.err != "" {
			t.Fatalf("%v: %s", w, out.err)
		}
		if len(out.rows) != len(records) {
			t.Fatalf("%v: %d rows, want %d", w, len(out.rows), len(records))
		}
		for i, r := range out.rows {
			if r.text != records[i].values || r.behind != behinds[i] || r.origin != (vector.Origin{Row: int64(i)}) {
				t.Fatalf("%v: row %d is %q behind %d from %v, want %q behind %d", w, i, r.text, r.behind, r.origin, records[i].values, behinds[i])
			}
		}
	}
}

func TestBadRowOnEveryBoundary(t *testing.T) {
	for bad := range records {
		var text strings.Builder
		line := 1
		for i, r := range records {
			if i == bad {
				text.WriteString("9x,bad,2020-01-01 00:00:01\n")
				break
			}
			text.WriteString(r.text)
			line += strings.Count(r.text, "\n")
		}
		for _, r := range records[bad:] {
			text.WriteString(r.text)
		}
		// A second error, further down: the first one wins.
		text.WriteString("\n10,\"never closed,2020-01-01 00:00:01\n")
		d := recordsTable(filepath.Join(write(t, map[string]string{"a.csv": text.String()}), "a.csv"))
		want := fmt.Sprintf("%s:%d: column id: \"9x\" is not an INT", d.options["path"], line)
		for _, w := range worlds(text.Len()) {
			out := d.run(t, w)
			if out.err != want {
				t.Fatalf("%v: error %q, want %q", w, out.err, want)
			}
			if len(out.rows) != bad {
				t.Fatalf("%v: %d rows before the error, want %d", w, len(out.rows), bad)
			}
		}
	}
}

func TestIgnoredErrorsOnEveryBoundary(t *testing.T) {
	var text strings.Builder
	var want []string
	for i, r := range records {
		text.WriteString(strings.TrimSuffix(r.text, "\n") + "\n")
		want = append(want, r.values)
		switch i {
		case 1: // the fifth line after the first two records
			text.WriteString("x,bad,2020-01-01 00:00:04\n")
			want = append(want, "∅|bad|1577836804000")
		case 3:
			text.WriteString("too,\"many\n\",fields,\"here\"\n")
		}
	}
	d := recordsTable(filepath.Join(write(t, map[string]string{"a.csv": text.String()}), "a.csv"))
	d.options["csv.ignore-parse-errors"] = "true"
	for _, w := range worlds(text.Len()) {
		out := d.run(t, w)
		if out.err != "" {
			t.Fatalf("%v: %s", w, out.err)
		}
		var got []string
		for _, r := range out.rows {
			got = append(got, r.text)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v: rows %q, want %q", w, got, want)
		}
		if first := d.options["path"] + ":4: column id: \"x\" is not an INT"; out.skipped != 2 || out.first != first {
			t.Fatalf("%v: %d bad rows, first %q, want 2, first %q", w, out.skipped, out.first, first)
		}
	}
}

func TestNullRowtime(t *testing.T) {
	text := "1,\"a\nb\",2020-01-01 00:00:01\n2,c,2020-01-01 00:00:01\n3,d,-\n4,e,2020-01-01 00:00:01\n"
	d := recordsTable(filepath.Join(write(t, map[string]string{"a.csv": text}), "a.csv"))
	d.options["csv.null-literal"] = "-"
	want := d.options["path"] + ":4: column ts: the rowtime is NULL"
	for _, w := range worlds(len(text)) {
		if out := d.run(t, w); out.err != want || len(out.rows) != 2 {
			t.Fatalf("%v: %d rows, error %q, want 2, %q", w, len(out.rows), out.err, want)
		}
	}
	d.batch = true
	out := d.run(t, world{2, 8192, 10, 0})
	if out.err != "" || len(out.rows) != 4 || out.rows[2].text != "3|d|∅" || out.rows[3].behind != vector.MinTime {
		t.Errorf("batch mode: %v %v", out.rows, out.err)
	}
}

func TestComputedColumns(t *testing.T) {
	ts := &plan.Column{Index: 2, Name: "ts", T: vector.TimestampType(3)}
	id := &plan.Column{Index: 0, Name: "id", T: vector.IntType}
	d := recordsTable("")
	d.computed = []plan.Expr{&plan.Call{Name: "/", T: vector.IntType, Args: []plan.Expr{&plan.Literal{T: vector.IntType.NotNull(), Value: int64(100)}, id}}}
	second := &plan.Literal{T: vector.Type{Kind: vector.IntervalSecond}, Value: int64(1000)}
	// No simple delay: it is evaluated row by row. NULL where id is 20.
	d.watermark = &plan.Case{T: vector.TimestampType(3), Whens: []plan.When{{
		Cond: &plan.Call{Name: "<>", T: vector.BooleanType, Args: []plan.Expr{id, &plan.Literal{T: vector.IntType.NotNull(), Value: int64(20)}}},
		Then: &plan.Call{Name: "-", T: vector.TimestampType(3), Args: []plan.Expr{ts, second}},
	}}}
	for _, format := range []string{"good", "zero"} {
		text := "5,\"a\nb\",2020-01-01 00:00:01\n20,c,2020-01-01 00:00:09\n10,d,2020-01-01 00:00:00.001\n"
		want := []row{
			{"5|a\nb|1577836801000|20", 1577836801000, vector.MinTime, vector.Origin{Row: 0}},
			{"20|c|1577836809000|5", 1577836809000, vector.MinTime, vector.Origin{Row: 1}},
			{"10|d|1577836800001|10", 1577836800001, 1577836800000, vector.Origin{Row: 2}},
		}
		if format == "zero" {
			text += "0,e,2020-01-01 00:00:00.001\n1,f,2020-01-01 00:00:00.001\n"
		} else {
			text += "50,f,2020-01-01 00:00:00.002\n"
			want = append(want, row{"50|f|1577836800002|2", 1577836800002, vector.MinTime, vector.Origin{Row: 3}})
		}
		d.options["path"] = filepath.Join(write(t, map[string]string{"a.csv": text}), "a.csv")
		for _, w := range worlds(len(text)) {
			out := d.run(t, w)
			if note := fmt.Sprintf("in the row at %s:5", d.options["path"]); format == "zero" && !slices.Contains(out.notes, note) {
				t.Fatalf("%v: notes %q, want %q", w, out.notes, note)
			}
			if !slices.Equal(out.rows, want) || (out.err != "") != (format == "zero") {
				t.Fatalf("%v: %s, error %q", w, difference(out.rows, want), out.err)
			}
		}
	}
}

// TestLongRecords reads records that are longer than what is read at a time behind a chunk's end: a guess, right or
// wrong, goes astray.
func TestLongRecords(t *testing.T) {
	long := strings.Repeat("no line break", 2000)
	broken := strings.Repeat("1,line breaks,2020-01-01 00:00:09\n", 1000)
	var text strings.Builder
	var want []string
	for i := range 5 {
		fmt.Fprintf(&text, "%d,%s,2020-01-01 00:00:01\n%d,\"%s\",2020-01-01 00:00:02\n", i, long, i, broken)
		want = append(want, fmt.Sprintf("%d|%s|1577836801000", i, long), fmt.Sprintf("%d|%s|1577836802000", i, broken))
	}
	d := recordsTable(filepath.Join(write(t, map[string]string{"a.csv": text.String()}), "a.csv"))
	for _, w := range []world{{1, 8192, 1 << 30, 0}, {1, 8192, 1000, 0}, {3, 1, 1000, 0}, {2, 2, 5000, 1}, {3, 8192, 30_000, 2}, {3, 3, 100_000, 0}} {
		out := d.run(t, w)
		if out.err != "" || len(out.rows) != len(want) {
			t.Fatalf("%v: %d rows, error %.200q", w, len(out.rows), out.err)
		}
		for i, r := range out.rows {
			if r.text != want[i] {
				t.Errorf("%v: row %d is %.100q…", w, i, r.text)
			}
		}
	}
}
