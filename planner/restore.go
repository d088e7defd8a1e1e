package planner

import (
	"weir/parser/diag"
	"weir/planner/plan"
)

// adopt returns for each node the maximum parallelism that it takes over with the state it is restored from, 0: none.
// Only a maximum that nobody set is replaced. An operator that continues no stored one gets the number of those around
// it, so that chains hold.
func (b *builder) adopt(stored []plan.Stored) []int {
	g := b.graph
	adopted := make([]int, len(g.Nodes))
	m := plan.Match(g, stored)
	common := -1 // what all have that adopt: −1 none yet, 0 there are several
	for i, n := range g.Nodes {
		if m.Nodes[i] < 0 || n.MaxOrigin != plan.Derived {
			continue
		}
		max := stored[m.Nodes[i]].Max
		if !n.Keeps() && n.Parallelism > max {
			continue // it has nothing that is spread over key groups
		}
		adopted[i] = max
		switch common {
		case -1, max:
			common = max
		default:
			common = 0
		}
	}
	take := func(n *plan.Node, max int) {
		if adopted[n.ID] == 0 && n.MaxOrigin == plan.Derived && n.Parallelism <= max {
			adopted[n.ID] = max
		}
	}
	if common > 0 {
		for _, n := range g.Nodes {
			take(n, common)
		}
		return adopted
	}
	// Nodes are in topological order: one pass with the rows and one against them reach all of a chain.
	for _, n := range g.Nodes {
		if len(n.Inputs) == 1 && n.Inputs[0].Chained {
			take(n, adopted[n.Inputs[0].From])
		}
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if n := g.Nodes[i]; len(n.Inputs) == 1 && n.Inputs[0].Chained {
			take(g.Nodes[n.Inputs[0].From], adopted[i])
		}
	}
	return adopted
}

// checkRestored refuses numbers that do not go with those of the state that an operator is restored from: the key
// groups of a state are as many as its maximum parallelism, and stay that. Sources are held to it too, as in Flink;
// operators with keyed state are named first.
func (b *builder) checkRestored(stored []plan.Stored) *diag.Diagnostic {
	m := plan.Match(b.graph, stored)
	for _, stateful := range []bool{true, false} {
		for i, n := range b.graph.Nodes {
			if m.Nodes[i] < 0 || !n.Keeps() || n.Stateful() != stateful {
				continue
			}
			if d := b.decided[i].checkStored(n, stored[m.Nodes[i]].Max); d != nil {
				return placed(d, n.Source)
			}
		}
	}
	return nil
}

// checkStored refuses what does not go with the maximum parallelism of an operator's stored state.
func (d decision) checkStored(n *plan.Node, max int) *diag.Diagnostic {
	switch {
	case n.MaxOrigin == plan.Required:
		return nil
	case n.MaxOrigin != plan.FromSavepoint && n.Max != max:
		return plan.OtherMax(d.maxSpan, n.Name, n.Max, n.MaxOrigin, max)
	case n.Parallelism > max:
		return plan.AboveStored(d.span, n.Name, n.Parallelism, n.Origin, max)
	}
	return nil
}
