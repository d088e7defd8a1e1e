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

// Rows that wait to be committed are not left behind in silence.
func TestRefusePending(t *testing.T) {
	g := windowed()
	for i, uid := range []string{"0000000000000001", "0000000000000002", "0000000000000003", "0000000000000004"} {
		g.Nodes[i].UID = uid
	}
	stored := []Stored{
		{UID: g.Nodes[0].UID, Name: "scan bid", Kind: kindScan, Max: 128},
		{UID: g.Nodes[2].UID, Name: "window aggregate", Kind: kindWindowAggregate, Max: 128, Stateful: true},
		{UID: "00000000000000dd", Name: "sink busy", Kind: kindSink, Max: 128, Pending: true},
	}
	for _, c := range []struct {
		stored []Stored
		want   string
	}{
		{stored, `error[W6106]: sp/savepoint-1 has rows of sink busy that wait to be committed, and that no operator of the query continues
 = hint: --allow-non-restored-state, or SET 'execution.state-recovery.ignore-unclaimed-state' = 'true', starts the query without it
 = note: kept: scan bid, window aggregate
 = note: dropped: sink busy
 = note: rows that wait to be committed into sink busy would be lost: the unchanged statement, resumed once, commits them
`},
		{stored[1:], `error[W6106]: sp/savepoint-1 has state of window aggregate, sink busy that no operator of the query continues
 = hint: --allow-non-restored-state, or SET 'execution.state-recovery.ignore-unclaimed-state' = 'true', starts the query without it
 = note: dropped: window aggregate, sink busy
 = note: starts empty: scan bid, window aggregate
 = note: rows that wait to be committed into sink busy would be lost: the unchanged statement, resumed once, commits them
 = note: an operator goes on with the state of one that had the same inputs, keys and functions, and rows of the same types
`},
	} {
		m := Match(g, c.stored)
		if err := m.Refuse("sp/savepoint-1", true); err != nil {
			t.Errorf("refused though it is allowed: %v", err)
		}
		var d *diag.Diagnostic
		if !errors.As(m.Refuse("sp/savepoint-1", false), &d) {
			t.Fatal("rows would be lost and nobody said a word")
		}
		check(t, diag.Render(d, false)+"\n", c.want)
	}
	committed := slices.Clone(stored)
	committed[2].Pending = false
	if err := Match(g, committed).Refuse("sp/savepoint-1", false); err != nil {
		t.Errorf("all rows are committed, yet: %v", err)
	}
	g.Nodes[3].UID = stored[2].UID
	if err := Match(g, stored).Refuse("sp/savepoint-1", false); err != nil {
		t.Errorf("the sink goes on, yet: %v", err)
	}
}
