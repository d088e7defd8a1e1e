package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weir/parser/diag"
)

var aCode = regexp.MustCompile(`^W[0-9]{4}$`)

// registerFile is where codes are described.
const registerFile = "parser/diag/code.go"

// codeUses is what the source says of codes.
type codeUses struct {
	written   map[string][]string // code → places outside of the register
	constants map[string]string   // package and name of a constant → its code
	names     map[string]int      // package and name → how often it stands in the source
	packages  map[string]map[string]bool
}

// readCodes reads the source of weir.
func readCodes(t *testing.T) *codeUses {
	t.Helper()
	root := filepath.Join("..", "..")
	u := &codeUses{map[string][]string{}, map[string]string{}, map[string]int{}, map[string]map[string]bool{}}
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && name != root) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		u.read(fset, filepath.ToSlash(rel), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *codeUses) read(fset *token.FileSet, name string, file *ast.File) {
	pkg := path.Dir(name)
	use := func(pkgOfName, n string) {
		key := pkgOfName + "." + n
		u.names[key]++
		if u.packages[key] == nil {
			u.packages[key] = map[string]bool{}
		}
		u.packages[key][pkg] = true
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, v := range n.Values {
				if code := literalCode(v); code != "" {
					u.constants[pkg+"."+n.Names[i].Name] = code
				}
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "diag" {
				use("parser/diag", n.Sel.Name)
				return false
			}
		case *ast.Ident:
			use(pkg, n.Name)
		case *ast.BasicLit:
			if code := literalCode(n); code != "" && name != registerFile {
				u.written[code] = append(u.written[code], fmt.Sprintf("%s:%d", name, fset.Position(n.Pos()).Line))
			}
		}
		return true
	})
}

// literalCode is the code that an expression spells, or empty.
func literalCode(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	if s, err := strconv.Unquote(lit.Value); err == nil && aCode.MatchString(s) {
		return s
	}
	return ""
}

// A code means one thing: it is written once, by one package or, if several report it, as a constant of the register.
func TestCodesAreRegistered(t *testing.T) {
	u := readCodes(t)
	shared := map[string]string{} // code → its constant in diag
	for name, code := range u.constants {
		if path.Dir(name) == "parser" && strings.HasPrefix(name, "parser/diag.") {
			shared[code] = name
		}
	}
	for code, places := range u.written {
		if _, ok := diag.LookupCode(code); !ok {
			t.Errorf("%s: %s is not in the register: add a row to %s", places[0], code, registerFile)
		}
		if name, ok := shared[code]; ok {
			t.Errorf("%s: %s is the constant %s", places[0], code, name)
		}
		if len(places) > 1 {
			t.Errorf("%s is written in %s: make a constant of it, in %s if several packages report it", code, strings.Join(places, " and "), registerFile)
		}
	}
	for name, code := range u.constants {
		// A constant of the register is an identifier there twice: where it is declared and in its row.
		declared := 1
		if shared[code] == name {
			declared = 2
			if delete(u.packages[name], "parser/diag"); len(u.packages[name]) == 1 {
				t.Errorf("%s is used by one package only: make it a constant there", name)
			}
		}
		if u.names[name] <= declared {
			t.Errorf("nothing reports %s, %s", name, code)
		}
	}
	for _, c := range diag.Codes() {
		if len(u.written[c.Code]) == 0 && shared[c.Code] == "" {
			t.Errorf("%s, %s, is in the register and nowhere else", c.Code, c.Title)
		}
	}
}

func TestRegisterOfCodes(t *testing.T) {
	codes := diag.Codes()
	if !slices.IsSortedFunc(codes, func(a, b diag.Code) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("the register is not in the order of codes")
	}
	for i, c := range codes {
		if i > 0 && codes[i-1].Code == c.Code {
			t.Errorf("%s has two rows", c.Code)
		}
		if !aCode.MatchString(c.Code) || c.Title == "" || strings.HasSuffix(c.Title, ".") || !strings.HasSuffix(c.Meaning, ".") || !strings.HasSuffix(c.Remedy, ".") {
			t.Errorf("%s: a title is a phrase, meaning and remedy are sentences", c.Code)
		}
		if n := slices.IndexFunc(diag.Groups(), func(g diag.Group) bool { return strings.HasPrefix(c.Code, g.Prefix) }); n < 0 {
			t.Errorf("%s is in no group", c.Code)
		}
	}
}

var (
	errorLine  = regexp.MustCompile(`^(W[0-9]{4}) (-|\d+:\d+) `)
	detailLine = regexp.MustCompile(`^  (\^|= hint:|= note:) `)
)

// The mistakes of testdata/error are read, message by message, with what they mark and advise. There must stay enough of
// them.
func TestErrorsHaveGoldens(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("..", "..", "testdata", "error", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	codes, cases := map[string]bool{}, 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		last := false
		for line := range strings.Lines(string(text)) {
			if m := errorLine.FindStringSubmatch(line); m != nil {
				codes[m[1]], last = true, true
				continue
			}
			if last && detailLine.MatchString(line) {
				cases++
			}
			last = false
		}
	}
	if cases < 150 || len(codes) < 60 {
		t.Errorf("%d errors with details, %d codes; there were more", cases, len(codes))
	}
}
