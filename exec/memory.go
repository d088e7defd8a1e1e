package exec

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"

	"weir/exec/exchange"
	"weir/parser/diag"
	"weir/planner/plan"
)

// memory counts what the operators and exchanges of a job hold.
type memory struct {
	limit  int64 // 0: none
	graph  *plan.Graph
	total  atomic.Int64
	state  []atomic.Int64    // by node, all its subtasks
	inputs []*exchange.Meter // by node: the exchanges into it
}

func newMemory(g *plan.Graph, limit int64) *memory {
	m := &memory{limit: limit, graph: g, state: make([]atomic.Int64, len(g.Nodes))}
	for range g.Nodes {
		m.inputs = append(m.inputs, exchange.NewMeter(&m.total))
	}
	return m
}

// check adds to the total and refuses more than the limit.
func (m *memory) check(grown int64) error {
	total := m.total.Add(grown)
	if m.limit <= 0 || total <= m.limit {
		return nil
	}
	type holder struct {
		name  string
		bytes int64
	}
	var holders []holder
	for i, n := range m.graph.Nodes {
		if b := m.state[i].Load(); b > 0 {
			holders = append(holders, holder{"the state of " + n.Name, b})
		}
		if b := m.inputs[i].Bytes(); b > 0 {
			holders = append(holders, holder{"the exchange into " + n.Name, b})
		}
	}
	slices.SortStableFunc(holders, func(a, b holder) int { return cmp.Compare(b.bytes, a.bytes) })
	d := diag.New(codeMemory, diag.Span{}, "the job holds %s, more than weir.memory.limit allows: %s", mebibytes(total), mebibytes(m.limit)).
		WithHint("SET 'weir.memory.limit' = '…' allows more; shorter windows, fewer keys or a filter before the aggregate need less")
	for _, h := range holders {
		d.WithNote("%s: %s", h.name, mebibytes(h.bytes))
	}
	return d
}

// mebibytes prints a size as people read it.
func mebibytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
