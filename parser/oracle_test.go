package parser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
)

// oracleCase is a statement that Flink 2.2.1 was asked. Answer is ok (Flink parses it and so do we), error (Flink
// refuses it and so does our parser) or unsupported (weir says that it does not have it, whether or not Flink takes it).
type oracleCase struct {
	ID, SQL, Answer string
}

func oracleCases(t testing.TB) []oracleCase {
	t.Helper()
	text, err := os.ReadFile("testdata/flink.jsonl")
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
	for _, c := range oracleCases(t) {
		counts[c.Answer]++
		all := Script(&diag.Source{Text: c.SQL})
		if len(all) != 1 {
			t.Errorf("%s: %d statements in %q", c.ID, len(all), c.SQL)
			continue
		}
		p := all[0]
		switch c.Answer {
		case "ok":
			if p.Err != nil {
				t.Errorf("%s: %s\n%s", c.ID, c.SQL, diag.Render(p.Err, false))
				continue
			}
			checkPrinting(t, p.Statement)
		case "error":
			if p.Err == nil {
				t.Errorf("%s: Flink does not parse %s", c.ID, c.SQL)
			}
		case "unsupported":
			if p.Err == nil || p.Err.Code != codeUnsupported || !strings.Contains(p.Err.Message, "not supported") {
				t.Errorf("%s: %s: want a refusal, got %v", c.ID, c.SQL, p.Err)
			}
		default:
			t.Fatalf("%s: answer %q", c.ID, c.Answer)
		}
	}
	if counts["ok"] < 500 || counts["error"] < 60 || counts["unsupported"] < 40 {
		t.Errorf("too few cases: %v", counts)
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
