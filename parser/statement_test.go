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
		{"desc extended a.t", "DESCRIBE EXTENDED a.t"},
		{"desc catalog extended c", "DESCRIBE CATALOG EXTENDED c"},
		{"DESCRIBE model", "DESCRIBE model"},
		{"DESCRIBE model m", "DESCRIBE MODEL m"},
		{"DESCRIBE catalog.t", "DESCRIBE catalog.t"},
		{"CREATE TABLE t (a, b) WITH ('connector'='print') AS SELECT 1, 2", "CREATE TABLE t (a, b) WITH ('connector' = 'print') AS SELECT 1, 2"},
		{
			"create or replace table t (a int constraint c unique enforced comment 'x', m string metadata from 'k' virtual, n int metadata, unique (a), watermark for r.ts as r.ts)" +
				" distributed by hash (a) into 3 buckets partitioned by (a, b) with () like u (including all excluding options)",
			"CREATE OR REPLACE TABLE t (a INT CONSTRAINT c UNIQUE ENFORCED COMMENT 'x', m STRING METADATA FROM 'k' VIRTUAL, n INT METADATA, WATERMARK FOR r.ts AS r.ts, UNIQUE (a))" +
				" DISTRIBUTED BY HASH(a) INTO 3 BUCKETS PARTITIONED BY (a, b) LIKE u (INCLUDING ALL EXCLUDING OPTIONS)",
		},
		{"CREATE TABLE t (a INT) DISTRIBUTED INTO 2 BUCKETS", "CREATE TABLE t (a INT) DISTRIBUTED INTO 2 BUCKETS"},
		{"CREATE TABLE t (a c.d.T NOT NULL, r RAW('x', 'y'), s STRUCTURED<'x', a INT 'c'>, e ROW<>)", "CREATE TABLE t (a c.d.T NOT NULL, r RAW('x', 'y'), s STRUCTURED<'x', a INT 'c'>, e ROW<>)"},
		{"REPLACE TABLE t AS SELECT 1", "REPLACE TABLE t AS SELECT 1"},
		{"CREATE OR REPLACE TEMPORARY VIEW v AS TABLE t", "CREATE OR REPLACE TEMPORARY VIEW v AS TABLE t"},
		{"create catalog if not exists c comment 'x' with ('a'='b')", "CREATE CATALOG IF NOT EXISTS c COMMENT 'x' WITH ('a' = 'b')"},
		{"create database c.d comment 'x'", "CREATE DATABASE c.d COMMENT 'x'"},
		{
			"create temporary system function if not exists f as 'x' language python using jar 'a', jar 'b'",
			"CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'x' LANGUAGE PYTHON USING JAR 'a', JAR 'b'",
		},
		{"create temporary model m input (a int) output (b int) with ('a'='b') as select 1", "CREATE TEMPORARY MODEL m INPUT (a INT) OUTPUT (b INT) WITH ('a' = 'b') AS SELECT 1"},
		{"CREATE CONNECTION c.d.e COMMENT 'x' WITH ('a'='b')", "CREATE CONNECTION c.d.e COMMENT 'x' WITH ('a' = 'b')"},
		{
			"create or alter materialized table m (primary key (a) not enforced) freshness = interval '3' minute refresh_mode = continuous as select 1",
			"CREATE OR ALTER MATERIALIZED TABLE m (PRIMARY KEY (a) NOT ENFORCED) FRESHNESS = INTERVAL '3' MINUTE REFRESH_MODE = CONTINUOUS AS SELECT 1",
		},
		{"drop database if exists d cascade", "DROP DATABASE IF EXISTS d CASCADE"},
		{"drop temporary system function f", "DROP TEMPORARY SYSTEM FUNCTION f"},
		{"drop materialized table m", "DROP MATERIALIZED TABLE m"},
		{"ALTER TABLE IF EXISTS t RENAME TO c.u", "ALTER TABLE IF EXISTS t RENAME TO c.u"},
		{"ALTER TABLE t RENAME a.x TO a.y", "ALTER TABLE t RENAME a.x TO a.y"},
		{"ALTER TABLE t SET ('a'='b')", "ALTER TABLE t SET ('a' = 'b')"},
		{"ALTER TABLE t RESET ('a', 'b')", "ALTER TABLE t RESET ('a', 'b')"},
		{"ALTER TABLE t ADD (a INT FIRST)", "ALTER TABLE t ADD a INT FIRST"},
		{
			"ALTER TABLE t MODIFY (a.b INT AFTER a.c, c AS a + 1 COMMENT 'x' FIRST, CONSTRAINT k PRIMARY KEY (a), WATERMARK FOR ts AS ts, DISTRIBUTION BY (a))",
			"ALTER TABLE t MODIFY (a.b INT AFTER a.c, c AS a + 1 COMMENT 'x' FIRST, CONSTRAINT k PRIMARY KEY (a), WATERMARK FOR ts AS ts, DISTRIBUTION BY (a))",
		},
		{"ALTER TABLE t ADD IF NOT EXISTS PARTITION (a=1, b='x') WITH ('k'='v') PARTITION (a=-2)", "ALTER TABLE t ADD IF NOT EXISTS PARTITION (a = 1, b = 'x') WITH ('k' = 'v') PARTITION (a = -2)"},
		{"ALTER TABLE t DROP a", "ALTER TABLE t DROP (a)"},
		{"ALTER TABLE t DROP PRIMARY KEY", "ALTER TABLE t DROP PRIMARY KEY"},
		{"ALTER TABLE t DROP IF EXISTS PARTITION (a=1), PARTITION (a=2)", "ALTER TABLE t DROP IF EXISTS PARTITION (a = 1), PARTITION (a = 2)"},
		{"ALTER TABLE t DROP CONSTRAINT k", "ALTER TABLE t DROP CONSTRAINT k"},
		{"alter table t partition (a=1) compact", "ALTER TABLE t PARTITION (a = 1) COMPACT"},
		{"alter view v as select 1", "ALTER VIEW v AS SELECT 1"},
		{"alter catalog c comment 'x'", "ALTER CATALOG c COMMENT 'x'"},
		{"alter temporary system function f as 'x' language sql", "ALTER TEMPORARY SYSTEM FUNCTION f AS 'x' LANGUAGE SQL"},
		{"alter materialized table m resume with ('a'='b')", "ALTER MATERIALIZED TABLE m RESUME WITH ('a' = 'b')"},
		{"alter materialized table m refresh partition (a='b')", "ALTER MATERIALIZED TABLE m REFRESH PARTITION (a = 'b')"},
		{"alter materialized table m set freshness = interval '1' hour", "ALTER MATERIALIZED TABLE m SET FRESHNESS = INTERVAL '1' HOUR"},
		{"alter materialized table m as select 1", "ALTER MATERIALIZED TABLE m AS SELECT 1"},
		{"insert overwrite t partition (a='x', b=1) (c) select 1", "INSERT OVERWRITE t PARTITION (a = 'x', b = 1) (c) SELECT 1"},
		{"delete from t /*+ OPTIONS('a'='b') */ as x where x.a = 1", "DELETE FROM t /*+ OPTIONS('a'='b') */ AS x WHERE x.a = 1"},
		{"update t x set a = 1, b = c + 1 where c", "UPDATE t AS x SET a = 1, b = c + 1 WHERE c"},
		{"truncate table t", "TRUNCATE TABLE t"},
		{"analyze table t partition (a, b=1) compute statistics for columns c, d", "ANALYZE TABLE t PARTITION (a, b = 1) COMPUTE STATISTICS FOR COLUMNS c, d"},
		{"call c.d.p(1, x => 'y', default)", "CALL c.d.p(1, x => 'y', DEFAULT)"},
		{"use c.d", "USE c.d"},
		{"use catalog c", "USE CATALOG c"},
		{"use modules a, b", "USE MODULES a, b"},
		{"load module m with ('a'='b')", "LOAD MODULE m WITH ('a' = 'b')"},
		{"unload module m", "UNLOAD MODULE m"},
		{"add jar 'x'", "ADD JAR 'x'"},
		{"remove jar 'x'", "REMOVE JAR 'x'"},
		{"begin statement set", "BEGIN STATEMENT SET"},
		{"end", "END"},
		{
			"execute statement set begin insert into a select 1; insert into b select case when x then 1 end from t; end;",
			"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT CASE WHEN x THEN 1 END FROM t; END",
		},
		{"execute insert into a select 1", "EXECUTE INSERT INTO a SELECT 1"},
		{"execute plan 'p'", "EXECUTE PLAN 'p'"},
		{"compile plan 'p' if not exists for insert into a select 1", "COMPILE PLAN 'p' IF NOT EXISTS FOR INSERT INTO a SELECT 1"},
		{"compile and execute plan 'p' for statement set begin insert into a select 1; end", "COMPILE AND EXECUTE PLAN 'p' FOR STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"},
		{"explain plan_advice, changelog_mode statement set begin insert into a select 1; end", "EXPLAIN PLAN_ADVICE, CHANGELOG_MODE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"},
		{"explain execute select 1", "EXPLAIN EXECUTE SELECT 1"},
		{"explain replace table t as select 1", "EXPLAIN REPLACE TABLE t AS SELECT 1"},
		{"show tables in c.d not ilike 'a%'", "SHOW TABLES FROM c.d NOT ILIKE 'a%'"},
		{"show partitions t partition (a=1)", "SHOW PARTITIONS t PARTITION (a = 1)"},
		{"show full modules", "SHOW FULL MODULES"},
		{"show materialized tables", "SHOW MATERIALIZED TABLES"},
		{"show create materialized table m", "SHOW CREATE MATERIALIZED TABLE m"},
		{"show connections", "SHOW CONNECTIONS"},
		{"table t order by a", "TABLE t ORDER BY a"},
		{"select * from 'a.csv' /*+ PARALLELISM(2) */ x (a), 'b c'", "SELECT * FROM 'a.csv' /*+ PARALLELISM(2) */ AS x (a) CROSS JOIN 'b c'"},
		{"SELECT * FROM TUMBLE(TABLE 'a.csv', DESCRIPTOR(ts), INTERVAL '1' DAY)", "SELECT * FROM TUMBLE(TABLE 'a.csv', DESCRIPTOR(ts), INTERVAL '1' DAY)"},
		{"desc 'it''s.csv'", "DESCRIBE 'it''s.csv'"},
		{"DESCRIBE EXTENDED 'a.csv'", "DESCRIBE EXTENDED 'a.csv'"},
		{"DESCRIBE job", "DESCRIBE job"},
		{"DESCRIBE job.t", "DESCRIBE job.t"},
		{"desc Job 'ab''c'", "DESCRIBE JOB 'ab''c'"},
		{"describe JOB '0123'", "DESCRIBE JOB '0123'"},
		{"stop job 'a'", "STOP JOB 'a'"},
		{"STOP JOB 'a' WITH savepoint", "STOP JOB 'a' WITH SAVEPOINT"},
		{"STOP JOB 'a' with savepoint with drain", "STOP JOB 'a' WITH SAVEPOINT WITH DRAIN"},
		{"source 'a b.sql'", "SOURCE 'a b.sql'"},
		{"SOURCE dir/job-1=2.sql", "SOURCE 'dir/job-1=2.sql'"},
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
		{"with recursive a as (select 1) select stream * from a", "WITH RECURSIVE a AS (SELECT 1) SELECT STREAM * FROM a"},
		{"TABLE t UNION (TABLE u)", "TABLE t UNION (TABLE u)"},
		{"SELECT a FROM t LIMIT ? OFFSET ?", "SELECT a FROM t LIMIT ? OFFSET ? ROWS"},
		{
			"SELECT a FROM t GROUP BY a, (b, c), ROLLUP(d, (e, f)), CUBE (g), GROUPING SETS ((a, b), c, (), ROLLUP (a), GROUPING SETS ((a), b))",
			"SELECT a FROM t GROUP BY a, b, c, ROLLUP (d, (e, f)), CUBE (g), GROUPING SETS ((a, b), c, (), ROLLUP (a), GROUPING SETS (a, b))",
		},
		{"SELECT a FROM t GROUP BY DISTINCT a QUALIFY b > 1", "SELECT a FROM t GROUP BY DISTINCT a QUALIFY b > 1"},
		{
			"SELECT SUM(a) OVER w, RANK() OVER (w ORDER BY b DESC) FROM t WINDOW w AS (PARTITION BY c), v AS (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 + 1 FOLLOWING ALLOW PARTIAL)",
			"SELECT SUM(a) OVER w, RANK() OVER (w ORDER BY b DESC) FROM t WINDOW w AS (PARTITION BY c), v AS (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 + 1 FOLLOWING ALLOW PARTIAL)",
		},
		{
			"SELECT SUM(a) OVER (PARTITION BY b ORDER BY ts RANGE INTERVAL '1' DAY PRECEDING) FROM t",
			"SELECT SUM(a) OVER (PARTITION BY b ORDER BY ts RANGE INTERVAL '1' DAY PRECEDING) FROM t",
		},
		{"SELECT * FROM a NATURAL LEFT OUTER JOIN b NATURAL JOIN c", "SELECT * FROM a NATURAL LEFT JOIN b NATURAL JOIN c"},
		{
			"SELECT * FROM a JOIN c.d.b /*+ OPTIONS('x'='y') */ for system_time as of a.p AS b (x) ON a.id = b.x",
			"SELECT * FROM a JOIN c.d.b /*+ OPTIONS('x'='y') */ FOR SYSTEM_TIME AS OF a.p AS b (x) ON a.id = b.x",
		},
		{"SELECT * FROM t, LATERAL UNNEST(a, b) AS u, UNNEST(SELECT 1)", "SELECT * FROM t CROSS JOIN UNNEST(a, b) AS u CROSS JOIN UNNEST((SELECT 1))"},
		{"SELECT * FROM c.d.f(1, DEFAULT), TABLE(d.g(x => (SELECT 1)))", "SELECT * FROM c.d.f(1, DEFAULT) CROSS JOIN TABLE(d.g(x => (SELECT 1)))"},
		{
			"SELECT * FROM ML_PREDICT(INPUT => TABLE t PARTITION BY a ORDER BY b DESC, MODEL => MODEL c.m, ARGS => DESCRIPTOR(x))",
			"SELECT * FROM ML_PREDICT(INPUT => TABLE t PARTITION BY (a) ORDER BY (b DESC), MODEL => MODEL c.m, ARGS => DESCRIPTOR(x))",
		},
		{
			"SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.v AS a, FINAL LAST(B.v, 1) AS b, MATCH_NUMBER() AS n ALL ROWS PER MATCH AFTER MATCH SKIP TO FIRST B" +
				" PATTERN (^ A+? (B | {- C* -} D{2,})?? PERMUTE(E, F G){,3} $) WITHIN INTERVAL '1' HOUR SUBSET U = (A, B) DEFINE A AS PREV(v) < 1, B AS RUNNING SUM(v) > 2) AS m",
			"SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.v AS a, FINAL LAST(B.v, 1) AS b, MATCH_NUMBER() AS n ALL ROWS PER MATCH AFTER MATCH SKIP TO FIRST B" +
				" PATTERN (^ A+? (B | {- C* -} D{2,})?? PERMUTE(E, F G){0,3} $) WITHIN INTERVAL '1' HOUR SUBSET U = (A, B) DEFINE A AS PREV(v) < 1, B AS RUNNING SUM(v) > 2) AS m",
		},
		{
			"SELECT * FROM (SELECT 1) MATCH_RECOGNIZE (ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN ((A|B) C|D) DEFINE A AS TRUE)",
			"SELECT * FROM (SELECT 1) MATCH_RECOGNIZE (ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN ((A | B) C | D) DEFINE A AS TRUE)",
		},
		{
			"SELECT * FROM t PIVOT (SUM(a) AS s, MAX(b) FOR (c, d) IN ((1, 2) AS x, (3, 4) y)) AS p JOIN u PIVOT (SUM(a) FOR c IN (1, 2 z)) ON TRUE",
			"SELECT * FROM t PIVOT (SUM(a) AS s, MAX(b) FOR (c, d) IN ((1, 2) AS x, (3, 4) AS y)) AS p JOIN u PIVOT (SUM(a) FOR (c) IN ((1), (2) AS z)) ON TRUE",
		},
		{
			"SELECT * FROM (SELECT 1) UNPIVOT INCLUDE NULLS ((a, b) FOR c IN ((d, e) AS 'x', (f, g))) u",
			"SELECT * FROM (SELECT 1) UNPIVOT INCLUDE NULLS ((a, b) FOR (c) IN ((d, e) AS ('x'), (f, g))) AS u",
		},
		{"SELECT * FROM t pivot, u AS unpivot", "SELECT * FROM t AS pivot CROSS JOIN u AS unpivot"},
		{
			"SELECT * FROM t AS x TABLESAMPLE BERNOULLI (1.5) REPEATABLE (7), u TABLESAMPLE SYSTEM (10), v TABLESAMPLE SUBSTITUTE ('s')",
			"SELECT * FROM t AS x TABLESAMPLE BERNOULLI (1.5) REPEATABLE (7) CROSS JOIN u TABLESAMPLE SYSTEM (10) CROSS JOIN v TABLESAMPLE SUBSTITUTE ('s')",
		},
		{"SELECT * FROM t MATCH_RECOGNIZE (AFTER MATCH SKIP TO A PATTERN (A{3}) DEFINE A AS TRUE) x", "SELECT * FROM t MATCH_RECOGNIZE (AFTER MATCH SKIP TO A PATTERN (A{3}) DEFINE A AS TRUE) AS x"},
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
