// Package session runs statements one after the other: it parses, plans and executes them and hands what they give to
// an Output. The prompt, scripts and golden files are all faces of it.
package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
)

// How a session ends other than well.
var (
	// ErrFailed says that a statement failed; the Output has been told why.
	ErrFailed = errors.New("a statement failed")
	// ErrQuit says that QUIT or EXIT was run.
	ErrQuit = errors.New("quit")
	// ErrInterrupted says that the context ended while a statement ran; the Output has been told.
	ErrInterrupted = errors.New("interrupted")
	// ErrClosed says that the Output takes no more; it is joined with the Output's error. That its reader has gone away
	// is as good an end as any, a full disk is not.
	ErrClosed = errors.New("the output is closed")
)

// Codes of the diagnostics of this package.
const (
	codeObject        = "W2901" // a table or view that is there already, or is not
	codeUnsupported   = "W2902"
	codeData          = "W4900" // an error of the system while a statement ran
	codeNoJob         = "W6110"
	codeAmbiguous     = "W6111" // a word that means several jobs
	codeEnded         = "W6112" // a job that can't be asked any more
	codeNoDirectory   = "W6113" // for savepoints
	codeNoCheckpoints = "W6114" // a job that takes none
	codeRequest       = "W6115" // a line on the socket of a job that is no request
	codeBatchState    = "W6123" // state for a job in batch mode
	codeStdinState    = "W6124" // checkpoints of standard input
	codeDrained       = "W6125"
	codeRuns          = "W6127" // another process runs the statement
	codeNothingKept   = "W6126" // --resume of what can't be resumed
	codeKey           = "W7001" // an unknown setting
	codeLevel         = "W7003" // a setting that can't be set there
	codeConfig        = "W7004" // a line of the config file that is none
	codeInternal      = "W9002"
)

// Config is what a session takes from outside.
type Config struct {
	Seams      exec.Seams
	Connectors connector.Registry
	Cores      int
	RAM        int64 // bytes; weir.memory.limit may be a percentage of it
	Output     Output
	// Collect, where there is one, makes the sink that takes the rows of queries instead of Output.Rows: they come once
	// also where the job is restored.
	Collect func(*Schema) exec.Sink
	// Started, where there is one, is called before the tasks of a statement's job run, but not of one in the background;
	// Done or Fail of the Output follows, unless the Output has failed.
	Started func(*exec.Report)
	// Resume lets each job go on where an earlier run of the same script left it; AllowNonRestored lets state behind
	// that no operator continues.
	Resume, AllowNonRestored bool
	// Checkpoints is where jobs keep their checkpoints if no setting says so; empty: nowhere. Again is the command that
	// runs the same scripts once more and lets their jobs go on; empty: there is none.
	Checkpoints, Again string
	// Jobs is where running jobs are entered, so that other processes find them.
	Jobs Registry
	// ContinueOnError goes on with the next statement after one that failed.
	ContinueOnError bool
}

// Session is a catalog, settings and the statements that change and use them. One goroutine uses it. Jobs may run in
// the background, on goroutines of the session: Close ends them, and must be the last call.
type Session struct {
	Catalog  *catalog.Catalog
	Settings *catalog.Settings

	config    Config
	statement int             // number of the last statement; 0: none yet
	noticed   map[string]bool // foreign and older keys that a notice was given about

	durables map[string]int  // jobs that take checkpoints, by durability.script
	taken    map[string]bool // ids of jobs that take checkpoints: of this session, new or resumed
	texts    map[string]bool // of the statements of the script at hand
	jobs     []*job          // those of SHOW JOBS, in the order in which they began
	tasks    sync.WaitGroup  // of jobs in the background
	ending   chan struct{}   // gets a value, if there is room for one, when a job in the background has ended
	failed   bool            // a job in the background has
}

// New returns a session with nothing in its catalog and nothing set.
func New(c Config) *Session {
	return &Session{Catalog: catalog.New(), Settings: catalog.NewSettings(), config: c, noticed: map[string]bool{}, durables: map[string]int{}, taken: map[string]bool{},
		ending: make(chan struct{}, 1)}
}

// Output is what the session was given to tell of statements.
func (s *Session) Output() Output { return s.config.Output }

// Run runs the statements of a text in order, numbering on from the last call. It stops at the first error, unless the
// session is to continue; of a text with syntax errors, those further down are told together with the first. Jobs that
// it starts in the background go on behind it.
func (s *Session) Run(ctx context.Context, src *diag.Source) error {
	return s.script(ctx, src, func() int { s.statement++; return s.statement })
}

// Init runs the statements of an init file; none of them has a number.
func (s *Session) Init(ctx context.Context, src *diag.Source) error {
	return s.script(ctx, src, func() int { return 0 })
}

func (s *Session) script(ctx context.Context, src *diag.Source, number func() int) error {
	failed := false
	all := parser.Script(src)
	s.texts = map[string]bool{}
	for _, p := range all {
		if p.Statement != nil {
			at := p.Statement.Span()
			s.texts[src.Text[at.Start:at.End]] = true
		}
	}
	for i, p := range all {
		if err := s.Tell(); err != nil {
			return err
		}
		n := number()
		err := s.one(ctx, n, src, p)
		switch {
		case err == nil:
			continue
		case !errors.Is(err, ErrFailed):
			return err
		case s.config.ContinueOnError:
			failed = true
			continue
		}
		if p.Err != nil {
			if err := s.unread(all[i+1:], number); err != nil {
				return err
			}
		}
		return ErrFailed
	}
	if err := s.Tell(); err != nil {
		return err
	}
	if failed {
		return ErrFailed
	}
	return nil
}

// unread tells of the syntax errors of statements that will not run, behind the one that has stopped the script.
func (s *Session) unread(rest []parser.Parsed, number func() int) error {
	left := 0
	for _, p := range rest {
		if p.Err != nil {
			left++
		}
	}
	told := 1
	for _, p := range rest {
		n, d := number(), p.Err
		if d == nil || told == diag.MostErrors {
			continue
		}
		told++
		if left--; told == diag.MostErrors && left > 0 {
			d.WithNote("and %d more statements of the script can't be read", left)
		}
		if err := s.config.Output.Fail(n, d); err != nil {
			return closedBy(err)
		}
	}
	return nil
}

// closedBy is ErrClosed with the Output's error.
func closedBy(err error) error { return fmt.Errorf("%w: %w", ErrClosed, err) }

// one runs a statement and tells the Output how it ended.
func (s *Session) one(ctx context.Context, number int, src *diag.Source, p parser.Parsed) error {
	r := &running{Session: s, ctx: ctx, src: src, number: number, started: s.config.Seams.Clock.Now()}
	var err error
	if p.Err != nil {
		err = p.Err
	} else {
		err = r.run(p.Statement)
	}
	switch {
	case errors.Is(err, ErrQuit):
		if err := r.finish(Done{}); err != nil {
			return closedBy(err)
		}
		return ErrQuit
	case r.closed != nil:
		return closedBy(r.closed)
	case err != nil && ctx.Err() != nil:
		if err := s.config.Output.Fail(number, diag.New(diag.Interrupted, p.Span, "the statement was interrupted").In(src)); err != nil {
			return closedBy(err)
		}
		return ErrInterrupted
	case err != nil:
		for _, d := range diagnostics(err) {
			if err := s.config.Output.Fail(number, d.In(src)); err != nil {
				return closedBy(err)
			}
		}
		return ErrFailed
	}
	return nil
}

// diagnostics makes errors that can be shown of any error.
func diagnostics(err error) []*diag.Diagnostic {
	var list diag.List
	if errors.As(err, &list) && len(list) > 0 {
		return list
	}
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return []*diag.Diagnostic{d}
	}
	return []*diag.Diagnostic{diag.New(codeData, diag.Span{}, "%s", err)}
}

// running is one statement on its way.
type running struct {
	*Session
	ctx     context.Context
	src     *diag.Source
	number  int
	started time.Time
	closed  error                     // why the Output has failed
	files   map[string]*catalog.Table // those that the statement names, by path
}

// run runs a statement of any kind. A panic, a broken invariant of weir, becomes an error: a session survives it.
func (r *running) run(stmt ast.Statement) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = internal(p, stmt.Span())
		}
	}()
	switch x := stmt.(type) {
	case *ast.QueryStatement:
		return r.query(x)
	case *ast.Insert:
		return r.insert(x)
	case *ast.CreateTable:
		if !x.OrReplace && !x.Replace {
			return r.createTable(x)
		}
	case *ast.CreateView:
		if !x.OrReplace {
			return r.createView(x)
		}
	case *ast.Drop:
		if x.Kind == "TABLE" || x.Kind == "VIEW" {
			return r.drop(x)
		}
	case *ast.Set:
		return r.set(x)
	case *ast.Reset:
		return r.reset(x)
	case *ast.Explain:
		return r.explain(x)
	case *ast.Show:
		return r.show(x)
	case *ast.ShowCreate:
		if x.Kind == "TABLE" || x.Kind == "VIEW" {
			return r.showCreate(x)
		}
	case *ast.Describe:
		if x.Kind == "" {
			return r.describe(x)
		}
	case *ast.DescribeJob:
		return r.describeJob(x)
	case *ast.StopJob:
		return r.stopJob(x)
	case *ast.Quit:
		return ErrQuit
	case *ast.Help:
		return r.document(helpText)
	case *ast.Clear:
		return r.finish(Done{}) // the prompt does it
	}
	return diag.New(codeUnsupported, stmt.Span(), "%s is not supported", ast.Title(stmt))
}

// env is what the planner is told of the session.
func (r *running) env() *planner.Env {
	return &planner.Env{Catalog: r.Catalog, Settings: r.Settings, Source: r.src, Cores: r.config.Cores, Constant: r.constant, File: r.file}
}

// out keeps in mind that the Output has failed.
func (r *running) out(err error) error {
	if err != nil {
		r.closed = err
	}
	return err
}

// finish tells the Output that the statement has ended well.
func (r *running) finish(d Done) error {
	d.Statement = r.number
	d.Elapsed = r.config.Seams.Clock.Now().Sub(r.started)
	d.TimeCost = r.Settings.Bool("sql-client.display.print-time-cost")
	return r.out(r.config.Output.Done(d))
}

// missing is the error for a name that the catalog does not have.
func (r *running) missing(name ast.Name, what string) *diag.Diagnostic {
	d := diag.New(codeObject, name.Span(), "%s '%s' doesn't exist", what, path(name))
	if near, ok := diag.Nearest(last(name), r.Catalog.Names()); ok {
		d.WithHint("did you mean '%s'?", near)
	}
	return d
}

// last is the object's own name of a possibly qualified one.
func last(name ast.Name) string { return name.Parts[len(name.Parts)-1].Name }

// path is the qualified form of a name.
func path(name ast.Name) string {
	switch len(name.Parts) {
	case 1:
		return fmt.Sprintf("default_catalog.default_database.%s", name)
	case 2:
		return fmt.Sprintf("default_catalog.%s", name)
	}
	return name.String()
}

// local reports whether a name lies in the one database that there is.
func local(name ast.Name) bool {
	p := name.Parts
	switch len(p) {
	case 1:
		return true
	case 2:
		return p[0].Name == "default_database"
	case 3:
		return p[0].Name == "default_catalog" && p[1].Name == "default_database"
	}
	return false
}
