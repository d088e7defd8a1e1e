package plan

import (
	"slices"
	"strings"

	"weir/parser/diag"
)

// Matching says which operator of a graph continues which stored one.
type Matching struct {
	// Nodes has for each node of the graph the index of the stored operator that it continues, −1: none.
	Nodes []int
	// Kept are the names of the operators that go on with stored state or a stored position, in the graph's order.
	// Dropped are those of stored ones that no operator continues, and of sinks with pending rows likewise, in stored
	// order; Empty those of operators that would go on with something, but nothing is stored for them.
	Kept, Dropped, Empty []string
	// Pending are those of Dropped that are sinks.
	Pending []string

	alike bool // one of Empty is not the only one of its meaning
}

// Match finds for each node what it continues: by UID, whatever its name or place. The graph has its UIDs. What begins
// anew gives all its rows again, so whatever has counted them begins anew, too.
func Match(g *Graph, stored []Stored) Matching {
	m := Matching{Nodes: make([]int, len(g.Nodes))}
	at := map[string]int{}
	for i, s := range stored {
		at[s.UID] = i
	}
	taken := make([]bool, len(stored))
	anew := make([]bool, len(g.Nodes)) // by node: rows come to it, or from it, from the beginning
	for i, n := range g.Nodes {
		for _, e := range n.Inputs {
			anew[i] = anew[i] || anew[e.From]
		}
		j, ok := at[n.UID]
		if !n.Keeps() {
			if m.Nodes[i] = -1; ok {
				m.Nodes[i], taken[j] = j, true
			}
			continue
		}
		if !ok || anew[i] {
			m.Nodes[i], anew[i] = -1, true
			m.Empty = append(m.Empty, n.Name)
			m.alike = m.alike || n.Alike
			continue
		}
		m.Nodes[i], taken[j] = j, true
		m.Kept = append(m.Kept, n.Name)
	}
	for i, s := range stored {
		if taken[i] || !s.keeps() && !s.Pending {
			continue
		}
		m.Dropped = append(m.Dropped, s.Name)
		if !s.keeps() {
			m.Pending = append(m.Pending, s.Name)
		}
	}
	return m
}

// Refuse is the error for state that would be lost, unless that is allowed. from is where it is stored.
func (m Matching) Refuse(from string, allow bool) error {
	if allow || len(m.Dropped) == 0 {
		return nil
	}
	what := "state of " + strings.Join(m.Dropped, ", ")
	if len(m.Pending) == len(m.Dropped) {
		what = "rows of " + strings.Join(m.Pending, ", ") + " that wait to be committed, and"
	}
	d := diag.New(codeUnclaimed, diag.Span{}, "%s has %s that no operator of the query continues", from, what).
		WithHint("--allow-non-restored-state, or SET 'execution.state-recovery.ignore-unclaimed-state' = 'true', starts the query without it")
	for _, f := range m.Fates() {
		d.WithNote("%s", f)
	}
	if len(m.Pending) > 0 {
		d.WithNote("rows that wait to be committed into %s would be lost: the unchanged statement, resumed once, commits them", strings.Join(m.Pending, ", "))
	}
	if slices.ContainsFunc(m.Dropped, func(name string) bool { return slices.Contains(m.Empty, name) }) {
		d.WithNote("an operator goes on with the state of one that had the same inputs, keys and functions, and rows of the same types")
	}
	if m.alike {
		d.WithNote("where several operators are alike, as scans of one table are, each goes on only with the same ones before and behind it")
	}
	return d
}

// Fates says what becomes of the state of operators, a line for each fate that there is.
func (m Matching) Fates() []string {
	var out []string
	for _, f := range []struct {
		fate  string
		names []string
	}{{"kept", m.Kept}, {"dropped", m.Dropped}, {"starts empty", m.Empty}} {
		if len(f.names) > 0 {
			out = append(out, f.fate+": "+strings.Join(f.names, ", "))
		}
	}
	return out
}

// codeUnclaimed is the code of the error for stored state that nothing continues.
const codeUnclaimed = "W6106"
