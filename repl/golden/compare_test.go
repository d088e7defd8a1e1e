package golden

import (
	"slices"
	"strings"
	"testing"

	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
)

// gave is the outcome of a query over (k STRING, d DOUBLE) with these rows.
func gave(t *testing.T, rows string) *outcome {
	t.Helper()
	records, err := readRecords(rows)
	if err != nil {
		t.Fatal(err)
	}
	o := &outcome{schema: &session.Schema{Columns: []vector.Field{{Name: "k", Type: vector.StringType}, {Name: "d", Type: vector.DoubleType}}}}
	for _, r := range records {
		x, err := r.row()
		if err != nil {
			t.Fatal(err)
		}
		o.rows = append(o.rows, x)
	}
	return o
}

func TestCompare(t *testing.T) {
	const head = "k STRING, d DOUBLE\n"
	for _, c := range []struct {
		name, compare, want, got string
		differs                  []string
	}{
		{"order does not count", "", "+I,a,1.0\n+I,b,2.0\n", "+I,b,2.0\n+I,a,1.0\n", nil},
		{"how often does", "", "+I,a,1.0\n+I,a,1.0\n", "+I,a,1.0\n", []string{"rows", "- +I,a,1.0"}},
		{"a changelog is applied", "", "+I,a,2.0\n", "+I,a,1.0\n-U,a,1.0\n+U,a,2.0\n", nil},
		{"rows keep it", "rows", "+I,a,2.0\n", "+I,a,1.0\n-U,a,1.0\n+U,a,2.0\n", []string{"rows", "- +I,a,2.0", "+ +I,a,1.0", "+ +U,a,2.0", "+ -U,a,1.0"}},
		{"nothing is taken back that is not there", "", "", "-D,a,1.0\n", []string{"takes back a row that is not there: -D,a,1.0"}},
		{"NULL is not the empty text", "", "+I,,1.0\n", "+I,\"\",1.0\n", []string{"rows", "- +I,,1.0", "+ +I,\"\",1.0"}},
		{"quotes and line breaks", "", "+I,\"a,\"\"b\n\",1.0\n", "+I,\"a,\"\"b\n\",1.0\n", nil},
		{"ordered", "ordered", "+I,a,1.0\n+I,b,2.0\n", "+I,b,2.0\n+I,a,1.0\n", []string{"row 1", "- +I,a,1.0", "+ +I,b,2.0"}},
		{"last digits count", "", "+I,a,0.3\n", "+I,a,0.30000000000000004\n", []string{"rows", "- +I,a,0.3", "+ +I,a,0.30000000000000004"}},
		{"but not approximately", "approximate", "+I,a,0.3\n+I,a,0.3\n", "+I,a,0.30000000000000004\n+I,a,0.3\n", nil},
		{"other digits do", "approximate", "+I,a,0.3\n", "+I,a,0.3001\n", []string{"rows", "- +I,a,0.3", "+ +I,a,0.3001"}},
		{"any two of three", "count=2", "+I,a,1.0\n+I,b,1.0\n+I,c,1.0\n", "+I,c,1.0\n+I,a,1.0\n", nil},
		{"but two", "count=2", "+I,a,1.0\n+I,b,1.0\n+I,c,1.0\n", "+I,c,1.0\n", []string{"rows", "1 rows, expected 2"}},
		{"and of these", "count=1", "+I,a,1.0\n", "+I,c,1.0\n", []string{"rows", "+ +I,c,1.0"}},
	} {
		g, err := parse("x", []byte("compare: "+c.compare+"\n-- query.sql --\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := g.checkRows(head+c.want, gave(t, c.got), "/tmp/x"); !slices.Equal(got, c.differs) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	g := &Golden{compare: comparison{count: -1}}
	if got := g.checkRows("k STRING\n", gave(t, ""), "/tmp/x"); !slices.Equal(got, []string{"columns", "- k STRING", "+ k STRING, d DOUBLE"}) {
		t.Errorf("another header: %q", got)
	}
}

func TestCompareErrors(t *testing.T) {
	d := diag.New("W4001", diag.Span{Start: 8, End: 9}, "/tmp/x/bids.csv:3: no INT").In(&diag.Source{Text: "SELECT\n a"})
	for _, c := range []struct {
		want string
		same bool
	}{{"W4001 2:2 ${DIR}/bids.csv:3: no INT\n", true}, {"W4001 2:2 ${DIR}/bids.csv…\n", true}, {"W4001 2:2 ${DIR}/bids\n", false}, {"W4002 2:2 ${DIR}/bids.csv:3: no INT\n", false}, {"", false}} {
		if got := checkError(c.want, []*diag.Diagnostic{d}, "/tmp/x"); (len(got) == 0) != c.same {
			t.Errorf("%q: %q", c.want, got)
		}
	}
	d.WithHint("mend\n/tmp/x/bids.csv").WithNote("so")
	for want, same := range map[string]bool{
		"  ^ a\n  = hint: mend\n  ${DIR}/bids.csv\n  = note: so\n": true, "  ^ a\n": false, "  ^ b\n  = hint: mend\n  ${DIR}/bids.csv\n  = note: so\n": false,
	} {
		if got := checkError("W4001 2:2 ${DIR}/bids.csv…\n"+want, []*diag.Diagnostic{d}, "/tmp/x"); (len(got) == 0) != same {
			t.Errorf("%q: %q", want, got)
		}
	}
	if got := checkError("W1 - x", nil, ""); len(got) != 1 {
		t.Errorf("no error is taken for one: %q", got)
	}
}

func TestParse(t *testing.T) {
	g, err := parse("x", []byte(`Two words.
mode: batch
set: parallelism.default = 3
worlds: one
Note: no directive.
chop: data/a.csv
-- data/a.csv --
1
-- query.sql --
SELECT 1; SELECT 2;
-- expected/1 --
one
-- expected --
two
-- notices --
late 4
`))
	if err != nil {
		t.Fatal(err)
	}
	if g.Description != "Two words.\nNote: no directive." || !g.single || len(g.set) != 2 || g.set[1] != (setting{"parallelism.default", "3"}) || g.files[0].Name != "data/a.csv" || string(g.files[0].Data) != "1" {
		t.Errorf("%+v", g)
	}
	first, last := g.expect(1, 2), g.expect(2, 2)
	if *first.expected != "one\n" || first.notices != nil || *last.expected != "two\n" || *last.notices != "late 4\n" {
		t.Errorf("%+v %+v", first, last)
	}
	for _, bad := range []string{"x\n", "compare: fast\n-- query.sql --\n", "worlds: two\n-- query.sql --\n", "set: nope\n-- query.sql --\n", "chop: a\n-- query.sql --\n", "set: nope = 1\n-- query.sql --\n", "-- expected/x --\n-- query.sql --\n"} {
		if _, err := parse("x", []byte(bad)); err == nil {
			t.Errorf("%q is a golden file", bad)
		}
	}
	if _, err := parse("x", []byte("nothing\n")); err == nil || !strings.Contains(err.Error(), "query.sql") {
		t.Errorf("no query is %v", err)
	}
}
