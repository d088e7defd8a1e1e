package checkpoint

import (
	"slices"

	"weir/exec"
	"weir/exec/state"
	"weir/keygroup"
)

// Amount is how much state there is somewhere: state.GroupSize says what its rows and bytes are.
type Amount struct{ Rows, Bytes int64 }

func (l *Amount) add(m Amount) { l.Rows, l.Bytes = l.Rows+m.Rows, l.Bytes+m.Bytes }

// OperatorLoad is how much state an operator has, and where.
type OperatorLoad struct {
	Operator *exec.OperatorImage
	Total    Amount
	// Groups are the key groups that have any, ascending.
	Groups []GroupLoad
}

// GroupLoad is the state of a key group.
type GroupLoad struct {
	Group keygroup.Group
	Amount
}

// Measure tells how much state each operator has that keeps some, in the image's order.
func Measure(im *exec.Image) []OperatorLoad {
	var all []OperatorLoad
	for _, op := range im.Operators {
		if !keepsState(op) {
			continue
		}
		loads := map[keygroup.Group]Amount{}
		for _, s := range op.State {
			if s == nil {
				continue
			}
			for _, g := range s.ByGroup() {
				l := loads[g.Group]
				l.add(Amount{g.Rows, g.Bytes})
				loads[g.Group] = l
			}
		}
		o := OperatorLoad{Operator: op}
		for g, l := range loads {
			o.Groups = append(o.Groups, GroupLoad{g, l})
			o.Total.add(l)
		}
		slices.SortFunc(o.Groups, func(a, b GroupLoad) int { return int(a.Group) - int(b.Group) })
		all = append(all, o)
	}
	return all
}

// keepsState reports whether an operator has snapshots, empty ones included.
func keepsState(op *exec.OperatorImage) bool {
	return slices.ContainsFunc(op.State, func(s *state.Snapshot) bool { return s != nil })
}
