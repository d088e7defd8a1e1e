package golden

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/exec/connector"
	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
	"weir/vector/kernel"
)

// patience is how long a script may run in one world; one that hangs must not hold up the others for ever.
const patience = 60 * time.Second

// cores is what the sessions of golden files take for the number of cores, so that plans are the same on every machine.
const cores = 4

// row is a row of a result: its kind and the texts of its values.
type row struct {
	kind   vector.RowKind
	values []string
	nulls  []bool
}

// outcome is what one statement gave.
type outcome struct {
	schema  *session.Schema
	rows    []row
	errors  []*diag.Diagnostic
	notices map[session.NoticeKind]int64
}

// collector is the session.Output that keeps everything.
type collector struct {
	statements map[int]*outcome
	schema     *session.Schema
	total      int
	// only is the number of the one statement that runs; 0: they have the session's own.
	only int
}

func newCollector(only int) *collector { return &collector{statements: map[int]*outcome{}, only: only} }

func (c *collector) at(n int) *outcome {
	if c.only != 0 {
		n = c.only
	}
	c.total = max(c.total, n)
	if c.statements[n] == nil {
		c.statements[n] = &outcome{notices: map[session.NoticeKind]int64{}}
	}
	return c.statements[n]
}

func (c *collector) Schema(s *session.Schema) error {
	c.schema = s
	c.at(s.Statement).schema = s
	return nil
}

func (c *collector) Rows(b vector.Batch) error {
	o := c.at(c.schema.Statement)
	o.rows = append(o.rows, texts(c.schema, b)...)
	return nil
}

// texts are the rows of a batch.
func texts(s *session.Schema, b vector.Batch) []row {
	rows := make([]row, b.Rows)
	for i := range rows {
		r := row{kind: b.Kind(i), values: make([]string, len(b.Columns)), nulls: make([]bool, len(b.Columns))}
		for j, column := range b.Columns {
			if column.IsNull(i) {
				r.nulls[j] = true
				continue
			}
			r.values[j] = string(kernel.AppendText(nil, column, s.Columns[j].Type, i, s.Zone))
		}
		rows[i] = r
	}
	return rows
}

func (c *collector) Done(d session.Done) error { c.at(d.Statement); return nil }

func (c *collector) Fail(statement int, d *diag.Diagnostic) error {
	o := c.at(statement)
	o.errors = append(o.errors, d)
	return nil
}

func (c *collector) Notice(n session.Notice) error {
	if n.Kind != session.NoticeSetting && n.Kind != session.NoticeJob && n.Kind != session.NoticeState {
		c.at(n.Statement).notices[n.Kind] += n.Count
	}
	return nil
}

// printed is a buffer that print tables of several subtasks write to.
type printed struct {
	mu sync.Mutex
	bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Buffer.Write(b)
}

// Run runs the script in a world, in a directory of its own, and returns how its answer differs from the expected one,
// line by line; nothing if it doesn't. Notices that the file does not mention must be those of the first world.
func (g *Golden) Run(ctx context.Context, w World, connectors connector.Registry) (differences []string, err error) {
	dir, err := os.MkdirTemp("", "weir-golden-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for _, f := range g.files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(f.Data), "${DIR}", dir)), 0o666); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p := &play{golden: g, world: w, connectors: connectors, src: &diag.Source{Text: strings.ReplaceAll(g.script, "${DIR}", dir)}, dir: dir}
	out, err := p.run(ctx)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("the script did not end within %s: %w", patience, err)
	}
	if err != nil {
		return nil, err
	}
	for n := 1; n <= out.total; n++ {
		for _, d := range g.check(g.expect(n, out.total), out.at(n), dir) {
			differences = append(differences, fmt.Sprintf("statement %d: %s", n, d))
		}
	}
	var counts []string
	for n := 1; n <= out.total; n++ {
		for _, line := range noticeLines(out.at(n)) {
			counts = append(counts, fmt.Sprintf("%d %s", n, line))
		}
	}
	if g.noticed == nil {
		g.noticed = &counts
	}
	differences = append(differences, differ("notices, compared with the first world", *g.noticed, counts)...)
	for n := range g.statements {
		if n > out.total {
			differences = append(differences, fmt.Sprintf("there is no statement %d", n))
		}
	}
	if g.printed != nil {
		differences = append(differences, differ("printed", sortedLines(*g.printed), sortedLines(p.shown.String()))...)
	}
	for _, f := range g.outputs {
		got, err := written(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil {
			return nil, err
		}
		differences = append(differences, differ("output "+f.Name, sortedLines(string(f.Data)), sortedLines(got))...)
	}
	return differences, nil
}

// written puts all visible files below a path together.
func written(path string) (string, error) {
	var all strings.Builder
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != path && strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(name)
		all.Write(text)
		return err
	})
	return all.String(), err
}

func sortedLines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	slices.Sort(lines)
	return lines
}
