package session

import (
	"errors"
	"strings"
	"testing"

	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// A job is drained where a window's clock has come to its end before the window's own sources: not where the other side
// of a UNION ALL has more to read.
func TestStateOfADrainedJobIsRefused(t *testing.T) {
	scan := func(id int) *plan.Node { return &plan.Node{ID: id, Name: "scan", Spec: &plan.Scan{}} }
	window := func(id, from int) *plan.Node {
		return &plan.Node{ID: id, Name: "window", Spec: &plan.WindowAggregate{}, Inputs: []plan.Edge{{From: from}}}
	}
	g := &plan.Graph{Nodes: []*plan.Node{scan(0), scan(1), window(2, 0), window(3, 1),
		{ID: 4, Name: "result", Spec: &plan.Collect{}, Inputs: []plan.Edge{{From: 2}, {From: 3}}}}}
	read, unread := &exec.Position{Complete: true}, &exec.Position{Complete: true, Chains: []exec.Chain{{Ranges: make([]exec.Remainder, 1)}}}
	for _, c := range []struct {
		name     string
		position *exec.Position // of the source before the window whose clock has ended
		finished bool
		refused  bool
	}{
		{"its source has ended", read, false, false},
		{"its source has more", unread, false, true},
		{"its source will list more", &exec.Position{}, false, true},
		{"the job has ended", unread, true, false},
	} {
		d := &durability{path: "chk-1", matching: plan.Matching{Nodes: []int{0, 1, 2, 3, 4}}, restored: &exec.Image{Finished: c.finished,
			Operators: []*exec.OperatorImage{{Position: c.position}, {Position: unread}, {Clock: vector.MaxTime}, {Clock: 5}, {Clock: 5}}}}
		err := d.drained(g)
		var refused *diag.Diagnostic
		if errors.As(err, &refused) != c.refused || c.refused && (refused.Code != codeDrained || !strings.Contains(refused.Message, "window")) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
