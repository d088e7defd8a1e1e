package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"weir/catalog"
	"weir/exec/exchange"
	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
)

// job is a running graph.
type job struct {
	graph   *plan.Graph
	config  *Config
	cancel  context.CancelCauseFunc
	tasks   [][]*Task
	inboxes map[int][]*exchange.Inbox // by stage
	sinks   []*sinkEnd
	result  sync.Mutex   // held while Config.Result runs
	window  int64        // ms: all windows of the job end at multiples of it; 0: there are none
	state   atomic.Int64 // bytes of all operators' state, as last told
}

// Run executes a graph and returns when every goroutine that it started has ended. The error is that of the subtask
// that failed first, or of ctx. The report is there also after an error, once the graph could be built.
func Run(ctx context.Context, g *plan.Graph, c *Config) (*Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j := &job{graph: g, config: c, cancel: cancel, inboxes: map[int][]*exchange.Inbox{}}
	subtasks, err := j.build()
	report := &Report{Tasks: j.tasks}
	if err != nil {
		return report, err
	}
	var wg sync.WaitGroup
	for _, s := range subtasks {
		wg.Go(func() {
			if err := j.guard(ctx, s); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	err = context.Cause(ctx)
	for _, s := range j.sinks {
		if err != nil {
			// What the job's error is called stays; a sink that can't tidy up leaves hidden files only.
			_ = s.sink.Discard(OwnRun, 0)
			continue
		}
		err = s.sink.Commit(ctx, firstEpoch, s.parts)
	}
	return report, err
}

// firstEpoch is the only epoch of a job without checkpoints.
const firstEpoch = 1

// guard runs a subtask and turns a panic, a broken invariant of weir, into an error that names it.
func (j *job) guard(ctx context.Context, s *subtask) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = diag.New("W9001", diag.Span{}, "internal error in %s, subtask %d: %v", s.name(), s.index, p).
				WithHint("this is a fault of weir, not of the statement").WithNote("%s", debug.Stack())
		}
		s.close(&err)
	}()
	return s.run(ctx)
}

// build makes all subtasks, connected, before any of them runs.
func (j *job) build() ([]*subtask, error) {
	g, c := j.graph, j.config
	zone, err := catalog.LoadZone(g.Zone)
	if err != nil {
		return nil, diag.New("W7002", diag.Span{}, "%s", err)
	}
	j.window = commonWindow(g)
	j.tasks = make([][]*Task, len(g.Nodes))
	for _, n := range g.Nodes {
		for i := range n.Parallelism {
			groups := n.Space().Range(i, n.Parallelism)
			j.tasks[n.ID] = append(j.tasks[n.ID], &Task{Node: n, Graph: g, Subtask: i, Groups: groups, State: state.NewStore(n.Space(), groups), Config: c, Zone: zone})
		}
	}
	var all []*subtask
	byStage := make([][]*subtask, len(g.Stages))
	for _, st := range g.Stages {
		feeds, err := j.feeds(st)
		if err != nil {
			return nil, err
		}
		if feeds == nil {
			channels := 0
			for _, e := range g.Nodes[st.Nodes[0]].Inputs {
				channels += channelsOf(e, g.Nodes[e.From].Parallelism)
			}
			for range st.Parallelism {
				j.inboxes[st.ID] = append(j.inboxes[st.ID], exchange.NewInbox(channels))
			}
		}
		for i := range st.Parallelism {
			s := &subtask{job: j, stage: st, index: i}
			if feeds != nil {
				s.feed = feeds[i]
			} else {
				s.inbox = j.inboxes[st.ID][i]
			}
			byStage[st.ID] = append(byStage[st.ID], s)
			all = append(all, s)
		}
	}
	for _, st := range g.Stages {
		if err := j.links(st, byStage[st.ID]); err != nil {
			return nil, err
		}
	}
	for _, st := range g.Stages {
		j.edges(st, byStage)
	}
	return all, nil
}

// channelsOf is how many channels an edge makes in each consuming subtask.
func channelsOf(e plan.Edge, producers int) int {
	if e.Kind == plan.Forward {
		return 1
	}
	return producers
}

func (j *job) feeds(st *plan.Stage) ([]Feed, error) {
	n := j.graph.Nodes[st.Nodes[0]]
	if len(n.Inputs) > 0 {
		return nil, nil
	}
	feeds, err := j.config.Feeds(j.graph, n, j.config)
	if err == nil && len(feeds) != st.Parallelism {
		panic(fmt.Sprintf("exec: %d feeds for %d subtasks", len(feeds), st.Parallelism))
	}
	return feeds, err
}

// links makes the operators of a stage's subtasks.
func (j *job) links(st *plan.Stage, subtasks []*subtask) error {
	for k, id := range st.Nodes {
		n := j.graph.Nodes[id]
		var make func(t *Task) (Operator, error)
		switch n.Spec.(type) {
		case *plan.Scan, *plan.Values:
			continue
		case *plan.Collect:
			make = func(t *Task) (Operator, error) { return &collect{job: j, task: t}, nil }
		case *plan.Sink:
			sink, err := j.config.Sink(j.graph, n, j.config)
			if err != nil {
				return err
			}
			end := &sinkEnd{sink: sink}
			j.sinks = append(j.sinks, end)
			make = func(t *Task) (Operator, error) { return &sinkOperator{end: end, task: t}, nil }
		default:
			make = func(*Task) (Operator, error) { return j.config.Operator(n) }
		}
		for i, s := range subtasks {
			t := j.tasks[id][i]
			op, err := make(t)
			if err != nil {
				return err
			}
			l := &link{sub: s, node: n, op: op, task: t}
			if k > 0 && n.Inputs[0].Kind == plan.Hash {
				from := j.graph.Nodes[n.Inputs[0].From]
				l.home = exchange.NewOutlet(n.Inputs[0], n.Space(), from.Schema, nil, nil, 0, 0, nil)
			}
			s.links = append(s.links, l)
		}
	}
	return nil
}

// edges connects the tail of every producing subtask with the inboxes of a stage.
func (j *job) edges(st *plan.Stage, byStage [][]*subtask) {
	head := j.graph.Nodes[st.Nodes[0]]
	first := 0
	for _, e := range head.Inputs {
		from := j.graph.Nodes[e.From]
		for i, producer := range byStage[from.Stage] {
			inboxes := j.inboxes[st.ID]
			channel := first + i
			if e.Kind == plan.Forward {
				inboxes, channel = inboxes[i:i+1], first
			}
			channels := make([]int, len(inboxes))
			for k := range channels {
				channels[k] = channel
			}
			var turn *rand.Rand
			if e.Kind == plan.Rebalance {
				turn = rand.New(rand.NewPCG(j.config.Seed, uint64(i)))
			}
			producer.outlets = append(producer.outlets, exchange.NewOutlet(e, head.Space(), from.Schema, inboxes, channels, j.config.BatchRows, j.window, turn))
		}
		for range channelsOf(e, from.Parallelism) {
			for _, s := range byStage[st.ID] {
				s.channels = append(s.channels, channel{port: e.Port, reached: noTime})
			}
		}
		first += channelsOf(e, from.Parallelism)
	}
}

// zoneStep divides the offset of every time zone: windows of local time end at multiples of it from the epoch.
const zoneStep = 15 * 60 * 1000

// commonWindow is the greatest length of which the end of every window in the graph is a multiple.
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
