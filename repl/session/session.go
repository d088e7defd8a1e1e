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
	codeSet           = "W2903" // statement sets: what can't stand in one, END without BEGIN, BEGIN without END
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
	codeFile          = "W6903" // a file of statements that can't be read
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
	texts    map[string]bool // of the statements of scripts that ran or are at hand
	jobs     []*job          // those of SHOW JOBS, in the order in which they began
	tasks    sync.WaitGroup  // of jobs in the background
	ending   chan struct{}   // gets a value, if there is room for one, when a job in the background has ended
	failed   bool            // a job in the background has, or a script has ended in a statement set
	opened   *openSet        // between BEGIN and END
	open     []string        // absolute paths of the scripts that are being read, one in the other by SOURCE; empty for a text without a file
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
	if len(s.open) == 0 { // a file that SOURCE names is among the texts of what names it
		s.collect(src, all)
	}
	s.open = append(s.open, absolute(src.Name))
	defer func() { s.open = s.open[:len(s.open)-1] }()
	for i, p := range all {
		if err := s.Tell(); err != nil {
			return err
		}
		n := number()
		included, err := s.one(ctx, n, src, p)
		if included != nil {
			err = s.script(ctx, included, number)
		}
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

// collect adds the texts of a script to those that the session has seen: scripts that follow each other may be one.
func (s *Session) collect(src *diag.Source, all []parser.Parsed) {
	if s.texts == nil {
		s.texts = map[string]bool{}
	}
	t := texts{all: s.texts, read: s.readFile, open: []string{absolute(src.Name)}}
	t.add(src, all)
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

// one runs a statement and tells the Output how it ended. A SOURCE is done with its file, whose statements are to be run
// next.
func (s *Session) one(ctx context.Context, number int, src *diag.Source, p parser.Parsed) (included *diag.Source, err error) {
	r := &running{Session: s, ctx: ctx, src: src, number: number, started: s.config.Seams.Clock.Now()}
	if p.Err != nil {
		err = p.Err
	} else {
		err = r.run(p.Statement)
	}
	return r.included, r.end(p, err)
}

// end tells the Output how a statement ended.
func (r *running) end(p parser.Parsed, err error) error {
	switch {
	case errors.Is(err, ErrQuit):
		if err := r.finish(Done{}); err != nil {
			return closedBy(err)
		}
		return ErrQuit
	case r.closed != nil:
		return closedBy(r.closed)
	case err != nil && r.ctx.Err() != nil:
		if err := r.config.Output.Fail(r.number, diag.New(diag.Interrupted, p.Span, "the statement was interrupted").In(r.src)); err != nil {
			return closedBy(err)
		}
		return ErrInterrupted
	case err != nil:
		for _, d := range diagnostics(err) {
			if err := r.config.Output.Fail(r.number, d.In(r.src)); err != nil {
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
	files   map[string]*catalog.Table // those that the statement names, by path and options
	// included is the text that SOURCE has read; nil: the statement is no such one, or has failed.
	included *diag.Source
}

// run runs a statement of any kind. A panic, a broken invariant of weir, becomes an error: a session survives it.
func (r *running) run(stmt ast.Statement) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = internal(p, stmt.Span())
		}
	}()
	if r.opened != nil {
		if taken, err := r.inSet(stmt); taken {
			return err
		}
	}
	switch x := stmt.(type) {
	case *ast.QueryStatement:
		return r.query(x)
	case *ast.Insert:
		return r.insert(x)
	case *ast.Execute:
		return r.executeStatement(x)
	case *ast.BeginStatementSet:
		return r.beginSet(x)
	case *ast.EndStatementSet:
		return r.endSet(x)
	case *ast.SourceFile:
		return r.sourceFile(x)
	case *ast.CreateTable:
		return r.createTable(x)
	case *ast.CreateView:
		return r.createView(x)
	case *ast.CreateCatalog:
		return r.createCatalog(x)
	case *ast.CreateDatabase:
		return r.createDatabase(x)
	case *ast.Drop:
		switch x.Kind {
		case "TABLE", "VIEW":
			return r.drop(x)
		case "CATALOG":
			return r.dropCatalog(x)
		case "DATABASE":
			return r.dropDatabase(x)
		}
		return r.dropForeign(x)
	case *ast.Alter:
		switch x.Kind {
		case "TABLE":
			return r.alterTable(x)
		case "VIEW":
			return r.alterView(x)
		case "CATALOG", "DATABASE":
			return r.alterProperties(x)
		}
	case *ast.Use:
		return r.use(x)
	case *ast.LoadModule:
		return r.loadModule(x)
	case *ast.UnloadModule:
		return r.unloadModule(x)
	case *ast.Set:
		return r.set(x)
	case *ast.Reset:
		return r.reset(x)
	case *ast.Explain:
		return r.explain(x)
	case *ast.Show:
		return r.show(x)
	case *ast.ShowCreate:
		if x.Kind == "TABLE" || x.Kind == "VIEW" || x.Kind == "CATALOG" {
			return r.showCreate(x)
		}
	case *ast.Describe:
		switch x.Kind {
		case "":
			return r.describe(x)
		case "CATALOG":
			return r.describeCatalog(x)
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
	id, err := planner.Identify(r.Catalog, name)
	if d, ok := err.(*diag.Diagnostic); ok {
		return d
	}
	return near(diag.New(codeObject, name.Span(), "%s '%s' doesn't exist", what, id.Path()), id.Name, r.Catalog.Objects(id.Catalog, id.Database))
}

// path is the full name that a name means.
func (r *running) path(name ast.Name) string {
	id, err := planner.Identify(r.Catalog, name)
	if err != nil {
		return name.String() // which the planner will refuse
	}
	return id.Path()
}

// last is the object's own name of a possibly qualified one.
func last(name ast.Name) string { return name.Parts[len(name.Parts)-1].Name }
