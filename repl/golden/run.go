package golden

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/catalog"
	"weir/exec"
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
}

func (c *collector) at(n int) *outcome {
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
	for i := range b.Rows {
		r := row{kind: b.Kind(i), values: make([]string, len(b.Columns)), nulls: make([]bool, len(b.Columns))}
		for j, column := range b.Columns {
			if column.IsNull(i) {
				r.nulls[j] = true
				continue
			}
			r.values[j] = string(kernel.AppendText(nil, column, c.schema.Columns[j].Type, i, c.schema.Zone))
		}
		o.rows = append(o.rows, r)
	}
	return nil
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
	out := &collector{statements: map[int]*outcome{}}
	var shown printed
	s := session.New(session.Config{
		Seams: exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: rand.New(rand.NewPCG(uint64(w.Seed), 0)),
			Stdin: strings.NewReader(g.stdin), Stdout: &shown, Stderr: &shown},
		Connectors: connectors, Cores: cores, RAM: 8 << 30, Output: out, ContinueOnError: true,
	})
	if err := g.prepare(s, w); err != nil {
		return nil, err
	}
	src := &diag.Source{Text: strings.ReplaceAll(g.script, "${DIR}", dir)}
	// Errors are among what the Output was told.
	err = errors.Join(s.Run(ctx, src), s.Wait(ctx), s.Close())
	if ctx.Err() != nil {
		return nil, fmt.Errorf("the script did not end within %s: %w", patience, err)
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
		differences = append(differences, differ("printed", sortedLines(*g.printed), sortedLines(shown.String()))...)
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

// prepare sets what the world and the file's directives say; a script's own SET is stronger.
func (g *Golden) prepare(s *session.Session, w World) error {
	set := func(all []setting, level catalog.Level) error {
		for _, x := range all {
			if d := s.Set(x.key, x.value, level); d != nil {
				return d
			}
		}
		return nil
	}
	if err := set(w.settings(), catalog.System); err != nil {
		return err
	}
	if w.Max != 0 {
		if err := set([]setting{{"pipeline.max-parallelism", fmt.Sprint(w.Max)}}, catalog.Environment); err != nil {
			return err
		}
	}
	if err := set([]setting{{"table.local-time-zone", "UTC"}}, catalog.System); err != nil {
		return err
	}
	return set(g.set, catalog.Environment)
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
