package plan

import (
	"weir/keygroup"
	"weir/parser/diag"
	"weir/vector"
)

// Origin says who decided a parallelism or a maximum.
type Origin string

// The origins, as EXPLAIN prints them.
const (
	FromHint        Origin = "hint"
	FromTableOption Origin = "table option"
	FromSet         Origin = "SET"
	FromClient      Origin = "-p"
	FromConfig      Origin = "config file"
	FromCores       Origin = "cores"
	Required        Origin = "required"  // one global group, VALUES
	Derived         Origin = "derived"   // a maximum from the parallelism
	FromInput       Origin = "input"     // a sink that follows what feeds it
	FromSavepoint   Origin = "savepoint" // a maximum that the restored state has
)

// Graph is a whole job. Nodes are in topological order, sources first; a node's ID is its index. Stages likewise.
type Graph struct {
	Nodes  []*Node
	Stages []*Stage
	Batch  bool // runtime mode
	// Zone is the session time zone's name.
	Zone string
	// WatermarkStep is pipeline.auto-watermark-interval in ms.
	WatermarkStep int64
	// IdleTimeout is table.exec.source.idle-timeout in ms; 0: never.
	IdleTimeout int64
	// Name of the job.
	Name string
	// Changelog says that the result, or one of the sinks, gets other rows than inserts.
	Changelog bool
}

// Ends returns the nodes that no other reads: the result, or the sinks in the order of their INSERTs.
func (g *Graph) Ends() []*Node {
	read := make([]bool, len(g.Nodes))
	for _, n := range g.Nodes {
		for _, e := range n.Inputs {
			read[e.From] = true
		}
	}
	var ends []*Node
	for _, n := range g.Nodes {
		if !read[n.ID] {
			ends = append(ends, n)
		}
	}
	return ends
}

// Node is an operator.
type Node struct {
	ID          int
	Name        string // unique within the graph, stable for a user: "aggregate", "scan bid", …
	Spec        Spec
	Parallelism int
	Max         int
	Origin      Origin // of Parallelism
	MaxOrigin   Origin
	Inputs      []Edge
	Schema      []vector.Field // of the output
	Source      *diag.Source   // of the statement, for spans in expressions
	// Insert says that the output has only inserts.
	InsertOnly bool
	// UpsertKey are output columns that identify a row of the changelog; nil: the whole row.
	UpsertKey []int
	Stage     int // index in Graph.Stages
	// UID says what the operator means, wherever it stands in the plan: state is matched by it. Identify fills it in.
	UID string
	// Alike says that another operator of the graph means the same, so that the UID also says what is around this one.
	// Identify fills it in.
	Alike bool
}

// Space is the node's key groups.
func (n *Node) Space() keygroup.Space { return keygroup.Space{Max: n.Max} }

// EdgeKind is how rows get from the subtasks of one operator to those of the next.
type EdgeKind uint8

// Forward keeps the subtask; Hash sends a row to the owner of its key group; Rebalance deals batches out in turn;
// Global sends all to the one subtask; Broadcast sends all to all.
const (
	Forward EdgeKind = iota
	Hash
	Rebalance
	Global
	Broadcast
)

// String names the kind as EXPLAIN prints it.
func (k EdgeKind) String() string {
	return [...]string{"FORWARD", "HASH", "REBALANCE", "GLOBAL", "BROADCAST"}[k]
}

// Edge is an input of a node. Port tells a join's sides apart; UNION ALL is several edges into one port. A chained
// edge is a direct call: always with Forward at equal parallelism within a stage, and with Hash and Global where both
// ends have parallelism 1 (then Hash only computes Home).
type Edge struct {
	From    int // node ID
	Port    int
	Kind    EdgeKind
	Keys    []int // Hash: columns of From's output
	Chained bool
}

// Stage is a chain of operators that one goroutine per subtask runs: Nodes[0] is its head, each further one has one
// chained edge from the one before it.
type Stage struct {
	ID          int
	Nodes       []int
	Parallelism int
	Max         int
}
