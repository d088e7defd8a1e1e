package session

import (
	"errors"
	"testing"

	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
)

// VALUES go on behind the rows that they have given, and not from a position in others.
func TestValuesCheckTheirPosition(t *testing.T) {
	three := func() *values { return &values{rows: make([][]plan.Expr, 3)} }
	for given := range int64(4) {
		v, again := three(), three()
		v.given.Store(given)
		if err := again.Restore(t.Context(), v.Position(0)); err != nil || again.given.Load() != given {
			t.Errorf("%d given: %d, %v", given, again.given.Load(), err)
		}
	}
	for name, change := range map[string]func(*exec.Position){
		"from behind the end": func(p *exec.Position) { p.Chains[0].Ranges[0].From = 4 },
		"negative from":       func(p *exec.Position) { p.Chains[0].Ranges[0].From = -1 },
		"more rows":           func(p *exec.Position) { p.Chains[0].Ranges[0].To = 4 },
		"no range":            func(p *exec.Position) { p.Chains[0].Ranges = nil },
		"two chains":          func(p *exec.Position) { p.Chains = append(p.Chains, p.Chains[0]) },
	} {
		p := three().Position(0)
		change(p)
		var d *diag.Diagnostic
		if err := three().Restore(t.Context(), p); !errors.As(err, &d) || d.Code != diag.StoredPosition {
			t.Errorf("%s: %v", name, err)
		}
	}
}
