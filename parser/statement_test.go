package parser

import (
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
)

// TestStatements checks what statements print as, and that this parses to the same tree.
func TestStatements(t *testing.T) {
	for _, c := range [][2]string{
		{
			"create temporary table if not exists c.d.t (a int not null comment 'the ''a''', b as a + 1, `select` string primary key not enforced," +
				" watermark for ts as ts - interval '5' second, ts timestamp(3)) comment 'x' with ('connector' = 'print', 'path'='/a/*/b')",
			"CREATE TEMPORARY TABLE IF NOT EXISTS c.d.t (a INT NOT NULL COMMENT 'the ''a''', b AS a + 1, `select` STRING PRIMARY KEY NOT ENFORCED," +
				" ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) COMMENT 'x' WITH ('connector' = 'print', 'path' = '/a/*/b')",
		},
		{
			"CREATE TABLE t (a INT, b INT, CONSTRAINT pk PRIMARY KEY (a, b) NOT ENFORCED) WITH ('connector'='blackhole')",
			"CREATE TABLE t (a INT, b INT, CONSTRAINT pk PRIMARY KEY (a, b) NOT ENFORCED) WITH ('connector' = 'blackhole')",
		},
		{"CREATE TABLE t WITH ('connector'='blackhole') AS SELECT 1 AS x", "CREATE TABLE t WITH ('connector' = 'blackhole') AS SELECT 1 AS x"},
		{"CREATE TABLE t (key INT, type STRING, map INT, data INT, first INT)", "CREATE TABLE t (key INT, type STRING, map INT, data INT, first INT)"},
		{"create view v (a, b) comment 'c' as (select 1, 2)", "CREATE VIEW v (a, b) COMMENT 'c' AS (SELECT 1, 2)"},
		{"CREATE TEMPORARY VIEW IF NOT EXISTS v AS VALUES 1, (2)", "CREATE TEMPORARY VIEW IF NOT EXISTS v AS VALUES (1), (2)"},
		{"drop table if exists a.b", "DROP TABLE IF EXISTS a.b"},
		{"DROP TEMPORARY VIEW v", "DROP TEMPORARY VIEW v"},
		{"SET", "SET"},
		{"set 'a' = 'b'", "SET 'a' = 'b'"},
		{"SET parallelism.default=4", "SET 'parallelism.default' = '4'"},
		{"SET parallelism.default = -1", "SET 'parallelism.default' = '-1'"},
		{"SET pipeline.max-parallelism = '256'", "SET 'pipeline.max-parallelism' = '256'"},
		{"SET x.y = file:///a=b -- comment", "SET 'x.y' = 'file:///a=b'"},
		{"SET 'a' = 'it''s' 'b'", "SET 'a' = 'it''sb'"},
		{"SET `a` = \"b\"", "SET 'a' = 'b'"},
		{"SET '' = 'v'", "SET '' = 'v'"},
		{"RESET", "RESET"},
		{"RESET x.y", "RESET 'x.y'"},
		{"RESET 'x.y'", "RESET 'x.y'"},
		{"EXPLAIN SELECT 1", "EXPLAIN SELECT 1"},
		{"EXPLAIN PLAN FOR SELECT 1", "EXPLAIN SELECT 1"},
		{"explain analyze INSERT INTO s SELECT 1", "EXPLAIN ANALYZE INSERT INTO s SELECT 1"},
		{"EXPLAIN estimated_cost, JSON_EXECUTION_PLAN (SELECT 1)", "EXPLAIN ESTIMATED_COST, JSON_EXECUTION_PLAN (SELECT 1)"},
		{"EXPLAIN CREATE TABLE t AS SELECT 1 AS x", "EXPLAIN CREATE TABLE t AS SELECT 1 AS x"},
		{"insert into a.t /*+ OPTIONS('sink.parallelism'='2') */ (x, `y`) values (1, 2)", "INSERT INTO a.t /*+ OPTIONS('sink.parallelism'='2') */ (x, `y`) VALUES (1, 2)"},
		{"INSERT OVERWRITE t (SELECT 1)", "INSERT OVERWRITE t (SELECT 1)"},
		{"INSERT INTO t WITH q AS (SELECT 1) SELECT * FROM q", "INSERT INTO t WITH q AS (SELECT 1) SELECT * FROM q"},
		{"SHOW TABLES", "SHOW TABLES"},
		{"show tables in d not like 'a%'", "SHOW TABLES FROM d NOT LIKE 'a%'"},
		{"SHOW USER FUNCTIONS", "SHOW USER FUNCTIONS"},
		{"SHOW FUNCTIONS LIKE 'a'", "SHOW FUNCTIONS LIKE 'a'"},
		{"SHOW JOBS", "SHOW JOBS"},
		{"SHOW DATABASES FROM c", "SHOW DATABASES FROM c"},
		{"SHOW current database", "SHOW CURRENT DATABASE"},
		{"SHOW COLUMNS FROM t LIKE 'a'", "SHOW COLUMNS FROM t LIKE 'a'"},
		{"SHOW CREATE view v", "SHOW CREATE VIEW v"},
		{"desc extended a.t", "DESCRIBE a.t"},
		{"select * from 'a.csv' /*+ PARALLELISM(2) */ x (a), 'b c'", "SELECT * FROM 'a.csv' /*+ PARALLELISM(2) */ AS x (a) CROSS JOIN 'b c'"},
		{"SELECT * FROM TUMBLE(TABLE 'a.csv', DESCRIPTOR(ts), INTERVAL '1' DAY)", "SELECT * FROM TUMBLE(TABLE 'a.csv', DESCRIPTOR(ts), INTERVAL '1' DAY)"},
		{"desc 'it''s.csv'", "DESCRIBE 'it''s.csv'"},
		{"DESCRIBE EXTENDED 'a.csv'", "DESCRIBE 'a.csv'"},
		{"DESCRIBE job", "DESCRIBE job"},
		{"DESCRIBE job.t", "DESCRIBE job.t"},
		{"desc Job 'ab''c'", "DESCRIBE JOB 'ab''c'"},
		{"describe JOB '0123'", "DESCRIBE JOB '0123'"},
		{"stop job 'a'", "STOP JOB 'a'"},
		{"STOP JOB 'a' WITH savepoint", "STOP JOB 'a' WITH SAVEPOINT"},
		{"STOP JOB 'a' with savepoint with drain", "STOP JOB 'a' WITH SAVEPOINT WITH DRAIN"},
		{"quit", "QUIT"},
		{"EXIT", "QUIT"},
		{"help", "HELP"},
		{"clear", "CLEAR"},
	} {
		all := Script(&diag.Source{Text: c[0]})
		if len(all) != 1 {
			t.Errorf("%s: %d statements", c[0], len(all))
			continue
		}
		if d := all[0].Err; d != nil {
			t.Errorf("%s\n%s", c[0], diag.Render(d, false))
			continue
		}
		if got := ast.Print(all[0].Statement); got != c[1] {
			t.Errorf("%s prints as\n%s, want\n%s", c[0], got, c[1])
		}
		checkPrinting(t, all[0].Statement)
	}
}

func TestQueries(t *testing.T) {
	for _, c := range [][2]string{
		{"select * from t", "SELECT * FROM t"},
		{"SELECT ALL t.*, a.b.*, c AS d, e f FROM a.b AS t (x, y)", "SELECT t.*, a.b.*, c AS d, e AS f FROM a.b AS t (x, y)"},
		{"SELECT DISTINCT a FROM t WHERE b GROUP BY (a, b), c HAVING d", "SELECT DISTINCT a FROM t WHERE b GROUP BY a, b, c HAVING d"},
		{"SELECT COUNT(*) FROM t GROUP BY ()", "SELECT COUNT(*) FROM t GROUP BY ()"},
		{"SELECT 1 UNION SELECT 2 UNION ALL SELECT 3", "SELECT 1 UNION SELECT 2 UNION ALL SELECT 3"},
		{"SELECT 1 EXCEPT DISTINCT SELECT 2 INTERSECT ALL SELECT 3", "SELECT 1 EXCEPT SELECT 2 INTERSECT ALL SELECT 3"},
		{"(SELECT 1 UNION SELECT 2) INTERSECT (SELECT 3)", "(SELECT 1 UNION SELECT 2) INTERSECT (SELECT 3)"},
		{"((SELECT 1)) UNION SELECT 2", "((SELECT 1)) UNION SELECT 2"},
		{"VALUES (1, 'a'), ROW(2, 'b')", "VALUES (1, 'a'), (2, 'b')"},
		{"WITH a AS (SELECT 1), b (x) AS (VALUES 1) SELECT * FROM a, b", "WITH a AS (SELECT 1), b (x) AS (VALUES (1)) SELECT * FROM a CROSS JOIN b"},
		{"SELECT a FROM t ORDER BY a, b DESC NULLS LAST, c ASC NULLS FIRST LIMIT 10 OFFSET 5 ROWS", "SELECT a FROM t ORDER BY a, b DESC NULLS LAST, c NULLS FIRST LIMIT 10 OFFSET 5 ROWS"},
		{"SELECT a FROM t LIMIT ALL", "SELECT a FROM t"},
		{"SELECT a FROM t OFFSET 2 ROW FETCH NEXT 3 ROWS ONLY", "SELECT a FROM t LIMIT 3 OFFSET 2 ROWS"},
		{"SELECT a FROM t FETCH FIRST 3 ROW ONLY", "SELECT a FROM t LIMIT 3"},
		{"SELECT /*+ PARALLELISM(4), MAX_PARALLELISM(256) */ a FROM t", "SELECT /*+ PARALLELISM(4), MAX_PARALLELISM(256) */ a FROM t"},
		{"SELECT /*+ parallelism('aggregate'='8', filter=2) X(-1, a.b) */ a FROM t", "SELECT /*+ parallelism('aggregate'='8', 'filter'=2), X(-1, `a.b`) */ a FROM t"},
		{"SELECT * FROM t /*+ OPTIONS('path'='/a/*/b') */ x", "SELECT * FROM t /*+ OPTIONS('path'='/a/*/b') */ AS x"},
		{"SELECT * FROM a, b JOIN c ON d", "SELECT * FROM a CROSS JOIN (b JOIN c ON d)"},
		{"SELECT * FROM a INNER JOIN b USING (x, y) LEFT OUTER JOIN c ON d", "SELECT * FROM a JOIN b USING (x, y) LEFT JOIN c ON d"},
		{"SELECT * FROM a RIGHT JOIN b ON c FULL OUTER JOIN d ON e CROSS JOIN f", "SELECT * FROM a RIGHT JOIN b ON c FULL JOIN d ON e CROSS JOIN f"},
		{"SELECT * FROM (a JOIN b ON c) JOIN (d JOIN e ON f) ON g", "SELECT * FROM a JOIN b ON c JOIN (d JOIN e ON f) ON g"},
		{"SELECT * FROM ((SELECT 1) AS x JOIN b ON TRUE)", "SELECT * FROM (SELECT 1) AS x JOIN b ON TRUE"},
		{"SELECT * FROM ((SELECT 1)) AS x", "SELECT * FROM ((SELECT 1)) AS x"},
		{"SELECT * FROM ((SELECT 1) UNION (SELECT 2))", "SELECT * FROM ((SELECT 1) UNION (SELECT 2))"},
		{"SELECT * FROM t CROSS JOIN UNNEST(SPLIT(line, ' ')) AS w (word)", "SELECT * FROM t CROSS JOIN UNNEST(SPLIT(line, ' ')) AS w (word)"},
		{"SELECT * FROM t, UNNEST(a) WITH ORDINALITY AS w (x, i)", "SELECT * FROM t CROSS JOIN UNNEST(a) WITH ORDINALITY AS w (x, i)"},
		{"SELECT * FROM t, LATERAL (SELECT 1) x, LATERAL TABLE(f(t.a)) AS y (z)", "SELECT * FROM t CROSS JOIN LATERAL (SELECT 1) AS x CROSS JOIN LATERAL TABLE(f(t.a)) AS y (z)"},
		{
			"SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '-3' SECOND)) AS w",
			"SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '-3' SECOND)) AS w",
		},
		{
			"SELECT * FROM TUMBLE(DATA => TABLE a.t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' DAY, OFFSET => INTERVAL '1' HOUR)",
			"SELECT * FROM TUMBLE(DATA => TABLE a.t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' DAY, `OFFSET` => INTERVAL '1' HOUR)",
		},
		{
			"SELECT * FROM TABLE(SESSION((SELECT * FROM t) PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
			"SELECT * FROM TABLE(SESSION((SELECT * FROM t) PARTITION BY (k), DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
		},
		{
			"SELECT * FROM TABLE(SESSION(DATA => TABLE t PARTITION BY (a, b), TIMECOL => DESCRIPTOR(ts), GAP => INTERVAL '1' MINUTE))",
			"SELECT * FROM TABLE(SESSION(DATA => TABLE t PARTITION BY (a, b), TIMECOL => DESCRIPTOR(ts), GAP => INTERVAL '1' MINUTE))",
		},
		{"SELECT * FROM TABLE(HOP(((SELECT 1) UNION SELECT 2), DESCRIPTOR(ts), (a), b))", "SELECT * FROM TABLE(HOP(((SELECT 1) UNION SELECT 2), DESCRIPTOR(ts), a, b))"},
	} {
		q, d := Query(&diag.Source{Text: c[0]})
		if d != nil {
			t.Errorf("%s\n%s", c[0], diag.Render(d, false))
			continue
		}
		if got := ast.Print(q); got != c[1] {
			t.Errorf("%s prints as\n%s, want\n%s", c[0], got, c[1])
		}
		checkPrinting(t, &ast.QueryStatement{Query: q})
	}
}

// TestWritingHints checks the parts of hints that printing does not tell apart.
func TestWritingHints(t *testing.T) {
	q, d := Query(&diag.Source{Text: "SELECT /*+ PARALLELISM('a'='8', b=2), X('y', z) */ 1"})
	if d != nil {
		t.Fatal(d)
	}
	hints := q.Body.(*ast.Select).Hints
	if got, want := tree(hints), tree([]ast.Hint{
		{Name: "PARALLELISM", Args: []ast.HintArg{{Key: "a", Value: "8", Quoted: true}, {Key: "b", Value: "2"}}},
		{Name: "X", Args: []ast.HintArg{{Value: "y", Quoted: true}, {Value: "z"}}},
	}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
