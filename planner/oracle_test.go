package planner

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
)

// oracleCase is a script with what Flink 2.2.1 answered to each statement: an error, or the columns of a result.
type oracleCase struct {
	ID         string
	Mode       string
	Statements []string
	Expect     []struct {
		Error   string
		Columns []string
		Types   []string
	}
}

var refusal = regexp.MustCompile(`not supported|unknown function`)

// TestOracle resolves what Flink was asked and compares the columns' names and types. What weir refuses as not
// supported is left out; the cases of differs.txt have another answer on purpose.
func TestOracle(t *testing.T) {
	differs := map[string]bool{}
	text, err := os.ReadFile("testdata/oracle/differs.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if id, _, _ := strings.Cut(line, " "); id != "" {
			differs[id] = true
		}
	}
	for _, file := range []struct {
		path  string
		least int // cases that must be answered
	}{{"testdata/oracle/stream.jsonl", 100}, {"testdata/oracle/scalar.jsonl", 1350}} {
		t.Run(file.path, func(t *testing.T) {
			answered := 0
			for _, c := range oracleCases(t, file.path) {
				if !differs[c.ID] && runOracle(t, c) {
					answered++
				}
			}
			t.Logf("%d answered", answered)
			if answered < file.least {
				t.Errorf("%d cases were answered, %d should be", answered, file.least)
			}
		})
	}
}

// oracleCases reads a file of cases, one JSON object a line.
func oracleCases(t *testing.T, path string) []oracleCase {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var cases []oracleCase
	for lines.Scan() {
		var c oracleCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// runOracle runs the statements of a case and reports whether weir answered all.
func runOracle(t *testing.T, c oracleCase) bool {
	w := newWorld(c.Mode)
	for i, sql := range c.Statements {
		want := c.Expect[i]
		src := &diag.Source{Text: strings.TrimRight(strings.TrimSpace(sql), ";")}
		parsed := parser.Script(src)
		if len(parsed) != 1 {
			return false
		}
		p := parsed[0]
		if p.Err == nil {
			switch p.Statement.(type) {
			case *ast.QueryStatement, *ast.Insert, *ast.CreateTable, *ast.CreateView, *ast.Drop:
			default:
				return false
			}
		}
		n, err := w.run(src, p)
		if err != nil && refusal.MatchString(err.Error()) {
			return false
		}
		if want.Error != "" {
			if err == nil {
				t.Errorf("%s: %s\naccepted, but Flink says: %s", c.ID, sql, want.Error)
			}
			return true
		}
		if err != nil {
			t.Errorf("%s: %s\n%s: %v", c.ID, sql, c.Mode, err)
			return true
		}
		if n == nil || want.Types == nil {
			continue
		}
		var names, types []string
		for _, f := range n.Schema() {
			names = append(names, f.Name)
			types = append(types, bare(f.Type.String()))
		}
		for j := range want.Types {
			want.Types[j] = bare(want.Types[j])
		}
		if want.Columns != nil && !slices.Equal(names, want.Columns) {
			t.Errorf("%s: %s\ncolumns %q, Flink has %q", c.ID, sql, names, want.Columns)
		}
		if !slices.Equal(types, want.Types) {
			t.Errorf("%s: %s\ntypes %q, Flink has %q", c.ID, sql, types, want.Types)
		}
	}
	return true
}

// bare leaves the mark of time attributes out: Flink prints it for times that are none.
func bare(t string) string { return strings.ReplaceAll(t, " *ROWTIME*", "") }

// TestDamagedStatements drops each word of what Flink was asked: whatever is left is resolved or refused with
// Diagnostics that point into a source.
func TestDamagedStatements(t *testing.T) {
	for _, path := range []string{"testdata/oracle/stream.jsonl", "testdata/oracle/scalar.jsonl"} {
		for _, c := range oracleCases(t, path) {
			w := newWorld(c.Mode)
			for _, sql := range c.Statements[:len(c.Statements)-1] {
				if _, err := w.script(sql); err != nil {
					break
				}
			}
			words := strings.Fields(c.Statements[len(c.Statements)-1])
			for i := range words {
				sql := strings.Join(slices.Concat(words[:i], words[i+1:]), " ")
				src := &diag.Source{Text: sql}
				for _, p := range parser.Script(src) {
					if p.Err != nil {
						continue
					}
					switch s := p.Statement.(type) {
					case *ast.QueryStatement, *ast.Insert:
						n, err := Resolve(p.Statement, w.env(src))
						if err == nil {
							checkIndices(t, n)
						}
						checkDiagnostics(t, sql, err)
					case *ast.CreateTable:
						_, err := Table(s, w.env(src))
						checkDiagnostics(t, sql, err)
					case *ast.CreateView:
						_, err := View(s, w.env(src))
						checkDiagnostics(t, sql, err)
					}
				}
			}
		}
	}
}

func checkDiagnostics(t *testing.T, sql string, err error) {
	t.Helper()
	var list diag.List
	var one *diag.Diagnostic
	switch {
	case err == nil:
		return
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = diag.List{one}
	default:
		t.Errorf("%s: no Diagnostic: %v", sql, err)
	}
	for _, d := range list {
		if d.Code == "" || d.Source == nil || d.Span.IsZero() || d.Span.Start > d.Span.End || d.Span.End > len(d.Source.Text) {
			t.Errorf("%s: %q at %v is without place", sql, d.Message, d.Span)
		}
	}
}
