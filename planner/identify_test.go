package planner

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
)

const tables = `
CREATE TABLE src (k STRING, v BIGINT, w BIGINT, a ARRAY<BIGINT>, ts TIMESTAMP(3), twice AS v * 2, WATERMARK FOR ts AS ts - INTERVAL '4' SECOND)
  WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '300 ms');
CREATE TABLE other (k STRING, v BIGINT, w BIGINT) WITH ('connector' = 'filesystem', 'path' = 'other', 'format' = 'json');
CREATE TABLE sink (k STRING, c BIGINT) WITH ('connector' = 'print');
CREATE VIEW big AS SELECT k AS name, v AS amount, ts FROM src WHERE v > 5;
`

// planned plans the last statement of a script that goes on behind tables.
func planned(t testing.TB, script string, change func(*Env)) (*plan.Graph, error) {
	t.Helper()
	w := newWorld("")
	src := &diag.Source{Text: tables + script}
	var g *plan.Graph
	for _, p := range parser.Script(src) {
		if p.Err != nil {
			t.Fatalf("%s: %v", script, p.Err)
		}
		switch s := p.Statement.(type) {
		case *ast.QueryStatement, *ast.Insert:
			env := w.env(src)
			if change != nil {
				change(env)
			}
			var err error
			if g, err = Statement(p.Statement, env); err != nil {
				return nil, err
			}
		case *ast.Set:
			if err := w.settings.Set(s.Key, s.Value, catalog.Environment); err != nil {
				t.Fatal(err)
			}
		default:
			if _, err := w.run(src, p); err != nil {
				t.Fatalf("%s: %v", script, err)
			}
		}
	}
	return g, nil
}

func mustPlan(t testing.TB, script string, change func(*Env)) *plan.Graph {
	t.Helper()
	g, err := planned(t, script, change)
	if err != nil {
		t.Fatalf("%s\n%s", script, errorText(err))
	}
	return g
}

func uid(t testing.TB, g *plan.Graph, name string) string {
	t.Helper()
	for _, n := range g.Nodes {
		if n.Name == name {
			return n.UID
		}
	}
	t.Fatalf("no operator %s in\n%s", name, plan.Explain(g, nil))
	return ""
}

const tumbling = "SELECT k, window_start, COUNT(*), SUM(v) FROM TABLE(TUMBLE(TABLE src, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end"

const tokyo = "SET 'table.local-time-zone' = 'Asia/Tokyo'; "

// instants groups by an expression over l, an instant.
func instants(expr string) string {
	return "SELECT x, COUNT(*) FROM (SELECT " + expr + " AS x FROM (SELECT w, TO_TIMESTAMP_LTZ(v, 3) AS l FROM src)) GROUP BY x"
}

// fields sums up a column of a table with these columns behind the first.
func fields(format, columns string) string {
	return "CREATE TABLE f (k STRING, " + columns + ") WITH ('connector' = 'filesystem', 'path' = 'f', 'format' = '" + format + "); SELECT k, SUM(v) FROM f GROUP BY k"
}

// Each row compares an operator of two queries.
func TestUID(t *testing.T) {
	const grouped = "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k"
	for _, c := range []struct {
		name     string
		operator string
		a, b     string
		same     bool
	}{
		// What Flink was asked, in oracle/restore/changed-query.
		{"HAVING", "aggregate", grouped, grouped + " HAVING COUNT(*) > 1", true},
		{"WHERE before the aggregate", "aggregate", grouped, "SELECT k, COUNT(*), SUM(v) FROM src WHERE v > 5 GROUP BY k", false},
		{"another function of the same type", "aggregate", grouped, "SELECT k, COUNT(*), MAX(v) FROM src GROUP BY k", false},
		{"other accumulators", "aggregate", grouped, "SELECT k, COUNT(*), CAST(AVG(CAST(v AS DOUBLE)) AS BIGINT) FROM src GROUP BY k", false},

		{"a projection behind", "aggregate", grouped, "SELECT UPPER(k), c + s FROM (SELECT k, COUNT(*) AS c, SUM(v) AS s FROM src GROUP BY k)", true},
		{"another argument", "aggregate", grouped, "SELECT k, COUNT(*), SUM(w) FROM src GROUP BY k", false},
		{"another key", "aggregate", grouped, "SELECT w, COUNT(*), SUM(v) FROM src GROUP BY w", false},
		{"one key more", "aggregate", grouped, "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k, w", false},
		{"aggregates in another order", "aggregate", grouped, "SELECT k, SUM(v), COUNT(*) FROM src GROUP BY k", false},
		{"one aggregate more", "aggregate", grouped, "SELECT k, COUNT(*), SUM(v), MIN(v) FROM src GROUP BY k", false},
		{"DISTINCT", "aggregate", grouped, "SELECT k, COUNT(*), SUM(DISTINCT v) FROM src GROUP BY k", false},
		{"FILTER", "aggregate", grouped, "SELECT k, COUNT(*), SUM(v) FILTER (WHERE w > 0) FROM src GROUP BY k", false},
		{"another FILTER", "aggregate", "SELECT k, COUNT(*) FILTER (WHERE w > 0) FROM src GROUP BY k", "SELECT k, COUNT(*) FILTER (WHERE w > 1) FROM src GROUP BY k", false},
		{"no keys", "aggregate", "SELECT COUNT(*) FROM src", "SELECT SUM(v) FROM src", false},
		{"the grouping at another parallelism", "aggregate", grouped, "SELECT /*+ PARALLELISM('scan'='2', 'aggregate'='7') */ k, COUNT(*), SUM(v) FROM src GROUP BY k", true},
		{"parallelism 1", "aggregate", grouped, "SET 'parallelism.default' = '1'; " + grouped, true},
		{"batch mode", "aggregate", "SELECT k, COUNT(*) FROM other GROUP BY k", "SET 'execution.runtime-mode' = 'batch'; SELECT k, COUNT(*) FROM other GROUP BY k", false},
		{"another type of a literal", "aggregate", "SELECT v + 1, COUNT(*) FROM src GROUP BY v + 1", "SELECT v + CAST(1 AS SMALLINT), COUNT(*) FROM src GROUP BY v + CAST(1 AS SMALLINT)", false},
		{"another literal", "aggregate", "SELECT v + 1, COUNT(*) FROM src GROUP BY v + 1", "SELECT v + 2, COUNT(*) FROM src GROUP BY v + 2", false},
		{"another separator", "aggregate", "SELECT k, LISTAGG(k, ';') FROM src GROUP BY k", "SELECT k, LISTAGG(k, ',') FROM src GROUP BY k", false},
		{"the same of another table", "aggregate", "SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, COUNT(*) FROM other GROUP BY k", false},

		{"aliases", "aggregate", grouped, "SELECT name AS who, COUNT(*) AS n, SUM(x) AS total FROM (SELECT k AS name, v AS x FROM src AS s) AS q GROUP BY name", true},
		{"spaces and case", "aggregate", grouped, "select  k , count( * ),\n sum( src.v ) from src group by src.k", true},
		{"a view and its text", "aggregate", "SELECT name, SUM(amount) FROM big GROUP BY name", "SELECT k, SUM(v) FROM src WHERE v > 5 GROUP BY k", true},
		{"a view and a common table expression", "aggregate", "SELECT name, SUM(amount) FROM big GROUP BY name", "WITH b AS (SELECT w, k, v FROM src WHERE v > 5) SELECT k, SUM(v) FROM b GROUP BY k", true},
		{"filters in one place or two", "aggregate", "SELECT k, SUM(v) FROM src WHERE v > 5 AND w > 0 GROUP BY k", "SELECT k, SUM(v) FROM (SELECT * FROM src WHERE w > 0) WHERE v > 5 GROUP BY k", true},
		{"one filter of two", "aggregate", "SELECT k, SUM(v) FROM src WHERE v > 5 AND w > 0 GROUP BY k", "SELECT k, SUM(v) FROM src WHERE v > 5 GROUP BY k", false},
		{"a filter in an operator of its own", "aggregate", "SELECT k, SUM(v) FROM src WHERE v > 5 GROUP BY k", "SELECT k, SUM(v) FROM (SELECT /*+ PARALLELISM('filter'='2') */ k, v FROM src WHERE v > 5) GROUP BY k", true},
		{"a computed column and its text", "aggregate", "SELECT k, SUM(twice) FROM src GROUP BY k", "SELECT k, SUM(v * 2) FROM src GROUP BY k", true},
		{"an unused column", "aggregate", grouped, "SELECT k, COUNT(*), SUM(v) FROM (SELECT k, v, w + 1 AS x, a FROM src) GROUP BY k", true},
		{"a filter over a column that nobody else reads", "aggregate", "SELECT k, SUM(v) FROM src WHERE w > 0 GROUP BY k", "SELECT k, SUM(v) FROM src WHERE v > 0 GROUP BY k", false},

		{"an aggregate of an aggregate", "aggregate #2", "SELECT c, COUNT(*) FROM (SELECT k, COUNT(*) AS c FROM src GROUP BY k) GROUP BY c", "SELECT c, COUNT(*) FROM (SELECT k, COUNT(*) AS c FROM src WHERE v > 5 GROUP BY k) GROUP BY c", false},
		{"the lower one of them", "aggregate", "SELECT c, COUNT(*) FROM (SELECT k, COUNT(*) AS c FROM src GROUP BY k) GROUP BY c", "SELECT k, COUNT(*) AS c FROM src GROUP BY k", true},

		{"unnest", "aggregate", "SELECT x, COUNT(*) FROM src CROSS JOIN UNNEST(a) AS t(x) GROUP BY x", "SELECT y, COUNT(*) FROM src CROSS JOIN UNNEST(a) AS u(y) GROUP BY y", true},
		{"left unnest", "aggregate", "SELECT x, COUNT(*) FROM src CROSS JOIN UNNEST(a) AS t(x) GROUP BY x", "SELECT x, COUNT(*) FROM src LEFT JOIN UNNEST(a) AS t(x) ON TRUE GROUP BY x", false},
		{"unnest, of which only the number of rows counts", "aggregate", "SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, COUNT(*) FROM src CROSS JOIN UNNEST(a) AS t(x) GROUP BY k", false},

		{"union in another order", "aggregate", "SELECT k, SUM(v) FROM (SELECT k, v FROM src UNION ALL SELECT k, v FROM other) GROUP BY k", "SELECT k, SUM(v) FROM (SELECT k, v FROM other UNION ALL SELECT k, v FROM src) GROUP BY k", true},
		{"union twice with the same", "aggregate", "SELECT k, SUM(v) FROM (SELECT k, v FROM src UNION ALL SELECT k, v FROM src) GROUP BY k", "SELECT k, SUM(v) FROM src GROUP BY k", false},
		{"union of unused columns", "aggregate", "SELECT k, SUM(v) FROM (SELECT k, v, w FROM src UNION ALL SELECT k, v, w FROM other) GROUP BY k", "SELECT k, SUM(v) FROM (SELECT k, v FROM src UNION ALL SELECT k, v FROM other) GROUP BY k", true},
		{"union with the columns of a branch crossed", "aggregate", "SELECT x, SUM(y) FROM (SELECT v AS x, w AS y FROM src UNION ALL SELECT w, v FROM src) GROUP BY x", "SELECT x, SUM(y) FROM (SELECT v AS x, v AS y FROM src UNION ALL SELECT w, w FROM src) GROUP BY x", false},

		{"window size", "window aggregate", tumbling, strings.Replace(tumbling, "'10'", "'20'", 1), false},
		{"window offset", "window aggregate", tumbling, strings.Replace(tumbling, "'10' SECOND", "'10' SECOND, INTERVAL '1' SECOND", 1), false},
		{"size in another unit", "window aggregate", strings.Replace(tumbling, "'10'", "'60'", 1), strings.Replace(tumbling, "'10' SECOND", "'1' MINUTE", 1), true},
		{"another property of the window", "window aggregate", tumbling, strings.Replace(tumbling, "window_start,", "window_end,", 1), true},
		{"a projection of windows", "window aggregate", tumbling, "SELECT k, s FROM (" + strings.NewReplacer("COUNT(*)", "COUNT(*) AS c", "SUM(v)", "SUM(v) AS s").Replace(tumbling) + ")", true},
		{"one phase", "window aggregate", tumbling, "SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE'; " + tumbling, false},
		{"two phases at parallelism 1", "window aggregate", tumbling, "SET 'parallelism.default' = '1'; " + tumbling, true},
		{"a window's filter", "window aggregate", tumbling, strings.Replace(tumbling, " GROUP", " WHERE v > 5 GROUP", 1), false},
		{"a window's argument", "window aggregate", tumbling, strings.Replace(tumbling, "SUM(v)", "SUM(w)", 1), false},

		{"a filter that a scan is told of", "scan f", fields("parquet'", "v BIGINT"), strings.Replace(fields("parquet'", "v BIGINT"), " GROUP", " WHERE v > 5 GROUP", 1), true},
		{"a scan that is not told of it", "aggregate", fields("parquet'", "v BIGINT") + " HAVING SUM(v) > 5", "SET 'table.optimizer.source.predicate-pushdown-enabled' = 'false'; " + fields("parquet'", "v BIGINT"), true},
		{"columns of a scan", "scan src", "SELECT k FROM src", "SELECT v, w, twice FROM src WHERE w > 0", true},
		{"scans of two tables", "scan src", "SELECT k FROM src", "DROP VIEW big; DROP TABLE src; CREATE TABLE src (k STRING) WITH ('connector' = 'filesystem', 'path' = 'elsewhere', 'format' = 'csv'); SELECT k FROM src", false},
		{"another watermark", "scan src", "SELECT k FROM src", "DROP TABLE src; CREATE TABLE src (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv'); SELECT k FROM src", false},
		{"a format's option", "scan other", "SELECT k FROM src UNION ALL SELECT k FROM other", "SELECT k FROM src UNION ALL SELECT k FROM other /*+ OPTIONS('json.timestamp-format.standard'='ISO-8601') */", false},
		{"a default written out", "scan other", "SELECT k FROM other", "SELECT k FROM other /*+ OPTIONS('json.timestamp-format.standard'='SQL', 'source.read-order'='watermark') */", true},
		{"options that read nothing else", "scan src", "SELECT k FROM src", "SELECT k FROM src /*+ OPTIONS('source.monitor-interval'='1 s', 'scan.parallelism'='3', 'csv.ignore-parse-errors'='true') */", true},
		{"a hint of parallelism", "scan src", "SELECT k FROM src", "SELECT k FROM src /*+ PARALLELISM(2), MAX_PARALLELISM(9) */", true},

		{"the place of a field of CSV", "aggregate", fields("csv'", "v BIGINT, w BIGINT"), fields("csv'", "w BIGINT, v BIGINT"), false},
		{"a field behind it", "aggregate", fields("csv'", "v BIGINT, w BIGINT"), fields("csv'", "v BIGINT, w BIGINT, x BIGINT"), true},
		{"a computed column before it", "aggregate", fields("csv'", "v BIGINT"), fields("csv'", "w AS CHAR_LENGTH(k), v BIGINT"), true},
		{"its place where a header has the names", "aggregate", fields("csv', 'csv.header' = 'true'", "v BIGINT, w BIGINT"), fields("csv', 'csv.header' = 'true'", "w BIGINT, v BIGINT"), true},
		{"the place of a field of JSON", "aggregate", fields("json'", "v BIGINT, w BIGINT"), fields("json'", "w BIGINT, v BIGINT"), true},

		{"days of instants in another zone", "aggregate", instants("DATE_FORMAT(l, 'yyyy-MM-dd')"), tokyo + instants("DATE_FORMAT(l, 'yyyy-MM-dd')"), false},
		{"hours of instants", "aggregate", instants("HOUR(l)"), tokyo + instants("HOUR(l)"), false},
		{"instants as local time", "aggregate", instants("CAST(l AS TIMESTAMP(3))"), tokyo + instants("CAST(l AS TIMESTAMP(3))"), false},
		{"local time as instants", "aggregate", "SELECT CAST(ts AS TIMESTAMP_LTZ(3)), COUNT(*) FROM src GROUP BY CAST(ts AS TIMESTAMP_LTZ(3))", tokyo + "SELECT CAST(ts AS TIMESTAMP_LTZ(3)), COUNT(*) FROM src GROUP BY CAST(ts AS TIMESTAMP_LTZ(3))", false},
		{"a month after an instant", "aggregate", instants("l + INTERVAL '1' MONTH"), tokyo + instants("l + INTERVAL '1' MONTH"), false},
		{"months between instants", "aggregate", instants("TIMESTAMPDIFF(MONTH, l, TO_TIMESTAMP_LTZ(w, 3))"), tokyo + instants("TIMESTAMPDIFF(MONTH, l, TO_TIMESTAMP_LTZ(w, 3))"), false},
		{"a day after an instant", "aggregate", instants("l + INTERVAL '1' DAY"), tokyo + instants("l + INTERVAL '1' DAY"), true},
		{"seconds written as local time", "aggregate", "SELECT FROM_UNIXTIME(v), COUNT(*) FROM src GROUP BY FROM_UNIXTIME(v)", tokyo + "SELECT FROM_UNIXTIME(v), COUNT(*) FROM src GROUP BY FROM_UNIXTIME(v)", false},
		{"instants compared", "aggregate", instants("l > TO_TIMESTAMP_LTZ(w, 3)"), tokyo + instants("l > TO_TIMESTAMP_LTZ(w, 3)"), true},
		{"another zone, and no instants", "aggregate", grouped, tokyo + grouped, true},

		{"a group window", "window aggregate", tumbling, "SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), k, COUNT(*), SUM(v) FROM src GROUP BY k, TUMBLE(ts, INTERVAL '10' SECOND)", true},
		{"a group window of another size", "window aggregate", tumbling, "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k, TUMBLE(ts, INTERVAL '20' SECOND)", false},

		{"a limit", "limit", "SELECT k FROM src LIMIT 3", "SELECT v, w FROM src LIMIT 3", true},
		{"another limit", "limit", "SELECT k FROM src LIMIT 3", "SELECT k FROM src LIMIT 4", false},
		{"behind a limit", "aggregate", "SELECT k, COUNT(*) FROM (SELECT k, v FROM src LIMIT 3) GROUP BY k", "SELECT k, COUNT(*) FROM (SELECT k, v FROM src LIMIT 4) GROUP BY k", false},
		{"top-n with other columns", "topn", "SELECT k FROM src ORDER BY v LIMIT 3", "SELECT w FROM src ORDER BY v LIMIT 3", false},
		{"top-n beside another reader of its scan", "topn", "SELECT k, v FROM other ORDER BY v LIMIT 3", "SELECT * FROM (SELECT k, v FROM other ORDER BY v LIMIT 3) UNION ALL SELECT k, SUM(w) FROM other GROUP BY k", true},
		{"top-n in another order", "topn", "SELECT k FROM src ORDER BY v LIMIT 3", "SELECT k FROM src ORDER BY v DESC LIMIT 3", false},

		{"sinks", "sink sink", "INSERT INTO sink SELECT k, v FROM src", "INSERT INTO sink SELECT k, COUNT(*) FROM other GROUP BY k", true},
		{"rows of VALUES", "values", "SELECT x, COUNT(*) FROM (VALUES (1), (2)) AS t(x) GROUP BY x", "SELECT x, COUNT(*) FROM (VALUES (1), (3)) AS t(x) GROUP BY x", false},
		{"an aggregate of VALUES", "aggregate", "SELECT x, COUNT(*) FROM (VALUES (1, 5), (2, 6)) AS t(x, y) GROUP BY x", "SELECT x, COUNT(*) FROM (VALUES (1), (2)) AS t(x) GROUP BY x", true},
	} {
		durable := func(e *Env) { e.Durable = true }
		a, b := uid(t, mustPlan(t, c.a, durable), c.operator), uid(t, mustPlan(t, c.b, durable), c.operator)
		if (a == b) != c.same {
			t.Errorf("%s: %s is %s in\n%s\nand %s in\n%s", c.name, c.operator, a, c.a, b, c.b)
		}
	}
}

// The UIDs are part of what a savepoint means: these are never changed.
func TestUIDsStay(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"INSERT INTO sink SELECT k, SUM(v) FROM src WHERE w > 0 GROUP BY k", "c7f6e81cffde3e78 scan, 34356ed03d61d44e calc, c17fb5167d169844 aggregate, 635c32d74a40a00e sink"},
		{tumbling, "c7f6e81cffde3e78 scan, 1f87df084fb4f023 local window aggregate, a0cad65a9718e79e window aggregate, f754918d38929a22 calc, f6a214f7a5fcda0c result"},
		{"SELECT x, COUNT(DISTINCT y) FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y) GROUP BY x", "82a87b27f710e4e5 values, e8642c6bb2a8a3c6 aggregate, f6a214f7a5fcda0c result"},
		{"SELECT x FROM src CROSS JOIN UNNEST(a) AS t(x) ORDER BY x DESC LIMIT 3", "c7f6e81cffde3e78 scan, d9d5f1cc12bc8914 unnest, ae8dd5895d221b0d calc, 31f9396bd0e8e187 top-n, f6a214f7a5fcda0c result"},
	} {
		var got []string
		for _, n := range mustPlan(t, c.query, nil).Nodes {
			got = append(got, n.UID+" "+n.Kind())
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.query, s, c.want)
		}
	}
}

// Equal operators of one graph have UIDs of their own, the same in every plan.
func TestUIDsDiffer(t *testing.T) {
	const twice = "SELECT k, COUNT(*) FROM src /*+ PARALLELISM(2) */ GROUP BY k UNION ALL SELECT k, COUNT(*) FROM src /*+ PARALLELISM(3) */ GROUP BY k"
	g, again := mustPlan(t, twice, nil), mustPlan(t, twice, nil)
	seen := map[string]string{}
	for i, n := range g.Nodes {
		if len(n.UID) != 16 {
			t.Errorf("%s has the UID %q", n.Name, n.UID)
		}
		if other, ok := seen[n.UID]; ok {
			t.Errorf("%s and %s have one UID", other, n.Name)
		}
		seen[n.UID] = n.Name
		if again.Nodes[i].UID != n.UID {
			t.Errorf("%s has another UID when it is planned again", n.Name)
		}
	}
}

// The text of a column that is used twice in every one of many operators doubles each time.
func TestUIDOfDoubledColumns(t *testing.T) {
	from := "src"
	for range 60 {
		from = "(SELECT k, v + v AS v FROM " + from + ")"
	}
	deep := "SELECT k, SUM(v) FROM " + from + " GROUP BY k"
	a, b := mustPlan(t, deep, nil), mustPlan(t, strings.Replace(deep, "v + v AS v FROM src", "v + w AS v FROM src", 1), nil)
	if uid(t, a, "aggregate") == uid(t, b, "aggregate") {
		t.Error("what is at the bottom does not count")
	}
	sum := "v" + strings.Repeat(" + v", 99)
	whole := mustPlan(t, "SELECT k, SUM("+sum+" + w + w) FROM src GROUP BY k", nil)
	split := mustPlan(t, "SELECT k, SUM(x + w + w) FROM (SELECT /*+ PARALLELISM('project'='2') */ k, w, "+sum+" AS x FROM src) GROUP BY k", nil)
	if len(whole.Nodes) == len(split.Nodes) || uid(t, whole, "aggregate") != uid(t, split, "aggregate") {
		t.Error("a long expression has another UID when two operators compute it")
	}
}

func TestFingerprint(t *testing.T) {
	const q = "INSERT INTO sink SELECT k, COUNT(*) FROM src WHERE v > 5 GROUP BY k"
	of := func(script string) string {
		return mustPlan(t, script, func(e *Env) { e.Durable = true }).Fingerprint()
	}
	for _, same := range []string{
		"SET 'parallelism.default' = '1'; " + q,
		"INSERT INTO sink SELECT /*+ PARALLELISM('filter'='3') */ name, COUNT(*) FROM big GROUP BY name",
	} {
		if of(q) != of(same) {
			t.Errorf("another fingerprint: %s", same)
		}
	}
	seen := map[string]string{of(q): q}
	for _, other := range []string{
		"INSERT INTO sink SELECT k, COUNT(*) FROM src WHERE v > 6 GROUP BY k",
		"INSERT INTO sink SELECT k, COUNT(*) FROM src WHERE v > 5 GROUP BY k HAVING COUNT(*) > 1",
		"INSERT INTO sink SELECT k, -COUNT(*) FROM src WHERE v > 5 GROUP BY k",
		"INSERT INTO sink SELECT k, v FROM src",
		"INSERT INTO sink SELECT k, w FROM src",
		"SELECT k, w FROM src",
		"SET 'table.local-time-zone' = 'Asia/Tokyo'; SELECT k, w FROM src",
	} {
		f := of(other)
		if s, ok := seen[f]; ok {
			t.Errorf("one fingerprint:\n%s\n%s", s, other)
		}
		seen[f] = other
	}
}

// kinds lists the operators of a graph.
func kinds(g *plan.Graph) string {
	var s []string
	for _, n := range g.Nodes {
		s = append(s, fmt.Sprintf("%s %v", n.Kind(), n.Stateful()))
	}
	return strings.Join(s, ", ")
}

func TestDurablePhases(t *testing.T) {
	const one, two = "scan false, window aggregate true, calc false, result false", "scan false, local window aggregate false, window aggregate true, calc false, result false"
	for _, c := range []struct {
		name, set string
		change    func(*Env)
		want      string
	}{
		{"without checkpoints one phase is enough", "", nil, one},
		{"checkpoints", "", func(e *Env) { e.Durable = true }, two},
		{"a restore", "", func(e *Env) { e.Stored = []plan.Stored{{UID: "0123456789abcdef"}} }, two},
		{"one phase was asked for", "SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE'; ", func(e *Env) { e.Durable = true }, one},
	} {
		g := mustPlan(t, "SET 'parallelism.default' = '1'; "+c.set+tumbling, c.change)
		if got := kinds(g); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if len(g.Stages) != 1 {
			t.Errorf("%s: %d stages, want one", c.name, len(g.Stages))
		}
	}
	distinct := strings.Replace(tumbling, "COUNT(*)", "COUNT(DISTINCT w)", 1)
	if got := kinds(mustPlan(t, "SET 'parallelism.default' = '1'; "+distinct, func(e *Env) { e.Durable = true })); got != one {
		t.Errorf("an aggregate that must see all rows: %s", got)
	}
}

// TestUIDsOfOracle plans what Flink was asked at parallelism 1 and more: what goes on after a restore has the same UIDs,
// and over all those queries operators of one UID have state of one layout.
func TestUIDsOfOracle(t *testing.T) {
	layouts, asked := map[string]string{}, map[string]string{}
	plans, kept := 0, 0
	for _, path := range []string{"testdata/oracle/stream.jsonl", "testdata/oracle/scalar.jsonl"} {
		for _, c := range oracleCases(t, path) {
			script := strings.Join(c.Statements, ";\n")
			one, four := oraclePlan(c, 1), oraclePlan(c, 4)
			if one == nil || four == nil {
				continue
			}
			plans++
			if one.Fingerprint() != four.Fingerprint() {
				t.Errorf("%s: another fingerprint at parallelism 1:\n%s", c.ID, script)
			}
			if a, b := keeping(one), keeping(four); !slices.Equal(a, b) {
				t.Errorf("%s: at parallelism 1 %q, at 4 %q:\n%s", c.ID, a, b, script)
			}
			for _, n := range four.Nodes {
				if !n.Stateful() {
					continue
				}
				kept++
				l := layout(four, n)
				if have, ok := layouts[n.UID]; ok && have != l {
					t.Errorf("one UID for %s in\n%s\nand %s in\n%s", have, asked[n.UID], l, script)
				}
				layouts[n.UID], asked[n.UID] = l, script
			}
		}
	}
	if plans < 1000 || kept < 50 {
		t.Errorf("only %d plans with %d operators with state", plans, kept)
	}
	t.Logf("%d plans, %d operators with state, %d UIDs", plans, kept, len(layouts))
}

// oraclePlan plans the last statement of a case, nil where that is refused.
func oraclePlan(c oracleCase, cores int) *plan.Graph {
	w := newWorld(c.Mode)
	var g *plan.Graph
	for _, sql := range c.Statements {
		src := &diag.Source{Text: strings.TrimRight(strings.TrimSpace(sql), ";")}
		for _, p := range parser.Script(src) {
			if p.Err != nil {
				return nil
			}
			switch p.Statement.(type) {
			case *ast.QueryStatement, *ast.Insert:
				env := w.env(src)
				env.Cores, env.Durable = cores, true
				var err error
				if g, err = Statement(p.Statement, env); err != nil {
					return nil
				}
			case *ast.CreateTable, *ast.CreateView, *ast.Drop:
				if _, err := w.run(src, p); err != nil {
					return nil
				}
			default:
				return nil
			}
		}
	}
	return g
}

// keeping lists the operators that go on after a restore.
func keeping(g *plan.Graph) []string {
	var out []string
	for _, n := range g.Nodes {
		if n.Keeps() {
			out = append(out, n.UID+" "+n.Name)
		}
	}
	return out
}

// layout tells what the state of an operator is made of, as exec makes it from the spec.
func layout(g *plan.Graph, n *plan.Node) string {
	in := g.Nodes[n.Inputs[0].From].Schema
	types := func(columns []int) string {
		s := ""
		for _, c := range columns {
			s += in[c].Type.Plain().String() + ", "
		}
		return s
	}
	// Aggregates over one column share what they keep of it.
	views := func(aggs []plan.Aggregate) string {
		first, s := map[int]int{-1: -1}, ""
		number := func(c int) int {
			if _, ok := first[c]; !ok {
				first[c] = len(first)
			}
			return first[c]
		}
		for _, a := range aggs {
			s += fmt.Sprintf("%s %v %d %s to %s of ", a.Func, a.Distinct, number(a.Filter), types(a.Args), a.Result)
			for _, c := range a.Args {
				s += fmt.Sprint(number(c), " ")
			}
		}
		return s
	}
	switch s := n.Spec.(type) {
	case *plan.GroupAggregate:
		return fmt.Sprintf("groups %s%s batch %v retracts %v", types(s.Keys), views(s.Aggregates), s.Batch, s.Retracts)
	case *plan.WindowAggregate:
		return fmt.Sprintf("windows %s%s kind %d phase %d size %d offset %d batch %v retracts %v", types(s.Keys), views(s.Aggregates),
			s.Window.Kind, s.Phase, s.Window.Size, s.Window.Offset, s.Batch, s.Retracts)
	case *plan.Limit:
		if !s.Retracts {
			return "limit"
		}
		return "changing limit " + types(allColumns(in))
	case *plan.TopN:
		return fmt.Sprintf("top %v %v %s", s.Keys, s.Retracts, types(allColumns(in)))
	case *plan.Sort:
		return fmt.Sprintf("sort %v %s", s.Keys, types(allColumns(in)))
	}
	return "none"
}
