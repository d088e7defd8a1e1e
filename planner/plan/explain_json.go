package plan

import (
	"encoding/json"
	"fmt"
	"strings"
)

type jsonNode struct {
	ID             int        `json:"id"`
	Type           string     `json:"type"`
	Pact           string     `json:"pact"`
	Contents       string     `json:"contents"`
	Parallelism    int        `json:"parallelism"`
	MaxParallelism int        `json:"max_parallelism"`
	Origin         jsonOrigin `json:"origin"`
	Predecessors   []jsonEdge `json:"predecessors,omitempty"`
}

type jsonOrigin struct {
	Parallelism    Origin `json:"parallelism"`
	MaxParallelism Origin `json:"max_parallelism"`
}

type jsonEdge struct {
	ID           int    `json:"id"`
	ShipStrategy string `json:"ship_strategy"`
	Side         string `json:"side"`
}

// ExplainJSON prints the graph in the shape of Flink's EXPLAIN JSON_EXECUTION_PLAN, with the maximum parallelism and
// the origin of both added. As there, collecting a query's result is no operator.
func ExplainJSON(g *Graph) string {
	x := &explainer{g: g}
	var nodes []jsonNode
	for _, n := range g.Nodes {
		if _, ok := n.Spec.(*Collect); ok {
			continue
		}
		j := jsonNode{ID: n.ID + 1, Type: n.Name, Pact: "Operator", Parallelism: n.Parallelism, MaxParallelism: n.Max,
			Origin: jsonOrigin{n.Origin, n.MaxOrigin}}
		switch s := n.Spec.(type) {
		case *Scan:
			j.Pact, j.Type = "Data Source", "Source: "+s.Table.Name
		case *Values:
			j.Pact, j.Type = "Data Source", "Source: Values"
		case *Sink:
			j.Pact, j.Type = "Data Sink", "Sink: "+s.Table.Name
		}
		j.Contents = fmt.Sprintf("%s: %s", n.Name, strings.Join(x.details(n), "; "))
		for i, e := range n.Inputs {
			side := "second"
			if i == 0 {
				side = "first"
			}
			j.Predecessors = append(j.Predecessors, jsonEdge{ID: e.From + 1, ShipStrategy: e.Kind.String(), Side: side})
		}
		nodes = append(nodes, j)
	}
	out, err := json.MarshalIndent(struct {
		Nodes []jsonNode `json:"nodes"`
	}{nodes}, "", "  ")
	if err != nil {
		panic("plan: " + err.Error())
	}
	return string(out)
}
