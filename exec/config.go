package exec

import (
	"weir/planner/plan"
	"weir/vector"
)

// Config is what a job takes from its session. The functions are given from outside, so that exec knows no operator
// and no connector.
type Config struct {
	Seams Seams
	// Operator makes the operator of a node, one per subtask. Not called for Scan, Values, Sink and Collect.
	Operator func(n *plan.Node) (Operator, error)
	// Head makes what heads a source stage (Scan, Values).
	Head func(g *plan.Graph, n *plan.Node, c *Config) (Head, error)
	// Sink makes the sink of a statement.
	Sink func(g *plan.Graph, n *plan.Node, c *Config) (Sink, error)
	// Result takes the rows of a Collect; called by one goroutine at a time. ErrEnough ends the job.
	Result func(b vector.Batch) error
	// Collect, where there is one, makes a sink that takes the rows of a Collect instead of Result. What Result has been
	// given can't be taken back; what a sink commits comes once, also where the job is restored.
	Collect func(g *plan.Graph, n *plan.Node, c *Config) (Sink, error)
	// Started, where there is one, is called once when the tasks have been made and before any of them runs: its
	// counters may be watched from then on.
	Started func(*Report)

	// Checkpoints says how the job takes images of itself; nil: it takes none.
	Checkpoints *Checkpointing

	BatchRows   int    // rows of a batch at most
	ChunkBytes  int64  // bytes of a chunk of a split
	MemoryLimit int64  // bytes; 0: none
	Seed        uint64 // permutes hand-out of chunks and order of channels; 0: natural order
	// Analyze measures Busy and Wait.
	Analyze bool
}

// Report is what a job tells at its end, also a failed one: the counters by node and subtask.
type Report struct {
	Tasks [][]*Task // by node ID, then subtask
	// Checkpoints counts those of the job. Valid when the job has ended.
	Checkpoints CheckpointCounts
	// Stopped says that the job ended by a request before its input did; Drained that its windows have all fired then.
	Stopped, Drained bool
}
