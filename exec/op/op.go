// Package op is the operators: what the nodes of a plan do with rows, each in its file.
package op

import (
	"fmt"

	"weir/exec"
	"weir/planner/plan"
)

// New makes the operator of a node for one subtask.
func New(n *plan.Node) (exec.Operator, error) {
	switch n.Spec.(type) {
	case *plan.Calc:
		return newCalc(n), nil
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
