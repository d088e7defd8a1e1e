package checkpoint

import (
	"weir/exec"
	"weir/exec/state"
	"weir/planner/plan"
)

// ChangeMax returns the image with another maximum parallelism, of all operators but those of one global group: every
// row goes to the key group that its stored hash has there. Rows stay in the snapshot of the subtask that wrote them,
// so a key group may lie in several of them: a restore looks into all.
func ChangeMax(im *exec.Image, max int) *exec.Image {
	out := *im
	out.Operators = make([]*exec.OperatorImage, len(im.Operators))
	for i, from := range im.Operators {
		op := *from
		out.Operators[i] = &op
		if isGlobal(from) || from.Max == max {
			continue
		}
		op.Max, op.MaxOrigin = max, plan.FromSavepoint
		op.State = make([]*state.Snapshot, len(from.State))
		for k, s := range from.State {
			if s != nil {
				op.State[k] = s.Rehash(max)
			}
		}
	}
	return &out
}
