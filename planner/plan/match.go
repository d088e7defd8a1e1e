package plan

import (
	"slices"
	"strings"

	"weir/parser/diag"
)

// Stored is what the planner is told of an operator whose state is to be restored.
type Stored struct {
	UID, Name, Kind  string // as Node has them
	Parallelism, Max int
	MaxOrigin        Origin
	Stateful         bool
}

func (s Stored) keeps() bool { return s.Stateful || isSource(s.Kind) }

// Matching says which operator of a graph continues which stored one.
type Matching struct {
	// Nodes has for each node of the graph the index of the stored operator that it continues, −1: none.
	Nodes []int
	// Kept are the names of the operators that go on with stored state or a stored position, in the graph's order.
	// Dropped are those of stored ones that no operator continues, in stored order; Empty those of operators that would go
	// on with something, but nothing is stored for them.
	Kept, Dropped, Empty []string
}

// Match finds for each node what it continues: by UID, whatever its name or place. The graph has its UIDs.
func Match(g *Graph, stored []Stored) Matching {
	m := Matching{Nodes: make([]int, len(g.Nodes))}
	at := map[string]int{}
	for i, s := range stored {
		at[s.UID] = i
	}
	taken := make([]bool, len(stored))
	for i, n := range g.Nodes {
		j, ok := at[n.UID]
		if !ok {
			m.Nodes[i] = -1
			if n.Keeps() {
				m.Empty = append(m.Empty, n.Name)
			}
			continue
		}
		m.Nodes[i], taken[j] = j, true
		if n.Keeps() {
			m.Kept = append(m.Kept, n.Name)
		}
	}
	for i, s := range stored {
		if s.keeps() && !taken[i] {
			m.Dropped = append(m.Dropped, s.Name)
		}
	}
	return m
}

// Refuse is the error for state that would be lost, unless that is allowed. from is where it is stored.
func (m Matching) Refuse(from string, allow bool) error {
	if allow || len(m.Dropped) == 0 {
		return nil
	}
	d := diag.New(codeUnclaimed, diag.Span{}, "%s has state of %s that no operator of the query continues", from, strings.Join(m.Dropped, ", ")).
		WithHint("--allow-non-restored-state, or SET 'execution.state-recovery.ignore-unclaimed-state' = 'true', starts the query without it")
	for _, l := range []struct {
		what  string
		names []string
	}{{"kept", m.Kept}, {"dropped", m.Dropped}, {"starts empty", m.Empty}} {
		names := "nothing"
		if len(l.names) > 0 {
			names = strings.Join(l.names, ", ")
		}
		d.WithNote("%s: %s", l.what, names)
	}
	if slices.ContainsFunc(m.Dropped, func(name string) bool { return slices.Contains(m.Empty, name) }) {
		d.WithNote("an operator goes on with the state of one that had the same inputs, keys and functions, and rows of the same types")
	}
	return d
}

// codeUnclaimed is the code of the error for stored state that nothing continues.
const codeUnclaimed = "W6106"
