package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/exec"
	"weir/exec/checkpoint"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
	"weir/planner/plan"
	"weir/vector"
)

// finalTimeout is how long a job that is interrupted may take for a last checkpoint.
const finalTimeout = 10 * time.Second

// durability is how the state of a statement's job outlives it: what the job begins with, and where it keeps its images.
// nil: the job takes no checkpoints and begins with nothing.
type durability struct {
	dir      string // below which jobs keep their checkpoints
	script   string // what all runs of the same script have in common in this place
	restored *exec.Image
	path     string // of restored
	resumes  bool   // restored is of this job's own
	matching plan.Matching
	store    *checkpoint.Store // once the job is prepared
}

// durable decides whether the job of a statement takes checkpoints or begins with an image, and reads that. It changes
// nothing: EXPLAIN asks, too.
func (r *running) durable(stmt ast.Statement) (*durability, error) {
	from, _ := r.Settings.Get("execution.state-recovery.path")
	takes := r.Settings.Duration("execution.checkpointing.interval") > 0 || r.Settings.IsSet("weir.checkpoint.rows")
	if !takes && from == "" {
		return nil, nil
	}
	if mode, _ := r.Settings.Get("execution.runtime-mode"); mode == "batch" {
		if from != "" {
			return nil, diag.New(codeBatchState, stmt.Span(), "a job in batch mode can't begin with the state in %s", from).
				WithHint("RESET 'execution.state-recovery.path', or SET 'execution.runtime-mode' = 'streaming'")
		}
		return nil, r.once("batch", "no checkpoints are taken in batch mode: a job that fails starts anew, as in Flink")
	}
	d := &durability{script: r.scriptKey(stmt)}
	var err error
	if d.dir, err = r.checkpointDir(); err != nil {
		return nil, beginning(err, stmt.Span())
	}
	fs := r.config.Seams.FS
	if r.config.Resume {
		f, err := checkpoint.Find(fs, d.dir, r.jobKey(d))
		if err != nil {
			return nil, beginning(err, stmt.Span())
		}
		if f != nil {
			d.path, d.resumes = f.Path, true
		}
	}
	if d.path == "" {
		d.path = from
	}
	if d.path == "" {
		return d, nil
	}
	if d.restored, err = checkpoint.Load(fs, d.path); err != nil {
		var x *diag.Diagnostic
		if err = beginning(err, stmt.Span()); !d.resumes && errors.As(err, &x) {
			x.WithNote("the path is that of the setting execution.state-recovery.path")
		}
		return nil, err
	}
	return d, nil
}

// beginning is an error about what a job begins with: of a script's statements it is this one that can't begin.
func beginning(err error, at diag.Span) error {
	var d *diag.Diagnostic
	if errors.As(err, &d) && d.Span.IsZero() {
		d.Span = at
	}
	return err
}

// plan plans the statement so that its job can be restored, and finds for each operator what it goes on with.
func (d *durability) plan(stmt ast.Statement, env *planner.Env, allow bool) (*plan.Graph, error) {
	if d == nil {
		return planner.Statement(stmt, env)
	}
	env.Durable = true
	if d.restored != nil {
		for _, o := range d.restored.Operators {
			env.Stored = append(env.Stored, plan.Stored{UID: o.UID, Name: o.Name, Kind: o.Kind, Parallelism: o.Parallelism, Max: o.Max,
				MaxOrigin: o.MaxOrigin, Stateful: len(o.State) > 0})
		}
	}
	g, err := planner.Statement(stmt, env)
	if err != nil || d.restored == nil {
		return g, err
	}
	d.matching = plan.Match(g, env.Stored)
	if err := d.matching.Refuse(d.path, allow); err != nil {
		return nil, beginning(err, stmt.Span())
	}
	return g, beginning(d.drained(g), stmt.Span())
}

// drained refuses state whose windows have all fired while there is more to read for them: all of that would be late.
// Where a source has ended before the others the operators behind it alone are as far as the end of a job is.
func (d *durability) drained(g *plan.Graph) error {
	if d.restored.Finished {
		return nil
	}
	more := make([]bool, len(g.Nodes)) // by node: a source of its has more to read
	for _, n := range g.Nodes {
		for _, e := range n.Inputs {
			more[n.ID] = more[n.ID] || more[e.From]
		}
		at := d.matching.Nodes[n.ID]
		if at < 0 {
			continue
		}
		o := d.restored.Operators[at]
		if p := o.Position; p != nil {
			more[n.ID] = !p.Complete || slices.ContainsFunc(p.Chains, func(c exec.Chain) bool { return len(c.Ranges) > 0 })
		}
		if more[n.ID] && n.Stateful() && o.Clock == vector.MaxTime {
			return diag.New(codeDrained, diag.Span{}, "%s was taken by a job that was drained: the windows of %s have fired, and all further rows would be late", d.path, n.Name).
				WithHint("begin with a savepoint that was taken without DRAIN, or without state")
		}
	}
	return nil
}

// scriptKey is pipeline.name, or else the script and the table that the statement writes into.
func (r *running) scriptKey(stmt ast.Statement) string {
	if name, _ := r.Settings.Get("pipeline.name"); name != "" {
		return name
	}
	script := r.src.Name
	if abs, err := filepath.Abs(script); err == nil && script != "" {
		script = abs
	}
	if x, ok := stmt.(*ast.Insert); ok {
		return fmt.Sprintf("%s: insert into %s", script, path(x.Table))
	}
	return script + ": query"
}

// jobKey is what the same statement has in every run of a script, also where several of them are alike: it counts them.
func (r *running) jobKey(d *durability) string {
	return fmt.Sprintf("%s, number %d", d.script, r.durables[d.script]+1)
}

// checkpointDir is where jobs keep their checkpoints: where the settings say, or the user's own place for it.
func (r *running) checkpointDir() (string, error) {
	if dir, _ := r.Settings.Get("execution.checkpointing.dir"); dir != "" {
		return dir, nil
	}
	if r.config.Checkpoints == "" {
		return "", diag.New(codeNoDirectory, diag.Span{}, "there is no directory for checkpoints").
			WithHint("write SET 'execution.checkpointing.dir' = '/path'")
	}
	return r.config.Checkpoints, nil
}

// UserCheckpoints is the user's own place for checkpoints: $XDG_STATE_HOME/weir/checkpoints. It is empty where there is
// no home.
func UserCheckpoints() string {
	jobs := string(UserRegistry())
	if jobs == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(jobs), "checkpoints")
}

// prepare opens the place where the job keeps its images, and says how it takes them. What the job begins with is told.
func (r *running) prepare(j *job) (*exec.Checkpointing, error) {
	d := j.durable
	if d == nil {
		return nil, nil
	}
	if err := r.refuseStdin(j); err != nil {
		return nil, err
	}
	j.info.Key, j.info.Fingerprint = r.jobKey(d), j.graph.Fingerprint()
	r.durables[d.script]++
	if d.resumes {
		j.info.ID, j.info.Started = d.restored.Job.ID, d.restored.Job.Started
	}
	seams := r.config.Seams
	random := rand.New(rand.NewPCG(seams.Rand.Uint64(), seams.Rand.Uint64())) // savepoints are named while statements go on
	var err error
	if d.store, err = checkpoint.Open(seams.FS, random, d.dir, j.info, int(r.Settings.Int("execution.checkpointing.num-retained"))); err != nil {
		return nil, beginning(err, j.span)
	}
	j.dir = d.store.Dir()
	if d.restored != nil && !d.resumes {
		if err := checkpoint.Settle(seams.FS, d.path); err != nil {
			return nil, beginning(err, j.span)
		}
	}
	tolerable := r.Settings.Int("execution.checkpointing.tolerable-failed-checkpoints")
	c := &exec.Checkpointing{
		Interval:  r.Settings.Duration("execution.checkpointing.interval"),
		MinPause:  r.Settings.Duration("execution.checkpointing.min-pause"),
		Timeout:   r.Settings.Duration("execution.checkpointing.timeout"),
		Tolerable: int(tolerable),
		Strict:    r.Settings.IsSet("execution.checkpointing.tolerable-failed-checkpoints"),
		Store:     d.store, Restored: d.restored, Match: d.matching.Nodes, Resumes: d.resumes,
	}
	if r.Settings.IsSet("weir.checkpoint.rows") {
		c.Rows = r.Settings.Int("weir.checkpoint.rows")
	}
	if d.restored != nil && !d.resumes {
		c.Orphaned = r.orphaned(d)
	}
	return c, r.begins(j)
}

// orphaned reports whether the job that a savepoint was taken of is one of this directory, and nobody runs it.
func (r *running) orphaned(d *durability) bool {
	all, err := checkpoint.List(r.config.Seams.FS, d.dir)
	if err != nil {
		return false
	}
	for _, f := range all {
		if f.Job.ID == d.restored.Job.ID {
			return !f.Locked && f.LockErr == nil
		}
	}
	return false
}

// refuseStdin refuses checkpoints of what can't be read again.
func (r *running) refuseStdin(j *job) error {
	if allowed, _ := r.Settings.Get("weir.checkpoint.stdin"); allowed == "allow" {
		return nil
	}
	for _, n := range j.graph.Nodes {
		if s, ok := n.Spec.(*plan.Scan); ok && s.Options["connector"] == "stdin" {
			return diag.New(codeStdinState, j.span, "table '%s' reads standard input, which a restored job can't read again", s.Table.Name).
				WithHint("RESET 'execution.checkpointing.interval', or SET 'weir.checkpoint.stdin' = 'allow' if rows may be lost in a crash")
		}
	}
	return nil
}

// begins tells what a job begins with.
func (r *running) begins(j *job) error {
	d := j.durable
	say := func(format string, args ...any) error {
		return r.out(r.config.Output.Notice(Notice{Statement: r.number, Kind: NoticeState, Message: fmt.Sprintf(format, args...)}))
	}
	if d.restored == nil {
		if r.config.Resume {
			return say("there is no earlier run to resume: %s starts from the beginning", j.label())
		}
		return r.onceMore(j)
	}
	m := d.matching
	if len(m.Dropped)+len(m.Empty) > 0 {
		var parts []string
		for _, x := range []struct {
			what  string
			names []string
		}{{"kept", m.Kept}, {"dropped", m.Dropped}, {"starts empty", m.Empty}} {
			if len(x.names) > 0 {
				parts = append(parts, x.what+": "+strings.Join(x.names, ", "))
			}
		}
		if err := say("what becomes of the state in %s: %s", d.path, strings.Join(parts, "; ")); err != nil {
			return err
		}
	}
	how := "begins with"
	if d.resumes {
		how = "goes on from"
	}
	behind := ""
	if d.restored.Finished {
		behind = ", behind which nothing is left to do"
	}
	if err := say("%s %s %s, of %s%s", j.label(), how, d.path, time.UnixMilli(d.restored.Taken).In(r.zone()).Format(time.DateTime), behind); err != nil {
		return err
	}
	return r.onceMore(j)
}

// onceMore says, once in a session, that what a job has shown it may show again after a crash.
func (r *running) onceMore(j *job) error {
	shows := ""
	for _, n := range j.graph.Nodes {
		switch s := n.Spec.(type) {
		case *plan.Collect:
			shows = "the result of a query"
		case *plan.Sink:
			if s.Options["connector"] == "print" {
				shows = "what a print table shows"
			}
		}
	}
	if shows == "" {
		return nil
	}
	return r.once("again", "%s can't be taken back: after a crash rows since the last checkpoint come once more", shows)
}

// once tells something the first time that a session comes upon it.
func (r *running) once(what, format string, args ...any) error {
	if r.noticed["once "+what] {
		return nil
	}
	r.noticed["once "+what] = true
	return r.out(r.config.Output.Notice(Notice{Statement: r.number, Kind: NoticeState, Message: fmt.Sprintf(format, args...)}))
}

// close lets go of the job's directory.
func (d *durability) close() error {
	if d == nil || d.store == nil {
		return nil
	}
	return d.store.Close()
}

// pause ends a job behind a last checkpoint, if it takes any, from which it can be resumed.
func (j *job) pause(why error) {
	if j.requests != nil {
		ctx, done := context.WithTimeout(context.Background(), finalTimeout)
		defer done()
		if _, err := j.ask(ctx, exec.StopWithSavepoint, ""); err == nil {
			select {
			case <-j.ended:
			case <-ctx.Done():
			}
		} // a job that can't goes on from the checkpoint before
	}
	j.cancel(why)
}

// pauseWith pauses the job when ctx ends before it does. Wait waits until it will not be paused any more.
func (j *job) pauseWith(ctx context.Context) *sync.WaitGroup {
	var pausing sync.WaitGroup
	pausing.Go(func() {
		select {
		case <-ctx.Done():
			j.pause(context.Cause(ctx))
		case <-j.ended:
		}
	})
	return &pausing
}

// resumption says how a job goes on that has ended before its input; empty: it can't.
func (s *Session) resumption(j *job) string {
	if j.durable == nil || j.report == nil || j.report.Drained {
		return ""
	}
	c, ok := j.taken()
	from := "its first checkpoint"
	switch {
	case ok:
		from = fmt.Sprintf("checkpoint %d", c.Epoch)
	case j.durable.resumes:
		from = fmt.Sprintf("checkpoint %d", j.durable.restored.Epoch)
	}
	if s.config.Again != "" && j.source.Name != "" {
		return fmt.Sprintf("%s can go on from %s: %s", j.label(), from, s.config.Again)
	}
	return fmt.Sprintf("%s can go on from %s: SET 'execution.state-recovery.path' = %s before the same statement", j.label(), from, ast.Quote(j.dir))
}

// counted says how many checkpoints of a job came to nothing; empty: none.
func counted(c exec.CheckpointCounts) string {
	var parts []string
	for _, x := range []struct {
		n    int64
		what string
	}{{c.GivenUp, "given up for time"}, {c.Failed, "failed"}} {
		switch x.n {
		case 0:
		case 1:
			parts = append(parts, "1 checkpoint was "+x.what)
		default:
			parts = append(parts, fmt.Sprintf("%d checkpoints were %s", x.n, x.what))
		}
	}
	return strings.ReplaceAll(strings.Join(parts, ", "), "was failed", "failed")
}
