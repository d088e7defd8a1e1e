// Package golden runs golden files: scripts with their answers, each in many worlds (parallelism, batch size, chunk
// size, …) in which the answer must be the same. docs/testing.md describes the form.
package golden

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"weir/catalog"
)

// comparison says how a result is compared with what was expected.
type comparison struct {
	// rows compares the changelog itself as a multiset, not what is left after applying it; ordered its order too.
	rows, ordered bool
	// count says that a result is any so many of the expected rows; -1: all.
	count int
	// approximate lets floating-point columns differ in their last digits.
	approximate bool
}

// statement is what a golden file expects of one statement.
type statement struct {
	expected *string // result
	fail     *string
	plan     *string
	notices  *string
}

// Golden is a golden file.
type Golden struct {
	Path        string
	Description string
	// Restored has what went on from an image of a killed job, in any world that the file ran in: kinds of operators, and
	// connectors as "source filesystem" and "sink print".
	Restored   map[string]bool
	script     string
	files      []txtar.File
	chopped    []string // files whose last line break is no part of them
	stdin      string
	set        []setting // before the first statement
	compare    comparison
	single     bool // runs in one world only, with nothing set
	statements map[int]*statement
	lastFiles  statement // of files without a number: they mean the last statement
	outputs    []txtar.File
	printed    *string
	noticed    *[]string // notices of the first world it ran in
}

type setting struct{ key, value string }

// Load reads a golden file.
func Load(path string) (*Golden, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	g, err := parse(path, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

func parse(path string, text []byte) (*Golden, error) {
	g := &Golden{Path: path, Restored: map[string]bool{}, statements: map[int]*statement{}, compare: comparison{count: -1}}
	archive := txtar.Parse(text)
	lines := bufio.NewScanner(strings.NewReader(string(archive.Comment)))
	for lines.Scan() {
		if err := g.directive(lines.Text()); err != nil {
			return nil, err
		}
	}
	found := false
	for _, f := range archive.Files {
		text := string(f.Data)
		name, number, numbered := strings.Cut(f.Name, "/")
		at := &g.lastFiles
		if numbered && slices.Contains([]string{"expected", "error", "plan", "notices"}, name) {
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%s: a number of a statement must follow the slash", f.Name)
			}
			if g.statements[n] == nil {
				g.statements[n] = &statement{}
			}
			at = g.statements[n]
		}
		switch name {
		case "query.sql":
			found, g.script = true, text
		case "expected":
			at.expected = &text
		case "error":
			at.fail = &text
		case "plan":
			at.plan = &text
		case "notices":
			at.notices = &text
		case "stdin":
			g.stdin = text
		case "printed":
			g.printed = &text
		case "output":
			g.outputs = append(g.outputs, txtar.File{Name: number, Data: f.Data})
		default:
			if name, ok := strings.CutSuffix(f.Name, ".base64"); ok {
				data, err := base64.StdEncoding.DecodeString(string(f.Data)) // which leaves line breaks out
				if err != nil {
					return nil, fmt.Errorf("%s: %w", f.Name, err)
				}
				f = txtar.File{Name: name, Data: data}
			}
			g.files = append(g.files, f)
		}
	}
	if !found {
		return nil, errors.New("there is no query.sql, the file with the script")
	}
	for _, name := range g.chopped {
		i := slices.IndexFunc(g.files, func(f txtar.File) bool { return f.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("chop: there is no file %s", name)
		}
		g.files[i].Data = bytes.TrimSuffix(g.files[i].Data, []byte("\n"))
	}
	return g, nil
}

// directive reads a line of the comment: what is no directive belongs to the description.
func (g *Golden) directive(line string) error {
	key, value, ok := strings.Cut(line, ": ")
	value = strings.TrimSpace(value)
	switch {
	case ok && key == "compare":
		for _, word := range strings.Fields(value) {
			switch name, n, _ := strings.Cut(word, "="); name {
			case "final":
			case "rows":
				g.compare.rows = true
			case "ordered":
				g.compare.rows, g.compare.ordered = true, true
			case "approximate":
				g.compare.approximate = true
			case "count":
				count, err := strconv.Atoi(n)
				if err != nil || count < 0 {
					return fmt.Errorf("compare: %s: write count=N", word)
				}
				g.compare.count = count
			default:
				return fmt.Errorf("compare: %s is not known: it is final, rows, ordered, count=N or approximate", word)
			}
		}
	case ok && key == "set":
		k, v, ok := strings.Cut(value, "=")
		if !ok {
			return fmt.Errorf("set: write set: key = value")
		}
		g.set = append(g.set, setting{strings.TrimSpace(k), strings.TrimSpace(v)})
	case ok && key == "mode":
		g.set = append(g.set, setting{"execution.runtime-mode", value})
	case ok && key == "chop":
		g.chopped = append(g.chopped, value)
	case ok && key == "worlds":
		if value != "one" {
			return fmt.Errorf("worlds: %s is not known: write worlds: one", value)
		}
		g.single = true
	default:
		g.Description = strings.TrimSpace(g.Description + "\n" + line)
	}
	for _, s := range g.set {
		if catalog.LookupSetting(s.key) == nil && !catalog.IsForeignSetting(s.key) {
			return fmt.Errorf("set: %s is no setting", s.key)
		}
	}
	return nil
}

// expect returns what is expected of a statement, of which there are total.
func (g *Golden) expect(n, total int) statement {
	e := statement{}
	if s := g.statements[n]; s != nil {
		e = *s
	}
	if n == total {
		for _, x := range []struct{ to, from **string }{{&e.expected, &g.lastFiles.expected}, {&e.fail, &g.lastFiles.fail},
			{&e.plan, &g.lastFiles.plan}, {&e.notices, &g.lastFiles.notices}} {
			if *x.from != nil {
				*x.to = *x.from
			}
		}
	}
	return e
}
