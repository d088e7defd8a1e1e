package exec

import (
	"math"
	"testing"
)

// halfRead is a position in three splits: one of them is read, one is begun, one is a packed file.
func halfRead() *Position {
	splits := []Split{{Number: 0, Path: "a", Size: 100}, {Number: 1, Path: "b", Size: 100}, {Number: 4, Path: "c.gz", Size: 10, Whole: true}}
	return &Position{Rows: 50, Complete: true, Listed: true, Splits: splits, Chains: []Chain{
		{Number: 1, Ranges: []Remainder{
			{Range: Range{Split: splits[1], From: 20, To: 40, At: Mark{Next: 25, Row: 5, Line: 5}}, Skip: 2, Held: true},
			{Range: Range{Split: splits[1], From: 40, To: 60, At: Mark{Next: -1}}},
			{Range: Range{Split: splits[1], From: 80, To: 100, At: Mark{Next: -1}}}}},
		{Number: 4, Ranges: []Remainder{{Range: Range{Split: splits[2], To: 10, At: Mark{Next: 5000}}}}}}}
}

func TestPositionIsChecked(t *testing.T) {
	if err := halfRead().Check(); err != nil {
		t.Fatal(err)
	}
	if err := (&Position{Chains: []Chain{{Number: 3, Row: 7}}}).Check(); err != nil { // in path order, all read
		t.Error(err)
	}
	inPathOrder := halfRead()
	inPathOrder.Chains[0].Ranges = append(inPathOrder.Chains[0].Ranges, inPathOrder.Chains[1].Ranges...)
	inPathOrder.Chains = inPathOrder.Chains[:1]
	if err := inPathOrder.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Position, *Remainder){
		"negative rows":                  func(p *Position, _ *Remainder) { p.Rows = -1 },
		"splits out of order":            func(p *Position, _ *Remainder) { p.Splits[0].Number = 1 },
		"negative number":                func(p *Position, _ *Remainder) { p.Splits[0].Number = -1 },
		"huge number":                    func(p *Position, _ *Remainder) { p.Splits[2].Number = math.MaxInt32 + 1 },
		"negative size":                  func(p *Position, _ *Remainder) { p.Splits[0].Size = -1 },
		"chains out of order":            func(p *Position, _ *Remainder) { p.Chains[0], p.Chains[1] = p.Chains[1], p.Chains[0] },
		"a chain twice":                  func(p *Position, _ *Remainder) { p.Chains[1] = p.Chains[0] },
		"negative number of a chain":     func(p *Position, _ *Remainder) { p.Chains[0].Number = -1 },
		"negative row of a chain":        func(p *Position, _ *Remainder) { p.Chains[0].Row = -1 },
		"a split of a later chain":       func(p *Position, _ *Remainder) { p.Chains[0].Number = 2 },
		"a split in two chains":          func(p *Position, r *Remainder) { p.Chains[1].Ranges[0], p.Chains[1].Number = *r, 2 },
		"a split that was not listed":    func(_ *Position, r *Remainder) { r.Split.Number = 2 },
		"a split of another path":        func(_ *Position, r *Remainder) { r.Split.Path = "x" },
		"a split that may not be cut":    func(_ *Position, r *Remainder) { r.Split.Whole = true },
		"from behind to":                 func(_ *Position, r *Remainder) { r.From, r.To = 40, 20 },
		"negative from":                  func(_ *Position, r *Remainder) { r.From = -5 },
		"huge to":                        func(_ *Position, r *Remainder) { r.To = math.MaxInt64 },
		"negative next":                  func(_ *Position, r *Remainder) { r.At.Next = -7 },
		"next behind the end":            func(_ *Position, r *Remainder) { r.At.Next = 101 },
		"negative row":                   func(_ *Position, r *Remainder) { r.At.Row = -1 },
		"negative line":                  func(_ *Position, r *Remainder) { r.At.Line = -1 },
		"negative skip":                  func(_ *Position, r *Remainder) { r.Skip = -3 },
		"huge skip":                      func(_ *Position, r *Remainder) { r.Skip = math.MaxInt64 },
		"a range within the one before":  func(p *Position, _ *Remainder) { p.Chains[0].Ranges[1].From = 39 },
		"ranges of splits out of order":  func(p *Position, r *Remainder) { p.Chains[0].Ranges[1].Range = Range{Split: p.Splits[0], To: 1} },
		"a whole split's negative range": func(p *Position, _ *Remainder) { p.Chains[1].Ranges[0].From = -1 },
	} {
		p := halfRead()
		change(p, &p.Chains[0].Ranges[0])
		if p.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
