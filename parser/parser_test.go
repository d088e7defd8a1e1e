package parser

import (
	"slices"
	"sort"
	"testing"

	"weir/parser/ast"
	"weir/parser/diag"
)

func TestScriptIsSplitAtSemicolons(t *testing.T) {
	const text = "\ufeff;; -- first; still a comment\nSELECT ';' /* ; */, `;`, 1 /* last */ ;\n" +
		"SELECT /*+ H(';') */ 2;SELEC 3; // ;\nSET a = b;;SET 'c;' = ';';\nSELECT \"x;y\"; EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; /* ; */ END; SELECT 4 -- end"
	want := []struct {
		text string
		bad  bool
	}{
		{"-- first; still a comment\nSELECT ';' /* ; */, `;`, 1 /* last */", false},
		{"SELECT /*+ H(';') */ 2", false},
		{"SELEC 3", true},
		{"// ;\nSET a = b", false},
		{"SET 'c;' = ';'", false},
		{"SELECT \"x;y\"", true},
		{"EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; /* ; */ END", false},
		{"SELECT 4 -- end", false},
	}
	src := &diag.Source{Name: "script.sql", Text: text}
	all := Script(src)
	if len(all) != len(want) {
		t.Fatalf("%d statements, want %d", len(all), len(want))
	}
	for i, p := range all {
		got := text[p.Span.Start:p.Span.End]
		// Comments in front of a statement are not part of it, unless it can't be read.
		if p.Err == nil && i == 0 {
			want[i].text = "SELECT ';' /* ; */, `;`, 1 /* last */"
		}
		if p.Err == nil && i == 3 {
			want[i].text = "SET a = b"
		}
		if got != want[i].text {
			t.Errorf("statement %d is %q, want %q", i+1, got, want[i].text)
		}
		if (p.Err != nil) != want[i].bad {
			t.Errorf("statement %d: error %v", i+1, p.Err)
		}
		if p.Err != nil && (p.Err.Source != src || p.Err.Span.Start < p.Span.Start || p.Err.Span.End > p.Span.End) {
			t.Errorf("statement %d: the error is at %v", i+1, p.Err.Span)
		}
	}
}

func TestEmptyScripts(t *testing.T) {
	for _, text := range []string{"", " \n", ";", ";;\n;", "-- nothing", "/* nothing */;", "// nothing\n ; -- still"} {
		if all := Script(&diag.Source{Text: text}); len(all) != 0 {
			t.Errorf("%q has %d statements", text, len(all))
		}
	}
}

func TestComplete(t *testing.T) {
	for text, want := range map[string]bool{
		"":                             false,
		"SELECT 1":                     false,
		"SELECT 1;":                    true,
		"SELECT 1; ":                   true,
		"SELECT 1; -- done":            true,
		"SELECT 1; /* done */\n":       true,
		"SELECT 1; SELECT 2":           false,
		"SELECT 1; SELECT 2;":          true,
		"SELECT ';":                    false,
		"SELECT ';'":                   false,
		"SELECT ';';":                  true,
		"SELECT `;":                    false,
		"SELECT 1 -- ;":                false,
		"SELECT 1 /* ;":                false,
		"SELECT 1; /* more":            false,
		"SELECT /*+ A(4); ":            false,
		"SELECT /*+ A(4) */ 1;":        true,
		"SELECT \"x\";":                true, // an error, but nothing is missing
		"SELEC;":                       true,
		";":                            true,
		"SET a = 'b":                   false,
		"SET a = 'b';":                 true,
		"SELECT 'it''s;":               false,
		"SELECT 'a'';":                 false,
		"INSERT INTO t VALUES ('a;b')": false,

		"EXECUTE STATEMENT SET BEGIN":                                                     false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;":                             false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; -- more":                     false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO u":               false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END":                         false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;":                        true,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT CASE 1 WHEN 1 THEN 1 END; END;": true,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; SELECT 2;":                   true, // an error
		"BEGIN STATEMENT SET;": true,
	} {
		if got := Complete(text); got != want {
			t.Errorf("Complete(%q) = %v", text, got)
		}
	}
}

// TestReservedWords checks words that Flink was asked for as bare aliases.
func TestReservedWords(t *testing.T) {
	for _, w := range []string{
		"value", "result", "method", "position", "language", "percent", "start", "end", "at", "rows", "count", "sum", "min",
		"max", "avg", "rank", "row_number", "match", "window", "filter", "comment", "string", "bytes", "raw", "current",
		"primary", "user", "year", "month", "day", "hour", "minute", "second", "time", "group", "row", "limit", "table",
		"constraint", "explain", "multiset",
	} {
		if !IsReserved(w) {
			t.Errorf("%s is not reserved", w)
		}
		if all := Script(&diag.Source{Text: "SELECT 1 AS " + w}); all[0].Err == nil || all[0].Err.Code != codeReserved {
			t.Errorf("SELECT 1 AS %s: %v", w, all[0].Err)
		}
		if all := Script(&diag.Source{Text: "SELECT 1 AS `" + w + "`"}); all[0].Err != nil {
			t.Errorf("SELECT 1 AS `%s`: %v", w, all[0].Err)
		}
	}
	for _, w := range []string{
		"key", "type", "name", "status", "data", "text", "state", "first", "last", "map", "zone", "uuid", "measure", "index",
		"database", "target", "event", "version", "category", "ts",
	} {
		if IsReserved(w) {
			t.Errorf("%s is reserved", w)
		}
		if all := Script(&diag.Source{Text: "SELECT t." + w + " AS " + w + " FROM " + w + " " + w}); all[0].Err != nil {
			t.Errorf("%s: %v", w, all[0].Err)
		}
	}
}

func TestKeywords(t *testing.T) {
	words := Keywords()
	if !sort.StringsAreSorted(words) || len(slices.Compact(slices.Clone(words))) != len(words) {
		t.Error("the keywords are not sorted, or some are there twice")
	}
	for _, w := range []string{"SELECT", "TUMBLE", "WATERMARK", "TEMPORARY", "DESCRIPTOR", "PARALLELISM"} {
		if !slices.Contains(words, w) {
			t.Errorf("%s is missing", w)
		}
	}
	for w := range functions {
		if !IsReserved(w) {
			t.Errorf("the function %s is not reserved and needs no mention", w)
		}
	}
	for w := range bareFunctions {
		if !IsReserved(w) {
			t.Errorf("the function %s is not reserved and needs no mention", w)
		}
	}
}

// TestReservedFunctions checks that all functions whose names are reserved can be called.
func TestReservedFunctions(t *testing.T) {
	for w := range functions {
		args := "(a)"
		if w == "JSON_OBJECT" || w == "JSON_OBJECTAGG" {
			args = "(a VALUE b)"
		}
		if c, ok := mustExpression(t, w+args).(*ast.Call); !ok || c.Name.Name != w || len(c.Args) != 1 {
			t.Errorf("%s(a) is no call", w)
		}
	}
	for w := range bareFunctions {
		if c, ok := mustExpression(t, w).(*ast.Call); !ok || !c.NoParens {
			t.Errorf("%s is no call", w)
		}
	}
}
