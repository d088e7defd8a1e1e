package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/parser/diag"
)

// repeated writes n parts with what stands between them.
func repeated(n int, between string, part func(i int) string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(part(i))
	}
	return b.String()
}

func same(s string) func(int) string { return func(int) string { return s } }

// within is s between so many opening and closing texts.
func within(n int, open, s, end string) string {
	return strings.Repeat(open, n) + s + strings.Repeat(end, n)
}

// What programs write is deep, long or wide. It gets an answer or an error that people can read, in time that grows with
// its length: from the parser, the planner, views and EXPLAIN as well as from what runs.
func TestExtremeStatements(t *testing.T) {
	const patience = time.Minute // of a slow machine that looks for races; what is quadratic takes hours
	const (
		deep   = 450    // within the parser's limit
		deeper = 20_000 // far beyond it
		chain  = 9_900  // within the limit of chained operators
		many   = 20_000 // beyond it, and of what has no limit
	)
	table := "CREATE TABLE t (a INT, s STRING, c BOOLEAN) WITH ('connector' = 'datagen', 'number-of-rows' = '3');\n"
	column := func(n int, suffix string) string {
		return repeated(n, ", ", func(i int) string { return fmt.Sprintf("column_%d%s", i, suffix) })
	}
	expressions := map[string]string{
		"parentheses":       within(deep, "(", "a", ")"),
		"more parentheses":  within(deeper, "(", "a", ")"),
		"CASE":              within(deep, "CASE WHEN c THEN 1 ELSE ", "a", " END"),
		"functions":         within(deep, "COALESCE(a, ", "1", ")"),
		"CAST":              within(deep, "CAST(", "a", " AS BIGINT)"),
		"NOT":               strings.Repeat("NOT ", deep) + "c",
		"signs":             strings.Repeat("- ", deep) + "a",
		"arrays":            within(deep/4, "ARRAY[", "a", "]"),
		"types":             "CAST(NULL AS " + within(deep, "ARRAY<", "INT", ">") + ")",
		"OR":                repeated(chain, " OR ", func(i int) string { return fmt.Sprintf("a = %d", i) }),
		"AND of others":     repeated(chain, " AND ", func(i int) string { return fmt.Sprintf("a <> %d + a", i) }),
		"more OR":           repeated(many, " OR ", func(i int) string { return fmt.Sprintf("a = %d", i) }),
		"sum":               repeated(chain, " + ", same("a")),
		"joined strings":    repeated(chain, " || ", same("s")),
		"IN":                "a IN (" + repeated(many, ", ", func(i int) string { return fmt.Sprint(i) }) + ")",
		"many arguments":    "COALESCE(" + repeated(many, ", ", same("a")) + ")",
		"many WHENs":        "CASE a " + repeated(many/4, " ", func(i int) string { return fmt.Sprintf("WHEN %d THEN %d", i, i) }) + " END",
		"a long string":     "'" + strings.Repeat("x", 1<<20) + "'",
		"a long name":       "`" + strings.Repeat("n", 1<<20) + "`",
		"a long number":     strings.Repeat("1", many),
		"a long expression": "ARRAY[" + repeated(many, ", ", func(i int) string { return fmt.Sprint(i) }) + "]",
	}
	queries := map[string]string{
		"subqueries":      within(deep/2, "SELECT * FROM (", "SELECT a FROM t", ") AS q"),
		"UNION ALL":       repeated(2_000, " UNION ALL ", same("SELECT 1")),
		"more UNION ALL":  repeated(many, " UNION ALL ", same("SELECT 1")),
		"columns":         "SELECT " + repeated(many, ", ", func(i int) string { return fmt.Sprintf("a AS c%d", i) }) + " FROM t",
		"equal names":     "SELECT " + repeated(many, ", ", same("a")) + " FROM t",
		"unknown columns": "SELECT " + repeated(many, ", ", func(i int) string { return fmt.Sprintf("x%d", i) }) + " FROM t",
		"VALUES":          "SELECT COUNT(*) FROM (VALUES " + repeated(many, ", ", func(i int) string { return fmt.Sprintf("(%d)", i) }) + ") AS v",
		"doubled WITH": "WITH w0 AS (SELECT a FROM t)" + repeated(40, "", func(i int) string {
			return fmt.Sprintf(", w%d AS (SELECT a FROM w%d UNION ALL SELECT a FROM w%d)", i+1, i, i)
		}) + " SELECT COUNT(*) FROM w40",
		"doubled columns":  "WITH w0 AS (SELECT a FROM t)" + repeated(40, "", func(i int) string { return fmt.Sprintf(", w%d AS (SELECT a + a AS a FROM w%d)", i+1, i) }) + " SELECT a FROM w40",
		"grouping columns": "SELECT COUNT(*) FROM t GROUP BY " + repeated(1_000, ", ", func(i int) string { return fmt.Sprintf("a + %d", i) }),
	}
	scripts := map[string]string{
		"many statements":    strings.Repeat("SET 'pipeline.name' = 'x';\n", 50_000),
		"many mistakes":      strings.Repeat("SELEC 1;\n", 50_000),
		"one long mistake":   "SELECT " + strings.Repeat("a + ", 1<<18) + "FORM x",
		"columns of a table": "CREATE TABLE u (" + repeated(many, ", ", func(i int) string { return fmt.Sprintf("c%d INT", i) }) + ") WITH ('connector' = 'blackhole'); DESCRIBE u; SHOW CREATE TABLE u",
		"a wide table":       "CREATE TABLE w (" + column(many, " INT") + ") WITH ('connector' = 'datagen', 'number-of-rows' = '1'); SELECT * FROM w; SELECT " + column(many, "") + " FROM w; SELECT " + column(many, "x") + " FROM w; CREATE VIEW v AS SELECT * FROM w; SELECT COUNT(*) FROM v",
		"options":            "CREATE TABLE u (a INT) WITH ('connector' = 'blackhole', " + repeated(20_000, ", ", func(i int) string { return fmt.Sprintf("'o%d' = 'x'", i) }) + ")",
		"INSERT of VALUES":   "CREATE TABLE u (a INT, s STRING) WITH ('connector' = 'blackhole'); INSERT INTO u VALUES " + repeated(many, ", ", func(i int) string { return fmt.Sprintf("(%d + 1, 'x')", i) }),
		"doubled views": table + "CREATE VIEW v0 AS SELECT a FROM t;" + repeated(30, "", func(i int) string {
			return fmt.Sprintf("CREATE VIEW v%d AS SELECT a FROM v%d UNION ALL SELECT a FROM v%d;", i+1, i, i)
		}),
		"views of views": table + "CREATE VIEW v0 AS SELECT a FROM t;" + repeated(100, "", func(i int) string { return fmt.Sprintf("CREATE VIEW v%d AS SELECT a + 1 AS a FROM v%d;", i+1, i) }) + "SELECT a FROM v100",
		"settings":       "SET 'weir.batch." + strings.Repeat("x", 1<<20) + "' = '1'",
	}
	for name, e := range expressions {
		queries["expression: "+name] = "SELECT " + e + " AS x FROM t"
		switch name {
		case "OR", "AND of others", "IN", "NOT", "CASE":
			queries["condition: "+name] = "SELECT a FROM t WHERE (" + e + ") IS NULL"
		}
	}
	for name, q := range queries {
		scripts[name] = table + "EXPLAIN " + q + ";\n" + q + ";\nCREATE VIEW v AS " + q + ";\nSHOW CREATE VIEW v;\nDESCRIBE v"
	}
	for name, sql := range scripts {
		s, r := newTest(t)
		out := &watchful{recorder: *r, t: t, name: name}
		s.config.Output, s.config.ContinueOnError = out, !strings.HasPrefix(name, "many mistakes")
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		begun := time.Now()
		if err := s.Run(ctx, &diag.Source{Text: sql}); err != nil && !errors.Is(err, ErrFailed) {
			t.Errorf("%s: %v after %v", name, err, time.Since(begun))
		}
		cancel()
		if took := time.Since(begun); took > patience/2 {
			t.Errorf("%s took %v", name, took)
		}
		if out.bytes > 64<<10 {
			t.Errorf("%s: the errors have %d bytes", name, out.bytes)
		}
	}
}

// watchful looks at errors and forgets all else.
type watchful struct {
	recorder
	t     *testing.T
	name  string
	bytes int
}

func (w *watchful) Fail(_ int, d *diag.Diagnostic) error {
	if strings.HasPrefix(d.Code, "W9") {
		w.t.Errorf("%s: %s %s %q", w.name, d.Code, d.Message, d.Notes)
	}
	w.bytes += len(diag.Render(d, false))
	return nil
}
