// Package op is the operators: what the nodes of a plan do with rows, each in its file.
package op

import (
	"fmt"

	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// New makes the operator of a node for one subtask.
func New(n *plan.Node) (exec.Operator, error) {
	switch n.Spec.(type) {
	case *plan.Calc:
		return newCalc(n), nil
	case *plan.WindowAggregate:
		return newWindowAggregate(n), nil
	case *plan.GroupAggregate:
		return newGroupAggregate(n), nil
	case *plan.Unnest:
		return newUnnest(n), nil
	case *plan.Limit:
		return newLimit(n), nil
	case *plan.Sort:
		return newSort(n), nil
	case *plan.TopN:
		return newTopN(n), nil
	}
	panic(fmt.Sprintf("op: no operator for %T", n.Spec))
}

func refused(format string, args ...any) error {
	return diag.New(diag.NotSupportedRun, diag.Span{}, "%s is not supported", fmt.Sprintf(format, args...))
}

// input returns the schema of the rows that an operator gets.
func input(t *exec.Task) []vector.Field { return t.Graph.Nodes[t.Node.Inputs[0].From].Schema }
