// Command errors writes docs/errors.md: all codes of errors with what they mean, from parser/diag, and an example of
// each that testdata/error has one of.
//
//	go run ./docs/errors
package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"weir/parser"
	"weir/parser/diag"
)

const head = `# Errors

<!-- written by docs/errors: go run ./docs/errors -->

Every error has a code. ` + "`weir --explain CODE`" + ` tells what it means, at the prompt ` + "`.help CODE`" + `. This page has all of them, with examples.
`

// target is the page, seen from the root of the repository.
var target = filepath.Join("docs", "errors.md")

func main() {
	text, err := page(".")
	if err == nil {
		err = os.WriteFile(target, []byte(text), 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "errors:", err)
		os.Exit(1)
	}
}

// page makes the text of docs/errors.md from the repository at root.
func page(root string) (string, error) {
	examples, err := readExamples(filepath.Join(root, "testdata", "error"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(head)
	for _, g := range diag.Groups() {
		fmt.Fprintf(&b, "\n## %s… %s\n", g.Prefix, g.Title)
		for _, c := range diag.Codes() {
			if !strings.HasPrefix(c.Code, g.Prefix) {
				continue
			}
			fmt.Fprintf(&b, "\n### %s: %s\n\n%s\n\n%s\n", c.Code, c.Title, markdown(c.Meaning), markdown(c.Remedy))
			if x, ok := examples[c.Code]; ok {
				fmt.Fprintf(&b, "\n```\n%s\n```\n", diag.Render(x.error, false))
			}
		}
	}
	return b.String(), nil
}

var document = regexp.MustCompile(`docs/(\w+\.md)`)

// markdown keeps signs of SQL from being taken for those of Markdown, and makes links of other documents' names.
func markdown(text string) string {
	text = strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`).Replace(text)
	return document.ReplaceAllString(text, "[$1]($1)")
}

// example is a statement that fails.
type example struct {
	statement string
	error     *diag.Diagnostic // in the statement as its source
}

// told is greater the more the error tells.
func (x example) told() int {
	n := 0
	if x.error.Source != nil {
		n += 2
	}
	if x.error.Hint != "" {
		n++
	}
	if strings.HasPrefix(x.error.Hint, "did you mean") {
		n++
	}
	return n
}

// readExamples finds the example of each code in golden files: of the errors whose details they have, that which tells
// most, and of several such that of the shortest statement.
func readExamples(dir string) (map[string]example, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	best := map[string]example{}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			return nil, err
		}
		for _, x := range examples(archive) {
			have, ok := best[x.error.Code]
			if !ok || cmp.Or(cmp.Compare(x.told(), have.told()), cmp.Compare(len(have.statement), len(x.statement))) > 0 {
				best[x.error.Code] = x
			}
		}
	}
	return best, nil
}

// examples are those of one golden file.
func examples(archive *txtar.Archive) []example {
	src := &diag.Source{}
	for _, f := range archive.Files {
		if f.Name == "query.sql" {
			src.Text = string(f.Data)
		}
	}
	statements := parser.Script(src)
	var all []example
	for _, f := range archive.Files {
		number, isError := strings.CutPrefix(f.Name, "error")
		if !isError {
			continue
		}
		n := len(statements)
		if number != "" {
			n, _ = strconv.Atoi(strings.TrimPrefix(number, "/"))
		}
		if n < 1 || n > len(statements) {
			continue
		}
		span := statements[n-1].Span
		if d, ok := read(string(f.Data), src.Text, span); ok {
			all = append(all, example{src.Text[span.Start:span.End], d})
		}
	}
	return all
}

// read makes an error of how a golden file describes it, if that is the only one of its statement and has details; span
// is that of the statement in the script.
func read(described, script string, span diag.Span) (*diag.Diagnostic, bool) {
	lines := strings.Split(strings.TrimRight(described, "\n"), "\n")
	parts := strings.SplitN(lines[0], " ", 3)
	if len(lines) < 2 || len(parts) < 3 || strings.HasSuffix(lines[0], "…") {
		return nil, false
	}
	d := diag.New(parts[0], diag.Span{}, "%s", parts[2])
	marked := ""
	for _, l := range lines[1:] {
		detail, ok := strings.CutPrefix(l, "  ")
		if !ok {
			return nil, false
		}
		if text, ok := strings.CutPrefix(detail, "^ "); ok {
			marked = text
		} else if text, ok := strings.CutPrefix(detail, "= hint: "); ok {
			d.Hint = text
		} else if text, ok := strings.CutPrefix(detail, "= note: "); ok {
			d.Notes = append(d.Notes, text)
		} else if n := len(d.Notes); n > 0 {
			d.Notes[n-1] += "\n" + detail
		} else {
			d.Hint += "\n" + detail
		}
	}
	if at, ok := offset(script, parts[1]); ok && at >= span.Start && at <= span.End {
		d.Span = diag.Span{Start: at - span.Start, End: at - span.Start + len(marked)}
		d.Source = &diag.Source{Text: script[span.Start:span.End]}
	}
	return d, true
}

// offset finds the place line:column.
func offset(text, place string) (int, bool) {
	var line, column int
	if n, _ := fmt.Sscanf(place, "%d:%d", &line, &column); n != 2 {
		return 0, false
	}
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return 0, false
		}
		at += i + 1
	}
	for i := range text[at:] {
		if column--; column == 0 {
			return at + i, true
		}
	}
	return len(text), column == 1
}
