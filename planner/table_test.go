package planner

import (
	"strings"
	"testing"

	"weir/catalog"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
)

// TestTableAs makes a table from a query's columns: time attributes become plain, and the INSERT that comes with it
// fits the table.
func TestTableAs(t *testing.T) {
	w := newWorld("")
	if _, err := w.script(`CREATE TABLE b (id INT NOT NULL, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector'='datagen')`); err != nil {
		t.Fatal(err)
	}
	src := &diag.Source{Text: `CREATE TABLE c WITH ('connector'='print') AS SELECT id AS x, ts, 'ab' FROM b`}
	stmt := parser.Script(src)[0].Statement.(*ast.CreateTable)
	table, insert, err := TableAs(stmt, w.env(src))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range table.Columns {
		got = append(got, c.Name+" "+c.Type.String())
	}
	if want := "x INT NOT NULL, ts TIMESTAMP(3), EXPR$2 CHAR(2) NOT NULL"; strings.Join(got, ", ") != want {
		t.Errorf("columns %v, want %s", got, want)
	}
	if err := w.put(table, nil); err != nil {
		t.Fatal(err)
	}
	n, err := Resolve(insert, w.env(src))
	if err != nil {
		t.Fatal(err)
	}
	checkIndices(t, n)
}

// TestTableAsRefuses names what cannot become a table.
func TestTableAsRefuses(t *testing.T) {
	for sql, want := range map[string]string{
		`CREATE TABLE c (x AS 1) WITH ('connector'='print') AS SELECT 'a' AS x`:                  "already exists in the source schema",
		`CREATE TABLE c (a) WITH ('connector'='print') AS SELECT 1 AS a, 2 AS b`:                 "must match the number of columns",
		`CREATE TABLE c (a, c) WITH ('connector'='print') AS SELECT 1 AS a, 2 AS b`:              "'c' not found in the source schema",
		`CREATE TABLE c (PRIMARY KEY (y) NOT ENFORCED) WITH ('connector'='print') AS SELECT 1 x`: "'y' is not defined",
		`CREATE TABLE c WITH ('connector'='datagen') AS SELECT 1`:                                "only a source",
		`CREATE TABLE c AS SELECT 1`:                                         "'connector'",
		`CREATE TABLE c WITH ('connector'='print') AS SELECT x FROM nowhere`: "'nowhere' not found",
	} {
		w := newWorld("")
		src := &diag.Source{Text: sql}
		p := parser.Script(src)[0]
		if p.Err != nil {
			t.Fatalf("%s: %v", sql, p.Err)
		}
		_, _, err := TableAs(p.Statement.(*ast.CreateTable), w.env(src))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", sql, err, want)
		}
	}
}

// TestUnknownConnector suggests the nearest connector; which there are is not for a golden, they become more.
func TestUnknownConnector(t *testing.T) {
	_, err := newWorld("").script(`CREATE TABLE t (id INT) WITH ('connector'='prnt')`)
	d, ok := err.(*diag.Diagnostic)
	if !ok || d.Code != "W5001" || d.Hint != "did you mean 'print'?" || !strings.Contains(d.Notes[0], "blackhole, datagen") {
		t.Errorf("got %+v", err)
	}
}

// TestOptionWithoutPrefix suggests the format's option of that name.
func TestOptionWithoutPrefix(t *testing.T) {
	_, err := newWorld("").script(`CREATE TABLE t (id INT) WITH ('connector'='filesystem', 'path'='x', 'format'='csv', 'ignore-parse-errors'='true')`)
	list, _ := err.(diag.List)
	d, ok := err.(*diag.Diagnostic)
	if len(list) == 1 {
		d, ok = list[0], true
	}
	if !ok || d.Code != "W5002" || d.Hint != "did you mean 'csv.ignore-parse-errors'?" {
		t.Errorf("got %+v", err)
	}
}

// TestTableStores checks what CREATE TABLE stores of computed columns, watermark and key.
func TestTableStores(t *testing.T) {
	w := newWorld("")
	if _, err := w.script("CREATE TABLE b (id INT, s STRING, `select` AS id + 1 COMMENT 'next', ts AS TO_TIMESTAMP(s), PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) COMMENT 'all' WITH ('connector'='datagen', 'rows-per-second'='7')"); err != nil {
		t.Fatal(err)
	}
	b, _, _ := w.catalog.Lookup(catalog.Default("b"))
	if b == nil || b.Comment != "all" || b.Options["rows-per-second"] != "7" || len(b.PrimaryKey) != 1 {
		t.Fatalf("table %+v", b)
	}
	if c := b.Columns[2]; c.Expr != "`id` + 1" || c.Comment != "next" || c.Type.String() != "INT" {
		t.Errorf("computed column %+v", c)
	}
	if c := b.Columns[3]; c.Type.String() != "TIMESTAMP(3) *ROWTIME*" {
		t.Errorf("rowtime %s", c.Type)
	}
	if b.Watermark.Expr != "`ts` - INTERVAL '1' SECOND" {
		t.Errorf("watermark %q", b.Watermark.Expr)
	}
	if b.Columns[0].Type.Nullable {
		t.Error("the primary key is nullable")
	}
	at := b.OptionSpans["rows-per-second"]
	if got := b.Source.Text[at.Start:at.End]; got != "'rows-per-second'='7'" {
		t.Errorf("option written as %q", got)
	}
}
