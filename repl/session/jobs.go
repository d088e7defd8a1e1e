package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"weir/exec"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// keptJobs is how many jobs that have ended a session remembers, the last ones: SHOW JOBS stays a screen or two.
const keptJobs = 50

// leastPrefix is how many digits of an id name a job: fewer are too likely to be a mistake.
const leastPrefix = 4

// newJob makes a job of a statement's graph; it has not begun.
func (r *running) newJob(w work, g *plan.Graph, d *durability) *job {
	j := &job{
		graph: g, durable: d, statement: r.number, span: w.stmt.Span(), source: r.src, target: w.target(), ended: make(chan struct{}),
		info: exec.JobInfo{
			ID:        fmt.Sprintf("%016x%016x", r.config.Seams.Rand.Uint64(), r.config.Seams.Rand.Uint64()),
			Name:      g.Name,
			Statement: w.text,
			Started:   r.config.Seams.Clock.Now().UnixMilli(),
		},
	}
	j.savepoints, _ = r.Settings.Get("execution.checkpointing.savepoint-dir")
	return j
}

// launch begins a job: in the background, or it runs to its end before launch returns. What can't be had for requests
// from other processes is told, and no reason not to run.
func (r *running) launch(j *job, c *exec.Config) error {
	ctx := r.ctx
	if j.background || j.durable != nil {
		ctx = context.WithoutCancel(ctx) // a job that takes checkpoints is asked to stop
	}
	if j.background {
		// What several jobs draw from at a time is each one's own.
		c.Seams.Rand = rand.New(rand.NewPCG(c.Seams.Rand.Uint64(), c.Seams.Rand.Uint64()))
	}
	ctx, j.cancel = context.WithCancelCause(ctx)
	if x := c.Checkpoints; x != nil {
		x.Job = j.info
		j.requests = make(chan exec.Request)
		x.Control = j.requests
		notify := x.Notify
		x.Notify = func(c exec.Checkpoint) {
			j.note(c)
			if notify != nil {
				notify(c)
			}
		}
	}
	l, err := r.listen(j)
	if err != nil {
		j.cancel(nil)
		l.close()
		return errors.Join(err, j.durable.close())
	}
	if j.listed {
		r.remember(j)
	}
	run := func() {
		j.run(ctx, c)
		l.close()
	}
	if !j.background {
		paused := j.pauseWith(r.ctx)
		run()
		paused.Wait()
		return nil
	}
	r.tasks.Go(func() {
		run()
		select {
		case r.ending <- struct{}{}:
		default: // somebody will look at all of them already
		}
	})
	return nil
}

// listen opens the ways by which other processes reach a job. The error is that of the Output.
func (r *running) listen(j *job) (*listening, error) {
	if _, real := r.config.Seams.FS.(exec.OS); !real || j.dir == "" || j.requests == nil {
		return nil, nil
	}
	l, err := listen(j, r.config.Jobs)
	if err != nil {
		return l, r.out(r.config.Output.Notice(Notice{Statement: r.number, Kind: NoticeJob, Message: fmt.Sprintf("other processes can't find %s: %s", j.label(), err)}))
	}
	return l, nil
}

// remember adds a job to those of SHOW JOBS.
func (s *Session) remember(j *job) {
	s.jobs = append(s.jobs, j)
	over := 0
	for _, x := range s.jobs {
		if x.over() {
			over++
		}
	}
	s.jobs = slices.DeleteFunc(s.jobs, func(x *job) bool {
		if over <= keptJobs || !x.over() || x.background && !x.told {
			return false
		}
		over--
		return true
	})
}

// Tell gives the Output what jobs in the background have to say: how each one that has ended since the last call did.
// It is called where nothing else is shown, between two statements. It returns ErrClosed if the Output takes no more.
func (s *Session) Tell() error {
	for _, j := range s.jobs {
		if !j.background || j.told || !j.over() {
			continue
		}
		j.told = true
		if err := s.tell(j); err != nil {
			return closedBy(err)
		}
	}
	return nil
}

// tell tells how a job in the background ended. The error is that of the Output.
func (s *Session) tell(j *job) error {
	out := s.config.Output
	for _, n := range s.of(j) {
		if err := out.Notice(n); err != nil {
			return err
		}
	}
	switch {
	case errors.Is(j.err, errHalted):
		return out.Fail(j.statement, diag.New(diag.Interrupted, j.span, "the job was interrupted").In(j.source))
	case j.status() == statusFailed:
		s.failed = true
		for _, d := range diagnostics(j.err) {
			d.WithNote("in %s, which ran in the background", j.label())
			if err := out.Fail(j.statement, d.In(j.source)); err != nil {
				return err
			}
		}
	case j.status() == statusFinished:
		rows := "1 row"
		if n := j.written(); n != 1 {
			rows = fmt.Sprintf("%d rows", n)
		}
		how := "has finished"
		if j.report.Stopped {
			how = "has stopped"
		}
		return out.Notice(Notice{Statement: j.statement, Kind: NoticeJob, Message: fmt.Sprintf("%s %s: %s written into %s", j.label(), how, rows, j.target)})
	}
	return nil
}

// runningJobs are the jobs in the background that have not ended.
func (s *Session) runningJobs() []*job {
	var all []*job
	for _, j := range s.jobs {
		if j.background && !j.over() {
			all = append(all, j)
		}
	}
	return all
}

// Wait waits for all jobs in the background, and tells of each when it ends. It returns ErrFailed if one failed, also
// one of which was told before. If ctx ends first it stops those that run and returns ErrInterrupted. It is called at the
// end of a script: a statement set that has no END is an error then.
func (s *Session) Wait(ctx context.Context) error {
	if set := s.opened; set != nil {
		s.opened, s.failed = nil, true
		if err := s.config.Output.Fail(set.number, set.unended()); err != nil {
			return closedBy(err)
		}
	}
	for {
		running := s.runningJobs()
		if err := s.Tell(); err != nil {
			return err
		}
		if len(running) == 0 {
			break
		}
		select {
		case <-s.ending:
		case <-ctx.Done():
			s.halt(errHalted)
			if err := s.Tell(); err != nil {
				return err
			}
			return ErrInterrupted
		}
	}
	if s.failed {
		return ErrFailed
	}
	return nil
}

// halt stops all jobs in the background, waits for the end of their goroutines and says how many there were.
func (s *Session) halt(why error) int {
	running := s.runningJobs()
	var pausing sync.WaitGroup
	for _, j := range running {
		pausing.Go(func() { j.pause(why) })
	}
	pausing.Wait()
	s.tasks.Wait()
	return len(running)
}

// Close stops the jobs that still run in the background, waits for them and tells how many there were. The session runs
// nothing afterwards. It returns ErrClosed if the Output takes no more.
func (s *Session) Close() error {
	n := s.halt(errStopped)
	if set := s.opened; set != nil {
		if err := s.config.Output.Notice(Notice{Statement: set.number, Kind: NoticeJob, Message: "the statement set was not ended: " + set.notRun()}); err != nil {
			return closedBy(err)
		}
	}
	if err := s.Tell(); err != nil || n == 0 {
		return err
	}
	message := fmt.Sprintf("%d running jobs were stopped", n)
	if n == 1 {
		message = "1 running job was stopped"
	}
	if err := s.config.Output.Notice(Notice{Kind: NoticeJob, Message: message}); err != nil {
		return closedBy(err)
	}
	return nil
}

// known is what a job is found by.
type known struct {
	id, name string
	running  bool
}

// find returns the index of the job that a word means: an id, the beginning of one, or a name. A name means the running
// job that has it, or else the last one that had.
func find(word string, jobs []known, at diag.Span, list string) (int, *diag.Diagnostic) {
	var ids, running, ended []int
	for i, j := range jobs {
		lower := strings.ToLower(word)
		switch {
		case j.id == lower:
			return i, nil
		case len(word) >= leastPrefix && strings.HasPrefix(j.id, lower):
			ids = append(ids, i)
		case j.name != word:
		case j.running:
			running = append(running, i)
		default:
			ended = append(ended, i)
		}
	}
	found := append(ids, running...)
	if len(found) == 0 && len(ended) > 0 {
		found = ended[len(ended)-1:]
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, noJob(word, jobs, at, list)
	}
	d := diag.New(codeAmbiguous, at, "'%s' means %d jobs", word, len(found)).WithHint("write more of its id")
	if len(ids) == 0 {
		d.Message = fmt.Sprintf("'%s' is the name of %d running jobs", word, len(found))
		d.WithHint("write the id of one of them")
	}
	for _, i := range found {
		d.WithNote("%s is %s", jobs[i].id, oneLine(jobs[i].name))
	}
	return 0, d
}

// noJob is the error for a word that means no job.
func noJob(word string, jobs []known, at diag.Span, list string) *diag.Diagnostic {
	d := diag.New(codeNoJob, at, "there is no job '%s'", word)
	var names []string
	for _, j := range jobs {
		if word != "" && len(word) < leastPrefix && strings.HasPrefix(j.id, strings.ToLower(word)) {
			return d.WithHint("the beginning of an id must have at least %d digits", leastPrefix)
		}
		// Of an id people write the beginning.
		names = append(names, j.name, j.id, j.id[:min(len(word), len(j.id))])
	}
	if near, ok := diag.Nearest(word, names); ok && word != "" {
		return d.WithHint("did you mean '%s'?", near)
	}
	return d.WithHint("%s lists them", list)
}

// job finds a job of the session.
func (r *running) job(word string, at diag.Span) (*job, error) {
	all := make([]known, len(r.jobs))
	for i, j := range r.jobs {
		all[i] = known{j.info.ID, j.info.Name, !j.over()}
	}
	i, d := find(word, all, at, "SHOW JOBS")
	if d != nil {
		return nil, d
	}
	return r.jobs[i], nil
}

// showJobs handles SHOW JOBS and, for one job, DESCRIBE JOB.
func (r *running) showJobs(all ...*job) error {
	l := newListing("job id", "job name", "status", "start time")
	l.columns[3].Type = vector.TimestampLTZType(3)
	for _, j := range all {
		l.add(text(j.info.ID), text(j.info.Name), text(j.status()), value{time: j.info.Started})
	}
	return r.listing(l)
}

// describeJob handles DESCRIBE JOB.
func (r *running) describeJob(x *ast.DescribeJob) error {
	j, err := r.job(x.Job, x.JobSpan)
	if err != nil {
		return err
	}
	return r.showJobs(j)
}

// stopJob handles STOP JOB. As in Flink one that has ended is stopped already.
func (r *running) stopJob(x *ast.StopJob) error {
	j, err := r.job(x.Job, x.JobSpan)
	if err != nil {
		return err
	}
	if x.Savepoint {
		return r.stopWithSavepoint(x, j)
	}
	if !j.over() {
		if err := j.stop(r.ctx, errStopped); err != nil {
			return err
		}
	}
	return r.finish(Done{Verb: "STOP JOB"})
}

// stopWithSavepoint ends a job behind a savepoint and gives the savepoint's path.
func (r *running) stopWithSavepoint(x *ast.StopJob, j *job) error {
	dir, _ := r.Settings.Get("execution.checkpointing.savepoint-dir")
	kind := exec.StopWithSavepoint
	if x.Drain {
		kind = exec.StopWithDrain
	}
	d := j.refusal()
	if d == nil && dir == "" {
		d = noDirectory()
	}
	var reply exec.Reply
	if d == nil {
		reply, d = j.request(r.ctx, kind, dir)
	}
	if d != nil {
		d.Span = x.JobSpan
		return d
	}
	select {
	case <-j.ended: // how it did is told like any end
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
	l := newListing("savepoint path")
	l.add(text(reply.Path))
	return r.listing(l)
}

// refusal is why a job can't be asked for checkpoints or savepoints; nil: it can.
func (j *job) refusal() *diag.Diagnostic {
	switch {
	case j.over():
		return diag.New(codeEnded, diag.Span{}, "%s has ended: it is %s", j.label(), j.status())
	case j.requests == nil:
		return diag.New(codeNoCheckpoints, diag.Span{}, "%s takes no checkpoints, and so no savepoint either", j.label()).
			WithHint("before its statement write SET 'execution.checkpointing.dir' = '/path' and SET 'execution.checkpointing.interval' = '1 min'")
	}
	return nil
}

// noDirectory is the error, in Flink's words, for a savepoint that has no place to go to.
func noDirectory() *diag.Diagnostic {
	return diag.New(codeNoDirectory, diag.Span{}, "Config key [execution.checkpointing.savepoint-dir] is not set. Property [targetDirectory] must be provided.").
		WithHint("write SET 'execution.checkpointing.savepoint-dir' = '/path'")
}

// request asks a job that refusal lets pass. Any goroutine may call it; the diagnostic is the caller's.
func (j *job) request(ctx context.Context, kind exec.RequestKind, dir string) (exec.Reply, *diag.Diagnostic) {
	reply, err := j.ask(ctx, kind, dir)
	switch {
	case err == nil:
		return reply, nil
	case errors.Is(err, errEnded):
		return exec.Reply{}, diag.New(codeEnded, diag.Span{}, "%s ended before it did what it was asked for: it is %s", j.label(), j.status())
	}
	d := *diagnostics(err)[0] // others may hold it, too: a job that fails by it
	return exec.Reply{}, &d
}
