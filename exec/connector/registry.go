// Package connector is where a session finds the connectors that it was built with.
package connector

import (
	"weir/exec"
	"weir/planner/plan"
)

// Connector makes the two ends of a connector for a node of a plan: of a plan.Scan the source, of a plan.Sink the
// sink. Nil is an end that the connector does not have; the planner has refused such plans before.
type Connector struct {
	Source func(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Source, error)
	Sink   func(g *plan.Graph, n *plan.Node, c *exec.Config) (exec.Sink, error)
}

// Registry holds connectors by the name that 'connector' gives in WITH.
type Registry map[string]Connector
