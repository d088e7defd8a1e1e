package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"weir/catalog"
	"weir/exec/exchange"
	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// firstEpoch is the only epoch of a job without checkpoints.
const firstEpoch = 1

// defaultBatchRows is the size of a full batch where the configuration says none.
const defaultBatchRows = 8192

func batchRows(c *Config) int {
	if c.BatchRows > 0 {
		return c.BatchRows
	}
	return defaultBatchRows
}

// job is a running graph.
type job struct {
	graph  *plan.Graph
	config *Config
	ctx    context.Context
	stop   context.CancelCauseFunc
	zone   *time.Location
	memory *memory
	window int64 // ms: the windows of the job end at multiples of it; 0: there are none
	tasks  [][]*Task
	sinks  []*sinkEnd
	heads  []Head        // by node: of sources
	turn   chan struct{} // holds a token while nobody is in Config.Result
	all    []*subtask
	stages [][]*subtask

	coordinator *coordinator // nil: the job takes no checkpoints
}

// Run executes a graph and returns when every goroutine that it started has ended. The error is that of the subtask
// that failed first, or the cause of ctx's end. The report is there also after an error.
func Run(ctx context.Context, g *plan.Graph, c *Config) (*Report, error) {
	j := &job{graph: g, config: c, memory: newMemory(g, c.MemoryLimit), window: commonWindow(g), turn: make(chan struct{}, 1)}
	j.turn <- struct{}{}
	j.ctx, j.stop = context.WithCancelCause(ctx)
	defer j.stop(nil)
	err := j.build()
	report := &Report{Tasks: j.tasks}
	j.coordinator = newCoordinator(j)
	defer j.coordinator.refuse()
	defer func() { report.Checkpoints = j.coordinator.counted() }()
	if err == nil {
		err = j.recover(ctx)
	}
	if err == nil {
		err = j.coordinator.first(ctx)
	}
	if err != nil {
		return report, err
	}
	if c.Started != nil {
		c.Started(report)
	}
	var wg, coordinating sync.WaitGroup
	if j.coordinator != nil {
		coordinating.Go(func() {
			if err := j.coordinator.live(j.ctx); err != nil {
				j.stop(err)
			}
		})
	}
	for _, s := range j.all {
		wg.Go(func() {
			if err := s.live(); err != nil {
				j.stop(err)
			}
		})
	}
	wg.Wait()
	coordinating.Wait()
	err = context.Cause(j.ctx)
	report.Stopped = errors.Is(err, errStopped)
	report.Drained = report.Stopped && j.coordinator.draining.Load()
	if errors.Is(err, ErrEnough) || report.Stopped {
		err = nil
	}
	if j.coordinator == nil {
		return report, j.settle(ctx, err)
	}
	if err == nil && !report.Stopped {
		err = j.coordinator.conclusion(ctx)
	}
	if err != nil || report.Stopped {
		j.discard(j.coordinator.kept())
	}
	return report, err
}

// settle commits the sinks of a job that went well and clears up behind one that did not.
func (j *job) settle(ctx context.Context, err error) error {
	for _, s := range j.sinks {
		if err == nil {
			// What has begun to be visible shall become so as a whole.
			err = s.sink.Commit(context.WithoutCancel(ctx), firstEpoch, s.parts)
		}
	}
	if err != nil {
		j.discard(0)
	}
	return err
}

// discard clears up behind a job that ends early: of the epochs after the given one nothing will ever be seen.
func (j *job) discard(after int64) {
	for _, s := range j.sinks {
		// The job's error is the one to tell; what a sink can't remove now are hidden files.
		_ = s.sink.Discard(OwnRun, after)
	}
}

// live runs a subtask to its end. A panic, a broken invariant of weir, becomes an error that says where.
func (s *subtask) live() error {
	err := s.guard(s.run)
	if err != nil {
		// Before anything is closed: other subtasks fail by that, and the error to tell is this one.
		s.job.stop(err)
	}
	return s.guard(func() error { return s.close(err) })
}

func (s *subtask) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = diag.New(codeInternal, diag.Span{}, "internal error in %s, subtask %d: %v", s.head.Node.Name, s.index, p).
				WithHint("this is a fault of weir, not of the statement").WithNote("%s", debug.Stack())
		}
	}()
	return f()
}

// build makes all subtasks and connects them, before any of them runs.
func (j *job) build() error {
	g := j.graph
	zone, err := catalog.LoadZone(g.Zone)
	if err != nil {
		return diag.New(diag.SettingValue, diag.Span{}, "%s", err)
	}
	j.zone = zone
	j.tasks, j.heads = make([][]*Task, len(g.Nodes)), make([]Head, len(g.Nodes))
	for _, n := range g.Nodes {
		im := j.restoredFrom(n)
		for i := range n.Parallelism {
			groups := n.Space().Range(i, n.Parallelism)
			t := &Task{Node: n, Graph: g, Subtask: i, Groups: groups,
				State: state.NewStore(n.Space(), groups), Config: j.config, Zone: zone}
			t.Reached.Store(int64(vector.MinTime))
			if im != nil {
				state.Restore(t.State, im.State)
				if i == 0 {
					t.restore(im.Counts)
				}
			}
			j.tasks[n.ID] = append(j.tasks[n.ID], t)
		}
	}
	for _, stage := range g.Stages {
		if err := j.stage(stage); err != nil {
			return err
		}
	}
	outs := make([][][]downstream, len(g.Nodes)) // by node and subtask: what its rows go to
	for _, n := range g.Nodes {
		outs[n.ID] = make([][]downstream, n.Parallelism)
	}
	for _, n := range g.Nodes {
		for _, e := range n.Inputs {
			j.connect(n, e, outs[e.From])
		}
	}
	for _, s := range j.all {
		s.chain(outs)
	}
	return nil
}

// stage makes a stage's subtasks, with their operators.
func (j *job) stage(stage *plan.Stage) error {
	head := j.graph.Nodes[stage.Nodes[0]]
	var feeds []Feed
	if len(head.Inputs) == 0 {
		h, err := j.config.Head(j.graph, head, j.config)
		if err != nil {
			return err
		}
		j.heads[head.ID] = h
		if im := j.restoredFrom(head); im != nil && im.Position != nil {
			if err := h.Restore(j.ctx, im.Position); err != nil {
				return err
			}
		}
		feeds = h.Feeds()
		if len(feeds) != head.Parallelism {
			panic(fmt.Sprintf("exec: %d feeds for %d subtasks of %s", len(feeds), head.Parallelism, head.Name))
		}
	}
	subtasks := make([]*subtask, stage.Parallelism)
	for i := range subtasks {
		s := &subtask{job: j, stage: stage, index: i, number: len(j.all) + i, head: j.tasks[head.ID][i]}
		s.ctx, s.stop = context.WithCancelCause(j.ctx)
		if j.config.Analyze {
			s.watch = &watch{clock: j.config.Seams.Clock}
		}
		if feeds != nil {
			s.feed = feeds[i]
		} else {
			seed := j.config.Seed
			if seed != 0 {
				seed += uint64(stage.ID)<<32 + uint64(i)
			}
			s.inbox = exchange.NewInbox(batchRows(j.config), seed, j.memory.inputs[head.ID])
		}
		subtasks[i] = s
	}
	for _, id := range stage.Nodes {
		n := j.graph.Nodes[id]
		if len(n.Inputs) == 0 {
			continue
		}
		operator, err := j.operators(n)
		if err != nil {
			return err
		}
		for i, s := range subtasks {
			t := j.tasks[id][i]
			op, err := operator(t)
			if err != nil {
				return err
			}
			x := newStep(s, t, op)
			if e := n.Inputs[0]; e.Chained && e.Kind == plan.Hash {
				x.home = &exchange.Home{Keys: e.Keys, Types: j.types(e)}
			}
			s.steps = append(s.steps, x)
			s.reported = append(s.reported, 0)
		}
	}
	j.stages = append(j.stages, subtasks)
	j.all = append(j.all, subtasks...)
	return nil
}

// operators returns what makes a node's operator for a subtask.
func (j *job) operators(n *plan.Node) (func(*Task) (Operator, error), error) {
	switch s := n.Spec.(type) {
	case *plan.Collect:
		if j.config.Collect == nil {
			return func(t *Task) (Operator, error) { return &collecting{job: j, task: t}, nil }, nil
		}
		return j.writers(n, j.config.Collect, writing{notNull: s.NotNull})
	case *plan.Sink:
		return j.writers(n, j.config.Sink, writing{notNull: s.NotNull, drop: s.Drop, lengths: s.Lengths})
	}
	return func(*Task) (Operator, error) { return j.config.Operator(n) }, nil
}

// writers returns what makes the writers of a node's sink; each enforces what of does.
func (j *job) writers(n *plan.Node, open func(*plan.Graph, *plan.Node, *Config) (Sink, error), of writing) (func(*Task) (Operator, error), error) {
	sink, err := open(j.graph, n, j.config)
	if err != nil {
		return nil, err
	}
	end := &sinkEnd{sink: sink, node: n.ID}
	j.sinks = append(j.sinks, end)
	return func(t *Task) (Operator, error) {
		o := of
		o.end, o.task = end, t
		return &o, nil
	}, nil
}

// types are those of an edge's keys.
func (j *job) types(e plan.Edge) []vector.Type {
	var types []vector.Type
	for _, k := range e.Keys {
		types = append(types, j.graph.Nodes[e.From].Schema[k].Type)
	}
	return types
}

// connect adds an edge into n to what the rows of its producers go to.
func (j *job) connect(n *plan.Node, e plan.Edge, outs [][]downstream) {
	consumers := j.stages[n.Stage]
	producers := j.stages[j.graph.Nodes[e.From].Stage]
	if e.Chained {
		for i, s := range consumers {
			at := 0
			for s.steps[at].task.Node != n {
				at++
			}
			outs[i] = append(outs[i], s.steps[at])
		}
		return
	}
	for i, p := range producers {
		to := consumers
		if e.Kind == plan.Forward {
			to = consumers[i : i+1]
		}
		var inboxes []*exchange.Inbox
		for _, c := range to {
			inboxes = append(inboxes, c.inbox)
		}
		x := exchange.Edge{Kind: e.Kind, Port: e.Port, Keys: e.Keys, Types: j.types(e), Space: n.Space(), Window: j.window,
			BatchRows: batchRows(j.config), Clock: j.config.Seams.Clock}
		if p.watch != nil {
			x.Waits = p.waits(j.tasks[e.From][i])
		}
		p.leaving.Add(1)
		outs[i] = append(outs[i], &sender{ctx: p.ctx, outlet: x.Connect(i, inboxes, p.left)})
	}
}

// waits counts a producer's time of waiting for room.
func (s *subtask) waits(t *Task) func(bool) {
	var before = &t.Busy
	return func(begin bool) {
		if begin {
			before = s.watch.enter(&t.Wait)
			return
		}
		s.watch.enter(before)
	}
}

// left is called when the consumers of an outlet all want no more. When no outlet is left nobody wants the subtask's
// rows, if they all leave through outlets.
func (s *subtask) left() {
	if s.leaving.Add(-1) == 0 {
		s.stop(ErrEnough)
	}
}

// chain links the operators of a subtask.
func (s *subtask) chain(outs [][][]downstream) {
	out := func(node int) downstream {
		x := outs[node][s.index]
		switch len(x) {
		case 0:
			s.leaving.Add(1) // the rows end here, which no consumer ever leaves
			return nowhere{}
		case 1:
			return x[0]
		}
		return fan(x)
	}
	for _, x := range s.steps {
		x.out = out(x.task.Node.ID)
	}
	if s.feed != nil {
		s.first = out(s.head.Node.ID)
	} else {
		s.first = s.steps[0]
	}
}

// zoneStep divides the offset of every time zone (ms): windows of local time end at multiples of it.
const zoneStep = 15 * 60 * 1000

// commonWindow is the greatest length of which the end of every window in the graph is a multiple; 0 without windows.
func commonWindow(g *plan.Graph) int64 {
	var step int64
	for _, n := range g.Nodes {
		if w, ok := n.Spec.(*plan.WindowAggregate); ok && w.Window.Kind == plan.Tumble {
			step = gcd(gcd(step, w.Window.Size), w.Window.Offset)
			if w.Window.LTZ {
				step = gcd(step, zoneStep)
			}
		}
	}
	return step
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}
