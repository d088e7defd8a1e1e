// Package blackhole is the sink that takes everything and keeps nothing.
package blackhole

import (
	"context"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
)

type sink struct{}

// NewSink makes the sink of a node.
func NewSink(*plan.Graph, *plan.Node, *exec.Config) (exec.Sink, error) { return sink{}, nil }

func (sink) Open(*exec.Task) (exec.Writer, error)                { return writer{}, nil }
func (sink) Commit(context.Context, int64, []exec.Pending) error { return nil }
func (sink) Discard(int, int64) error                            { return nil }

type writer struct{}

func (writer) Write(vector.Batch) error              { return nil }
func (writer) Prepare(int64) ([]exec.Pending, error) { return nil, nil }
func (writer) Close() error                          { return nil }
