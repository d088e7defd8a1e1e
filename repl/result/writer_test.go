package result

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
	"weir/vector/kernel"
)

func column(name string, t vector.Type) vector.Field { return vector.Field{Name: name, Type: t} }

// texts makes a string column; "<NULL>" is NULL.
func texts(values ...string) vector.Column {
	offsets := []int32{0}
	var data []byte
	valid := vector.NewBitmap(len(values), true)
	for i, v := range values {
		if v == null {
			valid.Clear(i)
		} else {
			data = append(data, v...)
		}
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, valid, false)
}

// nulls marks rows as NULL.
func nulls(n int, rows ...int) vector.Bitmap {
	b := vector.NewBitmap(n, true)
	for _, r := range rows {
		b.Clear(r)
	}
	return b
}

func bools(valid vector.Bitmap, values ...bool) vector.Column {
	bits := vector.NewBitmap(len(values), false)
	for i, v := range values {
		if v {
			bits.Set(i)
		}
	}
	return vector.NewBools(bits, len(values), valid)
}

func decimals(valid vector.Bitmap, values ...int64) vector.Column {
	out := make([]vector.Num128, len(values))
	for i, v := range values {
		out[i] = kernel.NewDecimal128(v>>63, uint64(v))
	}
	return vector.NewColumn(out, valid)
}

// show writes one statement's result in a form and returns what standard output and standard error got.
func show(t *testing.T, o Options, s *session.Schema, batches []vector.Batch, d session.Done) (string, string) {
	t.Helper()
	var out, err bytes.Buffer
	o.Out, o.Err = &out, &err
	if o.Default == "" {
		o.Default = "csv"
	}
	w, e := New(o)
	if e != nil {
		t.Fatal(e)
	}
	if s != nil {
		s.Zone, s.Statement = time.UTC, 1
		if s.MaxWidth == 0 {
			s.MaxWidth = 30
		}
		if e := w.Schema(s); e != nil {
			t.Fatal(e)
		}
	}
	for _, b := range batches {
		d.Rows += int64(b.Rows)
		if e := w.Rows(b); e != nil {
			t.Fatal(e)
		}
	}
	d.Statement = 1
	if e := w.Done(d); e != nil {
		t.Fatal(e)
	}
	return out.String(), err.String()
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// The tables of Flink's client, recorded from version 2.2.1.
func TestTableauBatch(t *testing.T) {
	s := &session.Schema{TimeCost: true, Columns: []vector.Field{column("i", vector.IntType), column("s", vector.StringType), column("b", vector.BooleanType),
		column("d", vector.DecimalType(4, 2)), column("f", vector.DoubleType)}}
	b := vector.Batch{Rows: 3, Columns: []vector.Column{
		vector.NewColumn([]int32{1, -20, 300}, nil), texts("one", "twenty", null), bools(nulls(3, 2), true, false, false),
		decimals(nulls(3, 2), 150, 2275, 0), vector.NewColumn([]float64{2.25, 1e10, 0}, nulls(3, 2)),
	}}
	got, _ := show(t, Options{Format: "tableau"}, s, []vector.Batch{b.Slice(0, 2), b.Slice(2, 3)}, session.Done{Elapsed: 1230 * time.Millisecond})
	expect(t, got, `
+-----+--------+--------+--------+--------+
|   i |      s |      b |      d |      f |
+-----+--------+--------+--------+--------+
|   1 |    one |   TRUE |   1.50 |   2.25 |
| -20 | twenty |  FALSE |  22.75 | 1.0E10 |
| 300 | <NULL> | <NULL> | <NULL> | <NULL> |
+-----+--------+--------+--------+--------+
3 rows in set (1.23 seconds)

`)
	s = &session.Schema{Columns: s.Columns[:1]}
	got, _ = show(t, Options{Format: "tableau"}, s, nil, session.Done{})
	expect(t, got, "Empty set\n\n")
}

func TestTableauWideCharacters(t *testing.T) {
	s := &session.Schema{Columns: []vector.Field{column("latin", vector.StringType), column("列名", vector.StringType), column("n", vector.IntType)}}
	b := vector.Batch{Rows: 4, Columns: []vector.Column{texts("abc", "ÄÖÜ", "e\u0301", "한국어"), texts("你好", "日本語テキスト", "😀", "plain"), vector.NewColumn([]int32{1, 22, 333, 4444}, nil)}}
	got, _ := show(t, Options{Format: "tableau"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
+--------+----------------+------+
|  latin |           列名 |    n |
+--------+----------------+------+
|    abc |           你好 |    1 |
|    ÄÖÜ | 日本語テキスト |   22 |
|      e`+"\u0301"+` |             😀 |  333 |
| 한국어 |          plain | 4444 |
+--------+----------------+------+
4 rows in set

`)
}

func TestTableauStreaming(t *testing.T) {
	s := &session.Schema{Streaming: true, TimeCost: true, Columns: []vector.Field{column("a", vector.StringType), column("n", vector.IntType)}}
	b := vector.Batch{Rows: 3, Columns: []vector.Column{texts(strings.Repeat("x", 31), strings.Repeat("y", 30), "z"), vector.NewColumn([]int32{31, 30, 1}, nil)}}
	got, _ := show(t, Options{Format: "tableau"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
+----+--------------------------------+-------------+
| op |                              a |           n |
+----+--------------------------------+-------------+
| +I | xxxxxxxxxxxxxxxxxxxxxxxxxxx... |          31 |
| +I | yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy |          30 |
| +I |                              z |           1 |
+----+--------------------------------+-------------+
Received a total of 3 rows (0.00 seconds)

`)
	s = &session.Schema{Streaming: true, MaxWidth: 5, Columns: []vector.Field{column("a", vector.StringType), column("b", vector.IntType)}}
	b = vector.Batch{Rows: 2, Columns: []vector.Column{texts("abcdefgh", "abcdefghi"), vector.NewColumn([]int32{12, 1234567890}, nil)}}
	got, _ = show(t, Options{Format: "tableau"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
+----+--------+-------------+
| op |      a |           b |
+----+--------+-------------+
| +I | abc... |          12 |
| +I | abc... |  1234567890 |
+----+--------+-------------+
Received a total of 2 rows

`)
	s = &session.Schema{Streaming: true, MaxWidth: 9, Columns: []vector.Field{column("a", vector.ArrayType(vector.IntType)), column("b", vector.BytesType), column("d", vector.DoubleType)}}
	b = vector.Batch{Rows: 1, Columns: []vector.Column{
		vector.NewList([]int32{0, 4}, vector.NewColumn([]int32{10, 20, 30, 40}, nil), nil),
		vector.NewBytes([]int32{0, 6}, []byte("abcdef"), nil, true),
		vector.NewColumn([]float64{1.25e-10}, nil),
	}}
	got, _ = show(t, Options{Format: "tableau"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
+----+-----------+-----------+-----------+
| op |         a |         b |         d |
+----+-----------+-----------+-----------+
| +I | [10, 2... | x'6162... |  1.25E-10 |
+----+-----------+-----------+-----------+
Received a total of 1 row

`)
	got, _ = show(t, Options{Format: "tableau"}, &session.Schema{Streaming: true, Columns: []vector.Field{column("b", vector.IntType)}}, nil, session.Done{})
	expect(t, got, `
+----+-------------+
| op |           b |
+----+-------------+
Received a total of 0 row

`)
}

func TestTypeWidths(t *testing.T) {
	for _, c := range []struct {
		t vector.Type
		w int
	}{{vector.BooleanType, 6}, {vector.TinyIntType, 6}, {vector.SmallIntType, 6}, {vector.IntType, 11}, {vector.BigIntType, 20}, {vector.DoubleType, 30},
		{vector.DecimalType(10, 2), 12}, {vector.DateType, 10}, {vector.TimeType, 8}, {vector.TimestampType(3), 23}, {vector.TimestampLTZType(6), 26}, {vector.StringType, 30}} {
		if got := typeWidth(c.t, 30); got != c.w {
			t.Errorf("%s is %d wide, Flink has %d", c.t, got, c.w)
		}
	}
}

// A changelog of text and numbers, with all that needs quotes.
func changelog() (*session.Schema, vector.Batch) {
	s := &session.Schema{Changelog: true, Streaming: true, Columns: []vector.Field{column("k", vector.StringType), column("n, m", vector.BigIntType.NotNull())}}
	b := vector.Batch{Rows: 5, Columns: []vector.Column{texts("a", "", null, "say \"hi\", you", "tab\t\\|\nline"), vector.NewColumn([]int64{1, 2, 3, 4, -5}, nil)},
		Kinds: []vector.RowKind{vector.Insert, vector.UpdateBefore, vector.UpdateAfter, vector.Delete, vector.Insert}}
	return s, b
}

func TestCSV(t *testing.T) {
	s, b := changelog()
	got, errs := show(t, Options{}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
op,k,"n, m"
+I,a,1
-U,"",2
+U,,3
-D,"say ""hi"", you",4
+I,"tab	\|
line",-5
`)
	if errs != "" {
		t.Errorf("standard error has %q", errs)
	}
}

func TestTSV(t *testing.T) {
	s, b := changelog()
	s.Changelog = false
	got, _ := show(t, Options{Format: "tsv"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, "k\tn, m\na\t1\n\t2\n\\N\t3\nsay \"hi\", you\t4\ntab\\t\\\\|\\nline\t-5\n")
}

func TestMarkdown(t *testing.T) {
	s, b := changelog()
	got, _ := show(t, Options{Format: "markdown"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
| op | k | n, m |
| --- | --- | ---: |
| +I | a | 1 |
| -U |  | 2 |
| +U | NULL | 3 |
| -D | say "hi", you | 4 |
| +I | tab	\\\|<br>line | -5 |

`)
}

func TestVertical(t *testing.T) {
	s, b := changelog()
	got, _ := show(t, Options{Format: "vertical"}, s, []vector.Batch{b.Slice(2, 3)}, session.Done{})
	expect(t, got, `
*************************** 1. row ***************************
  op: +U
   k: <NULL>
n, m: 3
1 row

`)
}

func TestJSONLines(t *testing.T) {
	s := &session.Schema{Changelog: true, Columns: []vector.Field{column("s", vector.StringType), column("b", vector.BooleanType), column("n", vector.DecimalType(10, 2)),
		column("d", vector.DoubleType), column("t", vector.TimestampType(3)), column("a", vector.ArrayType(vector.StringType))}}
	b := vector.Batch{Rows: 2, Columns: []vector.Column{texts("a\"b\\\n\x01é", null), bools(nil, true, false), decimals(nulls(2, 1), 150, 0),
		vector.NewColumn([]float64{1e10, -0.5}, nil), vector.NewColumn([]int64{1577836800000, 0}, nil),
		vector.NewList([]int32{0, 2, 2}, texts("x", null), nil)}}
	got, _ := show(t, Options{Format: "jsonl"}, s, []vector.Batch{b}, session.Done{})
	expect(t, got, `
{"op":"+I","s":"a\"b\\\n\u0001é","b":true,"n":1.50,"d":10000000000,"t":"2020-01-01 00:00:00.000","a":["x",null]}
{"op":"+I","s":null,"b":false,"n":null,"d":-0.5,"t":"1970-01-01 00:00:00.000","a":[]}
`)
}

// The contract of the command line, line by line.
func TestEvents(t *testing.T) {
	s := &session.Schema{Changelog: true, Columns: []vector.Field{column("x", vector.IntType.NotNull()), column("y", vector.StringType)}}
	b := vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewColumn([]int32{1}, nil), texts(null)}}
	got, errs := show(t, Options{Format: "events"}, s, []vector.Batch{b}, session.Done{Elapsed: 3 * time.Millisecond})
	expect(t, got, `
{"statement":1,"event":"schema","columns":[{"name":"x","type":"INT NOT NULL"},{"name":"y","type":"STRING"}],"changelog":true}
{"statement":1,"event":"row","op":"+I","row":["1",null]}
{"statement":1,"event":"done","rows":1,"ms":3}
`)
	if errs != "" {
		t.Errorf("standard error has %q", errs)
	}
	var out, err bytes.Buffer
	w, e := New(Options{Format: "events", Out: &out, Err: &err})
	if e != nil {
		t.Fatal(e)
	}
	src := &diag.Source{Text: "SELECT 1;\n\n   SELECT abc"}
	d := diag.New("W2103", diag.Span{Start: 21, End: 24}, "no column 'abc'").WithHint("say it").In(src)
	if e := w.Fail(2, d); e != nil {
		t.Fatal(e)
	}
	if e := w.Notice(session.Notice{Statement: 2, Kind: session.NoticeLate, Count: 4, Message: "4 rows were late"}); e != nil {
		t.Fatal(e)
	}
	expect(t, out.String(), `
{"statement":2,"event":"error","code":"W2103","message":"no column 'abc'","line":3,"column":11,"end_line":3,"end_column":14,"hint":"say it"}
{"statement":2,"event":"notice","kind":"late","count":4,"message":"4 rows were late"}
`)
	if !strings.Contains(err.String(), "no column 'abc'") || !strings.Contains(err.String(), "notice: 4 rows were late") {
		t.Errorf("standard error has %q", err.String())
	}
}

func TestNone(t *testing.T) {
	s, b := changelog()
	if got, errs := show(t, Options{Format: "none"}, s, []vector.Batch{b}, session.Done{}); got+errs != "" {
		t.Errorf("none shows %q and %q", got, errs)
	}
}

func TestFormatIsChosen(t *testing.T) {
	document := func() *session.Schema {
		return &session.Schema{Shape: session.Document, Columns: []vector.Field{column("result", vector.StringType)}}
	}
	b := vector.Batch{Rows: 1, Columns: []vector.Column{texts("two\nlines\n")}}
	got, _ := show(t, Options{Default: "tableau"}, document(), []vector.Batch{b}, session.Done{})
	expect(t, got, "two\nlines\n\n")
	got, _ = show(t, Options{Default: "tableau", Format: "csv"}, document(), []vector.Batch{b}, session.Done{})
	expect(t, got, "result\n\"two\nlines\n\"\n")
	asked := document()
	asked.Mode = "changelog"
	got, _ = show(t, Options{Default: "csv"}, asked, []vector.Batch{b}, session.Done{})
	expect(t, got, "two\nlines\n\n")
	if _, err := New(Options{Format: "jsnl"}); err == nil || err.Error() != "unknown format 'jsnl': did you mean 'jsonl'?" {
		t.Errorf("the error is %v", err)
	}
}

func TestWrittenRowsAreTold(t *testing.T) {
	got, errs := show(t, Options{}, nil, nil, session.Done{Written: true, Target: "sink", TimeCost: true, Elapsed: 20 * time.Millisecond, Rows: 5})
	if got != "" || errs != "5 rows written into sink (0.02 seconds)\n" {
		t.Errorf("got %q and %q", got, errs)
	}
}

func BenchmarkFormats(b *testing.B) {
	n := 8192
	ids, keys, times, sums := make([]int64, n), make([]string, n), make([]int64, n), make([]float64, n)
	for i := range n {
		ids[i], keys[i], times[i], sums[i] = int64(i*7919), "channel-"+string(rune('a'+i%26)), 1577836800000+int64(i)*1000, float64(i)/3
	}
	batch := vector.Batch{Rows: n, Columns: []vector.Column{vector.NewColumn(ids, nil), texts(keys...), vector.NewColumn(times, nil), vector.NewColumn(sums, nil)}}
	s := &session.Schema{Zone: time.UTC, MaxWidth: 30, Streaming: true,
		Columns: []vector.Field{column("id", vector.BigIntType), column("k", vector.StringType), column("ts", vector.TimestampType(3)), column("s", vector.DoubleType)}}
	for _, name := range []string{"csv", "events", "jsonl", "tableau"} {
		b.Run(name, func(b *testing.B) {
			w, err := New(Options{Format: name, Out: &discard{}})
			if err != nil {
				b.Fatal(err)
			}
			if err := w.Schema(s); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := w.Rows(batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

type discard struct{}

func (*discard) Write(b []byte) (int, error) { return len(b), nil }
