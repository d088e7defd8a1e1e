package golden

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/repl/session"
	"weir/vector"
)

// play is one run of a golden file's script in a world.
type play struct {
	golden     *Golden
	world      World
	connectors connector.Registry
	src        *diag.Source
	dir        string // of the run
	shown      printed
}

// run runs the script and returns what its statements gave. In a world that kills, each query and each INSERT is a job
// that takes checkpoints and has several lives; all else runs in one session, as in other worlds. A script is not killed
// that reads standard input, which can't be read again, nor one whose jobs run in the background, where other statements
// are about them.
func (p *play) run(ctx context.Context) (*collector, error) {
	all := parser.Script(p.src)
	if p.world.Killed == 0 || p.golden.stdin != "" || !killable(all) {
		out := newCollector(0)
		s, err := p.session(p.world, session.Config{Output: out})
		if err != nil {
			return nil, err
		}
		_ = errors.Join(s.Run(ctx, p.src), s.Wait(ctx), s.Close()) // errors are among what the Output was told
		return out, nil
	}
	out := newCollector(0)
	s, err := p.session(p.world, session.Config{Output: out})
	if err != nil {
		return nil, err
	}
	defer func() { out.only = 0 }()
	for i := 0; i < len(all); i++ {
		x := all[i]
		out.only = i + 1
		if n := jobAt(all[i:]); n > 0 {
			o, err := p.lives(ctx, all, i, i+n)
			if err != nil {
				return nil, fmt.Errorf("statement %d: %w", i+n, err)
			}
			out.total = max(out.total, i+n)
			maps.Copy(out.statements, o)
			i += n - 1
			continue
		}
		if err := s.Run(ctx, only(p.src, x.Span)); errors.Is(err, session.ErrQuit) {
			break
		}
	}
	_ = errors.Join(s.Wait(ctx), s.Close())
	return out, nil
}

// killable reports whether the statements of a script can be run one by one: all can be parsed and stand in the script
// itself, none is about the jobs of others, statement sets have nothing but INSERT between BEGIN and END, and no job
// stands behind a CREATE TABLE AS: what jobs depend on runs in each of their lives, and would fill the table in each.
func killable(all []parser.Parsed) bool {
	inside, filled := false, false
	return !slices.ContainsFunc(all, func(x parser.Parsed) bool {
		if x.Err != nil {
			return true
		}
		switch s := x.Statement.(type) {
		case *ast.QueryStatement:
			return inside || filled
		case *ast.CreateTable:
			filled = filled || s.As != nil
			return inside
		case *ast.BeginStatementSet:
			inside = true
		case *ast.EndStatementSet:
			inside = false
		case *ast.Insert:
			return filled
		case *ast.Set:
			return inside || s.Key == "table.dml-sync"
		case *ast.SourceFile:
			return true
		default:
			return inside
		}
		return false
	}) && !inside
}

// jobAt is how many statements make the job that the first of them begins: one, or those of a set from BEGIN to END; 0:
// it begins none.
func jobAt(all []parser.Parsed) int {
	switch all[0].Statement.(type) {
	case *ast.QueryStatement, *ast.Insert, *ast.Execute:
		return 1
	case *ast.BeginStatementSet:
		return 1 + slices.IndexFunc(all, func(x parser.Parsed) bool { _, ends := x.Statement.(*ast.EndStatementSet); return ends })
	}
	return 0
}

// sets reports whether later statements depend on a statement.
func sets(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.CreateTable, *ast.CreateView, *ast.CreateCatalog, *ast.CreateDatabase, *ast.Alter, *ast.Drop, *ast.Use, *ast.Set, *ast.Reset:
		return true
	}
	return false
}

// only is the text with nothing left but a statement, which has its place.
func only(src *diag.Source, at diag.Span) *diag.Source {
	text := []byte(src.Text)
	for i, b := range text {
		if (i < at.Start || i >= at.End) && b != '\n' {
			text[i] = ' '
		}
	}
	return &diag.Source{Name: src.Name, Text: string(text)}
}

// session makes a session in which the world and the file's directives are set; a script's own SET is stronger. Of the
// configuration it takes what is not the same for all.
func (p *play) session(w World, c session.Config) (*session.Session, error) {
	if c.Seams.FS == nil {
		c.Seams.FS = exec.OS{}
	}
	if c.Connectors == nil {
		c.Connectors = p.connectors
	}
	c.Seams.Clock, c.Seams.Rand = exec.SystemClock{}, rand.New(rand.NewPCG(uint64(w.Seed), 0))
	c.Seams.Stdin, c.Seams.Stdout, c.Seams.Stderr = strings.NewReader(p.golden.stdin), &p.shown, &p.shown
	c.Cores, c.RAM, c.ContinueOnError = cores, 8<<30, true
	s := session.New(c)
	set := func(all []setting, level catalog.Level) error {
		for _, x := range all {
			if d := s.Set(x.key, x.value, level); d != nil {
				return d
			}
		}
		return nil
	}
	if err := set(w.settings(), catalog.System); err != nil {
		return nil, err
	}
	if w.Max != 0 {
		if err := set([]setting{{"pipeline.max-parallelism", fmt.Sprint(w.Max)}}, catalog.Environment); err != nil {
			return nil, err
		}
	}
	if err := set([]setting{{"table.local-time-zone", "UTC"}}, catalog.System); err != nil {
		return nil, err
	}
	return s, set(p.golden.set, catalog.Environment)
}

// The numbers from which a killed job's life is drawn. Golden files have few rows: checkpoints come often.
var (
	checkpointRows = []int{1, 2, 5} // source rows between two checkpoints
	mostKills      = 4
	mostMoments    = []int{2, 4, 8} // of which one is the last of a life
)

// restored returns what notes the operators of a later life of a job.
func (p *play) restored(life int) func(*exec.Report) {
	if life == 0 {
		return nil
	}
	return func(r *exec.Report) {
		for _, tasks := range r.Tasks {
			n := tasks[0].Node
			p.golden.Restored[n.Kind()] = true
			switch s := n.Spec.(type) {
			case *plan.Scan:
				p.golden.Restored["source "+s.Options["connector"]] = true
			case *plan.Sink:
				p.golden.Restored["sink "+s.Options["connector"]] = true
			}
		}
	}
}

// lives runs the statements from one up to another of a script as a job that is killed and restored at the other
// parallelism, back and forth, until it ends. It returns by statement what all lives gave together: rows once, and what
// the last life tells.
func (p *play) lives(ctx context.Context, all []parser.Parsed, from, to int) (map[int]*outcome, error) {
	at := to - 1
	draw := fnv.New64a()
	fmt.Fprint(draw, at, p.golden.script) // other files are killed elsewhere
	r := rand.New(rand.NewPCG(uint64(p.world.Seed), draw.Sum64()))
	every := checkpointRows[r.IntN(len(checkpointRows))]
	kills := 1 + r.IntN(mostKills)
	var book ledger
	var rows []row
	connectors := maps.Clone(p.connectors)
	if k, ok := connectors["print"]; ok {
		connectors["print"] = book.printing(k, &p.shown)
	}
	for life := 0; ; life++ {
		w := p.world
		w.checkpoint, w.Seed = every, w.Seed+life
		if life%2 == 1 {
			w.Parallelism = w.Killed
		}
		fs := &mortal{left: -1}
		if life < kills {
			fs.left = r.IntN(mostMoments[r.IntN(len(mostMoments))])
		}
		out := newCollector(at + 1)
		s, err := p.session(w, session.Config{Seams: exec.Seams{FS: fs}, Connectors: connectors, Output: out, Resume: life > 0, Started: p.restored(life),
			Checkpoints: filepath.Join(p.dir, ".checkpoints", fmt.Sprint(at+1)),
			Collect: func(s *session.Schema) exec.Sink {
				return book.collecting(func(b vector.Batch) []row { return texts(s, b) }, func(more []row) { rows = append(rows, more...) })
			}})
		if err != nil {
			return nil, err
		}
		for _, x := range all[:from] {
			if sets(x.Statement) {
				if err := s.Init(ctx, only(p.src, x.Span)); err != nil && !errors.Is(err, session.ErrFailed) {
					return nil, err
				}
			}
		}
		*out = *newCollector(at + 1) // what the other statements gave is told by the session that runs all of them
		for i := from; i < to; i++ {
			out.only = i + 1
			if err := s.Run(ctx, only(p.src, all[i].Span)); errors.Is(err, session.ErrClosed) || ctx.Err() != nil {
				return nil, err
			}
			out.at(i + 1)
		}
		if !fs.killed() {
			o := out.at(at + 1)
			o.rows = append(o.rows, rows...)
			return out.statements, nil
		}
	}
}
