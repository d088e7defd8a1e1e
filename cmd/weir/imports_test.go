package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// allowed says which packages of weir a package may import; the first matching prefix counts. Imports go one way, so
// that each layer can be read and tested without the ones above it.
var allowed = []struct {
	pkg  string // itself and what is below it
	weir []string
}{
	{"keygroup", nil},
	{"parser/diag", nil},
	{"parser/ast", []string{"parser/diag"}},
	{"parser", []string{"parser/ast", "parser/diag"}},
	{"vector/kernel", []string{"vector"}},
	{"vector", nil},
	{"catalog", []string{"vector", "parser/diag", "keygroup"}},
	{"planner/plan", []string{"vector", "keygroup", "catalog", "parser/diag"}},
	{"planner/logical", []string{"vector", "catalog", "parser/diag", "planner/plan"}},
	{"planner", []string{"vector", "keygroup", "catalog", "parser", "planner"}},
	{"exec", []string{"vector", "keygroup", "catalog", "parser/diag", "planner/plan", "exec"}},
	{"repl/session", []string{"vector", "keygroup", "catalog", "parser", "planner", "exec", "repl"}},
	{"repl", []string{"vector", "catalog", "parser", "repl", "planner/plan", "exec"}},
	{"docs", []string{"parser"}},
	{"cmd", []string{"catalog", "parser/diag", "repl", "exec", "vector"}},
}

// exact packages may be imported only as themselves, not with what is below them.
var exact = map[string]bool{"planner/plan": true, "parser/diag": true, "parser/ast": true}

// outside says who may import a foreign package.
var outside = []struct {
	module string
	users  []string
}{
	{"github.com/alecthomas/participle", []string{"parser"}},
	{"github.com/chzyer/readline", []string{"repl", "cmd"}},
	{"github.com/cespare/xxhash", []string{"vector/kernel"}},
	{"github.com/apache/arrow/go/v17", []string{"vector", "exec/format", "exec/expr", "exec/op"}},
	{"github.com/klauspost/compress", []string{"exec/format/parquet", "exec/connector/filesystem"}},
	{"golang.org/x/tools/txtar", []string{"repl", "docs"}},
	{"golang.org/x/sync", []string{"exec", "repl"}},
}

func within(pkg, prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }

func TestImportsGoOneWay(t *testing.T) {
	root := filepath.Join("..", "..")
	packages := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "bench" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && name != root) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(rel))
		packages++
		for _, spec := range file.Imports {
			what, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			checkImport(t, rel, pkg, what)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if packages < 20 {
		t.Fatalf("only %d files were looked at", packages)
	}
}

func checkImport(t *testing.T, file, pkg, what string) {
	if to, ok := strings.CutPrefix(what, "weir/"); ok {
		for _, rule := range allowed {
			if !within(pkg, rule.pkg) {
				continue
			}
			for _, a := range rule.weir {
				if to == a || !exact[a] && within(to, a) {
					return
				}
			}
			t.Errorf("%s imports %s, which %s may not", file, what, rule.pkg)
			return
		}
		t.Errorf("%s: no rule says what %s may import", file, pkg)
		return
	}
	if !strings.Contains(strings.SplitN(what, "/", 2)[0], ".") {
		return // the standard library
	}
	for _, rule := range outside {
		if !strings.HasPrefix(what, rule.module) {
			continue
		}
		for _, user := range rule.users {
			if within(pkg, user) {
				return
			}
		}
	}
	t.Errorf("%s imports %s, which %s may not", file, what, pkg)
}
