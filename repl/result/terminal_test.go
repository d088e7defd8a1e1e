package result

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
)

func screen(width, height int) func() (int, int) { return func() (int, int) { return width, height } }

func TestControlCharactersAreEscaped(t *testing.T) {
	s := &session.Schema{Columns: []vector.Field{column("a", vector.StringType)}}
	b := vector.Batch{Rows: 3, Columns: []vector.Column{texts("two\nlines", "\x1b[31m\tred\r\x7f", "C1 \u009b, é")}}
	got, _ := show(t, Options{Format: "tableau"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
+---------------------+
|                   a |
+---------------------+
|          two\nlines |
| \x1b[31m\tred\r\x7f |
|          C1 \x9b, é |
+---------------------+
3 rows in set

`)
	got, _ = show(t, Options{Format: "vertical"}, s, []vector.Batch{b.Slice(0, 1)}, session.Done{})
	if !strings.Contains(got, `a: two\nlines`+"\n") {
		t.Errorf("vertical shows %q", got)
	}
}

// The table is 22 columns of the terminal wide.
func TestNarrowTerminal(t *testing.T) {
	show := func(width int) string {
		s := &session.Schema{Columns: []vector.Field{column("name", vector.StringType), column("n", vector.IntType)}}
		b := vector.Batch{Rows: 2, Columns: []vector.Column{texts("wide 日本", "x"), vector.NewColumn([]int32{12345, 0}, nulls(2, 1))}}
		got, _ := show(t, Options{Format: "tableau", Screen: screen(width, 50)}, s, []vector.Batch{b}, session.Done{})
		return got
	}
	expect(t, show(22), `
+-----------+--------+
|      name |      n |
+-----------+--------+
| wide 日本 |  12345 |
|         x | <NULL> |
+-----------+--------+
2 rows in set

`)
	expect(t, show(21), `
****** 1. row ******
name: wide 日本
   n: 12345
****** 2. row ******
name: x
   n: <NULL>
2 rows in set

`)
}

// A stream has its widths from the types: 5 + 33 + 14 columns and the end. A wider one turns vertical as its rows come.
func TestWideStreamOnANarrowTerminal(t *testing.T) {
	show := func(width int) string {
		s := &session.Schema{Streaming: true, MaxWidth: 30, Columns: []vector.Field{column("name", vector.StringType), column("n", vector.IntType)}}
		b := vector.Batch{Rows: 2, Columns: []vector.Column{texts("two\nlines", "x"), vector.NewColumn([]int32{12345, 0}, nulls(2, 1))},
			Kinds: []vector.RowKind{vector.Insert, vector.Delete}}
		got, _ := show(t, Options{Format: "tableau", Screen: screen(width, 50)}, s, []vector.Batch{b}, session.Done{})
		return got
	}
	if got := show(53); !strings.Contains(got, "| op |                           name |           n |") {
		t.Errorf("it fits and is\n%s", got)
	}
	expect(t, show(52), `
********************** 1. row **********************
  op: +I
name: two\nlines
   n: 12345
********************** 2. row **********************
  op: -D
name: x
   n: <NULL>
Received a total of 2 rows

`)
}

// A terminal that can't move its cursor has a width too, but nothing is redrawn on it.
func TestDumbTerminal(t *testing.T) {
	s := &session.Schema{Streaming: true, MaxWidth: 30, Columns: []vector.Field{column("n", vector.IntType)}}
	b := vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewColumn([]int32{7}, nil)}}
	got, _ := show(t, Options{Format: "table", Screen: screen(80, 24), Dumb: true}, s, []vector.Batch{b}, session.Done{})
	if strings.Contains(got, "\x1b") || !strings.Contains(got, "| +I |           7 |") {
		t.Errorf("it shows %q", got)
	}
}

func TestNoticesComeBehindTheTable(t *testing.T) {
	var out bytes.Buffer
	w, err := New(Options{Format: "tableau", Out: &out, Err: &out})
	if err != nil {
		t.Fatal(err)
	}
	late := session.Notice{Statement: 1, Kind: session.NoticeLate, Count: 1, Message: "1 row was late"}
	s := &session.Schema{Streaming: true, MaxWidth: 30, Columns: []vector.Field{column("n", vector.IntType)}}
	b := vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewColumn([]int32{7}, nil)}}
	for _, e := range []error{w.Schema(s), w.Rows(b), w.Notice(late), w.Done(session.Done{Rows: 1})} {
		if e != nil {
			t.Fatal(e)
		}
	}
	expect(t, out.String(), `
+----+-------------+
| op |           n |
+----+-------------+
| +I |           7 |
+----+-------------+
Received a total of 1 row

notice: 1 row was late
`)
	out.Reset()
	for _, e := range []error{w.Schema(s), w.Notice(late), w.Fail(2, diag.New("W4900", diag.Span{}, "no more"))} {
		if e != nil {
			t.Fatal(e)
		}
	}
	if got := out.String(); strings.Count(got, "notice: 1 row was late") != 1 || !strings.Contains(got, "no more") {
		t.Errorf("a failure shows %q", got)
	}
}

func TestPager(t *testing.T) {
	run := func(rows int, streaming bool, fail error) (paged, out string) {
		numbers := make([]int32, rows)
		s := &session.Schema{Streaming: streaming, Columns: []vector.Field{column("n", vector.IntType)}}
		b := vector.Batch{Rows: rows, Columns: []vector.Column{vector.NewColumn(numbers, nil)}}
		pager := func(text []byte) error { paged = string(text); return fail }
		out, _ = show(t, Options{Format: "tableau", Screen: screen(80, 10), Pager: pager}, s, []vector.Batch{b}, session.Done{})
		return paged, out
	}
	// Four lines of the frame, the footer and the line behind it leave four of ten, and the prompt takes one of them.
	if paged, out := run(3, false, nil); paged != "" || strings.Count(out, "\n") != 9 {
		t.Errorf("what fits is paged: %q, %q", paged, out)
	}
	if paged, out := run(4, false, nil); out != "" || strings.Count(paged, "|   ") != 0 || strings.Count(paged, "| 0 |") != 4 {
		t.Errorf("what does not fit is written: %q, %q", paged, out)
	}
	if _, out := run(4, false, errors.New("no such program")); strings.Count(out, "| 0 |") != 4 {
		t.Errorf("a pager that fails loses the result: %q", out)
	}
	if paged, out := run(40, true, nil); paged != "" || strings.Count(out, "+I") != 40 {
		t.Errorf("a stream is paged: %q", paged)
	}
}

// screenOf is what a terminal shows after it got a text: lines, cursor up, return and clear to the end.
func screenOf(text string) string {
	var lines []string
	at := 0
	for text != "" {
		switch {
		case strings.HasPrefix(text, "\x1b["):
			n, i := 0, 2
			for ; text[i] >= '0' && text[i] <= '9'; i++ {
				n = n*10 + int(text[i]-'0')
			}
			if text[i] == 'A' {
				at -= n
			} else {
				lines = lines[:at]
			}
			text = text[i+1:]
		case text[0] == '\r':
			text = text[1:]
		default:
			line, rest, _ := strings.Cut(text, "\n")
			lines = append(lines[:at], line)
			at++
			text = rest
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestTableIsRedrawn(t *testing.T) {
	s := &session.Schema{Streaming: true, Changelog: true, MaxWidth: 30, Columns: []vector.Field{column("k", vector.StringType), column("n", vector.IntType)}}
	batch := func(kinds []vector.RowKind, keys []string, n ...int32) vector.Batch {
		return vector.Batch{Rows: len(n), Columns: []vector.Column{texts(keys...), vector.NewColumn(n, nil)}, Kinds: kinds}
	}
	first := batch(nil, []string{"a", "b", "c"}, 1, 2, 3)
	second := batch([]vector.RowKind{vector.UpdateBefore, vector.UpdateAfter, vector.Delete, vector.Insert}, []string{"a", "a", "b", "d"}, 1, 1000, 2, 4)
	var out bytes.Buffer
	w, err := New(Options{Format: "table", Out: &out, Err: &out, Screen: screen(80, 30)})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []error{w.Schema(s), w.Rows(first), w.Rows(second)} {
		if e != nil {
			t.Fatal(e)
		}
	}
	expect(t, screenOf(out.String()), `
+---+------+
| k |    n |
+---+------+
| a | 1000 |
| c |    3 |
| d |    4 |
+---+------+
`)
	if err := w.Done(session.Done{}); err != nil {
		t.Fatal(err)
	}
	expect(t, screenOf(out.String()), `
+---+------+
| k |    n |
+---+------+
| a | 1000 |
| c |    3 |
| d |    4 |
+---+------+
3 rows in set

`)
	// Off a terminal it is the tableau.
	got, _ := show(t, Options{Format: "table"}, s, []vector.Batch{second}, session.Done{})
	if !strings.Contains(got, "| -U |") || strings.Contains(got, "\x1b") {
		t.Errorf("off a terminal table shows %q", got)
	}
}

// Of more rows than the terminal has lines the newest are shown while it runs, all of them at the end.
func TestTableOfManyRows(t *testing.T) {
	s := &session.Schema{Streaming: true, MaxWidth: 30, Columns: []vector.Field{column("a long name", vector.IntType)}}
	var out bytes.Buffer
	w, err := New(Options{Format: "table", Out: &out, Err: &out, Screen: screen(9, 8)})
	if err != nil {
		t.Fatal(err)
	}
	b := vector.Batch{Rows: 3, Columns: []vector.Column{vector.NewColumn([]int32{1, 2, 3}, nil)}}
	for _, e := range []error{w.Schema(s), w.Rows(b)} {
		if e != nil {
			t.Fatal(e)
		}
	}
	expect(t, screenOf(out.String()), `
+--------
| a long 
+--------
|        
|        
+--------
1 row above
`)
	if err := w.Done(session.Done{}); err != nil {
		t.Fatal(err)
	}
	if got := screenOf(out.String()); strings.Count(got, "\n") != 9 || !strings.Contains(got, "|           1 |") {
		t.Errorf("the end shows %q", got)
	}
}

func TestFormatChangesAndOutputGoesElsewhere(t *testing.T) {
	var out, file bytes.Buffer
	w, err := New(Options{Default: "tableau", Out: &out, Err: &out})
	if err != nil {
		t.Fatal(err)
	}
	run := func() {
		s := &session.Schema{MaxWidth: 30, Columns: []vector.Field{column("n", vector.IntType)}}
		b := vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewColumn([]int32{7}, nil)}}
		for _, e := range []error{w.Schema(s), w.Rows(b), w.Done(session.Done{Rows: 1, Elapsed: 1234567})} {
			if e != nil {
				t.Fatal(e)
			}
		}
	}
	if err := w.SetFormat("csw"); err == nil || err.Error() != "unknown format 'csw': did you mean 'csv'?" {
		t.Errorf("the error is %v", err)
	}
	if err := w.SetFormat("csv"); err != nil {
		t.Fatal(err)
	}
	w.SetTimer(true)
	back := w.Redirect(&file, "jsonl")
	run()
	back()
	run()
	if out.String() != "Time: 1.2ms\nn\n7\nTime: 1.2ms\n" || file.String() != "{\"n\":7}\n" {
		t.Errorf("out is %q, the file is %q", out.String(), file.String())
	}
}
