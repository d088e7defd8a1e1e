package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	sql "weir/parser"
	"weir/parser/diag"
)

// sqlReference is docs/sql.md taken apart: the statements that make its tables, its examples with what they print, and
// the cases in its tables, as those of docs/flink.md: `expression or statements` → what comes of the last one.
type sqlReference struct {
	setup    string
	examples []example
	cases    []difference
	syntax   map[string]string // of the first cells of rows that have a case: that case
}

func readSQLReference(t *testing.T) *sqlReference {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "sql.md"))
	if err != nil {
		t.Fatal(err)
	}
	r := &sqlReference{syntax: map[string]string{}}
	r.examples = examples(strings.ReplaceAll(string(text), "```sql\n", "```sh\n"))
	r.setup, r.examples = r.examples[0].command, r.examples[1:]
	code := regexp.MustCompile("`([^`]+)`")
	for i, l := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(l, "| "), " | ")
		m := caseCell.FindStringSubmatch(cells[len(cells)-1])
		if m == nil || !strings.HasPrefix(l, "|") {
			continue
		}
		plain := func(s string) string { return strings.ReplaceAll(s, `\|`, "|") }
		c := difference{line: i + 1, sql: plain(m[1]), want: plain(m[2])}
		r.cases = append(r.cases, c)
		for _, s := range code.FindAllStringSubmatch(cells[0], -1) {
			r.syntax[plain(s[1])] = c.sql
		}
	}
	if len(r.examples) < 20 || len(r.cases) < 100 {
		t.Fatalf("docs/sql.md has only %d examples and %d cases", len(r.examples), len(r.cases))
	}
	return r
}

// statementWord begins what is a statement, and no expression.
var statementWord = regexp.MustCompile(`^(SELECT|SET|SHOW|CREATE|DELETE)\b`)

// statements is the case as a script.
func (d difference) statements() string {
	if statementWord.MatchString(d.sql) {
		return d.sql
	}
	return "SELECT " + d.sql
}

// TestSQLReferenceExamples runs the examples of docs/sql.md, each behind its tables, and compares what they print.
func TestSQLReferenceExamples(t *testing.T) {
	r := readSQLReference(t)
	init := filepath.Join(t.TempDir(), "tables.sql")
	if err := os.WriteFile(init, []byte(r.setup), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range r.examples {
		t.Run(fmt.Sprintf("docs/sql.md:%d", e.line), func(t *testing.T) {
			t.Parallel()
			script := filepath.Join(t.TempDir(), "example.sql")
			if err := os.WriteFile(script, []byte(e.command), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := weir(t, filepath.Join("..", ".."), "-p", "1", "-i", init, "-o", "tableau", "--continue-on-error", "-f", script)
			cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir(), "TZ=UTC")
			out, err := cmd.CombinedOutput()
			if failed := strings.Contains(e.output, "error["); (err != nil) != failed {
				t.Fatalf("%s\n%v\n%s", e.command, err, out)
			}
			if !e.shown {
				return
			}
			printed := strings.ReplaceAll(string(out), script, "example.sql")
			got, want := stable(printed), stable(e.output)
			if e.anyOrder {
				slices.Sort(got)
				slices.Sort(want)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s\nprints\n%s\ndocs/sql.md says\n%s", e.command, printed, e.output)
			}
		})
	}
}

// TestSQLReferenceCases runs the cases in the tables of docs/sql.md in one session: each is the rows, parted by slashes,
// or the code of the error.
func TestSQLReferenceCases(t *testing.T) {
	r := readSQLReference(t)
	var script strings.Builder
	ends := map[int]difference{} // by the number of its last statement
	number := len(sql.Script(&diag.Source{Text: r.setup}))
	script.WriteString(r.setup + "\n")
	for _, c := range r.cases {
		text := c.statements() + ";\nSET 'execution.runtime-mode' = 'batch';\n"
		number += len(sql.Script(&diag.Source{Text: text}))
		ends[number-1] = c
		script.WriteString(text)
	}
	path := filepath.Join(t.TempDir(), "cases.sql")
	if err := os.WriteFile(path, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := weir(t, filepath.Join("..", ".."), "-p", "1", "-o", "events", "--continue-on-error", path)
	cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+t.TempDir(), "TZ=UTC")
	out, err := cmd.Output() // an error: some cases are
	if len(out) == 0 {
		t.Fatal(err)
	}
	got := map[int][]string{}
	for line := range strings.Lines(string(out)) {
		var e struct {
			Statement            int
			Event, Code, Message string
			Row                  []*string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch e.Event {
		case "error":
			got[e.Statement] = []string{e.Code}
			if want := ends[e.Statement].want; want != e.Code {
				t.Logf("docs/sql.md:%d: %s", ends[e.Statement].line, e.Message)
			}
		case "row":
			var fields []string
			for _, f := range e.Row {
				if f == nil {
					fields = append(fields, "NULL")
				} else {
					fields = append(fields, *f)
				}
			}
			got[e.Statement] = append(got[e.Statement], strings.Join(fields, ", "))
		}
	}
	for n, c := range ends {
		if is := strings.Join(got[n], " / "); is != c.want {
			t.Errorf("docs/sql.md:%d: %s gives %s and not %s", c.line, c.sql, is, c.want)
		}
	}
}

// Every function and aggregate stands in a table of docs/sql.md as its signature has it, with a case that uses it.
func TestSQLReferenceHasAllFunctions(t *testing.T) {
	r := readSQLReference(t)
	has := func(name, syntax string) {
		example, ok := r.syntax[syntax]
		if !ok {
			t.Errorf("docs/sql.md has no row with a case for %s: `%s`", name, syntax)
			return
		}
		word, _, _ := strings.Cut(strings.TrimPrefix(syntax, "a "), " ")
		word, _, _ = strings.Cut(word, "(")
		if name == strings.ToUpper(word) && strings.ToLower(word) != word && !strings.Contains(example, word) {
			t.Errorf("docs/sql.md: the case of %s is %s, which does not use it", name, example)
		}
	}
	for _, f := range catalog.Functions() {
		if !strings.Contains(f.Doc, "the planner's own") {
			has(f.Name, f.Syntax)
		}
	}
	for _, a := range catalog.Aggregates() {
		has(a.Name, a.Syntax)
	}
}

// statementsRun are the kinds of statements that a session runs, by the names of their nodes, read off the switch in
// repl/session.
func statementsRun(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "repl", "session", "session.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "run" || f.Recv == nil {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, x := range c.List {
				if p, ok := x.(*ast.StarExpr); ok {
					if s, ok := p.X.(*ast.SelectorExpr); ok {
						kinds = append(kinds, s.Sel.Name)
					}
				}
			}
			return true
		})
	}
	if len(kinds) < 15 {
		t.Fatalf("the session runs only %v", kinds)
	}
	return kinds
}

// Every kind of statement that a session runs is in an example of docs/sql.md, or it is one of the prompt's and named.
func TestSQLReferenceHasAllStatements(t *testing.T) {
	r := readSQLReference(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "sql.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, e := range append([]example{{command: r.setup}}, r.examples...) {
		for _, s := range sql.Script(&diag.Source{Text: e.command}) {
			shown[strings.TrimPrefix(fmt.Sprintf("%T", s.Statement), "*ast.")] = true
		}
	}
	for _, kind := range statementsRun(t) {
		switch kind {
		case "Quit", "Help", "Clear":
			if !strings.Contains(string(text), "`"+strings.ToUpper(kind)+"`") {
				t.Errorf("docs/sql.md does not name %s", strings.ToUpper(kind))
			}
		default:
			if !shown[kind] {
				t.Errorf("docs/sql.md has no example with a statement of kind %s", kind)
			}
		}
	}
}
