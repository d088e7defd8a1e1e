package parser

import (
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
)

func mustExpression(t *testing.T, text string) ast.Expr {
	t.Helper()
	x, d := Expression(&diag.Source{Text: text})
	if d != nil {
		t.Fatalf("%s\n%s", text, diag.Render(d, false))
	}
	return x
}

// TestPrecedence compares expressions with the same written with parentheses, after Calcite's table of operators:
// sign; * / % ||; + -; BETWEEN, IN, LIKE; = <> < > <= >=; IS; NOT; AND; OR; all from the left.
func TestPrecedence(t *testing.T) {
	for plain, grouped := range map[string]string{
		"a + b * c":                    "a + (b * c)",
		"a - b - c":                    "(a - b) - c",
		"a - (b - c)":                  "a - ((b - c))",
		"a / b * c % d":                "((a / b) * c) % d",
		"a || b + c":                   "(a || b) + c",
		"a || b * c":                   "(a || b) * c",
		"-a * b":                       "(-a) * b",
		"- -a":                         "-(-a)",
		"-a[1]":                        "-(a[1])",
		"a = b = c":                    "(a = b) = c",
		"a < b = c > d":                "((a < b) = c) > d",
		"a + 1 < b * 2":                "(a + 1) < (b * 2)",
		"NOT a = b":                    "NOT (a = b)",
		"NOT a AND b":                  "(NOT a) AND b",
		"NOT NOT a":                    "NOT (NOT a)",
		"NOT a IS NULL":                "NOT (a IS NULL)",
		"NOT a BETWEEN b AND c":        "NOT (a BETWEEN b AND c)",
		"a = b IS NULL":                "(a = b) IS NULL",
		"a IS NULL IS NOT TRUE":        "(a IS NULL) IS NOT TRUE",
		"a AND b OR c AND d":           "(a AND b) OR (c AND d)",
		"a OR b AND NOT c OR d":        "(a OR (b AND (NOT c))) OR d",
		"a BETWEEN b AND c AND d":      "(a BETWEEN b AND c) AND d",
		"a BETWEEN b + 1 AND c + 1":    "a BETWEEN (b + 1) AND (c + 1)",
		"a BETWEEN b AND c = d":        "(a BETWEEN b AND c) = d",
		"a = b IN (c)":                 "a = (b IN (c))",
		"a IN (b) = c":                 "(a IN (b)) = c",
		"a + b IN (c, d)":              "(a + b) IN (c, d)",
		"a NOT IN (b) OR c":            "(a NOT IN (b)) OR c",
		"a LIKE b || c":                "a LIKE (b || c)",
		"a LIKE b ESCAPE c AND d":      "(a LIKE b ESCAPE c) AND d",
		"a NOT LIKE b = c":             "(a NOT LIKE b) = c",
		"a SIMILAR TO b || c":          "a SIMILAR TO (b || c)",
		"a IS DISTINCT FROM b + c":     "a IS DISTINCT FROM (b + c)",
		"a IS DISTINCT FROM b AND c":   "(a IS DISTINCT FROM b) AND c",
		"a = b IS NOT DISTINCT FROM c": "(a = b) IS NOT DISTINCT FROM c",
		"a + b[1] * c":                 "a + ((b[1]) * c)",
		"a = NOT b AND c":              "(a = (NOT b)) AND c",
	} {
		if got, want := tree(mustExpression(t, plain)), tree(mustExpression(t, grouped)); got != want {
			t.Errorf("%s is not %s but %s", plain, grouped, ast.Print(mustExpression(t, plain)))
		}
	}
}

// TestExpressions checks what expressions print as, which also tells what they were read as.
func TestExpressions(t *testing.T) {
	for _, c := range [][2]string{
		{"U&'!00e9!!' UESCAPE '!'", "'é!'"},
		{"TIMESTAMP WITH LOCAL TIME ZONE '2020-01-01 00:00:00'", "TIMESTAMP WITH LOCAL TIME ZONE '2020-01-01 00:00:00'"},
		{"{d '2020-01-01'} || {fn f({ts '2020-01-01 00:00:00'})}", "DATE '2020-01-01' || f(TIMESTAMP '2020-01-01 00:00:00')"},
		{"INTERVAL -(a + 1) DAY + INTERVAL (1) HOUR(2) + INTERVAL t.c SECOND", "INTERVAL -(a + 1) DAY + INTERVAL 1 HOUR(2) + INTERVAL t.c SECOND"},
		{"CAST(a AS Point NOT NULL)", "CAST(a AS Point NOT NULL)"},
		{"a = any (1, 2) and b < some (select 1)", "a = ANY (1, 2) AND b < SOME (SELECT 1)"},
		{"a NOT ILIKE 'x' ESCAPE '!' OR b rlike c", "a NOT ILIKE 'x' ESCAPE '!' OR b RLIKE c"},
		{"ilike.a + rlike", "ilike.a + rlike"},
		{"a IS NOT JSON OBJECT AND b IS A SET AND c IS NOT EMPTY AND d IS JSON", "a IS NOT JSON OBJECT AND b IS A SET AND c IS NOT EMPTY AND d IS JSON"},
		{"PERIOD(a, b) OVERLAPS (c, d) AND a IMMEDIATELY PRECEDES b", "PERIOD(a, b) OVERLAPS ROW(c, d) AND a IMMEDIATELY PRECEDES b"},
		{"a MEMBER OF b OR c SUBMULTISET OF d", "a MEMBER OF b OR c SUBMULTISET OF d"},
		{"a MULTISET UNION b MULTISET INTERSECT ALL c", "a MULTISET UNION b MULTISET INTERSECT ALL c"},
		{"MAP(SELECT 1, 2)[1] || CURSOR(TABLE t)", "MAP(SELECT 1, 2)[1] || CURSOR(TABLE t)"},
		{"MULTISET[1, 2] = ARRAY[]", "MULTISET[1, 2] = ARRAY[]"},
		{"(a).b + f(x).c.d[1].e + ROW(1).EXPR$0", "(a).b + f(x).c.d[1].e + ROW(1).EXPR$0"},
		{"(a - b - c) DAY(3) TO SECOND(6) > ?", "(a - b - c) DAY(3) TO SECOND(6) > ?"},
		{"CASE a WHEN 1, 2 THEN 3 END", "CASE a WHEN 1, 2 THEN 3 END"},
		{"c.d.f(x => 1, `y z` => DEFAULT)", "c.d.f(x => 1, `y z` => DEFAULT)"},
		{"ARRAY_AGG(DISTINCT a IGNORE NULLS ORDER BY b DESC)", "ARRAY_AGG(DISTINCT a ORDER BY b DESC) IGNORE NULLS"},
		{
			"LISTAGG(a) RESPECT NULLS WITHIN DISTINCT (b) WITHIN GROUP (ORDER BY c) FILTER (WHERE d) OVER (ORDER BY e)",
			"LISTAGG(a) RESPECT NULLS WITHIN DISTINCT (b) WITHIN GROUP (ORDER BY c) FILTER (WHERE d) OVER (ORDER BY e)",
		},
		{"CONVERT(a USING utf8) || TRANSLATE(a, 'b', 'c')", "CONVERT(a USING utf8) || TRANSLATE(a, 'b', 'c')"},
		{"JSON_VALUE(a, '$.b' RETURNING INT NULL ON EMPTY DEFAULT 1 ON ERROR)", "JSON_VALUE(a, '$.b' RETURNING INT NULL ON EMPTY DEFAULT 1 ON ERROR)"},
		{"JSON_QUERY(a, '$' WITH WRAPPER EMPTY ARRAY ON ERROR)", "JSON_QUERY(a, '$' WITH UNCONDITIONAL ARRAY WRAPPER EMPTY ARRAY ON ERROR)"},
		{"JSON_EXISTS(a FORMAT JSON ENCODING UTF8, '$' UNKNOWN ON ERROR)", "JSON_EXISTS(a FORMAT JSON ENCODING UTF8, '$' UNKNOWN ON ERROR)"},
		{"JSON_OBJECT(KEY 'a' VALUE 1, b: c, key VALUE d ABSENT ON NULL)", "JSON_OBJECT(KEY 'a' VALUE 1, KEY b VALUE c, KEY key VALUE d ABSENT ON NULL)"},
		{"JSON_OBJECT((-a) VALUE 1, ? VALUE 2, KEY key(1) VALUE 3)", "JSON_OBJECT(-a VALUE 1, ? VALUE 2, KEY key(1) VALUE 3)"},
		{"a ILIKE 1 OR b NOT RLIKE CASE WHEN c THEN d END", "a ILIKE 1 OR b NOT RLIKE CASE WHEN c THEN d END"},
		{"JSON_ARRAY(1, NULL NULL ON NULL)", "JSON_ARRAY(1, NULL NULL ON NULL)"},
		{"JSON_ARRAYAGG(a ORDER BY b ABSENT ON NULL) || JSON_OBJECT()", "JSON_ARRAYAGG(a ORDER BY b ABSENT ON NULL) || JSON_OBJECT()"},
		{"CAST(a AS ROW(f INT NOT NULL, g STRING NULL))", "CAST(a AS ROW<f INT NOT NULL, g STRING>)"},
		{"1.", "1."},
		{".5 + 1e3 + 1.5E-7", ".5 + 1e3 + 1.5E-7"},
		{"'it''s'", "'it''s'"},
		{"'a'\n  'b'", "'ab'"},
		{`E'a\n\'\u00e9'`, "'a\n''é'"},
		{`U&'\00e9\+01F600\\'`, "'é😀\\'"},
		{"N'x' || _UTF8'y'", "'x' || 'y'"},
		{"x'4a4B'", "x'4A4B'"},
		{"true AND Unknown OR NULL", "TRUE AND UNKNOWN OR NULL"},
		{"DATE '2020-01-01'", "DATE '2020-01-01'"},
		{"timestamp '2020-01-01 00:00:00'", "TIMESTAMP '2020-01-01 00:00:00'"},
		{"INTERVAL '10' SECONDS", "INTERVAL '10' SECOND"},
		{"INTERVAL - '1 2:3' day ( 3 ) to minute", "INTERVAL -'1 2:3' DAY(3) TO MINUTE"},
		{"INTERVAL '1.5' SECOND(3, 6)", "INTERVAL '1.5' SECOND(3, 6)"},
		{"INTERVAL '1 2:3:4.5' DAY TO SECOND(3)", "INTERVAL '1 2:3:4.5' DAY TO SECOND(3)"},
		{"t.`a``b`.c", "t.`a``b`.c"},
		{"größe", "größe"},
		{"count(*) filter (where a > 1)", "COUNT(*) FILTER (WHERE a > 1)"},
		{"sum(DISTINCT a)", "SUM(DISTINCT a)"},
		{"sum(ALL a)", "SUM(a)"},
		{"concat_ws(',', a, b)", "concat_ws(',', a, b)"},
		{"SUBSTRING(a FROM 2 FOR 3)", "SUBSTRING(a, 2, 3)"},
		{"SUBSTRING(a, 2)", "SUBSTRING(a, 2)"},
		{"TRIM(a)", "TRIM(BOTH ' ' FROM a)"},
		{"TRIM(LEADING FROM a)", "TRIM(LEADING ' ' FROM a)"},
		{"TRIM('x' FROM a)", "TRIM(BOTH 'x' FROM a)"},
		{"TRIM(TRAILING 'x' FROM a)", "TRIM(TRAILING 'x' FROM a)"},
		{"POSITION('a' || b IN c)", "POSITION('a' || b IN c)"},
		{"POSITION((a IN (b)) IN c)", "POSITION((a IN (b)) IN c)"},
		{"EXTRACT(day FROM ts)", "EXTRACT(DAY FROM ts)"},
		{"FLOOR(ts TO hour)", "FLOOR(ts TO HOUR)"},
		{"CEIL(1.5)", "CEIL(1.5)"},
		{"OVERLAY(a PLACING b FROM 1 FOR 2)", "OVERLAY(a PLACING b FROM 1 FOR 2)"},
		{"TIMESTAMPADD(WEEK, 1, ts)", "TIMESTAMPADD(WEEK, 1, ts)"},
		{"timestampdiff(sql_tsi_day, a, b)", "timestampdiff(DAY, a, b)"},
		{"CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"},
		{"LOCALTIMESTAMP(3)", "LOCALTIMESTAMP(3)"},
		{"CURRENT_WATERMARK(ts)", "CURRENT_WATERMARK(ts)"},
		{"CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END", "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END"},
		{"CASE WHEN a THEN b END", "CASE WHEN a THEN b END"},
		{"CAST(a AS double precision)", "CAST(a AS DOUBLE)"},
		{"try_cast(a AS numeric(10, 2))", "TRY_CAST(a AS DECIMAL(10, 2))"},
		{"CAST(a AS TIMESTAMP(3) WITH LOCAL TIME ZONE)", "CAST(a AS TIMESTAMP_LTZ(3))"},
		{"CAST(a AS timestamp without time zone)", "CAST(a AS TIMESTAMP)"},
		{"CAST(a AS CHAR VARYING(4))", "CAST(a AS VARCHAR(4))"},
		{"CAST(a AS MAP<STRING, ARRAY<INT NOT NULL>>)", "CAST(a AS MAP<STRING, ARRAY<INT NOT NULL>>)"},
		{"CAST(a AS ROW(x INT, y ROW<`z` STRING 'text'>))", "CAST(a AS ROW<x INT, y ROW<`z` STRING 'text'>>)"},
		{"CAST(a AS INTEGER ARRAY)", "CAST(a AS ARRAY<INT>)"},
		{"CAST(a AS INTERVAL DAY TO SECOND(3))", "CAST(a AS INTERVAL DAY(2) TO SECOND(3))"},
		{"ARRAY[1, 2][1]", "ARRAY[1, 2][1]"},
		{"map['a', 1]['a']", "MAP['a', 1]['a']"},
		{"(map)[1]", "(map)[1]"},
		{"(a, b) IN ((1, 2))", "ROW(a, b) IN (ROW(1, 2))"},
		{"ROW(1)", "ROW(1)"},
		{"EXISTS (SELECT 1)", "EXISTS (SELECT 1)"},
		{"(SELECT 1) + 1", "(SELECT 1) + 1"},
		{"a IN (SELECT 1 UNION SELECT 2)", "a IN (SELECT 1 UNION SELECT 2)"},
		{"a NOT BETWEEN SYMMETRIC 1 AND 2", "a NOT BETWEEN SYMMETRIC 1 AND 2"},
		{"a BETWEEN ASYMMETRIC 1 AND 2", "a BETWEEN 1 AND 2"},
		{"LEFT(a, 1) || RIGHT(a, 1)", "LEFT(a, 1) || RIGHT(a, 1)"},
		{"a - (b + c) * -(d)", "a - (b + c) * -d"},
		{"- -1", "- -1"},
		{"a -- comment\n + /* another */ b // and one\n", "a + b"},
	} {
		x := mustExpression(t, c[0])
		if got := ast.Print(x); got != c[1] {
			t.Errorf("%s prints as %s, want %s", c[0], got, c[1])
			continue
		}
		if a, b := tree(x), tree(mustExpression(t, c[1])); a != b {
			t.Errorf("%s: the tree of %s is %s, want %s", c[0], c[1], b, a)
		}
	}
}

// TestSpans checks that nodes know their text.
func TestSpans(t *testing.T) {
	const text = "  SUM( a+1 ) FILTER (WHERE b) * (c - d) BETWEEN x AND y.z  "
	between := mustExpression(t, text).(*ast.Between)
	product := between.X.(*ast.Binary)
	sum := product.X.(*ast.Call)
	for _, c := range []struct {
		node ast.Node
		want string
	}{
		{between, "SUM( a+1 ) FILTER (WHERE b) * (c - d) BETWEEN x AND y.z"},
		{product, "SUM( a+1 ) FILTER (WHERE b) * (c - d)"},
		{sum, "SUM( a+1 ) FILTER (WHERE b)"},
		{sum.Args[0], "a+1"},
		{sum.Filter, "b"},
		{product.Y, "c - d"},
		{between.High, "y.z"},
	} {
		if s := c.node.Span(); text[s.Start:s.End] != c.want {
			t.Errorf("%T is at %q, want %q", c.node, text[s.Start:s.End], c.want)
		}
	}
}

func TestExpressionThatEndsWrong(t *testing.T) {
	for _, text := range []string{"", "1 1", "1;", "a AS b", "SELECT 1", "1 +", "f(", "'a' 'b'"} {
		if x, d := Expression(&diag.Source{Text: text}); d == nil {
			t.Errorf("%q is %s", text, ast.Print(x))
		} else if d.Source == nil {
			t.Errorf("%q: the error has no source", text)
		}
	}
}
