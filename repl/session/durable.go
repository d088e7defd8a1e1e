package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
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
	changed  bool   // by another statement, which this one stands for now
	matching plan.Matching
	store    *checkpoint.Store // once the job is prepared
	guard    func() error      // ends the lock on the statement; nil: there is none
}

// checkpoints reports whether jobs are to take checkpoints; restores from which path they are to begin, empty: from none.
func (r *running) checkpoints() bool {
	return r.Settings.Duration("execution.checkpointing.interval") > 0 || r.Settings.IsSet("weir.checkpoint.rows")
}

func (r *running) restores() string {
	from, _ := r.Settings.Get("execution.state-recovery.path")
	return from
}

// withoutCheckpoints tells of a job in batch mode that takes none, though it was asked to.
func (r *running) withoutCheckpoints() error {
	return r.once("batch", "no checkpoints are taken in batch mode: a job that fails starts anew, as in Flink")
}

// durable decides whether the job of a statement takes checkpoints or begins with an image, and reads that. It changes
// nothing: EXPLAIN asks, too.
func (r *running) durable(w work) (*durability, error) {
	at := w.stmt.Span()
	from := r.restores()
	if !r.checkpoints() && from == "" {
		return nil, r.resumesNothing(w, "takes no checkpoints", "SET 'execution.checkpointing.interval' = '10 s' before it")
	}
	if mode, _ := r.Settings.Get("execution.runtime-mode"); mode == "batch" {
		if from != "" {
			return nil, diag.New(codeBatchState, at, "a job in batch mode can't begin with the state in %s", from).
				WithHint("RESET 'execution.state-recovery.path', or SET 'execution.runtime-mode' = 'streaming'")
		}
		if err := r.resumesNothing(w, "runs in batch mode, which takes no checkpoints", "SET 'execution.runtime-mode' = 'streaming' before it"); err != nil {
			return nil, err
		}
		return nil, r.withoutCheckpoints()
	}
	d := &durability{script: r.scriptKey(w)}
	var err error
	if d.dir, err = r.checkpointDir(); err != nil {
		return nil, beginning(err, at)
	}
	fs := r.config.Seams.FS
	if r.config.Resume {
		if err := r.findEarlier(d, w.text); err != nil {
			return nil, beginning(err, at)
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
		if err = beginning(err, at); !d.resumes && errors.As(err, &x) {
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

// resumesNothing refuses to run an INSERT with --resume that can't be resumed: each run would write all of its rows once
// more.
func (r *running) resumesNothing(w work, why, remedy string) error {
	if w.isQuery() || !r.config.Resume {
		return nil
	}
	return diag.New(codeNothingKept, w.stmt.Span(), "--resume: the statement %s, so that each run writes all rows again", why).
		WithHint("%s, or leave out --resume", remedy)
}

// plan plans the work so that its job can be restored, and finds for each operator what it goes on with.
func (d *durability) plan(w work, env *planner.Env, allow bool) (*plan.Graph, error) {
	if d == nil {
		return w.plan(env)
	}
	env.Durable = true
	if d.restored != nil {
		for _, o := range d.restored.Operators {
			env.Stored = append(env.Stored, plan.Stored{UID: o.UID, Name: o.Name, Kind: o.Kind, Parallelism: o.Parallelism, Max: o.Max,
				MaxOrigin: o.MaxOrigin, Stateful: len(o.State) > 0,
				Pending: o.Sink != nil && len(o.Sink.Pending) > 0 && !d.restored.Committed})
		}
	}
	g, err := w.plan(env)
	if err != nil || d.restored == nil {
		return g, err
	}
	d.matching = plan.Match(g, env.Stored)
	if err := d.matching.Refuse(d.path, allow); err != nil {
		return nil, beginning(err, w.stmt.Span())
	}
	return g, beginning(d.drained(g), w.stmt.Span())
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
				WithHint("begin with a savepoint that was taken without DRAIN, or anew: without --resume and without execution.state-recovery.path")
		}
	}
	return nil
}

// scriptKey is what the runs of a statement have in common: pipeline.name, or else the script, and what the statement
// writes into. A text without a file belongs to the working directory.
func (r *running) scriptKey(w work) string {
	script, _ := r.Settings.Get("pipeline.name")
	if script == "" {
		script = absolute(cmp.Or(r.src.Name, "."))
	}
	if w.isQuery() {
		return script + ": query"
	}
	return script + ": " + r.places(w)
}

// absolute is a path that means the same in every directory; an empty one stays so.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil && path != "" {
		return abs
	}
	return path
}

// jobKey tells apart statements of a script that write into the same place: it counts them.
func (r *running) jobKey(d *durability) string { return numberedKey(d.script, r.durables[d.script]+1) }

// numberedKey is the key of the n-th such statement.
func numberedKey(script string, n int) string { return fmt.Sprintf("%s, number %d", script, n) }

// findEarlier finds the job that --resume lets a statement go on with: the last one of the same statement, in its place
// among those of the script or in another; or else the one in its place, if that statement is in the script no more: then
// this is what has become of it.
func (r *running) findEarlier(d *durability, text string) error {
	found, err := checkpoint.List(r.config.Seams.FS, d.dir)
	if err != nil {
		return err
	}
	key := r.jobKey(d)
	named := r.src.Name != "" || r.Settings.IsSet("pipeline.name") // else nothing but the text says what a statement is
	best, rank := -1, 0
	for i, f := range found { // the job started last comes first
		if f.Err != nil && f.Job.ID == "" {
			return f.Err // it may be the one
		}
		script := ""
		if n := strings.LastIndex(f.Job.Key, ", number "); n >= 0 {
			script = f.Job.Key[:n]
		}
		if script != d.script || r.taken[f.Job.ID] {
			continue
		}
		is := 0
		switch {
		case f.Job.Statement == text && f.Job.Key == key:
			is = 3
		case f.Job.Statement == text:
			is = 2
		case f.Job.Key == key && named && !r.texts[f.Job.Statement]:
			is = 1
		}
		if is > rank {
			best, rank = i, is
		}
	}
	if best < 0 {
		return nil
	}
	f := found[best]
	if f.Err != nil {
		return f.Err
	}
	d.path, d.resumes, d.changed = f.Path, true, rank == 1
	return nil
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
	if err := r.guard(d, j); err != nil {
		return nil, err
	}
	j.info.Key, j.info.Fingerprint = r.jobKey(d), j.graph.Fingerprint()
	r.durables[d.script]++
	if d.resumes {
		j.info.ID, j.info.Started = d.restored.Job.ID, d.restored.Job.Started
	}
	r.taken[j.info.ID] = true
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
	return c, r.begins(j)
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
		if err := say("what becomes of the state in %s: %s", d.path, strings.Join(m.Fates(), "; ")); err != nil {
			return err
		}
	}
	if d.changed {
		if err := say("the statement is another one than that of %s: %s", j.label(), oneLine(d.restored.Job.Statement)); err != nil {
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
	if d == nil {
		return nil
	}
	var err error
	if d.store != nil {
		err = d.store.Close()
	}
	if d.guard != nil {
		err = errors.Join(err, d.guard())
	}
	return err
}

// guard keeps other processes from resuming the statement until the job has ended: two that find nothing to resume would
// both begin. What was found before must still be what there is.
func (r *running) guard(d *durability, j *job) error {
	if !r.config.Resume {
		return nil
	}
	fs := r.config.Seams.FS
	if err := exec.MakeDir(fs, d.dir); err != nil {
		return diag.New(diag.Storage, j.span, "the directory for checkpoints %s can't be made: %s", d.dir, err)
	}
	sum := sha256.Sum256([]byte(r.jobKey(d)))
	path := filepath.Join(d.dir, fmt.Sprintf(".resume-%x", sum[:8]))
	lock, err := fs.Lock(path, fmt.Sprintf("pid %d", os.Getpid()))
	if by, ok := errors.AsType[*exec.LockedError](err); ok {
		return diag.New(codeRuns, j.span, "the statement is run with --resume by another process (%s)", by.Owner).WithHint("stop that process first")
	}
	if err != nil {
		return diag.New(diag.Storage, j.span, "%s can't be locked: %s", path, err)
	}
	d.guard = func() error {
		if err := errors.Join(fs.Remove(path), lock.Close()); err != nil {
			return diag.New(diag.Storage, j.span, "%s can't be given up: %s", path, err)
		}
		return nil
	}
	again := &durability{dir: d.dir, script: d.script}
	if err := r.findEarlier(again, j.info.Statement); err != nil {
		return beginning(err, j.span)
	}
	if again.resumes != d.resumes || d.resumes && again.path != d.path {
		return diag.New(codeRuns, j.span, "another process has run the statement in the meantime").WithHint("run the command again")
	}
	return nil
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
	epoch := j.report.Checkpoints.Durable
	if epoch < 0 {
		return ""
	}
	from := fmt.Sprintf("checkpoint %d", epoch)
	if epoch == 0 {
		from = "its beginning"
	}
	if s.config.Again != "" && j.source.Name != "" {
		return fmt.Sprintf("%s can go on from %s: %s", j.label(), from, s.config.Again)
	}
	return fmt.Sprintf("%s can go on from %s: SET 'execution.state-recovery.path' = %s before the same statement, and RESET it behind", j.label(), from, ast.Quote(j.dir))
}

// counted says how many checkpoints of a job came to nothing; empty: none.
func counted(c exec.CheckpointCounts) string {
	var parts []string
	for _, x := range []struct {
		n         int64
		one, many string
	}{{c.GivenUp, "1 checkpoint was given up for time", "%d checkpoints were given up for time"}, {c.Failed, "1 checkpoint failed", "%d checkpoints failed"}} {
		switch x.n {
		case 0:
		case 1:
			parts = append(parts, x.one)
		default:
			parts = append(parts, fmt.Sprintf(x.many, x.n))
		}
	}
	return strings.Join(parts, ", ")
}
