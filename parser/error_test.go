package parser

import (
	"flag"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"weir/parser/diag"
)

var update = flag.Bool("update", false, "write what the tests got into testdata")

// TestErrors checks what users see of their mistakes: each file of the archive is a script, followed by the rendered
// errors of its statements.
func TestErrors(t *testing.T) {
	const path = "testdata/errors.txtar"
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range archive.Files {
		text, want, _ := strings.Cut(string(f.Data), "=== errors\n")
		src := &diag.Source{Name: f.Name, Text: strings.TrimSuffix(text, "\n")}
		var got strings.Builder
		for _, p := range Script(src) {
			if p.Err != nil {
				got.WriteString(diag.Render(p.Err, false) + "\n")
			}
		}
		if got.Len() == 0 {
			t.Errorf("%s: no error", f.Name)
		}
		if got.String() != want {
			t.Errorf("%s: got\n%s\nwant\n%s", f.Name, got.String(), want)
		}
		archive.Files[i].Data = []byte(text + "=== errors\n" + got.String())
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestErrorsAreInPlainWords checks that no error names a Go type of the grammars.
func TestErrorsAreInPlainWords(t *testing.T) {
	words := []string{
		"CREATE", "TABLE", "VIEW", "t", "(", ")", "a", "INT", ",", "WATERMARK", "FOR", "AS", "PRIMARY", "KEY", "NOT", "WITH",
		"'k'", "=", "COMMENT", "INSERT", "INTO", "DROP", "IF", "EXISTS", "SHOW", "TABLES", "LIKE", "EXPLAIN", "DESCRIBE",
		"SELECT", "1", "FROM", "SET", "RESET", "CURRENT", "COLUMNS", "/*+", "*/", ".", "CONSTRAINT",
	}
	for _, a := range words {
		for _, b := range words {
			for _, c := range []string{"CREATE TABLE t (x INT", "INSERT INTO t", "SHOW", "DROP", "EXPLAIN", "", "SET", "CREATE VIEW v"} {
				for _, p := range Script(&diag.Source{Text: c + " " + a + " " + b}) {
					if p.Err == nil {
						continue
					}
					for _, bad := range []string{"Part", "Grammar", "@@", "Keyword", "\"", "something else", "from here on"} {
						if strings.Contains(p.Err.Message, bad) {
							t.Fatalf("%s %s %s: %s", c, a, b, p.Err.Message)
						}
					}
				}
			}
		}
	}
}

func TestTooDeep(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses":  "SELECT " + strings.Repeat("(", 300_000) + "1" + strings.Repeat(")", 300_000),
		"open only":    "SELECT " + strings.Repeat("(", 300_000),
		"subqueries":   strings.Repeat("SELECT * FROM (", 100_000) + "SELECT 1" + strings.Repeat(") AS t", 100_000),
		"joins":        "SELECT * FROM " + strings.Repeat("(", 100_000) + "a",
		"signs":        "SELECT " + strings.Repeat("- ", 100_000) + "1",
		"negations":    "SELECT " + strings.Repeat("NOT ", 100_000) + "TRUE",
		"functions":    "SELECT " + strings.Repeat("f(", 100_000),
		"cases":        "SELECT " + strings.Repeat("CASE WHEN ", 100_000),
		"types":        "SELECT CAST(a AS " + strings.Repeat("ARRAY<", 100_000),
		"array types":  "SELECT CAST(a AS INT" + strings.Repeat(" ARRAY", 100_000) + ")",
		"sum":          "SELECT 1" + strings.Repeat(" + 1", 100_000),
		"comparisons":  "SELECT 1" + strings.Repeat(" IS NULL", 100_000),
		"unions":       "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 100_000),
		"cross joins":  "SELECT * FROM a" + strings.Repeat(" CROSS JOIN a", 100_000),
		"columns":      "CREATE TABLE t (a AS " + strings.Repeat("(", 100_000),
		"explain":      strings.Repeat("EXPLAIN ", 100_000) + "SELECT 1",
		"index":        "SELECT a" + strings.Repeat("[1]", 100_000),
		"comma":        "SELECT * FROM a" + strings.Repeat(", a", 100_000),
		"union parens": strings.Repeat("(", 100_000) + "SELECT 1",
		"patterns":     "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + strings.Repeat("(", 20_000),
		"exclusions":   "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + strings.Repeat("{- ", 20_000),
		"permutations": "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + strings.Repeat("PERMUTE(", 20_000),
		"windows":      "SELECT " + strings.Repeat("f() OVER (PARTITION BY ", 20_000),
		"groupings":    "SELECT 1 FROM t GROUP BY " + strings.Repeat("GROUPING SETS (", 20_000),
		"row types":    "CREATE TABLE t (a " + strings.Repeat("ROW<a ", 20_000),
		"fields":       "SELECT f(x)" + strings.Repeat(".a", 20_000),
		"set of JSON":  "SELECT " + strings.Repeat("JSON_OBJECT(KEY ", 20_000),
		"map queries":  "SELECT " + strings.Repeat("MAP(SELECT ", 20_000),
		"escapes":      "SELECT " + strings.Repeat("{fn ", 20_000),
		"quantifiers":  "SELECT " + strings.Repeat("a = ANY (", 20_000),
		"materialized": "ALTER MATERIALIZED TABLE m AS " + strings.Repeat("(", 20_000) + "SELECT 1",
		"statements":   "EXPLAIN STATEMENT SET BEGIN INSERT INTO t " + strings.Repeat("(", 20_000) + "SELECT 1; END",
	} {
		all := Script(&diag.Source{Text: text})
		if len(all) != 1 || all[0].Err == nil {
			t.Errorf("%s: want an error", name)
		} else if len(all[0].Err.Message) > 200 {
			t.Errorf("%s: a message of %d bytes", name, len(all[0].Err.Message))
		} else if code := all[0].Err.Code; code != codeTooDeep && name != "explain" {
			t.Errorf("%s: %s %s", name, code, all[0].Err.Message)
		}
	}
}

// TestNestingWithinTheLimit checks that the limits leave room for what programs generate.
func TestNestingWithinTheLimit(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses": "SELECT " + strings.Repeat("(", 490) + "1" + strings.Repeat(")", 490),
		"sum":         "SELECT 1" + strings.Repeat(" + 1", 9_000),
		"list":        "SELECT a IN (1" + strings.Repeat(", 1 + 1", 50_000) + ")",
		"values":      "INSERT INTO t VALUES (1)" + strings.Repeat(", (1 + 1)", 50_000),
		"pattern":     "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (A" + strings.Repeat(" B+ | C", 50_000) + ") DEFINE A AS TRUE)",
		"elements":    "ALTER TABLE t ADD (a INT" + strings.Repeat(", a INT AFTER b", 50_000) + ")",
	} {
		if all := Script(&diag.Source{Text: text}); len(all) != 1 || all[0].Err != nil {
			t.Errorf("%s: %v", name, all[0].Err)
		}
	}
}

func TestLargeScripts(t *testing.T) {
	const size = 16 << 20
	insert := "INSERT INTO t VALUES (1, '" + strings.Repeat("it''s long; ", 80) + "'); -- one\n"
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"many statements": {strings.Repeat(insert, size/len(insert)), size / len(insert)},
		"one string":      {"SELECT '" + strings.Repeat("x", size) + "'", 1},
		"one comment":     {"SELECT 1 /*" + strings.Repeat("*", size) + "*/", 1},
		"one statement":   {"INSERT INTO t VALUES (1)" + strings.Repeat(", (123456789)", size/13), 1},
		"semicolons":      {strings.Repeat(";", size), 0},
		"statement set":   {"EXECUTE STATEMENT SET BEGIN " + strings.Repeat(insert, size/len(insert)/4) + "END;", 1},
		"comments in set": {"EXECUTE STATEMENT SET BEGIN " + strings.Repeat("INSERT INTO t SELECT 1; /*"+strings.Repeat("x", 4096)+"*/\n", size/4096) + "END", 1},
		"queries":         {"SELECT (SELECT 1)" + strings.Repeat(", ((SELECT 1) UNION (SELECT 2))", size/512), 1},
	} {
		all := Script(&diag.Source{Text: c.text})
		if len(all) != c.want {
			t.Fatalf("%s: %d statements, want %d", name, len(all), c.want)
		}
		for _, p := range all {
			if p.Err != nil {
				t.Fatalf("%s: %s", name, p.Err.Message)
			}
		}
	}
}
