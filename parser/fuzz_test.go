package parser

import (
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
)

// FuzzScript checks that no text makes the parser fail otherwise than with a Diagnostic inside of the text, that the
// diagnostics can be rendered, and that what can be parsed prints to SQL with the same tree.
func FuzzScript(f *testing.F) {
	for i, c := range oracleCases(f, "flink.jsonl") {
		if i%20 == 0 {
			f.Add(c.SQL)
		}
	}
	for _, s := range []string{
		"SELECT 1; SELECT 2 -- end", "SELECT /*+ PARALLELISM('a'='8', 4) */ * FROM t /*+ OPTIONS('k'='v') */ AS x (a, b)",
		"SET a.b-c = -1", "SET 'k' = 'it''s'", "SELECT - -a, NOT NOT b, (map)[1], -(1)[2] FROM `t``` WHERE x'0G' = 1",
		"VALUES (1, 2), ROW(3, 4), 5", "SELECT a FROM ((SELECT 1)) AS t, (b JOIN c ON TRUE) WHERE ((SELECT 1) UNION (SELECT 2)) = 1",
		"STOP JOB 'a' WITH SAVEPOINT WITH DRAIN; stop job x; STOP JOB 'a' WITH DRAIN", "DESC JOB 'it''s'; DESCRIBE JOB; DESCRIBE JOB.x; DESCRIBE JOB x",
		"SELECT U&'\\00e9', E'a\\nb', _UTF8'x', INTERVAL -'1 2' DAY(3) TO SECOND(6), \"", "RESET x; QUIT; /* open",
		"SELECT * FROM TUMBLE(DATA => (SELECT 1) PARTITION BY (a, b), TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' DAY)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range Script(&diag.Source{Text: text}) {
			if p.Span.Start < 0 || p.Span.End > len(text) || p.Span.Start > p.Span.End {
				t.Fatalf("statement at %v of %d bytes", p.Span, len(text))
			}
			if (p.Err == nil) == (p.Statement == nil) {
				t.Fatalf("statement %v and error %v", p.Statement, p.Err)
			}
			if p.Err != nil {
				s := p.Err.Span
				if s.Start < p.Span.Start || s.End > p.Span.End || s.Start > s.End || p.Err.Source == nil {
					t.Fatalf("error %q at %v in the statement at %v", p.Err.Message, s, p.Span)
				}
				diag.Render(p.Err, true)
				diag.RenderIn(p.Err, false, len(text)%100)
				continue
			}
			checkPrinting(t, p.Statement)
		}
		Complete(text)
	})
}

// FuzzPrint checks that what can be parsed, statement or expression, prints to SQL with the same tree, and
// that no node lies outside of the text.
func FuzzPrint(f *testing.F) {
	for _, c := range oracleCases(f, "syntax.jsonl") {
		f.Add(c.SQL)
	}
	for i, c := range oracleCases(f, "flink.jsonl") {
		if i%10 == 0 {
			f.Add(c.SQL)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range Script(&diag.Source{Text: text}) {
			if p.Err != nil {
				continue
			}
			checkPrinting(t, p.Statement)
			checkSpans(t, text, p.Statement)
		}
		x, d := Expression(&diag.Source{Text: text})
		if d != nil {
			return
		}
		printed := ast.Print(x)
		again, d := Expression(&diag.Source{Text: printed})
		if d != nil {
			t.Fatalf("printed as %s, which does not parse: %s", printed, d.Message)
		}
		if a, b := tree(x), tree(again); a != b {
			t.Fatalf("printed as %s\nbefore %s\nafter  %s", printed, a, b)
		}
	})
}
