package checkpoint

import (
	"maps"
	"slices"

	"weir/exec"
	"weir/keygroup"
	"weir/parser/diag"
	"weir/planner/plan"
)

// codeNoOperator is the code of a target that names an operator which stored state has not.
const codeNoOperator = "W3013"

// Target is how a job is to run from an image on.
type Target struct {
	Parallelism int            // of all operators but those of one global group; 0: as it was
	Operators   map[string]int // parallelism by name of the operator; stronger
	Max         int            // maximum parallelism; 0: that of the image
}

// Rescaling is what a target means for an operator that keeps state.
type Rescaling struct {
	Operator      *exec.OperatorImage
	From, To      int // parallelism
	Total, Moving Amount
	Moves         []Move   // between different subtasks, by From, then To
	Before, After []Amount // by subtask
}

// Move is key groups that go from one subtask to another, with what they have.
type Move struct {
	From, To int
	Groups   keygroup.Range
	Amount
}

// Rescale computes what a target means for each operator that keeps state. A target that a restore refuses is refused
// here, with the same Diagnostics: a diag.List if there are several.
func Rescale(im *exec.Image, target Target) ([]Rescaling, error) {
	if problems := refusals(im, target); len(problems) == 1 {
		return nil, problems[0]
	} else if len(problems) > 1 {
		return nil, problems
	}
	var all []Rescaling
	for _, o := range Measure(im) {
		all = append(all, rescale(o, target.of(o.Operator)))
	}
	return all, nil
}

// of is the parallelism that an operator gets.
func (t Target) of(op *exec.OperatorImage) int {
	if p, ok := t.Operators[op.Name]; ok {
		return p
	}
	if t.Parallelism > 0 && !isGlobal(op) {
		return t.Parallelism
	}
	return op.Parallelism
}

// isGlobal reports whether an operator has one key group because it cannot have more.
func isGlobal(op *exec.OperatorImage) bool {
	return op.Max == 1 && op.MaxOrigin == plan.Required
}

// refusals lists what is wrong with a target.
func refusals(im *exec.Image, target Target) diag.List {
	var problems diag.List
	refuse := func(code, format string, args ...any) *diag.Diagnostic {
		d := diag.New(code, diag.Span{}, format, args...)
		problems = append(problems, d)
		return d
	}
	if target.Parallelism < 0 || target.Parallelism > keygroup.UpperBound {
		refuse(diag.BadParallelism, "parallelism must be between 1 and %d, found %d", keygroup.UpperBound, target.Parallelism)
	}
	if target.Max < 0 || target.Max > keygroup.UpperBound {
		refuse(diag.BadParallelism, "maximum parallelism must be between 1 and %d, found %d", keygroup.UpperBound, target.Max)
	}
	var names []string
	for _, op := range im.Operators {
		names = append(names, op.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(target.Operators)) {
		p := target.Operators[name]
		if p < 1 || p > keygroup.UpperBound {
			refuse(diag.BadParallelism, "parallelism of %s must be between 1 and %d, found %d", name, keygroup.UpperBound, p)
		}
		if slices.Contains(names, name) {
			continue
		}
		d := refuse(codeNoOperator, "the job has no operator '%s'", name)
		if near, ok := diag.Nearest(name, names); ok {
			_ = d.WithHint("did you mean '%s'?", near)
		}
	}
	if len(problems) > 0 {
		return problems
	}
	// Sources are held to their maximum too; operators with keyed state are named first.
	for _, keyed := range []bool{true, false} {
		for _, op := range im.Operators {
			if keepsState(op) == keyed && (keyed || op.Position != nil) {
				if d := target.refused(op); d != nil {
					problems = append(problems, d)
				}
			}
		}
	}
	return problems
}

// refused says why an operator cannot go on with its state as a target has it; nil: it can.
func (t Target) refused(op *exec.OperatorImage) *diag.Diagnostic {
	p := t.of(op)
	switch {
	case isGlobal(op):
		if p != 1 {
			return diag.New(diag.OneGlobalGroup, diag.Span{}, "the %s works on one global group: its parallelism must be 1, found %d", op.Name, p)
		}
	case t.Max > 0 && t.Max != op.Max:
		return plan.OtherMax(diag.Span{}, op.Name, t.Max, "", op.Max)
	case p > op.Max:
		return plan.AboveStored(diag.Span{}, op.Name, p, "", op.Max)
	}
	return nil
}

// rescale gives an operator's key groups to so many subtasks.
func rescale(o OperatorLoad, to int) Rescaling {
	op := o.Operator
	space := keygroup.Space{Max: op.Max}
	r := Rescaling{Operator: op, From: op.Parallelism, To: to, Total: o.Total, Before: make([]Amount, op.Parallelism), After: make([]Amount, to)}
	moves := map[[2]int]*Move{}
	for from := range r.From {
		for next := range to {
			if groups := space.Range(from, r.From).Intersect(space.Range(next, to)); from != next && groups.Len() > 0 {
				r.Moves = append(r.Moves, Move{From: from, To: next, Groups: groups})
			}
		}
	}
	for i := range r.Moves {
		moves[[2]int{r.Moves[i].From, r.Moves[i].To}] = &r.Moves[i]
	}
	for _, g := range o.Groups {
		from, next := space.Owner(g.Group, r.From), space.Owner(g.Group, to)
		r.Before[from].add(g.Amount)
		r.After[next].add(g.Amount)
		if from != next {
			moves[[2]int{from, next}].add(g.Amount)
			r.Moving.add(g.Amount)
		}
	}
	return r
}

// Spread is the least, the middle and the most of loads, rows and bytes each by themselves.
func Spread(loads []Amount) (least, median, most Amount) {
	least.Rows, median.Rows, most.Rows = spread(loads, func(l Amount) int64 { return l.Rows })
	least.Bytes, median.Bytes, most.Bytes = spread(loads, func(l Amount) int64 { return l.Bytes })
	return least, median, most
}

func spread(loads []Amount, of func(Amount) int64) (least, median, most int64) {
	if len(loads) == 0 {
		return 0, 0, 0
	}
	n := make([]int64, len(loads))
	for i, l := range loads {
		n[i] = of(l)
	}
	slices.Sort(n)
	last := len(n) - 1
	return n[0], (n[last/2] + n[len(n)/2]) / 2, n[last]
}
