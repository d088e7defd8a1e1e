package plan

import (
	"errors"
	"slices"
	"testing"

	"weir/parser/diag"
)

func TestRefuse(t *testing.T) {
	g := windowed()
	for i, uid := range []string{"0000000000000001", "0000000000000002", "0000000000000003", "0000000000000004"} {
		g.Nodes[i].UID = uid
	}
	stored := []Stored{
		{UID: g.Nodes[0].UID, Name: "scan bid", Kind: kindScan, Max: 128},
		{UID: "00000000000000aa", Name: "aggregate", Kind: kindAggregate, Max: 128, Stateful: true},
		{UID: "00000000000000bb", Name: "calc", Kind: kindCalc, Max: 128},
		{UID: "00000000000000cc", Name: "scan auction", Kind: kindScan, Max: 128},
		{UID: g.Nodes[3].UID, Name: "result", Kind: kindResult, Max: 128},
	}
	m := Match(g, stored)
	if want := []int{0, -1, -1, 4}; !slices.Equal(m.Nodes, want) {
		t.Errorf("nodes continue %v, want %v", m.Nodes, want)
	}
	if err := m.Refuse("sp/savepoint-1", true); err != nil {
		t.Errorf("refused though it is allowed: %v", err)
	}
	var d *diag.Diagnostic
	if !errors.As(m.Refuse("sp/savepoint-1", false), &d) {
		t.Fatal("state would be lost and nobody said a word")
	}
	check(t, diag.Render(d, false)+"\n", `error[W6106]: sp/savepoint-1 has state of aggregate, scan auction that no operator of the query continues
 = hint: --allow-non-restored-state, or SET 'execution.state-recovery.ignore-unclaimed-state' = 'true', starts the query without it
 = note: kept: scan bid
 = note: dropped: aggregate, scan auction
 = note: starts empty: window aggregate
`)
	if m := Match(g, nil); m.Refuse("sp/savepoint-1", false) != nil {
		t.Error("nothing is stored, and something lost")
	}
}
