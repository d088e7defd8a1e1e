package parser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
)

// oracleCase is a statement that Flink was asked. Answer is ok (Flink parses it and so do we) or error (its parser
// refuses it and so does ours).
type oracleCase struct {
	ID, SQL, Answer string
}

// oracleCases reads a file of cases: flink.jsonl has what Flink 2.2.1 was asked, syntax.jsonl what the tests of Flink's
// parser ask.
func oracleCases(t testing.TB, name string) []oracleCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var cases []oracleCase
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		var c oracleCase
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

func TestStatementsThatFlinkWasAsked(t *testing.T) {
	counts := map[string]int{}
	for _, c := range oracleCases(t, "flink.jsonl") {
		counts[c.Answer]++
		checkCase(t, c)
	}
	if counts["ok"] < 1400 || counts["error"] < 80 {
		t.Errorf("too few cases: %v", counts)
	}
}

// doubleQuoted are cases of Flink's parser tests, which are configured for names in double quotes. Flink itself takes
// only backticks, and so do we.
var doubleQuoted = map[string]bool{"FlinkSqlParserImplTest/testInsertCaseSensitivePartitionSpecs/1": true}

func TestStatementsOfFlinksParserTests(t *testing.T) {
	counts := map[string]int{}
	for _, c := range oracleCases(t, "syntax.jsonl") {
		counts[c.Answer]++
		if doubleQuoted[c.ID] {
			checkCase(t, oracleCase{ID: c.ID, SQL: c.SQL, Answer: "error"})
			c.SQL = strings.ReplaceAll(c.SQL, `"`, "`")
		}
		checkCase(t, c)
	}
	if counts["ok"] != 247 || counts["error"] != 36 {
		t.Errorf("the cases are not all there: %v", counts)
	}
}

// checkCase parses a case. What parses must print and parse again, what does not must say where.
func checkCase(t *testing.T, c oracleCase) {
	t.Helper()
	if isExpression(c.SQL) {
		x, d := Expression(&diag.Source{Text: c.SQL})
		checkAnswer(t, c, d)
		if d == nil {
			if again, d := Expression(&diag.Source{Text: ast.Print(x)}); d != nil || tree(x) != tree(again) {
				t.Errorf("%s: %s prints as %s", c.ID, c.SQL, ast.Print(x))
			}
		}
		return
	}
	all := Script(&diag.Source{Text: c.SQL})
	if len(all) != 1 {
		t.Errorf("%s: %d statements in %q", c.ID, len(all), c.SQL)
		return
	}
	checkAnswer(t, c, all[0].Err)
	if all[0].Err == nil {
		checkPrinting(t, all[0].Statement)
		checkSpans(t, c.SQL, all[0].Statement)
	}
}

// isExpression reports whether a case of Flink's parser tests is no statement.
func isExpression(sql string) bool {
	word, _, _ := strings.Cut(strings.ToLower(sql), "(")
	return word == "cast" || word == "try_cast" || word == "unnest"
}

func checkAnswer(t *testing.T, c oracleCase, d *diag.Diagnostic) {
	t.Helper()
	switch c.Answer {
	case "ok":
		if d != nil {
			t.Errorf("%s: %s\n%s", c.ID, c.SQL, diag.Render(d, false))
		}
	case "error":
		switch {
		case d == nil:
			t.Errorf("%s: Flink does not parse %s", c.ID, c.SQL)
		case d.Span.Start < 0 || d.Span.End > len(c.SQL) || d.Span.Start > d.Span.End || d.Span == diag.Span{}:
			t.Errorf("%s: the error of %s is at %v", c.ID, c.SQL, d.Span)
		}
	default:
		t.Fatalf("%s: answer %q", c.ID, c.Answer)
	}
}

// checkPrinting fails if printing a statement and parsing that does not give the same tree.
func checkPrinting(t testing.TB, st ast.Statement) {
	t.Helper()
	text := ast.Print(st)
	again := Script(&diag.Source{Text: text})
	if len(again) != 1 || again[0].Err != nil {
		t.Fatalf("printed as %s, which does not parse: %v", text, again)
	}
	if a, b := tree(st), tree(again[0].Statement); a != b {
		t.Fatalf("printed as %s\nbefore %s\nafter  %s", text, a, b)
	}
}
